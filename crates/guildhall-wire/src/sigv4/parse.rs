//! Taking a signature apart.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{self, AUTHORIZATION};
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use super::{ALGORITHM, AuthError, Incoming, Signed, Stamp, canonical};
use crate::names;

const TERMINATOR: &str = "aws4_request";
const MAX_EXPIRES: i64 = 604_800;
/// Headers that change what a request means. Clients leave others unsigned: `X-Amz-User-Agent`, and
/// `X-Amz-Content-Sha256`, which is compared with the body all the same.
static MUST_BE_SIGNED: [(&HeaderName, &str); 3] = [
    (&names::TARGET, "X-Amz-Target"),
    (&names::DATE, "X-Amz-Date"),
    (&names::SECURITY_TOKEN, "X-Amz-Security-Token"),
];

/// The parts of a signature before they are looked into.
struct Parts<'a> {
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    session_token: Option<Cow<'a, str>>,
    stamp: Stamp,
    presigned: bool,
    expires: Option<i64>,
}

pub(super) fn parse<'a>(incoming: Incoming<'a>, services: &[&str]) -> Result<Signed<'a>, AuthError> {
    let header = one(incoming.headers, &AUTHORIZATION)?;
    let query = incoming.query.map(Query::find).transpose()?.filter(Query::is_signed);
    let parts = match (header, query) {
        (None, None) => return Err(AuthError::MissingToken),
        (Some(header), None) => from_header(header, incoming.headers)?,
        (None, Some(query)) => from_query(query)?,
        (Some(_), Some(_)) => {
            return Err(AuthError::Invalid(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
                    .to_owned(),
            ));
        }
    };
    check_signed_headers(&parts.signed_headers, incoming.headers)?;
    let (access_key_id, scope) = split_credential(parts.credential)?;
    check_scope(&scope, &parts.stamp, services)?;
    Ok(Signed {
        incoming,
        access_key_id,
        scope,
        signed_headers: parts.signed_headers,
        signature: canonical::unhex(&parts.signature).ok_or(AuthError::Mismatch)?,
        session_token: parts.session_token,
        stamp: parts.stamp,
        presigned: parts.presigned,
        expires: parts.expires,
    })
}

/// The service that a request says it is signed for, in its `Authorization` header or its query, of whatever form the
/// rest of the signature is (SigV4a's scope has no region). Whether it is, only [`Signed::verify`] tells.
pub fn claimed_service<'a>(headers: &'a HeaderMap, query: Option<&'a str>) -> Option<Cow<'a, str>> {
    // <key>/<day>/<region>/<service>/aws4_request
    let service = |credential: &str| {
        let (scope, terminator) = credential.rsplit_once('/')?;
        let service = scope.rsplit_once('/')?.1;
        (terminator == TERMINATOR && !service.is_empty()).then(|| service.to_owned())
    };
    if let Some(text) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        let pairs = text.strip_prefix("AWS4-")?.split([',', ' ']);
        let credential = pairs.filter_map(|pair| pair.strip_prefix("Credential=")).next()?;
        return service(credential).map(Cow::Owned);
    }
    let query = query.filter(|query| query.contains("X-Amz-Credential"))?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, credential) = pairs.find(|(name, _)| name == "X-Amz-Credential")?;
    service(&credential).map(Cow::Owned)
}

/// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, in any order.
fn from_header<'a>(header: &'a str, headers: &'a HeaderMap) -> Result<Parts<'a>, AuthError> {
    let (algorithm, pairs) = header.split_once(' ').unwrap_or((header, ""));
    // Of another scheme altogether what it lacks is told first.
    let ours = algorithm.starts_with("AWS4-");
    if ours {
        check_algorithm(algorithm)?;
    }
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for pair in pairs.split([',', ' ']).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(AuthError::Incomplete(format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and \
                 encoded with Base64): '{}'.",
                fingerprint(header)
            )));
        };
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(AuthError::Incomplete(format!(
                "Authorization header has more than one '{name}' parameter."
            )));
        }
    }
    let mut lacks = String::new();
    let mut take = |name: &str, value: Option<&'a str>| {
        let value = value.unwrap_or_default();
        if value.is_empty() {
            let _ = write!(lacks, "Authorization header requires '{name}' parameter. ");
        }
        Cow::Borrowed(value)
    };
    let credential = take("Credential", credential);
    let signature = take("Signature", signature);
    let signed_headers = take("SignedHeaders", signed_headers);
    let (amz_date, date) =
        (one(headers, &names::DATE)?, headers.get(&header::DATE).and_then(|date| date.to_str().ok()));
    if amz_date.or(date).is_none() {
        lacks.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    if !lacks.is_empty() {
        let hash = fingerprint(header);
        return Err(AuthError::Incomplete(format!(
            "{lacks}(Hashed with SHA-256 and encoded with Base64) Authorization={hash}"
        )));
    }
    if !ours {
        check_algorithm(algorithm)?;
    }
    let stamp = match amz_date {
        Some(text) => Stamp::basic(text),
        None => date.and_then(Stamp::http_date),
    };
    Ok(Parts {
        credential,
        signed_headers,
        signature,
        session_token: one(headers, &names::SECURITY_TOKEN)?.map(Cow::Borrowed),
        stamp: stamp.ok_or_else(|| not_a_date(amz_date.or(date).unwrap_or_default()))?,
        presigned: false,
        expires: None,
    })
}

/// The authentication parameters of a query, decoded.
#[derive(Default)]
struct Query<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    session_token: Option<Cow<'a, str>>,
}

impl<'a> Query<'a> {
    fn find(query: &'a str) -> Result<Self, AuthError> {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "X-Amz-Algorithm" => &mut found.algorithm,
                "X-Amz-Credential" => &mut found.credential,
                canonical::SIGNATURE => &mut found.signature,
                "X-Amz-SignedHeaders" => &mut found.signed_headers,
                "X-Amz-Date" => &mut found.date,
                "X-Amz-Expires" => &mut found.expires,
                "X-Amz-Security-Token" => &mut found.session_token,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(AuthError::Incomplete(format!(
                    "AWS query-string parameters must include '{name}' once. Re-examine the query-string parameters."
                )));
            }
        }
        Ok(found)
    }

    fn is_signed(&self) -> bool {
        self.algorithm.is_some() || self.signature.is_some()
    }
}

fn from_query(query: Query<'_>) -> Result<Parts<'_>, AuthError> {
    let mut lacks = String::new();
    let mut take = |name, value: Option<_>| {
        let value: Cow<'_, str> = value.unwrap_or_default();
        if value.is_empty() {
            let _ = write!(lacks, "AWS query-string parameters must include '{name}'. ");
        }
        value
    };
    let algorithm = take("X-Amz-Algorithm", query.algorithm);
    let credential = take("X-Amz-Credential", query.credential);
    let signature = take(canonical::SIGNATURE, query.signature);
    let signed_headers = take("X-Amz-SignedHeaders", query.signed_headers);
    let date = take("X-Amz-Date", query.date);
    if !lacks.is_empty() {
        return Err(AuthError::Incomplete(format!("{lacks}Re-examine the query-string parameters.")));
    }
    check_algorithm(&algorithm)?;
    Ok(Parts {
        credential,
        signed_headers,
        signature,
        session_token: query.session_token,
        stamp: Stamp::basic(&date).ok_or_else(|| not_a_date(&date))?,
        presigned: true,
        expires: query.expires.as_deref().map(seconds_to_live).transpose()?,
    })
}

fn seconds_to_live(text: &str) -> Result<i64, AuthError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|seconds| digits && (1..=MAX_EXPIRES).contains(seconds)).ok_or_else(|| {
        AuthError::Incomplete(format!("X-Amz-Expires must be a number of seconds from 1 to {MAX_EXPIRES}."))
    })
}

fn check_algorithm(algorithm: &str) -> Result<(), AuthError> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(AuthError::Incomplete(format!(
        "Unsupported AWS 'algorithm': '{}' (only {ALGORITHM} for now).",
        clip(algorithm)
    )))
}

/// The list is strictly ascending and in lower case, as every client sends it (so nothing is hashed twice).
fn check_signed_headers(signed: &str, headers: &HeaderMap) -> Result<(), AuthError> {
    let has = |name| signed.split(';').any(|signed| signed == name);
    if !has("host") {
        return Err(AuthError::Invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    if let Some((_, shown)) =
        MUST_BE_SIGNED.iter().find(|(name, _)| headers.contains_key(*name) && !has(name.as_str()))
    {
        return Err(AuthError::Invalid(format!(
            "'{shown}' must be a 'SignedHeader' in the AWS Authorization."
        )));
    }
    let plain = signed.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
    if plain && signed.split(';').is_sorted_by(|one, next| one < next) {
        Ok(())
    } else {
        Err(AuthError::Mismatch)
    }
}

/// `keyid/YYYYMMDD/region/service/aws4_request` into the key id and the rest.
fn split_credential(credential: Cow<'_, str>) -> Result<(Cow<'_, str>, Cow<'_, str>), AuthError> {
    let parts = credential.split('/').count();
    let split = match &credential {
        Cow::Borrowed(text) => text.split_once('/').map(|(id, scope)| (id.into(), scope.into())),
        Cow::Owned(text) => {
            text.split_once('/').map(|(id, scope)| (id.to_owned().into(), scope.to_owned().into()))
        }
    };
    split.filter(|(id, _): &(Cow<'_, str>, _)| parts == 5 && !id.is_empty()).ok_or_else(|| {
        AuthError::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
            clip(&credential)
        ))
    })
}

/// All that is wrong with the scope, in one text.
fn check_scope(scope: &str, stamp: &Stamp, services: &[&str]) -> Result<(), AuthError> {
    let mut parts = scope.split('/');
    let mut part = || parts.next().unwrap_or_default();
    let (day, region, service, terminator) = (part(), part(), part(), part());
    let mut wrong = Vec::new();
    let names_a_region = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if region.is_empty() || region.len() > 64 || !region.bytes().all(names_a_region) {
        wrong.push(format!("Credential should be scoped to a valid region, not '{}'.", clip(region)));
    }
    if !services.contains(&service) {
        let first = services.first().copied().unwrap_or_default();
        wrong.push(format!("Credential should be scoped to correct service: '{first}'."));
    }
    if terminator != TERMINATOR {
        let shown = clip(terminator);
        wrong.push(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{shown}'."
        ));
    }
    if day != stamp.day() {
        wrong.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{}' != '{}', from '{}'.",
            clip(day),
            stamp.day(),
            stamp.text
        ));
    }
    if wrong.is_empty() { Ok(()) } else { Err(AuthError::Invalid(wrong.join(" "))) }
}

/// The one value of a header, if it has any.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, AuthError> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(AuthError::Incomplete(format!("The header '{name}' must have one value, in ASCII."))),
    }
}

fn not_a_date(text: &str) -> AuthError {
    AuthError::Incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601",
        clip(text)
    ))
}

/// Identifies a header to whoever sent it without repeating it.
fn fingerprint(header: &str) -> String {
    BASE64.encode(Sha256::digest(header))
}

/// What an error text repeats of a request, at most.
fn clip(text: &str) -> &str {
    text.char_indices().nth(100).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
