//! Condition.

use super::super::condition::Condition;
use super::super::error::{DocumentError, DocumentErrorKind};
use super::super::operator::{Comparison, Operator};
use super::super::values;
use super::like::closest;
use super::{Grammar, quoted};
use crate::json::{JsonKind, Member, Value};

impl Grammar {
    pub(super) fn conditions(&self, value: &Value) -> Result<Box<[Condition]>, DocumentError> {
        let wanted = "a condition is an object: {\"StringEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}";
        let mut conditions = Vec::new();
        for block in self.object(value, wanted)? {
            // What has nothing to compare asks for nothing; IAM does not even look what it is called.
            if self.iam() && block.value.as_object().is_some_and(<[Member]>::is_empty) {
                continue;
            }
            let operator = Operator::parse(&block.key).ok_or_else(|| self.no_operator(block))?;
            let wanted = "an operator has an object of keys and wanted values";
            for member in self.object(&block.value, wanted)? {
                conditions.push(self.condition(operator, &block.key, member)?);
            }
        }
        Ok(conditions.into())
    }

    fn condition(
        &self,
        operator: Operator,
        written: &str,
        member: &Member,
    ) -> Result<Condition, DocumentError> {
        let key = member.key.as_str();
        let prefixed =
            key.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
        if !self.iam() && (!prefixed || key.contains(char::is_control)) {
            let bare = !key.is_empty() && key.len() < 64 && key.bytes().all(|b| b.is_ascii_alphanumeric());
            let such = if bare { key } else { "PrincipalOrgID" };
            let wanted = format!("a condition key is a prefix, a colon and a name, such as aws:{such}");
            return Err(self.at(DocumentErrorKind::BadConditionKey, member.at, quoted(key), wanted));
        }
        let list = member.value.as_array().unwrap_or(std::slice::from_ref(&member.value));
        if list.is_empty() && !self.iam() {
            return Err(self.error(
                DocumentErrorKind::EmptyList,
                &member.value,
                "a key has at least one wanted value",
            ));
        }
        let values = list.iter().map(|v| self.condition_value(operator, v)).collect::<Result<Vec<_>, _>>()?;
        Ok(Condition::new(operator, written, key, member.at, values, self.variables))
    }

    /// A string, or a number or boolean as it is written.
    fn condition_value(&self, operator: Operator, value: &Value) -> Result<String, DocumentError> {
        let text = match &value.kind {
            JsonKind::String(text) | JsonKind::Number(text) => text.clone(),
            JsonKind::Bool(b) => b.to_string(),
            JsonKind::Null | JsonKind::Array(_) | JsonKind::Object(_) => {
                return Err(self.error(
                    DocumentErrorKind::WrongType,
                    value,
                    "a wanted value is a string, a number or a boolean",
                ));
            }
        };
        if operator.comparison == Comparison::Binary && !values::is_base64(&text) {
            return Err(self.error(
                DocumentErrorKind::BadConditionValue,
                value,
                "BinaryEquals wants base64, with its padding",
            ));
        }
        Ok(text)
    }

    fn no_operator(&self, block: &Member) -> DocumentError {
        let wanted = match meant(&block.key) {
            Some(Meant::Null) => "Null takes neither IfExists nor a quantifier".to_owned(),
            Some(Meant::Alone(quantifier)) => {
                format!("{quantifier}: precedes an operator, such as {quantifier}:StringEquals")
            }
            Some(Meant::Name(name)) => format!(
                "did you mean {name}? IfExists may follow it, ForAllValues: or ForAnyValue: precede it"
            ),
            // A key where its operator is left out.
            None if block.key.contains(':') && block.value.as_object().is_none() => {
                format!("an operator stands around keys: {{\"StringEquals\": {{{}: …}}}}", quoted(&block.key).replace('`', "\""))
            }
            None => "the operators are those of StringEquals, NumericEquals, DateEquals, Bool, BinaryEquals, IpAddress, ArnLike, Null and their kind".to_owned(),
        };
        self.at(DocumentErrorKind::BadOperator, block.at, quoted(&block.key), wanted)
    }
}

/// What a text that is no operator was meant to be.
enum Meant {
    Name(String),
    /// A quantifier without an operator.
    Alone(&'static str),
    /// Null with what it does not take.
    Null,
}

fn meant(written: &str) -> Option<Meant> {
    let mut rest: String = written.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let mut quantifier = None;
    for (name, spelling) in [
        ("ForAllValues", "forallvalues"),
        ("ForAllValues", "forallvalue"),
        ("ForAnyValue", "foranyvalues"),
        ("ForAnyValue", "foranyvalue"),
    ] {
        if let Some(at) = rest.find(spelling) {
            rest.replace_range(at..at.saturating_add(spelling.len()), "");
            quantifier = Some(name);
        }
    }
    if let (Some(quantifier), true) = (quantifier, rest.is_empty()) {
        return Some(Meant::Alone(quantifier));
    }
    let moved = match rest.strip_prefix("ifexists") {
        Some(base) => format!("{base}ifexists"),
        None => rest,
    };
    let all: Vec<String> =
        Operator::names().flat_map(|name| [name.to_owned(), format!("{name}IfExists")]).collect();
    let all = || all.iter().map(String::as_str);
    // The same words in another order: NotStringLike.
    let without = |text: &str| text.to_ascii_lowercase().replacen("not", "", 1);
    let turned =
        || all().find(|n| n.contains("Not") && moved.contains("not") && without(n) == without(&moved));
    match closest(&moved, all()).or_else(turned)? {
        "Null" | "NullIfExists" => Some(Meant::Null),
        name => Some(Meant::Name(quantifier.map_or_else(|| name.to_owned(), |q| format!("{q}:{name}")))),
    }
}
