//! ListEffectivePolicyValidationErrors: what is wrong with the merged policy of an account (policies.md 5.2). Management
//! account and delegated administrators. Without errors there is neither path nor time.
//! Refuses: AccountNotFound, EffectivePolicyNotFound (the type is not enabled), ConstraintViolation (no
//! all features), InvalidInput.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::ids::{AccountId, TargetId};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input::id;
use crate::services::organizations::rules::policy;
use crate::services::organizations::rules::policy::Changed;
use crate::services::organizations::rules::tree;
use crate::state::view::View;
use guildhall_policy::management::ValidationError;

pub struct ListEffectivePolicyValidationErrors;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    account_id: Option<String>,
    policy_type: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// An error, by its place among all that there could be.
struct Placed<'a> {
    place: Place,
    error: &'a ValidationError,
}

/// Where an error stands: by the beginning of its path, then by a digest of all that makes it this error. A path can be as
/// long as a policy, and a place has to fit into a token.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(String);

/// Characters of a path that count for the order.
const PATH: usize = 100;

impl Place {
    fn of(error: &ValidationError) -> Self {
        let mut digest = Sha256::new();
        for part in [error.path.as_str(), error.code.name(), &error.message] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        let path: String = error.path.chars().take(PATH).collect();
        Self(format!("{path}\n{}", STANDARD_NO_PAD.encode(digest.finalize())))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl WriteJson for Placed<'_> {
    fn write(&self, json: &mut Json) {
        let e = self.error;
        json.raw(r#"{"ErrorCode":"#).string(e.code.name()).raw(r#","ErrorMessage":"#).string(&e.message);
        json.raw(r#","PathToError":"#).string(&e.path).raw(r#","ContributingPolicies":["#);
        for (n, id) in e.policies.iter().enumerate() {
            json.raw(if n == 0 { "" } else { "," }).string(id);
        }
        json.raw("]}");
    }
}

impl Operation for ListEffectivePolicyValidationErrors {
    const NAME: &'static str = "ListEffectivePolicyValidationErrors";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::ACCOUNT, |i| i.account_id.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.policy_type.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let unsupported = || InvalidInput::bare(InputReason::TargetNotSupported);
        let text = input.account_id.as_ref().ok_or_else(unsupported)?;
        if let Ok(TargetId::Root(_) | TargetId::Unit(_)) = text.parse() {
            return Err(unsupported().into());
        }
        let account: AccountId = id("ACCOUNT_ID", Some(text))?;
        let (r#type, kind) = policy::read_merging(input.policy_type.as_ref())?;
        let filter = format!("{account} {}", r#type.wire());
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<Place>(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        let member = org.member(account).ok_or(OrganizationsError::AccountNotFound)?;
        let updated = policy::updated(org, record, account, r#type)
            .ok_or(OrganizationsError::EffectivePolicyNotFound)?;
        let path = org.path(record, &TargetId::Account(account));
        let merged = policy::merged(org, &path, kind, &Changed::default());
        let mut errors: Vec<_> =
            merged.errors.iter().map(|error| Placed { place: Place::of(error), error }).collect();
        errors.retain(|e| request.after.as_ref().is_none_or(|after| e.place > *after));
        errors.sort_unstable_by(|a, b| a.place.cmp(&b.place));
        let page = listing.page(cx, request.limit, errors.into_iter(), |e| e.place.clone());
        let mut json = Json::with_capacity(1_024);
        json.raw(r#"{"AccountId":"#).string(&account.text()).raw(r#","PolicyType":""#).raw(r#type.wire());
        json.raw("\"");
        if !merged.errors.is_empty() {
            json.raw(r#","Path":""#);
            tree::write_path(&mut json, org, record, &member.parent);
            json.raw(&account.text()).raw(r#"/","EvaluationTimestamp":"#).time(updated);
        }
        json.raw(r#","EffectivePolicyValidationErrors":"#).list(&page.entries);
        if let Some(token) = &page.next_token {
            json.raw(r#","NextToken":"#).string(token);
        }
        json.raw("}");
        Ok(json.into_bytes())
    }
}
