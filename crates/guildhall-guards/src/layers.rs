//! Rules about which folder of the core may know which.

use crate::code::Source;

/// The folders of the core, from the ground up: each may use itself and those below it.
pub const LAYERS: [&str; 6] = ["kernel", "state", "call", "rules", "services", "operator"];

/// Macros that the core has at its root.
const MACROS: [&str; 1] = ["wire_enum"];

const CORE: &str = "crates/guildhall-core/src/";

/// Imports that run up, from a folder into one above it, or past the folders to the root.
pub fn upward(core: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (source, layer) in core.iter().filter_map(|s| Some((s, layer(&s.path)?))) {
        for name in source.below("crate").into_iter().filter(|name| !MACROS.contains(&name.as_str())) {
            match LAYERS.iter().position(|l| *l == name) {
                Some(used) if used <= layer => {}
                Some(_) => wrong.push(format!("{}: uses crate::{name}, which is above it", source.path)),
                None => wrong.push(format!("{}: uses crate::{name}, which is in no folder", source.path)),
            }
        }
    }
    wrong
}

/// Services that name another one.
pub fn across(core: &[Source]) -> Vec<String> {
    let folder = |s: &Source| {
        Some(s.path.strip_prefix(CORE)?.strip_prefix("services/")?.split_once('/')?.0.to_owned())
    };
    let mut services: Vec<String> = core.iter().filter_map(folder).collect();
    services.sort();
    services.dedup();
    let mut wrong = Vec::new();
    for source in core {
        let Some(own) = folder(source) else { continue };
        let others = source
            .below("crate::services")
            .into_iter()
            .filter(|name| *name != own && services.contains(name));
        wrong.extend(others.map(|other| format!("{}: names the service {other}", source.path)));
    }
    wrong
}

fn layer(path: &str) -> Option<usize> {
    let folder = path.strip_prefix(CORE)?.split_once('/')?.0;
    LAYERS.iter().position(|l| *l == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(format!("{CORE}{path}"), text)
    }

    #[test]
    fn imports_that_run_up_are_found() {
        let good = [
            source("state/org.rs", "use crate::kernel::ids;\nuse crate::state::tag;\ncrate::wire_enum! {}\n"),
            source("operator/x.rs", "use crate::{kernel::ids, services::organizations};\n"),
            source("check.rs", "use crate::operator::x;\n"),
        ];
        assert_eq!(upward(&good), [""; 0]);
        for (path, text) in [
            ("kernel/ids.rs", "use crate::state::org;"),
            ("state/org.rs", "fn f() { crate::services::organizations::g() }"),
            ("rules/access.rs", "use crate::{kernel::ids, operator::errors};"),
            ("call/cx.rs", "use crate::Timestamp;"),
        ] {
            assert_eq!(upward(&[source(path, text)]).len(), 1, "{path}");
        }
    }

    #[test]
    fn services_that_name_each_other_are_found() {
        let own = source("services/organizations/a.rs", "use crate::services::organizations::input;\n");
        let table = source("services/mod.rs", "use crate::services::{account, organizations};\n");
        let shared = source("services/account/b.rs", "use crate::services::Operation;\n");
        assert_eq!(across(&[own.clone(), table, shared]), [""; 0]);
        let other =
            source("services/account/c.rs", "use crate::services::{Operation, organizations::rules};\n");
        assert_eq!(across(&[own, other]).len(), 1);
    }
}
