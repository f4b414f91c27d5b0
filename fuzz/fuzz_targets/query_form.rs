//! A form of AWS Query: read as an input, written, and read again.
#![no_main]

#[path = "../../crates/guildhall-wire/tests/query/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|form: &[u8]| {
    checks::query_form(form);
});
