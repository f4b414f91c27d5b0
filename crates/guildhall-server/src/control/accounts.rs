//! `/_guildhall/accounts`: accounts, the facts that decide about joining and leaving, and keys.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use guildhall_core::ids::AccountId;
use guildhall_core::internal::create_key::CreateKey;
use guildhall_core::internal::describe_account::DescribeAccount;
use guildhall_core::internal::register_account::RegisterAccount;
use guildhall_core::internal::update_account::UpdateAccount;
use guildhall_core::internal::verify_email::SendVerification;
use guildhall_core::{ControlError, Failure, Owner};
use guildhall_engine::Fault;

use super::{ACTOR, Error, decode, raw_json};
use crate::App;

type Reply = Result<Response, Error>;

fn parse(id: &str) -> Result<AccountId, Error> {
    id.parse().map_err(|_| {
        Error::Fault(Fault::Refused(Failure::Control(ControlError::AccountNotFound(id.to_owned()))))
    })
}

/// Registers a standalone account, with a fresh key.
pub(super) async fn register(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let command = RegisterAccount { input: decode(&body)?, key: true };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// Every account.
pub(super) async fn list(State(app): State<Arc<App>>) -> Reply {
    let mut body = b"{\"Accounts\":[".to_vec();
    let mut separator: &[u8] = b"";
    for id in app.accounts().await? {
        match app.engine.run_as(ACTOR, "", Arc::new(DescribeAccount { account: id })).await {
            Ok(account) => {
                body.extend_from_slice(separator);
                body.extend_from_slice(&account);
                separator = b",";
            }
            // An invitation may wait for an account that does not exist.
            Err(Fault::Refused(Failure::Control(_))) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    body.extend_from_slice(b"]}");
    Ok(raw_json(body))
}

/// One account.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Reply {
    let command = DescribeAccount { account: parse(&id)? };
    Ok(raw_json(app.engine.run_as(ACTOR, "", Arc::new(command)).await?))
}

/// Sets facts.
pub(super) async fn update(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Reply {
    let command = UpdateAccount { account: parse(&id)?, input: decode(&body)? };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// A fresh key for the account's root.
pub(super) async fn create_key(State(app): State<Arc<App>>, Path(id): Path<String>) -> Reply {
    let command = CreateKey { account: parse(&id)? };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// Sends the mail again that verifies a management account's address.
pub(super) async fn send_verification(State(app): State<Arc<App>>, Path(id): Path<String>) -> Reply {
    let command = SendVerification { account: parse(&id)? };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

impl App {
    /// The ids of all accounts, and of those that do not exist and for which an invitation waits.
    pub(crate) async fn accounts(&self) -> Result<Vec<AccountId>, Error> {
        let owners = self.owners("acct/").await?;
        let account = |owner| if let Owner::Account(id) = owner { Some(id) } else { None };
        Ok(owners.into_iter().filter_map(account).collect())
    }

    /// Every owner of a kind, in order.
    pub(crate) async fn owners(&self, prefix: &'static str) -> Result<Vec<Owner>, Error> {
        const AT_ONCE: usize = 1_000;
        let mut owners: Vec<Owner> = Vec::new();
        loop {
            let (store, after) = (self.engine.store(), owners.last().map(ToString::to_string));
            let more = move || store.owners(prefix, after.as_deref(), AT_ONCE);
            let more = self.engine.blocking(more).await?;
            let last = more.len() < AT_ONCE;
            owners.extend(more);
            if last {
                return Ok(owners);
            }
        }
    }
}
