//! CreatePolicy: writes a policy; its type does not have to be enabled (policies.md 1.4). Management account, and members
//! that the organization's resource policy lets.
//! Refuses: PolicyTypeNotAvailableForOrganization, MalformedPolicyDocument, DuplicatePolicy (a name twice in a type),
//! ConstraintViolation (too long, too many policies or tags, tags against the tag policy), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TaggableId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input::required;
use crate::services::organizations::rules::policy;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::item::Item;
use crate::state::policy::{Full, PolicyRecord, Summary};
use crate::state::tag::Tags;
use crate::state::view::View;

pub struct CreatePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    content: Option<String>,
    description: Option<String>,
    name: Option<String>,
    r#type: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::NEW_POLICY, |i| i.r#type.as_deref())
        .key(&authority::POLICY_TYPE, |i| i.r#type.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagResource", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let content = required("CONTENT", input.content.as_ref())?;
        policy::check_content(content)?;
        let description = required("DESCRIPTION", input.description.as_ref())?;
        policy::check_description(description)?;
        let name = required("NAME", input.name.as_ref())?;
        policy::check_name(name)?;
        let r#type = policy::read_type("TYPE", input.r#type.as_ref())?;
        let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        policy::check_available(record)?;
        let limits = cx.settings.limits.of(record);
        let content = policy::admit(r#type, content, limits.policy_characters(r#type))?;
        if org.policies().named(r#type, name).is_some() || r#type.managed().is_some_and(|m| m.name == name) {
            return Err(OrganizationsError::DuplicatePolicy.into());
        }
        if org.policies().count(r#type) >= limits.policies(r#type) as usize {
            return Err(
                OrganizationsError::ConstraintViolation(ConstraintReason::PolicyNumberLimitExceeded).into()
            );
        }
        let tags = tags::with(&Tags::default(), &tags, limits.tags)?;
        policy::check_tags(own, "organizations:policy", &tags)?;
        let (id, updated) = (cx.ids.policy()?, cx.now);
        if org.policies().get(&id).is_some() {
            return Err(Refusal::ConcurrentModification.into());
        }
        let (name, description) = (name.as_str().into(), description.as_str().into());
        let new = PolicyRecord { id, r#type, name, description, content, updated };
        let full = Full { summary: Summary::of(record, &new), content: &new.content };
        let answer = reply_with("Policy", &full);
        let owner = Owner::Org(record.id);
        if !tags.0.is_empty() {
            view.put(owner.clone(), Item::Tags(TaggableId::Policy(id), tags));
        }
        view.put(owner, Item::Policy(new));
        Ok(answer)
    }
}
