//! DeactivateMFADevice: a device of a user, or of the caller, the root user too, is nobody's from then on; what it was used
//! for stays used (identity.md 3.17). Any account; users their own only in a session with a second factor.
//! Refuses: ValidationError, NoSuchEntity, AccessDenied.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::{authority, users};
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::MfaDevice;
use crate::state::view::View;

pub struct DeactivateMFADevice;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    serial_number: Option<String>,
}

impl Operation for DeactivateMFADevice {
    const NAME: &'static str = "DeactivateMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("userName", i.user_name.as_deref(), &constraints::ENTITY_NAME);
        checks.required("serialNumber", i.serial_number.as_deref(), &constraints::IAM_SERIAL_NUMBER);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let owner = users::find_or_caller(input.user_name.as_deref(), cx, view)?;
        super::check_proof(owner, cx, view)?;
        let (account, iam) = authority::home(cx, view)?;
        let serial = input.serial_number.as_deref().unwrap_or_default();
        let device = super::find_of(serial, owner, account, iam)?;
        super::put(MfaDevice { enabled: None, ..device.clone() }, cx, view);
        Ok(Answer(()))
    }
}
