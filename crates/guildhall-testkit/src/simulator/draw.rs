//! Drawing from what there is: accounts, organizations and what they hold, mostly so that a command makes sense.

use guildhall_core::kernel::ids::{AccountId, OrgId, ParentId};
use guildhall_core::state::handshake::{ActionType, Handshake, State, Target};
use guildhall_core::state::org::{FeatureSet, Org, OrgRecord};
use guildhall_core::{Owner, Timestamp};
use serde_json::{Value, json};

use super::clock::month_start;
use super::model::Model;
use super::rng::Rng;

/// Accounts that a world knows of from the beginning; not all are registered.
const ACCOUNTS: u64 = 12;
/// The one of them that lives in GovCloud.
pub(super) const GOVCLOUD: u64 = 11;
/// Addresses of nobody, for accounts that are created.
const ADDRESSES: u64 = 60;
/// Organizations that live at once; above that, nobody tries to create one, mostly.
const ORGANIZATIONS: usize = 5;
/// Services, some of which few members may administer, or none.
const SERVICES: [&str; 6] = [
    "account.amazonaws.com",
    "account.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "ram.amazonaws.com",
    "unknown.amazonaws.com",
];
/// Texts that are hardly ever what is asked for.
const NONSENSE: [&str; 10] = [
    "",
    " ",
    "x",
    "o-aaaaaaaaaa",
    "h-00000000",
    "r-zzzz",
    "000000000000",
    "aws:x",
    "<script>",
    "\u{1f600}0123456789012345678901234567890123456789012345678901234567890123456789",
];

/// Draws commands from what there is.
pub(super) struct Draw<'a> {
    pub(super) rng: &'a mut Rng,
    pub(super) model: &'a Model,
    pub(super) now: Timestamp,
}

/// A handshake and who its parties are.
pub(super) struct Known {
    pub(super) id: String,
    pub(super) sender: AccountId,
    recipient: AccountId,
}

impl Known {
    fn input(self, caller: AccountId) -> (AccountId, Value) {
        (caller, json!({"HandshakeId": self.id}))
    }

    pub(super) fn by_sender(self) -> (AccountId, Value) {
        let sender = self.sender;
        self.input(sender)
    }

    pub(super) fn by_recipient(self) -> (AccountId, Value) {
        let recipient = self.recipient;
        self.input(recipient)
    }
}

impl<'a> Draw<'a> {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.rng.below(n)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.rng.percent(percent)
    }

    pub(super) fn pick<'b, T>(&mut self, list: &'b [T]) -> &'b T {
        self.rng.pick(list)
    }

    pub(super) fn text(&mut self, list: &[&'static str]) -> &'static str {
        list[self.below(list.len())]
    }

    /// One of a list, if it has any.
    pub(super) fn any<T>(&mut self, mut list: Vec<T>) -> Option<T> {
        if list.is_empty() { None } else { Some(list.swap_remove(self.rng.below(list.len()))) }
    }

    /// An account, mostly one that is registered.
    pub(super) fn account(&mut self) -> AccountId {
        let known: Vec<AccountId> = self.model.accounts().collect();
        if known.is_empty() || self.chance(20) {
            return account(self.rng.next() % ACCOUNTS);
        }
        *self.pick(&known)
    }

    /// An account, mostly one that could come.
    pub(super) fn invitee(&mut self) -> AccountId {
        let (model, alone) = (self.model, self.chance(60));
        let could = |id: &AccountId| {
            let account = model.account(*id);
            let free = account.is_some_and(|a| a.org.is_none() && a.facts.payment_instrument);
            if alone { free } else { !model.manages(*id) }
        };
        let could = model.accounts().filter(could).collect();
        if self.chance(10) { self.account() } else { self.any(could).unwrap_or_else(|| self.account()) }
    }

    /// An address, of an account or of nobody, written in one of several ways.
    pub(super) fn address(&mut self) -> String {
        let address = address(self.rng.next() % (ACCOUNTS + 4));
        if self.chance(20) { address.to_uppercase() } else { address }
    }

    /// An address, mostly of nobody.
    pub(super) fn new_address(&mut self) -> String {
        if self.chance(25) {
            self.address()
        } else {
            format!("new{}@example.com", self.rng.next() % ADDRESSES)
        }
    }

    /// What is asked for of a new account.
    pub(super) fn new_account(&mut self) -> Value {
        let (email, tags) = (self.new_address(), if self.chance(30) { self.tags() } else { json!([]) });
        json!({"Email": email, "AccountName": *self.pick(&["dev", "prod"]), "Tags": tags})
    }

    /// The organizations there are.
    fn orgs(&self) -> Vec<(&'a Org, &'a OrgRecord)> {
        let alive = self.model.orgs().filter(|(.., record)| record.deleted.is_none());
        alive.map(|(_, org, record)| (org, record)).collect()
    }

    /// An organization, mostly the first one, which so gets bigger.
    pub(super) fn one(&mut self) -> Option<(&'a Org, &'a OrgRecord)> {
        let orgs = self.orgs();
        let n = if self.chance(30) { 0 } else { self.below(orgs.len().max(1)) };
        orgs.get(n).copied()
    }

    pub(super) fn org(&mut self) -> Option<OrgId> {
        let orgs = self.orgs();
        self.any(orgs).map(|(_, record)| record.id)
    }

    /// A management account, if there is one.
    pub(super) fn manager(&mut self) -> AccountId {
        self.one().map_or_else(|| self.account(), |(_, record)| record.management)
    }

    /// Another one, mostly.
    pub(super) fn other_manager(&mut self, than: AccountId) -> AccountId {
        let others = self.orgs().into_iter().map(|(_, r)| r.management).filter(|id| *id != than).collect();
        if self.chance(90) { self.any(others).unwrap_or(than) } else { than }
    }

    /// Mostly one whose organization lacks features, and has members to ask.
    pub(super) fn billing_manager(&mut self) -> AccountId {
        let least = if self.chance(70) { 2 } else { 1 };
        let mut billing = self.orgs();
        billing.retain(|(org, r)| r.feature_set != FeatureSet::All && org.members_len() >= least);
        let billing = billing.into_iter().map(|(_, r)| r.management).collect();
        if self.chance(90) { self.any(billing).unwrap_or_else(|| self.manager()) } else { self.manager() }
    }

    /// A member whose service-linked role can be deleted, if there is one: of consolidated billing.
    pub(super) fn billing_member(&mut self) -> AccountId {
        let mut billing = self.orgs();
        billing.retain(|(_, r)| r.feature_set != FeatureSet::All);
        match self.any(billing) {
            Some((org, record)) if self.chance(90) => self.member_of(org, record),
            _ => self.account(),
        }
    }

    /// Who may read an organization: its management account, or a delegated administrator.
    pub(super) fn reader(&mut self) -> AccountId {
        let Some((org, record)) = self.one() else { return self.account() };
        let delegates = org.delegation().delegates().keys().copied().collect();
        if self.chance(40) { self.any(delegates).unwrap_or(record.management) } else { record.management }
    }

    /// Somebody who may want an organization.
    pub(super) fn founder(&mut self) -> AccountId {
        if self.orgs().len() < ORGANIZATIONS { self.account() } else { self.manager() }
    }

    /// An organization's management account and one of its members.
    pub(super) fn pair(&mut self) -> (AccountId, AccountId) {
        let Some((org, record)) = self.one() else { return (self.account(), self.account()) };
        (record.management, self.member_of(org, record))
    }

    /// A member, mostly not the management account.
    fn member_of(&mut self, org: &Org, record: &OrgRecord) -> AccountId {
        let all = self.chance(15);
        let members = org.members_after(None).map(|m| m.id).filter(|id| all || *id != record.management);
        self.any(members.collect()).unwrap_or(record.management)
    }

    /// The same, mostly where Account Management has trusted access.
    pub(super) fn trusting_manager_and_member(&mut self) -> (AccountId, AccountId) {
        let trusting = self.orgs().into_iter().filter(|(org, _)| org.trusts("account.amazonaws.com"));
        match self.any(trusting.collect()) {
            Some((org, record)) if self.chance(85) => (record.management, self.member_of(org, record)),
            _ => self.pair(),
        }
    }

    pub(super) fn member(&mut self) -> AccountId {
        self.pair().1
    }

    pub(super) fn manager_and_member(&mut self) -> (AccountId, Value) {
        let (manager, member) = self.pair();
        (manager, json!({"AccountId": member}))
    }

    /// Account Management: about the caller, or about a member.
    pub(super) fn on_account(&mut self, mut input: Value) -> (AccountId, Value) {
        if self.chance(50) {
            // A few, so that what one call wrote another one finds.
            let own = if self.chance(70) { account(self.rng.next() % 4) } else { self.account() };
            return (own, input);
        }
        let (manager, member) = self.trusting_manager_and_member();
        input["AccountId"] = json!(member);
        (manager, input)
    }

    /// A code that was mailed, mostly the right one.
    pub(super) fn code(&mut self) -> (AccountId, Value) {
        let mailed = self.model.codes().map(|(id, to, code)| (id, to.to_owned(), code.to_owned())).collect();
        let Some((member, to, code)) = self.any(mailed) else {
            let (manager, member) = self.trusting_manager_and_member();
            return (manager, json!({"AccountId": member, "PrimaryEmail": "x@example.com", "Otp": "000000"}));
        };
        let org = self.model.account(member).and_then(|account| account.org);
        let manager = org.and_then(|org| self.model.org(org)?.record().map(|record| record.management));
        let code = if self.chance(80) { code } else { "000000".to_owned() };
        let input = json!({"AccountId": member, "PrimaryEmail": to, "Otp": code});
        (manager.unwrap_or(member), input)
    }

    /// A management account and a parent in the tree of its organization.
    pub(super) fn parent(&mut self) -> (AccountId, String) {
        let Some((org, record)) = self.one() else { return (self.account(), "r-aaaa".to_owned()) };
        let parent = self.parent_of(org, record);
        (if self.chance(95) { record.management } else { self.manager() }, parent.to_string())
    }

    fn parent_of(&mut self, org: &Org, record: &OrgRecord) -> ParentId {
        let mut parents = vec![ParentId::Root(record.root)];
        parents.extend(org.units().map(|unit| ParentId::Unit(unit.id)));
        // The deepest of two: trees grow down, too.
        let two = [*self.pick(&parents), *self.pick(&parents)];
        two.into_iter().max_by_key(|parent| org.upwards(parent).count()).unwrap()
    }

    /// A management account and a unit, half of the time one with nothing below it.
    pub(super) fn unit(&mut self) -> (AccountId, String) {
        let Some((org, record)) = self.one() else { return (self.account(), "ou-aaaa-aaaaaaaa".to_owned()) };
        let mut units: Vec<ParentId> = org.units().map(|unit| ParentId::Unit(unit.id)).collect();
        if self.chance(50) {
            units.retain(|unit| org.is_empty_below(unit));
        }
        let unit = self.any(units).map_or("ou-aaaa-aaaaaaaa".to_owned(), |unit| unit.to_string());
        (record.management, unit)
    }

    pub(super) fn unit_name(&mut self) -> &'static str {
        self.text(&["Dev", "Prod", "dev", "Sandbox", "Security"])
    }

    /// A move of an account, mostly from where it is.
    pub(super) fn movement(&mut self) -> (AccountId, Value) {
        let Some((org, record)) = self.one() else { return self.manager_and_member() };
        let member = self.any(org.members_after(None).collect()).unwrap();
        let from = if self.chance(85) { member.parent } else { self.parent_of(org, record) };
        let to = self.parent_of(org, record);
        let input = json!({"AccountId": member.id, "SourceParentId": from.to_string(),
            "DestinationParentId": to.to_string()});
        (record.management, input)
    }

    pub(super) fn service(&mut self) -> &'static str {
        self.text(&SERVICES)
    }

    /// A service, mostly one with trusted access to an account's organization.
    pub(super) fn trusted(&mut self, manager: AccountId) -> String {
        let own = self.orgs().into_iter().find(|(_, record)| record.management == manager);
        let trusted = own.iter().flat_map(|(org, _)| org.delegation().services().keys());
        let trusted = self.any(trusted.map(ToString::to_string).collect());
        trusted.filter(|_| self.chance(80)).unwrap_or_else(|| self.service().to_owned())
    }

    /// A management account, a delegated administrator of its organization, and what it administers.
    pub(super) fn delegate(&mut self) -> (AccountId, Value) {
        let delegating = self.orgs().into_iter().filter(|(org, _)| !org.delegation().delegates().is_empty());
        let Some((org, record)) = self.any(delegating.collect()).filter(|_| self.chance(80)) else {
            let (manager, mut member) = self.manager_and_member();
            member["ServicePrincipal"] = json!(self.service());
            return (manager, member);
        };
        let delegates = org.delegation().delegates().iter();
        let all = delegates.flat_map(|(id, services)| services.iter().map(|(service, _)| (*id, *service)));
        let (id, service) = self.any(all.collect()).unwrap();
        (record.management, json!({"AccountId": id, "ServicePrincipal": service.to_string()}))
    }

    /// A management account and a request to create an account.
    pub(super) fn creation(&mut self) -> (AccountId, String) {
        let Some((org, record)) = self.one() else { return (self.account(), "car-00000000".to_owned()) };
        let creation = self.any(org.creations().after(None).map(|c| c.id.to_string()).collect());
        (record.management, creation.unwrap_or("car-00000000".to_owned()))
    }

    /// One side of a transfer, and the transfer.
    pub(super) fn transfer(&mut self) -> (AccountId, String) {
        let all = self.orgs().into_iter().flat_map(|(org, _)| org.transfers().after(None)).collect();
        let Some(transfer) = self.any(all) else { return (self.manager(), "rt-00000000".to_owned()) };
        let source = match (&transfer.source, &transfer.invited) {
            (Some(source), _) => source.account,
            (None, Target::Account(id)) => *id,
            (None, Target::Email(address)) => {
                self.model.holder(&Owner::Address(address.key())).unwrap_or(transfer.target)
            }
        };
        let side = if self.chance(50) { source } else { transfer.target };
        (side, transfer.id.to_string())
    }

    /// When a transfer starts, in seconds: with the next month, mostly.
    pub(super) fn transfer_start(&mut self) -> i64 {
        let months = *self.pick(&[1, 1, 1, 2, 2, 3, 0]);
        month_start(self.now, months).seconds() + i64::from(self.chance(5))
    }

    /// When it ends: with this month or the next, mostly.
    pub(super) fn transfer_end(&mut self) -> f64 {
        let months = *self.pick(&[1, 2, 2, 3]);
        let end = month_start(self.now, months).plus(if self.chance(90) { -1 } else { 0 });
        end.0 as f64 / 1_000.0
    }

    /// A management account and something that has tags.
    pub(super) fn resource(&mut self, member: &str) -> (AccountId, Value) {
        let (manager, resource) = match self.below(10) {
            0..5 => {
                let (manager, account) = self.pair();
                (manager, account.to_string())
            }
            5..8 => self.parent(),
            _ => self.transfer(),
        };
        (manager, json!({(member): resource}))
    }

    pub(super) fn tags(&mut self) -> Value {
        let (key, value) = (*self.pick(&["a", "b", "c"]), *self.pick(&["", "1", "2"]));
        json!([{"Key": key, "Value": value}, {"Key": "d", "Value": value}])
    }

    pub(super) fn page(&mut self) -> Value {
        self.page_of(json!({}))
    }

    /// With a limit that makes several pages.
    pub(super) fn page_of(&mut self, mut input: Value) -> Value {
        if self.chance(80) {
            input["MaxResults"] = (1 + self.below(5)).into();
        }
        input
    }

    /// A handshake, mostly an open one that somebody can answer, mostly of those that came last.
    pub(super) fn handshake(&mut self) -> Known {
        let (now, model) = (self.now, self.model);
        let mut known: Vec<_> = model.orgs().flat_map(|(_, org, _)| org.handshakes().after(None)).collect();
        let mut prefer = |percent, good: &dyn Fn(&Handshake) -> bool| {
            if self.chance(percent) && known.iter().any(|h| good(h)) {
                known.retain(|h| good(h));
            }
        };
        prefer(80, &|h| h.is_open(now));
        prefer(25, &|h| h.action != ActionType::Invite && h.state(now) == State::Open);
        prefer(70, &|h| {
            let invitation = h.action == ActionType::Invite;
            recipient(model, h).is_some_and(|id| !(invitation && model.manages(id)))
        });
        known.sort_by_key(|h| std::cmp::Reverse(h.id));
        known.truncate(10);
        if known.is_empty() {
            let (sender, recipient) = (self.manager(), self.account());
            return Known { id: "h-00000000".to_owned(), sender, recipient };
        }
        let h = *self.pick(&known);
        let recipient = match &h.target {
            Some(Target::Account(id)) => *id,
            _ => recipient(model, h).unwrap_or_else(|| self.account()),
        };
        Known { id: h.id.to_string(), sender: h.sender.account, recipient }
    }

    /// Spoils one value of an input, and keeps its type.
    pub(super) fn garble(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let n = self.below(members.len());
                let key = members.keys().nth(n).unwrap().clone();
                if self.chance(25) {
                    members.remove(&key);
                } else if let Some(member) = members.get_mut(&key) {
                    self.garble(member);
                }
            }
            Value::Array(entries) if !entries.is_empty() => match self.below(3) {
                0 => entries.clear(),
                1 => entries.extend(entries.clone()),
                _ => {
                    let n = self.below(entries.len());
                    self.garble(&mut entries[n]);
                }
            },
            Value::String(text) => (*self.pick(&NONSENSE)).clone_into(text),
            Value::Number(number) => *number = (*self.pick(&[0_i64, -1, 21, i64::MAX])).into(),
            _ => {}
        }
    }
}

/// Who can answer a handshake, if there is somebody. A request to enable all features is its sender's to accept.
fn recipient(model: &Model, h: &Handshake) -> Option<AccountId> {
    match &h.target {
        Some(Target::Account(id)) => model.account(*id).map(|account| account.id),
        Some(Target::Email(address)) => model.holder(&Owner::Address(address.key())),
        None => Some(h.sender.account),
    }
}

pub(super) fn account(n: u64) -> AccountId {
    AccountId::from_number(100_000_000_000 + n * 11_111_111_111).unwrap()
}

pub(super) fn address(n: u64) -> String {
    format!("owner{n}@example.com")
}
