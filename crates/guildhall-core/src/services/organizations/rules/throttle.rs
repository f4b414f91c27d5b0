//! Request throttles, as data in one place (accounts.md 7.2), and the arithmetic of their token buckets.
//!
//! A request takes one token from its group's bucket, and is refused where there is none. The table lists some
//! operations together; each such line is one bucket. Operations without a published value are not throttled.

use crate::kernel::time::Timestamp;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests per 1,000 seconds.
    pub per_1000_seconds: u32,
    /// Requests that may come at once after a pause.
    pub burst: u32,
}

/// Operations that share their buckets.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// Their names.
    pub operations: &'static [&'static str],
    /// For each calling account.
    pub account: Rate,
    /// For all accounts of an organization together.
    pub organization: Option<Rate>,
}

const fn rate(per_1000_seconds: u32, burst: u32) -> Rate {
    Rate { per_1000_seconds, burst }
}

const fn account(operations: &'static [&'static str], account: Rate) -> Group {
    Group { operations, account, organization: None }
}

const fn both(operations: &'static [&'static str], account: Rate, organization: Rate) -> Group {
    Group { operations, account, organization: Some(organization) }
}

/// AWS's published throttles, in the order of accounts.md 7.2.
pub static GROUPS: &[Group] = &[
    account(&["CloseAccount"], rate(50, 1)),
    account(&["CreateAccount", "CreateGovCloudAccount"], rate(100, 3)),
    both(&["DescribeAccount"], rate(20_000, 30), rate(24_000, 36)),
    both(&["DescribeCreateAccountStatus"], rate(2_000, 2), rate(2_000, 3)),
    // The organization's burst is not published: one second's worth.
    both(&["LeaveOrganization"], rate(1_000, 1), rate(5_000, 5)),
    both(&["ListCreateAccountStatus"], rate(5_000, 8), rate(6_000, 10)),
    both(&["AcceptHandshake"], rate(1_000, 2), rate(5_000, 5)),
    both(&["DescribeHandshake"], rate(1_000, 2), rate(6_000, 10)),
    account(&["CancelHandshake"], rate(2_000, 3)),
    both(&["DeclineHandshake"], rate(1_000, 1), rate(5_000, 5)),
    account(&["InviteAccountToOrganization"], rate(3_000, 5)),
    both(&["ListHandshakesForAccount", "ListHandshakesForOrganization"], rate(5_000, 8), rate(6_000, 10)),
    account(&["CreateOrganization", "DeleteOrganization", "EnableAllFeatures"], rate(1_000, 1)),
    account(&["CreateOrganizationalUnit", "DescribeOrganization"], rate(1_000, 2)),
    account(&["MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"], rate(2_000, 3)),
    both(&["DescribeOrganizationalUnit"], rate(2_000, 2), rate(2_000, 3)),
    both(&["ListAccounts"], rate(8_000, 12), rate(9_000, 15)),
    both(&["ListChildren"], rate(6_000, 10), rate(7_000, 12)),
    both(
        &["ListParents", "ListAccountsForParent", "ListOrganizationalUnitsForParent"],
        rate(5_000, 8),
        rate(6_000, 10),
    ),
    both(&["ListRoots"], rate(1_000, 2), rate(1_000, 3)),
    both(&["ListTagsForResource"], rate(10_000, 15), rate(12_000, 18)),
    account(&["RemoveAccountFromOrganization"], rate(2_000, 2)),
    account(&["TagResource", "UntagResource"], rate(4_000, 6)),
    account(&["CreatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"], rate(2_000, 3)),
    both(&["DescribePolicy"], rate(2_000, 2), rate(2_000, 3)),
    account(&["EnablePolicyType", "DisablePolicyType"], rate(1_000, 1)),
    both(&["ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"], rate(5_000, 8), rate(6_000, 10)),
    account(&["UpdatePolicy"], rate(2_000, 3)),
    account(&["EnableAWSServiceAccess", "DisableAWSServiceAccess"], rate(1_000, 2)),
    both(
        &["ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"],
        rate(1_000, 3),
        rate(1_000, 4),
    ),
    both(&["ListDelegatedAdministrators"], rate(5_000, 8), rate(6_000, 10)),
    account(&["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"], rate(1_000, 2)),
];

/// The place and the group of an operation in [`GROUPS`]; `None`: it is not throttled.
pub fn find(operation: &str) -> Option<(usize, &'static Group)> {
    GROUPS.iter().enumerate().find(|(_, group)| group.operations.contains(&operation))
}

/// A token, in millionths: what fills in a millisecond is then a whole number, the rate itself.
const TOKEN: u64 = 1_000_000;

/// A bucket of tokens. One that is full is as good as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// What it held when it was last filled up, in millionths of a token.
    tokens: u64,
    filled: Timestamp,
}

impl Bucket {
    /// A full one.
    pub fn full(now: Timestamp, rate: Rate) -> Self {
        Self { tokens: capacity(rate), filled: now }
    }

    /// Takes a token, if there is one. A clock that goes back counts as one that stands still: nothing is filled up
    /// until it has caught up.
    pub fn take(&mut self, now: Timestamp, rate: Rate) -> bool {
        self.tokens = self.tokens(now, rate);
        self.filled = self.filled.max(now);
        match self.tokens.checked_sub(TOKEN) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }

    /// Whether it can be forgotten.
    pub fn is_full(&self, now: Timestamp, rate: Rate) -> bool {
        self.tokens(now, rate) == capacity(rate)
    }

    fn tokens(&self, now: Timestamp, rate: Rate) -> u64 {
        let pause = u64::try_from(now.0.saturating_sub(self.filled.0)).unwrap_or(0);
        let filled = pause.saturating_mul(rate.per_1000_seconds.into());
        self.tokens.saturating_add(filled).min(capacity(rate))
    }
}

fn capacity(rate: Rate) -> u64 {
    u64::from(rate.burst).saturating_mul(TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{DAY, SECOND};
    use crate::services::organizations;

    const START: Timestamp = Timestamp(1_900_000_000_000);

    /// How many tokens can be taken at one instant, up to a thousand.
    fn drain(bucket: &mut Bucket, now: Timestamp, rate: Rate) -> usize {
        (0..1_000).take_while(|_| bucket.take(now, rate)).count()
    }

    #[test]
    fn every_group_lets_its_burst_through_and_then_its_rate() {
        for group in GROUPS {
            for rate in [Some(group.account), group.organization].into_iter().flatten() {
                let mut bucket = Bucket::full(START, rate);
                assert_eq!(drain(&mut bucket, START, rate), rate.burst as usize, "{group:?}");
                // 1,000 seconds, in steps that fill less than a token, so that none is lost.
                let mut passed = 0;
                for step in 1..=100_000 {
                    passed += drain(&mut bucket, START.plus(step * 10), rate);
                }
                assert_eq!(passed, rate.per_1000_seconds as usize, "{group:?}");
            }
        }
    }

    #[test]
    fn a_token_is_there_to_the_millisecond() {
        for (per_1000_seconds, wait) in
            [(50, 20_000), (100, 10_000), (1_000, 1_000), (3_000, 334), (24_000, 42)]
        {
            let rate = Rate { per_1000_seconds, burst: 1 };
            let mut bucket = Bucket::full(START, rate);
            assert!(bucket.take(START, rate));
            assert!(!bucket.take(START.plus(wait - 1), rate), "{per_1000_seconds}");
            assert!(bucket.take(START.plus(wait), rate), "{per_1000_seconds}");
        }
    }

    #[test]
    fn tries_in_vain_do_not_put_it_off() {
        let rate = rate(50, 1);
        let mut bucket = Bucket::full(START, rate);
        assert!(bucket.take(START, rate));
        let first = (1..).find(|millis| bucket.take(START.plus(*millis), rate));
        assert_eq!(first, Some(20 * SECOND));
    }

    #[test]
    fn a_pause_of_any_length_fills_up_to_the_burst() {
        let rate = rate(20_000, 30);
        let ends = [START.plus(1_500), START.plus(DAY), START.plus(36_500 * DAY), Timestamp(i64::MAX)];
        for start in [START, Timestamp(0), Timestamp(i64::MIN)] {
            for end in ends {
                let mut bucket = Bucket::full(start, rate);
                assert_eq!(drain(&mut bucket, start, rate), 30);
                assert!(!bucket.is_full(start, rate));
                assert!(bucket.is_full(end, rate));
                assert_eq!(drain(&mut bucket, end, rate), 30, "{start} to {end}");
            }
        }
    }

    #[test]
    fn nothing_is_filled_while_the_clock_stands_or_goes_back() {
        let rate = rate(1_000, 2);
        let mut bucket = Bucket::full(START, rate);
        assert_eq!(drain(&mut bucket, START, rate), 2);
        for now in [START, START.plus(-DAY), Timestamp(i64::MIN), START, START.plus(999)] {
            assert!(!bucket.take(now, rate), "{now}");
        }
        // What was before does not count twice.
        assert_eq!(drain(&mut bucket, START.plus(1_000), rate), 1);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let rate = rate(u32::MAX, u32::MAX);
        let mut bucket = Bucket::full(Timestamp(i64::MIN), rate);
        assert!(bucket.take(Timestamp(i64::MIN), rate));
        assert!(bucket.take(Timestamp(i64::MAX), rate));
        assert_eq!(drain(&mut bucket, Timestamp(i64::MIN), rate), 1_000);
        let nothing = Rate { per_1000_seconds: 0, burst: 0 };
        assert!(!Bucket::full(START, nothing).take(Timestamp(i64::MAX), nothing));
    }

    /// Operations of the service model for which no value is published (accounts.md 7.2).
    const UNPUBLISHED: [&str; 12] = [
        "DeleteResourcePolicy",
        "DescribeEffectivePolicy",
        "DescribeResourcePolicy",
        "DescribeResponsibilityTransfer",
        "InviteOrganizationToTransferResponsibility",
        "ListAccountsWithInvalidEffectivePolicy",
        "ListEffectivePolicyValidationErrors",
        "ListInboundResponsibilityTransfers",
        "ListOutboundResponsibilityTransfers",
        "PutResourcePolicy",
        "TerminateResponsibilityTransfer",
        "UpdateResponsibilityTransfer",
    ];

    /// How many operations the service model has.
    const MODEL: usize = 63;

    #[test]
    fn every_operation_is_in_one_group_or_unpublished() {
        let mut names: Vec<_> = GROUPS.iter().flat_map(|g| g.operations).chain(&UNPUBLISHED).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "an operation is there twice");
        assert_eq!(all, MODEL);
        for entry in organizations::table::<organizations::tests::Plain>() {
            assert!(names.contains(&&entry.name), "{}", entry.name);
        }
    }

    #[test]
    fn operations_are_found_with_their_group() {
        for (n, group) in GROUPS.iter().enumerate() {
            for operation in group.operations {
                assert_eq!(find(operation), Some((n, group)));
            }
        }
        for operation in UNPUBLISHED.iter().chain(&["", "listroots", "EnableFullControl"]) {
            assert_eq!(find(operation), None);
        }
    }

    /// Otherwise the account's bucket would never be what refuses: a mistake in the table.
    #[test]
    fn an_organization_has_at_least_what_one_account_has() {
        for group in GROUPS {
            let Some(organization) = group.organization else { continue };
            assert!(organization.burst > group.account.burst, "{group:?}");
            assert!(organization.per_1000_seconds >= group.account.per_1000_seconds, "{group:?}");
        }
    }
}
