//! What the documents promise, on the workspace as it is.
#![expect(clippy::expect_used, reason = "helpers of tests, which fail by panicking")]

use std::os::unix::fs::PermissionsExt;

use guildhall_guards::documents::{self, quoted_after, unmentioned};
use guildhall_guards::workspace::{TextFile, packages, root, sources, text, texts};
use guildhall_guards::{citations, shape};

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn document(path: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text(path).expect("the document is there") }
}

#[test]
fn links_lead_somewhere() {
    none(documents::dead_links(&texts().expect("files can be read")));
}

#[test]
fn the_pages_that_tell_where_things_are_name_what_is_there() {
    let files = texts().expect("files can be read");
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/decisions.md"] {
        none(documents::dead_paths(&document(page), &files));
    }
}

#[test]
fn citations_of_the_reference_resolve() {
    let files = texts().expect("files can be read");
    let pages = citations::pages(&files);
    assert!(pages.len() >= 3, "{:?}", pages.keys());
    assert!(
        citations::count(&files) > 500,
        "citations are not recognised any more: {}",
        citations::count(&files)
    );
    none(citations::unresolved(&pages, &files));
    none(citations::pageless(&document("docs/fidelity.md")));
}

#[test]
fn no_file_tells_of_the_machine_it_was_written_on() {
    none(documents::machines(&texts().expect("files can be read")));
}

#[test]
fn the_readme_has_exactly_the_two_commands_and_they_can_be_run() {
    none(documents::two_commands(&document("README.md").text));
    for command in documents::COMMANDS.into_iter().chain([".ci/run", "tests/e2e/run"]) {
        let metadata = std::fs::metadata(root().join(command)).unwrap_or_else(|e| panic!("{command}: {e}"));
        assert!(metadata.permissions().mode() & 0o111 != 0, "{command} cannot be executed");
    }
}

#[test]
fn the_readme_lists_every_operation() {
    let core =
        packages().expect("packages").into_iter().find(|p| p.name == "guildhall-core").expect("the core");
    let mut operations = shape::operations(&sources(&core).expect("sources"));
    operations.retain(|source| source.path.contains("/services/organizations/"));
    let names: Vec<String> = operations.iter().map(|s| shape::type_name(&s.path)).collect();
    none(unmentioned(&document("README.md"), &names));
}

#[test]
fn the_architecture_page_has_every_crate() {
    let names: Vec<String> = packages().expect("packages").into_iter().map(|p| p.name).collect();
    none(unmentioned(&document("ARCHITECTURE.md"), &names));
}

#[test]
fn the_control_api_is_documented_call_by_call() {
    let source = |path: &str| text(&format!("crates/guildhall-server/src/{path}")).expect("a router");
    let routes: Vec<String> =
        ["control/mod.rs", "health.rs"].iter().flat_map(|path| documents::routes(&source(path))).collect();
    assert!(routes.len() >= 16, "{routes:?}");
    none(documents::calls(
        &document("docs/control-api.md"),
        &routes,
        &["/_guildhall/", "/health/", "/metrics"],
    ));
    let console = ["console/mod.rs", "console/policies/mod.rs"];
    let mut pages: Vec<String> = console.iter().flat_map(|path| documents::routes(&source(path))).collect();
    pages.retain(|page| !page.starts_with("GET /assets/"));
    assert!(pages.len() >= 15, "{pages:?}");
    none(documents::unnamed_pages(&document("docs/control-api.md"), &pages));
}

#[test]
fn every_setting_is_documented() {
    let variables = quoted_after(&text("crates/guildhall/src/cli.rs").expect("the command line"), "env = ");
    assert!(variables.len() >= 8, "{variables:?}");
    none(unmentioned(&document("docs/configuration.md"), &variables));
}
