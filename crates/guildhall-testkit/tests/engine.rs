//! The engine over stores that fail, and over two of itself: what was acknowledged is there, what was not committed
//! is seen by nobody, and of two who race one wins.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use guildhall_core::check::Check;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::time::DAY;
use guildhall_core::operator::fill_organization::FillOrganization;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::state::aggregate::Aggregate;
use guildhall_core::state::limits::LimitOverrides;
use guildhall_core::{
    OrganizationsError, Origin, Owner, Refusal, Timer, TimerAction, TimerChange, Timestamp,
};
use guildhall_engine::{Engine, EngineError};
use guildhall_store::memory::{self, MemoryStore};
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Batch, MailFilter, Store};
use guildhall_testkit::command;
use guildhall_testkit::sdk::engine_config;
use guildhall_testkit::world::BEGINNING;
use serde_json::{Value, json};

fn id(word: &str) -> AccountId {
    word.repeat(4).parse().unwrap()
}

fn address(word: &str) -> String {
    format!("root+{}@lab.example", id(word))
}

fn start(store: &Arc<impl Store + 'static>) -> Engine {
    Engine::start(Arc::clone(store) as Arc<dyn Store>, engine_config()).unwrap()
}

async fn register(engine: &Engine, words: &[&str]) {
    for word in words {
        let command = RegisterAccount::lab(id(word), &address(word).parse().unwrap());
        engine.run_as("test", "", Arc::new(command)).await.unwrap();
    }
}

async fn call(engine: &Engine, caller: &str, operation: &str, input: Value) -> Result<Value, Refusal> {
    match engine.run(id(caller), "request", command(operation, &input)).await {
        Ok(reply) if reply.is_empty() => Ok(Value::Null),
        Ok(reply) => Ok(serde_json::from_slice(&reply).unwrap()),
        Err(EngineError::Refused(refusal)) => Err(refusal),
        Err(e) => panic!("{operation}: {e}"),
    }
}

async fn create(engine: &Engine, caller: &str) -> Owner {
    let answer = call(engine, caller, "CreateOrganization", json!({})).await.unwrap();
    Owner::Org(answer["Organization"]["Id"].as_str().unwrap().parse().unwrap())
}

fn target(word: &str) -> Value {
    json!({"Target": {"Type": "ACCOUNT", "Id": id(word).to_string()}})
}

async fn invite(engine: &Engine, caller: &str, word: &str) -> Value {
    let answer = call(engine, caller, "InviteAccountToOrganization", target(word)).await.unwrap();
    json!({ "HandshakeId": answer["Handshake"]["Id"] })
}

async fn tags(engine: &Engine, caller: &str, resource: &str) -> Vec<String> {
    let mut input = json!({ "ResourceId": id(resource).to_string() });
    let mut all = Vec::new();
    loop {
        let page = call(engine, caller, "ListTagsForResource", input.clone()).await.unwrap();
        all.extend(page["Tags"].as_array().unwrap().iter().map(|t| t["Key"].as_str().unwrap().to_owned()));
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => return all,
        }
    }
}

fn tag(resource: &str, key: &str) -> Value {
    json!({"ResourceId": id(resource).to_string(), "Tags": [{"Key": key, "Value": ""}]})
}

/// Everything that a store holds keeps every invariant.
fn assert_whole(store: &dyn Store) {
    let mut check = Check::default();
    for owner in store.owners("", None, usize::MAX).unwrap() {
        let mut aggregate = Aggregate::empty(&owner);
        store.load(&owner).unwrap().items.into_iter().for_each(|item| aggregate.put(item).unwrap());
        check.owner(&owner, &aggregate);
    }
    store.timers(Timestamp(i64::MAX), usize::MAX).unwrap().iter().for_each(|timer| check.timer(timer));
    assert_eq!(check.violations(), Vec::<String>::new());
}

fn mails(store: &dyn Store) -> usize {
    store.mails(&MailFilter { limit: usize::MAX, ..MailFilter::default() }).unwrap().len()
}

#[tokio::test]
async fn conflicts_end_in_concurrent_modification_when_no_organization_is_read() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    (0..5).for_each(|_| store.inject(memory::InjectedFault::Conflict));
    register(&engine, &["111"]).await;
    (0..6).for_each(|_| store.inject(memory::InjectedFault::Conflict));
    let command = RegisterAccount::lab(id("333"), &address("333").parse().unwrap());
    let refused = engine.run_as("test", "", Arc::new(command)).await.unwrap_err();
    assert!(matches!(refused, EngineError::Refused(Refusal::ConcurrentModification)), "{refused:?}");
    assert_eq!(store.load(&Owner::Account(id("333"))).unwrap().version, 0);
    register(&engine, &["333"]).await;
    assert_whole(&*store);
}

#[tokio::test]
async fn conflicts_are_retried_and_end_in_concurrent_modification() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111", "333"]).await;
    let org = create(&engine, "111").await;
    (0..5).for_each(|_| store.inject(memory::InjectedFault::Conflict));
    let h = invite(&engine, "111", "333").await;
    assert_eq!(store.load(&org).unwrap().version, 2);
    (0..6).for_each(|_| store.inject(memory::InjectedFault::Conflict));
    assert_eq!(
        call(&engine, "333", "AcceptHandshake", h.clone()).await,
        Err(Refusal::ConcurrentModification)
    );
    assert_eq!(store.load(&org).unwrap().version, 2);
    assert_eq!(mails(&*store), 1);
    let seen = call(&engine, "333", "DescribeHandshake", h.clone()).await.unwrap();
    assert_eq!(seen["Handshake"]["State"], "OPEN");
    call(&engine, "333", "AcceptHandshake", h).await.unwrap();
    assert_whole(&*store);
}

#[tokio::test]
async fn a_commit_that_fails_is_published_to_nobody() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111", "333"]).await;
    create(&engine, "111").await;
    store.inject(memory::InjectedFault::Refused);
    let refused = call(&engine, "111", "InviteAccountToOrganization", target("333")).await;
    assert_eq!(refused, Err(Refusal::Internal));
    for (caller, operation) in [("111", "ListHandshakesForOrganization"), ("333", "ListHandshakesForAccount")]
    {
        assert_eq!(call(&engine, caller, operation, json!({})).await.unwrap(), json!({"Handshakes": []}));
    }
    assert_eq!(mails(&*store), 0);
    invite(&engine, "111", "333").await;
    assert_whole(&*store);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_up_afterwards() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111", "333"]).await;
    let org = create(&engine, "111").await;
    store.inject(memory::InjectedFault::AnswerLost);
    let lost = call(&engine, "111", "InviteAccountToOrganization", target("333")).await;
    assert_eq!(lost, Err(Refusal::Internal));
    // It was written: the store says so, and so does memory.
    assert_eq!(store.load(&org).unwrap().version, 2);
    let again = call(&engine, "111", "InviteAccountToOrganization", target("333")).await;
    assert_eq!(again, Err(OrganizationsError::DuplicateHandshake.into()));
    let seen = call(&engine, "333", "ListHandshakesForAccount", json!({})).await.unwrap();
    assert_eq!(seen["Handshakes"].as_array().unwrap().len(), 1);
    assert_eq!(mails(&*store), 1);
    assert_whole(&*store);
}

/// A reader beside the writer never sees what is not in the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_only_what_is_committed() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    let Owner::Org(org_id) = org else { panic!("no organization") };
    let set = Some(LimitOverrides { tags: Some(1_000), ..LimitOverrides::default() });
    engine.run_as("test", "", Arc::new(OrganizationLimits { org: org_id, set })).await.unwrap();
    for n in 1..200_u64 {
        match n % 5 {
            0 => store.inject_at(n, memory::InjectedFault::Refused),
            1 => store.inject_at(n, memory::InjectedFault::Conflict),
            2 if n % 3 == 0 => store.inject_at(n, memory::InjectedFault::AnswerLost),
            _ => {}
        }
    }
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let reader = tokio::spawn({
        let (engine, store, done, org) = (engine.clone(), Arc::clone(&store), Arc::clone(&done), org.clone());
        async move {
            let mut looked = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                // Seen first, then kept: what was kept afterwards holds at least all that was seen.
                let seen: BTreeSet<String> = tags(&engine, "111", "111").await.into_iter().collect();
                let kept = kept_tags(&*store, &org);
                assert!(seen.is_subset(&kept), "{:?}", seen.difference(&kept).collect::<Vec<_>>());
                looked += 1;
                tokio::task::yield_now().await;
            }
            looked
        }
    });
    let mut acknowledged = BTreeSet::new();
    for round in 0..30 {
        let writers: Vec<_> = (0..10)
            .map(|n| {
                let (engine, key) = (engine.clone(), format!("k{round}-{n}"));
                tokio::spawn(async move {
                    let limit = call(&engine, "111", "TagResource", tag("111", &key)).await;
                    (key, limit)
                })
            })
            .collect();
        for writer in writers {
            match writer.await.unwrap() {
                (key, Ok(_)) => drop(acknowledged.insert(key)),
                (_, Err(Refusal::Internal | Refusal::ConcurrentModification)) => {}
                (key, Err(e)) => panic!("{key}: {e:?}"),
            }
        }
        let kept = kept_tags(&*store, &org);
        assert!(acknowledged.is_subset(&kept), "{:?}", acknowledged.difference(&kept).collect::<Vec<_>>());
        assert_eq!(kept, tags(&engine, "111", "111").await.into_iter().collect());
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(reader.await.unwrap() > 0);
    assert_whole(&*store);
}

fn kept_tags(store: &dyn Store, org: &Owner) -> BTreeSet<String> {
    let mut aggregate = Aggregate::empty(org);
    store.load(org).unwrap().items.into_iter().for_each(|item| aggregate.put(item).unwrap());
    let Aggregate::Org(org) = aggregate else { panic!("no organization") };
    org.tagged().iter().filter_map(|id| org.tags(id)).flat_map(|tags| tags.0.keys().cloned()).collect()
}

/// Many writers on one owner: every acknowledged write is there, and its versions have no gap.
async fn many_writers(store: Arc<impl Store + 'static>) {
    const WRITERS: u64 = 300;
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let input = json!({"Target": {"Type": "EMAIL", "Id": format!("p{n}@example.com")}});
                let answer = call(&engine, "111", "InviteAccountToOrganization", input).await.unwrap();
                answer["Handshake"]["Id"].as_str().unwrap().to_owned()
            })
        })
        .collect();
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        acknowledged.insert(writer.await.unwrap());
    }
    assert_eq!(acknowledged.len() as u64, WRITERS);
    assert_eq!(store.load(&org).unwrap().version, WRITERS + 1);
    let mut versions: Vec<_> = store
        .journal(usize::MAX)
        .unwrap()
        .into_iter()
        .filter(|row| row.owner == org)
        .map(|row| row.version)
        .collect();
    versions.sort_unstable();
    let first = versions[0];
    assert!(versions.iter().zip(first..).all(|(version, expected)| *version == expected), "{versions:?}");
    assert_eq!(versions.last(), Some(&(WRITERS + 1)));
    assert_eq!(mails(&*store) as u64, WRITERS);
    assert_whole(&*store);
    // In a new engine, which knows nothing but the store.
    let stopping = engine.clone();
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
    let engine = start(&store);
    let mut input = json!({});
    let mut seen = BTreeSet::new();
    loop {
        let page = call(&engine, "111", "ListHandshakesForOrganization", input.clone()).await.unwrap();
        seen.extend(
            page["Handshakes"].as_array().unwrap().iter().map(|h| h["Id"].as_str().unwrap().to_owned()),
        );
        let Some(token) = page.get("NextToken") else { break };
        input["NextToken"] = token.clone();
    }
    assert_eq!(seen, acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_on_one_owner_in_memory() {
    many_writers(Arc::new(MemoryStore::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_on_one_owner_in_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    many_writers(Arc::new(SqliteStore::open(dir.path()).unwrap())).await;
}

/// Makes an engine write what it may remember wrongly: the conflict makes it look again.
async fn learn(engine: &Engine) {
    call(engine, "111", "TagResource", tag("111", "learn")).await.unwrap();
    call(engine, "111", "UntagResource", json!({"ResourceId": id("111").to_string(), "TagKeys": ["learn"]}))
        .await
        .unwrap();
    let update = UpdateAccount { account: id("333"), input: serde_json::from_value(json!({})).unwrap() };
    engine.run_as("test", "", Arc::new(update)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_and_cancel_race_in_two_engines_and_one_wins() {
    let store = Arc::new(MemoryStore::new());
    let (one, two) = (start(&store), start(&store));
    register(&one, &["111", "333"]).await;
    create(&one, "111").await;
    let mut winners = [0, 0];
    for round in 0..60 {
        let h = invite(&one, "111", "333").await;
        // The second has to learn of it: writes of its own tell it.
        learn(&two).await;
        let (accept, cancel) = (h.clone(), h.clone());
        let (a, b) = (one.clone(), two.clone());
        let (first, second) = if round % 2 == 0 { (b, a) } else { (a, b) };
        let accept = tokio::spawn(async move { call(&first, "333", "AcceptHandshake", accept).await });
        let cancel = tokio::spawn(async move { call(&second, "111", "CancelHandshake", cancel).await });
        let (accept, cancel) = (accept.await.unwrap(), cancel.await.unwrap());
        assert!(accept.is_ok() != cancel.is_ok(), "round {round}: {accept:?} {cancel:?}");
        let loser = if accept.is_ok() { &cancel } else { &accept };
        assert!(
            *loser == Err(OrganizationsError::InvalidHandshakeTransition.into()),
            "round {round}: {loser:?}"
        );
        winners[usize::from(cancel.is_ok())] += 1;
        assert_whole(&*store);
        // What is kept is the winner's; a third engine knows nothing else.
        let third = start(&store);
        let seen = call(&third, "111", "DescribeHandshake", h).await.unwrap();
        assert_eq!(seen["Handshake"]["State"], if accept.is_ok() { "ACCEPTED" } else { "CANCELED" });
        let members = call(&third, "111", "ListAccounts", json!({})).await.unwrap();
        assert_eq!(members["Accounts"].as_array().unwrap().len(), if accept.is_ok() { 2 } else { 1 });
        if accept.is_ok() {
            call(&third, "333", "LeaveOrganization", json!({})).await.unwrap();
        }
        third.stop();
        learn(&one).await;
    }
    println!("accepted {}, canceled {}", winners[0], winners[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_engines_never_give_one_address_to_two_accounts() {
    let store = Arc::new(MemoryStore::new());
    let (one, two) = (start(&store), start(&store));
    for n in 0..40 {
        let make = |engine: &Engine, word: String| {
            let (engine, email) = (engine.clone(), format!("Same{n}@example.com").parse().unwrap());
            let command = RegisterAccount::lab(word.parse().unwrap(), &email);
            tokio::spawn(async move { engine.run_as("test", "", Arc::new(command)).await })
        };
        let (a, b) = (make(&one, format!("1{n:011}")), make(&two, format!("2{n:011}")));
        let (a, b) = (a.await.unwrap(), b.await.unwrap());
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    }
    assert_whole(&*store);
}

/// R3 of ARCHITECTURE.md: a refusal rests on what is in the store now, and not on what this engine remembers.
#[tokio::test]
async fn a_refusal_in_one_engine_knows_what_another_one_wrote() {
    let store = Arc::new(MemoryStore::new());
    let (one, two) = (start(&store), start(&store));
    register(&one, &["111", "333"]).await;
    create(&one, "111").await;
    let h = invite(&one, "111", "333").await;
    let duplicate = call(&two, "111", "InviteAccountToOrganization", target("333")).await;
    assert_eq!(duplicate, Err(OrganizationsError::DuplicateHandshake.into()));
    call(&one, "111", "CancelHandshake", h).await.unwrap();
    call(&two, "111", "InviteAccountToOrganization", target("333")).await.unwrap();
}

#[tokio::test]
async fn a_retry_makes_the_same_ids_and_one_journal_row() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111", "333"]).await;
    create(&engine, "111").await;
    let rows = store.journal(usize::MAX).unwrap().len();
    (0..3).for_each(|_| store.inject(memory::InjectedFault::Conflict));
    let h = invite(&engine, "111", "333").await;
    let journal = store.journal(usize::MAX).unwrap();
    assert_eq!(journal.len(), rows + 1);
    assert_eq!(
        (&*journal[0].op, journal[0].actor.as_str()),
        ("organizations:InviteAccountToOrganization", "111111111111")
    );
    let seen = call(&engine, "333", "DescribeHandshake", h.clone()).await.unwrap();
    assert_eq!(seen["Handshake"]["Id"], h["HandshakeId"]);
    assert_eq!(mails(&*store), 1);
}

#[tokio::test]
async fn time_moves_from_one_due_instant_to_the_next() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    engine.freeze(true).await.unwrap();
    register(&engine, &["111", "333", "444"]).await;
    create(&engine, "111").await;
    let first = invite(&engine, "111", "333").await;
    let sent = engine.clock().now();
    engine.advance_to(sent.plus(DAY)).await.unwrap();
    invite(&engine, "111", "444").await;
    engine.advance_to(sent.plus(100 * DAY)).await.unwrap();
    let rows: Vec<_> =
        store.journal(4).unwrap().into_iter().rev().map(|row| (row.op.to_string(), row.at)).collect();
    let at = |op: &str, days: i64| (op.to_owned(), sent.plus(days * DAY));
    let expected = [
        at("ExpireHandshake", 15),
        at("ExpireHandshake", 16),
        at("ForgetHandshake", 45),
        at("ForgetHandshake", 46),
    ];
    assert_eq!(rows, expected);
    assert_eq!(
        call(&engine, "333", "DescribeHandshake", first).await,
        Err(OrganizationsError::HandshakeNotFound.into())
    );
    assert!(store.timers(Timestamp(i64::MAX), 10).unwrap().is_empty());
    assert!(engine.clock().now() >= BEGINNING.plus(100 * DAY));
    assert_whole(&*store);
}

#[tokio::test]
async fn a_timer_that_fails_to_commit_once_runs_again() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111", "333"]).await;
    create(&engine, "111").await;
    let h = invite(&engine, "111", "333").await;
    store.inject(memory::InjectedFault::Refused);
    let later = engine.clock().now().plus(16 * DAY);
    engine.advance_to(later).await.unwrap();
    assert_eq!(store.journal(1).unwrap()[0].op, "ExpireHandshake");
    assert_eq!(engine.failing_timers(), 0);
    let seen = call(&engine, "333", "DescribeHandshake", h).await.unwrap();
    assert_eq!(seen["Handshake"]["State"], "EXPIRED");
    assert_whole(&*store);
}

#[tokio::test]
async fn a_big_organization_is_filled_and_loaded_in_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path()).unwrap());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    let fill = FillOrganization {
        first_account: 500_000_000_000,
        accounts: 500,
        first_invited: 600_000_000_000,
        invitations: 100,
    };
    engine.preload(fill.owners()).await.unwrap();
    engine.run(id("111"), "", Arc::new(fill)).await.unwrap();
    assert_whole(&*store);
    engine.stop();
    let engine = start(&store);
    let page = call(&engine, "111", "ListAccounts", json!({})).await.unwrap();
    assert_eq!(page["Accounts"].as_array().unwrap().len(), 20);
}

/// "A timer that comes late, twice, or for something that changed meanwhile does nothing but go away" (run_timer.rs).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stray_timer_goes_away() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let owner = create(&engine, "111").await;
    engine.freeze(true).await.unwrap();
    let due = engine.clock().now().plus(DAY);
    let timer = Timer { due, owner, action: TimerAction::Forget("h-00000000".parse().unwrap()) };
    store.commit(&Batch { timers: vec![TimerChange::Set(timer)], ..Batch::default() }).unwrap();
    let moved = engine.advance_to(due.plus(DAY));
    tokio::time::timeout(std::time::Duration::from_secs(5), moved).await.expect("time moves on").unwrap();
    assert!(store.timers(Timestamp(i64::MAX), 1).unwrap().is_empty());
}

/// Timers that fall due within a few milliseconds, while the clock goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_invitations_expires_while_the_clock_runs() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    for round in 0..20 {
        for n in 0..100 {
            let input = json!({"Target": {"Type": "EMAIL", "Id": format!("p{round}-{n}@example.com")}});
            call(&engine, "111", "InviteAccountToOrganization", input).await.unwrap();
        }
        let moved = engine.advance_to(engine.clock().now().plus(15 * DAY)).await;
        assert!(moved.is_ok(), "round {round}: {moved:?}");
    }
    assert_whole(&*store);
}

/// What a resource policy asks of where a call comes from is known to reads and to writes.
#[tokio::test]
async fn where_a_call_comes_from() {
    let engine = start(&Arc::new(MemoryStore::new()));
    register(&engine, &["111", "222"]).await;
    create(&engine, "111").await;
    let h = invite(&engine, "111", "222").await;
    call(&engine, "222", "AcceptHandshake", h).await.unwrap();
    let statement = json!({
        "Effect": "Allow", "Principal": "*", "Resource": "*",
        "Action": ["organizations:ListRoots", "organizations:CreatePolicy"],
        "Condition": {
            "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
            "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
            "StringLike": {"aws:UserAgent": "probe/*"},
        },
    });
    let document = json!({"Statement": statement}).to_string();
    call(&engine, "111", "PutResourcePolicy", json!({"Content": document})).await.unwrap();
    let origin = |address: &str, region: &str, agent: &str| Origin {
        source_ip: Some(address.into()),
        region: Some(region.into()),
        user_agent: Some(agent.into()),
    };
    let policy = json!({"Name": "one", "Description": "", "Type": "TAG_POLICY", "Content": r#"{"tags":{}}"#});
    let denied = |answer| match answer {
        Err(EngineError::Refused(Refusal::DeniedByPolicy(denial))) => denial.by_owner,
        _ => false,
    };
    for (name, input) in [("ListRoots", json!({})), ("CreatePolicy", policy)] {
        let run = async |origin| engine.run_from(&id("222").into(), &origin, "", command(name, &input)).await;
        for origin in [
            origin("198.51.100.1", "eu-west-1", "probe/1"),
            origin("192.0.2.1", "us-east-1", "probe/1"),
            origin("192.0.2.1", "eu-west-1", "other"),
            Origin::default(),
        ] {
            assert!(denied(run(origin.clone()).await), "{name}: {origin:?}");
        }
        assert!(denied(engine.run(id("222"), "", command(name, &input)).await), "{name}");
        run(origin("192.0.2.1", "eu-west-1", "probe/1")).await.unwrap();
    }
}

/// In a lab creating and closing take no time: done when the answer has left, in one commit with what was asked, and
/// whatever the clock does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_takes_no_time_is_done_when_it_is_first_asked_for() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    let org = create(&engine, "111").await;
    for round in 0..100 {
        if round == 50 {
            engine.freeze(true).await.unwrap();
        }
        let before = store.load(&org).unwrap().version;
        let commits = engine.stats().commits.load(std::sync::atomic::Ordering::Relaxed);
        let wanted = json!({"Email": format!("a{round}@example.com"), "AccountName": "N"});
        let asked = call(&engine, "111", "CreateAccount", wanted).await.unwrap();
        let asked = &asked["CreateAccountStatus"];
        assert_eq!((&asked["State"], &asked["AccountId"]), (&json!("IN_PROGRESS"), &Value::Null));
        // What a node that knows nothing but the store would find, and what this one does.
        assert_eq!(store.load(&org).unwrap().version, before + 2);
        assert_eq!(engine.stats().commits.load(std::sync::atomic::Ordering::Relaxed), commits + 1);
        let request = json!({"CreateAccountRequestId": asked["Id"]});
        let seen = call(&engine, "111", "DescribeCreateAccountStatus", request).await.unwrap();
        assert_eq!(seen["CreateAccountStatus"]["State"], "SUCCEEDED", "{seen}");
        let made = json!({"AccountId": seen["CreateAccountStatus"]["AccountId"]});
        call(&engine, "111", "CloseAccount", made.clone()).await.unwrap();
        let seen = call(&engine, "111", "DescribeAccount", made.clone()).await.unwrap();
        assert_eq!(seen["Account"]["State"], "CLOSED", "{seen}");
        assert_eq!(
            call(&engine, "111", "CloseAccount", made).await,
            Err(OrganizationsError::AccountAlreadyClosed.into())
        );
    }
    assert_eq!(mails(&*store), 200);
    // A pair is closed in one commit with two mails: each has an id of its own.
    let input = json!({"Email": "gov@example.com", "Name": "G", "Id": id("777").to_string(), "Partition": "aws-us-gov"});
    let pair = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
    engine.run_as("test", "", Arc::new(pair)).await.unwrap();
    let input = serde_json::from_value(json!({"GovCloudAccountId": id("777").to_string()})).unwrap();
    engine.run_as("test", "", Arc::new(UpdateAccount { account: id("111"), input })).await.unwrap();
    let wanted = json!({"Email": "pair@example.com", "AccountName": "N"});
    let asked = call(&engine, "111", "CreateGovCloudAccount", wanted).await.unwrap();
    let request = json!({"CreateAccountRequestId": asked["CreateAccountStatus"]["Id"]});
    let made = call(&engine, "111", "DescribeCreateAccountStatus", request).await.unwrap();
    let made = json!({"AccountId": made["CreateAccountStatus"]["AccountId"]});
    call(&engine, "111", "CloseAccount", made).await.unwrap();
    assert_eq!(mails(&*store), 200 + 1 + 2);
    let waits = |t: &Timer| matches!(t.action, TimerAction::Create(_) | TimerAction::Close);
    assert!(!store.timers(Timestamp(i64::MAX), usize::MAX).unwrap().iter().any(waits));
    assert_whole(&*store);
}

/// What could not be kept has not happened, neither half of it.
#[tokio::test]
async fn what_takes_no_time_is_kept_with_what_was_asked_or_not_at_all() {
    let store = Arc::new(MemoryStore::new());
    let engine = start(&store);
    register(&engine, &["111"]).await;
    create(&engine, "111").await;
    let wanted = json!({"Email": "a@example.com", "AccountName": "N"});
    store.inject(memory::InjectedFault::Refused);
    assert_eq!(call(&engine, "111", "CreateAccount", wanted.clone()).await, Err(Refusal::Internal));
    assert_eq!(mails(&*store), 0);
    store.inject(memory::InjectedFault::Conflict);
    let asked = call(&engine, "111", "CreateAccount", wanted).await.unwrap();
    let request = json!({"CreateAccountRequestId": asked["CreateAccountStatus"]["Id"]});
    let seen = call(&engine, "111", "DescribeCreateAccountStatus", request).await.unwrap();
    assert_eq!(seen["CreateAccountStatus"]["State"], "SUCCEEDED", "{seen}");
    assert_eq!(mails(&*store), 1);
    assert_whole(&*store);
}
