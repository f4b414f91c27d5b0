//! GetRole: a role of the caller's account by its name, in whatever case (identity.md 3.5). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use guildhall_policy::json::{self, JsonKind, Member, Value};
use serde::{Deserialize, Serialize};

use super::errors::IamError;
use super::input::{self, Checks};
use super::shape::{self, RoleAnswer, RoleShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct GetRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.role_name.as_deref().unwrap_or_default()
    }
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    const AUTHORITY: Authority<Input> =
        Authority::<Input>::of(Rank::Account).on_own("role", |i: &Input, account, view| {
            // Of one that is not there the path is `/` (identity.md 1.6).
            let role = view.get::<Iam>(account.id)?.role(i.name());
            let (path, name) = role.map_or(("/", i.name()), |role| (&role.path, &role.name));
            Ok(Resource { arn: shape::arn(account, path, name), tags: role.map(|role| &role.tags) })
        });
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<RoleAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("roleName", i.role_name.as_deref(), &input::ROLE_NAME);
        Ok(checks.finish()?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Answer<RoleAnswer>, Stop> {
        let account = access::caller(cx, view)?;
        let role = view.get::<Iam>(account.id)?.role(input.name());
        let role = role.ok_or_else(|| IamError::NoRole(input.name().to_owned()))?;
        let document = normalised(&role.trust, account.partition.wire());
        let mut shape = RoleShape::of(role, account, &document);
        shape.description = Some(role.description.clone()).filter(|text| !text.is_empty());
        shape.max_session_duration = Some(role.max_session);
        // Nobody can assume it yet.
        shape.role_last_used = Some(Empty {});
        Ok(Answer(RoleAnswer { role: shape }))
    }
}

/// A trust policy as it is shown: compact, its members in order, lists of one as that one, and accounts by the ARN of
/// their root.
fn normalised(document: &str, partition: &str) -> String {
    let Ok(mut value) = json::parse(document) else { return document.to_owned() };
    ordered(&mut value, &["Version", "Id", "Statement"]);
    for member in members(&mut value).iter_mut().filter(|member| member.key == "Statement") {
        match &mut member.value.kind {
            JsonKind::Array(statements) => statements.iter_mut().for_each(|one| statement(one, partition)),
            _ => statement(&mut member.value, partition),
        }
    }
    value.to_string()
}

fn statement(value: &mut Value, partition: &str) {
    ordered(value, &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]);
    for member in members(value) {
        match member.key.as_str() {
            "Action" | "NotAction" => one(&mut member.value),
            "Principal" | "NotPrincipal" => {
                for kind in members(&mut member.value) {
                    each(&mut kind.value, |named| root(named, partition));
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

fn members(value: &mut Value) -> &mut [Member] {
    match &mut value.kind {
        JsonKind::Object(members) => members,
        _ => &mut [],
    }
}

fn ordered(value: &mut Value, order: &[&str]) {
    members(value).sort_by_key(|member| order.iter().position(|name| *name == member.key));
}

fn each(value: &mut Value, change: impl Fn(&mut Value)) {
    match &mut value.kind {
        JsonKind::Array(values) => values.iter_mut().for_each(change),
        _ => change(value),
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

fn root(named: &mut Value, partition: &str) {
    if let JsonKind::String(text) = &mut named.kind
        && text.len() == 12
        && text.bytes().all(|b| b.is_ascii_digit())
    {
        *text = format!("arn:{partition}:iam::{text}:root");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_shown_normalised() {
        let sent = r#"{ "Statement": [{ "Condition": { "StringEquals": { "sts:ExternalId": ["x"], "a:b": ["1", "2"] } },
            "Action": ["sts:AssumeRole"], "Principal": { "Service": ["ec2.amazonaws.com"], "AWS": ["111122223333", "*"] },
            "Effect": "Allow", "Sid": "" }], "Version": "2012-10-17" }"#;
        let shown = r#"{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":["arn:aws:iam::111122223333:root","*"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x","a:b":["1","2"]}}}]}"#;
        assert_eq!(normalised(sent, "aws"), shown);
        assert_eq!(normalised(shown, "aws"), shown);
        // One statement stays what it was.
        let one = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#;
        assert_eq!(normalised(one, "aws"), one);
    }
}
