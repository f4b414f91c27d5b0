//! What is said of an account as a whole (identity.md 3.3, 3.15, 3.16).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::operator::record_use::RecordKeyUse;

use super::*;

const DETAILS: &str = "GetAccountAuthorizationDetails";
const REPORT: &str = "GetCredentialReport";

fn alias(name: &str) -> Value {
    json!({ "AccountAlias": name })
}

fn aliases(lab: &mut Lab, account: &str) -> Value {
    let answer = lab.ok(account, "ListAccountAliases", &json!({}));
    assert_eq!(answer["IsTruncated"], false);
    answer["AccountAliases"].clone()
}

#[test]
fn an_alias_is_one_accounts_and_replaces_the_one_before() {
    let mut lab = Lab::new();
    assert_eq!(aliases(&mut lab, ALONE), json!([]));
    lab.ok(ALONE, "CreateAccountAlias", &alias("first"));
    assert_eq!(aliases(&mut lab, ALONE), json!(["first"]));
    let exists = |name: &str| format!("The account alias {name} already exists.");
    for account in [ALONE, A] {
        lab.refuses(
            account,
            "CreateAccountAlias",
            &alias("first"),
            ("EntityAlreadyExists", 409, &exists("first")),
        );
    }
    lab.ok(ALONE, "CreateAccountAlias", &alias("second"));
    assert_eq!(aliases(&mut lab, ALONE), json!(["second"]));
    lab.ok(A, "CreateAccountAlias", &alias("first"));
    let missing = |name: &str| format!("The account alias with name {name} cannot be found.");
    lab.refuses(ALONE, "DeleteAccountAlias", &alias("first"), ("NoSuchEntity", 404, &missing("first")));
    lab.ok(ALONE, "DeleteAccountAlias", &alias("second"));
    assert_eq!((aliases(&mut lab, ALONE), aliases(&mut lab, A)), (json!([]), json!(["first"])));
    lab.refuses(ALONE, "DeleteAccountAlias", &alias("second"), ("NoSuchEntity", 404, &missing("second")));
    lab.ok(M, "CreateAccountAlias", &alias("second"));
}

#[test]
fn an_alias_is_of_lower_case_letters_digits_and_single_hyphens() {
    let mut lab = Lab::new();
    let pattern = "Value at 'accountAlias' failed to satisfy constraint: Member must satisfy regular expression pattern: \
                   ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
    let long = "a".repeat(64);
    for (bad, length) in [
        ("Abc", ""),
        ("-abc", ""),
        ("abc-", ""),
        ("a--c", ""),
        ("a_c", ""),
        ("ab", "greater than or equal to 3"),
        (&*long, "less than or equal to 63"),
    ] {
        let sentence = if length.is_empty() {
            format!("1 validation error detected: {pattern}")
        } else {
            format!(
                "2 validation errors detected: {pattern}; Value at 'accountAlias' failed to satisfy constraint: Member must have length {length}"
            )
        };
        for operation in ["CreateAccountAlias", "DeleteAccountAlias"] {
            lab.refuses(ALONE, operation, &alias(bad), ("ValidationError", 400, &sentence));
        }
    }
    let sentence = "1 validation error detected: Value at 'accountAlias' failed to satisfy constraint: Member must not be null";
    lab.refuses(ALONE, "CreateAccountAlias", &json!({}), ("ValidationError", 400, sentence));
    let sentence = "The account alias 123456789012 has twelve digits, as an account ID has.";
    lab.refuses(ALONE, "CreateAccountAlias", &alias("123456789012"), ("InvalidInput", 400, sentence));
    for good in ["a-b", "1-2-3", &"a".repeat(63), "12345678901", "12345678901a"] {
        lab.ok(ALONE, "CreateAccountAlias", &alias(good));
    }
    lab.refuses(
        ALONE,
        "ListAccountAliases",
        &json!({ "Marker": "x" }),
        ("ValidationError", 400, "Invalid Marker."),
    );
}

#[test]
fn the_summary_counts_what_there_is_and_may_be() {
    let mut lab = Lab::new();
    let summary =
        |lab: &mut Lab, account: &str| lab.ok(account, "GetAccountSummary", &json!({}))["SummaryMap"].clone();
    let empty = summary(&mut lab, ALONE);
    assert_eq!(empty.as_object().unwrap().len(), 34);
    assert_eq!(
        (&empty["Users"], &empty["PolicyVersionsInUse"], &empty["GlobalEndpointTokenVersion"]),
        (&json!(0), &json!(0), &json!(1))
    );
    lab.user(ALONE, "Ana", &["AdministratorAccess", "ReadOnlyAccess"]);
    lab.user(ALONE, "Bob", &["AdministratorAccess"]);
    lab.ok(ALONE, "CreateServiceLinkedRole", &json!({ "AWSServiceName": "batch.amazonaws.com" }));
    lab.ok(ALONE, "SetSecurityTokenServicePreferences", &json!({ "GlobalEndpointTokenVersion": "v2Token" }));
    lab.0.settings_mut().limits.users = 7;
    let full = summary(&mut lab, ALONE);
    for (key, value) in [
        ("Users", 2),
        ("Roles", 1),
        ("PolicyVersionsInUse", 3),
        ("GlobalEndpointTokenVersion", 2),
        ("UsersQuota", 7),
        ("RolesQuota", 1_000),
        ("AttachedPoliciesPerRoleQuota", 20),
        ("PolicySizeQuota", 6_144),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", 0),
    ] {
        assert_eq!(full[key], value, "{key}");
    }
    lab.ok(ALONE, "SetSecurityTokenServicePreferences", &json!({ "GlobalEndpointTokenVersion": "v1Token" }));
    assert_eq!(summary(&mut lab, ALONE)["GlobalEndpointTokenVersion"], 1);
    for (version, rule) in
        [(Value::Null, "not be null"), (json!("v3Token"), "satisfy enum value set: [v1Token, v2Token]")]
    {
        let sentence = format!(
            "1 validation error detected: Value at 'globalEndpointTokenVersion' failed to satisfy constraint: Member must {rule}"
        );
        let input = json!({ "GlobalEndpointTokenVersion": version });
        lab.refuses(ALONE, "SetSecurityTokenServicePreferences", &input, ("ValidationError", 400, &sentence));
    }
}

#[test]
fn everything_that_an_account_has_comes_list_after_list() {
    let mut lab = Lab::new();
    let ana = lab.user(ALONE, "Ana", &["ReadOnlyAccess"]);
    lab.user(ALONE, "Bob", &["AdministratorAccess"]);
    lab.inline(&ana, &policy("Allow", "s3:*", "*"));
    lab.ok(ALONE, "CreateServiceLinkedRole", &json!({ "AWSServiceName": "batch.amazonaws.com" }));
    let all = lab.ok(ALONE, DETAILS, &json!({}));
    let names = |list: &str, member: &str| -> Vec<String> {
        let entries = all[list].as_array().unwrap().iter();
        entries.map(|entry| entry[member].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("UserDetailList", "UserName"), ["Ana", "Bob"]);
    assert_eq!(names("RoleDetailList", "RoleName"), ["AWSServiceRoleForBatch"]);
    // AWS's policies by their names, those that somebody uses.
    assert_eq!(
        names("Policies", "PolicyName"),
        ["AdministratorAccess", "BatchServiceRolePolicy", "ReadOnlyAccess"]
    );
    assert_eq!((&all["GroupDetailList"], &all["IsTruncated"]), (&json!([]), &json!(false)));
    let ana = &all["UserDetailList"][0];
    assert_eq!(ana["UserPolicyList"][0]["PolicyName"], "Own");
    assert!(ana["UserPolicyList"][0]["PolicyDocument"].as_str().unwrap().starts_with("%7B%22"));
    assert_eq!(
        ana["AttachedManagedPolicies"],
        json!([{ "PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }])
    );
    assert_eq!((&ana["GroupList"], &ana["Tags"]), (&json!([]), &json!([])));
    assert!(all["UserDetailList"][1].get("UserPolicyList").is_none());
    let role = &all["RoleDetailList"][0];
    assert_eq!(
        (&role["RolePolicyList"], &role["InstanceProfileList"], &role["RoleLastUsed"]),
        (&json!([]), &json!([]), &json!({}))
    );
    assert!(role.get("Description").is_none() && role.get("MaxSessionDuration").is_none());
    let administrator = &all["Policies"][0];
    assert_eq!(
        (&administrator["AttachmentCount"], &administrator["PolicyVersionList"][0]["IsDefaultVersion"]),
        (&json!(1), &json!(true))
    );
    // One at a time it is the same.
    let (mut seen, mut input) = (Vec::new(), json!({ "MaxItems": 1 }));
    loop {
        let page = lab.ok(ALONE, DETAILS, &input);
        for list in ["UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"] {
            seen.extend(page[list].as_array().unwrap().iter().map(|entry| entry["Arn"].clone()));
        }
        if page["IsTruncated"] == false {
            break;
        }
        input["Marker"] = page["Marker"].clone();
    }
    let lists = ["UserDetailList", "RoleDetailList", "Policies"];
    let arns: Vec<Value> = lists
        .iter()
        .flat_map(|list| all[*list].as_array().unwrap().iter().map(|entry| entry["Arn"].clone()))
        .collect();
    assert_eq!(seen, arns);
}

#[test]
fn filters_choose_lists_and_bind_the_marker() {
    let mut lab = Lab::new();
    lab.user(ALONE, "Ana", &["ReadOnlyAccess"]);
    lab.user(ALONE, "Bob", &[]);
    let mut input = json!({ "Filter": ["User"], "MaxItems": 1 });
    let page = lab.ok(ALONE, DETAILS, &input);
    assert_eq!((&page["UserDetailList"][0]["UserName"], &page["Policies"]), (&json!("Ana"), &json!([])));
    input["Marker"] = page["Marker"].clone();
    assert_eq!(lab.ok(ALONE, DETAILS, &input)["UserDetailList"][0]["UserName"], "Bob");
    // The same set in other words.
    input["Filter"] = json!(["User", "User"]);
    lab.ok(ALONE, DETAILS, &input);
    for filter in [json!(["User", "Role"]), json!([]), Value::Null] {
        input["Filter"] = filter;
        lab.refuses(ALONE, DETAILS, &input, ("ValidationError", 400, "Marker and Filter do not match"));
    }
    input["Marker"] = json!("x");
    lab.refuses(ALONE, DETAILS, &input, ("ValidationError", 400, "Invalid Marker."));
    let page = lab.ok(ALONE, DETAILS, &json!({ "Filter": ["AWSManagedPolicy"] }));
    assert_eq!(
        (&page["Policies"][0]["PolicyName"], &page["UserDetailList"]),
        (&json!("ReadOnlyAccess"), &json!([]))
    );
    assert_eq!(lab.ok(ALONE, DETAILS, &json!({ "Filter": ["LocalManagedPolicy"] }))["Policies"], json!([]));
    let sentence = "1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must satisfy \
                    constraint: [Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, \
                    AWSManagedPolicy]]";
    lab.refuses(ALONE, DETAILS, &json!({ "Filter": ["user"] }), ("ValidationError", 400, sentence));
}

#[test]
fn the_credential_report_is_there_for_four_hours() {
    let mut lab = Lab::new();
    lab.refuses(ALONE, REPORT, &json!({}), ("ReportNotPresent", 410, "Unknown"));
    lab.user(ALONE, "Ana", &[]);
    let made = lab.0.now();
    let state = lab.ok(ALONE, "GenerateCredentialReport", &json!({}));
    assert_eq!(
        state,
        json!({ "State": "STARTED", "Description": "No report exists. Starting a new report generation task" })
    );
    let done = json!({ "State": "COMPLETE" });
    lab.0.advance(1_000);
    assert_eq!(lab.ok(ALONE, "GenerateCredentialReport", &json!({})), done);
    let report = lab.ok(ALONE, REPORT, &json!({}));
    assert_eq!(
        (&report["ReportFormat"], &report["GeneratedTime"]),
        (&json!("text/csv"), &json!(made.iso8601()))
    );
    let text = String::from_utf8(STANDARD.decode(report["Content"].as_str().unwrap()).unwrap()).unwrap();
    let created = made.iso8601().replace('Z', "+00:00");
    let none = "false,N/A,N/A,N/A,N/A";
    assert_eq!(
        text,
        format!(
            "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
             password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
             access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
             access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
             access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
             <root_account>,arn:aws:iam::{ALONE}:root,{created},not_supported,no_information,not_supported,not_supported,\
             false,{none},{none},false,N/A,false,N/A\n\
             Ana,arn:aws:iam::{ALONE}:user/Ana,{created},false,N/A,N/A,N/A,false,{none},{none},false,N/A,false,N/A"
        )
    );
    lab.0.advance(4 * 3_600_000 - 1_001);
    lab.ok(ALONE, REPORT, &json!({}));
    lab.0.advance(1);
    lab.refuses(ALONE, REPORT, &json!({}), ("ReportExpired", 410, "Unknown"));
    assert_eq!(lab.ok(ALONE, "GenerateCredentialReport", &json!({}))["State"], "STARTED");
    lab.ok(ALONE, REPORT, &json!({}));
}

#[test]
fn the_credential_report_has_passwords_and_keys() {
    let mut lab = Lab::new();
    lab.user(ALONE, "Ana", &[]);
    let ana = json!({ "UserName": "Ana", "Password": "Correct-Horse-7" });
    lab.ok(ALONE, "CreateLoginProfile", &ana);
    lab.ok(ALONE, "UpdateAccountPasswordPolicy", &json!({ "MaxPasswordAge": 30 }));
    let ids: Vec<String> = (0..2)
        .map(|_| {
            lab.ok(ALONE, "CreateAccessKey", &json!({ "UserName": "Ana" }))["AccessKey"]["AccessKeyId"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let made = lab.0.now();
    let first = ids.iter().min().unwrap();
    lab.ok(
        ALONE,
        "UpdateAccessKey",
        &json!({ "UserName": "Ana", "AccessKeyId": first, "Status": "Inactive" }),
    );
    let used =
        RecordKeyUse { key: first.parse().unwrap(), region: "eu-west-1".into(), service: "sts".into() };
    lab.0.advance(60_000);
    lab.0.run(AccountId::NOBODY, &used).unwrap();
    lab.ok(ALONE, "GenerateCredentialReport", &json!({}));
    let report = lab.ok(ALONE, REPORT, &json!({}));
    let text = String::from_utf8(STANDARD.decode(report["Content"].as_str().unwrap()).unwrap()).unwrap();
    let time = |at: guildhall_core::Timestamp| at.iso8601().replace('Z', "+00:00");
    let (created, next, used) = (time(made), time(made.plus(30 * 86_400_000)), time(lab.0.now()));
    let row = format!(
        "Ana,arn:aws:iam::{ALONE}:user/Ana,{created},true,no_information,{created},{next},false,false,{created},{used},\
         eu-west-1,sts,true,{created},N/A,N/A,N/A,false,N/A,false,N/A"
    );
    assert_eq!(text.lines().last().unwrap(), row);
}

#[test]
fn a_user_without_permission_is_denied_all_of_it() {
    let mut lab = Lab::new();
    for (operation, input) in [
        ("CreateAccountAlias", alias("mine")),
        ("DeleteAccountAlias", alias("mine")),
        ("ListAccountAliases", json!({})),
        ("GetAccountSummary", json!({})),
        (DETAILS, json!({})),
        ("SetSecurityTokenServicePreferences", json!({ "GlobalEndpointTokenVersion": "v2Token" })),
        ("GenerateCredentialReport", json!({})),
        (REPORT, json!({})),
    ] {
        lab.denies(operation, &input, "*");
    }
}
