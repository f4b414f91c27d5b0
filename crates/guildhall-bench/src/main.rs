//! Holds Guildhall to its performance numbers.
//!
//! ```text
//! cargo run --release -p guildhall-bench -- all
//! ```
//!
//! builds the release program, starts it on loopback beside the servers it is compared with, measures them
//! in turn and prints Markdown tables: measured, demanded, met or missed. The parts can be run alone.
//!
//! - [`client`]: signs requests before the clock starts and replays them over raw sockets.
//! - [`stand`]: the servers to compare with. They are this same program, started as a child.
//! - [`parts`]: one file per group of demands.
//! - [`target`], [`program`], [`procfs`], [`disk`]: processes, where the program is, what the kernel says.
//! - [`report`]: medians, verdicts and tables.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a development tool: whatever it did not expect has to stop it"
)]

mod client;
mod disk;
mod options;
mod parts;
mod procfs;
mod program;
mod report;
mod stand;
mod target;

use clap::Parser as _;
use std::process::ExitCode;

/// Whatever ends a run early.
type Refusal = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match options::Cli::parse().run() {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("guildhall-bench: {failure}");
            ExitCode::from(2)
        }
    }
}
