//! Who calls: an account, and who in it, as the credentials say. Whether that user or role still exists is seen when the
//! call is authorized.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AccountId, RoleId, SessionKeyId, UserId};
use crate::kernel::time::Timestamp;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::PolicyArn;
use crate::state::tag::Tags;

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// What the request was signed with.
    pub credentials: Credentials,
}

/// What a request is signed with.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A key of the account's root user.
    Root,
    /// A key of a user.
    User(UserId),
    /// Temporary credentials.
    Session(Arc<Session>),
}

impl From<AccountId> for Caller {
    /// The root user of the account.
    fn from(account: AccountId) -> Self {
        Self { account, credentials: Credentials::Root }
    }
}

impl Caller {
    /// Stands for the caller where none is an account: an operator, a timer.
    pub const NOBODY: Self = Self { account: AccountId::NOBODY, credentials: Credentials::Root };

    /// The session, if the credentials are temporary.
    pub fn session(&self) -> Option<&Session> {
        match &self.credentials {
            Credentials::Session(session) => Some(session),
            Credentials::Root | Credentials::User(_) => None,
        }
    }
}

/// As the journal names it: the account, and behind a stroke who in it, with the name of the session.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.account.fmt(f)?;
        let session = match &self.credentials {
            Credentials::Root => return Ok(()),
            Credentials::User(id) => return write!(f, "/{id}"),
            Credentials::Session(session) => session,
        };
        match &session.whose {
            SessionKind::Role { role, name } => write!(f, "/{role}:{name}"),
            SessionKind::User(id) => write!(f, "/{id}"),
            SessionKind::Root => Ok(()),
            SessionKind::Federated { name, .. } => write!(f, "/{}:{name}", self.account),
            SessionKind::AssumedRoot { .. } => write!(f, "/root"),
        }
    }
}

/// A session: everything that its token says (identity.md 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id of its access key, which belongs to its token.
    #[serde(rename = "k")]
    pub key: SessionKeyId,
    /// The account that it acts in.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// Whose it is.
    #[serde(rename = "w")]
    pub whose: SessionKind,
    /// When it began.
    #[serde(rename = "i")]
    pub issued: Timestamp,
    /// From this instant on it is of no use.
    #[serde(rename = "e")]
    pub expires: Timestamp,
    /// The policy that was passed.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyText>,
    /// The managed policies that were passed.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<PolicyArn>,
    /// The tags that were passed, and those that it inherited.
    #[serde(rename = "t", default, skip_serializing_if = "no_tags")]
    pub tags: Tags,
    /// The keys of those tags that sessions inherit which it begins.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<Box<str>>,
    /// Who is said to be behind it.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<Box<str>>,
    /// When its caller proved a second factor.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Timestamp>,
    /// Fills the token up to a length that somebody wanted.
    #[serde(rename = "z", default, skip_serializing_if = "String::is_empty")]
    pub padding: String,
}

fn no_tags(tags: &Tags) -> bool {
    tags.0.is_empty()
}

/// Whose a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionKind {
    /// Of a role: AssumeRole.
    #[serde(rename = "r")]
    Role {
        /// The role.
        #[serde(rename = "r")]
        role: RoleId,
        /// The session's name.
        #[serde(rename = "n")]
        name: Box<str>,
    },
    /// A user's own: GetSessionToken.
    #[serde(rename = "u")]
    User(UserId),
    /// The root user's own: GetSessionToken.
    #[serde(rename = "o")]
    Root,
    /// Of somebody whom a user, or the root user, vouches for: GetFederationToken.
    #[serde(rename = "f")]
    Federated {
        /// The user; none: the root user.
        #[serde(rename = "u")]
        issuer: Option<UserId>,
        /// The name.
        #[serde(rename = "n")]
        name: Box<str>,
    },
    /// The root user of a member, for one task: AssumeRoot.
    #[serde(rename = "t")]
    AssumedRoot {
        /// The task's policy.
        #[serde(rename = "p")]
        task: PolicyArn,
    },
}
