//! E-mail addresses, and the form under which they are compared.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kernel::ids::BadId;

/// An e-mail address of 6 to 64 characters: text, `@`, text, `.`, text, without white space or control
/// characters (accounts.md 2.4). Written as given; compared by [`EmailAddress::key`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether text looks like an address, however long it is.
    pub fn has_form(s: &str) -> bool {
        !s.chars().any(|c| c.is_whitespace() || c.is_control())
            && s.split_once('@').is_some_and(|(local, domain)| {
                // The model's pattern: a dot inside the domain, with something on both of its sides.
                let inner = domain.strip_suffix(|_: char| true).unwrap_or_default();
                !local.is_empty()
                    && !domain.contains('@')
                    && inner.char_indices().any(|(i, c)| i > 0 && c == '.')
            })
    }

    /// The form under which addresses are compared: case does not tell two addresses apart.
    pub fn key(&self) -> AddressKey {
        AddressKey(self.0.to_lowercase().into())
    }
}

impl FromStr for EmailAddress {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        let valid = (6..=64).contains(&s.chars().count()) && Self::has_form(s);
        if valid { Ok(Self(s.into())) } else { Err(BadId("e-mail address")) }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Addresses are personal: debug output masks them.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'_, str>::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

/// An address in the form under which it is unique.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(Arc<str>);

impl AddressKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for AddressKey {
    fn from(s: &str) -> Self {
        Self(s.to_lowercase().into())
    }
}

impl FromStr for AddressKey {
    type Err = BadId;

    fn from_str(s: &str) -> Result<Self, BadId> {
        Ok(Self::from(s))
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.co", "root+1@lab.example", "ü@ex.ämple", "a@b.c.d", "x\"y@b.co"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a@b.c",
            "plainaddress",
            "a b@ex.com",
            "a@b@c.com",
            "@ex.com",
            "a@excom",
            "a@.excom",
            "a@excom.",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
        assert!(format!("{}@example.com", "x".repeat(53)).parse::<EmailAddress>().is_err());
    }

    #[test]
    fn debug_output_masks_the_address() {
        assert_eq!(format!("{:?}", "a@b.com".parse::<EmailAddress>()), "Ok(****)");
    }
}
