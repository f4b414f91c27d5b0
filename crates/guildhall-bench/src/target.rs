//! Servers as child processes.

use crate::Refusal;
use crate::client::requests::MANAGEMENT;
use crate::options::Settings;
use crate::stand::recorded::Answer;
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Quotas that would otherwise be measured instead of the work.
const CONFIG: &str =
    "[quotas]\naccounts = 1000000\ninvitations_per_day = 1000000\nusers = 1000000\nroles = 1000000\n";

/// How long a server may take to answer or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Dropped, it is stopped.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) at: SocketAddr,
    /// When it was started.
    pub(crate) started: Instant,
}

impl Process {
    /// Starts a server and waits for the first line on its standard output, `… listening on http://HOST:PORT`.
    fn start(mut command: Command, log: &Path) -> Result<Self, Refusal> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let started = Instant::now();
        let mut child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let (send, first_line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = output.read_line(&mut line);
            let _ = send.send(line);
            let _ = std::io::copy(&mut output, &mut std::io::sink());
        });
        let line = first_line.recv_timeout(PATIENCE).unwrap_or_default();
        let address =
            line.trim().rsplit_once("http://").and_then(|(_, at)| at.trim_end_matches('/').parse().ok());
        let Some(at) = address else {
            let _ = child.kill();
            let said = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("{command:?} did not start: {line}{said}").into());
        };
        Ok(Self { child, at, started })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<(), Refusal> {
        self.terminate().then_some(()).ok_or_else(|| "a server had to be killed".into())
    }

    fn terminate(&mut self) -> bool {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(_)) => return true,
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
        }
    }
}

/// Which program serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// The program under test.
    Guildhall,
    /// The ceiling of durable writes.
    Ceiling,
}

/// Where servers are started: the programs and one temporary directory for all their stores.
pub(crate) struct Lab {
    /// What was asked for.
    pub(crate) settings: Settings,
    /// The program under test.
    pub(crate) program: PathBuf,
    own_program: PathBuf,
    dir: tempfile::TempDir,
    directories: Cell<u32>,
    /// The first and the last processor, when each side is kept to its own.
    pins: Option<(usize, usize)>,
}

impl Lab {
    /// A lab for one run.
    pub(crate) fn new(settings: Settings, program: PathBuf) -> Result<Self, Refusal> {
        let parent = settings.dir.clone().unwrap_or_else(std::env::temp_dir);
        let dir = tempfile::Builder::new().prefix("guildhall-bench-").tempdir_in(parent)?;
        fs::write(dir.path().join("config.toml"), CONFIG)?;
        let pins = if settings.pin { processors()? } else { None };
        let own_program = std::env::current_exe()?;
        let lab = Self { settings, program, own_program, dir, directories: Cell::new(0), pins };
        lab.pin(Side::Client)?;
        Ok(lab)
    }

    /// The directory of everything.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path for one more store.
    pub(crate) fn fresh_store(&self) -> PathBuf {
        self.directories.set(self.directories.get() + 1);
        self.dir().join(format!("store-{}", self.directories.get()))
    }

    /// A store that holds one organization.
    pub(crate) fn filled_store(
        &self,
        target: Target,
        accounts: u64,
        invitations: u64,
    ) -> Result<PathBuf, Refusal> {
        let store = self.fresh_store();
        let mut command = Command::new(self.program_of(target));
        command.args(["bench-fill", "--management", MANAGEMENT]).arg("--data").arg(&store);
        command.args(["--accounts", &accounts.to_string(), "--invitations", &invitations.to_string()]);
        let output = command.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(store)
    }

    /// Starts a server on a store.
    pub(crate) fn serve(&self, target: Target, store: &Path) -> Result<Process, Refusal> {
        let mut command = Command::new(self.program_of(target));
        command.args(["serve", "--listen", "127.0.0.1:0"]).arg("--data").arg(store);
        command.arg("--config").arg(self.dir().join("config.toml"));
        self.start(command)
    }

    /// Starts a server on a new store that holds one organization.
    pub(crate) fn serve_filled(
        &self,
        target: Target,
        accounts: u64,
        invitations: u64,
    ) -> Result<Process, Refusal> {
        self.serve(target, &self.filled_store(target, accounts, invitations)?)
    }

    /// Starts the bare server that gives one answer.
    pub(crate) fn serve_recorded(&self, answer: &Answer) -> Result<Process, Refusal> {
        let file = self.dir().join("answer.json");
        fs::write(&file, serde_json::to_vec(answer)?)?;
        let mut command = Command::new(&self.own_program);
        command.args(["recorded", "--listen", "127.0.0.1:0", "--answer"]).arg(&file);
        self.start(command)
    }

    fn program_of(&self, target: Target) -> &Path {
        match target {
            Target::Guildhall => &self.program,
            Target::Ceiling => &self.own_program,
        }
    }

    fn start(&self, command: Command) -> Result<Process, Refusal> {
        // A child inherits where its parent may run.
        self.pin(Side::Server)?;
        let process = Process::start(command, &self.dir().join("stderr.log"));
        self.pin(Side::Client)?;
        process
    }

    /// Moves this thread, and what it starts from now on, to one side's processor.
    fn pin(&self, side: Side) -> Result<(), Refusal> {
        if let Some((first, last)) = self.pins {
            let mut processors = CpuSet::new();
            processors.set(match side {
                Side::Server => first,
                Side::Client => last,
            });
            sched_setaffinity(None, &processors)?;
        }
        Ok(())
    }
}

/// Who runs.
enum Side {
    Server,
    Client,
}

/// The first and the last processor that this process may use, where there are two.
fn processors() -> Result<Option<(usize, usize)>, Refusal> {
    let allowed = sched_getaffinity(None)?;
    let mut numbers = (0..CpuSet::MAX_CPU).filter(|&n| allowed.is_set(n));
    Ok(numbers.next().zip(numbers.next_back()))
}
