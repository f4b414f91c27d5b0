//! The program: `guildhall serve`, and commands that talk to a server or work on its data (control-api.md).

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

mod check;
mod cli;
mod client;
mod commands;
mod config;
mod explain;
mod fill;
mod key_file;
mod keys;
mod policy;
mod profiles;
mod serve;

use cli::{Cli, Command};

/// Why the program ends without having done it.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// It was told something that cannot be: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// It did not work: exit code 1.
    #[error("{0}")]
    Run(String),
    /// It was done, and what was found on standard output is no good: exit code 1.
    #[error("")]
    Found,
}

impl Failed {
    fn run(e: impl std::fmt::Display) -> Self {
        Self::Run(e.to_string())
    }
}

/// `SIGXFSZ`, where this program runs: Linux and macOS, on x86 and ARM.
const FILE_SIZE: i32 = 25;

/// A file that outgrows a limit on its size (`ulimit -f`) is to be an error of whoever writes it, as on a full disk, and
/// not the end of the process: its signal is handled from here on, by a handler that does nothing.
fn outlive_file_size_limit() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _context = runtime.enter();
    signal(SignalKind::from_raw(FILE_SIZE)).map(|_| ())
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Err(e) = outlive_file_size_limit() {
        say(&mut std::io::stderr(), &format!("guildhall: cannot handle signals: {e}"));
        return ExitCode::from(1);
    }
    let outcome = match command {
        Command::Serve(flags) => serve::run(&flags),
        Command::Account(command) => commands::account(command),
        Command::Key(command) => keys::run(command),
        Command::Env(flags) => commands::env(&flags),
        Command::Profiles(flags) => profiles::run(&flags),
        Command::Clock(command) => commands::clock(command),
        Command::Mail(command) => commands::mail(command),
        Command::Explain(flags) => explain::explain(&flags.server, &flags.id),
        Command::Policy(command) => policy::run(&command),
        Command::Check(state) => check::run(&state),
        Command::Backup(flags) => commands::backup(&flags),
        Command::Restore(flags) => commands::restore(&flags),
        Command::BenchFill(flags) => fill::run(&flags),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed::Found) => ExitCode::from(1),
        Err(failed) => {
            say(&mut std::io::stderr(), &format!("guildhall: {failed}"));
            ExitCode::from(if matches!(failed, Failed::Usage(_)) { 2 } else { 1 })
        }
    }
}

/// Writes a line. Whoever closed the pipe does not want it.
fn say(to: &mut dyn std::io::Write, line: &str) {
    let _ = writeln!(to, "{line}");
    let _ = to.flush();
}

/// Writes a line to standard output.
fn print(line: &str) {
    say(&mut std::io::stdout(), line);
}
