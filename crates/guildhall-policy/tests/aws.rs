//! The policies that AWS manages, and the roles of services: their form, how they are found, and what they decide.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use guildhall_policy::iam::aws::{AwsDocuments, AwsPolicy, OWNER, POLICIES, SERVICE_ROLES, ServiceRole};
use guildhall_policy::iam::{
    Attached, Context, Document, Effect, Outcome, Policies, Principal, Request, Resource, Usage, decide,
    standard_keys,
};

const ACCOUNT: &str = "111122223333";

#[test]
fn the_table_is_whole() {
    assert_eq!(POLICIES.len(), 38);
    assert!(POLICIES.is_sorted_by(|a, b| a.name < b.name), "by name, each once");
    let ids: BTreeSet<&str> = POLICIES.iter().map(|policy| policy.id).collect();
    assert_eq!(ids.len(), POLICIES.len());
    for policy in POLICIES {
        let AwsPolicy { name, path, id, version, created, updated, description, text } = policy;
        let base32 = |b: u8| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b);
        assert!(id.starts_with("ANPA") && id.len() == 21 && id.bytes().all(base32), "{name}: {id}");
        assert!(
            ["/", "/aws-service-role/", "/job-function/", "/root-task/"].contains(path),
            "{name}: {path}"
        );
        let number: u32 = version.strip_prefix('v').unwrap().parse().unwrap();
        assert!(number > 0 && (number == 1) == (created == updated), "{name}: {version}");
        for date in [created, updated] {
            assert!((2015..=2026).contains(&year(date)), "{name}");
        }
        assert!(created <= updated, "{name}");
        assert!((10..=1_000).contains(&description.len()) && description.ends_with('.'), "{name}");
        let document = Document::for_iam(Usage::Managed, text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(text.starts_with("{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n"), "{name}");
        let task = *path == "/root-task/";
        let denies = document.statements.iter().all(|statement| statement.effect == Effect::Deny);
        assert_eq!(denies, task || *name == "AWSDenyAll", "{name}");
        assert_eq!(policy.attachable(), ["/", "/job-function/"].contains(path), "{name}");
    }
}

/// The year of a date as the wire writes it.
fn year(text: &str) -> u32 {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { 'd' } else { c }).collect();
    assert_eq!(shape, "dddd-dd-ddTdd:dd:ddZ", "{text}");
    text.split('-').next().unwrap().parse().unwrap()
}

#[test]
fn policies_are_found_by_name_and_by_arn() {
    let documents = AwsDocuments::read().unwrap();
    for policy in POLICIES {
        assert_eq!(AwsPolicy::named(policy.name), Some(policy));
        for partition in ["aws", "aws-cn"] {
            assert_eq!(AwsPolicy::by_arn(&policy.arn(partition)), Some(policy));
        }
        let own = Document::for_iam(Usage::Managed, policy.text).unwrap();
        assert_eq!(**documents.named(policy.name).unwrap(), own, "{}", policy.name);
    }
    let billing = AwsPolicy::named("Billing").unwrap();
    assert_eq!(billing.arn("aws"), "arn:aws:iam::aws:policy/job-function/Billing");
    for none in [
        "arn:aws:iam::aws:policy/Billing",
        "arn:aws:iam::aws:policy/job-function/billing",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "arn:aws:iam:us-east-1:aws:policy/AdministratorAccess",
        "arn:aws:sts::aws:policy/AdministratorAccess",
        "arn:aws:iam::aws:role/AdministratorAccess",
        "AdministratorAccess",
        "",
    ] {
        assert_eq!(AwsPolicy::by_arn(none), None, "{none}");
    }
    assert_eq!(AwsPolicy::named("administratoraccess"), None);
    assert!(documents.named("administratoraccess").is_none());
    assert_eq!(OWNER.len(), 12);
}

#[test]
fn services_have_their_roles() {
    assert_eq!(SERVICE_ROLES.len(), 18);
    assert!(SERVICE_ROLES.is_sorted_by(|a, b| a.service < b.service));
    let mut policies = BTreeSet::new();
    for role in SERVICE_ROLES {
        assert_eq!(ServiceRole::of(role.service), Some(role));
        assert!(role.role.starts_with("AWSServiceRoleFor") && role.role.len() <= 64, "{}", role.role);
        assert!(role.service.ends_with(".amazonaws.com"), "{}", role.service);
        let policy = role.policy().unwrap_or_else(|| panic!("{} has no policy", role.role));
        assert_eq!(policy.path, "/aws-service-role/");
        assert!(policies.insert(policy.name));
    }
    let linked =
        POLICIES.iter().filter(|policy| policy.path == "/aws-service-role/").map(|policy| policy.name);
    assert_eq!(policies, linked.collect(), "each such policy is a role's");
    let organizations = ServiceRole::of("organizations.amazonaws.com").unwrap();
    assert_eq!(organizations.path(), "/aws-service-role/organizations.amazonaws.com/");
    assert_eq!(ServiceRole::of("sqs.amazonaws.com"), None);
    let suffixed: Vec<&str> = SERVICE_ROLES.iter().filter(|r| r.takes_suffix()).map(|r| r.role).collect();
    assert_eq!(suffixed, ["AWSServiceRoleForAutoScaling"]);
}

/// Condition keys with their values.
type Keys<'a> = &'a [(&'a str, &'a str)];

fn user() -> Principal {
    Principal::User { account: ACCOUNT.into(), arn: format!("arn:aws:iam::{ACCOUNT}:user/team/ada") }
}

fn asks(who: &Principal, policy: &str, action: &str, resource: &str, keys: Keys<'_>) -> Outcome {
    let documents = AwsDocuments::read().unwrap();
    let identity = [Attached { name: policy, document: documents.named(policy).unwrap() }];
    let mut context = Context::new();
    standard_keys(&mut context, who, None, ACCOUNT, None);
    for (key, value) in keys {
        context = context.one(key, *value);
    }
    let target = match resource {
        "*" => Resource::none(),
        arn => Resource::new(arn, ACCOUNT),
    };
    let request = Request::new(who.clone(), action, target).with(context);
    decide(&request, &Policies { identity: &identity, ..Policies::default() }).outcome
}

#[test]
fn they_decide_as_their_names_say() {
    use Outcome::{Allow, ExplicitDeny as Deny, ImplicitDeny as No};
    let ada = &format!("arn:aws:iam::{ACCOUNT}:user/team/ada");
    let bob = &format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let role = &format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/organizations.amazonaws.com/X");
    let reserved = &format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/x");
    let named = [("aws:username", "ada")];
    let organizations = [("iam:AWSServiceName", "organizations.amazonaws.com")];
    let sso = [("iam:AWSServiceName", "sso.amazonaws.com")];
    let member = [("aws:PrincipalOrgMasterAccountId", "999999999999")];
    let management = [("aws:PrincipalOrgMasterAccountId", ACCOUNT)];
    let none: [(&str, &str); 0] = [];
    let rows: &[(&str, &str, &str, Keys<'_>, Outcome)] = &[
        ("AdministratorAccess", "iam:CreateUser", bob, &none, Allow),
        ("AWSDenyAll", "sts:GetCallerIdentity", "*", &none, Deny),
        ("PowerUserAccess", "iam:CreateUser", bob, &none, No),
        ("PowerUserAccess", "iam:CreateServiceLinkedRole", role, &none, Allow),
        ("PowerUserAccess", "organizations:LeaveOrganization", "*", &none, No),
        ("PowerUserAccess", "organizations:DescribeOrganization", "*", &none, Allow),
        ("PowerUserAccess", "account:PutContactInformation", "*", &none, No),
        ("PowerUserAccess", "account:ListRegions", "*", &none, Allow),
        ("PowerUserAccess", "sqs:SendMessage", "*", &none, Allow),
        ("IAMUserChangePassword", "iam:ChangePassword", ada, &named, Allow),
        ("IAMUserChangePassword", "iam:ChangePassword", bob, &named, No),
        ("IAMUserChangePassword", "iam:ChangePassword", bob, &[("aws:username", "bob")], Allow),
        ("IAMUserChangePassword", "iam:ChangePassword", ada, &none, No),
        ("IAMUserChangePassword", "iam:GetAccountPasswordPolicy", "*", &none, Allow),
        ("AWSOrganizationsFullAccess", "organizations:CreateAccount", "*", &none, Allow),
        ("AWSOrganizationsFullAccess", "iam:CreateServiceLinkedRole", role, &organizations, Allow),
        ("AWSOrganizationsFullAccess", "iam:CreateServiceLinkedRole", role, &sso, No),
        ("AWSOrganizationsFullAccess", "iam:CreateServiceLinkedRole", role, &none, No),
        ("AWSOrganizationsFullAccess", "account:PutAccountName", "*", &none, Allow),
        ("AWSOrganizationsFullAccess", "account:StartPrimaryEmailUpdate", "*", &none, No),
        ("AWSOrganizationsReadOnlyAccess", "organizations:ListAccounts", "*", &none, Allow),
        ("AWSOrganizationsReadOnlyAccess", "organizations:MoveAccount", "*", &none, No),
        ("AWSOrganizationsServiceTrustPolicy", "iam:DeleteRole", role, &none, Allow),
        ("AWSOrganizationsServiceTrustPolicy", "iam:DeleteRole", reserved, &none, No),
        ("AWSOrganizationsServiceTrustPolicy", "iam:CreateServiceLinkedRole", reserved, &none, Allow),
        ("AWSAccountManagementFullAccess", "account:DisableRegion", "*", &none, Allow),
        ("AWSAccountManagementReadOnlyAccess", "account:DisableRegion", "*", &none, No),
        ("AWSAccountManagementReadOnlyAccess", "account:GetPrimaryEmail", "*", &none, Allow),
        ("IAMFullAccess", "iam:CreateUser", bob, &none, Allow),
        ("IAMFullAccess", "organizations:ListAccounts", "*", &none, No),
        ("IAMReadOnlyAccess", "iam:SimulatePrincipalPolicy", bob, &none, Allow),
        ("IAMReadOnlyAccess", "iam:DeleteUser", bob, &none, No),
        ("ReadOnlyAccess", "organizations:DescribeAccount", "*", &none, Allow),
        ("ReadOnlyAccess", "sts:AssumeRole", role, &none, No),
        ("SecurityAudit", "iam:GenerateCredentialReport", "*", &none, Allow),
        ("SecurityAudit", "account:GetContactInformation", "*", &none, No),
        ("ViewOnlyAccess", "organizations:ListRoots", "*", &none, Allow),
        ("ViewOnlyAccess", "organizations:DescribeOrganization", "*", &none, No),
        ("Billing", "account:GetAccountInformation", "*", &none, Allow),
        ("Billing", "organizations:DescribeOrganization", "*", &none, No),
        ("AWSBillingReadOnlyAccess", "payments:MakePayment", "*", &none, No),
        ("AWSSSOServiceRolePolicy", "iam:CreateRole", reserved, &member, Allow),
        ("AWSSSOServiceRolePolicy", "iam:CreateRole", reserved, &management, No),
        ("AWSSSOServiceRolePolicy", "iam:CreateRole", role, &member, No),
        ("CloudTrailServiceRolePolicy", "organizations:ListAccounts", "*", &none, Allow),
        ("AWSResourceAccessManagerServiceRolePolicy", "organizations:ListRoots", "*", &none, Allow),
        ("AWSResourceAccessManagerServiceRolePolicy", "iam:DeleteRole", role, &none, No),
    ];
    for (policy, action, resource, keys, wanted) in rows {
        assert_eq!(
            asks(&user(), policy, action, resource, keys),
            *wanted,
            "{policy}: {action} on {resource}"
        );
    }
}

#[test]
fn root_tasks_leave_a_root_user_its_task() {
    let root = Principal::Root { account: ACCOUNT.into() };
    let arn = &format!("arn:aws:iam::{ACCOUNT}:root");
    let bob = &format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let queue = &format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:q");
    let (other, none) = ([("aws:ResourceAccount", "999999999999")], [("x:y", "z")]);
    let rows: &[(&str, &str, &str, Keys<'_>, bool)] = &[
        ("IAMAuditRootUserCredentials", "iam:ListAccessKeys", arn, &none, true),
        ("IAMAuditRootUserCredentials", "iam:ListAccessKeys", bob, &none, false),
        ("IAMAuditRootUserCredentials", "iam:GetAccountSummary", "*", &none, true),
        ("IAMAuditRootUserCredentials", "iam:DeleteAccessKey", arn, &none, false),
        ("IAMAuditRootUserCredentials", "sts:GetSessionToken", "*", &none, false),
        ("IAMCreateRootUserPassword", "iam:CreateLoginProfile", arn, &none, true),
        ("IAMCreateRootUserPassword", "iam:CreateLoginProfile", bob, &none, false),
        ("IAMCreateRootUserPassword", "iam:DeleteLoginProfile", arn, &none, false),
        ("IAMDeleteRootUserCredentials", "iam:DeleteLoginProfile", arn, &none, true),
        ("IAMDeleteRootUserCredentials", "iam:DeleteAccessKey", bob, &none, false),
        ("IAMDeleteRootUserCredentials", "iam:CreateLoginProfile", arn, &none, false),
        ("S3UnlockBucketPolicy", "s3:DeleteBucketPolicy", "arn:aws:s3:::b", &none, true),
        ("S3UnlockBucketPolicy", "s3:GetObject", "arn:aws:s3:::b/k", &none, false),
        ("SQSUnlockQueuePolicy", "sqs:SetQueueAttributes", queue, &none, true),
        ("SQSUnlockQueuePolicy", "sqs:GetQueueAttributes", queue, &none, true),
        ("SQSUnlockQueuePolicy", "sqs:GetQueueAttributes", queue, &other, false),
        ("SQSUnlockQueuePolicy", "sqs:SendMessage", queue, &none, false),
    ];
    for (policy, action, resource, keys, allowed) in rows {
        let wanted = if *allowed { Outcome::Allow } else { Outcome::ExplicitDeny };
        assert_eq!(asks(&root, policy, action, resource, keys), wanted, "{policy}: {action} on {resource}");
    }
    // They grant nothing by themselves, and the work on buckets and queues is for root users.
    for policy in POLICIES.iter().filter(|policy| policy.path == "/root-task/") {
        assert_ne!(asks(&user(), policy.name, "iam:GetUser", arn, &none), Outcome::Allow, "{}", policy.name);
    }
    assert_eq!(
        asks(&user(), "S3UnlockBucketPolicy", "s3:ListAllMyBuckets", "*", &none),
        Outcome::ExplicitDeny
    );
    assert_eq!(
        asks(&user(), "IAMAuditRootUserCredentials", "iam:GetUser", arn, &none),
        Outcome::ImplicitDeny
    );
}
