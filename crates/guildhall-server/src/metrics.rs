//! Metrics, in Prometheus' text form. Counters of the hot path are looked up once, at the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use guildhall_engine::Engine;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::envelope::{SERVICES, Service};
use crate::listen::traffic::Traffic;
use crate::seldom::Seldom;

/// How a request ended.
#[derive(Clone, Copy)]
pub(crate) enum RequestOutcome {
    /// It was done.
    Ok,
    /// It was refused.
    Refused,
    /// It failed for a reason of ours.
    Failed,
}

const OUTCOMES: [&str; 3] = ["ok", "refused", "failed"];
/// The name under which requests are counted that name no operation of ours.
const OTHER: &str = "other";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    service: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Operation {
    service: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RefusedRequest {
    kind: &'static str,
}

struct OperationCounters {
    outcomes: [Counter; 3],
    seconds: Counter<f64, AtomicU64>,
}

/// The server's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    /// By the places of the service and of the operation in the tables.
    operations: Vec<Vec<OperationCounters>>,
    other: OperationCounters,
    refused: Family<RefusedRequest, Counter>,
    /// Lines of the log about refused signatures.
    pub(crate) signatures: Seldom,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("guildhall");
        let requests = Family::<Request, Counter>::default();
        registry.register("requests", "Requests of the AWS API", requests.clone());
        let seconds = Family::<Operation, Counter<f64, AtomicU64>>::default();
        registry.register("request_seconds", "Time spent on requests of the AWS API", seconds.clone());
        let counters = |service, operation| OperationCounters {
            outcomes: OUTCOMES
                .map(|outcome| requests.get_or_create(&Request { service, operation, outcome }).clone()),
            seconds: seconds.get_or_create(&Operation { service, operation }).clone(),
        };
        let of_service = |service: &&Service| {
            service.operations.iter().map(|entry| counters(service.name, entry.name)).collect()
        };
        let (operations, other) = (SERVICES.iter().map(of_service).collect(), counters(OTHER, OTHER));
        let refused = Family::<RefusedRequest, Counter>::default();
        let help = "Requests refused before an operation of theirs ran, by kind";
        registry.register("refused", help, refused.clone());
        Self { registry, operations, other, refused, signatures: Seldom::new() }
    }

    /// Counts a request that is refused whatever it asks for.
    pub(crate) fn refused(&self, kind: &'static str) {
        self.refused.get_or_create(&RefusedRequest { kind }).inc();
    }

    /// Counts a request of the AWS API, by the places of its service and of its operation in the tables.
    pub(crate) fn count(&self, operation: Option<(usize, usize)>, outcome: RequestOutcome, started: Instant) {
        let counters = operation.and_then(|(service, n)| self.operations.get(service)?.get(n));
        let counters = counters.unwrap_or(&self.other);
        if let Some(counter) = counters.outcomes.get(outcome as usize) {
            counter.inc();
        }
        counters.seconds.inc_by(started.elapsed().as_secs_f64());
    }

    /// Everything, as text.
    pub(crate) fn text(&self, engine: &Engine, traffic: &Traffic, body_bytes: usize) -> String {
        use std::fmt::Write;
        let stats = engine.stats();
        let mut text = String::new();
        let _ = encode(&mut text, &self.registry);
        let mut more = String::new();
        for (name, help, value) in [
            ("commits", "Batches committed", &stats.commits),
            ("commands", "Commands committed", &stats.commands),
            ("conflicts", "Batches that ran again after a conflict", &stats.conflicts),
            ("mails_delivered", "Mails handed over", &stats.mails_delivered),
            ("mail_tries_failed", "Tries to hand a mail over that failed", &stats.mails_failed),
            ("timers_failed", "Runs of timers that failed", &stats.timers_failed),
            ("panics", "Commands that panicked", &stats.panics),
            ("task_restarts", "Tasks that ended and were started again", &stats.restarts),
        ] {
            let value = value.load(Ordering::Relaxed);
            let _ = writeln!(more, "# HELP guildhall_{name} {help}.\n# TYPE guildhall_{name} counter");
            let _ = writeln!(more, "guildhall_{name}_total {value}");
        }
        let mails = engine.store().mail_counts();
        for (name, help, value) in [
            ("timers_failing", "Timers that fail and are tried again", engine.failing_timers() as u64),
            ("mails_pending", "Mails that wait to be handed over", mails.pending),
            ("mails_failed", "Mails that were given up", mails.failed),
        ] {
            let _ = writeln!(more, "# HELP guildhall_{name} {help}.\n# TYPE guildhall_{name} gauge");
            let _ = writeln!(more, "guildhall_{name} {value}");
        }
        let _ = traffic.write(body_bytes, &mut more);
        // The text ends with its own end mark.
        match text.rfind("# EOF") {
            Some(end) => text.insert_str(end, &more),
            None => text.push_str(&more),
        }
        text
    }
}
