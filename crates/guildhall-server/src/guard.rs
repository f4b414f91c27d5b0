//! Who may reach the control API and the console. Pages of other sites can make a browser send requests to
//! loopback; they get nothing.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, StatusCode};

use crate::App;
use crate::control::error;

/// Refuses requests that come from another site's page, by their origin or by a name that was bent to loopback.
pub(crate) async fn same_site(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let refuse = |message| error(StatusCode::FORBIDDEN, "Forbidden", message);
    let headers = request.headers();
    let text = |name| headers.get(name).map(|v: &http::HeaderValue| v.to_str().unwrap_or_default());
    let host = text(HOST).or(request.uri().authority().map(|a| a.as_str())).unwrap_or_default();
    if app.settings.lab && !is_address(host) {
        return refuse("the Host has to be an IP address or localhost");
    }
    if text(ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") != Some(host))
        || is_cross_site(request.method(), headers)
    {
        return refuse("this request comes from a page of another site");
    }
    next.run(request).await
}

/// Whether a browser says that another site's page made this request; following a link is no harm.
fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    let is = |name, value: &str| headers.get(name).is_some_and(|v: &http::HeaderValue| v == value);
    let link = method.is_safe() && is("sec-fetch-mode", "navigate");
    is("sec-fetch-site", "cross-site") && !link
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
