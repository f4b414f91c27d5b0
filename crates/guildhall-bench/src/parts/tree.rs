//! The cost of one request in a deep tree with policies: 2,000 units and a large organization against 10 units and ten
//! accounts.

use super::{ONE, Pairs, Subject, progress};
use crate::Refusal;
use crate::client::requests::Operation;
use crate::report::{Row, Section, Unit};
use crate::target::{Lab, Target};

/// Accounts and units of the small organization.
const SMALL: (u64, usize) = (10, 10);

/// Units of the large one: as many as AWS allows.
const UNITS: usize = 2_000;

/// Writes of one repetition. One at a time: the next write of an account needs the one before.
const WRITES: usize = 400;

/// What is compared, and the most that the large one may cost.
const OPERATIONS: [(Operation, f64); 3] = [
    (Operation::MoveAccount, 1.3),
    (Operation::AttachPolicy, 1.3),
    (Operation::DescribeEffectivePolicy, 1.3),
];

/// Measures every operation in both organizations, in turn.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let large_size = lab.settings.large;
    let subject = |accounts, units| -> Result<Subject, Refusal> {
        progress(&format!("tree: planting {units} units for {accounts} accounts"));
        let process = lab.serve_filled(Target::Guildhall, accounts, 0)?;
        let mut subject = Subject::new(lab, process, accounts, 5)?;
        subject.world.plant(units)?;
        Ok(subject)
    };
    let (mut small, mut large) = (subject(SMALL.0, SMALL.1)?, subject(large_size, UNITS)?);
    let mut rows = Vec::new();
    for (operation, most) in OPERATIONS {
        progress(&format!("tree: {}", operation.label()));
        let sample = |subject: &mut Subject| match operation.is_write() {
            true => subject.measure_writes(operation, WRITES, ONE),
            false => subject.measure_read(operation, lab.settings.seconds),
        };
        let pairs = Pairs::take(lab, || {
            let of_large = sample(&mut large)?;
            Ok((of_large, sample(&mut small)?))
        })?;
        let cpu = (pairs.first(|s| s.cpu_us), pairs.second(|s| s.cpu_us));
        let detail = format!("CPU {:.1} µs in the large one, {:.1} µs in the small one", cpu.0, cpu.1);
        rows.push(
            Row::at_most(operation.label(), Unit::Times, pairs.ratio(|s| s.cpu_us), most).detail(detail),
        );
    }
    let how = format!(
        "CPU per request in an organization of {large_size} accounts and {UNITS} units, in that of one of {} accounts and \
         {} units. Three tag policies of ten keys at the root, one at every hundredth unit. Accounts are moved from unit \
         to unit; a fourth policy is attached to the root and detached again.",
        SMALL.0, SMALL.1
    );
    Ok(Section { title: "Flat in the tree and in the policies", how, rows })
}
