//! Devices that prove a second factor (identity.md 3.17). All are virtual: nobody can bring hardware or a security key.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Secret;
use crate::rules::constraints::{Broken, Checks, ENTITY_NAME, IAM_SERIAL_NUMBER, IAM_TOKEN_CODE};
use crate::rules::mfa;
use crate::rules::principal::{Who, principal};
use crate::services::iam::authority::home;
use crate::services::iam::errors::IamError;
use crate::services::iam::users;
use crate::services::operation::operations;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::user::User;
use crate::state::item::Item;
use crate::state::view::View;

mod qr_code;

operations! {
    query:
    create_virtual_mfa_device::CreateVirtualMFADevice,
    deactivate_mfa_device::DeactivateMFADevice,
    delete_virtual_mfa_device::DeleteVirtualMFADevice,
    enable_mfa_device::EnableMFADevice,
    get_mfa_device::GetMFADevice,
    list_mfa_devices::ListMFADevices,
    list_virtual_mfa_devices::ListVirtualMFADevices,
    resync_mfa_device::ResyncMFADevice,
}

/// The device of the account with this serial number.
pub(super) fn find<'a>(
    serial: &str,
    account: &AccountRecord,
    iam: &'a Iam,
) -> Result<&'a MfaDevice, IamError> {
    mfa::find(serial, account, iam).ok_or_else(|| IamError::no_device(serial))
}

/// The same, of a user or the root user.
fn find_of<'a>(
    serial: &str,
    owner: Option<&User>,
    account: &AccountRecord,
    iam: &'a Iam,
) -> Result<&'a MfaDevice, IamError> {
    let device = find(serial, account, iam)?;
    let own = device.enabled.as_ref().is_some_and(|enabled| enabled.user == owner.map(|user| user.id));
    if own { Ok(device) } else { Err(IamError::NoSuchEntity("MFA Device invalid for user.".into())) }
}

/// Refuses users who have devices and enable or disable one of their own without having proved another.
fn check_proof(owner: Option<&User>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let Some(owner) = owner else { return Ok(()) };
    let iam = view.get::<Iam>(cx.caller.account)?;
    let who = principal(cx, view)?;
    let is_own = matches!(who.who, Who::User(user) if user.id == owner.id);
    let proved = who.session.is_some_and(|session| session.mfa.is_some());
    if is_own && !proved && iam.devices().of(Some(owner.id)).next().is_some() {
        let what = "To complete this action, please ensure that you are authenticated with an MFA device that is \
                    enabled for this user.";
        return Err(IamError::AccessDenied(what.into()).into());
    }
    Ok(())
}

/// The input of operations that set a device's clock by two of its codes.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PairInput {
    user_name: Option<String>,
    serial_number: Option<String>,
    authentication_code1: Option<Secret<String>>,
    authentication_code2: Option<Secret<String>>,
}

impl PairInput {
    fn name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    fn serial(&self) -> &str {
        self.serial_number.as_deref().unwrap_or_default()
    }

    fn codes(&self) -> [Option<&str>; 2] {
        [&self.authentication_code1, &self.authentication_code2]
            .map(|code| code.as_ref().map(|code| code.expose().as_str()))
    }

    fn check(&self, named: bool) -> Result<(), Broken> {
        let mut checks = Checks::default();
        if named {
            checks.required("userName", self.name(), &ENTITY_NAME);
        } else {
            checks.optional("userName", self.name(), &ENTITY_NAME);
        }
        checks.required("serialNumber", self.serial_number.as_deref(), &IAM_SERIAL_NUMBER);
        let [first, second] = self.codes();
        checks.required("authenticationCode1", first, &IAM_TOKEN_CODE);
        checks.required("authenticationCode2", second, &IAM_TOKEN_CODE);
        checks.finish()
    }

    /// The root user has no name to give; who else gives none is refused by [`PairInput::owner`].
    fn validate(&self) -> Result<(), Refusal> {
        let whole = self.check(false).or_else(|_| self.check(self.name().is_none()));
        Ok(whole.map_err(IamError::from)?)
    }

    /// Whose device is meant: a user's, or the root user's, who calls and says no name.
    fn owner<'a>(&self, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Option<&'a User>, Stop> {
        if self.name().is_none() {
            let is_root = matches!(principal(cx, view)?.who, Who::Root);
            let (account, iam) = home(cx, view)?;
            if !is_root || mfa::find(self.serial(), account, iam).is_none() {
                self.check(true).map_err(IamError::from)?;
            }
        }
        users::find_or_caller(self.name(), cx, view)
    }

    /// A device whose clock is set by the codes. Refuses codes that are no two that follow upon each other.
    fn set(&self, device: &MfaDevice, cx: &Cx<'_>) -> Result<MfaDevice, Stop> {
        let [first, second] = self.codes().map(Option::unwrap_or_default);
        let clock = device.clock.set(&mfa::codes(device, cx)?, (first, second), cx.now);
        let what = "Authentication code for device is not valid.";
        let clock = clock.ok_or_else(|| IamError::InvalidAuthenticationCode(what.into()))?;
        Ok(MfaDevice { clock, ..device.clone() })
    }
}

/// Keeps a device as it is now.
fn put(device: MfaDevice, cx: &Cx<'_>, view: &mut View<'_>) {
    view.put(Owner::Iam(cx.caller.account), Item::MfaDevice(device));
}
