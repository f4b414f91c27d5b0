//! Groups of users (identity.md 3.2).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

operations! {
    query:
    add_user_to_group::AddUserToGroup,
    create_group::CreateGroup,
    delete_group::DeleteGroup,
    get_group::GetGroup,
    list_groups::ListGroups,
    list_groups_for_user::ListGroupsForUser,
    remove_user_from_group::RemoveUserFromGroup,
    update_group::UpdateGroup,
}

/// The group of this name in the caller's account.
pub(super) fn find<'a>(name: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a Group, Stop> {
    let iam = view.get::<Iam>(cx.caller.account)?;
    Ok(iam.groups.by_name(name).ok_or_else(|| IamError::missing("group", name))?)
}

/// A group as clients get it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupShape {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: String,
}

impl GroupShape {
    fn of(group: &Group, account: &AccountRecord) -> Self {
        Self {
            path: group.path.to_string(),
            group_name: group.name.to_string(),
            group_id: group.id.to_string(),
            arn: group.arn(account),
            create_date: group.created.iso8601(),
        }
    }
}

/// An answer that is groups.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupList {
    groups: Vec<GroupShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// The input of what is about a user and a group.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MembershipInput {
    group_name: Option<String>,
    user_name: Option<String>,
}

impl MembershipInput {
    fn group_name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("groupName", self.group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.required("userName", self.user_name.as_deref(), &constraints::ENTITY_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    /// Both. Of two that are not there the user is told.
    fn find<'a>(&self, cx: &Cx<'_>, view: &mut View<'a>) -> Result<(&'a User, &'a Group), Stop> {
        let user = super::users::find(self.user_name.as_deref().unwrap_or_default(), cx, view)?;
        Ok((user, find(self.group_name(), cx, view)?))
    }
}
