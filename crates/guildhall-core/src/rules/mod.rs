//! What more than one operation needs.

pub mod closure;
pub mod control;
pub mod creation;
pub mod features;
pub mod grant;
pub mod handshake;
pub mod invitation;
pub mod limits;
pub mod membership;
pub mod policy;
pub mod resource;
pub mod services;
pub mod simulation;
pub mod throttle;
pub mod transfer;
pub mod tree;
pub mod verification;
