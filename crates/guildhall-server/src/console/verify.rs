//! `/verify/<account id>/<code>`: where the mail leads that verifies a management account's address. Looking changes
//! nothing, because programs that scan mails follow links.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use guildhall_core::Refusal;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::sensitive::Secret;
use guildhall_core::operator::verify_email::VerifyEmail;
use guildhall_core::services::organizations::rules::verification;
use guildhall_engine::EngineError;
use http::StatusCode;
use serde::Deserialize;

use super::headers::headers;
use super::page::{Failure, Page, Site, finish, manages, respond};
use super::{assets, words};
use crate::App;
use crate::control::missing;

/// `/verify/<account id>/<code>`: where the mail leads that verifies a management account's address.
#[derive(Clone, Debug)]
pub(crate) struct VerifyPage {
    /// The site.
    pub(crate) site: Site,
    /// The account.
    pub(crate) account: String,
    /// What the link is worth.
    pub(crate) link: Link,
}

/// What a link that verifies an address is worth.
#[derive(Clone, Debug)]
pub(crate) enum Link {
    /// It verifies this address.
    Good {
        /// The address.
        email: String,
        /// The code in the link.
        code: Secret<String>,
    },
    /// It was just followed.
    Followed,
    /// It is too old, was replaced by a later one, was followed before, or never was one.
    Old {
        /// Lab mode: a new one can be sent, because the account manages an organization and is not verified.
        can_send: bool,
    },
}

#[derive(Template)]
#[template(path = "console/verify.html")]
struct VerifyTemplate<'a> {
    site: &'a Site,
    page: &'a VerifyPage,
}

impl VerifyTemplate<'_> {
    fn title(&self) -> &'static str {
        match self.page.link {
            Link::Good { .. } => "Verify your address",
            Link::Followed => "Your address is verified",
            Link::Old { .. } => "This link is no longer good",
        }
    }
}

/// `/verify/<account id>/<code>`.
pub(crate) fn render_verify(page: &VerifyPage) -> String {
    finish(&VerifyTemplate { site: &page.site, page })
}

/// The field of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
}

/// What the link is good for.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path((id, code)): Path<(String, Secret<String>)>,
) -> Page {
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
    Path((id, code)): Path<(String, Secret<String>)>,
    Form(fields): Form<Fields>,
) -> Page {
    app.check_form(fields.csrf.as_ref())?;
    let account = parse(&app, &id)?;
    let command = VerifyEmail { account, code: code.clone() };
    match app.engine.run_as("console", &app.request_ids.next(), Arc::new(command)).await {
        Ok(_) => page(&app, account, Link::Followed, StatusCode::OK),
        Err(EngineError::Refused(Refusal::Own(_))) => show(State(app), Path((id, code))).await,
        Err(fault) => Err(app.failure(fault)),
    }
}

fn parse(app: &App, id: &str) -> Result<AccountId, Failure> {
    id.parse().map_err(|_| app.failure(missing("link")))
}

fn page(app: &App, account: AccountId, link: Link, status: StatusCode) -> Page {
    let page = VerifyPage { site: app.site(), account: account.to_string(), link };
    Ok(respond(status, headers(), render_verify(&page)))
}
