//! Calls on an engine, in a few words. Accounts are named by three digits, of which their ids are four times the same.

use std::sync::Arc;

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::{Owner, Refusal};
use guildhall_engine::{Config, Engine, EngineError};
use guildhall_store::Store;
use serde_json::{Value, json};

use crate::command;
use crate::sdk::engine_config;

/// The id of an account.
pub fn id(word: &str) -> AccountId {
    word.repeat(4).parse().unwrap()
}

/// An engine over a store, in lab mode.
pub fn start(store: &Arc<impl Store + 'static>) -> Engine {
    start_with(store, engine_config())
}

/// An engine over a store.
pub fn start_with(store: &Arc<impl Store + 'static>, config: Config) -> Engine {
    Engine::start(Arc::clone(store) as Arc<dyn Store>, config).unwrap()
}

/// Registers accounts.
pub async fn register(engine: &Engine, words: &[&str]) {
    for word in words {
        let address = format!("root+{}@lab.example", id(word));
        let command = RegisterAccount::lab(id(word), &address.parse().unwrap());
        engine.run_as("test", "", Arc::new(command)).await.unwrap();
    }
}

/// Calls an operation.
pub async fn call(engine: &Engine, caller: &str, operation: &str, input: Value) -> Result<Value, Refusal> {
    match engine.run(id(caller), "request", command(operation, &input)).await {
        Ok(reply) if reply.is_empty() => Ok(Value::Null),
        Ok(reply) => Ok(serde_json::from_slice(&reply).unwrap()),
        Err(EngineError::Refused(refusal)) => Err(refusal),
        Err(e) => panic!("{operation}: {e}"),
    }
}

/// Creates an organization.
pub async fn create(engine: &Engine, caller: &str) -> Owner {
    let answer = call(engine, caller, "CreateOrganization", json!({})).await.unwrap();
    Owner::Org(answer["Organization"]["Id"].as_str().unwrap().parse().unwrap())
}

/// Invites an address. Answers the handshake's id.
pub async fn invite(engine: &Engine, caller: &str, address: &str) -> String {
    let input = json!({"Target": {"Type": "EMAIL", "Id": address}});
    let answer = call(engine, caller, "InviteAccountToOrganization", input).await.unwrap();
    answer["Handshake"]["Id"].as_str().unwrap().to_owned()
}

/// Tags an account that manages an organization.
pub async fn tag(engine: &Engine, account: &str, key: &str) -> Result<Value, Refusal> {
    let input = json!({"ResourceId": id(account).to_string(), "Tags": [{"Key": key, "Value": ""}]});
    call(engine, account, "TagResource", input).await
}

/// The keys of such an account's tags.
pub async fn tags(engine: &Engine, account: &str) -> Vec<String> {
    let input = json!({ "ResourceId": id(account).to_string() });
    let page = call(engine, account, "ListTagsForResource", input).await.unwrap();
    page["Tags"].as_array().unwrap().iter().map(|t| t["Key"].as_str().unwrap().to_owned()).collect()
}

/// The commands in a store's journal, the first one first.
pub fn journal(store: &dyn Store) -> Vec<String> {
    store.journal(usize::MAX).unwrap().iter().rev().map(|row| row.op.to_string()).collect()
}
