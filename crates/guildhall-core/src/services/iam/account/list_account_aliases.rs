//! ListAccountAliases: the alias of the caller's account, if it has one: there is never a second (identity.md 3.15). Any
//! account.
//! Refuses: ValidationError.

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::Checks;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct ListAccountAliases;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    account_aliases: Vec<String>,
    is_truncated: bool,
}

impl Operation for ListAccountAliases {
    const NAME: &'static str = "ListAccountAliases";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.page(i.marker.as_deref(), i.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        // No page has a next one, so no marker is one of ours.
        Wanted::new(Self::NAME, "", input.marker.as_deref(), input.max_items, cx)?;
        let alias = view.get::<Iam>(account)?.alias.as_deref();
        let account_aliases = alias.into_iter().map(ToString::to_string).collect();
        Ok(Answer(Output { account_aliases, is_truncated: false }))
    }
}
