//! The console: pages as plain models and pure functions that render them, without JavaScript.
//!
//! The caller fills the models from the same operations as the API, serves [`asset`] below `/assets/`, and sends the
//! headers that belong to each answer ([`headers()`], [`mail_page_headers`], [`mail_html_headers`]).
//!
//! Forms post to `/accept/<organization id>/<handshake id>` with the fields `csrf`, `account` and `action` ([`Answer`]); to `/clock` with
//! `csrf` and either `advance` ([`NEXT_EXPIRY`] or a length of time such as `1h`) or `freeze` (`true`, `false`); to
//! `/verify/<account id>/<code>` with `csrf`; and to `/verification` with `csrf` and `account`. Those about policies are
//! described in [`policies`].

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use http::StatusCode;

use crate::App;
use page::{Page, respond};

mod assets;
mod handshake;
mod headers;
mod lab;
mod mail;
mod model;
mod page;
pub mod policies;
mod templates;
mod verify;
pub(crate) mod words;

pub use assets::{Asset, asset, asset_headers};
pub use headers::{CONTENT_SECURITY_POLICY, Header, headers, mail_html_headers, mail_page_headers};
pub use model::{
    AccountRow, Answer, Answerer, ApprovalRow, Approvals, Clock, HandshakeLink, HandshakePage, InvitationRow,
    LabPage, Link, Listed, MailPage, MailRow, Membership, MessagePage, NEXT_EXPIRY, Notice, Offer,
    OrganizationRow, Paged, ProductionPage, Recipient, RequestRow, Site, Subject, VerifyPage,
};
pub use templates::{
    render_handshake, render_lab, render_mail, render_message, render_not_found, render_production,
    render_verify,
};

pub(crate) use page::refuse;

/// The routes of all pages.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .merge(policies::router())
        .route("/", get(home))
        .route("/accept/{id}", get(handshake::show_old))
        .route("/accept/{organization}/{id}", get(handshake::show).post(handshake::answer))
        .route("/assets/{name}", get(assets::serve))
        .route("/clock", post(lab::clock))
        .route("/mail/retry", post(mail::retry_failed))
        .route("/mail/{id}", get(mail::show))
        .route("/mail/{id}/retry", post(mail::retry))
        .route("/mail/{id}/html", get(mail::html))
        .route("/verification", post(lab::send_verification))
        .route("/verify/{account}/{code}", get(verify::show).post(verify::follow))
}

/// `/`: the lab at a glance; in production only that the server is there.
async fn home(State(app): State<Arc<App>>, Query(places): Query<lab::Places>) -> Page {
    if app.settings.lab {
        return lab::page(&app, &places, None).await;
    }
    let page = ProductionPage { site: app.site(), ready: true };
    Ok(respond(StatusCode::OK, headers(), render_production(&page)))
}
