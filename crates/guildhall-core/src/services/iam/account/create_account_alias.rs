//! CreateAccountAlias: gives the caller's account an alias that no other account has, in the place of the one that it
//! has (identity.md 3.15). Any account.
//! Refuses: ValidationError, InvalidInput (twelve digits), EntityAlreadyExists.

use super::AliasInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::ids::AccountAlias;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::alias::{Alias, AliasHolder, OwnAlias};
use crate::state::iam::Iam;
use crate::state::item::{Item, ItemKey};
use crate::state::view::View;

pub struct CreateAccountAlias;

impl Operation for CreateAccountAlias {
    const NAME: &'static str = "CreateAccountAlias";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        let Ok(alias) = input.alias().parse::<AccountAlias>() else {
            let what =
                format!("The account alias {} has twelve digits, as an account ID has.", input.alias());
            return Err(IamError::InvalidInput(what.into()).into());
        };
        view.want([Owner::Alias(alias), Owner::Iam(account)])?;
        if view.get::<Alias>(alias)?.holder.is_some() {
            let what = format!("The account alias {alias} already exists.");
            return Err(IamError::EntityAlreadyExists(what.into()).into());
        }
        if let Some(old) = view.get::<Iam>(account)?.alias.as_deref().copied() {
            view.get::<Alias>(old)?;
            view.changes.remove(Owner::Alias(old), ItemKey::AliasHolder());
        }
        view.put(Owner::Iam(account), Item::OwnAlias(OwnAlias { name: alias }));
        view.put(Owner::Alias(alias), Item::AliasHolder(AliasHolder { account }));
        Ok(Answer(()))
    }
}
