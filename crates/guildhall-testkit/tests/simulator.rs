//! The simulator, a hundred thousand steps unless `GUILDHALL_SIM_STEPS` says otherwise, in worlds with seeds of their
//! own. `GUILDHALL_SIM_SEED` plays one world again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use guildhall_testkit::simulator::{STEPS, Summary, play, simulated};

/// What has to happen in so many steps, because it takes several commands, or a quota that is used up.
const SEEN: [&str; 26] = [
    "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE ACCEPTED",
    "APPROVE_ALL_FEATURES ACCEPTED",
    "APPROVE_ALL_FEATURES CANCELED",
    "ConstraintViolationException ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
    "ConstraintViolationException ACCOUNT_NUMBER_LIMIT_EXCEEDED",
    "ConstraintViolationException CLOSE_ACCOUNT_QUOTA_EXCEEDED",
    "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED",
    "ConstraintViolationException OU_DEPTH_LIMIT_EXCEEDED",
    "ConstraintViolationException OU_NUMBER_LIMIT_EXCEEDED",
    "ConstraintViolationException RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION",
    "ConstraintViolationException RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION",
    "ConstraintViolationException RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION",
    "DuplicateOrganizationalUnitException ",
    "ENABLE_ALL_FEATURES ACCEPTED",
    "ENABLE_ALL_FEATURES CANCELED",
    "ENABLE_ALL_FEATURES EXPIRED",
    "INVITE ACCEPTED",
    "INVITE EXPIRED",
    "TRANSFER_RESPONSIBILITY ACCEPTED",
    "TRANSFER_RESPONSIBILITY EXPIRED",
    "account closed",
    "account created",
    "account not created: ACCOUNT_LIMIT_EXCEEDED",
    "account not created: EMAIL_ALREADY_EXISTS",
    "account not created: MISSING_PAYMENT_INSTRUMENT",
    "pair of accounts created",
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.replace(['_', ','], "").parse().unwrap())
}

#[test]
fn whatever_happens_every_engine_tells_the_truth() {
    if let Some(seed) = number("GUILDHALL_SIM_SEED") {
        println!("{:#?}", play(seed, STEPS));
        return;
    }
    let steps = usize::try_from(number("GUILDHALL_SIM_STEPS").unwrap_or(100_000)).unwrap();
    let (first, worlds) = (seed(), steps.div_ceil(STEPS) as u64);
    // Two at a time: a world mostly waits for its threads.
    let half = |from: u64| {
        let mut sum = Summary::default();
        (from..worlds).step_by(2).for_each(|n| sum.add(play(first + n, STEPS)));
        sum
    };
    let mut whole = Summary::default();
    std::thread::scope(|scope| {
        let halves = [0, 1].map(|from| scope.spawn(move || half(from)));
        for sum in halves {
            whole.add(sum.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        }
    });
    // What is rare may be missing from a hundred thousand steps by chance, but not from four times as many.
    let enough = |sum: &Summary| steps < 50_000 || (never(sum).is_empty() && missing(sum).is_empty());
    for n in worlds..4 * worlds {
        if enough(&whole) {
            break;
        }
        whole.add(play(first + n, STEPS));
    }
    println!("worlds from {first} on: {whole:#?}");
    // Were it otherwise, the rest would say little.
    assert!(
        enough(&whole),
        "never done, or never refused: {:?}; never happened: {:?}",
        never(&whole),
        missing(&whole)
    );
}

/// The commands that were never done, or never refused.
fn never(sum: &Summary) -> Vec<&'static str> {
    simulated().filter(|name| sum.commands.get(name).is_none_or(|c| c.0 == 0 || c.1 == 0)).collect()
}

/// What has to happen and did not.
fn missing(sum: &Summary) -> Vec<&'static str> {
    SEEN.into_iter().filter(|what| !sum.outcomes.contains_key(*what)).collect()
}

#[test]
fn a_world_is_the_same_when_it_is_played_again() {
    for seed in 0..4 {
        assert_eq!(play(seed, STEPS), play(seed, STEPS), "world {seed}");
    }
}

/// Small enough to be typed.
fn seed() -> u64 {
    let bytes = guildhall_engine::random::seed().unwrap();
    u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
