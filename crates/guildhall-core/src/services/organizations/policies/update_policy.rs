//! UpdatePolicy: changes a policy's name, description or document, where it is attached at once (policies.md 1.4).
//! Management account, and members that the organization's resource policy lets. The answer echoes what was asked for:
//! names that were not given are not in it. An empty description changes nothing (observed.md 9).
//! Refuses: PolicyNotFound, MalformedPolicyDocument, DuplicatePolicy, ConstraintViolation (too long), InvalidInput
//! (a policy that AWS manages, too).

use serde::{Deserialize, Serialize};

use super::{PolicyRef, find};
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::rules::policy;
use crate::state::item::Item;
use crate::state::policy::{Full, PolicyRecord, Summary};
use crate::state::view::View;
use guildhall_policy::management::ManagementDocument;

pub struct UpdatePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    content: Option<String>,
}

impl Operation for UpdatePolicy {
    const NAME: &'static str = "UpdatePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::POLICY, |i| i.policy_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.policy_id.as_deref());
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id = policy::read_id(input.policy_id.as_ref())?;
        input.name.as_deref().map_or(Ok(()), policy::check_name)?;
        input.description.as_deref().map_or(Ok(()), policy::check_description)?;
        input.content.as_deref().map_or(Ok(()), policy::check_content)?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let PolicyRef::Own(old) = find(org, &id)? else {
            return Err(InvalidInput::bare(InputReason::ImmutablePolicy).into());
        };
        let r#type = old.record.r#type;
        let characters = cx.settings.limits.of(record).policy_characters(r#type);
        let mut new = PolicyRecord { updated: cx.now, ..old.record.clone() };
        if let Some(content) = &input.content {
            new.content = policy::admit(r#type, content, characters)?;
        }
        if let Some(name) = input.name.as_deref().filter(|name| **name != *new.name) {
            let taken = org.policies().named(r#type, name).is_some();
            if taken || r#type.managed().is_some_and(|m| m.name == name) {
                return Err(OrganizationsError::DuplicatePolicy.into());
            }
            new.name = name.into();
        }
        if let Some(description) = input.description.as_deref().filter(|d| !d.is_empty()) {
            new.description = description.into();
        }
        let summary = Summary {
            name: input.name.as_deref(),
            description: input.description.as_deref(),
            ..Summary::of(record, &new)
        };
        let answer = reply_with("Policy", &Full { summary, content: &new.content });
        if let (Some(kind), true) = (r#type.effective(), input.content.is_some()) {
            let document = ManagementDocument::parse(kind, &new.content)
                .map_err(|_| OrganizationsError::MalformedPolicyDocument)?;
            let changed = policy::Changed { policy: Some((id, &document)), node: None };
            let reached = org.policies().targets(&id, None).collect();
            policy::keep_valid(view, own, &reached, (r#type, kind), &changed);
        }
        view.put(Owner::Org(record.id), Item::Policy(new));
        Ok(answer)
    }
}
