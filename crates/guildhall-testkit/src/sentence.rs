//! What a command was refused with, in words: stories are read for the sentences that they met.

use guildhall_core::services::organizations;
use guildhall_core::{Command, Refusal};

/// A refusal that a command met: what it was, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sentence {
    /// The sentence for people.
    pub text: String,
    /// The code without `Exception`, and the reason without a path: `InvalidInput/INVALID_PATTERN`.
    pub code: String,
    /// The operation.
    pub operation: &'static str,
}

impl Sentence {
    /// The refusal of a command, as the Organizations API tells it.
    pub(crate) fn of(command: &dyn Command, refusal: &Refusal) -> Self {
        let told = organizations::errors::error_answer(refusal);
        let code = told.code.unwrap_or_default().trim_end_matches("Exception");
        let code = match told.reason {
            Some(reason) => format!("{code}/{}", reason.split(':').next().unwrap_or_default()),
            None => code.to_owned(),
        };
        Self { text: told.message.into_owned(), code, operation: command.name() }
    }
}
