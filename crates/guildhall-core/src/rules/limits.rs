//! The limits that hold for a caller.

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::state::limits::Limits;
use crate::state::view::View;

/// The limits of the caller's account: those of its organization, if it is in one.
pub fn of_caller(cx: &Cx<'_>, view: &mut View<'_>) -> Result<Limits, Stop> {
    Ok(match access::caller(cx, view)?.org {
        Some(id) => cx.settings.limits.of(view.org(id)?.ok_or(Refusal::Internal)?.1),
        None => cx.settings.limits.clone(),
    })
}
