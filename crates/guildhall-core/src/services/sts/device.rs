//! The proof of a second factor: a code of a device of the caller's (identity.md 4.2, row 10).

use super::errors::StsError;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::sensitive::Secret;
use crate::rules::mfa;
use crate::rules::principal::{Who, principal};
use crate::state::iam::Iam;
use crate::state::iam::mfa::MfaDevice;
use crate::state::item::Item;
use crate::state::view::View;

/// Looks at a code, if one is given, and notes that it did: each is good once, and nine are looked at within three minutes.
/// Refuses a device that is not the caller's and one of which too many codes were tried in the same words, so that nobody
/// learns by it whether a code is good.
pub(super) fn prove(
    serial: Option<&str>,
    code: Option<&Secret<String>>,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<(), Stop> {
    let denied = |what: &'static str| StsError::AccessDenied(what.into());
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(()),
        (Some(serial), Some(code)) => (serial, code.expose()),
        _ => {
            let what = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
            return Err(denied(what).into());
        }
    };
    let unable = || {
        denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
             valid and associated with this user.",
        )
    };
    let iam = view.get::<Iam>(cx.caller.account)?;
    let who = principal(cx, view)?;
    let owner = match who.who {
        Who::User(user) => Some(user.id),
        Who::Root => None,
        Who::Role(..) | Who::Federated(..) => return Err(unable().into()),
    };
    let is_own = |device: &&MfaDevice| device.enabled.as_ref().is_some_and(|enabled| enabled.user == owner);
    let device = mfa::find(serial, who.account, iam).filter(is_own).ok_or_else(unable)?;
    let looked = device.clock.look(&mfa::codes(device, cx)?, code, cx.now);
    let (clock, good) = looked.ok_or_else(unable)?;
    view.put(Owner::Iam(cx.caller.account), Item::MfaDevice(MfaDevice { clock, ..device.clone() }));
    if good {
        return Ok(());
    }
    let what = denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
    Err(Stop::RefusedAfterChange(what.into()))
}
