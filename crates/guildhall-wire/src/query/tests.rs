use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::*;
use crate::sigv4::AuthError;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

fn call<'a>(method: &Method, query: Option<&'a str>, body: &'a str) -> Result<QueryCall<'a>, QueryFault> {
    QueryCall::parse(method, query, body.as_bytes())
}

#[test]
fn reads_the_call_where_it_stands() {
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let expected = QueryCall {
        action: "GetCallerIdentity".into(),
        version: Some("2011-06-15".into()),
        form: form.as_bytes(),
    };
    assert_eq!(call(&Method::POST, None, form).unwrap(), expected);
    assert_eq!(call(&Method::POST, Some("Action=Other"), form).unwrap(), expected);
    assert_eq!(call(&Method::GET, Some(form), "").unwrap(), expected);
    assert_eq!(call(&Method::GET, Some(form), "Action=Other").unwrap(), expected);
    assert_eq!(call(&Method::POST, Some(form), "").unwrap(), expected);
    assert_eq!(call(&Method::POST, None, "x=%ff&Act%69on=Get+It%2B&&=&y").unwrap().action, "Get It+");
}

#[test]
fn refuses_no_action() {
    let code = |form| call(&Method::POST, None, form).unwrap_err().code;
    assert_eq!(code(""), "MissingAction");
    assert_eq!(code("Version=x"), "MissingAction");
    assert_eq!(code("action=GetCallerIdentity"), "MissingAction");
    let many = "a=b&".repeat(100_000);
    assert_eq!(code(&many), "MissingAction");
}

/// What STS answered, up to the semicolon (identity.md 1.5).
#[test]
fn what_is_not_offered_is_named_as_it_was_sent() {
    let long = "<é>".repeat(10_000);
    for (form, said) in [
        ("Action=NoSuchAction&Version=2011-06-15", "operation NoSuchAction for version 2011-06-15"),
        ("Action=GetCallerIdentity", "operation GetCallerIdentity for version NO_VERSION_SPECIFIED"),
        ("Action=GetCallerIdentity&Version=", "operation GetCallerIdentity for version "),
        ("Action=&Version=2011-06-15", "operation  for version 2011-06-15"),
        ("Action=A&Action=B&Version=2000-01-01&Version=2011-06-15", "operation A for version 2000-01-01"),
        (&format!("Action=A&Version={long}"), &format!("operation A for version {}<", "<é>".repeat(33))),
        (&format!("Action={long}&Version=1"), &format!("operation {}< for version 1", "<é>".repeat(33))),
    ] {
        let fault = call(&Method::POST, None, form).unwrap().unknown("and so on");
        assert_eq!((fault.status.as_u16(), &*fault.code), (400, "InvalidAction"));
        assert_eq!(fault.message, format!("Could not find {said}; and so on"));
    }
}

#[test]
fn the_input_stands_where_the_call_does() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        access_key_id: Option<String>,
    }
    let form = "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIA";
    for (method, query, body) in [(Method::POST, None, form), (Method::GET, Some(form), "")] {
        let call = call(&method, query, body).unwrap();
        assert_eq!(call.input::<Input>().unwrap().access_key_id.as_deref(), Some("AKIA"));
        assert_eq!(call.input::<()>(), Ok(()));
    }
}

/// What STS answered in August 2026, with other ids.
#[test]
fn answers_are_laid_out_as_recorded() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct CallerIdentity {
        arn: &'static str,
        user_id: &'static str,
        account: &'static str,
    }
    let identity = CallerIdentity {
        arn: "arn:aws:iam::111122223333:user/minter",
        user_id: "AIDAQNZGKIQY5EXAMPLE7",
        account: "111122223333",
    };
    let envelope = Envelope {
        action: "GetCallerIdentity",
        namespace: NAMESPACE,
        request_id: "209205f6-ce28-4fca-b99f-9b16ba8c17d2",
    };
    assert_eq!(
        envelope.body(&identity).unwrap(),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
         <GetCallerIdentityResult>\n    \
         <Arn>arn:aws:iam::111122223333:user/minter</Arn>\n    \
         <UserId>AIDAQNZGKIQY5EXAMPLE7</UserId>\n    \
         <Account>111122223333</Account>\n  \
         </GetCallerIdentityResult>\n  \
         <ResponseMetadata>\n    \
         <RequestId>209205f6-ce28-4fca-b99f-9b16ba8c17d2</RequestId>\n  \
         </ResponseMetadata>\n\
         </GetCallerIdentityResponse>\n"
    );
}

/// What STS answered in August 2026 to `DurationSeconds=43201`.
#[test]
fn errors_are_laid_out_as_recorded() {
    let fault = QueryFault::new(
        StatusCode::BAD_REQUEST,
        "ValidationError",
        "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have \
         value less than or equal to 43200",
    );
    assert_eq!(
        fault.body(NAMESPACE, "24efb91e-9665-4b71-9537-31b9320391d8"),
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  \
         <Error>\n    \
         <Type>Sender</Type>\n    \
         <Code>ValidationError</Code>\n    \
         <Message>1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must \
         have value less than or equal to 43200</Message>\n  \
         </Error>\n  \
         <RequestId>24efb91e-9665-4b71-9537-31b9320391d8</RequestId>\n\
         </ErrorResponse>\n"
    );
}

#[test]
fn an_error_without_a_text_has_no_message() {
    let fault = QueryFault::from(ReadError::Value);
    assert_eq!(
        fault.body(NAMESPACE, "r"),
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
         <Code>MalformedInput</Code>\n  </Error>\n  <RequestId>r</RequestId>\n</ErrorResponse>\n"
    );
}

#[test]
fn writes_errors_and_escapes() {
    let fault =
        QueryFault::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "<a & 'b'>\"\0\r\u{ffff}é\n");
    assert_eq!(
        fault.body("https://iam.amazonaws.com/doc/2010-05-08/", "r<1>"),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <Error>\n    <Type>Receiver</Type>\n    \
         <Code>InternalFailure</Code>\n    <Message>&lt;a &amp; 'b'&gt;&quot;\u{fffd}&#13;\u{fffd}é\n</Message>\n  \
         </Error>\n  <RequestId>r&lt;1&gt;</RequestId>\n</ErrorResponse>\n"
    );
    assert!(QueryFault::from(AuthError::UnknownKey).body(NAMESPACE, "r").contains("<Type>Sender</Type>"));
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
