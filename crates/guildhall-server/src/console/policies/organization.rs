//! `/organizations/<id>`: what an organization is, its policies and policy types, and its tree; and what every page
//! about an organization needs.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use guildhall_core::Cx;
use guildhall_core::kernel::ids::{AccountId, OrgId, ParentId, PolicyId, TargetId, UnitId};
use guildhall_core::kernel::wire_enum::WireEnum;
use guildhall_core::services::organizations;
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::state::policy::{Managed, Policy, PolicyType};
use guildhall_engine::Fault;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::page::{Failure, Page, ROWS, refused, respond};
use super::check::Sent;
use crate::console::policies::{
    NodeKind, NodeLink, OrganizationPage, PolicyLink, TypeRow, render_organization,
};
use crate::console::{self, Listed, Notice};
use crate::control::{bad, missing};
use crate::{App, api};

/// What of an organization is listed.
#[derive(Default, Deserialize)]
pub(super) struct Shown {
    /// The node whose children are; the root otherwise.
    parent: Option<String>,
    /// The last child that was shown.
    after: Option<String>,
    /// The type whose policies are; all otherwise.
    r#type: Option<String>,
    /// The last policy that was shown.
    from: Option<String>,
}

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    action: Option<String>,
    r#type: Option<String>,
}

/// The organization.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> Page {
    page(&app, &id, shown, None).await
}

/// Enables or disables a policy type.
pub(super) async fn change(State(app): State<Arc<App>>, Path(id): Path<String>, sent: Sent<Fields>) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let (operation, done) = match fields.action.as_deref() {
        Some("enable") => ("EnablePolicyType", "enabled"),
        Some("disable") => ("DisablePolicyType", "disabled: its policies are detached"),
        _ => return Err(app.failure(bad("The form says neither to enable nor to disable a type."))),
    };
    let r#type = fields.r#type.unwrap_or_default();
    let root = app.look_at(&id, "organization", |_, _, record| Some(record.root.to_string())).await?;
    let input = json!({ "RootId": root, "PolicyType": r#type });
    let notice = match app.manage(&id, operation, &input).await? {
        Ok(_) => Notice::Done(format!("{type} is {done}.")),
        Err(refused) => refused,
    };
    page(&app, &id, Shown::default(), Some(notice)).await
}

/// The page after a form that was sent.
pub(super) async fn with_notice(app: &App, id: &str, notice: Notice) -> Page {
    page(app, id, Shown::default(), Some(notice)).await
}

async fn page(app: &App, id: &str, shown: Shown, notice: Option<Notice>) -> Page {
    let what = "part of this organization";
    let mut page = app.look_at(id, what, |_, org, record| model(app, (org, record), &shown)).await?;
    page.notice = notice;
    Ok(respond(status(page.notice.as_ref()), console::headers(), render_organization(&page)))
}

/// The status of a page that tells what became of a form.
pub(super) fn status(notice: Option<&Notice>) -> StatusCode {
    match notice {
        Some(Notice::Refused { .. }) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    }
}

fn model(app: &App, own: (&Org, &OrgRecord), shown: &Shown) -> Option<OrganizationPage> {
    let (org, record) = own;
    let parent = match &shown.parent {
        Some(id) => id.parse().ok().filter(|parent| org.has_parent(parent))?,
        None => ParentId::Root(record.root),
    };
    let after = match &shown.after {
        Some(id) => Some(id.parse::<TargetId>().ok()?),
        None => None,
    };
    let chosen = match &shown.r#type {
        Some(name) => Some(PolicyType::from_wire(name)?),
        None => None,
    };
    let from = match &shown.from {
        Some(id) => Some(id.parse::<PolicyId>().ok()?),
        None => None,
    };
    let types = PolicyType::ALL.map(|r#type| TypeRow {
        name: r#type.wire().to_owned(),
        enabled: record.policy_types.contains_key(&r#type),
        policies: org.policies().count(r#type),
    });
    let policies = match chosen {
        Some(chosen) => listed(written(org, chosen, from)),
        None => listed(PolicyType::ALL.into_iter().flat_map(|r#type| written(org, r#type, None))),
    };
    let path = org.path(record, &parent.into());
    Some(OrganizationPage {
        site: app.site(),
        id: record.id.to_string(),
        management: node(own, &TargetId::Account(record.management)),
        feature_set: record.feature_set,
        accounts: org.members_len(),
        units: org.units_len(),
        types: types.into(),
        chosen: chosen.map(|r#type| r#type.wire().to_owned()),
        policies,
        path: path.iter().map(|target| node(own, target)).collect(),
        children: children(own, &parent, after),
        notice: None,
    })
}

/// The policies of a type: that of AWS, and those that were written, after `last`.
fn written(org: &Org, r#type: PolicyType, last: Option<PolicyId>) -> impl Iterator<Item = PolicyLink> {
    let managed = r#type.managed().filter(|_| last.is_none()).map(managed_link);
    managed.into_iter().chain(org.policies().of_type(r#type, last).map(|p| link(p)))
}

/// What stands below a node: units first.
fn children(own: (&Org, &OrgRecord), parent: &ParentId, after: Option<TargetId>) -> Listed<NodeLink> {
    let (org, _) = own;
    let (last_unit, last_account): (Option<UnitId>, Option<AccountId>) = match after {
        Some(TargetId::Unit(id)) => (Some(id), None),
        Some(TargetId::Account(id)) => (None, Some(id)),
        Some(TargetId::Root(_)) | None => (None, None),
    };
    let no_units = last_account.is_some();
    let units = org.units_below(parent, last_unit).filter(|_| !no_units).map(|unit| TargetId::Unit(unit.id));
    let accounts = org.accounts_below(parent, last_account).map(TargetId::Account);
    listed(units.chain(accounts).map(|target| node(own, &target)))
}

/// The first rows of many.
pub(super) fn listed<T>(rows: impl IntoIterator<Item = T>) -> Listed<T> {
    let mut rows: Vec<T> = rows.into_iter().take(ROWS + 1).collect();
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    Listed { rows, more }
}

/// A policy that was written, as pages name it.
pub(super) fn link(policy: &Policy) -> PolicyLink {
    let record = &policy.record;
    PolicyLink {
        id: record.id.to_string(),
        name: record.name.to_string(),
        kind: record.r#type.wire().to_owned(),
        managed: false,
    }
}

/// A policy of AWS, as pages name it.
pub(super) fn managed_link(managed: &Managed) -> PolicyLink {
    PolicyLink {
        id: managed.id.to_owned(),
        name: managed.name.to_owned(),
        kind: managed.r#type.wire().to_owned(),
        managed: true,
    }
}

/// The policy with an id, as pages name it; one that is gone has its id for a name.
pub(super) fn link_of(org: &Org, id: &str) -> PolicyLink {
    let nameless =
        || PolicyLink { id: id.to_owned(), name: id.to_owned(), kind: String::new(), managed: false };
    let Ok(policy) = id.parse::<PolicyId>() else { return nameless() };
    match Managed::find(&policy) {
        Some(managed) => managed_link(managed),
        None => org.policies().get(&policy).map_or_else(nameless, |policy| link(policy)),
    }
}

/// A root, unit or account, as pages name it.
pub(super) fn node((org, record): (&Org, &OrgRecord), target: &TargetId) -> NodeLink {
    let (name, kind) = match target {
        TargetId::Root(_) => ("Root", NodeKind::Root),
        TargetId::Unit(id) => (org.unit(id).map_or("", |unit| &*unit.name), NodeKind::Unit),
        TargetId::Account(id) => {
            let name = org.member(*id).map_or("", |member| &*member.name);
            let manages = *id == record.management;
            (name, if manages { NodeKind::Management } else { NodeKind::Account })
        }
    };
    NodeLink { id: target.to_string(), name: name.to_owned(), kind }
}

/// The node with an id, as pages name it.
pub(super) fn node_of(own: (&Org, &OrgRecord), id: &str) -> NodeLink {
    let nameless = || NodeLink { id: id.to_owned(), name: id.to_owned(), kind: NodeKind::Unit };
    id.parse().map_or_else(|_| nameless(), |target| node(own, &target))
}

impl App {
    /// Looks at an organization. What is not there, or is gone, is not found; `what` is what is not there if nothing
    /// comes back.
    pub(super) async fn look_at<T>(
        &self,
        id: &str,
        what: &str,
        f: impl Fn(&Cx<'_>, &Org, &OrgRecord) -> Option<T>,
    ) -> Result<T, Failure> {
        self.in_lab()?;
        let unknown = || self.failure(missing("organization"));
        let id: OrgId = id.parse().map_err(|_| unknown())?;
        let found = self.look(|cx, view| {
            let there = view.org(id)?.filter(|(_, record)| record.deleted.is_none());
            Ok(there.map(|(org, record)| f(cx, org, record)))
        });
        found.await?.ok_or_else(unknown)?.ok_or_else(|| self.failure(missing(what)))
    }

    /// Runs an operation as the management account of an organization. Inside: its answer, or its refusal.
    pub(super) async fn manage(
        &self,
        id: &str,
        operation: &str,
        input: &Value,
    ) -> Result<Result<Value, Notice>, Failure> {
        let management = self.look_at(id, "organization", |_, _, record| Some(record.management)).await?;
        match api::call(self, management, operation, input).await {
            Ok(reply) => Ok(Ok(serde_json::from_slice(&reply).unwrap_or_default())),
            Err(Fault::Refused(refusal)) => Ok(Err(refused(organizations::errors::tell(&refusal)))),
            Err(fault) => Err(self.failure(fault)),
        }
    }
}
