//! A management policy: read, and alone on its way into an effective document.
#![no_main]

#[expect(dead_code, reason = "each target uses its own part")]
#[path = "../../crates/guildhall-policy/tests/mutations/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &str| {
    checks::management_document(input);
});
