//! GetMFADevice: says what is known of a security key. Nobody has one, and of virtual devices it says nothing, as on AWS
//! (identity.md 3.17). Any account.
//! Refuses: always, with ValidationError or NoSuchEntity.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::arns::arn;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::iam::{authority, users};
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct GetMFADevice;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    serial_number: Option<String>,
    user_name: Option<String>,
}

impl Operation for GetMFADevice {
    const NAME: &'static str = "GetMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.user_name.as_deref(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("serialNumber", i.serial_number.as_deref(), &constraints::IAM_SERIAL_NUMBER);
        checks.optional("userName", i.user_name.as_deref(), &constraints::SHORT_USER_NAME);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        users::find_or_caller(input.user_name.as_deref(), cx, view)?;
        let (account, _) = authority::home(cx, view)?;
        let serial = input.serial_number.as_deref().unwrap_or_default();
        // How the ARNs of security keys begin.
        if serial.starts_with(&arn(account, "u2f", "/", "")) {
            return Err(IamError::no_device(serial).into());
        }
        let what = "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, \
                    only hardware FIDO security keys are supported. Please use the compatible device or API.";
        Err(IamError::ValidationError(what.into()).into())
    }
}
