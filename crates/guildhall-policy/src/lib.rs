//! The policy languages of AWS Organizations, pure: no clock, no disk, no network, no randomness, nothing async.
//!
//! - [`json`]: a strict JSON reader that knows where everything stands.
//! - [`iam`]: service control, resource control, identity, resource and trust policies, and the organization's resource
//!   policy: read, judged, evaluated, with reasons.
//! - [`management`]: management policies, and how they merge into what an account gets.
//!
//! # A document and what is wrong with it
//!
//! ```
//! use guildhall_policy::iam::{Document, DocumentKind};
//!
//! let refused = Document::parse(
//!     DocumentKind::ServiceControl,
//!     r#"{
//!   "Version": "2012-10-17",
//!   "Statement": [{"Effect": "Deny", "Actions": "s3:*", "Resource": "*"}]
//! }"#,
//! )
//! .unwrap_err();
//! assert_eq!(refused.to_string(), "line 3, column 36: found `Actions`; the member is written `Action`");
//! assert!(refused.sentence().starts_with("The provided policy document does not meet the requirements"));
//! ```
//!
//! # A decision and why
//!
//! ```
//! use guildhall_policy::iam::{
//!     Attached, Context, Document, DocumentKind, Level, Outcome, Policies, Principal, Request, Resource, decide,
//! };
//!
//! let full = Document::full_access(DocumentKind::ServiceControl);
//! let region_lock = Document::parse(
//!     DocumentKind::ServiceControl,
//!     r#"{"Version": "2012-10-17", "Statement": {
//!         "Sid": "OnlyEurope", "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
//!         "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}"#,
//! )?;
//! let admin = Document::full_access(DocumentKind::Identity);
//!
//! let full = Attached { name: "p-FullAWSAccess", document: &full };
//! let lock = Attached { name: "arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-1", document: &region_lock };
//! let root = Level { node: "r-abcd", policies: vec![full, lock] };
//! let account = Level { node: "222222222222", policies: vec![full] };
//! let identity = [Attached { name: "AdministratorAccess", document: &admin }];
//! let policies = Policies { scps: Some(&[&root, &account]), identity: &identity, ..Policies::default() };
//!
//! let user = Principal::User { account: "222222222222".into(), arn: "arn:aws:iam::222222222222:user/ada".into() };
//! let call = Request::new(user, "ec2:RunInstances", Resource::none());
//! let call = call.with(Context::new().one("aws:RequestedRegion", "us-east-1"));
//! let decision = decide(&call, &policies);
//! assert_eq!(decision.outcome, Outcome::ExplicitDeny);
//! assert_eq!(
//!     decision.reasons[0].to_string(),
//!     "service control policy arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-1 at r-abcd \
//!      denies it: statement 1 (OnlyEurope), StringNotEquals aws:RequestedRegion [eu-west-1] with us-east-1: holds",
//! );
//! assert_eq!(
//!     decision.sentence().as_deref(),
//!     Some("User: arn:aws:iam::222222222222:user/ada is not authorized to perform: ec2:RunInstances on resource: * \
//!           with an explicit deny in a service control policy: \
//!           arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-1"),
//! );
//!
//! // What nobody told is not guessed.
//! let call = call.with(Context::partial());
//! let decision = decide(&call, &policies);
//! assert_eq!((decision.outcome, decision.needs), (Outcome::Undecided, vec!["aws:requestedregion"]));
//! # Ok::<(), guildhall_policy::iam::DocumentError>(())
//! ```

/// The examples of the README are tested.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod iam;
pub mod json;
pub mod management;
