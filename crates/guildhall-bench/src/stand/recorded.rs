//! The bare server: hyper that reads a request and gives the one answer it was started with, without looking.
//!
//! It is the ceiling of reads. The answer is one of Guildhall's own, so that both put the same bytes on the wire.

use super::listen;
use crate::Refusal;
use crate::client::call;
use crate::options::RecordedOptions;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An answer as it is handed to the bare server.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// What a server said. hyper itself writes `date` and `content-length`.
    pub(crate) fn record(answer: &call::Answer) -> Result<Self, Refusal> {
        let own = |name: &str| name == "date" || name == "content-length";
        Ok(Self {
            status: answer.status,
            headers: answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect(),
            body: String::from_utf8(answer.body.clone())?,
        })
    }
}

/// Checks that two answers are the same bytes, up to the order of the headers and the time of day.
pub(crate) fn same(theirs: &call::Answer, ours: &call::Answer) -> Result<(), Refusal> {
    let sorted = |answer: &call::Answer| {
        let mut headers = answer.headers.clone();
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        headers
    };
    let (theirs_headers, our_headers) = (sorted(theirs), sorted(ours));
    if theirs_headers != our_headers {
        return Err(format!("the headers differ: {theirs_headers:?}, recorded {our_headers:?}").into());
    }
    if theirs.status != ours.status || theirs.body != ours.body || theirs.wire != ours.wire {
        return Err("the recorded answer is not the same bytes".into());
    }
    Ok(())
}

/// Serves the answer until the process is ended.
pub(crate) fn serve(options: &RecordedOptions) -> Result<(), Refusal> {
    let answer: Answer = serde_json::from_slice(&std::fs::read(&options.answer)?)?;
    let status = StatusCode::from_u16(answer.status)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let ready = Arc::new((headers, Bytes::from(answer.body)));
    listen::forever(options.listen, "recorded", move |request| {
        let ready = ready.clone();
        async move {
            let _ = request.into_body().collect().await;
            let mut response = Response::new(Full::new(ready.1.clone()));
            *response.status_mut() = status;
            response.headers_mut().clone_from(&ready.0);
            response
        }
    })
}
