//! The console's routes: what the pages of [`crate::console`] show is read through the engine, and what their
//! buttons do runs as the same operations that the API runs.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::{Cx, Stop, View};
use guildhall_engine::Fault;
use http::{HeaderName, HeaderValue, StatusCode, Uri};

use crate::App;
use crate::console::{self, Header, Membership, Notice, Site};
use crate::control::Error;

mod decision;
mod document;
mod handshake;
mod lab;
mod mail;
mod organization;
mod policy;
mod target;
mod verify;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/accept/{id}", get(handshake::show_old))
        .route("/accept/{organization}/{id}", get(handshake::show).post(handshake::answer))
        .route("/assets/{name}", get(asset))
        .route("/clock", axum::routing::post(lab::clock))
        .route("/mail/retry", axum::routing::post(mail::retry_failed))
        .route("/mail/{id}", get(mail::show))
        .route("/mail/{id}/retry", axum::routing::post(mail::retry))
        .route("/mail/{id}/html", get(mail::html))
        .route("/organizations/{id}", get(organization::show).post(organization::change))
        .route("/organizations/{id}/policies/new", get(policy::blank).post(policy::write))
        .route("/organizations/{id}/policies/{policy}", get(policy::show).post(policy::change))
        .route("/organizations/{id}/targets/{target}", get(target::show).post(target::change))
        .route("/organizations/{id}/targets/{target}/decision", get(decision::blank).post(decision::ask))
        .route("/policies/check", get(document::blank).post(document::check))
        .route("/verification", axum::routing::post(lab::send_verification))
        .route("/verify/{account}/{code}", get(verify::show).post(verify::follow))
}

/// Rows of one list at most.
const ROWS: usize = 100;

/// A refusal as a page tells it.
fn refused(told: ErrorAnswer) -> Notice {
    let reason = told.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    Notice::Refused {
        code: format!("{}{reason}", told.code.unwrap_or_default()),
        message: told.message.into_owned(),
    }
}

/// A page that cannot be shown.
struct Failure {
    site: Box<Site>,
    error: Error,
}

type Page = Result<Response, Failure>;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Error::Request(StatusCode::NOT_FOUND, _, what) = &self.error {
            let body = console::render_not_found(&self.site, what);
            return respond(StatusCode::NOT_FOUND, console::headers(), body);
        }
        let (status, title) = match &self.error {
            Error::Request(status, ..) => (*status, "That did not work"),
            Error::Fault(Fault::Unavailable) => {
                (StatusCode::SERVICE_UNAVAILABLE, "The service is not available")
            }
            Error::Fault(_) | Error::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something broke"),
        };
        let text = match self.error {
            Error::Request(_, _, message) => message,
            Error::Store(e) => {
                tracing::error!(error = %e, "a page cannot be shown");
                "The log says what happened.".to_owned()
            }
            Error::Fault(e) => e.to_string(),
        };
        let page = console::MessagePage { site: *self.site, title: title.into(), text };
        respond(status, console::headers(), console::render_message(&page))
    }
}

fn respond(status: StatusCode, headers: &[Header], body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

impl App {
    /// What every page needs.
    fn site(&self) -> Site {
        Site {
            lab: self.settings.lab,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.engine.clock().now(),
            endpoint: self.settings.base_url.clone(),
            csrf: self.csrf.clone(),
        }
    }

    fn failure(&self, error: impl Into<Error>) -> Failure {
        Failure { site: Box::new(self.site()), error: error.into() }
    }

    /// Refuses what only a lab does.
    fn check_lab(&self, what: &str) -> Result<(), Failure> {
        if self.settings.lab {
            return Ok(());
        }
        Err(self.failure(Error::Request(StatusCode::FORBIDDEN, "Forbidden", what.into())))
    }

    /// Refuses a form that one of our own pages did not hold.
    fn check_form(&self, csrf: Option<&String>) -> Result<(), Failure> {
        if csrf == Some(&self.csrf) {
            return Ok(());
        }
        let what = "This form is from before the server started. Go back, reload the page and try again.";
        Err(self.failure(Error::Request(StatusCode::FORBIDDEN, "Forbidden", what.into())))
    }

    /// Reads the published state, as nobody in particular.
    async fn look<T>(&self, f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>) -> Result<T, Failure> {
        self.engine.read(AccountId::NOBODY, f).await.map_err(|e| self.failure(e))
    }
}

/// A page that says why a request is not looked at.
pub(crate) fn refuse(app: &App, status: StatusCode, what: &str) -> Response {
    app.failure(Error::Request(status, "Refused", what.to_owned())).into_response()
}

/// Which organization an account is in.
fn membership(
    view: &mut View<'_>,
    account: AccountId,
    org: Option<OrgId>,
) -> Result<Option<Membership>, Stop> {
    let Some(org) = org else { return Ok(None) };
    let management = view.org(org)?.is_some_and(|(_, record)| record.management == account);
    Ok(Some(Membership { organization: org.to_string(), management }))
}

/// Whether an account manages its organization.
fn manages(view: &mut View<'_>, account: AccountId, org: Option<OrgId>) -> Result<bool, Stop> {
    Ok(membership(view, account, org)?.is_some_and(|membership| membership.management))
}

/// `/`: the lab at a glance; in production only that the server is there.
async fn home(State(app): State<Arc<App>>, Query(places): Query<lab::Places>) -> Page {
    if app.settings.lab {
        return lab::page(&app, &places, None).await;
    }
    let page = console::ProductionPage { site: app.site(), ready: true };
    Ok(respond(StatusCode::OK, console::headers(), console::render_production(&page)))
}

async fn asset(uri: Uri, Path(_): Path<String>) -> Response {
    match console::asset(uri.path()) {
        Some(asset) => respond(StatusCode::OK, &console::asset_headers(&asset), asset.body),
        None => respond(StatusCode::NOT_FOUND, &[("content-type", "text/plain")], "not found\n"),
    }
}
