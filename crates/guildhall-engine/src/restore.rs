//! Backups of the whole state, out and in.

use guildhall_store::{Named, Scratch, StoreError};

use crate::clock::Standing;
use crate::{CLOCK, Engine, PAGE_KEY};

/// Admits a backup whose named values can be read.
pub fn admit(named: &mut Named) -> Result<(), String> {
    wrong_values(|key| named.get(key).cloned()).into_iter().next().map_or(Ok(()), Err)
}

/// What of the values that the engine keeps in a store cannot be read, one line each.
pub fn wrong_values(value: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let clock = value(CLOCK).and_then(|text| serde_json::from_str::<Standing>(&text).err());
    let page_key = value(PAGE_KEY).and_then(|text| serde_json::from_str::<[u8; 32]>(&text).err());
    let wrong = [(CLOCK, clock), (PAGE_KEY, page_key)].into_iter();
    wrong.filter_map(|(key, e)| Some(format!("the value `{key}` cannot be read: {}", e?))).collect()
}

impl Engine {
    /// The whole state as a file, which is gone when it is dropped.
    pub async fn snapshot(&self) -> Result<Scratch, StoreError> {
        let store = self.store();
        self.blocking(move || {
            let scratch = store.scratch()?;
            store.backup(&scratch.file())?;
            Ok(scratch)
        })
        .await
    }

    /// Replaces the whole state by that of a backup. It is read and looked through beside the writer, which only
    /// puts it in place. A file that is no backup, or is not admitted, changes nothing.
    pub async fn restore(&self, backup: Scratch) -> Result<(), StoreError> {
        let store = self.store();
        let prepared = self.blocking(move || store.prepare(&backup.file())).await?;
        self.alone(move |store| store.restore(&prepared, &admit)).await
    }
}
