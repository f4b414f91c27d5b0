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
