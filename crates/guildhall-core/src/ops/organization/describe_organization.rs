//! DescribeOrganization: the caller's organization, the same for every account in it (accounts.md 3.4).
//! Refuses: AWSOrganizationsNotInUse.

use super::Output;
use crate::access::{self, Access};
use crate::command::{Mode, Reply, reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::ops::{Empty, Operation};
use crate::view::View;

/// The operation.
pub struct DescribeOrganization;

impl Operation for DescribeOrganization {
    const NAME: &'static str = "DescribeOrganization";
    const ACCESS: Access = Access::Member;
    const MODE: Mode = Mode::Read;
    type Input = Empty;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        reply(&Output::of(org, record)?)
    }
}
