//! The verbs of policies. Documents stand in them as they are sent.

use serde_json::{Value, json};

use super::player::Player;

type PolicyCall = (&'static str, Value);

impl Player {
    /// The operation on policies that a line calls, if it calls one; `line` is all of it, `words` are those behind
    /// the caller.
    pub(super) fn policy_call(&self, line: &str, words: &[&str]) -> Result<Option<PolicyCall>, String> {
        let id = |word: &str| self.resolve(word);
        let document = || {
            let (_, document) = line.split_once(" with ").ok_or("with what?")?;
            self.fill_in(document)
        };
        let of_root =
            |r#type: &str, root: &str| Ok::<_, String>(json!({ "PolicyType": r#type, "RootId": id(root)? }));
        let on_target = |policy: &str, target: &str| {
            Ok::<_, String>(json!({ "PolicyId": id(policy)?, "TargetId": id(target)? }))
        };
        Ok(Some(match words {
            ["creates", "policy", _, "of", r#type, "named", name, "with", ..] => {
                let content = document()?;
                let input = json!({ "Content": content, "Description": "", "Name": name, "Type": r#type });
                ("CreatePolicy", input)
            }
            ["updates", "policy", policy, "with", ..] => {
                ("UpdatePolicy", json!({ "PolicyId": id(policy)?, "Content": document()? }))
            }
            ["renames", "policy", policy, name] => {
                ("UpdatePolicy", json!({ "PolicyId": id(policy)?, "Name": name }))
            }
            ["deletes", "policy", policy] => ("DeletePolicy", json!({ "PolicyId": id(policy)? })),
            ["describes", "policy", policy] => ("DescribePolicy", json!({ "PolicyId": id(policy)? })),
            ["attaches", policy, "to", target] => ("AttachPolicy", on_target(policy, target)?),
            ["detaches", policy, "from", target] => ("DetachPolicy", on_target(policy, target)?),
            ["enables", r#type, "in", root] => ("EnablePolicyType", of_root(r#type, root)?),
            ["disables", r#type, "in", root] => ("DisablePolicyType", of_root(r#type, root)?),
            ["describes", "effective", r#type] => {
                ("DescribeEffectivePolicy", json!({ "PolicyType": r#type }))
            }
            ["describes", "effective", r#type, "of", target] => {
                ("DescribeEffectivePolicy", json!({ "PolicyType": r#type, "TargetId": id(target)? }))
            }
            ["puts", "resource", "policy", "with", ..] => {
                ("PutResourcePolicy", json!({ "Content": document()? }))
            }
            ["describes", "resource", "policy"] => ("DescribeResourcePolicy", json!({})),
            ["deletes", "resource", "policy"] => ("DeleteResourcePolicy", json!({})),
            ["lists", rest @ ..] => match rest {
                [rest @ .., "limit", n] => {
                    let Some((name, mut input)) = self.policy_list(rest)? else { return Ok(None) };
                    input["MaxResults"] = n.parse::<i64>().map_err(|_| "no number")?.into();
                    (name, input)
                }
                rest => return self.policy_list(rest),
            },
            _ => return Ok(None),
        }))
    }

    fn policy_list(&self, words: &[&str]) -> Result<Option<PolicyCall>, String> {
        let id = |word: &str| self.resolve(word);
        Ok(Some(match words {
            ["policies", r#type] => ("ListPolicies", json!({ "Filter": r#type })),
            ["policies", "of", target, r#type] => {
                ("ListPoliciesForTarget", json!({ "TargetId": id(target)?, "Filter": r#type }))
            }
            ["targets", "of", policy] => ("ListTargetsForPolicy", json!({ "PolicyId": id(policy)? })),
            ["invalid", r#type] => {
                ("ListAccountsWithInvalidEffectivePolicy", json!({ "PolicyType": r#type }))
            }
            ["errors", "of", account, r#type] => {
                let input = json!({ "AccountId": id(account)?, "PolicyType": r#type });
                ("ListEffectivePolicyValidationErrors", input)
            }
            _ => return Ok(None),
        }))
    }
}

/// The document in an answer.
pub(super) fn document(answer: &Value) -> Option<&str> {
    let places = ["/Policy/Content", "/ResourcePolicy/Content", "/EffectivePolicy/PolicyContent"];
    places.iter().find_map(|place| answer.pointer(place)?.as_str())
}
