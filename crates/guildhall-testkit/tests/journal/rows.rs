//! Rows of a journal after everything that has something sensitive in it: none of their columns has any of it.

use std::sync::Arc;

use guildhall_core::Command;
use guildhall_core::kernel::time::DAY;
use guildhall_core::operator::create_key::CreateKey;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::operator::verify_email::VerifyEmail;
use guildhall_core::state::mail::{Content, MailKind};
use guildhall_engine::Engine;
use guildhall_store::memory::MemoryStore;
use guildhall_store::{MailFilter, Store};
use guildhall_testkit::account_command;
use guildhall_testkit::calls::{self, id, start};
use guildhall_testkit::simulator::clock::month_start;
use serde_json::{Value, json};

/// In every text that is sensitive.
const MARK: &str = "zzmark";
/// The phone number of everybody.
const PHONE: &str = "9075559173";

struct Lab {
    engine: Engine,
    store: Arc<MemoryStore>,
    /// Codes and keys that were made.
    secrets: Vec<String>,
}

fn address(word: &str) -> String {
    format!("{word}@{MARK}.example")
}

fn contact() -> Value {
    json!({
        "FullName": MARK, "AddressLine1": MARK, "City": MARK, "PostalCode": MARK, "CountryCode": "GB",
        "PhoneNumber": format!("+{PHONE}"),
    })
}

impl Lab {
    async fn operate(&self, command: impl Command + 'static) -> Value {
        let reply = self.engine.run_as("test", "", Arc::new(command)).await.unwrap();
        if reply.is_empty() { Value::Null } else { serde_json::from_slice(&reply).unwrap() }
    }

    async fn register(&mut self, word: &str) {
        let input = json!({
            "Id": id(word).to_string(), "Email": address(word), "Name": format!("{MARK} {word}"), "Contact": contact(),
        });
        let input = serde_json::from_value(input).unwrap();
        let made = self.operate(RegisterAccount { input, key: true }).await;
        self.secrets.push(made["SecretAccessKey"].as_str().unwrap().to_owned());
    }

    async fn call(&self, caller: &str, operation: &str, input: Value) -> Value {
        calls::call(&self.engine, caller, operation, input).await.unwrap()
    }

    async fn account(&self, caller: &str, operation: &str, input: &Value) -> bool {
        self.engine.run(id(caller), "request", account_command(operation, input)).await.is_ok()
    }

    /// Invites an address. Answers the handshake.
    async fn invite(&self, word: &str) -> Value {
        let target = json!({ "Id": address(word), "Type": "EMAIL" });
        let input = json!({ "Target": target, "Notes": format!("dear {MARK}") });
        let answer = self.call("111", "InviteAccountToOrganization", input).await;
        json!({ "HandshakeId": answer["Handshake"]["Id"] })
    }

    /// The code in the one mail of this kind.
    fn mailed_code(&mut self, kind: MailKind) -> String {
        let filter = MailFilter { limit: usize::MAX, ..MailFilter::default() };
        let mails = self.store.mails(&filter).unwrap();
        let code = mails.iter().find_map(|mail| match &mail.mail.about {
            Content::Verification(about) if mail.mail.kind == kind => Some(about.code.clone()),
            _ => None,
        });
        self.secrets.extend(code.clone());
        code.unwrap()
    }
}

/// A management account whose address is verified by a link, and members that come, or do not, by their addresses.
async fn organization(lab: &mut Lab) {
    for word in ["111", "222", "333"] {
        lab.register(word).await;
    }
    let facts = serde_json::from_value(json!({ "EmailVerified": false, "Contact": contact() })).unwrap();
    lab.operate(UpdateAccount { account: id("111"), input: facts }).await;
    calls::create(&lab.engine, "111").await;
    let code = lab.mailed_code(MailKind::EmailVerification);
    lab.operate(VerifyEmail { account: id("111"), code: code.into() }).await;
    let accepted = lab.invite("222").await;
    lab.call("222", "AcceptHandshake", accepted).await;
    let declined = lab.invite("333").await;
    lab.call("333", "DeclineHandshake", declined).await;
    let canceled = lab.invite("444").await;
    lab.call("111", "CancelHandshake", canceled).await;
    // Waits until it expires, and is forgotten then.
    lab.invite("555").await;
    let created = json!({ "Email": address("666"), "AccountName": format!("{MARK} 666") });
    lab.call("111", "CreateAccount", created).await;
}

/// Everything that a member says about itself.
async fn account(lab: &mut Lab) {
    let name = json!({ "AccountName": format!("{MARK} new") });
    let alternate = json!({
        "AlternateContactType": "BILLING", "Name": MARK, "Title": MARK, "EmailAddress": address("ops"),
        "PhoneNumber": PHONE,
    });
    let contact = json!({ "ContactInformation": contact() });
    for (operation, input) in
        [("PutAccountName", name), ("PutAlternateContact", alternate), ("PutContactInformation", contact)]
    {
        assert!(lab.account("222", operation, &input).await, "{operation}");
    }
    let service = json!({ "ServicePrincipal": "account.amazonaws.com" });
    lab.call("111", "EnableAWSServiceAccess", service).await;
    let mut update = json!({ "AccountId": id("222").to_string(), "PrimaryEmail": address("777") });
    assert!(lab.account("111", "StartPrimaryEmailUpdate", &update).await);
    let code = lab.mailed_code(MailKind::PrimaryEmailCode);
    // A wrong code is refused and counted, so it has a row, too.
    let wrong = "zz9zz9";
    lab.secrets.push(wrong.to_owned());
    update["Otp"] = wrong.into();
    assert!(!lab.account("111", "AcceptPrimaryEmailUpdate", &update).await);
    update["Otp"] = code.into();
    assert!(lab.account("111", "AcceptPrimaryEmailUpdate", &update).await);
    let key = lab.operate(CreateKey { account: id("222") }).await;
    lab.secrets.push(key["SecretAccessKey"].as_str().unwrap().to_owned());
}

/// An offer to pay somebody's bill, by an address.
async fn transfer(lab: &mut Lab) {
    let start = month_start(lab.engine.clock().now(), 2).seconds();
    let offer = json!({
        "Type": "BILLING", "Target": { "Id": address("888"), "Type": "EMAIL" }, "Notes": MARK, "SourceName": MARK,
        "StartTimestamp": start,
    });
    lab.call("111", "InviteOrganizationToTransferResponsibility", offer).await;
    let list = json!({ "Type": "BILLING" });
    let list = lab.call("111", "ListInboundResponsibilityTransfers", list).await;
    let renamed = json!({ "Id": list["ResponsibilityTransfers"][0]["Id"], "Name": format!("{MARK} bill") });
    lab.call("111", "UpdateResponsibilityTransfer", renamed).await;
}

#[tokio::test]
async fn no_row_has_anything_sensitive() {
    let store = Arc::new(MemoryStore::new());
    let mut lab = Lab { engine: start(&store), store, secrets: Vec::new() };
    lab.engine.freeze(true).await.unwrap();
    organization(&mut lab).await;
    account(&mut lab).await;
    transfer(&mut lab).await;
    // Timers: what waited expires, and is forgotten.
    let later = lab.engine.clock().now().plus(100 * DAY);
    lab.engine.advance_to(later).await.unwrap();
    let rows = lab.store.journal(usize::MAX).unwrap();
    for op in [
        "AcceptHandshake",
        "AcceptPrimaryEmailUpdate",
        "CancelHandshake",
        "CreateAccount",
        "CreateKey",
        "DeclineHandshake",
        "ExpireHandshake",
        "ForgetHandshake",
        "InviteAccountToOrganization",
        "InviteOrganizationToTransferResponsibility",
        "PutAccountName",
        "PutAlternateContact",
        "PutContactInformation",
        "RegisterAccount",
        "StartPrimaryEmailUpdate",
        "UpdateAccountFacts",
        "UpdateResponsibilityTransfer",
        "VerifyEmail",
    ] {
        assert!(rows.iter().any(|row| row.op.rsplit(':').next() == Some(op)), "{op} has no row");
    }
    assert!(lab.secrets.len() >= 7, "{}", lab.secrets.len());
    for row in rows {
        // Not in debug output, which would mask an address.
        let columns = [
            row.owner.to_string(),
            row.actor.clone(),
            row.op.to_string(),
            row.request_id.clone(),
            row.body.clone(),
        ];
        for column in columns {
            assert!(!column.contains(MARK) && !column.contains(PHONE), "{}: {column}", row.op);
        }
        for secret in &lab.secrets {
            assert!(!row.body.contains(secret), "{}: {}", row.op, row.body);
        }
    }
}
