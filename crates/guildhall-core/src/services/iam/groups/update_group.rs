//! UpdateGroup: another name or path for a group, which keeps its id, its users and its policies (identity.md 3.2). Any
//! account that may do so to the old ARN and to the new one.
//! Refuses: ValidationError, NoSuchEntity, EntityAlreadyExists.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::services::iam::authority::{self, Found};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::iam::user::Group;
use crate::state::item::Item;
use crate::state::view::View;

pub struct UpdateGroup;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    new_path: Option<String>,
    new_group_name: Option<String>,
}

impl Input {
    fn name(&self) -> &str {
        self.group_name.as_deref().unwrap_or_default()
    }
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account).on_own("group", about);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("groupName", i.group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.optional("newPath", i.new_path.as_deref(), &constraints::PATH);
        checks.optional("newGroupName", i.new_group_name.as_deref(), &constraints::ENTITY_NAME);
        checks.finish().map_err(IamError::from)?;
        Ok(i.new_path.as_deref().map_or(Ok(()), constraints::path).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let group = super::find(input.name(), cx, view)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        if let Some(name) = &input.new_group_name
            && iam.groups.by_name(name).is_some_and(|other| other.id != group.id)
        {
            return Err(IamError::exists("Group", name).into());
        }
        let new = Group {
            name: input.new_group_name.as_deref().map_or(group.name.clone(), Into::into),
            path: input.new_path.as_deref().map_or(group.path.clone(), Into::into),
            ..group.clone()
        };
        view.put(Owner::Iam(cx.caller.account), Item::Group(new));
        Ok(Answer(()))
    }
}

fn about<'a>(input: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    let mut about = authority::group(input.name(), cx, view)?;
    if input.new_path.is_some() || input.new_group_name.is_some() {
        let group = view.get::<Iam>(cx.caller.account)?.groups.by_name(input.name());
        let path = input.new_path.as_deref().or(group.map(|group| &*group.path)).unwrap_or("/");
        let name =
            input.new_group_name.as_deref().or(group.map(|group| &*group.name)).unwrap_or(input.name());
        about.extend(authority::new("group", path, name, cx, view)?);
    }
    Ok(about)
}
