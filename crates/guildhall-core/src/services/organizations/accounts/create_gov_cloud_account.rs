//! CreateGovCloudAccount: asks for a new account in the organization's root and one in GovCloud that belongs to it
//! (accounts.md 4.4). Management account only, one that has a pair in GovCloud itself. Tags are the first one's.
//! Refuses: as CreateAccount, and ConstraintViolation for a management account without a pair.

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::services::organizations::rules::creation::{self, Input};
use crate::state::account::Partition;
use crate::state::view::View;

pub struct CreateGovCloudAccount;

impl Operation for CreateGovCloudAccount {
    const NAME: &'static str = "CreateGovCloudAccount";
    const AUTHORITY: Authority<Input> = creation::AUTHORITY;
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        creation::request(input, true, cx, view)
    }
}
