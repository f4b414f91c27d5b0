//! Guards: tests that fail when the code has something that it is promised not to have (ARCHITECTURE.md, "Absences"),
//! or when a document says what is not so.
//!
//! A rule is a plain function over texts that answers what is wrong, one line each, so that each rule is shown to
//! find what it looks for before the workspace is held to it. The workspace is read in `tests/`.
//!
//! - [`code`]: Rust source without comments, strings and tests.
//! - [`workspace`]: the workspace's files and what Cargo knows about it.
//! - [`dependencies`], [`layers`], [`purity`], [`shape`], [`documents`], [`citations`]: the rules.

pub mod citations;
pub mod code;
pub mod dependencies;
pub mod documents;
pub mod layers;
pub mod purity;
pub mod shape;
pub mod workspace;
