//! Names of headers, parsed once: a look-up by text parses it every time.

use http::HeaderName;

pub(crate) static TARGET: HeaderName = HeaderName::from_static("x-amz-target");
pub(crate) static DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(crate) static SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
pub(crate) static CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
