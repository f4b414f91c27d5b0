//! One connection: what a durable write takes, in fdatasyncs of the same disk in the same run.

use super::{Subject, progress};
use crate::Refusal;
use crate::client::requests::Operation;
use crate::disk::{Place, fdatasync_us};
use crate::report::{Row, Section, Unit, median};
use crate::target::{Lab, Target};

/// Appends of one repetition.
const APPENDS: usize = 200;

/// Writes of one repetition.
const WRITES: usize = 300;

/// The median write may take so many fdatasyncs.
const MOST: f64 = 2.5;

/// Measures both writes, and the ceiling's for comparison.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let mut guildhall = Subject::usual(lab, Target::Guildhall)?;
    let mut ceiling = Subject::usual(lab, Target::Ceiling)?;
    progress("single: one connection");
    let mut turns = Vec::new();
    for _ in 0..=lab.settings.reps {
        turns.push(Turn {
            append: fdatasync_us(lab.dir(), Place::End, APPENDS)?,
            tag: guildhall.measure_writes(Operation::TagResource, WRITES, 1)?.p50_us,
            invite: guildhall.measure_writes(Operation::Invite, WRITES, 1)?.p50_us,
            least: ceiling.measure_writes(Operation::TagResource, WRITES, 1)?.p50_us,
            overwrite: fdatasync_us(lab.dir(), Place::Over, APPENDS)?,
        });
    }
    // The first warmed up.
    let turns = &turns[1..];
    let of = |number: &dyn Fn(&Turn) -> f64| median(turns.iter().map(number).collect());
    let appends = |number: fn(&Turn) -> f64| of(&|t| number(t) / t.append);
    let (append, overwrite) = (of(&|t| t.append), of(&|t| t.overwrite));
    let detail = |number: fn(&Turn) -> f64| {
        format!(
            "{:.0} µs; fdatasync {append:.0} µs for an append, {overwrite:.0} µs over old bytes",
            of(&number)
        )
    };
    let rows = vec![
        Row::at_most("TagResource", Unit::Times, appends(|t| t.tag), MOST).detail(detail(|t| t.tag)),
        Row::at_most("InviteAccountToOrganization", Unit::Times, appends(|t| t.invite), MOST)
            .detail(detail(|t| t.invite)),
        Row::note("the ceiling's TagResource", Unit::Times, appends(|t| t.least)).detail(detail(|t| t.least)),
        Row::note("TagResource, in writes over old bytes", Unit::Times, of(&|t| t.tag / t.overwrite)),
        Row::note("Invitation, in writes over old bytes", Unit::Times, of(&|t| t.invite / t.overwrite)),
    ];
    let how = "The median write on one connection, in median fdatasyncs of a 512-byte append on the same file system, \
               taken in turn. A log that SQLite begins anew is written over its old bytes, which a busy file system \
               makes durable sooner than an append: where the two differ much, the disk was not quiet."
        .to_owned();
    Ok(Section { title: "One connection", how, rows })
}

/// One repetition; microseconds.
struct Turn {
    append: f64,
    overwrite: f64,
    tag: f64,
    invite: f64,
    least: f64,
}
