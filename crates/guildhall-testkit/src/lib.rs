//! For development only: what tests of more than one crate need.
//!
//! - [`world`]: the pure product without an engine and without a store; it checks after every command what has to
//!   hold.
//! - [`calls`]: calls on an engine, in a few words.
//! - [`iam_lab`]: accounts in a world, for stories of IAM.
//! - [`faulty`]: a store that does not do as it is told. [`machine`]: clocks that a test sets.
//! - [`script`]: a notation for stories, one action a line, played in a world.
//! - [`simulator`]: random commands on several engines over one store that fails.
//! - [`sdk`]: the AWS SDK for Rust on a server without a socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has to fail"
)]

pub mod calls;
mod command;
mod derived;
pub mod faulty;
pub mod iam_lab;
pub mod machine;
pub mod script;
pub mod sdk;
mod sentence;
pub mod simulator;
pub mod world;

pub use command::{account_command, account_operations, command, command_of, operations};
pub use sentence::Sentence;
pub use world::World;
