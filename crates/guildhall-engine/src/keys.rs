//! The keys that secrets are sealed with: which of them a store needs, and how a state comes under the newest one.
//!
//! A store has the ids of the keys that its secrets may be sealed with as a named value, written before the first
//! secret is. So a start tells that a key is missing, and a backup which keys it needs.

use std::sync::Arc;

use guildhall_core::Owner;
use guildhall_core::kernel::ids::Ids;
use guildhall_core::kernel::keyring::{KeyId, Keyring};
use guildhall_core::state::account::KeyRecord;
use guildhall_core::state::iam::mfa::MfaDevice;
use guildhall_core::state::item::Item;
use guildhall_core::state::sealed::{NotOpened, Sealed, SealedSecret};
use guildhall_store::{Named, Rewrite, Store, StoreError, StoredItem};

use crate::{StartError, form1};

/// The named value with the ids of the keys that secrets may be sealed with.
pub(crate) const SEALED_WITH: &str = "sealed_with";

/// The named value of a snapshot that carries its keys: the text of the ring.
pub(crate) const KEYS: &str = "keys";

/// How owners begin that have secrets: access keys, and accounts with devices.
const WITH_SECRETS: [&str; 2] = ["key/", "iam/"];

/// Owners that are looked at at once.
const AT_ONCE: usize = 1_000;

/// The ids of the keys that secrets may be sealed with, as a store's named value says.
pub(crate) fn sealed_with(value: Option<&str>) -> Result<Vec<KeyId>, StartError> {
    let read = |text| serde_json::from_str(text).map_err(|e| StartError::Meta(SEALED_WITH, e.to_string()));
    value.map_or_else(|| Ok(Vec::new()), read)
}

/// The ids of the keys that a store's secrets may be sealed with.
pub fn of(store: &dyn Store) -> Result<Vec<KeyId>, StartError> {
    sealed_with(store.meta(SEALED_WITH)?.as_deref())
}

/// The keys that a store's secrets are sealed with, and that `has` does not know. Looks at the secrets only if a key is
/// missing that they may be sealed with.
pub fn missing(store: &dyn Store, has: impl Fn(KeyId) -> bool) -> Result<Vec<KeyId>, StartError> {
    let mut unknown = of(store)?;
    unknown.retain(|id| !has(*id));
    let mut missing = Vec::new();
    for prefix in WITH_SECRETS {
        let mut after = None::<String>;
        while missing.len() < unknown.len() {
            let some = store.owners(prefix, after.as_deref(), AT_ONCE)?;
            for owner in &some {
                let items = store.load(owner)?.items;
                for id in items.iter().filter_map(|item| secret(item)?.key()) {
                    if unknown.contains(&id) && !missing.contains(&id) {
                        missing.push(id);
                    }
                }
            }
            after = some.last().map(ToString::to_string);
            if some.len() < AT_ONCE {
                break;
            }
        }
    }
    Ok(missing)
}

/// The secret of an item, if it has one.
fn secret(item: &Item) -> Option<&SealedSecret> {
    match item {
        Item::Key(record) => Some(&record.secret),
        Item::MfaDevice(device) => Some(&device.seed),
        _ => None,
    }
}

/// Notes that the ring's newest key seals from now on. Refuses a ring that lacks a key that is needed.
pub(crate) fn settle(store: &dyn Store, keyring: &Keyring) -> Result<(), StartError> {
    let missing = missing(store, |id| keyring.has(id))?;
    if !missing.is_empty() {
        return Err(StartError::Keys(missing));
    }
    let before = of(store)?;
    let mut after = before.clone();
    after.retain(|id| keyring.has(*id) && *id != keyring.newest());
    after.push(keyring.newest());
    if before.len() != after.len() || before.iter().any(|id| !after.contains(id)) {
        store.set_meta(SEALED_WITH, &text_of(&after).map_err(StoreError::Database)?)?;
    }
    Ok(())
}

fn text_of(ids: &[KeyId]) -> Result<String, String> {
    serde_json::to_string(ids).map_err(|e| e.to_string())
}

/// Ids for a message.
pub fn listed(ids: &[KeyId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Gives a ring for a state whose secrets may be sealed with these keys.
pub type Rings<'a> = dyn Fn(&[KeyId]) -> Result<Arc<Keyring>, String> + 'a;

/// Brings a state under the newest key of a ring: secrets that are sealed with others of its keys, or with those that a
/// snapshot carries, and those of the form in which they were not sealed. What else that form said otherwise is brought
/// over, too.
pub struct Reseal<'a> {
    rings: &'a Rings<'a>,
    ids: Ids,
    own: Option<Arc<Keyring>>,
    carried: Option<Keyring>,
    missing: Vec<KeyId>,
    gathered: form1::Gathered,
}

impl<'a> Reseal<'a> {
    /// `rings` is asked once, and only if there is a state to bring over. The seed is random.
    pub fn new(rings: &'a Rings<'a>, seed: [u8; 32]) -> Self {
        Self {
            rings,
            ids: Ids::new(seed),
            own: None,
            carried: None,
            missing: Vec::new(),
            gathered: form1::Gathered::default(),
        }
    }
}

impl Reseal<'_> {
    /// A secret under the newest key; none if that is where it is already.
    fn reseal<S: Sealed>(
        &self,
        owner: &str,
        secret: &SealedSecret,
        of: S,
    ) -> Result<Option<SealedSecret>, String> {
        let own = self.own.as_ref().ok_or("there are no keys")?;
        let opened = match (secret.open(own, of), &self.carried) {
            (Err(NotOpened::Missing(_)), Some(carried)) => secret.open(carried, of),
            (opened, _) => opened,
        };
        let plain = opened.map_err(|e| match e {
            NotOpened::Missing(_) => format!(
                "its secrets are sealed with keys that are not here: {}; their lines, from the key file of the server \
                 that it comes from, belong into this one's, above the last one",
                listed(&self.missing)
            ),
            NotOpened::NotSealed | NotOpened::Broken(_) => format!("{owner}: {e}"),
        })?;
        let newest = secret.key() == Some(own.newest());
        Ok((!newest).then(|| SealedSecret::seal(own, self.ids.nonce(), of, &plain)))
    }
}

impl Rewrite for Reseal<'_> {
    fn named(&mut self, named: &mut Named) -> Result<(), String> {
        let carried = named.remove(KEYS).map(|text| Keyring::read(&text)).transpose();
        self.carried = carried.map_err(|e| format!("the keys that it carries cannot be read: {e}"))?;
        let mut ids = sealed_with(named.get(SEALED_WITH).map(String::as_str)).map_err(|e| e.to_string())?;
        let own = (self.rings)(&ids)?;
        ids.retain(|id| !own.has(*id) && self.carried.as_ref().is_none_or(|carried| !carried.has(*id)));
        self.missing = ids;
        named.insert(SEALED_WITH.to_owned(), text_of(&[own.newest()])?);
        self.own = Some(own);
        Ok(())
    }

    fn body(&mut self, item: &StoredItem<'_>) -> Result<Option<String>, String> {
        let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", item.owner);
        let rewritten = match item.kind {
            "key" => {
                let (Some(own), Ok(Owner::Key(id))) = (&self.own, item.owner.parse()) else {
                    return Err(wrong(&"has a secret and is no access key"));
                };
                let mut record: KeyRecord = serde_json::from_str(item.body).map_err(|e| wrong(&e))?;
                let secret = if item.format == form1::FORM {
                    let plain = record.secret.clone().into_plain();
                    Some(SealedSecret::seal(own, self.ids.nonce(), id, &plain))
                } else {
                    self.reseal(item.owner, &record.secret, id)?
                };
                secret.map(|secret| {
                    record.secret = secret;
                    serde_json::to_string(&record)
                })
            }
            "mfa_device" => {
                let mut device: MfaDevice = serde_json::from_str(item.body).map_err(|e| wrong(&e))?;
                self.reseal(item.owner, &device.seed, device.id)?.map(|seed| {
                    device.seed = seed;
                    serde_json::to_string(&device)
                })
            }
            _ => return self.gathered.body(item).map_err(|e| wrong(&e)),
        };
        rewritten.transpose().map_err(|e| wrong(&e))
    }

    fn more(&mut self) -> Result<Vec<(Owner, Item)>, String> {
        std::mem::take(&mut self.gathered).roles(&self.ids)
    }
}
