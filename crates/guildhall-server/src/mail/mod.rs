//! Mails: what each looks like, and how it leaves.
//!
//! [`render()`] turns a mail of the outbox into subject, text and HTML; [`Composer::compose`] makes a message
//! of them; a [`guildhall_engine::Transport`] sends it. Which transport, and how often it tries, is
//! [`MailConfig`]'s to say.

pub mod config;
mod connection;
pub mod file;
mod mime;
mod notice;
mod render;
pub mod smtp;

use guildhall_core::kernel::time::Timestamp;
use guildhall_store::OutboxMail;
pub use lettre::message::Mailbox;

pub(crate) use config::duration;
pub use config::{ConfigError, MailConfig, RetryConfig, Security, SmtpConfig, TransportKind};
pub use render::{RenderedMail, render};

/// A mail, ready to be sent.
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

/// Addresses and contents are personal: only the id is shown.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Makes messages of the outbox's mails.
#[derive(Clone, Debug)]
pub struct Composer {
    /// Who sends them.
    pub from: Mailbox,
    /// Where the links in them lead.
    pub base_url: String,
}

impl Composer {
    /// A mail of the outbox as it is sent.
    pub fn compose(&self, mail: &OutboxMail) -> Message {
        let RenderedMail { subject, text, html } = render(mail, &self.base_url);
        Message {
            id: mail.id.clone(),
            message_id: format!("<{}@{}>", mail.id, self.from.email.domain()),
            from: self.from.clone(),
            to: mail.mail.to.to_string(),
            subject,
            text,
            html,
            date: mail.made,
        }
    }
}
