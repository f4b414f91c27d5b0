//! From the start of the process to its first answers.

use super::{PAGE, progress};
use crate::Refusal;
use crate::client::call::Caller;
use crate::client::requests::MANAGEMENT;
use crate::client::sign;
use crate::disk::{Place, fdatasync_us};
use crate::report::{Row, Section, Unit, median};
use crate::target::{Lab, Target};
use std::path::Path;

/// What the first request is.
#[derive(Clone, Copy)]
enum First {
    /// `sts:GetCallerIdentity`: signed, and about nobody but the caller.
    CallerIdentity,
    /// `DescribeOrganization`, which needs the organization.
    Organization,
}

/// One start, in milliseconds since the process was asked for.
struct Start {
    listening: f64,
    first_answer: f64,
    first_page: f64,
}

/// Measures starts on an empty store and on a large one.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let large = lab.settings.large;
    let reps = lab.settings.reps * 2 + 1;
    let (mut empty, mut full, mut straight) = (Vec::new(), Vec::new(), Vec::new());
    let disk = fdatasync_us(lab.dir(), Place::End, 100)?;
    let store = lab.filled_store(Target::Guildhall, large, super::INVITATIONS)?;
    for rep in 0..=reps {
        progress(&format!("start: repetition {rep}"));
        let starts = (
            once(lab, &lab.fresh_store(), First::CallerIdentity, false)?,
            once(lab, &store, First::CallerIdentity, true)?,
            once(lab, &store, First::Organization, true)?,
        );
        if rep > 0 {
            empty.push(starts.0);
            full.push(starts.1);
            straight.push(starts.2);
        }
    }
    let of = |starts: &[Start], number: fn(&Start) -> f64| median(starts.iter().map(number).collect());
    let listening = |starts: &[Start]| format!("listening after {:.1} ms", of(starts, |s| s.listening));
    let first = |starts: &[Start]| of(starts, |s| s.first_answer);
    let rows = vec![
        Row::at_most("first signed answer, empty store", Unit::Milliseconds, first(&empty), 15.0)
            .detail(format!("{}; an fdatasync takes {:.1} ms", listening(&empty), disk / 1e3)),
        Row::at_most(
            format!("first signed answer, {large} accounts"),
            Unit::Milliseconds,
            first(&full),
            50.0,
        )
        .detail(listening(&full)),
        Row::at_most(
            format!("first page of {large} accounts"),
            Unit::Milliseconds,
            of(&full, |s| s.first_page),
            300.0,
        )
        .detail("ListAccounts, the second request"),
        Row::note(
            format!("DescribeOrganization first, {large} accounts"),
            Unit::Milliseconds,
            first(&straight),
        )
        .detail("the first request needs the organization"),
    ];
    let how = format!(
        "From before the process is created until the answer is read, median of {reps} starts. The first request is a \
         signed sts:GetCallerIdentity, as every AWS tool's is; a new store and its first account included."
    );
    Ok(Section { title: "Start", how, rows })
}

fn once(lab: &Lab, store: &Path, first: First, page: bool) -> Result<Start, Refusal> {
    let process = lab.serve(Target::Guildhall, store)?;
    let since = || process.started.elapsed().as_secs_f64() * 1e3;
    let listening = since();
    let mut caller = Caller::new(process.at, MANAGEMENT)?;
    match first {
        First::CallerIdentity => {
            let request = caller.signer.caller_identity(sign::now());
            let answer = caller.send(&request)?;
            if answer.status != 200 {
                return Err(format!("GetCallerIdentity: {}", String::from_utf8_lossy(&answer.body)).into());
            }
        }
        First::Organization => drop(caller.must("DescribeOrganization", "{}")?),
    }
    let first_answer = since();
    if page {
        let answer = caller.must("ListAccounts", &format!("{{\"MaxResults\": {PAGE}}}"))?.json();
        if answer["Accounts"].as_array().map_or(0, Vec::len) != PAGE {
            return Err("the first page is not full".into());
        }
    }
    let first_page = since();
    process.stop()?;
    Ok(Start { listening, first_answer, first_page })
}
