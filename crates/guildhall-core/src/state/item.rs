//! Items: the typed records that owners consist of, and their form in the store.

use std::fmt::{self, Write};
use std::sync::Arc;

use crate::kernel::ids::{
    AccessKeyId, AccountId, CreationId, DeletionTaskId, GroupId, HandshakeId, InstanceProfileId,
    ManagedPolicyId, MfaDeviceId, PolicyId, ResourcePolicyId, RoleId, ServicePrincipal, TaggableId, TargetId,
    TransferId, UnitId, UserId,
};
use crate::kernel::owner::Owner;
use crate::state::account::{AccountRecord, KeyRecord};
use crate::state::address::AddressRecord;
use crate::state::aggregate::Aggregate;
use crate::state::alias::{AliasHolder, OwnAlias};
use crate::state::creation::Creation;
use crate::state::handshake::Handshake;
use crate::state::holds::{Holds, Misplaced};
use crate::state::iam::account::AccountSettings;
use crate::state::iam::login::LoginProfile;
use crate::state::iam::mfa::MfaDevice;
use crate::state::iam::policy::ManagedPolicy;
use crate::state::iam::role::{InstanceProfile, Role, RoleDeletion};
use crate::state::iam::user::{Group, User, UserKey};
use crate::state::inbox::InboxEntry;
use crate::state::org::{Delegate, Member, NodePolicies, OrgRecord, ServiceAccess, Unit};
use crate::state::policy::PolicyRecord;
use crate::state::profile::Profile;
use crate::state::tag::Tags;
use crate::state::transfer::{Outbound, Transfer};

/// The number of the form in which bodies are written. A store with a higher one is refused. In form 1, secrets of
/// access keys were not sealed; everything else is as in form 2.
pub const FORMAT: u32 = 2;

/// A row of the store that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("item `{kind}` `{id}`: {what}")]
pub struct CorruptItem {
    /// The row's kind.
    pub kind: String,
    /// The row's id.
    pub id: String,
    /// What is wrong with it.
    pub what: String,
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident $(($($field:ident: $id:ty),+))? $([$beside:ident: $beside_id:ty])? $kind:literal
        in $($owner:ident)|+ = $body:ty;)+) => {
        /// A typed record that belongs to exactly one owner.
        #[derive(Clone, Debug)]
        #[expect(clippy::large_enum_variant, reason = "items are on their way, and not kept in lists")]
        pub enum Item { $($(#[$doc])* $name($($beside_id,)? $body)),+ }

        /// What identifies an item within its owner: its kind, and an id where there can be several.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ItemKey { $($(#[$doc])* $name($($($id),+)? $($beside_id)?)),+ }

        /// Every kind of item.
        #[cfg(test)]
        const KINDS: &[&str] = &[$($kind),+];

        impl Item {
            /// Its key.
            pub fn key(&self) -> ItemKey {
                match self {
                    $(Self::$name($($beside,)? record) => {
                        // Not asked where the key stands beside it.
                        let _ = record;
                        ItemKey::$name($($(record.$field),+)? $(*$beside)?)
                    })+
                }
            }

            /// Its body, as JSON text.
            pub fn body(&self) -> String {
                // No map with keys that are not strings, no failing Serialize: this cannot fail.
                match self {
                    $(Self::$name(.., record) => serde_json::to_string(record),)+
                }
                .unwrap_or_default()
            }

            /// Reads an item back.
            pub fn read(kind: &str, id: &str, body: &str) -> Result<Self, CorruptItem> {
                let corrupt = |what: &dyn fmt::Display| CorruptItem {
                    kind: kind.to_owned(),
                    id: id.to_owned(),
                    what: what.to_string(),
                };
                match kind {
                    $($kind => {
                        $(let $beside = id.parse().map_err(|e| corrupt(&e))?;)?
                        serde_json::from_str(body).map(|record| Self::$name($($beside,)? record))
                    })+
                    _ => return Err(corrupt(&"unknown kind; was it written by a newer version?")),
                }
                .map_err(|e| corrupt(&e))
            }
        }

        impl ItemKey {
            /// The kind, a short word.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name(..) => $kind),+ }
            }

            /// The id as text, its parts divided by `/`; empty where an owner has one item of the kind.
            pub fn id(&self) -> String {
                match self {
                    $(Self::$name($($($field),+)? $($beside)?) =>
                        joined(&[$($($field),+)? $($beside)?])),+
                }
            }

            /// Whether such an item may belong to `owner`: each item has one owner.
            pub fn belongs_to(&self, owner: &Owner) -> bool {
                match self {
                    $(Self::$name(..) => matches!(owner, $(Owner::$owner(_))|+)),+
                }
            }
        }

        impl Aggregate {
            /// Puts an item in its place.
            pub fn put(&mut self, item: Item) -> Result<(), Misplaced> {
                match item {
                    $(Item::$name($($beside,)? record) => {
                        let key = ($($(record.$field),+)? $($beside)?);
                        match self {
                            $(Self::$owner(held) => Holds::put(held, key, record),)+
                            _ => Err(Misplaced($kind)),
                        }
                    })+
                }
            }

            /// Takes an item away; one that is not there is no error.
            pub fn remove(&mut self, key: &ItemKey) -> Result<(), Misplaced> {
                match key {
                    $(ItemKey::$name($($($field),+)? $($beside)?) => {
                        let key = ($($(*$field),+)? $(*$beside)?);
                        match self {
                            $(Self::$owner(held) => Holds::<_, $body>::remove(held, key),)+
                            _ => return Err(Misplaced($kind)),
                        }
                    })+
                }
                Ok(())
            }
        }
    };
}

// Each kind of record: `Item(members of the body that are its key) "kind in the store" in Owner = Body`. A key that is
// not in the body stands beside it, in brackets. The owner's `Holds<Key, Body>` says how it is held in memory.
records! {
    /// The account.
    Account "account" in Account = AccountRecord;
    /// Who holds the address.
    Address "address" in Address = AddressRecord;
    /// Who has the alias.
    AliasHolder "alias_holder" in Alias = AliasHolder;
    /// The account's alias.
    OwnAlias "alias" in Iam = OwnAlias;
    /// What the account's owner chose, and its credential report.
    AccountSettings "account_settings" in Iam = AccountSettings;
    /// A request to create an account.
    Creation(id: CreationId) "creation" in Org = Creation;
    /// A delegated administrator of one service.
    Delegate(account: AccountId, principal: ServicePrincipal) "delegate" in Org = Delegate;
    /// A group of users.
    Group(id: GroupId) "group" in Iam = Group;
    /// A handshake that the organization sent.
    Handshake(id: HandshakeId) "handshake" in Org = Handshake;
    /// An invitation that waits there.
    Inbox(handshake: HandshakeId) "inbox" in Account | Address = InboxEntry;
    /// An instance profile.
    InstanceProfile(id: InstanceProfileId) "instance_profile" in Iam = InstanceProfile;
    /// The access key.
    Key "key" in Key = KeyRecord;
    /// The password of a user.
    LoginProfile(user: UserId) "login_profile" in Iam = LoginProfile;
    /// A managed policy of an account.
    ManagedPolicy(id: ManagedPolicyId) "managed_policy" in Iam = ManagedPolicy;
    /// An account in the organization.
    Member(id: AccountId) "member" in Org = Member;
    /// A device that proves a second factor.
    MfaDevice(id: MfaDeviceId) "mfa_device" in Iam = MfaDevice;
    /// The organization.
    Org "org" in Org = OrgRecord;
    /// A transfer that the organization is the source of.
    Outbound(transfer: TransferId) "outbound" in Org = Outbound;
    /// What is attached to a root, unit or account.
    Node[target: TargetId] "node" in Org = NodePolicies;
    /// A policy.
    Policy(id: PolicyId) "policy" in Org = PolicyRecord;
    /// The organization's resource policy, as it is stored.
    ResourcePolicy[id: ResourcePolicyId] "resource_policy" in Org = Arc<str>;
    /// A task that deletes, or could not delete, a role that a service is linked to.
    RoleDeletion(id: DeletionTaskId) "role_deletion" in Iam = RoleDeletion;
    /// A role.
    Role(id: RoleId) "role" in Iam = Role;
    /// Trusted access of a service.
    Service(principal: ServicePrincipal) "service" in Org = ServiceAccess;
    /// The account's contacts, and a change of its address that is under way.
    Profile "profile" in Account = Arc<Profile>;
    /// The tags of a resource.
    Tags[resource: TaggableId] "tags" in Org = Tags;
    /// A transfer that the organization is the target of.
    Transfer(id: TransferId) "transfer" in Org = Transfer;
    /// An organizational unit.
    Unit(id: UnitId) "unit" in Org = Unit;
    /// A user.
    User(id: UserId) "user" in Iam = User;
    /// An access key, in the list of its account.
    UserKey(id: AccessKeyId) "user_key" in Iam = UserKey;
}

fn joined(parts: &[&dyn fmt::Display]) -> String {
    let mut id = String::new();
    for part in parts {
        let divided = if id.is_empty() { "" } else { "/" };
        // Writing into a text cannot fail.
        let _ = write!(id, "{divided}{part}");
    }
    id
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A row of each kind as it is stored: the owners that can have it, its kind, its id, and its body.
    const ROWS: [(&str, &str, &str, &str); 30] = [
        (
            "acct",
            "account",
            "",
            r#"{"id":"111122223333","email":"a@example.com","name":"A","partition":"aws","created":1,"org":null,"standing":{"suspended":false,"pending_activation":false},"facts":{"payment_instrument":true,"payment_instrument_valid":true,"email_verified":true,"phone_verified":true,"customer_agreement":true,"seller_of_record":"AWS Inc."}}"#,
        ),
        ("mail", "address", "", r#"{"holder":"111122223333"}"#),
        ("alias", "alias_holder", "", r#"{"account":"111122223333"}"#),
        ("iam", "alias", "", r#"{"name":"my-alias"}"#),
        (
            "iam",
            "account_settings",
            "",
            r#"{"token_version":2,"report":1,"password_policy":{"minimum_length":8,"symbols":true,"numbers":false,"uppercase":true,"lowercase":false,"users_may_change":true,"max_age":90,"reuse_prevention":3,"hard_expiry":true}}"#,
        ),
        (
            "org",
            "creation",
            "car-0123456789abcdef0123456789abcdef",
            r#"{"id":"car-0123456789abcdef0123456789abcdef","email":"b@example.com","name":"B","role":"R","billing_access":true,"tags":{"k":"v"},"govcloud":false,"repeated":false,"requested":1,"completes":2,"outcome":null}"#,
        ),
        (
            "org",
            "delegate",
            "111122223333/config.amazonaws.com",
            r#"{"account":"111122223333","principal":"config.amazonaws.com","enabled":1}"#,
        ),
        (
            "iam",
            "group",
            "AGPAQAAAAAAAAEXAMPLE7",
            r#"{"id":"AGPAQAAAAAAAAEXAMPLE7","name":"Team","path":"/","created":1}"#,
        ),
        (
            "org",
            "handshake",
            "h-0123456789abcdef0123456789abcdef",
            r#"{"id":"h-0123456789abcdef0123456789abcdef","action":"INVITE","state":"OPEN","requested":1,"expires":2,"ended":null,"sender":{"account":"111122223333","email":"a@example.com","name":"A","partition":"aws"},"target":null,"mailed":null,"accepted_by":null,"feature_set":"ALL","notes":null,"tags":{}}"#,
        ),
        (
            "acct mail",
            "inbox",
            "h-0123456789abcdef0123456789abcdef",
            r#"{"handshake":"h-0123456789abcdef0123456789abcdef","org":"o-exampleorg"}"#,
        ),
        (
            "iam",
            "instance_profile",
            "AIPAQAAAAAAAAEXAMPLE7",
            r#"{"id":"AIPAQAAAAAAAAEXAMPLE7","name":"App","path":"/","tags":{},"created":1,"role":"AROAQAAAAAAAAEXAMPLE7"}"#,
        ),
        ("key", "key", "", r#"{"account":"111122223333","secret":"c2VhbGVk","created":1}"#),
        (
            "iam",
            "login_profile",
            "AIDAQAAAAAAAAEXAMPLE7",
            r#"{"user":"AIDAQAAAAAAAAEXAMPLE7","created":1,"changed":2,"password":"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Gpj7qOY5RCXJvcMzqcdQqvgR3wcPX7SleI4c9NtXk6E"}"#,
        ),
        (
            "iam",
            "managed_policy",
            "ANPAQAAAAAAAAEXAMPLE7",
            r#"{"id":"ANPAQAAAAAAAAEXAMPLE7","name":"P","path":"/","description":"","tags":{},"created":1,"updated":1,"versions":[{"number":1,"document":"{}","created":1}],"default":1,"last":1}"#,
        ),
        (
            "org",
            "member",
            "111122223333",
            r#"{"id":"111122223333","email":"a@example.com","name":"A","parent":"r-ab12","method":"INVITED","joined":1,"placed":1,"standing":{"suspended":false,"pending_activation":false},"role_deleted":false}"#,
        ),
        (
            "iam",
            "mfa_device",
            "mfa-0123456789abcdef0123456789abcdef",
            r#"{"id":"mfa-0123456789abcdef0123456789abcdef","name":"phone","path":"/","tags":{"k":"v"},"created":1,"seed":"c2VhbGVk","enabled":{"user":"AIDAQAAAAAAAAEXAMPLE7","since":2},"clock":{"ahead":-1,"pair":7,"used":[8,9],"forgotten":6,"window":0,"tries":3}}"#,
        ),
        (
            "org",
            "org",
            "",
            r#"{"id":"o-exampleorg","management":"111122223333","partition":"aws","root":"r-ab12","feature_set":"ALL","created":1,"deleted":null,"limits":{},"policy_types":{"SERVICE_CONTROL_POLICY":1}}"#,
        ),
        ("org", "outbound", "rt-12345678", r#"{"transfer":"rt-12345678","org":"o-exampleorg"}"#),
        (
            "org",
            "node",
            "ou-ab12-11111111",
            r#"{"attached":["p-12345678"],"withheld":[],"touched":{},"held":{}}"#,
        ),
        (
            "org",
            "policy",
            "p-12345678",
            r#"{"id":"p-12345678","type":"SERVICE_CONTROL_POLICY","name":"P","description":"","content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}","updated":1}"#,
        ),
        (
            "org",
            "resource_policy",
            "rp-12345678",
            r#""{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"organizations:ListRoots\",\"Resource\":\"*\"}}""#,
        ),
        (
            "iam",
            "role",
            "AROAQAAAAAAAAEXAMPLE7",
            r#"{"id":"AROAQAAAAAAAAEXAMPLE7","name":"App","path":"/","trust":"{}","description":"","max_session":3600,"tags":{"k":"v"},"created":1}"#,
        ),
        (
            "iam",
            "role_deletion",
            "0f8fad5b-d9cb-469f-a165-70867728950e",
            r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","role":"AWSServiceRoleForBackup","service":"backup.amazonaws.com","asked":1,"failed":true}"#,
        ),
        ("org", "service", "config.amazonaws.com", r#"{"principal":"config.amazonaws.com","enabled":1}"#),
        ("acct", "profile", "", r#"{"contact":null,"alternates":{},"email_update":null}"#),
        ("org", "tags", "111122223333", r#"{"k":"v"}"#),
        (
            "org",
            "transfer",
            "rt-12345678",
            r#"{"id":"rt-12345678","name":"T","status":"REQUESTED","handshake":"h-0123456789abcdef0123456789abcdef","expires":2,"invited":{"Account":"222233334444"},"source":null,"target":"111122223333","target_email":"a@example.com","start":3,"end":null}"#,
        ),
        ("org", "unit", "ou-ab12-11111111", r#"{"id":"ou-ab12-11111111","name":"U","parent":"r-ab12"}"#),
        (
            "iam",
            "user",
            "AIDAQAAAAAAAAEXAMPLE7",
            r#"{"id":"AIDAQAAAAAAAAEXAMPLE7","name":"ana","path":"/","created":1,"tags":{"k":"v"},"groups":["AGPAQAAAAAAAAEXAMPLE7"]}"#,
        ),
        (
            "iam",
            "user_key",
            "AKIAIOSFODNN7EXAMPLE",
            r#"{"id":"AKIAIOSFODNN7EXAMPLE","user":null,"active":true,"created":1}"#,
        ),
    ];
    const OWNERS: [&str; 6] = [
        "acct/111122223333",
        "alias/my-alias",
        "iam/111122223333",
        "key/AKIAIOSFODNN7EXAMPLE",
        "mail/a@example.com",
        "org/o-exampleorg",
    ];

    #[test]
    fn what_is_stored_is_written_again_to_the_byte() {
        for (_, kind, id, body) in ROWS {
            let item = Item::read(kind, id, body).unwrap();
            let key = item.key();
            assert_eq!((key.kind(), &*key.id(), &*item.body()), (kind, id, body));
        }
        // Each kind has its row here.
        let kinds: BTreeSet<&str> = ROWS.iter().map(|(_, kind, ..)| *kind).collect();
        assert_eq!(kinds, KINDS.iter().copied().collect());
    }

    #[test]
    fn an_item_has_the_owner_that_it_belongs_to_and_no_other() {
        for (owners, kind, id, body) in ROWS {
            let item = Item::read(kind, id, body).unwrap();
            for text in OWNERS {
                let owner: Owner = text.parse().unwrap();
                assert_eq!(owner.to_string(), text);
                let fits = owners.split(' ').any(|prefix| text.starts_with(prefix));
                assert_eq!(item.key().belongs_to(&owner), fits, "{kind} in {text}");
                let mut aggregate = Aggregate::empty(&owner);
                let expected = if fits { Ok(()) } else { Err(Misplaced(kind)) };
                assert_eq!(aggregate.put(item.clone()), expected, "{kind} in {text}");
                assert_eq!(aggregate.remove(&item.key()), expected, "{kind} in {text}");
            }
        }
    }

    #[test]
    fn what_is_no_item_is_told() {
        for (kind, id, body) in [
            ("", "", "{}"),
            ("accounts", "", "{}"),
            ("unit", "ou-ab12-11111111", "{}"),
            ("node", "111", "{}"),
            ("tags", "x-1", "{}"),
            ("resource_policy", "p-12345678", r#""{}""#),
        ] {
            let corrupt = Item::read(kind, id, body).unwrap_err();
            assert_eq!((&*corrupt.kind, &*corrupt.id), (kind, id));
        }
    }
}
