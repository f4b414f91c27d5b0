//! Guards: tests that fail when something is there whose absence the architecture promises (ARCHITECTURE.md,
//! "Absences").
//!
//! A rule is a plain function over texts that answers what is wrong, one line each, so that each rule is shown to
//! find what it looks for before it is let loose on the workspace. The workspace is read in `tests/`.
//!
//! - [`code`]: Rust source without comments, strings and tests.
//! - [`workspace`]: the workspace's files and what Cargo knows about it.
//! - [`dependencies`], [`purity`], [`shape`], [`documents`], [`citations`]: the rules.

pub mod citations;
pub mod code;
pub mod dependencies;
pub mod documents;
pub mod layers;
pub mod purity;
pub mod shape;
pub mod workspace;
