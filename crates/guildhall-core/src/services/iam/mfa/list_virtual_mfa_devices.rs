//! ListVirtualMFADevices: the account's virtual devices that prove a second factor. None can be made here, so the list is
//! empty (identity.md 3.17). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct ListVirtualMFADevices;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    assignment_status: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "VirtualMFADevices")]
    virtual_mfa_devices: Vec<Empty>,
    is_truncated: bool,
}

impl Operation for ListVirtualMFADevices {
    const NAME: &'static str = "ListVirtualMFADevices";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        let words = ["Assigned", "Unassigned", "Any"];
        checks.word("assignmentStatus", i.assignment_status.as_deref(), &words);
        checks.page(i.marker.as_deref(), i.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, _: &mut View<'_>) -> Result<Self::Output, Stop> {
        // No page has a marker.
        Wanted::new(Self::NAME, "", input.marker.as_deref(), input.max_items, cx)?;
        Ok(Answer(Output { virtual_mfa_devices: Vec::new(), is_truncated: false }))
    }
}
