//! DeleteAccountAlias: takes the alias of the caller's account away (identity.md 3.15). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use super::AliasInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::alias::Alias;
use crate::state::iam::Iam;
use crate::state::item::ItemKey;
use crate::state::view::View;

pub struct DeleteAccountAlias;

impl Operation for DeleteAccountAlias {
    const NAME: &'static str = "DeleteAccountAlias";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        let own = view.get::<Iam>(account)?.alias.as_deref().copied();
        let Some(alias) = own.filter(|alias| alias.as_str() == input.alias()) else {
            let what = format!("The account alias with name {} cannot be found.", input.alias());
            return Err(IamError::NoSuchEntity(what.into()).into());
        };
        view.get::<Alias>(alias)?;
        view.changes.remove(Owner::Iam(account), ItemKey::OwnAlias());
        view.changes.remove(Owner::Alias(alias), ItemKey::AliasHolder());
        Ok(Answer(()))
    }
}
