//! The roles that Organizations makes in accounts (identity.md 7.1, 7.2).

use guildhall_core::kernel::refusal::ErrorAnswer;

use super::*;

const LINKED: &str = "AWSServiceRoleForOrganizations";

/// The names of an account's roles.
fn roles(lab: &mut Lab, account: &str) -> Vec<String> {
    let roles = lab.ok(account, "ListRoles", &json!({}))["Roles"].clone();
    roles.as_array().unwrap().iter().map(|role| role["RoleName"].as_str().unwrap().to_owned()).collect()
}

/// A new account of the organization.
fn created(lab: &mut Lab, more: &Value) -> String {
    let mut input = json!({ "Email": "new@example.com", "AccountName": "New" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let status = lab.organizations(M, "CreateAccount", &input)["CreateAccountStatus"]["Id"].clone();
    lab.0.advance(1_000);
    let input = json!({ "CreateAccountRequestId": status });
    let status = lab.organizations(M, "DescribeCreateAccountStatus", &input);
    status["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned()
}

fn decoded(document: &Value) -> String {
    let text = document.as_str().unwrap();
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(byte) = text.as_bytes().get(at) {
        if *byte == b'%' {
            bytes.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            bytes.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_created_account_has_both_roles_and_an_invited_one_the_linked_one() {
    let mut lab = Lab::new();
    let new = created(&mut lab, &json!({}));
    assert_eq!(roles(&mut lab, &new), [LINKED, "OrganizationAccountAccessRole"]);
    assert_eq!(roles(&mut lab, A), [LINKED]);
    assert_eq!(roles(&mut lab, M), [LINKED]);
    assert_eq!(roles(&mut lab, ALONE), [""; 0]);
    let role =
        lab.ok(&new, "GetRole", &json!({ "RoleName": "OrganizationAccountAccessRole" }))["Role"].clone();
    assert_eq!(role["Arn"], format!("arn:aws:iam::{new}:role/OrganizationAccountAccessRole"));
    assert_eq!((&role["MaxSessionDuration"], role.get("Description")), (&json!(3_600), None));
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{M}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    assert_eq!(decoded(&role["AssumeRolePolicyDocument"]), trust);
    let linked = lab.ok(&new, "GetRole", &json!({ "RoleName": LINKED }))["Role"].clone();
    let arn = format!("arn:aws:iam::{new}:role/aws-service-role/organizations.amazonaws.com/{LINKED}");
    assert_eq!(linked["Arn"], arn);
    assert_eq!(
        linked["Description"],
        "Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations."
    );
    assert!(
        decoded(&linked["AssumeRolePolicyDocument"])
            .contains(r#""Principal":{"Service":"organizations.amazonaws.com"},"Action":"sts:AssumeRole""#)
    );
    let input = json!({ "Filter": ["Role"] });
    let details = lab.ok(&new, "GetAccountAuthorizationDetails", &input)["RoleDetailList"].clone();
    let attached: Vec<&Value> = details
        .as_array()
        .unwrap()
        .iter()
        .map(|role| &role["AttachedManagedPolicies"][0]["PolicyArn"])
        .collect();
    assert_eq!(
        attached,
        [
            "arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ]
    );
}

#[test]
fn the_access_role_has_the_name_that_was_asked_for_and_is_the_accounts_own() {
    let mut lab = Lab::new();
    let new = created(&mut lab, &json!({ "RoleName": "Admin" }));
    assert_eq!(roles(&mut lab, &new), ["Admin", LINKED]);
    let shown = lab.facts(&new, &json!({}))["Roles"].clone();
    assert_eq!(
        (&shown[0]["Name"], &shown[0]["Trusts"]),
        (&json!("Admin"), &json!(format!("arn:aws:iam::{M}:root")))
    );
    assert_eq!(
        (&shown[1]["Name"], &shown[1]["Trusts"]),
        (&json!(LINKED), &json!("organizations.amazonaws.com"))
    );
    // A name that it has is taken, and nobody but the service changes the other one.
    let trust = policy("Allow", "sts:AssumeRole", "*");
    let input = json!({ "RoleName": "ADMIN", "AssumeRolePolicyDocument": trust });
    lab.refuses(
        &new,
        "CreateRole",
        &input,
        ("EntityAlreadyExists", 409, "Role with name ADMIN already exists."),
    );
    let sentence = format!(
        "Cannot perform the operation on the protected role '{LINKED}' - this role is only modifiable by AWS"
    );
    lab.refuses(&new, "DeleteRole", &json!({ "RoleName": LINKED }), ("UnmodifiableEntity", 400, &sentence));
    // What does not trust an account as it was made is not told as such any more.
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}}"#;
    lab.ok(&new, "UpdateAssumeRolePolicy", &json!({ "RoleName": "Admin", "PolicyDocument": trust }));
    assert_eq!(lab.facts(&new, &json!({}))["Roles"][0]["Name"], LINKED);
}

#[test]
fn with_consolidated_billing_the_linked_role_comes_with_all_features() {
    let mut lab = Lab::with("CONSOLIDATED_BILLING");
    let new = created(&mut lab, &json!({}));
    assert_eq!(roles(&mut lab, M), [""; 0]);
    assert_eq!(roles(&mut lab, &new), ["OrganizationAccountAccessRole"]);
    let request = lab.organizations(M, "EnableAllFeatures", &json!({}))["Handshake"]["Id"].clone();
    // It comes to the management account first.
    assert_eq!(roles(&mut lab, M), [LINKED]);
    let filter = json!({ "Filter": { "ActionType": "APPROVE_ALL_FEATURES" } });
    let parts = lab.organizations(A, "ListHandshakesForAccount", &filter);
    lab.organizations(A, "AcceptHandshake", &json!({ "HandshakeId": parts["Handshakes"][0]["Id"] }));
    assert_eq!(roles(&mut lab, &new), ["OrganizationAccountAccessRole"]);
    lab.organizations(M, "AcceptHandshake", &json!({ "HandshakeId": request }));
    for account in [M, A, &new] {
        assert!(roles(&mut lab, account).contains(&LINKED.to_owned()), "{account}");
    }
    // It stays where the account goes.
    lab.organizations(M, "RemoveAccountFromOrganization", &json!({ "AccountId": A }));
    assert_eq!(roles(&mut lab, A), [LINKED]);
}

#[test]
fn the_control_api_takes_the_linked_role_away_and_brings_it_back() {
    let mut lab = Lab::with("CONSOLIDATED_BILLING");
    assert_eq!(lab.facts(A, &json!({ "ServiceLinkedRole": false }))["ServiceLinkedRole"], false);
    assert_eq!(roles(&mut lab, A), [""; 0]);
    // Taking away what is not there changes nothing.
    let version = lab.0.version(&Owner::Iam(id(A)));
    assert_eq!(lab.facts(A, &json!({ "ServiceLinkedRole": false }))["Roles"], json!([]));
    assert_eq!(lab.0.version(&Owner::Iam(id(A))), version);
    let shown = lab.facts(A, &json!({ "ServiceLinkedRole": true }));
    assert_eq!((&shown["ServiceLinkedRole"], &shown["Roles"][0]["Name"]), (&json!(true), &json!(LINKED)));
    assert_eq!(roles(&mut lab, A), [LINKED]);
}

/// What an administrator of an account is told who may not make the role.
fn needs_role(error: &ErrorAnswer) -> bool {
    (error.code, error.status, error.reason.as_deref())
        == (
            Some("AccessDeniedForDependencyException"),
            400,
            Some("ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE"),
        )
}

#[test]
fn whoever_brings_the_role_about_has_to_be_allowed_to_make_it() {
    let mut lab = Lab::alone();
    // All of Organizations, and of IAM nothing that writes.
    let administrator = lab.user(ALONE, "organizer", &["AWSOrganizationsFullAccess"]);
    let full = "AWSOrganizationsFullAccess lets its users make the role";
    assert!(lab.try_organizations(administrator, "CreateOrganization", &json!({})).is_ok(), "{full}");
    let reader = lab.user(OTHER, "reader", &["ReadOnlyAccess"]);
    let sentence = lab.try_organizations(reader, "CreateOrganization", &json!({})).unwrap_err();
    // The call itself is denied before what it depends on.
    assert_eq!(sentence.code, Some("AccessDeniedException"));
}

#[test]
fn a_service_control_policy_that_denies_the_role_denies_what_needs_it() {
    // A member that comes from an organization whose policy denies the role, and has none.
    let mut lab = Lab::with("ALL");
    lab.organizations(ALONE, "CreateOrganization", &json!({}));
    lab.deny("iam:CreateServiceLinkedRole");
    let handshake = json!({ "HandshakeId": lab.invite(ALONE, A) });
    // The role is there, so nobody has to make it: what is missing is the leave to go.
    lab.deny("organizations:LeaveOrganization");
    let error = lab.try_organizations(root(A), "AcceptHandshake", &handshake).unwrap_err();
    assert_eq!(error.code, Some("AccessDeniedException"));
    assert!(
        error.message.starts_with(&format!(
            "User: arn:aws:iam::{A}:root is not authorized to perform: organizations:LeaveOrganization on resource: * \
             with an explicit deny in a service control policy"
        )),
        "{}",
        error.message
    );
}

#[test]
fn without_the_role_and_the_permission_to_make_it_nobody_joins() {
    let mut lab = Lab::with("CONSOLIDATED_BILLING");
    lab.organizations(ALONE, "CreateOrganization", &json!({}));
    let handshake = json!({ "HandshakeId": lab.invite(ALONE, OTHER) });
    // A user who may do everything of Organizations but has no word about IAM.
    let user = lab.user(OTHER, "joiner", &[]);
    lab.inline(&user, &policy("Allow", "organizations:*", "*"));
    let error = lab.try_organizations(user.clone(), "AcceptHandshake", &handshake).unwrap_err();
    assert!(needs_role(&error), "{error:?}");
    let error = lab.try_organizations(user.clone(), "CreateOrganization", &json!({})).unwrap_err();
    assert!(needs_role(&error), "{error:?}");
    // An organization with consolidated billing needs no role.
    let input = json!({ "FeatureSet": "CONSOLIDATED_BILLING" });
    let mut billing = Lab(lab.0.clone());
    billing.try_organizations(user.clone(), "CreateOrganization", &input).unwrap();
    let error = billing.try_organizations(user.clone(), "EnableAllFeatures", &json!({})).unwrap_err();
    assert!(needs_role(&error), "{error:?}");
    // With the key of the service the permission can be as narrow as the need.
    for (service, joins) in [("config.amazonaws.com", false), ("organizations.amazonaws.com", true)] {
        let role = json!({
            "Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": format!("arn:aws:iam::{OTHER}:role/aws-service-role/*"),
            "Condition": { "StringEquals": { "iam:AWSServiceName": service } },
        });
        let own = json!({ "Effect": "Allow", "Action": "organizations:*", "Resource": "*" });
        lab.inline(&user, &json!({ "Version": "2012-10-17", "Statement": [role, own] }).to_string());
        assert_eq!(
            lab.try_organizations(user.clone(), "AcceptHandshake", &handshake).is_ok(),
            joins,
            "{service}"
        );
    }
    assert_eq!(roles(&mut lab, OTHER), [LINKED]);
}
