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
/// The namespace of faults that no operation answers, because there is none (identity.md 1.5).
pub const FAULT_NAMESPACE: &str = "http://webservices.amazon.com/AWSFault/2005-15-09";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryCall<'a> {
    /// `Action`.
    pub action: Cow<'a, str>,
    /// `Version`, if there is one.
    pub version: Option<Cow<'a, str>>,
    form: &'a [u8],
}

impl<'a> QueryCall<'a> {
    /// Reads `Action` and `Version`: from the body of a POST (`application/x-www-form-urlencoded`), from the query of
    /// anything else, and from the query of a POST without a body. Other parameters are passed over; [`QueryCall::input`]
    /// reads them, once the caller is known.
    ///
    /// Of two the first counts (identity.md 1.5). Refuses: no action (`MissingAction`).
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
            place.get_or_insert(value);
        }
        let action = action.ok_or_else(|| QueryFault::sender("MissingAction", "Missing Action"))?;
        Ok(Self { action, version, form })
    }

    /// The form, for [`read()`].
    pub fn form(&self) -> &'a [u8] {
        self.form
    }

    /// Reads the input, as [`read()`] does.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        read(self.form)
    }

    /// The answer to an action or a version that is not offered: `InvalidAction`, 400. It is AWS's sentence, and behind
    /// it what else there is to say. Its namespace is [`FAULT_NAMESPACE`].
    pub fn unknown(&self, also: &str) -> QueryFault {
        let clip = |text: &str| text.chars().take(100).collect::<String>();
        let (action, version) = (clip(&self.action), self.version.as_deref().map(clip));
        let version = version.as_deref().unwrap_or("NO_VERSION_SPECIFIED");
        QueryFault::sender(
            "InvalidAction",
            format!("Could not find operation {action} for version {version}; {also}"),
        )
    }
}

#[cfg(test)]
mod tests;
