//! `/mail/<id>`: a mail of the lab's mailbox.

use std::sync::Arc;

use axum::extract::{Path, State};
use guildhall_core::mail::{Content, Mail};
use http::StatusCode;

use super::{Page, respond};
use crate::App;
use crate::console::{self, HandshakeLink, MailPage, MailRow};
use crate::control::missing;
use crate::mail::render;

/// The mail, its text, and its HTML in a frame.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let unknown = || app.failure(missing("mail"));
    let found = if app.settings.lab { app.find_mail(id).await.map_err(|e| app.failure(e))? } else { None };
    let mail = found.ok_or_else(unknown)?;
    let rendered = render(&mail, &app.settings.base_url);
    let page = MailPage {
        site: app.site(),
        kind: mail.mail.kind.wire().to_owned(),
        handshake: link(&mail.mail),
        text: rendered.text,
        attempts: mail.attempts,
        last_error: mail.last_error,
        mail: MailRow {
            id: mail.id,
            made: mail.made,
            to: mail.mail.to.to_string(),
            subject: rendered.subject,
            state: mail.state.name().to_owned(),
        },
    };
    Ok(respond(StatusCode::OK, console::mail_page_headers(), console::render_mail(&page)))
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
    let unknown = || app.failure(missing("mail"));
    let found = if app.settings.lab { app.find_mail(id).await.map_err(|e| app.failure(e))? } else { None };
    let html = render(&found.ok_or_else(unknown)?, &app.settings.base_url).html;
    Ok(respond(StatusCode::OK, console::mail_html_headers(), html))
}
