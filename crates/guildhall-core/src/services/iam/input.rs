//! What is said of inputs beyond the model's constraints, which [`constraints`](crate::rules::constraints) has; and the
//! form of those that several operations share.

use super::errors::IamError;
use crate::rules::tags::{TagInput, pairs};
use crate::state::tag::Tags;

/// The tags of a user or a role: no reserved keys, and none twice in whatever case (identity.md 3.11).
pub(super) fn tags(list: Option<&[Option<TagInput>]>) -> Result<Tags, IamError> {
    let what = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    checked(list, str::to_lowercase, what)
}

/// The tags of anything else, whose keys can differ in their case alone.
pub(super) fn exact_tags(list: Option<&[Option<TagInput>]>) -> Result<Tags, IamError> {
    checked(list, str::to_owned, "Duplicate tag keys found.")
}

fn checked(
    list: Option<&[Option<TagInput>]>,
    same: fn(&str) -> String,
    twice: &'static str,
) -> Result<Tags, IamError> {
    let pairs = pairs(list);
    let reserved = |key: &str| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    if pairs.iter().any(|(key, _)| reserved(key)) {
        return Err(IamError::InvalidInput(
            "Tag keys beginning with aws: are reserved for system use.".into(),
        ));
    }
    let mut keys: Vec<String> = pairs.iter().map(|(key, _)| same(key)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < pairs.len() {
        return Err(IamError::InvalidInput(twice.into()));
    }
    Ok(Tags(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
}

/// Declares `Input<T>` of an operation that several kinds of things have: the member that names the thing is called as its
/// kind is, and the others, all of which may be left out, are the same. The kinds are `entities` (users, groups and roles) or
/// `tagged` (all but groups).
macro_rules! input {
    (entities $($member:ident: $type:ty),*) => {
        $crate::services::iam::input::input!(form $($member: $type),*);

        impl<'de, T: $crate::services::iam::target::Target> serde::Deserialize<'de> for Input<T> {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use $crate::services::iam::{input::input, target::Kind};
                match T::KIND {
                    Kind::User => input!(read user_name from from $($member: $type),*),
                    Kind::Role => input!(read role_name from from $($member: $type),*),
                    _ => input!(read group_name from from $($member: $type),*),
                }
            }
        }

        impl<T: $crate::services::iam::target::Target> serde::Serialize for Input<T> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use $crate::services::iam::{input::input, target::Kind};
                match T::KIND {
                    Kind::User => input!(write user_name self to to $($member: $type),*),
                    Kind::Role => input!(write role_name self to to $($member: $type),*),
                    _ => input!(write group_name self to to $($member: $type),*),
                }
            }
        }
    };
    (tagged $($member:ident: $type:ty),*) => {
        $crate::services::iam::input::input!(form $($member: $type),*);

        impl<'de, T: $crate::services::iam::target::Target> serde::Deserialize<'de> for Input<T> {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use $crate::services::iam::{input::input, target::Kind};
                match T::KIND {
                    Kind::User => input!(read user_name from from $($member: $type),*),
                    Kind::Role => input!(read role_name from from $($member: $type),*),
                    Kind::Device => input!(read serial_number from from $($member: $type),*),
                    Kind::Policy => input!(read policy_arn from from $($member: $type),*),
                    _ => input!(read instance_profile_name from from $($member: $type),*),
                }
            }
        }

        impl<T: $crate::services::iam::target::Target> serde::Serialize for Input<T> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use $crate::services::iam::{input::input, target::Kind};
                match T::KIND {
                    Kind::User => input!(write user_name self to to $($member: $type),*),
                    Kind::Role => input!(write role_name self to to $($member: $type),*),
                    Kind::Device => input!(write serial_number self to to $($member: $type),*),
                    Kind::Policy => input!(write policy_arn self to to $($member: $type),*),
                    _ => input!(write instance_profile_name self to to $($member: $type),*),
                }
            }
        }
    };
    (form $($member:ident: $type:ty),*) => {
        pub struct Input<T> {
            name: Option<String>,
            $($member: Option<$type>,)*
            of: std::marker::PhantomData<fn() -> T>,
        }

        impl<T> Input<T> {
            fn name(&self) -> &str {
                self.name.as_deref().unwrap_or_default()
            }
        }
    };
    (read $name:ident from $from:ident $($member:ident: $type:ty),*) => {{
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Sent { $name: Option<String>, $($member: Option<$type>),* }
        let Sent { $name: name, $($member),* } = Sent::deserialize($from)?;
        Ok(Self { name, $($member,)* of: std::marker::PhantomData })
    }};
    (write $name:ident $self:ident to $to:ident $($member:ident: $type:ty),*) => {{
        #[derive(serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Sent<'a> { $name: &'a Option<String>, $($member: &'a Option<$type>),* }
        Sent { $name: &$self.name, $($member: &$self.$member),* }.serialize($to)
    }};
}
pub(super) use input;
