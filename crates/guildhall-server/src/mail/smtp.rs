//! The transport `smtp`.
//!
//! Step by step, so that it is known who refused what: only a refusal of the recipient or of the mail's content
//! gives a mail up. Everything else, a wrong password too, can be put right by the operator and is tried again.

use std::sync::Arc;
use std::time::Duration;

use guildhall_engine::{SendError, Transport};
use guildhall_store::OutboxMail;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter, ServerInfo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use super::config::{ConfigError, Security, SmtpConfig, read};
use super::connection::{Connection, EXCHANGE_TIMEOUTS, ExchangeError, Tls};
use super::{Composer, Message, mime};

/// How much of a server's words is kept.
const LONGEST_REASON: usize = 300;

/// Hands mails to a mail server, over a new connection each.
pub struct SmtpTransport {
    host: String,
    port: u16,
    security: Security,
    tls: Option<Tls>,
    login: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
    composer: Composer,
}

impl SmtpTransport {
    /// Reads the files that the settings name. Connects to nothing yet.
    pub fn new(config: &SmtpConfig, composer: Composer) -> Result<Self, ConfigError> {
        let host = config.host()?.to_owned();
        if config.timeout.is_zero() {
            return Err(ConfigError::new(
                "mail.smtp.timeout is 0; it is at least 1ms, as in timeout = \"30s\"",
            ));
        }
        Ok(Self {
            port: config.port(),
            security: config.security,
            tls: tls(config, &host)?,
            login: config.login()?.map(|(user, password)| Credentials::new(user, password)),
            hello: ClientId::default(),
            timeout: config.timeout,
            host,
            composer,
        })
    }

    /// A connection over which a mail may go, and what the server at its end can do.
    fn connect(&self) -> Result<(Connection, ServerInfo), SendError> {
        let tls = |security| self.tls.as_ref().filter(|_| self.security == security);
        let opened = Connection::open(&self.host, self.port, self.timeout, tls(Security::Tls));
        let mut connection = opened.map_err(|e| temporary("cannot connect", &e))?;
        let mut server = connection.hello(&self.hello).map_err(|e| temporary("cannot connect", &e))?;
        if let Some(tls) = tls(Security::Starttls) {
            if !server.supports_feature(Extension::StartTls) {
                return Err(SendError::temporary(
                    "the mail server does not offer STARTTLS, and mails do not leave unencrypted",
                ));
            }
            let failed = |e: ExchangeError| temporary("cannot encrypt the connection", &e);
            connection = connection.start_tls(tls).map_err(failed)?;
            server = connection.hello(&self.hello).map_err(failed)?;
        }
        if let Some(login) = &self.login {
            let logged_in = connection.log_in(&server, login);
            logged_in.map_err(|e| temporary("cannot log in to the mail server", &e))?;
        }
        Ok((connection, server))
    }

    fn send_message(&self, message: &Message) -> Result<(), SendError> {
        let mail = mime::build(message)?;
        let (mut connection, server) = self.connect()?;
        hand_over(&mut connection, &server, mail.envelope(), &mail.formatted())?;
        connection.quit();
        Ok(())
    }
}

impl Transport for SmtpTransport {
    fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        self.send_message(&self.composer.compose(mail))
    }

    fn longest_send(&self) -> Duration {
        self.timeout.saturating_mul(EXCHANGE_TIMEOUTS)
    }
}

fn hand_over(
    connection: &mut Connection,
    server: &ServerInfo,
    envelope: &Envelope,
    content: &[u8],
) -> Result<(), SendError> {
    let mut options = Vec::new();
    let addresses = envelope.from().into_iter().chain(envelope.to());
    if addresses.into_iter().any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(SendError::permanent(
                "the mail server takes no addresses with other than ASCII characters",
            ));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection
        .command(Mail::new(envelope.from().cloned(), options))
        .map_err(|e| temporary("the mail server refuses the sender", &e))?;
    for recipient in envelope.to() {
        connection
            .command(Rcpt::new(recipient.clone(), Vec::new()))
            .map_err(|e| refused("the mail server refuses the recipient", &e))?;
    }
    connection.command(Data).map_err(|e| temporary("the mail server takes no mail", &e))?;
    connection.content(content).map_err(|e| refused("the mail server refuses the mail", &e))?;
    Ok(())
}

/// An error after which the mail is tried again.
fn temporary(step: &str, error: &ExchangeError) -> SendError {
    SendError::temporary(reason(step, error))
}

/// An error that ends the mail if the server says so for good.
fn refused(step: &str, error: &ExchangeError) -> SendError {
    SendError { permanent: error.is_permanent(), what: reason(step, error) }
}

fn reason(step: &str, error: &ExchangeError) -> String {
    let words: Vec<_> = error
        .to_string()
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        // Servers repeat addresses, and these are personal.
        .map(|word| if word.contains('@') { "****" } else { word }.to_owned())
        .collect();
    format!("{step}: {}", words.join(" ")).chars().take(LONGEST_REASON).collect()
}

fn tls(config: &SmtpConfig, host: &str) -> Result<Option<Tls>, ConfigError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = &config.ca_file {
        let pem = read(file, "mail.smtp.ca_file")?;
        let bad = |what| ConfigError::new(format!("mail.smtp.ca_file {}: {what}", file.display()));
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|_| bad("its certificates cannot be read"))?;
            roots.add(certificate).map_err(|_| bad("its certificates cannot be read"))?;
            found = true;
        }
        if !found {
            return Err(bad("it holds no certificate in PEM form"));
        }
    }
    if config.security == Security::None {
        return Ok(None);
    }
    let wrong = |e: &dyn std::fmt::Display| {
        ConfigError::new(format!("mail.smtp: TLS cannot be set up for {host}: {e}"))
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|e| wrong(&e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|e| wrong(&e))?.with_root_certificates(roots).with_no_client_auth();
    Ok(Some(Tls { config: Arc::new(config), name }))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;
    use std::time::Instant;

    use super::super::mime::tests::{composer, message};
    use super::*;

    /// What the server does at one command.
    #[derive(Clone, Copy)]
    enum At {
        /// Answers this.
        Say(&'static str, &'static str),
        /// Stays silent.
        Hang(&'static str),
        /// Ends the connection.
        Drop(&'static str),
        /// Says this again and again, without end.
        Repeat(&'static str, &'static [u8]),
        /// Says a good answer, a byte at a time.
        Drip(&'static str),
        /// Waits before each answer, not too long for one.
        Slow,
    }

    /// A mail server for one connection. Answers its port, and later what it was told.
    fn server(at: At) -> (u16, Receiver<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (send, told) = channel();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let _ = send.send(serve(stream, at));
        });
        (port, told)
    }

    fn serve(mut stream: TcpStream, at: At) -> Vec<String> {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut heard = Vec::new();
        let mut in_data = false;
        let mut line = "GREETING".to_owned();
        loop {
            let command = if in_data { "CONTENT" } else { line.split([' ', ':']).next().unwrap_or_default() };
            let answer = match (at, command) {
                (At::Say(c, words), command) if c == command => words,
                (At::Hang(c), command) if c == command => {
                    thread::sleep(Duration::from_secs(2));
                    return heard;
                }
                (At::Drop(c), command) if c == command => return heard,
                (At::Repeat(c, bytes), command) if c == command => {
                    let bytes = bytes.repeat(512);
                    while stream.write_all(&bytes).is_ok() {}
                    return heard;
                }
                (At::Drip(c), command) if c == command => {
                    while stream.write_all(b"2").is_ok() {
                        thread::sleep(Duration::from_millis(20));
                    }
                    return heard;
                }
                (_, "GREETING") => "220 test",
                (_, "EHLO") => "250-test\r\n250 AUTH PLAIN LOGIN",
                (_, "AUTH") => "235 welcome",
                (_, "DATA") => "354 go on",
                (_, "QUIT") => "221 bye",
                _ => "250 fine",
            };
            if matches!(at, At::Slow) {
                thread::sleep(Duration::from_millis(280));
            }
            in_data = command == "DATA" && answer.starts_with('3');
            if stream.write_all(format!("{answer}\r\n").as_bytes()).is_err() {
                return heard;
            }
            loop {
                let Some(Ok(next)) = lines.next() else { return heard };
                heard.push(next.clone());
                line = next;
                if !in_data || line == "." {
                    break;
                }
            }
        }
    }

    fn config(port: u16) -> SmtpConfig {
        SmtpConfig {
            host: Some("127.0.0.1".into()),
            port: Some(port),
            security: Security::None,
            timeout: Duration::from_millis(300),
            ..SmtpConfig::default()
        }
    }

    fn send_to(port: u16) -> Result<(), SendError> {
        SmtpTransport::new(&config(port), composer()).unwrap().send_message(&message())
    }

    #[test]
    fn a_mail_is_taken() {
        let (port, told) = server(At::Say("NOOP", "250 fine"));
        send_to(port).unwrap();
        let told = told.recv().unwrap();
        for line in
            ["MAIL FROM:<no-reply@guildhall.example>", "RCPT TO:<juan@example.com>", "DATA", ".", "QUIT"]
        {
            assert!(told.iter().any(|heard| heard == line), "{line} is not in {told:#?}");
        }
        // The line with a single dot is none on the way.
        assert_eq!(told.iter().filter(|heard| *heard == ".").count(), 1);
    }

    #[test]
    fn refusals() {
        for (at, permanent, what) in [
            (
                At::Say("RCPT", "550 5.1.1 No such user <juan@example.com>\u{7}"),
                true,
                "the mail server refuses the recipient: permanent error (550): 5.1.1 No such user ****",
            ),
            (
                At::Say("RCPT", "451 4.2.1 No room"),
                false,
                "the mail server refuses the recipient: transient error (451): 4.2.1 No room",
            ),
            (
                At::Say("CONTENT", "554 spam"),
                true,
                "the mail server refuses the mail: permanent error (554): spam",
            ),
            (
                At::Say("CONTENT", "452 full"),
                false,
                "the mail server refuses the mail: transient error (452): full",
            ),
            (
                At::Say("MAIL", "553 no"),
                false,
                "the mail server refuses the sender: permanent error (553): no",
            ),
            (At::Say("DATA", "554 no"), false, "the mail server takes no mail: permanent error (554): no"),
            (At::Say("GREETING", "554 no"), false, "cannot connect: permanent error (554): no"),
            (At::Say("EHLO", "421 busy"), false, "cannot connect: transient error (421): busy"),
        ] {
            let (port, _told) = server(at);
            let error = send_to(port).unwrap_err();
            assert_eq!((error.permanent, error.what.as_str()), (permanent, what));
        }
    }

    #[test]
    fn a_silent_server_is_left() {
        for command in ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"] {
            let (port, _told) = server(At::Hang(command));
            let start = Instant::now();
            let error = send_to(port).unwrap_err();
            assert!(start.elapsed() < Duration::from_secs(2), "{command}");
            assert!(!error.permanent, "{command}");
            assert!(error.what.ends_with("the mail server did not answer in time"), "{command}: {error}");
        }
        // The mail is there, so nobody waits to hear a farewell.
        let (port, _told) = server(At::Hang("QUIT"));
        send_to(port).unwrap();
    }

    #[test]
    fn a_server_that_says_without_end_is_left() {
        for command in ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"] {
            for bytes in [b"2".as_slice(), b"220-and\r\n", b"\xff"] {
                let (port, _told) = server(At::Repeat(command, bytes));
                let patient = SmtpConfig { timeout: Duration::from_secs(60), ..config(port) };
                let error =
                    SmtpTransport::new(&patient, composer()).unwrap().send_message(&message()).unwrap_err();
                assert!(!error.permanent, "{command}");
                assert!(
                    error.what.ends_with("the mail server says more than 262144 bytes"),
                    "{command}: {error}"
                );
            }
            let (port, _told) = server(At::Drip(command));
            let error = send_to(port).unwrap_err();
            assert!(!error.permanent, "{command}");
            assert!(error.what.ends_with("the mail server did not answer in time"), "{command}: {error}");
        }
    }

    #[test]
    fn a_whole_exchange_has_an_end() {
        let (port, told) = server(At::Slow);
        let error = send_to(port).unwrap_err();
        assert!(!error.permanent);
        assert!(error.what.ends_with("the mail server did not answer in time"), "{error}");
        // Each answer came in its time.
        assert!(told.recv().unwrap().iter().any(|line| line.starts_with("MAIL FROM")));
    }

    #[test]
    fn what_is_no_mail_server_is_told() {
        for greeting in ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.7", "", "220-a\r\n550 b", "22"] {
            let (port, _told) = server(At::Say("GREETING", greeting));
            let error = send_to(port).unwrap_err();
            assert!(!error.permanent);
            assert_eq!(error.what, "cannot connect: the mail server does not speak SMTP", "{greeting}");
        }
    }

    #[test]
    fn nothing_said_before_the_encryption_counts_afterwards() {
        let (port, _told) = server(At::Say("EHLO", "250-test\r\n250 STARTTLS\r\n220 go on\r\n250 evil"));
        let config = SmtpConfig { security: Security::Starttls, ..config(port) };
        let error = SmtpTransport::new(&config, composer()).unwrap().send_message(&message()).unwrap_err();
        assert_eq!(error.what, "cannot encrypt the connection: the mail server says more than was asked for");
    }

    #[test]
    fn dropped_connections() {
        for command in ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"] {
            let (port, _told) = server(At::Drop(command));
            let error = send_to(port).unwrap_err();
            assert!(!error.permanent, "{command}: {error}");
        }
        let (port, _told) = server(At::Drop("QUIT"));
        send_to(port).unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = send_to(closed).unwrap_err();
        assert!(!error.permanent && error.what.starts_with("cannot connect: "), "{error}");
    }

    #[test]
    fn nothing_leaves_unencrypted_where_encryption_is_wanted() {
        let (port, told) = server(At::Say("NOOP", "250 fine"));
        let config = SmtpConfig { security: Security::Starttls, ..config(port) };
        let error = SmtpTransport::new(&config, composer()).unwrap().send_message(&message()).unwrap_err();
        assert!(!error.permanent && error.what.contains("STARTTLS"), "{error}");
        assert!(told.recv().unwrap().iter().all(|line| !line.starts_with("MAIL")));
        // A server that does not speak TLS at all.
        let (port, _told) = server(At::Say("NOOP", "250 fine"));
        let config = SmtpConfig { port: Some(port), security: Security::Tls, ..config };
        assert!(
            !SmtpTransport::new(&config, composer()).unwrap().send_message(&message()).unwrap_err().permanent
        );
    }

    #[test]
    fn a_wrong_password_is_not_the_mails_fault() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("password");
        std::fs::write(&file, "hush\n").unwrap();
        let with_login = |port| SmtpConfig {
            username: Some("u".into()),
            password_file: Some(file.clone()),
            ..config(port)
        };
        let (port, told) = server(At::Say("NOOP", "250 fine"));
        SmtpTransport::new(&with_login(port), composer()).unwrap().send_message(&message()).unwrap();
        assert!(told.recv().unwrap().iter().any(|line| line.starts_with("AUTH PLAIN ")));
        let (port, _told) = server(At::Say("AUTH", "535 no"));
        let error =
            SmtpTransport::new(&with_login(port), composer()).unwrap().send_message(&message()).unwrap_err();
        assert!(!error.permanent && error.what.starts_with("cannot log in"), "{error}");
        assert!(!error.what.contains("hush"));
    }

    #[test]
    fn addresses_beyond_ascii_need_a_server_that_takes_them() {
        let mut mail = message();
        mail.to = "jürgen@example.com".into();
        let (port, _told) = server(At::Say("NOOP", "250 fine"));
        let error = SmtpTransport::new(&config(port), composer()).unwrap().send_message(&mail).unwrap_err();
        assert!(error.permanent && error.what.contains("ASCII"), "{error}");
        let (port, told) = server(At::Say("EHLO", "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8"));
        SmtpTransport::new(&config(port), composer()).unwrap().send_message(&mail).unwrap();
        assert!(told.recv().unwrap().iter().any(|line| line == "RCPT TO:<jürgen@example.com>"));
    }
}
