//! Which account may call what (accounts.md 9.1): a standalone account, the management account, a member.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::collections::BTreeSet;

use guildhall_testkit::operations;
use guildhall_testkit::script::Player;

const NOT_IN_USE: &str = "AWSOrganizationsNotInUse";
const DENIED: &str = "AccessDenied";
const NOT_FOUND: &str = "HandshakeNotFound";

/// A call, and what comes of it by the standalone account 333, the management account 111, and the member 222.
/// h1 is an open invitation to 333, h2 the one that 222 accepted.
const ROWS: [(&str, &str, &str, &str); 22] = [
    ("accepts h1", "ACCEPTED h1, any mail", DENIED, NOT_FOUND),
    ("cancels h1", DENIED, "CANCELED h1, any mail", NOT_FOUND),
    ("creates organization Z", "ok", "AlreadyInOrganization", "AlreadyInOrganization"),
    ("declines h1", "DECLINED h1, any mail", DENIED, NOT_FOUND),
    ("deletes organization", NOT_IN_USE, "OrganizationNotEmpty", DENIED),
    ("describes account 222", NOT_IN_USE, "ok", DENIED),
    ("describes h1", "OPEN h1", "OPEN h1", NOT_FOUND),
    ("describes h2", NOT_FOUND, "ACCEPTED h2", "ACCEPTED h2"),
    ("describes organization", NOT_IN_USE, "ok", "ok"),
    ("invites 444", NOT_IN_USE, "OPEN h3, any mail", DENIED),
    ("leaves", NOT_IN_USE, "MasterCannotLeaveOrganization", "ok"),
    ("lists accounts", NOT_IN_USE, "111 222", DENIED),
    ("lists accounts below A.root", NOT_IN_USE, "111 222", DENIED),
    ("lists children of A.root ACCOUNT", NOT_IN_USE, "111 222", DENIED),
    ("lists invitations", "h1", "nothing", "h2"),
    ("lists handshakes", NOT_IN_USE, "h1 h2", DENIED),
    ("lists parents of 222", NOT_IN_USE, "A.root", DENIED),
    ("lists roots", NOT_IN_USE, "A.root", DENIED),
    ("lists tags of 222", NOT_IN_USE, "k=v", DENIED),
    ("removes 222", NOT_IN_USE, "ok", DENIED),
    ("tags 222 with a=b", NOT_IN_USE, "ok", DENIED),
    ("untags 222 of k", NOT_IN_USE, "ok", DENIED),
];

fn world() -> Player {
    let mut player = Player::default();
    for line in [
        "accounts 111 222 333 444",
        "111 creates organization A",
        "111 invites 333 -> OPEN h1, any mail",
        "111 invites 222 -> OPEN h2, any mail",
        "222 accepts h2",
        "111 tags 222 with k=v",
    ] {
        player.line(line).unwrap();
    }
    player
}

#[test]
fn every_operation_by_every_kind_of_account() {
    let world = world();
    for (call, standalone, management, member) in ROWS {
        for (caller, expected) in [("333", standalone), ("111", management), ("222", member)] {
            let line = format!("{caller} {call} -> {expected}");
            world.clone().line(&line).unwrap_or_else(|e| panic!("{line}\n{e}"));
        }
    }
}

#[test]
fn the_table_is_complete() {
    let world = world();
    let called: BTreeSet<_> =
        ROWS.iter().map(|row| world.operation_of(&format!("111 {}", row.0)).expect(row.0)).collect();
    assert_eq!(called, operations().collect());
}

#[test]
fn a_suspended_account_and_one_that_does_not_exist_call_nothing() {
    let world = world();
    for (call, ..) in ROWS {
        for caller in ["111", "222", "333"] {
            let mut world = world.clone();
            world.line(&format!("{caller} is suspended")).unwrap();
            world
                .line(&format!("{caller} {call} -> AccessDenied"))
                .unwrap_or_else(|e| panic!("{caller} {call}\n{e}"));
        }
        world
            .clone()
            .line(&format!("999 {call} -> AccountNotFound"))
            .unwrap_or_else(|e| panic!("999 {call}\n{e}"));
    }
}
