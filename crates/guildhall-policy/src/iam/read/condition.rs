//! Condition.

use super::super::condition::Condition;
use super::super::error::{DocumentError, DocumentErrorKind as Kind};
use super::super::operator::{Comparison, Operator};
use super::super::values;
use super::{Grammar, clip};
use crate::json::{Kind as JsonKind, Member, Value};

impl Grammar {
    pub(super) fn conditions(&self, value: &Value) -> Result<Box<[Condition]>, DocumentError> {
        let wanted = "a condition is an object: {\"StringEquals\": {\"aws:RequestedRegion\": \"eu-west-1\"}}";
        let mut conditions = Vec::new();
        for block in self.object(value, wanted)? {
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
        if !prefixed || key.contains(char::is_control) {
            let found = format!("`{}`", clip(key));
            let wanted = "a condition key is a prefix, a colon and a name, such as aws:PrincipalOrgID";
            return Err(self.at(Kind::BadConditionKey, member.at, found, wanted));
        }
        let list = member.value.as_array().unwrap_or(std::slice::from_ref(&member.value));
        if list.is_empty() {
            return Err(self.error(Kind::EmptyList, &member.value, "a key has at least one wanted value"));
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
                    Kind::WrongType,
                    value,
                    "a wanted value is a string, a number or a boolean",
                ));
            }
        };
        if operator.comparison == Comparison::Binary && !values::is_base64(&text) {
            return Err(self.error(
                Kind::BadConditionValue,
                value,
                "BinaryEquals wants base64, with its padding",
            ));
        }
        Ok(text)
    }

    fn no_operator(&self, block: &Member) -> DocumentError {
        let wanted = match Operator::like(&block.key) {
            Some("Null") => "Null takes neither IfExists nor a quantifier".to_owned(),
            Some(like) => format!("did you mean {like}? IfExists may follow it, ForAllValues: or ForAnyValue: precede it"),
            None => "the operators are those of StringEquals, NumericEquals, DateEquals, Bool, BinaryEquals, IpAddress, ArnLike, Null and their kind".to_owned(),
        };
        self.at(Kind::BadOperator, block.at, format!("`{}`", clip(&block.key)), wanted)
    }
}
