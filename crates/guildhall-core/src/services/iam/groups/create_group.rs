//! CreateGroup: a new group of the caller's account (identity.md 3.2). Any account.
//! Refuses: ValidationError, EntityAlreadyExists, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::GroupShape;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::{access, limits};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::entity::Policies;
use crate::state::iam::user::Group;
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreateGroup;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group: GroupShape,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("group", |i, cx, view| authority::new("group", i.path(), i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        checks.required("groupName", i.group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let name = input.name();
        let iam = view.get::<Iam>(account.id)?;
        if iam.groups.by_name(name).is_some() {
            return Err(IamError::exists("Group", name).into());
        }
        let most = limits::of_caller(cx, view)?.groups;
        if iam.groups.len() >= most as usize {
            return Err(IamError::quota("GroupsPerAccount", most).into());
        }
        let group = Group {
            id: cx.ids.group(account.id)?,
            name: name.into(),
            path: input.path().into(),
            created: cx.now,
            policies: Policies::default(),
        };
        let answer = GroupShape::of(&group, account);
        view.put(Owner::Iam(account.id), Item::Group(group));
        Ok(Answer(Output { group: answer }))
    }
}
