use std::collections::BTreeMap;

use http::HeaderValue;
use serde::Deserialize;

use super::*;
use crate::sigv4::AuthError;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    name: Option<String>,
    max_results: Option<u32>,
    tags: Vec<Tag>,
    colour: Option<Colour>,
    counts: BTreeMap<String, u8>,
    free: Option<serde_json::Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Colour {
    Red,
}

fn text(body: &str) -> String {
    let fault = decode::<Input>(body.as_bytes()).expect_err(body);
    assert_eq!((fault.status.as_u16(), &*fault.type_name), (400, "SerializationException"));
    assert_eq!(fault.message_key, MessageKey::FrontDoor);
    let text = fault.message.unwrap().into_owned();
    assert!(text.chars().count() <= MAX_TEXT, "{text}");
    text
}

#[test]
fn a_target_is_given_once_and_is_text() {
    let mut headers = HeaderMap::new();
    assert_eq!(target(&headers), None);
    headers.append("x-amz-target", HeaderValue::from_static("AWSOrganizationsV20161128.ListRoots"));
    assert_eq!(target(&headers), Some("AWSOrganizationsV20161128.ListRoots"));
    headers.append("x-amz-target", HeaderValue::from_static("AWSOrganizationsV20161128.ListRoots"));
    assert_eq!(target(&headers), None);
    headers.insert("x-amz-target", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(target(&headers), None);
}

#[test]
fn reads_inputs() {
    assert_eq!(decode::<Input>(b"").unwrap(), Input::default());
    assert_eq!(decode::<Input>(b" \r\n{ } \n").unwrap(), Input::default());
    let body = r#"{"Name":"a\u00e9\"b","MaxResults":3,"Tags":[{"Key":"k","Value":null},{"Value":"v","Key":""}],
        "Unknown":{"a":[{"x":1},{"x":1}],"b":{"a":1}},"Colour":"RED","Counts":{"a":1,"b":2},"Free":{"z":[1.5,-1,true]}}"#;
    let input: Input = decode(body.as_bytes()).unwrap();
    assert_eq!(input.name.as_deref(), Some("aé\"b"));
    assert_eq!(input.max_results, Some(3));
    assert_eq!(input.tags.len(), 2);
    assert_eq!(input.tags[0], Tag { key: "k".into(), value: None });
    assert_eq!(input.counts.len(), 2);
    assert_eq!(input.colour, Some(Colour::Red));
    assert_eq!(input.free, Some(serde_json::json!({"z": [1.5, -1, true]})));
    assert_eq!(decode::<Input>(br#"{"Name":null,"MaxResults":null}"#).unwrap(), Input::default());
}

#[test]
fn names_the_member_and_not_the_value() {
    assert_eq!(text(r#"{"Name":5}"#), "Wrong type at Name: expected a string.");
    assert_eq!(text(r#"{"MaxResults":"hush, expected mum"}"#), "Wrong type at MaxResults: expected u32.");
    assert_eq!(text(r#"{"MaxResults":-1}"#), "Wrong type at MaxResults: expected u32.");
    assert_eq!(text(r#"{"MaxResults":1.5}"#), "Wrong type at MaxResults: expected u32.");
    assert_eq!(text(r#"{"Tags":[{"Key":"a"},{"Key":{}}]}"#), "Wrong type at Tags[1].Key: expected a string.");
    assert_eq!(text(r#"{"Tags":[["k","v"]]}"#), "Wrong type at Tags[0]: expected struct Tag.");
    assert_eq!(text(r#"{"Tags":[{}]}"#), "The member `Key` is missing at Tags[0].");
    for value in ["hush", "hush`, expected `hush", ", expected hush at line 1"] {
        assert_eq!(text(&format!(r#"{{"Colour":"{value}"}}"#)), "Wrong value at Colour.");
    }
    let long = format!(r#"{{"Counts":{{"{}":"hush"}}}}"#, "é".repeat(5000));
    assert!(!text(&long).contains("hush"));
}

#[test]
fn only_one_object() {
    for body in ["null", "[]", "\"x\"", "1", "true", " ", "[{}]", "\u{feff}{}"] {
        assert_eq!(text(body), "The body is not a JSON object.", "{body}");
    }
    for body in [
        "{",
        "{}{}",
        "{} x",
        "{\"a\"}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":1e999}",
        "{\"Name\":tru}",
    ] {
        assert!(text(body).starts_with("The body is not valid JSON: line "), "{body}: {}", text(body));
    }
    let fault = decode::<Input>(b"{\"a\":\"\xff\"}").unwrap_err();
    assert_eq!(fault.message.as_deref(), Some("The body is not valid UTF-8."));
}

#[test]
fn members_named_twice_are_refused_anywhere() {
    for body in [
        r#"{"Name":"a","Name":"a"}"#,
        r#"{"Unknown":1,"Other":2,"Unknown":1}"#,
        r#"{"N":1,"\u004e":1}"#,
        r#"{"Unknown":{"a":{"b":[{"c":1,"c":2}]}}}"#,
        r#"{"Unknown":[[{"":1,"":2}]]}"#,
        r#"{"Tags":[{"Key":"k","Other":1,"Other":2}]}"#,
        r#"{"Counts":{"a":1,"a":2}}"#,
        r#"{"Free":{"a":{"x":1,"x":1}}}"#,
    ] {
        assert!(text(body).starts_with("A member is given twice"), "{body}: {}", text(body));
    }
}

/// Many members and deep nesting cost time in proportion, and do not overflow the stack.
#[test]
fn hostile_bodies_are_bounded() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(text(&deep).starts_with("The body is not valid JSON"));
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(text(&deep).starts_with("The body is not valid JSON"));
    let members: Vec<_> = (0..100_000).map(|n| format!("\"m{n}\":0")).collect();
    assert!(decode::<Input>(format!("{{{}}}", members.join(",")).as_bytes()).is_ok());
    let repeated = format!("{{{},\"m0\":0}}", members.join(","));
    assert!(text(&repeated).starts_with("A member is given twice"));
}

#[test]
fn faults_are_spelled_as_seen() {
    let body = |fault: Json11Fault| String::from_utf8(fault.body()).unwrap();
    assert_eq!(
        body(Json11Fault::modeled(
            "InvalidInputException",
            "You \"must\" <b>\n",
            Some("INPUT_REQUIRED:TAGS".into())
        )),
        r#"{"__type":"InvalidInputException","Message":"You \"must\" <b>\n","Reason":"INPUT_REQUIRED:TAGS"}"#
    );
    assert_eq!(
        body(Json11Fault::modeled("AccessDeniedException", "no", None)),
        r#"{"__type":"AccessDeniedException","Message":"no"}"#
    );
    assert_eq!(Json11Fault::modeled("ServiceException", "x", None).status, 500);
    assert_eq!(Json11Fault::modeled("TooManyRequestsException", "x", None).status, 400);
    let unknown = body(Json11Fault::unknown_operation());
    assert!(
        unknown.starts_with(r#"{"__type":"UnknownOperationException","message":"The operation is unknown: "#),
        "{unknown}"
    );
    assert_eq!(
        body(AuthError::MissingToken.into()),
        r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#
    );
    for (fault, status, name) in [
        (Json11Fault::unknown_operation(), 400, "UnknownOperationException"),
        (Json11Fault::malformed_http_request(), 400, "MalformedHttpRequestException"),
        (Json11Fault::request_timeout(), 408, "RequestTimeoutException"),
        (Json11Fault::request_entity_too_large(), 413, "RequestEntityTooLargeException"),
        (Json11Fault::internal_failure(), 500, "InternalFailure"),
        (Json11Fault::service_unavailable(), 503, "ServiceUnavailable"),
    ] {
        assert_eq!((fault.status.as_u16(), &*fault.type_name), (status, name));
    }
}
