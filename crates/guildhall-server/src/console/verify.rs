//! `/verify/<account id>/<code>`: where the mail leads that verifies a management account's address. Looking changes
//! nothing, because programs that scan mails follow links.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use guildhall_core::Refusal;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::verify_email::VerifyEmail;
use guildhall_core::services::organizations::rules::verification;
use guildhall_engine::Fault;
use http::StatusCode;
use serde::Deserialize;

use super::page::{Page, manages, respond};
use crate::App;
use crate::console::{self, Link, VerifyPage};
use crate::control::missing;

/// The field of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
}

/// What the link is good for.
pub(super) async fn show(State(app): State<Arc<App>>, Path((id, code)): Path<(String, String)>) -> Page {
    let account = parse(&app, &id)?;
    let link = app.look(|cx, view| {
        let Some(a) = view.account(account)? else { return Ok(Link::Old { can_send: false }) };
        if verification::is_good(a, &code, cx.now) {
            return Ok(Link::Good { email: a.email.to_string(), code: code.clone() });
        }
        // In production nobody learns anything from a link that is not good.
        let can_send = app.settings.lab && !a.facts.email_verified && manages(view, account, a.org)?;
        Ok(Link::Old { can_send })
    });
    let link = link.await?;
    let status = if matches!(link, Link::Old { .. }) { StatusCode::GONE } else { StatusCode::OK };
    page(&app, account, link, status)
}

/// Verifies the address.
pub(super) async fn follow(
    State(app): State<Arc<App>>,
    Path((id, code)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Page {
    app.check_form(fields.csrf.as_ref())?;
    let account = parse(&app, &id)?;
    let command = VerifyEmail { account, code: code.clone() };
    match app.engine.run_as("console", &app.request_ids.next(), Arc::new(command)).await {
        Ok(_) => page(&app, account, Link::Followed, StatusCode::OK),
        Err(Fault::Refused(Refusal::Own(_))) => show(State(app), Path((id, code))).await,
        Err(fault) => Err(app.failure(fault)),
    }
}

fn parse(app: &App, id: &str) -> Result<AccountId, super::page::Failure> {
    id.parse().map_err(|_| app.failure(missing("link")))
}

fn page(app: &App, account: AccountId, link: Link, status: StatusCode) -> Page {
    let page = VerifyPage { site: app.site(), account: account.to_string(), link };
    Ok(respond(status, console::headers(), console::render_verify(&page)))
}
