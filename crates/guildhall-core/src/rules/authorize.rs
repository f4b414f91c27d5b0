//! Whether a call may be made: by what the operation declares, and by the policies that bind the caller and the resources'
//! owners, all asked at once and before the operation looks at its input (identity.md 5.1).

use guildhall_policy::iam::{
    Attached, Context, Decision, Given, Level, Outcome, Place, Policies, Request, Resource, Stage, decide,
    standard_keys,
};

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, TargetId};
use crate::kernel::refusal::{Denial, Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Dependent, Rank, Resource as About, Scope};
use crate::rules::control::{self, Documents};
use crate::rules::evaluation::evaluation;
use crate::rules::principal::{Own, OwnPolicy, Principal, principal};
use crate::state::account::Partition;
use crate::state::org::{Org, OrgRecord, ResourcePolicy};
use crate::state::policy::PolicyType;
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

/// Refuses a caller that is no more, and one that may not: an account that is suspended, or whose rank does not let it in
/// and whom no policy of its organization lets in; a standalone one where an organization is needed; and whom policies
/// deny the call or do not allow it, with IAM's sentence (accounts.md 9.4, identity.md 5.3).
pub fn authorize<I>(call: &Call<'_, I>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let rank = call.authority.rank;
    let who = principal(cx, view)?;
    if rank == Rank::Everybody {
        return Ok(());
    }
    let caller = access::caller(cx, view)?;
    let org = match caller.org {
        Some(id) => Some(view.org(id)?.ok_or(Refusal::Internal)?),
        None => None,
    };
    let asked = asked(call, &who, org);
    let may = if asked.ranks { Ok(()) } else { Err(Refusal::AccessDenied.into()) };
    let in_one =
        if org.is_some() || rank == Rank::Account { Ok(()) } else { Err(Refusal::NotInOrganization) };
    // What a rank forbids, no policy of the caller's own makes possible.
    let hopeless = !asked.ranks && asked.granted.is_none() && asked.scps.is_none() && org.is_some();
    let nobody_to_ask = who.is_plain_root()
        && asked.scps.is_none()
        && asked.granted.is_none()
        && !call.authority.asks_everybody;
    if nobody_to_ask || hopeless {
        in_one?;
        return may;
    }
    let scope = Scope { account: caller, org };
    let groups = groups(call, &scope, cx, view)?;
    let owners = owners(&groups, &scope, view)?;
    let (asked, who, scope) = (&asked, &who, &scope);
    let case = Case { asked, who, scope, groups: &groups, owners: &owners, cx, nothing: Default::default() };
    if let Some(refusal) = refusal(&case, || context(call, scope, cx)) {
        return Err(refusal.into());
    }
    Ok(in_one?)
}

/// What a call has to pass beside the caller's own policies.
struct Asked<'a> {
    /// Whether the caller's rank lets it in.
    ranks: bool,
    /// The service control policies from the root to the caller, if any restricts it.
    scps: Option<Vec<Documents<'a>>>,
    /// The organization's resource policy, if it has a say.
    granted: Option<&'a ResourcePolicy>,
}

fn asked<'a, I>(call: &Call<'_, I>, who: &Principal<'_>, org: Option<(&'a Org, &'a OrgRecord)>) -> Asked<'a> {
    let (rank, account) = (call.authority.rank, who.account.id);
    let Some((org, record)) = org.filter(|(_, record)| record.management != account) else {
        return Asked { ranks: true, scps: None, granted: None };
    };
    let ranks = match rank {
        Rank::Everybody | Rank::Account | Rank::Member => true,
        Rank::Delegate => org.delegation().of(account).is_some(),
        Rank::Management => false,
    };
    // An operation that is open to any account is no matter of the organization's.
    let granted =
        org.resource_policy().filter(|_| rank != Rank::Account && (ranks || call.authority.grantable));
    Asked { ranks, scps: control::binding((org, record), account), granted }
}

/// An action that a call needs, on these resources; none are one that is no resource.
struct Group<'a> {
    action: String,
    about: Vec<About<'a>>,
}

/// What a call needs: its own action, and others on the same resources or on resources of their own.
fn groups<'a, I>(
    call: &Call<'_, I>,
    scope: &Scope<'a>,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<Vec<Group<'a>>, Stop> {
    let own = |view: &mut View<'a>| {
        let named = call.authority.resources.iter().flatten();
        let named = named.map(|(kind, member)| (kind.find)(scope, member(call.input)).unwrap_or_default());
        let mut about: Vec<_> = named.collect();
        if let Some((_, find)) = call.authority.own {
            let (owner, keys) = (scope.account.id, call.authority.own_keys);
            let found = find(call.input, cx, view)?.into_iter();
            about.extend(found.map(|about| about.with_owner(owner).with_keys(keys)));
        }
        Ok::<_, Stop>(about)
    };
    let full = |action: &str| match action.contains(':') {
        true => action.to_owned(),
        false => format!("{}:{action}", call.service),
    };
    let mut groups = vec![Group { action: full(call.operation), about: own(view)? }];
    for dependent in call.authority.also.iter().flatten() {
        let about = match dependent {
            Dependent::Same(_, needs) if needs(call.input) => own(view)?,
            Dependent::On(_, find) => match find(call.input, cx, view)? {
                none if none.is_empty() => continue,
                some => some,
            },
            Dependent::Same(..) => continue,
        };
        groups.push(Group { action: full(dependent.action()), about });
    }
    Ok(groups)
}

/// Another account that owns what a call is about: its organization, and the resource control policies above it.
struct Owner<'a> {
    account: AccountId,
    org: Option<(&'a Org, &'a OrgRecord)>,
    rcps: Option<Vec<Documents<'a>>>,
}

fn owners<'a>(groups: &[Group<'_>], scope: &Scope<'a>, view: &mut View<'a>) -> Result<Vec<Owner<'a>>, Stop> {
    let mut owners: Vec<Owner<'a>> = Vec::new();
    for account in groups.iter().flat_map(|group| &group.about).filter_map(|about| about.owner) {
        if owners.iter().any(|owner| owner.account == account) {
            continue;
        }
        let org = if account == scope.account.id {
            scope.org
        } else {
            match view.account(account)?.and_then(|record| record.org) {
                Some(id) => view.org(id)?,
                None => None,
            }
        };
        let rcps = org.filter(|(_, record)| record.management != account);
        let rcps = rcps.and_then(|own| control::documents(own, account, PolicyType::ResourceControl));
        owners.push(Owner { account, org, rcps });
    }
    Ok(owners)
}

/// Why the policies refuse a call, if they do. Every action that it needs has to be let through on every resource.
fn refusal(case: &Case<'_>, context: impl Fn() -> Context) -> Option<Refusal> {
    let Case { asked, who, scope, owners, .. } = case;
    let levels = asked.scps.as_deref().map(control::levels);
    let levels: Option<Vec<&Level<'_>>> = levels.as_ref().map(|levels| levels.iter().collect());
    let rcps: Vec<Option<Vec<Level<'_>>>> =
        owners.iter().map(|owner| owner.rcps.as_deref().map(control::levels)).collect();
    let rcps: Vec<Option<Vec<&Level<'_>>>> =
        rcps.iter().map(|levels| levels.as_ref().map(|levels| levels.iter().collect())).collect();
    let own = who.own();
    let identity: Vec<_> = own.identity.iter().map(OwnPolicy::attached).collect();
    let session: Option<Vec<_>> =
        own.session.as_ref().map(|session| session.iter().map(OwnPolicy::attached).collect());
    let policies = Policies {
        scps: levels.as_deref(),
        identity: &identity,
        boundary: own.boundary.as_ref().map(OwnPolicy::attached),
        session: session.as_deref(),
    };

    // Most policies ask for no condition key; then none is put together, but for who wants to know why not.
    let asks = case.read_context(&own);
    let may = |requests: &[Request<'_>]| {
        requests.iter().all(|request| decide(request, &policies).outcome == Outcome::Allow)
    };
    if !asks && may(&case.requests(&rcps, None).0) {
        return None;
    }
    let (requests, asked_about) = case.requests(&rcps, Some(&context()));
    let decisions: Vec<_> = requests.iter().map(|request| decide(request, &policies)).collect();
    let denied = || decisions.iter().filter(|decision| decision.outcome != Outcome::Allow);
    // The caller's side is told before the owner's.
    let told = denied().find(|decision| !is_by_owner(decision)).or_else(|| denied().next())?;
    let Some((what, why)) = told.denied().zip(told.why()) else { return Some(Refusal::AccessDenied) };
    let at = decisions.iter().position(|decision| std::ptr::eq(decision, told));
    let action = at.and_then(|at| requests.get(at)).map_or("", Request::action);
    let what =
        match at.and_then(|at| asked_about.get(at)).and_then(|about| Some((about, about.told.as_ref()?))) {
            Some((about, name)) => format!("{}{name}", what.strip_suffix(&about.arn).unwrap_or(&what)),
            None => what,
        };
    let mut evaluation =
        evaluation(&requests, &decisions, &policies, &who.entity_arn(), &|id| node(scope, id));
    evaluation.keep_texts(texts(asked, owners, &asked_about, &own));
    Some(Refusal::DeniedByPolicy(Box::new(Denial {
        action: action.into(),
        what: in_partition(&what, scope.account.partition).into(),
        why: why.into(),
        by_owner: is_by_owner(told),
        org: scope.org.map(|(_, record)| record.id),
        evaluation,
    })))
}

/// Who does what to what, and who has a say.
struct Case<'a> {
    asked: &'a Asked<'a>,
    who: &'a Principal<'a>,
    scope: &'a Scope<'a>,
    groups: &'a [Group<'a>],
    owners: &'a [Owner<'a>],
    cx: &'a Cx<'a>,
    /// Stands for what an action is about that is about nothing.
    nothing: [About<'a>; 1],
}

impl<'a> Case<'a> {
    /// What each action is about.
    fn about(&'a self) -> impl Iterator<Item = (&'a str, &'a About<'a>)> {
        self.groups.iter().flat_map(|group| {
            let about = if group.about.is_empty() { &self.nothing[..] } else { &group.about[..] };
            about.iter().map(|about| (group.action.as_str(), about))
        })
    }

    /// Whether any policy that is asked rests on condition keys.
    fn read_context(&self, own: &Own<'_>) -> bool {
        let controls =
            self.asked.scps.iter().chain(self.owners.iter().filter_map(|owner| owner.rcps.as_ref()));
        controls.flat_map(|documents| control::read(documents)).any(|read| read.document.reads_context())
            || own.all().any(|policy| policy.read.document.reads_context())
            || self.asked.granted.is_some_and(|granted| granted.document.reads_context())
            || self.about().any(|(_, about)| about.policy.is_some_and(|read| read.document.reads_context()))
    }

    /// As the evaluator takes it, request by request, each with what it is about.
    fn requests(
        &'a self,
        rcps: &'a [Option<Vec<&'a Level<'a>>>],
        context: Option<&Context>,
    ) -> (Vec<Request<'a>>, Vec<&'a About<'a>>) {
        let Self { asked, who, scope, owners, cx, .. } = self;
        let management = scope.org.map(|(_, record)| record.management);
        let (mut requests, mut asked_about) = (Vec::new(), Vec::new());
        for (action, about) in self.about() {
            let owner = about.owner.or(management).unwrap_or(scope.account.id);
            let at = owners.iter().position(|known| known.account == owner);
            let own = at.and_then(|at| owners.get(at)).map_or(scope.org, |owner| owner.org);
            let policy = match about.policy {
                Some(read) => Some(Attached { name: &about.arn, document: read.document }),
                None => asked.granted.map(|own| Attached { name: own.id.as_str(), document: &own.document }),
            };
            let resource = Resource {
                arn: Some(about.arn.clone()).filter(|arn| !arn.is_empty()),
                owner: Some(owner.to_string()),
                management: own.is_some_and(|(_, record)| record.management == owner),
                rcps: at.and_then(|at| rcps.get(at)).and_then(|rcps| rcps.as_deref()),
                policy,
                policy_decides: about.guarded,
                owner_allows: asked.ranks && !about.guarded,
                ..Resource::default()
            };
            asked_about.push(about);
            let mut request = Request::new(who.evaluated(), action, resource);
            request.management = management == Some(scope.account.id);
            request.unique_id = who.unique_id();
            if let Some(context) = context {
                let placed = own.map(|(org, record)| place(org, record, owner));
                request = request.with(about_keys(context.clone(), about, who, scope, owner, placed, cx));
            }
            requests.push(request);
        }
        (requests, asked_about)
    }
}

/// The texts of the policies that a call is decided by, each with its policy's name.
fn texts<'t>(
    asked: &'t Asked<'_>,
    owners: &'t [Owner<'_>],
    about: &'t [&About<'_>],
    own: &'t Own<'_>,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    let controls = asked.scps.iter().chain(owners.iter().filter_map(|owner| owner.rcps.as_ref()));
    let on_resources = about.iter().filter_map(|about| Some((&*about.arn, about.policy?.text)));
    let granted = asked.granted.map(|granted| (granted.id.as_str(), &*granted.content));
    let controls = controls.flat_map(|documents| control::texts(documents));
    controls.chain(own.texts()).chain(on_resources).chain(granted)
}

/// The ARN of a root, unit or account of the caller's organization.
fn node(scope: &Scope<'_>, id: &str) -> String {
    let Some((_, record)) = scope.org else { return id.to_owned() };
    let kind = match id.as_bytes() {
        [b'r', ..] => "root",
        [b'o', ..] => "ou",
        _ => "account",
    };
    let (partition, management) = (record.partition.wire(), record.management);
    format!("arn:{partition}:organizations::{management}:{kind}/{}/{id}", record.id)
}

fn is_by_owner(decision: &Decision<'_>) -> bool {
    let owners = [Stage::Resource, Stage::ResourceControl];
    decision.reasons.first().is_none_or(|why| owners.contains(&why.stage))
}

/// The evaluator's root users are of the commercial partition.
fn in_partition(sentence: &str, partition: Partition) -> String {
    sentence.replacen("arn:aws:iam::", &format!("arn:{}:iam::", partition.wire()), 1)
}

/// The condition keys that one resource adds.
fn about_keys(
    mut context: Context,
    about: &About<'_>,
    who: &Principal<'_>,
    scope: &Scope<'_>,
    owner: AccountId,
    placed: Option<Place>,
    cx: &Cx<'_>,
) -> Context {
    let own = scope.org.map(|(org, record)| place(org, record, scope.account.id));
    // Whoever calls a policy of AWS's own calls something of that account's (identity.md 5.5).
    let owner = if about.arn.split(':').nth(4) == Some("aws") && about.arn.contains(":iam::") {
        OF_AWS.to_owned()
    } else {
        owner.to_string()
    };
    standard_keys(&mut context, &who.evaluated(), own.as_ref(), &owner, placed.as_ref());
    context = who.keys(context, cx);
    for (key, value) in about.tags.iter().flat_map(|tags| &tags.0) {
        for prefix in ["aws:ResourceTag"].into_iter().chain(about.tag_key) {
            context = context.one(&format!("{prefix}/{key}"), value.clone());
        }
    }
    for (key, value) in &about.keys {
        context.set(key, value.clone());
    }
    context
}

/// The account that owns AWS's managed policies.
const OF_AWS: &str = "639982225848";

/// The condition keys of a call, whatever it is about. What is not here is absent.
fn context<I>(call: &Call<'_, I>, scope: &Scope<'_>, cx: &Cx<'_>) -> Context {
    let mut context = Context::new()
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
