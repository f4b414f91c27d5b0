//! Whom a request is for, by its head: a service of ours, one that is not here, or the control API and the console.

use guildhall_core::services::Protocol;
use guildhall_wire::sigv4::claimed_service;
use guildhall_wire::{json11, rest_json};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, Uri};

use crate::envelope::{SERVICES, Service};
use crate::toolbox;

/// The service that is asked by a form that does not say which one: every tool asks it first who it is.
const ASKED_FIRST: &str = "sts";

/// Whom a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipient<S> {
    /// A service of ours, by its place in [`SERVICES`].
    Service(usize),
    /// IAM Toolbox.
    Toolbox,
    /// The AWS API, but no service that can be told.
    Unknown,
    /// A service that is not here.
    Elsewhere(S),
    /// The control API, the console, health and metrics.
    Ours,
}

/// Whom a request is for: by the prefix of its target, then by the service that it is signed for. Whether the signature
/// is good does not matter yet.
pub(crate) fn identify(head: &Parts) -> Recipient<String> {
    let targeted = by_target(head);
    let is_api = is_api(head);
    if let Some(place) = targeted {
        return if is_api { Recipient::Service(place) } else { Recipient::Ours };
    }
    let claimed = claimed_service(&head.headers, head.uri.query());
    let place = match claimed.as_deref() {
        Some(name) => match SERVICES.iter().position(|service| service.name == name) {
            Some(place) => Some(place),
            None => return Recipient::Elsewhere(name.chars().take(64).collect()),
        },
        None => None,
    };
    let speaks = |protocol: fn(Protocol) -> bool| {
        place.filter(|place| SERVICES.get(*place).is_some_and(|service| protocol(service.protocol)))
    };
    if !is_api {
        let signed = head.headers.contains_key(AUTHORIZATION);
        if signed && claimed.is_some() && toolbox::has(head.uri.path()) {
            return Recipient::Toolbox;
        }
        let place = speaks(|p| p == Protocol::RestJson).filter(|_| signed);
        place.map_or(Recipient::Ours, Recipient::Service)
    } else if !json11::is_named(&head.headers) && is_query(&head.headers, &head.uri) {
        let place = speaks(|p| matches!(p, Protocol::Query { .. }));
        let place = place.or_else(|| SERVICES.iter().position(|service| service.name == ASKED_FIRST));
        place.map_or(Recipient::Unknown, Recipient::Service)
    } else {
        Recipient::Unknown
    }
}

/// Whether a request is for the AWS API: anything that is posted to `/`, and presigned requests.
pub(crate) fn is_api(head: &Parts) -> bool {
    let presigned = || head.uri.query().is_some_and(|q| q.contains("X-Amz-"));
    head.uri.path() == "/" && (head.method == Method::POST || presigned())
}

/// Whether a request is in the form of AWS Query.
pub(crate) fn is_query(headers: &HeaderMap, uri: &Uri) -> bool {
    let form = headers
        .get(CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    form || uri.query().is_some_and(|q| q.contains("Action="))
}

fn by_target(head: &Parts) -> Option<usize> {
    let target = json11::target(&head.headers)?;
    SERVICES.iter().position(|service| operation_of(service, target).is_some())
}

fn operation_of<'a>(service: &Service, target: &'a str) -> Option<&'a str> {
    match service.protocol {
        Protocol::Json11 { prefix } => target.strip_prefix(prefix).filter(|name| !name.is_empty()),
        Protocol::RestJson | Protocol::Query { .. } => None,
    }
}

/// The place of the operation that a request names in the table of its service, by target or by path. Only by POST: of a
/// GET a browser does not say which page it comes from.
pub(crate) fn operation(service: &Service, head: &Parts) -> Option<usize> {
    if head.method != Method::POST {
        return None;
    }
    if service.protocol == Protocol::RestJson {
        return service.find(&rest_json::operation(head.uri.path())?);
    }
    service.find(operation_of(service, json11::target(&head.headers)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a str)];

    fn head(method: &str, uri: &str, headers: Headers<'_>) -> Parts {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn signed(service: &str) -> (&'static str, String) {
        let scope = format!("K/20260101/us-east-1/{service}/aws4_request");
        ("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
    }

    fn of(method: &str, uri: &str, headers: Headers<'_>) -> String {
        match identify(&head(method, uri, headers)) {
            Recipient::Service(place) => SERVICES[place].name.to_owned(),
            Recipient::Elsewhere(service) => format!("elsewhere: {service}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn requests_are_for_the_service_of_their_target_or_of_their_signature() {
        const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        const TARGET: (&str, &str) = ("x-amz-target", "AWSOrganizationsV20161128.ListRoots");
        const OTHER: (&str, &str) = ("x-amz-target", "DynamoDB_20120810.ListTables");
        let [account, organizations, sts, dynamodb, ec2, s3] =
            ["account", "organizations", "sts", "dynamodb", "ec2", "s3"].map(signed);
        let (account, organizations) = ((account.0, &*account.1), (organizations.0, &*organizations.1));
        let (sts, dynamodb, ec2) = ((sts.0, &*sts.1), (dynamodb.0, &*dynamodb.1), (ec2.0, &*ec2.1));
        let s3 = (s3.0, &*s3.1);
        let rows: [(&str, &str, Headers<'_>, &str); 26] = [
            ("POST", "/", &[TARGET], "organizations"),
            ("POST", "/", &[TARGET, sts], "organizations"),
            ("POST", "/", &[TARGET, FORM], "organizations"),
            ("POST", "/", &[("x-amz-target", "AWSOrganizationsV20161128."), organizations], "Unknown"),
            ("POST", "/", &[("x-amz-target", "awsorganizationsv20161128.ListRoots")], "Unknown"),
            ("POST", "/", &[organizations], "Unknown"),
            ("POST", "/", &[], "Unknown"),
            ("POST", "/", &[OTHER, dynamodb], "elsewhere: dynamodb"),
            ("POST", "/", &[OTHER], "Unknown"),
            ("POST", "/", &[FORM, sts], "sts"),
            ("POST", "/", &[FORM], "sts"),
            ("POST", "/", &[FORM, organizations], "sts"),
            ("POST", "/", &[FORM, ec2], "elsewhere: ec2"),
            ("GET", "/?Action=GetCallerIdentity&X-Amz-Credential=K/d/r/sts/aws4_request", &[], "sts"),
            ("GET", "/?X-Amz-Credential=K/d/r/s3/aws4_request", &[], "elsewhere: s3"),
            ("GET", "/", &[], "Ours"),
            ("POST", "/listRegions", &[account], "account"),
            ("POST", "/nothing", &[account], "account"),
            ("GET", "/listRegions", &[account], "account"),
            ("POST", "/listRegions", &[], "Ours"),
            ("POST", "/listRegions", &[organizations], "Ours"),
            ("POST", "/listRegions", &[TARGET, account], "Ours"),
            ("PUT", "/bucket", &[s3], "elsewhere: s3"),
            ("GET", "/_guildhall/accounts", &[], "Ours"),
            ("GET", "/authorization-details/0a", &[account], "Toolbox"),
            ("GET", "/authorization-details/0a", &[], "Ours"),
        ];
        for (method, uri, headers, expected) in rows {
            assert_eq!(of(method, uri, headers), expected, "{method} {uri} {headers:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_scope_names_no_service() {
        for scope in ["K/20260101/us-east-1/account", "K/20260101/us-east-1/account/aws4_request/more", ""] {
            let value = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
            assert_eq!(of("POST", "/listRegions", &[("authorization", &value)]), "Ours", "{scope}");
        }
        assert_eq!(of("POST", "/listRegions", &[("authorization", "Bearer account")]), "Ours");
    }

    #[test]
    fn operations_are_named_by_target_or_path_and_posted() {
        let named = |service: &str, method: &str, uri: &str, target: Option<&str>| {
            let headers: Vec<_> = target.map(|target| ("x-amz-target", target)).into_iter().collect();
            let service = SERVICES.iter().find(|s| s.name == service).unwrap();
            operation(service, &head(method, uri, &headers)).map(|n| service.operations[n].name)
        };
        let target = Some("AWSOrganizationsV20161128.ListRoots");
        assert_eq!(named("organizations", "POST", "/", target), Some("ListRoots"));
        assert_eq!(named("organizations", "GET", "/", target), None);
        assert_eq!(named("organizations", "POST", "/", Some("AWSOrganizationsV20161128.listRoots")), None);
        assert_eq!(named("account", "POST", "/listRegions", None), Some("ListRegions"));
        for other in ["/ListRegions", "/listRegions/", "/", "/getNothing"] {
            assert_eq!(named("account", "POST", other, None), None, "{other}");
        }
        assert_eq!(named("account", "GET", "/listRegions", None), None);
    }
}
