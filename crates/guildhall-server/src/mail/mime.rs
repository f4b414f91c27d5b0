//! A message as MIME: `multipart/alternative` with a text and an HTML part.

use std::time::{Duration, UNIX_EPOCH};

use guildhall_engine::SendError;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::Message;

/// The last second that a `Date` header can say: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// `Auto-Submitted: auto-generated` (RFC 3834), so that no holiday note comes back.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message as bytes with its envelope.
pub(super) fn build(message: &Message) -> Result<lettre::Message, SendError> {
    let to = message
        .to
        .parse()
        .map_err(|_| SendError::permanent("no mail can be sent to an address of this form"))?;
    let seconds = u64::try_from(message.date.seconds()).unwrap_or(0).min(LAST_SECOND);
    lettre::Message::builder()
        .from(message.from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(one_line(&message.message_id)))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(message.text.clone(), message.html.clone()))
        .map_err(|e| SendError::permanent(format!("the mail cannot be built: {e}")))
}

/// Header values have no lines.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use guildhall_core::kernel::time::Timestamp;

    use super::super::Composer;
    use super::*;

    pub(in super::super) fn composer() -> Composer {
        Composer {
            from: "Guildhall <no-reply@guildhall.example>".parse().unwrap(),
            base_url: "https://guildhall.example".into(),
        }
    }

    pub(in super::super) fn message() -> Message {
        Message {
            id: "0000000001".into(),
            from: composer().from,
            to: "juan@example.com".into(),
            subject: "Invitation".into(),
            text: "Hello\n.\nyou\n".into(),
            html: "<p>Hello</p>".into(),
            message_id: "<0000000001@guildhall.example>".into(),
            date: Timestamp(1_767_225_600_000),
        }
    }

    #[test]
    fn the_parts_and_headers_of_a_mail() {
        let built = String::from_utf8(build(&message()).unwrap().formatted()).unwrap();
        for line in [
            "From: Guildhall <no-reply@guildhall.example>",
            "To: juan@example.com",
            "Subject: Invitation",
            "Date: Thu, 01 Jan 2026 00:00:00 +0000",
            "Message-ID: <0000000001@guildhall.example>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(built.contains(&format!("{line}\r\n")), "{line} is not in:\n{built}");
        }
        assert!(built.contains("multipart/alternative"));
    }

    #[test]
    fn nothing_becomes_a_header_of_its_own() {
        let mut mail = message();
        mail.subject = "Hello\r\nBcc: victim@example.com\nX-A: b\u{85}\u{0}\u{2028}Grüße".into();
        mail.message_id = "<a@b>\r\nBcc: x@example.com".into();
        mail.text = "\r\n.\r\nBcc: victim@example.com\r\n".into();
        let built = build(&mail).unwrap();
        let bytes = String::from_utf8(built.formatted()).unwrap();
        let (headers, _) = bytes.split_once("\r\n\r\n").unwrap();
        for line in headers.split("\r\n") {
            assert!(!line.to_ascii_lowercase().starts_with("bcc:") && !line.starts_with("X-A"), "{headers}");
        }
        let to: Vec<_> = built.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(to, ["juan@example.com"]);
    }

    #[test]
    fn addresses_that_no_mail_reaches() {
        for address in
            ["a,b@example.com", "<x@example.com>", "a\"@example.com", "x@-.com", "a@b.c\r\nBcc: d@e.f"]
        {
            let mut mail = message();
            mail.to = address.into();
            assert!(build(&mail).unwrap_err().permanent, "{address}");
        }
    }

    #[test]
    fn dates_at_the_ends_of_time() {
        for date in [i64::MIN, -1, i64::MAX] {
            let mut mail = message();
            mail.date = Timestamp(date);
            assert!(build(&mail).is_ok(), "{date}");
        }
    }
}
