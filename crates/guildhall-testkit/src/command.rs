//! Operations of the API as commands, by their names.

use std::sync::Arc;

use guildhall_core::Command;
use guildhall_core::services::account::{self, Route};
use guildhall_core::services::{self, Decode, Entry, organizations};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Bodies as plain JSON.
struct Plain;

impl Decode for Plain {
    type Error = serde_json::Error;

    fn decode<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
        serde_json::from_slice(body)
    }
}

static TABLE: [Entry<Plain>; organizations::COUNT] = organizations::table();

/// The names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|e| e.name)
}

/// A call of an operation. Panics when there is none of this name, or a member has the wrong type.
pub fn command(operation: &str, input: &Value) -> Arc<dyn Command> {
    let entry = &TABLE
        [services::find(&TABLE, operation).unwrap_or_else(|| panic!("there is no operation {operation}"))];
    let command = (entry.parse)(input.to_string().as_bytes());
    command.unwrap_or_else(|e| panic!("{operation} {input}: {e}")).into()
}

static ACCOUNT_TABLE: [Route<Plain>; account::COUNT] = account::table();

/// The names of all operations of the Account Management API.
pub fn account_operations() -> impl Iterator<Item = &'static str> {
    ACCOUNT_TABLE.iter().map(|route| route.entry.name)
}

/// A call of an operation of the Account Management API. Panics when there is none of this name, or a member has
/// the wrong type.
pub fn account_command(operation: &str, input: &Value) -> Arc<dyn Command> {
    let route = ACCOUNT_TABLE.iter().find(|route| route.entry.name == operation);
    let route = route.unwrap_or_else(|| panic!("there is no operation {operation}"));
    let command = (route.entry.parse)(input.to_string().as_bytes());
    command.unwrap_or_else(|e| panic!("{operation} {input}: {e}")).into()
}
