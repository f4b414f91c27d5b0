//! Security Token Service (`sts`, AWS Query): who a caller is, and temporary credentials (identity.md 4).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;
use crate::services::{Protocol, Service, Wire};

mod asked;
mod authority;
mod device;
pub mod errors;
mod input;
pub mod issue;

operations! {
    query:
    assume_role::AssumeRole,
    assume_root::AssumeRoot,
    decode_authorization_message::DecodeAuthorizationMessage,
    get_access_key_info::GetAccessKeyInfo,
    get_caller_identity::GetCallerIdentity,
    get_federation_token::GetFederationToken,
    get_session_token::GetSessionToken,
}

/// The service's name.
pub const NAME: &str = "sts";
/// The XML namespace of its answers.
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

impl<W: Wire> Table<W> {
    /// The service.
    pub const SERVICE: Service<W> = Service {
        name: NAME,
        title: "STS",
        protocol: Protocol::Query { version: "2011-06-15", namespace: NAMESPACE },
        operations: Self::OPERATIONS,
        takes: |_| true,
        explains: false,
        error_answer: errors::error_answer,
        throttles: &[],
    };
}
