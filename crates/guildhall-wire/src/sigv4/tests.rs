use http::{HeaderMap, HeaderValue, Method};

use super::*;

const NOW: i64 = 1_440_938_160;
const SCOPE: &str = "20150830/eu-central-1/organizations/aws4_request";

/// A request of ours, signed here by the crate's own pieces; that these agree with AWS is shown by the vectors.
struct Request {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    fn new(headers: &[(&'static str, &str)]) -> Self {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        Self { method: Method::POST, path: "/".into(), query: None, headers: map, body: b"{}".to_vec() }
    }

    /// Host, date and target as an SDK sends them.
    fn usual() -> Self {
        Self::new(&[
            ("host", "localhost:8080"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-target", "AWSOrganizationsV20161128.ListRoots"),
        ])
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    fn authorization(self, text: &str) -> Self {
        self.with("authorization", text)
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
        }
    }

    fn signature(&self, signed: &str) -> String {
        let hash = canonical::hex(&Sha256::digest(&self.body).into());
        let request = canonical::request(&self.incoming(), signed, &hash).unwrap_or_default();
        let hash = String::from_utf8(canonical::hex(&Sha256::digest(request).into()).to_vec()).unwrap();
        let text = format!("{ALGORITHM}\n20150830T123600Z\n{SCOPE}\n{hash}");
        let signature = secret().signing_key(SCOPE).sign(text.as_bytes());
        String::from_utf8(canonical::hex(&signature).to_vec()).unwrap()
    }

    fn sign(self, signed: &str) -> Self {
        let signature = self.signature(signed);
        self.authorization(&format!(
            "{ALGORITHM} Credential=K/{SCOPE}, SignedHeaders={signed}, Signature={signature}"
        ))
    }

    fn presign(mut self, parameters: &str) -> Self {
        let query = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential=K/{SCOPE}&X-Amz-SignedHeaders=host{parameters}"
        );
        self.query = Some(query.clone());
        self.query = Some(format!("{query}&X-Amz-Signature={}", self.signature("host")));
        self
    }

    fn check(&self) -> Result<(), AuthError> {
        let signed = Signed::parse(self.incoming(), &["organizations", "sts"])?;
        signed.check_time(&[NOW], 300)?;
        signed.verify(&self.body, &secret())
    }

    fn text(&self) -> String {
        let error = self.check().unwrap_err();
        format!("{}: {error}", error.code())
    }
}

fn secret() -> Secret {
    Secret::new("test".to_owned())
}

const USUAL: &str = "host;x-amz-date;x-amz-target";

#[test]
fn accepts_the_usual() {
    assert_eq!(Request::usual().sign(USUAL).check(), Ok(()));
    let loose =
        Request::usual().with("user-agent", "x").with("x-amz-user-agent", "y").with("amz-sdk-request", "z");
    assert_eq!(loose.sign(USUAL).check(), Ok(()), "these three may go unsigned");
    let dated = Request::new(&[("host", "h"), ("date", "Sun, 30 Aug 2015 12:36:00 GMT")]);
    assert_eq!(dated.sign("date;host").check(), Ok(()));
    let squeezed = Request::usual();
    let signature = squeezed.signature(USUAL);
    let text = format!("{ALGORITHM} Signature={signature},SignedHeaders={USUAL},Credential=K/{SCOPE}");
    assert_eq!(squeezed.authorization(&text).check(), Ok(()));
}

#[test]
fn missing_and_malformed_headers() {
    let missing = "MissingAuthenticationTokenException: Missing Authentication Token";
    assert_eq!(Request::usual().text(), missing);
    let text = |authorization: &str| Request::usual().authorization(authorization).text();
    for lacks_all in ["AWS4-HMAC-SHA256", "", "Basic", "Basic dXNlcjpwYXNzd29yZA=="] {
        assert!(
            text(lacks_all).starts_with(
                "IncompleteSignatureException: Authorization header requires 'Credential' parameter. Authorization \
                 header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
                 (Hashed with"
            ),
            "{lacks_all}"
        );
    }
    assert!(
        text("Bearer abc").starts_with("IncompleteSignatureException: Invalid key=value pair (missing equal")
    );
    assert_eq!(
        text("AWS4-HMAC-SHA256 Credential, Signature=b"),
        "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
         SHA-256 and encoded with Base64): 'kifMgjMuGxvwZDzjPMt9JIGIYAGWlK3G4muUYjFxxTc='."
    );
    assert_eq!(
        text("AWS4-ECDSA-P256-SHA256 Credential=a"),
        "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 \
         for now)."
    );
    assert!(text("AWS4-HMAC-SHA256 Credential=a, Credential=a").contains("more than one 'Credential'"));
    let twice = Request::usual().sign(USUAL).sign(USUAL);
    assert!(
        twice
            .text()
            .starts_with("IncompleteSignatureException: The header 'authorization' must have one value")
    );
    let undated = Request::new(&[("host", "h")]).sign("host");
    assert!(
        undated.text().contains("requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed")
    );
    let misdated = Request::new(&[("host", "h"), ("x-amz-date", "2015-08-30")]).sign("host;x-amz-date");
    assert_eq!(
        misdated.text(),
        "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '2015-08-30'. See \
         http://en.wikipedia.org/wiki/ISO_8601"
    );
    let long = text(&format!("AWS4-{}", "é-".repeat(5000)));
    assert!(long.len() < 400, "{long}");
}

#[test]
fn scopes() {
    let text = |credential: &str| {
        let text = format!(
            "{ALGORITHM} Credential={credential}, SignedHeaders={USUAL}, Signature={}",
            "0".repeat(64)
        );
        Request::usual().authorization(&text).text()
    };
    for credential in
        ["K", "K/20150830/r/organizations", "K/20150830/r/organizations/aws4_request/x", "/a/b/c/d"]
    {
        assert_eq!(
            text(credential),
            format!(
                "IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            )
        );
    }
    assert_eq!(
        text("K/b//d/e"),
        "InvalidSignatureException: Credential should be scoped to a valid region, not ''. Credential should be scoped \
         to correct service: 'organizations'. Credential should be scoped with a valid terminator: 'aws4_request', \
         not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != \
         '20150830', from '20150830T123600Z'."
    );
    assert_eq!(
        text("K/20150830/r/iam/aws4_request"),
        "InvalidSignatureException: Credential should be scoped to correct service: 'organizations'."
    );
    assert!(text("K/20150830/r/sts/aws4_request").contains("does not match the signature"), "sts is allowed");
}

#[test]
fn what_must_be_signed() {
    let host = Request::usual().sign("x-amz-date;x-amz-target");
    assert_eq!(
        host.text(),
        "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    for (name, value, shown) in [
        ("x-amz-target", "AWSOrganizationsV20161128.ListRoots", "X-Amz-Target"),
        ("x-amz-date", "20150830T123600Z", "X-Amz-Date"),
        ("x-amz-security-token", "t", "X-Amz-Security-Token"),
    ] {
        let request = Request::new(&[("host", "h"), ("date", "20150830T123600Z"), (name, value)]);
        assert_eq!(
            request.sign("date;host").text(),
            format!(
                "InvalidSignatureException: '{shown}' must be a 'SignedHeader' in the AWS Authorization."
            )
        );
        let request = Request::new(&[("host", "h"), ("date", "20150830T123600Z"), (name, value)]);
        assert_eq!(request.sign(&format!("date;host;{name}")).check(), Ok(()), "{name}");
    }
    for list in [
        "host;x-amz-target;x-amz-date",
        "host;host;x-amz-date;x-amz-target",
        "Host;host;x-amz-date;x-amz-target",
    ] {
        assert_eq!(Request::usual().sign(list).check(), Err(AuthError::Mismatch), "{list}");
    }
    assert_eq!(
        Request::usual().sign("absent;host;x-amz-date;x-amz-target").check(),
        Err(AuthError::Mismatch)
    );
}

#[test]
fn the_stated_payload_hash_is_the_payload_s() {
    let signed = "host;x-amz-content-sha256;x-amz-date;x-amz-target";
    for hash in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ] {
        let request = Request::usual().with("x-amz-content-sha256", hash).sign(signed);
        assert_eq!(request.check(), Err(AuthError::Mismatch), "{hash}");
        let unsigned = Request::usual().with("x-amz-content-sha256", hash).sign(USUAL);
        assert_eq!(unsigned.check(), Err(AuthError::Mismatch), "{hash}, not signed");
    }
    let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    for list in [signed, USUAL] {
        assert_eq!(Request::usual().with("x-amz-content-sha256", empty).sign(list).check(), Ok(()), "{list}");
    }
}

#[test]
fn times() {
    let request = Request::usual().sign(USUAL);
    let signed = Signed::parse(request.incoming(), &["organizations"]).unwrap();
    let text =
        |clocks: &[i64], window| signed.check_time(clocks, window).err().map(|error| error.to_string());
    for clock in [NOW - 300, NOW, NOW + 300] {
        assert_eq!(text(&[clock], 300), None);
        assert_eq!(text(&[0, clock], 300), None, "any clock will do");
    }
    assert_eq!(
        text(&[NOW + 301, 0], 300).unwrap(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        text(&[NOW - 301], 300).unwrap(),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
    assert!(text(&[NOW + 301], 290).unwrap().ends_with("- 290 sec.)"));
    for clock in [i64::MIN, i64::MAX] {
        assert!(text(&[clock], 300).is_some());
    }
    assert!(text(&[], 300).is_some());
}

#[test]
fn presigned() {
    let host = || Request::new(&[("host", "h")]);
    let date = "&X-Amz-Date=20150830T123600Z";
    let request = host().presign(&format!("{date}&X-Amz-Expires=60&X-Amz-Security-Token=t%2F%2B"));
    assert_eq!(request.check(), Ok(()));
    let signed = Signed::parse(request.incoming(), &["organizations"]).unwrap();
    assert_eq!((signed.session_token(), signed.is_presigned()), (Some("t/+"), true));
    for (now, fine) in [(NOW - 301, false), (NOW - 300, true), (NOW + 60, true), (NOW + 61, false)] {
        assert_eq!(signed.check_time(&[now], 300).is_ok(), fine, "{now}");
    }
    assert!(
        signed.check_time(&[NOW + 90], 300).unwrap_err().to_string().ends_with("(20150830T123730Z - 1 min.)")
    );
    assert_eq!(host().presign(date).check(), Ok(()), "without a life it lives as long as a header");
    for expires in ["0", "604801", "-1", "+60", "x", "", "99999999999999999999"] {
        let text = host().presign(&format!("{date}&X-Amz-Expires={expires}")).text();
        assert!(text.starts_with("IncompleteSignatureException: X-Amz-Expires must be"), "{expires}: {text}");
    }
    assert_eq!(
        host().presign("").text(),
        "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Date'. Re-examine the \
         query-string parameters."
    );
    assert!(host().presign(&format!("{date}{date}")).text().contains("must include 'X-Amz-Date' once"));
    assert!(host().presign(&format!("{date}&X-Amz-Signature=0")).text().contains("'X-Amz-Signature' once"));
    let both = host().with("authorization", "AWS4-HMAC-SHA256 x").presign(date);
    assert!(
        both.text().starts_with("InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string")
    );
    assert!(host().with("x-amz-target", "t").presign(date).text().contains("'X-Amz-Target' must be"));
}

#[test]
fn a_signature_is_64_small_digits() {
    let request = Request::usual();
    let signature = request.signature(USUAL);
    for wrong in
        [signature.to_uppercase(), signature.replace('0', "g"), format!("{signature}0"), "é".repeat(32)]
    {
        let text = format!("{ALGORITHM} Credential=K/{SCOPE}, SignedHeaders={USUAL}, Signature={wrong}");
        let mut request = Request::usual();
        request.headers.append("authorization", HeaderValue::from_bytes(text.as_bytes()).unwrap());
        assert!(request.check().is_err(), "{wrong}");
    }
    for byte in 0..=u8::MAX {
        let hash = [byte; 32];
        assert_eq!(canonical::unhex(std::str::from_utf8(&canonical::hex(&hash)).unwrap()), Some(hash));
    }
}

#[test]
fn an_unknown_key_is_refused_whatever_it_signs() {
    let request = Request::usual().sign(USUAL);
    let signed = Signed::parse(request.incoming(), &["organizations"]).unwrap();
    assert_eq!(signed.verify(&request.body, &secret()), Ok(()));
    assert_eq!(signed.verify(&request.body, &Secret::decoy()), Err(AuthError::Mismatch));
    assert_eq!(signed.refuse(&request.body, &Secret::decoy()), AuthError::UnknownKey);
    assert_eq!(signed.refuse(&request.body, &secret()), AuthError::UnknownKey);
}

/// Input of the size that the HTTP layer lets through costs time in proportion to it.
#[test]
fn hostile_heads_are_bounded() {
    let started = std::time::Instant::now();
    let list = format!("host;{}", "x-amz-date;".repeat(100_000));
    assert!(Request::usual().sign(&list).check().is_err());
    let names: Vec<_> = (0..100_000).map(|n| format!("i{n:06}")).collect();
    let request = Request::usual();
    let text = format!(
        "{ALGORITHM} Credential=K/{SCOPE}, SignedHeaders=host;{};x-amz-date;x-amz-target, Signature={}",
        names.join(";"),
        "0".repeat(64)
    );
    assert_eq!(request.authorization(&text).check(), Err(AuthError::Mismatch));
    let mut request = Request::usual();
    request.query = Some((0..200_000).map(|n| format!("{}={n}&", n % 7)).collect());
    assert_eq!(request.sign(USUAL).check(), Ok(()));
    let mut request = Request::usual();
    request.query = Some("&=%".repeat(300_000));
    assert_eq!(request.sign(USUAL).check(), Ok(()));
    let mut request = Request::usual();
    request.path = format!("{}{}{}", "/a".repeat(200_000), "/..".repeat(300_000), "/.".repeat(200_000));
    assert_eq!(request.sign(USUAL).check(), Ok(()));
    let request = Request::usual().with("x-spaces", &format!("a{}b", " ".repeat(1_000_000)));
    assert_eq!(request.sign(&format!("{USUAL};x-spaces")).check(), Ok(()));
    let text = format!("AWS4-HMAC-SHA256 {}", "a=b,".repeat(300_000));
    assert!(Request::usual().authorization(&text).check().is_err());
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
