//! Every case of the public SigV4 test suite, in header and in query form, read from the package of `aws-sigv4`.

use std::path::{Path, PathBuf};
use std::process::Command;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use sha2::{Digest, Sha256};

use super::{AuthError, Incoming, Secret, Signed, canonical};

/// Signed with the path as sent, which only S3 does.
const OF_S3: [&str; 6] = [
    "get-relative-relative-unnormalized",
    "get-relative-unnormalized",
    "get-slash-dot-slash-unnormalized",
    "get-slash-pointless-dot-unnormalized",
    "get-slash-unnormalized",
    "get-slashes-unnormalized",
];
/// The session token was added after signing; we want it signed.
const TOKEN_UNSIGNED: &str = "post-sts-header-after";
/// Written down already encoded, but encoded once in its canonical request: the path as the signer had it has a blank.
const ENCODED_ON_PAPER: &str = "get-space-normalized";
/// These two state a canonical request (of another date than the signed request) and no context.
const PATH_ONLY: [&str; 2] = ["double-encode-path", "double-url-encode"];

struct Request {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: String,
}

impl Request {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        // Continuation lines, as HTTP/1.1 servers unfolded them while they were allowed.
        let head = head.replace("\n ", " ");
        let mut lines = head.trim_end().lines();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let target = target.strip_suffix(" HTTP/1.1").unwrap();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        for (name, value) in lines.map(|line| line.split_once(':').unwrap()) {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers,
            body: body.to_owned(),
        }
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
        }
    }

    fn canonical(&self, signed: &Signed<'_>) -> String {
        let hash = canonical::hex(&Sha256::digest(&self.body).into());
        String::from_utf8(canonical::request(&self.incoming(), &signed.signed_headers, &hash).unwrap())
            .unwrap()
    }
}

fn suite() -> PathBuf {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--filter-platform", "host-tuple", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|it| it["name"] == "aws-sigv4").unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    manifest.with_file_name("aws-signing-test-suite").join("v4")
}

/// Accepts the request if it is what `context` says, at the minute it was signed.
fn check(request: &Request, context: &serde_json::Value, form: &str) -> Result<(), AuthError> {
    let credentials = &context["credentials"];
    let signed = Signed::parse(request.incoming(), &["service"])?;
    assert_eq!(signed.is_presigned(), form == "query");
    assert_eq!(signed.access_key_id(), credentials["access_key_id"].as_str().unwrap());
    assert_eq!(signed.session_token(), credentials["token"].as_str());
    assert_eq!((signed.region(), signed.service()), ("us-east-1", "service"));
    assert_eq!(signed.signed_at(), 1_440_938_160);
    signed.check_time(&[1_440_938_160], 300).unwrap();
    let secret = Secret::new(credentials["secret_access_key"].as_str().unwrap().to_owned());
    signed.verify(request.body.as_bytes(), &secret)
}

#[test]
fn every_case_of_the_public_suite() {
    let mut seen = 0;
    for case in std::fs::read_dir(suite()).unwrap() {
        let case = case.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap();
        if PATH_ONLY.contains(&name) {
            continue;
        }
        let read = |file: &str| std::fs::read_to_string(case.join(file)).unwrap();
        let context: serde_json::Value = serde_json::from_str(&read("context.json")).unwrap();
        for form in ["header", "query"] {
            let mut request = Request::read(&read(&format!("{form}-signed-request.txt")));
            if name == ENCODED_ON_PAPER {
                request.path = request.path.replace("%20", " ");
            }
            let outcome = check(&request, &context, form);
            seen += 1;
            if name == TOKEN_UNSIGNED {
                assert!(outcome.is_err(), "{name} {form}");
                continue;
            }
            let signed = Signed::parse(request.incoming(), &["service"]).unwrap();
            let ours = request.canonical(&signed);
            let theirs = read(&format!("{form}-canonical-request.txt"));
            if OF_S3.contains(&name) {
                assert_eq!(outcome, Err(AuthError::Mismatch), "{name} {form}");
                let but_the_path = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
                assert_eq!(but_the_path(&ours), but_the_path(&theirs), "{name} {form}");
            } else {
                assert_eq!(ours, theirs, "{name} {form}");
                assert_eq!(outcome, Ok(()), "{name} {form}");
            }
        }
    }
    assert_eq!(seen, 2 * 38, "the suite has changed");
}

#[test]
fn paths_are_encoded_twice() {
    for name in PATH_ONLY {
        let read = |file| std::fs::read_to_string(suite().join(name).join(file)).unwrap();
        let mut request = Request::read(&read("request.txt"));
        let theirs = read("header-canonical-request.txt");
        let date = theirs.lines().find_map(|line| line.strip_prefix("x-amz-date:")).unwrap();
        request.headers.insert("x-amz-date", date.parse().unwrap());
        let empty = theirs.lines().last().unwrap();
        let ours = canonical::request(&request.incoming(), "host;x-amz-date", empty.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(ours).unwrap(), theirs, "{name}");
    }
    // Signed by the credentials that the AWS SDK for Rust uses in its own tests.
    let text = std::fs::read_to_string(suite().join("double-encode-path/header-signed-request.txt")).unwrap();
    let request = Request::read(&text);
    let signed = Signed::parse(request.incoming(), &["service"]).unwrap();
    let secret = Secret::new("notrealrnrELgWzOk3IfjzDKtFBhDby".to_owned());
    assert_eq!(signed.verify(b"", &secret), Ok(()));
}
