//! The absences of ARCHITECTURE.md, on the workspace as it is.
#![expect(clippy::expect_used, reason = "helpers of tests, which fail by panicking")]

use guildhall_guards::code::Source;
use guildhall_guards::workspace::{Package, packages, sources, text, tree};
use guildhall_guards::{dependencies, layers, purity, shape};

/// Crates without clock, randomness, I/O, runtime or database. `guildhall-policy` counts from the day it exists.
const PURE: [&str; 2] = ["guildhall-core", "guildhall-policy"];

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn all() -> Vec<Package> {
    packages().expect("cargo knows the workspace")
}

fn product() -> Vec<Package> {
    all().into_iter().filter(Package::is_product).collect()
}

fn source_of(name: &str) -> Vec<Source> {
    let package = all().into_iter().find(|p| p.name == name);
    package.map(|p| sources(&p).expect("its sources can be read")).unwrap_or_default()
}

fn product_sources() -> Vec<Source> {
    product().iter().flat_map(|p| sources(p).expect("its sources can be read")).collect()
}

#[test]
fn pure_crates_are_built_without_runtime_database_http_clock_and_randomness() {
    for package in product().iter().filter(|p| PURE.contains(&p.name.as_str())) {
        let tree = tree(Some(&package.name), "normal").expect("cargo knows the tree");
        none(dependencies::impurities(&package.name, &tree, dependencies::IMPURE));
    }
    // The wire crate names HTTP's types, and nothing that does anything.
    let tree = tree(Some("guildhall-wire"), "normal").expect("cargo knows the tree");
    let but_http: Vec<&str> = dependencies::IMPURE.iter().copied().filter(|n| *n != "http").collect();
    none(dependencies::impurities("guildhall-wire", &tree, &but_http));
}

#[test]
fn pure_crates_reach_for_nothing_outside() {
    for name in PURE.into_iter().chain(["guildhall-wire"]) {
        none(purity::outside(&source_of(name)));
    }
    assert!(!source_of("guildhall-core").is_empty());
}

#[test]
fn operations_and_stores_are_not_asynchronous() {
    for name in PURE.into_iter().chain(["guildhall-wire", "guildhall-store"]) {
        none(purity::asynchronous(&source_of(name)));
    }
}

#[test]
fn dependencies_point_down() {
    none(dependencies::upward(&all()));
}

#[test]
fn folders_of_the_core_know_what_is_below_them_and_services_not_each_other() {
    let core = source_of("guildhall-core");
    none(layers::upward(&core));
    none(layers::across(&core));
}

#[test]
fn signatures_and_envelopes_are_the_wire_crates() {
    // The core seals page tokens with an HMAC; it knows nothing of requests.
    none(dependencies::elsewhere(&product(), &["hmac"], &["guildhall-wire", "guildhall-core"]));
    let others: Vec<Source> =
        product_sources().into_iter().filter(|s| !s.path.starts_with("crates/guildhall-wire/")).collect();
    none(purity::texts_in(&others, &["AWS4", "aws4_request", "__type", "\"SerializationException\""]));
}

#[test]
fn drivers_are_the_stores_and_there_its_backends() {
    none(dependencies::drivers(&all()));
    let outside = |s: &Source| !s.path.starts_with("crates/guildhall-store/src/sqlite/");
    let others: Vec<Source> = product_sources().into_iter().filter(outside).collect();
    none(purity::words_in(&others, &["rusqlite"]));
}

#[test]
fn the_store_does_not_listen_to_the_environment() {
    let store = source_of("guildhall-store");
    let asks = |s: &Source| s.below("std").iter().any(|part| part == "env");
    none(store.iter().filter(|s| asks(s)).map(|s| format!("{}: reads the environment", s.path)).collect());
}

#[test]
fn the_console_has_no_way_to_the_store() {
    none(purity::console_to_store(&source_of("guildhall-server")));
}

#[test]
fn there_is_no_global_state() {
    // Made late and never changed: the names of embedded files, with a hash of their content; AWS's own policies, read;
    // texts that all accounts have.
    let constant = [
        "crates/guildhall-core/src/rules/managed.rs::SHARED",
        "crates/guildhall-core/src/state/iam/shared.rs::SHARED",
        "crates/guildhall-server/src/console/assets.rs::URL",
    ];
    none(purity::global_state(&product_sources(), &constant));
}

#[test]
fn every_operation_is_one_file_with_a_header_and_one_line_in_the_table() {
    let core = source_of("guildhall-core");
    let operations = shape::operations(&core);
    assert!(operations.len() > 60, "{}", operations.len());
    none(shape::without_header(&operations));
    none(shape::not_in_table(&operations, &core));
}

#[test]
fn the_journal_misses_nothing_because_of_an_attribute() {
    // `Secret` and `Personal` are masked by their type. `skip_serializing_if` is another word.
    none(purity::words_in(&source_of("guildhall-core"), &["skip_serializing"]));
}

#[test]
fn files_are_short() {
    none(shape::too_long(&shape::operations(&source_of("guildhall-core")), shape::OPERATION_LINES));
    none(shape::too_long(
        &all().iter().flat_map(|p| sources(p).expect("sources")).collect::<Vec<_>>(),
        shape::FILE_LINES,
    ));
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    none(dependencies::unlinted(&all()));
}

#[test]
fn the_program_is_built_from_few_crates() {
    let tree = tree(Some("guildhall"), "normal,build").expect("cargo knows the tree");
    println!("the program is built from {} crates", tree.len());
    assert!(tree.len() > 50, "is this the whole tree?");
    assert!(tree.len() <= dependencies::MOST, "{} crates; {} at most", tree.len(), dependencies::MOST);
}

#[test]
fn every_crate_comes_from_one_place_under_a_good_licence() {
    none(dependencies::foreign_sources(&text("Cargo.lock").expect("Cargo.lock")));
    none(dependencies::unlicensed(&tree(None, "normal,build,dev").expect("cargo knows the tree")));
}

#[test]
fn cargo_deny_and_the_guards_agree_on_licences() {
    let deny = text("deny.toml").expect("deny.toml");
    let list = deny
        .split_once("[licenses]\nallow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .expect("the list")
        .0;
    let allowed: Vec<&str> =
        list.split(',').map(|l| l.trim().trim_matches('"')).filter(|l| !l.is_empty()).collect();
    assert_eq!(allowed, dependencies::LICENCES);
}
