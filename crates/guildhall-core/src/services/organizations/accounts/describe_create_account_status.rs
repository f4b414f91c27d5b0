//! DescribeCreateAccountStatus: where a request to create an account stands (accounts.md 4.2). Management account and
//! delegated administrators. What became of it is kept for 90 days.
//! Refuses: CreateAccountStatusNotFound, InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::call::command::reply_with;
use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::CreationId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::account::Partition;
use crate::state::view::View;

pub struct DescribeCreateAccountStatus;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    create_account_request_id: Option<String>,
}

impl Operation for DescribeCreateAccountStatus {
    const NAME: &'static str = "DescribeCreateAccountStatus";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws, Partition::China];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: CreationId =
            input::id("CREATE_ACCOUNT_REQUEST_ID", input.create_account_request_id.as_ref())?;
        let (org, _) = access::organization(cx, view)?;
        let creation = org.creations().get(&id).ok_or(OrganizationsError::CreateAccountStatusNotFound)?;
        Ok(reply_with("CreateAccountStatus", creation))
    }
}
