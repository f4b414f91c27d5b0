//! CreateOrganizationalUnit: a new unit below the root or a unit, five levels deep at most (accounts.md 6).
//! Management account only.
//! Refuses: ParentNotFound, DuplicateOrganizationalUnit, ConstraintViolation (too deep, too many units or tags, tags against
//! the tag policy),
//! InvalidInput.

use serde::{Deserialize, Serialize};

use super::{UnitOutput, check_name};
use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{ParentId, TaggableId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::services::organizations::input;
use crate::services::organizations::rules::policy;
use crate::services::organizations::rules::tree;
use crate::services::organizations::tags::{self, TagInput};
use crate::state::item::Item;
use crate::state::org::Unit;
use crate::state::tag::Tags;
use crate::state::view::View;

pub struct CreateOrganizationalUnit;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    parent_id: Option<String>,
    name: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Operation for CreateOrganizationalUnit {
    const NAME: &'static str = "CreateOrganizationalUnit";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Management)
        .on(&authority::PARENT, |i| i.parent_id.as_deref())
        .tags(|i| tags::pairs(i.tags.as_deref()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let parent: ParentId = input::id("PARENT_ID", input.parent_id.as_ref())?;
        let name = input::required("NAME", input.name.as_ref())?;
        check_name(name)?;
        let tags = tags::tags(input.tags.as_deref().unwrap_or_default())?;
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let limits = cx.settings.limits.of(record);
        tree::check_parent(org, &parent)?;
        let refuse = |reason| Err(OrganizationsError::ConstraintViolation(reason).into());
        if org.upwards(&parent).count() >= limits.unit_depth as usize {
            return refuse(ConstraintReason::OuDepthLimitExceeded);
        }
        if org.units_len() >= limits.units as usize {
            return refuse(ConstraintReason::OuNumberLimitExceeded);
        }
        if org.unit_named(parent, name).is_some() {
            return Err(OrganizationsError::DuplicateOrganizationalUnit.into());
        }
        let tags = tags::with(&Tags::default(), &tags, limits.tags)?;
        policy::check_tags(own, "organizations:ou", &tags)?;
        let unit = Unit { id: cx.ids.unit(&record.root)?, name: name.as_str().into(), parent };
        if org.unit(&unit.id).is_some() {
            return Err(Refusal::ConcurrentModification.into());
        }
        let answer = reply_with("OrganizationalUnit", &UnitOutput { org, record, unit: &unit });
        let owner = Owner::Org(record.id);
        if !tags.0.is_empty() {
            view.put(owner.clone(), Item::Tags(TaggableId::Unit(unit.id), tags));
        }
        view.put(owner, Item::Unit(unit));
        Ok(answer)
    }
}
