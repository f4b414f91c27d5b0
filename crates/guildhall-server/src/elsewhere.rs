//! Calls that are signed for services that are not here: an answer in the form that the client of that service reads,
//! which says what is here and how to send the rest elsewhere.

use bytes::Bytes;
use guildhall_wire::json11::{self, Json11Fault};
use guildhall_wire::query::{self, Escaped};
use guildhall_wire::rest_json::{self, RestJsonFault};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::App;
use crate::envelope::{SERVICES, respond};
use crate::identify::is_query;

/// The services of REST whose errors are XML.
const XML: [&str; 6] = ["cloudfront", "route53", "s3", "s3-object-lambda", "s3-outposts", "s3express"];

/// What errors are called: S3's own word for it.
const CODE: &str = "NotImplemented";
/// AWS's clients do not try again after it.
const STATUS: StatusCode = StatusCode::NOT_IMPLEMENTED;

/// Says that a service is not here. Whether the signature is good does not matter.
pub(crate) fn answer(app: &App, service: &str, head: &Parts) -> Response<Bytes> {
    let id = app.request_ids.next();
    let what = format!(
        "Guildhall serves {}, but not {service}: AWS_ENDPOINT_URL_<SERVICE>, such as AWS_ENDPOINT_URL_S3, sends the \
         calls of one service elsewhere.",
        listed(SERVICES.iter().map(|service| service.title))
    );
    let headers = &head.headers;
    let text_xml = HeaderValue::from_static(query::CONTENT_TYPE);
    let response = if json11::is_named(headers) {
        let fault = Json11Fault::front_door(STATUS, CODE, Some(what.into()));
        respond(STATUS, json_type(headers), &id, fault.body().into())
    } else if service == "ec2" {
        respond(STATUS, text_xml, &id, ec2(&what, &id).into())
    } else if XML.contains(&service) {
        respond(
            STATUS,
            HeaderValue::from_static("application/xml"),
            &id,
            rest_xml(service, &what, &id).into(),
        )
    } else if is_query(headers, &head.uri) {
        let fault = query::QueryFault::new(STATUS, CODE, what);
        respond(STATUS, text_xml, &id, fault.body(query::FAULT_NAMESPACE, &id).into())
    } else {
        let fault = RestJsonFault::front_door(STATUS, CODE, Some(what.into()));
        let json = HeaderValue::from_static(rest_json::CONTENT_TYPE);
        let mut response = respond(STATUS, json, &id, fault.body().into());
        response.headers_mut().insert(&rest_json::ERROR_TYPE, HeaderValue::from_static(CODE));
        response
    };
    app.metrics.refused("elsewhere");
    response
}

/// Names as a sentence lists them.
fn listed(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// AWS JSON 1.0 and 1.1 answer as they were asked.
fn json_type(headers: &HeaderMap) -> HeaderValue {
    let asked = headers.get(CONTENT_TYPE).filter(|v| v.as_bytes() == b"application/x-amz-json-1.0");
    asked.cloned().unwrap_or(HeaderValue::from_static(json11::CONTENT_TYPE))
}

fn ec2(what: &str, id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{CODE}</Code><Message>{}</Message>\
         </Error></Errors><RequestID>{id}</RequestID></Response>\n",
        Escaped(what)
    )
}

/// S3's errors stand alone, those of the other services in an `ErrorResponse`.
fn rest_xml(service: &str, what: &str, id: &str) -> String {
    let (what, head) = (Escaped(what), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if service.starts_with("s3") && service != "s3-outposts" {
        let error = format!("<Code>{CODE}</Code><Message>{what}</Message><RequestId>{id}</RequestId>");
        return format!("{head}\n<Error>{error}</Error>\n");
    }
    let error = format!("<Type>Receiver</Type><Code>{CODE}</Code><Message>{what}</Message>");
    format!("{head}\n<ErrorResponse><Error>{error}</Error><RequestId>{id}</RequestId></ErrorResponse>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_do() {
        for (names, expected) in
            [(&[][..], ""), (&["A"], "A"), (&["A", "B"], "A and B"), (&["A", "B", "C"], "A, B and C")]
        {
            assert_eq!(listed(names.iter().copied()), expected);
        }
    }
}
