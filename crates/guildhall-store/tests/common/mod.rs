//! Things to store.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::path::Path;

use guildhall_core::kernel::ids::{AccountId, HandshakeId, OrgId, TaggableId};
use guildhall_core::state::account::Standing;
use guildhall_core::state::address::AddressRecord;
use guildhall_core::state::handshake::{ActionType, Handshake, Sender, Target};
use guildhall_core::state::inbox::InboxEntry;
use guildhall_core::state::item::Item;
use guildhall_core::state::mail::{Mail, MailKind};
use guildhall_core::state::org::{FeatureSet, JoinedMethod, Member};
use guildhall_core::state::tag::Tags;
use guildhall_core::{ItemChange, Owner, Timestamp, Version};
use guildhall_store::{
    Batch, JournalRow, MailState, Named, NoSecrets, OutboxMail, Rewrite, Store, StoreError, StoredItem,
    as_it_is,
};

pub(crate) fn account_id(n: u64) -> AccountId {
    AccountId::from_number(n).unwrap()
}

pub(crate) fn org_id(n: u64) -> OrgId {
    format!("o-{n:010}").parse().unwrap()
}

pub(crate) fn handshake_id(n: u64) -> HandshakeId {
    format!("h-{n:032x}").parse().unwrap()
}

pub(crate) fn acct(n: u64) -> Owner {
    Owner::Account(account_id(n))
}

pub(crate) fn org(n: u64) -> Owner {
    Owner::Org(org_id(n))
}

pub(crate) fn address(text: &str) -> Owner {
    Owner::Address(text.into())
}

pub(crate) fn inbox(n: u64, org: u64) -> Item {
    Item::Inbox(InboxEntry::of(org_id(org), &handshake(n)))
}

pub(crate) fn holder(n: u64) -> Item {
    Item::Address(AddressRecord::of(account_id(n)))
}

pub(crate) fn member(n: u64) -> Item {
    Item::Member(Member {
        id: account_id(n),
        email: format!("root+{n}@members.example.com").parse().unwrap(),
        name: format!("Account number {n}").into(),
        parent: "r-ab12".parse().unwrap(),
        method: JoinedMethod::Invited,
        joined: Timestamp(1_700_000_000_000),
        placed: Timestamp(1_700_000_000_000),
        standing: Standing::default(),
        role_deleted: false,
    })
}

pub(crate) fn tags(n: u64, value: &str) -> Item {
    let tags = [("cost-center", value), ("environment", "production")];
    let tags = tags.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    Item::Tags(TaggableId::Account(account_id(n)), Tags(tags))
}

pub(crate) fn handshake(n: u64) -> Handshake {
    let sender = Sender {
        account: account_id(1),
        email: "boss@example.com".parse().unwrap(),
        name: "Boss".into(),
        partition: guildhall_core::state::account::Partition::Aws,
    };
    let (id, now) = (handshake_id(n), Timestamp(1_700_000_000_000));
    let expires = now.plus(15 * guildhall_core::kernel::time::DAY);
    let mut h = Handshake::new(ActionType::Invite, id, now, expires, sender, FeatureSet::All);
    h.target = Some(Target::Account(account_id(n)));
    h.notes = Some("häng \"on\"\n\u{1f600}".into());
    h
}

pub(crate) fn mail(id: &str, to: &str, made: i64, due: i64) -> OutboxMail {
    OutboxMail {
        id: id.to_owned(),
        made: Timestamp(made),
        mail: Mail::about(MailKind::Invitation, to.parse().unwrap(), org_id(1), &handshake(1), None),
        state: MailState::Pending,
        due: Timestamp(due),
        queued: Timestamp(made),
        attempts: 0,
        last_error: None,
    }
}

pub(crate) fn row(owner: &Owner, version: Version) -> JournalRow {
    JournalRow {
        owner: owner.clone(),
        version,
        at: Timestamp(1_700_000_000_000),
        actor: "000000000001".to_owned(),
        op: "TagResource".into(),
        request_id: "5e0b3cda-7a8e-4f50-9d52-0123456789ab".to_owned(),
        body: r#"{"ResourceId":"000000000017","Tags":[{"Key":"cost-center","Value":"1234"}]}"#.to_owned(),
    }
}

/// A batch that takes `owner` from one version to the next and puts `items`.
pub(crate) fn put(owner: &Owner, from: Version, items: Vec<Item>) -> Batch {
    Batch {
        reads: vec![(owner.clone(), from)],
        writes: vec![(owner.clone(), from + 1)],
        items: items.into_iter().map(|item| (owner.clone(), ItemChange::Put(item))).collect(),
        ..Batch::default()
    }
}

/// Items in a form that compares.
pub(crate) fn texts(store: &dyn Store, owner: &Owner) -> (Version, Vec<(String, String, String)>) {
    let stored = store.load(owner).unwrap();
    let text = |item: &Item| (item.key().kind().to_owned(), item.key().id(), item.body());
    let mut texts: Vec<_> = stored.items.iter().map(text).collect();
    texts.sort();
    (stored.version, texts)
}

/// Restores a backup.
pub(crate) fn restore(store: &dyn Store, file: &Path) -> Result<(), StoreError> {
    restore_as(store, file, &mut NoSecrets)
}

/// Restores a backup as it is rewritten.
pub(crate) fn restore_as(
    store: &dyn Store,
    file: &Path,
    rewrite: &mut dyn Rewrite,
) -> Result<(), StoreError> {
    store.restore(&store.prepare(file, rewrite)?, &as_it_is)
}

/// Stands for the sealing of secrets: they are no more.
pub(crate) struct Hide;

/// What [`Hide`] makes of an access key.
pub(crate) const HIDDEN: &str = r#"{"account":"111122223333","secret":"hidden","created":1}"#;

impl Rewrite for Hide {
    fn named(&mut self, named: &mut Named) -> Result<(), String> {
        assert!(named.contains_key("clock"));
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        assert_eq!(item.kind == "key", item.owner.starts_with("key/"));
        // To an account that is there.
        let account = item.body.split('"').nth(3).unwrap_or_default();
        Ok((item.kind == "key").then(|| HIDDEN.replace("111122223333", account)))
    }
}
