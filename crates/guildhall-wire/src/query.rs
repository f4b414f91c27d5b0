//! The AWS Query envelope, as STS speaks it: form in, XML out (accounts.md section 1.4 for the error codes).

use std::borrow::Cow;
use std::fmt::Write as _;

use http::{Method, StatusCode};

use crate::sigv4::AuthError;

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "text/xml";
/// The XML namespace of STS.
pub const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The API version of STS.
pub const STS_VERSION: &str = "2011-06-15";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// `Action`.
    pub action: Cow<'a, str>,
    /// `Version`; empty if absent.
    pub version: Cow<'a, str>,
}

impl<'a> Call<'a> {
    /// Reads `Action` and `Version`: from the body of a POST (`application/x-www-form-urlencoded`), from the query of
    /// anything else, and from the query of a POST without a body. Other parameters are passed over.
    ///
    /// Refuses: no action (`MissingAction`), either of the two given twice (`InvalidParameterCombination`).
    pub fn parse(method: &Method, query: Option<&'a str>, body: &'a [u8]) -> Result<Self, QueryFault> {
        let form = if *method == Method::POST && !body.is_empty() {
            body
        } else {
            query.unwrap_or_default().as_bytes()
        };
        let (mut action, mut version) = (None, None);
        for (name, value) in form_urlencoded::parse(form) {
            let place = match &*name {
                "Action" => &mut action,
                "Version" => &mut version,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(QueryFault::sender(
                    "InvalidParameterCombination",
                    format!("{name} is given twice"),
                ));
            }
        }
        let action = action.filter(|action: &Cow<'_, str>| !action.is_empty());
        let action = action.ok_or_else(|| QueryFault::sender("MissingAction", "Missing Action"))?;
        Ok(Self { action, version: version.unwrap_or_default() })
    }

    /// The answer to an action that is not offered: `InvalidAction`, 400.
    pub fn unknown(&self) -> QueryFault {
        let clip = |text: &str| text.chars().take(100).collect::<String>();
        let (action, version) = (clip(&self.action), clip(&self.version));
        QueryFault::sender(
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    }
}

/// An error answer of the Query protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFault {
    /// The HTTP status; from 500 on the fault is ours (`Receiver`), below it is the caller's (`Sender`).
    pub status: StatusCode,
    /// `Code`.
    pub code: Cow<'static, str>,
    /// `Message`.
    pub message: Cow<'static, str>,
}

impl QueryFault {
    /// Any error.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    fn sender(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The body: `ErrorResponse` in the namespace of STS.
    pub fn body(&self, request_id: &str) -> String {
        let kind = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let (code, message, request_id) = (Escaped(&self.code), Escaped(&self.message), Escaped(request_id));
        format!(
            "<ErrorResponse xmlns=\"{STS_NAMESPACE}\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{code}</Code>\n    \
             <Message>{message}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        )
    }
}

impl From<AuthError> for QueryFault {
    fn from(error: AuthError) -> Self {
        let message = match &error {
            AuthError::MissingToken => Cow::Borrowed("Request is missing Authentication Token"),
            other => other.to_string().into(),
        };
        Self::new(error.query_status(), error.query_code(), message)
    }
}

/// Who the caller is.
#[derive(Debug, Clone, Copy)]
pub struct CallerIdentity<'a> {
    /// The ARN of the principal.
    pub arn: &'a str,
    /// The unique id of the principal; the account id for a root.
    pub user_id: &'a str,
    /// Twelve digits.
    pub account: &'a str,
}

impl CallerIdentity<'_> {
    /// The body: `GetCallerIdentityResponse`.
    pub fn body(&self, request_id: &str) -> String {
        let (arn, user_id) = (Escaped(self.arn), Escaped(self.user_id));
        let (account, request_id) = (Escaped(self.account), Escaped(request_id));
        format!(
            "<GetCallerIdentityResponse xmlns=\"{STS_NAMESPACE}\">\n  <GetCallerIdentityResult>\n    <Arn>{arn}</Arn>\n    \
             <UserId>{user_id}</UserId>\n    <Account>{account}</Account>\n  </GetCallerIdentityResult>\n  \
             <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n\
             </GetCallerIdentityResponse>\n"
        )
    }
}

/// Text as XML content. Characters that XML 1.0 cannot carry become U+FFFD.
pub struct Escaped<'a>(pub &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                // A parser would fold a bare carriage return into a line feed.
                '\r' => f.write_str("&#13;")?,
                '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    f.write_char(char::REPLACEMENT_CHARACTER)?;
                }
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(method: &Method, query: Option<&'a str>, body: &'a str) -> Result<Call<'a>, QueryFault> {
        Call::parse(method, query, body.as_bytes())
    }

    #[test]
    fn reads_the_call_where_it_stands() {
        let expected = Call { action: "GetCallerIdentity".into(), version: STS_VERSION.into() };
        let form = "Action=GetCallerIdentity&Version=2011-06-15";
        assert_eq!(call(&Method::POST, None, form).unwrap(), expected);
        assert_eq!(call(&Method::POST, Some("Action=Other"), form).unwrap(), expected);
        assert_eq!(call(&Method::GET, Some(form), "").unwrap(), expected);
        assert_eq!(call(&Method::GET, Some(form), "Action=Other").unwrap(), expected);
        assert_eq!(call(&Method::POST, Some(form), "").unwrap(), expected);
        assert_eq!(call(&Method::POST, None, "x=%ff&Act%69on=Get+It%2B&&=&y").unwrap().action, "Get It+");
    }

    #[test]
    fn refuses_no_action_and_two() {
        let code = |form| call(&Method::POST, None, form).unwrap_err().code;
        assert_eq!(code(""), "MissingAction");
        assert_eq!(code("Action=&Version=x"), "MissingAction");
        assert_eq!(code("action=GetCallerIdentity"), "MissingAction");
        assert_eq!(code("Action=a&Action=a"), "InvalidParameterCombination");
        let many = "a=b&".repeat(100_000);
        assert_eq!(code(&many), "MissingAction");
        let fault = call(&Method::POST, None, &format!("Action={}", "<é>".repeat(10_000))).unwrap().unknown();
        assert_eq!((fault.status.as_u16(), &*fault.code), (400, "InvalidAction"));
        assert!(fault.message.len() < 300);
    }

    #[test]
    fn writes_the_identity() {
        let identity = CallerIdentity {
            arn: "arn:aws:iam::111122223333:root",
            user_id: "111122223333",
            account: "111122223333",
        };
        assert_eq!(
            identity.body("r-1"),
            r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:root</Arn>
    <UserId>111122223333</UserId>
    <Account>111122223333</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>r-1</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
"#
        );
    }

    #[test]
    fn writes_errors_and_escapes() {
        let fault = QueryFault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "<a & 'b'>\"\0\r\u{ffff}é\n",
        );
        assert_eq!(
            fault.body("r<1>"),
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Receiver</Type>\n    \
             <Code>InternalFailure</Code>\n    <Message>&lt;a &amp; &apos;b&apos;&gt;&quot;\u{fffd}&#13;\u{fffd}é\n</Message>\n  \
             </Error>\n  <RequestId>r&lt;1&gt;</RequestId>\n</ErrorResponse>\n"
        );
        assert!(QueryFault::from(AuthError::UnknownKey).body("r").contains("<Type>Sender</Type>"));
    }

    #[test]
    fn authentication_errors_have_their_query_codes() {
        for (error, status, code, message) in [
            (
                AuthError::MissingToken,
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            (AuthError::Incomplete("i".into()), 400, "IncompleteSignature", "i"),
            (AuthError::Invalid("s".into()), 403, "SignatureDoesNotMatch", "s"),
            (
                AuthError::UnknownKey,
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            (
                AuthError::ExpiredToken,
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
        ] {
            let fault = QueryFault::from(error);
            assert_eq!((fault.status.as_u16(), &*fault.code, &*fault.message), (status, code, message));
        }
    }
}
