//! Policy documents as they were sent.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use guildhall_policy::iam::{Document, DocumentKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::state::iam::shared::shared;

/// A document: its text, byte for byte, and what it says, read when a decision first asks.
#[derive(Clone)]
pub struct PolicyText {
    text: Arc<str>,
    read: OnceLock<Option<Arc<Document>>>,
}

impl PolicyText {
    /// A document that was found to be one.
    pub fn new(text: &str) -> Self {
        Self { text: shared(text), read: OnceLock::new() }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says as a document of this kind. None if it says nothing that could be read: no such text is stored.
    pub fn document(&self, kind: DocumentKind) -> Option<&Arc<Document>> {
        self.read.get_or_init(|| Document::parse(kind, &self.text).ok().map(Arc::new)).as_ref()
    }
}

impl std::fmt::Debug for PolicyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PolicyText {}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for PolicyText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self { text: shared(&Cow::<str>::deserialize(d)?), read: OnceLock::new() })
    }
}
