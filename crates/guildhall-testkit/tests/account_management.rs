//! The Account Management API: every operation, by the account itself, by its management account, by others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::BTreeSet;

use guildhall_core::ids::AccountId;
use guildhall_core::internal::register_account::RegisterAccount;
use guildhall_core::internal::update_account::UpdateAccount;
use guildhall_core::mail::{AccountNews, Content, Mail, MailKind, Verification};
use guildhall_core::time::{DAY, SECOND};
use guildhall_core::{AccountError, Failure, Owner};
use guildhall_testkit::{World, account_command, account_operations, command};
use serde_json::{Value, json};

/// A management account, two of its members, an account of nobody, one elsewhere, and one that does not exist.
const M: &str = "111111111111";
const A: &str = "222222222222";
const B: &str = "333333333333";
const ALONE: &str = "444444444444";
const OTHER: &str = "555555555555";
const NOBODY: &str = "999999999999";

const TRUST: &str = " (Your organization must first enable trusted access with AWS Account Management.)";
const STANDALONE: &str =
    " (The management account can only be managed using the standalone context from the management account.)";
const DENIED: &str = " (Access Denied)";

struct Lab(World);

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

impl Lab {
    fn new() -> Self {
        Self::with_features("ALL")
    }

    fn with_features(features: &str) -> Self {
        let mut lab = Self(World::default());
        for account in [M, A, B, ALONE, OTHER] {
            lab.register(account, &format!("root+{account}@lab.example"));
        }
        lab.organizations(M, "CreateOrganization", &json!({ "FeatureSet": features }));
        lab.organizations(OTHER, "CreateOrganization", &json!({}));
        if features == "ALL" {
            lab.organizations(
                M,
                "EnableAWSServiceAccess",
                &json!({ "ServicePrincipal": "account.amazonaws.com" }),
            );
        }
        for member in [A, B] {
            let target = json!({ "Target": { "Id": member, "Type": "ACCOUNT" } });
            let h = lab.organizations(M, "InviteAccountToOrganization", &target);
            lab.organizations(member, "AcceptHandshake", &json!({ "HandshakeId": h["Handshake"]["Id"] }));
        }
        lab.0.take_mails();
        lab
    }

    fn register(&mut self, account: &str, email: &str) {
        let input = json!({ "Id": account, "Email": email, "Name": format!("Account {account}") });
        let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
        self.0.run(AccountId::NOBODY, &register).unwrap();
    }

    fn fact(&mut self, account: &str, facts: Value) {
        let update = UpdateAccount { account: id(account), input: serde_json::from_value(facts).unwrap() };
        self.0.run(AccountId::NOBODY, &update).unwrap();
    }

    fn organizations(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        let answer = self.0.run(id(caller), &*command(operation, input)).unwrap();
        if answer.is_empty() { Value::Null } else { parsed(&answer) }
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Value) -> Result<Value, AccountError> {
        let answer = self.0.run(id(caller), &*account_command(operation, input));
        answer.map(|body| parsed(&body)).map_err(AccountError::of)
    }

    fn ok(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        self.call(caller, operation, input).unwrap_or_else(|e| panic!("{operation} {input}: {}", e.message()))
    }

    fn refusal(&mut self, caller: &str, operation: &str, input: &Value) -> AccountError {
        let before = self.0.stored();
        let error = self.call(caller, operation, input).expect_err(operation);
        if error != AccountError::WrongCode {
            assert_eq!(before, self.0.stored(), "{operation} is refused and changes something");
        }
        error
    }

    /// Starts a change of the address of A and reads the code off the mail.
    fn start(&mut self, address: &str) -> String {
        let input = json!({ "AccountId": A, "PrimaryEmail": address });
        assert_eq!(self.ok(M, "StartPrimaryEmailUpdate", &input), json!({ "Status": "PENDING" }));
        let [
            Mail {
                to,
                kind: MailKind::PrimaryEmailCode,
                about: Content::Verification(Verification { account, code, expires, .. }),
                ..
            },
        ] = &self.0.take_mails()[..]
        else {
            panic!("not one mail with a code")
        };
        assert_eq!((to.as_str(), account.to_string().as_str()), (address, A));
        assert_eq!(*expires, self.0.now().plus(DAY));
        assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        code.clone()
    }

    fn accept(&mut self, address: &str, code: &str) -> Result<Value, AccountError> {
        let input = json!({ "AccountId": A, "PrimaryEmail": address, "Otp": code });
        self.call(M, "AcceptPrimaryEmailUpdate", &input)
    }

    fn listed(&mut self, account: &str) -> Value {
        self.organizations(M, "DescribeAccount", &json!({ "AccountId": account }))["Account"].clone()
    }
}

fn parsed(body: &[u8]) -> Value {
    if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap() }
}

fn wrong(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

/// Good input of every operation, without `AccountId`.
fn input(operation: &str) -> Value {
    match operation {
        "PutAccountName" => json!({ "AccountName": "New name" }),
        "PutContactInformation" => json!({ "ContactInformation": contact() }),
        "PutAlternateContact" => alternate("OPERATIONS"),
        "GetAlternateContact" | "DeleteAlternateContact" => json!({ "AlternateContactType": "OPERATIONS" }),
        "StartPrimaryEmailUpdate" => json!({ "PrimaryEmail": "new@example.com" }),
        "AcceptPrimaryEmailUpdate" => json!({ "PrimaryEmail": "new@example.com", "Otp": "123456" }),
        "EnableRegion" | "DisableRegion" | "GetRegionOptStatus" => json!({ "RegionName": "af-south-1" }),
        _ => json!({}),
    }
}

fn contact() -> Value {
    json!({
        "FullName": "Ana", "AddressLine1": "1 Street", "City": "London", "PostalCode": "N1",
        "CountryCode": "GB", "PhoneNumber": "+44 (20) 7946-0000",
    })
}

fn alternate(kind: &str) -> Value {
    json!({
        "AlternateContactType": kind, "Name": " Ana ", "Title": " Chief ", "EmailAddress": "  Ana+ops@Example.com ",
        "PhoneNumber": " 020 7946 ",
    })
}

fn about(mut input: Value, account: &str) -> Value {
    input["AccountId"] = account.into();
    input
}

/// Good input of an operation that names an account.
fn naming(operation: &str, account: &str) -> Value {
    match operation {
        "GetGovCloudAccountInformation" => json!({ "StandardAccountId": account }),
        _ => about(input(operation), account),
    }
}

fn is_for_members_alone(operation: &str) -> bool {
    operation.contains("PrimaryEmail")
}

#[test]
fn who_may_name_whom() {
    // Caller, named account, and what is added to the denial; for the operations on the primary address too.
    let rows: [(&str, &str, &str, &str); 11] = [
        (M, M, STANDALONE, DENIED),
        (M, ALONE, DENIED, DENIED),
        (M, OTHER, DENIED, DENIED),
        (M, NOBODY, DENIED, DENIED),
        (A, A, "", ""),
        (A, B, "", ""),
        (A, M, "", ""),
        (A, NOBODY, "", ""),
        (ALONE, ALONE, "", ""),
        (ALONE, A, "", ""),
        (OTHER, A, TRUST, TRUST),
    ];
    let mut lab = Lab::new();
    for operation in account_operations() {
        for (caller, named, why, why_member) in rows {
            let why = if is_for_members_alone(operation) { why_member } else { why };
            let error = lab.refusal(caller, operation, &naming(operation, named));
            assert_eq!((error.code(), error.status()), (Some("AccessDeniedException"), 403));
            let text = format!(
                "User: arn:aws:iam::{caller}:root is not authorized to perform: account:{operation}{why}"
            );
            assert_eq!(error.message(), text, "{caller} {operation} {named}");
        }
    }
    assert!(lab.0.take_mails().is_empty());
}

#[test]
fn a_delegated_administrator_names_members_and_not_the_management_account() {
    let mut lab = Lab::new();
    let delegate = json!({ "AccountId": B, "ServicePrincipal": "account.amazonaws.com" });
    lab.organizations(M, "RegisterDelegatedAdministrator", &delegate);
    lab.ok(B, "PutAccountName", &json!({ "AccountId": A, "AccountName": "Renamed" }));
    assert_eq!(lab.listed(A)["Name"], "Renamed");
    let error = lab.refusal(B, "PutAccountName", &json!({ "AccountId": M, "AccountName": "Renamed" }));
    assert!(error.message().ends_with(STANDALONE), "{}", error.message());
    lab.organizations(M, "DeregisterDelegatedAdministrator", &delegate);
    let error = lab.refusal(B, "PutAccountName", &json!({ "AccountId": A, "AccountName": "Again" }));
    assert_eq!(error.code(), Some("AccessDeniedException"));
}

#[test]
fn without_all_features_nobody_is_named() {
    let mut lab = Lab::with_features("CONSOLIDATED_BILLING");
    for operation in account_operations() {
        for named in [A, M, NOBODY] {
            let error = lab.refusal(M, operation, &naming(operation, named));
            assert!(error.message().ends_with(&format!("account:{operation}{TRUST}")), "{}", error.message());
        }
        let error = lab.refusal(A, operation, &naming(operation, A));
        assert!(error.message().ends_with(&format!("account:{operation}")), "{}", error.message());
    }
    // About itself everybody may go on.
    for caller in [M, A, ALONE] {
        lab.ok(caller, "PutAccountName", &input("PutAccountName"));
    }
}

#[test]
fn every_operation_about_oneself_and_by_the_management_account_about_a_member() {
    for (caller, named) in [(M, None), (A, None), (ALONE, None), (M, Some(A)), (M, Some(B))] {
        let mut lab = Lab::new();
        let mut done = BTreeSet::new();
        for operation in [
            "PutAccountName",
            "GetAccountInformation",
            "PutContactInformation",
            "GetContactInformation",
            "PutAlternateContact",
            "GetAlternateContact",
            "DeleteAlternateContact",
            "GetPrimaryEmail",
            "StartPrimaryEmailUpdate",
            "EnableRegion",
            "GetRegionOptStatus",
            "ListRegions",
            "DisableRegion",
        ] {
            let body = named.map_or_else(|| input(operation), |named| naming(operation, named));
            if named.is_none() && is_for_members_alone(operation) {
                let error = lab.refusal(caller, operation, &body);
                assert_eq!(error.message(), r#"[object has missing required properties (["AccountId"])]"#);
            } else {
                lab.ok(caller, operation, &body);
            }
            done.insert(operation);
        }
        // Their good answers have stories of their own, below.
        done.insert("AcceptPrimaryEmailUpdate");
        done.insert("GetPrimaryEmailUpdateStatus");
        done.insert("GetGovCloudAccountInformation");
        assert_eq!(done, account_operations().collect());
        let subject = named.unwrap_or(caller);
        assert_eq!(lab.0.account(id(subject)).unwrap().name, "New name");
    }
}

#[test]
fn a_suspended_account_and_one_that_does_not_exist_call_nothing() {
    let mut lab = Lab::new();
    lab.fact(A, json!({ "Suspended": true }));
    for operation in account_operations() {
        let error = lab.refusal(A, operation, &input(operation));
        assert_eq!((error.code(), error.status()), (Some("AccessDeniedException"), 403), "{operation}");
        let error = lab.0.run(id(NOBODY), &*account_command(operation, &input(operation))).unwrap_err();
        assert!(matches!(error, Failure::Control(_)), "{operation}: the server may register it");
    }
    // As a target it is one like others.
    let shown = lab.ok(M, "GetAccountInformation", &json!({ "AccountId": A }));
    assert_eq!(shown["AccountState"], "SUSPENDED");
}

#[test]
fn a_denial_names_the_partition() {
    let mut lab = Lab::new();
    lab.fact(ALONE, json!({ "Partition": "aws-cn" }));
    let error = lab.refusal(ALONE, "GetPrimaryEmail", &json!({ "AccountId": ALONE }));
    let text =
        format!("User: arn:aws-cn:iam::{ALONE}:root is not authorized to perform: account:GetPrimaryEmail");
    assert_eq!(error.message(), text);
}

#[test]
fn account_information() {
    let mut lab = Lab::new();
    lab.0.advance(1_500);
    let shown = lab.ok(A, "GetAccountInformation", &json!({}));
    let expected = json!({
        "AccountId": A, "AccountName": format!("Account {A}"), "AccountCreatedDate": "2026-01-01T00:00:00Z",
        "AccountState": "ACTIVE",
    });
    assert_eq!(shown, expected);
    assert_eq!(lab.ok(M, "GetAccountInformation", &json!({ "AccountId": A })), expected);
}

#[test]
fn a_name_is_trimmed_and_seen_in_organizations_at_once() {
    let mut lab = Lab::new();
    for (name, kept) in [
        ("  Some Name  ", "Some Name"),
        ("x", "x"),
        ("~!\"';,=?", "~!\"';,=?"),
        (&"y".repeat(50), &"y".repeat(50)),
    ] {
        assert_eq!(lab.ok(M, "PutAccountName", &json!({ "AccountId": A, "AccountName": name })), Value::Null);
        assert_eq!(lab.ok(A, "GetAccountInformation", &json!({}))["AccountName"], kept);
        assert_eq!(lab.listed(A)["Name"], kept);
    }
    // The management account's own, and one that is in no organization.
    lab.ok(M, "PutAccountName", &json!({ "AccountName": "Boss" }));
    assert_eq!(lab.listed(M)["Name"], "Boss");
    let org = Owner::Org(lab.0.account(id(M)).unwrap().org.unwrap());
    let version = lab.0.version(&org);
    lab.ok(ALONE, "PutAccountName", &json!({ "AccountName": "Alone" }));
    assert_eq!(lab.0.version(&org), version);
}

#[test]
fn names_that_are_refused() {
    let mut lab = Lab::new();
    for (name, text) in [
        (Value::Null, r#"[object has missing required properties (["AccountName"])]"#.to_owned()),
        ("".into(), r#"[string "" is too short (length: 0, required minimum: 1)]"#.into()),
        ("a<b".into(), r#"[ECMA 262 regex "^[ -;=?-~]+$" does not match input string "a<b"]"#.into()),
        ("ü".into(), r#"[ECMA 262 regex "^[ -;=?-~]+$" does not match input string "ü"]"#.into()),
        (
            "x".repeat(51).into(),
            format!(r#"[string "{}" is too long (length: 51, maximum allowed: 50)]"#, "x".repeat(51)),
        ),
    ] {
        let error = lab.refusal(A, "PutAccountName", &json!({ "AccountName": name }));
        assert_eq!((error.code(), error.status()), (Some("ValidationException"), 400));
        assert_eq!(error.message(), text);
    }
    let error = lab.refusal(A, "PutAccountName", &json!({ "AccountName": "   " }));
    assert_eq!((error.code(), error.status()), (None, 400));
    assert_eq!(error.message(), "The input AccountName must not be null or only whitespace.");
}

#[test]
fn account_ids_that_are_none() {
    let mut lab = Lab::new();
    for operation in account_operations() {
        for bad in ["", "1", "2222222222222", "22222222222a"] {
            let error = lab.refusal(M, operation, &naming(operation, bad));
            assert_eq!(error.code(), Some("ValidationException"), "{operation}");
            let text = format!(r#"[ECMA 262 regex "^\d{{12}}$" does not match input string "{bad}"]"#);
            assert_eq!(error.message(), text, "{operation}");
        }
    }
}

#[test]
fn a_new_address() {
    let mut lab = Lab::new();
    let old = format!("root+{A}@lab.example");
    lab.fact(A, json!({ "EmailVerified": false }));
    let code = lab.start("New@Example.com");
    assert_eq!(lab.listed(A)["Email"], old, "nothing changes before the code");
    assert_eq!(lab.accept("new@example.com", &code), Ok(json!({ "Status": "ACCEPTED" })));

    let shown = lab.ok(M, "GetPrimaryEmail", &json!({ "AccountId": A }));
    assert_eq!(shown, json!({ "PrimaryEmail": "New@Example.com" }), "as it was started");
    assert_eq!(lab.listed(A)["Email"], "New@Example.com");
    assert!(lab.0.account(id(A)).unwrap().facts.email_verified, "the code proves it");
    assert_eq!((lab.0.holder(&old), lab.0.holder("new@example.com")), (None, Some(id(A))));
    let mails = lab.0.take_mails();
    let [
        Mail {
            to,
            kind: MailKind::PrimaryEmailChanged,
            about: Content::Account(AccountNews { account, address: Some(address), .. }),
            ..
        },
    ] = &mails[..]
    else {
        panic!("not one notice: {mails:?}")
    };
    assert_eq!((to.as_str(), *account, address.as_str()), (&*old, id(A), "New@Example.com"));

    // The code is spent, and the old address is free.
    assert_eq!(lab.accept("new@example.com", &code), Err(AccountError::NoEmailUpdate));
    lab.register(NOBODY, &old);
}

#[test]
fn an_address_that_is_taken() {
    let mut lab = Lab::new();
    for taken in [format!("ROOT+{ALONE}@lab.example"), format!("root+{A}@lab.example")] {
        let input = json!({ "AccountId": A, "PrimaryEmail": taken });
        let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
        assert_eq!((error.code(), error.status()), (Some("ConflictException"), 409));
    }
    // Taken between start and acceptance.
    let code = lab.start("new@example.com");
    lab.register(NOBODY, "NEW@example.com");
    let input = json!({ "AccountId": A, "PrimaryEmail": "new@example.com", "Otp": code });
    assert_eq!(lab.refusal(M, "AcceptPrimaryEmailUpdate", &input), AccountError::EmailTaken);
    assert_eq!(lab.0.holder("new@example.com"), Some(id(NOBODY)));
}

#[test]
fn two_accounts_that_want_one_address() {
    let mut lab = Lab::new();
    let first = lab.start("new@example.com");
    let input = json!({ "AccountId": B, "PrimaryEmail": "new@example.com" });
    lab.ok(M, "StartPrimaryEmailUpdate", &input);
    let Content::Verification(Verification { code, .. }) = &lab.0.take_mails()[0].about else {
        panic!("no code")
    };
    lab.accept("new@example.com", &first).unwrap();
    let input = json!({ "AccountId": B, "PrimaryEmail": "new@example.com", "Otp": code });
    assert_eq!(lab.refusal(M, "AcceptPrimaryEmailUpdate", &input), AccountError::EmailTaken);
}

#[test]
fn codes_that_are_refused() {
    let mut lab = Lab::new();
    assert_eq!(lab.accept("new@example.com", "123456"), Err(AccountError::NoEmailUpdate));
    let first = lab.start("first@example.com");
    assert_eq!(lab.accept("other@example.com", &first), Err(AccountError::OtherEmail));
    // Starting anew makes the earlier code worthless.
    let second = lab.start("second@example.com");
    assert_eq!(lab.accept("first@example.com", &first), Err(AccountError::OtherEmail));
    if first != second {
        assert_eq!(lab.accept("second@example.com", &first), Err(AccountError::WrongCode));
    }
    assert!(lab.accept("second@example.com", &second).is_ok());
    for bad in ["", "12345", "1234567", "12 456"] {
        let error = lab.accept("new@example.com", bad).unwrap_err();
        let text = format!(r#"[ECMA 262 regex "^[a-zA-Z0-9]{{6}}$" does not match input string "{bad}"]"#);
        assert_eq!((error.code(), error.message().as_ref()), (Some("ValidationException"), &*text));
    }
}

#[test]
fn five_wrong_codes_make_a_change_void() {
    for (tries, expected) in [(4, Ok(())), (5, Err(AccountError::NoEmailUpdate))] {
        let mut lab = Lab::new();
        let code = lab.start("new@example.com");
        for _ in 0..tries {
            assert_eq!(lab.accept("new@example.com", &wrong(&code)), Err(AccountError::WrongCode));
        }
        assert_eq!(lab.accept("new@example.com", &code).map(|_| ()), expected, "{tries} tries");
        if expected.is_err() {
            // A new one starts over.
            let code = lab.start("new@example.com");
            assert_eq!(lab.accept("new@example.com", &wrong(&code)), Err(AccountError::WrongCode));
            assert!(lab.accept("new@example.com", &code).is_ok());
        }
    }
}

#[test]
fn a_code_is_good_for_a_day() {
    for (after, expected) in [(DAY - 1, Ok(())), (DAY, Err(AccountError::NoEmailUpdate))] {
        let mut lab = Lab::new();
        let code = lab.start("new@example.com");
        lab.0.advance(after);
        assert_eq!(lab.accept("new@example.com", &code).map(|_| ()), expected, "after {after} ms");
    }
}

#[test]
fn an_account_that_left_is_out_of_reach() {
    let mut lab = Lab::new();
    let code = lab.start("new@example.com");
    lab.organizations(A, "LeaveOrganization", &json!({}));
    let error = lab.accept("new@example.com", &code).unwrap_err();
    assert!(error.message().ends_with(DENIED), "{}", error.message());
}

#[test]
fn an_account_that_is_closed_keeps_its_address() {
    let mut lab = Lab::new();
    let old = format!("root+{A}@lab.example");
    let code = lab.start("new@example.com");
    lab.organizations(M, "CloseAccount", &json!({ "AccountId": A }));
    // Being closed, and closed.
    for _ in 0..2 {
        let error = lab.accept("new@example.com", &code).unwrap_err();
        assert!(error.message().ends_with(DENIED), "{}", error.message());
        let input = json!({ "AccountId": A, "PrimaryEmail": "newer@example.com" });
        let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
        assert!(error.message().ends_with(DENIED), "{}", error.message());
        lab.0.advance(10 * SECOND);
    }
    assert_eq!(lab.listed(A)["State"], "CLOSED");
    assert_eq!(lab.0.holder(&old), Some(id(A)));
    assert_eq!(lab.ok(M, "GetPrimaryEmail", &json!({ "AccountId": A })), json!({ "PrimaryEmail": old }));
}

#[test]
fn a_pair_that_manages_has_to_verify_the_new_address() {
    let mut lab = Lab::new();
    lab.register("777777777777", "gov@example.com");
    lab.fact("777777777777", json!({ "Partition": "aws-us-gov" }));
    lab.fact(M, json!({ "GovCloudAccountId": "777777777777" }));
    let asked = json!({ "Email": "pair@example.com", "AccountName": "Pair" });
    let asked = lab.organizations(M, "CreateGovCloudAccount", &asked)["CreateAccountStatus"]["Id"].clone();
    lab.0.advance(SECOND);
    let made =
        lab.organizations(M, "DescribeCreateAccountStatus", &json!({ "CreateAccountRequestId": asked }));
    let pair = made["CreateAccountStatus"]["GovCloudAccountId"].as_str().unwrap().to_owned();
    let first = made["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned();
    let ready = json!({ "EmailVerified": true, "PaymentInstrument": true, "PhoneVerified": true, "CustomerAgreement": true });
    lab.fact(&pair, ready);
    lab.organizations(&pair, "CreateOrganization", &json!({}));
    lab.0.take_mails();

    let start = json!({ "AccountId": first, "PrimaryEmail": "new@example.com" });
    lab.ok(M, "StartPrimaryEmailUpdate", &start);
    let Content::Verification(Verification { code, .. }) = &lab.0.take_mails()[0].about else {
        panic!("no code")
    };
    let accept = json!({ "AccountId": first, "PrimaryEmail": "new@example.com", "Otp": code });
    lab.ok(M, "AcceptPrimaryEmailUpdate", &accept);
    let account = |lab: &Lab, text: &str| lab.0.account(id(text)).unwrap().clone();
    assert!(account(&lab, &first).facts.email_verified);
    let pair = account(&lab, &pair);
    assert_eq!((pair.email.as_str(), pair.facts.email_verified), ("new@example.com", false));
    assert!(pair.email_code.is_none());
}

#[test]
fn a_created_account_has_its_management_account_s_contact() {
    let mut lab = Lab::new();
    lab.ok(M, "PutContactInformation", &json!({ "ContactInformation": contact() }));
    lab.ok(M, "PutAlternateContact", &alternate("BILLING"));
    lab.organizations(M, "CreateAccount", &json!({ "Email": "new@example.com", "AccountName": "New" }));
    lab.0.advance(SECOND);
    let new = lab.0.holder("new@example.com").unwrap().to_string();
    let shown = |lab: &mut Lab, account: &str| {
        lab.ok(account, "GetContactInformation", &json!({}))["ContactInformation"].take()
    };
    let mut expected = shown(&mut lab, M);
    expected["FullName"] = "New".into();
    assert_eq!(shown(&mut lab, &new), expected, "the address of the management account, and its own name");
    let none = lab.refusal(&new, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    assert_eq!(none.status(), 404, "only the primary contact");
}

#[test]
fn a_service_control_policy_denies_in_iam_s_words() {
    let mut lab = Lab::new();
    let root = lab.organizations(M, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
    let r#type = "SERVICE_CONTROL_POLICY";
    lab.organizations(M, "EnablePolicyType", &json!({ "RootId": root, "PolicyType": r#type }));
    let mut deny = |action: &str, resource: &str| {
        let statement = json!({ "Effect": "Deny", "Action": action, "Resource": resource });
        let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let input = json!({ "Name": action.replace(':', "-"), "Description": "", "Type": r#type, "Content": content });
        let policy = lab.organizations(M, "CreatePolicy", &input)["Policy"]["PolicySummary"].clone();
        lab.organizations(M, "AttachPolicy", &json!({ "PolicyId": policy["Id"], "TargetId": A }));
        policy["Arn"].as_str().unwrap().to_owned()
    };
    let leave = deny("organizations:LeaveOrganization", "*");
    let contact = deny("account:GetContactInformation", &format!("arn:aws:account::{A}:account"));
    let sentence = |action: &str, on: &str, by: &str| {
        format!(
            "User: arn:aws:iam::{A}:root is not authorized to perform: {action} on resource: {on} with an explicit \
             deny in a service control policy: {by}"
        )
    };
    let Err(Failure::Api(refused)) = lab.0.run(id(A), &*command("LeaveOrganization", &json!({}))) else {
        panic!("it left");
    };
    assert_eq!(refused.code(), "AccessDeniedException");
    assert_eq!(refused.message(), sentence("organizations:LeaveOrganization", "*", &leave));
    let refused = lab.refusal(A, "GetContactInformation", &json!({}));
    assert_eq!((refused.code(), refused.status()), (Some("AccessDeniedException"), 403));
    let own = format!("arn:aws:account::{A}:account");
    assert_eq!(refused.message(), sentence("account:GetContactInformation", &own, &contact));
    // In its own partition's words.
    lab.fact(ALONE, json!({ "Partition": "aws-cn" }));
    lab.register(NOBODY, "cn@example.com");
    lab.fact(NOBODY, json!({ "Partition": "aws-cn" }));
    lab.organizations(ALONE, "CreateOrganization", &json!({}));
    let target = json!({ "Target": { "Id": NOBODY, "Type": "ACCOUNT" } });
    let h = lab.organizations(ALONE, "InviteAccountToOrganization", &target);
    lab.organizations(NOBODY, "AcceptHandshake", &json!({ "HandshakeId": h["Handshake"]["Id"] }));
    let root = lab.organizations(ALONE, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
    lab.organizations(ALONE, "EnablePolicyType", &json!({ "RootId": root, "PolicyType": r#type }));
    let statement = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let input = json!({ "Name": "none", "Description": "", "Type": r#type, "Content": content });
    let policy = lab.organizations(ALONE, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"].clone();
    lab.organizations(ALONE, "AttachPolicy", &json!({ "PolicyId": policy, "TargetId": root }));
    let Err(Failure::Api(refused)) = lab.0.run(id(NOBODY), &*command("ListRoots", &json!({}))) else {
        panic!("it lists");
    };
    assert!(
        refused.message().starts_with("User: arn:aws-cn:iam::999999999999:root is not"),
        "{}",
        refused.message()
    );
    // Not whom it is not above, and not the management account, about whomever.
    lab.ok(B, "GetContactInformation", &json!({}));
    lab.ok(M, "GetContactInformation", &json!({ "AccountId": A }));
}

#[test]
fn addresses_that_are_none() {
    let mut lab = Lab::new();
    for operation in ["StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"] {
        for (address, text) in [
            (Value::Null, Some(r#"[object has missing required properties (["PrimaryEmail"])]"#.to_owned())),
            ("a@b".into(), Some(r#"[string "a@b" is too short (length: 3, required minimum: 5)]"#.into())),
            ("a@b.c".into(), None),
            ("plainaddress".into(), None),
            ("a b@example.com".into(), None),
        ] {
            let mut body = about(input(operation), A);
            body["PrimaryEmail"] = address;
            let error = lab.refusal(M, operation, &body);
            assert_eq!(error.code(), Some("ValidationException"));
            match text {
                Some(text) => assert_eq!(error.message(), text),
                None => assert_eq!(error.field().unwrap().0, "PrimaryEmail"),
            }
        }
        let mut body = about(input(operation), A);
        body["PrimaryEmail"] = format!("{}@example.com", "x".repeat(53)).into();
        assert!(lab.refusal(M, operation, &body).message().contains("maximum allowed: 64"));
    }
}

#[test]
fn invitations_stay_at_the_address_they_were_sent_to() {
    let mut lab = Lab::new();
    let invite = |lab: &mut Lab, address: &str| {
        let target = json!({ "Target": { "Id": address, "Type": "EMAIL" } });
        lab.organizations(OTHER, "InviteAccountToOrganization", &target)["Handshake"]["Id"].clone()
    };
    let to_old = invite(&mut lab, &format!("root+{A}@lab.example"));
    let to_new = invite(&mut lab, "new@example.com");
    // One that A accepts is A's, whoever has the address later.
    let target = json!({ "Target": { "Id": format!("root+{A}@lab.example"), "Type": "EMAIL" } });
    let own = lab.organizations(M, "InviteAccountToOrganization", &target)["Handshake"]["Id"].clone();
    lab.0.run(id(A), &*command("AcceptHandshake", &json!({ "HandshakeId": own }))).unwrap_err();
    lab.0.take_mails();
    let received = |lab: &mut Lab, caller: &str| {
        let list = lab.organizations(caller, "ListHandshakesForAccount", &json!({}));
        let ids = list["Handshakes"].as_array().unwrap().iter().map(|h| h["Id"].clone());
        ids.collect::<Vec<_>>()
    };
    assert!(received(&mut lab, A).contains(&to_old));
    let code = lab.start("new@example.com");
    lab.accept("new@example.com", &code).unwrap();
    let now = received(&mut lab, A);
    assert!(now.contains(&to_new) && now.contains(&own) && !now.contains(&to_old), "{now:?}");
    // Who takes the old address finds the other one.
    lab.register(NOBODY, &format!("root+{A}@lab.example"));
    assert_eq!(received(&mut lab, NOBODY), [to_old]);
    lab.0.take_mails();
    lab.organizations(A, "AcceptHandshake", &json!({ "HandshakeId": to_new }));
    let to: Vec<_> = lab.0.take_mails().iter().map(|m| m.to.to_string()).collect();
    assert!(to.contains(&"new@example.com".to_owned()), "{to:?}");
}

#[test]
fn contact_information() {
    let mut lab = Lab::new();
    // Every account has one from the start.
    let first = lab.ok(A, "GetContactInformation", &json!({}))["ContactInformation"].take();
    assert_eq!(first["FullName"], format!("Account {A}"));
    lab.ok(B, "PutContactInformation", &json!({ "ContactInformation": first }));

    let mut sent = contact();
    for (name, value) in [
        ("FullName", "  Ana  "),
        ("City", "\tLondon "),
        ("CountryCode", "gb"),
        ("PhoneNumber", "+44 (20) 7946-0000 "),
        ("AddressLine2", " 2nd floor"),
        ("AddressLine3", "x"),
        ("StateOrRegion", "London"),
        ("DistrictOrCounty", "Camden"),
        ("CompanyName", "Ana & Co"),
        ("WebsiteUrl", "https://example.com"),
    ] {
        sent[name] = value.into();
    }
    lab.ok(M, "PutContactInformation", &json!({ "AccountId": A, "ContactInformation": sent }));
    let mut kept = sent;
    for (name, value) in [
        ("FullName", "Ana"),
        ("City", "London"),
        ("CountryCode", "GB"),
        ("PhoneNumber", "+44 (20) 7946-0000"),
        ("AddressLine2", "2nd floor"),
    ] {
        kept[name] = value.into();
    }
    let shown = lab.ok(A, "GetContactInformation", &json!({}));
    assert_eq!(shown, json!({ "ContactInformation": kept, "VerificationStatus": "VERIFIED" }));

    // What is left out goes, and the rest of the profile stays.
    lab.ok(A, "PutAlternateContact", &alternate("BILLING"));
    lab.ok(A, "PutContactInformation", &json!({ "ContactInformation": contact() }));
    lab.fact(A, json!({ "PhoneVerified": false }));
    let shown = lab.ok(M, "GetContactInformation", &json!({ "AccountId": A }));
    assert_eq!(shown, json!({ "ContactInformation": contact(), "VerificationStatus": "UNVERIFIED" }));
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    assert_eq!(lab.listed(A)["Name"], format!("Account {A}"), "the full name is not the account's");
}

#[test]
fn contacts_that_are_refused() {
    let mut lab = Lab::new();
    let error = lab.refusal(A, "PutContactInformation", &json!({}));
    assert_eq!(error.message(), r#"[object has missing required properties (["ContactInformation"])]"#);
    let required = ["FullName", "AddressLine1", "City", "PostalCode", "CountryCode", "PhoneNumber"];
    let most = [
        ("FullName", 50),
        ("AddressLine1", 60),
        ("AddressLine2", 60),
        ("AddressLine3", 60),
        ("City", 50),
        ("StateOrRegion", 50),
        ("DistrictOrCounty", 50),
        ("PostalCode", 20),
        ("CountryCode", 2),
        ("PhoneNumber", 20),
        ("CompanyName", 50),
        ("WebsiteUrl", 256),
    ];
    for (name, max) in most {
        let mut cases = vec![
            (Value::from(""), "is too short".to_owned()),
            ("+".repeat(max + 1).into(), format!("(length: {}, maximum allowed: {max})]", max + 1)),
        ];
        if required.contains(&name) {
            cases.push((Value::Null, format!(r#"missing required properties (["{name}"])"#)));
        }
        if !["CountryCode", "PhoneNumber"].contains(&name) {
            cases.push((" ".into(), format!("the argument {name} can not be empty")));
        }
        for (value, text) in cases {
            let mut contact = contact();
            contact[name] = value;
            let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
            assert_eq!((error.code(), error.field()), (Some("ValidationException"), None));
            assert!(error.message().contains(&text), "{name}: {} is not {text}", error.message());
        }
    }
    for phone in [" ", " +1", "1", "+x"] {
        let mut contact = contact();
        contact["PhoneNumber"] = phone.into();
        let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
        let text = format!(r#"[ECMA 262 regex "^[+][\s0-9()-]+$" does not match input string "{phone}"]"#);
        assert_eq!(error.message(), text);
    }
    let mut contact = contact();
    contact["CountryCode"] = "G1".into();
    let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
    assert_eq!(error.field().unwrap().0, "CountryCode");
}

#[test]
fn alternate_contacts() {
    let mut lab = Lab::new();
    for kind in ["BILLING", "OPERATIONS", "SECURITY"] {
        let which = json!({ "AlternateContactType": kind });
        for operation in ["GetAlternateContact", "DeleteAlternateContact"] {
            let error = lab.refusal(A, operation, &which);
            assert_eq!((error.code(), error.status()), (Some("ResourceNotFoundException"), 404));
            assert_eq!(error.message(), "No contact of the inputted alternate contact type found.");
        }
        lab.ok(M, "PutAlternateContact", &about(alternate(kind), A));
        let mut kept = alternate(kind);
        kept["EmailAddress"] = "Ana+ops@Example.com".into();
        assert_eq!(lab.ok(A, "GetAlternateContact", &which), json!({ "AlternateContact": kept }));
        // Put again, it replaces.
        let mut other = kept;
        other["Name"] = "Juan".into();
        lab.ok(A, "PutAlternateContact", &other);
        let shown = lab.ok(M, "GetAlternateContact", &about(which.clone(), A));
        assert_eq!(shown, json!({ "AlternateContact": other }));
    }
    // One goes, the others stay.
    lab.ok(A, "DeleteAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    lab.refusal(A, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    lab.refusal(B, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    assert!(lab.0.take_mails().is_empty(), "contacts get no mail");
}

#[test]
fn alternate_contacts_that_are_refused() {
    let mut lab = Lab::new();
    for operation in ["PutAlternateContact", "GetAlternateContact", "DeleteAlternateContact"] {
        for kind in ["operations", "Billing", "OTHER", ""] {
            let mut body = input(operation);
            body["AlternateContactType"] = kind.into();
            let error = lab.refusal(A, operation, &body);
            assert_eq!((error.code(), error.status()), (Some("AccessDeniedException"), 403));
            let text = format!(
                "User: arn:aws:iam::{A}:root is not authorized to perform: account:{operation} (You specified an \
                 invalid Alternate Contact type.)"
            );
            assert_eq!(error.message(), text);
        }
        let mut body = input(operation);
        body["AlternateContactType"] = Value::Null;
        let error = lab.refusal(A, operation, &body);
        assert_eq!(error.message(), r#"[object has missing required properties (["AlternateContactType"])]"#);
    }
    for (name, max, odd) in [
        ("Name", 64, None),
        ("Title", 50, None),
        ("EmailAddress", 254, Some("a@b")),
        ("PhoneNumber", 25, Some("x")),
    ] {
        let cases = [
            (Value::Null, format!(r#"missing required properties (["{name}"])"#)),
            ("".into(), "is too short".into()),
            ("1".repeat(max + 1).into(), format!("maximum allowed: {max}")),
        ];
        let odd = odd.map(|text| (text.into(), "ECMA 262 regex".to_owned()));
        for (value, text) in cases.into_iter().chain(odd) {
            let mut body = alternate("BILLING");
            body[name] = value;
            let error = lab.refusal(A, "PutAlternateContact", &body);
            assert_eq!(error.code(), Some("ValidationException"));
            assert!(error.message().contains(&text), "{name}: {} is not {text}", error.message());
        }
    }
}

#[test]
fn a_profile_outlives_leaving_and_a_change_of_the_address() {
    let mut lab = Lab::new();
    lab.ok(A, "PutAlternateContact", &alternate("SECURITY"));
    let code = lab.start("new@example.com");
    lab.accept("new@example.com", &wrong(&code)).unwrap_err();
    lab.accept("new@example.com", &code).unwrap();
    lab.organizations(A, "LeaveOrganization", &json!({}));
    lab.0.advance(SECOND);
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    lab.ok(A, "PutAccountName", &json!({ "AccountName": "Free" }));
    assert_eq!(lab.0.account(id(A)).unwrap().email.as_str(), "new@example.com");
}

#[test]
fn neither_code_nor_contacts_go_into_the_journal() {
    for operation in account_operations() {
        let kept = account_command(operation, &naming(operation, A)).parameters();
        assert!(kept.contains(A), "{operation}: {kept}");
        for secret in ["123456", "Ana", "7946", "London"] {
            assert!(!kept.contains(secret), "{operation}: {kept}");
        }
    }
}

fn status(lab: &mut Lab, caller: &str, region: &str) -> String {
    let shown = lab.ok(caller, "GetRegionOptStatus", &json!({ "RegionName": region }));
    assert_eq!(shown["RegionName"], region);
    shown["RegionOptStatus"].as_str().unwrap().to_owned()
}

fn slow(lab: &mut Lab) {
    lab.0.settings_mut().limits.region_millis = 120_000;
}

fn switch(region: &str) -> Value {
    json!({ "RegionName": region })
}

/// What is refused, its reason, and the members that are wrong.
fn told(error: &AccountError) -> (Option<&'static str>, Option<&'static str>, String) {
    (error.code(), error.field().map(|(_, _, reason)| reason), error.message().into_owned())
}

#[test]
fn a_region_is_enabled_and_disabled() {
    let mut lab = Lab::new();
    slow(&mut lab);
    let busy = format!(
        "Account {A} and region af-south-1 is currently being enabled or disabled. Please wait until it finishes and \
         then try again."
    );
    let switched = "Unable to switch region status because of its current opt-in status.";
    let off = lab.refusal(A, "DisableRegion", &switch("af-south-1"));
    let target = (Some("ValidationException"), Some("invalidRegionOptTarget"), switched.to_owned());
    assert_eq!(told(&off), target);
    for (operation, running, end) in
        [("EnableRegion", "ENABLING", "ENABLED"), ("DisableRegion", "DISABLING", "DISABLED")]
    {
        assert_eq!(lab.ok(M, operation, &about(switch("af-south-1"), A)), Value::Null);
        assert_eq!(status(&mut lab, A, "af-south-1"), running);
        for again in ["EnableRegion", "DisableRegion"] {
            let error = lab.refusal(A, again, &switch("af-south-1"));
            assert_eq!(told(&error), (Some("ConflictException"), None, busy.clone()));
            assert_eq!(error.status(), 409);
        }
        lab.0.advance(119_999);
        assert_eq!(status(&mut lab, A, "af-south-1"), running);
        lab.0.advance(1);
        assert_eq!(status(&mut lab, A, "af-south-1"), end);
        assert_eq!(told(&lab.refusal(A, operation, &switch("af-south-1"))), target);
    }
    // Nobody else's, and no other one.
    assert_eq!(status(&mut lab, B, "af-south-1"), "DISABLED");
    for operation in ["EnableRegion", "DisableRegion"] {
        assert_eq!(told(&lab.refusal(A, operation, &switch("us-east-1"))), target);
    }
}

#[test]
fn in_a_lab_a_region_is_there_when_it_is_first_asked_for() {
    let mut lab = Lab::new();
    lab.ok(A, "EnableRegion", &switch("eu-south-2"));
    assert_eq!(status(&mut lab, A, "eu-south-2"), "ENABLED");
    lab.ok(A, "DisableRegion", &switch("eu-south-2"));
    assert_eq!(status(&mut lab, A, "eu-south-2"), "DISABLED");
}

#[test]
fn regions_that_are_none() {
    let mut lab = Lab::new();
    for operation in ["EnableRegion", "DisableRegion", "GetRegionOptStatus"] {
        for region in ["unknown-region", "cn-north-1", "us-gov-west-1"] {
            let text = format!("{region} is not a valid region for opt-in or opt-out.");
            let error = lab.refusal(A, operation, &switch(region));
            assert_eq!(
                told(&error),
                (Some("ValidationException"), Some("fieldValidationFailed"), text.clone())
            );
            assert_eq!(
                error.field().map(|(name, message, _)| (name, message.into_owned())),
                Some(("RegionName", text))
            );
        }
        let error = lab.refusal(A, operation, &switch("US-EAST-1"));
        let denial = format!("account:{operation} (You specified an invalid target region.)");
        assert!(error.message().ends_with(&denial), "{}", error.message());
        assert_eq!(error.code(), Some("AccessDeniedException"));
        for (name, text) in [("", "is too short"), (&*"x".repeat(51), "maximum allowed: 50")] {
            assert!(lab.refusal(A, operation, &switch(name)).message().contains(text));
        }
        let missing = r#"[object has missing required properties (["RegionName"])]"#;
        assert_eq!(lab.refusal(A, operation, &json!({})).message(), missing);
    }
    // Other partitions have all of theirs from the start.
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-east-1")] {
        lab.fact(ALONE, json!({ "Partition": partition }));
        assert_eq!(status(&mut lab, ALONE, region), "ENABLED_BY_DEFAULT");
        let all = lab.ok(ALONE, "ListRegions", &json!({}));
        assert_eq!(all["Regions"].as_array().unwrap().len(), 2);
        assert_eq!(lab.refusal(ALONE, "EnableRegion", &switch(region)), AccountError::RegionStatus);
        assert!(matches!(
            lab.refusal(ALONE, "EnableRegion", &switch("af-south-1")),
            AccountError::UnknownRegion(_)
        ));
    }
}

#[test]
fn six_regions_of_an_account_and_fifty_of_an_organization_at_once() {
    const OPT_IN: [&str; 7] =
        ["af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ca-west-1", "eu-south-1", "il-central-1"];
    let quota = |whose: &str| {
        format!(
            "This request has exceeded the quota for 'Number of concurrent region-opt requests for {whose}'. Consider \
             retrying the operation later once some requests have been completed."
        )
    };
    let mut lab = Lab::new();
    slow(&mut lab);
    for (n, region) in OPT_IN.into_iter().enumerate() {
        if n < 6 {
            lab.ok(A, "EnableRegion", &switch(region));
            lab.ok(ALONE, "EnableRegion", &switch(region));
        } else {
            for caller in [A, ALONE] {
                let error = lab.refusal(caller, "EnableRegion", &switch(region));
                let told = told(&error);
                assert_eq!(told, (Some("TooManyRequestsException"), None, quota("an account")));
                assert_eq!(error.status(), 429);
            }
        }
    }
    // The organization's count: its members' and its management account's together, and not a stranger's.
    lab.0.settings_mut().limits.organization_regions_at_once = 8;
    lab.ok(B, "EnableRegion", &switch("af-south-1"));
    lab.ok(M, "EnableRegion", &switch("af-south-1"));
    let error = lab.refusal(B, "EnableRegion", &switch("ap-east-1"));
    assert_eq!(error.message(), quota("an organization"));
    lab.ok(OTHER, "EnableRegion", &switch("af-south-1"));
    // Done is done.
    lab.0.advance(120_000);
    lab.ok(B, "EnableRegion", &switch("ap-east-1"));
    lab.ok(A, "EnableRegion", &switch(OPT_IN[6]));
}

#[test]
fn regions_are_listed_page_by_page_and_by_status() {
    let mut lab = Lab::new();
    slow(&mut lab);
    lab.ok(A, "EnableRegion", &switch("ap-east-1"));
    let listed = |lab: &mut Lab, mut input: Value| {
        let (mut regions, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = lab.ok(A, "ListRegions", &input);
            let entries = page["Regions"].as_array().unwrap();
            pages.push(entries.len());
            regions.extend(entries.iter().map(|r| r["RegionName"].as_str().unwrap().to_owned()));
            match page.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => return (regions, pages),
            }
        }
    };
    let (all, pages) = listed(&mut lab, json!({}));
    assert_eq!((all.len(), pages), (34, vec![20, 14]));
    assert!(all.is_sorted() && all.contains(&"us-east-1".to_owned()));
    assert_eq!(listed(&mut lab, json!({ "MaxResults": 50 })), (all.clone(), vec![34]));
    assert_eq!(listed(&mut lab, json!({ "MaxResults": 7 })), (all, vec![7, 7, 7, 7, 6]));
    for (statuses, count) in [
        (json!(["DISABLED"]), 16),
        (json!(["ENABLING"]), 1),
        (json!(["ENABLED", "ENABLED"]), 0),
        (json!(["ENABLED_BY_DEFAULT"]), 17),
        (json!(["DISABLED", "ENABLING", "ENABLED_BY_DEFAULT"]), 34),
        (json!([]), 34),
    ] {
        let (regions, _) = listed(&mut lab, json!({ "RegionOptStatusContains": statuses }));
        assert_eq!(regions.len(), count, "{statuses}");
    }
    let enums = r#"(possible values: ["ENABLED","ENABLING","DISABLING","DISABLED","ENABLED_BY_DEFAULT"])"#;
    let token = lab.ok(A, "ListRegions", &json!({ "MaxResults": 1 }))["NextToken"].clone();
    for (caller, input, text) in [
        (
            A,
            json!({ "RegionOptStatusContains": ["ENABLED", "enabled"] }),
            format!(r#"[instance value ("enabled") not found in enum {enums}]"#),
        ),
        (
            A,
            json!({ "MaxResults": 0 }),
            "[numeric instance is lower than the required minimum (minimum: 1, found: 0)]".into(),
        ),
        (
            A,
            json!({ "MaxResults": 51 }),
            "[numeric instance is greater than the required maximum (maximum: 50, found: 51)]".into(),
        ),
        (A, json!({ "NextToken": "invalid-token" }), "NextToken is malformed".into()),
        (
            A,
            json!({ "NextToken": token, "RegionOptStatusContains": ["ENABLED"] }),
            "NextToken is malformed".into(),
        ),
        (B, json!({ "NextToken": token }), "NextToken is malformed".into()),
    ] {
        let error = lab.refusal(caller, "ListRegions", &input);
        assert_eq!((error.code(), error.message().as_ref()), (Some("ValidationException"), &*text));
    }
    lab.ok(A, "ListRegions", &json!({ "NextToken": token }));
}

#[test]
fn what_became_of_a_new_address() {
    let mut lab = Lab::new();
    let about_a = json!({ "AccountId": A });
    let shown = |lab: &mut Lab| {
        let shown = lab.ok(M, "GetPrimaryEmailUpdateStatus", &about_a);
        assert_eq!(shown, lab.ok(A, "GetPrimaryEmailUpdateStatus", &json!({})), "the member sees the same");
        (shown["Status"].as_str().unwrap().to_owned(), shown["UpdatedAt"].as_i64().unwrap())
    };
    for (caller, input) in [(M, about_a.clone()), (M, json!({})), (A, json!({})), (ALONE, json!({}))] {
        let none = lab.refusal(caller, "GetPrimaryEmailUpdateStatus", &input);
        assert_eq!(none, AccountError::NoEmailUpdate);
    }
    let start = lab.0.now().seconds();
    let code = lab.start("new@example.com");
    lab.0.advance(5 * SECOND);
    assert_eq!(shown(&mut lab), ("PENDING".into(), start));
    lab.accept("new@example.com", &code).unwrap();
    lab.0.take_mails();
    assert_eq!(shown(&mut lab), ("COMPLETED".into(), start + 5));
    // Nobody accepts: it fails when the code is void.
    lab.start("late@example.com");
    lab.0.advance(DAY - 1);
    assert_eq!(shown(&mut lab), ("PENDING".into(), start + 5));
    lab.0.advance(1);
    assert_eq!(shown(&mut lab), ("FAILED".into(), start + 5 + DAY / SECOND));
    // Or when the code is guessed at.
    let code = lab.start("guessed@example.com");
    for _ in 0..5 {
        lab.accept("guessed@example.com", &wrong(&code)).unwrap_err();
    }
    assert_eq!(shown(&mut lab), ("FAILED".into(), start + 5 + DAY / SECOND));
}

#[test]
fn three_new_addresses_are_started_in_thirty_seconds() {
    let mut lab = Lab::new();
    for n in 0..3 {
        lab.start(&format!("new{n}@example.com"));
        lab.0.advance(SECOND);
    }
    let input = json!({ "AccountId": A, "PrimaryEmail": "new3@example.com" });
    let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
    assert_eq!((error.code(), error.status()), (Some("TooManyRequestsException"), 429));
    // Of each member.
    lab.ok(M, "StartPrimaryEmailUpdate", &json!({ "AccountId": B, "PrimaryEmail": "b@example.com" }));
    lab.0.take_mails();
    lab.0.advance(27 * SECOND - 1);
    assert_eq!(lab.refusal(M, "StartPrimaryEmailUpdate", &input), AccountError::TooManyRequests);
    lab.0.advance(1);
    lab.start("new3@example.com");
    assert_eq!(lab.refusal(M, "StartPrimaryEmailUpdate", &input), AccountError::TooManyRequests);
}

#[test]
fn a_pair_in_govcloud_is_told() {
    let mut lab = Lab::new();
    let none = lab.refusal(A, "GetGovCloudAccountInformation", &json!({}));
    assert_eq!((none.code(), none.status()), (Some("ResourceNotFoundException"), 404));
    lab.fact(ALONE, json!({ "Partition": "aws-us-gov" }));
    lab.fact(A, json!({ "GovCloudAccountId": ALONE }));
    let shown = lab.ok(A, "GetGovCloudAccountInformation", &json!({}));
    assert_eq!(shown, json!({ "GovCloudAccountId": ALONE, "AccountState": "ACTIVE" }));
    lab.fact(ALONE, json!({ "Suspended": true }));
    let shown = lab.ok(M, "GetGovCloudAccountInformation", &json!({ "StandardAccountId": A }));
    assert_eq!(shown, json!({ "GovCloudAccountId": ALONE, "AccountState": "SUSPENDED" }));
}

#[test]
fn a_contact_is_given_through_the_control_api() {
    let mut lab = Lab::new();
    let given = json!({ "Id": NOBODY, "Email": "new@example.com", "Name": "New", "Contact": contact() });
    let register = RegisterAccount { input: serde_json::from_value(given).unwrap(), key: false };
    lab.0.run(AccountId::NOBODY, &register).unwrap();
    let shown =
        |lab: &mut Lab| lab.ok(NOBODY, "GetContactInformation", &json!({}))["ContactInformation"].take();
    assert_eq!(shown(&mut lab), contact());
    let mut other = contact();
    other["City"] = "Leeds".into();
    lab.fact(NOBODY, json!({ "Contact": other.clone() }));
    assert_eq!(shown(&mut lab), other);
    other["City"] = " ".into();
    let wrong = serde_json::from_value(json!({ "Contact": other })).unwrap();
    let update = UpdateAccount { account: id(NOBODY), input: wrong };
    let Err(Failure::Control(error)) = lab.0.run(AccountId::NOBODY, &update) else { panic!("it is taken") };
    assert!(error.to_string().contains("the argument City can not be empty"), "{error}");
}

/// The keys of Account Management in a service control policy: where each binds, and where not.
#[test]
fn conditions_of_account_management() {
    let rows = [
        (
            json!({ "account:TargetRegion": "af-south-1" }),
            "EnableRegion",
            switch("af-south-1"),
            switch("ap-east-1"),
        ),
        (
            json!({ "account:AlternateContactTypes": "BILLING" }),
            "PutAlternateContact",
            alternate("BILLING"),
            alternate("SECURITY"),
        ),
    ];
    for (key, operation, bound, free) in rows {
        let mut lab = Lab::new();
        let root = lab.organizations(M, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
        let r#type = "SERVICE_CONTROL_POLICY";
        lab.organizations(M, "EnablePolicyType", &json!({ "RootId": root, "PolicyType": r#type }));
        let test = if key.get("account:AlternateContactTypes").is_some() {
            json!({ "ForAnyValue:StringEquals": key })
        } else {
            json!({ "StringEquals": key })
        };
        let statement = json!({ "Effect": "Deny", "Action": format!("account:{operation}"), "Resource": "*", "Condition": test });
        let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let input = json!({ "Name": "deny", "Description": "", "Type": r#type, "Content": content });
        let policy = lab.organizations(M, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"].clone();
        lab.organizations(M, "AttachPolicy", &json!({ "PolicyId": policy, "TargetId": A }));
        let denied = lab.refusal(A, operation, &bound);
        assert!(
            denied.message().contains("explicit deny in a service control policy"),
            "{}",
            denied.message()
        );
        lab.ok(A, operation, &free);
        lab.ok(M, operation, &about(bound, A));
    }
}
