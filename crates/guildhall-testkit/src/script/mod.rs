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
//! makes (`A`, `h1`) are bound by the line that makes it: `creates organization A`, `-> OPEN h1`. `A.root` is the
//! root of A. An unbound name is a mistake of the script.
//!
//! # The world
//!
//! | line | does |
//! |---|---|
//! | `limits aws` · `limits lab` | the server's limits; `lab` unless said |
//! | `lab accounts` | 12-digit accounts that nobody registered have an address |
//! | `accounts 111 222` | registers accounts, at `root+111111111111@lab.example` |
//! | `account 333 at Bob@example.com` | … with an address; then any of `unverified`, `unpaid`, `in aws-cn` |
//! | `333 is unpaid` | a fact: `paid`, `unpaid`, `verified`, `unverified`, `agreed`, `disagreed`, `reachable`, `unreachable` (by phone), `suspended`, `active`, `in aws-cn`, `sold by X` |
//! | `A allows 3 accounts` | limits of an organization: `accounts`, `invitations`, `tags` |
//! | `A waits an hour` · `A waits a week` · `A waits no hour` · `A waits no week` | whether its first hour and week are special |
//! | `111 fills A with 4 from 500000000000` | that many created accounts |
//! | `after 14d23h59m59s999ms` | time passes, timers run as they fall due |
//! | `after 15d without timers` · `timers` | they are late · they run |
//! | `members of A` | looks at the state itself |
//! | `20 times: 111 invites 222; 111 cancels last` | lines again and again; `last` is the handshake last answered |
//!
//! # Calls
//!
//! `111 creates organization A [with CONSOLIDATED_BILLING]`, `deletes organization`, `describes organization`,
//! `leaves`, `removes 333`, `describes account 333`, `invites 333 [noting "text"] [tagged k=v k=v]`,
//! `invites bob@example.com`, `accepts h1`, `declines h1`, `cancels h1`, `describes h1`,
//! `tags 333 with k=v`, `untags 333 of k l`, and lists: `lists accounts [below A.root]`,
//! `lists children of A.root ACCOUNT`, `lists parents of 333`, `lists roots`, `lists handshakes` (the organization's),
//! `lists invitations` (the account's), `lists tags of 333`; each with `only INVITE`, `under h1`, `limit 2` where the
//! operation has it; `lists next` asks again with the token. Whatever else: `111 calls ListRoots {"MaxResults":0}`,
//! where `$333`, `$h1`, `$A`, `$A.root` and `$token` stand for what they name and `$x*129` for 129 times `x`.
//!
//! # Expectations
//!
//! A line without an arrow has to succeed. Behind an arrow, between commas:
//!
//! | expectation | holds when |
//! |---|---|
//! | `ok` | it succeeded; nothing else is looked at |
//! | `AccessDenied`, `InvalidInput/INVALID_PATTERN:HANDSHAKE_ID` | it was refused with this code, and this reason |
//! | `OPEN h1` | the answer's handshake is in this state, and is h1 or is called so from now on |
//! | `111 333`, `h1 h2:CANCELED`, `222:CREATED:SUSPENDED`, `k=v`, `nothing` | the list holds exactly these; behind colons states and the like |
//! | `more` | there is a next page; without it there must be none |
//! | `party EMAIL bob@example.com`, `resource NOTES "hello"`, `no resource NOTES` | of the answer's handshake |
//! | `.Organization.FeatureSet=ALL`, `.Account.Name=` | a member of the answer; nothing behind `=`: it is absent |
//! | `mail Invitation to 333` | this mail was sent; a mail that is not listed fails the line |
//! | `any mail` | whatever mails |

mod expect;
mod player;

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
        let mut player = Player::default();
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
