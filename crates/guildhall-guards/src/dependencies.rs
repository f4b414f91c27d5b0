//! Rules about who depends on whom, and on what.

use crate::workspace::{DEVELOPMENT, Package, names};

/// Runtimes, databases, HTTP, sockets, clocks and sources of randomness: what a pure crate has no use for.
pub const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "deadpool-postgres",
    "fastrand",
    "getrandom",
    "http",
    "http-body",
    "hyper",
    "hyper-util",
    "lettre",
    "libsqlite3-sys",
    "mio",
    "postgres",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "time",
    "tokio",
    "tokio-postgres",
    "tower",
    "ureq",
    "uuid",
    "web-time",
];

/// Which crates of ours a crate of ours may name: top to bottom only.
const LAYERS: &[(&str, &[&str])] = &[
    ("guildhall-policy", &[]),
    ("guildhall-core", &["guildhall-policy"]),
    ("guildhall-wire", &["guildhall-core"]),
    ("guildhall-store", &["guildhall-core"]),
    ("guildhall-engine", &["guildhall-core", "guildhall-store"]),
    (
        "guildhall-server",
        &["guildhall-core", "guildhall-engine", "guildhall-policy", "guildhall-store", "guildhall-wire"],
    ),
    (
        "guildhall",
        &["guildhall-core", "guildhall-engine", "guildhall-policy", "guildhall-server", "guildhall-store"],
    ),
];

/// Database drivers.
const DRIVERS: &[&str] =
    &["deadpool-postgres", "libsqlite3-sys", "postgres", "rusqlite", "sqlx", "tokio-postgres"];

/// Crates that may come under the Mozilla Public License: it asks to publish changes of their own files, of which
/// there are none. Persistent maps with their speed are not to be had otherwise.
const MOZILLA: &[&str] = &["imbl", "imbl-sized-chunks"];

/// Licences that anyone can live with, as `deny.toml` has them.
pub const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// The most crates that the program may be built from.
pub const MOST: usize = 250;

/// Crates of a [`crate::workspace::tree`] that a pure crate must not be built with.
pub fn impurities(name: &str, tree: &[String], forbidden: &[&str]) -> Vec<String> {
    let bad = names(tree).into_iter().filter(|n| forbidden.contains(n));
    bad.map(|bad| format!("{name} is built with {bad}; it has to be pure (cargo tree -p {name} -i {bad})"))
        .collect()
}

/// Dependencies between our crates that do not point down.
pub fn upward(packages: &[Package]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages {
        let ours = package.needs.iter().filter(|n| n.starts_with("guildhall"));
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
            if !DEVELOPMENT.contains(&package.name.as_str()) {
                wrong.push(format!(
                    "{}: has no place in the layers (guildhall-guards, dependencies.rs)",
                    package.name
                ));
            }
            continue;
        };
        let not_below = ours.filter(|n| !below.contains(&n.as_str()));
        wrong.extend(not_below.map(|n| format!("{} depends on {n}, which is not below it", package.name)));
    }
    wrong
}

/// Product crates that name one of `crates` and are not among `allowed`.
pub fn elsewhere(packages: &[Package], crates: &[&str], allowed: &[&str]) -> Vec<String> {
    let others = packages.iter().filter(|p| p.is_product() && !allowed.contains(&p.name.as_str()));
    others
        .flat_map(|p| {
            p.needs
                .iter()
                .filter(|n| crates.contains(&n.as_str()))
                .map(|n| format!("{} depends on {n}", p.name))
        })
        .collect()
}

/// Drivers outside the store.
pub fn drivers(packages: &[Package]) -> Vec<String> {
    elsewhere(packages, DRIVERS, &["guildhall-store"])
}

/// Crates that do not take the workspace's lints.
pub fn unlinted(packages: &[Package]) -> Vec<String> {
    let takes = |manifest: &str| {
        let section = manifest.split_once("\n[lints]\n").map_or("", |(_, after)| after);
        section.lines().take_while(|l| !l.starts_with('[')).any(|l| l.replace(' ', "") == "workspace=true")
    };
    let without = packages.iter().filter(|p| !takes(&p.manifest));
    without.map(|p| format!("{}: its manifest lacks `[lints]` with `workspace = true`", p.name)).collect()
}

/// Crates of a tree whose licence is none of [`LICENCES`], by its expression: one side of every `OR` is enough.
pub fn unlicensed(tree: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in tree {
        let (name, licence) = line.split_once('|').unwrap_or((line, ""));
        let mozilla =
            licence.starts_with("MPL-2.0") && name.split(' ').next().is_some_and(|n| MOZILLA.contains(&n));
        if !mozilla && !allowed(licence) {
            wrong.push(format!("{name}: its licence is `{licence}`"));
        }
    }
    wrong
}

fn allowed(expression: &str) -> bool {
    // A slash is how old manifests write OR. Parentheses bind, AND binds closer than OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    either(&tokens, &mut at) && at == tokens.len()
}

fn either(tokens: &[&str], at: &mut usize) -> bool {
    let mut any = both(tokens, at);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        any |= both(tokens, at);
    }
    any
}

fn both(tokens: &[&str], at: &mut usize) -> bool {
    let mut all = one(tokens, at);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        all &= one(tokens, at);
    }
    all
}

fn one(tokens: &[&str], at: &mut usize) -> bool {
    if tokens.get(*at) == Some(&"(") {
        *at += 1;
        let inner = either(tokens, at);
        *at += 1;
        return inner;
    }
    let mut licence = tokens.get(*at).copied().unwrap_or_default().to_owned();
    *at += 1;
    if tokens.get(*at) == Some(&"WITH") {
        licence = format!("{licence} WITH {}", tokens.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    LICENCES.contains(&licence.as_str())
}

/// Lines of a lock file that take a crate from anywhere but crates.io.
pub fn foreign_sources(lock: &str) -> Vec<String> {
    const HERE: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let others = lock.lines().filter(|l| l.starts_with("source = ") && *l != HERE);
    others.map(|l| format!("Cargo.lock: {l}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, needs: &[&str]) -> Package {
        Package {
            name: name.into(),
            directory: "nowhere".into(),
            manifest: "[package]\n\n[lints]\nworkspace = true\n".into(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        }
    }

    #[test]
    fn a_runtime_in_a_pure_crate_is_found() {
        let tree = ["guildhall-core v0.1.0|Apache-2.0".to_owned(), "tokio v1.0.0|MIT".to_owned()];
        assert_eq!(impurities("guildhall-core", &tree, IMPURE).len(), 1);
        assert!(impurities("guildhall-core", &tree[..1], IMPURE).is_empty());
    }

    #[test]
    fn a_way_up_is_found() {
        assert!(upward(&[package("guildhall-server", &["guildhall-engine", "tokio"])]).is_empty());
        assert_eq!(upward(&[package("guildhall-core", &["guildhall-store"])]).len(), 1);
        assert_eq!(upward(&[package("guildhall-wire", &["guildhall-engine"])]).len(), 1);
        assert_eq!(upward(&[package("guildhall-server", &["guildhall-testkit"])]).len(), 1);
        assert_eq!(upward(&[package("guildhall-new", &[])]).len(), 1);
    }

    #[test]
    fn a_driver_outside_the_store_is_found() {
        assert!(
            drivers(&[package("guildhall-store", &["rusqlite"]), package("guildhall-bench", &["rusqlite"])])
                .is_empty()
        );
        assert_eq!(drivers(&[package("guildhall-server", &["rusqlite"])]).len(), 1);
    }

    #[test]
    fn missing_lints_are_found() {
        let good = package("a", &[]);
        assert!(unlinted(std::slice::from_ref(&good)).is_empty());
        let without = Package { manifest: "[package]\n".into(), ..good.clone() };
        let own =
            Package { manifest: "[package]\n\n[lints]\n[lints.rust]\nworkspace = true\n".into(), ..good };
        assert_eq!(unlinted(&[without, own]).len(), 2);
    }

    #[test]
    fn licences_are_read_as_expressions() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR MIT",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND AGPL-3.0", "MPL-2.0"] {
            assert!(!allowed(bad), "{bad}");
        }
        assert_eq!(
            unlicensed(&["a v1|GPL-3.0".to_owned(), "b v1|MIT".to_owned()]),
            ["a v1: its licence is `GPL-3.0`"]
        );
    }

    #[test]
    fn other_registries_are_found() {
        let lock = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nsource = \"git+https://example.com/x\"\n";
        assert_eq!(foreign_sources(lock).len(), 1);
    }
}
