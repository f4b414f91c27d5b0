//! `/_guildhall/limits`: the limits of one organization.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use guildhall_core::kernel::ids::OrgId;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::state::limits::LimitOverrides;
use serde::Deserialize;

use super::{ACTOR, Error, bad, decode, raw_json};
use crate::App;

#[derive(Deserialize)]
pub(super) struct Which {
    organization: Option<OrgId>,
}

/// The limits that hold.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Error> {
    let which = which.ok().and_then(|Query(w)| w.organization);
    let org = which.ok_or_else(|| bad("organization: is required, such as ?organization=o-a1b2c3d4e5"))?;
    let command = OrganizationLimits { org, set: None };
    Ok(raw_json(app.engine.run_as(ACTOR, "", Arc::new(command)).await?))
}

/// Sets some of them.
pub(super) async fn set(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Error> {
    let mut input: serde_json::Map<String, serde_json::Value> = decode(&body)?;
    let org = input.remove("OrganizationId");
    let org = org.as_ref().and_then(|id| id.as_str()?.parse().ok());
    let org: OrgId = org.ok_or_else(|| bad("OrganizationId: is required, such as o-a1b2c3d4e5"))?;
    let set: LimitOverrides = serde_json::from_value(input.into()).map_err(|e| bad(e.to_string()))?;
    let command = OrganizationLimits { org, set: Some(set) };
    Ok(raw_json(app.engine.run_as(ACTOR, &app.request_ids.next(), Arc::new(command)).await?))
}
