//! The ceiling of durable writes: hyper, signatures verified, two SQLite rows per write committed in groups before
//! the answer, reads from memory. No access rules, no versions, no history: what is left when the product is not.
//!
//! It understands the part of Guildhall's command line and of the API that the benchmark uses, so that a run with
//! `--program self` measures the benchmark itself.

use super::answers::{self, Directory};
use super::store::{self, Job};
use super::{listen, verify};
use crate::Refusal;
use crate::options::ServeOptions;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// What requests share.
struct Server {
    directory: Directory,
    writer: mpsc::Sender<Job>,
}

/// Serves until the process is ended.
pub(crate) fn serve(options: &ServeOptions) -> Result<(), Refusal> {
    let (size, writer) = store::start(&options.data, &options.synchronous)?;
    let server = Arc::new(Server { directory: Directory::new(size), writer });
    listen::forever(options.listen, "ceiling", move |request| answer(server.clone(), request))
}

async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|all| all.to_bytes()).unwrap_or_default();
    let refused = |status, code: &str| (status, Bytes::from(format!("{{\"__type\":\"{code}\"}}")));
    let (status, bytes) = if !verify::verified(&head.headers, &body) {
        refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
    } else {
        let target = head.headers.get("x-amz-target").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        match operation {
            "TagResource" | "InviteAccountToOrganization" => match server.write(operation, &body).await {
                Some(bytes) => (StatusCode::OK, bytes),
                None => refused(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
            },
            _ => match server.directory.read(operation, &body) {
                Some(bytes) => (StatusCode::OK, bytes),
                None => refused(StatusCode::BAD_REQUEST, "UnknownOperationException"),
            },
        }
    };
    let mut response = Response::new(Full::new(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert(
        HeaderName::from_static("x-amzn-requestid"),
        HeaderValue::from_static("7d1bb5a0-3b1c-4a6e-9d5e-0c4f6a2b9e11"),
    );
    response
}

impl Server {
    /// Two rows, durable, and then the answer.
    async fn write(&self, operation: &str, body: &[u8]) -> Option<Bytes> {
        let input: Value = serde_json::from_slice(body).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let invite = operation != "TagResource";
        let (id, key, value) = if invite {
            (&input["Target"]["Id"], "invitation".to_owned(), text(&input["Target"]["Type"]))
        } else {
            let tag = &input["Tags"][0];
            (&input["ResourceId"], text(&tag["Key"]), text(&tag["Value"]))
        };
        let target = id.as_str()?;
        let digits: String = target.chars().filter(char::is_ascii_digit).collect();
        let (done, durable) = oneshot::channel();
        self.writer.send(Job { resource: digits.parse().ok()?, key, value, done }).ok()?;
        durable.await.ok()?.then(|| if invite { answers::invited(target) } else { Bytes::new() })
    }
}
