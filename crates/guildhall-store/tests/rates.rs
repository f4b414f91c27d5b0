//! How fast the SQLite store is. Not a test: run with
//! `cargo test --release -p guildhall-store --test rates -- --ignored --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: clippy.toml allows it in test functions, and this is for their helpers"
)]

mod common;

use std::time::{Duration, Instant};

use common::{member, org, put, restore, row, tags};
use guildhall_core::{ItemChange, Owner};
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Batch, Named, Store};

const MEMBERS: u64 = 50_000;

fn tag_batch(owner: &Owner, version: u64, size: u64, random: &mut u64) -> Batch {
    let mut batch = Batch {
        reads: vec![(owner.clone(), version)],
        writes: vec![(owner.clone(), version + size)],
        ..Batch::default()
    };
    for n in 1..=size {
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let item = tags((*random >> 33) % MEMBERS, &random.to_string());
        batch.items.push((owner.clone(), ItemChange::Put(item)));
        batch.journal.push(row(owner, version + n));
    }
    batch
}

/// What this thread used of a processor, in microseconds: on a busy machine truer than the clock.
fn used() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e3
}

/// What the process has in memory, in MiB.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4_096.0 / 1_048_576.0
}

#[test]
#[ignore = "a measurement"]
fn rates() {
    let dir = tempfile::tempdir_in(std::env::var("RATES_DIR").unwrap_or_else(|_| "/tmp".into())).unwrap();
    let (before, started) = (resident(), Instant::now());
    let store = SqliteStore::open(dir.path()).unwrap();
    println!("create and open: {:?}, {:.1} MiB more in memory", started.elapsed(), resident() - before);
    let owner = org(1);
    store.commit(&put(&owner, 0, (0..MEMBERS).map(member).collect())).unwrap();
    store.commit(&put(&owner, 1, (0..MEMBERS).map(|n| tags(n, "1")).collect())).unwrap();
    let mut version = 2;
    let mut random = 42;
    for size in [1, 10, 64, 256] {
        let until = Instant::now() + Duration::from_secs(3);
        let cpu = used();
        let (started, mut batches, mut busy, mut worst) =
            (Instant::now(), 0_u32, Duration::ZERO, Duration::ZERO);
        while Instant::now() < until {
            let batch = tag_batch(&owner, version, size, &mut random);
            let begun = Instant::now();
            store.commit(&batch).unwrap();
            let took = begun.elapsed();
            busy += took;
            worst = worst.max(took);
            version += size;
            batches += 1;
        }
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{size:4} tags a batch: {:8.0} batches/s, {:8.0} tags/s, {:6.2} us a tag ({:6.2} of a processor), a commit {:?}, worst {worst:?}",
            f64::from(batches) / seconds,
            f64::from(batches) * size as f64 / seconds,
            busy.as_secs_f64() * 1e6 / f64::from(batches) / size as f64,
            (used() - cpu) / f64::from(batches) / size as f64,
            busy / batches,
        );
    }
    for _ in 0..3 {
        let started = Instant::now();
        let stored = store.load(&owner).unwrap();
        println!("load {} items: {:?}", stored.items.len(), started.elapsed());
    }
    let started = Instant::now();
    for n in 0..100_000 {
        assert_eq!(store.load(&org(1_000 + n)).unwrap().version, 0);
    }
    println!("load an absent owner: {:?}", started.elapsed() / 100_000);
    let started = Instant::now();
    store.backup(&dir.path().join("backup"), &Named::new()).unwrap();
    println!("backup: {:?}", started.elapsed());
    let started = Instant::now();
    restore(&store, &dir.path().join("backup")).unwrap();
    println!("restore: {:?}", started.elapsed());
    let started = Instant::now();
    drop(store);
    println!("close: {:?}", started.elapsed());
    for _ in 0..2 {
        let started = Instant::now();
        drop(SqliteStore::open(dir.path()).unwrap());
        println!("open and close: {:?}", started.elapsed());
    }
    let before = resident();
    let store = SqliteStore::open(dir.path()).unwrap();
    println!("an idle store: {:.1} MiB in memory", resident() - before);
    let started = Instant::now();
    assert!(store.integrity().unwrap().is_empty());
    println!("integrity: {:?}", started.elapsed());
    let item = size_of::<guildhall_core::state::item::Item>();
    println!("one item in memory: {item} bytes without what it points to");
}
