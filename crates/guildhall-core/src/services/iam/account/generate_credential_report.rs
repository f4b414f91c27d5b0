//! GenerateCredentialReport: makes the report on the account's users that GetCredentialReport reads; one that is less
//! than four hours old stays (identity.md 3.15). It is there at once. Any account.
//! Refuses: nothing.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::iam::account::{AccountSettings, REPORT_KEPT};
use crate::state::item::Item;
use crate::state::view::View;

pub struct GenerateCredentialReport;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
}

impl Operation for GenerateCredentialReport {
    const NAME: &'static str = "GenerateCredentialReport";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Answer<Output>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?.id;
        let old = view.get::<Iam>(account)?.settings();
        if old.report.is_some_and(|made| cx.now < made.plus(REPORT_KEPT)) {
            return Ok(Answer(Output { state: "COMPLETE", description: None }));
        }
        let new = AccountSettings { report: Some(cx.now), ..old.clone() };
        view.put(Owner::Iam(account), Item::AccountSettings(new));
        let description = Some("No report exists. Starting a new report generation task");
        Ok(Answer(Output { state: "STARTED", description }))
    }
}
