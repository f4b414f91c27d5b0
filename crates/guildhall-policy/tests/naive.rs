//! Agreement with a second evaluator that is written from the reference alone, and properties that hold whatever the
//! policies say. Random, from fixed seeds.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::nonminimal_bool,
    reason = "tests fail by panicking, and tables are long"
)]

#[path = "naive/generator.rs"]
mod generator;
#[path = "naive/oracle.rs"]
mod oracle;

use guildhall_policy::iam::simulate::{Entry, EntryType, Input, Organization, Simulation, Source, Verdict};
use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind as D, Given, Level, Outcome, Policies, Possible, Principal,
    Request, Resource, decide,
};
use serde_json::Value;

use generator::{KEYS, Random, ask, full, key, on, only_conditions, policies};
use oracle::{Caller, Key, World};

/// A world's documents, read.
struct Read {
    scps: Option<Vec<Vec<Document>>>,
    rcps: Option<Vec<Vec<Document>>>,
    identity: Vec<Document>,
    boundary: Option<Document>,
    session: Option<Vec<Document>>,
    policy: Option<Document>,
}

fn read(kind: D, value: &Value) -> Document {
    if kind == D::ResourceControl && *value == full("rcp") {
        return Document::full_access(kind);
    }
    let text = value.to_string();
    Document::parse(kind, &text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

impl Read {
    fn new(w: &World) -> Self {
        let levels = |kind: D, levels: &Option<Vec<Vec<Value>>>| {
            let node = |n: &Vec<Value>| n.iter().map(|v| read(kind, v)).collect();
            levels.as_ref().map(|l| l.iter().map(node).collect())
        };
        Self {
            scps: levels(D::ServiceControl, &w.scps),
            rcps: levels(D::ResourceControl, &w.rcps),
            identity: w.identity.iter().map(|v| read(D::Identity, v)).collect(),
            boundary: w.boundary.as_ref().map(|v| read(D::Identity, v)),
            session: w.session.as_ref().map(|s| s.iter().map(|v| read(D::Identity, v)).collect()),
            policy: w.policy.as_ref().map(|v| match w.language {
                "trust" => read(D::Trust, v),
                "organization" => read(D::Organization, v),
                _ => read(D::Resource, v),
            }),
        }
    }

    /// Decides the world's request; keys in `unknown` are.
    fn decide(&self, w: &World, unknown: &[&str]) -> (Outcome, Possible) {
        self.decide_all(w, &[], unknown)
    }

    /// The same, if it is about the resources of other worlds, too.
    fn decide_all(&self, w: &World, also: &[World], unknown: &[&str]) -> (Outcome, Possible) {
        let attached = |document| Attached { name: "p", document };
        let scps = self.scps.as_ref().map(|l| level_list(l));
        let rcps = self.rcps.as_ref().map(|l| level_list(l));
        let scp_path: Option<Vec<&Level<'_>>> = scps.as_ref().map(|l| l.iter().collect());
        let rcp_path: Option<Vec<&Level<'_>>> = rcps.as_ref().map(|l| l.iter().collect());
        let identity: Vec<Attached<'_>> = self.identity.iter().map(attached).collect();
        let session: Option<Vec<Attached<'_>>> =
            self.session.as_ref().map(|s| s.iter().map(attached).collect());
        let policies = Policies {
            scps: scp_path.as_deref(),
            identity: &identity,
            boundary: self.boundary.as_ref().map(attached),
            session: session.as_deref(),
        };
        let resource = |w: &World| Resource {
            arn: (w.resource != "*").then(|| w.resource.clone()),
            owner: Some(w.owner.clone()),
            management: w.owner_management,
            aws_managed: w.aws_managed,
            rcps: rcp_path.as_deref(),
            policy: self.policy.as_ref().filter(|_| w.policy.is_some()).map(attached),
            policy_decides: w.decides,
            owner_allows: w.owner_allows,
        };
        let mut request =
            Request::new(principal(&w.caller), &w.action, resource(w)).with(context(w, unknown));
        request.management = w.caller_management;
        for other in also {
            request = request.and(resource(other));
        }
        let decision = decide(&request, &policies);
        assert_eq!(decision.needs.is_empty(), decision.outcome != Outcome::Undecided, "{w:?}");
        assert!(!decision.reasons.is_empty(), "{w:?}");
        let denied = matches!(decision.outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        assert_eq!(decision.sentence().is_some(), denied);
        decision.reasons.iter().for_each(|r| assert!(!r.to_string().is_empty()));
        let decided = (decision.outcome, decision.possible);
        if !self.read_context() {
            let bare = request.clone().with(Context::new());
            let decision = decide(&bare, &policies);
            assert_eq!((decision.outcome, decision.possible), decided, "without condition keys: {w:#?}");
        }
        decided
    }

    /// Whether any document rests on condition keys.
    fn read_context(&self) -> bool {
        let levels = self.scps.iter().chain(&self.rcps).flatten().flatten();
        let own = self.identity.iter().chain(&self.boundary).chain(self.session.iter().flatten());
        levels.chain(own).chain(&self.policy).any(Document::reads_context)
    }
}

fn level_list(levels: &[Vec<Document>]) -> Vec<Level<'_>> {
    levels
        .iter()
        .map(|n| Level {
            node: "n",
            policies: n.iter().map(|document| Attached { name: "p", document }).collect(),
        })
        .collect()
}

fn principal(c: &Caller) -> Principal {
    let (account, arn) = (c.account.clone(), c.arn.clone());
    match c.kind.as_str() {
        "root" => Principal::Root { account },
        "user" => Principal::User { account, arn },
        "role" => {
            Principal::Role { account, role: c.role.clone(), session: arn, service_linked: c.service_linked }
        }
        "federated" => Principal::FederatedUser { account, arn },
        "service" => Principal::Service { name: arn },
        "provided" => Principal::Provided { provider: arn },
        _ => Principal::Anonymous,
    }
}

fn context(w: &World, unknown: &[&str]) -> Context {
    let mut context = Context::new();
    for (key, value) in &w.context {
        let given = match value {
            Key::Single(v) => Given::One(v.clone()),
            Key::Multi(v) => Given::Many(v.clone()),
        };
        context.set(key, given);
    }
    unknown.iter().for_each(|key| context.set(key, Given::Unknown));
    context
}

fn outcome(name: &str) -> Outcome {
    match name {
        "allow" => Outcome::Allow,
        "explicit" => Outcome::ExplicitDeny,
        _ => Outcome::ImplicitDeny,
    }
}

/// How many requests are compared; `GUILDHALL_REQUESTS` asks for more.
const REQUESTS: u64 = 100_000;

/// Requests of each world.
const EACH: u64 = 8;

#[test]
fn the_two_evaluators_agree() {
    let asked = std::env::var("GUILDHALL_REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let requests = REQUESTS.max(asked);
    let (mut counts, mut trusts, mut grants, mut several) = ([0u64; 3], [0u64; 3], [0u64; 3], [0u64; 3]);
    let mut bare = [0u64; 3];
    for seed in 0..requests / EACH {
        let mut r = Random::new(seed);
        let mut world = policies(&mut r);
        let documents = Read::new(&world);
        for _ in 0..EACH {
            ask(&mut r, &mut world);
            // AttachPolicy and its like are about several resources: the least that one of them gets is the answer.
            let mut also = Vec::new();
            while r.once(4) {
                let mut other = world.clone();
                on(&mut r, &mut other);
                other.policy = other.policy.filter(|_| r.once(2));
                also.push(other);
            }
            let all: Vec<Outcome> =
                std::iter::once(&world).chain(&also).map(|w| outcome(oracle::decide(w))).collect();
            let naive = [Outcome::ExplicitDeny, Outcome::ImplicitDeny].into_iter().find(|o| all.contains(o));
            let naive = naive.unwrap_or(Outcome::Allow);
            let (real, _) = documents.decide_all(&world, &also, &[]);
            assert_eq!(real, naive, "seed {seed}: {also:#?} {world:#?}");
            let answer = match real {
                Outcome::Allow => 0,
                Outcome::ImplicitDeny => 1,
                _ => 2,
            };
            counts[answer] += 1;
            let with = |language: &str| world.policy.is_some() && world.language == language;
            trusts[answer] += u64::from(with("trust") && world.action == "sts:AssumeRole");
            grants[answer] += u64::from(with("organization") && world.action.starts_with("organizations:"));
            several[answer] += u64::from(!also.is_empty());
            bare[answer] += u64::from(!documents.read_context());
        }
    }
    // Each answer is frequent enough to mean something, in each kind of request.
    assert!(counts.iter().all(|n| *n > requests / 15), "{counts:?}");
    // A Deny of these worlds has a condition.
    assert!(several.iter().chain(&bare[..2]).all(|n| *n > requests / 100), "{several:?} {bare:?}");
    assert!(trusts.iter().chain(&grants).all(|n| *n > requests / 500), "{trusts:?} {grants:?}");
}

#[test]
fn the_simulator_agrees() {
    let (mut compared, mut counts) = (0u32, [0u32; 3]);
    for seed in 0..6_000 {
        let mut r = Random::new(5_000_000 + seed);
        // Where there is neither a resource policy nor a session, the simulator has no rules of its own.
        let mut world = policies(&mut r);
        (world.policy, world.session, world.rcps) = (None, None, None);
        ask(&mut r, &mut world);
        world.caller = Caller { kind: "user".into(), account: generator::ME.into(), ..Caller::default() };
        (world.owner, world.caller_management, world.decides) = (generator::ME.into(), false, false);
        world.context.retain(|_, key| !matches!(key, Key::Multi(values) if values.is_empty()));
        let texts = |list: &[Value]| list.iter().map(Value::to_string).collect::<Vec<_>>();
        let (identity, boundary) = (texts(&world.identity), texts(world.boundary.as_slice()));
        let Some(levels) = world.scps.as_ref().filter(|levels| levels.iter().all(|l| !l.is_empty())) else {
            continue;
        };
        let levels: Vec<Vec<String>> = levels.iter().map(|level| texts(level)).collect();
        let levels: Vec<Vec<&str>> = levels.iter().map(|l| l.iter().map(String::as_str).collect()).collect();
        let levels: Vec<&[&str]> = levels.iter().map(Vec::as_slice).collect();
        let source = |text| Source { id: "p", text };
        let (policies, boundaries): (Vec<_>, Vec<_>) =
            (identity.iter().map(|t| source(t)).collect(), boundary.iter().map(|t| source(t)).collect());
        if levels.is_empty() {
            continue;
        }
        let values: Vec<(&String, Vec<&str>, &str)> = world
            .context
            .iter()
            .map(|(key, value)| match value {
                Key::Single(value) => (key, vec![value.as_str()], "string"),
                Key::Multi(values) => (key, values.iter().map(String::as_str).collect(), "stringList"),
            })
            .collect();
        let entries: Vec<Entry<'_>> = values
            .iter()
            .map(|(key, values, kind)| Entry { key, values, kind: EntryType::parse(kind) })
            .collect();
        let resource = [world.resource.as_str()];
        let input = Input {
            policies: &policies,
            boundaries: &boundaries,
            organization: Organization::Given(&levels),
            entries: &entries,
            resources: &resource,
            ..Input::default()
        };
        let found = Simulation::read(&input).and_then(|s| s.evaluate(&world.action)).unwrap();
        let naive = outcome(oracle::decide(&world));
        let real = match found.eval_decision {
            Verdict::Allowed => Outcome::Allow,
            Verdict::ImplicitDeny => Outcome::ImplicitDeny,
            Verdict::ExplicitDeny => Outcome::ExplicitDeny,
        };
        compared += 1;
        counts[naive as usize] += 1;
        // A denial of the organization hides others: what it does not allow is not denied explicitly elsewhere.
        let hidden = real == Outcome::ImplicitDeny
            && naive == Outcome::ExplicitDeny
            && !found.organizations_decision_detail.unwrap().allowed_by_organizations;
        assert!(real == naive || hidden, "seed {seed}: {real:?} {naive:?} {world:#?}");
    }
    assert!(compared > 1_000 && counts[..3].iter().all(|n| *n > 100), "{compared} {counts:?}");
}

#[test]
fn conditions_alone_agree() {
    let mut counts = [0u32; 3];
    for seed in 0..6_000 {
        let mut r = Random::new(4_000_000 + seed);
        let mut world = only_conditions(&mut r);
        let documents = Read::new(&world);
        for _ in 0..5 {
            ask(&mut r, &mut world);
            world.caller = Caller { kind: "user".into(), account: generator::ME.into(), ..Caller::default() };
            world.owner = generator::ME.into();
            world.decides = false;
            let naive = outcome(oracle::decide(&world));
            let (real, _) = documents.decide(&world, &[]);
            assert_eq!(real, naive, "seed {seed}: {world:#?}");
            counts[match real {
                Outcome::Allow => 0,
                Outcome::ImplicitDeny => 1,
                _ => 2,
            }] += 1;
        }
    }
    assert!(counts.iter().all(|n| *n > 3_000), "{counts:?}");
}

#[test]
fn what_is_decided_without_a_key_holds_for_all_its_values() {
    let mut undecided = 0;
    for seed in 0..4_000 {
        let mut r = Random::new(1_000_000 + seed);
        let mut world = policies(&mut r);
        let documents = Read::new(&world);
        ask(&mut r, &mut world);
        let (one, two) = (KEYS[r.below(KEYS.len())], KEYS[r.below(KEYS.len())]);
        let (real, possible) = documents.decide(&world, &[one, two]);
        undecided += u32::from(real == Outcome::Undecided);
        for _ in 0..12 {
            for name in [one, two] {
                match key(&mut r, name) {
                    Some(value) => world.context.insert(name.to_lowercase(), value),
                    None => world.context.remove(&name.to_lowercase()),
                };
            }
            let told = outcome(oracle::decide(&world));
            let fits = match told {
                Outcome::Allow => possible.allow,
                Outcome::ImplicitDeny => possible.implicit_deny,
                _ => possible.explicit_deny,
            };
            assert!(fits, "seed {seed}: {told:?} is not in {possible:?}: {world:#?}");
            assert!(real == Outcome::Undecided || real == told, "seed {seed}");
        }
    }
    assert!(undecided > 200, "{undecided}");
}

fn random_world(seed: u64) -> (Random, World) {
    let mut r = Random::new(2_000_000 + seed);
    let mut world = policies(&mut r);
    ask(&mut r, &mut world);
    (r, world)
}

fn answer(world: &World) -> Outcome {
    Read::new(world).decide(world, &[]).0
}

/// All documents of a world, with their languages.
fn documents(world: &mut World) -> Vec<(&'static str, &mut Value)> {
    let mut all: Vec<(&str, &mut Value)> = Vec::new();
    all.extend(world.scps.iter_mut().flatten().flatten().map(|d| ("scp", d)));
    let rcps = world.rcps.iter_mut().flatten().flatten().filter(|d| **d != full("rcp"));
    all.extend(rcps.map(|d| ("rcp", d)));
    let identity =
        world.identity.iter_mut().chain(&mut world.boundary).chain(world.session.iter_mut().flatten());
    all.extend(identity.map(|d| ("identity", d)));
    all.extend(world.policy.iter_mut().map(|d| (world.language, d)));
    all
}

/// A statement of another language as a denial of this one, for whom the statement beside it is.
fn denial(mut statement: Value, language: &str, beside: &Value) -> Value {
    statement["Effect"] = "Deny".into();
    let text = statement.to_string();
    let parts = statement.as_object_mut().unwrap();
    let mut instead = |names: [&str; 2], value: &str| {
        names.iter().for_each(|name| drop(parts.remove(*name)));
        if !value.is_empty() {
            parts.insert(names[0].to_owned(), value.into());
        }
    };
    // Only IAM takes conditions without values, and short ARNs.
    if text.contains("[]") {
        instead(["Condition", "Condition"], "");
    }
    let lacks = !text.contains("Resource\"");
    match language {
        "trust" => instead(["Resource", "NotResource"], ""),
        _ if lacks
            || language == "organization"
            || text.contains("arn:aws:anything")
            || text.contains("arn:aws:s3\"") =>
        {
            instead(["Resource", "NotResource"], "*")
        }
        _ => {}
    }
    match language {
        "trust" => instead(["Action", "NotAction"], "sts:*"),
        "organization" => instead(["Action", "NotAction"], "organizations:List*"),
        // An RCP takes actions of its services only.
        "rcp" => instead(["Action", "NotAction"], "s3:*"),
        _ => {}
    }
    instead(["Principal", "NotPrincipal"], "");
    for name in ["Principal", "NotPrincipal"] {
        if let Some(principal) = beside.get(name) {
            statement[name] = principal.clone();
        }
    }
    statement
}

fn statements(document: &mut Value) -> &mut Vec<Value> {
    let statement = &mut document["Statement"];
    if !statement.is_array() {
        *statement = Value::Array(vec![statement.take()]);
    }
    statement.as_array_mut().unwrap()
}

#[test]
fn adding_a_deny_never_allows_more() {
    for seed in 0..4_000 {
        let (mut r, mut world) = random_world(seed);
        let before = answer(&world);
        // A random statement of another world, as a Deny, into a random document.
        let (_, mut other) = random_world(seed + 500_000);
        let mut extra: Vec<Value> =
            documents(&mut other).into_iter().map(|(_, d)| statements(d)[0].clone()).collect();
        let mut mine = documents(&mut world);
        if mine.is_empty() || extra.is_empty() {
            continue;
        }
        let extra = extra.swap_remove(r.below(extra.len()));
        let place = r.below(mine.len());
        let (language, document) = mine.swap_remove(place);
        let target = statements(document);
        let deny = denial(extra, language, &target[0]);
        target.insert(r.below(target.len() + 1), deny);
        let after = answer(&world);
        let kept = match before {
            Outcome::Allow => true,
            Outcome::ImplicitDeny => after != Outcome::Allow,
            _ => after == before,
        };
        assert!(kept, "seed {seed}: {before:?} became {after:?}: {world:#?}");
    }
}

#[test]
fn the_order_of_statements_and_policies_does_not_matter() {
    for seed in 0..4_000 {
        let (mut r, mut world) = random_world(seed);
        let before = answer(&world);
        let mut shuffle = |list: &mut Vec<Value>| {
            for n in (1..list.len()).rev() {
                list.swap(n, r.below(n + 1));
            }
        };
        documents(&mut world).into_iter().for_each(|(_, d)| shuffle(statements(d)));
        world.scps.iter_mut().flatten().for_each(&mut shuffle);
        world.rcps.iter_mut().flatten().for_each(&mut shuffle);
        shuffle(&mut world.identity);
        assert_eq!(answer(&world), before, "seed {seed}");
    }
}

#[test]
fn detaching_everything_denies_everything() {
    for seed in 0..3_000 {
        let (mut r, mut world) = random_world(seed);
        // All SCPs of one node: nobody below it may do anything. So with all identity and resource policies.
        let Some(levels) = world.scps.as_mut().filter(|l| !l.is_empty()) else { continue };
        let node = r.below(levels.len());
        levels[node].clear();
        let exempt =
            world.caller_management || world.caller.service_linked || world.caller.account.is_empty();
        if !exempt {
            assert_ne!(answer(&world), Outcome::Allow, "seed {seed}");
        }
        world.scps = None;
        world.identity.clear();
        world.policy = None;
        world.owner_allows = false;
        if world.caller.kind != "root" {
            assert_ne!(answer(&world), Outcome::Allow, "seed {seed}");
        }
    }
}

#[test]
fn moving_an_account_is_evaluating_on_the_new_path() {
    // The nodes of two organizations' trees are shared; a move changes the path and nothing else.
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    let user =
        Principal::User { account: generator::ME.into(), arn: "arn:aws:iam::222222222222:user/ada".into() };
    for seed in 0..1_000 {
        let mut r = Random::new(3_000_000 + seed);
        let read_world = |r: &mut Random| loop {
            let world = policies(r);
            if world.scps.as_ref().is_some_and(|l| !l.is_empty()) {
                break Read::new(&world);
            }
        };
        let (old, new) = (read_world(&mut r), read_world(&mut r));
        let mut world = World::default();
        ask(&mut r, &mut world);
        let (old_nodes, new_nodes) =
            (level_list(old.scps.as_ref().unwrap()), level_list(new.scps.as_ref().unwrap()));
        // The account's own node moves with it.
        let own = old_nodes.last().unwrap();
        let moved: Vec<&Level<'_>> = new_nodes.iter().chain([own]).collect();
        let request = Request::new(user.clone(), &world.action, Resource::none()).with(context(&world, &[]));
        let whole =
            decide(&request, &Policies { scps: Some(&moved), identity: &identity, ..Policies::default() });
        // Naively: denied by a node, or not allowed by one.
        let mut wanted = Outcome::Allow;
        for node in &moved {
            let alone = [*node];
            let at = decide(
                &request,
                &Policies { scps: Some(&alone), identity: &identity, ..Policies::default() },
            );
            wanted = match (wanted, at.outcome) {
                (Outcome::ExplicitDeny, _) | (_, Outcome::ExplicitDeny) => Outcome::ExplicitDeny,
                (Outcome::Allow, other) => other,
                (other, _) => other,
            };
        }
        assert_eq!(whole.outcome, wanted, "seed {seed}");
    }
}
