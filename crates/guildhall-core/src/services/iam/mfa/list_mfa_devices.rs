//! ListMFADevices: the devices of a user, or of the caller, the root user too, the oldest first (identity.md 3.17). Any
//! account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::iam::page::Wanted;
use crate::services::iam::users::{self, UserListInput as Input};
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct ListMFADevices;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "MFADevices")]
    devices: Vec<Device>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    serial_number: String,
    enable_date: Option<String>,
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
        let user = users::find_or_caller(input.name(), cx, view)?;
        let (account, iam) = authority::home(cx, view)?;
        let id = user.map_or("root".to_owned(), |user| user.id.to_string());
        let wanted = Wanted::new(Self::NAME, &id, input.marker.as_deref(), input.max_items, cx)?;
        let after = wanted.after.as_deref();
        let devices = iam.devices().of(user.map(|user| user.id));
        let devices = devices.filter(|device| after.is_none_or(|after| device.id.as_str() > after));
        let page = wanted.take(cx, devices, |device| device.id);
        let devices = page.entries.into_iter().map(|device| Device {
            user_name: user.map(|user| user.name.to_string()),
            serial_number: device.arn(account),
            enable_date: device.enabled.as_ref().map(|enabled| enabled.since.iso8601()),
        });
        Ok(Answer(Output {
            devices: devices.collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        }))
    }
}
