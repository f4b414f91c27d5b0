//! CreateAccount: asks for a new account in the organization's root (accounts.md 4.1). Management account only, and not
//! in GovCloud. What becomes of it is decided later, and told by DescribeCreateAccountStatus.
//! Refuses: FinalizingOrganization, ConstraintViolation (too many running, too many accounts, too many tags),
//! InvalidInput, UnsupportedAPIEndpoint.

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::Authority;
use crate::services::Operation;
use crate::services::organizations::rules::creation::{self, Input};
use crate::state::account::Partition;
use crate::state::view::View;

pub struct CreateAccount;

impl Operation for CreateAccount {
    const NAME: &'static str = "CreateAccount";
    const AUTHORITY: Authority<Input> = creation::AUTHORITY;
    const MODE: Mode = Mode::Write;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws, Partition::China];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        creation::request(input, false, cx, view)
    }
}
