//! Operations of the services as commands, by their names.

use std::sync::Arc;

use guildhall_core::Command;
use guildhall_core::services::{self, PlainJson, Service, account, organizations};
use serde_json::Value;

fn names(service: &str) -> impl Iterator<Item = &'static str> {
    let service: &'static Service<PlainJson> = services::service(service).unwrap();
    service.operations.iter().map(|entry| entry.name)
}

/// A call of an operation. Panics when there is none of this name, or a member has the wrong type.
pub fn command_of(service: &str, operation: &str, input: &Value) -> Arc<dyn Command> {
    let found = services::find::<PlainJson>(service, operation);
    let (service, entry) = found.unwrap_or_else(|| panic!("{service} has no operation {operation}"));
    let command = (entry.read)(service.name, input.to_string().as_bytes(), ());
    command.unwrap_or_else(|e| panic!("{operation} {input}: {e}")).into()
}

/// The names of all operations of Organizations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    names(organizations::NAME)
}

/// A call of an operation of Organizations, as [`command_of`].
pub fn command(operation: &str, input: &Value) -> Arc<dyn Command> {
    command_of(organizations::NAME, operation, input)
}

/// The names of all operations of Account Management.
pub fn account_operations() -> impl Iterator<Item = &'static str> {
    names(account::NAME)
}

/// A call of an operation of Account Management, as [`command_of`].
pub fn account_command(operation: &str, input: &Value) -> Arc<dyn Command> {
    command_of(account::NAME, operation, input)
}
