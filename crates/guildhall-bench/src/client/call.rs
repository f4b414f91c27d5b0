//! Single signed calls, outside every measurement.

use super::reply::{self, Head};
use super::sign::{self, Query, Signer};
use crate::Refusal;
use serde_json::{Value, json};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One answer, whole.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Every header, lower-case names, in the order they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// Bytes on the wire.
    pub(crate) wire: usize,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// The error code of an answer, the way an SDK reads it.
pub(crate) fn error_code(status: u16, body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let code = value["__type"].as_str().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    format!("{status} {code} {}", value["Reason"].as_str().unwrap_or_default()).trim().to_owned()
}

/// The text of the first XML element of this name.
pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Result<&'a str, Refusal> {
    let inner =
        xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    inner.map(|(text, _)| text).ok_or_else(|| format!("no {name} in {xml}").into())
}

/// One blocking connection that signs as one account.
pub(crate) struct Caller {
    /// Signs for this connection's server.
    pub(crate) signer: Signer,
    socket: TcpStream,
}

impl Caller {
    /// Connects.
    pub(crate) fn new(at: SocketAddr, account: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(at)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { signer: Signer::new(account, &at.to_string()), socket })
    }

    /// Sends a request that is ready, and waits for the answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.socket.write_all(request)?;
        let mut buffer = Vec::with_capacity(16 * 1024);
        let mut piece = [0; 16 * 1024];
        let mut head: Option<Head> = None;
        loop {
            let n = self.socket.read(&mut piece)?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer.extend_from_slice(&piece[..n]);
            if head.is_none() {
                head = reply::head(&buffer)?;
            }
            if let Some(head) = head.filter(|h| buffer.len() >= h.end()) {
                return Ok(Answer {
                    status: head.status,
                    headers: reply::headers(&buffer),
                    body: buffer[head.body_at..head.end()].to_vec(),
                    wire: head.end(),
                });
            }
        }
    }

    /// Calls one operation.
    pub(crate) fn call(&mut self, operation: &str, body: &str) -> io::Result<Answer> {
        let request = self.signer.organizations(sign::now(), operation, body);
        self.send(&request)
    }

    /// Calls one operation that has to succeed.
    pub(crate) fn must(&mut self, operation: &str, body: &str) -> Result<Answer, Refusal> {
        let answer = self.call(operation, body)?;
        if answer.status != 200 {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(format!("{operation} {body} was answered {}: {said}", answer.status).into());
        }
        Ok(answer)
    }

    /// Calls an operation of IAM or STS that has to succeed.
    pub(crate) fn query(
        &mut self,
        service: Query,
        operation: &str,
        members: &str,
    ) -> Result<String, Refusal> {
        let request = self.signer.query(sign::now(), service, operation, members);
        let answer = self.send(&request)?;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 200 {
            return Ok(said);
        }
        Err(format!("{operation} {members} was answered {}: {said}", answer.status).into())
    }

    /// Walks ListAccounts in pages of `size`: (accounts seen, tokens with the position each one leads to).
    pub(crate) fn walk_accounts(&mut self, size: usize) -> Result<(usize, Vec<(usize, String)>), Refusal> {
        let (mut seen, mut tokens) = (0, Vec::new());
        let mut body = json!({"MaxResults": size});
        loop {
            let page = self.must("ListAccounts", &body.to_string())?.json();
            seen += page["Accounts"].as_array().map_or(0, Vec::len);
            let Some(token) = page["NextToken"].as_str() else { return Ok((seen, tokens)) };
            tokens.push((seen, token.to_owned()));
            body["NextToken"] = json!(token);
        }
    }
}
