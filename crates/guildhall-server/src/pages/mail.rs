//! `/mail/<id>`: a mail of the lab's mailbox.

use std::sync::Arc;

use axum::extract::{Path, State};
use guildhall_store::OutboxMail;
use http::StatusCode;

use super::{Failure, Page, respond};
use crate::App;
use crate::console::{self, MailPage, MailRow};
use crate::control::missing;
use crate::mail::render;

async fn find(app: &App, id: String) -> Result<OutboxMail, Failure> {
    let unknown = || app.failure(missing("There is no such mail."));
    if !app.settings.lab {
        return Err(unknown());
    }
    let store = app.engine.store();
    let mail = app.engine.blocking(move || store.mail(&id)).await.map_err(|e| app.failure(e))?;
    mail.ok_or_else(unknown)
}

/// The mail, its text, and its HTML in a frame.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let mail = find(&app, id).await?;
    let rendered = render(&mail, &app.settings.base_url);
    let page = MailPage {
        site: app.site(),
        kind: mail.mail.kind.name().to_owned(),
        handshake: mail.mail.handshake.to_string(),
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

/// The mail's HTML, alone.
pub(super) async fn html(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let mail = find(&app, id).await?;
    let html = render(&mail, &app.settings.base_url).html;
    Ok(respond(StatusCode::OK, console::mail_html_headers(), html))
}
