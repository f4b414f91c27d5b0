//! The command line.

use crate::stand;
use crate::{Refusal, parts};
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Holds Guildhall to its performance numbers.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    what: What,
}

/// What can be measured, and (hidden) the servers that measuring needs.
#[derive(Subcommand)]
enum What {
    /// Every part, one after the other.
    All(Settings),
    /// CPU per read against a bare hyper server that answers the same bytes.
    Reads(Settings),
    /// Durable writes a second against a minimal signed server that commits two rows each.
    Writes(Settings),
    /// One connection: the median write in fdatasyncs of this disk.
    Single(Settings),
    /// The 99th percentile of reads while a writer writes.
    Mixed(Settings),
    /// CPU per request in a large organization against that in one of ten accounts.
    Flat(Settings),
    /// Calls by users and sessions against the root user's, AssumeRole, and accounts with many users.
    Identity(Settings),
    /// CPU per request in a tree of 2,000 units with policies against that in a small one.
    Tree(Settings),
    /// Policy decisions a second, and a policy replayed over a large organization.
    Policy(Settings),
    /// From the start of the process to its first signed answer and first page.
    Start(Settings),
    /// Resident memory, idle and with accounts in use.
    Memory(Settings),
    /// The size of the stripped program.
    Size(Settings),
    /// The ceiling of durable writes, with Guildhall's own command line (see `--program self`).
    #[command(hide = true)]
    Serve(ServeOptions),
    /// Prepares the store of the ceiling of durable writes.
    #[command(hide = true)]
    BenchFill(FillOptions),
    /// The bare server: one recorded answer to every request.
    #[command(hide = true)]
    Recorded(RecordedOptions),
}

/// Settings of every part.
#[derive(Args, Clone)]
pub(crate) struct Settings {
    /// The server to measure instead of a fresh release build; `self` measures the ceiling in its place.
    #[arg(long)]
    pub(crate) program: Option<PathBuf>,
    /// Where the stores are put; it has to be a real disk. Default: the system's temporary directory.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Repetitions; every number is a median of so many. Many short ones suit a noisy machine best.
    #[arg(long, default_value_t = 15)]
    pub(crate) reps: usize,
    /// Seconds of one repetition of one target.
    #[arg(long, default_value_t = 0.5)]
    pub(crate) seconds: f64,
    /// Accounts of the organization that is read and written.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) accounts: u64,
    /// Accounts of the large organization.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) large: u64,
    /// Invite account ids or e-mail addresses.
    #[arg(long, value_enum, default_value_t = InviteBy::Account)]
    pub(crate) invite_by: InviteBy,
    /// Servers on the first processor, the client on the last one.
    #[arg(long)]
    pub(crate) pin: bool,
    /// Exit with 1 when a demand is missed.
    #[arg(long)]
    pub(crate) check: bool,
}

/// How an invitation names whom it invites.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InviteBy {
    /// By account id.
    Account,
    /// By e-mail address.
    Email,
}

/// The part of `guildhall serve` that the ceiling understands.
#[derive(Args)]
pub(crate) struct ServeOptions {
    /// Address to listen on.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The store's directory.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Taken for the sake of the same command line, and not read.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// What COMMIT waits for.
    #[arg(long, default_value = "FULL")]
    pub(crate) synchronous: String,
}

/// `guildhall bench-fill`.
#[derive(Args)]
pub(crate) struct FillOptions {
    /// The store's directory.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// The account that manages the organization.
    #[arg(long)]
    pub(crate) management: String,
    /// How many accounts, counting up from 200000000000.
    #[arg(long)]
    pub(crate) accounts: u32,
    /// How many open invitations, to accounts counting up from 800000000000.
    #[arg(long)]
    pub(crate) invitations: u32,
}

/// The bare server.
#[derive(Args)]
pub(crate) struct RecordedOptions {
    /// Address to listen on.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// The recorded answer, see [`stand::recorded::Answer`].
    #[arg(long)]
    pub(crate) answer: PathBuf,
}

impl Cli {
    /// Does what was asked for.
    pub(crate) fn run(self) -> Result<ExitCode, Refusal> {
        use parts::Part;
        let (settings, parts): (Settings, &[Part]) = match self.what {
            What::Serve(o) => return stand::durable::serve(&o).map(|()| ExitCode::SUCCESS),
            What::BenchFill(o) => return stand::store::fill(&o).map(|()| ExitCode::SUCCESS),
            What::Recorded(o) => return stand::recorded::serve(&o).map(|()| ExitCode::SUCCESS),
            What::All(s) => (s, Part::ALL),
            What::Reads(s) => (s, &[Part::Reads]),
            What::Writes(s) => (s, &[Part::Writes]),
            What::Single(s) => (s, &[Part::Single]),
            What::Mixed(s) => (s, &[Part::Mixed]),
            What::Flat(s) => (s, &[Part::Flat]),
            What::Identity(s) => (s, &[Part::Identity]),
            What::Tree(s) => (s, &[Part::Tree]),
            What::Policy(s) => (s, &[Part::Policy]),
            What::Start(s) => (s, &[Part::Start]),
            What::Memory(s) => (s, &[Part::Memory]),
            What::Size(s) => (s, &[Part::Size]),
        };
        parts::run(settings, parts)
    }
}
