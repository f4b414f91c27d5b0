//! Every list of the API, page by page, while entries go and others come between two pages: the one that a page showed
//! last, its neighbors, or all of them. Whoever was there throughout is shown exactly once, and nobody twice.
//!
//! The lists come from the table of operations: a new one fails here until it is told how its entries come and go.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::BTreeSet;

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::services::organizations::rules::services::SERVICES;
use guildhall_testkit::operations;
use guildhall_testkit::script::Player;
use guildhall_testkit::simulator::clock::month_start;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The management account of A, and a member of it.
const OWNER: &str = "111111111111";
const MEMBER: &str = "222222222222";

/// A list, and how its entries come and go.
struct List {
    caller: &'static str,
    input: Value,
    /// The member of the answer that holds the entries, and what tells two of them apart.
    entries: &'static str,
    id: fn(&Value) -> String,
    /// How many there are to begin with, beside those that are always there.
    first: usize,
    /// What comes before the first entry.
    opening: fn(&mut Player),
    /// Makes an entry; no number comes twice.
    make: fn(&mut Player, usize),
    /// Takes some entries away, by what tells them apart.
    take: fn(&mut Player, &[String]),
}

fn call(player: &mut Player, caller: &str, operation: &str, input: &Value) -> Option<Value> {
    player.call(caller.parse::<AccountId>().unwrap(), operation, input).ok()
}

/// The same by the management account, which has to succeed.
fn own(player: &mut Player, operation: &str, input: &Value) -> Value {
    player
        .call(OWNER.parse().unwrap(), operation, input)
        .unwrap_or_else(|e| panic!("{operation} {input}: {e}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn root(player: &mut Player) -> String {
    text(&own(player, "ListRoots", &json!({}))["Roots"][0]["Id"])
}

fn filled(n: usize) -> String {
    format!("{}", 500_000_000_000 + n * 7)
}

fn fill(player: &mut Player, n: usize) {
    player.line(&format!("111 fills A with 1 from {}", filled(n))).unwrap();
}

fn remove_accounts(player: &mut Player, accounts: &[String]) {
    player.line("after 5d").unwrap();
    for account in accounts.iter().filter(|id| *id != OWNER) {
        own(player, "RemoveAccountFromOrganization", &json!({ "AccountId": account }));
    }
}

/// An account that manages an organization of its own.
fn stranger(player: &mut Player, n: usize) -> String {
    let id = format!("{}", 600_000_000_000 + n);
    player.line(&format!("account {id} at s{n}@example.com")).unwrap();
    call(player, &id, "CreateOrganization", &json!({})).unwrap();
    id
}

fn strangers() -> impl Iterator<Item = String> {
    (0..200).map(|n| format!("{}", 600_000_000_000_u64 + n))
}

/// Cancels handshakes of A, or of a stranger, and waits until they are shown to nobody.
fn cancel(player: &mut Player, handshakes: &[String]) {
    for id in handshakes {
        let input = json!({ "HandshakeId": id });
        // Some have ended already.
        let callers = std::iter::once(OWNER.to_owned()).chain(strangers());
        let mut callers = callers.filter(|id| player.world.account(id.parse().unwrap()).is_some());
        let callers: Vec<_> = callers.by_ref().collect();
        let _ = callers.iter().find_map(|caller| call(player, caller, "CancelHandshake", &input));
    }
    player.line("after 31d").unwrap();
}

/// The first instant of the month after the next one, in seconds.
fn start(player: &Player) -> i64 {
    month_start(player.world.now(), 2).seconds()
}

fn offer(player: &mut Player, payer: &str, target: &Value) {
    let input =
        json!({"Type": "BILLING", "Target": target, "StartTimestamp": start(player), "SourceName": "x"});
    call(player, payer, "InviteOrganizationToTransferResponsibility", &input).unwrap();
}

fn cancel_transfers(player: &mut Player, transfers: &[String]) {
    let mut handshakes = Vec::new();
    for id in transfers {
        let found = call(player, OWNER, "DescribeResponsibilityTransfer", &json!({ "Id": id })).unwrap();
        handshakes.push(text(&found["ResponsibilityTransfer"]["ActiveHandshakeId"]));
    }
    cancel(player, &handshakes);
}

fn policy(player: &mut Player, r#type: &str, name: &str, content: &Value) -> String {
    let content = content.to_string();
    let input = json!({"Type": r#type, "Name": name, "Description": "", "Content": content});
    text(&own(player, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"])
}

fn tag_policy(player: &mut Player, n: usize) -> String {
    policy(player, "TAG_POLICY", &format!("t{n}"), &json!({"tags": {}}))
}

fn scp(player: &mut Player, n: usize) -> String {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let content = json!({"Version": "2012-10-17", "Statement": statement});
    policy(player, "SERVICE_CONTROL_POLICY", &format!("s{n}"), &content)
}

fn attach(player: &mut Player, policy: &str, target: &str) {
    own(player, "AttachPolicy", &json!({"PolicyId": policy, "TargetId": target}));
}

fn detach_from_member(player: &mut Player, policies: &[String]) {
    for id in policies.iter().filter(|id| !id.starts_with("p-Full")) {
        own(player, "DetachPolicy", &json!({"PolicyId": id, "TargetId": MEMBER}));
    }
}

fn delete_policies(player: &mut Player, policies: &[String]) {
    for id in policies.iter().filter(|id| !id.starts_with("p-Full")) {
        own(player, "DeletePolicy", &json!({ "PolicyId": id }));
    }
}

/// A plan that says nothing of what has to be there: errors, whose paths begin with its name.
fn incomplete(n: usize) -> Value {
    json!({"plans": {format!("p{n:03}"): {"rules": {"daily": {"target_backup_vault_name": {"@@assign": "v"}}}}}})
}

fn delegate(player: &mut Player, operation: &str, account: &str, service: &str) {
    own(player, operation, &json!({"AccountId": account, "ServicePrincipal": service}));
}

const CONFIG: &str = "config.amazonaws.com";
const REGISTER: &str = "RegisterDelegatedAdministrator";
const DEREGISTER: &str = "DeregisterDelegatedAdministrator";

fn delegable(n: usize) -> &'static str {
    SERVICES.iter().filter(|s| s.administrators > 5).nth(n).unwrap().principal
}

/// The cases of a list: none for one that has a single page.
#[expect(clippy::too_many_lines, reason = "a table: an arm a list")]
fn cases(player: &mut Player, operation: &str) -> Vec<List> {
    let root = root(player);
    let base = || List {
        caller: OWNER,
        input: json!({}),
        entries: "Accounts",
        id: |e| text(&e["Id"]),
        first: 9,
        opening: |_| {},
        make: fill,
        take: remove_accounts,
    };
    match operation {
        "ListRoots" | "ListParents" => vec![],
        "ListAccounts" => vec![base()],
        "ListAccountsForParent" => vec![List { input: json!({"ParentId": root}), ..base() }],
        "ListChildren" => {
            let of = |kind| List {
                input: json!({"ParentId": root, "ChildType": kind}),
                entries: "Children",
                ..base()
            };
            vec![of("ACCOUNT"), units(of("ORGANIZATIONAL_UNIT"))]
        }
        "ListOrganizationalUnitsForParent" => {
            let input = json!({"ParentId": root});
            vec![units(List { input, entries: "OrganizationalUnits", ..base() })]
        }
        "ListCreateAccountStatus" => {
            let list = |input| List {
                input,
                entries: "CreateAccountStatuses",
                make: |player, n| {
                    let input = json!({"Email": format!("c{n}@example.com"), "AccountName": "x"});
                    own(player, "CreateAccount", &input);
                },
                // They go by themselves, and all at once.
                take: |player, _| player.line("after 91d").unwrap(),
                ..base()
            };
            let running = List {
                take: |player, _| player.line("after 1d").unwrap(),
                ..list(json!({"States": ["IN_PROGRESS"]}))
            };
            vec![list(json!({})), running]
        }
        "ListHandshakesForAccount" => vec![List {
            caller: MEMBER,
            entries: "Handshakes",
            make: |player, n| {
                let stranger = stranger(player, n);
                let input = json!({"Target": {"Type": "ACCOUNT", "Id": MEMBER}});
                call(player, &stranger, "InviteAccountToOrganization", &input).unwrap();
            },
            take: cancel,
            ..base()
        }],
        "ListHandshakesForOrganization" => {
            let list = |input| List {
                input,
                entries: "Handshakes",
                make: |player, n| {
                    let input = json!({"Target": {"Type": "EMAIL", "Id": format!("p{n}@example.com")}});
                    own(player, "InviteAccountToOrganization", &input);
                },
                take: cancel,
                ..base()
            };
            vec![list(json!({})), list(json!({"Filter": {"ActionType": "INVITE"}}))]
        }
        "ListInboundResponsibilityTransfers" => vec![List {
            input: json!({"Type": "BILLING"}),
            entries: "ResponsibilityTransfers",
            make: |player, n| {
                offer(player, OWNER, &json!({"Type": "EMAIL", "Id": format!("p{n}@example.com")}));
            },
            take: cancel_transfers,
            ..base()
        }],
        "ListOutboundResponsibilityTransfers" => vec![List {
            input: json!({"Type": "BILLING"}),
            entries: "ResponsibilityTransfers",
            make: |player, n| {
                let payer = stranger(player, n);
                offer(player, &payer, &json!({"Type": "ACCOUNT", "Id": OWNER}));
            },
            take: cancel_transfers,
            ..base()
        }],
        "ListTagsForResource" => vec![List {
            input: json!({"ResourceId": MEMBER}),
            entries: "Tags",
            id: |e| text(&e["Key"]),
            first: 45,
            make: |player, n| {
                let tags = json!([{"Key": format!("k{}", n * 37 % 101), "Value": ""}]);
                own(player, "TagResource", &json!({"ResourceId": MEMBER, "Tags": tags}));
            },
            take: |player, keys| {
                own(player, "UntagResource", &json!({"ResourceId": MEMBER, "TagKeys": keys}));
            },
            ..base()
        }],
        _ => of_policies_and_services(operation, base()),
    }
}

fn units(list: List) -> List {
    List {
        make: |player, n| {
            let parent = root(player);
            own(player, "CreateOrganizationalUnit", &json!({"ParentId": parent, "Name": format!("u{n}")}));
        },
        take: |player, ids| {
            for id in ids {
                own(player, "DeleteOrganizationalUnit", &json!({ "OrganizationalUnitId": id }));
            }
        },
        ..list
    }
}

#[expect(clippy::too_many_lines, reason = "a table: an arm a list")]
fn of_policies_and_services(operation: &str, base: List) -> Vec<List> {
    match operation {
        "ListPolicies" | "ListPoliciesForTarget" => {
            let on_target = operation == "ListPoliciesForTarget";
            let take = if on_target { detach_from_member } else { delete_policies };
            let input = |kind| match on_target {
                true => json!({"TargetId": MEMBER, "Filter": kind}),
                false => json!({ "Filter": kind }),
            };
            let tags = List {
                input: input("TAG_POLICY"),
                entries: "Policies",
                take,
                make: make_tags(on_target),
                ..base
            };
            let make = make_scps(on_target);
            let scps = List { input: input("SERVICE_CONTROL_POLICY"), make, id: tags.id, ..tags };
            let tags = List { input: input("TAG_POLICY"), make: make_tags(on_target), ..clone(&scps) };
            vec![tags, scps]
        }
        "ListTargetsForPolicy" => vec![
            List {
                input: json!({"PolicyId": "p-FullAWSAccess"}),
                entries: "Targets",
                id: |e| text(&e["TargetId"]),
                take: |player, targets| {
                    let accounts: Vec<_> = targets.iter().filter(|id| id.len() == 12).cloned().collect();
                    remove_accounts(player, &accounts);
                },
                ..clone(&base)
            },
            List {
                input: json!({"PolicyId": "$shared"}),
                entries: "Targets",
                id: |e| text(&e["TargetId"]),
                make: |player, n| {
                    fill(player, n);
                    let shared = shared(player);
                    attach(player, &shared, &filled(n));
                },
                take: |player, targets| {
                    let shared = shared(player);
                    for target in targets {
                        own(player, "DetachPolicy", &json!({"PolicyId": shared, "TargetId": target}));
                    }
                },
                ..base
            },
        ],
        "ListAccountsWithInvalidEffectivePolicy" => vec![List {
            input: json!({"PolicyType": "BACKUP_POLICY"}),
            opening: |player| {
                let (id, root) = (policy(player, "BACKUP_POLICY", "all", &incomplete(0)), root(player));
                attach(player, &id, &root);
            },
            ..base
        }],
        "ListEffectivePolicyValidationErrors" => vec![List {
            input: json!({"AccountId": MEMBER, "PolicyType": "BACKUP_POLICY"}),
            entries: "EffectivePolicyValidationErrors",
            id: |e| format!("{} {}", text(&e["PathToError"]), text(&e["ErrorMessage"])),
            make: |player, n| {
                let id = policy(player, "BACKUP_POLICY", &format!("p{n:03}"), &incomplete(n));
                attach(player, &id, MEMBER);
            },
            take: |player, errors| {
                let mut input = json!({"TargetId": MEMBER, "Filter": "BACKUP_POLICY"});
                let mut attached = Vec::new();
                loop {
                    let page = own(player, "ListPoliciesForTarget", &input);
                    attached.extend(page["Policies"].as_array().unwrap().clone());
                    let Some(token) = page.get("NextToken") else { break };
                    input["NextToken"] = token.clone();
                }
                let wrong = |name: &str| errors.iter().any(|error| error.contains(name));
                let gone: Vec<_> = attached.iter().filter(|p| wrong(p["Name"].as_str().unwrap())).collect();
                detach_from_member(player, &gone.iter().map(|p| text(&p["Id"])).collect::<Vec<_>>());
            },
            ..base
        }],
        "ListAWSServiceAccessForOrganization" => vec![List {
            entries: "EnabledServicePrincipals",
            id: |e| text(&e["ServicePrincipal"]),
            make: |player, n| {
                let principal = SERVICES[n * 11 % 53].principal;
                own(player, "EnableAWSServiceAccess", &json!({ "ServicePrincipal": principal }));
            },
            take: |player, services| {
                for service in services {
                    own(player, "DisableAWSServiceAccess", &json!({ "ServicePrincipal": service }));
                }
            },
            ..base
        }],
        "ListDelegatedAdministrators" => {
            let list = |input| List {
                input,
                entries: "DelegatedAdministrators",
                opening: |player| {
                    own(player, "EnableAWSServiceAccess", &json!({ "ServicePrincipal": CONFIG }));
                },
                make: |player, n| {
                    fill(player, n);
                    delegate(player, REGISTER, &filled(n), CONFIG);
                },
                take: |player, ids| ids.iter().for_each(|id| delegate(player, DEREGISTER, id, CONFIG)),
                ..clone(&base)
            };
            vec![list(json!({})), list(json!({ "ServicePrincipal": CONFIG }))]
        }
        "ListDelegatedServicesForAccount" => vec![List {
            input: json!({"AccountId": MEMBER}),
            entries: "DelegatedServices",
            id: |e| text(&e["ServicePrincipal"]),
            // Somebody who administers no service has no list.
            opening: |player| {
                own(player, "EnableAWSServiceAccess", &json!({ "ServicePrincipal": delegable(0) }));
                delegate(player, REGISTER, MEMBER, delegable(0));
            },
            make: |player, n| {
                let service = delegable(1 + n * 7 % 31);
                own(player, "EnableAWSServiceAccess", &json!({ "ServicePrincipal": service }));
                delegate(player, REGISTER, MEMBER, service);
            },
            take: |player, services| {
                for service in services.iter().filter(|service| *service != delegable(0)) {
                    delegate(player, DEREGISTER, MEMBER, service);
                }
            },
            ..base
        }],
        unknown => {
            panic!("{unknown} is a list that this test does not know: tell it how its entries come and go")
        }
    }
}

fn clone(list: &List) -> List {
    List { input: list.input.clone(), ..*list }
}

fn make_tags(on_target: bool) -> fn(&mut Player, usize) {
    match on_target {
        true => |player, n| {
            let id = tag_policy(player, n);
            attach(player, &id, MEMBER);
        },
        false => |player, n| drop(tag_policy(player, n)),
    }
}

fn make_scps(on_target: bool) -> fn(&mut Player, usize) {
    match on_target {
        true => |player, n| {
            let id = scp(player, n);
            attach(player, &id, MEMBER);
        },
        false => |player, n| drop(scp(player, n)),
    }
}

/// The policy that is attached to many.
fn shared(player: &mut Player) -> String {
    let policies = own(player, "ListPolicies", &json!({"Filter": "TAG_POLICY"}));
    let of_name = |p: &&Value| p["Name"] == "shared";
    text(&policies["Policies"].as_array().unwrap().iter().find(of_name).unwrap()["Id"])
}

fn world() -> Player {
    let mut player = Player::default();
    for line in [
        "accounts 111 222",
        "111 creates organization A",
        "111 invites 222 -> OPEN h1, any mail",
        "222 accepts h1 -> any mail",
        "111 enables TAG_POLICY in A.root -> ok",
        "111 enables BACKUP_POLICY in A.root -> ok",
        "111 enables SERVICE_CONTROL_POLICY in A.root -> ok",
        "111 creates policy P of TAG_POLICY named shared with {\"tags\":{}}",
        "A sets CreationsAtOnce=1000",
        "A sets CreationMillis=100000",
        "A sets ManagementPoliciesPerTarget=1000",
        "A sets ServiceControlPoliciesPerTarget=1000",
    ] {
        player.line(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    }
    player
}

/// The list as it is, in pages of as many as there may be.
fn all(player: &mut Player, operation: &str, list: &List) -> BTreeSet<String> {
    let (mut input, mut all) = (list.input.clone(), BTreeSet::new());
    loop {
        let page = call(player, list.caller, operation, &input).unwrap();
        all.extend(page[list.entries].as_array().unwrap().iter().map(list.id));
        let Some(token) = page.get("NextToken") else { return all };
        input["NextToken"] = token.clone();
    }
}

/// Which entries go between two pages.
#[derive(Clone, Copy, Debug)]
enum Gone {
    /// The one that the page showed last.
    Last,
    /// It, and the ones beside it.
    Neighbors,
    /// All that the page showed.
    Page,
    /// Everything.
    All,
    Nothing,
}

fn walk(operation: &str, list: &List, steps: &[(usize, Gone, usize)]) {
    let mut player = world();
    let mut list = clone(list);
    if list.input["PolicyId"] == "$shared" {
        list.input["PolicyId"] = shared(&mut player).into();
    }
    if list.input.get("ParentId").is_some() {
        list.input["ParentId"] = root(&mut player).into();
    }
    (list.opening)(&mut player);
    (0..list.first).for_each(|n| (list.make)(&mut player, n));
    let mut made = list.first;
    let mut throughout = all(&mut player, operation, &list);
    assert!(throughout.len() >= list.first, "{operation}: {throughout:?}");
    let (mut seen, mut input): (Vec<String>, Value) = (Vec::new(), list.input.clone());
    for step in 0.. {
        let (limit, gone, coming) = steps[step % steps.len()];
        if operation != "ListTagsForResource" {
            input["MaxResults"] = limit.into();
        }
        let page = call(&mut player, list.caller, operation, &input).unwrap();
        let shown: Vec<String> = page[list.entries].as_array().unwrap().iter().map(list.id).collect();
        seen.extend(shown.iter().cloned());
        let Some(token) = page.get("NextToken") else { break };
        input["NextToken"] = token.clone();
        let there = all(&mut player, operation, &list);
        let next = there.difference(&seen.iter().cloned().collect()).next().cloned();
        let gone: Vec<String> = match gone {
            Gone::Last => shown.last().cloned().into_iter().collect(),
            Gone::Neighbors => shown.iter().rev().take(2).cloned().chain(next).collect(),
            Gone::Page => shown,
            Gone::All => there.iter().cloned().collect(),
            Gone::Nothing => Vec::new(),
        };
        let gone: Vec<String> = gone.into_iter().filter(|id| there.contains(id)).collect();
        if !gone.is_empty() {
            (list.take)(&mut player, &gone);
        }
        // No more than the lists of services have room for.
        for _ in 0..coming.min(28_usize.max(list.first + 5).saturating_sub(made)) {
            (list.make)(&mut player, made);
            made += 1;
        }
        let now = all(&mut player, operation, &list);
        throughout.retain(|id| now.contains(id));
    }
    let shown: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(shown.len(), seen.len(), "{operation} {}: shown twice: {seen:?}", list.input);
    let missing: Vec<_> = throughout.difference(&shown).collect();
    assert!(missing.is_empty(), "{operation} {}: {missing:?} not among {seen:?}", list.input);
}

fn step() -> impl Strategy<Value = (usize, Gone, usize)> {
    let gone = prop::sample::select(vec![
        Gone::Last,
        Gone::Last,
        Gone::Neighbors,
        Gone::Page,
        Gone::All,
        Gone::Nothing,
    ]);
    (1..5_usize, gone, 0..3_usize)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_there_throughout_is_shown_once(steps in prop::collection::vec(step(), 1..5)) {
        let mut lists = 0;
        for operation in operations().filter(|name| name.starts_with("List")) {
            for list in cases(&mut world(), operation) {
                walk(operation, &list, &steps);
                lists += 1;
            }
        }
        prop_assert!(lists >= 24, "{} lists", lists);
    }
}

/// The entry that a page showed last goes, and nothing else: the least that a place has to stand.
#[test]
fn the_entry_that_was_shown_last_goes() {
    for operation in operations().filter(|name| name.starts_with("List")) {
        for list in cases(&mut world(), operation) {
            for gone in [Gone::Last, Gone::Page] {
                walk(operation, &list, &[(2, gone, 0)]);
            }
        }
    }
}

/// What strangers send makes no list and no look-up load one organization after the other: the world counts how often a
/// command is run again.
#[test]
fn whoever_many_invited_reads_as_quickly_as_anybody() {
    let mut player = world();
    for n in 0..40 {
        let stranger = stranger(&mut player, n);
        let account = |id| json!({"Type": "ACCOUNT", "Id": id});
        call(&mut player, &stranger, "InviteAccountToOrganization", &json!({"Target": account(MEMBER)}))
            .unwrap();
        offer(&mut player, &stranger, &account(OWNER));
    }
    for (caller, operation, input, entries) in [
        (MEMBER, "ListHandshakesForAccount", json!({}), "Handshakes"),
        (OWNER, "ListHandshakesForAccount", json!({}), "Handshakes"),
        (OWNER, "ListOutboundResponsibilityTransfers", json!({"Type": "BILLING"}), "ResponsibilityTransfers"),
    ] {
        let (mut input, mut all) = (input, Vec::new());
        loop {
            let page = call(&mut player, caller, operation, &input).unwrap();
            all.extend(page[entries].as_array().unwrap().iter().map(|e| text(&e["Id"])));
            let Some(token) = page.get("NextToken") else { break };
            input["NextToken"] = token.clone();
        }
        assert_eq!(
            all.iter().collect::<BTreeSet<_>>().len(),
            40 + usize::from(caller == MEMBER),
            "{operation}"
        );
        if entries == "ResponsibilityTransfers" {
            call(&mut player, OWNER, "DescribeResponsibilityTransfer", &json!({"Id": all[17]})).unwrap();
        }
    }
}
