//! The evaluations behind denials, for whoever asks why: each for a day of business time, as many as fit into memory. They
//! are this process's own: a denial changes no state.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use guildhall_core::kernel::evaluation::Evaluation;
use guildhall_core::kernel::time::{DAY, Timestamp};
use guildhall_core::services::iam::toolbox::Denied;

/// How much memory evaluations may take, in bytes of JSON and of the policies' texts.
const ROOM: usize = 32 * 1024 * 1024;

/// The evaluation behind one denial.
#[derive(Clone)]
pub(crate) struct Kept {
    /// Who was denied.
    pub(crate) denied: Denied,
    /// The evaluation, as JSON.
    pub(crate) evaluation: Bytes,
    /// The texts of its policies, by their `uri`.
    pub(crate) texts: Arc<BTreeMap<String, String>>,
    at: Timestamp,
}

impl Kept {
    fn len(&self) -> usize {
        self.evaluation.len() + self.texts.iter().map(|(uri, text)| uri.len() + text.len()).sum::<usize>()
    }
}

/// What is kept, the oldest first.
#[derive(Default)]
struct Ring {
    kept: HashMap<Box<str>, Kept>,
    order: VecDeque<Box<str>>,
    bytes: usize,
}

/// The evaluations of the last day.
#[derive(Default)]
pub(crate) struct Denials(Mutex<Ring>);

/// The id of the evaluation behind a denial: that of the request, without its strokes.
pub(crate) fn authorization_id(request_id: &str) -> String {
    request_id.chars().filter(char::is_ascii_alphanumeric).collect()
}

impl Denials {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an evaluation under the id of its request.
    pub(crate) fn keep(&self, request_id: &str, denied: Denied, at: Timestamp, evaluation: Evaluation) {
        let json = serde_json::to_vec(&evaluation).unwrap_or_default();
        let kept = Kept { denied, evaluation: json.into(), texts: Arc::new(evaluation.texts), at };
        let mut ring = self.ring();
        ring.bytes += kept.len();
        let id: Box<str> = authorization_id(request_id).into();
        ring.order.push_back(id.clone());
        ring.kept.insert(id, kept);
        while ring.bytes > ROOM || ring.oldest().is_some_and(|oldest| oldest.plus(DAY) <= at) {
            let Some(id) = ring.order.pop_front() else { break };
            let gone = ring.kept.remove(&id).map_or(0, |kept| kept.len());
            ring.bytes -= gone;
        }
    }

    /// The evaluation with this id, or of the request with this id.
    pub(crate) fn find(&self, id: &str, now: Timestamp) -> Option<Kept> {
        // No id is longer.
        let id = (id.len() <= 64).then(|| authorization_id(id))?;
        self.ring().kept.get(&*id).filter(|kept| now < kept.at.plus(DAY)).cloned()
    }
}

impl Ring {
    fn oldest(&self) -> Option<Timestamp> {
        Some(self.kept.get(self.order.front()?)?.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_are_kept_for_a_day_and_within_their_room() {
        let denials = Denials::default();
        let denied = Denied { account: "111111111111".parse().unwrap(), org: None };
        let at = |hours: i64| Timestamp(hours * 3_600_000);
        denials.keep("aaaa-1", denied, at(0), Evaluation::default());
        assert_eq!(denials.find("aaaa1", at(23)).unwrap().denied.account, denied.account);
        assert!(denials.find("aaaa-1", at(23)).is_some() && denials.find("aaaa1", at(24)).is_none());
        denials.keep("b", denied, at(24), Evaluation::default());
        assert_eq!(denials.ring().order.len(), 1);
        // A large one pushes out as many as it needs.
        let mut large = Evaluation::default();
        large.request_context.insert("k".into(), vec!["v".repeat(ROOM / 6)]);
        large.texts.insert("arn".into(), "v".repeat(ROOM / 6));
        (0..4).for_each(|n| denials.keep(&format!("large{n}"), denied, at(25), large.clone()));
        assert!(denials.find("b", at(25)).is_none() && denials.find("large0", at(25)).is_none());
        assert!(denials.find("large3", at(25)).is_some());
        let ring = denials.ring();
        assert_eq!(ring.bytes, ring.kept.values().map(Kept::len).sum::<usize>());
        assert_eq!(ring.kept.len(), ring.order.len());
    }
}
