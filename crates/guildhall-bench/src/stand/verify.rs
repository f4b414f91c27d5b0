//! The least verification of a header-signed request: rebuild the canonical request from the signed headers, hash
//! the body, look the signing key up, compare in constant time.

use crate::client::sign::{SECRET, derive, now};
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// Signing keys by credential.
    static KEYS: RefCell<HashMap<String, [u8; 32]>> = RefCell::default();
}

/// Whether the signature is right and not older than five minutes.
pub(crate) fn verified(headers: &HeaderMap, body: &[u8]) -> bool {
    check(headers, body).unwrap_or(false)
}

fn check(headers: &HeaderMap, body: &[u8]) -> Option<bool> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let authorization = header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let credential = field(authorization, "Credential=")?;
    let signed = field(authorization, "SignedHeaders=")?;
    let theirs = field(authorization, "Signature=")?;
    let date = header("x-amz-date")?;
    let (_, scope) = credential.split_once('/')?;
    if !date.starts_with(scope.split('/').next()?) || !fresh(date) {
        return Some(false);
    }

    let mut canonical = String::with_capacity(512);
    canonical.push_str("POST\n/\n\n");
    for name in signed.split(';') {
        canonical.push_str(name);
        canonical.push(':');
        for (n, word) in header(name)?.split_ascii_whitespace().enumerate() {
            // Runs of blanks count as one.
            canonical.push_str(if n == 0 { "" } else { " " });
            canonical.push_str(word);
        }
        canonical.push('\n');
    }
    canonical.push('\n');
    canonical.push_str(signed);
    canonical.push('\n');
    push_hash(&mut canonical, body);

    let mut to_sign = String::with_capacity(160);
    for part in ["AWS4-HMAC-SHA256", date, scope] {
        to_sign.push_str(part);
        to_sign.push('\n');
    }
    push_hash(&mut to_sign, canonical.as_bytes());

    let mut given = [0; 32];
    hex::decode_to_slice(theirs, &mut given).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(credential, scope)?).ok()?;
    mac.update(to_sign.as_bytes());
    Some(mac.verify_slice(&given).is_ok())
}

/// One field of the Authorization header.
fn field<'a>(authorization: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = authorization.split_once(name)?;
    Some(rest.split(',').next().unwrap_or(rest).trim())
}

fn push_hash(to: &mut String, bytes: &[u8]) {
    let mut hashed = [0; 64];
    let _ = hex::encode_to_slice(Sha256::digest(bytes), &mut hashed);
    to.push_str(std::str::from_utf8(&hashed).unwrap_or_default());
}

fn key(credential: &str, scope: &str) -> Option<[u8; 32]> {
    KEYS.with_borrow_mut(|keys| {
        if let Some(key) = keys.get(credential) {
            return Some(*key);
        }
        let mut parts = scope.split('/');
        let key = derive(SECRET, parts.next()?, parts.next()?, parts.next()?);
        keys.insert(credential.to_owned(), key);
        Some(key)
    })
}

/// `20260131T235959Z` within five minutes of the clock.
fn fresh(date: &str) -> bool {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize, to: usize| i8::try_from(number(from, to)?).ok();
    let at = || {
        let day = jiff::civil::Date::new(number(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
        let time = jiff::civil::Time::new(small(9, 11)?, small(11, 13)?, small(13, 15)?, 0).ok()?;
        jiff::tz::Offset::UTC.to_timestamp(day.to_datetime(time)).ok()
    };
    at().is_some_and(|at| (at.as_second() - now()).abs() <= 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::sign::Signer;
    use hyper::header::{HeaderName, HeaderValue};

    /// Headers and body of a request as they come off the wire.
    fn parsed(request: &[u8]) -> (HeaderMap, Vec<u8>) {
        let text = String::from_utf8(request.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let pairs = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers =
            pairs.map(|(k, v)| (HeaderName::try_from(k).unwrap(), HeaderValue::try_from(v).unwrap()));
        (headers.collect(), body.as_bytes().to_vec())
    }

    #[test]
    fn right_wrong_and_old() {
        let mut signer = Signer::new("111111111111", "127.0.0.1:1");
        let (headers, body) = parsed(&signer.organizations(now(), "ListRoots", "{}"));
        assert!(verified(&headers, &body));
        assert!(!verified(&headers, b"{ }"));
        let (headers, body) = parsed(&signer.organizations(now() - 400, "ListRoots", "{}"));
        assert!(!verified(&headers, &body));
        let (headers, body) = parsed(&signer.caller_identity(now()));
        assert!(verified(&headers, &body));
    }
}
