//! Identity and Access Management (`iam`, AWS Query): who lives in an account and what they may do (identity.md 3).

use crate::call::caller::{Session, SessionKind};
use crate::services::operation::folders;
use crate::services::{Protocol, Service, Wire};

mod authority;
mod boundary;
pub mod errors;
mod input;
mod page;
mod shape;
mod target;
pub mod toolbox;

folders! {
    access_keys,
    account,
    attachments,
    boundaries,
    groups,
    inline_policies,
    instance_profiles,
    managed_policies,
    mfa,
    passwords,
    roles,
    root_access,
    service_linked_roles,
    simulation,
    tags,
    users,
}

/// The service's name.
pub const NAME: &str = "iam";
/// The XML namespace of its answers.
const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        title: "IAM",
        protocol: Protocol::Query { version: "2010-05-08", namespace: NAMESPACE },
        operations: Self::OPERATIONS,
        takes,
        explains: true,
        error_answer: errors::error_answer,
        throttles: &[],
    };
}

/// Those of a user's own only with a second factor, and none of somebody whom a user vouches for.
fn takes(session: &Session) -> bool {
    match session.whose {
        SessionKind::Role { .. } | SessionKind::AssumedRoot { .. } => true,
        SessionKind::User(_) | SessionKind::Root => session.mfa.is_some(),
        SessionKind::Federated { .. } => false,
    }
}
