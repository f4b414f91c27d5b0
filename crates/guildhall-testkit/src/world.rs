//! The product alone: owners in a map, a clock that stands still, no engine and no store.
//!
//! [`World::run`] does with a command what an engine does, and checks after every one of them
//!
//! - that no invariant of [`Check`] is violated;
//! - that a refused command, or a reading one, wants nothing written;
//! - that every owner it writes was read, and every item is where it belongs and survives the store;
//! - that the command is pure: run again on the same state with the same seed it decides the same, whether that state
//!   is in memory, or has to be loaded from what a store keeps, in whatever order the items come;
//! - that it is run again for what is missing a few times only, however much there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use guildhall_core::call::caller::Caller;
use guildhall_core::call::page::PageKey;
use guildhall_core::check::Check;
use guildhall_core::kernel::address::AddressKey;
use guildhall_core::kernel::ids::{AccountId, Ids, OrgId};
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::operator::run_timer::RunTimer;
use guildhall_core::rules::organization_roles;
use guildhall_core::services::organizations;
use guildhall_core::state::account::{Account, AccountRecord};
use guildhall_core::state::address::Address;
use guildhall_core::state::aggregate::{Aggregate, InMemory};
use guildhall_core::state::iam::Iam;
use guildhall_core::state::item::Item;
use guildhall_core::state::limits::Limits;
use guildhall_core::state::mail::Mail;
use guildhall_core::state::org::{FeatureSet, Org};
use guildhall_core::{
    ChangeSet, Command, Cx, ItemChange, Loaded, Mode, Origin, Owner, Refusal, Reply, Settings, Source, Stop,
    Timer, TimerChange, Timestamp, Version, View,
};

use crate::derived::{check_counts, derived};
use crate::sentence::Sentence;

/// The instant at which every world begins: 2026-01-01T00:00:00Z.
pub const BEGINNING: Timestamp = Timestamp(1_767_225_600_000);

/// How often a command is run again at most for what it misses.
const ROUNDS: u32 = 16;

/// Owners in memory; what is not there has to be loaded.
#[derive(Clone, Default)]
struct Memory(HashMap<Owner, Loaded>);

impl Source for Memory {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        self.0.get(owner)
    }
}

/// The items of one owner as a store keeps them: kind and id, and the body as text.
type Rows = BTreeMap<(String, String), String>;

/// The order in which a store hands over the items of an owner.
#[derive(Clone, Copy)]
enum Order {
    Forward,
    Backward,
}

/// What a command decided.
struct Decision {
    result: Result<Reply, Stop>,
    reads: Vec<(Owner, Version)>,
    changes: ChangeSet,
    /// How many ids it made.
    made: u64,
}

/// State, time, timers and mails, and nothing else.
#[derive(Clone)]
pub struct World {
    now: Timestamp,
    settings: Settings,
    origin: Origin,
    owners: Memory,
    rows: BTreeMap<Owner, Rows>,
    timers: BTreeSet<Timer>,
    mails: Vec<Mail>,
    commands: u64,
    refusals: BTreeSet<Sentence>,
}

/// With a lab's limits, but for creating and closing accounts, which take time here so that scripts can tell what
/// happens meanwhile.
impl Default for World {
    fn default() -> Self {
        Self::new(Limits { creation_millis: 200, closure_millis: 200, ..Limits::lab() })
    }
}

impl World {
    /// An empty world with these limits. Accounts that nobody registered have no address.
    pub fn new(limits: Limits) -> Self {
        Self {
            now: BEGINNING,
            settings: Settings {
                limits,
                lab_accounts: false,
                strict: false,
                services: Arc::default(),
                page_key: PageKey::new([7; 32]),
                keyring: Arc::new(Keyring::new([7; 32])),
            },
            origin: Origin::UNKNOWN,
            owners: Memory::default(),
            rows: BTreeMap::new(),
            timers: BTreeSet::new(),
            mails: Vec::new(),
            commands: 0,
            refusals: BTreeSet::new(),
        }
    }

    /// What the Organizations API refused so far.
    pub fn refusals(&self) -> &BTreeSet<Sentence> {
        &self.refusals
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What every command is told; may be changed between commands.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Where requests come from; may be changed between commands.
    pub fn origin_mut(&mut self) -> &mut Origin {
        &mut self.origin
    }

    /// An account, if it is registered.
    pub fn account(&self, id: AccountId) -> Option<&AccountRecord> {
        Account::of(&self.owners.find(&Owner::Account(id))?.aggregate)?.record.as_deref()
    }

    /// Who holds an address.
    pub fn holder(&self, address: &str) -> Option<AccountId> {
        let owner = Owner::Address(AddressKey::from(address));
        Some(Address::of(&self.owners.find(&owner)?.aggregate)?.record.as_ref()?.holder)
    }

    /// An organization, deleted ones included.
    pub fn org(&self, id: OrgId) -> Option<&Org> {
        Org::of(&self.owners.find(&Owner::Org(id))?.aggregate).filter(|org| org.record().is_some())
    }

    /// How often an owner was written.
    pub fn version(&self, owner: &Owner) -> Version {
        self.owners.find(owner).map_or(0, |l| l.version)
    }

    /// The timers that are set, the next one first.
    pub fn timers(&self) -> impl Iterator<Item = &Timer> {
        self.timers.iter()
    }

    /// The mails that were sent since this was last asked.
    pub fn take_mails(&mut self) -> Vec<Mail> {
        std::mem::take(&mut self.mails)
    }

    /// Everything that a store would keep, as text: equal if and only if nothing changed.
    pub fn stored(&self) -> String {
        let mut text = String::new();
        for (owner, rows) in &self.rows {
            let _ = writeln!(text, "{owner} {}", self.version(owner));
            for ((kind, id), body) in rows {
                let _ = writeln!(text, "  {kind} {id} {body}");
            }
        }
        for timer in &self.timers {
            let _ = writeln!(text, "{} {} {}", timer.due, timer.owner, timer.action);
        }
        text
    }

    /// Runs a command and applies what it changes, then the timers that it set for right now, as an engine does.
    /// Panics when it breaks a rule of the house.
    pub fn run(&mut self, caller: impl Into<Caller>, command: &dyn Command) -> Result<Reply, Refusal> {
        let (result, mut due) = self.run_alone(&caller.into(), command);
        while !due.is_empty() {
            due = due.into_iter().flat_map(|timer| self.run_timer(timer)).collect();
        }
        result
    }

    /// Runs a command and applies what it changes. Answers the timers that it set for right now, too.
    fn run_alone(&mut self, caller: &Caller, command: &dyn Command) -> (Result<Reply, Refusal>, Vec<Timer>) {
        self.commands += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.commands.to_be_bytes());
        let decision = self.decide_warm(caller, command, seed);
        for order in [Order::Forward, Order::Backward] {
            let again = self.decide_cold(caller, command, seed, order);
            assert_eq!(
                again.text(),
                decision.text(),
                "{} decides otherwise when it runs again on loaded state",
                command.name()
            );
        }
        self.check_decision(command, &decision);
        let due = decision.changes.due(self.now);
        let result = match decision.result {
            Ok(reply) => {
                self.apply(decision.changes);
                Ok(reply)
            }
            Err(Stop::RefusedAfterChange(failure)) => {
                self.apply(decision.changes);
                Err(failure)
            }
            Err(Stop::Refused(failure)) => Err(failure),
            Err(Stop::Missing(_) | Stop::Slow(_)) => unreachable_missing(),
        };
        if let Err(refusal) = &result
            && !matches!(refusal, Refusal::UnknownCaller(_))
            && !matches!(refusal, Refusal::Own(error) if error.service() != organizations::NAME)
        {
            self.refusals.insert(Sentence::of(command, refusal));
        }
        let wrong = self.violations();
        assert!(wrong.is_empty(), "after {} by {caller}:\n{}", command.name(), wrong.join("\n"));
        (result, due)
    }

    /// On what is in memory; what is missing is absent.
    fn decide_warm(&mut self, caller: &Caller, command: &dyn Command, seed: [u8; 32]) -> Decision {
        loop {
            let decision = self.decide(&self.owners, caller, command, seed);
            let Err(Stop::Missing(owners)) = decision.result else { return decision };
            for owner in owners.into_iter().collect::<BTreeSet<_>>() {
                let aggregate = Arc::new(Aggregate::empty(&owner));
                let there = self.owners.0.insert(owner, Loaded { version: 0, aggregate });
                assert!(there.is_none(), "{} misses an owner that is loaded", command.name());
            }
        }
    }

    /// On an empty memory, into which every owner is loaded from what a store would keep.
    fn decide_cold(&self, caller: &Caller, command: &dyn Command, seed: [u8; 32], order: Order) -> Decision {
        let mut memory = Memory::default();
        for rounds in 0.. {
            assert!(rounds <= ROUNDS, "{} is run again and again to load one thing more", command.name());
            let decision = self.decide(&memory, caller, command, seed);
            let Err(Stop::Missing(owners)) = decision.result else { return decision };
            for owner in owners {
                let aggregate = Arc::new(self.load(&owner, order));
                let loaded = Loaded { version: self.version(&owner), aggregate };
                memory.0.insert(owner, loaded);
            }
        }
        unreachable_missing()
    }

    fn decide(&self, source: &Memory, caller: &Caller, command: &dyn Command, seed: [u8; 32]) -> Decision {
        let (origin, settings) = (&self.origin, &self.settings);
        loop {
            let ids = Ids::new(seed);
            let cx = Cx { now: self.now, caller, origin, ids: &ids, settings };
            let mut view = View::new(source);
            let result = command.run(&cx, &mut view);
            let (reads, changes) = view.finish();
            match result {
                Err(Stop::Slow(work)) => work.run(),
                result => return Decision { result, reads, changes, made: ids.made() },
            }
        }
    }

    fn load(&self, owner: &Owner, order: Order) -> Aggregate {
        let mut aggregate = Aggregate::empty(owner);
        let rows = self.rows.get(owner).into_iter().flatten();
        let mut items: Vec<Item> =
            rows.map(|((kind, id), body)| Item::read(kind, id, body).unwrap()).collect();
        if matches!(order, Order::Backward) {
            items.reverse();
        }
        items.into_iter().for_each(|item| aggregate.put(item).unwrap());
        aggregate
    }

    fn check_decision(&self, command: &dyn Command, decision: &Decision) {
        let name = command.name();
        let failure = match &decision.result {
            Ok(reply) => {
                let json = reply.is_empty() || serde_json::from_slice::<serde_json::Value>(reply).is_ok();
                assert!(json, "{name} answers what is no JSON");
                None
            }
            Err(Stop::Refused(failure)) => {
                assert!(decision.changes.is_empty(), "{name} is refused and wants something written");
                Some(failure)
            }
            Err(Stop::RefusedAfterChange(failure)) => Some(failure),
            Err(Stop::Missing(_) | Stop::Slow(_)) => unreachable_missing(),
        };
        assert_ne!(failure, Some(&Refusal::Internal), "{name} finds the state broken");
        assert!(command.mode() == Mode::Write || decision.changes.is_empty(), "{name} reads and writes");
        assert!(command.mode() != Mode::Read || decision.made == 0, "{name} reads and makes ids");
        let read: BTreeSet<&Owner> = decision.reads.iter().map(|(owner, _)| owner).collect();
        assert_eq!(read.len(), decision.reads.len(), "{name} notes an owner twice");
        for (owner, version) in &decision.reads {
            assert_eq!(*version, self.version(owner), "{name} notes a wrong version of {owner}");
        }
        let written = &decision.changes.items;
        assert!(written.is_empty() || decision.changes.named().is_some(), "{name} writes addresses alone");
        for change in written {
            assert!(read.contains(&change.owner), "{name} writes {} unread", change.owner);
            let ItemChange::Put(item) = &change.item else { continue };
            assert!(
                item.key().belongs_to(&change.owner),
                "{name} puts {:?} into {}",
                item.key(),
                change.owner
            );
            let (key, body) = (item.key(), item.body());
            let back = Item::read(key.kind(), &key.id(), &body).expect("what is written can be read");
            assert_eq!((back.key(), back.body()), (key, body), "{name} writes what is read back otherwise");
        }
        for TimerChange::Set(timer) | TimerChange::Clear(timer) in &decision.changes.timers {
            assert!(read.contains(&timer.owner), "{name} changes a timer of {} unread", timer.owner);
        }
    }

    fn apply(&mut self, changes: ChangeSet) {
        let mut written = BTreeSet::new();
        for change in changes.items {
            let loaded = self.owners.0.get_mut(&change.owner).unwrap();
            Arc::make_mut(&mut loaded.aggregate).apply(&change.item).unwrap();
            if written.insert(change.owner.clone()) {
                loaded.version += 1;
            }
            let rows = self.rows.entry(change.owner).or_default();
            match change.item {
                ItemChange::Put(item) => {
                    let key = item.key();
                    rows.insert((key.kind().to_owned(), key.id()), item.body());
                }
                ItemChange::Remove(key) => {
                    rows.remove(&(key.kind().to_owned(), key.id()));
                }
            }
        }
        for change in changes.timers {
            match change {
                TimerChange::Set(timer) => self.timers.insert(timer),
                TimerChange::Clear(timer) => self.timers.remove(&timer),
            };
        }
        self.mails.extend(changes.mails);
        for owner in &written {
            self.check_derived(owner);
        }
    }

    /// What an organization in memory knows without looking has to be what it would know after a restart.
    fn check_derived(&self, owner: &Owner) {
        let Some(Loaded { aggregate, .. }) = self.owners.find(owner) else { return };
        let Aggregate::Org(live) = &**aggregate else { return };
        check_counts(live, self.now);
        for order in [Order::Forward, Order::Backward] {
            let Aggregate::Org(loaded) = self.load(owner, order) else {
                panic!("{owner} is no organization")
            };
            let (live, loaded) = (derived(live, self.now), derived(&loaded, self.now));
            assert_eq!(live, loaded, "{owner} knows something else when loaded");
        }
    }

    /// Every violated invariant.
    pub fn violations(&self) -> Vec<String> {
        let mut check = Check::new(Some(Arc::clone(&self.settings.keyring)));
        for (owner, loaded) in self.owners.0.iter().filter(|(_, loaded)| loaded.version > 0) {
            check.owner(owner, &loaded.aggregate);
        }
        self.timers.iter().for_each(|timer| check.timer(timer));
        let mut wrong = check.violations();
        wrong.extend(self.unlinked());
        wrong
    }

    /// Members of organizations with all features that lack the role that is linked to Organizations.
    fn unlinked(&self) -> Vec<String> {
        let orgs = self.owners.0.values().filter_map(|loaded| Org::of(&loaded.aggregate));
        let all = |org: &&Org| {
            let live = org.record().filter(|record| record.deleted.is_none());
            live.is_some_and(|record| record.feature_set == FeatureSet::All)
        };
        let members = orgs.filter(all).flat_map(|org| org.members_after(None));
        let lacks = |account: AccountId| {
            let iam = self.owners.find(&Owner::Iam(account));
            iam.and_then(|loaded| organization_roles::linked(Iam::of(&loaded.aggregate)?)).is_none()
        };
        members
            .filter(|member| lacks(member.id))
            .map(|m| format!("acct/{}: lacks Organizations' role", m.id))
            .collect()
    }

    /// Lets time pass; timers run as they fall due, each at its instant.
    pub fn advance(&mut self, millis: i64) {
        let to = self.now.plus(millis);
        while let Some(timer) = self.timers.first().filter(|t| t.due <= to).cloned() {
            self.now = self.now.max(timer.due);
            self.run_timer(timer);
        }
        self.now = to;
    }

    /// Lets time pass while no timer runs: they are late.
    pub fn advance_without_timers(&mut self, millis: i64) {
        self.now = self.now.plus(millis);
    }

    /// Runs the timers that are late.
    pub fn run_timers(&mut self) {
        self.advance(0);
    }

    /// Runs a timer, twice. Answers the timers that it set for right now.
    fn run_timer(&mut self, timer: Timer) -> Vec<Timer> {
        let command = RunTimer(timer.clone());
        let (result, due) = self.run_alone(&Caller::NOBODY, &command);
        result.expect("a timer is never refused");
        assert!(!self.timers.contains(&timer), "{} {}: the timer stays", timer.owner, timer.action);
        let stored = self.stored();
        let (result, _) = self.run_alone(&Caller::NOBODY, &command);
        result.expect("a timer that comes twice is never refused");
        assert_eq!(stored, self.stored(), "{} {}: it matters that it comes twice", timer.owner, timer.action);
        due
    }
}

fn unreachable_missing() -> ! {
    panic!("what is missing was loaded")
}

impl Decision {
    /// All of it as text, to compare. Debug output would mask addresses.
    fn text(&self) -> String {
        let mut text = match &self.result {
            Ok(reply) => format!("{}\n", String::from_utf8_lossy(reply)),
            Err(stop) => format!("{stop:?}\n"),
        };
        for (owner, version) in &self.reads {
            let _ = writeln!(text, "read {owner} {version}");
        }
        for change in &self.changes.items {
            let _ = match &change.item {
                ItemChange::Put(item) => {
                    writeln!(text, "put {} {:?} {}", change.owner, item.key(), item.body())
                }
                ItemChange::Remove(key) => writeln!(text, "remove {} {key:?}", change.owner),
            };
        }
        for change in &self.changes.timers {
            let (what, t) = match change {
                TimerChange::Set(t) => ("set", t),
                TimerChange::Clear(t) => ("clear", t),
            };
            let _ = writeln!(text, "{what} {} {} {}", t.due, t.owner, t.action);
        }
        for mail in &self.changes.mails {
            let _ = writeln!(text, "mail {}", serde_json::to_string(mail).unwrap());
        }
        text
    }
}
