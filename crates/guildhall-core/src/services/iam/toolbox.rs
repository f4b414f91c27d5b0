//! IAM Toolbox: whether a caller may ask for the evaluation behind a denial (identity.md 5.6). The evaluations themselves
//! are the server's.

use crate::call::command::{Command, Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, OrgId};
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::authorize::{Call, authorize};
use crate::state::view::View;

/// Who was denied a call, as it was recorded.
#[derive(Clone, Copy)]
pub struct Denied {
    /// The account.
    pub account: AccountId,
    /// The organization that the account was in.
    pub org: Option<OrgId>,
}

/// Answers `true` for those of the organization that the denied account was in, or of that account if it was in none;
/// `false` for everybody else and where there is nothing. Refuses whom policies deny the operation.
pub struct MayAsk {
    /// The operation: `GetRequestAuthorizationDetails` or `GetRequestAuthorizationPolicy`.
    pub operation: &'static str,
    /// Whose denial it is; none: there is nothing with the id.
    pub of: Option<Denied>,
}

impl Command for MayAsk {
    fn service(&self) -> Option<&'static str> {
        Some(super::NAME)
    }

    fn name(&self) -> &'static str {
        self.operation
    }

    fn mode(&self) -> Mode {
        Mode::Read
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        const AUTHORITY: Authority<MayAsk> = Authority::of(Rank::Account);
        let (service, operation) = (super::NAME, self.operation);
        authorize(&Call { service, operation, authority: &AUTHORITY, input: self }, cx, view)?;
        let caller = access::caller(cx, view)?;
        let may = self.of.is_some_and(|denied| match denied.org {
            Some(org) => caller.org == Some(org),
            None => caller.id == denied.account,
        });
        Ok(may.to_string().into_bytes())
    }
}
