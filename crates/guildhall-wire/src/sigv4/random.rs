//! Random requests signed by the AWS SDK's own signer are accepted; each with one byte changed is refused.
//! `GUILDHALL_SIGV4_CASES` says how many (5,000 unless told), `GUILDHALL_SIGV4_SEED` where to begin.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{AuthError, Incoming, Secret, Signed};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn text(&mut self, alphabet: &[&str], min: usize, max: usize) -> String {
        let length = min + self.below(max - min + 1);
        (0..length).map(|_| self.pick(alphabet)).collect()
    }
}

const PLAIN: &[&str] = &["a", "b", "z", "Q", "0", "7", "-", "_"];
const PATH: &[&str] =
    &["a", "Z", "9", "-", "~", "_", "%20", "%2f", "%2F", "%E1%88%B4", "@", ":", "+", "*", "'", "(", "."];
const SEGMENTS: &[&str] = &["/", "/.", "/..", "/./", "/../x", "//"];
/// A broken escape stays what it is; but an escape that is no UTF-8 the SDK would sign as something else.
const QUERY: &[&str] = &[
    "a",
    "Z",
    "9",
    "-",
    ".",
    "~",
    "+",
    "%20",
    "%2b",
    "%3D",
    "%e1%88%b4",
    "%26",
    "/",
    ":",
    "*",
    "%~",
    "=",
    "@",
    "!",
    "%zz",
];
const VALUE: &[&str] = &["a", "B", "0", " ", "  ", ",", ";", "\"", "=", "/", "   ", "\\", "~", "\u{e9}"];
const NAMES: &[&str] =
    &["my-header", "x-other", "content-type", "amz-sdk-request", "x-amz-meta", "accept", "_under", "zz"];
const SECRET: &[&str] = &["a", "B", "9", "/", "+", "é"];

struct Case {
    secret: String,
    key_id: String,
    token: Option<String>,
    region: String,
    service: &'static str,
    at: i64,
    request: Sent,
}

#[derive(Clone)]
struct Sent {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Case {
    fn new(random: &mut Random) -> Self {
        let body_length = random.pick(&[&0, &2, &30, &200, &2000]);
        let mut path = String::from("/");
        if random.one_in(3) {
            for _ in 0..random.below(4) {
                path.push_str(&random.text(PATH, 0, 5));
                path.push_str(random.pick(SEGMENTS));
            }
        }
        let query = random.one_in(2).then(|| {
            let parts: Vec<_> = (0..random.below(5))
                .map(|_| match random.below(4) {
                    0 => random.text(QUERY, 0, 3),
                    _ => format!("{}={}", random.text(PLAIN, 0, 2), random.text(QUERY, 0, 6)),
                })
                .collect();
            parts.join("&")
        });
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(&format!("{}:8080", random.text(PLAIN, 1, 9))).unwrap());
        for _ in 0..random.below(5) {
            let name = HeaderName::from_static(random.pick(NAMES));
            headers.append(name, HeaderValue::from_bytes(random.text(VALUE, 0, 9).as_bytes()).unwrap());
        }
        if random.one_in(2) {
            headers.insert("user-agent", HeaderValue::from_static("never signed"));
        }
        Self {
            secret: random.text(SECRET, 1, 80),
            key_id: random.text(PLAIN, 1, 20),
            token: random.one_in(2).then(|| random.text(SECRET, 1, 60).replace('é', "=")),
            region: random.pick(&["us-east-1", "eu-central-1", "cn-northwest-1", "local", "x"]).to_owned(),
            service: random.pick(&["organizations", "sts"]),
            at: random.below(4_102_444_800) as i64,
            request: Sent {
                method: random.pick(&[&Method::GET, &Method::POST, &Method::PUT, &Method::DELETE]).clone(),
                path,
                query,
                headers,
                body: (0..*body_length).map(|_| random.next() as u8).collect(),
            },
        }
    }

    fn sign(&mut self, random: &mut Random, presigned: bool) {
        let mut settings = SigningSettings::default();
        if presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(1 + random.below(604_800) as u64));
        }
        if random.one_in(2) {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = Credentials::new(&self.key_id, &self.secret, self.token.clone(), None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.at as u64))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let sent = &mut self.request;
        let uri = match &sent.query {
            Some(query) => format!("http://localhost{}?{query}", sent.path),
            None => format!("http://localhost{}", sent.path),
        };
        let headers: Vec<_> = sent
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8(value.as_bytes().to_vec()).unwrap())
            })
            .collect();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable =
            SignableRequest::new(sent.method.as_str(), &uri, headers, SignableBody::Bytes(&sent.body))
                .unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        let mut request = http::Request::builder().uri(&uri).body(()).unwrap();
        *request.headers_mut() = std::mem::take(&mut sent.headers);
        instructions.apply_to_request_http1x(&mut request);
        sent.query = request.uri().query().map(str::to_owned);
        sent.headers = std::mem::take(request.headers_mut());
    }

    /// What a server does that knows one key.
    fn check(&self, sent: &Sent, secret: &Secret) -> Result<(), AuthError> {
        let incoming = Incoming {
            method: &sent.method,
            path: &sent.path,
            query: sent.query.as_deref(),
            headers: &sent.headers,
        };
        let signed = Signed::parse(incoming, &[self.service])?;
        signed.check_time(&[self.at], 300)?;
        if signed.access_key_id() != self.key_id || signed.session_token() != self.token.as_deref() {
            return Err(signed.refuse(&sent.body, secret));
        }
        signed.verify(&sent.body, secret)?;
        assert_eq!((signed.region(), signed.service()), (self.region.as_str(), self.service));
        Ok(())
    }
}

/// Another printable byte in the place of one that is no blank, so never a change of white space alone.
fn change(random: &mut Random, bytes: &mut [u8]) -> bool {
    let solid: Vec<_> = (0..bytes.len()).filter(|index| bytes[*index] != b' ').collect();
    if solid.is_empty() {
        return false;
    }
    let byte = &mut bytes[solid[random.below(solid.len())]];
    let old = *byte;
    while *byte == old {
        *byte = b'!' + random.below(94) as u8;
    }
    true
}

fn change_text(random: &mut Random, text: &mut String) -> bool {
    let mut bytes = std::mem::take(text).into_bytes();
    let changed = change(random, &mut bytes);
    *text = String::from_utf8(bytes).unwrap();
    changed
}

fn change_header(random: &mut Random, headers: &mut HeaderMap, name: &str) -> bool {
    let mut values: Vec<_> = headers.get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect();
    let index = random.below(values.len());
    if !change(random, &mut values[index]) {
        return false;
    }
    headers.remove(name);
    for value in values {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(&value).unwrap(),
        );
    }
    true
}

/// RFC 3986 5.2.4, written for clarity: two paths that come to the same are the same to every AWS service but S3.
fn resolved(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        if segment == ".." {
            kept.pop();
        } else {
            kept.push(segment);
        }
    }
    let last = path.rsplit('/').next().unwrap();
    format!(
        "/{}{}",
        kept.join("/"),
        if kept.is_empty() || !matches!(last, "" | "." | "..") { "" } else { "/" }
    )
}

/// The parameters a query comes to, in order: `%2f` and `%2F`, or `a` and `a=`, are two spellings of one thing.
fn parameters(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| {
        let (mut out, bytes, mut index) = (Vec::new(), text.as_bytes(), 0);
        while index < bytes.len() {
            let hex = bytes.get(index + 1..index + 3).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            match (bytes[index], hex) {
                (b'%', Some(hex)) => {
                    out.push(u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
                    index += 2;
                }
                (b'+', _) => out.push(b' '),
                (byte, _) => out.push(byte),
            }
            index += 1;
        }
        out
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    let mut all: Vec<_> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(n, v)| (decode(n), decode(v)))
        .collect();
    all.sort();
    all
}

/// Changes a request; nothing if there is nothing to change.
type Change = fn(&mut Random, &Sent) -> Option<(Sent, Meaning)>;

const CHANGES: [Change; 8] =
    [in_body, in_header, in_path, in_query, in_authorization, in_signature, in_method, in_white_space];

#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Kept,
    Changed,
}

impl Meaning {
    fn kept(kept: bool) -> Self {
        if kept { Self::Kept } else { Self::Changed }
    }
}

fn in_body(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    if new.body.is_empty() {
        new.body.push(b'x');
    } else {
        let index = random.below(new.body.len());
        new.body[index] ^= 1 << random.below(8);
    }
    Some((new, Meaning::Changed))
}

fn in_header(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    let names: Vec<_> =
        sent.headers.keys().map(HeaderName::as_str).filter(|name| *name != "authorization").collect();
    let name = random.pick(&names);
    // The SDK leaves it unsigned.
    let meaning = Meaning::kept(name == "user-agent");
    change_header(random, &mut new.headers, name).then_some((new, meaning))
}

fn in_path(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    change_text(random, &mut new.path).then_some(())?;
    let meaning = Meaning::kept(resolved(&sent.path) == resolved(&new.path));
    Some((new, meaning))
}

fn in_query(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    change_text(random, new.query.as_mut()?).then_some(())?;
    let meaning = Meaning::kept(parameters(sent.query.as_ref()?) == parameters(new.query.as_ref()?));
    Some((new, meaning))
}

/// Never a blank, so never one separator of the parameters for the other.
fn in_authorization(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    sent.headers.get("authorization")?;
    change_header(random, &mut new.headers, "authorization").then_some((new, Meaning::Changed))
}

/// Also in the case of a digit: the signature is text.
fn in_signature(random: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    let mut change = |text: &str, place: &str| {
        let start = text.find(place).unwrap() + place.len();
        let mut bytes = text.as_bytes().to_vec();
        let index = start + random.below(64);
        while bytes[index] == text.as_bytes()[index] {
            bytes[index] = b"0123456789abcdefABCDEFg"[random.below(23)];
        }
        String::from_utf8(bytes).unwrap()
    };
    if let Some(value) = new.headers.get_mut("authorization") {
        *value = change(value.to_str().unwrap(), "Signature=").parse().unwrap();
    } else {
        new.query = Some(change(sent.query.as_ref()?, "X-Amz-Signature="));
    }
    Some((new, Meaning::Changed))
}

fn in_method(_: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    let mut new = sent.clone();
    new.method = if sent.method == Method::POST { Method::PATCH } else { Method::POST };
    Some((new, Meaning::Changed))
}

/// More of the white space that is there already, and some at the ends: collapsed before signing. Not in what is also
/// read as it stands.
fn in_white_space(_: &mut Random, sent: &Sent) -> Option<(Sent, Meaning)> {
    const READ: [&str; 4] = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
    let mut new = sent.clone();
    for (_, value) in new.headers.iter_mut().filter(|(name, _)| !READ.contains(&name.as_str())) {
        let text = format!("  {} ", String::from_utf8(value.as_bytes().to_vec()).unwrap().replace(' ', "  "));
        *value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
    }
    Some((new, Meaning::Kept))
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.replace(['_', ','], "").parse().unwrap())
}

#[test]
fn signed_by_the_sdk_accepted_and_changed_refused() {
    let (cases, seed) = (number("GUILDHALL_SIGV4_CASES", 5_000), number("GUILDHALL_SIGV4_SEED", 0));
    let (mut refused, mut kept) = ([0_u64; 8], [0_u64; 8]);
    for number in seed..seed + cases {
        let random = &mut Random(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut case = Case::new(random);
        case.sign(random, number % 2 == 1);
        let secret = Secret::new(case.secret.clone());
        let show = |sent: &Sent| {
            format!(
                "case {number}: {} {}?{:?} {:#?} {:?}",
                sent.method, sent.path, sent.query, sent.headers, sent.body
            )
        };
        assert_eq!(case.check(&case.request, &secret), Ok(()), "{}", show(&case.request));
        for (kind, change) in CHANGES.iter().enumerate() {
            let Some((sent, meaning)) = change(random, &case.request) else { continue };
            let outcome = case.check(&sent, &secret);
            let as_it_should = outcome.is_ok() == (meaning == Meaning::Kept);
            assert!(as_it_should, "change {kind}: {outcome:?}\n{}\n{}", show(&case.request), show(&sent));
            match meaning {
                Meaning::Kept => kept[kind] += 1,
                Meaning::Changed => refused[kind] += 1,
            }
        }
    }
    println!("{cases} signed requests accepted");
    println!("changed and refused, by kind of change: {refused:?}");
    println!("changed without a change of meaning, and accepted: {kept:?}");
}
