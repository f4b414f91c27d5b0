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
    let implements = |line: &str| line.starts_with("impl") && line.contains(" Operation for ");
    let is_one = |s: &&Source| s.path.contains("/services/") && s.text.lines().any(implements);
    sources.iter().filter(is_one).cloned().collect()
}

/// The operations of a file: those that it has a type each for, or those that it implements, or the one that it is named
/// for.
fn names(operation: &Source) -> Vec<String> {
    let lines = || operation.text.lines();
    let types = lines().filter_map(|line| line.strip_prefix("pub type ")?.split_once(" = "));
    let mut names: Vec<String> = types.map(|(name, _)| name.to_owned()).collect();
    if names.is_empty() {
        let implemented = lines().filter_map(|line| line.strip_prefix("impl Operation for "));
        names.extend(implemented.filter_map(|rest| rest.split([' ', '<']).next()).map(str::to_owned));
    }
    if names.is_empty() {
        names.push(type_name(&operation.path));
    }
    names.sort_unstable();
    names
}

/// Operations whose header does not say what they are, who may call them and what can refuse.
pub fn without_header(operations: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in operations {
        let header: Vec<&str> = source.text.lines().take_while(|l| l.starts_with("//!")).collect();
        let text = header.join("\n");
        let mut lacks = |what: &str| wrong.push(format!("{}: its header {what}", source.path));
        let names = names(source);
        let told =
            text.strip_prefix("//! ").and_then(|text| text.split_once(": ")).map_or("", |(told, _)| told);
        let mut told: Vec<&str> = told.split(", ").collect();
        told.sort_unstable();
        if told != names {
            lacks(&format!("has to start with `//! {}: ` and say what it does", names.join(", ")));
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
        let mut files: Vec<&Source> = operations.iter().filter(is_here).collect();
        let block = source.text.split_once("\noperations! {").map_or("", |(_, rest)| rest);
        let lines = block.split("\n}").next().unwrap_or_default().lines();
        for line in lines.map(str::trim).filter(|line| line.contains("::")) {
            let is_it = |file: &&Source| {
                let module = file.path.strip_prefix(folder).and_then(|file| file.strip_suffix(".rs"));
                let names = names(file);
                let names =
                    if let [name] = &names[..] { name.clone() } else { format!("{{{}}}", names.join(", ")) };
                module.is_some_and(|module| line == format!("{module}::{names},"))
            };
            match files.iter().position(is_it) {
                Some(n) => drop(files.swap_remove(n)),
                None => wrong.push(format!("{}: {line} is no operation of this folder", source.path)),
            }
        }
        wrong.extend(files.iter().map(|file| format!("{}: has no line for {}", source.path, file.path)));
    }
    let has_table = |s: &&Source| {
        let folder = s.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        core.iter().any(|t| t.path == format!("{folder}/mod.rs") && t.text.contains("\noperations! {"))
    };
    let without = operations.iter().filter(|s| !has_table(s));
    wrong.extend(without.map(|s| format!("{}: its folder has no table", s.path)));
    wrong
}

/// Words that AWS writes in capitals.
const CAPITALS: [&str; 3] = ["aws", "mfa", "ssh"];

/// The type that a file is named for: `list_roots.rs` has `ListRoots`.
pub fn type_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let capital = |word: &str| {
        if CAPITALS.contains(&word) {
            return word.to_ascii_uppercase();
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
    fn a_file_has_the_name_of_its_operation_in_small_letters() {
        for (file, name) in [
            ("list_roots.rs", "ListRoots"),
            ("a/enable_aws_service_access.rs", "EnableAWSServiceAccess"),
            ("list_virtual_mfa_devices.rs", "ListVirtualMFADevices"),
            ("list_ssh_public_keys.rs", "ListSSHPublicKeys"),
        ] {
            assert_eq!(type_name(file), name);
        }
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
    fn a_file_can_have_several_operations() {
        let file = "//! TagUser, TagRole: sets tags. Any account.\n//! Refuses: X.\n\npub struct Tag<T>(T);\n\
                    pub type TagRole = Tag<Role>;\npub type TagUser = Tag<User>;\n\nimpl<T: Tagged> Operation for Tag<T> {}\n";
        let path = "crates/guildhall-core/src/services/iam/tags/tag.rs";
        let operation = [Source::new(path, file)];
        assert_eq!(operations(&operation).len(), 1);
        assert_eq!(without_header(&operation), [""; 0]);
        assert_eq!(
            without_header(&[Source::new(path, file.replace("TagUser, TagRole:", "TagUser:"))]).len(),
            1
        );
        let table = |line: &str| {
            let table = format!("use x;\n\noperations! {{\n    query:\n    {line}\n}}\n");
            [Source::new("crates/guildhall-core/src/services/iam/tags/mod.rs", table)]
        };
        assert_eq!(not_in_table(&operation, &table("tag::{TagRole, TagUser},")), [""; 0]);
        assert_eq!(not_in_table(&operation, &table("tag::{TagRole},")).len(), 2);
        assert_eq!(not_in_table(&operation, &table("tag::Tag,")).len(), 2);
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
