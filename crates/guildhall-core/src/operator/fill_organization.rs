//! Makes an organization big, for measurements: members with ids that count up, and open invitations. There is no
//! way to it from the network.

use crate::call::command::{Command, Reply};
use crate::call::cx::Cx;
use crate::kernel::address::EmailAddress;
use crate::kernel::ids::{AccountId, ParentId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::time::DAY;
use crate::rules::{access, organization_roles};
use crate::services::EMPTY;
use crate::state::account::{AccountRecord, Facts, Standing};
use crate::state::address::AddressRecord;
use crate::state::handshake::{ActionType, Handshake, InboxId, Sender, Target};
use crate::state::inbox::InboxEntry;
use crate::state::item::Item;
use crate::state::org::{JoinedMethod, Member, OrgRecord};
use crate::state::timer::TimerAction;
use crate::state::view::View;

/// The command: the caller's organization gets these accounts and invitations.
#[derive(Clone, Copy, Debug)]
pub struct FillOrganization {
    /// The number of the first account; the others follow it.
    pub first_account: u64,
    /// How many accounts.
    pub accounts: u64,
    /// The number of the first invited account.
    pub first_invited: u64,
    /// How many invitations.
    pub invitations: u64,
}

impl FillOrganization {
    /// Every owner that the command reads of its accounts, so that they can be loaded together.
    pub fn owners(&self) -> Vec<Owner> {
        let ids =
            |first: u64, count: u64| (first..first.saturating_add(count)).filter_map(AccountId::from_number);
        let accounts = ids(self.first_account, self.accounts);
        let addresses = accounts.clone().filter_map(|id| Some(Owner::Address(address(id).ok()?.key())));
        let invited = ids(self.first_invited, self.invitations);
        let iam = accounts.clone().map(Owner::Iam);
        accounts.clone().chain(invited).map(Owner::Account).chain(addresses).chain(iam).collect()
    }
}

fn number(n: u64) -> Result<AccountId, Stop> {
    AccountId::from_number(n).ok_or_else(|| Refusal::Internal.into())
}

fn address(id: AccountId) -> Result<EmailAddress, Stop> {
    Ok(format!("root+{id}@fill.example").parse()?)
}

impl Command for FillOrganization {
    fn name(&self) -> &'static str {
        "FillOrganization"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        view.want(self.owners())?;
        let management = access::caller(cx, view)?;
        let (_, record) = access::organization(cx, view)?;
        for n in (self.first_account..).take(usize::try_from(self.accounts).unwrap_or(0)) {
            let id = number(n)?;
            // Read, so that a taken id or address is a conflict.
            if view.account(id)?.is_none() && view.address(address(id)?.key())?.is_none() {
                member(cx, view, record, id)?;
            }
        }
        for n in (self.first_invited..).take(usize::try_from(self.invitations).unwrap_or(0)) {
            invite(cx, view, record, management, number(n)?)?;
        }
        Ok(EMPTY)
    }
}

fn member(cx: &Cx<'_>, view: &mut View<'_>, record: &OrgRecord, id: AccountId) -> Result<(), Stop> {
    let email = address(id)?;
    let name = format!("Filled account {id}");
    let account = AccountRecord {
        id,
        email: email.clone(),
        name: name.clone(),
        partition: record.partition,
        created: cx.now,
        org: Some(record.id),
        standing: Standing::default(),
        facts: Facts::default(),
        govcloud: None,
        email_code: None,
    };
    let member = Member {
        id,
        email: email.clone(),
        name: name.into(),
        parent: ParentId::Root(record.root),
        method: JoinedMethod::Created,
        joined: cx.now,
        placed: cx.now,
        standing: Standing::default(),
        role_deleted: false,
    };
    organization_roles::make(cx, view, &account, organization_roles::ACCESS, record.management, true)?;
    view.put(Owner::Account(id), Item::Account(account));
    view.put(Owner::Address(email.key()), Item::Address(AddressRecord::of(id)));
    view.put(Owner::Org(record.id), Item::Member(member));
    Ok(())
}

fn invite(
    cx: &Cx<'_>,
    view: &mut View<'_>,
    record: &OrgRecord,
    management: &AccountRecord,
    invited: AccountId,
) -> Result<(), Stop> {
    view.inbox(InboxId::Account(invited))?;
    let sender = Sender {
        account: management.id,
        email: management.email.clone(),
        name: management.name.as_str().into(),
        partition: record.partition,
    };
    let (id, expires) = (cx.ids.handshake(cx.now)?, cx.now.plus(15 * DAY));
    let mut h = Handshake::new(ActionType::Invite, id, cx.now, expires, sender, record.feature_set);
    h.target = Some(Target::Account(invited));
    let owner = Owner::Org(record.id);
    view.changes.set_timer(h.expires, owner.clone(), TimerAction::Expire(id));
    view.put(Owner::Account(invited), Item::Inbox(InboxEntry::of(record.id, &h)));
    view.put(owner, Item::Handshake(h));
    Ok(())
}
