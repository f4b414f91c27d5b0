//! Reads and sets the limits of one organization (control-api.md, `/_guildhall/limits`).
//! Refuses: OrganizationNotFound.

use serde::Serialize;

use crate::call::command::{Command, Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::OrgId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::operator::errors::ControlError;
use crate::state::item::Item;
use crate::state::limits::{LimitOverrides, Limits};
use crate::state::org::OrgRecord;
use crate::state::view::View;

/// The command: sets limits if there are some to set, and answers those that hold.
#[derive(Clone, Debug)]
pub struct OrganizationLimits {
    /// Which organization.
    pub org: OrgId,
    /// What to set; absent members stay as they are.
    pub set: Option<LimitOverrides>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    organization_id: OrgId,
    #[serde(flatten)]
    limits: Limits,
}

impl Command for OrganizationLimits {
    fn name(&self) -> &'static str {
        "OrganizationLimits"
    }

    fn mode(&self) -> Mode {
        if self.set.is_some() { Mode::Write } else { Mode::Read }
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let found = view.org(self.org)?.filter(|(_, record)| record.deleted.is_none());
        let (org, old) = found.ok_or_else(|| ControlError::OrganizationNotFound(self.org.to_string()))?;
        let mut record = old.clone();
        if let Some(limits) = &self.set {
            record = OrgRecord { limits: record.limits.clone().with(limits), ..record };
            view.put(Owner::Org(self.org), Item::Org(record.clone()));
        }
        let limits = cx.settings.limits.of(&record);
        // What follows from other numbers is said as the number that it is.
        let (attempts, closures) = (limits.attempts(), limits.closures(org.members_len()));
        let limits = Limits { invitations_per_day: attempts, closures_per_30_days: closures, ..limits };
        reply(&Output { organization_id: self.org, limits })
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.set).unwrap_or_default()
    }
}
