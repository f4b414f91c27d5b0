//! The AWS Query protocol, as IAM and STS speak it: a form in, XML out (identity.md 1).
//!
//! It knows no service: names of operations, versions and namespaces are its caller's.

mod fault;
mod read;
mod write;

use std::borrow::Cow;

use http::Method;
use serde::de::DeserializeOwned;

pub use self::fault::QueryFault;
pub use self::read::{MAX_DEPTH, MAX_PARAMETERS, ReadError, Rule, read};
pub use self::write::{Envelope, Escaped, WriteError};

/// The content type of every answer.
pub const CONTENT_TYPE: &str = "text/xml";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryCall<'a> {
    /// `Action`.
    pub action: Cow<'a, str>,
    /// `Version`; empty if absent.
    pub version: Cow<'a, str>,
    form: &'a [u8],
}

impl<'a> QueryCall<'a> {
    /// Reads `Action` and `Version`: from the body of a POST (`application/x-www-form-urlencoded`), from the query of
    /// anything else, and from the query of a POST without a body. Other parameters are passed over; [`QueryCall::input`]
    /// reads them, once the caller is known.
    ///
    /// Refuses: no action (`MissingAction`), either of the two given twice (`InvalidParameterCombination`).
    pub fn parse(method: &Method, query: Option<&'a str>, body: &'a [u8]) -> Result<Self, QueryFault> {
        let form = if *method == Method::POST && !body.is_empty() {
            body
        } else {
            query.unwrap_or_default().as_bytes()
        };
        let (mut action, mut version) = (None, None);
        for (name, value) in form_urlencoded::parse(form) {
            let place = match &*name {
                "Action" => &mut action,
                "Version" => &mut version,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(QueryFault::sender(
                    "InvalidParameterCombination",
                    format!("{name} is given twice"),
                ));
            }
        }
        let action = action.filter(|action: &Cow<'_, str>| !action.is_empty());
        let action = action.ok_or_else(|| QueryFault::sender("MissingAction", "Missing Action"))?;
        Ok(Self { action, version: version.unwrap_or_default(), form })
    }

    /// The form, for [`read()`].
    pub fn form(&self) -> &'a [u8] {
        self.form
    }

    /// Reads the input, as [`read()`] does.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        read(self.form)
    }

    /// The answer to an action that is not offered: `InvalidAction`, 400.
    pub fn unknown(&self) -> QueryFault {
        let clip = |text: &str| text.chars().take(100).collect::<String>();
        let (action, version) = (clip(&self.action), clip(&self.version));
        QueryFault::sender(
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    }
}

#[cfg(test)]
mod tests;
