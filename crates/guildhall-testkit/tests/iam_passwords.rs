//! Passwords of IAM's users, and what accounts ask of them: every operation and every refusal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_core::call::caller::Caller;
use guildhall_testkit::command_of;
use guildhall_testkit::iam_lab::{HOME, IamLab, root};
use serde_json::{Value, json};

fn broken(member: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
    )
}

const GOOD: &str = "Correct-Horse-1";
const PATTERN: &str = r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+";

fn login(password: &str) -> Value {
    json!({ "UserName": "Ana", "Password": password })
}

fn change(old: &str, new: &str) -> Value {
    json!({ "OldPassword": old, "NewPassword": new })
}

/// A world whose user Ana has a password and may change it.
fn with_ana() -> (IamLab, Caller) {
    let mut lab = IamLab::default();
    let ana =
        lab.user("Ana", Some(json!({ "Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*" })));
    lab.ok("CreateLoginProfile", &login(GOOD));
    (lab, ana)
}

#[test]
fn a_user_gets_a_password_and_loses_it() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let missing = |name: &str| format!("Login Profile for User {name} cannot be found.");
    for operation in ["GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"] {
        lab.refuses(operation, &json!({ "UserName": "aNA" }), "NoSuchEntity", &missing("aNA"));
        let nobody = "The user with name Ben cannot be found.";
        lab.refuses(operation, &json!({ "UserName": "Ben" }), "NoSuchEntity", nobody);
        let most = broken("userName", "have length less than or equal to 64");
        lab.refuses(operation, &json!({ "UserName": "x".repeat(65) }), "ValidationError", &most);
    }
    let created = lab.ok(
        "CreateLoginProfile",
        &json!({ "UserName": "aNA", "Password": GOOD, "PasswordResetRequired": true }),
    );
    let at = lab.0.now().iso8601();
    let profile = |reset: bool| json!({ "LoginProfile": { "UserName": "Ana", "CreateDate": at, "PasswordResetRequired": reset } });
    assert_eq!(created, profile(true));
    assert!(!lab.0.stored().contains(GOOD) && lab.0.stored().contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    lab.0.advance(1_000);
    assert_eq!(lab.ok("GetLoginProfile", &json!({ "UserName": "Ana" })), profile(true));
    let exists = "Login Profile for user ana already exists.";
    lab.refuses(
        "CreateLoginProfile",
        &json!({ "UserName": "ana", "Password": GOOD }),
        "EntityAlreadyExists",
        exists,
    );
    // What is left out stays as it is.
    let before = lab.0.stored();
    let lines = |text: &str| {
        text.lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
    };
    lab.ok("UpdateLoginProfile", &json!({ "UserName": "Ana" }));
    assert_eq!(lines(&lab.0.stored()), lines(&before));
    lab.ok("UpdateLoginProfile", &json!({ "UserName": "Ana", "PasswordResetRequired": false }));
    assert_eq!(lab.ok("GetLoginProfile", &json!({ "UserName": "Ana" })), profile(false));
    lab.ok("DeleteLoginProfile", &json!({ "UserName": "ana" }));
    lab.refuses("GetLoginProfile", &json!({ "UserName": "Ana" }), "NoSuchEntity", &missing("Ana"));
    lab.refuses("UpdateLoginProfile", &json!({}), "ValidationError", &broken("userName", "not be null"));
}

#[test]
fn without_a_name_the_caller_is_meant_and_the_root_user_has_no_password_here() {
    let (mut lab, _) = with_ana();
    let own = json!({ "Effect": "Allow", "Action": "iam:*LoginProfile", "Resource": "arn:aws:iam::*:user/${aws:username}" });
    let ben = lab.user("Ben", Some(own));
    let created = lab.call(&ben, "CreateLoginProfile", &json!({ "Password": GOOD })).unwrap();
    assert_eq!(created["LoginProfile"]["UserName"], "Ben");
    assert_eq!(lab.call(&ben, "GetLoginProfile", &json!({})).unwrap(), created);
    lab.call(&ben, "DeleteLoginProfile", &json!({})).unwrap();
    let missing = "Login Profile for User Ben cannot be found.";
    assert_eq!(lab.refused(&ben, "GetLoginProfile", &json!({})), ("NoSuchEntity".into(), missing.into()));
    for operation in ["GetLoginProfile", "DeleteLoginProfile"] {
        lab.refuses(operation, &json!({}), "NoSuchEntity", "Login Profile for User null cannot be found.");
    }
    let must = "Must specify userName when calling with non-User credentials";
    lab.refuses("CreateLoginProfile", &json!({ "Password": GOOD }), "ValidationError", must);
    let session = lab.role_session();
    for operation in ["CreateLoginProfile", "GetLoginProfile", "DeleteLoginProfile"] {
        let told = lab.refused(&session, operation, &json!({ "Password": GOOD }));
        assert_eq!(told, ("ValidationError".into(), must.into()), "{operation}");
    }
}

#[test]
fn a_password_has_three_kinds_of_characters_where_the_account_says_nothing() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let [upper, lower, number, symbol] = ["uppercase letter", "lowercase letter", "number", "symbol"]
        .map(|kind| format!("Password should have at least one {kind}"));
    let more = |n: u8, kinds: &[&str]| {
        format!("Password should meet {n} more of the following requirements: {}", kinds.join(", "))
    };
    let short = "Password should have a minimum length of 8";
    for (password, sentence) in [
        ("Abcdef1", short.to_owned()),
        ("abcdefgh", more(2, &[&upper, &number, &symbol])),
        ("abcdefg1", more(1, &[&upper, &symbol])),
        ("ABCDEFG!", more(1, &[&lower, &number])),
        ("~~~~~~~~", more(3, &[&upper, &lower, &number, &symbol])),
        ("a!", format!("{short}, {}", more(1, &[&upper, &number]))),
        ("Root+444444444444@lab.example", "Password should not be the account name or email address".into()),
    ] {
        lab.refuses("CreateLoginProfile", &login(password), "PasswordPolicyViolation", &sentence);
    }
    for (password, rule) in [
        ("", "have length greater than or equal to 1"),
        (&*"x".repeat(129), "have length less than or equal to 128"),
        ("Correct Horse 1 €", PATTERN),
    ] {
        let told = lab.refused(&root(HOME), "CreateLoginProfile", &login(password));
        assert!(
            told.0 == "ValidationError"
                && told.1.contains(&format!(
                    "Value at 'password' failed to satisfy constraint: Member must {rule}"
                )),
            "{told:?}"
        );
    }
    let none = "Must specify password for a login profile of an IAM user";
    lab.refuses("CreateLoginProfile", &json!({ "UserName": "Ana" }), "ValidationError", none);
    lab.ok("CreateLoginProfile", &login("Größe ist 1"));
}

#[test]
fn an_account_has_a_password_policy_of_its_own() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let none = format!("The Password Policy with domain name {HOME} cannot be found.");
    lab.refuses("GetAccountPasswordPolicy", &json!({}), "NoSuchEntity", &none);
    let no_policy = "The account policy with name PasswordPolicy cannot be found.";
    lab.refuses("DeleteAccountPasswordPolicy", &json!({}), "NoSuchEntity", no_policy);
    let policy = |members: Value| {
        let mut policy = json!({
            "MinimumPasswordLength": 6, "RequireSymbols": false, "RequireNumbers": false,
            "RequireUppercaseCharacters": false, "RequireLowercaseCharacters": false,
            "AllowUsersToChangePassword": false, "ExpirePasswords": false,
        });
        members.as_object().unwrap().iter().for_each(|(name, value)| policy[name] = value.clone());
        json!({ "PasswordPolicy": policy })
    };
    lab.ok("UpdateAccountPasswordPolicy", &json!({}));
    assert_eq!(lab.ok("GetAccountPasswordPolicy", &json!({})), policy(json!({})));
    let mut all = json!({
        "MinimumPasswordLength": 10, "RequireSymbols": true, "RequireNumbers": true, "RequireUppercaseCharacters": true,
        "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true, "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24, "HardExpiry": false,
    });
    lab.ok("UpdateAccountPasswordPolicy", &all);
    let kinds = ["uppercase letter", "lowercase letter", "number", "symbol"];
    let kinds = kinds.map(|kind| format!("Password should have at least one {kind}")).join(", ");
    let all_broken = format!("Password should have a minimum length of 10, {kinds}");
    lab.refuses("CreateLoginProfile", &login("ééé"), "PasswordPolicyViolation", &all_broken);
    let number = "Password should have at least one number";
    lab.refuses("CreateLoginProfile", &login("Correct-Horse"), "PasswordPolicyViolation", number);
    all["ExpirePasswords"] = json!(true);
    assert_eq!(lab.ok("GetAccountPasswordPolicy", &json!({})), policy(all));
    // What is left out is not as it was.
    lab.ok("UpdateAccountPasswordPolicy", &json!({ "RequireNumbers": true }));
    assert_eq!(lab.ok("GetAccountPasswordPolicy", &json!({})), policy(json!({ "RequireNumbers": true })));
    lab.ok("CreateLoginProfile", &login("1aaaaa"));
    lab.ok("DeleteAccountPasswordPolicy", &json!({}));
    lab.refuses("GetAccountPasswordPolicy", &json!({}), "NoSuchEntity", &none);
    for (member, value, rule) in [
        ("MinimumPasswordLength", 5, "greater than or equal to 6"),
        ("MinimumPasswordLength", 129, "less than or equal to 128"),
        ("MaxPasswordAge", 0, "greater than or equal to 1"),
        ("MaxPasswordAge", 1_096, "less than or equal to 1095"),
        ("PasswordReusePrevention", 0, "greater than or equal to 1"),
        ("PasswordReusePrevention", 25, "less than or equal to 24"),
    ] {
        let name = format!("{}{}", member[..1].to_lowercase(), &member[1..]);
        let sentence = broken(&name, &format!("have value {rule}"));
        lab.refuses("UpdateAccountPasswordPolicy", &json!({ member: value }), "ValidationError", &sentence);
    }
}

#[test]
fn a_user_changes_its_own_password_by_the_old_one() {
    let (mut lab, ana) = with_ana();
    lab.ok("UpdateLoginProfile", &json!({ "UserName": "Ana", "PasswordResetRequired": true }));
    let denied = |what: &str| ("AccessDenied".to_owned(), what.to_owned());
    let wrong = denied("The old password was incorrect.");
    assert_eq!(lab.refused(&ana, "ChangePassword", &change("Correct-Horse-2", "Battery-Staple-1")), wrong);
    // The old one is asked for before the new one is looked at.
    assert_eq!(lab.refused(&ana, "ChangePassword", &change("x", "x")), wrong);
    let same = denied("The new password must be another one than the old password.");
    assert_eq!(lab.refused(&ana, "ChangePassword", &change(GOOD, GOOD)), same);
    let (code, _) = lab.refused(&ana, "ChangePassword", &change(GOOD, "short"));
    assert_eq!(code, "PasswordPolicyViolation");
    lab.call(&ana, "ChangePassword", &change(GOOD, "Battery-Staple-1")).unwrap();
    assert_eq!(
        lab.ok("GetLoginProfile", &json!({ "UserName": "Ana" }))["LoginProfile"]["PasswordResetRequired"],
        false
    );
    assert_eq!(lab.refused(&ana, "ChangePassword", &change(GOOD, "Battery-Staple-2")), wrong);
    lab.call(&ana, "ChangePassword", &change("Battery-Staple-1", GOOD)).unwrap();
    // Root users and roles have none to change, and users without a password neither.
    let users_only =
        ("InvalidUserType".to_owned(), "Only IAM Users can change their own password".to_owned());
    let session = lab.role_session();
    for caller in [root(HOME), session] {
        assert_eq!(lab.refused(&caller, "ChangePassword", &change(GOOD, "Battery-Staple-1")), users_only);
    }
    lab.ok("DeleteLoginProfile", &json!({ "UserName": "Ana" }));
    let missing = "Login Profile for User Ana cannot be found.";
    let told = lab.refused(&ana, "ChangePassword", &change(GOOD, "Battery-Staple-1"));
    assert_eq!(told, ("NoSuchEntity".into(), missing.into()));
    let none = "2 validation errors detected: Value at 'oldPassword' failed to satisfy constraint: Member must not be null; \
                Value at 'newPassword' failed to satisfy constraint: Member must not be null";
    lab.refuses("ChangePassword", &json!({}), "ValidationError", none);
}

#[test]
fn former_passwords_do_not_come_again_where_the_account_forbids_it() {
    let (mut lab, ana) = with_ana();
    lab.ok("UpdateAccountPasswordPolicy", &json!({ "PasswordReusePrevention": 2 }));
    let reused = "Policy constraint violation with password reuse prevention during password change";
    let reused = ("PasswordPolicyViolation".to_owned(), reused.to_owned());
    let again = |password: &str| json!({ "UserName": "Ana", "Password": password });
    assert_eq!(lab.refused(&root(HOME), "UpdateLoginProfile", &again(GOOD)), reused);
    lab.ok("UpdateLoginProfile", &again("second"));
    // The last two: the present one and the one before.
    assert_eq!(lab.refused(&ana, "ChangePassword", &change("second", GOOD)), reused);
    lab.call(&ana, "ChangePassword", &change("second", "third1")).unwrap();
    assert_eq!(lab.refused(&root(HOME), "UpdateLoginProfile", &again("second")), reused);
    lab.ok("UpdateLoginProfile", &again(GOOD));
    // No more is kept than may matter.
    assert_eq!(lab.0.stored().matches("$argon2id$").count(), 2);
    lab.ok("DeleteAccountPasswordPolicy", &json!({}));
    lab.ok("UpdateLoginProfile", &again(GOOD));
    assert_eq!(lab.0.stored().matches("$argon2id$").count(), 1);
}

#[test]
fn an_account_may_let_all_its_users_change_their_own_passwords() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    lab.ok("CreateLoginProfile", &login(GOOD));
    let sentence = format!(
        "User: arn:aws:iam::{HOME}:user/Ana is not authorized to perform: iam:ChangePassword on resource: \
         arn:aws:iam::{HOME}:user/Ana because no identity-based policy allows the iam:ChangePassword action"
    );
    let denied = ("AccessDenied".to_owned(), sentence);
    assert_eq!(lab.refused(&ana, "ChangePassword", &change(GOOD, "Battery-Staple-1")), denied);
    lab.ok("UpdateAccountPasswordPolicy", &json!({ "AllowUsersToChangePassword": true }));
    lab.call(&ana, "ChangePassword", &change(GOOD, "Battery-Staple-1")).unwrap();
    lab.call(&ana, "GetAccountPasswordPolicy", &json!({})).unwrap();
    // That and no more.
    for (operation, input) in [("UpdateLoginProfile", login(GOOD)), ("DeleteLoginProfile", json!({}))] {
        assert_eq!(lab.refused(&ana, operation, &input).0, "AccessDenied", "{operation}");
    }
    lab.ok("UpdateAccountPasswordPolicy", &json!({}));
    assert_eq!(lab.refused(&ana, "ChangePassword", &change("Battery-Staple-1", GOOD)), denied);
}

#[test]
fn neither_the_journal_nor_a_list_has_a_password() {
    for (operation, input) in [
        ("CreateLoginProfile", login(GOOD)),
        ("UpdateLoginProfile", login(GOOD)),
        ("ChangePassword", change(GOOD, GOOD)),
    ] {
        let written = command_of("iam", operation, &input).parameters();
        assert!(!written.contains(GOOD) && written.contains("****"), "{written}");
    }
}

#[test]
fn whoever_may_nothing_learns_nothing() {
    let (mut lab, _) = with_ana();
    let caller = lab.user("Caller", None);
    for (operation, input, resource) in [
        ("CreateLoginProfile", login("x"), "user/Ana"),
        ("GetLoginProfile", json!({ "UserName": "aNA" }), "user/Ana"),
        ("GetLoginProfile", json!({}), "user/Caller"),
        ("UpdateLoginProfile", json!({ "UserName": "nobody" }), "user/nobody"),
        ("DeleteLoginProfile", json!({ "UserName": "Ana" }), "user/Ana"),
        ("ChangePassword", change(GOOD, GOOD), "user/Caller"),
        ("GetAccountPasswordPolicy", json!({}), "*"),
        ("UpdateAccountPasswordPolicy", json!({}), "*"),
        ("DeleteAccountPasswordPolicy", json!({}), "*"),
    ] {
        let resource =
            if resource == "*" { "*".to_owned() } else { format!("arn:aws:iam::{HOME}:{resource}") };
        let sentence = format!(
            "User: arn:aws:iam::{HOME}:user/Caller is not authorized to perform: iam:{operation} on resource: {resource} \
             because no identity-based policy allows the iam:{operation} action"
        );
        assert_eq!(lab.refused(&caller, operation, &input), ("AccessDenied".into(), sentence), "{input}");
    }
}
