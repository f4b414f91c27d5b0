//! `/_guildhall/accounts`: accounts, the facts that decide about joining and leaving, and keys.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use guildhall_core::ControlError;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::create_key::CreateKey;
use guildhall_core::operator::create_session::CreateSession;
use guildhall_core::operator::create_user::CreateUser;
use guildhall_core::operator::describe_account::DescribeAccount;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::operator::verify_email::SendVerification;
use guildhall_engine::EngineError;
use serde::Deserialize;

use super::{ACTOR, Error, bad, decode, page_limit, raw_json};
use crate::App;

type Reply = Result<Response, Error>;

fn parse(id: &str) -> Result<AccountId, Error> {
    id.parse()
        .map_err(|_| Error::Engine(EngineError::Refused(ControlError::AccountNotFound(id.to_owned()).into())))
}

/// Registers a standalone account, with a fresh key.
pub(super) async fn register(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let command = RegisterAccount { input: decode(&body)?, key: true };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// Which accounts to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    after: Option<String>,
    limit: Option<usize>,
}

/// A page of accounts. It may hold fewer than were asked for although there is another one: an invitation may wait for
/// an account that does not exist.
pub(super) async fn list(State(app): State<Arc<App>>, which: Result<Query<Which>, QueryRejection>) -> Reply {
    let Query(which) = which.map_err(|e| bad(e.body_text()))?;
    let after = which.after.map(|id| id.parse::<AccountId>()).transpose();
    let after = after.map_err(|_| bad("after: has to be the `Next` of a page, or an account's 12 digits"))?;
    let (ids, more) = app.accounts(after, page_limit(which.limit)?).await?;
    let mut body = b"{\"Accounts\":[".to_vec();
    let mut separator: &[u8] = b"";
    for account in &ids {
        match app.engine.run_as(ACTOR, "", Arc::new(DescribeAccount { account: *account })).await {
            Ok(account) => {
                body.extend_from_slice(separator);
                body.extend_from_slice(&account);
                separator = b",";
            }
            Err(EngineError::Refused(refusal)) if refusal.own::<ControlError>().is_some() => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    body.push(b']');
    if let Some(last) = ids.last().filter(|_| more) {
        body.extend_from_slice(format!(",\"Next\":\"{last}\"").as_bytes());
    }
    body.push(b'}');
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

/// A user with a fresh key.
pub(super) async fn create_user(State(app): State<Arc<App>>, Path(id): Path<String>, body: Bytes) -> Reply {
    let command = CreateUser { account: parse(&id)?, input: decode(&body)?, key: true };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// Credentials of a role.
pub(super) async fn create_session(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Reply {
    let command = CreateSession { account: parse(&id)?, input: decode(&body)? };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}

/// Sends the mail again that verifies a management account's address.
pub(super) async fn send_verification(State(app): State<Arc<App>>, Path(id): Path<String>) -> Reply {
    let command = SendVerification { account: parse(&id)? };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}
