//! Management policies: the types whose policies merge along root, organizational units and account into one effective
//! document (policies.md 4 to 6).
//!
//! - [`ManagementDocument`]: a policy's text, admitted as AWS admits it; a [`Refusal`] says where and why not.
//! - [`merge()`], [`Inherited`]: the merge; the second keeps what a node hands down.
//! - [`Effective`]: the merged document, who set what in it, and what is wrong with it.
//! - [`TagPolicy`]: whether tags comply with an effective tag policy.
//!
//! There is one merge, one reader and one set of checks; what differs between the types is data, in `tables`.
//!
//! ```
//! use guildhall_policy::management::{ManagementDocument, Node, PolicyKind, TagPolicy, merge};
//!
//! let company = ManagementDocument::parse(
//!     PolicyKind::Tag,
//!     r#"{"tags": {"Team": {"tag_key": {"@@assign": "Team"}, "tag_value": {"@@assign": ["red", "blue"]}}}}"#,
//! )?;
//! let account = ManagementDocument::parse(
//!     PolicyKind::Tag,
//!     r#"{"tags": {"team": {"tag_value": {"@@append": ["green"]}, "enforced_for": {"@@assign": ["ec2:instance"]}}}}"#,
//! )?;
//! let effective = merge(
//!     PolicyKind::Tag,
//!     &[
//!         Node { id: "r-ab12", policies: &[("p-company00", &company)] },
//!         Node { id: "111122223333", policies: &[("p-account00", &account)] },
//!     ],
//! );
//! assert_eq!(
//!     &*effective.document,
//!     r#"{"tags":{"team":{"enforced_for":["ec2:instance"],"tag_key":"Team","tag_value":["red","blue","green"]}}}"#,
//! );
//! assert!(effective.errors.is_empty());
//!
//! // Who set the key?
//! let key = effective.leaves.iter().find(|leaf| leaf.to_string() == "tags/team/tag_key").unwrap();
//! assert_eq!(&*key.set_by[0].policy, "p-company00");
//!
//! // What does an instance have to carry?
//! let wrong = TagPolicy::parse(&effective.document)?.check("ec2:instance", [("team", "green"), ("Team", "red")]);
//! assert_eq!(wrong.len(), 1, "only the key in the wrong case");
//! assert!(wrong[0].enforced);
//!
//! // What is wrong with a policy?
//! let text = r#"{"tags": {"team": {"tag_value": {"@@assign": "red"}}}}"#;
//! let refused = ManagementDocument::parse(PolicyKind::Tag, text).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "line 1, column 46 (`tags/team/tag_value`): found a string; a list is wanted here",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod always;
mod check;
mod compliance;
mod cron;
mod document;
mod effective;
mod kind;
mod merge;
mod operators;
mod refusal;
mod schema;
mod tables;

pub use always::always_valid;
pub use compliance::{TagPolicy, Violation, Wrong};
pub use document::{ManagementDocument, check_length};
pub use effective::{Effective, ErrorCode, Leaf, LeafValue, ValidationError};
pub use kind::{Limits, PolicyKind};
pub use merge::{Inherited, Node, Source, merge};
pub use refusal::{Answer, Refusal, RefusalKind};
