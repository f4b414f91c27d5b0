//! What more than one operation of Organizations needs.

pub mod closure;
pub mod creation;
pub mod features;
pub mod handshake;
pub mod invitation;
pub mod membership;
pub mod policy;
pub mod resource;
pub mod services;
pub mod transfer;
pub mod tree;
pub mod verification;
