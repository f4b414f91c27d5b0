//! What operations of several services need.

pub mod access;
pub mod control;
pub mod grant;
pub mod simulation;
pub mod throttle;
