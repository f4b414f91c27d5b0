//! The workspace: its files, and what Cargo knows about it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::code::{Source, test_modules};

/// Crates that only development uses: the program is not built from them.
pub const DEVELOPMENT: [&str; 3] = ["guildhall-bench", "guildhall-guards", "guildhall-testkit"];

/// Names that hold nothing of ours; `.git` is a file where the workspace is a worktree of another one.
pub const SKIPPED: [&str; 6] = [".git", ".cache", "target", "__pycache__", ".pytest_cache", "node_modules"];

/// A crate of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its directory.
    pub directory: PathBuf,
    /// Its manifest, as text.
    pub manifest: String,
    /// The crates it names as dependencies for its normal build, its build script included.
    pub needs: Vec<String>,
}

impl Package {
    /// Whether the program may be built from it.
    pub fn is_product(&self) -> bool {
        !DEVELOPMENT.contains(&self.name.as_str())
    }
}

/// A file that is text.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Where it is, below the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The workspace's directory.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn cargo(arguments: &[&str]) -> Result<String, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    if done.status.success() {
        String::from_utf8(done.stdout).map_err(|e| format!("cargo: {e}"))
    } else {
        Err(format!("cargo {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr)))
    }
}

/// Every crate of the workspace.
pub fn packages() -> Result<Vec<Package>, String> {
    let text = cargo(&["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: Value = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let word =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut packages = Vec::new();
    for package in list(&metadata, "packages") {
        let manifest = PathBuf::from(word(&package, "manifest_path"));
        let needs = list(&package, "dependencies")
            .iter()
            .filter(|d| word(d, "kind") != "dev")
            .map(|d| word(d, "name"))
            .collect();
        packages.push(Package {
            name: word(&package, "name"),
            directory: manifest.parent().map(Path::to_owned).unwrap_or_default(),
            manifest: read(&manifest)?,
            needs,
        });
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

/// The crates that go into a crate when it is built alone for this machine, as `name version|licence`, itself
/// included. `edges` as `cargo tree` takes them.
pub fn tree(package: Option<&str>, edges: &str) -> Result<Vec<String>, String> {
    let mut arguments =
        vec!["tree", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}", "--edges", edges];
    match package {
        Some(name) => arguments.extend(["--package", name]),
        None => arguments.push("--workspace"),
    }
    let text = cargo(&arguments)?;
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let mut words = package.split_whitespace();
            Some(format!("{} {}|{licence}", words.next()?, words.next()?))
        })
        .collect();
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// The names in a [`tree`].
pub fn names(tree: &[String]) -> Vec<&str> {
    tree.iter().filter_map(|line| line.split_whitespace().next()).collect()
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("{}: {e}", directory.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(wrong)? {
        entries.push(entry.map_err(wrong)?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if SKIPPED.contains(&entry.file_name().to_string_lossy().as_ref()) {
            continue;
        }
        let kind = entry.file_type().map_err(wrong)?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

/// Every text file of the workspace.
pub fn texts() -> Result<Vec<TextFile>, String> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths)?;
    // What is no text has no words.
    Ok(paths
        .iter()
        .filter_map(|path| Some(TextFile { path: relative(path), text: std::fs::read_to_string(path).ok()? }))
        .collect())
}

/// One file of the workspace.
pub fn text(path: &str) -> Result<String, String> {
    read(&root().join(path))
}

/// What a crate is built from: everything below its `src`, without files that are tests.
pub fn sources(package: &Package) -> Result<Vec<Source>, String> {
    let directory = package.directory.join("src");
    let mut paths = Vec::new();
    walk(&directory, &mut paths)?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "rs"));
    let mut tests = Vec::new();
    let mut all = Vec::new();
    for path in paths {
        let text = read(&path)?;
        let folder = match path.file_stem().and_then(|s| s.to_str()) {
            Some("lib" | "main" | "mod") | None => path.parent().map(Path::to_owned).unwrap_or_default(),
            Some(name) => path.with_file_name(name),
        };
        for module in test_modules(&text) {
            tests.push(folder.join(format!("{module}.rs")));
            tests.push(folder.join(module).join("mod.rs"));
        }
        all.push((path, text));
    }
    all.retain(|(path, _)| !tests.contains(path));
    Ok(all.into_iter().map(|(path, text)| Source::new(relative(&path), text)).collect())
}
