//! Operations on responsibility transfers: who pays whose bill (policies.md 9).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::sensitive::Personal;
use crate::services::operation::operations;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input::{at_most, one_of, required};
use crate::state::transfer::TransferType;

operations! {
    json:
    describe_responsibility_transfer::DescribeResponsibilityTransfer,
    invite_organization_to_transfer_responsibility::InviteOrganizationToTransferResponsibility,
    list_inbound_responsibility_transfers::ListInboundResponsibilityTransfers,
    list_outbound_responsibility_transfers::ListOutboundResponsibilityTransfers,
    terminate_responsibility_transfer::TerminateResponsibilityTransfer,
    update_responsibility_transfer::UpdateResponsibilityTransfer,
}

/// The required member `Type`.
fn read_type(text: Option<&String>) -> Result<TransferType, OrganizationsError> {
    one_of("TYPE", text)
}

/// A required name: 1 to 128 printable ASCII characters.
fn read_name<'a>(
    path: &'static str,
    text: Option<&'a Personal<String>>,
) -> Result<&'a str, OrganizationsError> {
    let name = required(path, text)?.expose();
    at_most(path, name, 128)?;
    // The pattern has no empty name either, and is checked before the least length.
    if !name.is_empty() && name.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
        Ok(name)
    } else {
        Err(InvalidInput::at(InputReason::InvalidPattern, path))
    }
}

/// An instant as requests have it: seconds since the epoch, with a fraction. Later than the year 9999 is the last of
/// them.
fn read_time(seconds: f64) -> crate::kernel::time::Timestamp {
    const LAST: f64 = 253_402_300_799_999.0;
    let millis = (seconds * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the bounds")]
    let millis = if millis.is_finite() { millis.clamp(-LAST, LAST) as i64 } else { i64::MAX };
    crate::kernel::time::Timestamp(millis)
}
