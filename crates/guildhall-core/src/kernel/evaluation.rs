//! A call's whole evaluation, as IAM Toolbox's GetRequestAuthorizationDetails tells it (identity.md 5.6). What AWS's model
//! does not have stands beside it: the node and the statement by number, statements that nearly applied, and the values
//! that conditions were compared with.

use std::collections::BTreeMap;

use serde::Serialize;

/// The evaluation of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The condition keys of the call, whatever it is about.
    pub request_context: BTreeMap<String, Vec<String>>,
    /// One for each action on each resource.
    pub evaluations: Vec<Evaluated>,
    /// The policies that were asked.
    pub policies: Vec<Asked>,
    /// Their texts, by their `uri`.
    #[serde(skip)]
    pub texts: BTreeMap<String, String>,
}

impl Evaluation {
    /// Keeps those of these texts whose policies were asked.
    pub fn keep_texts<'a>(&mut self, texts: impl Iterator<Item = (&'a str, &'a str)>) {
        for (uri, text) in texts.filter(|(uri, _)| self.policies.iter().any(|asked| asked.uri == *uri)) {
            if !self.texts.contains_key(uri) {
                self.texts.insert(uri.to_owned(), text.to_owned());
            }
        }
    }
}

/// The evaluation of an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// The action.
    pub action: String,
    /// The resource's ARN; empty where the action has none.
    pub resource: String,
    /// The condition keys that lie over those of the call.
    pub context: BTreeMap<String, Vec<String>>,
    /// `ALLOW`, `EXPLICIT_DENY` or `IMPLICIT_DENY`.
    pub evaluated_effect: &'static str,
    /// What was asked, in order.
    pub checks: Vec<Checked>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// What was asked, such as `SERVICE_CONTROL_POLICY`.
    pub check_type: &'static str,
    /// `ALLOW`, `NO_IMPACT`, `IMPLICIT_DENY` or `EXPLICIT_DENY`.
    pub evaluated_effect: &'static str,
    /// The root, unit or account whose policies were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_arn: Option<String>,
    /// The types of policies that it asks.
    pub relevant_policy_types: Vec<&'static str>,
    /// The policies with statements that applied.
    pub matched_policies: Vec<Matched>,
    /// The statements that only their conditions kept from applying.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearly_matched_policies: Vec<Matched>,
}

/// A policy with its statements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matched {
    /// The policy.
    pub uri: String,
    /// Its statements.
    pub matched_statements: Vec<MatchedStatement>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchedStatement {
    /// Its Sid; one that has none gets its number.
    pub sid: String,
    /// `ALLOW` or `DENY`.
    pub evaluated_effect: &'static str,
    /// Its number within the policy, from 1.
    pub statement: usize,
    /// Its conditions, each with the values that were compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
}

/// A policy that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// `IDENTITY_BASED_POLICY` and the like.
    pub r#type: &'static str,
    /// Whether it is one entity's own.
    pub inline: bool,
    /// Its ARN; of one without, a text that is no other's.
    pub uri: String,
    /// What it is attached to.
    pub attached_to: Vec<AttachedTo>,
}

/// What a policy is attached to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachedTo {
    /// Its ARN.
    pub arn: String,
}
