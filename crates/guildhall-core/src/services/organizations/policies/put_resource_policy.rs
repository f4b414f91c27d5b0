//! PutResourcePolicy: writes the organization's resource policy, which lets members do what only the management account
//! could (policies.md 7.2). Management account only, with all features. A later one keeps its id.
//! Refuses: ConstraintViolation (no all features, tags on a later one, too many, against the tag policy), InvalidInput
//! (the document).

use serde::{Deserialize, Serialize};

use super::ResourcePolicyOutput;
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
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input::{at_most, required};
use crate::services::organizations::rules::policy;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::item::Item;
use crate::state::org::ResourcePolicy;
use crate::state::tag::Tags;
use crate::state::view::View;
use guildhall_policy::iam::{Document, DocumentKind};

pub struct PutResourcePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    content: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::RESOURCE_POLICY, |_| None)
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let content = required("CONTENT", input.content.as_ref())?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let limits = cx.settings.limits.of(record);
        at_most("CONTENT", content, limits.resource_policy_characters as usize)?;
        policy::check_content(content)?;
        let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;
        check_all_features(record)?;
        let content = policy::admit_resource_policy(own, content, cx, view)?;
        let old = org.resource_policy();
        if old.is_some() && !tags.0.is_empty() {
            let reason = ConstraintReason::UpdateExistingResourcePolicyWithTagsNotSupported;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        let tags = tags::with(&Tags::default(), &tags, limits.tags)?;
        policy::check_tags(own, "organizations:resourcepolicy", &tags)?;
        let id = old.map_or_else(|| cx.ids.resource_policy(), |old| Ok(old.id))?;
        let document = Document::parse(DocumentKind::Organization, &content);
        let document = document.map_err(|_| Refusal::Internal)?.into();
        let new = ResourcePolicy { id, content: content.clone(), document };
        let shown = policy::shown_resource_policy(&new, record.partition, view)?;
        let answer = reply_with("ResourcePolicy", &ResourcePolicyOutput { record, id, content: &shown });
        let owner = Owner::Org(record.id);
        if !tags.0.is_empty() {
            view.put(owner.clone(), Item::Tags(TaggableId::ResourcePolicy(id), tags));
        }
        view.put(owner, Item::ResourcePolicy(id, content));
        Ok(answer)
    }
}
