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

use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind as D, Given, Level, Outcome, Policies, Possible, Principal,
    Request, Resource, decide,
};
use serde_json::Value;

use generator::{KEYS, Random, ask, full, key, only_conditions, policies};
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
            policy: w.policy.as_ref().map(|v| read(D::Resource, v)),
        }
    }

    /// Decides the world's request; keys in `unknown` are.
    fn decide(&self, w: &World, unknown: &[&str]) -> (Outcome, Possible) {
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
        let resource = Resource {
            arn: (w.resource != "*").then(|| w.resource.clone()),
            owner: Some(w.owner.clone()),
            management: w.owner_management,
            aws_managed: w.aws_managed,
            rcps: rcp_path.as_deref(),
            policy: self.policy.as_ref().map(attached),
            policy_decides: w.decides,
            owner_allows: w.owner_allows,
        };
        let mut request = Request::new(principal(&w.caller), &w.action, resource).with(context(w, unknown));
        request.management = w.caller_management;
        let decision = decide(&request, &policies);
        assert_eq!(decision.needs.is_empty(), decision.outcome != Outcome::Undecided, "{w:?}");
        assert!(!decision.reasons.is_empty(), "{w:?}");
        let denied = matches!(decision.outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        assert_eq!(decision.sentence().is_some(), denied);
        decision.reasons.iter().for_each(|r| assert!(!r.to_string().is_empty()));
        (decision.outcome, decision.possible)
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

#[test]
fn the_two_evaluators_agree() {
    let (mut cases, mut counts) = (0u32, [0u32; 3]);
    for seed in 0..12_500 {
        let mut r = Random::new(seed);
        let mut world = policies(&mut r);
        let documents = Read::new(&world);
        for _ in 0..8 {
            ask(&mut r, &mut world);
            let naive = outcome(oracle::decide(&world));
            let (real, _) = documents.decide(&world, &[]);
            assert_eq!(real, naive, "seed {seed}: {world:#?}");
            cases += 1;
            counts[match real {
                Outcome::Allow => 0,
                Outcome::ImplicitDeny => 1,
                _ => 2,
            }] += 1;
        }
    }
    assert!(cases >= 100_000);
    // Each answer is frequent enough to mean something.
    assert!(counts.iter().all(|n| *n > cases / 10), "{counts:?}");
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
    for seed in 0..3_000 {
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

/// All documents of a world.
fn documents(world: &mut World) -> Vec<&mut Value> {
    let mut all: Vec<&mut Value> = Vec::new();
    all.extend(world.scps.iter_mut().flatten().flatten());
    all.extend(world.rcps.iter_mut().flatten().flatten().filter(|d| **d != full("rcp")));
    all.extend(world.identity.iter_mut());
    all.extend(world.boundary.iter_mut());
    all.extend(world.session.iter_mut().flatten());
    all.extend(world.policy.iter_mut());
    all
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
        let mut extra =
            documents(&mut other).into_iter().map(|d| statements(d)[0].clone()).collect::<Vec<_>>();
        let mut mine = documents(&mut world);
        if mine.is_empty() || extra.is_empty() {
            continue;
        }
        let mut deny = extra.swap_remove(r.below(extra.len()));
        deny["Effect"] = "Deny".into();
        let place = r.below(mine.len());
        let target = statements(mine.swap_remove(place));
        for name in ["Principal", "NotPrincipal"] {
            deny.as_object_mut().unwrap().remove(name);
            if let Some(p) = target[0].get(name) {
                deny[name] = p.clone();
            }
        }
        // An RCP takes actions of its services only.
        if deny.get("NotAction").is_some()
            || target[0]["Principal"] == "*"
            || target[0]["Principal"]["AWS"] == "*"
        {
            deny.as_object_mut().unwrap().remove("NotAction");
            deny["Action"] = "s3:*".into();
        }
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
        documents(&mut world).into_iter().for_each(|d| shuffle(statements(d)));
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
