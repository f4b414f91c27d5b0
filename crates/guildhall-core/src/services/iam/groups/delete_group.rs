//! DeleteGroup: takes a group away that has neither users nor policies any more (identity.md 3.2). Any account.
//! Refuses: ValidationError, NoSuchEntity, DeleteConflict.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteGroup;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("group", |i, cx, view| authority::group(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("groupName", i.group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let group = super::find(input.name(), cx, view)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        let conflicts = [
            (iam.members(group.id).next().is_some(), "remove users from group"),
            (!group.policies.managed.is_empty(), "detach all policies"),
            (!group.policies.inline.is_empty(), "delete policies"),
        ];
        if let Some((_, what)) = conflicts.iter().find(|(there, _)| *there) {
            let what = format!("Cannot delete entity, must {what} first.");
            return Err(IamError::DeleteConflict(what.into()).into());
        }
        view.changes.remove(Owner::Iam(cx.caller.account), ItemKey::Group(group.id));
        Ok(Answer(()))
    }
}
