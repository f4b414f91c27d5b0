//! What operations of several services need: who may call what, and what policies say to a call.

pub mod access;
pub mod access_key;
pub mod arns;
pub mod authority;
pub mod authorize;
pub mod constraints;
pub mod control;
mod evaluation;
pub mod limits;
pub mod linked_roles;
pub mod managed;
pub mod mfa;
pub mod named;
pub mod organization_roles;
pub mod principal;
pub mod simulation;
pub mod tags;
pub mod throttle;
