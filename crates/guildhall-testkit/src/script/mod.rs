//! Stories in a notation: one action a line, and behind an arrow what has to come of it.
//!
//! ```text
//! accounts 111 222 333
//! 111 creates organization A
//! 111 invites 333                -> OPEN h1, mail Invitation to 333
//! 222 accepts h1                 -> HandshakeNotFound
//! 333 accepts h1                 -> ACCEPTED, mail InvitationAccepted to 111, mail MembershipStarted to 333
//! members of A                   -> 111 333
//! ```
//!
//! A file holds cases: `== its title` begins one, and the lines before the first title begin every one of them.
//! `#` begins a comment. Words with blanks stand in double quotes.
//!
//! **Accounts** are three digits, which stand for twelve: `333` is `333333333333`. **Names** for what the product
//! makes are bound by the line that makes it: an organization or a unit is one capital letter (`creates organization
//! A`), a handshake `h1`, a transfer `t1`, a request to create an account `c1`, the account that comes of it `n1` and
//! its pair in GovCloud `g1` (`-> SUCCEEDED c1 n1 g1`). `A.root` is the root of A. An unbound name is a mistake of the
//! script.
//!
//! # The world
//!
//! | line | does |
//! |---|---|
//! | `limits aws` · `limits lab` | the server's limits; `lab` unless said |
//! | `lab accounts` | 12-digit accounts that nobody registered have an address |
//! | `services a.example b.example` | the operator knows these services besides those of the list |
//! | `calls come from 192.0.2.1 in eu-west-1 by aws-cli/2.0` · `calls come from nowhere` | where all that is called later comes from; nowhere unless said |
//! | `accounts 111 222` | registers accounts, at `root+111111111111@lab.example` |
//! | `account 333 at Bob@example.com` | … with an address; then any of `unverified`, `unpaid`, `in aws-cn` |
//! | `333 is unpaid` | a fact: `paid`, `unpaid`, `verified`, `unverified`, `agreed`, `disagreed`, `reachable`, `unreachable` (by phone), `suspended`, `active`, `pending`, `activated`, `paying badly`, `paying well`, `closed`, `reopened`, `without role`, `with role`, `failing INTERNAL_FAILURE`, `succeeding`, `paired with 777`, `unpaired`, `in aws-cn`, `sold by X`; several at once as `{'Closed':true,'Suspended':true}` |
//! | `A allows 3 accounts` | limits of an organization: `accounts`, `invitations`, `tags` |
//! | `A sets OrganizationalUnits=3` | any limit of an organization that is a number |
//! | `A waits an hour` · `A waits a week` · `A waits no hour` · `A waits no week` | whether its first hour and week are special |
//! | `111 fills A with 4 from 500000000000` | that many created accounts |
//! | `after 14d23h59m59s999ms` | time passes, timers run as they fall due |
//! | `after 15d without timers` · `timers` | they are late · they run |
//! | `members of A` | looks at the state itself |
//! | `facts of 333` | the account with its facts, as the control API shows it |
//! | `333 asks for a link` · `333 follows link 1` · `333 follows xyz` | verification of its address: another mail · the first link that was mailed to anybody · a code |
//! | `20 times: 111 invites 222; 111 cancels last` | lines again and again; `last` is the handshake last answered |
//!
//! # Calls
//!
//! | of | verbs |
//! |---|---|
//! | organizations | `creates organization A [with CONSOLIDATED_BILLING]`, `deletes organization`, `describes organization`, `leaves`, `removes 333`, `enables all features` |
//! | accounts | `describes account 333`, `creates [govcloud] account at a@b.co named "N" [with role R] [tagged k=v]`, `closes 333` |
//! | units | `creates unit B named "x" below A.root [tagged k=v]`, `renames B to "y"`, `deletes B`, `moves 333 from A.root to B` |
//! | handshakes | `invites 333 [noting "text"] [tagged k=v k=v]`, `invites bob@example.com`, `accepts h1`, `declines h1`, `cancels h1`; `its part` instead of `h1` is a member's newest part of the request to enable all features |
//! | services | `trusts config.amazonaws.com`, `distrusts …`, `delegates … to 333`, `undelegates … of 333` |
//! | transfers | `offers 444 to pay from 2026-02-01 [noting "text"] [tagged k=v]`, `withdraws t1 [with 2026-03-31]`, `renames t1 to "y"` |
//! | tags | `tags 333 with k=v`, `untags 333 of k l` |
//! | all | `describes h1`: what stands behind the name says which operation that is |
//!
//! Lists: `lists accounts [below A.root]`, `lists children of A.root ACCOUNT`, `lists parents of 333`, `lists roots`,
//! `lists units below A.root`, `lists creations [in FAILED|SUCCEEDED]`, `lists handshakes` (the organization's),
//! `lists invitations` (the account's), `lists services`, `lists delegates [for config.amazonaws.com]`,
//! `lists delegations of 333`, `lists inbound [of t1]`, `lists outbound`, `lists tags of 333`; each with
//! `only INVITE`, `under h1`, `limit 2` where the operation has it; `lists next` asks again with the token.
//!
//! Whatever else: `111 calls ListRoots {"MaxResults":0}`, where `$333`, `$h1`, `$A`, `$A.root` and `$token` stand for
//! what they name and `$x*129` for 129 times `x`.
//!
//! **Policies** have verbs of their own. A document stands in them as it is sent, last and behind `with`; `$A` and the
//! like stand in it for what they name: `111 creates policy P of TAG_POLICY named "x" with {"tags":{}}`,
//! `updates policy P with {…}`, `renames policy P "y"`, `deletes policy P`, `describes policy P`, `attaches P to A.root`,
//! `detaches P from 222`, `enables TAG_POLICY in A.root`, `disables TAG_POLICY in A.root`,
//! `describes effective TAG_POLICY [of 222]`, `puts resource policy with {…}`, `describes resource policy`,
//! `deletes resource policy`; and lists: `lists policies TAG_POLICY`, `lists policies of 222 TAG_POLICY`,
//! `lists targets of P`, `lists invalid TAG_POLICY`, `lists errors of 222 BACKUP_POLICY`, each with `limit 2`.
//!
//! # Expectations
//!
//! A line without an arrow has to succeed. Behind an arrow, between commas:
//!
//! | expectation | holds when |
//! |---|---|
//! | `ok` | it succeeded; nothing else is looked at |
//! | `AccessDenied`, `InvalidInput/INVALID_PATTERN:HANDSHAKE_ID` | it was refused with this code, and this reason |
//! | `OPEN h1`, `REQUESTED h1 t1`, `WITHDRAWN t1`, `SUCCEEDED c1 n1`, `FAILED c1 EMAIL_ALREADY_EXISTS` | the answer's handshake, transfer or request is in this state, and is h1 or is called so from now on |
//! | `111 333`, `h1 h2:CANCELED`, `222:CREATED:SUSPENDED`, `k=v`, `nothing` | the list holds exactly these; behind colons states and the like |
//! | `3 entries` | the list holds so many |
//! | `more` | there is a next page; without it there must be none |
//! | `party EMAIL bob@example.com`, `resource NOTES "hello"`, `no resource NOTES` | of the answer's handshake |
//! | `.Organization.FeatureSet=ALL`, `.Account.Name=` | a member of the answer; nothing behind `=`: it is absent; words in braces stand for what they name: `.Account.Paths[0]={A}/{A.root}/{n1}/`, and `{bare h1}` is an id without `h-` |
//! | `binds U to .OrganizationalUnit.Id` | the answer has this member; it is called U from now on |
//! | `in order P Q` | the list holds exactly these, in this order |
//! | `content {"tags":{}}` | the policy of the answer says this, whatever its spaces and the order of its members; stands last |
//! | `stored {"tags":{}}` | the policy of the answer is this text; stands last |
//! | `mail Invitation to 333` | this mail was sent; a mail that is not listed fails the line |
//! | `any mail` | whatever mails |

mod expect;
mod facts;
mod player;
mod policies;
mod verbs;

pub use player::Player;

/// A case of a file.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its title.
    pub title: String,
    /// Its lines, with their numbers in the file.
    lines: Vec<(usize, String)>,
}

/// Cuts a file into its cases.
pub fn cases(text: &str) -> Vec<Case> {
    let mut opening = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(title) = line.strip_prefix("== ") {
            cases.push(Case { title: title.to_owned(), lines: opening.clone() });
        } else if !line.is_empty() && !line.starts_with('#') {
            let lines = cases.last_mut().map_or(&mut opening, |case| &mut case.lines);
            lines.push((number, line.to_owned()));
        }
    }
    if cases.is_empty() {
        cases.push(Case { title: "the file".to_owned(), lines: opening });
    }
    cases
}

impl Case {
    /// Plays the case in a world of its own. The error says which line failed, and how.
    pub fn play(&self) -> Result<(), String> {
        self.play_by(&mut Player::default())
    }

    /// Plays the case in a player's world.
    pub fn play_by(&self, player: &mut Player) -> Result<(), String> {
        for (number, line) in &self.lines {
            let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| player.line(line)));
            let wrong = match played {
                Ok(Ok(())) => continue,
                Ok(Err(wrong)) => wrong,
                Err(panic) => panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                    .unwrap_or_default(),
            };
            return Err(format!("line {number}: {line}\n    {}", wrong.replace('\n', "\n    ")));
        }
        Ok(())
    }
}
