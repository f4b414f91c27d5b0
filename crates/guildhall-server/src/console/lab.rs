//! `/` in lab mode: accounts with their keys, organizations, open invitations, the mailbox, and the clock. Each list has
//! pages, so that nothing is loaded but what is shown.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, State};
use guildhall_core::kernel::ids::{AccountId, BadId, OrgId};
use guildhall_core::operator::verify_email::SendVerification;
use guildhall_core::state::handshake::{ActionType, Handshake, State as HandshakeState, Target};
use guildhall_core::state::org::{FeatureSet, Org, OrgRecord};
use guildhall_core::state::transfer::TransferStatus;
use guildhall_core::{Owner, Refusal, Timer, TimerAction, Timestamp};
use guildhall_engine::EngineError;
use http::StatusCode;
use serde::Deserialize;

use super::headers::headers;
use super::mail::MailRow;
use super::page::{
    Failure, Listed, Membership, Notice, Page, Paged, ROWS, Site, finish, manages, membership, respond,
};
use super::{assets, words};
use crate::App;
use crate::control::{self, bad};
use crate::mail::render;

/// The value of the field `advance` that means: until the next invitation expires.
pub(crate) const NEXT_EXPIRY: &str = "next-expiry";

/// `/` in lab mode: everything at a glance.
#[derive(Clone, Debug)]
pub(crate) struct LabPage {
    /// The site.
    pub(crate) site: Site,
    /// Business time and how to move it.
    pub(crate) clock: Clock,
    /// The accounts.
    pub(crate) accounts: Paged<AccountRow>,
    /// The organizations.
    pub(crate) organizations: Paged<OrganizationRow>,
    /// The open invitations, the one that expires first first.
    pub(crate) invitations: Paged<InvitationRow>,
    /// The mails, the latest first.
    pub(crate) mails: Paged<MailRow>,
    /// How many mails were given up, shown or not.
    pub(crate) failed_mails: u64,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

/// The clock of the lab.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// It is virtual: it can be moved and frozen.
    pub(crate) movable: bool,
    /// It stands still.
    pub(crate) frozen: bool,
    /// When the next open invitation expires.
    pub(crate) next_expiry: Option<Timestamp>,
}

/// An account of the lab.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow {
    /// Its id, which is its access key id in the lab, too.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its address.
    pub(crate) email: String,
    /// Where it stands in its life, as in `ACTIVE`.
    pub(crate) state: String,
    /// It manages an organization, and its address is not verified.
    pub(crate) unverified: bool,
    /// The organization it is in.
    pub(crate) member_of: Option<Membership>,
}

/// An organization of the lab.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationRow {
    /// Its id.
    pub(crate) id: String,
    /// Its management account.
    pub(crate) management_id: String,
    /// The management account's name.
    pub(crate) management_name: String,
    /// What it can do.
    pub(crate) feature_set: FeatureSet,
    /// How many accounts are in it, with the management account.
    pub(crate) accounts: usize,
    /// How many organizational units it has.
    pub(crate) units: usize,
    /// How many invitations of it are open.
    pub(crate) open_invitations: usize,
    /// What else waits for an answer: the request to enable all features, and offers to pay bills.
    pub(crate) requests: Listed<RequestRow>,
}

/// A request of an organization that waits for an answer.
#[derive(Clone, Debug)]
pub(crate) struct RequestRow {
    /// The handshake's id.
    pub(crate) id: String,
    /// What it is about, and where it stands.
    pub(crate) text: String,
}

/// An open invitation of the lab.
#[derive(Clone, Debug)]
pub(crate) struct InvitationRow {
    /// The handshake's id.
    pub(crate) id: String,
    /// The account id or the address that is invited.
    pub(crate) target: String,
    /// The inviting organization.
    pub(crate) organization: String,
    /// When it expires.
    pub(crate) expires: Timestamp,
}

#[derive(Template)]
#[template(path = "console/lab.html")]
struct LabTemplate<'a> {
    site: &'a Site,
    page: &'a LabPage,
}

/// `/` in lab mode.
pub(crate) fn render_lab(page: &LabPage) -> String {
    finish(&LabTemplate { site: &page.site, page })
}

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
                "The clock stands where the next invitation or request expired."
            }
            None => "No invitation or request is open: nothing expires.",
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
    page(&app, &Cursors::default(), Some(Notice::Done(notice.into()))).await
}

/// The field of the form that sends a verification mail.
#[derive(Deserialize)]
pub(super) struct VerificationFields {
    csrf: Option<String>,
    account: Option<String>,
}

/// Sends the mail that verifies a management account's address, and shows the lab.
pub(super) async fn send_verification(
    State(app): State<Arc<App>>,
    Form(fields): Form<VerificationFields>,
) -> Page {
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
        Err(fault) => match &fault {
            EngineError::Refused(Refusal::Own(error)) => error.answer().into(),
            _ => return Err(app.failure(fault)),
        },
    };
    page(&app, &Cursors::default(), Some(notice)).await
}

/// When the next handshake expires that is open. Every open one has a timer that writes its end down.
async fn next_expiry(app: &App) -> Result<Option<Timestamp>, Failure> {
    let now = app.engine.clock().now();
    let (timers, _) = app.expiries(None, ROWS).await.map_err(|e| app.failure(e))?;
    Ok(timers.into_iter().map(|timer| timer.due).find(|due| *due > now))
}

/// Where the lists begin: each after what its page before showed last.
#[derive(Default, Deserialize)]
pub(super) struct Cursors {
    accounts: Option<String>,
    organizations: Option<String>,
    invitations: Option<String>,
    mails: Option<String>,
}

/// A cursor, read.
fn cursor<T: FromStr>(app: &App, text: Option<&String>) -> Result<Option<T>, Failure> {
    let wrong = || app.failure(bad("The address names a place in a list that there cannot be."));
    text.map(|text| text.parse().map_err(|_| wrong())).transpose()
}

/// The lab.
pub(super) async fn page(app: &App, cursors: &Cursors, notice: Option<Notice>) -> Page {
    let clock = Clock {
        movable: app.engine.clock().is_virtual(),
        frozen: app.engine.clock().is_frozen(),
        next_expiry: next_expiry(app).await?,
    };
    let page = LabPage {
        site: app.site(),
        clock,
        accounts: accounts(app, cursor(app, cursors.accounts.as_ref())?).await?,
        organizations: organizations(app, cursor(app, cursors.organizations.as_ref())?).await?,
        invitations: invitations(app, cursor(app, cursors.invitations.as_ref())?).await?,
        mails: mails(app, cursors.mails.clone()).await?,
        failed_mails: app.failed_mails(),
        notice,
    };
    Ok(respond(StatusCode::OK, headers(), render_lab(&page)))
}

async fn accounts(app: &App, after: Option<AccountId>) -> Result<Paged<AccountRow>, Failure> {
    let (ids, more) = app.accounts(after, ROWS).await.map_err(|e| app.failure(e))?;
    let mut rows = Vec::new();
    for id in &ids {
        let row = app.look(|cx, view| {
            let Some(a) = view.account(*id)? else { return Ok(None) };
            Ok(Some(AccountRow {
                id: id.to_string(),
                name: a.name.clone(),
                email: a.email.to_string(),
                state: a.standing.state(cx.now).wire().to_owned(),
                unverified: !a.facts.email_verified && manages(view, *id, a.org)?,
                member_of: membership(view, *id, a.org)?,
            }))
        });
        rows.extend(row.await?);
    }
    let next = ids.last().filter(|_| more).map(|last| format!("/?accounts={last}#accounts"));
    Ok(Paged { rows, next, later: after.is_some() })
}

async fn organizations(app: &App, after: Option<OrgId>) -> Result<Paged<OrganizationRow>, Failure> {
    let (ids, more) = app.organizations(after, ROWS).await.map_err(|e| app.failure(e))?;
    let mut rows = Vec::new();
    for id in &ids {
        rows.extend(app.look(|cx, view| Ok(organization(view.org(*id)?, cx.now))).await?);
    }
    let next = ids.last().filter(|_| more).map(|last| format!("/?organizations={last}#organizations"));
    Ok(Paged { rows, next, later: after.is_some() })
}

fn organization(found: Option<(&Org, &OrgRecord)>, now: Timestamp) -> Option<OrganizationRow> {
    let (org, record) = found.filter(|(_, record)| record.deleted.is_none())?;
    Some(OrganizationRow {
        id: record.id.to_string(),
        management_id: record.management.to_string(),
        management_name: org.member(record.management).map(|m| m.name.to_string()).unwrap_or_default(),
        feature_set: record.feature_set,
        accounts: org.members_len(),
        units: org.units_len(),
        open_invitations: org.handshakes().open_invitations(now),
        requests: requests(org, now),
    })
}

/// The place of an invitation among all that are open: its timer's.
struct Expiry(Timer);

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Timer { due, owner, action } = &self.0;
        write!(f, "{}-{owner}-{action}", due.0)
    }
}

impl FromStr for Expiry {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (due, rest) = text.split_once('-').ok_or(BadId("place"))?;
        let (owner, action) = rest.split_once("-expire/").ok_or(BadId("place"))?;
        let due = Timestamp(due.parse().map_err(|_| BadId("place"))?);
        Ok(Self(Timer { due, owner: owner.parse()?, action: TimerAction::Expire(action.parse()?) }))
    }
}

/// Open invitations of all organizations. What else expires stands with its organization.
async fn invitations(app: &App, after: Option<Expiry>) -> Result<Paged<InvitationRow>, Failure> {
    let later = after.is_some();
    let found = app.expiries(after.map(|place| place.0), ROWS).await;
    let (mut timers, more) = found.map_err(|e| app.failure(e))?;
    let mut rows = Vec::new();
    for timer in &timers {
        let (Owner::Org(org), TimerAction::Expire(id)) = (&timer.owner, timer.action) else { continue };
        let row = app.look(|cx, view| {
            let Some((aggregate, _)) = view.org(*org)? else { return Ok(None) };
            Ok(aggregate
                .handshake(&id)
                .filter(|h| h.state(cx.now) == HandshakeState::Open)
                .and_then(invitation))
        });
        rows.extend(row.await?.map(|row| InvitationRow { organization: org.to_string(), ..row }));
    }
    let next =
        timers.pop().filter(|_| more).map(|last| format!("/?invitations={}#invitations", Expiry(last)));
    Ok(Paged { rows, next, later })
}

fn invitation(h: &Handshake) -> Option<InvitationRow> {
    let target = h.target.as_ref().filter(|_| h.action == ActionType::Invite)?.to_string();
    Some(InvitationRow { id: h.id.to_string(), target, organization: String::new(), expires: h.expires })
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
    let offers = org.transfers().active(now).filter(|t| t.status(now) == TransferStatus::Requested);
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

async fn mails(app: &App, after: Option<String>) -> Result<Paged<MailRow>, Failure> {
    let later = after.is_some();
    let page = app.latest_mails(after, ROWS, move |mails, more, base_url| {
        let rows = mails.iter().map(|m| MailRow {
            id: m.id.clone(),
            made: m.made,
            to: m.mail.to.to_string(),
            subject: render(m, base_url).subject,
            state: m.state.name().to_owned(),
        });
        let next = mails.last().filter(|_| more).map(|last| format!("/?mails={}#mail", last.id));
        Paged { rows: rows.collect(), next, later }
    });
    page.await.map_err(|e| app.failure(e))
}
