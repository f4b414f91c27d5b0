//! CPU per read against a bare hyper server that gives the same bytes without looking.

use super::{BATCH, MANY, ONE, PAGE, Pairs, Subject, progress};
use crate::Refusal;
use crate::client::call::Caller;
use crate::client::load::{Load, Pace, Sample, measure};
use crate::client::requests::{MANAGEMENT, Operation};
use crate::report::{Row, Section, Unit};
use crate::stand::recorded;
use crate::target::{Lab, Process, Target};

/// What is read, and the least and the best share of our CPU that the bare server's may be.
const READS: [(Operation, f64, f64); 6] = [
    (Operation::DescribeAccount, 0.60, 0.72),
    (Operation::DescribeOrganization, 0.60, 0.72),
    (Operation::ListParents, 0.60, 0.72),
    (Operation::ListAccounts, 0.45, 0.58),
    (Operation::ListChildren, 0.45, 0.58),
    (Operation::ListHandshakes, 0.45, 0.58),
];

/// Measures every read.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let mut guildhall = Subject::usual(lab, Target::Guildhall)?;
    let mut rows = Vec::new();
    for (operation, least, best) in READS {
        progress(&format!("reads: {}", operation.label()));
        guildhall.world.check(operation)?;
        let answer = Recorded::new(lab, &mut guildhall, operation)?;
        let few = answer.compare(lab, &mut guildhall, ONE)?;
        let share = few.ratio(|s| s.cpu_us);
        rows.push(Row::at_least(operation.label(), Unit::Share, share, least).aim(best).detail(detail(&few)));
        let many = answer.compare(lab, &mut guildhall, MANY)?;
        let what = format!("{}, {MANY} connections", operation.label());
        rows.push(Row::note(what, Unit::Share, many.ratio(|s| s.cpu_us)).detail(detail(&many)));
        answer.bare.stop()?;
    }
    let how = format!(
        "CPU per request of a bare hyper server that answers Guildhall's own bytes without looking, as a share of \
         Guildhall's, with signatures verified and access checked; {} accounts, pages of {PAGE}. \
         The demand is read with one request in flight, where each costs a waking of its own; with {MANY} connections \
         hyper's and the kernel's share of both shrinks.",
        lab.settings.accounts
    );
    Ok(Section { title: "Reads", how, rows })
}

fn detail(pairs: &Pairs) -> String {
    let both = |number: fn(&Sample) -> f64| (pairs.second(number), pairs.first(number));
    let (cpu, rate, bytes) = (both(|s| s.cpu_us), both(|s| s.per_second), both(|s| s.bytes));
    format!(
        "CPU {:.1} µs, bare {:.1} µs; {:.0} and {:.0} requests/s, {:.0} and {:.0} bytes, client {:.1} µs",
        cpu.0,
        cpu.1,
        rate.0,
        rate.1,
        bytes.0,
        bytes.1,
        pairs.second(|s| s.client_cpu_us)
    )
}

/// A bare server with one of Guildhall's answers.
struct Recorded {
    operation: Operation,
    bare: Process,
}

impl Recorded {
    /// Records an answer and starts the bare server, which has to repeat it to the byte.
    fn new(lab: &Lab, guildhall: &mut Subject, operation: Operation) -> Result<Self, Refusal> {
        let body = guildhall.world.body(operation);
        let ask = |at| Caller::new(at, MANAGEMENT)?.must(operation.wire_name(), &body);
        let answer = ask(guildhall.process.at)?;
        let bare = lab.serve_recorded(&recorded::Answer::record(&answer)?)?;
        recorded::same(&answer, &ask(bare.at)?)?;
        Ok(Self { operation, bare })
    }

    /// The bare server and Guildhall, in turn.
    fn compare(&self, lab: &Lab, guildhall: &mut Subject, connections: usize) -> Result<Pairs, Refusal> {
        let load = Load { connections, seconds: lab.settings.seconds, pace: Pace::Again };
        Pairs::take(lab, || {
            // The same requests to both: the bare server does not mind whom they are signed for.
            let requests = guildhall.world.sign(self.operation, BATCH);
            let of_bare = measure(self.bare.at, self.bare.pid(), requests.clone(), load)?;
            Ok((of_bare, measure(guildhall.process.at, guildhall.process.pid(), requests, load)?))
        })
    }
}
