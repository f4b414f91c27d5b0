//! AWS Signature Version 4, the verifying side (accounts.md sections 1.2 and 1.4, section 13 rows 92-98).
//!
//! The flow of a request, cheapest check first:
//!
//! 1. [`Signed::parse`] takes the head apart: form, scope, what has to be signed.
//! 2. [`Signed::check_time`].
//! 3. The caller finds the secret of [`Signed::access_key_id`].
//! 4. [`Signed::verify`] with it; or, for a key that does not exist, [`Signed::refuse`], which does the same work.
//!
//! Canonicalisation is that of every service but S3. The payload is always hashed: `UNSIGNED-PAYLOAD` and
//! `STREAMING-…` are refused.

mod canonical;
mod error;
mod parse;
mod secret;
mod stamp;

use std::borrow::Cow;

use http::{HeaderMap, Method};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use self::error::AuthError;
pub use self::parse::claimed_service;
pub use self::secret::Secret;
use self::stamp::Stamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The head of a request as it came in: path and query as sent, not decoded. Headers include `Host`.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// What follows the `?`, percent-encoded.
    pub query: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
}

/// A request that claims to be signed. Nothing in it is to be believed before [`Signed::verify`].
pub struct Signed<'a> {
    incoming: Incoming<'a>,
    access_key_id: Cow<'a, str>,
    /// `YYYYMMDD/region/service/aws4_request`.
    scope: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: [u8; 32],
    session_token: Option<Cow<'a, str>>,
    stamp: Stamp,
    presigned: bool,
    /// Presigned for so many seconds.
    expires: Option<i64>,
}

impl<'a> Signed<'a> {
    /// Takes the signature apart, header form or presigned query form. `services` are the signing names that may
    /// stand in the scope; the first is the one that error texts name.
    ///
    /// Refuses: no or two signatures, missing or repeated parts, an unknown algorithm, a date that is none or differs
    /// from the scope's, another service or terminator, an unsigned host, and an `x-amz-target`, `x-amz-date`,
    /// `x-amz-security-token` or `x-amz-content-sha256` header that is present but unsigned.
    pub fn parse(incoming: Incoming<'a>, services: &[&str]) -> Result<Self, AuthError> {
        parse::parse(incoming, services)
    }

    /// The access key id.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session token of temporary credentials, always under the signature.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The region of the scope; any name is taken, since SDKs sign for a custom endpoint with their own region.
    pub fn region(&self) -> &str {
        self.scope.split('/').nth(1).unwrap_or_default()
    }

    /// The service of the scope, one of those given to [`Signed::parse`].
    pub fn service(&self) -> &str {
        self.scope.split('/').nth(2).unwrap_or_default()
    }

    /// When it was signed, in Unix seconds.
    pub fn signed_at(&self) -> i64 {
        self.stamp.seconds
    }

    /// Whether the signature came in the query.
    pub fn is_presigned(&self) -> bool {
        self.presigned
    }

    /// Accepts a signature that is current by any of the clocks (Unix seconds): within `window` seconds of it, or, if
    /// presigned with a life, for that life. The text of a refusal is about the first clock.
    pub fn check_time(&self, clocks: &[i64], window: i64) -> Result<(), AuthError> {
        let life = self.expires.unwrap_or(window);
        let at = self.stamp.seconds;
        let earliest = |now: &i64| now.saturating_sub(life);
        let latest = |now: &i64| now.saturating_add(window);
        if clocks.iter().any(|now| (earliest(now)..=latest(now)).contains(&at)) {
            return Ok(());
        }
        let now = clocks.first().copied().unwrap_or_default();
        let (signed, shown) = (&self.stamp.text, stamp::format(now));
        Err(AuthError::Untimely(if at < earliest(&now) {
            let limit = stamp::format(earliest(&now));
            format!("Signature expired: {signed} is now earlier than {limit} ({shown} - {}.)", span(life))
        } else {
            let limit = stamp::format(latest(&now));
            format!(
                "Signature not yet current: {signed} is still later than {limit} ({shown} + {}.)",
                span(window)
            )
        }))
    }

    /// Calculates the signature over head and body and compares it in constant time.
    pub fn verify(&self, body: &[u8], secret: &Secret) -> Result<(), AuthError> {
        let payload = canonical::hex(&Sha256::digest(body).into());
        let payload_is_stated = self
            .incoming
            .headers
            .get_all(&crate::names::CONTENT_SHA256)
            .iter()
            .all(|stated| stated.as_bytes() == payload);
        let Some(request) = canonical::request(&self.incoming, &self.signed_headers, &payload) else {
            return Err(AuthError::Mismatch);
        };
        let mut to_sign = Vec::with_capacity(192);
        for line in [ALGORITHM, &self.stamp.text, &self.scope] {
            to_sign.extend_from_slice(line.as_bytes());
            to_sign.push(b'\n');
        }
        to_sign.extend_from_slice(&canonical::hex(&Sha256::digest(&request).into()));
        let signature = secret.signing_key(&self.scope).sign(&to_sign);
        if bool::from(signature.ct_eq(&self.signature)) && payload_is_stated {
            Ok(())
        } else {
            Err(AuthError::Mismatch)
        }
    }

    /// For an access key that does not exist: does the work of [`Signed::verify`] and answers
    /// [`AuthError::UnknownKey`], so that the time taken tells nothing.
    pub fn refuse(&self, body: &[u8], decoy: &Secret) -> AuthError {
        let _ = std::hint::black_box(self.verify(body, decoy));
        AuthError::UnknownKey
    }
}

fn span(seconds: i64) -> String {
    if seconds % 60 == 0 { format!("{} min", seconds / 60) } else { format!("{seconds} sec") }
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
