//! Decisions: the scenarios, exemptions and grants of policies.md 3.1 to 3.3 and 7.2, and what a decision says.
#![expect(
    clippy::panic,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tests fail by panicking, and tables are long"
)]

use guildhall_policy::iam::{
    Attached, Because, Context, Decision, Document, DocumentKind as D, Exemption, Given, Level, Outcome,
    Place, Policies, Principal, Request, Resource, Stage, decide, standard_keys,
};

const ACCOUNT: &str = "222222222222";
const OTHER: &str = "333333333333";

fn document(kind: D, statements: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Document::parse(kind, &text).unwrap_or_else(|e| panic!("{statements}: {e}"))
}

/// `F`, `D(s3)`, `A(ec2,iam)` as in the reference's table.
fn control(notation: &str) -> Document {
    let services = |inner: &str| {
        let list: Vec<String> =
            inner.trim_end_matches(')').split(',').map(|s| format!("\"{s}:*\"")).collect();
        list.join(",")
    };
    let statement = |effect: &str, actions: &str| {
        format!(r#"{{"Effect":"{effect}","Action":[{actions}],"Resource":"*"}}"#)
    };
    match notation.split_once('(') {
        None => Document::full_access(D::ServiceControl),
        Some(("D", inner)) => document(D::ServiceControl, &statement("Deny", &services(inner))),
        Some((_, inner)) => document(D::ServiceControl, &statement("Allow", &services(inner))),
    }
}

fn user(account: &str) -> Principal {
    Principal::User { account: account.into(), arn: format!("arn:aws:iam::{account}:user/ada") }
}

fn role(account: &str, service_linked: bool) -> Principal {
    Principal::Role {
        account: account.into(),
        role: format!("arn:aws:iam::{account}:role/r"),
        session: format!("arn:aws:sts::{account}:assumed-role/r/s"),
        service_linked,
    }
}

#[test]
fn scp_scenarios_of_the_reference() {
    // Nodes from the root to the account; the services that are usable of those probed.
    let probes = ["s3", "ec2", "iam", "cloudwatch"];
    let scenarios: [(&str, &[&[&str]], &[&str]); 9] = [
        ("1 B", &[&["F"], &["F", "D(s3)"], &["F", "D(ec2)"]], &["iam", "cloudwatch"]),
        ("1 A", &[&["F"], &["F", "D(s3)"], &["F"]], &["ec2", "iam", "cloudwatch"]),
        ("2", &[&["F"], &["A(ec2)"], &["F"]], &["ec2"]),
        ("3", &[&["D(s3)"], &["F"], &["F"]], &[]),
        ("4", &[&["F"], &["F"], &["F", "D(ec2)"], &["F"]], &["s3", "iam", "cloudwatch"]),
        ("5", &[&["F"], &["F"], &["A(ec2)"], &["F"]], &["ec2"]),
        ("6", &[&["F", "D(s3)"], &["F"], &["A(s3)"], &["F"]], &[]),
        ("7", &[&["A(iam,ec2)", "A(s3,cloudwatch)"], &["F"], &["F"]], &["s3", "ec2", "iam", "cloudwatch"]),
        ("account below the root", &[&["F"], &["F"]], &["s3", "ec2", "iam", "cloudwatch"]),
    ];
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    for (name, nodes, usable) in scenarios {
        let documents: Vec<Vec<Document>> =
            nodes.iter().map(|n| n.iter().map(|p| control(p)).collect()).collect();
        let levels: Vec<Level<'_>> = documents
            .iter()
            .map(|d| Level {
                node: "n",
                policies: d.iter().map(|d| Attached { name: "p", document: d }).collect(),
            })
            .collect();
        let path: Vec<&Level<'_>> = levels.iter().collect();
        let policies = Policies { scps: Some(&path), identity: &identity, ..Policies::default() };
        for who in [user(ACCOUNT), role(ACCOUNT, false), Principal::Root { account: ACCOUNT.into() }] {
            for probe in probes {
                let request = Request::new(who.clone(), &format!("{probe}:DoIt"), Resource::none());
                assert_eq!(decide(&request, &policies).allowed(), usable.contains(&probe), "{name} {probe}");
            }
        }
        // A policy on a node that has none any more denies all below it; so does no node at all.
        for n in 0..levels.len() {
            let mut stripped = levels.clone();
            stripped[n].policies.clear();
            let path: Vec<&Level<'_>> = stripped.iter().collect();
            let policies = Policies { scps: Some(&path), identity: &identity, ..Policies::default() };
            let request = Request::new(user(ACCOUNT), "iam:DoIt", Resource::none());
            assert!(!decide(&request, &policies).allowed(), "{name} without {n}");
        }
    }
    let request = Request::new(user(ACCOUNT), "iam:DoIt", Resource::none());
    let none = decide(&request, &Policies { scps: Some(&[]), identity: &identity, ..Policies::default() });
    assert_eq!(none.outcome, Outcome::ImplicitDeny);
    let off = decide(&request, &Policies { scps: None, identity: &identity, ..Policies::default() });
    assert_eq!(off.outcome, Outcome::Allow);
}

#[test]
fn who_is_under_scps() {
    let deny = control("D(s3)");
    let root = Level { node: "r-1", policies: vec![Attached { name: "p-1", document: &deny }] };
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    let everybody =
        document(D::Resource, r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#);
    let policies = Policies { scps: Some(&[&root]), identity: &identity, ..Policies::default() };
    let rows = [
        (user(ACCOUNT), false, None),
        (role(ACCOUNT, false), false, None),
        (Principal::Root { account: ACCOUNT.into() }, false, None),
        (
            Principal::FederatedUser {
                account: ACCOUNT.into(),
                arn: "arn:aws:sts::222222222222:federated-user/f".into(),
            },
            false,
            None,
        ),
        (user(ACCOUNT), true, Some(Exemption::ManagementAccount)),
        (role(ACCOUNT, true), false, Some(Exemption::ServiceLinkedRole)),
        (Principal::Service { name: "x.amazonaws.com".into() }, false, Some(Exemption::NoAccount)),
        (Principal::Anonymous, false, Some(Exemption::NoAccount)),
    ];
    for (who, management, exempt) in rows {
        let mut resource = Resource::new("arn:aws:s3:::b/k", ACCOUNT);
        resource.policy = Some(Attached { name: "bucket", document: &everybody });
        let mut request = Request::new(who, "s3:GetObject", resource);
        request.management = management;
        let decision = decide(&request, &policies);
        match exempt {
            None => assert_eq!(decision.outcome, Outcome::ExplicitDeny, "{:?}", request.principal),
            Some(exempt) => {
                assert_eq!(decision.outcome, Outcome::Allow, "{:?}", request.principal);
                assert_eq!(decision.reasons[0].because, Because::Exempt(exempt));
            }
        }
    }
}

fn rcp_case(
    who: Principal,
    action: &str,
    arn: &str,
    change: impl Fn(&mut Resource<'_>),
) -> (Outcome, Option<String>) {
    let deny = document(
        D::ResourceControl,
        r#"{"Effect":"Deny","Principal":"*","Action":["sqs:*","kms:*","s3:*","sts:*"],"Resource":"*"}"#,
    );
    let full = Document::full_access(D::ResourceControl);
    let name = "arn:aws:organizations::111111111111:policy/o-1/resource_control_policy/p-1";
    let full = Attached { name: "p-RCPFullAWSAccess", document: &full };
    let root = Level { node: "r-1", policies: vec![full] };
    let account = Level { node: OTHER, policies: vec![full, Attached { name, document: &deny }] };
    let path = [&root, &account];
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    let everybody = Document::full_access(D::Resource);
    let policies = Policies { identity: &identity, ..Policies::default() };
    let mut resource = Resource::new(arn, OTHER);
    resource.rcps = Some(&path);
    resource.policy = Some(Attached { name: "resource", document: &everybody });
    change(&mut resource);
    let mut request = Request::new(who, action, resource);
    request.management = true;
    let decision = decide(&request, &policies);
    (decision.outcome, decision.sentence())
}

#[test]
fn what_is_under_rcps() {
    let queue = "arn:aws:sqs:eu-west-1:333333333333:q";
    let denied = Outcome::ExplicitDeny;
    // The management account's users as callers are bound by the RCPs of the owner's account.
    assert_eq!(rcp_case(user(ACCOUNT), "sqs:SendMessage", queue, |_| {}).0, denied);
    assert_eq!(rcp_case(user(OTHER), "sqs:SendMessage", queue, |_| {}).0, denied);
    assert_eq!(rcp_case(Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::b/k", |_| {}).0, denied);
    let service = || Principal::Service { name: "sns.amazonaws.com".into() };
    assert_eq!(rcp_case(service(), "sqs:SendMessage", queue, |_| {}).0, denied);
    // observed.md 56: an action about the whole account.
    assert_eq!(
        rcp_case(user(OTHER), "sqs:ListQueues", "arn:aws:sqs:eu-west-1:333333333333:", |_| {}).0,
        denied
    );
    // Exempt.
    let allow = Outcome::Allow;
    let key = "arn:aws:kms:eu-west-1:333333333333:key/k";
    assert_eq!(rcp_case(role(ACCOUNT, true), "sqs:SendMessage", queue, |_| {}).0, allow);
    assert_eq!(rcp_case(user(ACCOUNT), "sqs:SendMessage", queue, |r| r.management = true).0, allow);
    assert_eq!(rcp_case(user(ACCOUNT), "sqs:SendMessage", queue, |r| r.rcps = None).0, allow);
    assert_eq!(rcp_case(user(ACCOUNT), "kms:RetireGrant", key, |_| {}).0, allow);
    assert_eq!(rcp_case(user(ACCOUNT), "kms:Decrypt", key, |_| {}).0, denied);
    assert_eq!(rcp_case(user(ACCOUNT), "kms:Decrypt", key, |r| r.aws_managed = true).0, allow);
    // Only keys are managed by AWS.
    assert_eq!(rcp_case(user(ACCOUNT), "sqs:SendMessage", queue, |r| r.aws_managed = true).0, denied);
    assert_eq!(rcp_case(user(ACCOUNT), "KMS:retiregrant", key, |_| {}).0, allow);
    assert_eq!(
        rcp_case(user(ACCOUNT), "ec2:RunInstances", "arn:aws:ec2:x:333333333333:i/i", |_| {}).0,
        allow
    );
    assert_eq!(
        rcp_case(user(ACCOUNT), "sqs:SendMessage", queue, |r| r.rcps = Some(&[])).0,
        Outcome::ImplicitDeny
    );
    // AWS's sentence (policies.md 3.1), the action in lower case for SQS only (observed.md 57).
    let policy = "arn:aws:organizations::111111111111:policy/o-1/resource_control_policy/p-1";
    for (action, arn, printed) in
        [("sqs:SendMessage", queue, "sqs:sendmessage"), ("kms:Decrypt", key, "kms:Decrypt")]
    {
        assert_eq!(
            rcp_case(user(ACCOUNT), action, arn, |_| {}).1.unwrap(),
            format!(
                "User: arn:aws:iam::222222222222:user/ada is not authorized to perform: {printed} on resource: {arn} \
                 with an explicit deny in a resource control policy: {policy}"
            )
        );
    }
}

/// Who asks, where the resource is, and what each policy says; `None` for a policy that is not there.
struct Case<'s> {
    who: Principal,
    owner: &'s str,
    identity: &'s str,
    boundary: Option<&'s str>,
    session: Option<&'s str>,
    /// The principal of an Allow of the resource's policy.
    resource: Option<&'s str>,
    decides: bool,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self {
            who: user(ACCOUNT),
            owner: ACCOUNT,
            identity: "",
            boundary: None,
            session: None,
            resource: None,
            decides: false,
        }
    }
}

const ALLOW: &str = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
const OTHERWISE: &str = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
const DENY: &str = r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#;

impl Case<'_> {
    fn decide(&self, look: impl Fn(&Decision<'_>)) -> Outcome {
        let identity_of = |s: &str| document(D::Identity, if s.is_empty() { OTHERWISE } else { s });
        let identity = identity_of(self.identity);
        let boundary = self.boundary.map(identity_of);
        let session = self.session.map(identity_of);
        let resource = self.resource.map(|p| {
            document(
                D::Resource,
                &format!(r#"{{"Effect":"Allow","Principal":{p},"Action":"s3:*","Resource":"*"}}"#),
            )
        });
        let identity = [Attached { name: "identity", document: &identity }];
        let session = session.as_ref().map(|document| [Attached { name: "session", document }]);
        let policies = Policies {
            scps: None,
            identity: &identity,
            boundary: boundary.as_ref().map(|document| Attached { name: "boundary", document }),
            session: session.as_ref().map(|s| &s[..]),
        };
        let mut on = Resource::new("arn:aws:s3:::b/k", self.owner);
        on.policy = resource.as_ref().map(|document| Attached { name: "resource", document });
        on.policy_decides = self.decides;
        let request = Request::new(self.who.clone(), "s3:GetObject", on);
        let decision = decide(&request, &policies);
        look(&decision);
        decision.outcome
    }
}

#[test]
fn grants_within_one_account() {
    let user_arn = Some(r#"{"AWS":"arn:aws:iam::222222222222:user/ada"}"#);
    let role_arn = Some(r#"{"AWS":"arn:aws:iam::222222222222:role/r"}"#);
    let session_arn = Some(r#"{"AWS":"arn:aws:sts::222222222222:assumed-role/r/s"}"#);
    let federated_arn = Some(r#"{"AWS":"arn:aws:sts::222222222222:federated-user/f"}"#);
    let account = Some(r#"{"AWS":"222222222222"}"#);
    let stranger = Some(r#"{"AWS":"333333333333"}"#);
    let everybody = Some(r#""*""#);
    let user = || user(ACCOUNT);
    let role = || role(ACCOUNT, false);
    let root = || Principal::Root { account: ACCOUNT.into() };
    let federated = || Principal::FederatedUser {
        account: ACCOUNT.into(),
        arn: "arn:aws:sts::222222222222:federated-user/f".into(),
    };
    let (yes, no) = (Outcome::Allow, Outcome::ImplicitDeny);
    let none = Some(OTHERWISE);
    let rows = [
        ("nothing", Case::default(), no),
        ("identity", Case { identity: ALLOW, ..Case::default() }, yes),
        ("boundary cuts", Case { identity: ALLOW, boundary: none, ..Case::default() }, no),
        ("boundary agrees", Case { identity: ALLOW, boundary: Some(ALLOW), ..Case::default() }, yes),
        ("boundary grants nothing", Case { boundary: Some(ALLOW), ..Case::default() }, no),
        ("session cuts", Case { who: role(), identity: ALLOW, session: none, ..Case::default() }, no),
        (
            "session agrees",
            Case { who: role(), identity: ALLOW, session: Some(ALLOW), ..Case::default() },
            yes,
        ),
        ("session grants nothing", Case { who: role(), session: Some(ALLOW), ..Case::default() }, no),
        ("user by resource", Case { resource: user_arn, ..Case::default() }, yes),
        ("user skips boundary", Case { resource: user_arn, boundary: none, ..Case::default() }, yes),
        ("user under session", Case { resource: user_arn, session: none, ..Case::default() }, no),
        ("role by resource", Case { who: role(), resource: role_arn, ..Case::default() }, yes),
        (
            "role under boundary",
            Case { who: role(), resource: role_arn, boundary: none, ..Case::default() },
            no,
        ),
        (
            "role under session",
            Case { who: role(), resource: role_arn, session: none, ..Case::default() },
            no,
        ),
        (
            "session by resource",
            Case { who: role(), resource: session_arn, boundary: none, session: none, ..Case::default() },
            yes,
        ),
        // The ARN of a federated user is a session's, too (policies.md 3.2).
        (
            "federated by resource",
            Case { who: federated(), resource: federated_arn, session: none, ..Case::default() },
            yes,
        ),
        (
            "federated by account",
            Case { who: federated(), resource: account, session: none, ..Case::default() },
            no,
        ),
        (
            "federated under session",
            Case { who: federated(), identity: ALLOW, session: none, ..Case::default() },
            no,
        ),
        ("everybody", Case { resource: everybody, ..Case::default() }, yes),
        ("everybody under boundary", Case { resource: everybody, boundary: none, ..Case::default() }, no),
        ("the account hands on", Case { resource: account, ..Case::default() }, no),
        ("the account and identity", Case { resource: account, identity: ALLOW, ..Case::default() }, yes),
        ("somebody else", Case { resource: stranger, ..Case::default() }, no),
        ("root", Case { who: root(), ..Case::default() }, yes),
        ("decides: identity alone", Case { identity: ALLOW, decides: true, ..Case::default() }, no),
        ("decides: user", Case { resource: user_arn, decides: true, ..Case::default() }, yes),
        ("decides: account alone", Case { resource: account, decides: true, ..Case::default() }, no),
        (
            "decides: account and identity",
            Case { resource: account, identity: ALLOW, decides: true, ..Case::default() },
            yes,
        ),
        ("decides: role", Case { who: role(), resource: role_arn, decides: true, ..Case::default() }, yes),
        (
            "decides: other",
            Case { identity: ALLOW, resource: stranger, decides: true, ..Case::default() },
            no,
        ),
        ("decides: root", Case { who: root(), decides: true, ..Case::default() }, no),
        (
            "decides: root named",
            Case { who: root(), resource: account, decides: true, ..Case::default() },
            yes,
        ),
        (
            "deny in identity",
            Case { identity: DENY, resource: user_arn, ..Case::default() },
            Outcome::ExplicitDeny,
        ),
        (
            "deny in boundary",
            Case { identity: ALLOW, boundary: Some(DENY), ..Case::default() },
            Outcome::ExplicitDeny,
        ),
        (
            "deny in session",
            Case { who: role(), resource: session_arn, session: Some(DENY), ..Case::default() },
            Outcome::ExplicitDeny,
        ),
    ];
    for (name, case, wanted) in rows {
        let decides = case.decides;
        assert_eq!(case.decide(|_| {}), wanted, "{name} ({decides})");
    }
    // Sanity of the helper: another user of the same account is not meant by the first one's ARN.
    let bob = Principal::User { account: ACCOUNT.into(), arn: "arn:aws:iam::222222222222:user/bob".into() };
    assert_eq!(Case { who: bob, resource: user_arn, ..Case::default() }.decide(|_| {}), no);
    let _ = user();
}

#[test]
fn grants_across_accounts() {
    let user_arn = Some(r#"{"AWS":"arn:aws:iam::222222222222:user/ada"}"#);
    let session_arn = Some(r#"{"AWS":"arn:aws:sts::222222222222:assumed-role/r/s"}"#);
    let (yes, no) = (Outcome::Allow, Outcome::ImplicitDeny);
    let none = Some(OTHERWISE);
    let over = |case: Case<'static>| Case { owner: OTHER, ..case };
    let rows = [
        ("identity alone", over(Case { identity: ALLOW, ..Case::default() }), no),
        ("resource alone", over(Case { resource: user_arn, ..Case::default() }), no),
        ("both", over(Case { identity: ALLOW, resource: user_arn, ..Case::default() }), yes),
        (
            "account",
            over(Case { identity: ALLOW, resource: Some(r#"{"AWS":"222222222222"}"#), ..Case::default() }),
            yes,
        ),
        (
            "boundary cuts",
            over(Case { identity: ALLOW, resource: user_arn, boundary: none, ..Case::default() }),
            no,
        ),
        (
            "session cuts",
            over(Case {
                who: role(ACCOUNT, false),
                identity: ALLOW,
                resource: session_arn,
                session: none,
                ..Case::default()
            }),
            no,
        ),
        (
            "root alone",
            over(Case { who: Principal::Root { account: ACCOUNT.into() }, ..Case::default() }),
            no,
        ),
        (
            "root let in",
            over(Case {
                who: Principal::Root { account: ACCOUNT.into() },
                resource: Some(r#"{"AWS":"222222222222"}"#),
                ..Case::default()
            }),
            yes,
        ),
        (
            "service",
            over(Case {
                who: Principal::Service { name: "a.amazonaws.com".into() },
                resource: Some(r#"{"Service":"a.amazonaws.com"}"#),
                ..Case::default()
            }),
            yes,
        ),
        (
            "other service",
            over(Case {
                who: Principal::Service { name: "b.amazonaws.com".into() },
                resource: Some(r#"{"Service":"a.amazonaws.com"}"#),
                ..Case::default()
            }),
            no,
        ),
        (
            "anonymous",
            over(Case { who: Principal::Anonymous, resource: Some(r#"{"AWS":"*"}"#), ..Case::default() }),
            yes,
        ),
        (
            "anonymous shut out",
            over(Case { who: Principal::Anonymous, resource: user_arn, ..Case::default() }),
            no,
        ),
        (
            "provider",
            over(Case {
                who: Principal::Provided { provider: "idp.example".into() },
                resource: Some(r#"{"Federated":"idp.example"}"#),
                ..Case::default()
            }),
            yes,
        ),
    ];
    for (name, case, wanted) in rows {
        assert_eq!(case.decide(|_| {}), wanted, "{name}");
    }
}

#[test]
fn not_principal() {
    let text = r#"{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::222222222222:user/ada"},"Action":"s3:*","Resource":"*"}"#;
    let lock = document(D::Resource, text);
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    for (who, wanted) in [(user(ACCOUNT), Outcome::Allow), (role(ACCOUNT, false), Outcome::ExplicitDeny)] {
        let mut resource = Resource::new("arn:aws:s3:::b", ACCOUNT);
        resource.policy = Some(Attached { name: "bucket", document: &lock });
        let request = Request::new(who, "s3:ListBucket", resource);
        assert_eq!(
            decide(&request, &Policies { identity: &identity, ..Policies::default() }).outcome,
            wanted
        );
    }
}

#[test]
fn sentences_of_denials() {
    let start = "User: arn:aws:iam::222222222222:user/ada is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k";
    let rows = [
        (Case::default(), "because no identity-based policy allows the s3:GetObject action"),
        (
            Case { identity: ALLOW, boundary: Some(OTHERWISE), ..Case::default() },
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            Case { identity: ALLOW, session: Some(OTHERWISE), ..Case::default() },
            "because no session policy allows the s3:GetObject action",
        ),
        (
            Case { identity: ALLOW, owner: OTHER, ..Case::default() },
            "because no resource-based policy allows the s3:GetObject action",
        ),
        (
            Case { owner: OTHER, ..Case::default() },
            "because no identity-based policy allows the s3:GetObject action",
        ),
        (
            Case { identity: ALLOW, decides: true, ..Case::default() },
            "because no resource-based policy allows the s3:GetObject action",
        ),
        (Case { identity: DENY, ..Case::default() }, "with an explicit deny in an identity-based policy"),
        (
            Case { identity: ALLOW, boundary: Some(DENY), ..Case::default() },
            "with an explicit deny in a permissions boundary",
        ),
        (
            Case { identity: ALLOW, session: Some(DENY), ..Case::default() },
            "with an explicit deny in a session policy",
        ),
    ];
    for (case, end) in rows {
        case.decide(|d| assert_eq!(d.sentence().unwrap(), format!("{start} {end}")));
    }
    Case { identity: ALLOW, ..Case::default() }.decide(|d| assert_eq!(d.sentence(), None));
    // A level of SCPs that allows nothing, a role's trust policy.
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    let (full, only) = (control("F"), control("A(ec2)"));
    let root = Level { node: "r-1", policies: vec![Attached { name: "F", document: &full }] };
    let ou = Level { node: "ou-1", policies: vec![Attached { name: "A", document: &only }] };
    let request = Request::new(user(ACCOUNT), "iam:ListUsers", Resource::none());
    let path = [&root, &ou];
    let decision =
        decide(&request, &Policies { scps: Some(&path), identity: &identity, ..Policies::default() });
    assert_eq!(
        decision.sentence().unwrap(),
        "User: arn:aws:iam::222222222222:user/ada is not authorized to perform: iam:ListUsers on resource: * because no service control policy allows the iam:ListUsers action"
    );
    assert_eq!(decision.reasons.len(), 1);
    assert_eq!(decision.reasons[0].to_string(), "no service control policy at ou-1 allows it");
    let trust = document(D::Trust, r#"{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}"#);
    let mut resource = Resource::new("arn:aws:iam::222222222222:role/r", ACCOUNT);
    resource.policy = Some(Attached { name: "trust", document: &trust });
    resource.policy_decides = true;
    let request = Request::new(user(ACCOUNT), "sts:AssumeRole", resource);
    let decision = decide(&request, &Policies { identity: &identity, ..Policies::default() });
    assert!(decision.sentence().unwrap().ends_with("with an explicit deny in the role trust policy"));
}

#[test]
fn an_allowed_call_says_what_allowed_it() {
    let full = control("F");
    let root = Level { node: "r-1", policies: vec![Attached { name: "p-FullAWSAccess", document: &full }] };
    let account =
        Level { node: ACCOUNT, policies: vec![Attached { name: "p-FullAWSAccess", document: &full }] };
    let grant = document(
        D::Identity,
        r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"Red","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*","Condition":{"StringLike":{"aws:PrincipalTag/team":["blue","r*"]}}}"#,
    );
    let identity = [Attached { name: "team", document: &grant }];
    let path = [&root, &account];
    let policies = Policies { scps: Some(&path), identity: &identity, ..Policies::default() };
    let request = Request::new(user(ACCOUNT), "S3:getobject", Resource::new("arn:aws:s3:::b/x:y/z", ACCOUNT))
        .with(Context::new().one("aws:principaltag/TEAM", "red"));
    let decision = decide(&request, &policies);
    let told: Vec<String> = decision.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "service control policy p-FullAWSAccess at r-1 allows it: statement 1",
            "service control policy p-FullAWSAccess at 222222222222 allows it: statement 1",
            "no resource control policy restricts it: no organization has such policies enabled here",
            "identity-based policy team allows it: statement 2 (Red), StringLike aws:PrincipalTag/team [blue, r*] with red: holds",
        ]
    );
    // Without the tag, what nearly allowed it is told.
    let request = request.with(Context::new());
    let decision = decide(&request, &policies);
    assert_eq!(
        decision.reasons[0].to_string(),
        "no identity-based policy allows it; team would: statement 2 (Red), StringLike aws:PrincipalTag/team [blue, r*] with no value: does not hold"
    );
}

#[test]
fn a_denied_call_says_what_would_have_allowed_it_at_every_stage() {
    let late = r#"{"Sid":"Late","Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let told = |case: Case<'_>| {
        let mut told = Vec::new();
        let texts = std::cell::RefCell::new(&mut told);
        case.decide(|d| texts.borrow_mut().extend(d.reasons.iter().map(ToString::to_string)));
        told
    };
    let would = |stage: &str, name: &str| {
        format!(
            "no {stage} allows it; {name} would: statement 1 (Late), Bool aws:MultiFactorAuthPresent [true] with no \
             value: does not hold"
        )
    };
    let cases = [
        (Case { identity: late, ..Case::default() }, would("identity-based policy", "identity")),
        (
            Case { identity: ALLOW, boundary: Some(late), ..Case::default() },
            would("permissions boundary", "boundary"),
        ),
        (
            Case { identity: ALLOW, session: Some(late), ..Case::default() },
            would("session policy", "session"),
        ),
    ];
    for (case, reason) in cases {
        assert_eq!(told(case), [reason]);
    }
    // Several of them fail: all are told.
    let all = told(Case { identity: late, boundary: Some(late), session: Some(late), ..Case::default() });
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn resources_and_actions() {
    // Pattern statement, action, resource (None is `*`), whether it denies.
    let d = |rest: &str| format!(r#"{{"Effect":"Deny",{rest}}}"#);
    let rows = [
        (d(r#""Action":"s3:Get*","Resource":"*""#), "s3:getobject", Some("arn:aws:s3:::b/k"), true),
        (d(r#""Action":"S3:*Object","Resource":"*""#), "s3:GetObject", Some("arn:aws:s3:::b/k"), true),
        (d(r#""Action":"s3:Get?bject","Resource":"*""#), "s3:GetObject", Some("arn:aws:s3:::b/k"), true),
        (d(r#""Action":"s3:Get?bject","Resource":"*""#), "s3:GetOObject", Some("arn:aws:s3:::b/k"), false),
        (d(r#""NotAction":["s3:*","iam:*"],"Resource":"*""#), "ec2:RunInstances", None, true),
        (d(r#""NotAction":["s3:*","iam:*"],"Resource":"*""#), "IAM:ListUsers", None, false),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::b/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::b/x/y:z"),
            true,
        ),
        (d(r#""Action":"*","Resource":"arn:aws:s3:::B/*""#), "s3:GetObject", Some("arn:aws:s3:::b/x"), false),
        (
            d(r#""Action":"*","Resource":"arn:aws:sns:*:222222222222:*""#),
            "sns:Publish",
            Some("arn:aws:sns:eu-west-1:222222222222:t:1"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:sns:*:t""#.replace("*:t", "*:*:t").as_str()),
            "sns:Publish",
            Some("arn:aws:sns:eu-west-1:222222222222:t"),
            true,
        ),
        // A star before the fifth colon stays in its field.
        (
            d(r#""Action":"*","Resource":"arn:aws:s*:::b""#),
            "sns:Publish",
            Some("arn:aws:sns:eu-west-1:222222222222:b"),
            false,
        ),
        // No resource: only `*` fits, and NotResource of an ARN.
        (d(r#""Action":"*","Resource":"*""#), "s3:ListAllMyBuckets", None, true),
        (d(r#""Action":"*","Resource":"arn:aws:s3:::*""#), "s3:ListAllMyBuckets", None, false),
        (d(r#""Action":"*","NotResource":"arn:aws:s3:::*""#), "s3:ListAllMyBuckets", None, true),
        (d(r#""Action":"*","NotResource":"*""#), "s3:ListAllMyBuckets", None, false),
        (
            d(r#""Action":"*","NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]"#),
            "s3:ListBucket",
            Some("arn:aws:s3:::b"),
            false,
        ),
        (
            d(r#""Action":"*","NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]"#),
            "s3:ListBucket",
            Some("arn:aws:s3:::c"),
            true,
        ),
        // Variables in every field (observed.md 66); without a value the pattern fits nothing.
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::home-${aws:username}/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::home-ada/x"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::home-${aws:username}/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::home-bob/x"),
            false,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::home-${aws:none}/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::home-/x"),
            false,
        ),
        (
            d(r#""Action":"*","NotResource":"arn:aws:s3:::home-${aws:none}/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::home-/x"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::home-${aws:none, 'all'}/*""#),
            "s3:GetObject",
            Some("arn:aws:s3:::home-all/x"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::${*}/${?}""#),
            "s3:GetObject",
            Some("arn:aws:s3:::*/?"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:s3:::${*}/${?}""#),
            "s3:GetObject",
            Some("arn:aws:s3:::a/b"),
            false,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:role/x""#),
            "iam:GetRole",
            Some("arn:aws:iam::222222222222:role/x"),
            true,
        ),
        (
            d(r#""Action":"*","Resource":"arn:aws:iam::${aws:none}:role/x""#),
            "iam:GetRole",
            Some("arn:aws:iam::222222222222:role/x"),
            false,
        ),
        (
            d(
                r#""Action":"*","Resource":"arn:${aws:none, 'aws'}:${aws:none, 'iam'}::*:role/${aws:username}""#,
            ),
            "iam:GetRole",
            Some("arn:aws:iam::222222222222:role/ada"),
            true,
        ),
    ];
    let context = Context::new().one("aws:username", "ada").one("aws:PrincipalAccount", ACCOUNT);
    let admin = Document::full_access(D::Identity);
    for (statement, action, arn, denies) in rows {
        let lock = document(D::Identity, &statement);
        let identity =
            [Attached { name: "admin", document: &admin }, Attached { name: "lock", document: &lock }];
        let resource = arn.map_or_else(Resource::none, |arn| Resource::new(arn, ACCOUNT));
        let request = Request::new(user(ACCOUNT), action, resource).with(context.clone());
        let outcome = decide(&request, &Policies { identity: &identity, ..Policies::default() }).outcome;
        let wanted = if denies { Outcome::ExplicitDeny } else { Outcome::Allow };
        assert_eq!(outcome, wanted, "{statement} {action} {arn:?}");
    }
}

#[test]
fn a_failing_comparison_closes() {
    // observed.md 47: an Allow with it does not apply, a Deny with it does.
    let condition = r#""Condition":{"ArnLike":{"aws:SourceArn":"no-arn"}}"#;
    let allow =
        document(D::Identity, &format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*",{condition}}}"#));
    let deny =
        document(D::Identity, &format!(r#"{{"Effect":"Deny","Action":"*","Resource":"*",{condition}}}"#));
    let admin = Document::full_access(D::Identity);
    let attached = |document| Attached { name: "p", document };
    for (source, allowed, denied) in [
        ("arn:aws:s3:::b", Outcome::ImplicitDeny, Outcome::ExplicitDeny),
        ("no arn either", Outcome::ImplicitDeny, Outcome::Allow),
    ] {
        let request = Request::new(user(ACCOUNT), "s3:GetObject", Resource::none())
            .with(Context::new().one("aws:SourceArn", source));
        let only = [attached(&allow)];
        assert_eq!(decide(&request, &Policies { identity: &only, ..Policies::default() }).outcome, allowed);
        let both = [attached(&admin), attached(&deny)];
        assert_eq!(decide(&request, &Policies { identity: &both, ..Policies::default() }).outcome, denied);
    }
    // Beside something unknown: the Allow cannot come to apply, the Deny can.
    let condition = r#""Condition":{"Bool":{"aws:x":"true"},"ArnLike":{"aws:SourceArn":"no-arn"}}"#;
    let statement =
        |effect: &str| format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*",{condition}}}"#);
    let (allow, deny) =
        (document(D::Identity, &statement("Allow")), document(D::Identity, &statement("Deny")));
    let request = Request::new(user(ACCOUNT), "s3:GetObject", Resource::none())
        .with(Context::partial().one("aws:SourceArn", "arn:aws:s3:::b"));
    let only = [attached(&allow)];
    let decision = decide(&request, &Policies { identity: &only, ..Policies::default() });
    assert_eq!(decision.outcome, Outcome::ImplicitDeny);
    let both = [attached(&admin), attached(&deny)];
    let decision = decide(&request, &Policies { identity: &both, ..Policies::default() });
    assert_eq!((decision.outcome, decision.needs), (Outcome::Undecided, vec!["aws:x"]));
}

#[test]
fn two_resources_are_both_wanted() {
    let policy = "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-1";
    let target = "arn:aws:organizations::111111111111:ou/o-1/ou-1";
    let allow = |arn: &str| {
        format!(r#"{{"Effect":"Allow","Action":"organizations:AttachPolicy","Resource":"{arn}"}}"#)
    };
    let deny = |arn: &str| {
        format!(r#"{{"Effect":"Deny","Action":"organizations:AttachPolicy","Resource":"{arn}"}}"#)
    };
    let either = [allow(policy), allow(target)].join(",");
    for (statements, outcome) in [
        (allow(policy), Outcome::ImplicitDeny),
        (allow(target), Outcome::ImplicitDeny),
        (either.clone(), Outcome::Allow),
        (format!("{either},{}", deny(target)), Outcome::ExplicitDeny),
        (format!("{},{}", allow(target), deny(target)), Outcome::ExplicitDeny),
    ] {
        let document = document(D::Identity, &statements);
        let identity = [Attached { name: "p", document: &document }];
        let request = Request::new(
            user("111111111111"),
            "organizations:AttachPolicy",
            Resource::new(policy, "111111111111"),
        )
        .and(Resource::new(target, "111111111111"));
        let decision = decide(&request, &Policies { identity: &identity, ..Policies::default() });
        assert_eq!(decision.outcome, outcome, "{statements}");
        if statements == allow(policy) {
            assert_eq!(decision.reasons[0].resource, Some(target));
            assert!(decision.sentence().unwrap().contains(target));
        }
    }
}

#[test]
fn two_resources_of_which_one_is_open() {
    let allow = |arn: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{arn}","Condition":{{{condition}}}}}"#
        )
    };
    let deny = |arn: &str| allow(arn, OPEN).replace("Allow", "Deny");
    const OPEN: &str = r#""StringEquals":{"aws:x":"1"}"#;
    let (yes, no, open) = (Outcome::Allow, Outcome::ImplicitDeny, Outcome::Undecided);
    let rows = [
        ([allow("a", ""), allow("b", "")].join(","), yes, vec![]),
        ([allow("a", ""), allow("b", OPEN)].join(","), open, vec!["aws:x"]),
        ([allow("a", OPEN), allow("b", "")].join(","), open, vec!["aws:x"]),
        (allow("a", OPEN), no, vec![]),
        (allow("b", OPEN), no, vec![]),
        ([allow("a", ""), deny("a")].join(","), open, vec!["aws:x"]),
        ([allow("b", ""), deny("b")].join(","), open, vec!["aws:x"]),
    ];
    for (statements, outcome, needs) in rows {
        let document = document(D::Identity, &statements);
        let identity = [Attached { name: "p", document: &document }];
        let request = Request::new(user(ACCOUNT), "s3:CopyObject", Resource::new("arn:aws:s3:::a", ACCOUNT))
            .and(Resource::new("arn:aws:s3:::b", ACCOUNT))
            .with(Context::partial());
        let decision = decide(&request, &Policies { identity: &identity, ..Policies::default() });
        assert_eq!((decision.outcome, &decision.needs), (outcome, &needs), "{statements}");
        assert_eq!(decision.sentence().is_some(), outcome == no, "{statements}");
    }
}

#[test]
fn delegation_through_the_organizations_policy() {
    // policies.md 7.2, evaluation for a member caller.
    let own = |effect: &str, principal: &str, action: &str| {
        document(
            D::Organization,
            &format!(r#"{{"Effect":"{effect}","Principal":{principal},"Action":"{action}","Resource":"*"}}"#),
        )
    };
    let member = r#"{"AWS":"222222222222"}"#;
    let grant = own("Allow", member, "organizations:CreatePolicy");
    let shut = own("Deny", r#""*""#, "organizations:DescribeOrganization");
    let admin = Document::full_access(D::Identity);
    let little = document(D::Identity, OTHERWISE);
    let decide_for =
        |account: &str, action: &str, identity: &Document, policy: Option<&Document>, delegate: bool| {
            let identity = [Attached { name: "i", document: identity }];
            let mut resource =
                Resource::new("arn:aws:organizations::111111111111:organization/o-1", "111111111111");
            resource.policy = policy.map(|document| Attached { name: "rp-1", document });
            resource.owner_allows = delegate;
            resource.management = true;
            let mut request = Request::new(user(account), action, resource);
            request.management = account == "111111111111";
            decide(&request, &Policies { identity: &identity, ..Policies::default() }).outcome
        };
    let (yes, no, denied) = (Outcome::Allow, Outcome::ImplicitDeny, Outcome::ExplicitDeny);
    let create = "organizations:CreatePolicy";
    let read = "organizations:DescribeOrganization";
    assert_eq!(decide_for(ACCOUNT, create, &admin, Some(&grant), false), yes);
    assert_eq!(decide_for(ACCOUNT, create, &little, Some(&grant), false), no);
    assert_eq!(decide_for(ACCOUNT, create, &admin, None, false), no);
    assert_eq!(decide_for(OTHER, create, &admin, Some(&grant), false), no);
    assert_eq!(decide_for(ACCOUNT, read, &admin, None, true), yes);
    assert_eq!(decide_for(ACCOUNT, read, &little, None, true), no);
    assert_eq!(decide_for(ACCOUNT, read, &admin, Some(&shut), true), denied);
    // It does not bind the management account.
    assert_eq!(decide_for("111111111111", read, &admin, Some(&shut), false), yes);
    assert_eq!(decide_for("111111111111", create, &little, Some(&shut), false), no);
}

#[test]
fn a_delegate_stays_under_its_scps_and_its_session() {
    // policies.md 7.2, evaluation 1 and 5; and 4: what AWS manages is granted by `*`.
    let grant = document(
        D::Organization,
        r#"{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"organizations:DescribePolicy","Resource":"*"}"#,
    );
    let admin = Document::full_access(D::Identity);
    let little = document(D::Identity, OTHERWISE);
    let (full, deny, other) = (control("F"), control("D(organizations)"), control("A(ec2)"));
    let outcome = |scp: &Document, session: &Document| {
        let identity = [Attached { name: "i", document: &admin }];
        let session = [Attached { name: "s", document: session }];
        let root = Level { node: "r-1", policies: vec![Attached { name: "p", document: scp }] };
        let path = [&root];
        let arn = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
        let mut resource = Resource::new(arn, "111111111111");
        resource.policy = Some(Attached { name: "rp-1", document: &grant });
        resource.management = true;
        let request = Request::new(user(ACCOUNT), "organizations:DescribePolicy", resource);
        let policies = Policies {
            scps: Some(&path),
            identity: &identity,
            session: Some(&session),
            ..Policies::default()
        };
        decide(&request, &policies).outcome
    };
    assert_eq!(outcome(&full, &admin), Outcome::Allow);
    assert_eq!(outcome(&deny, &admin), Outcome::ExplicitDeny);
    assert_eq!(outcome(&other, &admin), Outcome::ImplicitDeny);
    assert_eq!(outcome(&full, &little), Outcome::ImplicitDeny);
}

#[test]
fn principals_have_no_variables_and_no_wildcards() {
    // policies.md 3.3: a variable in a principal is text, and fits nobody.
    let text = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:user/${aws:username}"},"Action":"s3:*","Resource":"*"}"#;
    let policy = document(D::Resource, text);
    let mut resource = Resource::new("arn:aws:s3:::b", ACCOUNT);
    resource.policy = Some(Attached { name: "bucket", document: &policy });
    let request = Request::new(user(ACCOUNT), "s3:ListBucket", resource)
        .with(Context::new().one("aws:username", "ada"));
    assert_eq!(decide(&request, &Policies::default()).outcome, Outcome::ImplicitDeny);
}

#[test]
fn what_is_open_is_not_guessed() {
    let lock = document(
        D::ServiceControl,
        r#"{"Sid":"Lock","Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
    );
    let full = control("F");
    let root = Level {
        node: "r-1",
        policies: vec![Attached { name: "F", document: &full }, Attached { name: "L", document: &lock }],
    };
    let path = [&root];
    let admin = Document::full_access(D::Identity);
    let tagged = document(
        D::Identity,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:ec2:*:*:instance/${aws:PrincipalTag/team}"}"#,
    );
    let arn = "arn:aws:ec2:eu-west-1:222222222222:instance/red";
    let request = |context: Context| {
        Request::new(user(ACCOUNT), "ec2:StopInstances", Resource::new(arn, ACCOUNT)).with(context)
    };
    let run = |request: &Request<'_>, document: &Document| {
        let identity = [Attached { name: "i", document }];
        let decision =
            decide(request, &Policies { scps: Some(&path), identity: &identity, ..Policies::default() });
        let p = decision.possible;
        let needs: Vec<String> = decision.needs.iter().map(ToString::to_string).collect();
        let open = decision.reasons.iter().filter(|r| matches!(r.because, Because::Open(_))).count();
        (decision.outcome, (p.allow, p.implicit_deny, p.explicit_deny), needs, open)
    };
    let region = "aws:requestedregion".to_owned();
    let team = "aws:principaltag/team".to_owned();
    let partial = request(Context::partial());
    assert_eq!(run(&partial, &admin), (Outcome::Undecided, (true, false, true), vec![region.clone()], 1));
    assert_eq!(
        run(&partial, &tagged),
        (Outcome::Undecided, (true, true, true), vec![team.clone(), region.clone()], 2)
    );
    let known = request(Context::partial().one("aws:RequestedRegion", "eu-west-1"));
    assert_eq!(run(&known, &tagged), (Outcome::Undecided, (true, true, false), vec![team], 1));
    assert_eq!(run(&known, &admin).0, Outcome::Allow);
    // Denied for certain, whatever the rest is.
    let elsewhere = request(Context::partial().one("aws:RequestedRegion", "us-east-1"));
    assert_eq!(run(&elsewhere, &tagged), (Outcome::ExplicitDeny, (false, false, true), vec![], 0));
    // Absent is an answer: a Deny with a negated operator applies.
    assert_eq!(
        run(&request(Context::partial().absent("aws:RequestedRegion")), &admin).0,
        Outcome::ExplicitDeny
    );
    assert_eq!(run(&request(Context::new()), &admin).0, Outcome::ExplicitDeny);
    // Denied either way: nothing allows it, and a Deny may apply.
    let little = document(D::Identity, ALLOW);
    assert_eq!(run(&partial, &little), (Outcome::Undecided, (false, true, true), vec![region], 1));
}

#[test]
fn keys_that_follow_from_caller_and_owner() {
    let place = Place { organization: "o-1".into(), path: "o-1/r-1/ou-1/".into() };
    let mut context = Context::new();
    standard_keys(&mut context, &role(ACCOUNT, false), Some(&place), OTHER, None);
    let one = |v: &str| Given::One(v.to_owned());
    for (key, given) in [
        ("aws:PrincipalArn", one("arn:aws:iam::222222222222:role/r")),
        ("aws:PrincipalAccount", one(ACCOUNT)),
        ("aws:PrincipalType", one("AssumedRole")),
        ("aws:PrincipalOrgID", one("o-1")),
        ("aws:PrincipalOrgPaths", Given::Many(vec!["o-1/r-1/ou-1/".into()])),
        ("aws:PrincipalIsAWSService", one("false")),
        ("aws:PrincipalServiceName", Given::Absent),
        ("aws:ResourceAccount", one(OTHER)),
        ("aws:ResourceOrgID", Given::Absent),
    ] {
        assert_eq!(*context.get(key), given, "{key}");
    }
    let mut context = Context::partial();
    standard_keys(
        &mut context,
        &Principal::Service { name: "x.amazonaws.com".into() },
        None,
        OTHER,
        Some(&place),
    );
    assert_eq!(*context.get("aws:PrincipalIsAWSService"), one("true"));
    assert_eq!(*context.get("aws:PrincipalServiceName"), one("x.amazonaws.com"));
    assert_eq!(*context.get("aws:PrincipalArn"), Given::Absent);
    assert_eq!(*context.get("aws:ResourceOrgPaths"), Given::Many(vec!["o-1/r-1/ou-1/".into()]));
    assert_eq!(*context.get("aws:RequestedRegion"), Given::Unknown);
}

#[test]
fn several_denials_are_told_in_the_order_of_stages() {
    let (scp, identity) = (control("D(s3)"), document(D::Identity, DENY));
    let root = Level { node: "r-1", policies: vec![Attached { name: "scp", document: &scp }; 40] };
    let identity = [Attached { name: "identity", document: &identity }];
    let request = Request::new(user(ACCOUNT), "s3:GetObject", Resource::none());
    let path = [&root];
    let decision =
        decide(&request, &Policies { scps: Some(&path), identity: &identity, ..Policies::default() });
    assert_eq!(decision.outcome, Outcome::ExplicitDeny);
    assert_eq!(decision.reasons.len(), guildhall_policy::iam::MAX_TOLD);
    assert_eq!(decision.reasons[0].stage, Stage::ServiceControl);
}
