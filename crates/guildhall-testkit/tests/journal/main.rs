//! What the journal has of commands: the table of docs/journal.md, which people have read. `WRITE=1` in the environment
//! writes it anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has to fail"
)]

mod marked;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::sensitive::MASK;
use guildhall_core::operator::create_key::CreateKey;
use guildhall_core::operator::create_session::CreateSession;
use guildhall_core::operator::create_user::CreateUser;
use guildhall_core::operator::describe_account::DescribeAccount;
use guildhall_core::operator::fill_organization::FillOrganization;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::record_use::{RecordKeyUse, RecordRoleUse};
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::run_timer::RunTimer;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::operator::verify_email::{SendVerification, VerifyEmail};
use guildhall_core::services::Service;
use guildhall_core::{Command, Mode, Owner, Timer, TimerAction, Timestamp};
use guildhall_testkit::command;
use serde_json::{Value, json};

use marked::{Marked, mark};

/// A command whose members are all given.
struct Given {
    command: Box<dyn Command>,
    members: Vec<String>,
    /// Its debug output, if it has one.
    debug: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every operation of every service.
fn operations() -> Vec<Given> {
    let mut all = Vec::new();
    for service in Service::<Marked>::ALL {
        for entry in service.operations {
            let command = (entry.read)(service.name, b"", ()).unwrap();
            all.push(Given { command, members: marked::given(), debug: String::new() });
        }
    }
    all
}

/// The operator's commands, by the names of their types.
fn operators() -> BTreeMap<&'static str, Given> {
    fn given(command: impl Command + std::fmt::Debug + 'static, members: Vec<String>) -> Given {
        let debug = format!("{command:?}");
        Given { command: Box::new(command), members, debug }
    }
    let account: AccountId = "111111111111".parse().unwrap();
    let timer = Timer { due: Timestamp(0), owner: Owner::Account(account), action: TimerAction::Close };
    let fill = FillOrganization { first_account: 1, accounts: 1, first_invited: 1, invitations: 1 };
    let (register, registered) = marked::read();
    let (update, updated) = marked::read();
    let (set, limits) = marked::read();
    let (user, users) = marked::read();
    let (session, sessions) = marked::read();
    let code = mark("Code").into();
    let (region, service) = (mark("Region").into(), mark("Service").into());
    let key_use = RecordKeyUse { key: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(), region, service };
    let (role, region) = ("AROAQAAAAAAAAEXAMPLE7".parse().unwrap(), mark("Region").into());
    let role_use = RecordRoleUse { account, role, region };
    BTreeMap::from([
        ("CreateKey", given(CreateKey { account }, Vec::new())),
        ("CreateSession", given(CreateSession { account, input: session }, sessions)),
        ("CreateUser", given(CreateUser { account, input: user, key: true }, users)),
        ("DescribeAccount", given(DescribeAccount { account }, Vec::new())),
        ("FillOrganization", given(fill, Vec::new())),
        (
            "OrganizationLimits",
            given(OrganizationLimits { org: "o-exampleorg".parse().unwrap(), set: Some(set) }, limits),
        ),
        ("RecordKeyUse", given(key_use, ["Region", "Service"].map(str::to_owned).into())),
        ("RecordRoleUse", given(role_use, ["Region", "Role"].map(str::to_owned).into())),
        ("RegisterAccount", given(RegisterAccount { input: register, key: true }, registered)),
        ("RunTimer", given(RunTimer(timer), Vec::new())),
        ("SendVerification", given(SendVerification { account }, Vec::new())),
        ("UpdateAccount", given(UpdateAccount { account, input: update }, updated)),
        ("VerifyEmail", given(VerifyEmail { account, code }, ["Account", "Code"].map(str::to_owned).into())),
    ])
}

/// The members of a JSON text that are not structures, by their paths.
fn leaves(path: &str, value: Value, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                leaves(&path, value, all);
            }
        }
        Value::Array(list) => list.into_iter().for_each(|value| leaves(&format!("{path}[]"), value, all)),
        value => drop(all.insert(path.to_owned(), value)),
    }
}

/// The members that the journal has, and those that it has a mask for, whole structures as one. Panics if one of these
/// is in it under another name.
fn split(given: &Given) -> (Vec<&str>, Vec<&str>) {
    let (name, text) = (given.command.full_name(), given.command.parameters());
    let mut written = BTreeMap::new();
    leaves("", serde_json::from_str(&text).unwrap(), &mut written);
    let mut members: Vec<&str> = given.members.iter().map(String::as_str).collect();
    members.sort_unstable();
    let is_kept =
        |member: &&str| written.get(*member).is_some_and(|value| *value != MASK && !value.is_null());
    let (kept, masked): (Vec<&str>, Vec<&str>) = members.into_iter().partition(is_kept);
    let is_masked = |member: &str| written.get(member).is_some_and(|value| *value == MASK);
    for member in &masked {
        assert!(!text.contains(&mark(member)), "{name}: {member} is in {text}");
        assert!(!given.debug.contains(&mark(member)), "{name}: {member} is in {}", given.debug);
    }
    let whole = |member: &str| member.split_once('.').is_some_and(|(of, _)| is_masked(of));
    let shown = |member| if whole(member) { member.split('.').next().unwrap_or(member) } else { member };
    let mut masked: Vec<&str> = masked.into_iter().map(shown).collect();
    masked.dedup();
    for member in &masked {
        assert!(is_masked(member), "{name}: {member} was given, and {text} does not say so");
    }
    (kept, masked)
}

/// The table of the document.
fn table(all: &[&Given]) -> String {
    let mut rows = BTreeMap::new();
    for given in all {
        if given.members.is_empty() || given.command.mode() == Mode::Read {
            continue;
        }
        let (kept, masked) = split(given);
        let cell = |members: Vec<&str>| match members.len() {
            0 => "–".to_owned(),
            _ => members.iter().map(|m| format!("`{m}`")).collect::<Vec<_>>().join(", "),
        };
        let name = given.command.full_name().into_owned();
        let row = format!("| `{name}` | {} | {} |\n", cell(kept), cell(masked));
        rows.insert(name, row);
    }
    format!("| command | kept | masked |\n|---|---|---|\n{}", rows.into_values().collect::<String>())
}

#[test]
fn the_document_says_what_the_journal_has_of_every_command() {
    let (operations, operators) = (operations(), operators());
    let table = table(&operations.iter().chain(operators.values()).collect::<Vec<_>>());
    let file = root().join("docs/journal.md");
    let document = std::fs::read_to_string(&file).unwrap();
    let from = document.find("| command |").expect("the table");
    let to = from + document[from..].find("\n\n").map_or(document.len() - from, |end| end + 1);
    if std::env::var_os("WRITE").is_some() {
        std::fs::write(&file, format!("{}{table}{}", &document[..from], &document[to..])).unwrap();
        return;
    }
    let lines = |table: &str| table.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (said, is) = (lines(&document[from..to]), lines(&table));
    let (stale, new): (Vec<_>, Vec<_>) = (said.difference(&is).collect(), is.difference(&said).collect());
    assert!(
        document[from..to] == table,
        "WRITE=1 writes it anew; read what changed:\nstale: {stale:#?}\nnew: {new:#?}"
    );
}

/// What only reads is not in the journal; that nothing is sensitive in it holds all the same.
#[test]
fn marks_reach_every_operation() {
    let all = operations();
    assert!(all.len() > 75, "{}", all.len());
    let with_members = all.iter().filter(|given| !given.members.is_empty()).count();
    assert!(with_members > 65, "{with_members}");
    for given in &all {
        split(given);
    }
}

#[test]
fn every_command_of_the_operator_is_looked_at() {
    let mut found = Vec::new();
    for file in std::fs::read_dir(root().join("crates/guildhall-core/src/operator")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let names =
            text.lines().filter_map(|line| line.strip_prefix("impl Command for ")?.strip_suffix(" {"));
        found.extend(names.map(str::to_owned));
    }
    found.sort_unstable();
    assert_eq!(found, operators().into_keys().collect::<Vec<_>>());
}

/// Whom an invitation is for is an account, which is nobody's secret, or an address.
#[test]
fn an_invited_account_is_told_and_an_invited_address_is_not() {
    for operation in ["InviteAccountToOrganization", "InviteOrganizationToTransferResponsibility"] {
        for (id, written) in
            [("222222222222", "222222222222"), ("ana@example.com", MASK), ("22222222222", MASK), ("", MASK)]
        {
            let target = json!({ "Target": { "Id": id, "Type": "EMAIL" } });
            let parameters = command(operation, &target).parameters();
            let parameters: Value = serde_json::from_str(&parameters).unwrap();
            assert_eq!(parameters["Target"]["Id"], written, "{operation} {id}");
        }
    }
}
