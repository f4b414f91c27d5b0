//! Whether an account may make a call: by what the operation declares, and by the policies that bind the caller and the
//! organization, all asked at once and before the operation looks at its input.

use guildhall_policy::iam::{
    Attached, Because, Context, Decision, Document, DocumentKind, Given, Level, Outcome, Place, Policies,
    Principal, Request, Resource, Stage, decide, standard_keys,
};

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, TargetId};
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource as Owned, Scope};
use crate::rules::control::{self, Documents};
use crate::state::account::Partition;
use crate::state::org::{Org, OrgRecord, ResourcePolicy};
use crate::state::view::View;

/// A call, as policies see it.
pub struct Call<'a, I> {
    /// The service, as actions begin with it.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// What the operation declares.
    pub authority: &'a Authority<I>,
    /// Its input.
    pub input: &'a I,
}

/// Refuses a caller that may not: an account that is suspended, a standalone one where an organization is needed, a member
/// whom a service control policy denies it, with IAM's sentence (accounts.md 9.4), and one that neither its rank nor the
/// organization's resource policy lets in. The management account is bound by no policy.
pub fn authorize<I>(call: &Call<'_, I>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let rank = call.authority.rank;
    if rank == Rank::Everybody {
        return Ok(());
    }
    let caller = access::caller(cx, view)?;
    let Some(id) = caller.org else {
        return if rank == Rank::Account { Ok(()) } else { Err(Refusal::NotInOrganization.into()) };
    };
    let Some((org, record)) = view.org(id)? else { return Err(Refusal::Internal.into()) };
    if record.management == cx.caller {
        return Ok(());
    }
    let ranks = match rank {
        Rank::Everybody | Rank::Account | Rank::Member => true,
        Rank::Delegate => org.delegation().of(cx.caller).is_some(),
        Rank::Management => false,
    };
    let asked = Asked {
        ranks,
        scps: control::binding((org, record), cx.caller),
        // An operation that is open to any account is no matter of the organization's.
        granted: org
            .resource_policy()
            .filter(|_| rank != Rank::Account && (ranks || call.authority.grantable)),
    };
    if asked.scps.is_none() && asked.granted.is_none() {
        return if ranks { Ok(()) } else { Err(Refusal::AccessDenied.into()) };
    }
    let scope = Scope { caller: cx.caller, org, record };
    let own = call.authority.own.map(|(_, find)| find(call.input, caller, view)).transpose()?;
    refusal(call, &asked, &scope, own, cx).map_or(Ok(()), |refusal| Err(refusal.into()))
}

/// What a member's call has to pass.
struct Asked<'a> {
    /// Whether the caller's rank lets it in.
    ranks: bool,
    /// The service control policies from the root to the caller, if any restricts it.
    scps: Option<Vec<Documents>>,
    /// The organization's resource policy, if it has a say.
    granted: Option<&'a ResourcePolicy>,
}

/// Why the policies refuse a member's call, if they do. Callers are root users, whom no identity policy limits. Every
/// action that the call needs has to be let through on every resource.
fn refusal<I>(
    call: &Call<'_, I>,
    asked: &Asked<'_>,
    scope: &Scope<'_>,
    own: Option<Owned<'_>>,
    cx: &Cx<'_>,
) -> Option<Refusal> {
    let levels = asked.scps.as_deref().map(control::levels);
    let levels: Option<Vec<&Level<'_>>> = levels.as_ref().map(|levels| levels.iter().collect());
    let full = Document::full_access(DocumentKind::Identity);
    let identity = [Attached { name: "root", document: &full }];
    let policies = Policies { scps: levels.as_deref(), identity: &identity, ..Policies::default() };
    let owner = owner(call, scope);
    let resource = || Resource {
        owner: Some(owner.to_string()),
        management: owner == scope.record.management,
        policy: asked.granted.map(|own| Attached { name: own.id.as_str(), document: &own.document }),
        owner_allows: asked.ranks,
        ..Resource::default()
    };
    let requests = requests(call, scope, own, cx, resource);
    let decisions: Vec<_> = requests.iter().map(|request| decide(request, &policies)).collect();
    let denied = || decisions.iter().filter(|decision| decision.outcome != Outcome::Allow);
    match denied().find(|decision| is_by_control(decision)).and_then(Decision::sentence) {
        Some(sentence) => {
            Some(Refusal::DeniedByPolicy(in_partition(&sentence, scope.record.partition).into()))
        }
        None => denied().next().map(|_| Refusal::AccessDenied),
    }
}

fn is_by_control(decision: &Decision<'_>) -> bool {
    let denies = |because: &Because<'_>| matches!(because, Because::Denied(_) | Because::NothingAllows(_));
    decision.reasons.first().is_some_and(|why| why.stage == Stage::ServiceControl && denies(&why.because))
}

/// The evaluator's root users are of the commercial partition.
fn in_partition(sentence: &str, partition: Partition) -> String {
    sentence.replacen("arn:aws:iam::", &format!("arn:{}:iam::", partition.wire()), 1)
}

/// A member's call as the evaluator takes it: one request for each action that it needs on each of its resources.
/// `resource` is what each is, but for its ARN.
fn requests<'a, I>(
    call: &Call<'_, I>,
    scope: &Scope<'_>,
    own: Option<Owned<'_>>,
    cx: &Cx<'_>,
    resource: impl Fn() -> Resource<'a>,
) -> Vec<Request<'a>> {
    let context = context(call, scope, cx);
    let also = call.authority.also.filter(|(_, needs)| needs(call.input)).map(|(action, _)| action);
    let named = call.authority.resources.iter().flatten();
    let mut resources: Vec<_> = named.map(|(kind, member)| (kind.find)(scope, member(call.input))).collect();
    resources.extend(own.map(Some));
    if resources.is_empty() {
        resources.push(None);
    }
    let mut requests = Vec::new();
    for action in [Some(call.operation), also].into_iter().flatten() {
        for named in &resources {
            let mut context = context.clone();
            for (key, value) in named.iter().filter_map(|named| named.tags).flat_map(|tags| &tags.0) {
                context = context.one(&format!("aws:ResourceTag/{key}"), value.clone());
            }
            let resource = Resource { arn: named.as_ref().map(|named| named.arn.clone()), ..resource() };
            let principal = Principal::Root { account: cx.caller.to_string() };
            let action = format!("{}:{action}", call.service);
            requests.push(Request::new(principal, &action, resource).with(context));
        }
    }
    requests
}

/// Whose the resources of a call are: the management account's in Organizations (observed.md 41), the caller's where it
/// is about the caller's own.
fn owner<I>(call: &Call<'_, I>, scope: &Scope<'_>) -> AccountId {
    if call.authority.own.is_some() { scope.caller } else { scope.record.management }
}

/// The condition keys of a call. What is not here is absent: it is a root user's, with a key and without a session.
fn context<I>(call: &Call<'_, I>, scope: &Scope<'_>, cx: &Cx<'_>) -> Context {
    let (org, record) = (scope.org, scope.record);
    let mut context = Context::new();
    let (caller, owner) = (cx.caller.to_string(), owner(call, scope));
    let principal = Principal::Root { account: caller.clone() };
    let (own, owners) = (place(org, record, cx.caller), place(org, record, owner));
    standard_keys(&mut context, &principal, Some(&own), &owner.to_string(), Some(&owners));
    context = context
        .one("aws:PrincipalArn", format!("arn:{}:iam::{caller}:root", record.partition.wire()))
        .one("aws:userid", caller)
        .one("aws:ViaAWSService", "false")
        // AWS's endpoint takes nothing else, and a server in its place may have encryption in front of it.
        .one("aws:SecureTransport", "true")
        .one("aws:CurrentTime", cx.now.to_string())
        .one("aws:EpochTime", cx.now.seconds().to_string());
    let origin = [
        ("aws:SourceIp", cx.origin.source_ip.as_deref()),
        ("aws:RequestedRegion", cx.origin.region.as_deref()),
        ("aws:UserAgent", cx.origin.user_agent.as_deref()),
    ];
    for (key, value) in origin {
        context.set(key, value.map_or(Given::Absent, |value| Given::One(value.to_owned())));
    }
    for (kind, member) in call.authority.keys.iter().flatten() {
        context = (kind.put)(scope, member(call.input), context);
    }
    let mut keys = Vec::new();
    for (key, value) in call.authority.tags.iter().flat_map(|tags| tags(call.input)) {
        context = context.one(&format!("aws:RequestTag/{key}"), value);
        keys.push(key.to_owned());
    }
    let named = call.authority.tag_keys.iter().flat_map(|keys| keys(call.input));
    keys.extend(named.map(str::to_owned));
    if keys.is_empty() { context } else { context.many("aws:TagKeys", keys) }
}

/// Where an account stands, for condition keys: its organization, and `o-x/r-y/ou-1/`, without itself.
pub fn place(org: &Org, record: &OrgRecord, account: AccountId) -> Place {
    let mut path = format!("{}/", record.id);
    for node in org.path(record, &TargetId::Account(account)) {
        if !matches!(node, TargetId::Account(_)) {
            path.push_str(&format!("{node}/"));
        }
    }
    Place { organization: record.id.to_string(), path }
}
