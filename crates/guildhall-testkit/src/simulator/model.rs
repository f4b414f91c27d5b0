//! What the store has to hold: the product run on it purely, one command after the other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use guildhall_core::call::caller::Caller;
use guildhall_core::check::Check;
use guildhall_core::kernel::ids::{AccountId, Ids, OrgId};
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::operator::run_timer::RunTimer;
use guildhall_core::state::account::{Account, AccountRecord};
use guildhall_core::state::address::Address;
use guildhall_core::state::aggregate::{Aggregate, InMemory};
use guildhall_core::state::creation::Outcome;
use guildhall_core::state::iam::Iam;
use guildhall_core::state::item::Item;
use guildhall_core::state::mail::{Content, Mail, MailKind};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::{
    ChangeSet, Command, Cx, ItemChange, Loaded, Origin, Owner, Refusal, Reply, Settings, Source, Stop, Timer,
    TimerChange, Timestamp, Version, View,
};
use guildhall_store::Store;

/// The items of one owner as a store keeps them: kind and id, and the body as text.
type Rows = BTreeMap<(String, String), String>;

#[derive(Clone)]
struct Kept {
    loaded: Loaded,
    rows: Rows,
}

/// What a command has to answer, and what it has to change.
pub(super) struct Decision {
    pub(super) answer: Result<Reply, Refusal>,
    pub(super) reads: BTreeSet<(Owner, Version)>,
    pub(super) changes: ChangeSet,
    /// What the timers change that it sets for right now, each with its name.
    pub(super) then: Vec<(&'static str, ChangeSet)>,
    /// Those timers, each with its seed.
    due: Vec<(Timer, [u8; 32])>,
}

impl Decision {
    /// The owners that are written.
    pub(super) fn writes(&self) -> BTreeSet<Owner> {
        self.steps().flat_map(|changes| &changes.items).map(|c| c.owner.clone()).collect()
    }

    /// What is changed, step by step.
    pub(super) fn steps(&self) -> impl Iterator<Item = &ChangeSet> {
        std::iter::once(&self.changes).chain(self.then.iter().map(|(_, changes)| changes))
    }
}

/// Committed state, as it should be.
#[derive(Clone)]
pub(super) struct Model {
    settings: Settings,
    owners: BTreeMap<Owner, Kept>,
    /// In the order in which a store has them.
    timers: BTreeMap<(Timestamp, String, String), Timer>,
    /// The last code that was mailed for a new address of an account, and where it went.
    codes: BTreeMap<AccountId, (String, String)>,
    /// How often what came to an end, and how.
    pub(super) outcomes: BTreeMap<String, usize>,
}

impl Source for Model {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        self.owners.get(owner).map(|kept| &kept.loaded)
    }
}

impl Model {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            owners: BTreeMap::new(),
            timers: BTreeMap::new(),
            codes: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    /// What a command does on this state, and with it the timers that it sets for right now.
    pub(super) fn decide_all(
        &mut self,
        now: Timestamp,
        caller: &Caller,
        command: &dyn Command,
        seed: [u8; 32],
    ) -> Decision {
        let mut decision = self.decide(now, caller, command, seed);
        let mut due = VecDeque::from(std::mem::take(&mut decision.due));
        if due.is_empty() {
            return decision;
        }
        let mut after = self.clone();
        after.apply(&decision.changes);
        while let Some((timer, seed)) = due.pop_front() {
            let command = RunTimer(timer);
            let more = after.decide(now, &Caller::NOBODY, &command, seed);
            assert!(more.answer.is_ok(), "a timer is refused: {:?}", more.answer);
            after.apply(&more.changes);
            // What was read before was read at the version that counts.
            let known: BTreeSet<Owner> = decision.reads.iter().map(|(owner, _)| owner.clone()).collect();
            decision.reads.extend(more.reads.into_iter().filter(|(owner, _)| !known.contains(owner)));
            decision.then.push((command.name(), more.changes));
            due.extend(more.due);
        }
        // Owners that nobody has written yet are known from now on.
        for (owner, kept) in after.owners.into_iter().filter(|(_, kept)| kept.loaded.version == 0) {
            self.owners.entry(owner).or_insert(kept);
        }
        let written = decision.writes().into_iter().filter(|owner| !self.owners.contains_key(owner));
        let absent = |owner: Owner| {
            let loaded = Loaded { version: 0, aggregate: Arc::new(Aggregate::empty(&owner)) };
            (owner, Kept { loaded, rows: Rows::new() })
        };
        let absent: Vec<_> = written.map(absent).collect();
        self.owners.extend(absent);
        decision
    }

    /// What a command does on this state.
    pub(super) fn decide(
        &mut self,
        now: Timestamp,
        caller: &Caller,
        command: &dyn Command,
        seed: [u8; 32],
    ) -> Decision {
        loop {
            let ids = Ids::new(seed);
            let cx = Cx { now, caller, origin: &Origin::UNKNOWN, ids: &ids, settings: &self.settings };
            let mut view = View::new(&*self);
            let result = command.run(&cx, &mut view);
            let (reads, changes) = view.finish();
            let reads = reads.into_iter().collect();
            let answer = match result {
                Ok(reply) => Ok(reply),
                Err(Stop::Refused(failure)) => {
                    assert!(changes.is_empty(), "{} is refused and wants something written", command.name());
                    Err(failure)
                }
                Err(Stop::RefusedAfterChange(failure)) => Err(failure),
                Err(Stop::Slow(work)) => {
                    work.run();
                    continue;
                }
                Err(Stop::Missing(owners)) => {
                    for owner in owners {
                        let aggregate = Arc::new(Aggregate::empty(&owner));
                        let loaded = Loaded { version: 0, aggregate };
                        self.owners.insert(owner, Kept { loaded, rows: Rows::new() });
                    }
                    continue;
                }
            };
            let broken = Err(Refusal::Internal);
            assert_ne!(answer, broken, "{} finds the state broken", command.name());
            let due = changes.due(now).into_iter().map(|timer| (timer, ids.seed())).collect();
            return Decision { answer, reads, changes, then: Vec::new(), due };
        }
    }

    /// Writes what a command decided.
    pub(super) fn apply(&mut self, changes: &ChangeSet) {
        let mut written = BTreeSet::new();
        for change in &changes.items {
            let kept = self.owners.get_mut(&change.owner).unwrap();
            if written.insert(&change.owner) {
                kept.loaded.version += 1;
            }
            Arc::make_mut(&mut kept.loaded.aggregate).apply(&change.item).unwrap();
            match &change.item {
                ItemChange::Put(item) => {
                    if let Some(outcome) = outcome(item) {
                        *self.outcomes.entry(outcome).or_default() += 1;
                    }
                    let key = item.key();
                    kept.rows.insert((key.kind().to_owned(), key.id()), item.body());
                }
                ItemChange::Remove(key) => {
                    kept.rows.remove(&(key.kind().to_owned(), key.id()));
                }
            }
        }
        for mail in changes.mails.iter().filter(|mail| mail.kind == MailKind::PrimaryEmailCode) {
            if let Content::Verification(said) = &mail.about {
                self.codes.insert(said.account, (mail.to.to_string(), said.code.clone()));
            }
        }
        let key = |t: &Timer| (t.due, t.owner.to_string(), t.action.to_string());
        for change in &changes.timers {
            match change {
                TimerChange::Set(timer) => drop(self.timers.insert(key(timer), timer.clone())),
                TimerChange::Clear(timer) => drop(self.timers.remove(&key(timer))),
            }
        }
    }

    /// When the next timer is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.timers.keys().next().map(|(due, ..)| *due)
    }

    /// How many timers are due by `until`.
    pub(super) fn due_by(&self, until: Timestamp) -> usize {
        self.timers.keys().take_while(|(due, ..)| *due <= until).count()
    }

    /// How many timers are due next, at the same instant.
    pub(super) fn due_together(&self) -> usize {
        let due = self.next_due();
        self.timers.keys().take_while(|(at, ..)| Some(*at) == due).count()
    }

    /// Runs the timers of the first instant at which some are due, in the order in which they were committed, and
    /// answers which owners they wrote and which mails they sent.
    pub(super) fn run_instant(
        &mut self,
        now: Timestamp,
        seeds: &mut impl Iterator<Item = [u8; 32]>,
        committed: &BTreeMap<Timer, usize>,
    ) -> (BTreeSet<Owner>, Vec<Mail>) {
        let (mut written, mut mails) = (BTreeSet::new(), Vec::new());
        let Some(due) = self.next_due() else { return (written, mails) };
        let timers = self.timers.values().take_while(|t| t.due == due).cloned();
        let seeded = timers.map(|timer| (timer, seeds.next().expect("a timer did not run")));
        let mut timers: Vec<(Timer, [u8; 32])> = seeded.collect();
        timers.sort_by_key(|(timer, _)| committed.get(timer));
        for (timer, seed) in timers {
            let decision = self.decide(now.max(due), &Caller::NOBODY, &RunTimer(timer), seed);
            assert!(decision.answer.is_ok(), "a timer is refused: {:?}", decision.answer);
            self.apply(&decision.changes);
            written.append(&mut decision.writes());
            mails.extend(decision.changes.mails);
        }
        (written, mails)
    }

    /// Compares the store with what it should hold of these owners, and all timers. What is decided next rests on
    /// what the store gave back.
    pub(super) fn compare(&mut self, store: &dyn Store, owners: &BTreeSet<Owner>) {
        for owner in owners {
            let stored = store.load(owner).unwrap();
            let rows: Rows = stored
                .items
                .iter()
                .map(|item| ((item.key().kind().to_owned(), item.key().id()), item.body()))
                .collect();
            let kept = self.owners.get_mut(owner).expect("an owner is written that no command wrote");
            assert_eq!(stored.version, kept.loaded.version, "the version of {owner}");
            assert_eq!(rows, kept.rows, "the items of {owner}");
            let mut aggregate = Aggregate::empty(owner);
            stored.items.into_iter().for_each(|item| aggregate.put(item).unwrap());
            kept.loaded.aggregate = Arc::new(aggregate);
        }
        let stored = store.timers(Timestamp(i64::MAX), usize::MAX).unwrap();
        assert!(stored.iter().eq(self.timers.values()), "timers: {stored:?}, not {:?}", self.timers);
    }

    /// Compares everything with the store.
    pub(super) fn compare_all(&mut self, store: &dyn Store) {
        let stored: BTreeSet<Owner> = store.owners("", None, usize::MAX).unwrap().into_iter().collect();
        let written = self.owners.iter().filter(|(_, kept)| kept.loaded.version > 0);
        assert!(written.map(|(owner, _)| owner).eq(&stored), "other owners than were written");
        self.compare(store, &stored);
    }

    /// Every violated invariant.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut check = Check::new(Some(Arc::clone(&self.settings.keyring)));
        for (owner, kept) in self.owners.iter().filter(|(_, kept)| kept.loaded.version > 0) {
            check.owner(owner, &kept.loaded.aggregate);
        }
        self.timers.values().for_each(|timer| check.timer(timer));
        check.violations()
    }

    /// The accounts there are.
    pub(super) fn accounts(&self) -> impl Iterator<Item = AccountId> {
        let accounts = self.owners.values().filter_map(|kept| Account::of(&kept.loaded.aggregate));
        accounts.filter_map(|account| Some(account.record.as_ref()?.id))
    }

    /// Whether an account manages an organization.
    pub(super) fn manages(&self, id: AccountId) -> bool {
        self.orgs().any(|(.., record)| record.deleted.is_none() && record.management == id)
    }

    /// Who holds an address.
    pub(super) fn holder(&self, owner: &Owner) -> Option<AccountId> {
        Some(Address::of(&self.owners.get(owner)?.loaded.aggregate)?.record.as_ref()?.holder)
    }

    /// An organization.
    pub(super) fn org(&self, id: OrgId) -> Option<&Org> {
        Org::of(&self.owners.get(&Owner::Org(id))?.loaded.aggregate)
    }

    /// An account.
    pub(super) fn account(&self, id: AccountId) -> Option<&AccountRecord> {
        Account::of(&self.owners.get(&Owner::Account(id))?.loaded.aggregate)?.record.as_deref()
    }

    /// What secrets are sealed with.
    pub(super) fn keyring(&self) -> &Keyring {
        &self.settings.keyring
    }

    /// The users and roles of an account.
    pub(super) fn iam(&self, id: AccountId) -> Option<&Iam> {
        Iam::of(&self.owners.get(&Owner::Iam(id))?.loaded.aggregate)
    }

    /// Accounts whose new address waits for a code: the address, and the code as it was mailed.
    pub(super) fn codes(&self) -> impl Iterator<Item = (AccountId, &str, &str)> {
        self.codes.iter().map(|(id, (address, code))| (*id, &**address, &**code))
    }

    /// Every organization that there is or was.
    pub(super) fn orgs(&self) -> impl Iterator<Item = (OrgId, &Org, &OrgRecord)> {
        let orgs = self.owners.values().filter_map(|kept| Org::of(&kept.loaded.aggregate));
        orgs.filter_map(|org| org.record().map(|record| (record.id, org, record)))
    }
}

/// How something ended that takes more than one command.
fn outcome(item: &Item) -> Option<String> {
    match item {
        Item::Handshake(h) if !h.is_stored_open() => {
            Some(format!("{} {}", h.action.wire(), h.stored_state().wire()))
        }
        Item::Creation(creation) => match creation.outcome.as_ref()? {
            Outcome::Succeeded { govcloud: None, .. } => Some("account created".to_owned()),
            Outcome::Succeeded { govcloud: Some(_), .. } => Some("pair of accounts created".to_owned()),
            Outcome::Failed(reason) => Some(format!("account not created: {}", reason.wire())),
        },
        Item::Account(account) => {
            account.standing.closure.filter(|c| c.done).map(|_| "account closed".to_owned())
        }
        _ => None,
    }
}
