//! The demands, one file per group of them.

mod flat;
mod identity;
mod memory;
mod mixed;
mod policy;
mod reads;
mod single;
mod size;
mod start;
mod tree;
mod writes;

use crate::client::load::{Load, Pace, Sample, measure};
use crate::client::requests::{Operation, World};
use crate::options::Settings;
use crate::report::{Section, median};
use crate::target::{Lab, Process, Target};
use crate::{Refusal, disk, procfs, program};
use std::process::ExitCode;

/// Accounts on a page.
const PAGE: usize = 20;

/// Open invitations of every organization that is read.
const INVITATIONS: u64 = 100;

/// Connections of a reading client whose server's CPU is read. With one request in flight every request wakes the
/// server once, so that the same work is done for each. With more, how many a waking finds is chance, and the chance
/// moves the number by half.
const ONE: usize = 1;

/// Connections that keep a server busy.
const MANY: usize = 64;

/// The load average up to which a machine is quiet.
const QUIET: f64 = 1.0;

/// Requests of a batch that is replayed.
const BATCH: usize = 20_000;

/// A part of the benchmark.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// See [`reads`].
    Reads,
    /// See [`writes`].
    Writes,
    /// See [`single`].
    Single,
    /// See [`mixed`].
    Mixed,
    /// See [`flat`].
    Flat,
    /// See [`identity`].
    Identity,
    /// See [`tree`].
    Tree,
    /// See [`policy`].
    Policy,
    /// See [`start`].
    Start,
    /// See [`memory`].
    Memory,
    /// See [`size`].
    Size,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: &[Self] = &[
        Self::Size,
        Self::Start,
        Self::Memory,
        Self::Reads,
        Self::Writes,
        Self::Single,
        Self::Mixed,
        Self::Flat,
        Self::Identity,
        Self::Tree,
        Self::Policy,
    ];

    fn run(self, lab: &Lab) -> Result<Section, Refusal> {
        match self {
            Self::Reads => reads::run(lab),
            Self::Writes => writes::run(lab),
            Self::Single => single::run(lab),
            Self::Mixed => mixed::run(lab),
            Self::Flat => flat::run(lab),
            Self::Identity => identity::run(lab),
            Self::Tree => tree::run(lab),
            Self::Policy => policy::run(lab),
            Self::Start => start::run(lab),
            Self::Memory => memory::run(lab),
            Self::Size => size::run(lab),
        }
    }
}

/// Runs the parts and prints their tables. A part that fails is reported and counts as missed.
pub(crate) fn run(settings: Settings, parts: &[Part]) -> Result<ExitCode, Refusal> {
    let (check, reps, seconds) = (settings.check, settings.reps, settings.seconds);
    let load = procfs::load();
    let program = program::find(settings.program.as_deref())?;
    let lab = Lab::new(settings, program)?;
    println!("# Guildhall's performance\n");
    if load > QUIET {
        println!(
            "**The machine was not quiet** (load average {load:.1} before the start): do not quote these.\n"
        );
    }
    println!(
        "{}; a small append with fdatasync takes {:.0} µs on this disk. {reps} repetitions of {seconds} s, targets in \
         turn. A ratio is the median of the ratios of neighbouring measurements, so that a slow second of the machine \
         falls on both sides; every other number is a median. CPU is the server's own per request, in user and kernel \
         mode, from /proc.\n",
        procfs::machine(),
        disk::fdatasync_us(lab.dir(), disk::Place::End, 300)?
    );
    let (mut met, mut missed, mut failed) = (0, 0, 0);
    for part in parts {
        match part.run(&lab) {
            Ok(section) => {
                met += section.rows.iter().filter(|row| row.met() == Some(true)).count();
                missed += section.rows.iter().filter(|row| row.met() == Some(false)).count();
                println!("{section}");
            }
            Err(failure) => {
                failed += 1;
                println!("**Not measured:** {failure}\n");
            }
        }
    }
    println!("{met} demands met, {missed} missed, {failed} parts not measured.");
    Ok(match (failed, missed) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) if !check => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Says on standard error what is being done.
fn progress(what: &str) {
    eprintln!("· {what}");
}

/// A server with what its requests have to know.
struct Subject {
    process: Process,
    world: World,
}

impl Subject {
    /// Looks at a server that holds an organization of `accounts` members.
    fn new(lab: &Lab, process: Process, accounts: u64, page: usize) -> Result<Self, Refusal> {
        let world = World::look(process.at, accounts, page, lab.settings.invite_by)?;
        Ok(Self { process, world })
    }

    /// Starts a server on a new store with the usual organization.
    fn usual(lab: &Lab, target: Target) -> Result<Self, Refusal> {
        let accounts = lab.settings.accounts;
        Self::new(lab, lab.serve_filled(target, accounts, INVITATIONS)?, accounts, PAGE)
    }

    /// Signs `count` requests now and measures them.
    fn measure(&mut self, operation: Operation, count: usize, load: Load) -> Result<Sample, Refusal> {
        let requests = self.world.sign(operation, count);
        measure(self.world.at(), self.process.pid(), requests, load)
            .map_err(|e| format!("{}: {e} (see also --invite-by)", operation.label()).into())
    }

    /// Measures a read on the usual connections, as fast as it goes.
    fn measure_read(&mut self, operation: Operation, seconds: f64) -> Result<Sample, Refusal> {
        self.measure(operation, BATCH, Load { connections: ONE, seconds, pace: Pace::Again })
    }

    /// Measures `count` writes on `connections`, each sent once.
    fn measure_writes(
        &mut self,
        operation: Operation,
        count: usize,
        connections: usize,
    ) -> Result<Sample, Refusal> {
        self.measure(operation, count, Load { connections, seconds: 60.0, pace: Pace::Once })
    }
}

/// Measurements of two things, taken in turn.
struct Pairs(Vec<(Sample, Sample)>);

impl Pairs {
    /// Takes the two in turn, once more than asked for: the first pair warms up and is thrown away.
    fn take(lab: &Lab, mut both: impl FnMut() -> Result<(Sample, Sample), Refusal>) -> Result<Self, Refusal> {
        both()?;
        (0..lab.settings.reps).map(|_| both()).collect::<Result<_, _>>().map(Self)
    }

    /// The median of a number of the first over that of the second, neighbours by neighbours.
    fn ratio(&self, number: impl Fn(&Sample) -> f64) -> f64 {
        median(self.0.iter().map(|(first, second)| number(first) / number(second)).collect())
    }

    /// The median of a number of the first.
    fn first(&self, number: impl Fn(&Sample) -> f64) -> f64 {
        median(self.0.iter().map(|pair| number(&pair.0)).collect())
    }

    /// The median of a number of the second.
    fn second(&self, number: impl Fn(&Sample) -> f64) -> f64 {
        median(self.0.iter().map(|pair| number(&pair.1)).collect())
    }
}
