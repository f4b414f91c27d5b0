//! Delivers the outbox's mails over the configured transport.

use std::sync::Arc;

use guildhall_engine::{DeliveryError, Postman};
use guildhall_store::OutboxMail;

use crate::mail::{ConfigError, MailConfig, Mailbox, Message, Transport};

struct TransportPostman {
    transport: Box<dyn Transport>,
    from: Mailbox,
    base_url: String,
}

impl Postman for TransportPostman {
    fn deliver(&self, mail: &OutboxMail) -> Result<(), DeliveryError> {
        let message = Message::new(mail, &self.base_url, &self.from);
        self.transport.send(&message).map_err(|e| DeliveryError { permanent: e.permanent, what: e.what })
    }

    fn longest_delivery(&self) -> std::time::Duration {
        self.transport.longest_send()
    }
}

/// The postman that a configuration asks for; none where the mailbox is all there is. `base_url` is where the
/// links in mails lead.
pub fn postman(config: &MailConfig, base_url: &str) -> Result<Option<Arc<dyn Postman>>, ConfigError> {
    let from = config.sender()?;
    Ok(config.transport()?.map(|transport| {
        Arc::new(TransportPostman { transport, from, base_url: base_url.to_owned() }) as Arc<dyn Postman>
    }))
}
