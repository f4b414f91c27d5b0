//! The pages about organizations: their trees, their policies, and what accounts get of them.
//!
//! Their forms post to the page's own address with the fields `csrf`, `action` and those of the form.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::App;

mod check;
mod decision;
mod excerpt;
mod links;
mod organization;
mod policy;
mod target;

/// The routes of these pages.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/organizations/{id}", get(organization::show).post(organization::change))
        .route("/organizations/{id}/policies/new", get(policy::blank).post(policy::write))
        .route("/organizations/{id}/policies/{policy}", get(policy::show).post(policy::change))
        .route("/organizations/{id}/targets/{target}", get(target::show).post(target::change))
        .route("/organizations/{id}/targets/{target}/decision", get(decision::blank).post(decision::ask))
        .route("/policies/check", get(check::blank).post(check::check))
}

#[cfg(test)]
pub(super) mod tests;
