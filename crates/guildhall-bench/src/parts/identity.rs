//! What users and roles cost: calls by a user and by a session of a role against the root user's, AssumeRole against a
//! durable write, and an account with many users and roles against one with ten.

use super::{BATCH, MANY, ONE, Pairs, Subject, progress};
use crate::Refusal;
use crate::client::call::{Caller, element};
use crate::client::load::{Load, Pace, Sample, measure};
use crate::client::requests::{MANAGEMENT, Operation};
use crate::client::sign::{self, Credentials, Query, Signer};
use crate::report::{Row, Section, Unit};
use crate::target::{Lab, Process, Target};
use std::cell::Cell;

/// Users and roles of a small account, and of a large one.
const SMALL: (usize, usize) = (10, 10);
const LARGE: (usize, usize) = (5_000, 1_000);
/// Writes of one repetition.
const WRITES: usize = 2_000;
/// What a role trusts: the management account. What a user may: everything, said by three policies.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;
const POLICIES: [&str; 3] = ["AWSOrganizationsReadOnlyAccess", "IAMReadOnlyAccess", "AdministratorAccess"];

/// Measures all of it.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let mut subject = Subject::usual(lab, Target::Guildhall)?;
    let mut rows = callers(lab, &mut subject)?;
    rows.push(assume_role(lab, &mut subject)?);
    drop(subject);
    rows.extend(flat(lab)?);
    let how = format!(
        "CPU per DescribeAccount, one request in flight, by a user with three managed policies and by a session of a role, \
         against the root user's at the same server, {} accounts. AssumeRole by that user, and TagResource, a second, on \
         {MANY} connections. CPU per request in an account with {} users and {} roles against one with {} and {}: all \
         names as likely as each other, pages of 5.",
        lab.settings.accounts, LARGE.0, LARGE.1, SMALL.0, SMALL.1
    );
    Ok(Section { title: "Users and roles", how, rows })
}

/// A user with three policies and a role that it may assume, and their credentials.
fn people(process: &Process) -> Result<(Signer, Signer), Refusal> {
    let host = process.at.to_string();
    let mut root = Caller::new(process.at, MANAGEMENT)?;
    root.query(Query::Iam, "CreateUser", "UserName=bench")?;
    root.query(Query::Iam, "CreateRole", &role("bench"))?;
    for policy in POLICIES {
        let arn = format!("PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F{policy}");
        root.query(Query::Iam, "AttachUserPolicy", &format!("UserName=bench&{arn}"))?;
        root.query(Query::Iam, "AttachRolePolicy", &format!("RoleName=bench&{arn}"))?;
    }
    let key = root.query(Query::Iam, "CreateAccessKey", "UserName=bench")?;
    let user = Signer::with(credentials(&key, None)?, &host);
    let mut by_user = Caller::new(process.at, MANAGEMENT)?;
    by_user.signer = user.clone();
    let session = by_user.query(Query::Sts, "AssumeRole", ASSUME)?;
    let token = element(&session, "SessionToken")?.to_owned();
    Ok((user, Signer::with(credentials(&session, Some(token))?, &host)))
}

const ASSUME: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fbench&RoleSessionName=bench";

fn credentials(xml: &str, token: Option<String>) -> Result<Credentials, Refusal> {
    let secret = element(xml, "SecretAccessKey")?.to_owned();
    Ok(Credentials { access_key: element(xml, "AccessKeyId")?.to_owned(), secret, token })
}

fn role(name: &str) -> String {
    let trust: String = TRUST.bytes().map(|b| format!("%{b:02X}")).collect();
    format!("RoleName={name}&AssumeRolePolicyDocument={trust}")
}

fn callers(lab: &Lab, subject: &mut Subject) -> Result<Vec<Row>, Refusal> {
    let (user, session) = people(&subject.process)?;
    let load = Load { connections: ONE, seconds: lab.settings.seconds, pace: Pace::Again };
    let mut rows = Vec::new();
    for (what, mut signer) in [("by a user with three policies", user), ("by a session of a role", session)] {
        progress(&format!("identity: {what}"));
        let pairs = Pairs::take(lab, || {
            let requests = subject.world.sign_by(&mut signer, Operation::DescribeAccount, BATCH);
            let by_it = measure(subject.process.at, subject.process.pid(), requests, load)?;
            Ok((by_it, subject.measure_read(Operation::DescribeAccount, lab.settings.seconds)?))
        })?;
        let detail =
            format!("CPU {:.1} µs, by root {:.1} µs", pairs.first(|s| s.cpu_us), pairs.second(|s| s.cpu_us));
        let ratio = pairs.ratio(|s| s.cpu_us);
        rows.push(Row::at_most(format!("DescribeAccount {what}"), Unit::Times, ratio, 1.25).detail(detail));
    }
    Ok(rows)
}

fn assume_role(lab: &Lab, subject: &mut Subject) -> Result<Row, Refusal> {
    progress("identity: AssumeRole");
    let mut signer = Signer::new(MANAGEMENT, &subject.process.at.to_string());
    let load = Load { connections: MANY, seconds: lab.settings.seconds, pace: Pace::Again };
    let pairs = Pairs::take(lab, || {
        let now = sign::now();
        let requests = (0..60).map(|n| signer.query(now - n, Query::Sts, "AssumeRole", ASSUME)).collect();
        let assumed = measure(subject.process.at, subject.process.pid(), requests, load)?;
        Ok((assumed, subject.measure_writes(Operation::TagResource, WRITES, MANY)?))
    })?;
    let rates = (pairs.first(|s| s.per_second), pairs.second(|s| s.per_second));
    let detail = format!("{:.0} and {:.0} requests/s", rates.0, rates.1);
    let ratio = pairs.ratio(|s| s.per_second);
    Ok(Row::at_least("AssumeRole, as often as TagResource", Unit::Times, ratio, 1.0).detail(detail))
}

/// A server whose management account has users and roles.
struct Peopled {
    process: Process,
    signer: Signer,
    users: usize,
    deep: String,
    next: Cell<usize>,
}

impl Peopled {
    fn new(lab: &Lab, (users, roles): (usize, usize)) -> Result<Self, Refusal> {
        let process = lab.serve_filled(Target::Guildhall, 1, 0)?;
        let mut signer = Signer::new(MANAGEMENT, &process.at.to_string());
        let now = sign::now();
        let mut all: Vec<_> = (0..users)
            .map(|n| signer.query(now, Query::Iam, "CreateUser", &format!("UserName=user{n:05}")))
            .collect();
        all.extend(
            (0..roles).map(|n| signer.query(now, Query::Iam, "CreateRole", &role(&format!("role{n:05}")))),
        );
        let load = Load { connections: MANY, seconds: 60.0, pace: Pace::Once };
        measure(process.at, process.pid(), all, load)?;
        // The marker of a page that begins late.
        let mut root = Caller::new(process.at, MANAGEMENT)?;
        let most = users - 7;
        let (mut seen, mut marker) = (0, String::new());
        while seen < most {
            let items = (most - seen).min(1_000);
            let page = root.query(Query::Iam, "ListUsers", &format!("MaxItems={items}{marker}"))?;
            seen += items;
            marker = format!(
                "&Marker={}",
                element(&page, "Marker")?.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
            );
        }
        Ok(Self { process, signer, users, deep: marker, next: Cell::new(0) })
    }

    /// Requests of an operation; `created` names are new in the whole run.
    fn sign(&mut self, what: Measured, count: usize) -> Vec<Vec<u8>> {
        let now = sign::now();
        (0..count)
            .map(|n| {
                let (operation, members) = match what {
                    Measured::CreateUser => {
                        self.next.set(self.next.get() + 1);
                        ("CreateUser", format!("UserName=new{:07}", self.next.get()))
                    }
                    Measured::GetUser => ("GetUser", format!("UserName=user{:05}", n * 7_919 % self.users)),
                    Measured::ListUsers => ("ListUsers", "MaxItems=5".to_owned()),
                    Measured::ListUsersDeep => ("ListUsers", format!("MaxItems=5{}", self.deep)),
                };
                // Dates are spread, so that equal bodies have different signatures.
                let at = now - i64::try_from(n % 60).unwrap_or(0);
                self.signer.query(at, Query::Iam, operation, &members)
            })
            .collect()
    }

    fn measure(&mut self, lab: &Lab, what: Measured) -> Result<Sample, Refusal> {
        let (count, load) = match what {
            Measured::CreateUser => (WRITES, Load { connections: MANY, seconds: 60.0, pace: Pace::Once }),
            _ => (BATCH, Load { connections: ONE, seconds: lab.settings.seconds, pace: Pace::Again }),
        };
        let requests = self.sign(what, count);
        measure(self.process.at, self.process.pid(), requests, load)
    }
}

/// What is compared between a small account and a large one.
#[derive(Clone, Copy)]
enum Measured {
    CreateUser,
    GetUser,
    ListUsers,
    ListUsersDeep,
}

fn flat(lab: &Lab) -> Result<Vec<Row>, Refusal> {
    progress("identity: users are created");
    let (mut small, mut large) = (Peopled::new(lab, SMALL)?, Peopled::new(lab, LARGE)?);
    let compared = [
        ("GetUser", Measured::GetUser),
        ("ListUsers", Measured::ListUsers),
        ("ListUsers, a late page", Measured::ListUsersDeep),
        ("CreateUser", Measured::CreateUser),
    ];
    let mut rows = Vec::new();
    for (label, what) in compared {
        progress(&format!("identity: {label}"));
        let pairs = Pairs::take(lab, || {
            let of_large = large.measure(lab, what)?;
            Ok((of_large, small.measure(lab, what)?))
        })?;
        let cpu = (pairs.first(|s| s.cpu_us), pairs.second(|s| s.cpu_us));
        let detail = format!("CPU {:.1} µs, in the small account {:.1} µs", cpu.0, cpu.1);
        let what = format!("{label}, {} users against {}", LARGE.0, SMALL.0);
        rows.push(Row::at_most(what, Unit::Times, pairs.ratio(|s| s.cpu_us), 1.2).detail(detail));
    }
    Ok(rows)
}
