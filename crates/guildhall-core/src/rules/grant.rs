//! What the organization's resource policy says to a member's call (policies.md 7.2).

use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind, Outcome, Policies, Principal, Request, Resource,
    decide as judge,
};
use serde_json::Value;

use crate::access::Call;
use crate::cx::Cx;
use crate::error::Stop;
use crate::org::{Org, OrgRecord, ResourcePolicy};
use crate::policy::{Managed, PolicyType, Summary};

/// Whether the policy lets a call through. `ranks`: the caller may do it unless the policy denies it. Callers are root
/// users, whom no identity policy limits.
pub fn decide(
    policy: &ResourcePolicy,
    call: &Call<'_>,
    ranks: bool,
    (org, record): (&Org, &OrgRecord),
    cx: &Cx<'_>,
) -> Result<bool, Stop> {
    let input = (call.input)();
    let management = record.management.to_string();
    let resource = |arn: Option<String>| Resource {
        arn,
        owner: Some(management.clone()),
        management: true,
        policy: Some(Attached { name: policy.id.as_str(), document: &policy.document }),
        owner_allows: ranks,
        ..Resource::default()
    };
    let principal = Principal::Root { account: cx.caller.to_string() };
    let action = format!("organizations:{}", call.name);
    let mut arns = arns(org, record, &input).into_iter();
    let mut request = Request::new(principal, &action, resource(arns.next()));
    for arn in arns {
        request = request.and(resource(Some(arn)));
    }
    let request = request.with(context(org, record, &input, cx));
    // Everything, as a root user may.
    let full = Document::full_access(DocumentKind::Identity);
    let identity = [Attached { name: "root", document: &full }];
    let policies = Policies { identity: &identity, ..Policies::default() };
    Ok(judge(&request, &policies).outcome == Outcome::Allow)
}

fn text<'a>(input: &'a Value, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}

/// The resources that a call is about, by the members of its input that name some (accounts.md 9.2).
fn arns(org: &Org, record: &OrgRecord, input: &Value) -> Vec<String> {
    const NAMING: [&str; 8] = [
        "PolicyId",
        "TargetId",
        "AccountId",
        "ParentId",
        "ChildId",
        "OrganizationalUnitId",
        "RootId",
        "ResourceId",
    ];
    NAMING.iter().filter_map(|member| arn(org, record, text(input, member)?)).collect()
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
            Some(format!("arn:{partition}:organizations::{management}:transfer/{own}/billing/inbound/{id}"))
        }
        _ if id.len() == 12 => of("account"),
        _ => None,
    }
}

/// The condition keys of a call. What is not here is absent: a root user's call without session.
fn context(org: &Org, record: &OrgRecord, input: &Value, cx: &Cx<'_>) -> Context {
    let mut context = Context::new()
        .one("aws:PrincipalAccount", cx.caller.to_string())
        .one("aws:PrincipalArn", format!("arn:{}:iam::{}:root", record.partition.wire(), cx.caller))
        .one("aws:PrincipalOrgID", record.id.to_string())
        .one("aws:ResourceAccount", record.management.to_string())
        .one("aws:ResourceOrgID", record.id.to_string())
        .one("aws:SecureTransport", "true");
    if let Some(r#type) = policy_type(org, input) {
        context = context.one("organizations:PolicyType", r#type.wire());
    }
    if let Some(principal) = text(input, "ServicePrincipal") {
        context = context.one("organizations:ServicePrincipal", principal);
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
    let named = ["ResourceId", "PolicyId", "AccountId", "OrganizationalUnitId", "TargetId"];
    let tagged = named.iter().find_map(|m| org.tags(&text(input, m)?.parse().ok()?));
    for (key, value) in tagged.into_iter().flat_map(|tags| &tags.0) {
        context = context.one(&format!("aws:ResourceTag/{key}"), value.clone());
    }
    context
}

/// The policy type that a call is about: the one it names, or that of the policy it names.
fn policy_type(org: &Org, input: &Value) -> Option<PolicyType> {
    use crate::input::WireEnum;
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
