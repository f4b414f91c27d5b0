//! Security Token Service (`sts`, AWS Query): who a caller is.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::refusal::{ErrorAnswer, Refusal};
use crate::services::operation::operations;
use crate::services::{Protocol, Service, Wire};

operations! {
    query:
    get_caller_identity::GetCallerIdentity,
}

/// The service's name.
pub const NAME: &str = "sts";
/// The XML namespace of its answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        protocol: Protocol::Query { namespace: NAMESPACE },
        operations: Self::OPERATIONS,
        error_answer,
        throttles: &[],
    };
}

/// A refusal as STS tells it (identity.md 1).
fn error_answer(refusal: &Refusal) -> ErrorAnswer {
    let (code, status, message) = match refusal {
        Refusal::AccessDenied | Refusal::NotInOrganization | Refusal::NotOffered => {
            ("AccessDenied", 403, "Access denied".into())
        }
        Refusal::DeniedByPolicy(denial) => ("AccessDenied", 403, denial.what.to_string().into()),
        Refusal::TooManyRequests | Refusal::ConcurrentModification => {
            ("Throttling", 400, "Rate exceeded".into())
        }
        // The first three are told at the front door.
        Refusal::UnknownCaller(_)
        | Refusal::UnknownPrincipal
        | Refusal::ExpiredSession
        | Refusal::Internal
        | Refusal::Own(_) => {
            ("ServiceUnavailable", 503, "The service is not available.".into())
        }
    };
    ErrorAnswer { code: Some(code), status, message, reason: None, field: None }
}
