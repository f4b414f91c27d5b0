//! Whether a call would be allowed, by the policies of an organization (policies.md 3). No operation asks this; the
//! console does.

use guildhall_policy::iam::{
    Attached, Context, Decision, Document, DocumentKind, Given, Level, Policies, Principal, Request,
    Resource, decide as judge, standard_keys,
};

use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use crate::rules::authorize;
use crate::rules::control;
use crate::state::org::{Org, OrgRecord};
use crate::state::policy::PolicyType;

/// A call that nobody makes.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The caller's account; for callers without one, the account that is looked at.
    pub account: AccountId,
    /// Who calls.
    pub principal: Principal,
    /// What is called, as in `s3:GetObject`.
    pub action: String,
    /// The resource's ARN; none for actions without one.
    pub resource: Option<String>,
    /// The account that owns the resource, in the organization or not.
    pub owner: AccountId,
    /// Condition keys. They come before those that follow from the call.
    pub keys: Vec<(String, Given)>,
    /// Whether keys of which nothing is said are unknown instead of absent.
    pub partial: bool,
    /// The identity policy of the caller; none: everything is allowed.
    pub identity: Option<Document>,
    /// The policy on the resource.
    pub on_resource: Option<Document>,
}

/// Decides a call, and hands the decision on. Reads the two paths from the root to the caller and to the owner.
pub fn decide<T>(
    call: &Simulated,
    (org, record): (&Org, &OrgRecord),
    now: Timestamp,
    tell: impl FnOnce(&Decision<'_>) -> T,
) -> T {
    let scps = control::documents((org, record), call.account, PolicyType::ServiceControl);
    let rcps = control::documents((org, record), call.owner, PolicyType::ResourceControl);
    let scps = scps.as_deref().map(control::levels);
    let rcps = rcps.as_deref().map(control::levels);
    let scps: Option<Vec<&Level<'_>>> = scps.as_ref().map(|levels| levels.iter().collect());
    let rcps: Option<Vec<&Level<'_>>> = rcps.as_ref().map(|levels| levels.iter().collect());

    let on_resource = call.on_resource.as_ref();
    let trust = on_resource.is_some_and(|d| d.kind == DocumentKind::Trust);
    let key = call.action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("kms:"));
    let resource = Resource {
        arn: call.resource.clone(),
        owner: Some(call.owner.to_string()),
        management: call.owner == record.management,
        rcps: rcps.as_deref(),
        policy: on_resource.map(|document| Attached { name: "the resource's policy", document }),
        policy_decides: trust || (key && on_resource.is_some()),
        ..Resource::default()
    };
    let mut request = Request::new(call.principal.clone(), &call.action, resource);
    request = request.with(context(call, (org, record), now));
    request.management = call.principal.account().is_some() && call.account == record.management;

    let full = Document::full_access(DocumentKind::Identity);
    let document = call.identity.as_ref().unwrap_or(&full);
    let identity = [Attached { name: "the caller's policy", document }];
    let policies = Policies { scps: scps.as_deref(), identity: &identity, ..Policies::default() };
    tell(&judge(&request, &policies))
}

/// What is known of the call: what follows from who calls what and when, and what was said besides.
fn context(call: &Simulated, (org, record): (&Org, &OrgRecord), now: Timestamp) -> Context {
    let mut context = if call.partial { Context::partial() } else { Context::new() };
    let place = |account| org.member(account).map(|_| authorize::place(org, record, account));
    let own = call.principal.account().and_then(|_| place(call.account));
    let owner = call.owner.to_string();
    standard_keys(&mut context, &call.principal, own.as_ref(), &owner, place(call.owner).as_ref());
    context = context
        .one("aws:SecureTransport", "true")
        .one("aws:CurrentTime", now.to_string())
        .one("aws:EpochTime", now.seconds().to_string());
    if let Principal::Root { account } = &call.principal {
        context =
            context.one("aws:PrincipalArn", format!("arn:{}:iam::{account}:root", record.partition.wire()));
    }
    for (key, given) in &call.keys {
        context.set(key, given.clone());
    }
    context
}

#[cfg(test)]
mod tests {
    use guildhall_policy::iam::Outcome;

    use super::*;
    use crate::kernel::ids::{PolicyId, TargetId};
    use crate::state::account::{Partition, Standing};
    use crate::state::holds::Holds;
    use crate::state::org::{FeatureSet, JoinedMethod, Member, NodePolicies, RootAccess};
    use crate::state::policy::PolicyRecord;

    const NOW: Timestamp = Timestamp(1_768_000_000_000);
    const MANAGEMENT: &str = "111111111111";
    const ONE: &str = "222222222222";
    const TWO: &str = "333333333333";
    const STRANGER: &str = "999999999999";

    fn record(types: &[PolicyType]) -> OrgRecord {
        OrgRecord {
            id: "o-a1b2c3d4e5".parse().unwrap(),
            management: MANAGEMENT.parse().unwrap(),
            partition: Partition::Aws,
            root: "r-ab12".parse().unwrap(),
            feature_set: FeatureSet::All,
            created: NOW,
            deleted: None,
            limits: Default::default(),
            region_opts: Vec::new(),
            root_access: RootAccess::default(),
            policy_types: types.iter().map(|r#type| (*r#type, NOW)).collect(),
        }
    }

    /// An organization of three accounts in its root, with policies: a type, a document, and where it is attached.
    fn organization(record: &OrgRecord, policies: &[(PolicyType, &str, &str)]) -> Org {
        let mut org = Org::default();
        org.put((), record.clone()).unwrap();
        for id in [MANAGEMENT, ONE, TWO] {
            let id: AccountId = id.parse().unwrap();
            let member = Member {
                id,
                email: format!("{id}@example.com").parse().unwrap(),
                name: id.text().as_str().into(),
                parent: crate::kernel::ids::ParentId::Root(record.root),
                method: JoinedMethod::Invited,
                joined: NOW,
                placed: NOW,
                standing: Standing::default(),
                role_deleted: false,
            };
            org.put(id, member).unwrap();
        }
        for (n, (r#type, content, target)) in policies.iter().enumerate() {
            let id: PolicyId = format!("p-0000000{n}").parse().unwrap();
            let (name, description) = (format!("policy {n}").into(), "".into());
            let content = (*content).into();
            let record = PolicyRecord { id, r#type: *r#type, name, description, content, updated: NOW };
            org.put(id, record).unwrap();
            let node = NodePolicies { attached: vec![id], ..NodePolicies::default() };
            org.put(target.parse::<TargetId>().unwrap(), node).unwrap();
        }
        org
    }

    fn call(account: &str, owner: &str) -> Simulated {
        let role = format!("arn:aws:iam::{account}:role/dev");
        let session = format!("arn:aws:sts::{account}:assumed-role/dev/session");
        let account_id: AccountId = account.parse().unwrap();
        Simulated {
            account: account_id,
            principal: Principal::Role { account: account.into(), role, session, service_linked: false },
            action: "s3:GetObject".into(),
            resource: Some("arn:aws:s3:::bucket/key".into()),
            owner: owner.parse().unwrap(),
            keys: Vec::new(),
            partial: false,
            identity: None,
            on_resource: None,
        }
    }

    const DENY: &str =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
    const DENY_RCP: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "*"}}"#;
    const STRANGERS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}}"#;
    const ABROAD: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}"#;
    const EVERYBODY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*",
        "Action": "s3:*", "Resource": "*"}}"#;

    #[test]
    fn the_callers_and_the_owners_policies_have_their_say() {
        use Outcome::{Allow, ExplicitDeny, ImplicitDeny};
        use PolicyType::{ResourceControl as Rcp, ServiceControl as Scp};
        let own = |account| call(account, account);
        let shared = |account, owner| {
            let policy = Document::parse(DocumentKind::Resource, EVERYBODY).unwrap();
            Simulated { on_resource: Some(policy), ..call(account, owner) }
        };
        let root = "r-ab12";
        let both: &[PolicyType] = &[Scp, Rcp];
        for (n, (types, policies, asked, wanted)) in [
            (both, vec![], own(ONE), Allow),
            (both, vec![(Scp, DENY, ONE)], own(ONE), ExplicitDeny),
            (both, vec![(Scp, DENY, root)], own(ONE), ExplicitDeny),
            (both, vec![(Scp, DENY, TWO)], own(ONE), Allow),
            // A type that is not enabled restricts nothing, nor is the management account restricted.
            (&[Rcp][..], vec![(Scp, DENY, root)], own(ONE), Allow),
            (&[Scp][..], vec![(Rcp, DENY_RCP, root)], own(ONE), Allow),
            (both, vec![(Scp, DENY, root)], own(MANAGEMENT), Allow),
            (both, vec![(Rcp, DENY_RCP, root)], own(MANAGEMENT), Allow),
            // Between accounts both sides count, and the resource's policy has to allow.
            (both, vec![], call(ONE, TWO), ImplicitDeny),
            (both, vec![], shared(ONE, TWO), Allow),
            (both, vec![(Rcp, DENY_RCP, TWO)], shared(ONE, TWO), ExplicitDeny),
            (both, vec![(Rcp, DENY_RCP, ONE)], shared(ONE, TWO), Allow),
            (both, vec![(Rcp, DENY_RCP, TWO)], shared(MANAGEMENT, TWO), ExplicitDeny),
            (both, vec![(Scp, DENY, ONE)], shared(ONE, STRANGER), ExplicitDeny),
            (both, vec![(Rcp, DENY_RCP, root)], shared(ONE, STRANGER), Allow),
            // What follows from who calls is known.
            (both, vec![(Rcp, STRANGERS, TWO)], shared(ONE, TWO), Allow),
        ]
        .into_iter()
        .enumerate()
        {
            let record = record(types);
            let org = organization(&record, &policies);
            let outcome = decide(&asked, (&org, &record), NOW, |decision| decision.outcome);
            assert_eq!(outcome, wanted, "case {n}");
        }
    }

    #[test]
    fn callers_without_an_account_and_keys() {
        let record = record(&[PolicyType::ServiceControl, PolicyType::ResourceControl]);
        let org = organization(&record, &[(PolicyType::ResourceControl, STRANGERS, ONE)]);
        let policy = Document::parse(DocumentKind::Resource, EVERYBODY).unwrap();
        let anonymous =
            Simulated { principal: Principal::Anonymous, on_resource: Some(policy), ..call(ONE, ONE) };
        let outcome = |call: &Simulated, org: &Org| decide(call, (org, &record), NOW, |d| d.outcome);
        assert_eq!(outcome(&anonymous, &org), Outcome::ExplicitDeny);

        let org = organization(&record, &[(PolicyType::ServiceControl, ABROAD, ONE)]);
        let with = |keys: &[(&str, Given)], partial| Simulated {
            keys: keys.iter().map(|(key, given)| ((*key).to_owned(), given.clone())).collect(),
            partial,
            ..call(ONE, ONE)
        };
        let region = |name: &str| ("AWS:requestedregion", Given::One(name.to_owned()));
        for (asked, wanted) in [
            (with(&[], false), Outcome::ExplicitDeny),
            (with(&[], true), Outcome::Undecided),
            (with(&[("aws:RequestedRegion", Given::Unknown)], false), Outcome::Undecided),
            (with(&[region("eu-west-1")], true), Outcome::Allow),
            (with(&[region("us-east-1")], true), Outcome::ExplicitDeny),
        ] {
            assert_eq!(outcome(&asked, &org), wanted, "{:?}", asked.keys);
        }
    }

    #[test]
    fn reasons_name_nodes_and_policies() {
        let record = record(&[PolicyType::ServiceControl]);
        let org = organization(&record, &[(PolicyType::ServiceControl, DENY, ONE)]);
        let told = decide(&call(ONE, ONE), (&org, &record), NOW, |decision| {
            decision.reasons.iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        let arn = "arn:aws:organizations::111111111111:policy/o-a1b2c3d4e5/service_control_policy/p-00000000";
        assert_eq!(told, [format!("service control policy {arn} at {ONE} denies it: statement 1")]);
        let told = decide(&call(TWO, TWO), (&org, &record), NOW, |decision| decision.reasons.len());
        // Two levels, no resource control policies, and the caller's own policy.
        assert_eq!(told, 4);
    }
}
