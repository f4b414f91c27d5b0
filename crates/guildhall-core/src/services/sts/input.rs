//! What several operations of STS are sent: tags, policies and codes of devices (identity.md 2.3, 4.2).

use guildhall_policy::iam::{Document, Usage};
use serde::{Deserialize, Serialize};

use super::errors::StsError;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Secret;
use crate::rules::constraints::{self, Checks};
use crate::rules::managed;
use crate::rules::tags::{TagInput, pairs};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::PolicyArn;

/// The most managed policies that are passed to a session.
const ARNS: usize = 10;
/// The most identity providers that say something of a caller.
const CONTEXTS: usize = 5;

/// A managed policy that is passed to a session.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct PolicyInput {
    pub(super) arn: Option<String>,
}

/// What an identity provider says of the caller.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContextInput {
    provider_arn: Option<String>,
    context_assertion: Option<Secret<String>>,
}

/// Checks what identity providers say: one to five.
pub(super) fn check_contexts(checks: &mut Checks, contexts: Option<&[Option<ContextInput>]>) {
    let member = "providedContexts";
    checks.at_most(member, contexts.map_or(0, <[_]>::len), CONTEXTS);
    checks.at_least(member, contexts.map(<[_]>::len), 1);
    checks.elements(member, contexts, |checks, member, context| {
        checks.optional(
            &format!("{member}.providerArn"),
            context.provider_arn.as_deref(),
            &constraints::STS_ARN,
        );
        let assertion = context.context_assertion.as_ref().map(|assertion| assertion.expose().as_str());
        checks.optional(&format!("{member}.contextAssertion"), assertion, &constraints::CONTEXT_ASSERTION);
    });
}

/// Refuses what identity providers say: there are none here whose word counts.
pub(super) fn check_no_context(contexts: Option<&[Option<ContextInput>]>) -> Result<(), StsError> {
    if contexts.is_none() { Ok(()) } else { Err(StsError::InvalidContextAssertion) }
}

/// Checks the members that say what a session is passed, in the order of the model.
pub(super) fn check_passed(checks: &mut Checks, arns: Option<&[Option<PolicyInput>]>, policy: Option<&str>) {
    checks.elements("policyArns", arns, |checks, member, passed| {
        checks.optional(&format!("{member}.arn"), passed.arn.as_deref(), &constraints::STS_ARN);
    });
    checks.optional("policy", policy, &constraints::SESSION_POLICY);
}

/// Checks the members about a device that proves who somebody is.
pub(super) fn check_device(checks: &mut Checks, serial: Option<&str>, code: Option<&Secret<String>>) {
    checks.optional("serialNumber", serial, &constraints::SERIAL_NUMBER);
    checks.optional("tokenCode", code.map(|code| code.expose().as_str()), &constraints::TOKEN_CODE);
}

/// The policies that are passed to a session: the document, and the managed ones. Refuses what is no policy, what is not
/// there, and more than ten.
pub(super) fn passed(
    policy: Option<&str>,
    arns: Option<&[Option<PolicyInput>]>,
    iam: &Iam,
    account: &AccountRecord,
    strict: bool,
) -> Result<(Option<PolicyText>, Vec<PolicyArn>), Stop> {
    if let Some(text) = policy {
        let malformed = |what: String| StsError::MalformedPolicyDocument(what.into());
        Document::for_iam(Usage::Session, text).map_err(|what| malformed(what.to_string()))?;
    }
    let named = arns.unwrap_or_default().iter().flatten().filter_map(|passed| passed.arn.as_deref());
    let named: Vec<&str> = named.collect();
    if named.len() > ARNS {
        let what = format!(
            "The number of managed policies that are passed is {}; {ARNS} are possible.",
            named.len()
        );
        return Err(StsError::PackedPolicyTooLarge(what.into()).into());
    }
    let mut passed = Vec::with_capacity(named.len());
    for arn in named {
        if !managed::exists(iam, account, arn, strict) {
            let what = format!("Policy {arn} does not exist or is not attachable.");
            return Err(StsError::MalformedPolicyDocument(what.into()).into());
        }
        passed.push(arn.into());
    }
    Ok((policy.map(PolicyText::new), passed))
}

/// Refuses tags of which two have the same key without regard to case (identity.md 4.2, row 3).
pub(super) fn check_tags(tags: Option<&[Option<TagInput>]>) -> Result<(), StsError> {
    let mut keys: Vec<String> = pairs(tags).iter().map(|(key, _)| key.to_lowercase()).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < count {
        let what = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(StsError::InvalidParameterValue(what.into()));
    }
    Ok(())
}
