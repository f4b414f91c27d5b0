//! A connection to a mail server, which may be anything: no answer is waited for beyond its time, however slowly its
//! bytes come, nor a whole exchange beyond its own, and a server cannot say without end.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::{Auth, Ehlo, Quit, Starttls};
use lettre::transport::smtp::extension::{ClientId, ServerInfo};
use lettre::transport::smtp::response::{Response, Severity};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// What a server may say in one exchange, in bytes, its certificates included.
const RECEIVED_MAX: usize = 256 * 1024;

/// How many times the time for one answer a whole exchange may take.
pub(super) const EXCHANGE_TIMEOUTS: u32 = 5;

/// Questions of a login: for the user, and for the password.
const LOGIN_CHALLENGES: usize = 2;

/// Why a step of an exchange failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The server refuses.
    #[error("{}", refusal(.0))]
    Refused(Response),
    /// Its time is over.
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// The connection failed.
    #[error("{0}")]
    Io(io::Error),
    /// The server does not speak SMTP as it should.
    #[error("{0}")]
    NotSmtp(String),
}

fn is_permanent(answer: &Response) -> bool {
    answer.code().severity == Severity::PermanentNegativeCompletion
}

fn refusal(answer: &Response) -> String {
    let kind = if is_permanent(answer) { "permanent" } else { "transient" };
    let words: Vec<_> = answer.message().collect();
    format!("{kind} error ({}): {}", answer.code(), words.join(" "))
}

impl ExchangeError {
    /// Whether the server refuses for good.
    pub(super) fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused(answer) if is_permanent(answer))
    }

    fn not_smtp(what: impl ToString) -> Self {
        Self::NotSmtp(what.to_string())
    }
}

impl From<io::Error> for ExchangeError {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::TimedOut,
            _ => Self::Io(e),
        }
    }
}

/// A socket that fails when its time is over, and when it has said too much.
struct Socket {
    stream: TcpStream,
    deadline: Instant,
    may_receive: usize,
}

impl Socket {
    /// How long it may take yet.
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.may_receive == 0 {
            return Err(io::Error::other(format!("the mail server says more than {RECEIVED_MAX} bytes")));
        }
        self.stream.set_read_timeout(Some(self.left()?))?;
        let room = buffer.len().min(self.may_receive);
        let read = self.stream.read(buffer.get_mut(..room).unwrap_or_default())?;
        self.may_receive -= read;
        Ok(read)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

enum Channel {
    Plain(Socket),
    Encrypted(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Channel {
    fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Encrypted(stream) => &mut stream.sock,
        }
    }

    /// Encrypted, when both sides know each other.
    fn encrypted(self, tls: &Tls) -> Result<Self, ExchangeError> {
        let Self::Plain(mut socket) = self else { return Ok(self) };
        let client = ClientConnection::new(Arc::clone(&tls.config), tls.name.clone());
        let mut client = client.map_err(ExchangeError::not_smtp)?;
        client.complete_io(&mut socket)?;
        Ok(Self::Encrypted(Box::new(StreamOwned::new(client, socket))))
    }
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

/// How a connection is encrypted, and for whom the server's certificate has to be.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// An exchange with a mail server.
pub(super) struct Connection {
    channel: BufReader<Channel>,
    /// The time for one answer.
    timeout: Duration,
    /// The end of the exchange.
    end: Instant,
}

impl Connection {
    /// Connects, encrypted from the start with `tls`, and hears the greeting.
    pub(super) fn open(
        host: &str,
        port: u16,
        timeout: Duration,
        tls: Option<&Tls>,
    ) -> Result<Self, ExchangeError> {
        let end = Instant::now() + timeout.saturating_mul(EXCHANGE_TIMEOUTS);
        let mut channel = Channel::Plain(connect(host, port, timeout, end)?);
        if let Some(tls) = tls {
            channel = channel.encrypted(tls)?;
        }
        let mut connection = Self { channel: BufReader::new(channel), timeout, end };
        connection.answer()?;
        Ok(connection)
    }

    /// Says who is there, and hears what the server can do.
    pub(super) fn hello(&mut self, name: &ClientId) -> Result<ServerInfo, ExchangeError> {
        let answer = self.command(Ehlo::new(name.clone()))?;
        ServerInfo::from_response(&answer).map_err(ExchangeError::not_smtp)
    }

    /// Encrypts the connection.
    pub(super) fn start_tls(mut self, tls: &Tls) -> Result<Self, ExchangeError> {
        self.command(Starttls)?;
        // What came in clear text is not to be taken for what comes afterwards.
        if !self.channel.buffer().is_empty() {
            return Err(ExchangeError::not_smtp("the mail server says more than was asked for"));
        }
        self.begin_step();
        let channel = self.channel.into_inner().encrypted(tls)?;
        Ok(Self { channel: BufReader::new(channel), ..self })
    }

    pub(super) fn log_in(&mut self, server: &ServerInfo, login: &Credentials) -> Result<(), ExchangeError> {
        let mechanism = server.get_auth_mechanism(&[Mechanism::Plain, Mechanism::Login]);
        let mechanism =
            mechanism.ok_or_else(|| ExchangeError::not_smtp("it offers neither PLAIN nor LOGIN"))?;
        let first = Auth::new(mechanism, login.clone(), None).map_err(ExchangeError::not_smtp)?;
        let mut answer = self.command(first)?;
        for _ in 0..LOGIN_CHALLENGES {
            if !answer.has_code(334) {
                return Ok(());
            }
            let next = Auth::new_from_response(mechanism, login.clone(), &answer);
            answer = self.command(next.map_err(ExchangeError::not_smtp)?)?;
        }
        if answer.has_code(334) {
            return Err(ExchangeError::not_smtp("it keeps asking"));
        }
        Ok(())
    }

    /// Says a command, and hears the answer.
    pub(super) fn command(&mut self, command: impl std::fmt::Display) -> Result<Response, ExchangeError> {
        self.exchange(command.to_string().as_bytes())
    }

    /// Hands the content of a mail over.
    pub(super) fn content(&mut self, content: &[u8]) -> Result<Response, ExchangeError> {
        self.exchange(&transparent(content))
    }

    /// Says goodbye.
    pub(super) fn quit(mut self) {
        // It is delivered, whatever comes of the farewell.
        let _ = self.command(Quit);
    }

    fn exchange(&mut self, bytes: &[u8]) -> Result<Response, ExchangeError> {
        self.begin_step();
        self.channel.get_mut().write_all(bytes)?;
        self.channel.get_mut().flush()?;
        self.answer()
    }

    fn begin_step(&mut self) {
        self.channel.get_mut().socket().deadline = self.end.min(Instant::now() + self.timeout);
    }

    /// Hears an answer: lines of which all but the last have a dash after the number.
    fn answer(&mut self) -> Result<Response, ExchangeError> {
        let mut text = Vec::new();
        loop {
            let begin = text.len();
            self.channel.read_until(b'\n', &mut text)?;
            if text.last() != Some(&b'\n') || text.len() == begin {
                return Err(ExchangeError::not_smtp("the mail server ended the connection"));
            }
            if !text.get(begin..).is_some_and(goes_on) {
                break;
            }
        }
        let answer: Result<Response, _> = String::from_utf8_lossy(&text).parse();
        let answer = answer.map_err(|_| ExchangeError::not_smtp("the mail server does not speak SMTP"))?;
        if answer.is_positive() { Ok(answer) } else { Err(ExchangeError::Refused(answer)) }
    }
}

/// Whether another line follows this one.
fn goes_on(line: &[u8]) -> bool {
    matches!(line, [a, b, c, b'-', ..] if [a, b, c].into_iter().all(u8::is_ascii_digit))
}

/// Connects to the first of a host's addresses that takes a connection.
fn connect(host: &str, port: u16, timeout: Duration, end: Instant) -> Result<Socket, ExchangeError> {
    let mut failed = io::Error::other("the name has no address");
    for address in (host, port).to_socket_addrs()? {
        let left = end.saturating_duration_since(Instant::now()).min(timeout);
        if left.is_zero() {
            return Err(ExchangeError::TimedOut);
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                let deadline = end.min(Instant::now() + timeout);
                return Ok(Socket { stream, deadline, may_receive: RECEIVED_MAX });
            }
            Err(e) => failed = e,
        }
    }
    Err(failed.into())
}

/// Content as it is sent: a line that begins with a dot gets another one, and a dot alone is the end (RFC 5321,
/// section 4.5.2).
fn transparent(content: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(content.len() + 64);
    let mut begins = true;
    for byte in content {
        if begins && *byte == b'.' {
            sent.push(b'.');
        }
        sent.push(*byte);
        begins = *byte == b'\n';
    }
    if !begins {
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b".\r\n");
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_a_dot_alone() {
        for (content, sent) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            ("a\r\n.\r\nb..\r\n.c", "a\r\n..\r\nb..\r\n..c\r\n.\r\n"),
            ("a\n.\nb\r\n", "a\n..\nb\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8(transparent(content.as_bytes())).unwrap(), sent, "{content:?}");
        }
    }
}
