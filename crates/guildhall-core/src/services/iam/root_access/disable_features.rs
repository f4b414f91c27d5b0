//! DisableOrganizationsRootCredentialsManagement, DisableOrganizationsRootSessions: switch one of the two features of
//! centralized root access off; sessions that were begun go on. The answer shows both features (identity.md 3.14; 13, row
//! 8). The management account, and delegated administrators of IAM.
//! Refuses: what ListOrganizationsFeatures refuses.

use super::{Features, Who, switch};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct DisableOrganizationsRootCredentialsManagement;

impl Operation for DisableOrganizationsRootCredentialsManagement {
    const NAME: &'static str = "DisableOrganizationsRootCredentialsManagement";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<Features>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        switch(|access| &mut access.credentials, false, Who::Delegates, cx, view)
    }
}

pub struct DisableOrganizationsRootSessions;

impl Operation for DisableOrganizationsRootSessions {
    const NAME: &'static str = "DisableOrganizationsRootSessions";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<Features>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        switch(|access| &mut access.sessions, false, Who::Delegates, cx, view)
    }
}
