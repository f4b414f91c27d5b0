//! Every refusal of the Organizations API that the scripts meet, with its sentence and the operations that were
//! refused so: `sentences.txt`, which people have read. No sentence may name what its operation does not do.
//! `WRITE=1` in the environment writes the file anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use guildhall_core::services::organizations::errors::{ConstraintReason, HandshakeReason, InputReason};
use guildhall_testkit::Sentence;
use guildhall_testkit::script::{self, Player};

/// What a sentence says that the caller did or wants, and the operations that do it.
const DEEDS: &[(&str, &[&str])] = &[
    ("accept a transfer invitation", &["AcceptHandshake"]),
    ("add an organizational unit", &["CreateOrganizationalUnit"]),
    (
        "change the membership of an account",
        &["AcceptHandshake", "LeaveOrganization", "RemoveAccountFromOrganization"],
    ),
    ("close an account", &["CloseAccount"]),
    ("close at a time", &["CloseAccount"]),
    ("close the management account", &["CloseAccount"]),
    (
        "closed, or that is being closed",
        &["AcceptHandshake", "LeaveOrganization", "RemoveAccountFromOrganization"],
    ),
    ("create a policy", &["CreatePolicy"]),
    ("delegate an administrator", &["RegisterDelegatedAdministrator"]),
    ("delete an organization", &["DeleteOrganization"]),
    ("delete organization", &["DeleteOrganization"]),
    ("detach this", &["DetachPolicy"]),
    ("disable service access", &["DisableAWSServiceAccess"]),
    ("disabled the policy type", &["DisableAWSServiceAccess"]),
    ("enable a policy type", &["EnablePolicyType"]),
    ("for which you want to create", &["CreatePolicy"]),
    ("invite an account", &["InviteAccountToOrganization"]),
    ("invite an existing account", &["InviteAccountToOrganization"]),
    ("invited account owner", &["InviteAccountToOrganization", "InviteOrganizationToTransferResponsibility"]),
    ("join an organization", &["AcceptHandshake"]),
    ("register a suspended account", &["RegisterDelegatedAdministrator"]),
    ("register management account", &["RegisterDelegatedAdministrator"]),
    ("register more delegated", &["RegisterDelegatedAdministrator"]),
    ("remove a management account", &["LeaveOrganization", "RemoveAccountFromOrganization"]),
    ("remove an account", &["LeaveOrganization", "RemoveAccountFromOrganization"]),
    ("remove the last policy", &["DetachPolicy"]),
    ("send in one day", &["InviteAccountToOrganization", "InviteOrganizationToTransferResponsibility"]),
    ("to the specified target", &["AttachPolicy", "DetachPolicy"]),
    ("transfer to an organization", &["AcceptHandshake"]),
    ("update this transfer", &["UpdateResponsibilityTransfer"]),
];

/// How a sentence begins to say what the caller did.
const OPENINGS: &[&str] = &["You attempted to ", "You cannot ", "You can only ", "in order to "];

/// What follows such a beginning and fits whatever was called.
const OF_ANY: &[&str] = &[
    "add, edit, or delete system tag keys",
    "create or update a resource with tags",
    "exceed ",
    "perform an operation",
    "perform this operation",
    "complete the operation",
    "use the specified policy type",
];

/// Recorded sentences that name another operation all the same.
const RECORDED: &[(&str, &str)] = &[
    // The only sentence of an exception that AcceptHandshake is documented to answer.
    ("AcceptHandshake", "MasterCannotLeaveOrganization"),
];

/// A sentence of more operations than these is of any, and they are not listed.
const FEW: usize = 5;

fn refusals() -> BTreeSet<Sentence> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut all = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for case in script::cases(&text) {
            let mut player = Player::default();
            case.play_by(&mut player).unwrap();
            all.extend(player.world.refusals().iter().cloned());
        }
    }
    all
}

/// A policy's refusal names who may not do what, and is of that operation by itself.
fn is_of_a_policy(refusal: &Sentence) -> bool {
    refusal.code == "AccessDenied"
        && refusal.text.contains(&format!("perform: organizations:{}", refusal.operation))
}

fn listed(refusals: &BTreeSet<Sentence>) -> String {
    let mut by_text: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for Sentence { text, code, operation } in refusals {
        by_text.entry((code, text)).or_default().push(operation);
    }
    let mut list = String::new();
    for ((code, text), operations) in by_text {
        let said = if operations.len() > FEW { "many operations".to_owned() } else { operations.join(" ") };
        let _ = writeln!(list, "{code}\n    {text}\n    {said}\n");
    }
    list.push_str("In no script:\n");
    let met = |code: &str, text: &str| refusals.iter().any(|r| r.code == code && r.text == text);
    let reasons = (InputReason::ALL.iter().map(|r| ("InvalidInput", r.wire(), r.message())))
        .chain(ConstraintReason::ALL.iter().map(|r| ("ConstraintViolation", r.wire(), r.message())))
        .chain(HandshakeReason::ALL.iter().map(|r| ("HandshakeConstraintViolation", r.wire(), r.message())));
    for (code, wire, text) in reasons {
        let code = format!("{code}/{wire}");
        if !met(&code, text) {
            let _ = writeln!(list, "{code}\n    {text}");
        }
    }
    list
}

/// What is wrong with a sentence.
fn wrong(Sentence { text, code, operation }: &Sentence) -> Vec<String> {
    if RECORDED.contains(&(*operation, code)) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for (deed, operations) in DEEDS {
        if text.contains(deed) && !operations.contains(operation) {
            wrong.push(format!("{operation} is refused with {code}, which speaks of `{deed}`: {text}"));
        }
    }
    for opening in OPENINGS {
        for said in text.split(opening).skip(1) {
            let known = OF_ANY.iter().chain(DEEDS.iter().map(|(deed, _)| deed));
            if !known.into_iter().any(|known| said.starts_with(known)) {
                wrong.push(format!(
                    "{operation}, {code}: which operations `{opening}{said}`? Say it in DEEDS"
                ));
            }
        }
    }
    wrong
}

#[test]
fn no_sentence_speaks_of_another_operation() {
    let all: BTreeSet<Sentence> = refusals().into_iter().filter(|r| !is_of_a_policy(r)).collect();
    let wrong: Vec<String> = all.iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let list = listed(&all);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sentences.txt");
    if std::env::var_os("WRITE").is_some() {
        std::fs::write(&file, &list).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), list, "WRITE=1 writes it anew; read what changed");
}
