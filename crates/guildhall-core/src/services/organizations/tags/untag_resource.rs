//! UntagResource: takes tags off a resource; keys that it does not have are no error (observed.md 5).
//! Management account, and members that the organization's resource policy lets.
//! Refuses: TargetNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::authority;
use crate::services::organizations::input::required;
use crate::services::organizations::rules::resource;
use crate::services::organizations::tags;
use crate::services::{EMPTY, Operation};
use crate::state::item::{Item, ItemKey};
use crate::state::view::View;

pub struct UntagResource;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_id: Option<String>,
    tag_keys: Option<Vec<Option<String>>>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .grantable()
        .on(&authority::TAGGED, |i| i.resource_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.resource_id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.resource_id.as_deref())
        .tag_keys(|i| tags::keys(i.tag_keys.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        let resource = resource::id(input.resource_id.as_ref())?;
        let keys = tags::tag_keys(required("TAG_KEYS", input.tag_keys.as_ref())?)?;
        resource::check(&resource, org, record)?;
        let Some(old) = org.tags(&resource) else { return Ok(EMPTY) };
        let mut new = old.clone();
        new.0.retain(|key, _| !keys.contains(key.as_str()));
        let owner = Owner::Org(record.id);
        if new.0.is_empty() {
            view.changes.remove(owner, ItemKey::Tags(resource));
        } else if new != *old {
            view.put(owner, Item::Tags(resource, new));
        }
        Ok(EMPTY)
    }
}
