//! Management policies along a path: merged, with who set what and what is wrong with it.
#![no_main]

#[expect(dead_code, reason = "each target uses its own part")]
#[path = "../../crates/guildhall-policy/tests/mutations/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &str| {
    checks::management_merge(input);
});
