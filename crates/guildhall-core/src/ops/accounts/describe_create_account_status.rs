//! DescribeCreateAccountStatus: where a request to create an account stands (accounts.md 4.2). Management account and
//! delegated administrators. What became of it is kept for 90 days.
//! Refuses: CreateAccountStatusNotFound, InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::access::{self, Access};
use crate::account::Partition;
use crate::command::reply_with;
use crate::command::{Mode, Reply};
use crate::cx::Cx;
use crate::error::ApiError;
use crate::error::Stop;
use crate::ids::CreationId;
use crate::input;
use crate::ops::Operation;
use crate::view::View;

/// The operation.
pub struct DescribeCreateAccountStatus;

/// Its input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    create_account_request_id: Option<String>,
}

impl Operation for DescribeCreateAccountStatus {
    const NAME: &'static str = "DescribeCreateAccountStatus";
    const ACCESS: Access = Access::ManagementOrDelegate;
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws, Partition::China];
    type Input = Input;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let id: CreationId =
            input::id("CREATE_ACCOUNT_REQUEST_ID", input.create_account_request_id.as_ref())?;
        let (org, _) = access::organization(cx, view)?;
        let creation = org.creations().get(&id).ok_or(ApiError::CreateAccountStatusNotFound)?;
        Ok(reply_with("CreateAccountStatus", creation))
    }
}
