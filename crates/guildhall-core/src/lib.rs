//! The product, pure: accounts, organizations, handshakes, and one file per API operation.
//!
//! No clock, randomness, I/O or async in here: time and ids are arguments ([`Cx`]), state is read through a
//! [`View`] that notes what it looked at, and changes are data ([`ChangeSet`]).
//!
//! From the top down; each uses only those below it:
//!
//! - [`operator`]: commands that AWS does not have, such as registering an account, and what timers run.
//! - [`services`]: the services of AWS, a folder each: its table, its errors, its own rules, and one file per
//!   operation.
//! - [`rules`]: what operations of several services need.
//! - [`call`]: what a command is, what it is told of its circumstances, and the pages of lists.
//! - [`state`]: the records, how they are held in memory, read and changed.
//! - [`kernel`]: what knows no record and no service: ids, time, owners, addresses, refusals, JSON, values
//!   that are not to be written down.
//!
//! Above all of them, [`check`] says what has to hold over a whole store, and [`lint`] tells people what is wrong
//! with a policy document.

pub mod call;
pub mod check;
pub mod kernel;
pub mod lint;
pub mod operator;
pub mod rules;
pub mod services;
pub mod state;

pub use call::command::{Command, Mode, Reply};
pub use call::cx::{Cx, Origin, Settings};
pub use kernel::owner::{Owner, Version};
pub use kernel::refusal::{Refusal, ServiceError, Stop, Work};
pub use kernel::time::Timestamp;
pub use operator::errors::ControlError;
pub use services::account::errors::AccountError;
pub use services::organizations::errors::OrganizationsError;
pub use state::change::{Change, ChangeSet, ItemChange, TimerChange};
pub use state::timer::{Timer, TimerAction};
pub use state::view::{Loaded, Source, View};
