//! The product, pure: accounts, organizations, handshakes, and one file per API operation.
//!
//! No clock, randomness, I/O or async in here: time and ids are arguments ([`Cx`]), state is read through a
//! [`View`] that notes what it looked at, and changes are data ([`ChangeSet`]).
//!
//! - [`services`]: the services of AWS, a folder each: its table, and one file per operation.
//! - [`operator`]: commands that no AWS call names: expire a handshake, register an account.
//! - [`rules`]: what more than one operation needs.
//! - [`state`]: the records, and how an organization is held in memory.
//! - [`kernel`]: what everything stands on: ids, time, owners, addresses, JSON.
//! - [`call`]: a call: its circumstances, the command that it runs, its input, and pages.
//! - [`check`]: what has to hold over a whole store; [`lint`]: what is wrong with a policy document, for people.

pub mod call;
pub mod check;
pub mod kernel;
pub mod lint;
pub mod operator;
pub mod rules;
pub mod services;
pub mod state;

pub use call::command::{Command, Mode, Reply};
pub use call::cx::{Cx, NOWHERE, Origin, Settings};
pub use kernel::owner::{Owner, Version};
pub use kernel::refusal::{Refusal, ServiceError, Stop};
pub use kernel::time::Timestamp;
pub use operator::errors::ControlError;
pub use services::account::errors::AccountError;
pub use services::organizations::errors::OrganizationsError;
pub use state::change::{Change, ChangeSet, ItemChange, Timer, TimerAction, TimerChange};
pub use state::view::{Loaded, Source, View};
