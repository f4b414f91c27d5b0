//! Access keys of IAM: every operation and every refusal, and when keys and roles were last used.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::record_use::{EVERY, RecordKeyUse, RecordRoleUse};
use guildhall_testkit::iam_lab::{AWAY, HOME, IamLab, root};
use serde_json::{Value, json};

fn broken(member: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
    )
}

const MUST: &str = "Must specify userName when calling with non-User credentials";

/// Creates a key. Answers its id.
fn create(lab: &mut IamLab, input: &Value) -> String {
    lab.ok("CreateAccessKey", input)["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned()
}

fn use_key(lab: &mut IamLab, key: &str, service: &str) {
    let command =
        RecordKeyUse { key: key.parse().unwrap(), region: "eu-west-1".into(), service: service.into() };
    lab.0.run(AccountId::NOBODY, &command).unwrap();
}

#[test]
fn a_key_is_created_with_its_secret_and_listed_without() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let key = lab.ok("CreateAccessKey", &json!({ "UserName": "aNA" }))["AccessKey"].clone();
    let (id, secret) = (key["AccessKeyId"].as_str().unwrap(), key["SecretAccessKey"].as_str().unwrap());
    assert!(id.len() == 20 && id.starts_with("AKIA"), "{id}");
    assert_eq!(secret.len(), 40);
    let created = lab.0.now().iso8601();
    assert_eq!(
        key,
        json!({
            "UserName": "Ana", "AccessKeyId": id, "SecretAccessKey": secret, "Status": "Active", "CreateDate": created,
        })
    );
    assert!(!lab.0.stored().contains(secret), "the secret is stored as it is");
    let listed = lab.ok("ListAccessKeys", &json!({ "UserName": "ana" }));
    let entry = json!({ "UserName": "Ana", "AccessKeyId": id, "Status": "Active", "CreateDate": created });
    assert_eq!(listed, json!({ "AccessKeyMetadata": [entry], "IsTruncated": false }));
    // The root user has keys of its own.
    let own = lab.ok("CreateAccessKey", &json!({}))["AccessKey"].clone();
    assert_eq!(own.get("UserName"), None);
    let listed = lab.ok("ListAccessKeys", &json!({}));
    let entry = json!({ "AccessKeyId": own["AccessKeyId"], "Status": "Active", "CreateDate": created });
    assert_eq!(listed, json!({ "AccessKeyMetadata": [entry], "IsTruncated": false }));
}

#[test]
fn there_are_two_keys_at_most_active_or_not() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let ana = json!({ "UserName": "Ana" });
    let mut keys = [create(&mut lab, &ana), create(&mut lab, &ana)];
    keys.sort_unstable();
    let off = json!({ "UserName": "Ana", "AccessKeyId": keys[0], "Status": "Inactive" });
    lab.ok("UpdateAccessKey", &off);
    let full = "Cannot exceed quota for AccessKeysPerUser: 2";
    lab.refuses("CreateAccessKey", &ana, "LimitExceeded", full);
    create(&mut lab, &json!({}));
    create(&mut lab, &json!({}));
    lab.refuses("CreateAccessKey", &json!({}), "LimitExceeded", full);
    // By id, in pages that are of one user only.
    let first = lab.ok("ListAccessKeys", &json!({ "UserName": "Ana", "MaxItems": 1 }));
    assert_eq!(first["AccessKeyMetadata"][0]["AccessKeyId"], keys[0]);
    assert_eq!(
        (&first["IsTruncated"], &first["AccessKeyMetadata"][0]["Status"]),
        (&json!(true), &json!("Inactive"))
    );
    let next = lab.ok("ListAccessKeys", &json!({ "UserName": "aNA", "Marker": first["Marker"] }));
    assert_eq!(next["AccessKeyMetadata"].as_array().unwrap().len(), 1);
    assert_eq!(next["AccessKeyMetadata"][0]["AccessKeyId"], keys[1]);
    lab.refuses(
        "ListAccessKeys",
        &json!({ "Marker": first["Marker"] }),
        "ValidationError",
        "Invalid Marker.",
    );
    lab.ok("DeleteAccessKey", &json!({ "UserName": "Ana", "AccessKeyId": keys[0] }));
    create(&mut lab, &ana);
}

#[test]
fn a_key_is_switched_off_and_on_and_deleted() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    lab.user("Ben", None);
    let key = create(&mut lab, &json!({ "UserName": "Ana" }));
    let stored = lab.0.stored();
    let update = |status: &str| json!({ "UserName": "Ana", "AccessKeyId": key, "Status": status });
    lab.ok("UpdateAccessKey", &update("Inactive"));
    // Both the list and the key itself say so.
    let inactive = lab.0.stored();
    assert!(inactive.contains(r#""inactive":true"#) && inactive.contains(r#""active":false"#), "{inactive}");
    lab.ok("UpdateAccessKey", &update("Active"));
    let versions = |text: &str| {
        text.lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(versions(&lab.0.stored()), versions(&stored));
    let words = broken("status", "satisfy enum value set");
    lab.refuses("UpdateAccessKey", &update("active"), "ValidationError", &words);
    let expired = "The status of an access key can be changed to Active or Inactive only.";
    lab.refuses("UpdateAccessKey", &update("Expired"), "InvalidInput", expired);
    let missing = |id: &str| format!("The Access Key with id {id} cannot be found.");
    for operation in ["UpdateAccessKey", "DeleteAccessKey"] {
        let input =
            |user: Value, id: &str| json!({ "UserName": user, "AccessKeyId": id, "Status": "Active" });
        for (user, id) in [
            (json!("Ben"), &*key),
            (Value::Null, &key),
            (json!("Ana"), "AKIAIOSFODNN7EXAMPLE"),
            (json!("Ana"), "not_an_id_of_a_key"),
        ] {
            lab.refuses(operation, &input(user, id), "NoSuchEntity", &missing(id));
        }
        let nobody = "The user with name Eva cannot be found.";
        lab.refuses(operation, &input(json!("Eva"), &key), "NoSuchEntity", nobody);
        for (id, rule) in [
            (json!("short"), "have length greater than or equal to 16"),
            (json!("x".repeat(129)), "have length less than or equal to 128"),
            (json!("AKIA-IOSFODNN7EXAMPLE"), r"satisfy regular expression pattern: [\w]+"),
            (Value::Null, "not be null"),
        ] {
            let input = json!({ "UserName": "Ana", "AccessKeyId": id, "Status": "Active" });
            lab.refuses(operation, &input, "ValidationError", &broken("accessKeyId", rule));
        }
    }
    let none = broken("status", "not be null");
    lab.refuses("UpdateAccessKey", &json!({ "AccessKeyId": key }), "ValidationError", &none);
    lab.ok("DeleteAccessKey", &json!({ "UserName": "aNA", "AccessKeyId": key }));
    assert!(!lab.0.stored().contains(&format!("user_key {key}")));
    lab.refuses(
        "DeleteAccessKey",
        &json!({ "UserName": "Ana", "AccessKeyId": key }),
        "NoSuchEntity",
        &missing(&key),
    );
}

#[test]
fn a_user_has_its_own_keys_in_hand() {
    let mut lab = IamLab::default();
    let own = json!({ "Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}" });
    let ana = lab.user("Ana", Some(own));
    lab.user("Ben", None);
    let of_ben = create(&mut lab, &json!({ "UserName": "Ben" }));
    let key = lab.call(&ana, "CreateAccessKey", &json!({})).unwrap()["AccessKey"]["AccessKeyId"].clone();
    let listed = lab.call(&ana, "ListAccessKeys", &json!({})).unwrap();
    assert_eq!(
        listed["AccessKeyMetadata"][0],
        lab.ok("ListAccessKeys", &json!({ "UserName": "Ana" }))["AccessKeyMetadata"][0]
    );
    lab.call(&ana, "UpdateAccessKey", &json!({ "AccessKeyId": key, "Status": "Inactive" })).unwrap();
    let missing = format!("The Access Key with id {of_ben} cannot be found.");
    let told = lab.refused(&ana, "DeleteAccessKey", &json!({ "AccessKeyId": of_ben }));
    assert_eq!(told, ("NoSuchEntity".into(), missing));
    lab.call(&ana, "DeleteAccessKey", &json!({ "AccessKeyId": key })).unwrap();
    for (operation, input) in [
        ("CreateAccessKey", json!({ "UserName": "Ben" })),
        ("ListAccessKeys", json!({ "UserName": "Ben" })),
        ("UpdateAccessKey", json!({ "UserName": "Ben", "AccessKeyId": of_ben, "Status": "Active" })),
        ("DeleteAccessKey", json!({ "UserName": "Ben", "AccessKeyId": of_ben })),
        // About its user, whom the key alone names.
        ("GetAccessKeyLastUsed", json!({ "AccessKeyId": of_ben })),
    ] {
        let sentence = format!(
            "User: arn:aws:iam::{HOME}:user/Ana is not authorized to perform: iam:{operation} on resource: \
             arn:aws:iam::{HOME}:user/Ben because no identity-based policy allows the iam:{operation} action"
        );
        assert_eq!(lab.refused(&ana, operation, &input), ("AccessDenied".into(), sentence));
    }
    let session = lab.role_session();
    for operation in ["CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey"] {
        let input = json!({ "AccessKeyId": of_ben, "Status": "Active" });
        assert_eq!(
            lab.refused(&session, operation, &input),
            ("ValidationError".into(), MUST.into()),
            "{operation}"
        );
    }
}

#[test]
fn a_use_is_told_once_in_a_quarter_of_an_hour() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let key = create(&mut lab, &json!({ "UserName": "Ana" }));
    let asked = json!({ "AccessKeyId": key });
    let never = json!({ "UserName": "Ana", "AccessKeyLastUsed": { "ServiceName": "N/A", "Region": "N/A" } });
    assert_eq!(lab.ok("GetAccessKeyLastUsed", &asked), never);
    use_key(&mut lab, &key, "sts");
    let first = lab.0.now().iso8601();
    let used = |at: &str, service: &str| {
        let used = json!({ "LastUsedDate": at, "ServiceName": service, "Region": "eu-west-1" });
        json!({ "UserName": "Ana", "AccessKeyLastUsed": used })
    };
    assert_eq!(lab.ok("GetAccessKeyLastUsed", &asked), used(&first, "sts"));
    lab.0.advance(EVERY - 1);
    let before = lab.0.stored();
    use_key(&mut lab, &key, "iam");
    assert_eq!(before, lab.0.stored());
    lab.0.advance(1);
    use_key(&mut lab, &key, "iam");
    assert_eq!(lab.ok("GetAccessKeyLastUsed", &asked), used(&lab.0.now().iso8601(), "iam"));
    // What is gone has no use, and what is used stays as it is.
    lab.ok("UpdateAccessKey", &json!({ "UserName": "Ana", "AccessKeyId": key, "Status": "Inactive" }));
    assert_eq!(lab.ok("GetAccessKeyLastUsed", &asked), used(&lab.0.now().iso8601(), "iam"));
    lab.ok("DeleteAccessKey", &json!({ "UserName": "Ana", "AccessKeyId": key }));
    let before = lab.0.stored();
    use_key(&mut lab, &key, "iam");
    assert_eq!(before, lab.0.stored());
    let own = create(&mut lab, &json!({}));
    use_key(&mut lab, &own, "organizations");
    let told = lab.ok("GetAccessKeyLastUsed", &json!({ "AccessKeyId": own }));
    assert_eq!(
        (told.get("UserName"), &told["AccessKeyLastUsed"]["ServiceName"]),
        (None, &json!("organizations"))
    );
}

#[test]
fn a_key_of_nobody_and_of_another_account_are_refused_alike() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    let foreign = lab.call(&root(AWAY), "CreateAccessKey", &json!({})).unwrap();
    let foreign = foreign["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    for (caller, arn) in [(root(HOME), "root"), (ana, "user/Ana")] {
        for key in [&*foreign, "AKIAIOSFODNN7EXAMPLE", "not_an_id_of_a_key"] {
            let sentence = format!(
                "User: arn:aws:iam::{HOME}:{arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: \
                 access key {key}"
            );
            let told = lab.refused(&caller, "GetAccessKeyLastUsed", &json!({ "AccessKeyId": key }));
            assert_eq!(told, ("AccessDenied".into(), sentence));
        }
    }
    let none = broken("accessKeyId", "not be null");
    lab.refuses("GetAccessKeyLastUsed", &json!({}), "ValidationError", &none);
}

#[test]
fn a_roles_use_is_told_once_in_a_quarter_of_an_hour() {
    let mut lab = IamLab::default();
    lab.role_session();
    let role = lab.ok("GetRole", &json!({ "RoleName": "App" }))["Role"].clone();
    assert_eq!(role["RoleLastUsed"], json!({}));
    let (account, id) = (HOME.parse().unwrap(), role["RoleId"].as_str().unwrap().parse().unwrap());
    let used = |lab: &mut IamLab, region: &str| {
        lab.0.run(AccountId::NOBODY, &RecordRoleUse { account, role: id, region: region.into() }).unwrap();
        lab.ok("GetRole", &json!({ "RoleName": "App" }))["Role"]["RoleLastUsed"].clone()
    };
    let first = json!({ "LastUsedDate": lab.0.now().iso8601(), "Region": "eu-west-1" });
    assert_eq!(used(&mut lab, "eu-west-1"), first);
    lab.0.advance(EVERY - 1);
    assert_eq!(used(&mut lab, "us-east-1"), first);
    lab.0.advance(1);
    let next = json!({ "LastUsedDate": lab.0.now().iso8601(), "Region": "us-east-1" });
    assert_eq!(used(&mut lab, "us-east-1"), next);
}
