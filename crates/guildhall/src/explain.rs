//! `guildhall explain ID`: why a call was denied, check by check, down to the statements and the values that were compared.

use http::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cli::Endpoint;
use crate::{Failed, client, print};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    request_context: BTreeMap<String, Vec<String>>,
    evaluations: Vec<Evaluated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    action: String,
    resource: String,
    context: BTreeMap<String, Vec<String>>,
    evaluated_effect: String,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    check_type: String,
    evaluated_effect: String,
    target_arn: Option<String>,
    matched_policies: Vec<Matched>,
    #[serde(default)]
    nearly_matched_policies: Vec<Matched>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Matched {
    uri: String,
    matched_statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    sid: String,
    evaluated_effect: String,
    statement: usize,
    #[serde(default)]
    conditions: Vec<String>,
}

/// Prints the evaluation behind a denial.
pub(crate) fn explain(server: &Endpoint, id: &str) -> Result<(), Failed> {
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Failed::Usage(format!(
            "ID: {id:?} is no authorization id; the denial's sentence has it, and every denial's request id is one"
        )));
    }
    let path = format!("/_guildhall/authorizations/{id}");
    let evaluation: Evaluation = client::json(&server.endpoint, Method::GET, &path, "")?;
    print(text(&evaluation).trim_end());
    Ok(())
}

fn text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    for one in &evaluation.evaluations {
        let resource = if one.resource.is_empty() { "*" } else { &one.resource };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{} on {resource}: {}", one.action, words(&one.evaluated_effect));
        for check in &one.checks {
            let at = check.target_arn.as_ref().map(|arn| format!(" at {arn}")).unwrap_or_default();
            let _ = writeln!(text, "  {}{at}: {}", words(&check.check_type), words(&check.evaluated_effect));
            statements(&mut text, &check.matched_policies, "");
            statements(&mut text, &check.nearly_matched_policies, " would, but for its conditions");
        }
        if !one.context.is_empty() {
            let _ = writeln!(text, "  condition keys of this resource:");
            keys(&mut text, &one.context);
        }
    }
    let _ = writeln!(text, "condition keys of the request:");
    keys(&mut text, &evaluation.request_context);
    text
}

fn statements(text: &mut String, policies: &[Matched], how: &str) {
    for policy in policies {
        for statement in &policy.matched_statements {
            let number = statement.statement;
            // One without a Sid is told by its number alone.
            let no_sid = statement.sid == format!("Statement{number}");
            let sid = if no_sid { String::new() } else { format!(" ({})", statement.sid) };
            let effect = words(&statement.evaluated_effect);
            let _ = writeln!(text, "    {}, statement {number}{sid}: {effect}{how}", policy.uri);
            for condition in &statement.conditions {
                let _ = writeln!(text, "      {condition}");
            }
        }
    }
}

fn keys(text: &mut String, keys: &BTreeMap<String, Vec<String>>) {
    for (key, values) in keys {
        let _ = writeln!(text, "    {key} = {}", values.join(", "));
    }
}

/// AWS's words in capitals as words.
fn words(capitals: &str) -> String {
    capitals.to_ascii_lowercase().replace('_', " ")
}
