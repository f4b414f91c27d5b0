//! `/accept/<organization id>/<handshake id>`: a handshake as the account sees it that answers it; in lab mode with buttons for that.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use guildhall_core::kernel::ids::{AccountId, HandshakeId, OrgId};
use guildhall_core::services::organizations;
use guildhall_core::state::handshake::{ActionType, Handshake, State as HandshakeState, Target};
use guildhall_core::state::org::Org;
use guildhall_core::{Cx, Stop, View};
use guildhall_engine::EngineError;
use http::StatusCode;
use serde::Deserialize;

use crate::console::headers::headers;
use crate::console::page::{Notice, Page, ROWS, membership, respond};
use crate::control::{bad, missing};
use crate::{App, api};

mod model;
mod subject;

pub(super) use model::{
    Answer, Answerer, ApprovalRow, Approvals, HandshakePage, Offer, Recipient, Subject, render_handshake,
};

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    account: Option<String>,
    action: Option<String>,
}

/// What became of an answer.
enum Answered {
    Done(Answer, AccountId),
    Refused { code: String, message: String },
}

/// The handshake.
pub(super) async fn show(State(app): State<Arc<App>>, Path((org, id)): Path<(String, String)>) -> Page {
    page(&app, (&org, &id), None).await
}

/// The handshake, by a link of the time when links did not name the organization.
pub(super) async fn show_old(State(app): State<Arc<App>>, Path(id): Path<String>) -> Page {
    let unknown = || app.failure(missing("invitation or request"));
    let handshake: HandshakeId = id.parse().map_err(|_| unknown())?;
    let org = app.sender(handshake).await.map_err(|e| app.failure(e))?.ok_or_else(unknown)?;
    page(&app, (org.as_str(), &id), None).await
}

/// Answers as one of the accounts that may, and shows what became of it.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Path((org, id)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Page {
    app.check_lab("Answers are given with the account's own credentials.")?;
    app.check_form(fields.csrf.as_ref())?;
    let account: Option<AccountId> = fields.account.as_deref().and_then(|a| a.parse().ok());
    let action = fields.action.as_deref().and_then(Answer::from_value);
    let (Some(account), Some(action)) = (account, action) else {
        return Err(app.failure(bad("The form names no account or no answer.")));
    };
    let input = serde_json::json!({ "HandshakeId": id });
    let answered = match api::call(&app, account, action.operation(), &input).await {
        Ok(_) => Answered::Done(action, account),
        Err(EngineError::Refused(refusal)) => {
            let told = organizations::errors::error_answer(&refusal);
            let code = told.code.unwrap_or_default().to_owned();
            Answered::Refused { code, message: told.message.into_owned() }
        }
        Err(fault) => return Err(app.failure(fault)),
    };
    page(&app, (&org, &id), Some(answered)).await
}

async fn page(app: &App, (org, id): (&str, &str), answered: Option<Answered>) -> Page {
    let unknown = || app.failure(missing("invitation or request"));
    let org: OrgId = org.parse().map_err(|_| unknown())?;
    let id: HandshakeId = id.parse().map_err(|_| unknown())?;
    let found = app.look(|cx, view| {
        let Some((aggregate, _)) = view.org(org)? else { return Ok(None) };
        match aggregate.handshake(&id) {
            Some(h) if !h.gone(cx.now) => model(app, cx, view, (org, aggregate), h).map(Some),
            _ => Ok(None),
        }
    });
    let mut model = found.await?.ok_or_else(unknown)?;
    let status = match &answered {
        Some(Answered::Refused { .. }) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    };
    model.notice = answered.map(|answered| match answered {
        Answered::Done(answer, account) => Notice::Done(model.subject.done(answer, account)),
        Answered::Refused { code, message } => Notice::Refused { code, message },
    });
    Ok(respond(status, headers(), render_handshake(&model)))
}

fn model(
    app: &App,
    cx: &Cx<'_>,
    view: &mut View<'_>,
    (id, org): (OrgId, &Org),
    h: &Handshake,
) -> Result<HandshakePage, Stop> {
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
    Ok(HandshakePage {
        site: app.site(),
        id: h.id.to_string(),
        organization: id.to_string(),
        management_id: h.sender.account.to_string(),
        management_name: h.sender.name.to_string(),
        management_email: h.sender.email.to_string(),
        subject: subject(app, cx, org, h),
        notes: h.notes.as_deref().map(str::to_owned),
        sent: h.requested,
        expires: h.expires,
        state: h.state(cx.now),
        recipient,
        answerers,
        notice: None,
    })
}

fn subject(app: &App, cx: &Cx<'_>, org: &Org, h: &Handshake) -> Subject {
    match h.action {
        ActionType::Invite => Subject::Invitation(h.feature_set),
        ActionType::ApproveAllFeatures => Subject::Approval,
        ActionType::AddOrganizationsServiceLinkedRole => Subject::Role,
        ActionType::EnableAllFeatures => Subject::AllFeatures(approvals(app, cx, org, h)),
        ActionType::TransferResponsibility => {
            let starts = h.transfer.as_ref().map_or(h.expires, |terms| terms.start);
            let transfer = h.transfer.as_ref().and_then(|terms| org.transfer(&terms.id));
            Subject::Transfer(Offer { starts, ends: transfer.and_then(|t| t.end) })
        }
    }
}

/// Who has agreed and who has not. Who they are is shown in a lab only: in production the page is open to everybody
/// who has its address.
fn approvals(app: &App, cx: &Cx<'_>, org: &Org, request: &Handshake) -> Approvals {
    let mut approvals = Approvals::default();
    let mut rows = Vec::new();
    for part in org.handshakes().children(request.id, None) {
        let member = part.member().and_then(|id| org.member(id));
        let state = part.state(cx.now);
        match state {
            HandshakeState::Accepted => approvals.approved += 1,
            // Who refused and left does not count any more.
            HandshakeState::Declined if member.is_some() => approvals.declined += 1,
            HandshakeState::Open | HandshakeState::Requested => approvals.waiting += 1,
            _ => {}
        }
        if app.settings.lab {
            rows.push(ApprovalRow {
                handshake: part.id.to_string(),
                account: part.member().map(|id| id.to_string()).unwrap_or_default(),
                name: member.map(|m| m.name.to_string()).unwrap_or_default(),
                state,
            });
        }
    }
    rows.sort_by_key(|row| row.state == HandshakeState::Accepted);
    approvals.members.more = rows.len() > ROWS;
    rows.truncate(ROWS);
    approvals.members.rows = rows;
    approvals
}
