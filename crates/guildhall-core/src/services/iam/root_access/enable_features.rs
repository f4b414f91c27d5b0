//! EnableOrganizationsRootCredentialsManagement, EnableOrganizationsRootSessions: switch one of the two features of
//! centralized root access on. The answer shows both features (identity.md 3.14). The management account only.
//! Refuses: what ListOrganizationsFeatures refuses, and CallerIsNotManagementAccount for delegates.

use super::{Features, Who, switch};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct EnableOrganizationsRootCredentialsManagement;

impl Operation for EnableOrganizationsRootCredentialsManagement {
    const NAME: &'static str = "EnableOrganizationsRootCredentialsManagement";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<Features>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        switch(|access| &mut access.credentials, true, Who::Management, cx, view)
    }
}

pub struct EnableOrganizationsRootSessions;

impl Operation for EnableOrganizationsRootSessions {
    const NAME: &'static str = "EnableOrganizationsRootSessions";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<Features>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        switch(|access| &mut access.sessions, true, Who::Management, cx, view)
    }
}
