//! Retention: the journal and mails do not grow for ever, and nothing is lost that is to be kept.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::path::Path;
use std::sync::Arc;

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::time::DAY;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_engine::{Engine, Retention};
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{MailFilter, Store};
use guildhall_testkit::command;
use guildhall_testkit::sdk::engine_config;
use serde_json::{Value, json};

/// How often a policy is put.
const PUTS: usize = 300;

fn management() -> AccountId {
    "111111111111".parse().unwrap()
}

async fn call(engine: &Engine, operation: &str, input: Value) {
    engine.run(management(), "request", command(operation, &input)).await.unwrap();
}

/// A resource policy of about 37 KB.
fn policy(n: usize) -> String {
    let statements: Vec<Value> = (0..180)
        .map(|s| {
            json!({
                "Sid": format!("Statement{n:04}x{s:03}{}", "x".repeat(60)),
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "organizations:DescribeOrganization",
                "Resource": "*",
            })
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn size(dir: &Path) -> u64 {
    std::fs::metadata(dir.join("guildhall.db")).unwrap().len()
}

fn operations(store: &dyn Store) -> Vec<String> {
    store.journal(usize::MAX).unwrap().iter().map(|row| row.op.to_string()).collect()
}

#[tokio::test]
async fn the_journal_of_a_policy_does_not_grow_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path()).unwrap());
    let engine = Engine::start(Arc::clone(&store) as Arc<dyn Store>, engine_config()).unwrap();
    engine.freeze(true).await.unwrap();
    let account = RegisterAccount::lab(management(), &"owner@example.com".parse().unwrap());
    engine.run_as("test", "", Arc::new(account)).await.unwrap();
    call(&engine, "CreateOrganization", json!({})).await;
    for n in 0..PUTS {
        call(&engine, "PutResourcePolicy", json!({ "Content": policy(n) })).await;
    }
    call(&engine, "InviteAccountToOrganization", json!({"Target": {"Type": "EMAIL", "Id": "a@example.com"}}))
        .await;
    let mails = || store.mails(&MailFilter { limit: 99, ..MailFilter::default() }).unwrap().len();
    let retention = Retention { journal_days: 90, mail_days: 30 };
    // Nothing goes that is not older; the invitation's expiry after fifteen days is a command, too.
    engine.advance_by(30 * DAY).await.unwrap();
    while engine.prune(retention).await.unwrap() {}
    assert_eq!((operations(&*store).len(), mails()), (PUTS + 4, 1));
    engine.advance_by(DAY).await.unwrap();
    while engine.prune(retention).await.unwrap() {}
    assert_eq!((operations(&*store).len(), mails()), (PUTS + 4, 0));
    call(&engine, "PutResourcePolicy", json!({ "Content": policy(PUTS) })).await;
    let before = size(dir.path());
    assert!(before > 10_000_000, "{before} bytes");
    engine.advance_by(60 * DAY).await.unwrap();
    while engine.prune(Retention::ALL).await.unwrap() {}
    assert!(operations(&*store).len() > PUTS);
    while engine.prune(retention).await.unwrap() {}
    let kept = operations(&*store);
    // The last policy, between what became of the invitation.
    assert_eq!((kept.len(), kept[1].as_str()), (3, "organizations:PutResourcePolicy"), "{kept:?}");
    let after = size(dir.path());
    assert!(after < before / 5, "{before} bytes before, {after} afterwards");
    assert_eq!(store.integrity().unwrap(), [""; 0]);
    engine.stop();
}

#[tokio::test]
async fn the_engine_removes_what_is_old_by_itself() {
    let store = Arc::new(guildhall_store::memory::MemoryStore::new());
    let retention = Retention { journal_days: 10, mail_days: 10 };
    let config = guildhall_engine::Config { retention, ..engine_config() };
    let engine = Engine::start(Arc::clone(&store) as Arc<dyn Store>, config).unwrap();
    for n in 0..400_u64 {
        let id = AccountId::from_number(100_000_000_000 + n).unwrap();
        let account = RegisterAccount::lab(id, &format!("a{n}@example.com").parse().unwrap());
        engine.run_as("test", "", Arc::new(account)).await.unwrap();
    }
    assert_eq!(operations(&*store).len(), 400);
    engine.advance_by(11 * DAY).await.unwrap();
    while operations(&*store).len() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    engine.stop();
}
