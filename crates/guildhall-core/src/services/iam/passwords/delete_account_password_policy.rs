//! DeleteAccountPasswordPolicy: AWS's own policy for passwords is the caller's account's again (identity.md 3.15). Any
//! account.
//! Refuses: NoSuchEntity.

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::item::Item;
use crate::state::view::View;

pub struct DeleteAccountPasswordPolicy;

impl Operation for DeleteAccountPasswordPolicy {
    const NAME: &'static str = "DeleteAccountPasswordPolicy";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<()>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let settings = view.get::<Iam>(cx.caller.account)?.settings();
        if settings.password_policy.is_none() {
            let what = "The account policy with name PasswordPolicy cannot be found.";
            return Err(IamError::NoSuchEntity(what.into()).into());
        }
        let mut settings = settings.clone();
        settings.password_policy = None;
        view.put(Owner::Iam(cx.caller.account), Item::AccountSettings(settings));
        Ok(Answer(()))
    }
}
