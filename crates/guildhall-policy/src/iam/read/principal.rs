//! Principal and NotPrincipal.

use super::super::document::DocumentKind;
use super::super::error::{DocumentError, DocumentErrorKind};
use super::super::principal::{Named, Principals, Who};
use super::Grammar;
use super::like::closest;
use crate::json::Value;

impl Grammar {
    pub(super) fn principals(&self, value: &Value, negated: bool) -> Result<Principals, DocumentError> {
        if self.kind == DocumentKind::ResourceControl {
            return self.only_everybody(value);
        }
        if value.as_str() == Some("*") {
            return Ok(Principals { negated, ..Principals::everybody(value.at) });
        }
        let wanted = "a principal is \"*\" or an object such as {\"AWS\": \"111122223333\"}";
        let Some(members) = value.as_object() else {
            return Err(self.error(DocumentErrorKind::BadPrincipal, value, wanted));
        };
        if members.is_empty() {
            return Err(self.at(
                DocumentErrorKind::BadPrincipal,
                value.at,
                "an empty object".to_owned(),
                wanted,
            ));
        }
        let mut named = Vec::new();
        for member in members {
            let type_fits = match member.key.as_str() {
                "AWS" | "Service" => true,
                "Federated" | "CanonicalUser" => self.kind != DocumentKind::Organization,
                _ => false,
            };
            if !type_fits {
                let known: &[&str] = match self.kind {
                    DocumentKind::Organization => &["AWS", "Service"],
                    _ => &["AWS", "Service", "Federated", "CanonicalUser"],
                };
                let wanted = match closest(&member.key, known.iter().copied()) {
                    Some(like) => format!("the kind of principal is written `{like}`"),
                    None => format!("the kinds of principals here are {}", known.join(", ")),
                };
                return Err(self.at(
                    DocumentErrorKind::BadPrincipal,
                    member.at,
                    super::quoted(&member.key),
                    wanted,
                ));
            }
            let wanted = "wanted is a principal in quotes, or a list of at least one";
            for entry in self.strings(&member.value, wanted)? {
                let (who, written) = (self.who(&member.key, entry)?, entry.as_str().unwrap_or_default());
                named.push(Named { who, written: written.into(), at: entry.at });
            }
        }
        Ok(Principals { negated, named: named.into() })
    }

    fn who(&self, kind: &str, value: &Value) -> Result<Who, DocumentError> {
        let wanted = match kind {
            "AWS" => {
                "an AWS principal is \"*\", an account id, or the ARN of an account's root, a user, a role or a session; wildcards in it are not allowed"
            }
            "Service" => "a service principal is written like backup.amazonaws.com",
            "Federated" => "a provider is its ARN or its domain name",
            _ => "a canonical user is an id",
        };
        let who = value.as_str().and_then(|text| Who::read(kind, text));
        who.ok_or_else(|| self.error(DocumentErrorKind::BadPrincipal, value, wanted))
    }

    /// `"*"` or `{"AWS": "*"}`, and not in a list (policies.md 2.3, R10 to R12).
    fn only_everybody(&self, value: &Value) -> Result<Principals, DocumentError> {
        let star = match value.as_object() {
            Some([member]) if member.key == "AWS" => &member.value,
            _ => value,
        };
        if star.as_str() == Some("*") {
            return Ok(Principals::everybody(star.at));
        }
        let wanted =
            "the principal of a resource control policy is \"*\"; exempt principals with a Condition";
        Err(self.error(DocumentErrorKind::BadPrincipal, star, wanted))
    }
}
