//! What a write costs does not grow with what waits. The counting allocator of this binary counts by thread.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use allocation_counter::measure;
use guildhall_core::call::page::PageKey;
use guildhall_core::kernel::ids::{AccountId, Ids, OrgId};
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::rules::{linked_roles, organization_roles};
use guildhall_core::state::account::{AccountRecord, Facts, Partition, Standing};
use guildhall_core::state::aggregate::Aggregate;
use guildhall_core::state::creation::Creation;
use guildhall_core::state::item::Item;
use guildhall_core::state::limits::{LimitOverrides, Limits};
use guildhall_core::state::org::{FeatureSet, JoinedMethod, Member, OrgRecord, RootAccess};
use guildhall_core::state::tag::Tags;
use guildhall_core::{Cx, Loaded, Origin, Owner, Settings, Source, Timestamp, View};
use guildhall_testkit::command;
use serde_json::json;

const NOW: Timestamp = Timestamp(1_767_225_600_000);

struct Memory(HashMap<Owner, Loaded>);

impl Source for Memory {
    fn find(&self, owner: &Owner) -> Option<&Loaded> {
        self.0.get(owner)
    }
}

fn account(id: AccountId, org: OrgId) -> AccountRecord {
    AccountRecord {
        id,
        email: "owner@example.com".parse().unwrap(),
        name: "Owner".into(),
        partition: Partition::Aws,
        created: NOW,
        org: Some(org),
        standing: Standing::default(),
        facts: Facts::default(),
        govcloud: None,
        email_code: None,
    }
}

/// An organization in which so many accounts are being created.
fn memory(pending: u32) -> Memory {
    let (id, management): (OrgId, AccountId) =
        ("o-exampleorg".parse().unwrap(), "111111111111".parse().unwrap());
    let record = OrgRecord {
        id,
        management,
        partition: Partition::Aws,
        root: "r-ab12".parse().unwrap(),
        feature_set: FeatureSet::All,
        created: NOW,
        deleted: None,
        limits: LimitOverrides::default(),
        policy_types: BTreeMap::default(),
        region_opts: Vec::new(),
        root_access: RootAccess::default(),
    };
    let member = Member {
        id: management,
        email: "owner@example.com".parse().unwrap(),
        name: "Owner".into(),
        parent: "r-ab12".parse().unwrap(),
        method: JoinedMethod::Invited,
        joined: NOW,
        placed: NOW,
        standing: Standing::default(),
        role_deleted: false,
    };
    let creation = |n| Creation {
        id: format!("car-{n:032x}").parse().unwrap(),
        email: format!("c{n}@example.com").into(),
        name: "x".into(),
        role: "OrganizationAccountAccessRole".into(),
        billing_access: true,
        tags: Tags::default(),
        govcloud: false,
        repeated: false,
        requested: NOW,
        completes: NOW,
        outcome: None,
    };
    let own = Owner::Org(id);
    let mut org = Aggregate::empty(&own);
    let items = [Item::Org(record), Item::Member(member)].into_iter();
    items.chain((0..pending).map(|n| Item::Creation(creation(n)))).for_each(|item| org.put(item).unwrap());
    let mut manager = Aggregate::empty(&Owner::Account(management));
    manager.put(Item::Account(account(management, id))).unwrap();
    let loaded = |aggregate| Loaded { version: 1, aggregate: Arc::new(aggregate) };
    Memory(HashMap::from([(own, loaded(org)), (Owner::Account(management), loaded(manager))]))
}

/// How many allocations a request to create an account makes, and of how many bytes.
fn cost(pending: u32) -> (u64, u64) {
    let memory = memory(pending);
    let limits = Limits { creations_at_once: u32::MAX, ..Limits::lab() };
    let settings = Settings {
        limits,
        lab_accounts: false,
        strict: false,
        page_key: PageKey::new([7; 32]),
        keyring: Arc::new(Keyring::new([7; 32])),
        services: Arc::default(),
    };
    let create = command("CreateAccount", &json!({"Email": "new@example.com", "AccountName": "x"}));
    let run = || {
        let ids = Ids::new([1; 32]);
        let caller: guildhall_core::kernel::ids::AccountId = "111111111111".parse().unwrap();
        let caller = &caller.into();
        let cx = Cx { now: NOW, caller, origin: &Origin::UNKNOWN, ids: &ids, settings: &settings };
        create.run(&cx, &mut View::new(&memory)).unwrap();
    };
    run();
    let info = measure(run);
    (info.count_total, info.bytes_total)
}

#[test]
fn creating_an_account_costs_the_same_however_many_are_being_created() {
    assert_eq!(cost(16_000), cost(10));
}

/// What one account's two roles take, in bytes, once they are loaded: Organizations' own, and the one of the management
/// account.
fn weight_of_roles() -> i64 {
    let (account, management): (AccountId, AccountId) =
        ("222222222222".parse().unwrap(), "111111111111".parse().unwrap());
    let ids = Ids::new([1; 32]);
    let id = || ids.role(account).unwrap();
    let partition = Partition::Aws;
    let access =
        organization_roles::access_role(id(), organization_roles::ACCESS, management, partition, NOW);
    let linked = linked_roles::role(linked_roles::organizations().unwrap(), None, id(), partition, NOW);
    let bodies = [access, linked].map(|role| Item::Role(role).body());
    let load = || {
        let mut iam = Aggregate::empty(&Owner::Iam(account));
        for body in &bodies {
            iam.put(Item::read("role", "", body).unwrap()).unwrap();
        }
        Arc::new(iam)
    };
    // What all accounts share is not one account's.
    drop(load());
    let mut loaded = None;
    let info = measure(|| loaded = Some(load()));
    drop(loaded);
    info.bytes_current
}

/// An account whose IAM is in memory, because somebody of it called, has the two roles that Organizations makes: 10,000 of
/// them take 12 MiB.
#[test]
fn the_roles_of_an_account_are_light() {
    let weight = weight_of_roles();
    assert!(weight > 0 && weight <= 1_258, "{weight} bytes");
}
