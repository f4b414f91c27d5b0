//! ListOrganizationsFeatures: which of the two features of centralized root access are enabled (identity.md 3.14).
//! The management account, and delegated administrators of IAM.
//! Refuses: OrganizationNotFound, OrganizationNotInAllFeaturesMode, ServiceAccessNotEnabled,
//! AccountNotManagementOrDelegatedAdministrator.

use super::{Features, Who, organization};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct ListOrganizationsFeatures;

impl Operation for ListOrganizationsFeatures {
    const NAME: &'static str = "ListOrganizationsFeatures";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Answer<Features>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        Ok(Answer(Features::of(organization(Who::Delegates, cx, view)?)))
    }
}
