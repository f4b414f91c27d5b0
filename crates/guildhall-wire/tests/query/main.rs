//! The reader of AWS Query from outside: what botocore sends, and what holds for every form.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod botocore;
mod checks;

use std::path::Path;

use checks::{Input, Thing};
use guildhall_wire::query::read;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

/// Names of parameters and pieces of them, as a fuzzer would find them.
const PIECES: &[&str] = &[
    "Name",
    "List",
    "Things",
    "Map",
    "Deep",
    "Flag",
    "Count",
    "member",
    "entry",
    "key",
    "value",
    "1",
    "2",
    "01",
    "0",
    "-1",
    "12",
    "999999999",
    "one",
    "",
    "%2E",
    "+",
    "%",
    "%C3%A9",
    "%ff",
];

fn name() -> impl Strategy<Value = String> {
    vec(prop::sample::select(PIECES), 1..7).prop_map(|pieces| pieces.join("."))
}

fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof!["\\PC{0,8}", any::<String>(), Just(String::new())]
}

fn thing() -> impl Strategy<Value = Thing> {
    let leaf = Just(Thing::default());
    leaf.prop_recursive(3, 8, 1, |deep| {
        let lists = vec(text(), 0..4);
        let map = btree_map(text(), lists.clone(), 0..4);
        let parts =
            (option::of(text()), any::<Option<u8>>(), option::of(lists), option::of(deep), option::of(map));
        parts.prop_map(|(name, count, list, deep, map)| {
            let deep = deep.map(Box::new);
            Thing { name, count, list, deep, map }
        })
    })
}

/// A list with gaps as AWS allows them. What is left out at its end was never there.
fn gaps() -> impl Strategy<Value = Vec<Option<String>>> {
    let stretch = (0_usize..10, text());
    vec(stretch, 0..5).prop_map(|stretches| {
        let with_gap = |(gap, text)| std::iter::repeat_n(None, gap).chain([Some(text)]);
        stretches.into_iter().flat_map(with_gap).collect()
    })
}

fn input() -> impl Strategy<Value = Input> {
    let plain = (option::of(text()), any::<Option<bool>>(), any::<Option<i32>>());
    let lists = (option::of(vec(text(), 0..15)), option::of(gaps()), option::of(vec(thing(), 0..12)));
    let deep = (option::of(btree_map(text(), text(), 0..12)), option::of(thing()));
    (plain, lists, deep).prop_map(|((name, flag, count), (list, gaps, things), (map, deep))| {
        let (count, deep) = (count.map(i64::from), deep.map(Box::new));
        Input { name, flag, count, list, gaps, things, map, deep }
    })
}

#[test]
fn the_fuzzers_seeds_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/query_form");
    let mut seeds = 0;
    for seed in std::fs::read_dir(folder).unwrap() {
        checks::query_form(&std::fs::read(seed.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds > 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read(input in input(), seed in any::<u64>()) {
        let form = checks::form(&input, seed);
        prop_assert_eq!(read::<Input>(form.as_bytes()), Ok(input), "{}", form);
    }

    #[test]
    fn any_bytes_hold(form in vec(any::<u8>(), 0..200)) {
        checks::query_form(&form);
    }

    #[test]
    fn any_names_hold(pairs in vec((name(), "[a-z1+%]{0,3}"), 0..30)) {
        let form: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        checks::query_form(form.join("&").as_bytes());
    }
}
