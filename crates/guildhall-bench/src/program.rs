//! Where the program under test comes from.

use crate::Refusal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program to measure: what was named, this very program for `self`, or a fresh release build.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, Refusal> {
    match named {
        Some(path) if path.as_os_str() == "self" => Ok(std::env::current_exe()?),
        Some(path) => Ok(path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?),
        None => build(),
    }
}

/// Builds the release program and asks cargo where it put it.
fn build() -> Result<PathBuf, Refusal> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "-p", "guildhall", "--message-format", "json-render-diagnostics"]);
    // `cargo run` says where the package is; started by hand, the working directory has to be in the workspace.
    if let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR") {
        command.current_dir(package);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the release build of guildhall failed; --program names a built one".into());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "guildhall").then_some(())?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    executable.ok_or_else(|| "cargo built no executable called guildhall".into())
}
