//! Responsibility transfers: one organization's bill is paid by the management account of another (policies.md 9).
//!
//! *Source* is the organization whose bill goes away, *target* the one that pays and that sent the invitation. The
//! target's organization owns the transfer; the source has a pointer to it from the moment that it accepts.

use serde::{Deserialize, Serialize};

use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, HandshakeId, OrgId, TransferId};
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::time::Timestamp;
use crate::state::account::Partition;
use crate::state::handshake::Target;
use crate::wire_enum;

wire_enum! {
    /// What is transferred.
    TransferType {
        /// The bill.
        Billing = "BILLING",
    }
}

wire_enum! {
    /// Where a transfer stands.
    TransferStatus {
        /// The source has not answered.
        Requested = "REQUESTED",
        /// The source refused.
        Declined = "DECLINED",
        /// The target took the invitation back.
        Canceled = "CANCELED",
        /// The source did not answer in time.
        Expired = "EXPIRED",
        /// It is agreed; it runs from its start.
        Accepted = "ACCEPTED",
        /// It ends, or has ended, at its end.
        Withdrawn = "WITHDRAWN",
    }
}

/// The source of a transfer once it has accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its organization.
    pub org: OrgId,
    /// The management account.
    pub account: AccountId,
    /// The management account's address.
    pub email: EmailAddress,
}

/// A transfer, as its target's organization owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// What the target calls it.
    pub name: Box<str>,
    /// The status that was written last.
    status: TransferStatus,
    /// The invitation.
    pub handshake: HandshakeId,
    /// Until when the invitation can be accepted.
    pub expires: Timestamp,
    /// Who was invited.
    pub invited: Target,
    /// Who accepted.
    pub source: Option<Source>,
    /// The target's management account.
    pub target: AccountId,
    /// Its address.
    pub target_email: EmailAddress,
    /// The first instant that the target pays for.
    pub start: Timestamp,
    /// The last one.
    pub end: Option<Timestamp>,
}

impl Transfer {
    /// A transfer to which the source is invited.
    #[expect(clippy::too_many_arguments, reason = "one per thing an invitation says")]
    pub fn requested(
        id: TransferId,
        name: Box<str>,
        handshake: HandshakeId,
        expires: Timestamp,
        invited: Target,
        target: AccountId,
        target_email: EmailAddress,
        start: Timestamp,
    ) -> Self {
        let status = TransferStatus::Requested;
        let (source, end) = (None, None);
        Self { id, name, status, handshake, expires, invited, source, target, target_email, start, end }
    }

    /// The status at `now`: an invitation that nobody answered is expired from its deadline on.
    pub fn status(&self, now: Timestamp) -> TransferStatus {
        match self.status {
            TransferStatus::Requested if now >= self.expires => TransferStatus::Expired,
            status => status,
        }
    }

    /// The last instant at which it runs, is going to, or may yet be agreed; `None` if that is over for good.
    pub fn until(&self) -> Option<Timestamp> {
        match self.status {
            TransferStatus::Requested => Some(self.expires.plus(-1)),
            TransferStatus::Accepted => Some(Timestamp(i64::MAX)),
            TransferStatus::Withdrawn => self.end,
            TransferStatus::Declined | TransferStatus::Canceled | TransferStatus::Expired => None,
        }
    }

    /// Whether it runs, is going to, or may yet be agreed.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.until().is_some_and(|until| now <= until)
    }

    /// This transfer as the end of its invitation leaves it.
    #[must_use]
    pub fn closed(&self, status: TransferStatus) -> Self {
        Self { status, ..self.clone() }
    }

    /// This transfer under another name.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Self {
        Self { name: name.into(), ..self.clone() }
    }

    /// This transfer as the source accepted it.
    #[must_use]
    pub fn accepted(&self, source: Source) -> Self {
        Self { source: Some(source), ..self.closed(TransferStatus::Accepted) }
    }

    /// This transfer, ending at `end`.
    #[must_use]
    pub fn withdrawn(&self, end: Timestamp) -> Self {
        Self { end: Some(end), ..self.closed(TransferStatus::Withdrawn) }
    }
}

/// A transfer that an organization is the source of: the target's organization owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// The transfer.
    pub transfer: TransferId,
    /// The target's organization.
    pub org: OrgId,
    /// The transfer's end, so that one that is over is not looked up; earlier versions did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
}

/// A transfer as one of its sides sees it: each has an ARN of its own.
pub struct TransferView<'a> {
    /// The organization that looks.
    pub org: OrgId,
    /// Its management account.
    pub management: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// It is the target.
    pub inbound: bool,
    /// The transfer.
    pub transfer: &'a Transfer,
    /// The instant.
    pub now: Timestamp,
}

impl WriteJson for TransferView<'_> {
    fn write(&self, json: &mut Json) {
        let t = self.transfer;
        let direction = if self.inbound { "inbound" } else { "outbound" };
        json.raw(r#"{"Arn":"arn:"#).raw(self.partition.wire()).raw(":organizations::");
        json.raw(&self.management.text()).raw(":transfer/").raw(self.org.as_str()).raw("/billing/");
        json.raw(direction).raw("/").raw(t.id.as_str()).raw(r#"","Name":"#).string(&t.name);
        json.raw(r#","Id":""#).raw(t.id.as_str()).raw(r#"","Type":"BILLING","Status":""#);
        json.raw(t.status(self.now).wire()).raw(r#"","Source":{"#);
        match (&t.source, &t.invited) {
            (Some(source), _) => {
                json.raw(r#""ManagementAccountId":"#).string(&source.account.text());
                json.raw(r#","ManagementAccountEmail":"#).string(source.email.as_str());
            }
            (None, Target::Account(id)) => {
                json.raw(r#""ManagementAccountId":"#).string(&id.text());
            }
            (None, Target::Email(address)) => {
                json.raw(r#""ManagementAccountEmail":"#).string(address.as_str());
            }
        }
        json.raw(r#"},"Target":{"ManagementAccountId":"#).string(&t.target.text());
        json.raw(r#","ManagementAccountEmail":"#).string(t.target_email.as_str());
        json.raw(r#"},"StartTimestamp":"#).time(t.start);
        if let Some(end) = t.end {
            json.raw(r#","EndTimestamp":"#).time(end);
        }
        json.raw(r#","ActiveHandshakeId":""#).raw(t.handshake.as_str()).raw(r#""}"#);
    }
}
