//! `/accept/<handshake id>`: an invitation as its recipient sees it; in lab mode with buttons that answer it.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use guildhall_core::handshake::{Handshake, Target};
use guildhall_core::ids::{AccountId, HandshakeId, OrgId};
use guildhall_core::{Cx, Failure as Refusal, Stop, View};
use guildhall_engine::Fault;
use http::StatusCode;
use serde::Deserialize;

use super::{Page, membership, respond};
use crate::console::{self, Answer, Answerer, InvitationPage, Notice, Recipient};
use crate::control::{bad, missing};
use crate::{App, api};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    account: Option<String>,
    action: Option<String>,
}

/// The invitation.
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    page(&app, &id, None, StatusCode::OK).await
}

/// Accepts or declines as one of the recipient's accounts, and shows what became of it.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Page {
    if !app.settings.lab {
        return Err(app.failure(missing("Answers are given with the account's own credentials.")));
    }
    app.check_form(fields.csrf.as_ref())?;
    let account: Option<AccountId> = fields.account.as_deref().and_then(|a| a.parse().ok());
    let action = fields.action.as_deref().and_then(Answer::from_value);
    let (Some(account), Some(action)) = (account, action) else {
        return Err(app.failure(bad("The form names no account or no answer.")));
    };
    let operation = match action {
        Answer::Accept => "AcceptHandshake",
        Answer::Decline => "DeclineHandshake",
    };
    let input = serde_json::json!({ "HandshakeId": id });
    let (notice, status) = match api::call(&app, account, operation, &input).await {
        Ok(_) => (Notice::Done(done(action, account)), StatusCode::OK),
        Err(Fault::Refused(Refusal::Api(e))) => {
            let (code, message) = (e.code().to_owned(), e.message().into_owned());
            (Notice::Refused { code, message }, StatusCode::CONFLICT)
        }
        Err(fault) => return Err(app.failure(fault)),
    };
    page(&app, &id, Some(notice), status).await
}

fn done(action: Answer, account: AccountId) -> String {
    match action {
        Answer::Accept => format!("Account {account} is a member now."),
        Answer::Decline => format!("Account {account} has declined."),
    }
}

async fn page(app: &App, id: &str, notice: Option<Notice>, status: StatusCode) -> Page {
    let unknown = || app.failure(missing("There is no such invitation, or it ended more than 30 days ago."));
    let id: HandshakeId = id.parse().map_err(|_| unknown())?;
    for org in app.organizations().await? {
        let found = app.look(|cx, view| {
            let Some((aggregate, _)) = view.org(org)? else { return Ok(None) };
            match aggregate.handshake(&id) {
                Some(h) if !h.gone(cx.now) => model(app, cx, view, org, h, notice.clone()).map(Some),
                _ => Ok(None),
            }
        });
        if let Some(model) = found.await? {
            return Ok(respond(status, console::headers(), console::render_invitation(&model)));
        }
    }
    Err(unknown())
}

fn model(
    app: &App,
    cx: &Cx<'_>,
    view: &mut View<'_>,
    org: OrgId,
    h: &Handshake,
    notice: Option<Notice>,
) -> Result<InvitationPage, Stop> {
    let (recipient, account) = match &h.target {
        Some(Target::Account(id)) => (Recipient::Account(id.to_string()), Some(*id)),
        // The request to enable all features: the management account finalizes it.
        None => (Recipient::Account(h.sender.account.to_string()), Some(h.sender.account)),
        Some(Target::Email(address)) => {
            let holder = view.address(address.key())?.map(|a| a.holder);
            (Recipient::Email(address.to_string()), holder)
        }
    };
    let mut answerers = Vec::new();
    if app.settings.lab
        && let Some(id) = account
        && let Some(a) = view.account(id)?
    {
        answerers.push(Answerer {
            id: id.to_string(),
            name: a.name.clone(),
            email: a.email.to_string(),
            member_of: membership(view, id, a.org)?,
        });
    }
    Ok(InvitationPage {
        site: app.site(),
        id: h.id.to_string(),
        organization: org.to_string(),
        management_id: h.sender.account.to_string(),
        management_name: h.sender.name.to_string(),
        management_email: h.sender.email.to_string(),
        feature_set: h.feature_set,
        notes: h.notes.as_deref().map(str::to_owned),
        sent: h.requested,
        expires: h.expires,
        state: h.state(cx.now),
        recipient,
        answerers,
        notice,
    })
}
