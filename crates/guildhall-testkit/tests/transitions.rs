//! Every operation on one handshake, by every kind of caller, in every state (accounts.md 5.2; observed.md 11).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use guildhall_testkit::script::Player;

const STATES: [(&str, &[&str]); 9] = [
    ("OPEN", &[]),
    ("OPEN", &["after 14d23h59m59s999ms"]),
    ("CANCELED", &["111 cancels h1"]),
    ("ACCEPTED", &["333 accepts h1"]),
    ("DECLINED", &["333 declines h1"]),
    ("EXPIRED", &["after 15d"]),
    ("EXPIRED", &["after 15d without timers"]),
    ("gone", &["111 cancels h1", "after 30d"]),
    ("gone", &["after 45d without timers"]),
];

/// What the recipient is besides: nothing, a member elsewhere, a management account.
const RECIPIENTS: [&[&str]; 3] =
    [&[], &["555 invites 333 -> OPEN h2, any mail", "333 accepts h2"], &["333 creates organization C"]];

const TARGETS: [&str; 2] = ["333", "ROOT+333333333333@lab.example"];

/// The sender, the recipient, a stranger, a member of the sender's organization, another management account and a
/// member of its organization.
const CALLERS: [&str; 6] = ["111", "333", "444", "222", "555", "666"];

fn world() -> Player {
    let mut player = Player::default();
    for line in [
        "accounts 111 222 333 444 555 666",
        "111 creates organization A",
        "555 creates organization B",
        "111 invites 222 -> OPEN h8, any mail",
        "222 accepts h8",
        "555 invites 666 -> OPEN h9, any mail",
        "666 accepts h9",
    ] {
        player.line(line).unwrap();
    }
    player
}

/// The rule, said again in other words than the product's.
fn expected(verb: &str, caller: &str, state: &str, recipient: usize, target: &str) -> String {
    let party = caller == "111" || caller == "333";
    let manages = caller == "333" && recipient == 2;
    if state == "gone" || !party {
        return "HandshakeNotFound".into();
    }
    let (to, actor, mails) = match verb {
        "describes" if manages => return "HandshakeNotFound".into(),
        "describes" => return format!("{state} h1"),
        "accepts" => {
            ("ACCEPTED", "333", "mail InvitationAccepted to 111, mail MembershipStarted to 333".into())
        }
        "declines" => ("DECLINED", "333", "mail InvitationDeclined to 111".to_owned()),
        _ => ("CANCELED", "111", format!("mail InvitationCanceled to {target}")),
    };
    match state {
        _ if caller != actor => "AccessDenied".into(),
        "OPEN" if manages && verb == "accepts" => "MasterCannotLeaveOrganization".into(),
        "OPEN" => format!("{to} h1, {mails}"),
        _ if state == to => "HandshakeAlreadyInState".into(),
        _ => "InvalidHandshakeTransition".into(),
    }
}

#[test]
fn every_caller_in_every_state() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for target in TARGETS {
        for (state, path) in STATES {
            for (recipient, becomes) in RECIPIENTS.iter().enumerate() {
                // Accepting makes it a member, and members create no organization.
                if state == "ACCEPTED" && recipient == 2 {
                    continue;
                }
                let mut player = world();
                player.line(&format!("111 invites {target} -> OPEN h1, any mail")).unwrap();
                for line in path.iter().chain(*becomes) {
                    player.line(line).unwrap_or_else(|e| panic!("{line}: {e}"));
                }
                for verb in ["accepts", "declines", "cancels", "describes"] {
                    for caller in CALLERS {
                        cases += 1;
                        let mut player = player.clone();
                        let before = player.world.stored();
                        let expected = expected(verb, caller, state, recipient, target);
                        let line = format!("{caller} {verb} h1 -> {expected}");
                        if let Err(e) = player.line(&line) {
                            wrong.push(format!("{target}, {state}, recipient {recipient}: {line}\n  {e}"));
                        }
                        let changed = before != player.world.stored();
                        assert_eq!(changed, expected.contains(" h1, "), "{line}: what is stored");
                    }
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is played before, the states that `h1` can be in, and what comes of a verb: who may, and what it becomes.
struct Kind {
    opening: &'static [&'static str],
    states: &'static [(&'static str, &'static [&'static str])],
    /// Verb, who may, the state that comes of it; the states from which it may.
    moves: &'static [(&'static str, &'static str, &'static str, &'static [&'static str])],
    /// Who sees it, the sender first.
    parties: &'static [&'static str],
}

/// 111 has consolidated billing, 222 and 333 were invited; 555 manages another organization; 444 is a stranger.
const OPENING: [&str; 6] = [
    "accounts 111 222 333 444 555",
    "111 creates organization A with CONSOLIDATED_BILLING",
    "555 creates organization B",
    "111 invites 222 -> OPEN h8, any mail",
    "222 accepts h8",
    "111 invites 333 -> OPEN h9, any mail",
];

const KINDS: [Kind; 3] = [
    // The request to enable all features.
    Kind {
        opening: &["333 accepts h9", "111 enables all features -> REQUESTED h1, any mail"],
        states: &[
            ("REQUESTED", &[]),
            ("REQUESTED", &["222 accepts its part", "after 89d23h59m59s999ms"]),
            ("REQUESTED", &["222 declines its part", "333 accepts its part"]),
            ("OPEN", &["222 accepts its part", "333 accepts its part"]),
            ("OPEN", &["222 leaves", "111 removes 333"]),
            ("CANCELED", &["111 cancels h1"]),
            ("ACCEPTED", &["222 leaves", "333 leaves", "111 accepts h1"]),
            ("EXPIRED", &["after 90d"]),
            ("EXPIRED", &["222 leaves", "333 accepts its part", "after 90d without timers"]),
            ("gone", &["111 cancels h1", "after 30d"]),
            ("gone", &["after 120d without timers"]),
        ],
        moves: &[
            ("accepts", "111", "ACCEPTED", &["OPEN"]),
            ("cancels", "111", "CANCELED", &["OPEN", "REQUESTED"]),
            ("declines", "", "DECLINED", &[]),
        ],
        parties: &["111"],
    },
    // A member's part of it.
    Kind {
        opening: &[
            "333 accepts h9",
            "111 enables all features -> REQUESTED h2, any mail",
            "222 describes its part -> OPEN h1",
        ],
        states: &[
            ("OPEN", &[]),
            ("OPEN", &["333 accepts its part", "after 89d23h59m59s999ms"]),
            ("ACCEPTED", &["222 accepts h1"]),
            ("DECLINED", &["222 declines h1"]),
            ("CANCELED", &["111 cancels h2"]),
            ("CANCELED", &["after 90d"]),
            ("CANCELED", &["after 90d without timers"]),
            ("gone", &["222 declines h1", "after 30d"]),
            ("gone", &["after 120d without timers"]),
        ],
        moves: &[
            ("accepts", "222", "ACCEPTED", &["OPEN"]),
            ("declines", "222", "DECLINED", &["OPEN"]),
            // It ends with the request, and by itself never.
            ("cancels", "111", "CANCELED", &[]),
        ],
        parties: &["111", "222"],
    },
    // An invitation to transfer the bill.
    Kind {
        opening: &["111 offers 555 to pay from 2026-02-01 -> REQUESTED h1 t1, any mail"],
        states: &[
            ("REQUESTED", &[]),
            ("REQUESTED", &["after 29d23h59m59s999ms"]),
            ("ACCEPTED", &["555 accepts h1"]),
            ("DECLINED", &["555 declines h1"]),
            ("CANCELED", &["111 cancels h1"]),
            ("EXPIRED", &["after 30d"]),
            ("EXPIRED", &["after 30d without timers"]),
            ("gone", &["555 accepts h1", "after 30d"]),
            ("gone", &["after 60d without timers"]),
        ],
        moves: &[
            ("accepts", "555", "ACCEPTED", &["REQUESTED"]),
            ("declines", "555", "DECLINED", &["REQUESTED"]),
            ("cancels", "111", "CANCELED", &["REQUESTED"]),
        ],
        parties: &["111", "555"],
    },
];

fn outcome(kind: &Kind, verb: &str, caller: &str, state: &str) -> String {
    if state == "gone" || !kind.parties.contains(&caller) {
        return "HandshakeNotFound".into();
    }
    let Some((_, actor, to, from)) = kind.moves.iter().find(|(v, ..)| *v == verb) else {
        return format!("{state} h1");
    };
    match state {
        _ if caller != *actor => "AccessDenied".into(),
        state if from.contains(&state) => format!("{to} h1, any mail"),
        state if state == *to => "HandshakeAlreadyInState".into(),
        _ => "InvalidHandshakeTransition".into(),
    }
}

#[test]
fn every_caller_in_every_state_of_all_features_and_transfers() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for kind in &KINDS {
        for (state, path) in kind.states {
            let mut player = Player::default();
            for line in OPENING.iter().chain(kind.opening).chain(*path) {
                player.line(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            }
            for verb in ["accepts", "declines", "cancels", "describes"] {
                for caller in ["111", "222", "333", "444", "555"] {
                    cases += 1;
                    let mut player = player.clone();
                    let before = player.world.stored();
                    let expected = outcome(kind, verb, caller, state);
                    let line = format!("{caller} {verb} h1 -> {expected}");
                    if let Err(e) = player.line(&line) {
                        wrong.push(format!("{}, {state} by {path:?}: {line}\n  {e}", kind.opening[0]));
                    }
                    let changed = before != player.world.stored();
                    assert_eq!(changed, expected.contains(" h1, "), "{line}: what is stored");
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
}
