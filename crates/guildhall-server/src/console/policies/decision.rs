//! `/organizations/<id>/targets/<account id>/decision`: whether a call would be allowed, and why (policies.md 3).

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use guildhall_core::Cx;
use guildhall_core::kernel::ids::{AccountId, TargetId};
use guildhall_core::lint::Mistake;
use guildhall_core::rules::simulation::{self, Simulated};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_policy::iam::{
    Applied, Because, Decision, Document, DocumentKind, Given, Outcome, Principal, Reason, check_length,
};
use serde::Deserialize;

use super::check::{Sent, Verdict, refused, text, wrong};
use super::links::{NodeLink, PolicyLink, link_of, node, node_of};
use crate::App;
use crate::console::headers::headers;
use crate::console::page::{Listed, Notice, Page, ROWS, Site, finish, listed, respond, status};
use crate::console::{assets, words};

/// `/organizations/<id>/targets/<account id>/decision`: whether a call would be allowed, and why.
#[derive(Clone, Debug)]
pub(crate) struct DecisionPage {
    /// The site.
    pub(crate) site: Site,
    /// The organization.
    pub(crate) organization: String,
    /// The account.
    pub(crate) node: NodeLink,
    /// From the root down to it.
    pub(crate) path: Vec<NodeLink>,
    /// The call.
    pub(crate) question: Question,
    /// What was decided.
    pub(crate) ruling: Option<Ruling>,
    /// What is wrong with the caller's or the resource's policy.
    pub(crate) verdict: Option<Verdict>,
    /// Why the question cannot be asked.
    pub(crate) notice: Option<Notice>,
}

/// A call that somebody asks about, as it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// The action.
    pub(crate) action: String,
    /// The resource's ARN.
    pub(crate) resource: String,
    /// Who calls.
    pub(crate) principal: String,
    /// Condition keys, one to a line.
    pub(crate) context: String,
    /// Keys of which nothing is said are unknown.
    pub(crate) partial: bool,
    /// The account that owns the resource.
    pub(crate) owner: String,
    /// The caller's identity policy.
    pub(crate) identity: String,
    /// The resource's policy.
    pub(crate) resource_policy: String,
}

/// A decision for people.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    /// The badge's colour, as the style sheet has it.
    pub(crate) tone: &'static str,
    /// The answer in a word or two.
    pub(crate) title: String,
    /// AWS's sentence for a denial.
    pub(crate) sentence: Option<String>,
    /// The condition keys that have to be told.
    pub(crate) needs: Vec<String>,
    /// The chain of reasons.
    pub(crate) reasons: Listed<ReasonRow>,
}

/// One link of the chain.
#[derive(Clone, Debug)]
pub(crate) struct ReasonRow {
    /// The badge's colour.
    pub(crate) tone: &'static str,
    /// What this link says, in a word.
    pub(crate) verb: &'static str,
    /// What was asked, as in `service control policy`.
    pub(crate) stage: String,
    /// The node, for service and resource control policies.
    pub(crate) node: Option<NodeLink>,
    /// More, where no statement says it.
    pub(crate) text: Option<String>,
    /// The statements.
    pub(crate) statements: Vec<StatementRow>,
}

/// A statement that was looked at.
#[derive(Clone, Debug)]
pub(crate) struct StatementRow {
    /// The policy, if it is one of the organization.
    pub(crate) policy: Option<PolicyLink>,
    /// How it is called otherwise.
    pub(crate) name: String,
    /// Which statement, and its Sid.
    pub(crate) statement: String,
    /// Its conditions, with what they were compared with.
    pub(crate) conditions: Vec<String>,
}

#[derive(Template)]
#[template(path = "console/decision.html")]
struct DecisionTemplate<'a> {
    site: &'a Site,
    page: &'a DecisionPage,
}

/// `/organizations/<id>/targets/<account id>/decision`.
pub(crate) fn render_decision(page: &DecisionPage) -> String {
    finish(&DecisionTemplate { site: &page.site, page })
}

/// Characters of an action, an ARN or a line of the context at most: AWS's for ARNs.
const LINE: usize = 2_048;
/// Lines of the context at most.
const KEYS: usize = 100;
/// Characters of an identity policy or a resource's policy at most: the most that a service of AWS takes (S3).
const DOCUMENT: usize = 20_480;
/// Conditions of one statement, and characters of each with what it was compared with, that are shown at most.
const CONDITIONS: usize = 50;
const CONDITION: usize = 1_000;
/// What is not there if an account is not.
const ACCOUNT: &str = "account in this organization";

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    call: Option<String>,
    resource: Option<String>,
    principal: Option<String>,
    context: Option<String>,
    partial: Option<String>,
    owner: Option<String>,
    identity: Option<String>,
    resource_policy: Option<String>,
}

/// Why a question cannot be asked.
enum Refused {
    /// A field is no good.
    Field(String),
    /// A document is none.
    Document(Box<Verdict>),
}

impl From<&str> for Refused {
    fn from(what: &str) -> Self {
        Self::Field(what.to_owned())
    }
}

/// An empty form.
pub(super) async fn blank(State(app): State<Arc<App>>, Path((id, account)): Path<(String, String)>) -> Page {
    page(&app, (&id, &account), Question::default(), false).await
}

/// Decides.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Path((id, account)): Path<(String, String)>,
    sent: Sent<Fields>,
) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let line = |field: Option<String>| field.unwrap_or_default().trim().to_owned();
    let question = Question {
        action: line(fields.call),
        resource: line(fields.resource),
        principal: line(fields.principal),
        context: text(fields.context.as_deref()),
        partial: fields.partial.is_some(),
        owner: line(fields.owner),
        identity: text(fields.identity.as_deref()),
        resource_policy: text(fields.resource_policy.as_deref()),
    };
    page(&app, (&id, &account), question, true).await
}

async fn page(app: &App, (id, account): (&str, &str), question: Question, asked: bool) -> Page {
    let model = |cx: &Cx<'_>, org: &Org, record: &OrgRecord| {
        let account: AccountId = account.parse().ok().filter(|id| org.member(*id).is_some())?;
        let own = (org, record);
        let target = TargetId::Account(account);
        let path = org.path(record, &target);
        let path: Vec<NodeLink> = path.iter().map(|target| node(own, target)).collect();
        let answer = asked.then(|| read(&question, account));
        let (ruling, verdict, notice) = match answer {
            None => (None, None, None),
            Some(Ok(call)) => {
                let ruling = |decision: &Decision<'_>| ruling(own, decision);
                (Some(simulation::decide(&call, own, cx.now, ruling)), None, None)
            }
            Some(Err(Refused::Field(what))) => (None, None, Some(refused(what))),
            Some(Err(Refused::Document(verdict))) => {
                let what = "A policy of the caller or the resource is not right.";
                (None, Some(*verdict), Some(refused(what)))
            }
        };
        Some(DecisionPage {
            site: app.site(),
            organization: record.id.to_string(),
            node: node(own, &target),
            path,
            question: question.clone(),
            ruling,
            verdict,
            notice,
        })
    };
    let page = app.look_at(id, ACCOUNT, model).await?;
    Ok(respond(status(page.notice.as_ref()), headers(), render_decision(&page)))
}

/// The call that was asked about.
fn read(question: &Question, account: AccountId) -> Result<Simulated, Refused> {
    let fields = [&question.action, &question.resource, &question.principal, &question.owner];
    if fields.iter().any(|field| field.chars().count() > LINE) {
        return Err(format!("A field has at most {LINE} characters.").as_str().into());
    }
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let action = question.action.split_once(':').filter(|(service, name)| word(service) && word(name));
    if action.is_none() {
        return Err("An action is a service's prefix, a colon and a name, such as s3:GetObject.".into());
    }
    let resource = match question.resource.as_str() {
        "" | "*" => None,
        arn if arn.starts_with("arn:") && arn.split(':').count() >= 6 => Some(arn.to_owned()),
        _ => return Err("A resource is an ARN, such as arn:aws:s3:::bucket/key, or nothing.".into()),
    };
    let named = resource.as_deref().and_then(|arn| arn.split(':').nth(4)?.parse().ok());
    let owner = match question.owner.as_str() {
        "" => named.unwrap_or(account),
        id => id.parse().map_err(|_| Refused::from("The resource's owner is an account id: 12 digits."))?,
    };
    let trust = question.action.to_ascii_lowercase().starts_with("sts:assumerole");
    let kind = if trust { DocumentKind::Trust } else { DocumentKind::Resource };
    Ok(Simulated {
        account,
        principal: principal(&question.principal, account)?,
        action: question.action.clone(),
        resource,
        owner,
        keys: keys(&question.context)?,
        partial: question.partial,
        identity: document(DocumentKind::Identity, &question.identity, "the caller's policy")?,
        on_resource: document(kind, &question.resource_policy, "the resource's policy")?,
    })
}

/// Who calls. Users and roles have to be the account's: whose policies restrict them is what is asked.
fn principal(text: &str, account: AccountId) -> Result<Principal, Refused> {
    let own = account.to_string();
    if text.is_empty() || text == "root" {
        return Ok(Principal::Root { account: own });
    }
    if text == "anonymous" {
        return Ok(Principal::Anonymous);
    }
    let service = text.strip_suffix(".amazonaws.com").or(text.strip_suffix(".amazonaws.com.cn"));
    if service.is_some_and(|name| !name.is_empty() && !name.contains(':')) {
        return Ok(Principal::Service { name: text.to_owned() });
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, "", whose, what] = *fields.as_slice() else {
        let what = "Who calls is the ARN of a user, role or session, a service such as backup.amazonaws.com, \
                    anonymous, or nothing for the root user.";
        return Err(what.into());
    };
    if whose != own {
        return Err(Refused::Field(format!(
            "Who calls has to be of account {own}; ask on its own account's page."
        )));
    }
    let arn = text.to_owned();
    match (service, what.split_once('/')) {
        ("iam", None) if what == "root" => Ok(Principal::Root { account: own }),
        ("iam", Some(("user", _))) => Ok(Principal::User { account: own, arn }),
        ("iam", Some(("role", path))) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            let session = format!("arn:{partition}:sts::{own}:assumed-role/{name}/session");
            let service_linked = path.starts_with("aws-service-role/");
            Ok(Principal::Role { account: own, role: arn, session, service_linked })
        }
        ("sts", Some(("assumed-role", rest))) => {
            let name = rest.split('/').next().unwrap_or(rest);
            let role = format!("arn:{partition}:iam::{own}:role/{name}");
            Ok(Principal::Role { account: own, role, session: arn, service_linked: false })
        }
        ("sts", Some(("federated-user", _))) => Ok(Principal::FederatedUser { account: own, arn }),
        _ => Err("This ARN is of no user, role or session.".into()),
    }
}

/// Condition keys: `key=value`; the same again for more values; `key` for an unknown value.
fn keys(context: &str) -> Result<Vec<(String, Given)>, Refused> {
    let lines: Vec<&str> = context.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > KEYS || lines.iter().any(|line| line.chars().count() > LINE) {
        return Err(format!("There are at most {KEYS} condition keys of {LINE} characters.").as_str().into());
    }
    let mut keys: BTreeMap<String, (String, Given)> = BTreeMap::new();
    for line in lines {
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value.trim().to_owned())),
            None => (line, None),
        };
        if !key.contains(':') {
            return Err("A condition key has a colon, as in aws:RequestedRegion=eu-west-1.".into());
        }
        let before = keys.remove(&key.to_ascii_lowercase()).map(|(_, given)| given);
        let given = match (before, value) {
            (_, None) => Given::Unknown,
            (Some(Given::One(first)), Some(value)) => Given::Many(vec![first, value]),
            (Some(Given::Many(mut values)), Some(value)) => {
                values.push(value);
                Given::Many(values)
            }
            (_, Some(value)) => Given::One(value),
        };
        keys.insert(key.to_ascii_lowercase(), (key.to_owned(), given));
    }
    Ok(keys.into_values().collect())
}

fn document(kind: DocumentKind, text: &str, name: &str) -> Result<Option<Document>, Refused> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = check_length(kind, text, DOCUMENT).and_then(|()| Document::parse(kind, text));
    read.map(Some).map_err(|e| Refused::Document(Box::new(wrong(text, name, Mistake::from(e)))))
}

/// A decision for people.
fn ruling(own: (&Org, &OrgRecord), decision: &Decision<'_>) -> Ruling {
    let (tone, title) = match decision.outcome {
        Outcome::Allow => ("good", "Allowed"),
        Outcome::ImplicitDeny => ("bad", "Denied: nothing allows it"),
        Outcome::ExplicitDeny => ("bad", "Denied by a statement"),
        Outcome::Undecided => ("wait", "Undecided"),
    };
    Ruling {
        tone,
        title: title.to_owned(),
        sentence: decision.sentence(),
        needs: decision.needs.iter().take(ROWS).map(|key| (*key).to_owned()).collect(),
        reasons: listed(decision.reasons.iter().map(|reason| reason_row(own, reason))),
    }
}

fn reason_row(own: (&Org, &OrgRecord), reason: &Reason<'_>) -> ReasonRow {
    let statement = |applied: &Applied<'_>| statement_row(own.0, applied);
    let (tone, verb, text, statements) = match &reason.because {
        Because::Allowed(applied) => ("good", "allows", None, vec![statement(applied)]),
        Because::Denied(applied) => ("bad", "denies", None, vec![statement(applied)]),
        Because::Open(applied) => ("wait", "may decide", None, vec![statement(applied)]),
        Because::NothingAllows(near) => {
            let text = if near.is_empty() {
                "No statement allows it."
            } else {
                "No statement allows it. But for their conditions, these would:"
            };
            ("bad", "does not allow", Some(text.to_owned()), near.iter().map(statement).collect())
        }
        Because::RootUser | Because::OwnerAllows => ("good", "allows", Some(reason.to_string()), Vec::new()),
        Because::Exempt(exemption) => ("quiet", "does not restrict", Some(exemption.to_string()), Vec::new()),
    };
    let node = reason.node.map(|id| node_of(own, id));
    ReasonRow { tone, verb, stage: reason.stage.name().to_owned(), node, text, statements }
}

fn statement_row(org: &Org, applied: &Applied<'_>) -> StatementRow {
    let id = applied.policy.rsplit('/').next().filter(|_| applied.policy.starts_with("arn:"));
    let sid = applied.sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    StatementRow {
        policy: id.map(|id| link_of(org, id)),
        name: applied.policy.to_owned(),
        statement: format!("statement {}{sid}", applied.statement),
        conditions: conditions(applied.conditions.iter().map(ToString::to_string)),
    }
}

/// The first conditions of a statement, each cut to what fits a page.
fn conditions(all: impl Iterator<Item = String>) -> Vec<String> {
    let cut = |text: String| {
        let short: String = text.chars().take(CONDITION).collect();
        if short.len() < text.len() { format!("{short}…") } else { text }
    };
    let mut shown: Vec<String> = all.take(CONDITIONS + 1).map(cut).collect();
    if let Some(last) = shown.get_mut(CONDITIONS) {
        *last = "and more".to_owned();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "222222222222";

    fn who(text: &str) -> Option<Principal> {
        principal(text, OWN.parse().unwrap()).ok()
    }

    #[test]
    fn who_calls() {
        let account = || OWN.to_owned();
        let role = |role: &str, session: &str, service_linked| Principal::Role {
            account: account(),
            role: role.to_owned(),
            session: session.to_owned(),
            service_linked,
        };
        let user = "arn:aws:iam::222222222222:user/path/ada";
        let dev = "arn:aws-cn:iam::222222222222:role/path/dev";
        let linked = "arn:aws:iam::222222222222:role/aws-service-role/backup.amazonaws.com/B";
        let session = "arn:aws:sts::222222222222:assumed-role/dev/ada";
        let federated = "arn:aws:sts::222222222222:federated-user/ada";
        for (text, wanted) in [
            ("", Principal::Root { account: account() }),
            ("root", Principal::Root { account: account() }),
            ("arn:aws:iam::222222222222:root", Principal::Root { account: account() }),
            ("anonymous", Principal::Anonymous),
            ("backup.amazonaws.com", Principal::Service { name: "backup.amazonaws.com".into() }),
            (user, Principal::User { account: account(), arn: user.into() }),
            (dev, role(dev, "arn:aws-cn:sts::222222222222:assumed-role/dev/session", false)),
            (linked, role(linked, "arn:aws:sts::222222222222:assumed-role/B/session", true)),
            (session, role("arn:aws:iam::222222222222:role/dev", session, false)),
            (federated, Principal::FederatedUser { account: account(), arn: federated.into() }),
        ] {
            assert_eq!(who(text), Some(wanted), "{text}");
        }
        for none in [
            "ada",
            ".amazonaws.com",
            "arn:aws:iam::222222222222",
            "arn:aws:iam::222222222222:group/x",
            "arn:aws:iam:eu-west-1:222222222222:user/x",
            "arn:aws:iam::333333333333:user/x",
            "arn:aws:s3:::bucket/x",
        ] {
            assert_eq!(who(none), None, "{none}");
        }
    }

    #[test]
    fn condition_keys() {
        let one = |value: &str| Given::One(value.to_owned());
        let read =
            keys("\n aws:A = x=y \r\naws:b=\n\naws:TagKeys=p\nAWS:tagkeys=q\naws:tagkeys=r\naws:u\n").ok();
        let wanted = [
            ("aws:A", one("x=y")),
            ("aws:b", one("")),
            ("aws:tagkeys", Given::Many(vec!["p".into(), "q".into(), "r".into()])),
            ("aws:u", Given::Unknown),
        ];
        assert_eq!(read.unwrap(), wanted.map(|(key, given)| (key.to_owned(), given)));
        assert!(keys("").is_ok_and(|keys| keys.is_empty()));
        let many: String = (0..=KEYS).map(|n| format!("a:{n}=x\n")).collect();
        for none in ["region=x", "x", &many, &format!("a:b={}", "x".repeat(LINE))] {
            assert!(keys(none).is_err());
        }
    }

    #[test]
    fn few_and_short_conditions_are_shown() {
        let shown = |length: usize, n: usize| conditions((0..n).map(move |_| "ä".repeat(length)));
        assert_eq!(shown(CONDITION, CONDITIONS), vec!["ä".repeat(CONDITION); CONDITIONS]);
        let cut = shown(CONDITION + 1, CONDITIONS + 2);
        assert_eq!(cut.len(), CONDITIONS + 1);
        assert_eq!((cut[0].chars().count(), cut[CONDITIONS].as_str()), (CONDITION + 1, "and more"));
        assert!(cut[0].ends_with("ä…"));
    }

    #[test]
    fn what_is_called() {
        let ask = |action: &str, resource: &str, owner: &str| {
            let (action, resource, owner) = (action.into(), resource.into(), owner.into());
            let question = Question { action, resource, owner, ..Question::default() };
            read(&question, OWN.parse().unwrap()).ok().map(|call| (call.resource, call.owner.to_string()))
        };
        let call =
            |resource: Option<&str>, owner: &str| Some((resource.map(str::to_owned), owner.to_owned()));
        let queue = "arn:aws:sqs:eu-west-1:333333333333:queue";
        assert_eq!(ask("s3:ListAllMyBuckets", "", ""), call(None, OWN));
        assert_eq!(ask("s3:ListAllMyBuckets", "*", ""), call(None, OWN));
        assert_eq!(ask("s3:GetObject", "arn:aws:s3:::b/k", ""), call(Some("arn:aws:s3:::b/k"), OWN));
        assert_eq!(ask("sqs:SendMessage", queue, ""), call(Some(queue), "333333333333"));
        assert_eq!(ask("sqs:SendMessage", queue, "444444444444"), call(Some(queue), "444444444444"));
        for (action, resource, owner) in [
            ("s3", "", ""),
            ("s3:*", "", ""),
            ("s3:Get", "bucket", ""),
            ("s3:Get", "arn:aws:s3", ""),
            ("s3:Get", "", "x"),
        ] {
            assert_eq!(ask(action, resource, owner), None, "{action} {resource} {owner}");
        }
    }
}
