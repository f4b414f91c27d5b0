//! ResyncMFADevice: sets the clock of a user's device, or of the root user's own, by two of its codes (identity.md 3.17). Any
//! account.
//! Refuses: ValidationError, NoSuchEntity, InvalidAuthenticationCode.

use super::PairInput as Input;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::authority;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct ResyncMFADevice;

impl Operation for ResyncMFADevice {
    const NAME: &'static str = "ResyncMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<()>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let owner = input.owner(cx, view)?;
        let (account, iam) = authority::home(cx, view)?;
        let device = super::find_of(input.serial(), owner, account, iam)?;
        super::put(input.set(device, cx)?, cx, view);
        Ok(Answer(()))
    }
}
