//! Random stories of the whole organization: accounts that are created and closed, units, all features, delegation,
//! transfers, in three partitions. The world checks its invariants after every command (see `World::run`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_core::Refusal;
use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::time::DAY;
use guildhall_core::state::org::Org;
use guildhall_testkit::script::Player;
use proptest::prelude::*;
use serde_json::{Value, json};

/// 111, 222 and 777 manage organizations to begin with; 222's has consolidated billing only, 777 is in GovCloud.
const ACCOUNTS: [&str; 7] = ["111", "222", "333", "444", "555", "666", "777"];
/// Who acts: mostly those who can do much.
const ACTORS: [&str; 14] =
    ["111", "111", "111", "111", "111", "222", "222", "222", "222", "777", "333", "333", "444", "555"];
const ADDRESSES: [&str; 6] = [
    "a@example.com",
    "A@Example.com",
    "b@example.com",
    "c@example.com",
    "root+333333333333@lab.example",
    "d@-example.com",
];
const SERVICES: [&str; 3] = ["config.amazonaws.com", "account.amazonaws.com", "ram.amazonaws.com"];
const FACTS: [&str; 18] = [
    "paid",
    "paid",
    "unpaid",
    "agreed",
    "reachable",
    "suspended",
    "active",
    "active",
    "closed",
    "reopened",
    "without role",
    "with role",
    "pending",
    "activated",
    "unverified",
    "verified",
    "paired with 777",
    "in aws-cn",
];
const TIMES: [&str; 10] = ["1ms", "200ms", "1s", "1s", "1h", "1d", "5d", "15d", "31d", "91d"];
const LIMITS: [&str; 9] = [
    "Accounts",
    "CreationsAtOnce",
    "ClosuresAtOnce",
    "ClosuresPer30Days",
    "OrganizationalUnits",
    "OrganizationalUnitDepth",
    "InboundTransfers",
    "OutboundTransfers",
    "TransferLevels",
];

/// What somebody does: which verb, who, and with what.
type Step = (u8, u8, u8, u8);

struct Story {
    player: Player,
    /// Ids of what was made: handshakes, units, requests to create accounts, transfers.
    handshakes: Vec<String>,
    units: Vec<String>,
    creations: Vec<String>,
    transfers: Vec<String>,
}

fn pick<'a>(list: &[&'a str], n: u8) -> &'a str {
    list[usize::from(n) % list.len()]
}

/// One of the newest.
fn recent(list: &[String], n: u8, nothing: &str) -> String {
    match list.len() {
        0 => nothing.to_owned(),
        len => list[len - 1 - usize::from(n) % len.min(6)].clone(),
    }
}

fn id(word: &str) -> AccountId {
    word.repeat(4).parse().unwrap()
}

impl Story {
    fn new() -> Self {
        let mut player = Player::default();
        for line in [
            "accounts 111 222 333 444 555",
            "account 777 at g@example.com in aws-us-gov",
            "111 creates organization A",
            "222 creates organization B with CONSOLIDATED_BILLING",
            "777 creates organization G",
            "111 is paired with 777",
        ] {
            player.line(line).unwrap();
        }
        let (handshakes, units, creations, transfers) = Default::default();
        Self { player, handshakes, units, creations, transfers }
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let answer = self.player.call(id(caller), operation, input)?;
        let ids = [
            (&mut self.handshakes, &answer["Handshake"]["Id"]),
            (&mut self.units, &answer["OrganizationalUnit"]["Id"]),
            (&mut self.creations, &answer["CreateAccountStatus"]["Id"]),
        ];
        for (list, id) in ids {
            if let Some(id) = id.as_str().filter(|id| !list.iter().any(|known| known == id)) {
                list.push(id.to_owned());
            }
        }
        if operation == "InviteOrganizationToTransferResponsibility" {
            let listed = self.call(caller, "ListInboundResponsibilityTransfers", &json!({"Type": "BILLING"}));
            let listed = listed.unwrap();
            let all = listed["ResponsibilityTransfers"].as_array().unwrap();
            self.transfers = all.iter().map(|t| t["Id"].as_str().unwrap().to_owned()).collect();
        }
        Ok(answer)
    }

    fn org(&self, account: &str) -> Option<&Org> {
        self.player.world.org(self.player.world.account(id(account))?.org?)
    }

    /// A member of the organization of `who`, or an account that everybody knows.
    fn member(&self, who: &str, n: u8) -> String {
        let members = self.org(who).into_iter().flat_map(|org| org.members_after(None));
        let members: Vec<String> = members.map(|m| m.id.to_string()).collect();
        if members.is_empty() || n.is_multiple_of(5) {
            id(pick(&ACCOUNTS, n)).to_string()
        } else {
            members[usize::from(n) % members.len()].clone()
        }
    }

    /// The root of the organization of `who`, or a unit.
    fn parent(&self, who: &str, n: u8) -> String {
        let root = self.org(who).map_or("r-zzzz".to_owned(), |org| org.record().unwrap().root.to_string());
        if n.is_multiple_of(3) { root } else { recent(&self.units, n, &root) }
    }

    /// The first instant of a month that begins after tomorrow, in seconds.
    fn start(&self, n: u8) -> i64 {
        const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let tomorrow = self.player.world.now().plus(DAY).seconds();
        // 2026 to 2039, leap years included.
        let months = (2026..2040_i64).flat_map(|year| {
            LENGTHS.into_iter().map(move |days| if days == 28 && year % 4 == 0 { 29 } else { days })
        });
        let starts = months.scan(1_767_225_600_i64, |at, days| {
            *at += days * 86_400;
            Some(*at)
        });
        starts.filter(|at| *at > tomorrow).nth(usize::from(n % 3)).unwrap_or_default()
    }

    /// Lines of the notation may be refused here: that is no failure. Only a panic is.
    fn line(&mut self, line: &str) {
        if let Err(wrong) = self.player.line(line) {
            assert!(!wrong.contains("there is no verb"), "{line}: {wrong}");
        }
    }

    fn step(&mut self, (verb, who, x, y): Step) {
        let who = pick(&ACTORS, who);
        let handshake = json!({ "HandshakeId": recent(&self.handshakes, x, "h-00000000") });
        let member = self.member(who, x);
        let (unit, service) = (recent(&self.units, x, "ou-aaaa-aaaaaaaa"), pick(&SERVICES, y));
        let transfer = recent(&self.transfers, x, "rt-00000000");
        let delegate = json!({ "AccountId": member, "ServicePrincipal": service });
        let trust = json!({ "ServicePrincipal": service });
        let tags = if y % 2 == 0 { json!([]) } else { json!([{"Key": "k", "Value": "v"}]) };
        let name = pick(&["x", "y", "z"], y);
        let _ = match verb {
            0..=3 => self.call(
                who,
                "InviteAccountToOrganization",
                &json!({"Target": {"Type": "ACCOUNT", "Id": member}, "Tags": tags}),
            ),
            4 => self.call(
                who,
                "InviteAccountToOrganization",
                &json!({"Target": {"Type": "EMAIL", "Id": pick(&ADDRESSES, y)}}),
            ),
            5..=10 => {
                // Mostly by who can.
                let who = if y % 4 == 0 { who } else { pick(&ACCOUNTS, y) };
                self.call(who, "AcceptHandshake", &handshake)
            }
            11 => self.call(who, "DeclineHandshake", &handshake),
            12 => self.call(who, "CancelHandshake", &handshake),
            13 => self.call(pick(&ACCOUNTS, y), "DeclineHandshake", &handshake),
            14..=16 => self.call("222", "EnableAllFeatures", &json!({})),
            17..=19 => return self.line(&format!("{} accepts its part", pick(&ACCOUNTS, y))),
            20 => return self.line(&format!("{} declines its part", pick(&ACCOUNTS, y))),
            21..=25 => {
                let input = json!({"Email": pick(&ADDRESSES, x), "AccountName": name, "Tags": tags});
                let govcloud = y % 4 == 0;
                self.call(who, if govcloud { "CreateGovCloudAccount" } else { "CreateAccount" }, &input)
            }
            26..=28 => self.call(who, "CloseAccount", &json!({ "AccountId": member })),
            29..=33 => return self.line(&format!("{member} is {}", pick(&FACTS, y))),
            34..=36 => {
                let input = json!({"ParentId": self.parent(who, x), "Name": name, "Tags": tags});
                self.call(who, "CreateOrganizationalUnit", &input)
            }
            37 => self.call(who, "DeleteOrganizationalUnit", &json!({ "OrganizationalUnitId": unit })),
            38 => self.call(
                who,
                "UpdateOrganizationalUnit",
                &json!({"OrganizationalUnitId": unit, "Name": name}),
            ),
            39..=41 => {
                let (from, to) = (self.parent(who, y / 3), self.parent(who, y));
                let input = json!({"AccountId": member, "SourceParentId": from, "DestinationParentId": to});
                self.call(who, "MoveAccount", &input)
            }
            42 => self.call(who, "EnableAWSServiceAccess", &trust),
            43 => self.call(who, "DisableAWSServiceAccess", &trust),
            44 | 45 => self.call(who, "RegisterDelegatedAdministrator", &delegate),
            46 => self.call(who, "DeregisterDelegatedAdministrator", &delegate),
            47..=49 => {
                let target = if y % 4 == 0 {
                    json!({"Type": "EMAIL", "Id": format!("root+{}@lab.example", id(pick(&ACCOUNTS, x)))})
                } else {
                    json!({"Type": "ACCOUNT", "Id": id(pick(&ACCOUNTS, x))})
                };
                let input = json!({"Type": "BILLING", "Target": target, "SourceName": name,
                    "StartTimestamp": self.start(y), "Tags": tags});
                self.call(who, "InviteOrganizationToTransferResponsibility", &input)
            }
            50 => self.call(who, "TerminateResponsibilityTransfer", &json!({ "Id": transfer })),
            51 => self.call(who, "UpdateResponsibilityTransfer", &json!({"Id": transfer, "Name": name})),
            52 => self.call(
                who,
                "TagResource",
                &json!({"ResourceId": transfer,
                "Tags": [{"Key": "t", "Value": ""}]}),
            ),
            53 => self.call(
                who,
                "TagResource",
                &json!({"ResourceId": unit, "Tags": [{"Key": "t", "Value": ""}]}),
            ),
            54 => self.call(who, "LeaveOrganization", &json!({})),
            55 => self.call(who, "RemoveAccountFromOrganization", &json!({ "AccountId": member })),
            56 => self.call(who, "DeleteOrganization", &json!({})),
            57 | 58 => self.call(who, "CreateOrganization", &json!({})),
            59 => self.call(who, "CreateOrganization", &json!({ "FeatureSet": "CONSOLIDATED_BILLING" })),
            60..=64 => return self.line(&format!("after {}", pick(&TIMES, y))),
            65 => return self.line(&format!("after {} without timers", pick(&TIMES, y))),
            66 => return self.line("timers"),
            67 => {
                let Some(org) = self.org(who).map(|org| org.record().unwrap().id) else { return };
                return self.line(&format!("{org} sets {}={}", pick(&LIMITS, x), 1 + y % 8));
            }
            68 => return self.line(&format!("{member} asks for a link")),
            69 => return self.line(&format!("{member} follows link {}", 1 + y % 3)),
            _ => return self.read(who),
        };
    }

    /// Every list, and each entry of it by itself.
    fn read(&mut self, who: &str) {
        let root = self.parent(who, 0);
        for (operation, input, list, describe) in [
            ("ListAccounts", json!({}), "Accounts", "DescribeAccount AccountId Account"),
            ("ListHandshakesForOrganization", json!({}), "Handshakes", ""),
            ("ListHandshakesForAccount", json!({}), "Handshakes", "DescribeHandshake HandshakeId Handshake"),
            (
                "ListCreateAccountStatus",
                json!({}),
                "CreateAccountStatuses",
                "DescribeCreateAccountStatus CreateAccountRequestId CreateAccountStatus",
            ),
            (
                "ListOrganizationalUnitsForParent",
                json!({ "ParentId": root }),
                "OrganizationalUnits",
                "DescribeOrganizationalUnit OrganizationalUnitId OrganizationalUnit",
            ),
            ("ListDelegatedAdministrators", json!({}), "DelegatedAdministrators", ""),
            ("ListAWSServiceAccessForOrganization", json!({}), "EnabledServicePrincipals", ""),
            ("ListInboundResponsibilityTransfers", json!({"Type": "BILLING"}), "ResponsibilityTransfers", ""),
            (
                "ListOutboundResponsibilityTransfers",
                json!({"Type": "BILLING"}),
                "ResponsibilityTransfers",
                "DescribeResponsibilityTransfer Id ResponsibilityTransfer",
            ),
        ] {
            let mut input = input;
            input["MaxResults"] = 3.into();
            let Ok(answer) = self.call(who, operation, &input) else { continue };
            let Some((describe, rest)) = describe.split_once(' ') else { continue };
            let (member, shown) = rest.split_once(' ').unwrap();
            for entry in answer[list].as_array().unwrap() {
                // What is a side's own by two ways is shown as one of them.
                if describe == "DescribeResponsibilityTransfer" && self.is_inbound(who, entry) {
                    continue;
                }
                let described = self.call(who, describe, &json!({ member: entry["Id"] }));
                assert_eq!(&described.unwrap()[shown], entry, "{describe} by {who}");
            }
        }
    }

    fn is_inbound(&self, who: &str, transfer: &Value) -> bool {
        let id = transfer["Id"].as_str().unwrap().parse().unwrap();
        self.org(who).is_some_and(|org| org.transfer(&id).is_some())
    }
}

/// `PROPTEST_CASES` in the environment has the last word.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn whatever_happens_the_invariants_hold(
        steps in prop::collection::vec((0..72_u8, any::<u8>(), any::<u8>(), any::<u8>()), 1..120),
    ) {
        let mut story = Story::new();
        let orgs: Vec<OrgId> = ["A", "B", "G"].iter().map(|name| story.player.name(name).parse().unwrap()).collect();
        for step in steps {
            story.step(step);
        }
        ACCOUNTS.iter().for_each(|who| story.read(who));
        // In the end everything that ends has ended, and no timer is left.
        story.line("after 100d");
        ACCOUNTS.iter().for_each(|who| story.read(who));
        story.line("after 200d");
        prop_assert_eq!(story.player.world.timers().collect::<Vec<_>>(), Vec::<&guildhall_core::Timer>::new());
        for org in orgs {
            let org = story.player.world.org(org).unwrap();
            prop_assert_eq!(org.handshakes().after(None).count(), 0);
            prop_assert_eq!(org.creations().after(None).count(), 0);
        }
    }
}
