//! A client for the control API: one request, one answer.

use bytes::Bytes;
use http::response::Parts;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

use crate::Failed;

/// The largest answer: a snapshot.
const ANSWER_MAX: usize = guildhall_server::SNAPSHOT_MAX;

/// Sends one request to a server and returns the body of its answer. Refusals become messages.
pub(crate) fn call(
    endpoint: &str,
    method: Method,
    path: &str,
    body: impl Into<Bytes>,
) -> Result<Bytes, Failed> {
    send(endpoint, method, path, body).map(|(_, answer)| answer)
}

/// Like [`call`], with the head of the answer.
pub(crate) fn send(
    endpoint: &str,
    method: Method,
    path: &str,
    body: impl Into<Bytes>,
) -> Result<(Parts, Bytes), Failed> {
    let uri: Uri = endpoint
        .trim_end_matches('/')
        .parse()
        .ok()
        .filter(|uri: &Uri| uri.scheme_str() == Some("http") && uri.host().is_some())
        .ok_or_else(|| {
            Failed::Usage(format!("--endpoint: {endpoint} is no URL such as http://127.0.0.1:4615"))
        })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failed::run)?;
    let body = body.into();
    let (head, answer) = runtime.block_on(exchange(&uri, method, path, body)).map_err(|e| {
        Failed::Run(format!("no answer from {endpoint}: {e}; is `guildhall serve` running there?"))
    })?;
    let status = head.status;
    if status.is_success() {
        return Ok((head, answer));
    }
    let error = serde_json::from_slice::<serde_json::Value>(&answer).ok();
    let message = error.as_ref().and_then(|e| e.pointer("/error/message")?.as_str());
    Err(Failed::Run(message.map_or_else(|| format!("the server answered {status}"), str::to_owned)))
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(uri: &Uri, method: Method, path: &str, body: Bytes) -> Result<(Parts, Bytes), Broken> {
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", authority)
        .header("content-type", "application/json")
        .body(Full::new(body))?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, ANSWER_MAX).collect().await?;
    Ok((head, body.to_bytes()))
}

/// Like [`call`], with a JSON answer.
pub(crate) fn json<T: DeserializeOwned>(
    endpoint: &str,
    method: Method,
    path: &str,
    body: impl Into<Bytes>,
) -> Result<T, Failed> {
    let answer = call(endpoint, method, path, body)?;
    serde_json::from_slice(&answer)
        .map_err(|e| Failed::Run(format!("{endpoint} is no Guildhall server: {e}")))
}
