//! Resident memory, idle and with every account in use.

use super::{INVITATIONS, MANY, PAGE, Subject, progress};
use crate::Refusal;
use crate::client::call::Caller;
use crate::client::load::{Load, Pace, measure};
use crate::client::requests::MANAGEMENT;
use crate::client::sign::{self, Query};
use crate::procfs::{self, Memory};
use crate::report::{Row, Section, Unit};
use crate::target::{Lab, Target};
use std::time::Duration;

/// How long a server is left alone before its memory is read.
const PAUSE: Duration = Duration::from_secs(2);

/// Measures an idle server, and servers whose accounts have all been asked for.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    progress("memory: idle");
    let idle = idle(lab)?;
    let mut rows =
        vec![Row::at_most("idle, empty store", Unit::Mebibytes, idle.resident, 16.0).detail(detail(idle))];
    for accounts in [lab.settings.accounts, lab.settings.large] {
        progress(&format!("memory: {accounts} accounts"));
        let Stages { used, called, with_roles } = in_use(lab, accounts)?;
        let per_ten_thousand =
            |more: Memory, than: Memory| (more.resident - than.resident) / accounts as f64 * 10_000.0;
        let what = format!("more per 10,000 accounts in use, of {accounts}");
        rows.push(
            Row::at_most(what, Unit::Mebibytes, per_ten_thousand(used, idle), 8.0).detail(detail(used)),
        );
        let what = format!("more again when each has called, of {accounts}");
        rows.push(Row::note(what, Unit::Mebibytes, per_ten_thousand(called, used)).detail(detail(called)));
        let what = format!("more again with their two roles, of {accounts}");
        let roles = per_ten_thousand(with_roles, called);
        rows.push(Row::at_most(what, Unit::Mebibytes, roles, 12.0).detail(detail(with_roles)));
    }
    let how = format!(
        "Resident set size, {} s after the last request. In use: listed page by page, and each account described. \
         Then each account has asked who it is, and then which roles it has.",
        PAUSE.as_secs()
    );
    Ok(Section { title: "Memory", how, rows })
}

fn detail(memory: Memory) -> String {
    format!("{:.1} MiB resident, {:.1} MiB of it anonymous", memory.resident, memory.anonymous)
}

/// After its first signed answer.
fn idle(lab: &Lab) -> Result<Memory, Refusal> {
    let process = lab.serve(Target::Guildhall, &lab.fresh_store())?;
    let mut caller = Caller::new(process.at, MANAGEMENT)?;
    let request = caller.signer.caller_identity(sign::now());
    caller.send(&request)?;
    std::thread::sleep(PAUSE);
    Ok(procfs::memory(process.pid())?)
}

/// What a server takes in the course of its use.
struct Stages {
    /// After every account was asked for.
    used: Memory,
    /// After every account called for the first time, about nothing that it has: its key and its share of the rate are known.
    called: Memory,
    /// After every account asked for its roles.
    with_roles: Memory,
}

fn in_use(lab: &Lab, accounts: u64) -> Result<Stages, Refusal> {
    let process = lab.serve_filled(Target::Guildhall, accounts, INVITATIONS)?;
    let mut subject = Subject::new(lab, process, accounts, PAGE)?;
    Caller::new(subject.process.at, MANAGEMENT)?.walk_accounts(PAGE)?;
    let after = |subject: &Subject, all| -> Result<Memory, Refusal> {
        let load = Load { connections: MANY, seconds: 60.0, pace: Pace::Once };
        measure(subject.process.at, subject.process.pid(), all, load)?;
        std::thread::sleep(PAUSE);
        Ok(procfs::memory(subject.process.pid())?)
    };
    let all = subject.world.sign_each_account();
    let used = after(&subject, all)?;
    let called = after(&subject, subject.world.sign_by_each_account(Query::Sts, "GetCallerIdentity"))?;
    let with_roles = after(&subject, subject.world.sign_by_each_account(Query::Iam, "ListRoles"))?;
    Ok(Stages { used, called, with_roles })
}
