//! DescribeEffectivePolicy: what an account gets of the policies of a type above it and on it, merged (policies.md 5.1).
//! Any member for itself, the management account and delegated administrators for every account; with all features.
//! Refuses: AccessDenied (another account), TargetNotFound, EffectivePolicyNotFound (the type is not enabled),
//! ConstraintViolation (no all features), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, TargetId};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::refusal::Stop;
use crate::kernel::time::Timestamp;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::authorize::{Call, authorize};
use crate::services::Operation;
use crate::services::organizations::NAME;
use crate::services::organizations::authority;
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::rules::policy;
use crate::state::policy::PolicyType;
use crate::state::view::View;

pub struct DescribeEffectivePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_type: Option<String>,
    target_id: Option<String>,
}

struct Output<'a> {
    r#type: PolicyType,
    account: AccountId,
    updated: Timestamp,
    content: &'a str,
}

impl WriteJson for Output<'_> {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"PolicyContent":"#).string(self.content).raw(r#","LastUpdatedTimestamp":"#);
        json.time(self.updated).raw(r#","TargetId":"#).string(&self.account.text());
        json.raw(r#","PolicyType":""#).raw(self.r#type.wire()).raw(r#""}"#);
    }
}

impl Operation for DescribeEffectivePolicy {
    const NAME: &'static str = "DescribeEffectivePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Member)
        .grantable()
        .on(&authority::ACCOUNT_OR_CALLER, |i| i.target_id.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.policy_type.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (r#type, kind) = policy::read_effective(input.policy_type.as_ref())?;
        let target: Option<TargetId> =
            crate::services::organizations::input::optional_id("TARGET_ID", input.target_id.as_ref())?;
        let (org, record) = access::organization(cx, view)?;
        let account = match target.unwrap_or(TargetId::Account(cx.caller.account)) {
            TargetId::Account(id) => id,
            _ => return Err(InvalidInput::bare(InputReason::TargetNotSupported).into()),
        };
        if account != cx.caller.account {
            let authority = Self::AUTHORITY.with_rank(Rank::Delegate);
            authorize(
                &Call { service: NAME, operation: Self::NAME, authority: &authority, input },
                cx,
                view,
            )?;
        }
        check_all_features(record)?;
        if org.member(account).is_none() {
            return Err(OrganizationsError::TargetNotFound.into());
        }
        let updated = policy::updated(org, record, account, r#type)
            .ok_or(OrganizationsError::EffectivePolicyNotFound)?;
        let content = policy::effective(org, record, &TargetId::Account(account), r#type, kind);
        Ok(reply_with("EffectivePolicy", &Output { r#type, account, updated, content: &content }))
    }
}
