//! DeleteServiceLinkedRole: starts a task that deletes a role that a service is linked to (identity.md 3.13). It runs at
//! once. It fails, and the role stays, where the service needs it: Organizations does in an organization with all
//! features (identity.md 7.2). Any account.
//! Refuses: ValidationError, NoSuchEntity (no role, or one of no service).

use serde::Serialize;

use super::task;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::{access, organization_roles};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::roles::{self, RoleInput as Input};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::role::{DELETION_KEPT, RoleDeletion};
use crate::state::item::{Item, ItemKey};
use crate::state::view::View;

pub struct DeleteServiceLinkedRole;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    deletion_task_id: String,
}

impl Operation for DeleteServiceLinkedRole {
    const NAME: &'static str = "DeleteServiceLinkedRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| authority::role(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let role = roles::find(input.name(), cx, view)?;
        let Some(service) = &role.service else {
            let what = format!("{} exists but is not a service role.", input.name());
            return Err(IamError::NoSuchEntity(what.into()).into());
        };
        let of_organizations = organization_roles::is_linked(role);
        let deletion = RoleDeletion {
            id: cx.ids.deletion_task()?,
            role: (&*role.name).into(),
            service: (&**service).into(),
            asked: cx.now,
            failed: of_organizations && organization_roles::needs_link(view, account)?,
        };
        let owner = Owner::Iam(account.id);
        if !deletion.failed {
            view.changes.remove(owner.clone(), ItemKey::Role(role.id));
            if let Some(org) = account.org.filter(|_| of_organizations) {
                organization_roles::note(view, org, account.id, true)?;
            }
        }
        for old in view.get::<Iam>(account.id)?.deletions() {
            if old.asked.plus(DELETION_KEPT) <= cx.now {
                view.changes.remove(owner.clone(), ItemKey::RoleDeletion(old.id));
            }
        }
        let answer = Output { deletion_task_id: task(&deletion) };
        view.put(owner, Item::RoleDeletion(deletion));
        Ok(Answer(answer))
    }
}
