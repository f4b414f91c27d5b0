//! ListVirtualMFADevices: the account's devices, all, those that somebody has, or the others, the oldest first; without
//! seeds and tags (identity.md 3.17). Any account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::iam::users::shape::UserShape;
use crate::services::{Answer, Operation};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::mfa::MfaDevice;
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
    devices: Vec<Device>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_date: Option<String>,
}

impl Device {
    fn of(device: &MfaDevice, account: &AccountRecord, iam: &Iam) -> Self {
        let enabled = device.enabled.as_ref();
        let user = enabled.and_then(|enabled| match enabled.user {
            Some(id) => iam.users.by_id(id).map(|user| UserShape::of(user, account)),
            None => Some(UserShape::root(account)),
        });
        let enable_date = enabled.map(|enabled| enabled.since.iso8601());
        Self { serial_number: device.arn(account), user, enable_date }
    }
}

impl Operation for ListVirtualMFADevices {
    const NAME: &'static str = "ListVirtualMFADevices";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("mfa", |_, cx, view| authority::below("mfa", "/", cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        let words = ["Assigned", "Unassigned", "Any"];
        checks.word("assignmentStatus", i.assignment_status.as_deref(), &words);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let status = input.assignment_status.as_deref().unwrap_or("Any");
        let wanted = Wanted::new(Self::NAME, status, input.marker.as_deref(), input.max_items, cx)?;
        let after = wanted.after.as_deref();
        let devices = iam.devices().iter().filter(|device| match status {
            "Assigned" => device.enabled.is_some(),
            "Unassigned" => device.enabled.is_none(),
            _ => true,
        });
        let devices = devices.filter(|device| after.is_none_or(|after| device.id.as_str() > after));
        let page = wanted.take(cx, devices, |device| device.id);
        let devices = page.entries.into_iter().map(|device| Device::of(device, account, iam));
        Ok(Answer(Output {
            devices: devices.collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        }))
    }
}
