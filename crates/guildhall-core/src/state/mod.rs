//! The records that owners consist of, how an owner is held in memory, and how commands read and change it.

pub mod account;
pub mod address;
pub mod aggregate;
pub mod alias;
pub mod change;
pub mod creation;
pub mod handshake;
pub mod holds;
pub mod iam;
pub mod inbox;
pub mod item;
pub mod limits;
pub mod mail;
pub mod org;
pub mod policy;
pub mod profile;
pub mod regions;
pub mod sealed;
pub mod tag;
pub mod timer;
pub mod transfer;
pub mod view;
