//! `/organizations/<id>/targets/<id>`: what is attached to a root, unit or account, and what it gets. Reads one path of
//! the tree, however large the organization is.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use guildhall_core::kernel::ids::{PolicyId, TargetId};
use guildhall_core::kernel::time::Timestamp;
use guildhall_core::services::organizations::rules::policy::{self as rules, Changed};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::state::policy::PolicyType;
use guildhall_policy::management::{Effective, Leaf, LeafValue, Source, ValidationError};
use serde::Deserialize;
use serde_json::json;

use super::check::{Sent, for_people};
use super::decision::Question;
use super::links::{NodeKind, NodeLink, PolicyLink, link, link_of, managed_link, node, node_of};
use crate::App;
use crate::console::headers::headers;
use crate::console::page::{Listed, Notice, Page, ROWS, Site, finish, listed, respond, status};
use crate::console::{assets, words};
use crate::control::bad;

/// `/organizations/<id>/targets/<id>`: what a root, unit or account has and gets.
#[derive(Clone, Debug)]
pub(crate) struct TargetPage {
    /// The site.
    pub(crate) site: Site,
    /// The organization.
    pub(crate) organization: String,
    /// From the root down to it.
    pub(crate) path: Vec<NodeLink>,
    /// What it is.
    pub(crate) node: NodeLink,
    /// What is attached to it itself.
    pub(crate) attached: Listed<PolicyLink>,
    /// What can be attached: policies of enabled types, by type.
    pub(crate) choices: Vec<Choices>,
    /// What it gets of each enabled type that merges.
    pub(crate) effective: Vec<EffectivePolicy>,
    /// The service and resource control policies on the way to it.
    pub(crate) levels: Vec<Levels>,
    /// For an account: a call to ask about.
    pub(crate) question: Option<Question>,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

/// Policies of one type that can be attached.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// The type.
    pub(crate) kind: String,
    /// The policies.
    pub(crate) policies: Listed<PolicyLink>,
}

/// An effective policy with who set what.
#[derive(Clone, Debug)]
pub(crate) struct EffectivePolicy {
    /// The type.
    pub(crate) kind: String,
    /// The document for people; empty if it is too long to be shown.
    pub(crate) document: String,
    /// When something last changed it; none for roots and units.
    pub(crate) updated: Option<Timestamp>,
    /// Every setting.
    pub(crate) leaves: Listed<LeafRow>,
    /// What keeps the merge from taking effect.
    pub(crate) errors: Listed<ErrorRow>,
}

/// A setting of an effective policy.
#[derive(Clone, Debug)]
pub(crate) struct LeafRow {
    /// The names that lead to it.
    pub(crate) path: String,
    /// Its values.
    pub(crate) values: Listed<ValueRow>,
    /// Who made it what it is, in their order. Nobody: the type's default.
    pub(crate) set_by: Vec<SourceRow>,
}

/// A value of a setting.
#[derive(Clone, Debug)]
pub(crate) struct ValueRow {
    /// The value.
    pub(crate) text: String,
    /// Who brought it into a list that more than one policy made.
    pub(crate) by: Option<String>,
}

/// Who said something.
#[derive(Clone, Debug)]
pub(crate) struct SourceRow {
    /// The policy.
    pub(crate) policy: PolicyLink,
    /// Where it is attached.
    pub(crate) node: NodeLink,
}

/// What is wrong with a merge (policies.md 5.2).
#[derive(Clone, Debug)]
pub(crate) struct ErrorRow {
    /// AWS's code.
    pub(crate) code: String,
    /// Where.
    pub(crate) path: String,
    /// What.
    pub(crate) message: String,
    /// Whose.
    pub(crate) policies: Vec<PolicyLink>,
}

/// The policies of one type at each node from the root down.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// The type.
    pub(crate) kind: String,
    /// It is enabled.
    pub(crate) enabled: bool,
    /// They do not restrict this account, because it is the management account.
    pub(crate) exempt: bool,
    /// The nodes.
    pub(crate) nodes: Vec<(NodeLink, Vec<PolicyLink>)>,
}

#[derive(Template)]
#[template(path = "console/target.html")]
struct TargetTemplate<'a> {
    site: &'a Site,
    page: &'a TargetPage,
}

impl TargetTemplate<'_> {
    /// The nodes above it.
    fn above(&self) -> &[NodeLink] {
        self.page.path.split_last().map_or(&[], |(_, above)| above)
    }

    fn is_account(&self) -> bool {
        matches!(self.page.node.kind, NodeKind::Account | NodeKind::Management)
    }
}

/// `/organizations/<id>/targets/<id>`.
pub(crate) fn render_target(page: &TargetPage) -> String {
    finish(&TargetTemplate { site: &page.site, page })
}

/// Settings of one effective policy that are shown at most.
const LEAVES: usize = 500;
/// Characters of an effective policy that are shown at most. AWS has tag policies of 395,000.
const CHARACTERS: usize = 100_000;

/// The fields of the forms.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    action: Option<String>,
    policy: Option<String>,
}

/// The node.
pub(super) async fn show(State(app): State<Arc<App>>, Path((id, target)): Path<(String, String)>) -> Page {
    page(&app, (&id, &target), None).await
}

/// Attaches or detaches a policy.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path((id, target)): Path<(String, String)>,
    sent: Sent<Fields>,
) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let policy = fields.policy.unwrap_or_default();
    let (operation, done) = match fields.action.as_deref() {
        Some("attach") => ("AttachPolicy", "attached"),
        Some("detach") => ("DetachPolicy", "detached"),
        _ => return Err(app.failure(bad("The form says neither to attach nor to detach a policy."))),
    };
    let input = json!({ "PolicyId": policy, "TargetId": target });
    let notice = match app.manage(&id, operation, &input).await? {
        Ok(_) => Notice::Done(format!("Policy {policy} is {done}.")),
        Err(refused) => refused,
    };
    page(&app, (&id, &target), Some(notice)).await
}

async fn page(app: &App, (id, target): (&str, &str), notice: Option<Notice>) -> Page {
    let found = app.look_at(id, "root, unit or account in this organization", |_, org, record| {
        let target = target.parse().ok().filter(|target| org.has_target(target))?;
        Some(model(app, (org, record), &target))
    });
    let mut page = found.await?;
    page.notice = notice;
    Ok(respond(status(page.notice.as_ref()), headers(), render_target(&page)))
}

fn model(app: &App, own: (&Org, &OrgRecord), target: &TargetId) -> TargetPage {
    let (org, record) = own;
    let path = org.path(record, target);
    let enabled = || record.policy_types.keys().copied();
    let attached = enabled().flat_map(|r#type| attached(own, target, r#type));
    let choices = enabled().filter_map(|r#type| {
        let policies = choices(own, target, r#type);
        let choices = Choices { kind: r#type.wire().to_owned(), policies };
        Some(choices).filter(|choices| !choices.policies.rows.is_empty())
    });
    let node_here = node(own, target);
    let management = node_here.kind == NodeKind::Management;
    let levels = [PolicyType::ServiceControl, PolicyType::ResourceControl].map(|r#type| Levels {
        kind: r#type.wire().to_owned(),
        enabled: record.policy_types.contains_key(&r#type),
        exempt: management,
        nodes: path.iter().map(|at| (node(own, at), attached_at(own, at, r#type))).collect(),
    });
    let account = matches!(target, TargetId::Account(_));
    TargetPage {
        site: app.site(),
        organization: record.id.to_string(),
        path: path.iter().map(|target| node(own, target)).collect(),
        node: node_here,
        attached: listed(attached),
        choices: choices.collect(),
        effective: enabled().filter_map(|r#type| effective(own, &path, target, r#type)).collect(),
        levels: levels.into(),
        question: account.then(Question::default),
        notice: None,
    }
}

/// The policies of a type that are attached to a node itself, that of AWS first.
fn attached<'a>(
    (org, record): (&'a Org, &'a OrgRecord),
    target: &'a TargetId,
    r#type: PolicyType,
) -> impl Iterator<Item = PolicyLink> + 'a {
    let managed = r#type.managed().filter(|_| record.policy_types.contains_key(&r#type));
    let managed = managed.filter(|_| !org.is_withheld(target, r#type)).map(managed_link);
    managed.into_iter().chain(org.policies().attached(target, r#type).map(|policy| link(policy)))
}

fn attached_at(own: (&Org, &OrgRecord), target: &TargetId, r#type: PolicyType) -> Vec<PolicyLink> {
    attached(own, target, r#type).take(ROWS).collect()
}

/// The policies of a type that are not attached to a node.
fn choices((org, record): (&Org, &OrgRecord), target: &TargetId, r#type: PolicyType) -> Listed<PolicyLink> {
    let is_free = |id: &PolicyId| !rules::is_attached(org, record, target, id);
    let managed = r#type.managed().filter(|managed| managed.policy_id().is_some_and(|id| is_free(&id)));
    let written = org.policies().of_type(r#type, None).filter(|policy| is_free(&policy.record.id));
    listed(managed.map(managed_link).into_iter().chain(written.map(|policy| link(policy))))
}

/// What a node gets of a type that merges.
fn effective(
    own: (&Org, &OrgRecord),
    path: &[TargetId],
    target: &TargetId,
    r#type: PolicyType,
) -> Option<EffectivePolicy> {
    let (org, record) = own;
    let kind = r#type.effective()?;
    let merged: Arc<Effective> = rules::merged(org, path, kind, &Changed::default());
    let document = rules::effective(org, record, target, r#type, kind);
    let document = if document.len() > CHARACTERS { String::new() } else { for_people(&document, u32::MAX) };
    let updated = match target {
        TargetId::Account(account) => rules::updated(org, record, *account, r#type),
        TargetId::Root(_) | TargetId::Unit(_) => None,
    };
    let mut leaves: Vec<LeafRow> = merged.leaves.iter().take(LEAVES + 1).map(|l| leaf(own, l)).collect();
    let more = leaves.len() > LEAVES;
    leaves.truncate(LEAVES);
    Some(EffectivePolicy {
        kind: r#type.wire().to_owned(),
        document,
        updated,
        leaves: Listed { rows: leaves, more },
        errors: listed(merged.errors.iter().map(|error| error_row(org, error))),
    })
}

fn leaf(own: (&Org, &OrgRecord), leaf: &Leaf) -> LeafRow {
    let source = |source: &Source| SourceRow {
        policy: link_of(own.0, &source.policy),
        node: node_of(own, &source.node),
    };
    let several = leaf.set_by.len() > 1;
    let values = match &leaf.value {
        LeafValue::One(text) => listed([ValueRow { text: text.to_string(), by: None }]),
        LeafValue::List(values) => listed(values.iter().map(|(text, by)| ValueRow {
            text: text.to_string(),
            by: by.as_ref().filter(|_| several).map(|by| link_of(own.0, &by.policy).name),
        })),
    };
    LeafRow { path: leaf.to_string(), values, set_by: leaf.set_by.iter().take(ROWS).map(source).collect() }
}

fn error_row(org: &Org, error: &ValidationError) -> ErrorRow {
    ErrorRow {
        code: error.code.name().to_owned(),
        path: error.path.clone(),
        message: error.message.clone(),
        policies: error.policies.iter().take(ROWS).map(|id| link_of(org, id)).collect(),
    }
}
