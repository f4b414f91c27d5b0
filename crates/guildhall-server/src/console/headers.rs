//! The headers of pages. None lets a script run, another site frame a page, or a shared computer keep it.

/// A header: its name in lower case and its value.
pub(crate) type Header = (&'static str, &'static str);

/// What a page may load and do.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The same, and it may frame a mail.
const MAIL_PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'; frame-src 'self'";

/// A mail in its frame: a document without an origin, which opens links in a page of their own.
const MAIL_HTML_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const fn page(policy: &'static str, frames: &'static str) -> [Header; 8] {
    [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", frames),
        // Not `no-referrer`: with it browsers send forms with `Origin: null`.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ]
}

/// The headers of every page but those of mails, whatever its status.
pub(crate) fn headers() -> &'static [Header] {
    const HEADERS: [Header; 8] = page(CONTENT_SECURITY_POLICY, "DENY");
    &HEADERS
}

/// The headers of `/mail/<id>`.
pub(crate) fn mail_page_headers() -> &'static [Header] {
    const HEADERS: [Header; 8] = page(MAIL_PAGE_POLICY, "DENY");
    &HEADERS
}

/// The headers of `/mail/<id>/html`, whose body is a mail's HTML as it is.
pub(crate) fn mail_html_headers() -> &'static [Header] {
    const HEADERS: [Header; 8] = page(MAIL_HTML_POLICY, "SAMEORIGIN");
    &HEADERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(headers: &[Header]) -> &'static str {
        headers.iter().find(|(name, _)| *name == "content-security-policy").unwrap().1
    }

    #[test]
    fn pages_load_nothing_foreign_and_run_nothing() {
        assert_eq!(
            policy(headers()),
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(policy(mail_page_headers()), format!("{CONTENT_SECURITY_POLICY}; frame-src 'self'"));
        for policy in [policy(headers()), policy(mail_page_headers())] {
            assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        }
        let mail = policy(mail_html_headers());
        assert!(mail.starts_with("sandbox ") && mail.contains("default-src 'none'"), "{mail}");
        assert!(!mail.contains("allow-scripts") && !mail.contains("allow-same-origin"), "{mail}");
    }
}
