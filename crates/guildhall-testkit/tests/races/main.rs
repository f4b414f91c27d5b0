//! Two who want what only one can have, at once: on one engine and on two engines over one store, in memory and in
//! SQLite, many times. One wins, and the other one is told so with a documented refusal.
//!
//! To add a race: say what has to be there before ([`Stage`]), name the two moves, and judge what came of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::sync::Arc;

use guildhall_core::call::caller::Caller;
use guildhall_core::check::Check;
use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::kernel::time::DAY;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::services::organizations::errors::{ConstraintReason, HandshakeReason};
use guildhall_core::state::aggregate::Aggregate;
use guildhall_core::state::limits::Limits;
use guildhall_core::{Command, ControlError, OrganizationsError, Refusal, Reply, Timestamp};
use guildhall_engine::{Engine, EngineError};
use guildhall_store::Store;
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::SqliteStore;
use guildhall_testkit::command;
use guildhall_testkit::sdk::engine_config;
use guildhall_testkit::simulator::month_start;
use serde_json::{Value, json};

mod identity;
mod policies;

type Answer = Result<Value, Refusal>;

/// What one of the two does.
#[derive(Clone)]
enum Move {
    /// An account of the stage calls an operation.
    Call(u64, &'static str, Value),
    /// Somebody gives a command.
    By(Caller, Arc<dyn Command>),
    /// An operator gives a command.
    Operate(Arc<dyn Command>),
    /// Business time passes, in milliseconds.
    Pass(i64),
}

fn answer(answer: Result<Reply, EngineError>) -> Answer {
    match answer {
        Ok(reply) if reply.is_empty() => Ok(Value::Null),
        Ok(reply) => Ok(serde_json::from_slice(&reply).unwrap()),
        Err(EngineError::Refused(failure)) => Err(failure),
        Err(e) => panic!("{e}"),
    }
}

/// Where one round of a race takes place: engines over a store, and accounts of its own, 1 to 9.
struct Stage {
    store: Arc<dyn Store>,
    engines: Vec<Engine>,
    round: u64,
}

impl Stage {
    fn open(store: Arc<dyn Store>, engines: usize) -> Self {
        // Creating and closing take time, in which others race.
        let limits = Limits { creation_millis: 200, closure_millis: 200, ..Limits::lab() };
        let config = || guildhall_engine::Config { limits: limits.clone(), ..engine_config() };
        let start = |_| Engine::start(Arc::clone(&store), config()).unwrap();
        let engines = (0..engines).map(start).collect();
        Self { store, engines, round: 0 }
    }

    fn id(&self, n: u64) -> AccountId {
        AccountId::from_number(100_000_000_000 + self.round * 10 + n).unwrap()
    }

    async fn make(&self, engine: usize, what: Move) -> Answer {
        let engine = &self.engines[engine % self.engines.len()];
        match what {
            Move::Pass(millis) => {
                engine.advance_by(millis).await.map(|()| Value::Null).map_err(|e| panic!("{e}"))
            }
            Move::Call(caller, operation, input) => {
                answer(engine.run(self.id(caller), "race", command(operation, &input)).await)
            }
            Move::By(caller, command) => answer(engine.run(caller, "race", command).await),
            Move::Operate(command) => answer(engine.run_as("race", "", command).await),
        }
    }

    /// A call before or after the race, which has to succeed.
    async fn call(&self, caller: u64, operation: &'static str, input: Value) -> Value {
        self.make(0, Move::Call(caller, operation, input))
            .await
            .unwrap_or_else(|e| panic!("{operation}: {e:?}"))
    }

    async fn operate(&self, command: impl Command + 'static) {
        self.engines[0].run_as("race", "", Arc::new(command)).await.unwrap();
    }

    async fn register(&self, accounts: &[u64]) {
        for n in accounts {
            let id = self.id(*n);
            self.operate(RegisterAccount::lab(id, &format!("root+{id}@lab.example").parse().unwrap())).await;
        }
    }

    async fn organization(&self, manager: u64) -> OrgId {
        self.organization_with(manager, "ALL").await
    }

    async fn organization_with(&self, manager: u64, features: &str) -> OrgId {
        let answer = self.call(manager, "CreateOrganization", json!({"FeatureSet": features})).await;
        answer["Organization"]["Id"].as_str().unwrap().parse().unwrap()
    }

    /// Invites, and answers the input of the operations on the handshake.
    async fn invite(&self, manager: u64, account: u64) -> Value {
        let target = json!({"Target": {"Type": "ACCOUNT", "Id": self.id(account)}});
        let answer = self.call(manager, "InviteAccountToOrganization", target).await;
        json!({"HandshakeId": answer["Handshake"]["Id"]})
    }

    /// Makes an account a member.
    async fn join(&self, manager: u64, account: u64) {
        let h = self.invite(manager, account).await;
        self.call(account, "AcceptHandshake", h).await;
    }

    async fn limits(&self, org: OrgId, set: Value) {
        let set = Some(serde_json::from_value(set).unwrap());
        self.operate(OrganizationLimits { org, set }).await;
    }

    /// The root of an account's organization.
    async fn root(&self, manager: u64) -> String {
        let answer = self.call(manager, "ListRoots", json!({})).await;
        answer["Roots"][0]["Id"].as_str().unwrap().to_owned()
    }

    /// Creates a unit, and answers its id.
    async fn unit(&self, manager: u64, parent: &str, name: &str) -> String {
        let input = json!({"ParentId": parent, "Name": name});
        let answer = self.call(manager, "CreateOrganizationalUnit", input).await;
        answer["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned()
    }

    /// Asks for the bill of another organization, and answers the input of the operations on the handshake.
    async fn ask_for_bill(&self, payer: u64, source: u64) -> Value {
        let start = month_start(self.engines[0].clock().now(), 2).seconds();
        let target = json!({"Type": "ACCOUNT", "Id": self.id(source)});
        let input =
            json!({"Type": "BILLING", "Target": target, "StartTimestamp": start, "SourceName": "bill"});
        let answer = self.call(payer, "InviteOrganizationToTransferResponsibility", input).await;
        json!({"HandshakeId": answer["Handshake"]["Id"]})
    }

    /// How the transfers of which an organization is the target stand.
    async fn transfers(&self, payer: u64) -> Vec<String> {
        let answer = self.call(payer, "ListInboundResponsibilityTransfers", json!({"Type": "BILLING"})).await;
        let all = answer["ResponsibilityTransfers"].as_array().unwrap().iter();
        all.map(|t| t["Status"].as_str().unwrap().to_owned()).collect()
    }

    async fn state(&self, caller: u64, handshake: &Value) -> String {
        let answer = self.call(caller, "DescribeHandshake", handshake.clone()).await;
        answer["Handshake"]["State"].as_str().unwrap().to_owned()
    }

    /// The organization's accounts, as its management account sees them.
    async fn members(&self, manager: u64) -> Vec<AccountId> {
        let answer = self.call(manager, "ListAccounts", json!({})).await;
        answer["Accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["Id"].as_str().unwrap().parse().unwrap())
            .collect()
    }

    /// Every engine knows what is in the store, and all have the same time, which stands still.
    async fn settle(&self) {
        let now = self.engines.iter().map(|e| e.clock().now()).max().unwrap();
        for engine in &self.engines {
            engine.freeze(true).await.unwrap();
            engine.advance_to(now.max(engine.clock().now())).await.unwrap();
            engine.with_exclusive_store(|_| Ok(())).await.unwrap();
        }
    }

    /// Everything that the store holds keeps every invariant.
    fn assert_whole(&self) {
        let mut check = Check::default();
        for owner in self.store.owners("", None, usize::MAX).unwrap() {
            let mut aggregate = Aggregate::empty(&owner);
            self.store.load(&owner).unwrap().items.into_iter().for_each(|item| aggregate.put(item).unwrap());
            check.owner(&owner, &aggregate);
        }
        self.store
            .timers(Timestamp(i64::MAX), usize::MAX)
            .unwrap()
            .iter()
            .for_each(|timer| check.timer(timer));
        assert_eq!(check.violations(), Vec::<String>::new());
    }
}

/// Runs a race many times: `prepare` sets the stage and names the two moves, `judge` says whether what came of them is
/// right, on engines that know all that is in the store. On two engines each makes one of the moves.
async fn race(
    prepare: impl AsyncFn(&Stage) -> [Move; 2],
    judge: impl AsyncFn(&Stage, &[Move; 2], &[Answer; 2]),
) {
    let dir = tempfile::tempdir().unwrap();
    let memory = || Arc::new(MemoryStore::new()) as Arc<dyn Store>;
    // A second process on one directory is refused.
    let sqlite = Arc::new(SqliteStore::open(dir.path()).unwrap()) as Arc<dyn Store>;
    for (name, store, engines, rounds) in
        [("memory", memory(), 1, 100), ("memory", memory(), 2, 100), ("sqlite", sqlite, 1, 40)]
    {
        let mut stage = Stage::open(store, engines);
        let mut won = [0, 0];
        for round in 0..rounds {
            stage.round = round;
            stage.settle().await;
            let moves = prepare(&stage).await;
            stage.settle().await;
            let [a, b] = moves.clone();
            // Now this one begins, now that one.
            let outcomes = if round % 2 == 0 {
                let (a, b) = tokio::join!(at_once(&stage, 0, a), at_once(&stage, 1, b));
                [a, b]
            } else {
                let (b, a) = tokio::join!(at_once(&stage, 1, b), at_once(&stage, 0, a));
                [a, b]
            };
            stage.settle().await;
            judge(&stage, &moves, &outcomes).await;
            won.iter_mut().zip(&outcomes).for_each(|(sum, outcome)| *sum += usize::from(outcome.is_ok()));
        }
        stage.assert_whole();
        println!("{name}, {engines} engine(s): the first succeeds {} times, the second {}", won[0], won[1]);
        stage.engines.iter().for_each(Engine::stop);
    }
}

/// On a thread of its own, as far as there is one.
async fn at_once(stage: &Stage, engine: usize, what: Move) -> Answer {
    let stage = Stage { store: Arc::clone(&stage.store), engines: stage.engines.clone(), round: stage.round };
    tokio::spawn(async move { stage.make(engine, what).await }).await.unwrap()
}

/// Which of the two won; the other one has to have this refusal.
fn winner(outcomes: &[Answer; 2], refusal: &OrganizationsError) -> usize {
    winner_of(outcomes, [refusal, refusal])
}

/// Which of the two won; each has its own refusal for when it loses.
fn winner_of(outcomes: &[Answer; 2], refusals: [&OrganizationsError; 2]) -> usize {
    let refused = |outcome: &Answer, refusal: &OrganizationsError| *outcome == Err(refusal.clone().into());
    match outcomes {
        [Ok(_), second] if refused(second, refusals[1]) => 0,
        [first, Ok(_)] if refused(first, refusals[0]) => 1,
        other => panic!("{other:?}, and one of {refusals:?} was expected"),
    }
}

/// The input of a move that is a call.
fn input(what: &Move) -> &Value {
    let Move::Call(_, _, input) = what else { panic!("it is a call") };
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_and_cancel() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            let h = stage.invite(1, 2).await;
            [Move::Call(2, "AcceptHandshake", h.clone()), Move::Call(1, "CancelHandshake", h)]
        },
        async |stage, moves, outcomes| {
            let h = input(&moves[0]);
            let won = winner(outcomes, &OrganizationsError::InvalidHandshakeTransition);
            assert_eq!(stage.state(1, h).await, ["ACCEPTED", "CANCELED"][won]);
            assert_eq!(stage.members(1).await.len(), [2, 1][won]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_and_expire() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            let h = stage.invite(1, 2).await;
            [Move::Call(2, "AcceptHandshake", h), Move::Pass(15 * DAY)]
        },
        async |stage, moves, outcomes| {
            let h = input(&moves[0]);
            // Time passes anyway.
            let [accepted, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            let late = Err(OrganizationsError::InvalidHandshakeTransition.into());
            assert!(accepted.is_ok() || *accepted == late, "{accepted:?}");
            assert_eq!(stage.state(1, h).await, if accepted.is_ok() { "ACCEPTED" } else { "EXPIRED" });
            assert_eq!(stage.members(1).await.len(), if accepted.is_ok() { 2 } else { 1 });
        },
    )
    .await;
}

/// Both accept an invitation of their own to one account: it becomes a member of one organization, and a young one
/// takes nobody from another (accounts.md 5.7).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_organizations_invitations() {
    race(
        async |stage| {
            let [first, second] = invited_by_two(stage, true).await;
            [Move::Call(3, "AcceptHandshake", first), Move::Call(3, "AcceptHandshake", second)]
        },
        async |stage, moves, outcomes| {
            let reason = HandshakeReason::OrganizationMembershipChangeRateLimitExceeded;
            let won = winner(outcomes, &OrganizationsError::HandshakeConstraintViolation(reason));
            for (n, what) in moves.iter().enumerate() {
                assert_eq!(stage.state(3, input(what)).await, if n == won { "ACCEPTED" } else { "OPEN" });
                let there = stage.members(1 + n as u64).await.contains(&stage.id(3));
                assert_eq!(there, n == won);
            }
        },
    )
    .await;
}

/// The same where direct moves are allowed: both are accepted, one after the other, and the account is where it went
/// last, and nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_organizations_invitations_and_a_direct_move() {
    race(
        async |stage| {
            let [first, second] = invited_by_two(stage, false).await;
            [Move::Call(3, "AcceptHandshake", first), Move::Call(3, "AcceptHandshake", second)]
        },
        async |stage, _, outcomes| {
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            let there = [stage.members(1).await, stage.members(2).await].map(|m| m.contains(&stage.id(3)));
            assert!(there[0] != there[1], "{there:?}");
        },
    )
    .await;
}

/// Account 3 is invited by the organizations of 1 and 2.
async fn invited_by_two(stage: &Stage, young: bool) -> [Value; 2] {
    stage.register(&[1, 2, 3]).await;
    for manager in [1, 2] {
        let org = stage.organization(manager).await;
        stage.limits(org, json!({"FirstWeek": young})).await;
    }
    [stage.invite(1, 3).await, stage.invite(2, 3).await]
}

/// One closes a member, the member goes to another organization.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn close_and_move_to_another_organization() {
    race(
        async |stage| {
            stage.register(&[1, 2, 3]).await;
            stage.organization(1).await;
            stage.organization(2).await;
            stage.join(1, 3).await;
            let h = stage.invite(2, 3).await;
            let close = json!({"AccountId": stage.id(3)});
            [Move::Call(1, "CloseAccount", close), Move::Call(3, "AcceptHandshake", h)]
        },
        async |stage, moves, outcomes| {
            let stays =
                OrganizationsError::ConstraintViolation(ConstraintReason::AccountCannotLeaveOrganization);
            let won = winner_of(outcomes, [&OrganizationsError::AccountNotFound, &stays]);
            assert_eq!(stage.state(2, input(&moves[1])).await, ["OPEN", "ACCEPTED"][won]);
            let there = [stage.members(1).await, stage.members(2).await].map(|m| m.contains(&stage.id(3)));
            assert_eq!(there, [won == 0, won == 1]);
        },
    )
    .await;
}

/// Within an organization a member is moved and closed, in whichever order (accounts.md 6).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn close_and_move_below_a_unit() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.join(1, 2).await;
            let root = stage.root(1).await;
            let unit = stage.unit(1, &root, "unit").await;
            let there =
                json!({"AccountId": stage.id(2), "SourceParentId": root, "DestinationParentId": unit});
            let close = json!({"AccountId": stage.id(2)});
            [Move::Call(1, "CloseAccount", close), Move::Call(1, "MoveAccount", there)]
        },
        async |stage, moves, outcomes| {
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            let account = stage.call(1, "DescribeAccount", input(&moves[0]).clone()).await;
            assert_eq!(account["Account"]["State"], "PENDING_CLOSURE");
            let parents = stage.call(1, "ListParents", json!({"ChildId": stage.id(2)})).await;
            assert_eq!(parents["Parents"][0]["Id"], input(&moves[1])["DestinationParentId"]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_closings() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.join(1, 2).await;
            let close = Move::Call(1, "CloseAccount", json!({"AccountId": stage.id(2)}));
            [close.clone(), close]
        },
        async |_, _, outcomes| {
            winner(outcomes, &OrganizationsError::Conflict);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn delete_a_unit_and_move_into_it() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.join(1, 2).await;
            let root = stage.root(1).await;
            let unit = stage.unit(1, &root, "unit").await;
            let there =
                json!({"AccountId": stage.id(2), "SourceParentId": root, "DestinationParentId": unit});
            let delete = json!({"OrganizationalUnitId": unit});
            [Move::Call(1, "DeleteOrganizationalUnit", delete), Move::Call(1, "MoveAccount", there)]
        },
        async |stage, moves, outcomes| {
            let refusals = [
                &OrganizationsError::OrganizationalUnitNotEmpty,
                &OrganizationsError::DestinationParentNotFound,
            ];
            let won = winner_of(outcomes, refusals);
            let parents = stage.call(1, "ListParents", json!({"ChildId": stage.id(2)})).await;
            let place = ["SourceParentId", "DestinationParentId"][won];
            assert_eq!(parents["Parents"][0]["Id"], input(&moves[1])[place]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_deletes_of_one_unit() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let unit = stage.unit(1, &stage.root(1).await, "unit").await;
            let delete = Move::Call(1, "DeleteOrganizationalUnit", json!({"OrganizationalUnitId": unit}));
            [delete.clone(), delete]
        },
        async |_, _, outcomes| {
            winner(outcomes, &OrganizationsError::OrganizationalUnitNotFound);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_units_of_one_name() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let input = json!({"ParentId": stage.root(1).await, "Name": "unit"});
            let create = Move::Call(1, "CreateOrganizationalUnit", input);
            [create.clone(), create]
        },
        async |stage, moves, outcomes| {
            winner(outcomes, &OrganizationsError::DuplicateOrganizationalUnit);
            let parent = json!({"ParentId": input(&moves[0])["ParentId"]});
            let units = stage.call(1, "ListOrganizationalUnitsForParent", parent).await;
            assert_eq!(units["OrganizationalUnits"].as_array().unwrap().len(), 1);
        },
    )
    .await;
}

/// The last unit that the quota has room for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_units_in_one_place() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            let org = stage.organization(1).await;
            stage.limits(org, json!({"OrganizationalUnits": 1})).await;
            let root = stage.root(1).await;
            ["a", "b"].map(|name| {
                Move::Call(1, "CreateOrganizationalUnit", json!({"ParentId": root, "Name": name}))
            })
        },
        async |_, _, outcomes| {
            let full = OrganizationsError::ConstraintViolation(ConstraintReason::OuNumberLimitExceeded);
            winner(outcomes, &full);
        },
    )
    .await;
}

/// What became of the requests to create an account, of each organization's one.
async fn creations(stage: &Stage, managers: &[u64]) -> Vec<String> {
    let mut ends = Vec::new();
    for manager in managers {
        let answer = stage.call(*manager, "ListCreateAccountStatus", json!({})).await;
        let status = &answer["CreateAccountStatuses"][0];
        let end = [&status["State"], &status["FailureReason"]].map(|v| v.as_str().unwrap_or_default());
        ends.push(end.join(" ").trim_end().to_owned());
    }
    ends
}

/// Two organizations create accounts with one address, which complete at the same instant.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_creations_with_one_address() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            for manager in [1, 2] {
                stage.organization(manager).await;
                let email = format!("new{}@example.com", stage.round);
                stage.call(manager, "CreateAccount", json!({"Email": email, "AccountName": "new"})).await;
            }
            [Move::Pass(200), Move::Pass(200)]
        },
        async |stage, _, outcomes| {
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            let mut ends = creations(stage, &[1, 2]).await;
            ends.sort();
            assert_eq!(ends, ["FAILED EMAIL_ALREADY_EXISTS", "SUCCEEDED"]);
            let members = [stage.members(1).await.len(), stage.members(2).await.len()];
            assert_eq!(members.iter().sum::<usize>(), 3);
        },
    )
    .await;
}

/// The same against somebody who registers with the address.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_creation_and_a_registration_with_one_address() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let email = format!("new{}@example.com", stage.round);
            let wanted = json!({"Email": email, "AccountName": "new"});
            stage.call(1, "CreateAccount", wanted).await;
            let register = RegisterAccount::lab(stage.id(2), &email.parse().unwrap());
            [Move::Pass(200), Move::Operate(Arc::new(register))]
        },
        async |stage, _, outcomes| {
            let [Ok(_), registered] = outcomes else { panic!("{outcomes:?}") };
            let end = match registered {
                Ok(_) => "FAILED EMAIL_ALREADY_EXISTS",
                Err(e) if matches!(e.own(), Some(ControlError::EmailTaken(_))) => "SUCCEEDED",
                Err(e) => panic!("{e:?}"),
            };
            assert_eq!(creations(stage, &[1]).await, [end]);
        },
    )
    .await;
}

/// A request to enable all features of an organization of two, and the member's part of it.
async fn all_features(stage: &Stage) -> [Value; 2] {
    stage.register(&[1, 2]).await;
    stage.organization_with(1, "CONSOLIDATED_BILLING").await;
    stage.join(1, 2).await;
    let answer = stage.call(1, "EnableAllFeatures", json!({})).await;
    let request = answer["Handshake"]["Id"].clone();
    let filter = json!({"Filter": {"ParentHandshakeId": request}});
    let parts = stage.call(1, "ListHandshakesForOrganization", filter).await;
    [json!({"HandshakeId": request}), json!({"HandshakeId": parts["Handshakes"][0]["Id"]})]
}

/// A member approves while the request is given up, which always can be.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn approve_and_give_up_all_features() {
    race(
        async |stage| {
            let [request, part] = all_features(stage).await;
            [Move::Call(2, "AcceptHandshake", part), Move::Call(1, "CancelHandshake", request)]
        },
        async |stage, moves, outcomes| {
            let [approved, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            let late = Err(OrganizationsError::InvalidHandshakeTransition.into());
            assert!(approved.is_ok() || *approved == late, "{approved:?}");
            assert_eq!(stage.state(1, input(&moves[1])).await, "CANCELED");
            let part = if approved.is_ok() { "ACCEPTED" } else { "CANCELED" };
            assert_eq!(stage.state(1, input(&moves[0])).await, part);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn finalize_and_give_up_all_features() {
    race(
        async |stage| {
            let [request, part] = all_features(stage).await;
            stage.call(2, "AcceptHandshake", part).await;
            [Move::Call(1, "AcceptHandshake", request.clone()), Move::Call(1, "CancelHandshake", request)]
        },
        async |stage, moves, outcomes| {
            let won = winner(outcomes, &OrganizationsError::InvalidHandshakeTransition);
            assert_eq!(stage.state(1, input(&moves[0])).await, ["ACCEPTED", "CANCELED"][won]);
            let answer = stage.call(1, "DescribeOrganization", json!({})).await;
            assert_eq!(answer["Organization"]["FeatureSet"], ["ALL", "CONSOLIDATED_BILLING"][won]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accept_and_cancel_a_transfer() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.organization(2).await;
            let h = stage.ask_for_bill(1, 2).await;
            [Move::Call(2, "AcceptHandshake", h.clone()), Move::Call(1, "CancelHandshake", h)]
        },
        async |stage, moves, outcomes| {
            let won = winner(outcomes, &OrganizationsError::InvalidHandshakeTransition);
            assert_eq!(stage.state(1, input(&moves[0])).await, ["ACCEPTED", "CANCELED"][won]);
            assert_eq!(stage.transfers(1).await, [["ACCEPTED", "CANCELED"][won]]);
        },
    )
    .await;
}

/// Two organizations ask for one bill, and it goes to one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_transfers_of_one_bill() {
    race(
        async |stage| {
            stage.register(&[1, 2, 3]).await;
            for manager in [1, 2, 3] {
                stage.organization(manager).await;
            }
            let (first, second) = (stage.ask_for_bill(1, 3).await, stage.ask_for_bill(2, 3).await);
            [Move::Call(3, "AcceptHandshake", first), Move::Call(3, "AcceptHandshake", second)]
        },
        async |stage, _, outcomes| {
            let reason = ConstraintReason::ResponsibilityTransferMaxOutboundQuotaViolation;
            let won = winner(outcomes, &OrganizationsError::ConstraintViolation(reason));
            let ends = [stage.transfers(1).await, stage.transfers(2).await];
            assert_eq!(ends[won], ["ACCEPTED"]);
            assert_eq!(ends[1 - won], ["REQUESTED"]);
        },
    )
    .await;
}

/// One bill would be paid by somebody whose own is paid by a third.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_transfers_in_a_row() {
    race(
        async |stage| {
            stage.register(&[1, 2, 3]).await;
            for manager in [1, 2, 3] {
                stage.organization(manager).await;
            }
            let (first, second) = (stage.ask_for_bill(1, 2).await, stage.ask_for_bill(2, 3).await);
            [Move::Call(2, "AcceptHandshake", first), Move::Call(3, "AcceptHandshake", second)]
        },
        async |stage, _, outcomes| {
            let reason = ConstraintReason::ResponsibilityTransferMaxLevelViolation;
            let won = winner(outcomes, &OrganizationsError::ConstraintViolation(reason));
            let ends = [stage.transfers(1).await, stage.transfers(2).await];
            assert_eq!(ends[won], ["ACCEPTED"]);
            assert_eq!(ends[1 - won], ["REQUESTED"]);
        },
    )
    .await;
}

/// A service loses its access while a member becomes its administrator.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn delegate_and_disable_a_service() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.join(1, 2).await;
            let service = json!({"ServicePrincipal": "config.amazonaws.com"});
            stage.call(1, "EnableAWSServiceAccess", service.clone()).await;
            let delegate = json!({"AccountId": stage.id(2), "ServicePrincipal": "config.amazonaws.com"});
            [
                Move::Call(1, "RegisterDelegatedAdministrator", delegate),
                Move::Call(1, "DisableAWSServiceAccess", service),
            ]
        },
        async |_, _, outcomes| {
            let late = OrganizationsError::ConstraintViolation(ConstraintReason::ServiceAccessNotEnabled);
            let used = ConstraintReason::DelegatedAdministratorExistsForThisService;
            winner_of(outcomes, [&late, &OrganizationsError::ConstraintViolation(used)]);
        },
    )
    .await;
}
