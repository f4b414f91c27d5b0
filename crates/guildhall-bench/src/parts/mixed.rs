//! Reads while a writer writes.

use super::{BATCH, MANY, Subject, progress};
use crate::Refusal;
use crate::client::load::{Load, Pace, Sample, measure};
use crate::client::requests::Operation;
use crate::report::{Row, Section, Unit, median};
use crate::target::{Lab, Target};
use std::time::Duration;

/// Connections that read.
const READERS: usize = 8;

/// Reads a second: few enough that the server is measured and not the machine.
const RATE: f64 = 1_000.0;

/// Enough reads for a 99th percentile take longer than other repetitions.
const LONGER: f64 = 3.0;

/// And are repeated less often.
const TURNS: usize = 7;

/// How often a second a writer is given requests for; no server here is faster.
const FASTEST: f64 = 100_000.0;

/// Reads with nothing beside them, and right after it reads beside writers.
struct Turn {
    alone: Sample,
    beside: Sample,
    writes: Sample,
}

/// Measures DescribeAccount alone, beside one writer and beside many.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let mut rows = Vec::new();
    for target in [Target::Guildhall, Target::Ceiling] {
        let mut subject = Subject::usual(lab, target)?;
        for writers in [1, MANY] {
            progress(&format!("mixed: {target:?}, {writers} writing"));
            let reps = lab.settings.reps.min(TURNS);
            let turns: Vec<Turn> =
                (0..reps).map(|_| turn(lab, &mut subject, writers)).collect::<Result<_, _>>()?;
            rows.push(row(target, writers, &turns));
        }
    }
    let how = format!(
        "DescribeAccount, {RATE:.0} a second on {READERS} connections, latency from when a request was due; the writer \
         sends TagResource as fast as it is answered. With {MANY} writers client and server fill the processors \
         between them, so that those lines say more about the machine: the ceiling's stand beside ours."
    );
    Ok(Section { title: "Reads beside writes", how, rows })
}

fn row(target: Target, writers: usize, turns: &[Turn]) -> Row {
    let of = |number: &dyn Fn(&Turn) -> f64| median(turns.iter().map(number).collect());
    let detail = format!(
        "p99 {:.0} µs alone, {:.0} µs beside {:.0} writes/s; p50 {:.0} and {:.0} µs",
        of(&|t| t.alone.p99_us),
        of(&|t| t.beside.p99_us),
        of(&|t| t.writes.per_second),
        of(&|t| t.alone.p50_us),
        of(&|t| t.beside.p50_us)
    );
    let ratio = of(&|t| t.beside.p99_us / t.alone.p99_us);
    let row = match (target, writers) {
        (Target::Guildhall, 1) => Row::at_most("p99 beside a writer at full speed", Unit::Times, ratio, 3.0),
        (Target::Guildhall, _) => Row::note(format!("p99 beside {writers} writers"), Unit::Times, ratio),
        (Target::Ceiling, _) => Row::note(format!("the ceiling's, beside {writers}"), Unit::Times, ratio),
    };
    row.detail(detail)
}

fn turn(lab: &Lab, subject: &mut Subject, writers: usize) -> Result<Turn, Refusal> {
    let seconds = lab.settings.seconds * LONGER;
    let (at, pid) = (subject.process.at, subject.process.pid());
    let reading = Load { connections: READERS, seconds, pace: Pace::Rate(RATE) };
    let writing = Load { connections: writers, seconds: seconds + 0.2, pace: Pace::Once };
    let requests = if writers == 1 { FASTEST / 10.0 } else { FASTEST } * seconds;

    let alone = measure(at, pid, subject.world.sign(Operation::DescribeAccount, BATCH), reading)?;
    let writes = subject.world.sign(Operation::TagResource, requests as usize);
    let reads = subject.world.sign(Operation::DescribeAccount, BATCH);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| measure(at, pid, writes, writing));
        std::thread::sleep(Duration::from_millis(100));
        let beside = measure(at, pid, reads, reading)?;
        let writes = writer.join().map_err(|_| "the writer panicked")??;
        Ok(Turn { alone, beside, writes })
    })
}
