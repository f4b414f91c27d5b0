//! Why a command has no answer. What any service may have to say is here, and each service tells it in its own words;
//! the rest are errors of its own, in the closed enum beside its table.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::kernel::evaluation::Evaluation;
use crate::kernel::ids::{AccountId, BadId, OrgId};
use crate::kernel::owner::Owner;

/// Why a command did not produce its answer.
#[derive(Debug)]
pub enum Stop {
    /// These owners, at least one, have to be loaded first; then the command runs again.
    Missing(Vec<Owner>),
    /// This has to be done first, where nobody waits for it but who called; then the command runs again.
    Slow(Work),
    /// The command is refused and changes nothing.
    Refused(Refusal),
    /// The command is refused, and what it changed so far is kept (observed.md 13).
    RefusedAfterChange(Refusal),
}

/// Work that takes longer than other commands should wait. What it makes is kept by the command that asked for it.
pub struct Work(Box<dyn FnOnce() + Send>);

impl Work {
    /// Work to do.
    pub fn new(work: impl FnOnce() + Send + 'static) -> Self {
        Self(Box::new(work))
    }

    /// Does it.
    pub fn run(self) {
        (self.0)();
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The caller may not: its account is suspended, or is not one that may call the operation.
    AccessDenied,
    /// A policy denies it, or none allows it.
    DeniedByPolicy(Box<Denial>),
    /// The credentials are of a user or a role that is gone.
    UnknownPrincipal,
    /// The session that signed is over.
    ExpiredSession,
    /// Two writers got in each other's way to the end.
    ConcurrentModification,
    /// Too much at once.
    TooManyRequests,
    /// The caller's partition does not have the operation (accounts.md 1.7).
    NotOffered,
    /// The caller's account is in no organization.
    NotInOrganization,
    /// There is no such account as the caller. A lab's server brings it into being.
    UnknownCaller(AccountId),
    /// A fault of ours.
    Internal,
    /// An error of one service's own.
    Own(Arc<dyn ServiceError>),
}

/// A call that policies do not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The action, as in `iam:CreateUser`. It may be another one than the call's own.
    pub action: Box<str>,
    /// Who may not do what: the first half of IAM's sentence.
    pub what: Box<str>,
    /// Which policy denies it, or which should allow it: its second half.
    pub why: Box<str>,
    /// Whether it is the resource's owner who does not let the caller in.
    pub by_owner: bool,
    /// The organization that the caller's account was in.
    pub org: Option<OrgId>,
    /// Everything that was asked.
    pub evaluation: Evaluation,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.why)
    }
}

/// An error of one service's own: a variant of its closed enum.
pub trait ServiceError: Any + fmt::Debug + Send + Sync {
    /// The service's name, as its table has it.
    fn service(&self) -> &'static str;

    /// What the client is told.
    fn answer(&self) -> ErrorAnswer;
}

/// What a client is told of a refusal; its envelope gives it its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// The error's code: the shape's name in the service model. None for what AWS answers without one.
    pub code: Option<&'static str>,
    /// The HTTP status.
    pub status: u16,
    /// The sentence for people.
    pub message: Cow<'static, str>,
    /// The member `Reason`, for the errors that have one.
    pub reason: Option<Cow<'static, str>>,
    /// The member that is wrong.
    pub field: Option<Box<WrongField>>,
}

/// The member that a refusal is about, where a service names it beside the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongField {
    /// The member.
    pub name: &'static str,
    /// The rule that it breaks.
    pub rule: Cow<'static, str>,
    /// The word for what happened.
    pub reason: &'static str,
}

impl Refusal {
    /// The error, if it is one of this service's own.
    pub fn own<E: ServiceError>(&self) -> Option<&E> {
        match self {
            Self::Own(error) => (&**error as &dyn Any).downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "the caller may not do this",
            Self::DeniedByPolicy(denial) => return denial.fmt(f),
            Self::UnknownPrincipal => "the user or role that signed is gone",
            Self::ExpiredSession => "the session that signed is over",
            Self::ConcurrentModification => "others wrote at the same time, again and again",
            Self::TooManyRequests => "too much at once",
            Self::NotOffered => "the partition does not have the operation",
            Self::NotInOrganization => "the account is in no organization",
            Self::UnknownCaller(id) => return write!(f, "there is no account {id}"),
            Self::Internal => "something is wrong with the state; the log says what",
            Self::Own(error) => return f.write_str(&error.answer().message),
        })
    }
}

impl std::error::Error for Refusal {}

impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::DeniedByPolicy(a), Self::DeniedByPolicy(b)) => a == b,
            (Self::UnknownCaller(a), Self::UnknownCaller(b)) => a == b,
            (Self::Own(a), Self::Own(b)) => a.service() == b.service() && a.answer() == b.answer(),
            _ => {
                std::mem::discriminant(self) == std::mem::discriminant(other) && !matches!(self, Self::Own(_))
            }
        }
    }
}

impl Eq for Refusal {}

impl<E: ServiceError> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Own(Arc::new(error))
    }
}

impl<E: ServiceError> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<BadId> for Stop {
    fn from(_: BadId) -> Self {
        Self::Refused(Refusal::Internal)
    }
}
