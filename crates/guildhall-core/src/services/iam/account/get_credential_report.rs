//! GetCredentialReport: the report on the account's users, for four hours after it was asked for (identity.md 3.15). Any
//! account.
//! Refuses: ReportNotPresent, ReportExpired.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::report;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Empty, Operation};
use crate::state::iam::Iam;
use crate::state::iam::account::REPORT_KEPT;
use crate::state::view::View;

pub struct GetCredentialReport;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    content: String,
    report_format: &'static str,
    generated_time: String,
}

impl Operation for GetCredentialReport {
    const NAME: &'static str = "GetCredentialReport";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Empty;
    type Output = Answer<Output>;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let account = access::caller(cx, view)?;
        let iam = view.get::<Iam>(account.id)?;
        let made = iam.settings().report.ok_or(IamError::ReportNotPresent("Unknown".into()))?;
        if cx.now >= made.plus(REPORT_KEPT) {
            return Err(IamError::ReportExpired("Unknown".into()).into());
        }
        Ok(Answer(Output {
            content: STANDARD.encode(report::csv(iam, account, view)?),
            report_format: "text/csv",
            generated_time: made.iso8601(),
        }))
    }
}
