//! Every invariant of the stored state, checked over a whole store (`guildhall check`).

use std::collections::BTreeMap;

use crate::aggregate::Aggregate;
use crate::change::{Timer, TimerAction};
use crate::handshake::{RETENTION, State};
use crate::ids::{AccountId, HandshakeId, OrgId};
use crate::owner::Owner;
use crate::time::Timestamp;

/// Checks state owner by owner: give it every owner and every timer, in any order, then ask for the
/// [`Check::violations`].
#[derive(Default)]
pub struct Check {
    holders: BTreeMap<String, AccountId>,
    addresses: BTreeMap<AccountId, String>,
    organizations: BTreeMap<AccountId, OrgId>,
    members: BTreeMap<AccountId, Vec<(OrgId, String)>>,
    managements: BTreeMap<OrgId, AccountId>,
    inboxes: BTreeMap<HandshakeId, Vec<(String, OrgId)>>,
    handshakes: BTreeMap<HandshakeId, (OrgId, String)>,
    timers_wanted: BTreeMap<String, Timestamp>,
    timers: BTreeMap<String, Timestamp>,
    keys: Vec<(String, AccountId)>,
    violations: Vec<String>,
}

fn timer_name(owner: &Owner, action: TimerAction) -> String {
    format!("{owner} {action}")
}

impl Check {
    /// Takes one owner in.
    pub fn owner(&mut self, owner: &Owner, aggregate: &Aggregate) {
        match aggregate {
            Aggregate::Account { record, inbox } => {
                if let Some(r) = record {
                    self.addresses.insert(r.id, r.email.key().as_str().to_owned());
                    if let Some(org) = r.org {
                        self.organizations.insert(r.id, org);
                    }
                    if Owner::Account(r.id) != *owner {
                        self.violations.push(format!("{owner}: holds the record of account {}", r.id));
                    }
                }
                self.inbox(owner, inbox);
            }
            Aggregate::Address { record, inbox } => {
                if let (Some(r), Owner::Address(key)) = (record, owner) {
                    self.holders.insert(key.as_str().to_owned(), r.holder);
                }
                self.inbox(owner, inbox);
            }
            Aggregate::Key(record) => {
                self.keys.extend(record.iter().map(|r| (owner.to_string(), r.account)));
            }
            Aggregate::Org(org) => self.org(owner, org),
        }
    }

    fn inbox(&mut self, owner: &Owner, inbox: &crate::aggregate::Inbox) {
        for (id, org) in inbox {
            self.inboxes.entry(*id).or_default().push((owner.to_string(), *org));
        }
    }

    fn org(&mut self, owner: &Owner, org: &crate::org::Org) {
        let Some(record) = org.record() else {
            self.violations.push(format!("{owner}: has no record"));
            return;
        };
        for m in org.members_after(None) {
            let address = m.email.key().as_str().to_owned();
            self.members.entry(m.id).or_default().push((record.id, address));
            if !org.has_parent(&m.parent) {
                self.violations.push(format!("{owner}: account {} stands below an unknown parent", m.id));
            }
            if !org.is_below(&m.parent, m.id) {
                self.violations.push(format!("{owner}: account {} is not listed below its parent", m.id));
            }
        }
        if record.deleted.is_none() {
            self.managements.insert(record.id, record.management);
        } else if org.members_len() > 0 {
            self.violations.push(format!("{owner}: is deleted and has members"));
        }
        let mut open = BTreeMap::new();
        for h in org.handshakes_after(None) {
            self.handshakes.insert(h.id, (record.id, h.target.owner().to_string()));
            let (due, action) = if h.stored_state() == State::Open {
                if let Some(other) = open.insert(h.target.owner(), h.id)
                    && org
                        .handshake(&other)
                        .is_some_and(|o| o.expires > h.requested && h.expires > o.requested)
                {
                    self.violations.push(format!("{owner}: {} and {other} are open to one target", h.id));
                }
                (h.expires, TimerAction::Expire(h.id))
            } else {
                let Some(end) = h.ended(Timestamp(i64::MAX)) else { continue };
                (end.plus(RETENTION), TimerAction::Forget(h.id))
            };
            self.timers_wanted.insert(timer_name(owner, action), due);
        }
    }

    /// Takes one timer in.
    pub fn timer(&mut self, timer: &Timer) {
        self.timers.insert(timer_name(&timer.owner, timer.action), timer.due);
    }

    /// What is wrong, one line each; empty when all is well.
    pub fn violations(mut self) -> Vec<String> {
        let mut wrong = std::mem::take(&mut self.violations);
        for (account, address) in &self.addresses {
            if self.holders.get(address) != Some(account) {
                wrong.push(format!("acct/{account}: its address is not held by it"));
            }
        }
        for holder in self.holders.values() {
            if !self.addresses.contains_key(holder) {
                wrong.push(format!("acct/{holder}: holds an address and does not exist"));
            }
        }
        if self.holders.len() != self.addresses.len() {
            let (holders, accounts) = (self.holders.len(), self.addresses.len());
            wrong.push(format!("{holders} addresses are held by {accounts} accounts"));
        }
        for (account, org) in &self.organizations {
            let address = self.addresses.get(account);
            let there = self
                .members
                .get(account)
                .is_some_and(|m| matches!(m.as_slice(), [(o, a)] if o == org && Some(a) == address));
            if !there {
                wrong.push(format!("acct/{account}: is in {org}, which does not mirror it exactly once"));
            }
        }
        for (account, orgs) in &self.members {
            if !orgs.iter().all(|(org, _)| self.organizations.get(account) == Some(org)) {
                wrong.push(format!("acct/{account}: is a member where it does not say so"));
            }
        }
        for (org, management) in &self.managements {
            if self.organizations.get(management) != Some(org) {
                wrong.push(format!("org/{org}: its management account {management} is elsewhere"));
            }
        }
        for (id, (org, waits)) in &self.handshakes {
            let there = self
                .inboxes
                .get(id)
                .is_some_and(|i| matches!(i.as_slice(), [(w, o)] if w == waits && o == org));
            if !there {
                wrong.push(format!("{id}: does not wait exactly once, at {waits}"));
            }
        }
        for id in self.inboxes.keys().filter(|id| !self.handshakes.contains_key(id)) {
            wrong.push(format!("{id}: waits somewhere and does not exist"));
        }
        for (name, account) in &self.keys {
            if !self.addresses.contains_key(account) {
                wrong.push(format!("{name}: signs for account {account}, which does not exist"));
            }
        }
        if self.timers != self.timers_wanted {
            let differ = |a: &BTreeMap<String, Timestamp>, b: &BTreeMap<String, Timestamp>| {
                a.iter().filter(|(k, v)| b.get(*k) != Some(v)).map(|(k, _)| k.clone()).collect::<Vec<_>>()
            };
            wrong.extend(
                differ(&self.timers_wanted, &self.timers).into_iter().map(|t| format!("timer missing: {t}")),
            );
            wrong.extend(
                differ(&self.timers, &self.timers_wanted).into_iter().map(|t| format!("timer stray: {t}")),
            );
        }
        wrong
    }
}
