//! What operations of several services need: who may call what, and what policies say to a call.

pub mod access;
pub mod control;
pub mod grant;
pub mod simulation;
pub mod throttle;
