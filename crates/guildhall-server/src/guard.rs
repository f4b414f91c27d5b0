//! Which requests browsers may make. Pages of other sites can make a browser send requests to loopback, and a lab's
//! secret is known: they get nothing.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Its `Host` is a name.
    Name,
    /// It comes from a page of another site.
    Page,
}

impl Foreign {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Name => "the Host has to be an IP address or localhost",
            Self::Page => "this request comes from a page of another site",
        }
    }
}

/// Makes the `Host` header what the request is for: an absolute URI outweighs it (RFC 9112, 3.2.2). Refuses two of them.
pub(crate) fn settle_host(head: &mut Parts) -> bool {
    let uri = head.uri.authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    match uri {
        Some(Ok(authority)) => {
            head.headers.insert(HOST, authority);
            true
        }
        Some(Err(_)) => false,
        None => head.headers.get_all(HOST).iter().nth(1).is_none(),
    }
}

/// Refuses requests that come from another site's page, by their origin or by a name that was bent to loopback. `api`:
/// for one of AWS's APIs, whose clients may send any `Host`, but of which only browsers say where a request comes
/// from. A link from another site to anything else is followed.
pub(crate) fn check(lab: bool, api: bool, head: &Parts) -> Result<(), Foreign> {
    let headers = &head.headers;
    let (origin, site) = (headers.get(ORIGIN), headers.get(&SEC_FETCH_SITE));
    if api && origin.is_none() && site.is_none() {
        return Ok(());
    }
    let host = headers.get(HOST).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if (lab || api) && !is_address(host) {
        return Err(Foreign::Name);
    }
    let same =
        |origin: &HeaderValue| origin.to_str().ok().and_then(|o| o.strip_prefix("http://")) == Some(host);
    let ours =
        |site: &HeaderValue| site == "same-origin" || site == "none" || (!api && is_link(head, headers));
    if origin.is_none_or(same) && site.is_none_or(ours) { Ok(()) } else { Err(Foreign::Page) }
}

/// Whether somebody follows a link, which is no harm.
fn is_link(head: &Parts, headers: &HeaderMap) -> bool {
    head.method.is_safe() && headers.get(&SEC_FETCH_MODE).is_some_and(|v| v == "navigate")
}

/// Whether a Host is an IP address or localhost, with or without a port. Other names can be bent to loopback.
fn is_address(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[') {
        return v6.split_once(']').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok());
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn browsers_are_let_in_from_our_own_pages_only() {
        const HERE: (&str, &str) = ("host", "127.0.0.1:4615");
        const ORIGIN: (&str, &str) = ("origin", "http://127.0.0.1:4615");
        const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
        let site = |site: &'static str| ("sec-fetch-site", site);
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<Foreign>, Option<Foreign>);
        let (name, page) = (Some(Foreign::Name), Some(Foreign::Page));
        let rows: [Row<'_>; 16] = [
            ("POST", &[HERE], None, None),
            ("POST", &[("host", "organizations.us-east-1.amazonaws.com")], None, name),
            ("POST", &[], None, name),
            ("POST", &[HERE, ORIGIN], None, None),
            ("POST", &[HERE, ORIGIN, site("same-origin")], None, None),
            ("GET", &[HERE, site("none"), NAVIGATE], None, None),
            ("POST", &[HERE, ("origin", "http://localhost:4615")], page, page),
            ("POST", &[HERE, ("origin", "https://127.0.0.1:4615")], page, page),
            ("POST", &[HERE, ("origin", "null")], page, page),
            ("POST", &[HERE, ORIGIN, site("cross-site")], page, page),
            ("POST", &[HERE, site("same-site")], page, page),
            ("GET", &[HERE, site("cross-site")], page, page),
            ("GET", &[HERE, site("cross-site"), NAVIGATE], page, None),
            ("POST", &[HERE, site("cross-site"), NAVIGATE], page, page),
            ("POST", &[("host", "evil.example"), ("origin", "http://evil.example")], name, name),
            ("GET", &[("host", "evil.example"), site("same-origin")], name, name),
        ];
        for (method, headers, api, ours) in rows {
            let head = head(method, headers);
            assert_eq!(check(true, true, &head).err(), api, "{method} {headers:?}");
            assert_eq!(check(true, false, &head).err(), ours, "{method} {headers:?}");
        }
    }

    #[test]
    fn an_absolute_uri_outweighs_the_host_and_there_is_one() {
        let mut head = head("GET", &[("host", "127.0.0.1:4615")]);
        head.uri = "http://evil.example/metrics".parse().unwrap();
        assert!(settle_host(&mut head));
        assert_eq!(head.headers.get(HOST).unwrap(), "evil.example");
        head.uri = "/metrics".parse().unwrap();
        assert!(settle_host(&mut head));
        head.headers.append(HOST, HeaderValue::from_static("127.0.0.1"));
        assert!(!settle_host(&mut head));
    }

    #[test]
    fn addresses_are_no_names() {
        for good in
            ["127.0.0.1:4615", "127.0.0.1", "localhost:1", "localhost", "[::1]:4615", "[::1]", "10.0.0.7:80"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in
            ["", "evil.example", "127.0.0.1.evil.example:4615", "localhost.evil.example", "[evil]:1", ":80"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
