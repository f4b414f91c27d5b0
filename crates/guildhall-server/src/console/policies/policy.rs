//! `/organizations/<id>/policies/new` and `/organizations/<id>/policies/<policy id>`: where a policy is written, changed,
//! attached, detached and deleted.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use guildhall_core::Cx;
use guildhall_core::kernel::wire_enum::WireEnum;
use guildhall_core::services::organizations::policies::{self, PolicyRef};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::state::policy::{PolicyType, Summary};
use serde::Deserialize;
use serde_json::json;

use super::check::{Draft, Sent, Verdict, for_people, refused, text, verdict_for};
use super::links::{NodeLink, PolicyLink, link, managed_link, node};
use super::organization;
use crate::App;
use crate::console::headers::headers;
use crate::console::page::{Failure, Listed, Notice, Page, Site, finish, listed, respond, status};
use crate::console::{assets, words};
use crate::control::bad;

/// `/organizations/<id>/policies/new`: where a policy is written.
#[derive(Clone, Debug)]
pub(crate) struct NewPolicyPage {
    /// The site.
    pub(crate) site: Site,
    /// The organization.
    pub(crate) organization: String,
    /// What was written.
    pub(crate) draft: Draft,
    /// What was found out about the document.
    pub(crate) verdict: Option<Verdict>,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

/// `/organizations/<id>/policies/<policy id>`: a policy and where it is attached.
#[derive(Clone, Debug)]
pub(crate) struct PolicyPage {
    /// The site.
    pub(crate) site: Site,
    /// The organization.
    pub(crate) organization: String,
    /// The policy.
    pub(crate) policy: PolicyLink,
    /// Its description.
    pub(crate) description: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its type is enabled.
    pub(crate) enabled: bool,
    /// What stands in the form: the policy as it is, or what was written.
    pub(crate) draft: Draft,
    /// What was found out about the document.
    pub(crate) verdict: Option<Verdict>,
    /// What it is attached to.
    pub(crate) targets: Listed<NodeLink>,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

#[derive(Template)]
#[template(path = "console/policy_new.html")]
struct NewPolicyTemplate<'a> {
    site: &'a Site,
    page: &'a NewPolicyPage,
}

/// `/organizations/<id>/policies/new`.
pub(crate) fn render_new_policy(page: &NewPolicyPage) -> String {
    finish(&NewPolicyTemplate { site: &page.site, page })
}

#[derive(Template)]
#[template(path = "console/policy.html")]
struct PolicyTemplate<'a> {
    site: &'a Site,
    page: &'a PolicyPage,
}

/// `/organizations/<id>/policies/<policy id>`.
pub(crate) fn render_policy(page: &PolicyPage) -> String {
    finish(&PolicyTemplate { site: &page.site, page })
}

/// What a new policy is to be.
#[derive(Deserialize)]
pub(super) struct Wanted {
    r#type: Option<String>,
}

/// The fields of the forms.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    action: Option<String>,
    r#type: Option<String>,
    name: Option<String>,
    description: Option<String>,
    content: Option<String>,
    target: Option<String>,
}

impl Fields {
    fn draft(&self) -> Draft {
        Draft {
            kind: text(self.r#type.as_deref()),
            name: text(self.name.as_deref()),
            description: text(self.description.as_deref()),
            content: text(self.content.as_deref()),
        }
    }
}

/// An empty form.
pub(super) async fn blank(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let wanted =
        wanted.r#type.as_deref().and_then(PolicyType::from_wire).unwrap_or(PolicyType::ServiceControl);
    let draft = Draft { kind: wanted.wire().to_owned(), ..Draft::default() };
    new_page(&app, &id, draft, None, None).await
}

/// Checks what was written, or creates it.
pub(super) async fn write(State(app): State<Arc<App>>, Path(id): Path<String>, sent: Sent<Fields>) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let draft = fields.draft();
    let Some(r#type) = PolicyType::from_wire(&draft.kind) else {
        let notice = refused("There is no such type of policy");
        return new_page(&app, &id, Draft::default(), None, Some(notice)).await;
    };
    let judge = |cx: &Cx<'_>, _: &Org, record: &OrgRecord| {
        Some(verdict_for(&draft.content, r#type, &cx.settings.limits.of(record)))
    };
    let verdict = app.look_at(&id, "organization", judge).await?;
    match fields.action.as_deref() {
        Some("check") => new_page(&app, &id, draft, Some(verdict), None).await,
        Some("create") => {
            let input = json!({
                "Name": draft.name, "Description": draft.description, "Type": draft.kind, "Content": draft.content,
            });
            match app.manage(&id, "CreatePolicy", &input).await? {
                Ok(made) => {
                    let made = made.pointer("/Policy/PolicySummary/Id").and_then(|id| id.as_str());
                    let notice =
                        Notice::Done("The policy is created. It is attached to nothing yet.".to_owned());
                    page(&app, (&id, made.unwrap_or_default()), None, None, Some(notice)).await
                }
                Err(refused) => new_page(&app, &id, draft, only_wrong(verdict), Some(refused)).await,
            }
        }
        _ => Err(app.failure(bad("The form says neither to check nor to create."))),
    }
}

async fn new_page(
    app: &App,
    id: &str,
    draft: Draft,
    verdict: Option<Verdict>,
    notice: Option<Notice>,
) -> Page {
    let organization = app.look_at(id, "organization", |_, _, record| Some(record.id.to_string())).await?;
    let status = status(notice.as_ref());
    let page = NewPolicyPage { site: app.site(), organization, draft, verdict, notice };
    Ok(respond(status, headers(), render_new_policy(&page)))
}

/// Beside a refusal, what is wrong with the document; that nothing is would only puzzle.
fn only_wrong(verdict: Verdict) -> Option<Verdict> {
    Some(verdict).filter(|verdict| matches!(verdict, Verdict::Wrong { .. }))
}

/// The policy.
pub(super) async fn show(State(app): State<Arc<App>>, Path((id, policy)): Path<(String, String)>) -> Page {
    page(&app, (&id, &policy), None, None, None).await
}

/// Checks, saves, attaches, detaches or deletes.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path((id, policy)): Path<(String, String)>,
    sent: Sent<Fields>,
) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let own = (id.as_str(), policy.as_str());
    let target = fields.target.as_deref().unwrap_or_default().trim();
    let at = json!({ "PolicyId": policy, "TargetId": target });
    let (done, ran) = match fields.action.as_deref() {
        Some("check") => {
            let draft = fields.draft();
            let verdict = judge(&app, own, &draft.content).await?;
            return page(&app, own, Some(draft), Some(verdict), None).await;
        }
        Some("save") => return save(&app, own, fields.draft()).await,
        Some("attach") => {
            (format!("It is attached to {target}."), app.manage(&id, "AttachPolicy", &at).await?)
        }
        Some("detach") => {
            (format!("It is detached from {target}."), app.manage(&id, "DetachPolicy", &at).await?)
        }
        Some("delete") => match app.manage(&id, "DeletePolicy", &json!({ "PolicyId": policy })).await? {
            Ok(_) => {
                let notice = Notice::Done(format!("Policy {policy} is deleted."));
                return organization::with_notice(&app, &id, notice).await;
            }
            refused => (String::new(), refused),
        },
        _ => return Err(app.failure(bad("The form says nothing that could be done with a policy."))),
    };
    let notice = match ran {
        Ok(_) => Notice::Done(done),
        Err(refused) => refused,
    };
    page(&app, own, None, None, Some(notice)).await
}

/// Saves what was written. A document that stands as it was shown is left alone: it may have been indented for people.
async fn save(app: &App, own: (&str, &str), draft: Draft) -> Page {
    let shown = app.look_at(own.0, "policy", |cx, org, record| shown(cx, org, record, own.1)).await?;
    let mut input = json!({ "PolicyId": own.1, "Name": draft.name, "Description": draft.description });
    if let Some(members) = input.as_object_mut().filter(|_| draft.content != shown) {
        members.insert("Content".to_owned(), draft.content.as_str().into());
    }
    match app.manage(own.0, "UpdatePolicy", &input).await? {
        Ok(_) => {
            let notice = Notice::Done("The policy is saved.".to_owned());
            page(app, own, None, None, Some(notice)).await
        }
        Err(refused) => {
            let verdict = judge(app, own, &draft.content).await?;
            page(app, own, Some(draft), only_wrong(verdict), Some(refused)).await
        }
    }
}

/// What a document would be worth in place of a policy's.
async fn judge(app: &App, own: (&str, &str), content: &str) -> Result<Verdict, Failure> {
    let judge = |cx: &Cx<'_>, org: &Org, record: &OrgRecord| {
        let r#type = find(org, own.1)?.r#type();
        Some(verdict_for(content, r#type, &cx.settings.limits.of(record)))
    };
    app.look_at(own.0, "policy", judge).await
}

fn find<'a>(org: &'a Org, id: &str) -> Option<PolicyRef<'a>> {
    policies::find(org, &id.parse().ok()?).ok()
}

/// The document as the page shows it.
fn shown(cx: &Cx<'_>, org: &Org, record: &OrgRecord, id: &str) -> Option<String> {
    Some(match find(org, id)? {
        PolicyRef::Managed(managed) => managed.content.to_owned(),
        PolicyRef::Own(policy) => {
            let characters = cx.settings.limits.of(record).policy_characters(policy.record.r#type);
            for_people(&policy.record.content, characters)
        }
    })
}

async fn page(
    app: &App,
    own: (&str, &str),
    draft: Option<Draft>,
    verdict: Option<Verdict>,
    notice: Option<Notice>,
) -> Page {
    let model = |cx: &Cx<'_>, org: &Org, record: &OrgRecord| model(app, cx, (org, record), own.1);
    let mut page = app.look_at(own.0, "policy", model).await?;
    if let Some(draft) = draft {
        page.draft = draft;
    }
    (page.verdict, page.notice) = (verdict, notice);
    Ok(respond(status(page.notice.as_ref()), headers(), render_policy(&page)))
}

fn model(app: &App, cx: &Cx<'_>, own: (&Org, &OrgRecord), id: &str) -> Option<PolicyPage> {
    let (org, record) = own;
    let found = find(org, id)?;
    let r#type = found.r#type();
    let (policy, description, arn, targets) = match &found {
        PolicyRef::Managed(managed) => {
            let arn = Summary::managed(record, managed).arn();
            (managed_link(managed), managed.description.to_owned(), arn, Listed::default())
        }
        PolicyRef::Own(policy) => {
            let targets = org.policies().targets(&policy.record.id, None);
            let arn = Summary::of(record, &policy.record).arn();
            let targets = listed(targets.map(|target| node(own, &target)));
            (link(policy), policy.record.description.to_string(), arn, targets)
        }
    };
    let draft = Draft {
        kind: r#type.wire().to_owned(),
        name: policy.name.clone(),
        description: description.clone(),
        content: shown(cx, org, record, id)?,
    };
    Some(PolicyPage {
        site: app.site(),
        organization: record.id.to_string(),
        policy,
        description,
        arn,
        enabled: record.policy_types.contains_key(&r#type),
        draft,
        verdict: None,
        targets,
        notice: None,
    })
}
