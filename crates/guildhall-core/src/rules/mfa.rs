//! Devices that prove a second factor: by their serial numbers, which are their ARNs, and their codes.

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::totp::{Codes, Seed};
use crate::rules::arns::arn;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::mfa::MfaDevice;

/// The device of an account with this serial number.
pub fn find<'a>(serial: &str, account: &AccountRecord, iam: &'a Iam) -> Option<&'a MfaDevice> {
    iam.devices().at(serial.strip_prefix(&arn(account, "mfa", "", ""))?)
}

/// The codes of a device.
pub fn codes(device: &MfaDevice, cx: &Cx<'_>) -> Result<Codes, Stop> {
    let seed = device.seed.open(&cx.settings.keyring, device.id).map_err(|_| Refusal::Internal)?;
    Ok(Seed::read(&seed).ok_or(Refusal::Internal)?.codes())
}
