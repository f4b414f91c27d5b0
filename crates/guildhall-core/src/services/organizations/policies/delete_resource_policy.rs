//! DeleteResourcePolicy: takes the organization's resource policy away, and its tags (policies.md 7.2). Management
//! account only, with all features.
//! Refuses: ResourcePolicyNotFound, ConstraintViolation (no all features).

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::TaggableId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::organizations::delegation::check_all_features;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::{EMPTY, Empty, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteResourcePolicy;

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    const AUTHORITY: Authority<Empty> = Authority::<Empty>::of(Rank::Management);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        check_all_features(record)?;
        let id = org.resource_policy().ok_or(OrganizationsError::ResourcePolicyNotFound)?.id;
        let (owner, resource) = (Owner::Org(record.id), TaggableId::ResourcePolicy(id));
        if org.tags(&resource).is_some() {
            view.changes.remove(owner.clone(), ItemKey::Tags(resource));
        }
        view.changes.remove(owner, ItemKey::ResourcePolicy(id));
        Ok(EMPTY)
    }
}
