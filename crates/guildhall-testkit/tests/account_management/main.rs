//! The Account Management API: every operation, by the account itself, by its management account, by others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

mod contacts;
mod emails;
mod regions;

use std::collections::BTreeSet;

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::refusal::{ErrorAnswer, Refusal, ServiceError};
use guildhall_core::kernel::time::{DAY, SECOND};
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::services::{account, organizations};
use guildhall_core::state::mail::{AccountNews, Content, Mail, MailKind, Verification};
use guildhall_core::{AccountError, Owner};
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

    /// Attaches a service control policy that denies an action of this API.
    fn deny(&mut self, account: &str, action: &str, condition: &Value) {
        let root = self.organizations(M, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
        let r#type = "SERVICE_CONTROL_POLICY";
        self.organizations(M, "EnablePolicyType", &json!({ "RootId": root, "PolicyType": r#type }));
        let statement = json!({ "Effect": "Deny", "Action": format!("account:{action}"), "Resource": "*", "Condition": condition });
        let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let input = json!({ "Name": "deny", "Description": "", "Type": r#type, "Content": content });
        let policy = self.organizations(M, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"].clone();
        self.organizations(M, "AttachPolicy", &json!({ "PolicyId": policy, "TargetId": account }));
    }

    fn organizations(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        let answer = self.0.run(id(caller), &*command(operation, input)).unwrap();
        if answer.is_empty() { Value::Null } else { parsed(&answer) }
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Value) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(id(caller), &*account_command(operation, input));
        answer.map(|body| parsed(&body)).map_err(|refusal| account::errors::error_answer(&refusal))
    }

    fn ok(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        self.call(caller, operation, input).unwrap_or_else(|e| panic!("{operation} {input}: {}", e.message))
    }

    fn refusal(&mut self, caller: &str, operation: &str, input: &Value) -> ErrorAnswer {
        let before = self.0.stored();
        let error = self.call(caller, operation, input).expect_err(operation);
        if error != AccountError::WrongCode.answer() {
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

    fn accept(&mut self, address: &str, code: &str) -> Result<Value, ErrorAnswer> {
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
            assert_eq!((error.code, error.status), (Some("AccessDeniedException"), 403));
            let text = format!(
                "User: arn:aws:iam::{caller}:root is not authorized to perform: account:{operation}{why}"
            );
            assert_eq!(error.message, text, "{caller} {operation} {named}");
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
    assert!(error.message.ends_with(STANDALONE), "{}", error.message);
    lab.organizations(M, "DeregisterDelegatedAdministrator", &delegate);
    let error = lab.refusal(B, "PutAccountName", &json!({ "AccountId": A, "AccountName": "Again" }));
    assert_eq!(error.code, Some("AccessDeniedException"));
}

#[test]
fn without_all_features_nobody_is_named() {
    let mut lab = Lab::with_features("CONSOLIDATED_BILLING");
    for operation in account_operations() {
        for named in [A, M, NOBODY] {
            let error = lab.refusal(M, operation, &naming(operation, named));
            assert!(error.message.ends_with(&format!("account:{operation}{TRUST}")), "{}", error.message);
        }
        let error = lab.refusal(A, operation, &naming(operation, A));
        assert!(error.message.ends_with(&format!("account:{operation}")), "{}", error.message);
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
                assert_eq!(error.message, r#"[object has missing required properties (["AccountId"])]"#);
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
        assert_eq!((error.code, error.status), (Some("AccessDeniedException"), 403), "{operation}");
        let error = lab.0.run(id(NOBODY), &*account_command(operation, &input(operation))).unwrap_err();
        assert_eq!(error, Refusal::UnknownCaller(id(NOBODY)), "{operation}: the server may register it");
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
    assert_eq!(error.message, text);
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
        assert_eq!((error.code, error.status), (Some("ValidationException"), 400));
        assert_eq!(error.message, text);
    }
    let error = lab.refusal(A, "PutAccountName", &json!({ "AccountName": "   " }));
    assert_eq!((error.code, error.status), (None, 400));
    assert_eq!(error.message, "The input AccountName must not be null or only whitespace.");
}

#[test]
fn account_ids_that_are_none() {
    let mut lab = Lab::new();
    for operation in account_operations() {
        for bad in ["", "1", "2222222222222", "22222222222a"] {
            let error = lab.refusal(M, operation, &naming(operation, bad));
            assert_eq!(error.code, Some("ValidationException"), "{operation}");
            let text = format!(r#"[ECMA 262 regex "^\d{{12}}$" does not match input string "{bad}"]"#);
            assert_eq!(error.message, text, "{operation}");
        }
    }
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
    let refused = organizations::errors::error_answer(
        &lab.0.run(id(A), &*command("LeaveOrganization", &json!({}))).expect_err("it left"),
    );
    assert_eq!(refused.code.unwrap(), "AccessDeniedException");
    assert_eq!(refused.message, sentence("organizations:LeaveOrganization", "*", &leave));
    let refused = lab.refusal(A, "GetContactInformation", &json!({}));
    assert_eq!((refused.code, refused.status), (Some("AccessDeniedException"), 403));
    let own = format!("arn:aws:account::{A}:account");
    assert_eq!(refused.message, sentence("account:GetContactInformation", &own, &contact));
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
    let refused = organizations::errors::error_answer(
        &lab.0.run(id(NOBODY), &*command("ListRoots", &json!({}))).expect_err("it lists"),
    );
    assert!(
        refused.message.starts_with("User: arn:aws-cn:iam::999999999999:root is not"),
        "{}",
        refused.message
    );
    // Not whom it is not above, and not the management account, about whomever.
    lab.ok(B, "GetContactInformation", &json!({}));
    lab.ok(M, "GetContactInformation", &json!({ "AccountId": A }));
}

fn switch(region: &str) -> Value {
    json!({ "RegionName": region })
}

#[test]
fn a_pair_in_govcloud_is_told() {
    let mut lab = Lab::new();
    let none = lab.refusal(A, "GetGovCloudAccountInformation", &json!({}));
    assert_eq!((none.code, none.status), (Some("ResourceNotFoundException"), 404));
    lab.fact(ALONE, json!({ "Partition": "aws-us-gov" }));
    lab.fact(A, json!({ "GovCloudAccountId": ALONE }));
    let shown = lab.ok(A, "GetGovCloudAccountInformation", &json!({}));
    assert_eq!(shown, json!({ "GovCloudAccountId": ALONE, "AccountState": "ACTIVE" }));
    lab.fact(ALONE, json!({ "Suspended": true }));
    let shown = lab.ok(M, "GetGovCloudAccountInformation", &json!({ "StandardAccountId": A }));
    assert_eq!(shown, json!({ "GovCloudAccountId": ALONE, "AccountState": "SUSPENDED" }));
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
        let test = if key.get("account:AlternateContactTypes").is_some() {
            json!({ "ForAnyValue:StringEquals": key })
        } else {
            json!({ "StringEquals": key })
        };
        lab.deny(A, operation, &test);
        let denied = lab.refusal(A, operation, &bound);
        assert!(denied.message.contains("explicit deny in a service control policy"), "{}", denied.message);
        lab.ok(A, operation, &free);
        lab.ok(M, operation, &about(bound, A));
    }
}

/// Closing one's own account is an action that policies name: the policy that AWS's console attaches denies it.
#[test]
fn an_account_whose_policies_deny_it_does_not_close_itself() {
    let mut lab = Lab::new();
    lab.deny(A, "CloseAccount", &json!({}));
    let close =
        UpdateAccount { account: id(A), input: serde_json::from_value(json!({ "Closed": true })).unwrap() };
    let error = lab.0.run(AccountId::NOBODY, &close).expect_err("it is closed");
    let text = error.to_string();
    assert!(text.starts_with(&format!("Closed: User: arn:aws:iam::{A}:root is not authorized")), "{text}");
    assert!(text.contains("account:CloseAccount"), "{text}");
    assert!(lab.0.account(id(A)).unwrap().standing.closure.is_none());
    // Others are free, and so is the management account to close it.
    lab.fact(B, json!({ "Closed": true }));
    assert!(lab.0.account(id(B)).unwrap().standing.closure.is_some());
    lab.organizations(M, "CloseAccount", &json!({ "AccountId": A }));
}

/// The domain of an address is a key, although the journal does not get the address.
#[test]
fn the_domain_of_a_new_address_is_a_condition() {
    for operation in ["StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"] {
        let mut lab = Lab::new();
        let delegate = json!({ "AccountId": A, "ServicePrincipal": "account.amazonaws.com" });
        lab.organizations(M, "RegisterDelegatedAdministrator", &delegate);
        lab.deny(A, operation, &json!({ "StringEquals": { "account:EmailTargetDomain": "bound.example" } }));
        let about =
            |domain| json!({ "AccountId": B, "PrimaryEmail": format!("new@{domain}"), "Otp": "123456" });
        let denied = lab.refusal(A, operation, &about("bound.example"));
        assert!(denied.message.contains("explicit deny in a service control policy"), "{}", denied.message);
        // There is no change to accept.
        let refused = lab.call(A, operation, &about("free.example")).err();
        let expected =
            (operation == "AcceptPrimaryEmailUpdate").then(|| AccountError::NoEmailUpdate.answer());
        assert_eq!(refused, expected, "{operation}");
    }
}
