//! Maps that are small almost everywhere and large in a few accounts: a vector while that is enough, because a tree's
//! first node alone weighs more than a whole account of two roles.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use imbl::OrdMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Up to how many entries are a vector.
const FEW: usize = 16;

/// A map in the order of its keys.
///
/// Nothing where it is empty: an account has many of them, and few that are not.
#[derive(Clone)]
pub struct Sorted<K, V>(Option<Box<Form<K, V>>>);

#[derive(Clone)]
enum Form<K, V> {
    Few(Vec<(K, V)>),
    Many(OrdMap<K, V>),
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord + Clone + fmt::Debug, V: Clone + fmt::Debug> fmt::Debug for Sorted<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord + Clone, V: Clone> Sorted<K, V> {
    /// One without entries.
    pub const EMPTY: Self = Self(None);

    /// How many entries it has.
    pub fn len(&self) -> usize {
        match self.0.as_deref() {
            None => 0,
            Some(Form::Few(entries)) => entries.len(),
            Some(Form::Many(entries)) => entries.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match self.0.as_deref()? {
            Form::Few(entries) => {
                let at = entries.binary_search_by(|(own, _)| own.borrow().cmp(key)).ok()?;
                entries.get(at).map(|(_, value)| value)
            }
            Form::Many(entries) => entries.get(key),
        }
    }

    /// Puts a value in the place of the one with the same key.
    pub fn insert(&mut self, key: K, value: V) {
        let form = self.0.get_or_insert_with(|| Box::new(Form::Few(Vec::new())));
        match &mut **form {
            Form::Few(entries) => match entries.binary_search_by(|(own, _)| own.cmp(&key)) {
                Ok(at) => {
                    if let Some(entry) = entries.get_mut(at) {
                        entry.1 = value;
                    }
                }
                Err(at) if entries.len() < FEW => {
                    // Most stay at one or two.
                    if entries.len() == entries.capacity() {
                        entries.reserve_exact(entries.len().max(1));
                    }
                    entries.insert(at, (key, value));
                }
                Err(_) => {
                    let mut many: OrdMap<K, V> = std::mem::take(entries).into_iter().collect();
                    many.insert(key, value);
                    **form = Form::Many(many);
                }
            },
            Form::Many(entries) => {
                entries.insert(key, value);
            }
        }
    }

    /// Takes a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        match self.0.as_deref_mut()? {
            Form::Few(entries) => {
                let at = entries.binary_search_by(|(own, _)| own.borrow().cmp(key)).ok()?;
                Some(entries.remove(at).1)
            }
            Form::Many(entries) => entries.remove(key),
        }
    }

    /// The entries from a key on, in order.
    pub fn range<'s, Q: Ord + ?Sized>(
        &'s self,
        from: Bound<&Q>,
    ) -> impl Iterator<Item = (&'s K, &'s V)> + use<'s, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let (few, many) = match self.0.as_deref() {
            None => (None, None),
            Some(Form::Few(entries)) => {
                let before = |own: &Q| match from {
                    Bound::Included(key) => own < key,
                    Bound::Excluded(key) => own <= key,
                    Bound::Unbounded => false,
                };
                let start = entries.partition_point(|(own, _)| before(own.borrow()));
                (entries.get(start..), None)
            }
            Some(Form::Many(entries)) => (None, Some(entries.range::<_, Q>((from, Bound::Unbounded)))),
        };
        let few = few.into_iter().flatten().map(|(key, value)| (key, value));
        few.chain(many.into_iter().flatten())
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.range::<K>(Bound::Unbounded)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> PartialEq for Sorted<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord + Clone, V: Clone + Eq> Eq for Sorted<K, V> {}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Sorted<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut sorted = Self::EMPTY;
        entries.into_iter().for_each(|(key, value)| sorted.insert(key, value));
        sorted
    }
}

impl<K: Ord + Clone + Serialize, V: Clone + Serialize> Serialize for Sorted<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, K: Ord + Clone + Deserialize<'de>, V: Clone + Deserialize<'de>> Deserialize<'de> for Sorted<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_of_whatever_size() {
        let (mut ours, mut theirs) = (Sorted::default(), BTreeMap::new());
        // Up past the turn and down again, with keys that come twice.
        for n in (0..60_u32).map(|n| n * 7 % 40).chain((0..40).rev()) {
            if n % 3 == 0 && theirs.contains_key(&n) {
                assert_eq!(ours.remove(&n), theirs.remove(&n));
                assert_eq!(ours.remove(&n), None);
            } else {
                ours.insert(n, n + 1);
                theirs.insert(n, n + 1);
            }
            assert_eq!((ours.len(), ours.get(&n)), (theirs.len(), theirs.get(&n)));
            assert!(ours.values().eq(theirs.values()));
            assert!(ours.range(Bound::Excluded(&n)).eq(theirs.range((Bound::Excluded(n), Bound::Unbounded))));
            assert!(ours.range(Bound::Included(&n)).eq(theirs.range(n..)));
        }
        assert!(matches!(ours.0.as_deref(), Some(Form::Many(_))));
    }
}
