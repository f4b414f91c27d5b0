//! Notes that an access key, or a role in a session, signed a request: what GetAccessKeyLastUsed and GetRole tell
//! (identity.md 3.4, 3.5). A use soon after another one changes nothing.
//! Refuses: nothing; what is gone meanwhile has no use.

use serde::Serialize;

use crate::call::command::{Command, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccessKeyId, AccountId, RoleId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::kernel::time::{MINUTE, Timestamp};
use crate::services::EMPTY;
use crate::state::account::{KeyRecord, KeyUse};
use crate::state::iam::Iam;
use crate::state::iam::role::{LastUsed, Role};
use crate::state::item::Item;
use crate::state::view::View;

/// How long after a use that was noted another one is, in milliseconds.
pub const EVERY: i64 = 15 * MINUTE;

/// Whether a use is to be noted: none was, or it is long enough ago.
pub fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now >= last.plus(EVERY))
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordKeyUse {
    /// Which key.
    #[serde(skip)]
    pub key: AccessKeyId,
    /// The region that the request was signed for.
    pub region: Box<str>,
    /// The service.
    pub service: Box<str>,
}

impl Command for RecordKeyUse {
    fn name(&self) -> &'static str {
        "RecordKeyUse"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let Some(record) = view.key(self.key)? else { return Ok(EMPTY) };
        if is_due(record.last_used.as_ref().map(|used| used.at), cx.now) {
            let used = KeyUse { at: cx.now, region: self.region.clone(), service: self.service.clone() };
            let record = KeyRecord { last_used: Some(used), ..record.clone() };
            view.put(Owner::Key(self.key), Item::Key(record));
        }
        Ok(EMPTY)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordRoleUse {
    /// The account that has the role.
    #[serde(skip)]
    pub account: AccountId,
    /// Which role.
    pub role: RoleId,
    /// The region that the request was signed for.
    pub region: Box<str>,
}

impl Command for RecordRoleUse {
    fn name(&self) -> &'static str {
        "RecordRoleUse"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let Some(role) = view.get::<Iam>(self.account)?.roles.by_id(self.role) else { return Ok(EMPTY) };
        if is_due(role.used.as_ref().map(|used| used.at), cx.now) {
            let used = Some(LastUsed { at: cx.now, region: self.region.clone() }.into());
            view.put(Owner::Iam(self.account), Item::Role(Role { used, ..role.clone() }));
        }
        Ok(EMPTY)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
