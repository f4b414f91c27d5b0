//! Durable writes a second from many connections, against the ceiling of durable writes.

use super::{MANY, Pairs, Subject, progress};
use crate::Refusal;
use crate::client::load::Sample;
use crate::client::requests::Operation;
use crate::report::{Row, Section, Unit};
use crate::target::{Lab, Target};

/// What is written, and the least and the best share of the ceiling.
const WRITES: [(Operation, f64, f64); 2] =
    [(Operation::TagResource, 0.60, 0.80), (Operation::Invite, 0.35, 0.55)];

/// Requests that show how fast a server is.
const TRIAL: usize = 10_000;

/// Measures every write.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let mut guildhall = Subject::usual(lab, Target::Guildhall)?;
    let mut ceiling = Subject::usual(lab, Target::Ceiling)?;
    let mut rows = Vec::new();
    for (operation, least, best) in WRITES {
        progress(&format!("writes: {}", operation.label()));
        let ours = batch(lab, &mut guildhall, operation)?;
        let theirs = batch(lab, &mut ceiling, operation)?;
        let pairs = Pairs::take(lab, || {
            let sample = guildhall.measure_writes(operation, ours, MANY)?;
            Ok((sample, ceiling.measure_writes(operation, theirs, MANY)?))
        })?;
        let detail = |median: &dyn Fn(fn(&Sample) -> f64) -> f64| {
            let (rate, cpu) = (median(|s| s.per_second), median(|s| s.cpu_us));
            let (p50, p99) = (median(|s| s.p50_us), median(|s| s.p99_us));
            format!("{rate:.0}/s, CPU {cpu:.1} µs, p50 {p50:.0} µs, p99 {p99:.0} µs")
        };
        let behind =
            format!("ours {}; ceiling {}", detail(&|n| pairs.first(n)), detail(&|n| pairs.second(n)));
        let what = format!("{}, requests/s", operation.label());
        let share = pairs.ratio(|s| s.per_second);
        rows.push(Row::at_least(what, Unit::Share, share, least).aim(best).detail(behind));
        let what = format!("{}, the ceiling's CPU", operation.label());
        rows.push(Row::note(what, Unit::Share, pairs.ratio(|s| 1.0 / s.cpu_us)).detail("as a share of ours"));
    }
    let how = format!(
        "Requests a second from {MANY} connections, as a share of what a minimal signed hyper server reaches that \
         commits two SQLite rows per request in groups with synchronous=FULL; {} accounts. Each request is sent once.",
        lab.settings.accounts
    );
    Ok(Section { title: "Durable writes", how, rows })
}

/// How many requests keep this server busy for one repetition.
fn batch(lab: &Lab, subject: &mut Subject, operation: Operation) -> Result<usize, Refusal> {
    let trial = subject.measure_writes(operation, TRIAL, MANY)?;
    Ok(((trial.per_second * lab.settings.seconds) as usize).clamp(TRIAL / 2, 200_000))
}
