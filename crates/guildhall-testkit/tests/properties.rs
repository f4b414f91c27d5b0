//! Random stories. The world checks its invariants after every command (see `World::run`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::{BTreeMap, BTreeSet};

use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::state::handshake::State;
use guildhall_core::{Owner, Refusal, TimerAction};
use guildhall_testkit::script::Player;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The first two manage organizations to begin with.
const ACCOUNTS: [&str; 6] = ["111", "222", "333", "444", "555", "666"];
/// Who acts: mostly those who can do much.
const ACTORS: [&str; 12] =
    ["111", "111", "111", "111", "222", "222", "333", "333", "333", "444", "555", "666"];
const ADDRESSES: [&str; 6] = [
    "a@example.com",
    "A@Example.com",
    "b@example.com",
    "root+333333333333@lab.example",
    "ROOT+111111111111@lab.example",
    "c@ex.com",
];
const TIMES: [&str; 8] = ["1ms", "12h", "1d", "4d", "15d", "15d", "15d", "30d"];

/// What somebody does: which verb, who, and with what.
type Step = (u8, u8, u8, u8);

#[derive(Default)]
struct Story {
    player: Player,
    handshakes: Vec<String>,
    orgs: Vec<String>,
}

fn pick<'a>(list: &[&'a str], n: u8) -> &'a str {
    list[usize::from(n) % list.len()]
}

impl Story {
    fn id(word: &str) -> AccountId {
        word.repeat(4).parse().unwrap()
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let answer = self.player.call(Self::id(caller), operation, input);
        if let Ok(answer) = &answer {
            if let Some(id) =
                answer["Handshake"]["Id"].as_str().filter(|id| !self.handshakes.iter().any(|h| h == id))
            {
                self.handshakes.push(id.to_owned());
            }
            if operation == "CreateOrganization" {
                self.orgs.push(answer["Organization"]["Id"].as_str().unwrap().to_owned());
            }
        }
        answer
    }

    /// Lines of the notation may be refused here: that is no failure. Only a panic is.
    fn line(&mut self, line: &str) {
        let _ = self.player.line(line);
    }

    fn step(&mut self, (verb, who, x, y): Step) {
        let (who, other) = (pick(&ACTORS, who), pick(&ACCOUNTS, x));
        let other_id = Self::id(other).to_string();
        let handshake = match self.handshakes.len() {
            0 => "h-00000000".to_owned(),
            // Mostly the newest ones.
            n => self.handshakes[n - 1 - (usize::from(x) % n.min(6))].clone(),
        };
        let handshake = json!({ "HandshakeId": handshake });
        let _ = match verb {
            0 | 1 => self.call(who, "CreateOrganization", &json!({})),
            2..=7 => self.call(
                who,
                "InviteAccountToOrganization",
                &json!({"Target": {"Type": "ACCOUNT", "Id": other_id},
                    "Tags": if y % 2 == 0 { json!([]) } else { json!([{"Key": "k", "Value": "v"}]) }}),
            ),
            8..=10 => self.call(
                who,
                "InviteAccountToOrganization",
                &json!({"Target": {"Type": "EMAIL", "Id": pick(&ADDRESSES, y)}}),
            ),
            11..=16 => self.call(who, "AcceptHandshake", &handshake),
            17 => self.call(who, "DeclineHandshake", &handshake),
            18 => self.call(who, "CancelHandshake", &handshake),
            19 => self.call(who, "LeaveOrganization", &json!({})),
            20 => self.call(who, "RemoveAccountFromOrganization", &json!({"AccountId": other_id})),
            21 => self.call(who, "DeleteOrganization", &json!({})),
            22 => self.call(
                who,
                "TagResource",
                &json!({"ResourceId": other_id, "Tags": [{"Key": format!("k{}", y % 4), "Value": ""}]}),
            ),
            23 => self.call(
                who,
                "UntagResource",
                &json!({"ResourceId": other_id, "TagKeys": [format!("k{}", y % 4)]}),
            ),
            24 => self.call(who, "DescribeHandshake", &handshake),
            25 => self.call(who, "ListHandshakesForAccount", &json!({})),
            26 => self.call(who, "ListHandshakesForOrganization", &json!({})),
            27 => self.call(who, "ListAccounts", &json!({"MaxResults": 1 + y % 20})),
            28 | 29 => return self.line(&format!("after {}", pick(&TIMES, y))),
            30 => return self.line(&format!("after {} without timers", pick(&TIMES, y))),
            31 => return self.line("timers"),
            32 => {
                let fact = pick(
                    &[
                        "paid",
                        "unpaid",
                        "verified",
                        "unverified",
                        "suspended",
                        "active",
                        "active",
                        "in aws-cn",
                        "in aws",
                    ],
                    y,
                );
                return self.line(&format!("{other} is {fact}"));
            }
            33 => {
                return self.line(&format!(
                    "{who} fills A with {} from {}",
                    y % 3,
                    500_000_000_000_u64 + u64::from(x) * 2
                ));
            }
            34 => return self.line(&format!("account {other} at {}", pick(&ADDRESSES, y))),
            _ => {
                let Some(org) = self.orgs.get(usize::from(x) % self.orgs.len().max(1)).cloned() else {
                    return;
                };
                let (n, what) = (1 + y % 6, pick(&["accounts", "invitations", "tags"], y / 8));
                return self.line(&format!("{org} allows {n} {what}"));
            }
        };
    }

    /// What both sides see is the same, and true.
    fn check_views(&mut self) {
        let now = self.player.world.now();
        let mut sent: BTreeMap<String, Value> = BTreeMap::new();
        for account in ACCOUNTS {
            let id = Self::id(account);
            let Some(org) = self.player.world.account(id).and_then(|a| a.org) else { continue };
            if self.player.world.org(org).unwrap().record().unwrap().management != id {
                continue;
            }
            for h in self.walk(account, "ListHandshakesForOrganization", "Handshakes") {
                sent.insert(h["Id"].as_str().unwrap().to_owned(), h);
            }
        }
        for account in ACCOUNTS {
            for h in self.walk(account, "ListHandshakesForAccount", "Handshakes") {
                let id = h["Id"].as_str().unwrap();
                if let Some(theirs) = sent.get(id) {
                    assert_eq!(theirs, &h, "the two sides of {id}");
                }
                let described = self.call(account, "DescribeHandshake", &json!({"HandshakeId": id})).unwrap();
                assert_eq!(described["Handshake"], h);
            }
        }
        for org in self.orgs.clone() {
            let org: OrgId = org.parse().unwrap();
            let org = self.player.world.org(org).unwrap();
            let open: Vec<_> = org.handshakes().after(None).filter(|h| h.state(now) == State::Open).collect();
            assert_eq!(open.len(), org.handshakes().open_invitations(now));
            let targets: BTreeSet<_> = open.iter().filter_map(|h| Some(h.target.as_ref()?.inbox())).collect();
            assert_eq!(targets.len(), open.len(), "two open invitations to one target");
        }
    }

    fn walk(&mut self, caller: &str, operation: &str, list: &str) -> Vec<Value> {
        let (mut all, mut input) = (Vec::new(), json!({ "MaxResults": 3 }));
        loop {
            // Suspended accounts see nothing.
            let Ok(mut page) = self.call(caller, operation, &input) else { return all };
            all.append(page[list].as_array_mut().unwrap());
            match page.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => return all,
            }
        }
    }
}

fn steps(max: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..36_u8, any::<u8>(), any::<u8>(), any::<u8>()), 1..max)
}

/// `PROPTEST_CASES` in the environment has the last word.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn whatever_happens_the_invariants_hold(steps in steps(90)) {
        let mut story = Story::default();
        story.line("accounts 111 222 333 444 555");
        story.line("111 creates organization A");
        story.line("222 creates organization B");
        story.orgs = vec![story.player.name("A").to_owned(), story.player.name("B").to_owned()];
        for step in steps {
            story.step(step);
        }
        story.check_views();
        // In the end all handshakes are gone, and all timers with them.
        story.line("after 15d");
        story.check_views();
        story.line("after 31d");
        prop_assert_eq!(story.player.world.timers().count(), 0);
        for org in &story.orgs {
            let org = story.player.world.org(org.parse().unwrap()).unwrap();
            prop_assert_eq!(org.handshakes().after(None).count(), 0);
        }
    }

}

proptest! {
    #![proptest_config(config(32))]

    /// Who is a member all the time is listed exactly once, whoever comes and goes meanwhile.
    #[test]
    fn a_walk_over_pages_shows_every_member_once(
        members in prop::collection::btree_set(0..400_u64, 0..60),
        limits in prop::collection::vec(1..=20_u8, 1..30),
        churn in prop::collection::vec(prop::collection::vec((0..400_u64, any::<bool>()), 0..6), 30),
        operation in 0..3_usize,
    ) {
        let mut story = Story::default();
        story.line("accounts 111");
        story.line("111 creates organization A");
        for n in &members {
            story.line(&format!("111 fills A with 1 from {}", number(*n)));
        }
        story.line("after 5d");
        let root = org_root(&story);
        let (operation, list, mut input) = [
            ("ListAccounts", "Accounts", json!({})),
            ("ListAccountsForParent", "Accounts", json!({"ParentId": root})),
            ("ListChildren", "Children", json!({"ParentId": root, "ChildType": "ACCOUNT"})),
        ][operation].clone();
        let mut stayed: BTreeSet<String> = members.iter().map(|n| number(*n).to_string()).collect();
        stayed.insert("111111111111".into());
        let mut seen: Vec<String> = Vec::new();
        for page in 0.. {
            let limit = limits[page % limits.len()];
            input["MaxResults"] = limit.into();
            let answer = story.call("111", operation, &input).unwrap();
            let entries = answer[list].as_array().unwrap();
            prop_assert!(entries.len() <= usize::from(limit));
            seen.extend(entries.iter().map(|e| e["Id"].as_str().unwrap().to_owned()));
            let Some(token) = answer.get("NextToken") else { break };
            input["NextToken"] = token.clone();
            for (n, joins) in &churn[page % churn.len()] {
                let id = number(*n);
                if *joins {
                    story.line(&format!("111 fills A with 1 from {id}"));
                } else {
                    let left = story.call("111", "RemoveAccountFromOrganization", &json!({"AccountId": id.to_string()}));
                    if left.is_ok() {
                        stayed.remove(&id.to_string());
                    }
                }
            }
        }
        let sorted = seen.windows(2).all(|pair| pair[0] < pair[1]);
        prop_assert!(sorted, "in order and nobody twice: {:?}", seen);
        let seen: BTreeSet<String> = seen.into_iter().collect();
        prop_assert!(stayed.is_subset(&seen), "missing: {:?}", stayed.difference(&seen).collect::<Vec<_>>());
    }

    /// The same for handshakes, on both sides, while others are sent, end and are forgotten.
    #[test]
    fn a_walk_over_pages_shows_every_handshake_once(
        invited in 0..25_usize,
        limit in 1..=20_u8,
        received in any::<bool>(),
        churn in prop::collection::vec(prop::collection::vec(any::<(bool, u8)>(), 0..4), 30),
    ) {
        let mut story = Story::default();
        story.line("accounts 111 222");
        story.line("111 creates organization A");
        // Expired ones to the same account are as many as one likes.
        let send = |story: &mut Story, n: usize| {
            let target = if received { "222".to_owned() } else { format!("p{n}@example.com") };
            story.line(&format!("111 invites {target}"));
            if received {
                story.line("222 declines last");
            }
        };
        (0..invited).for_each(|n| send(&mut story, n));
        let there: BTreeSet<String> = story.handshakes_of_a();
        let (caller, operation) =
            if received { ("222", "ListHandshakesForAccount") } else { ("111", "ListHandshakesForOrganization") };
        let (mut seen, mut input) = (Vec::new(), json!({"MaxResults": limit, "Filter": {"ActionType": "INVITE"}}));
        for page in 0.. {
            let answer = story.call(caller, operation, &input).unwrap();
            seen.extend(answer["Handshakes"].as_array().unwrap().iter().map(|h| h["Id"].as_str().unwrap().to_owned()));
            let Some(token) = answer.get("NextToken") else { break };
            input["NextToken"] = token.clone();
            for (sends, x) in &churn[page % churn.len()] {
                if *sends {
                    send(&mut story, 100 + page * 10 + usize::from(*x % 4));
                } else if let Some(id) = there.iter().nth(usize::from(*x) % there.len().max(1)).cloned() {
                    let _ = story.call("111", "CancelHandshake", &json!({"HandshakeId": id}));
                }
            }
        }
        prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "in order and nothing twice");
        let seen: BTreeSet<String> = seen.into_iter().collect();
        prop_assert!(there.is_subset(&seen));
    }
}

impl Story {
    fn handshakes_of_a(&self) -> BTreeSet<String> {
        let org = self.player.world.org(self.player.name("A").parse().unwrap()).unwrap();
        org.handshakes().after(None).map(|h| h.id.to_string()).collect()
    }
}

fn number(n: u64) -> u64 {
    // Some before the management account's, some behind it.
    if n.is_multiple_of(2) { 500_000_000_000 + n } else { 100_000_000_000 + n }
}

fn org_root(story: &Story) -> String {
    let org: OrgId = story.player.name("A").parse().unwrap();
    story.player.world.org(org).unwrap().record().unwrap().root.to_string()
}

#[test]
fn a_version_rises_by_one_with_every_command_that_writes_its_owner() {
    let mut player = Player::default();
    player.line("accounts 111 333").unwrap();
    player.line("111 creates organization A").unwrap();
    let org = Owner::Org(player.name("A").parse().unwrap());
    assert_eq!(player.world.version(&org), 1);
    player.line("111 invites 333 -> OPEN h1, any mail").unwrap();
    assert_eq!(player.world.version(&org), 2);
    player.line("333 accepts h1").unwrap();
    assert_eq!(player.world.version(&org), 3);
    player.line("111 tags 333 with a=b").unwrap();
    player.line("111 tags 333 with a=b").unwrap();
    assert_eq!(player.world.version(&org), 4, "what changes nothing writes nothing");
    let timers: Vec<_> = player.world.timers().map(|t| t.action).collect();
    assert!(matches!(timers.as_slice(), [TimerAction::Forget(_)]), "{timers:?}");
}
