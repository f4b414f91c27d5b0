//! An IAM document: read, stored, and decided with.
#![no_main]

#[expect(dead_code, reason = "each target uses its own part")]
#[path = "../../crates/guildhall-policy/tests/mutations/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &str| {
    checks::iam_document(input);
});
