//! The settings of mail: `[mail]`, `[mail.smtp]` and `[mail.retry]`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guildhall_core::kernel::time::parse_length;
use guildhall_engine::{Retry, Transport};
use lettre::message::Mailbox;
use serde::{Deserialize, Deserializer};

use super::Composer;
use super::file::FileTransport;
use super::smtp::SmtpTransport;

/// A setting that cannot be, with what can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// `[mail]`: where mails go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The transport.
    pub transport: TransportKind,
    /// Who sends: `no-reply@example.com` or `Guildhall <no-reply@example.com>`.
    pub from: Option<String>,
    /// Where the transport `file` writes.
    pub directory: Option<PathBuf>,
    /// The server of the transport `smtp`.
    pub smtp: SmtpConfig,
    /// How long a mail is tried, and how often.
    pub retry: RetryConfig,
}

/// How mails leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// Not at all: they are read in the mailbox of the console and the control API.
    #[default]
    Mailbox,
    /// Each as a file.
    File,
    /// Over SMTP.
    Smtp,
}

/// `[mail.smtp]`: the server that takes mails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpConfig {
    /// Its name or IP address. Its certificate has to be for it.
    pub host: Option<String>,
    /// Its port; without it 587, 465 or 25, as `security` says.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub security: Security,
    /// The user, where the server wants one.
    pub username: Option<String>,
    /// The file that holds the user's password, and nothing else.
    pub password_file: Option<PathBuf>,
    /// A PEM file with certificates of authorities to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for each answer of the server.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            security: Security::default(),
            username: None,
            password_file: None,
            ca_file: None,
            timeout: Duration::from_secs(30),
        }
    }
}

/// How a connection to a mail server is encrypted. There is no falling back to less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS after STARTTLS.
    #[default]
    Starttls,
    /// TLS from the start.
    Tls,
    /// Not at all.
    None,
}

/// `[mail.retry]`: how long a mail is tried, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// The wait after the first try; it doubles from try to try.
    #[serde(deserialize_with = "duration")]
    pub first: Duration,
    /// The longest wait.
    #[serde(deserialize_with = "duration")]
    pub most: Duration,
    /// How long a mail is tried before it is given up: `for`.
    #[serde(rename = "for", deserialize_with = "duration")]
    pub give_up_after: Duration,
    /// Refused: how it was said before.
    attempts: Attempts,
}

/// A number of tries, which is no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attempts;

impl<'de> Deserialize<'de> for Attempts {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(
            "mails are tried for a time, not so many times; say for how long instead, as in for = \"5d\"",
        ))
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        let Retry { first, most, give_up_after } = Retry::default();
        Self { first, most, give_up_after, attempts: Attempts }
    }
}

impl MailConfig {
    /// Who sends. Checked by [`MailConfig::transport`], too.
    pub fn sender(&self) -> Result<Mailbox, ConfigError> {
        let from = match (&self.from, self.transport) {
            (Some(from), _) => from,
            (None, TransportKind::Smtp) => {
                return Err(ConfigError::new(
                    "mail.from is missing: the transport `smtp` needs a sender, as in \
                     from = \"Guildhall <no-reply@example.com>\"",
                ));
            }
            (None, _) => "Guildhall <no-reply@guildhall.invalid>",
        };
        from.parse().map_err(|_| {
            ConfigError::new(format!(
                "mail.from is no sender: {from:?}; possible is \"no-reply@example.com\" or \
                 \"Guildhall <no-reply@example.com>\""
            ))
        })
    }

    /// The transport. `None` for `mailbox`: mails count as delivered once they are written. `base_url` is
    /// where the links in mails lead.
    pub fn transport(&self, base_url: &str) -> Result<Option<Arc<dyn Transport>>, ConfigError> {
        let composer = Composer { from: self.sender()?, base_url: base_url.to_owned() };
        if self.retry.first.is_zero() || self.retry.most < self.retry.first {
            return Err(ConfigError::new(
                "mail.retry.first is at least 1ms, and at most mail.retry.most, as in first = \"1s\", most = \"1h\"",
            ));
        }
        match self.transport {
            TransportKind::Mailbox => Ok(None),
            TransportKind::File => {
                let directory = self.directory.as_deref().ok_or_else(|| {
                    ConfigError::new(
                        "mail.directory is missing: the transport `file` writes one .eml file per mail into it",
                    )
                })?;
                let transport = FileTransport::new(directory, composer)
                    .map_err(|e| ConfigError::new(format!("mail.directory {}: {e}", directory.display())))?;
                Ok(Some(Arc::new(transport)))
            }
            TransportKind::Smtp => Ok(Some(Arc::new(SmtpTransport::new(&self.smtp, composer)?))),
        }
    }
}

impl SmtpConfig {
    pub(super) fn host(&self) -> Result<&str, ConfigError> {
        let host = self.host.as_deref().map(str::trim).unwrap_or_default();
        if host.is_empty() {
            return Err(ConfigError::new(
                "mail.smtp.host is missing: the transport `smtp` needs the name or IP address of a mail server",
            ));
        }
        let unusual = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':' | '[');
        if host.contains(unusual) && host.parse::<IpAddr>().is_err() {
            return Err(ConfigError::new(format!(
                "mail.smtp.host is no name and no IP address: {host:?}; the port is a setting of its own"
            )));
        }
        Ok(host)
    }

    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Starttls => 587,
            Security::Tls => 465,
            Security::None => 25,
        })
    }

    /// User and password.
    pub(super) fn login(&self) -> Result<Option<(String, String)>, ConfigError> {
        let (user, file) = match (&self.username, &self.password_file) {
            (None, None) => return Ok(None),
            (Some(user), Some(file)) => (user, file),
            (Some(_), None) => {
                return Err(ConfigError::new(
                    "mail.smtp.password_file is missing: mail.smtp.username needs it",
                ));
            }
            (None, Some(_)) => {
                return Err(ConfigError::new(
                    "mail.smtp.username is missing: mail.smtp.password_file needs it",
                ));
            }
        };
        if self.security == Security::None && !is_loopback(self.host()?) {
            return Err(ConfigError::new(
                "mail.smtp.security = \"none\" would send the password in clear text to another machine; \
                 possible with a user is \"starttls\" or \"tls\"",
            ));
        }
        let text = read(file, "mail.smtp.password_file")?;
        let text = String::from_utf8(text).map_err(|_| {
            ConfigError::new(format!("mail.smtp.password_file {}: it is no text", file.display()))
        })?;
        let password = text.strip_suffix('\n').unwrap_or(&text);
        let password = password.strip_suffix('\r').unwrap_or(password);
        if password.is_empty() {
            return Err(ConfigError::new(format!("mail.smtp.password_file {}: it is empty", file.display())));
        }
        Ok(Some((user.clone(), password.to_owned())))
    }
}

/// The content of a file that a setting names.
pub(super) fn read(file: &Path, setting: &str) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(file).map_err(|e| ConfigError::new(format!("{setting} {}: {e}", file.display())))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a length of time, such as `30s`.
pub(crate) fn duration<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(d)?;
    let millis = parse_length(&text).and_then(|millis| u64::try_from(millis).ok());
    millis.map(Duration::from_millis).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "no length of time: {text:?}; possible is \"500ms\", \"30s\", \"5m\", \"2h\", \"15d\""
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(default)]
        mail: MailConfig,
    }

    fn parse(text: &str) -> Result<MailConfig, String> {
        toml::from_str::<Whole>(text).map(|whole| whole.mail).map_err(|e| e.to_string())
    }

    fn refusal(text: &str) -> String {
        match parse(text).map(|config| config.transport("https://guildhall.example")) {
            Err(e) => e,
            Ok(Err(e)) => e.to_string(),
            Ok(Ok(_)) => panic!("accepted: {text}"),
        }
    }

    #[test]
    fn nothing_said_means_the_mailbox() {
        let config = parse("").unwrap();
        assert_eq!(config, MailConfig::default());
        assert_eq!(config.retry.give_up_after, Duration::from_secs(5 * 24 * 3_600));
        assert!(config.transport("https://guildhall.example").unwrap().is_none());
    }

    #[test]
    fn everything_said() {
        let config = parse(
            r#"
            [mail]
            transport = "smtp"
            from = "Guildhall <no-reply@guildhall.example>"
            [mail.smtp]
            host = "mail.example.com"
            port = 2525
            security = "tls"
            timeout = "5s"
            [mail.retry]
            first = "500ms"
            most = "2h"
            for = "3d"
            "#,
        )
        .unwrap();
        assert_eq!(config.smtp.port(), 2525);
        assert_eq!(config.smtp.timeout, Duration::from_secs(5));
        assert_eq!(config.retry.give_up_after, Duration::from_secs(3 * 24 * 3_600));
        assert_eq!(config.sender().unwrap().email.to_string(), "no-reply@guildhall.example");
        assert!(config.transport("https://guildhall.example").unwrap().is_some());
    }

    #[test]
    fn what_is_wrong_and_what_is_possible() {
        let smtp = "[mail]\ntransport = 'smtp'\nfrom = 'a@example.com'\n[mail.smtp]\n";
        for (text, known) in [
            ("[mail]\ntransprot = 'file'", "transprot"),
            ("[mail]\ntransport = 'pigeon'", "expected one of `mailbox`, `file`, `smtp`"),
            ("[mail]\ntransport = 'smtp'", "mail.from"),
            ("[mail]\ntransport = 'smtp'\nfrom = 'x@example.com'", "mail.smtp.host is missing"),
            ("[mail]\ntransport = 'smtp'\n[mail.smtp]\nhost = 'x'\nprot = 25", "prot"),
            ("[mail]\ntransport = 'file'", "mail.directory is missing"),
            ("[mail]\ntransport = 'file'\ndirectory = '/dev/null/x'", "mail.directory /dev/null/x"),
            ("[mail]\nfrom = 'nobody'", "mail.from is no sender: \"nobody\""),
            ("[mail]\nfrom = \"a@b.example\\nBcc: c@d.example\"", "mail.from"),
            ("[mail.retry]\nfirst = 'soon'", "first = 'soon'"),
            ("[mail.retry]\nfirst = 'soon'", "possible is \"500ms\""),
            ("[mail.retry]\nfirst = '2h'", "at most mail.retry.most"),
            ("[mail.retry]\nfor = 5", "for = 5"),
            ("[mail.retry]\nattempts = 10", "attempts = 10"),
            ("[mail.retry]\nattempts = 10", "say for how long instead, as in for = \"5d\""),
            (&format!("{smtp}host = 'mail.example.com:25'"), "the port is a setting of its own"),
            (&format!("{smtp}host = 'x'\nsecurity = 'ssl'"), "expected one of `starttls`, `tls`, `none`"),
            (&format!("{smtp}host = 'x'\nusername = 'u'"), "mail.smtp.password_file is missing"),
            (&format!("{smtp}host = 'x'\npassword_file = '/x'"), "mail.smtp.username is missing"),
            (
                &format!("{smtp}host = 'x'\nusername = 'u'\npassword_file = '/no/file'"),
                "password_file /no/file",
            ),
            (&format!("{smtp}host = 'x'\nca_file = '/no/file'"), "mail.smtp.ca_file /no/file"),
            (&format!("{smtp}host = 'x'\nca_file = '/dev/null'"), "holds no certificate"),
            (&format!("{smtp}host = 'x'\ntimeout = '0s'"), "mail.smtp.timeout is 0"),
        ] {
            let told = refusal(text);
            assert!(told.contains(known), "{text}\n  says {told}\n  and not {known}");
        }
    }

    #[test]
    fn a_password_goes_nowhere_in_clear_text() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("password");
        std::fs::write(&file, "a secret with blanks \r\n").unwrap();
        let config = |host: &str| SmtpConfig {
            host: Some(host.into()),
            security: Security::None,
            username: Some("u".into()),
            password_file: Some(file.clone()),
            ..SmtpConfig::default()
        };
        for host in ["mail.example.com", "10.0.0.1", "localhost.example.com", "::2"] {
            let told = config(host).login().unwrap_err().to_string();
            assert!(told.contains("clear text") && !told.contains("secret"), "{told}");
        }
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert_eq!(config(host).login().unwrap(), Some(("u".into(), "a secret with blanks ".into())));
        }
        std::fs::write(&file, "\n").unwrap();
        assert!(config("localhost").login().unwrap_err().to_string().ends_with("it is empty"));
    }
}
