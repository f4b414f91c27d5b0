//! What more than one operation needs.

pub mod handshake;
pub mod limits;
pub mod membership;
pub mod resource;
