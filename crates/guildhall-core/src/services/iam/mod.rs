//! Identity and Access Management (`iam`, AWS Query): roles (identity.md 3).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;
use crate::services::{Protocol, Service, Wire};

mod authority;
pub mod errors;
mod input;
mod shape;
mod trust;

operations! {
    query:
    create_role::CreateRole,
    get_role::GetRole,
}

/// The service's name.
pub const NAME: &str = "iam";
/// The XML namespace of its answers.
const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        protocol: Protocol::Query { namespace: NAMESPACE },
        operations: Self::OPERATIONS,
        error_answer: errors::error_answer,
        throttles: &[],
    };
}
