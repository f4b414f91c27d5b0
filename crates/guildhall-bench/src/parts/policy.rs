//! Decisions of the policy crate, in this process: no server, no disk.

use super::progress;
use crate::Failure;
use crate::report::{Row, Section, Unit, median};
use crate::target::Lab;
use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind, Level, Place, Policies, Principal, Request, Resource, decide,
    standard_keys,
};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nodes from the root to the account.
const NODES: usize = 7;
/// Decisions of one repetition.
const DECISIONS: usize = 20_000;
/// Accounts of the replay, and the recorded calls of each.
const REPLAY: (usize, usize) = (50_000, 10);

/// What callers ask for: action, resource.
const CALLS: [(&str, &str); REPLAY.1] = [
    ("s3:GetObject", "arn:aws:s3:::work-bucket/some/key"),
    ("s3:PutObject", "arn:aws:s3:::work-bucket/other/key"),
    ("ec2:DescribeInstances", "*"),
    ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:222222222222:subnet/subnet-1"),
    ("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:222222222222:instance/i-1"),
    ("iam:GetRole", "arn:aws:iam::222222222222:role/work"),
    ("iam:CreateUser", "arn:aws:iam::222222222222:user/new"),
    ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:222222222222:log-group:g:log-stream:s"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:queue"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:222222222222:key/1"),
];

/// The policies of an organization, read once.
struct Set {
    scps: Vec<Document>,
    rcps: Vec<Document>,
    full: Document,
    full_resource: Document,
    identity: Document,
}

fn load(dir: &Path, kind: DocumentKind) -> Result<Vec<Document>, Failure> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    paths.iter().map(|path| Ok(Document::parse(kind, &std::fs::read_to_string(path)?)?)).collect()
}

impl Set {
    fn new() -> Result<Self, Failure> {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guildhall-policy/tests/samples");
        let identity = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ec2:*", "s3:*", "logs:*", "sqs:*", "kms:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}]}"#;
        Ok(Self {
            scps: load(&samples.join("scp"), DocumentKind::ServiceControl)?,
            rcps: load(&samples.join("rcp"), DocumentKind::ResourceControl)?,
            full: Document::full_access(DocumentKind::ServiceControl),
            full_resource: Document::full_access(DocumentKind::ResourceControl),
            identity: Document::parse(DocumentKind::Identity, identity)?,
        })
    }

    /// The nodes, each with the managed policy and `each` of the others.
    fn levels<'a>(&'a self, full: &'a Document, documents: &'a [Document], each: usize) -> Vec<Level<'a>> {
        let level = |node: usize| {
            let own = (0..each).map(|n| &documents[(node * each + n) % documents.len()]);
            let attached = std::iter::once(full).chain(own);
            let policies = attached.map(|document| Attached { name: "arn:aws:organizations::x", document });
            Level { node: "ou-ab12-abcdefgh", policies: policies.collect() }
        };
        (0..NODES).map(level).collect()
    }
}

fn context(who: &Principal) -> Context {
    let place =
        Place { organization: "o-guildhall1".into(), path: "o-guildhall1/r-ab12/ou-ab12-work0000/".into() };
    let mut context = Context::new();
    standard_keys(&mut context, who, Some(&place), "222222222222", Some(&place));
    context
        .one("aws:RequestedRegion", "eu-west-1")
        .one("aws:SourceIp", "203.0.113.4")
        .one("aws:SecureTransport", "true")
        .one("aws:ViaAWSService", "false")
        .one("aws:PrincipalTag/team", "red")
        .one("aws:CurrentTime", "2026-11-22T00:00:00Z")
        .one("aws:SourceVpc", "vpc-0a1")
        .one("s3:signatureversion", "AWS4-HMAC-SHA256")
        .one("s3:TlsVersion", "1.3")
}

fn requests<'a>(rcps: &'a [&'a Level<'a>]) -> Vec<Request<'a>> {
    let who = Principal::Role {
        account: "222222222222".into(),
        role: "arn:aws:iam::222222222222:role/Dev".into(),
        session: "arn:aws:sts::222222222222:assumed-role/Dev/session".into(),
        service_linked: false,
    };
    let request = |(action, arn): &(&str, &str)| {
        let mut resource = if *arn == "*" { Resource::none() } else { Resource::new(arn, "222222222222") };
        resource.rcps = Some(rcps);
        Request::new(who.clone(), action, resource).with(context(&who))
    };
    CALLS.iter().map(request).collect()
}

/// Measures decisions one after the other, and a replay on two threads.
pub(super) fn run(lab: &Lab) -> Result<Section, Failure> {
    let set = Set::new()?;
    // Ten service control policies and five resource control policies at each node: as many as AWS allows.
    let scps = set.levels(&set.full, &set.scps, 9);
    let rcps = set.levels(&set.full_resource, &set.rcps, 4);
    let (scps, rcps): (Vec<&Level<'_>>, Vec<&Level<'_>>) = (scps.iter().collect(), rcps.iter().collect());
    let identity = [Attached { name: "work", document: &set.identity }];
    let policies = Policies { scps: Some(&scps), identity: &identity, ..Policies::default() };
    let requests = requests(&rcps);

    progress("policy: decisions");
    let mut rates = Vec::new();
    for _ in 0..lab.settings.reps {
        let started = Instant::now();
        for n in 0..DECISIONS {
            black_box(decide(black_box(&requests[n % requests.len()]), black_box(&policies)));
        }
        rates.push(DECISIONS as f64 / started.elapsed().as_secs_f64());
    }
    let rate = median(rates);
    let replay = replay(&requests, &policies).as_secs_f64();
    let rows = vec![
        Row::at_least("decisions a second on one core", Unit::Thousands, rate / 1_000.0, 100.0).detail(
            format!("{NODES} nodes, 10 SCPs and 5 RCPs at each, one identity policy, ten kinds of calls"),
        ),
        Row::at_most("one policy replayed over all accounts", Unit::Milliseconds, replay * 1_000.0, 5_000.0)
            .detail(format!(
                "{} accounts × {} calls, each decided without and with it, on two threads",
                REPLAY.0, REPLAY.1
            )),
    ];
    let how = "In this process, parsed documents at hand, the policies of the crate's own samples. The replay decides \
               every call twice: with the policies as they are, and with the first service control policy of the root \
               taken away."
        .to_owned();
    Ok(Section { title: "Policies", how, rows })
}

/// Decides every call of every account twice, and says on standard error how far it is.
fn replay(requests: &[Request<'_>], policies: &Policies<'_>) -> Duration {
    let done = AtomicU64::new(0);
    let changed = AtomicU64::new(0);
    let root = policies.scps.and_then(|path| path.first()).expect("a root");
    let less = Level { node: root.node, policies: [&root.policies[..1], &root.policies[2..]].concat() };
    let mut path = policies.scps.expect("a path").to_vec();
    path[0] = &less;
    let proposed = Policies { scps: Some(&path), ..*policies };
    let started = Instant::now();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (done, changed, proposed) = (&done, &changed, &proposed);
            scope.spawn(move || {
                for account in (half..REPLAY.0).step_by(2) {
                    for request in requests {
                        let now = decide(black_box(request), policies).outcome;
                        let then = decide(black_box(request), proposed).outcome;
                        changed.fetch_add(u64::from(now != then), Ordering::Relaxed);
                    }
                    let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if so_far.is_multiple_of(10_000) {
                        progress(&format!("policy: replayed {so_far} of {} accounts", REPLAY.0));
                    }
                    black_box(account);
                }
            });
        }
    });
    black_box(changed.into_inner());
    started.elapsed()
}
