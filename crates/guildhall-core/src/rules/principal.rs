//! Who calls, as the state knows them, and the policies that are theirs (identity.md 2.2, 4.4, 5.5).

use std::borrow::Cow;

use guildhall_policy::iam::{self, Attached, Context, DocumentKind, Given};

use crate::call::caller::{Credentials, Session, SessionKind};
use crate::call::cx::Cx;
use crate::kernel::ids::UserId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::managed::{self, ReadPolicy};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::Policies;
use crate::state::iam::role::Role;
use crate::state::iam::user::User;
use crate::state::tag::Tags;
use crate::state::view::View;

/// The condition key that says whether the caller proved a second factor. Long-term credentials have it only with a code.
pub const MFA_PRESENT: &str = "aws:MultiFactorAuthPresent";
/// The one that says how many seconds ago.
pub const MFA_AGE: &str = "aws:MultiFactorAuthAge";

/// Who calls.
pub struct Principal<'a> {
    /// The account.
    pub account: &'a AccountRecord,
    /// Who in it.
    pub who: Who<'a>,
    /// The session, if the credentials are temporary.
    pub session: Option<&'a Session>,
    iam: Option<&'a Iam>,
}

/// Who in an account calls.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// The root user.
    Root,
    /// A user.
    User(&'a User),
    /// A role, in a session of this name.
    Role(&'a Role, &'a str),
    /// Somebody of this name whom a user vouches for, or the root user.
    Federated(Option<&'a User>, &'a str),
}

/// The policies that say what a principal may do. Nothing limits a root user.
pub struct Own<'a> {
    /// Identity policies. A root user has none and needs none.
    pub identity: Vec<OwnPolicy<'a>>,
    /// The permissions boundary.
    pub boundary: Option<OwnPolicy<'a>>,
    /// The policies of the session.
    pub session: Option<Vec<OwnPolicy<'a>>>,
}

/// One of them.
pub struct OwnPolicy<'a> {
    /// Its ARN; of an inline one a text that is no other's, such as `user_alice_invites`, as simulations call it.
    pub name: Cow<'a, str>,
    /// What it says.
    pub read: ReadPolicy<'a>,
}

impl<'a> OwnPolicy<'a> {
    fn new(name: &'a str, read: ReadPolicy<'a>) -> Self {
        Self { name: name.into(), read }
    }

    /// As the evaluator takes it.
    pub fn attached(&self) -> Attached<'_> {
        Attached { name: &self.name, document: self.read.document }
    }
}

impl<'a> Own<'a> {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &OwnPolicy<'a>> {
        self.identity.iter().chain(&self.boundary).chain(self.session.iter().flatten())
    }

    /// Each policy's name with its text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all().map(|policy| (&*policy.name, policy.read.text))
    }
}

/// Who calls. Refuses credentials of a user or a role that is gone, and of a session that is over.
pub fn principal<'x, 'a: 'x>(cx: &'x Cx<'_>, view: &mut View<'a>) -> Result<Principal<'x>, Stop> {
    let id = cx.caller.account;
    let account = view.account(id)?.ok_or(Refusal::UnknownCaller(id))?;
    let session = cx.caller.session();
    if session.is_some_and(|session| session.expires <= cx.now) {
        return Err(Refusal::ExpiredSession.into());
    }
    let mut iam = || -> Result<&'a Iam, Stop> { view.get::<Iam>(id) };
    let mut user = |user: UserId| -> Result<(&'a User, &'a Iam), Stop> {
        let iam = iam()?;
        Ok((iam.users.by_id(user).ok_or(Refusal::UnknownPrincipal)?, iam))
    };
    let (who, iam) = match (&cx.caller.credentials, session.map(|session| &session.whose)) {
        (Credentials::Root, _) | (_, Some(SessionKind::Root | SessionKind::AssumedRoot { .. })) => {
            (Who::Root, None)
        }
        (Credentials::User(id), _) | (_, Some(SessionKind::User(id))) => {
            let (user, iam) = user(*id)?;
            (Who::User(user), Some(iam))
        }
        (_, Some(SessionKind::Role { role, name })) => {
            let iam = view.get::<Iam>(id)?;
            let role = iam.roles.by_id(*role).ok_or(Refusal::UnknownPrincipal)?;
            (Who::Role(role, name), Some(iam))
        }
        (_, Some(SessionKind::Federated { issuer: Some(issuer), name })) => {
            let (user, iam) = user(*issuer)?;
            (Who::Federated(Some(user), name), Some(iam))
        }
        (_, Some(SessionKind::Federated { issuer: None, name })) => {
            (Who::Federated(None, name), Some(view.get::<Iam>(id)?))
        }
        (Credentials::Session(_), None) => return Err(Refusal::Internal.into()),
    };
    Ok(Principal { account, who, session, iam })
}

impl<'a> Principal<'a> {
    /// Whether it is the root user with nothing to limit it.
    pub fn is_plain_root(&self) -> bool {
        matches!(self.who, Who::Root) && self.task().is_none()
    }

    fn task(&self) -> Option<&'a str> {
        match self.session.map(|session| &session.whose) {
            Some(SessionKind::AssumedRoot { task }) => Some(task),
            _ => None,
        }
    }

    /// Its ARN, as GetCallerIdentity and denials tell it.
    pub fn arn(&self) -> String {
        let (partition, account) = (self.account.partition.wire(), self.account.id);
        match self.who {
            Who::Root => format!("arn:{partition}:iam::{account}:root"),
            Who::User(user) => user.arn(self.account),
            // Without the role's path.
            Who::Role(role, session) => {
                format!("arn:{partition}:sts::{account}:assumed-role/{}/{session}", role.name)
            }
            Who::Federated(_, name) => format!("arn:{partition}:sts::{account}:federated-user/{name}"),
        }
    }

    /// The ARN of the entity whose identity policies are asked.
    pub fn entity_arn(&self) -> String {
        match self.who {
            Who::User(user) | Who::Federated(Some(user), _) => user.arn(self.account),
            Who::Role(role, _) => role.arn(self.account),
            Who::Root | Who::Federated(None, _) => self.arn(),
        }
    }

    /// Its unique id, `aws:userid`.
    pub fn user_id(&self) -> String {
        let account = self.account.id;
        match self.who {
            Who::Root => account.to_string(),
            Who::User(user) => user.id.to_string(),
            Who::Role(role, session) => format!("{}:{session}", role.id),
            Who::Federated(_, name) => format!("{account}:{name}"),
        }
    }

    /// As the evaluator takes it.
    pub fn evaluated(&self) -> iam::Principal {
        let account = self.account.id.to_string();
        match self.who {
            Who::Root => iam::Principal::Root { account },
            Who::User(user) => iam::Principal::User { account, arn: user.arn(self.account) },
            Who::Role(role, _) => iam::Principal::Role {
                account,
                role: role.arn(self.account),
                session: self.arn(),
                service_linked: role.service.is_some(),
            },
            Who::Federated(..) => iam::Principal::FederatedUser { account, arn: self.arn() },
        }
    }

    /// The id by which documents may name it.
    pub fn unique_id(&self) -> Option<String> {
        match self.who {
            Who::User(user) => Some(user.id.to_string()),
            Who::Role(role, _) => Some(role.id.to_string()),
            Who::Root | Who::Federated(..) => None,
        }
    }

    /// Its tags: a session's own lie over its role's, without regard to case (identity.md 4.4).
    pub fn tags(&self) -> Tags {
        let mut tags = match self.who {
            Who::User(user) => user.tags.clone(),
            Who::Role(role, _) => role.tags.clone(),
            Who::Root | Who::Federated(..) => Tags::default(),
        };
        for (key, value) in self.session.iter().flat_map(|session| &session.tags.0) {
            tags.0.retain(|own, _| !own.eq_ignore_ascii_case(key));
            tags.0.insert(key.clone(), value.clone());
        }
        tags
    }

    /// Its policies.
    pub fn own(&self) -> Own<'a> {
        let mut own = Own { identity: Vec::new(), boundary: None, session: None };
        if matches!(self.who, Who::User(_)) && self.iam.is_some_and(Iam::lets_users_change_passwords) {
            own.identity.push(OwnPolicy::new("password policy", managed::own_password()));
        }
        let entity = match self.who {
            Who::Root | Who::Federated(None, _) => None,
            Who::User(user) | Who::Federated(Some(user), _) => {
                for group in user.groups.iter().filter_map(|id| self.iam?.groups.by_id(*id)) {
                    self.add(("group", &group.name), &group.policies, &mut own.identity);
                }
                Some((("user", &*user.name), &user.policies, user.boundary.as_deref()))
            }
            Who::Role(role, _) => Some((("role", &*role.name), &role.policies, role.boundary.as_deref())),
        };
        if let Some((holder, policies, boundary)) = entity {
            self.add(holder, policies, &mut own.identity);
            // A boundary that is not there lets nothing through.
            own.boundary = boundary
                .map(|arn| self.managed(arn).unwrap_or_else(|| OwnPolicy::new(arn, managed::nothing())));
        }
        own.session = self.session_policies();
        own
    }

    fn session_policies(&self) -> Option<Vec<OwnPolicy<'a>>> {
        let session = self.session?;
        if let Some(task) = self.task() {
            // A task's policy denies only: what it allows is what the root user may (identity.md 6).
            let everything = OwnPolicy::new("root", managed::everything());
            return Some(self.managed(task).into_iter().chain([everything]).collect());
        }
        let passed = session.policy.is_some() || !session.policy_arns.is_empty();
        if !passed && !matches!(self.who, Who::Federated(..)) {
            return None;
        }
        let inline = session.policy.as_ref().and_then(|text| managed::read(text, DocumentKind::Identity));
        let inline = inline.map(|read| OwnPolicy::new("session policy", read));
        let arns = session.policy_arns.iter().filter_map(|arn| self.managed(arn));
        Some(inline.into_iter().chain(arns).collect())
    }

    fn add(&self, (kind, holder): (&str, &str), policies: &'a Policies, to: &mut Vec<OwnPolicy<'a>>) {
        to.extend(policies.managed.iter().filter_map(|arn| self.managed(arn)));
        to.extend(policies.inline.values().filter_map(|inline| {
            let read = managed::read(&inline.document, DocumentKind::Identity)?;
            Some(OwnPolicy { name: format!("{kind}_{holder}_{}", inline.name).into(), read })
        }));
    }

    fn managed(&self, arn: &'a str) -> Option<OwnPolicy<'a>> {
        Some(OwnPolicy::new(arn, managed::document(self.iam, self.account, arn)?))
    }

    /// The condition keys that say who calls, beyond those that the evaluator's principal says (identity.md 5.5).
    pub fn keys(&self, mut context: Context, cx: &Cx<'_>) -> Context {
        let partition = self.account.partition.wire();
        if matches!(self.who, Who::Root) {
            context =
                context.one("aws:PrincipalArn", format!("arn:{partition}:iam::{}:root", self.account.id));
        }
        context = context.one("aws:userid", self.user_id());
        if let Who::User(user) = self.who {
            context = context.one("aws:username", &*user.name);
        }
        for (key, value) in self.tags().0 {
            context = context.one(&format!("aws:PrincipalTag/{key}"), value);
        }
        let Some(session) = self.session else { return context };
        context = context.one("aws:TokenIssueTime", session.issued.to_string());
        // What a call proves itself counts, and not what its session did.
        let proved = matches!(context.get(MFA_PRESENT), Given::One(_));
        if !proved && !matches!(self.who, Who::Federated(..)) {
            context = context.one(MFA_PRESENT, if session.mfa.is_some() { "true" } else { "false" });
        }
        if let Some(mfa) = session.mfa.filter(|_| !proved) {
            context = context.one(MFA_AGE, (cx.now.seconds() - mfa.seconds()).to_string());
        }
        if self.task().is_some() {
            context = context.one("aws:AssumedRoot", "true");
        }
        let source = session.source_identity.as_deref();
        context
            .set("aws:SourceIdentity", source.map_or(Given::Absent, |source| Given::One(source.to_owned())));
        context
    }
}
