//! The records that owners consist of, and how an organization is held in memory.

pub mod account;
pub mod aggregate;
pub mod change;
pub mod creation;
pub mod handshake;
pub mod inbox;
pub mod item;
pub mod limits;
pub mod mail;
pub mod org;
pub mod policy;
pub mod profile;
pub mod regions;
pub mod tag;
pub mod transfer;
pub mod view;
