//! Identity and Access Management (`iam`, AWS Query): who lives in an account and what they may do (identity.md 3).

use crate::services::operation::folders;
use crate::services::{Protocol, Service, Wire};

mod authority;
mod boundary;
pub mod errors;
mod input;
mod page;
mod shape;

folders! {
    roles,
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
