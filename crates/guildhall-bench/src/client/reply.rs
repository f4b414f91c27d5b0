//! Finding the end of an HTTP/1.1 answer.

use std::io;

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    /// Where the body begins.
    pub(crate) body_at: usize,
    /// How long the body is.
    pub(crate) body_len: usize,
    /// The server closes the connection after it.
    pub(crate) close: bool,
}

impl Head {
    /// Where the answer ends.
    pub(crate) fn end(&self) -> usize {
        self.body_at + self.body_len
    }
}

/// The head at the front of `bytes`, or `None` while it is incomplete.
///
/// Only answers with a length are understood: every server here sends one, and a chunked answer of a fixed
/// JSON body would itself be a finding.
pub(crate) fn head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let body_at = match response.parse(bytes) {
        Ok(httparse::Status::Partial) => return Ok(None),
        Ok(httparse::Status::Complete(at)) => at,
        Err(e) => return Err(io::Error::other(e.to_string())),
    };
    let (mut body_len, mut close) = (None, false);
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            body_len = std::str::from_utf8(header.value).ok().and_then(|v| v.parse().ok());
        } else if header.name.eq_ignore_ascii_case("connection") {
            close = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    let body_len = body_len.ok_or_else(|| io::Error::other("an answer without Content-Length"))?;
    Ok(Some(Head { status: response.code.unwrap_or(0), body_at, body_len, close }))
}

/// Name and value of every header of a complete answer, in the order they came.
pub(crate) fn headers(bytes: &[u8]) -> Vec<(String, String)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let _ = response.parse(bytes);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    response.headers.iter().map(|h| (h.name.to_ascii_lowercase(), text(h.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_in_pieces() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: 2\r\n\r\n{}";
        for cut in 0..whole.len() - 2 {
            assert_eq!(head(&whole[..cut]).unwrap(), None);
        }
        let head = head(whole).unwrap().unwrap();
        assert_eq!((head.status, head.end(), head.close), (200, whole.len(), false));
        assert_eq!(headers(whole)[0], ("content-type".to_owned(), "a/b".to_owned()));
    }

    #[test]
    fn no_length_is_an_error() {
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
