//! Changed documents by the ten thousand: the seeds of the fuzz targets, changed in their structure and in their text,
//! held to what holds for every input. The same numbers in every run.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod checks;
mod mutate;

use std::path::Path;
use std::time::{Duration, Instant};

use mutate::{Mutator, Seed};

/// Inputs of each target.
const INPUTS: usize = 20_000;

/// Far more than any of these inputs takes on a slow machine; one that is read in quadratic time takes longer.
const LONGEST: Duration = Duration::from_secs(5);

fn seeds(target: &str) -> Vec<Seed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| Seed::new(&std::fs::read_to_string(file).unwrap())).collect()
}

/// Every seed is accepted, and so are enough of the inputs made of them for the test to mean something.
fn run(target: &str, check: fn(&str) -> bool, least: usize) {
    let seeds = seeds(target);
    assert!(seeds.len() >= 6, "{target}: {}", seeds.len());
    for seed in &seeds {
        assert!(check(&seed.text()), "{target}: {}", seed.text());
    }
    let mut mutator = Mutator::new(&seeds);
    let mut accepted = 0;
    for _ in 0..INPUTS {
        let input = mutator.input();
        let start = Instant::now();
        let result = std::panic::catch_unwind(|| check(&input));
        let took = start.elapsed();
        assert!(took < LONGEST, "{target}: {took:?} for {} bytes\n{input}", input.len());
        accepted += usize::from(result.unwrap_or_else(|_| panic!("{target}: this input broke it\n{input}")));
    }
    assert!((least..INPUTS - least).contains(&accepted), "{target}: {accepted} of {INPUTS} accepted");
}

#[test]
fn iam_documents() {
    run("iam_document", checks::iam_document, 2_000);
}

#[test]
fn management_documents() {
    run("management_document", checks::management_document, 2_000);
}

#[test]
fn management_merges() {
    run("management_merge", checks::management_merge, 1_000);
}
