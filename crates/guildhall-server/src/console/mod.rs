//! The console: pages without JavaScript.
//!
//! A page is a plain model, a pure function that renders it, and handlers that fill the model through the
//! engine. What its buttons do runs as the same operations that the API runs.
//!
//! Forms post to `/accept/<organization id>/<handshake id>` with the fields `csrf`, `account` and `action`
//! ([`handshake::Answer`]); to `/clock` with `csrf` and either `advance` ([`lab::NEXT_EXPIRY`] or a length of
//! time such as `1h`) or `freeze` (`true`, `false`); to `/verify/<account id>/<code>` with `csrf`; to
//! `/verification` with `csrf` and `account`; and to `/mail/retry` and `/mail/<mail id>/retry` with `csrf`.
//! Those about policies are described in [`policies`].

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use http::StatusCode;

use crate::App;
use headers::headers;
use page::{Page, Site, finish, respond};

mod assets;
mod handshake;
mod headers;
mod lab;
mod mail;
mod page;
mod policies;
mod verify;
pub(crate) mod words;

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

/// `/` in production: that the server is there, and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct ProductionPage {
    /// The site.
    pub(crate) site: Site,
    /// It takes requests.
    pub(crate) ready: bool,
}

#[derive(Template)]
#[template(path = "console/production.html")]
struct ProductionTemplate<'a> {
    site: &'a Site,
    page: &'a ProductionPage,
}

/// `/` in production.
pub(crate) fn render_production(page: &ProductionPage) -> String {
    finish(&ProductionTemplate { site: &page.site, page })
}

/// `/`: the lab at a glance; in production only that the server is there.
async fn home(State(app): State<Arc<App>>, Query(cursors): Query<lab::Cursors>) -> Page {
    if app.settings.lab {
        return lab::page(&app, &cursors, None).await;
    }
    let page = ProductionPage { site: app.site(), ready: true };
    Ok(respond(StatusCode::OK, headers(), render_production(&page)))
}

#[cfg(test)]
mod tests;
