//! Values that are not to be written down. [`Secret`] and [`Personal`] are read as the value in them is, and written as
//! [`MASK`], through serde and in debug output both. So the journal and the log of whatever holds one do not have the
//! value, and nobody has to remember that.
//!
//! A mask and not nothing: the journal says that a member was given. CloudTrail does the same (accounts.md 10).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;

/// What is written in place of the value.
pub const MASK: &str = "****";

macro_rules! sensitive {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        pub struct $name<T>(T);

        impl<T> $name<T> {
            /// The value.
            pub fn expose(&self) -> &T {
                &self.0
            }
        }

        impl<T> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self(value)
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(MASK)
            }
        }

        impl<T> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(MASK)
            }
        }

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                T::deserialize(d).map(Self)
            }
        }
    };
}

sensitive! {
    /// What proves something to whoever is shown it: a one-time code, the code in a link, a key.
    Secret
}

sensitive! {
    /// What is about a person: a name, an address, a phone number, a note, or a whole contact. The service models call
    /// such members sensitive.
    Personal
}

impl Secret<String> {
    /// Whether it is this text. How long that takes tells its length at most.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Default, Serialize, Deserialize)]
    struct Input {
        code: Option<Secret<String>>,
        names: Vec<Personal<String>>,
        contact: Option<Personal<Contact>>,
    }

    /// Neither `Debug` nor `Serialize`: what is written of it does not rest on them.
    #[derive(Clone, Default, Deserialize)]
    struct Contact {
        phone: u64,
    }

    #[test]
    fn values_are_read_and_not_written() {
        let text = r#"{"code":"c0de","names":["Ana","Ben"],"contact":{"phone":7946}}"#;
        let input: Input = serde_json::from_str(text).unwrap();
        assert_eq!(input.code.as_ref().unwrap().expose(), "c0de");
        assert_eq!(input.names[1].expose(), "Ben");
        assert_eq!(input.contact.as_ref().unwrap().expose().phone, 7946);
        let written = r#"{"code":"****","names":["****","****"],"contact":"****"}"#;
        assert_eq!(serde_json::to_string(&input).unwrap(), written);
        let shown = "Input { code: Some(****), names: [****, ****], contact: Some(****) }";
        assert_eq!(format!("{input:?}"), shown);
    }

    #[test]
    fn what_was_not_given_and_what_has_the_wrong_type_are_as_without_the_wrapper() {
        let empty: Input = serde_json::from_str(r#"{"code":null,"names":[]}"#).unwrap();
        assert_eq!(serde_json::to_string(&empty).unwrap(), r#"{"code":null,"names":[],"contact":null}"#);
        let wrong = serde_json::from_str::<Input>(r#"{"code":7,"names":[]}"#).unwrap_err();
        let plain = serde_json::from_str::<String>("7").unwrap_err();
        let reason = |e: &serde_json::Error| e.to_string().split(" at ").next().unwrap().to_owned();
        assert_eq!(reason(&wrong), reason(&plain));
    }

    #[test]
    fn a_secret_is_one_text_and_no_other() {
        let secret = Secret::from("123456".to_owned());
        assert!(secret.is("123456"));
        for other in ["", "123457", "12345", "1234567", "023456"] {
            assert!(!secret.is(other), "{other}");
        }
    }
}
