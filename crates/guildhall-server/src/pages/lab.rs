//! `/` in lab mode: accounts with their keys, organizations, open invitations, the mailbox, and the clock.

use std::sync::Arc;

use axum::extract::{Form, State};
use guildhall_core::handshake::{State as HandshakeState, Target};
use guildhall_core::ids::{AccountId, OrgId};
use guildhall_core::internal::verify_email::SendVerification;
use guildhall_core::org::Org;
use guildhall_core::transfer::TransferStatus;
use guildhall_core::{Failure as Refusal, Timestamp};
use guildhall_engine::Fault;
use http::StatusCode;
use serde::Deserialize;

use super::{Failure, Page, ROWS, manages, membership, respond};
use crate::App;
use crate::console::{
    self, AccountRow, Clock, InvitationRow, LabPage, Listed, MailRow, NEXT_EXPIRY, Notice, OrganizationRow,
    RequestRow,
};
use crate::control::{self, bad};
use crate::mail::render;

/// Requests that are shown of one organization at most.
const REQUESTS: usize = 10;

/// The fields of the clock's forms.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    advance: Option<String>,
    freeze: Option<bool>,
}

/// Moves or freezes business time, and shows the lab.
pub(super) async fn clock(State(app): State<Arc<App>>, Form(fields): Form<Fields>) -> Page {
    app.check_lab("The clock of a production server is not moved.")?;
    app.check_form(fields.csrf.as_ref())?;
    let notice = match (fields.advance.as_deref(), fields.freeze) {
        (Some(NEXT_EXPIRY), None) => match next_expiry(&app).await? {
            Some(due) => {
                control::advance(&app, due).await.map_err(|e| app.failure(e))?;
                "The clock stands where the next invitation expired."
            }
            None => "No invitation is open: nothing expires.",
        },
        (Some(by), None) => {
            control::advance_by(&app, by).await.map_err(|e| app.failure(e))?;
            "The clock was moved."
        }
        (None, Some(freeze)) => {
            control::freeze(&app, freeze).await.map_err(|e| app.failure(e))?;
            if freeze { "The clock stands still." } else { "The clock goes on." }
        }
        _ => return Err(app.failure(bad("The form says nothing that the clock could do."))),
    };
    page(&app, Some(Notice::Done(notice.into()))).await
}

/// The field of the form that sends a verification mail.
#[derive(Deserialize)]
pub(super) struct Whose {
    csrf: Option<String>,
    account: Option<String>,
}

/// Sends the mail that verifies a management account's address, and shows the lab.
pub(super) async fn send_verification(State(app): State<Arc<App>>, Form(fields): Form<Whose>) -> Page {
    app.check_lab("A verification request is sent by the account's owner.")?;
    app.check_form(fields.csrf.as_ref())?;
    let account: Option<AccountId> = fields.account.as_deref().and_then(|a| a.parse().ok());
    let Some(account) = account else {
        return Err(app.failure(bad("The form names no account.")));
    };
    let command = SendVerification { account };
    let notice = match app.engine.run_as("console", &app.request_ids.next(), Arc::new(command)).await {
        Ok(shown) => Notice::Done(match serde_json::from_slice::<serde_json::Value>(&shown) {
            Ok(shown) if shown.get("EmailVerified") == Some(&true.into()) => {
                format!("The address of account {account} is verified already.")
            }
            _ => format!("A link is on its way to the address of account {account}."),
        }),
        Err(Fault::Refused(Refusal::Control(e))) => {
            Notice::Refused { code: e.code().to_owned(), message: e.to_string() }
        }
        Err(fault) => return Err(app.failure(fault)),
    };
    page(&app, Some(notice)).await
}

/// When the next open invitation expires.
async fn next_expiry(app: &App) -> Result<Option<Timestamp>, Failure> {
    let mut next: Option<Timestamp> = None;
    for org in app.organizations().await? {
        let first = app
            .look(|cx, view| Ok(view.org(org)?.and_then(|(o, _)| o.handshakes().next_expiry(cx.now))))
            .await?;
        next = match (next, first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    Ok(next)
}

/// The lab.
pub(super) async fn page(app: &App, notice: Option<Notice>) -> Page {
    let mut organizations = Listed::default();
    let mut invitations = Listed::default();
    for org in app.organizations().await? {
        organization(app, org, &mut organizations, &mut invitations).await?;
    }
    invitations.rows.sort_by_key(|i: &InvitationRow| i.expires);
    let clock = Clock {
        movable: app.engine.clock().is_virtual(),
        frozen: app.engine.clock().is_frozen(),
        next_expiry: next_expiry(app).await?,
    };
    let page = LabPage {
        site: app.site(),
        clock,
        accounts: accounts(app).await?,
        organizations,
        invitations,
        mails: mails(app).await?,
        notice,
    };
    Ok(respond(StatusCode::OK, console::headers(), console::render_lab(&page)))
}

async fn accounts(app: &App) -> Result<Listed<AccountRow>, Failure> {
    let mut listed = Listed::default();
    for id in app.accounts().await.map_err(|e| app.failure(e))? {
        if listed.rows.len() == ROWS {
            listed.more = true;
            break;
        }
        let row = app.look(|cx, view| {
            let Some(a) = view.account(id)? else { return Ok(None) };
            Ok(Some(AccountRow {
                id: id.to_string(),
                name: a.name.clone(),
                email: a.email.to_string(),
                state: a.standing.state(cx.now).wire().to_owned(),
                unverified: !a.facts.email_verified && manages(view, id, a.org)?,
                member_of: membership(view, id, a.org)?,
            }))
        });
        listed.rows.extend(row.await?);
    }
    Ok(listed)
}

async fn organization(
    app: &App,
    id: OrgId,
    organizations: &mut Listed<OrganizationRow>,
    invitations: &mut Listed<InvitationRow>,
) -> Result<(), Failure> {
    let found = app.look(|cx, view| {
        let Some((org, record)) = view.org(id)?.filter(|(_, r)| r.deleted.is_none()) else { return Ok(None) };
        let name = org.member(record.management).map(|m| m.name.to_string()).unwrap_or_default();
        let open = org.handshakes().stored_open();
        let open = open.filter(|h| h.state(cx.now) == HandshakeState::Open).take(ROWS + 1);
        let rows: Vec<InvitationRow> = open
            .map(|h| InvitationRow {
                id: h.id.to_string(),
                target: match &h.target {
                    Some(Target::Account(id)) => id.to_string(),
                    Some(Target::Email(address)) => address.to_string(),
                    None => id.to_string(),
                },
                organization: id.to_string(),
                expires: h.expires,
            })
            .collect();
        let row = OrganizationRow {
            id: id.to_string(),
            management_id: record.management.to_string(),
            management_name: name,
            feature_set: record.feature_set,
            accounts: org.members_len(),
            units: org.units_len(),
            open_invitations: org.handshakes().open_invitations(cx.now),
            requests: requests(org, cx.now),
        };
        Ok(Some((row, rows)))
    });
    let Some((row, rows)) = found.await? else { return Ok(()) };
    if organizations.rows.len() < ROWS {
        organizations.rows.push(row);
    } else {
        organizations.more = true;
    }
    for row in rows {
        if invitations.rows.len() < ROWS {
            invitations.rows.push(row);
        } else {
            invitations.more = true;
        }
    }
    Ok(())
}

/// What waits for an answer beside invitations: the request to enable all features, and offers to pay bills.
fn requests(org: &Org, now: Timestamp) -> Listed<RequestRow> {
    let process = org.handshakes().process(now).map(|request| RequestRow {
        id: request.id.to_string(),
        text: match request.state(now) {
            HandshakeState::Open => "All features: can be finalized".to_owned(),
            _ => format!("All features: {} not approved", org.handshakes().unapproved().count()),
        },
    });
    let offers = org.transfers_after(None).filter(|t| t.status(now) == TransferStatus::Requested);
    let offers = offers.map(|offer| RequestRow {
        id: offer.handshake.to_string(),
        text: match &offer.invited {
            Target::Account(id) => format!("Offer to pay the bill of {id}"),
            Target::Email(address) => format!("Offer to pay the bill of {address}"),
        },
    });
    let mut rows: Vec<RequestRow> = process.into_iter().chain(offers).take(REQUESTS + 1).collect();
    let more = rows.len() > REQUESTS;
    rows.truncate(REQUESTS);
    Listed { rows, more }
}

async fn mails(app: &App) -> Result<Listed<MailRow>, Failure> {
    let (mails, more) = app.latest_mails(ROWS).await.map_err(|e| app.failure(e))?;
    let rows = mails.iter().map(|m| MailRow {
        id: m.id.clone(),
        made: m.made,
        to: m.mail.to.to_string(),
        subject: render(m, &app.settings.base_url).subject,
        state: m.state.name().to_owned(),
    });
    Ok(Listed { rows: rows.collect(), more })
}
