//! The cost of one request in a large organization against that in one of ten accounts.

use super::{MANY, Pairs, Subject, progress};
use crate::Refusal;
use crate::client::requests::Operation;
use crate::report::{Row, Section, Unit};
use crate::target::{Lab, Target};

/// Accounts of the small organization.
const SMALL: u64 = 10;

/// Accounts on a page: the small organization, too, has a full first page and a full later one.
const PAGE: usize = 5;

/// Writes of one repetition, the same for both, so that both grow alike.
const WRITES: usize = 4_000;

/// What is compared.
const OPERATIONS: [Operation; 5] = [
    Operation::DescribeAccount,
    Operation::ListAccounts,
    Operation::ListAccountsDeep,
    Operation::TagResource,
    Operation::Invite,
];

/// Measures every operation in both organizations, in turn.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let large_size = lab.settings.large;
    let subject = |accounts| -> Result<Subject, Refusal> {
        let process = lab.serve_filled(Target::Guildhall, accounts, 0)?;
        let mut subject = Subject::new(lab, process, accounts, PAGE)?;
        subject.world.find_deep_page()?;
        Ok(subject)
    };
    let (mut small, mut large) = (subject(SMALL)?, subject(large_size)?);
    let mut rows = Vec::new();
    for operation in OPERATIONS {
        progress(&format!("flat: {}", operation.label()));
        let sample = |subject: &mut Subject| match operation.is_write() {
            true => subject.measure_writes(operation, WRITES, MANY),
            false => subject.measure_read(operation, lab.settings.seconds),
        };
        small.world.check(operation)?;
        large.world.check(operation)?;
        let pairs = Pairs::take(lab, || {
            let of_large = sample(&mut large)?;
            Ok((of_large, sample(&mut small)?))
        })?;
        let cpu = (pairs.first(|s| s.cpu_us), pairs.second(|s| s.cpu_us));
        let detail = format!("CPU {:.1} µs at {large_size}, {:.1} µs at {SMALL}", cpu.0, cpu.1);
        rows.push(
            Row::at_most(operation.label(), Unit::Times, pairs.ratio(|s| s.cpu_us), 1.2).detail(detail),
        );
    }
    let how = format!(
        "CPU per request in an organization of {large_size} accounts, in that of one of {SMALL}; pages of {PAGE}, so \
         that both answer as many accounts; every account is as likely as any other. Both servers run at once and are measured in turn."
    );
    Ok(Section { title: "Flat in the size of the organization", how, rows })
}
