//! Mails: what each looks like, and how it leaves.
//!
//! [`render()`] turns a mail of the outbox into subject, text and HTML; [`Message::new`] adds the envelope; a
//! [`Transport`] hands it over. Which transport, and how often it tries, is [`MailConfig`]'s to say.

pub mod config;
mod connection;
pub mod file;
mod mime;
mod notice;
mod render;
pub mod smtp;

use std::time::Duration;

use guildhall_core::kernel::time::Timestamp;
use guildhall_store::OutboxMail;
pub use lettre::message::Mailbox;

pub(crate) use config::duration;
pub use config::{ConfigError, MailConfig, RetryConfig, Security, SmtpConfig, TransportKind};
pub use render::{RenderedMail, render};

/// A mail, ready to be handed over.
#[derive(Clone)]
pub struct Message {
    /// The mail's id in the outbox.
    pub id: String,
    /// Who sends it.
    pub from: Mailbox,
    /// Whose it is.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// It as plain text.
    pub text: String,
    /// It as HTML.
    pub html: String,
    /// Its Message-ID, the same in every try, so that a mailbox can tell a mail that comes twice.
    pub message_id: String,
    /// When it was made.
    pub date: Timestamp,
}

impl Message {
    /// A mail of the outbox as it leaves.
    pub fn new(mail: &OutboxMail, base_url: &str, from: &Mailbox) -> Self {
        let RenderedMail { subject, text, html } = render(mail, base_url);
        Self {
            id: mail.id.clone(),
            message_id: format!("<{}@{}>", mail.id, from.email.domain()),
            from: from.clone(),
            to: mail.mail.to.to_string(),
            subject,
            text,
            html,
            date: mail.made,
        }
    }
}

/// Addresses and contents are personal: only the id is shown.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a mail was not handed over. Names nobody, so that it can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SendError {
    /// Trying this mail again is of no use.
    pub permanent: bool,
    /// What happened.
    pub what: String,
}

impl SendError {
    fn permanent(what: impl Into<String>) -> Self {
        Self { permanent: true, what: what.into() }
    }

    fn temporary(what: impl Into<String>) -> Self {
        Self { permanent: false, what: what.into() }
    }
}

/// Hands mails over. Blocking: call it where that disturbs nobody.
pub trait Transport: Send + Sync {
    /// Hands one mail over.
    fn send(&self, message: &Message) -> Result<(), SendError>;

    /// How long one [`Transport::send`] may take: a lease has to be longer.
    fn longest_send(&self) -> Duration;
}
