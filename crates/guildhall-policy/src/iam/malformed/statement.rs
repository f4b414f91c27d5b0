//! What IAM asks of a statement, rule by rule.

use std::collections::BTreeSet;

use super::super::operator::{Comparison, Operator};
use super::super::principal::Who;
use super::super::values::{self, Net};
use super::{Malformed, Usage, clip, comparable, date, list, texts};
use crate::json::{Member, Value};

/// What a trust policy can be about, in lower case (identity.md 3.8).
const ASSUMING: [&str; 7] = [
    "sts:*",
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

/// A statement whose members are known and of the right types.
pub(super) struct Checked<'v> {
    members: &'v [Member],
}

/// The statements of a document whose members are known and of the right types.
pub(super) fn all(document: &Value, usage: Usage) -> Result<Vec<Checked<'_>>, Malformed> {
    let members = document.as_object().ok_or(Malformed::Syntax)?;
    let known = |member: &Member| ["Version", "Id", "Statement"].contains(&&*member.key);
    let version = document.get("Version").map(Value::as_str);
    let id = document.get("Id").map(Value::as_str);
    let version_fits = matches!(version, None | Some(Some("2012-10-17" | "2008-10-17")));
    if !members.iter().all(known) || !version_fits || id == Some(None) {
        return Err(Malformed::Syntax);
    }
    let statements = document.get("Statement").map(list).unwrap_or_default();
    if statements.is_empty() {
        return Err(Malformed::Syntax);
    }
    statements.iter().map(|value| Checked::new(value, usage).ok_or(Malformed::Syntax)).collect()
}

/// Refuses a Sid that stands twice.
pub(super) fn unique(statements: &[Checked<'_>]) -> Result<(), Malformed> {
    let mut sids = BTreeSet::new();
    let named = statements.iter().filter_map(Checked::sid).filter(|sid| !sid.is_empty());
    for sid in named {
        if !sids.insert(sid) {
            return Err(Malformed::DuplicateSid);
        }
    }
    Ok(())
}

impl<'v> Checked<'v> {
    /// Nothing if a member is unknown or of another type, or excludes another.
    fn new(value: &'v Value, usage: Usage) -> Option<Self> {
        let statement = Self { members: value.as_object()? };
        let pairs = [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")];
        if pairs.iter().any(|(plain, negation)| statement.has(plain) && statement.has(negation)) {
            return None;
        }
        let mut effect = None;
        for member in statement.members {
            let fits = match &*member.key {
                "Sid" => {
                    let free = usage == Usage::Trust;
                    let letters = |sid: &str| sid.bytes().all(|b| b.is_ascii_alphanumeric());
                    member.value.as_str().is_some_and(|sid| free || letters(sid))
                }
                "Effect" => {
                    effect = member.value.as_str().map(str::to_ascii_lowercase);
                    matches!(effect.as_deref(), Some("allow" | "deny"))
                }
                "Action" | "NotAction" | "Resource" | "NotResource" => {
                    list(&member.value).iter().all(|value| value.as_str().is_some())
                }
                "Condition" => conditions_fit(&member.value, usage),
                "Principal" | "NotPrincipal" => usage != Usage::Trust || principals_fit(&member.value),
                _ => false,
            };
            if !fits {
                return None;
            }
        }
        effect.map(|_| statement)
    }

    fn get(&self, key: &str) -> Option<&'v Value> {
        self.members.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn sid(&self) -> Option<&'v str> {
        self.get("Sid")?.as_str()
    }

    fn either(&self, plain: &str, negation: &str) -> Option<&'v Value> {
        self.get(plain).or_else(|| self.get(negation))
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &'v str> {
        self.either("Resource", "NotResource").into_iter().flat_map(texts)
    }

    fn actions(&self) -> impl Iterator<Item = &'v str> {
        self.either("Action", "NotAction").into_iter().flat_map(texts)
    }

    fn conditions(&self) -> &'v [Member] {
        self.get("Condition").and_then(Value::as_object).unwrap_or_default()
    }

    /// The older parser wants the case of an Effect, dates that are some, and IPv6 ranges without bits behind their
    /// prefix (identity.md 13, row 6). Sessions' policies do not pass it (recorded, condition_values).
    pub(super) fn legacy(&self, usage: Usage) -> Result<(), Malformed> {
        let effect = self.get("Effect").and_then(Value::as_str);
        if !matches!(effect, Some("Allow" | "Deny")) {
            return Err(Malformed::Legacy);
        }
        if usage == Usage::Session {
            return Ok(());
        }
        for block in self.conditions() {
            let fits: fn(&str) -> bool = match Operator::parse(&block.key).map(|o| o.comparison) {
                Some(Comparison::Date(_)) => date::is_one,
                Some(Comparison::IpAddress) => no_stray_bits,
                _ => continue,
            };
            let keys = block.value.as_object().unwrap_or_default();
            if !keys.iter().flat_map(|key| texts(&key.value)).all(fits) {
                return Err(Malformed::Legacy);
            }
        }
        Ok(())
    }

    pub(super) fn has_actions(&self) -> Result<(), Malformed> {
        self.actions().next().map(|_| ()).ok_or(Malformed::NoActions)
    }

    pub(super) fn has_resources(&self) -> Result<(), Malformed> {
        self.resources().next().map(|_| ()).ok_or(Malformed::NoResources)
    }

    /// What a service is called has letters, digits, dots and dashes; which services there are is not asked.
    pub(super) fn actions_have_vendors(&self) -> Result<(), Malformed> {
        for action in self.actions().filter(|action| *action != "*") {
            let (vendor, name) = action.split_once(':').ok_or(Malformed::NoVendor)?;
            if name.contains(':') {
                return Err(Malformed::Colons);
            }
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
            if vendor != "*" && (vendor.is_empty() || !vendor.bytes().all(fits)) {
                return Err(Malformed::Vendor(clip(vendor)));
            }
        }
        Ok(())
    }

    pub(super) fn only_assumes(&self) -> Result<(), Malformed> {
        let assumes = |action: &str| ASSUMING.iter().any(|known| known.eq_ignore_ascii_case(action));
        if self.actions().all(assumes) { Ok(()) } else { Err(Malformed::NotAssumeRole) }
    }

    pub(super) fn has_principals(&self) -> Result<(), Malformed> {
        self.either("Principal", "NotPrincipal").map(|_| ()).ok_or(Malformed::NoPrincipals)
    }

    /// Refuses what is not the name of a principal; whether it is somebody's is not known here.
    pub(super) fn principals_are_some(&self) -> Result<(), Malformed> {
        let principals = self.either("Principal", "NotPrincipal");
        for kind in principals.and_then(Value::as_object).unwrap_or_default() {
            for named in texts(&kind.value) {
                if Who::read(&kind.key, named).is_none() {
                    return Err(Malformed::invalid_principal(&kind.key, named));
                }
            }
        }
        Ok(())
    }

    pub(super) fn operators_are_some(&self) -> Result<(), Malformed> {
        match self.conditions().iter().find(|block| unknown(block)) {
            Some(block) => Err(Malformed::ConditionType(clip(&block.key))),
            None => Ok(()),
        }
    }
}

/// Whether a range is no IPv6 range with bits behind its prefix.
fn no_stray_bits(range: &str) -> bool {
    let base = range.split_once('/').and_then(|(base, _)| values::address(base));
    !base.is_some_and(|address| address.is_ipv6()) || Net::parse(range).is_some()
}

/// Whether an operator is none that there is. With nothing in it nobody minds.
fn unknown(block: &Member) -> bool {
    let empty = block.value.as_object().is_some_and(<[Member]>::is_empty);
    Operator::parse(&block.key).is_none() && !empty
}

/// The types of a condition. An unknown operator is a trust policy's own mistake.
fn conditions_fit(value: &Value, usage: Usage) -> bool {
    let key = |key: &Member| list(&key.value).iter().all(comparable);
    let block = |block: &Member| {
        let keys = block.value.as_object().is_some_and(|keys| keys.iter().all(key));
        keys && (usage == Usage::Trust || !unknown(block))
    };
    value.as_object().is_some_and(|blocks| blocks.iter().all(block))
}

/// The types of a trust policy's principals: `*`, or kinds of them with one or more texts.
fn principals_fit(value: &Value) -> bool {
    let kind = |kind: &Member| {
        let known = ["AWS", "Service", "Federated", "CanonicalUser"].contains(&&*kind.key);
        let named = list(&kind.value);
        known && !named.is_empty() && named.iter().all(|value| value.as_str().is_some())
    };
    let kinds = value.as_object().unwrap_or_default();
    value.as_str() == Some("*") || (!kinds.is_empty() && kinds.iter().all(kind))
}
