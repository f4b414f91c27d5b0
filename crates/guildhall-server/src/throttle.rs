//! Request throttles: who has how many tokens left (accounts.md 7.2; the numbers are in
//! each service's table).
//!
//! Every authenticated request for an operation counts, whatever its answer. People's clicks in the console do not.
//! Buckets are in memory only: after a start all are full.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use guildhall_core::kernel::ids::{AccountId, OrgId};
use guildhall_core::rules::throttle::{Bucket, Group, Rate};
use guildhall_core::services;
use guildhall_core::{Refusal, Timestamp};
use guildhall_engine::EngineError;
use serde::Deserialize;

use crate::App;
use crate::envelope::{Aws, Service};

/// The time by which buckets fill up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThrottleClock {
    /// Business time. With a frozen clock buckets do not fill up until it is moved; moving it by a minute fills them
    /// all.
    Business,
    /// The time that passes for the clients, wherever business time stands.
    Wall,
}

/// Most buckets that are kept, some 10 MB.
const KEPT: usize = 100_000;

/// Whose bucket it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    Account(AccountId),
    Organization(OrgId),
}

/// A holder's bucket for a group: its service's name, and the group's place there.
type Key = (Holder, Place);

type Place = (&'static str, usize);

/// The buckets from which something was taken; all others are full.
pub(crate) struct Throttle {
    clock: ThrottleClock,
    started: Instant,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl App {
    /// Takes what a request costs, or refuses it.
    pub(crate) async fn take_token(
        &self,
        caller: AccountId,
        service: &'static Service,
        operation: &str,
    ) -> Result<(), EngineError> {
        let Some(throttle) = &self.throttle else { return Ok(()) };
        let Some((n, group)) = service.throttle(operation) else { return Ok(()) };
        let organization = match group.organization {
            Some(_) => {
                self.engine.read(caller, |_, view| Ok(view.account(caller)?.and_then(|a| a.org))).await?
            }
            None => None,
        };
        let now = || match throttle.clock {
            ThrottleClock::Business => self.engine.clock().now(),
            ThrottleClock::Wall => throttle.since_start(),
        };
        if throttle.take(now, caller, organization, (service.name, n), group) {
            Ok(())
        } else {
            Err(EngineError::Refused(Refusal::TooManyRequests))
        }
    }
}

impl Throttle {
    pub(crate) fn new(clock: ThrottleClock) -> Self {
        Self { clock, started: Instant::now(), buckets: Mutex::default() }
    }

    /// Makes all buckets full.
    pub(crate) fn forget(&self) {
        self.buckets().clear();
    }

    /// Takes a token from the account's bucket and one from the organization's, or none from either. The time is
    /// read while nobody else takes.
    fn take(
        &self,
        now: impl FnOnce() -> Timestamp,
        caller: AccountId,
        organization: Option<OrgId>,
        place: Place,
        group: &Group,
    ) -> bool {
        let mut buckets = self.buckets();
        let now = now();
        let account = ((Holder::Account(caller), place), group.account);
        let Some(account) = taken(&buckets, account, now) else { return false };
        let organization = organization.zip(group.organization);
        let organization = organization.map(|(id, rate)| ((Holder::Organization(id), place), rate));
        let organization = match organization.map(|o| taken(&buckets, o, now)) {
            Some(None) => return false,
            Some(Some(organization)) => Some(organization),
            None => None,
        };
        make_room(&mut buckets, now);
        buckets.extend([account].into_iter().chain(organization));
        true
    }

    /// Time by a clock that nobody sets, from the server's start on.
    fn since_start(&self) -> Timestamp {
        Timestamp(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<Key, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bucket with one token less, if it has one. It is not put back yet.
fn taken(buckets: &HashMap<Key, Bucket>, (key, rate): (Key, Rate), now: Timestamp) -> Option<(Key, Bucket)> {
    let mut bucket = buckets.get(&key).copied().unwrap_or_else(|| Bucket::full(now, rate));
    bucket.take(now, rate).then_some((key, bucket))
}

/// Makes room for two buckets, if there is none: full ones are forgotten. Where that does not free half of the room,
/// because the clock stands still or there are that many callers, all are: letting a request through that AWS would
/// not is better than shutting somebody out for good.
fn make_room(buckets: &mut HashMap<Key, Bucket>, now: Timestamp) {
    if buckets.len() < KEPT - 1 {
        return;
    }
    buckets.retain(|(holder, (service, n)), bucket| {
        let group = services::service::<Aws>(service).and_then(|service| service.throttles.get(*n));
        let rate = group.and_then(|group| match holder {
            Holder::Account(_) => Some(group.account),
            Holder::Organization(_) => group.organization,
        });
        rate.is_some_and(|rate| !bucket.is_full(now, rate))
    });
    if buckets.len() > KEPT / 2 {
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_900_000_000_000);

    fn account(n: usize) -> AccountId {
        AccountId::from_number(u64::try_from(n).unwrap()).unwrap()
    }

    fn organization(name: &str) -> Option<OrgId> {
        Some(name.parse().unwrap())
    }

    fn find(operation: &str) -> (Place, &'static Group) {
        let service = services::service::<Aws>("organizations").unwrap();
        let (n, group) = service.throttle(operation).unwrap();
        ((service.name, n), group)
    }

    /// How many requests get through at one instant, up to a thousand.
    fn drain(
        throttle: &Throttle,
        now: Timestamp,
        caller: usize,
        org: Option<OrgId>,
        operation: &str,
    ) -> usize {
        let (place, group) = find(operation);
        (0..1_000).take_while(|_| throttle.take(|| now, account(caller), org, place, group)).count()
    }

    #[test]
    fn accounts_and_groups_have_buckets_of_their_own_and_a_group_has_one() {
        let throttle = Throttle::new(ThrottleClock::Business);
        let counts: [(usize, &str, usize); 7] = [
            (1, "TagResource", 6),
            (1, "UntagResource", 0),
            (2, "UntagResource", 6),
            (1, "CreateOrganizationalUnit", 2),
            (1, "DescribeOrganization", 0),
            (1, "CreateOrganization", 1),
            (2, "TagResource", 0),
        ];
        for (caller, operation, passed) in counts {
            assert_eq!(drain(&throttle, START, caller, None, operation), passed, "{caller} {operation}");
        }
    }

    #[test]
    fn an_organization_has_one_bucket_and_what_it_refuses_costs_the_account_nothing() {
        let throttle = Throttle::new(ThrottleClock::Business);
        let (a, b) = (organization("o-aaaaaaaaaa"), organization("o-bbbbbbbbbb"));
        assert_eq!(drain(&throttle, START, 1, a, "ListRoots"), 2);
        // What its own bucket refused has taken nothing from the organization's.
        assert_eq!(drain(&throttle, START, 1, a, "ListRoots"), 0);
        assert_eq!(drain(&throttle, START, 2, a, "ListRoots"), 1);
        assert_eq!(drain(&throttle, START, 2, a, "ListRoots"), 0);
        assert_eq!(drain(&throttle, START, 3, a, "ListRoots"), 0);
        // What the organization's refused has taken nothing from the account's.
        assert_eq!(drain(&throttle, START, 2, b, "ListRoots"), 1);
        assert_eq!(drain(&throttle, START, 3, None, "ListRoots"), 2);
        // A group without one for organizations.
        assert_eq!(drain(&throttle, START, 1, a, "CancelHandshake"), 3);
        assert_eq!(drain(&throttle, START, 2, a, "CancelHandshake"), 3);
    }

    #[test]
    fn five_accounts_of_an_organization_leave_in_a_second() {
        let throttle = Throttle::new(ThrottleClock::Business);
        let leave = |second: i64| {
            let left = (0..20).map(|n| {
                let caller = 100 + n + 100 * usize::try_from(second).unwrap();
                drain(
                    &throttle,
                    START.plus(1_000 * second),
                    caller,
                    organization("o-aaaaaaaaaa"),
                    "LeaveOrganization",
                )
            });
            left.sum::<usize>()
        };
        assert_eq!((0..3).map(leave).collect::<Vec<_>>(), [5, 5, 5]);
    }

    #[test]
    fn forgetting_makes_all_full() {
        let throttle = Throttle::new(ThrottleClock::Wall);
        assert_eq!(drain(&throttle, START, 1, None, "LeaveOrganization"), 1);
        assert_eq!(drain(&throttle, START, 1, None, "LeaveOrganization"), 0);
        throttle.forget();
        assert_eq!(drain(&throttle, START, 1, None, "LeaveOrganization"), 1);
    }

    #[test]
    fn full_buckets_make_room_and_others_are_kept() {
        let throttle = Throttle::new(ThrottleClock::Business);
        let callers = KEPT - 2;
        for caller in 1..=callers {
            let (place, group) = find("TagResource");
            assert!(throttle.take(|| START, account(caller), None, place, group));
        }
        let later = START.plus(1_000);
        assert_eq!(drain(&throttle, later, 0, None, "CloseAccount"), 1);
        assert_eq!(throttle.buckets().len(), callers + 1);
        assert_eq!(drain(&throttle, later, 0, None, "CreateAccount"), 3);
        assert_eq!(throttle.buckets().len(), 2);
        assert_eq!(drain(&throttle, later, 0, None, "CloseAccount"), 0);
    }

    #[test]
    fn there_are_never_more_than_the_bound() {
        let throttle = Throttle::new(ThrottleClock::Business);
        let (place, group) = find("ListRoots");
        let most = (0..3 * KEPT).map(|caller| {
            let org = organization(&format!("o-{caller:010}"));
            assert!(throttle.take(|| START, account(caller), org, place, group));
            throttle.buckets().len()
        });
        let most = most.max().unwrap();
        assert!((KEPT - 2..=KEPT).contains(&most), "{most}");
    }
}
