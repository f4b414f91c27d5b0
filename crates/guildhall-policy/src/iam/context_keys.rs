//! The condition keys that a document asks for, as GetContextKeysForCustomPolicy tells them (identity.md 3.12).

use super::operator::Operator;
use super::read::STATEMENT_MEMBERS;
use crate::json::{self, Member, Value};

/// A document in which no keys are looked for: IAM's code is InvalidInput.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is no policy")]
pub struct NoPolicy;

/// The keys of conditions and the variables, in the order of the text, as they are written, each spelling once; `*`, `?`
/// and `$` from `${*}` and its like among them. Variables are some from Version 2012-10-17 only. A document may lack
/// more here than elsewhere: statements, actions, resources.
///
/// # Errors
///
/// [`NoPolicy`] for what is no JSON, has an unknown member or operator, or a statement without Effect.
pub fn context_keys(document: &str) -> Result<Vec<String>, NoPolicy> {
    of(&json::parse(document).map_err(|_| NoPolicy)?)
}

/// The same, of a document that was read.
pub(super) fn of(document: &Value) -> Result<Vec<String>, NoPolicy> {
    let members = document.as_object().ok_or(NoPolicy)?;
    let known = |member: &Member| matches!(&*member.key, "Version" | "Id" | "Statement");
    let version = document.get("Version").map(Value::as_str);
    if !members.iter().all(known) || !matches!(version, None | Some(Some("2008-10-17" | "2012-10-17"))) {
        return Err(NoPolicy);
    }
    let mut keys = Keys { found: Vec::new(), variables: version == Some(Some("2012-10-17")) };
    for statement in document.get("Statement").map(list).unwrap_or_default() {
        keys.statement(statement)?;
    }
    Ok(keys.found)
}

struct Keys {
    found: Vec<String>,
    variables: bool,
}

impl Keys {
    fn add(&mut self, key: &str) {
        if !self.found.iter().any(|found| found == key) {
            self.found.push(key.to_owned());
        }
    }

    fn statement(&mut self, statement: &Value) -> Result<(), NoPolicy> {
        let members = statement.as_object().ok_or(NoPolicy)?;
        let effect = statement.get("Effect").and_then(Value::as_str);
        if !matches!(effect, Some("Allow" | "Deny")) {
            return Err(NoPolicy);
        }
        for member in members {
            match &*member.key {
                "Resource" | "NotResource" => list(&member.value).iter().for_each(|value| self.text(value)),
                "Condition" => self.conditions(&member.value)?,
                other if STATEMENT_MEMBERS.contains(&other) => {}
                _ => return Err(NoPolicy),
            }
        }
        Ok(())
    }

    fn conditions(&mut self, conditions: &Value) -> Result<(), NoPolicy> {
        for block in conditions.as_object().ok_or(NoPolicy)? {
            let keys = block.value.as_object().ok_or(NoPolicy)?;
            if !keys.is_empty() && Operator::parse(&block.key).is_none() {
                return Err(NoPolicy);
            }
            for key in keys {
                self.add(&key.key);
                list(&key.value).iter().for_each(|value| self.text(value));
            }
        }
        Ok(())
    }

    /// The variables of a text: what stands before the end, or before a default.
    fn text(&mut self, value: &Value) {
        let mut rest = value.as_str().filter(|_| self.variables).unwrap_or_default();
        while let Some((_, after)) = rest.split_once("${") {
            let Some((inner, more)) = after.split_once('}') else { return };
            let key = inner.split(',').next().unwrap_or_default().trim();
            if !key.is_empty() {
                self.add(key);
            }
            rest = more;
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}
