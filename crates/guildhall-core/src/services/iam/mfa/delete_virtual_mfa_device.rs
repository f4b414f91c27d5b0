//! DeleteVirtualMFADevice: takes a device away that is nobody's any more (identity.md 3.17). Any account.
//! Refuses: ValidationError, NoSuchEntity, DeleteConflict.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteVirtualMFADevice;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    serial_number: Option<String>,
}

impl Input {
    fn serial(&self) -> &str {
        self.serial_number.as_deref().unwrap_or_default()
    }
}

impl Operation for DeleteVirtualMFADevice {
    const NAME: &'static str = "DeleteVirtualMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("mfa", |i, cx, view| authority::device(i.serial(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("serialNumber", i.serial_number.as_deref(), &constraints::IAM_SERIAL_NUMBER);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let device = super::find(input.serial(), account, iam)?;
        if device.enabled.is_some() {
            let what = "MFA VirtualDevice in use. Must deactivate first.";
            return Err(IamError::DeleteConflict(what.into()).into());
        }
        view.changes.remove(Owner::Iam(account.id), ItemKey::MfaDevice(device.id));
        Ok(Answer(()))
    }
}
