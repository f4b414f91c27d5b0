//! Every invariant of the stored state, checked over a whole store (`guildhall check`).

mod across;
mod iam;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::kernel::ids::{
    AccessKeyId, AccountAlias, AccountId, HandshakeId, OrgId, TaggableId, TransferId, UserId,
};
use crate::kernel::keyring::Keyring;
use crate::kernel::owner::Owner;
use crate::kernel::time::Timestamp;
use crate::services::organizations::rules::policy;
use crate::state::account::{Account, AccountRecord, Key, Partition, Standing};
use crate::state::aggregate::Aggregate;
use crate::state::creation;
use crate::state::handshake::{ActionType, RETENTION};
use crate::state::iam::Iam;
use crate::state::inbox::{About, Inbox};
use crate::state::org::{FeatureSet, OrgRecord};
use crate::state::policy::PolicyType;
use crate::state::profile::STARTS;
use crate::state::regions;
use crate::state::timer::{Timer, TimerAction};
use crate::state::transfer::TransferStatus;

/// What an account and its organization both say: address, name, and what the state is made of.
type Mirrored = (String, String, Standing);

/// What an access key and the list of its account both say: whose it is, and whether it may sign.
type KeyFacts = (AccountId, Option<UserId>, bool);

/// Checks state owner by owner: give it every owner and every timer, in any order, then ask for the
/// [`Check::violations`].
#[derive(Default)]
pub struct Check {
    holders: BTreeMap<String, AccountId>,
    pairs: BTreeMap<AccountId, String>,
    addresses: BTreeMap<AccountId, String>,
    mirrored: BTreeMap<AccountId, Mirrored>,
    organizations: BTreeMap<AccountId, OrgId>,
    members: BTreeMap<AccountId, Vec<(OrgId, Mirrored)>>,
    managements: BTreeMap<OrgId, AccountId>,
    partitions: BTreeMap<AccountId, Partition>,
    org_partitions: BTreeMap<OrgId, Partition>,
    govcloud: BTreeMap<AccountId, AccountId>,
    inboxes: BTreeMap<HandshakeId, Vec<(String, OrgId, Option<About>)>>,
    handshakes: BTreeMap<HandshakeId, (OrgId, Option<String>, About)>,
    transfers: BTreeMap<TransferId, (OrgId, Option<OrgId>, Option<Timestamp>)>,
    outbound: BTreeMap<TransferId, Vec<(OrgId, OrgId, Option<Timestamp>)>>,
    timers_wanted: BTreeMap<String, Timestamp>,
    timers: BTreeMap<String, Timestamp>,
    keys: BTreeMap<AccessKeyId, KeyFacts>,
    iams: BTreeSet<AccountId>,
    alias_holders: BTreeMap<AccountAlias, AccountId>,
    aliases: BTreeMap<AccountAlias, Vec<AccountId>>,
    listed_keys: BTreeMap<AccessKeyId, KeyFacts>,
    keyring: Option<Arc<Keyring>>,
    violations: Vec<String>,
}

fn timer_name(owner: &Owner, action: TimerAction) -> String {
    format!("{owner} {action}")
}

impl Check {
    /// A check that opens secrets, if it has the keys.
    pub fn new(keyring: Option<Arc<Keyring>>) -> Self {
        Self { keyring, ..Self::default() }
    }

    /// Takes one owner in.
    pub fn owner(&mut self, owner: &Owner, aggregate: &Aggregate) {
        match aggregate {
            Aggregate::Account(account) => self.account(owner, account),
            Aggregate::Address(address) => {
                if let (Some(r), Owner::Address(key)) = (&address.record, owner) {
                    self.holders.insert(key.as_str().to_owned(), r.holder);
                    self.pairs.extend(r.pair.map(|pair| (pair, key.as_str().to_owned())));
                }
                self.inbox(owner, &address.inbox);
            }
            Aggregate::Alias(alias) => {
                if let (Some(holder), Owner::Alias(name)) = (&alias.holder, owner) {
                    self.alias_holders.insert(*name, holder.account);
                }
            }
            Aggregate::Iam(iam) => {
                self.iam(owner, iam);
                self.seeds(owner, iam);
            }
            Aggregate::Key(key) => {
                if let (Some(r), Owner::Key(id)) = (&key.record, owner) {
                    self.keys.insert(*id, (r.account, r.user, !r.inactive));
                }
                self.secret(owner, key);
            }
            Aggregate::Org(org) => self.org(owner, org),
        }
    }

    fn secret(&mut self, owner: &Owner, key: &Key) {
        if let (Some(keyring), Some(record), Owner::Key(id)) = (&self.keyring, &key.record, owner)
            && let Err(why) = record.secret.open(keyring, *id)
        {
            self.violations.push(format!("{owner}: {why}"));
        }
    }

    fn seeds(&mut self, owner: &Owner, iam: &Iam) {
        let Some(keyring) = &self.keyring else { return };
        let broken = iam
            .devices()
            .iter()
            .filter_map(|device| Some((device.id, device.seed.open(keyring, device.id).err()?)));
        self.violations.extend(broken.map(|(id, why)| format!("{owner}: device {id}: {why}")));
    }

    fn account(&mut self, owner: &Owner, account: &Account) {
        let Account { record, profile, inbox } = account;
        if let Some(r) = record {
            self.addresses.insert(r.id, r.email.key().as_str().to_owned());
            let address = r.email.key().as_str().to_owned();
            self.mirrored.insert(r.id, (address, r.name.clone(), r.standing));
            self.partitions.insert(r.id, r.partition);
            self.govcloud.extend(r.govcloud.map(|pair| (r.id, pair)));
            self.closing(owner, r);
            if let Some(org) = r.org {
                self.organizations.insert(r.id, org);
            }
            if Owner::Account(r.id) != *owner {
                self.violations.push(format!("{owner}: holds the record of account {}", r.id));
            }
        } else if profile.is_some() {
            self.violations.push(format!("{owner}: has a profile and does not exist"));
        }
        for name in profile.iter().flat_map(|p| p.regions.keys()).filter(|n| !regions::is_opt_in(n)) {
            self.violations.push(format!("{owner}: wants something of {name}, which is no region to enable"));
        }
        if profile.as_ref().is_some_and(|p| p.email_starts.len() > STARTS) {
            self.violations.push(format!("{owner}: remembers more than {STARTS} starts"));
        }
        self.inbox(owner, inbox);
    }

    fn iam(&mut self, owner: &Owner, iam: &Iam) {
        self.violations.extend(iam::violations(iam).into_iter().map(|what| format!("{owner}: {what}")));
        let Owner::Iam(account) = owner else { return };
        if iam.items() > 0 {
            self.iams.insert(*account);
            if let Some(alias) = &iam.alias {
                self.aliases.entry(**alias).or_default().push(*account);
            }
        }
        for key in iam.all_keys() {
            self.listed_keys.insert(key.id, (*account, key.user, key.active));
        }
    }

    fn inbox(&mut self, owner: &Owner, inbox: &Inbox) {
        for entry in inbox.after(None) {
            let waits = (owner.to_string(), entry.org, entry.about.clone());
            self.inboxes.entry(entry.handshake).or_default().push(waits);
        }
    }

    fn org(&mut self, owner: &Owner, org: &crate::state::org::Org) {
        let Some(record) = org.record() else {
            self.violations.push(format!("{owner}: has no record"));
            return;
        };
        for m in org.members_after(None) {
            let address = m.email.key().as_str().to_owned();
            let mirrored = (address, m.name.to_string(), m.standing);
            self.members.entry(m.id).or_default().push((record.id, mirrored));
            if !org.has_parent(&m.parent) {
                self.violations.push(format!("{owner}: account {} stands below an unknown parent", m.id));
            }
            if !org.is_below(&m.parent, m.id) {
                self.violations.push(format!("{owner}: account {} is not listed below its parent", m.id));
            }
        }
        if record.deleted.is_none() {
            self.managements.insert(record.id, record.management);
        } else {
            self.deleted(owner, org);
        }
        self.org_partitions.insert(record.id, record.partition);
        self.features(owner, org, record);
        self.tree(owner, org);
        self.handshakes(owner, org, record.id);
        self.delegation(owner, org);
        self.policies(owner, org, record);
        for creation in org.creations().after(None) {
            let (due, action) = match creation.outcome {
                None => (creation.completes, TimerAction::Create(creation.id)),
                Some(_) => {
                    (creation.completes.plus(creation::KEPT), TimerAction::ForgetCreation(creation.id))
                }
            };
            self.timers_wanted.insert(timer_name(owner, action), due);
        }
        for transfer in org.transfers().after(None) {
            let source = transfer.source.as_ref().map(|s| s.org);
            let asks = org
                .handshake(&transfer.handshake)
                .is_some_and(crate::state::handshake::Handshake::is_stored_open);
            // No time has come yet: the status as it was written.
            let requested = transfer.status(Timestamp(i64::MIN)) == TransferStatus::Requested;
            if asks != requested {
                let wrong = format!("{owner}: {} and its invitation do not wait together", transfer.id);
                self.violations.push(wrong);
            }
            self.transfers.insert(transfer.id, (record.id, source, transfer.end));
        }
        for (transfer, outbound) in org.transfers().outbound() {
            let end = outbound.end;
            self.outbound.entry(*transfer).or_default().push((record.id, outbound.org, end));
        }
    }

    /// What a deleted organization has no more.
    fn deleted(&mut self, owner: &Owner, org: &crate::state::org::Org) {
        let delegation = org.delegation();
        for (what, there) in [
            ("members", org.members_len() > 0),
            ("units", org.units_len() > 0),
            ("requests to create accounts", org.creations().after(None).next().is_some()),
            ("trusted services", !delegation.services().is_empty()),
            ("tags", !org.tagged().is_empty()),
            (
                "open handshakes",
                org.handshakes().after(None).any(crate::state::handshake::Handshake::is_stored_open),
            ),
        ] {
            if there {
                self.violations.push(format!("{owner}: is deleted and has {what}"));
            }
        }
    }

    /// What goes with all features, and what without them.
    fn features(&mut self, owner: &Owner, org: &crate::state::org::Org, record: &OrgRecord) {
        if record.feature_set == FeatureSet::ConsolidatedBilling {
            if !org.delegation().services().is_empty() {
                self.violations.push(format!("{owner}: trusts services without all features"));
            }
            return;
        }
        let asks = |h: &&crate::state::handshake::Handshake| {
            h.is_stored_open() && (h.action == ActionType::EnableAllFeatures || h.parent.is_some())
        };
        for h in org.handshakes().after(None).filter(asks) {
            self.violations.push(format!("{owner}: has all features, and {} asks for them", h.id));
        }
    }

    fn closing(&mut self, owner: &Owner, account: &AccountRecord) {
        if let Some(closure) = &account.standing.closure {
            if !closure.done {
                self.timers_wanted.insert(timer_name(owner, TimerAction::Close), closure.closes);
            } else if account.org.is_some() {
                self.timers_wanted.insert(timer_name(owner, TimerAction::RemoveClosed), closure.ends);
            }
        }
    }

    fn tree(&mut self, owner: &Owner, org: &crate::state::org::Org) {
        for unit in org.units() {
            if !org.has_parent(&unit.parent) {
                self.violations.push(format!("{owner}: {} stands below an unknown parent", unit.id));
            }
            if org.unit_named(unit.parent, &unit.name) != Some(unit.id) {
                self.violations.push(format!("{owner}: {} shares its name with a sibling", unit.id));
            }
            if !org.units_below(&unit.parent, None).any(|u| u.id == unit.id) {
                self.violations.push(format!("{owner}: {} is not listed below its parent", unit.id));
            }
        }
        for resource in org.tagged() {
            let there = match &resource {
                TaggableId::Account(id) => org.member(*id).is_some(),
                TaggableId::Unit(id) => org.unit(id).is_some(),
                TaggableId::Transfer(id) => org.transfer(id).is_some(),
                TaggableId::Policy(id) => org.policies().get(id).is_some(),
                TaggableId::ResourcePolicy(id) => org.resource_policy().is_some_and(|p| p.id == *id),
                TaggableId::Root(_) => true,
                TaggableId::NoTransfer(_) => false,
            };
            if !there {
                self.violations.push(format!("{owner}: {resource} has tags and does not exist"));
            }
        }
    }

    fn delegation(&mut self, owner: &Owner, org: &crate::state::org::Org) {
        for (account, services) in org.delegation().delegates() {
            if org.member(*account).is_none() {
                self.violations.push(format!("{owner}: delegate {account} is no member"));
            }
            for service in services.keys() {
                if org.delegation().trusted(service).is_none() {
                    let wrong = format!("{owner}: delegate {account} of {service}, which has no access");
                    self.violations.push(wrong);
                }
            }
        }
    }

    fn policies(
        &mut self,
        owner: &Owner,
        org: &crate::state::org::Org,
        record: &crate::state::org::OrgRecord,
    ) {
        let policies = org.policies();
        for (target, node) in policies.nodes() {
            let mut wrong = |what: &str| self.violations.push(format!("{owner}: {target} {what}"));
            if !org.has_target(target) {
                wrong("has policies and does not exist");
            }
            for id in &node.attached {
                match policies.get(id).map(|p| p.record.r#type) {
                    None => wrong(&format!("has {id}, which does not exist")),
                    Some(r#type) if !record.policy_types.contains_key(&r#type) => {
                        wrong(&format!("has {id}, whose type is not enabled"));
                    }
                    Some(_) => {}
                }
                if !policies.targets(id, None).any(|t| t == *target) {
                    wrong(&format!("is not listed as a target of {id}"));
                }
            }
            let types = node.withheld.iter().chain(node.touched.keys()).chain(node.held.keys());
            for r#type in types.filter(|t| !record.policy_types.contains_key(t)) {
                wrong(&format!("says something of {}, which is not enabled", r#type.wire()));
            }
            if node.is_empty() {
                wrong("is written down and says nothing");
            }
        }
        self.held(owner, org, record);
        for policy in policies.all() {
            if policies.named(policy.record.r#type, &policy.record.name) != Some(policy.record.id) {
                self.violations.push(format!("{owner}: {} shares its name", policy.record.id));
            }
        }
        let scp = PolicyType::ServiceControl;
        if record.policy_types.contains_key(&scp) && record.deleted.is_none() {
            for (target, _) in policies.nodes().filter(|(t, _)| policy::count(org, t, scp) == 0) {
                self.violations.push(format!("{owner}: {target} has no service control policy"));
            }
        }
    }

    /// Whoever's merge is not valid keeps what was, and nobody else does.
    fn held(&mut self, owner: &Owner, org: &crate::state::org::Org, record: &crate::state::org::OrgRecord) {
        let policies = org.policies();
        for (target, node) in policies.nodes() {
            for r#type in record.policy_types.keys() {
                let Some(kind) = r#type.effective() else { continue };
                let own = policies.attached(target, *r#type).next().is_some();
                let is_held = node.held.contains_key(r#type);
                if !own && !is_held {
                    continue;
                }
                let path = org.path(record, target);
                let merged = policy::merged(org, &path, kind, &policy::Changed::default());
                if merged.errors.is_empty() == is_held {
                    let (keeps, name) = (if is_held { "keeps" } else { "does not keep" }, r#type.wire());
                    self.violations.push(format!("{owner}: {target} {keeps} an old {name}"));
                }
            }
        }
    }

    fn handshakes(&mut self, owner: &Owner, org: &crate::state::org::Org, id: OrgId) {
        let mut open = BTreeMap::new();
        for h in org.handshakes().after(None) {
            // Parts of a request wait in their organization, everything else where its target is.
            self.handshakes
                .insert(h.id, (id, h.inbox().map(|inbox| Owner::from(inbox).to_string()), About::of(h)));
            let (due, action) = if !h.is_stored_open() {
                let Some(end) = h.ended(Timestamp(i64::MAX)) else { continue };
                (end.plus(RETENTION), TimerAction::Forget(h.id))
            } else if let Some(parent) = &h.parent {
                if !org.handshake(parent).is_some_and(crate::state::handshake::Handshake::is_stored_open) {
                    self.violations.push(format!("{owner}: {} waits for {parent}, which has ended", h.id));
                }
                continue;
            } else {
                (h.expires, TimerAction::Expire(h.id))
            };
            if let (TimerAction::Expire(_), ActionType::Invite, Some(target)) = (action, h.action, &h.target)
                && let Some(other) = open.insert(target.inbox(), h.id)
                && org.handshake(&other).is_some_and(|o| o.expires > h.requested && h.expires > o.requested)
            {
                self.violations.push(format!("{owner}: {} and {other} are open to one target", h.id));
            }
            self.timers_wanted.insert(timer_name(owner, action), due);
        }
    }

    /// Takes one timer in.
    pub fn timer(&mut self, timer: &Timer) {
        let name = timer_name(&timer.owner, timer.action);
        if self.timers.insert(name.clone(), timer.due).is_some() {
            self.violations.push(format!("timer set twice: {name}"));
        }
    }

    /// What is wrong, one line each; empty when all is well.
    pub fn violations(mut self) -> Vec<String> {
        let mut wrong = std::mem::take(&mut self.violations);
        for (account, address) in &self.addresses {
            let paired = self.pairs.get(account) == Some(address);
            if self.holders.get(address) != Some(account) && !paired {
                wrong.push(format!("acct/{account}: its address is not held by it"));
            }
        }
        for holder in self.holders.values() {
            if !self.addresses.contains_key(holder) {
                wrong.push(format!("acct/{holder}: holds an address and does not exist"));
            }
        }
        if self.holders.len() + self.pairs.len() != self.addresses.len() {
            let (holders, accounts) = (self.holders.len() + self.pairs.len(), self.addresses.len());
            wrong.push(format!("{holders} addresses are held by {accounts} accounts"));
        }
        for (account, org) in &self.organizations {
            let own = self.mirrored.get(account);
            let mirrors = |(o, m): &(OrgId, Mirrored)| o == org && Some(m) == own;
            let there =
                self.members.get(account).is_some_and(|m| matches!(m.as_slice(), [one] if mirrors(one)));
            if !there {
                wrong.push(format!("acct/{account}: is in {org}, which does not mirror it exactly once"));
            }
        }
        for (account, orgs) in &self.members {
            if !orgs.iter().all(|(org, ..)| self.organizations.get(account) == Some(org)) {
                wrong.push(format!("acct/{account}: is a member where it does not say so"));
            }
        }
        for (org, management) in &self.managements {
            if self.organizations.get(management) != Some(org) {
                wrong.push(format!("org/{org}: its management account {management} is elsewhere"));
            }
            if self.mirrored.get(management).is_some_and(|(.., standing)| standing.closure.is_some()) {
                wrong.push(format!("org/{org}: its management account {management} is closed"));
            }
        }
        for (account, org) in &self.organizations {
            if self.partitions.get(account) != self.org_partitions.get(org) {
                wrong.push(format!("acct/{account}: is in {org}, which is in another partition"));
            }
        }
        for (account, pair) in &self.govcloud {
            if !self.addresses.contains_key(pair) {
                wrong.push(format!("acct/{account}: its pair {pair} does not exist"));
            }
        }
        self.references(&mut wrong);
        self.aliases(&mut wrong);
        self.access_keys(&mut wrong);
        for account in self.iams.iter().filter(|account| !self.addresses.contains_key(account)) {
            wrong.push(format!("iam/{account}: has something, and the account does not exist"));
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
