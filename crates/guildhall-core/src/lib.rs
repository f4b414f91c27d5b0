//! The product, pure: accounts, organizations, handshakes, and one file per API operation.
//!
//! No clock, randomness, I/O or async in here: time and ids are arguments ([`Cx`]), state is read through a
//! [`View`] that notes what it looked at, and changes are data ([`ChangeSet`]).
//!
//! - [`ops`]: the operations of the AWS API, one file each, and the table that lists them.
//! - [`account_management`]: the operations of the Account Management API, in a table of their own.
//! - [`internal`]: commands that no AWS call names: expire a handshake, register an account.
//! - [`rules`]: what more than one operation needs.
//! - [`lint`]: what is wrong with a policy document, for people.
//! - [`owner`], [`item`], [`aggregate`]: how state is cut up, stored and held in memory.

pub mod access;
pub mod account;
pub mod account_management;
pub mod address;
pub mod aggregate;
pub mod change;
pub mod check;
pub mod command;
pub mod creation;
pub mod cx;
pub mod error;
pub mod handshake;
pub mod ids;
pub mod inbox;
pub mod input;
pub mod internal;
pub mod item;
pub mod json;
pub mod lint;
pub mod mail;
pub mod ops;
pub mod org;
pub mod owner;
pub mod page;
pub mod policy;
pub mod profile;
pub mod regions;
pub mod rules;
pub mod tag;
pub mod time;
pub mod transfer;
pub mod view;

pub use account_management::error::AccountError;
pub use change::{Change, ChangeSet, ItemChange, Timer, TimerAction, TimerChange};
pub use command::{Command, Mode, Reply};
pub use cx::{Cx, NOWHERE, Origin, Settings};
pub use error::{ApiError, ControlError, Failure, Stop};
pub use owner::{Owner, Version};
pub use time::Timestamp;
pub use view::{Loaded, Source, View};
