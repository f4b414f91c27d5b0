//! What the handlers of all pages need.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::{Cx, Stop, View};
use guildhall_engine::Fault;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::App;
use crate::console::{self, Header, Membership, Notice, Site};
use crate::control::Error;

/// Rows of one list at most.
pub(super) const ROWS: usize = 100;

/// A refusal as a page tells it.
pub(super) fn refused(told: ErrorAnswer) -> Notice {
    let reason = told.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    Notice::Refused {
        code: format!("{}{reason}", told.code.unwrap_or_default()),
        message: told.message.into_owned(),
    }
}

/// A page that cannot be shown.
pub(super) struct Failure {
    site: Box<Site>,
    error: Error,
}

pub(super) type Page = Result<Response, Failure>;

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

pub(super) fn respond(status: StatusCode, headers: &[Header], body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

impl App {
    /// What every page needs.
    pub(super) fn site(&self) -> Site {
        Site {
            lab: self.settings.lab,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.engine.clock().now(),
            endpoint: self.settings.base_url.clone(),
            csrf: self.csrf.clone(),
        }
    }

    pub(super) fn failure(&self, error: impl Into<Error>) -> Failure {
        Failure { site: Box::new(self.site()), error: error.into() }
    }

    /// Refuses what only a lab does.
    pub(super) fn check_lab(&self, what: &str) -> Result<(), Failure> {
        if self.settings.lab {
            return Ok(());
        }
        Err(self.failure(Error::Request(StatusCode::FORBIDDEN, "Forbidden", what.into())))
    }

    /// Refuses a form that one of our own pages did not hold.
    pub(super) fn check_form(&self, csrf: Option<&String>) -> Result<(), Failure> {
        if csrf == Some(&self.csrf) {
            return Ok(());
        }
        let what = "This form is from before the server started. Go back, reload the page and try again.";
        Err(self.failure(Error::Request(StatusCode::FORBIDDEN, "Forbidden", what.into())))
    }

    /// Reads the published state, as nobody in particular.
    pub(super) async fn look<T>(
        &self,
        f: impl Fn(&Cx<'_>, &mut View<'_>) -> Result<T, Stop>,
    ) -> Result<T, Failure> {
        self.engine.read(AccountId::NOBODY, f).await.map_err(|e| self.failure(e))
    }
}

/// A page that says why a request is not looked at.
pub(crate) fn refuse(app: &App, status: StatusCode, what: &str) -> Response {
    app.failure(Error::Request(status, "Refused", what.to_owned())).into_response()
}

/// Which organization an account is in.
pub(super) fn membership(
    view: &mut View<'_>,
    account: AccountId,
    org: Option<OrgId>,
) -> Result<Option<Membership>, Stop> {
    let Some(org) = org else { return Ok(None) };
    let management = view.org(org)?.is_some_and(|(_, record)| record.management == account);
    Ok(Some(Membership { organization: org.to_string(), management }))
}

/// Whether an account manages its organization.
pub(super) fn manages(view: &mut View<'_>, account: AccountId, org: Option<OrgId>) -> Result<bool, Stop> {
    Ok(membership(view, account, org)?.is_some_and(|membership| membership.management))
}
