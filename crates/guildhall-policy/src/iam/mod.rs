//! IAM documents: service control policies, resource control policies, identity, resource and trust policies, and the
//! organization's resource policy. Read with positions, judged, evaluated.
//!
//! - [`Document::parse`] reads a document in the language of its [`DocumentKind`]. A refusal is a [`DocumentError`]:
//!   the rule, line and column, what was found and what would be right, and AWS's own [`Answer`].
//! - [`decide`] decides a [`Request`] as AWS does (policies.md 3), and says why.
//!
//! A key of the request is present, absent or *unknown*. Absence has a meaning that the operators define; what rests
//! on something unknown is [`Outcome::Undecided`], with the answers that are possible and the keys that are needed.

mod arn;
pub mod aws;
mod checks;
mod condition;
mod context;
mod context_keys;
mod decision;
mod document;
mod error;
mod evaluate;
mod explain;
mod grant;
mod keys;
mod malformed;
mod operator;
mod pattern;
mod principal;
mod read;
mod request;
mod services;
pub mod simulate;
mod stored;
pub mod trust;
mod truth;
mod values;

pub use checks::{Check, CheckEffect, Found, checks};
pub use condition::Condition;
pub use context::{Context, Given};
pub use context_keys::{NoPolicy, context_keys};
pub use decision::{
    Applied, Because, Compared, Decision, Exemption, MAX_NEAR, MAX_TOLD, ORGANIZATIONS_DENIAL, Outcome,
    Possible, Reason, Stage,
};
pub use document::{Document, DocumentKind, Effect, Statement, Version};
pub use error::{Answer, DocumentError, DocumentErrorKind, check_length};
pub use evaluate::decide;
pub use keys::{Place, standard_keys};
pub use malformed::{Malformed, Usage, quota_length};
pub use operator::{Comparison, Operator, Order, Quantifier};
pub use principal::{Named, Principal, Principals, Who};
pub use request::{Attached, Level, Path, Policies, Request, Resource};
pub use services::{Operations, RCP_SERVICES};
pub use stored::{stored_form, stored_form_in, with_principals};
pub use truth::Truth;
