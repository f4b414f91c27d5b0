//! Principals: those that a document names, and the one that asks.

use crate::json::Position;

/// Principal or NotPrincipal of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    /// Whether it is NotPrincipal.
    pub negated: bool,
    /// Those it names, in the order of the text.
    pub named: Box<[Named]>,
}

/// A principal that a document names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who it is.
    pub who: Who,
    /// As it is written.
    pub written: Box<str>,
    /// Where it stands.
    pub at: Position,
}

/// A principal that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// `*`, `{"AWS": "*"}`.
    Everybody,
    /// An account: its id, or the ARN of its root.
    Account(Box<str>),
    /// A user, a role, a session, by its ARN.
    Arn(Box<str>),
    /// An id such as `AROA…`: the one who has it, and nobody once that one is deleted.
    UniqueId(Box<str>),
    /// A service, `backup.amazonaws.com`.
    Service(Box<str>),
    /// An identity provider.
    Federated(Box<str>),
    /// A canonical user of S3. It fits nobody here.
    CanonicalUser(Box<str>),
}

/// How a document's principals mean the caller. The order is from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// Its account: what the account does with it is the account's own business.
    Account,
    /// Its role, or everybody.
    Role,
    /// The user itself, or a service, or a provider.
    Itself,
    /// This very session, of a role or from GetFederationToken.
    Session,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// Twelve digits.
        account: String,
    },
    /// An IAM user.
    User {
        /// Twelve digits.
        account: String,
        /// `arn:aws:iam::111111111111:user/name`.
        arn: String,
    },
    /// A session of a role.
    Role {
        /// Twelve digits.
        account: String,
        /// The role's ARN, `arn:aws:iam::111111111111:role/name`.
        role: String,
        /// The session's ARN, `arn:aws:sts::111111111111:assumed-role/name/session`.
        session: String,
        /// Whether the role is linked to a service. Those are exempt from SCPs and RCPs (policies.md 3.1).
        service_linked: bool,
    },
    /// A session from GetFederationToken.
    FederatedUser {
        /// Twelve digits.
        account: String,
        /// `arn:aws:sts::111111111111:federated-user/name`.
        arn: String,
    },
    /// An AWS service in its own name.
    Service {
        /// `backup.amazonaws.com`.
        name: String,
    },
    /// Somebody whom an identity provider vouches for, not yet in a role.
    Provided {
        /// The provider, as trust policies name it.
        provider: String,
    },
    /// Nobody who said who they are.
    Anonymous,
}

impl Principal {
    /// Its account, if it has one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account }
            | Self::User { account, .. }
            | Self::Role { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            Self::Service { .. } | Self::Provided { .. } | Self::Anonymous => None,
        }
    }

    /// Its ARN as denials print it; a service's or a provider's name.
    #[must_use]
    pub fn arn(&self) -> String {
        match self {
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => arn.clone(),
            Self::Role { session, .. } => session.clone(),
            Self::Service { name } => name.clone(),
            Self::Provided { provider } => provider.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// Whether it is a session of a role that is linked to a service.
    #[must_use]
    pub fn service_linked(&self) -> bool {
        matches!(self, Self::Role { service_linked: true, .. })
    }
}

impl Who {
    /// Reads an entry of a kind of principals, `AWS` or `Service` and so on.
    pub(crate) fn read(kind: &str, text: &str) -> Option<Self> {
        let name = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'*');
        match kind {
            "AWS" => Self::aws(text),
            "Service" => (name && text.contains('.')).then(|| Self::Service(text.into())),
            "Federated" => name.then(|| Self::Federated(text.into())),
            "CanonicalUser" => name.then(|| Self::CanonicalUser(text.into())),
            _ => None,
        }
    }

    /// The kind of principals that it stands among.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Everybody | Self::Account(_) | Self::Arn(_) | Self::UniqueId(_) => "AWS",
            Self::Service(_) => "Service",
            Self::Federated(_) => "Federated",
            Self::CanonicalUser(_) => "CanonicalUser",
        }
    }

    /// Reads an entry of `{"AWS": …}`. Wildcards stand for nobody but as the whole.
    pub(crate) fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everybody);
        }
        let twelve = |s: &str| s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit());
        if twelve(text) {
            return Some(Self::Account(text.into()));
        }
        if text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return text.starts_with('A').then(|| Self::UniqueId(text.into()));
        }
        let [_, partition, service, region, account, resource] = super::arn::arn_fields(text)?;
        let partition_fits = partition.starts_with("aws")
            && partition.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !partition_fits || !region.is_empty() || !twelve(account) || text.contains(['*', '?']) {
            return None;
        }
        match (service, resource) {
            ("iam", "root") => Some(Self::Account(account.into())),
            ("iam", r) if r.starts_with("user/") || r.starts_with("role/") => Some(Self::Arn(text.into())),
            ("sts", r) if r.starts_with("assumed-role/") || r.starts_with("federated-user/") => {
                Some(Self::Arn(text.into()))
            }
            _ => None,
        }
    }

    fn means(&self, principal: &Principal, unique_id: Option<&str>) -> Option<Meaning> {
        match (self, principal) {
            (Self::UniqueId(named), Principal::User { .. }) => {
                (unique_id == Some(&**named)).then_some(Meaning::Itself)
            }
            (Self::UniqueId(named), Principal::Role { .. }) => {
                (unique_id == Some(&**named)).then_some(Meaning::Role)
            }
            (Self::Everybody, _) => Some(Meaning::Role),
            (Self::Account(named), Principal::Root { account }) => {
                (**named == **account).then_some(Meaning::Itself)
            }
            (Self::Account(named), _) => (principal.account() == Some(&**named)).then_some(Meaning::Account),
            (Self::Arn(named), Principal::User { arn, .. }) => (**named == **arn).then_some(Meaning::Itself),
            (Self::Arn(named), Principal::FederatedUser { arn, .. }) => {
                (**named == **arn).then_some(Meaning::Session)
            }
            (Self::Arn(named), Principal::Role { role, session, .. }) => {
                if **named == **session {
                    Some(Meaning::Session)
                } else {
                    (**named == **role).then_some(Meaning::Role)
                }
            }
            (Self::Service(named), Principal::Service { name }) => {
                (**named == **name).then_some(Meaning::Itself)
            }
            (Self::Federated(named), Principal::Provided { provider }) => {
                (**named == **provider).then_some(Meaning::Itself)
            }
            _ => None,
        }
    }
}

impl Principals {
    /// `*`.
    pub(crate) fn everybody(at: Position) -> Self {
        Self { negated: false, named: Box::new([Named { who: Who::Everybody, written: "*".into(), at }]) }
    }

    /// How strongly the caller is meant, if at all. NotPrincipal means like everybody.
    pub(crate) fn mean(&self, principal: &Principal, unique_id: Option<&str>) -> Option<Meaning> {
        let named = self.named.iter().filter_map(|n| n.who.means(principal, unique_id)).max();
        if self.negated { named.is_none().then_some(Meaning::Role) } else { named }
    }
}
