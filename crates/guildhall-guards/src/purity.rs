//! Rules about what source code reaches for.

use crate::code::{Source, words};

/// Parts of the standard library that know a clock, a disk, a network, a thread or the process.
const OUTSIDE: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread", "time"];

/// Types whose value changes behind a shared reference, or is made late.
const CHANGING: &[&str] = &[
    "ArcSwap",
    "Cell",
    "LazyCell",
    "LazyLock",
    "Mutex",
    "OnceCell",
    "OnceLock",
    "RefCell",
    "RwLock",
    "Semaphore",
    "UnsafeCell",
];

/// Uses of the outside world: clock, disk, network, threads, environment.
pub fn outside(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        let parts = source.below("std").into_iter().filter(|part| OUTSIDE.contains(&part.as_str()));
        wrong.extend(parts.map(|part| format!("{}: uses std::{part}", source.path)));
        for clock in ["Timestamp::now", "Zoned::now", "SystemTime", "Instant"] {
            if source.code.contains(clock) {
                wrong.push(format!("{}: reads a clock ({clock})", source.path));
            }
        }
    }
    wrong
}

/// Asynchronous code.
pub fn asynchronous(sources: &[Source]) -> Vec<String> {
    let here = sources.iter().filter(|s| s.has_word("async") || s.has_word("await"));
    here.map(|s| format!("{}: has asynchronous code", s.path)).collect()
}

/// Global state: statics that change. `constant` are those that are made late and never change, as
/// `path::NAME`; one that is not there any more is reported.
pub fn global_state(sources: &[Source], constant: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for source in sources {
        if source.code.contains("static mut ") {
            wrong.push(format!("{}: has a static mut", source.path));
        }
        if source.has_word("thread_local") {
            wrong.push(format!("{}: has a thread_local", source.path));
        }
        for (name, r#type) in statics(&source.code) {
            let changing = |w: &str| CHANGING.contains(&w) || w.starts_with("Atomic");
            if !words(&r#type).any(changing) {
                continue;
            }
            let known = format!("{}::{name}", source.path);
            if constant.contains(&known.as_str()) {
                seen.push(known);
            } else {
                wrong.push(format!("{known} is global state: {type}"));
            }
        }
    }
    let stale = constant.iter().filter(|c| !seen.iter().any(|s| s == *c));
    wrong.extend(stale.map(|c| format!("{c} is listed as an exception and is not there")));
    wrong
}

/// Names and types of statics.
fn statics(code: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, mark) in code.match_indices("static ") {
        let lifetime_or_word =
            code.get(..at).unwrap_or("").ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'');
        let rest = code.get(at + mark.len()..).unwrap_or("");
        if let (false, Some((name, rest))) = (lifetime_or_word, rest.split_once(':'))
            && words(name).count() == 1
        {
            let r#type = rest.split(['=', ';']).next().unwrap_or("");
            found.push((name.trim().to_owned(), r#type.trim().to_owned()));
        }
    }
    found
}

/// Sources whose code has one of these words.
pub fn words_in(sources: &[Source], forbidden: &[&str]) -> Vec<String> {
    let found = |source: &Source| {
        let path = source.path.clone();
        let here: Vec<_> =
            forbidden.iter().filter(|w| source.has_word(w)).map(|w| format!("{path}: names {w}")).collect();
        here
    };
    sources.iter().flat_map(found).collect()
}

/// Sources that have one of these texts, be it in code or in a string, outside comments and tests.
pub fn texts_in(sources: &[Source], forbidden: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        for line in source.lines().filter(|l| !l.trim_start().starts_with("//")) {
            let here = forbidden.iter().filter(|text| line.contains(**text));
            wrong.extend(here.map(|text| format!("{}: has `{text}`", source.path)));
        }
    }
    wrong
}

/// The console's way to the store, if it has one. Its handlers call operations; its pages are pure.
pub fn console_to_store(sources: &[Source]) -> Vec<String> {
    let console: Vec<Source> = sources.iter().filter(|s| s.path.contains("/src/console")).cloned().collect();
    if console.is_empty() {
        return vec!["there is no console; has it moved?".to_owned()];
    }
    let mut wrong = words_in(&console, &["guildhall_store", "rusqlite", "SqliteStore", "MemoryStore"]);
    wrong.extend(
        console
            .iter()
            .filter(|s| s.code.contains(".store()"))
            .map(|s| format!("{}: asks the engine for the store", s.path)),
    );
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(code: &str) -> Vec<Source> {
        vec![Source::new("crates/x/src/a.rs", code)]
    }

    #[test]
    fn the_outside_is_found() {
        for bad in [
            "use std::time::Duration;",
            "use std::{fmt, fs};",
            "fn a() { std::env::var(\"x\"); }",
            "fn a() { std::thread::spawn(b); }",
            "use std::net::TcpStream;",
            "fn a() { jiff::Timestamp::now() }",
        ] {
            assert!(!outside(&source(bad)).is_empty(), "{bad}");
        }
        for good in [
            "use std::fmt;",
            "// std::fs\n",
            "#[cfg(test)]\nmod tests { use std::fs; }",
            "let a = \"std::fs\";",
        ] {
            assert_eq!(outside(&source(good)), [""; 0], "{good}");
        }
    }

    #[test]
    fn asynchronous_code_is_found() {
        assert_eq!(asynchronous(&source("pub async fn a() {}")).len(), 1);
        assert!(asynchronous(&source("// async\nfn a() {}")).is_empty());
    }

    #[test]
    fn global_state_is_found() {
        for bad in [
            "static mut A: u8 = 0;",
            "static A: Mutex<u8> = Mutex::new(0);",
            "pub static A: std::sync::OnceLock<String> = OnceLock::new();",
            "fn a() { static N: AtomicU64 = AtomicU64::new(0); }",
            "thread_local! { static A: u8 = 0; }",
            "static A: LazyLock<String> = LazyLock::new(f);",
        ] {
            assert!(!global_state(&source(bad), &[]).is_empty(), "{bad}");
        }
        for good in [
            "static T: [u8; 3] = [1, 2, 3];",
            "fn a(b: &'static str, c: Mutex<u8>) {}",
            "const A: &'static str = \"\";",
        ] {
            assert_eq!(global_state(&source(good), &[]), [""; 0], "{good}");
        }
    }

    #[test]
    fn exceptions_are_named_and_not_stale() {
        let late = source("static A: LazyLock<String> = LazyLock::new(f);");
        assert!(global_state(&late, &["crates/x/src/a.rs::A"]).is_empty());
        assert_eq!(global_state(&source(""), &["crates/x/src/a.rs::A"]).len(), 1);
    }

    #[test]
    fn words_and_texts_are_found() {
        assert_eq!(words_in(&source("use rusqlite::Connection;"), &["rusqlite"]).len(), 1);
        assert!(words_in(&source("// rusqlite\n"), &["rusqlite"]).is_empty());
        assert_eq!(texts_in(&source("const A: &str = \"__type\";"), &["__type"]).len(), 1);
        assert!(
            texts_in(
                &source("// __type\n#[cfg(test)]\nmod tests { const A: &str = \"__type\"; }"),
                &["__type"]
            )
            .is_empty()
        );
    }

    #[test]
    fn the_consoles_way_to_the_store_is_found() {
        let at = |path: &str, code: &str| vec![Source::new(path, code)];
        assert_eq!(
            console_to_store(&at("crates/s/src/console/mod.rs", "use guildhall_store::Store;")).len(),
            1
        );
        assert_eq!(console_to_store(&at("crates/s/src/console/lab.rs", "app.engine.store()")).len(), 1);
        assert_eq!(
            console_to_store(&at("crates/s/src/api.rs", "app.engine.store()")),
            ["there is no console; has it moved?"]
        );
        assert!(console_to_store(&at("crates/s/src/console/lab.rs", "app.engine.run(x)")).is_empty());
    }
}
