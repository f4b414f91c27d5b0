//! TagResource: lays tags over those of a resource; all of them or none (accounts.md 4.10, observed.md 5). Management
//! account, and members that the organization's resource policy lets. An empty list changes nothing.
//! Refuses: TargetNotFound, ConstraintViolation (too many, or against the tag policy), InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::input::required;
use crate::services::organizations::rules::policy;
use crate::services::organizations::rules::resource;
use crate::services::organizations::tags::{self, TagInput};
use crate::services::{EMPTY, Operation};
use crate::state::item::Item;
use crate::state::tag::Tags;
use crate::state::view::View;

pub struct TagResource;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_id: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::TAGGED, |i| i.resource_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.resource_id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.resource_id.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let list = input.tags.as_ref();
        let resource = resource::id(input.resource_id.as_ref())?;
        let more = tags::tags(required("TAGS", list)?)?;
        resource::check(&resource, org, record)?;
        policy::check_tags(own, resource::tag_policy_type(&resource), &more)?;
        let none = Tags::default();
        let old = org.tags(&resource).unwrap_or(&none);
        let most = cx.settings.limits.of(record).tags;
        let new = tags::with(old, &more, most)?;
        if let Some(promised) = resource::promised(&resource, org, cx.now) {
            tags::with(promised, &new, most)?;
        }
        if new != *old {
            view.put(Owner::Org(record.id), Item::Tags(resource, new));
        }
        Ok(EMPTY)
    }
}
