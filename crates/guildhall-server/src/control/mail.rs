//! `/_guildhall/mail`: every mail that was made, and how its delivery stands.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use guildhall_core::Timestamp;
use guildhall_core::kernel::ids::HandshakeId;
use guildhall_store::{MailFilter, MailState, OutboxMail};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Error, bad, decode, json, missing, page_limit};
use crate::App;
use crate::mail::render;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    to: Option<String>,
    since: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    id: &'a str,
    to: &'a str,
    subject: String,
    text: String,
    html: String,
    kind: &'static str,
    handshake_id: Option<HandshakeId>,
    sent_at: String,
    state: &'static str,
    attempts: u32,
    last_error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mailbox<'a> {
    mail: Vec<Output<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

fn output<'a>(mail: &'a OutboxMail, base_url: &str) -> Output<'a> {
    let rendered = render(mail, base_url);
    Output {
        id: &mail.id,
        to: mail.mail.to.as_str(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        kind: mail.mail.kind.wire(),
        handshake_id: mail.mail.handshake,
        sent_at: mail.made.to_string(),
        state: mail.state.name(),
        attempts: mail.attempts,
        last_error: mail.last_error.as_deref(),
    }
}

/// A page of mails, the oldest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Error> {
    let Query(which) = which.map_err(|e| bad(e.body_text()))?;
    let since = which.since.map(|text| text.parse::<jiff::Timestamp>()).transpose();
    let since =
        since.map_err(|_| bad("since: has to be an RFC 3339 instant, such as 2031-01-31T12:00:00Z"))?;
    let since = since.map(|t| Timestamp(t.as_millisecond()));
    let (to, after, limit) = (which.to, which.after, page_limit(which.limit)?);
    let filter = MailFilter { to, since, after, limit, latest_first: false };
    let page = app.mails(filter, |mails, more, base_url| {
        let next = mails.last().filter(|_| more).map(|last| last.id.as_str());
        json(&Mailbox { mail: mails.iter().map(|m| output(m, base_url)).collect(), next })
    });
    page.await
}

/// One mail.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Error> {
    let found = app.mail(id, |mail, base_url| json(&output(&mail, base_url))).await?;
    found.ok_or_else(|| missing("no mail has this id"))
}

/// Puts a mail back to be sent, and answers it.
pub(super) async fn retry(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Error> {
    app.retry_mail(id.clone()).await?;
    show(State(app), Path(id)).await
}

/// Which mails to put back.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Those {
    state: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Retried {
    retried: u64,
}

/// Puts all mails that were given up back to be sent, and answers how many there were.
pub(super) async fn retry_failed(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Error> {
    let those: Those = decode(&body)?;
    if those.state != MailState::Failed.name() {
        return Err(bad("State: has to be FAILED; a mail that waits is put back by its id"));
    }
    Ok(json(&Retried { retried: app.retry_failed_mails().await? }))
}

impl App {
    /// Puts a mail back to be sent. Refuses one that is not there, one that was delivered, and any where nobody sends.
    pub(crate) async fn retry_mail(&self, id: String) -> Result<(), Error> {
        let found = if self.engine.delivers() {
            self.engine.retry_mail(id).await?.map(|mail| mail.state)
        } else {
            self.mail(id, |mail, _| mail.state).await?
        };
        match found {
            None => Err(missing("no mail has this id")),
            Some(MailState::Delivered) => {
                let what = "the mail was delivered; one that waits or was given up can be sent again";
                Err(Error::Request(StatusCode::CONFLICT, "MailDelivered", what.into()))
            }
            Some(MailState::Pending | MailState::Failed) => self.check_sender(),
        }
    }

    /// Puts all mails back that were given up, and answers how many there were. Refuses it where nobody sends.
    pub(crate) async fn retry_failed_mails(&self) -> Result<u64, Error> {
        if self.engine.store().mail_counts().failed > 0 {
            self.check_sender()?;
        }
        Ok(self.engine.retry_failed_mails().await?)
    }

    fn check_sender(&self) -> Result<(), Error> {
        if self.engine.delivers() {
            return Ok(());
        }
        let what =
            "nobody sends mails here: with the transport `mailbox` they are only listed; set mail.transport";
        Err(Error::Request(StatusCode::CONFLICT, "NoTransport", what.into()))
    }
}

/// Removes all mails but those that still wait for delivery.
pub(super) async fn clear(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let store = app.engine.store();
    app.engine.blocking(move || store.clear_mails()).await?;
    Ok(super::raw_json("{}"))
}
