//! How owners in memory take records in and let go of them.

use serde::Serialize;

/// An item that its aggregate cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("an item of kind `{0}` does not belong there")]
pub struct Misplaced(pub &'static str);

/// How an owner in memory holds its records of one kind; `()` is the key of a kind that it has one of.
pub trait Holds<K, R> {
    /// Takes a record in, in the place of the one with the same key.
    fn put(&mut self, key: K, record: R) -> Result<(), Misplaced>;

    /// Takes a record out, if there is one.
    fn remove(&mut self, key: K);
}

impl<K, R, T: Holds<K, R>> Holds<K, R> for Box<T> {
    fn put(&mut self, key: K, record: R) -> Result<(), Misplaced> {
        T::put(self, key, record)
    }

    fn remove(&mut self, key: K) {
        T::remove(self, key);
    }
}
