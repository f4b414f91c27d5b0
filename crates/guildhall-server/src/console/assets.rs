//! The style sheet and the picture, embedded in the program.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use http::{StatusCode, Uri};
use sha2::{Digest, Sha256};

use super::headers::Header;
use super::page::respond;

/// A file that pages refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    /// Where it is served.
    pub(crate) path: &'static str,
    /// What it is.
    pub(crate) content_type: &'static str,
    /// Its content.
    pub(crate) body: &'static str,
}

const STYLES: Asset = Asset {
    path: "/assets/guildhall.css",
    content_type: "text/css; charset=utf-8",
    body: include_str!("../../templates/console/guildhall.css"),
};

const PICTURE: Asset = Asset {
    path: "/assets/guildhall.svg",
    content_type: "image/svg+xml",
    body: include_str!("../../templates/console/guildhall.svg"),
};

/// The asset at a path. Its query is of no matter: it is there for caches.
pub(crate) fn asset(path: &str) -> Option<Asset> {
    [STYLES, PICTURE].into_iter().find(|asset| asset.path == path)
}

/// The headers of an asset. Pages name it with a hash of its content, so that it can be kept for long.
pub(crate) fn asset_headers(asset: &Asset) -> [Header; 4] {
    [
        ("content-type", asset.content_type),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
    ]
}

/// How pages refer to the style sheet.
pub(super) fn styles_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| url(&STYLES));
    &URL
}

/// How pages refer to the picture.
pub(super) fn picture_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| url(&PICTURE));
    &URL
}

/// Answers a request for an asset.
pub(super) async fn serve(uri: Uri, Path(_): Path<String>) -> Response {
    match asset(uri.path()) {
        Some(asset) => respond(StatusCode::OK, &asset_headers(&asset), asset.body),
        None => respond(StatusCode::NOT_FOUND, &[("content-type", "text/plain")], "not found\n"),
    }
}

fn url(asset: &Asset) -> String {
    let mut url = format!("{}?v=", asset.path);
    for byte in Sha256::digest(asset.body.as_bytes()).iter().take(8) {
        let _ = write!(url, "{byte:02x}");
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_found_by_path() {
        for asset_here in [STYLES, PICTURE] {
            assert_eq!(asset(asset_here.path), Some(asset_here));
        }
        assert_eq!(asset("/assets/../Cargo.toml"), None);
        let hash = styles_url().strip_prefix("/assets/guildhall.css?v=").unwrap();
        assert!(hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");
    }

    #[test]
    fn assets_fetch_nothing() {
        for asset in [STYLES, PICTURE] {
            assert!(!asset.body.contains("url(") && !asset.body.contains("@import"));
            assert!(!asset.body.contains("<script") && !asset.body.contains("href"));
        }
    }
}
