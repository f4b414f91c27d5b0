//! Which account may call what (accounts.md 9.1): a standalone account, the management account, a member.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::BTreeSet;

use guildhall_testkit::operations;
use guildhall_testkit::script::Player;

const NOT_IN_USE: &str = "AWSOrganizationsNotInUse";
const DENIED: &str = "AccessDenied";
const NOT_FOUND: &str = "HandshakeNotFound";

/// A call, and what comes of it by the standalone account 333, the management account 111, and the member 222.
/// h1 is an open invitation to 333, h2 the one that 222 accepted.
const ROWS: [(&str, &str, &str, &str); 64] = [
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
    (r#"calls CloseAccount {"AccountId":"$222"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls CreateAccount {"Email":"a@example.com","AccountName":"a"}"#, NOT_IN_USE, "ok", DENIED),
    (
        r#"calls CreateGovCloudAccount {"Email":"a@example.com","AccountName":"a"}"#,
        NOT_IN_USE,
        "ConstraintViolation/MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED",
        DENIED,
    ),
    (
        r#"calls CreateOrganizationalUnit {"ParentId":"$A.root","Name":"u"}"#,
        NOT_IN_USE,
        ".OrganizationalUnit.Name=u",
        DENIED,
    ),
    (
        r#"calls DeleteOrganizationalUnit {"OrganizationalUnitId":"ou-aaaa-aaaaaaaa"}"#,
        NOT_IN_USE,
        "OrganizationalUnitNotFound",
        DENIED,
    ),
    (
        r#"calls DeregisterDelegatedAdministrator {"AccountId":"$222","ServicePrincipal":"ram.amazonaws.com"}"#,
        NOT_IN_USE,
        "AccountNotRegistered",
        DENIED,
    ),
    (
        r#"calls DescribeCreateAccountStatus {"CreateAccountRequestId":"car-00000000"}"#,
        NOT_IN_USE,
        "CreateAccountStatusNotFound",
        DENIED,
    ),
    (
        r#"calls DescribeOrganizationalUnit {"OrganizationalUnitId":"ou-aaaa-aaaaaaaa"}"#,
        NOT_IN_USE,
        "OrganizationalUnitNotFound",
        DENIED,
    ),
    (
        r#"calls DescribeResponsibilityTransfer {"Id":"rt-00000000"}"#,
        NOT_IN_USE,
        "ResponsibilityTransferNotFound",
        DENIED,
    ),
    (r#"calls DisableAWSServiceAccess {"ServicePrincipal":"ram.amazonaws.com"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls EnableAWSServiceAccess {"ServicePrincipal":"ram.amazonaws.com"}"#, NOT_IN_USE, "ok", DENIED),
    (
        "calls EnableAllFeatures {}",
        NOT_IN_USE,
        "HandshakeConstraintViolation/ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
        DENIED,
    ),
    (
        r#"calls InviteOrganizationToTransferResponsibility {"Type":"NONE"}"#,
        NOT_IN_USE,
        "InvalidInput/INVALID_ENUM:TYPE",
        DENIED,
    ),
    ("calls ListAWSServiceAccessForOrganization {}", NOT_IN_USE, "ok", DENIED),
    ("calls ListCreateAccountStatus {}", NOT_IN_USE, "ok", DENIED),
    ("calls ListDelegatedAdministrators {}", NOT_IN_USE, "ok", DENIED),
    (
        r#"calls ListDelegatedServicesForAccount {"AccountId":"$222"}"#,
        NOT_IN_USE,
        "AccountNotRegistered",
        DENIED,
    ),
    (r#"calls ListInboundResponsibilityTransfers {"Type":"BILLING"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls ListOrganizationalUnitsForParent {"ParentId":"$A.root"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls ListOutboundResponsibilityTransfers {"Type":"BILLING"}"#, NOT_IN_USE, "ok", DENIED),
    (
        r#"calls MoveAccount {"AccountId":"$222","SourceParentId":"$A.root","DestinationParentId":"$A.root"}"#,
        NOT_IN_USE,
        "DuplicateAccount",
        DENIED,
    ),
    (
        r#"calls RegisterDelegatedAdministrator {"AccountId":"$222","ServicePrincipal":"config.amazonaws.com"}"#,
        NOT_IN_USE,
        "ConstraintViolation/SERVICE_ACCESS_NOT_ENABLED",
        DENIED,
    ),
    (
        r#"calls TerminateResponsibilityTransfer {"Id":"rt-00000000"}"#,
        NOT_IN_USE,
        "ResponsibilityTransferNotFound",
        DENIED,
    ),
    (
        r#"calls UpdateOrganizationalUnit {"OrganizationalUnitId":"ou-aaaa-aaaaaaaa"}"#,
        NOT_IN_USE,
        "OrganizationalUnitNotFound",
        DENIED,
    ),
    (
        r#"calls UpdateResponsibilityTransfer {"Id":"rt-00000000","Name":"x"}"#,
        NOT_IN_USE,
        "ResponsibilityTransferNotFound",
        DENIED,
    ),
    (
        r#"calls AttachPolicy {"PolicyId":"p-0000000000","TargetId":"$222"}"#,
        NOT_IN_USE,
        "PolicyNotFound",
        DENIED,
    ),
    (
        r#"calls CreatePolicy {"Content":"{}","Description":"","Name":"p","Type":"TAG_POLICY"}"#,
        NOT_IN_USE,
        "MalformedPolicyDocument",
        DENIED,
    ),
    (r#"calls DeletePolicy {"PolicyId":"p-0000000000"}"#, NOT_IN_USE, "PolicyNotFound", DENIED),
    ("calls DeleteResourcePolicy {}", NOT_IN_USE, "ResourcePolicyNotFound", DENIED),
    (
        r#"calls DescribeEffectivePolicy {"PolicyType":"TAG_POLICY"}"#,
        NOT_IN_USE,
        "EffectivePolicyNotFound",
        "EffectivePolicyNotFound",
    ),
    (r#"calls DescribePolicy {"PolicyId":"p-FullAWSAccess"}"#, NOT_IN_USE, "ok", DENIED),
    ("calls DescribeResourcePolicy {}", NOT_IN_USE, "ResourcePolicyNotFound", DENIED),
    (
        r#"calls DetachPolicy {"PolicyId":"p-0000000000","TargetId":"$222"}"#,
        NOT_IN_USE,
        "PolicyNotFound",
        DENIED,
    ),
    (
        r#"calls DisablePolicyType {"RootId":"$A.root","PolicyType":"TAG_POLICY"}"#,
        NOT_IN_USE,
        "PolicyTypeNotEnabled",
        DENIED,
    ),
    (r#"calls EnablePolicyType {"RootId":"$A.root","PolicyType":"TAG_POLICY"}"#, NOT_IN_USE, "ok", DENIED),
    (
        r#"calls ListAccountsWithInvalidEffectivePolicy {"PolicyType":"TAG_POLICY"}"#,
        NOT_IN_USE,
        "EffectivePolicyNotFound",
        DENIED,
    ),
    (
        r#"calls ListEffectivePolicyValidationErrors {"PolicyType":"TAG_POLICY","AccountId":"$222"}"#,
        NOT_IN_USE,
        "EffectivePolicyNotFound",
        DENIED,
    ),
    (r#"calls ListPolicies {"Filter":"TAG_POLICY"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls ListPoliciesForTarget {"Filter":"TAG_POLICY","TargetId":"$222"}"#, NOT_IN_USE, "ok", DENIED),
    (r#"calls ListTargetsForPolicy {"PolicyId":"p-0000000000"}"#, NOT_IN_USE, "PolicyNotFound", DENIED),
    (
        r#"calls PutResourcePolicy {"Content":"{}"}"#,
        NOT_IN_USE,
        "InvalidInput/INVALID_RESOURCE_POLICY_JSON",
        DENIED,
    ),
    (r#"calls UpdatePolicy {"PolicyId":"p-0000000000"}"#, NOT_IN_USE, "PolicyNotFound", DENIED),
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

/// What a delegated administrator of any service may call beyond an ordinary member (policies.md 7.1).
const DELEGATED: [&str; 22] = [
    "DescribeAccount",
    "DescribeCreateAccountStatus",
    "DescribeOrganizationalUnit",
    "DescribePolicy",
    "DescribeResourcePolicy",
    "ListAWSServiceAccessForOrganization",
    "ListAccounts",
    "ListAccountsForParent",
    "ListAccountsWithInvalidEffectivePolicy",
    "ListChildren",
    "ListCreateAccountStatus",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListEffectivePolicyValidationErrors",
    "ListHandshakesForOrganization",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTagsForResource",
    "ListTargetsForPolicy",
];

#[test]
fn a_delegated_administrator_reads_and_changes_nothing() {
    let mut world = world();
    for line in ["111 trusts config.amazonaws.com", "111 delegates config.amazonaws.com to 222"] {
        world.line(line).unwrap();
    }
    for (call, _, _, member) in ROWS {
        let operation = operation(&world, call);
        let denied = world.clone().line(&format!("222 {call} -> AccessDenied")).is_ok();
        // What it may not do to a handshake that it sees is said otherwise than to a stranger.
        let sees = call.ends_with(" h1") && !call.starts_with("describes");
        let expected = sees || (member == DENIED && !DELEGATED.contains(&operation));
        assert_eq!(denied, expected, "222 {call}");
    }
    world.line("222 describes h1 -> OPEN h1").unwrap();
}

/// What the organization's resource policy may name beside [`DELEGATED`] and what every member may call anyway
/// (policies.md 7.2): writes, and reads that delegated administrators do not have.
const GRANTED: [&str; 12] = [
    "AttachPolicy",
    "CreatePolicy",
    "DeletePolicy",
    "DescribeResponsibilityTransfer",
    "DetachPolicy",
    "DisablePolicyType",
    "EnablePolicyType",
    "ListInboundResponsibilityTransfers",
    "ListOutboundResponsibilityTransfers",
    "TagResource",
    "UntagResource",
    "UpdatePolicy",
];

/// The world with a resource policy of one statement.
fn with_statement(world: &Player, effect: &str, operation: &str) -> Player {
    let mut world = world.clone();
    let statement = format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"222222222222"}},"Action":"organizations:{operation}","Resource":"*"}}"#
    );
    world.line(&format!(r#"111 puts resource policy with {{"Statement":{statement}}} -> ok"#)).unwrap();
    world
}

#[test]
fn a_resource_policy_grants_what_it_names_and_nothing_else() {
    let world = world();
    for granted in DELEGATED.iter().chain(&GRANTED) {
        let world = with_statement(&world, "Allow", granted);
        for (call, _, management, member) in ROWS {
            let operation = operation(&world, call);
            // There is one now.
            let expected = if operation != *granted {
                member
            } else if operation == "DescribeResourcePolicy" {
                "ok"
            } else {
                management
            };
            let line = format!("222 {call} -> {expected}");
            world.clone().line(&line).unwrap_or_else(|e| panic!("granted {granted}: {line}\n{e}"));
        }
    }
}

#[test]
fn a_resource_policy_denies_what_it_names_and_nothing_else() {
    let mut world = world();
    for line in ["111 trusts config.amazonaws.com", "111 delegates config.amazonaws.com to 222"] {
        world.line(line).unwrap();
    }
    let members = ["DescribeEffectivePolicy", "DescribeOrganization"];
    for denied in DELEGATED.iter().chain(&members) {
        let world = with_statement(&world, "Deny", denied);
        for (call, ..) in ROWS {
            let operation = operation(&world, call);
            if operation != *denied {
                continue;
            }
            let line = format!("222 {call} -> AccessDenied");
            world.clone().line(&line).unwrap_or_else(|e| panic!("{line}\n{e}"));
            let refused = world.clone().line(&format!("111 {call} -> AccessDenied")).is_ok();
            assert!(!refused, "the management account is bound: {call}");
        }
        for other in ["calls ListRoots {}", "calls ListPolicies {\"Filter\":\"TAG_POLICY\"}"] {
            if operation(&world, other) != *denied {
                world.clone().line(&format!("222 {other} -> ok")).unwrap();
            }
        }
    }
}

#[test]
fn what_may_not_be_granted_is_refused_in_a_resource_policy() {
    let world = world();
    // Whatever any account or any member may call.
    let open =
        ["DescribeEffectivePolicy", "DescribeHandshake", "DescribeOrganization", "ListHandshakesForAccount"];
    for operation in operations() {
        let may = DELEGATED.contains(&operation) || GRANTED.contains(&operation) || open.contains(&operation);
        let expected = if may { "ok" } else { "InvalidInput/UNSUPPORTED_ACTION_IN_RESOURCE_POLICY" };
        let line = format!(
            r#"111 puts resource policy with {{"Statement":{{"Effect":"Allow","Principal":"*","Action":"organizations:{operation}","Resource":"*"}}}} -> {expected}"#
        );
        world.clone().line(&line).unwrap_or_else(|e| panic!("{line}\n{e}"));
    }
}

/// The operation that a row calls.
fn operation(world: &Player, call: &'static str) -> &'static str {
    let named = call.strip_prefix("calls ").and_then(|rest| rest.split(' ').next());
    named.or_else(|| world.operation_of(&format!("111 {call}"))).expect(call)
}

#[test]
fn the_table_is_complete() {
    let world = world();
    let called: BTreeSet<_> = ROWS.iter().map(|row| operation(&world, row.0)).collect();
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
            .line(&format!("999 {call} -> UnknownCaller"))
            .unwrap_or_else(|e| panic!("999 {call}\n{e}"));
    }
}
