//! ListMFADevices: the devices of a user, or of the caller, that prove a second factor. None can be made here, so the list is empty (identity.md 3.17). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::Serialize;

use super::UserListInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Empty, Operation};
use crate::state::view::View;

pub struct ListMFADevices;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "MFADevices")]
    entries: Vec<Empty>,
    is_truncated: bool,
}

impl Operation for ListMFADevices {
    const NAME: &'static str = "ListMFADevices";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::ENTITY_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        super::find_or_caller(input.name(), cx, view)?;
        // No page has a marker.
        Wanted::new(Self::NAME, "", input.marker.as_deref(), input.max_items, cx)?;
        Ok(Answer(Output { entries: Vec::new(), is_truncated: false }))
    }
}
