//! EnableMFADevice: gives a device to a user, or to the root user who calls and says no name, and sets its clock by two of
//! its codes (identity.md 3.17). Any account; users who have a device another one only in a session with a second factor.
//! Refuses: ValidationError, NoSuchEntity, AccessDenied, EntityAlreadyExists, LimitExceeded, InvalidAuthenticationCode.

use super::PairInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::limits;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::{Enabled, MfaDevice};
use crate::state::view::View;

pub struct EnableMFADevice;

impl Operation for EnableMFADevice {
    const NAME: &'static str = "EnableMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let owner = input.owner(cx, view)?;
        super::check_proof(owner, cx, view)?;
        let (account, iam) = authority::home(cx, view)?;
        let device = super::find(input.serial(), account, iam)?;
        let user = owner.map(|user| user.id);
        if let Some(enabled) = &device.enabled {
            let what = match input.name() {
                Some(name) if enabled.user == user => {
                    format!("MFA Device for user {name} already exists.").into()
                }
                _ => "MFA Device is already in use.".into(),
            };
            return Err(IamError::EntityAlreadyExists(what).into());
        }
        let most = limits::of_caller(cx, view)?.mfa_devices_per_user;
        if iam.devices().of(user).count() >= most as usize {
            return Err(IamError::quota("MFADevicesPerUser", most).into());
        }
        let enabled = Some(Enabled { user, since: cx.now });
        super::put(MfaDevice { enabled, ..input.set(device, cx)? }, cx, view);
        Ok(Answer(()))
    }
}
