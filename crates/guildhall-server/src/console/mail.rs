//! `/mail/<id>`: a mail of the lab's mailbox.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use guildhall_core::kernel::time::Timestamp;
use guildhall_core::state::mail::{Content, Mail};
use http::StatusCode;
use serde::Deserialize;

use super::headers::{mail_html_headers, mail_page_headers};
use super::page::{Failure, Notice, Page, Site, finish, respond};
use super::{assets, lab, words};
use crate::App;
use crate::control::{Error, MailState, OutboxMail, missing};
use crate::mail::render;

/// `/mail/<mail id>`: one mail. Its HTML is served at `/mail/<mail id>/html`, with [`mail_html_headers`].
#[derive(Clone, Debug)]
pub(crate) struct MailPage {
    /// The site.
    pub(crate) site: Site,
    /// The mail.
    pub(crate) mail: MailRow,
    /// Which mail it is.
    pub(crate) kind: String,
    /// The handshake it is about, if it is about one.
    pub(crate) handshake: Option<HandshakeLink>,
    /// It as plain text.
    pub(crate) text: String,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// Why the last try failed.
    pub(crate) last_error: Option<String>,
    /// Whether it was delivered: it is not sent again.
    pub(crate) delivered: bool,
}

/// A mail of the lab's mailbox.
#[derive(Clone, Debug)]
pub(crate) struct MailRow {
    /// Its id.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) made: Timestamp,
    /// VerificationFields it is.
    pub(crate) to: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Where it stands: `PENDING`, `DELIVERED` or `FAILED`.
    pub(crate) state: String,
}

/// A handshake, as pages lead to it.
#[derive(Clone, Debug)]
pub(crate) struct HandshakeLink {
    /// The organization that sent it.
    pub(crate) organization: String,
    /// Its id.
    pub(crate) id: String,
}

#[derive(Template)]
#[template(path = "console/mail.html")]
struct MailTemplate<'a> {
    site: &'a Site,
    page: &'a MailPage,
}

/// `/mail/<mail id>`.
pub(crate) fn render_mail(page: &MailPage) -> String {
    finish(&MailTemplate { site: &page.site, page })
}

/// The mail, its text, and its HTML in a frame.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let site = app.site();
    let page = find(&app, id, |mail, base_url| {
        let rendered = render(&mail, base_url);
        render_mail(&MailPage {
            site,
            kind: mail.mail.kind.wire().to_owned(),
            handshake: link(&mail.mail),
            text: rendered.text,
            attempts: mail.attempts,
            last_error: mail.last_error,
            delivered: mail.state == MailState::Delivered,
            mail: MailRow {
                id: mail.id,
                made: mail.made,
                to: mail.mail.to.to_string(),
                subject: rendered.subject,
                state: mail.state.name().to_owned(),
            },
        })
    });
    Ok(respond(StatusCode::OK, mail_page_headers(), page.await?))
}

/// The handshake that a mail is about.
fn link(mail: &Mail) -> Option<HandshakeLink> {
    match (&mail.about, mail.handshake) {
        (Content::Handshake(about), Some(id)) => {
            Some(HandshakeLink { organization: about.organization.to_string(), id: id.to_string() })
        }
        _ => None,
    }
}

/// The mail's HTML, alone.
pub(super) async fn html(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let html = find(&app, id, |mail, base_url| render(&mail, base_url).html).await?;
    Ok(respond(StatusCode::OK, mail_html_headers(), html))
}

/// What `show` makes of a mail of the lab's mailbox.
async fn find(
    app: &App,
    id: String,
    show: impl FnOnce(OutboxMail, &str) -> String + Send + 'static,
) -> Result<String, Failure> {
    let found = if app.settings.lab { app.mail(id, show).await.map_err(|e| app.failure(e))? } else { None };
    found.ok_or_else(|| app.failure(missing("mail")))
}

/// The field of the forms that send mails again.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
}

/// Puts a mail back to be sent, and shows the lab.
pub(super) async fn retry(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Page {
    app.check_lab(NO_BUTTON)?;
    app.check_form(fields.csrf.as_ref())?;
    let done = app.retry_mail(id).await.map(|()| "The mail is tried again.".to_owned());
    retried(&app, done).await
}

/// Puts all mails that were given up back to be sent, and shows the lab.
pub(super) async fn retry_failed(State(app): State<Arc<App>>, Form(fields): Form<Fields>) -> Page {
    app.check_lab(NO_BUTTON)?;
    app.check_form(fields.csrf.as_ref())?;
    let done = app.retry_failed_mails().await.map(|retried| match retried {
        1 => "One mail is tried again.".to_owned(),
        n => format!("{n} mails are tried again."),
    });
    retried(&app, done).await
}

/// The lab, with what became of sending mails again.
async fn retried(app: &Arc<App>, done: Result<String, Error>) -> Page {
    let notice = match done {
        Ok(done) => Notice::Done(done),
        Err(Error::Request(StatusCode::CONFLICT, code, message)) => {
            Notice::Refused { code: code.into(), message }
        }
        Err(e) => return Err(app.failure(e)),
    };
    lab::page(app, &lab::Cursors::default(), Some(notice)).await
}

/// Why a production server has no such buttons.
const NO_BUTTON: &str = "Mails of a production server are sent again by its operator.";
