//! GetRequestAuthorizationDetails of IAM Toolbox: whether a caller may ask for the evaluation behind a denial of an account
//! (identity.md 5.6). The evaluations themselves are the server's.

use crate::call::command::{Command, Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::authorize::{Call, authorize};
use crate::state::view::View;

/// Answers `true` for those of the account whose call was denied, and of its organization; `false` for everybody else and
/// where there is nothing. Refuses whom policies deny the action.
pub struct MayAsk {
    /// The account whose call was denied; none: there is nothing with the id.
    pub of: Option<AccountId>,
}

impl Command for MayAsk {
    fn service(&self) -> Option<&'static str> {
        Some(super::NAME)
    }

    fn name(&self) -> &'static str {
        "GetRequestAuthorizationDetails"
    }

    fn mode(&self) -> Mode {
        Mode::Read
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        const AUTHORITY: Authority<MayAsk> = Authority::of(Rank::Account);
        let (service, operation) = (super::NAME, self.name());
        authorize(&Call { service, operation, authority: &AUTHORITY, input: self }, cx, view)?;
        let caller = access::caller(cx, view)?;
        let Some(of) = self.of else { return Ok(b"false".to_vec()) };
        let org = view.account(of)?.and_then(|account| account.org);
        let may = of == caller.id || (org.is_some() && org == caller.org);
        Ok(may.to_string().into_bytes())
    }
}
