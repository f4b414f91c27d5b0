//! What all pages have in common.

use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::kernel::time::Timestamp;
use guildhall_core::{Cx, Stop, View};
use guildhall_engine::EngineError;
use http::{HeaderName, HeaderValue, StatusCode};

use super::headers::{Header, headers};
use super::{assets, words};
use crate::App;
use crate::control::Error;

/// Rows of one list at most.
pub(super) const ROWS: usize = 100;

/// What every page needs.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Lab mode.
    pub(crate) lab: bool,
    /// The program's version.
    pub(crate) version: String,
    /// Business time.
    pub(crate) now: Timestamp,
    /// Where AWS tools reach the server, as in `http://127.0.0.1:4615`.
    pub(crate) endpoint: String,
    /// The token that forms carry, so that no other site can post them.
    pub(crate) csrf: String,
}

/// What became of a form.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// It is done.
    Done(String),
    /// It was refused.
    Refused {
        /// The error's code, as the API has it.
        code: String,
        /// Its message.
        message: String,
    },
}

impl From<ErrorAnswer> for Notice {
    fn from(told: ErrorAnswer) -> Self {
        let reason = told.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        Self::Refused {
            code: format!("{}{reason}", told.code.unwrap_or_default()),
            message: told.message.into_owned(),
        }
    }
}

/// The rows that are shown of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
    /// There are more that are not shown.
    pub(crate) more: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

/// The first rows of many.
pub(super) fn listed<T>(rows: impl IntoIterator<Item = T>) -> Listed<T> {
    let mut rows: Vec<T> = rows.into_iter().take(ROWS + 1).collect();
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    Listed { rows, more }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(crate) struct Paged<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
    /// Where the next page is, if there is one.
    pub(crate) next: Option<String>,
    /// There are pages before this one.
    pub(crate) later: bool,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), next: None, later: false }
    }
}

impl<T> Paged<T> {
    /// Whether the list has no entry at all, as far as can be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.next.is_none() && !self.later
    }
}

/// That an account is in an organization.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    /// The organization.
    pub(crate) organization: String,
    /// The account manages it.
    pub(crate) management: bool,
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

/// A page that says one thing, such as an error.
#[derive(Clone, Debug)]
pub(crate) struct MessagePage {
    /// The site.
    pub(crate) site: Site,
    /// What happened.
    pub(crate) title: String,
    /// What it means, and what to do.
    pub(crate) text: String,
}

#[derive(Template)]
#[template(path = "console/message.html")]
struct MessageTemplate<'a> {
    site: &'a Site,
    page: &'a MessagePage,
}

/// A page that says one thing.
pub(crate) fn render_message(page: &MessagePage) -> String {
    finish(&MessageTemplate { site: &page.site, page })
}

/// The page for what is not there. `what` is what was looked for, as in `invitation`.
pub(crate) fn render_not_found(site: &Site, what: &str) -> String {
    render_message(&MessagePage {
        site: site.clone(),
        title: format!("There is no such {what}"),
        text: "The link may be incomplete, or what it led to is gone: a handshake disappears 30 days after its end."
            .to_owned(),
    })
}

/// A template writes into a `String`, which cannot fail.
pub(super) fn finish(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

/// A page that cannot be shown.
pub(super) struct Failure {
    site: Box<Site>,
    error: Error,
}

/// What a handler answers.
pub(super) type Page = Result<Response, Failure>;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Error::Request(StatusCode::NOT_FOUND, _, what) = &self.error {
            let body = render_not_found(&self.site, what);
            return respond(StatusCode::NOT_FOUND, headers(), body);
        }
        let (status, title) = match &self.error {
            Error::Request(status, ..) => (*status, "That did not work"),
            Error::Engine(EngineError::Unavailable) => {
                (StatusCode::SERVICE_UNAVAILABLE, "The service is not available")
            }
            Error::Engine(_) | Error::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Something broke"),
        };
        let text = match self.error {
            Error::Request(_, _, message) => message,
            Error::Store(e) => {
                tracing::error!(error = %e, "a page cannot be shown");
                "The log says what happened.".to_owned()
            }
            Error::Engine(e) => e.to_string(),
        };
        let page = MessagePage { site: *self.site, title: title.into(), text };
        respond(status, headers(), render_message(&page))
    }
}

/// The status of a page that tells what became of a form.
pub(super) fn status(notice: Option<&Notice>) -> StatusCode {
    match notice {
        Some(Notice::Refused { .. }) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    }
}

/// A page with its status and headers.
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

    /// The page that says why another one cannot be shown.
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
