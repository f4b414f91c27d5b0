//! AWS Signature Version 4, header form.
//!
//! The signing key depends only on the secret, the day, the region and the service, so it is derived once a
//! day; a request then costs two SHA-256 passes and one HMAC. A test holds this file to the signer of the AWS SDK.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The secret of every account in lab mode.
pub(crate) const SECRET: &str = "test";

/// The region of every credential scope.
const REGION: &str = "us-east-1";

/// What somebody signs with.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// The access key's id.
    pub(crate) access_key: String,
    /// Its secret.
    pub(crate) secret: String,
    /// The token of temporary ones.
    pub(crate) token: Option<String>,
}

/// Signs at one server.
#[derive(Clone)]
pub(crate) struct Signer {
    credentials: Credentials,
    host: String,
    organizations: Key,
    sts: Key,
    iam: Key,
}

/// A service whose requests are forms.
#[derive(Clone, Copy)]
pub(crate) enum Query {
    /// IAM.
    Iam,
    /// STS.
    Sts,
}

/// The signing key of one service, good for one day.
#[derive(Clone)]
struct Key {
    service: &'static str,
    day: String,
    key: [u8; 32],
}

/// What is signed and sent besides the usual headers.
struct Shape<'a> {
    content_type: &'a str,
    target: Option<&'a str>,
    body: &'a str,
}

/// HMAC-SHA256.
pub(crate) fn hmac256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// The signing key of a scope.
pub(crate) fn derive(secret: &str, day: &str, region: &str, service: &str) -> [u8; 32] {
    let key = hmac256(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    let key = hmac256(&key, region.as_bytes());
    let key = hmac256(&key, service.as_bytes());
    hmac256(&key, b"aws4_request")
}

/// Seconds since 1970 by the wall clock.
#[allow(clippy::disallowed_methods, reason = "signatures are dated by the wall clock; no engine here")]
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// `20260131` and `20260131T235959Z`.
fn amz_date(epoch: i64) -> (String, String) {
    let at = jiff::Timestamp::from_second(epoch).expect("a date of this era");
    let full = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    (full[..8].to_owned(), full)
}

impl Key {
    fn new(service: &'static str) -> Self {
        Self { service, day: String::new(), key: [0; 32] }
    }

    fn of(&mut self, secret: &str, day: &str) -> [u8; 32] {
        if self.day != day {
            self.key = derive(secret, day, REGION, self.service);
            day.clone_into(&mut self.day);
        }
        self.key
    }
}

impl Signer {
    /// A signer for the root user of one account of the lab at one server (`host` is `127.0.0.1:4615`).
    pub(crate) fn new(account: &str, host: &str) -> Self {
        let credentials =
            Credentials { access_key: account.to_owned(), secret: SECRET.to_owned(), token: None };
        Self::with(credentials, host)
    }

    /// A signer for somebody.
    pub(crate) fn with(credentials: Credentials, host: &str) -> Self {
        Self {
            credentials,
            host: host.to_owned(),
            organizations: Key::new("organizations"),
            sts: Key::new("sts"),
            iam: Key::new("iam"),
        }
    }

    /// A whole HTTP request for one operation of AWS Organizations.
    pub(crate) fn organizations(&mut self, epoch: i64, operation: &str, body: &str) -> Vec<u8> {
        let target = format!("AWSOrganizationsV20161128.{operation}");
        let shape = Shape { content_type: "application/x-amz-json-1.1", target: Some(&target), body };
        request(&self.credentials, &self.host, &mut self.organizations, epoch, &shape)
    }

    /// A whole HTTP request for an operation of IAM or STS, with its members as a form: `UserName=ann`.
    pub(crate) fn query(&mut self, epoch: i64, service: Query, operation: &str, members: &str) -> Vec<u8> {
        let (key, version) = match service {
            Query::Iam => (&mut self.iam, "2010-05-08"),
            Query::Sts => (&mut self.sts, "2011-06-15"),
        };
        let and = if members.is_empty() { "" } else { "&" };
        let body = format!("Action={operation}&Version={version}{and}{members}");
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        let shape = Shape { content_type, target: None, body: &body };
        request(&self.credentials, &self.host, key, epoch, &shape)
    }

    /// A whole HTTP request for `sts:GetCallerIdentity`, the first thing that every AWS tool asks.
    pub(crate) fn caller_identity(&mut self, epoch: i64) -> Vec<u8> {
        self.query(epoch, Query::Sts, "GetCallerIdentity", "")
    }
}

/// The request, with the headers that botocore sends.
fn request(credentials: &Credentials, host: &str, key: &mut Key, epoch: i64, shape: &Shape<'_>) -> Vec<u8> {
    let (day, full) = amz_date(epoch);
    let authorization = authorization(credentials, host, key, (&day, &full), shape);
    let mut out = String::with_capacity(900 + shape.body.len());
    let _ = write!(out, "POST / HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(target) = shape.target {
        let _ = write!(out, "X-Amz-Target: {target}\r\n");
    }
    if let Some(token) = &credentials.token {
        let _ = write!(out, "X-Amz-Security-Token: {token}\r\n");
    }
    let _ = write!(
        out,
        "Content-Type: {}\r\n\
         User-Agent: guildhall-bench/0.1 md/Botocore#1.43.0 ua/2.1 os/linux md/arch#x86_64 lang/rust cfg/retry-mode#legacy\r\n\
         X-Amz-Date: {full}\r\nAuthorization: {authorization}\r\n\
         amz-sdk-invocation-id: 7d1bb5a0-3b1c-4a6e-9d5e-0c4f6a2b9e11\r\namz-sdk-request: attempt=1\r\n\
         Content-Length: {}\r\n\r\n{}",
        shape.content_type,
        shape.body.len(),
        shape.body
    );
    out.into_bytes()
}

fn authorization(
    credentials: &Credentials,
    host: &str,
    key: &mut Key,
    (day, full): (&str, &str),
    shape: &Shape<'_>,
) -> String {
    let (target_line, target_name) = match shape.target {
        Some(target) => (format!("x-amz-target:{target}\n"), ";x-amz-target"),
        None => (String::new(), ""),
    };
    let (token_line, token_name) = match &credentials.token {
        Some(token) => (format!("x-amz-security-token:{token}\n"), ";x-amz-security-token"),
        None => (String::new(), ""),
    };
    let signed = format!("content-type;host;x-amz-date{token_name}{target_name}");
    let canonical = format!(
        "POST\n/\n\ncontent-type:{}\nhost:{host}\nx-amz-date:{full}\n{token_line}{target_line}\n{signed}\n{}",
        shape.content_type,
        hex::encode(Sha256::digest(shape.body.as_bytes()))
    );
    let scope = format!("{day}/{REGION}/{}/aws4_request", key.service);
    let hashed = hex::encode(Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{full}\n{scope}\n{hashed}");
    let signature = hex::encode(hmac256(&key.of(&credentials.secret, day), to_sign.as_bytes()));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
        credentials.access_key
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials as SdkCredentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use std::time::{Duration, UNIX_EPOCH};

    fn sdk_signature(
        epoch: i64,
        headers: &[(&str, &str)],
        token: Option<&str>,
        service: &str,
        body: &str,
    ) -> String {
        let token = token.map(str::to_owned);
        let identity = SdkCredentials::new("111111111111", SECRET, token, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(UNIX_EPOCH + Duration::from_secs(epoch.unsigned_abs()))
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let body = SignableBody::Bytes(body.as_bytes());
        let request =
            SignableRequest::new("POST", "http://127.0.0.1:4615/", headers.iter().copied(), body).unwrap();
        sign(request, &params).unwrap().into_parts().1
    }

    #[test]
    fn dates() {
        assert_eq!(amz_date(951_868_799).1, "20000229T235959Z");
        assert_eq!(amz_date(1_767_225_599).0, "20251231");
    }

    #[test]
    fn agrees_with_the_sdk_signer() {
        let mut signer = Signer::new("111111111111", "127.0.0.1:4615");
        let epoch = 1_767_225_599;
        let ours = signer.organizations(epoch, "DescribeAccount", "{\"AccountId\":\"111122223333\"}");
        let theirs = sdk_signature(
            epoch,
            &[
                ("content-type", "application/x-amz-json-1.1"),
                ("host", "127.0.0.1:4615"),
                ("x-amz-target", "AWSOrganizationsV20161128.DescribeAccount"),
            ],
            None,
            "organizations",
            "{\"AccountId\":\"111122223333\"}",
        );
        assert!(String::from_utf8(ours).unwrap().contains(&format!("Signature={theirs}\r\n")));

        let ours = signer.caller_identity(epoch);
        let theirs = sdk_signature(
            epoch,
            &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "127.0.0.1:4615"),
            ],
            None,
            "sts",
            "Action=GetCallerIdentity&Version=2011-06-15",
        );
        assert!(String::from_utf8(ours).unwrap().contains(&format!("Signature={theirs}\r\n")));

        let credentials = Credentials {
            access_key: "111111111111".to_owned(),
            secret: SECRET.to_owned(),
            token: Some("token".to_owned()),
        };
        let mut signer = Signer::with(credentials, "127.0.0.1:4615");
        let ours = signer.query(epoch, Query::Iam, "GetUser", "UserName=ann");
        let theirs = sdk_signature(
            epoch,
            &[
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("host", "127.0.0.1:4615"),
            ],
            Some("token"),
            "iam",
            "Action=GetUser&Version=2010-05-08&UserName=ann",
        );
        assert!(String::from_utf8(ours).unwrap().contains(&format!("Signature={theirs}\r\n")));
    }
}
