//! Decisions of the policy crate, in this process: no server, no disk.

use super::progress;
use crate::Refusal;
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

/// Units of the replay: four below the root and below each unit, five deep.
const UNITS: usize = 4 + 16 + 64 + 256 + 1024;

/// What callers ask for: action, resource.
const CALLS: [(&str, &str); REPLAY.1] = [
    ("s3:GetObject", "arn:aws:s3:::work-bucket/some/key"),
    ("s3:PutObject", "arn:aws:s3:::work-bucket/other/key"),
    ("ec2:DescribeInstances", "*"),
    ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:ACCOUNT:subnet/subnet-1"),
    ("ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:ACCOUNT:instance/i-1"),
    ("iam:GetRole", "arn:aws:iam::ACCOUNT:role/work"),
    ("iam:CreateUser", "arn:aws:iam::ACCOUNT:user/new"),
    ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:ACCOUNT:log-group:g:log-stream:s"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:ACCOUNT:queue"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:ACCOUNT:key/1"),
];

/// The policies of an organization, read once.
struct Set {
    scps: Vec<Document>,
    rcps: Vec<Document>,
    full: Document,
    full_resource: Document,
    identity: Document,
}

fn load(dir: &Path, kind: DocumentKind) -> Result<Vec<Document>, Refusal> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    paths.iter().map(|path| Ok(Document::parse(kind, &std::fs::read_to_string(path)?)?)).collect()
}

impl Set {
    fn new() -> Result<Self, Refusal> {
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

    /// Ten service control policies of a node: the managed one and nine others. As many as AWS allows.
    fn scps<'a>(&'a self, number: usize, node: &'a str) -> Level<'a> {
        level(&self.full, &self.scps, 9, number, node)
    }

    /// Five resource control policies of a node: as many as AWS allows.
    fn rcps<'a>(&'a self, number: usize, node: &'a str) -> Level<'a> {
        level(&self.full_resource, &self.rcps, 4, number, node)
    }
}

/// A node with the managed policy and `each` of the others, which differ from node to node.
fn level<'a>(
    full: &'a Document,
    documents: &'a [Document],
    each: usize,
    number: usize,
    node: &'a str,
) -> Level<'a> {
    let own = (0..each).map(|n| &documents[(number * each + n) % documents.len()]);
    let attached = std::iter::once(full).chain(own);
    let policies = attached.map(|document| Attached { name: "arn:aws:organizations::x", document });
    Level { node, policies: policies.collect() }
}

fn context(who: &Principal, account: &str) -> Context {
    let place =
        Place { organization: "o-guildhall1".into(), path: "o-guildhall1/r-ab12/ou-ab12-work0000/".into() };
    let mut context = Context::new();
    standard_keys(&mut context, who, Some(&place), account, Some(&place));
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

/// The calls of one account, from what was recorded of them.
fn requests<'a>(account: &str, rcps: &'a [&'a Level<'a>]) -> Vec<Request<'a>> {
    let who = Principal::Role {
        account: account.into(),
        role: format!("arn:aws:iam::{account}:role/Dev"),
        session: format!("arn:aws:sts::{account}:assumed-role/Dev/session"),
        service_linked: false,
    };
    let request = |(action, arn): &(&str, &str)| {
        let mut resource = match *arn {
            "*" => Resource::none(),
            arn => Resource::new(&arn.replace("ACCOUNT", account), account),
        };
        resource.rcps = Some(rcps);
        Request::new(who.clone(), action, resource).with(context(&who, account))
    };
    CALLS.iter().map(request).collect()
}

/// Measures decisions one after the other, and a replay on two threads.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let set = Set::new()?;
    let scps: Vec<Level<'_>> = (0..NODES).map(|n| set.scps(n, "ou-ab12-abcdefgh")).collect();
    let rcps: Vec<Level<'_>> = (0..NODES).map(|n| set.rcps(n, "ou-ab12-abcdefgh")).collect();
    let (scps, rcps): (Vec<&Level<'_>>, Vec<&Level<'_>>) = (scps.iter().collect(), rcps.iter().collect());
    let identity = [Attached { name: "work", document: &set.identity }];
    let policies = Policies { scps: Some(&scps), identity: &identity, ..Policies::default() };
    let requests = requests("222222222222", &rcps);

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
    let replay = replay(&set).as_secs_f64();
    let rows = vec![
        Row::at_least("decisions a second on one core", Unit::Thousands, rate / 1_000.0, 100.0).detail(
            format!("{NODES} nodes, 10 SCPs and 5 RCPs at each, one identity policy, ten kinds of calls"),
        ),
        Row::at_most("one policy replayed over all accounts", Unit::Milliseconds, replay * 1_000.0, 5_000.0)
            .detail(format!(
                "{} accounts × {} calls, each decided without and with it, on two threads; {UNITS} units",
                REPLAY.0, REPLAY.1
            )),
    ];
    let how = "In this process, parsed documents at hand, the policies of the crate's own samples. The replay decides \
               every call twice: with the policies as they are, and with the first service control policy of the root \
               taken away."
        .to_owned();
    Ok(Section { title: "Policies", how, rows })
}

/// A tree of units, five deep, four below each: every one with its policies.
struct Tree<'a> {
    root: (Level<'a>, Level<'a>),
    /// By depth, then by number.
    units: Vec<Vec<(Level<'a>, Level<'a>)>>,
}

impl<'a> Tree<'a> {
    fn new(set: &'a Set) -> Self {
        let node = |number| (set.scps(number, "ou-ab12-abcdefgh"), set.rcps(number, "ou-ab12-abcdefgh"));
        let units =
            (1..NODES - 1).map(|depth| (0..4usize.pow(depth as u32)).map(|n| node(depth + n)).collect());
        Self { root: node(0), units: units.collect() }
    }

    /// From the root down to the unit that an account is in.
    fn path(&self, account: usize) -> impl Iterator<Item = &(Level<'a>, Level<'a>)> {
        let depths = self.units.len();
        let leaf = account % 4usize.pow(depths as u32);
        let units = self.units.iter().enumerate().map(move |(depth, units)| {
            let below = depths - 1 - depth;
            &units[leaf / 4usize.pow(below as u32)]
        });
        std::iter::once(&self.root).chain(units)
    }
}

/// Decides every call of every account twice, and says on standard error how far it is. What was recorded of the calls
/// is turned into requests on the way.
fn replay(set: &Set) -> Duration {
    let tree = Tree::new(set);
    let identity = [Attached { name: "work", document: &set.identity }];
    let root = &tree.root.0;
    let less = Level { node: root.node, policies: [&root.policies[..1], &root.policies[2..]].concat() };
    let (done, changed) = (AtomicU64::new(0), AtomicU64::new(0));
    let account = |number: usize| {
        let id = format!("{:012}", 100_000_000_000 + number);
        let own = (set.scps(number, &id), set.rcps(number, &id));
        let path: Vec<_> = tree.path(number).chain([&own]).collect();
        let scps: Vec<&Level<'_>> = path.iter().map(|level| &level.0).collect();
        let rcps: Vec<&Level<'_>> = path.iter().map(|level| &level.1).collect();
        let mut fewer = scps.clone();
        fewer[0] = &less;
        let now = Policies { scps: Some(&scps), identity: &identity, ..Policies::default() };
        let then = Policies { scps: Some(&fewer), ..now };
        for request in &requests(&id, &rcps) {
            let differs = decide(request, &now).outcome != decide(request, &then).outcome;
            changed.fetch_add(u64::from(differs), Ordering::Relaxed);
        }
        let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
        if so_far.is_multiple_of(10_000) {
            progress(&format!("policy: replayed {so_far} of {} accounts", REPLAY.0));
        }
    };
    let started = Instant::now();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let account = &account;
            scope.spawn(move || (half..REPLAY.0).step_by(2).for_each(account));
        }
    });
    black_box(changed.into_inner());
    started.elapsed()
}
