//! Action and NotAction.

use std::borrow::Cow;

use super::super::context::Context;
use super::super::document::{Actions, DocumentKind};
use super::super::error::{DocumentError, DocumentErrorKind};
use super::super::pattern::{Pattern, Syntax};
use super::super::services::{Operations, RCP_SERVICES};
use super::super::truth::Truth;
use super::Grammar;
use super::like::closest;
use crate::json::Value;

impl Grammar {
    pub(super) fn actions(&self, value: &Value, negated: bool) -> Result<Actions, DocumentError> {
        let list =
            self.strings(value, "wanted is an action, or a list of at least one, such as \"s3:GetObject\"")?;
        let patterns = list.iter().map(|v| self.action(v)).collect::<Result<Vec<_>, _>>()?;
        Ok(Actions { negated, patterns: patterns.into() })
    }

    /// `*`, or a service, a colon and a name with wildcards. Names are not looked up (policies.md 2.1).
    fn action(&self, value: &Value) -> Result<Pattern, DocumentError> {
        let text = value.as_str().unwrap_or_default();
        let lower = text.to_ascii_lowercase();
        let pattern = Pattern::new(&lower, Syntax { wildcards: true, variables: false });
        match lower.split_once(':') {
            _ if lower == "*" => self.supported(value, "*", &pattern)?,
            None => {
                let wanted =
                    "an action is a service's prefix, a colon and a name: \"iam:ListUsers\", \"s3:*\"";
                return Err(self.error(DocumentErrorKind::BadAction, value, wanted));
            }
            Some((service, name)) => {
                // Of identity policies IAM looks at the prefix only, and takes dots in it (identity.md 3.8).
                let identity = self.kind == DocumentKind::Identity;
                let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || (identity && b == b'.');
                if service != "*" && (service.is_empty() || !service.bytes().all(letter)) {
                    let wanted = "before the colon stands the prefix of one service, without wildcards";
                    return Err(self.error(DocumentErrorKind::BadAction, value, wanted));
                }
                let fits = |b: u8| letter(b) || matches!(b, b'*' | b'?' | b'_' | b'.' | b'/');
                if identity && !name.contains(':') {
                    return Ok(pattern);
                }
                if text.contains([',', ';', '|']) {
                    let wanted = "several actions stand in a list: [\"s3:*\", \"ec2:*\"]";
                    return Err(self.error(DocumentErrorKind::BadAction, value, wanted));
                }
                if name.is_empty() || !name.bytes().all(fits) {
                    let wanted = "after the colon stands a name of letters and digits, with * and ? anywhere";
                    return Err(self.error(DocumentErrorKind::BadAction, value, wanted));
                }
                self.supported(value, service, &pattern)?;
            }
        }
        Ok(pattern)
    }

    /// Refuses actions that a language does not take.
    fn supported(&self, value: &Value, service: &str, pattern: &Pattern) -> Result<(), DocumentError> {
        if let Some(operations) = self.operations {
            return self.delegable(value, pattern, operations);
        }
        let wanted = match self.kind {
            DocumentKind::ResourceControl if service == "*" => {
                "a resource control policy names a service before the colon, such as \"s3:*\""
            }
            DocumentKind::ResourceControl if !RCP_SERVICES.contains(&service) => {
                "a resource control policy names actions of services that support it, such as s3, sqs, kms, sts, secretsmanager"
            }
            DocumentKind::Trust if service != "sts" => {
                "a trust policy is about actions of sts, such as sts:AssumeRole"
            }
            _ => return Ok(()),
        };
        Err(self.unsupported(value, wanted))
    }

    /// Refuses actions that an organization's resource policy may not name.
    fn delegable(
        &self,
        value: &Value,
        pattern: &Pattern,
        operations: &'static Operations,
    ) -> Result<(), DocumentError> {
        if delegable(pattern, operations) {
            return Ok(());
        }
        if let Some(meant) = misspelt(value.as_str().unwrap_or_default(), operations) {
            let wanted = format!("Organizations has no such operation; did you mean organizations:{meant}?");
            return Err(self.unsupported(value, wanted));
        }
        let wanted = "a member can be granted the reads of Organizations and the work on policies and tags; a wildcard must match such actions only";
        Err(self.unsupported(value, wanted))
    }

    fn unsupported(&self, value: &Value, wanted: impl Into<Cow<'static, str>>) -> DocumentError {
        let mut error = self.error(DocumentErrorKind::UnsupportedAction, value, wanted);
        error.action = value.as_str().map(str::to_owned);
        error
    }
}

/// The operation of Organizations that a text without wildcards is nearly.
fn misspelt(action: &str, operations: &'static Operations) -> Option<&'static str> {
    let (service, name) = action.split_once(':')?;
    let names = || operations.iter().map(|(known, _)| *known);
    let misspelt = service.eq_ignore_ascii_case("organizations")
        && !name.contains(['*', '?'])
        && !names().any(|known| known.eq_ignore_ascii_case(name));
    if misspelt { closest(name, names()) } else { None }
}

/// Whether the pattern matches actions of Organizations, all of which can be delegated (policies.md 7.2).
fn delegable(pattern: &Pattern, operations: &Operations) -> bool {
    let context = Context::new();
    let matches = |name: &str| {
        pattern.matches(&format!("organizations:{}", name.to_ascii_lowercase()), &context) == Truth::True
    };
    let mut some = false;
    for (name, delegable) in operations {
        if matches(name) {
            some = true;
            if !delegable {
                return false;
            }
        }
    }
    some
}
