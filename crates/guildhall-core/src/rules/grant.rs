//! What the organization's resource policy says to a member's call (policies.md 7.2).

use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind, Given, Outcome, Place, Policies, Principal, Request, Resource,
    decide as judge, standard_keys,
};
use serde_json::Value;

use crate::call::cx::Cx;
use crate::kernel::ids::{AccountId, TaggableId, TargetId};
use crate::kernel::refusal::Stop;
use crate::rules::access::Call;
use crate::state::org::{Org, OrgRecord, ResourcePolicy};
use crate::state::policy::{Managed, PolicyType, Summary};
use crate::state::tag::Tags;
use crate::state::transfer::TransferType;

/// Whether the policy lets a call through. `ranks`: the caller may do it unless the policy denies it. Callers are root
/// users, whom no identity policy limits. Every action that the call needs has to be let through on every resource.
pub fn decide(
    own: &ResourcePolicy,
    call: &Call<'_>,
    ranks: bool,
    (org, record): (&Org, &OrgRecord),
    cx: &Cx<'_>,
) -> Result<bool, Stop> {
    // Everything, as a root user may.
    let full = Document::full_access(DocumentKind::Identity);
    let identity = [Attached { name: "root", document: &full }];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let resource = || Resource {
        owner: Some(record.management.to_string()),
        management: true,
        policy: Some(Attached { name: own.id.as_str(), document: &own.document }),
        owner_allows: ranks,
        ..Resource::default()
    };
    let requests = requests(call, (org, record), cx, resource);
    Ok(requests.iter().all(|request| judge(request, &policies).outcome == Outcome::Allow))
}

/// A member's call as the evaluator takes it: one request for each action that it needs on each of its resources.
/// `resource` is what each is, but for its ARN.
pub fn requests<'a>(
    call: &Call<'_>,
    (org, record): (&Org, &OrgRecord),
    cx: &Cx<'_>,
    resource: impl Fn() -> Resource<'a>,
) -> Vec<Request<'a>> {
    let input = (call.input)();
    let mut context = context(call.name, &input, (org, record), cx);
    if call.service == "account" {
        context = account_context(context, &input, (org, record));
    }
    // Tags from the start are a call of their own (policies.md 1.4).
    let tags = input.get("Tags").and_then(Value::as_array).is_some_and(|tags| !tags.is_empty());
    let tagging = call.name == "CreatePolicy" && tags;
    let resources = resources(call, &input, (org, record), cx);
    let mut requests = Vec::new();
    for action in [Some(call.name), tagging.then_some("TagResource")].into_iter().flatten() {
        for (arn, tags) in &resources {
            let mut context = context.clone();
            for (key, value) in tags.iter().flat_map(|tags| &tags.0) {
                context = context.one(&format!("aws:ResourceTag/{key}"), value.clone());
            }
            let resource = Resource { arn: arn.clone(), ..resource() };
            let principal = Principal::Root { account: cx.caller.to_string() };
            let action = format!("{}:{action}", call.service);
            requests.push(Request::new(principal, &action, resource).with(context));
        }
    }
    requests
}

fn text<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}

/// The resources that a call is about, at least one, each with its tags: those that members of its input name
/// (accounts.md 9.2). What is not there has no ARN, so that only a grant for every resource reaches it.
fn resources<'a>(
    call: &Call<'_>,
    input: &Value,
    (org, record): (&'a Org, &OrgRecord),
    cx: &Cx<'_>,
) -> Vec<(Option<String>, Option<&'a Tags>)> {
    const NAMING: [&str; 9] = [
        "PolicyId",
        "TargetId",
        "AccountId",
        "ParentId",
        "ChildId",
        "OrganizationalUnitId",
        "RootId",
        "ResourceId",
        "Id",
    ];
    if call.service == "account" {
        return vec![(Some(account_arn(named_account(input), record, cx)), None)];
    }
    let of = |id: &str| {
        let tags = id.parse().ok().and_then(|resource| org.tags(&resource));
        (arn(org, record, id), tags)
    };
    let mut named: Vec<_> = NAMING.iter().filter_map(|member| text(input, member)).map(of).collect();
    if named.is_empty() {
        named.push(match call.name {
            "DescribeEffectivePolicy" => of(&cx.caller.to_string()),
            "CreatePolicy" => (created(record, input), None),
            _ => (None, None),
        });
    }
    named
}

/// The account that an operation of Account Management names.
fn named_account(input: &Value) -> Option<&str> {
    text(input, "AccountId").or_else(|| text(input, "StandardAccountId"))
}

/// The keys of Account Management (identity.md 5.7): what is asked about, and where the named member stands.
fn account_context(mut context: Context, input: &Value, (org, record): (&Org, &OrgRecord)) -> Context {
    if let Some(region) = text(input, "RegionName") {
        context = context.one("account:TargetRegion", region);
    }
    if let Some(kind) = text(input, "AlternateContactType") {
        context = context.many("account:AlternateContactTypes", vec![kind.to_owned()]);
    }
    if let Some((_, domain)) = text(input, "PrimaryEmail").and_then(|address| address.rsplit_once('@')) {
        context = context.one("account:EmailTargetDomain", domain);
    }
    let member = named_account(input).and_then(|id| id.parse().ok()).filter(|id| org.member(*id).is_some());
    if let Some(member) = member {
        let path = place(org, record, member).path;
        context = context.many("account:AccountResourceOrgPaths", vec![path]);
        for (key, value) in org.tags(&TaggableId::Account(member)).iter().flat_map(|tags| &tags.0) {
            context = context.one(&format!("account:AccountResourceOrgTags/{key}"), value.clone());
        }
    }
    context
}

/// The ARN of what an operation of Account Management is about: a member, or the caller itself.
fn account_arn(member: Option<&str>, record: &OrgRecord, cx: &Cx<'_>) -> String {
    let (partition, management, own) = (record.partition.wire(), record.management, record.id);
    match member {
        Some(member) => format!("arn:{partition}:account::{management}:account/{own}/{member}"),
        None => format!("arn:{partition}:account::{}:account", cx.caller),
    }
}

/// The ARN of a policy that has no id yet: AWS's own examples let members create what the ARNs of a type stand for.
fn created(record: &OrgRecord, input: &Value) -> Option<String> {
    use crate::kernel::wire_enum::WireEnum;
    let kind = PolicyType::from_wire(text(input, "Type")?)?.wire().to_lowercase();
    let (partition, management, own) = (record.partition.wire(), record.management, record.id);
    Some(format!("arn:{partition}:organizations::{management}:policy/{own}/{kind}/*"))
}

/// The ARN of what an id names (accounts.md 2.2).
fn arn(org: &Org, record: &OrgRecord, id: &str) -> Option<String> {
    let (partition, management, own) = (record.partition.wire(), record.management, record.id);
    let of = |kind: &str| Some(format!("arn:{partition}:organizations::{management}:{kind}/{own}/{id}"));
    if let Ok(policy) = id.parse() {
        return match Managed::find(&policy) {
            Some(managed) => Some(Summary::managed(record, managed).arn()),
            None => Some(Summary::of(record, &org.policies().get(&policy)?.record).arn()),
        };
    }
    match id {
        _ if id.starts_with("r-") => of("root"),
        _ if id.starts_with("ou-") => of("ou"),
        _ if id.starts_with("rp-") => of("resourcepolicy"),
        _ if id.starts_with("rt-") => {
            let inbound = id.parse().is_ok_and(|transfer| org.transfer(&transfer).is_some());
            let side = if inbound { "inbound" } else { "outbound" };
            Some(format!("arn:{partition}:organizations::{management}:transfer/{own}/billing/{side}/{id}"))
        }
        _ if id.len() == 12 => of("account"),
        _ => None,
    }
}

/// The condition keys of a call. What is not here is absent: it is a root user's, with a key and without a session.
fn context(operation: &str, input: &Value, (org, record): (&Org, &OrgRecord), cx: &Cx<'_>) -> Context {
    let mut context = Context::new();
    let (caller, management) = (cx.caller.to_string(), record.management.to_string());
    let principal = Principal::Root { account: caller.clone() };
    let (own, owner) = (place(org, record, cx.caller), place(org, record, record.management));
    standard_keys(&mut context, &principal, Some(&own), &management, Some(&owner));
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
    if let Some(r#type) = policy_type(org, input) {
        context = context.one("organizations:PolicyType", r#type.wire());
    }
    if let Some(principal) = text(input, "ServicePrincipal") {
        context = context.one("organizations:ServicePrincipal", principal);
    }
    if let Some(direction) = transfer_direction(operation, input, org) {
        context = context.one("organizations:TransferDirection", direction);
        context = context.one("organizations:TransferType", TransferType::Billing.wire());
    }
    let tags = input.get("Tags").and_then(Value::as_array).into_iter().flatten();
    let pairs = tags.filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?)));
    let mut keys = Vec::new();
    for (key, value) in pairs {
        context = context.one(&format!("aws:RequestTag/{key}"), value);
        keys.push(key.to_owned());
    }
    let removed = input.get("TagKeys").and_then(Value::as_array).into_iter().flatten();
    keys.extend(removed.filter_map(Value::as_str).map(str::to_owned));
    if !keys.is_empty() {
        context = context.many("aws:TagKeys", keys);
    }
    context
}

/// The side of a transfer that a call is about.
fn transfer_direction(operation: &str, input: &Value, org: &Org) -> Option<&'static str> {
    match operation {
        "ListInboundResponsibilityTransfers" => Some("INBOUND"),
        "ListOutboundResponsibilityTransfers" => Some("OUTBOUND"),
        _ => {
            let id = ["Id", "ResourceId"].iter().find_map(|m| text(input, m))?.parse().ok()?;
            Some(if org.transfer(&id).is_some() { "INBOUND" } else { "OUTBOUND" })
        }
    }
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

/// The policy type that a call is about: the one it names, or that of the policy it names.
fn policy_type(org: &Org, input: &Value) -> Option<PolicyType> {
    use crate::kernel::wire_enum::WireEnum;
    let named = ["PolicyType", "Type", "Filter"].iter().find_map(|m| text(input, m));
    if let Some(r#type) = named.and_then(PolicyType::from_wire) {
        return Some(r#type);
    }
    let id = ["PolicyId", "ResourceId"].iter().find_map(|m| text(input, m))?.parse().ok()?;
    match Managed::find(&id) {
        Some(managed) => Some(managed.r#type),
        None => Some(org.policies().get(&id)?.record.r#type),
    }
}
