//! `/organizations/<id>`: what an organization is, its policies and policy types, and its tree; and what every page
//! about an organization needs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use guildhall_core::Cx;
use guildhall_core::kernel::ids::{AccountId, OrgId, ParentId, PolicyId, TargetId, UnitId};
use guildhall_core::kernel::wire_enum::WireEnum;
use guildhall_core::services::organizations;
use guildhall_core::state::org::{FeatureSet, Org, OrgRecord};
use guildhall_core::state::policy::PolicyType;
use guildhall_engine::EngineError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check::Sent;
use super::links::{NodeKind, NodeLink, PolicyLink, link, managed_link, node};
use crate::console::headers::headers;
use crate::console::page::{Failure, Listed, Notice, Page, Site, finish, listed, respond, status};
use crate::console::{assets, words};
use crate::control::{bad, missing};
use crate::{App, api};

/// `/organizations/<id>`: what an organization is, its policies, and its tree.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationPage {
    /// The site.
    pub(crate) site: Site,
    /// Its id.
    pub(crate) id: String,
    /// Its management account.
    pub(crate) management: NodeLink,
    /// What it can do.
    pub(crate) feature_set: FeatureSet,
    /// How many accounts are in it.
    pub(crate) accounts: usize,
    /// How many organizational units it has.
    pub(crate) units: usize,
    /// Every policy type.
    pub(crate) types: Vec<TypeRow>,
    /// The type whose policies are listed; none: all.
    pub(crate) chosen: Option<String>,
    /// The policies.
    pub(crate) policies: Listed<PolicyLink>,
    /// From the root down to the node whose children are listed.
    pub(crate) path: Vec<NodeLink>,
    /// Its children, units first.
    pub(crate) children: Listed<NodeLink>,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

/// A policy type in an organization.
#[derive(Clone, Debug)]
pub(crate) struct TypeRow {
    /// Its name.
    pub(crate) name: String,
    /// It is enabled.
    pub(crate) enabled: bool,
    /// How many policies of it were written.
    pub(crate) policies: usize,
}

#[derive(Template)]
#[template(path = "console/organization.html")]
struct OrganizationTemplate<'a> {
    site: &'a Site,
    page: &'a OrganizationPage,
}

impl OrganizationTemplate<'_> {
    /// Whether policies can be enabled and attached.
    fn governs(&self) -> bool {
        self.page.feature_set == FeatureSet::All
    }

    fn last_policy(&self) -> &str {
        self.page.policies.rows.last().map_or("", |policy: &PolicyLink| &policy.id)
    }

    fn parent(&self) -> &str {
        self.page.path.last().map_or("", |node: &NodeLink| &node.id)
    }

    fn last_child(&self) -> &str {
        self.page.children.rows.last().map_or("", |node: &NodeLink| &node.id)
    }
}

/// `/organizations/<id>`.
pub(crate) fn render_organization(page: &OrganizationPage) -> String {
    finish(&OrganizationTemplate { site: &page.site, page })
}

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
    Ok(respond(status(page.notice.as_ref()), headers(), render_organization(&page)))
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
            Err(EngineError::Refused(refusal)) => {
                Ok(Err(organizations::errors::error_answer(&refusal).into()))
            }
            Err(fault) => Err(self.failure(fault)),
        }
    }
}
