//! The keys that secrets are sealed with: which of them a state needs, and how it comes under others.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::Owner;
use guildhall_core::kernel::ids::AccessKeyId;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::operator::create_key::CreateKey;
use guildhall_core::rules::organization_roles;
use guildhall_core::services::iam;
use guildhall_core::state::item::Item;
use guildhall_core::state::sealed::NotOpened;
use guildhall_engine::keys::{self, Reseal};
use guildhall_engine::{Config, Engine, StartError};
use guildhall_store::check::check;
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Named, Rewrite, Store, StoreError, Stored, StoredItem};
use guildhall_testkit::calls::{id, register, start_with};
use guildhall_testkit::command_of;
use guildhall_testkit::sdk::engine_config;
use serde_json::{Value, json};

fn ring(keys: &[u8]) -> Arc<Keyring> {
    let (first, more) = keys.split_first().unwrap();
    Arc::new(more.iter().fold(Keyring::new([*first; 32]), |ring, key| ring.with([*key; 32]).unwrap()))
}

fn config(keys: &[u8]) -> Config {
    Config { keyring: ring(keys), ..engine_config() }
}

/// Creates an access key of account 111. Answers its id and its secret.
async fn issue(engine: &Engine) -> (AccessKeyId, String) {
    register(engine, &["111"]).await;
    let answer = engine.run_as("test", "", Arc::new(CreateKey { account: id("111") })).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("AccessKeyId").parse().unwrap(), text("SecretAccessKey"))
}

/// What a ring makes of a stored secret.
fn opened(store: &dyn Store, key: AccessKeyId, ring: &Keyring) -> Result<String, NotOpened> {
    let stored = store.load(&Owner::Key(key)).unwrap();
    let [Item::Key(record)] = stored.items.as_slice() else { panic!("{stored:?}") };
    record.secret.open(ring, key).map(|secret| secret.to_string())
}

#[tokio::test]
async fn a_start_notes_the_key_that_seals_and_refuses_a_ring_without_one_that_did() {
    let store = Arc::new(MemoryStore::new());
    let one = start_with(&store, config(&[1]));
    assert_eq!(keys::of(&*store).unwrap(), [ring(&[1]).newest()]);
    let (key, secret) = issue(&one).await;
    assert_eq!(opened(&*store, key, &ring(&[1])), Ok(secret.clone()));
    let text = format!("{:?}", store.load(&Owner::Key(key)).unwrap());
    assert!(!text.contains(&secret), "{text}");
    // Another key seals from now on; both may have.
    let _two = start_with(&store, config(&[1, 2]));
    assert_eq!(keys::of(&*store).unwrap(), [ring(&[1]).newest(), ring(&[2]).newest()]);
    let refused = Engine::start(Arc::clone(&store) as _, config(&[2, 3])).err().unwrap();
    assert!(matches!(&refused, StartError::Keys(ids) if *ids == [ring(&[1]).newest()]), "{refused}");
    assert!(refused.to_string().contains(&ring(&[1]).newest().to_string()));
    // It noted nothing of its own.
    assert_eq!(keys::of(&*store).unwrap().len(), 2);
    // The key that was never used is not missed.
    assert_eq!(keys::missing(&*store, |_| false).unwrap(), [ring(&[1]).newest()]);
    let _one = start_with(&store, config(&[1]));
    assert_eq!(keys::of(&*store).unwrap(), [ring(&[1]).newest()]);
}

#[tokio::test]
async fn check_opens_every_secret() {
    let store = Arc::new(MemoryStore::new());
    let (key, _) = issue(&start_with(&store, config(&[1]))).await;
    let wrong = |keyring| check(&*store, keyring).unwrap().wrong;
    assert_eq!(wrong(None), [""; 0]);
    assert_eq!(wrong(Some(ring(&[2, 1]))), [""; 0]);
    let missing = ring(&[1]).newest();
    assert_eq!(
        wrong(Some(ring(&[2]))),
        [format!("key/{key}: its secret is sealed with the key {missing}, which is missing")]
    );
}

#[tokio::test]
async fn a_snapshot_comes_in_under_the_keys_of_the_server_that_takes_it() {
    let from = start_with(&Arc::new(MemoryStore::new()), config(&[1, 2]));
    let (key, secret) = issue(&from).await;
    let (with, without) = (from.snapshot(true).await.unwrap(), from.snapshot(false).await.unwrap());
    let into = Arc::new(MemoryStore::new());
    let other = start_with(&into, config(&[3]));
    let StoreError::NoBackup(said) = other.restore(without).await.unwrap_err() else { panic!() };
    let (first, second, third) = (ring(&[1]).newest(), ring(&[2]).newest(), ring(&[3]).newest());
    // The one that seals, and not the one that never did.
    assert!(said.contains(&format!("keys that are not here: {second};")), "{said}");
    assert!(!said.contains(&first.to_string()), "{said}");
    other.restore(with).await.unwrap();
    assert_eq!(opened(&*into, key, &ring(&[3])), Ok(secret.clone()));
    assert_eq!(opened(&*into, key, &ring(&[1, 2])), Err(NotOpened::Missing(third)));
    assert_eq!((keys::of(&*into).unwrap(), into.meta("keys").unwrap()), (vec![third], None));
    // Who has the key needs none that it carries.
    let last = Arc::new(MemoryStore::new());
    let has = start_with(&last, config(&[3, 4]));
    has.restore(other.snapshot(false).await.unwrap()).await.unwrap();
    assert_eq!(opened(&*last, key, &ring(&[4])), Ok(secret));
}

/// What a ring makes of the seed of the one device in a store, as it is stored.
fn seed(store: &dyn Store, ring: &Keyring) -> Result<String, NotOpened> {
    let stored = store.load(&Owner::Iam(id("111"))).unwrap();
    let device = stored.items.iter().find_map(|item| match item {
        Item::MfaDevice(device) => Some(device),
        _ => None,
    });
    let device = device.unwrap();
    device.seed.open(ring, device.id).map(|seed| seed.to_string())
}

#[tokio::test]
async fn seeds_of_devices_are_secrets_as_well() {
    let store = Arc::new(MemoryStore::new());
    let one = start_with(&store, config(&[1]));
    register(&one, &["111"]).await;
    let input = json!({ "VirtualMFADeviceName": "phone" });
    let answer =
        one.run(id("111"), "", command_of(iam::NAME, "CreateVirtualMFADevice", &input)).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let shown = answer["VirtualMFADevice"]["Base32StringSeed"].as_str().unwrap();
    let plain = String::from_utf8(STANDARD.decode(shown).unwrap()).unwrap();
    assert_eq!(seed(&*store, &ring(&[1])), Ok(plain.clone()));
    let first = ring(&[1]).newest();
    // It needs its key, as the secret of an access key does.
    assert_eq!(keys::missing(&*store, |_| false).unwrap(), [first]);
    assert!(matches!(Engine::start(Arc::clone(&store) as _, config(&[2])).err(), Some(StartError::Keys(_))));
    let wrong = check(&*store, Some(ring(&[2]))).unwrap().wrong;
    let [wrong] = wrong.as_slice() else { panic!("{wrong:?}") };
    assert!(wrong.starts_with("iam/") && wrong.ends_with("which is missing"), "{wrong}");
    assert_eq!(check(&*store, Some(ring(&[1]))).unwrap().wrong, [""; 0]);
    // A snapshot brings it under the key of the server that takes it.
    let snapshot = one.snapshot(true).await.unwrap();
    let into = Arc::new(MemoryStore::new());
    let other = start_with(&into, config(&[3]));
    other.restore(snapshot).await.unwrap();
    assert_eq!(seed(&*into, &ring(&[3])), Ok(plain));
    assert_eq!(seed(&*into, &ring(&[1])), Err(NotOpened::Missing(ring(&[3]).newest())));
    let StoreError::NoBackup(said) = one.restore(other.snapshot(false).await.unwrap()).await.unwrap_err()
    else {
        panic!("it is restored")
    };
    assert!(said.contains("keys that are not here"), "{said}");
}

/// A secret that was put into another access key's record, or damaged, is not taken for one.
#[test]
fn what_does_not_open_is_not_resealed() {
    let own = ring(&[1]);
    let rings = |_: &[_]| Ok(Arc::clone(&own));
    let mut reseal = Reseal::new(&rings, [9; 32]);
    reseal.named(&mut Named::new()).unwrap();
    let item = |owner, format, body| StoredItem { owner, kind: "key", format, body };
    let plain =
        r#"{"account":"111122223333","secret":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY","created":1}"#;
    let sealed = reseal.body(&item("key/AKIAIOSFODNN7EXAMPLE", 1, plain)).unwrap().unwrap();
    assert!(!sealed.contains("wJalrXUtnFEMI"));
    // Under the newest key, it stays to the byte.
    assert_eq!(reseal.body(&item("key/AKIAIOSFODNN7EXAMPLE", 2, &sealed)), Ok(None));
    for (owner, format, body, why) in [
        ("key/AKIAIOSFODNN7EXAMPLF", 2, &*sealed, "does not open"),
        ("key/AKIAIOSFODNN7EXAMPLE", 2, plain, "is not sealed"),
        ("key/AKIAIOSFODNN7EXAMPLE", 2, "{}", "missing field"),
        ("acct/111122223333", 2, &*sealed, "is no access key"),
    ] {
        let said = reseal.body(&item(owner, format, body)).unwrap_err();
        assert!(said.contains(why) && said.starts_with(owner) && !said.contains("wJalr"), "{said}");
    }
    let other = StoredItem { owner: "org/o-exampleorg", kind: "unit", format: 1, body: "{}" };
    assert_eq!(reseal.body(&other), Ok(None));
    // No ring at all.
    let none = |_: &[_]| Err("no ring".to_owned());
    assert_eq!(Reseal::new(&none, [9; 32]).named(&mut Named::new()), Err("no ring".to_owned()));
    let mut bad = Named::from([("keys".to_owned(), "nonsense".to_owned())]);
    let said = Reseal::new(&rings, [9; 32]).named(&mut bad).unwrap_err();
    assert!(said.contains("line 1") && !said.contains("nonsense"), "{said}");
}

/// The roles of accounts, as a store has them: the account, the name, and the policy.
fn roles(store: &dyn Store) -> Vec<[String; 3]> {
    let mut roles = Vec::new();
    for owner in store.owners("iam/", None, 1_000).unwrap() {
        for item in store.load(&owner).unwrap().items {
            let Item::Role(role) = item else { panic!("{owner} has {item:?}") };
            let policies: Vec<String> = role.policies.managed.iter().map(ToString::to_string).collect();
            roles.push([owner.to_string(), role.name.to_string(), policies.join(" ")]);
        }
    }
    roles.sort_unstable();
    roles
}

/// A database of form 1 says of an account which roles Organizations made in it. They are roles from then on.
#[test]
fn the_roles_of_form_1_are_roles() {
    let temp = tempfile::tempdir().unwrap();
    let form1 =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../guildhall-store/tests/data/form1.db");
    std::fs::copy(form1, temp.path().join("guildhall.db")).unwrap();
    let own = ring(&[1]);
    let rings = |_: &[_]| Ok(Arc::clone(&own));
    let store = SqliteStore::open_with(temp.path(), &mut Reseal::new(&rings, [9; 32])).unwrap();
    let linked = "arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy";
    let role = |account: &str, name: &str, policy: &str| {
        [format!("iam/{account}"), name.to_owned(), policy.to_owned()]
    };
    let mut expected: Vec<_> =
        ["100000000001", "100000000002", "100000000003", "100000000005", "100000000006", "491527854582"]
            .map(|account| role(account, "AWSServiceRoleForOrganizations", linked))
            .into();
    // Account 100000000004 is in no organization, and one was created in the first.
    expected.push(role(
        "491527854582",
        "OrganizationAccountAccessRole",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ));
    assert_eq!(roles(&store), expected);
    let Stored { version, items, .. } = store.load(&Owner::Iam("491527854582".parse().unwrap())).unwrap();
    assert_eq!(version, 1);
    let trusts = items.iter().find_map(|item| match item {
        Item::Role(role) => organization_roles::trusted(role),
        _ => None,
    });
    assert_eq!(trusts, Some("arn:aws:iam::100000000001:root"));
    let found = check(&store, Some(ring(&[1]))).unwrap();
    assert_eq!((found.wrong, store.integrity().unwrap()), (vec![], vec![]));
    drop(store);
    // Another key changes none of that: the facts are gone.
    let both = ring(&[1, 2]);
    let rings = |_: &[_]| Ok(Arc::clone(&both));
    let store = SqliteStore::rewritten(temp.path(), &mut Reseal::new(&rings, [9; 32])).unwrap();
    assert_eq!(roles(&store), expected);
}

/// All features bring the linked role into every member, also where the facts of form 1 do not say so.
#[test]
fn members_of_form_1_get_the_role_that_all_features_need() {
    let own = ring(&[1]);
    let rings = |_: &[_]| Ok(Arc::clone(&own));
    let org = |id: &str, features: &str| {
        format!(
            r#"{{"id":"{id}","management":"111122223333","partition":"aws","root":"r-ab12","feature_set":"{features}","created":1,"deleted":null,"limits":{{}},"policy_types":{{}}}}"#
        )
    };
    let account = |id: &str, org: &str, roles: &str| {
        format!(
            r#"{{"id":"{id}","email":"a@example.com","name":"A","partition":"aws","created":1,"org":"{org}","standing":{{"suspended":false,"pending_activation":false}},"facts":{{"payment_instrument":true,"payment_instrument_valid":true,"email_verified":true,"phone_verified":true,"customer_agreement":true,"seller_of_record":"AWS Inc."}}{roles}}}"#
        )
    };
    for (features, roles, expected) in [
        ("ALL", r#","roles":{"service_linked":false}"#, 1),
        // Written before there were facts.
        ("ALL", "", 1),
        ("CONSOLIDATED_BILLING", r#","roles":{"service_linked":false}"#, 0),
        (
            "CONSOLIDATED_BILLING",
            r#","roles":{"access":{"name":"X","trusts":"111122223333","billing":true},"service_linked":true}"#,
            2,
        ),
    ] {
        let mut reseal = Reseal::new(&rings, [9; 32]);
        reseal.named(&mut Named::new()).unwrap();
        // The account comes before its organization.
        let body = account("222233334444", "o-exampleorg", roles);
        let item = StoredItem { owner: "acct/222233334444", kind: "account", format: 1, body: &body };
        assert_eq!(reseal.body(&item).unwrap().unwrap(), account("222233334444", "o-exampleorg", ""));
        let body = org("o-exampleorg", features);
        let item = StoredItem { owner: "org/o-exampleorg", kind: "org", format: 1, body: &body };
        assert_eq!(reseal.body(&item), Ok(None));
        assert_eq!(reseal.more().unwrap().len(), expected, "{features} {roles}");
        assert!(reseal.more().unwrap().is_empty());
    }
    // What is of form 2 already has no facts.
    let mut reseal = Reseal::new(&rings, [9; 32]);
    reseal.named(&mut Named::new()).unwrap();
    let body = account("222233334444", "o-exampleorg", "");
    let item = StoredItem { owner: "acct/222233334444", kind: "account", format: 2, body: &body };
    assert_eq!(reseal.body(&item), Ok(None));
    assert!(reseal.more().unwrap().is_empty());
}
