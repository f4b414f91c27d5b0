//! DescribeOrganization: the caller's organization, the same for every account in it (accounts.md 3.4).
//! Refuses: AWSOrganizationsNotInUse.

use super::Output;
use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::{Empty, Operation};
use crate::state::view::View;

pub struct DescribeOrganization;

impl Operation for DescribeOrganization {
    const NAME: &'static str = "DescribeOrganization";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Member).grantable();
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        reply(&Output::of(org, record)?)
    }
}
