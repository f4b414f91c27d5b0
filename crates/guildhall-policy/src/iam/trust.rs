//! Trust policies written again: what IAM keeps of one, and how it shows it (identity.md 3.5, 4.3).

use std::borrow::Cow;

use super::principal::Who;
use crate::json::{self, JsonKind, Member, Value};

/// A trust policy as IAM writes it: compact, the members in its order, lists of one as that one. Each principal that it
/// names under a kind (`AWS`, `Service`, …) is what `named` makes of it, so that the same walk lists the principals,
/// puts unique ids in their place when a policy is saved, and the ARNs back when it is shown. A text that is no JSON is
/// returned as it is.
pub fn normalised(document: &str, mut named: impl for<'t> FnMut(&str, &'t str) -> Cow<'t, str>) -> String {
    let Ok(mut value) = json::parse(document) else { return document.to_owned() };
    ordered(&mut value, &["Version", "Id", "Statement"]);
    for member in members(&mut value).iter_mut().filter(|member| member.key == "Statement") {
        each(&mut member.value, |one| statement(one, &mut named));
    }
    value.to_string()
}

/// The ARN of an account's root, if the principal is an account by its id: that is how IAM shows it.
#[must_use]
pub fn root_of(partition: &str, principal: &str) -> Option<String> {
    match Who::aws(principal) {
        Some(Who::Account(id)) if *id == *principal => Some(format!("arn:{partition}:iam::{id}:root")),
        _ => None,
    }
}

fn statement(value: &mut Value, named: &mut impl for<'t> FnMut(&str, &'t str) -> Cow<'t, str>) {
    ordered(value, &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]);
    for member in members(value) {
        match member.key.as_str() {
            "Action" | "NotAction" => one(&mut member.value),
            "Principal" | "NotPrincipal" => {
                for kind in members(&mut member.value) {
                    each(&mut kind.value, |principal| replace(principal, |text| named(&kind.key, text)));
                    one(&mut kind.value);
                }
            }
            "Condition" => {
                for operator in members(&mut member.value) {
                    members(&mut operator.value).iter_mut().for_each(|key| one(&mut key.value));
                }
            }
            _ => {}
        }
    }
}

fn replace(value: &mut Value, with: impl for<'t> FnOnce(&'t str) -> Cow<'t, str>) {
    if let JsonKind::String(text) = &mut value.kind {
        *text = with(text).into_owned();
    }
}

fn members(value: &mut Value) -> &mut [Member] {
    match &mut value.kind {
        JsonKind::Object(members) => members,
        _ => &mut [],
    }
}

fn ordered(value: &mut Value, order: &[&str]) {
    members(value).sort_by_key(|member| order.iter().position(|name| *name == member.key));
}

fn each(value: &mut Value, change: impl FnMut(&mut Value)) {
    match &mut value.kind {
        JsonKind::Array(values) => values.iter_mut().for_each(change),
        _ => std::slice::from_mut(value).iter_mut().for_each(change),
    }
}

/// A list of one becomes that one.
fn one(value: &mut Value) {
    if let JsonKind::Array(values) = &mut value.kind
        && let [single] = values.as_mut_slice()
    {
        let single = single.clone();
        *value = single;
    }
}
