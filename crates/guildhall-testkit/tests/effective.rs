//! What an account gets of backup policies, whatever happens to policies, units and accounts: what the merge gives
//! where that is valid, and what the account had last where it is not (policies.md 5.2).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test has to fail")]

use std::collections::BTreeMap;

use guildhall_core::kernel::ids::AccountId;
use guildhall_testkit::script::Player;
use serde_json::{Value, json};

const KIND: &str = "BACKUP_POLICY";

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Documents of which some are valid alone, some only with others, and some spoil those of others.
fn documents() -> Vec<String> {
    let region = |name: &str| json!({ "regions": { "@@assign": [name] } });
    let rule = json!({ "rules": { "r": { "target_backup_vault_name": { "@@assign": "v" } } } });
    let selection = json!({ "selections": { "tags": { "s": {
        "iam_role_arn": { "@@assign": "arn:aws:iam::$account:role/backup" },
        "tag_key": { "@@assign": "k" },
        "tag_value": { "@@assign": ["v"] },
    } } } });
    let all = |parts: &[&Value]| {
        let mut plan = serde_json::Map::new();
        parts.iter().for_each(|part| plan.extend(part.as_object().unwrap().clone()));
        json!({ "plans": { "p": plan } })
    };
    let (eu, us, none) = (region("eu-west-1"), region("us-east-1"), json!({ "regions": { "@@assign": [] } }));
    let parts = [
        all(&[&eu, &rule, &selection]),
        all(&[&us, &rule, &selection]),
        all(&[&us]),
        all(&[&rule]),
        all(&[&none]),
        all(&[&eu, &selection]),
        json!({ "plans": {} }),
        json!({ "plans": { "q": rule } }),
    ];
    parts.iter().map(Value::to_string).collect()
}

struct Test {
    player: Player,
    dice: Dice,
    /// What each member was seen to get last.
    last: BTreeMap<AccountId, (String, f64)>,
    policies: Vec<String>,
    parents: Vec<String>,
    /// How often an account kept something.
    kept: usize,
}

impl Test {
    /// An organization with three members, two units, and one policy for each of the documents.
    fn start(seed: u64) -> Self {
        let mut player = Player::default();
        for line in [
            "accounts 111 222 333 444",
            "111 creates organization A",
            "111 invites 222 -> OPEN h1, any mail",
            "222 accepts h1",
            "111 invites 333 -> OPEN h2, any mail",
            "333 accepts h2",
            "111 enables BACKUP_POLICY in A.root",
            "111 calls CreateOrganizationalUnit {\"ParentId\":\"$A.root\",\"Name\":\"u\"} -> binds U to .OrganizationalUnit.Id",
            "111 calls CreateOrganizationalUnit {\"ParentId\":\"$U\",\"Name\":\"v\"} -> binds V to .OrganizationalUnit.Id",
            "111 lists roots -> binds R to .Roots[0].Id",
        ] {
            player.line(line).unwrap();
        }
        let parents = ["R", "U", "V"].map(|name| player.name(name).to_owned()).to_vec();
        let members = ["111111111111", "222222222222", "333333333333"];
        let last = members.map(|m| (m.parse().unwrap(), ("{}".to_owned(), 0.0))).into_iter().collect();
        let mut test = Test { player, dice: Dice(seed), last, policies: Vec::new(), parents, kept: 0 };
        for (n, content) in documents().into_iter().enumerate() {
            let input =
                json!({ "Content": content, "Description": "", "Name": format!("p{n}"), "Type": KIND });
            let made = test.call("CreatePolicy", &input).unwrap();
            test.policies.push(made["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned());
        }
        test
    }

    /// Ids of the accounts that are listed as invalid, in pages of this size.
    fn invalid(&mut self, page: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let mut input = json!({ "PolicyType": KIND, "MaxResults": page });
        loop {
            let got = self.call("ListAccountsWithInvalidEffectivePolicy", &input).unwrap();
            let accounts = got["Accounts"].as_array().unwrap();
            ids.extend(accounts.iter().map(|account| account["Id"].as_str().unwrap().to_owned()));
            match &got["NextToken"] {
                Value::Null => return ids,
                token => {
                    assert_eq!(accounts.len(), page, "a page with a token is full");
                    input["NextToken"] = token.clone();
                }
            }
        }
    }

    fn call(&mut self, operation: &str, input: &Value) -> Option<Value> {
        let manager = "111111111111".parse().unwrap();
        self.player.call(manager, operation, input).ok()
    }

    fn step(&mut self) {
        let members: Vec<AccountId> = self.last.keys().copied().collect();
        let policy = self.dice.one(&self.policies).clone();
        let parent = self.dice.one(&self.parents).clone();
        let account = self.dice.one(&members).to_string();
        let target = if self.dice.below(3) == 0 { account.clone() } else { parent.clone() };
        match self.dice.below(12) {
            0..=2 => drop(self.call("AttachPolicy", &json!({ "PolicyId": policy, "TargetId": target }))),
            3..=4 => drop(self.call("DetachPolicy", &json!({ "PolicyId": policy, "TargetId": target }))),
            5..=6 => {
                let content = self.dice.one(&documents()).clone();
                self.call("UpdatePolicy", &json!({ "PolicyId": policy, "Content": content })).unwrap();
            }
            7..=9 => {
                let from = self.call("ListParents", &json!({ "ChildId": account })).unwrap();
                let from = &from["Parents"][0]["Id"];
                let input =
                    json!({ "AccountId": account, "SourceParentId": from, "DestinationParentId": parent });
                self.call("MoveAccount", &input);
            }
            10 => {
                let name = format!("u{}", self.parents.len());
                let made =
                    self.call("CreateOrganizationalUnit", &json!({ "ParentId": parent, "Name": name }));
                self.parents.extend(made.map(|m| m["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned()));
            }
            _ => self.player.line("after 1s").unwrap(),
        }
    }

    fn look(&mut self) {
        let invalid = self.call("ListAccountsWithInvalidEffectivePolicy", &json!({ "PolicyType": KIND }));
        let invalid = invalid.unwrap();
        let members: Vec<AccountId> = self.last.keys().copied().collect();
        for id in members {
            let account = id.to_string();
            let got =
                self.call("DescribeEffectivePolicy", &json!({ "PolicyType": KIND, "TargetId": account }));
            let got = &got.unwrap()["EffectivePolicy"];
            let content = got["PolicyContent"].as_str().unwrap().to_owned();
            let time = got["LastUpdatedTimestamp"].as_f64().unwrap();
            let input = json!({ "AccountId": account, "PolicyType": KIND });
            let errors = self.call("ListEffectivePolicyValidationErrors", &input).unwrap();
            let errors = errors["EffectivePolicyValidationErrors"].as_array().unwrap();
            let listed = invalid["Accounts"].as_array().unwrap().iter().any(|a| a["Id"] == account.as_str());
            assert_eq!(
                listed,
                !errors.is_empty(),
                "{account} is listed as invalid, or has errors: {errors:?}"
            );
            let (before, then) = &self.last[&id];
            if !errors.is_empty() {
                assert_eq!(content, *before, "{account} keeps what it had: {errors:?}");
                self.kept += usize::from(content != "{}");
            }
            assert!(content == *before || time >= *then, "{account}: time goes back");
            self.last.insert(id, (content, time));
        }
    }
}

#[test]
fn what_was_valid_last_is_kept_whatever_happens() {
    let mut kept = 0;
    for seed in 0..4 {
        let mut test = Test::start(seed);
        for _ in 0..60 {
            test.step();
            test.look();
        }
        kept += test.kept;
    }
    assert!(kept > 40, "the dice made too few accounts keep something: {kept}");
}

/// Whatever the pages, every account that has errors is listed once, in the order of ids, and no other.
#[test]
fn pages_of_invalid_accounts_are_what_each_account_says() {
    let mut listed = 0;
    for seed in 10..12 {
        let mut test = Test::start(seed);
        test.player.line("111 fills A with 21 from 500000000000").unwrap();
        let filled = (0..21_u64).map(|n| (500_000_000_000 + n).to_string().parse().unwrap());
        test.last.extend(filled.map(|id: AccountId| (id, ("{}".to_owned(), 0.0))));
        for _ in 0..30 {
            test.step();
            let members: Vec<AccountId> = test.last.keys().copied().collect();
            let wrong = |id: &AccountId| {
                let input = json!({ "AccountId": id.to_string(), "PolicyType": KIND });
                let errors = test.call("ListEffectivePolicyValidationErrors", &input).unwrap();
                let errors = errors["EffectivePolicyValidationErrors"].as_array().unwrap();
                (!errors.is_empty()).then(|| id.to_string())
            };
            let want: Vec<String> = members.iter().filter_map(wrong).collect();
            for page in [2, 7, 20] {
                assert_eq!(test.invalid(page), want, "pages of {page}");
            }
            listed += usize::from(want.len() > 2 && want.len() < members.len());
        }
    }
    assert!(listed > 5, "the dice made too few lists of some accounts: {listed}");
}
