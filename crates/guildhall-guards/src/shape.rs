//! Rules about the form of source files.

use crate::code::{Source, words};

/// The longest file of an operation, in lines without tests.
pub const OPERATION_LINES: usize = 170;
/// The longest file, in lines without tests.
pub const FILE_LINES: usize = 500;

/// Files that are too long.
pub fn too_long(sources: &[Source], most: usize) -> Vec<String> {
    let lines = |s: &Source| s.lines().count();
    let long = sources.iter().filter(|s| lines(s) > most);
    long.map(|s| format!("{}: {} lines without tests; {most} at most", s.path, lines(s))).collect()
}

/// The files of services' operations: those that implement one.
pub fn operations(sources: &[Source]) -> Vec<Source> {
    let is_one = |s: &&Source| s.path.contains("/services/") && s.text.contains("\nimpl Operation for ");
    sources.iter().filter(is_one).cloned().collect()
}

/// Operations whose header does not say what they are, who may call them and what can refuse.
pub fn without_header(operations: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in operations {
        let header: Vec<&str> = source.text.lines().take_while(|l| l.starts_with("//!")).collect();
        let text = header.join("\n");
        let mut lacks = |what: &str| wrong.push(format!("{}: its header {what}", source.path));
        let name = type_name(&source.path);
        if !text.starts_with(&format!("//! {name}: ")) {
            lacks(&format!("has to start with `//! {name}: ` and say what it does"));
        }
        const WHO: [&str; 8] =
            ["account", "accounts", "administrators", "caller", "member", "recipient", "sender", "calling"];
        if !words(&text).any(|w| WHO.contains(&w)) {
            lacks("does not say who may call it");
        }
        if !header.iter().any(|l| l.starts_with("//! Refuses: ")) {
            lacks("has no line `//! Refuses: `");
        }
    }
    wrong
}

/// Operations without a line in the table of their folder, and lines without an operation.
pub fn not_in_table(operations: &[Source], core: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in core.iter().filter(|s| s.text.contains("\noperations! {")) {
        let folder = source.path.trim_end_matches("mod.rs");
        let is_here = |s: &&Source| s.path.strip_prefix(folder).is_some_and(|file| !file.contains('/'));
        let mut files: Vec<&str> = operations.iter().filter(is_here).map(|s| &*s.path).collect();
        let block = source.text.split_once("\noperations! {").map_or("", |(_, rest)| rest);
        let lines = block.split('}').next().unwrap_or_default().lines();
        for line in lines.map(str::trim).filter(|line| line.contains("::")) {
            let is_it = |path: &&str| {
                let module = path.strip_prefix(folder).and_then(|file| file.strip_suffix(".rs"));
                module.is_some_and(|module| line == format!("{module}::{},", type_name(path)))
            };
            match files.iter().position(is_it) {
                Some(n) => drop(files.swap_remove(n)),
                None => wrong.push(format!("{}: {line} is no operation of this folder", source.path)),
            }
        }
        wrong.extend(files.iter().map(|path| format!("{}: has no line for {path}", source.path)));
    }
    let has_table = |s: &&Source| {
        let folder = s.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        core.iter().any(|t| t.path == format!("{folder}/mod.rs") && t.text.contains("\noperations! {"))
    };
    let without = operations.iter().filter(|s| !has_table(s));
    wrong.extend(without.map(|s| format!("{}: its folder has no table", s.path)));
    wrong
}

/// The type that a file is named for: `list_roots.rs` has `ListRoots`. AWS is written in capitals, as AWS does.
pub fn type_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let capital = |word: &str| {
        if word == "aws" {
            return "AWS".to_owned();
        }
        let mut chars = word.chars();
        chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    file.trim_end_matches(".rs").split('_').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: &str = "//! ListRoots.\n\nimpl Operation for ListRoots {}\n";
    const PATH: &str = "crates/guildhall-core/src/services/organizations/organization/list_roots.rs";

    #[test]
    fn long_files_are_found_and_tests_do_not_count() {
        let long = Source::new("a.rs", "fn a() {}\n".repeat(11));
        assert_eq!(too_long(&[long], 10).len(), 1);
        let tested = Source::new(
            "a.rs",
            format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "fn t() {}\n".repeat(20)),
        );
        assert!(too_long(&[tested], 10).is_empty());
    }

    #[test]
    fn poor_headers_are_found() {
        let good =
            "//! ListRoots: the root. Management account only.\n//! Refuses: InvalidInput.\n\nuse x;\n";
        assert_eq!(without_header(&[Source::new(PATH, good)]), [""; 0]);
        assert_eq!(without_header(&[Source::new(PATH, "use x;\n")]).len(), 3);
        assert_eq!(
            without_header(&[Source::new(PATH, "//! ListRoots: the root.\n//! Refuses: X.\n")]).len(),
            1
        );
        assert_eq!(
            without_header(&[Source::new(PATH, "//! The root, by an account.\n//! Refuses: X.\n")]).len(),
            1
        );
        assert_eq!(without_header(&[Source::new(PATH, "//! ListRoots: for any account.\n")]).len(), 1);
    }

    #[test]
    fn what_is_not_in_the_table_is_found() {
        let operation = [Source::new(PATH, OPERATION)];
        let table = |lines: &str| {
            let path = "crates/guildhall-core/src/services/organizations/organization/mod.rs";
            [Source::new(path, format!("use x;\n\noperations! {{\n    json:\n{lines}}}\n"))]
        };
        let line = "    list_roots::ListRoots,\n";
        assert_eq!(not_in_table(&operation, &table(line)), [""; 0]);
        assert_eq!(not_in_table(&operation, &table("")).len(), 1);
        assert_eq!(not_in_table(&[], &table(line)).len(), 1);
        assert_eq!(not_in_table(&operation, &table("    list_roots::Roots,\n")).len(), 2);
        assert_eq!(not_in_table(&operation, &[]).len(), 1);
    }

    #[test]
    fn operations_are_told_from_other_files() {
        let all = [
            (PATH, OPERATION),
            ("crates/guildhall-core/src/services/organizations/organization/mod.rs", "pub mod list_roots;\n"),
            ("crates/guildhall-core/src/services/account/list_regions.rs", OPERATION),
            ("crates/a/src/b.rs", OPERATION),
        ];
        let sources: Vec<Source> = all.iter().map(|(path, text)| Source::new(*path, *text)).collect();
        assert_eq!(operations(&sources).len(), 2);
    }
}
