//! The throttles of Organizations, as data (accounts.md 7.2). The table lists some operations together; each such line
//! is one bucket.

use crate::rules::throttle::{Group, Rate};

/// AWS's published throttles, in the order of accounts.md 7.2.
pub static GROUPS: &[Group] = &[
    Group::account(&["CloseAccount"], Rate::new(50, 1)),
    Group::account(&["CreateAccount", "CreateGovCloudAccount"], Rate::new(100, 3)),
    Group::both(&["DescribeAccount"], Rate::new(20_000, 30), Rate::new(24_000, 36)),
    Group::both(&["DescribeCreateAccountStatus"], Rate::new(2_000, 2), Rate::new(2_000, 3)),
    // The organization's burst is not published: one second's worth.
    Group::both(&["LeaveOrganization"], Rate::new(1_000, 1), Rate::new(5_000, 5)),
    Group::both(&["ListCreateAccountStatus"], Rate::new(5_000, 8), Rate::new(6_000, 10)),
    Group::both(&["AcceptHandshake"], Rate::new(1_000, 2), Rate::new(5_000, 5)),
    Group::both(&["DescribeHandshake"], Rate::new(1_000, 2), Rate::new(6_000, 10)),
    Group::account(&["CancelHandshake"], Rate::new(2_000, 3)),
    Group::both(&["DeclineHandshake"], Rate::new(1_000, 1), Rate::new(5_000, 5)),
    Group::account(&["InviteAccountToOrganization"], Rate::new(3_000, 5)),
    Group::both(
        &["ListHandshakesForAccount", "ListHandshakesForOrganization"],
        Rate::new(5_000, 8),
        Rate::new(6_000, 10),
    ),
    Group::account(&["CreateOrganization", "DeleteOrganization", "EnableAllFeatures"], Rate::new(1_000, 1)),
    Group::account(&["CreateOrganizationalUnit", "DescribeOrganization"], Rate::new(1_000, 2)),
    Group::account(
        &["MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"],
        Rate::new(2_000, 3),
    ),
    Group::both(&["DescribeOrganizationalUnit"], Rate::new(2_000, 2), Rate::new(2_000, 3)),
    Group::both(&["ListAccounts"], Rate::new(8_000, 12), Rate::new(9_000, 15)),
    Group::both(&["ListChildren"], Rate::new(6_000, 10), Rate::new(7_000, 12)),
    Group::both(
        &["ListParents", "ListAccountsForParent", "ListOrganizationalUnitsForParent"],
        Rate::new(5_000, 8),
        Rate::new(6_000, 10),
    ),
    Group::both(&["ListRoots"], Rate::new(1_000, 2), Rate::new(1_000, 3)),
    Group::both(&["ListTagsForResource"], Rate::new(10_000, 15), Rate::new(12_000, 18)),
    Group::account(&["RemoveAccountFromOrganization"], Rate::new(2_000, 2)),
    Group::account(&["TagResource", "UntagResource"], Rate::new(4_000, 6)),
    Group::account(&["CreatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"], Rate::new(2_000, 3)),
    Group::both(&["DescribePolicy"], Rate::new(2_000, 2), Rate::new(2_000, 3)),
    Group::account(&["EnablePolicyType", "DisablePolicyType"], Rate::new(1_000, 1)),
    Group::both(
        &["ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"],
        Rate::new(5_000, 8),
        Rate::new(6_000, 10),
    ),
    Group::account(&["UpdatePolicy"], Rate::new(2_000, 3)),
    Group::account(&["EnableAWSServiceAccess", "DisableAWSServiceAccess"], Rate::new(1_000, 2)),
    Group::both(
        &["ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"],
        Rate::new(1_000, 3),
        Rate::new(1_000, 4),
    ),
    Group::both(&["ListDelegatedAdministrators"], Rate::new(5_000, 8), Rate::new(6_000, 10)),
    Group::account(
        &["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"],
        Rate::new(1_000, 2),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Timestamp;
    use crate::rules::throttle::Bucket;
    use crate::services::PlainJson;
    use crate::services::organizations::Table;

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
        for entry in Table::<PlainJson>::SERVICE.operations {
            assert!(names.contains(&&entry.name), "{}", entry.name);
        }
    }

    #[test]
    fn operations_are_found_with_their_group() {
        for (n, group) in GROUPS.iter().enumerate() {
            for operation in group.operations {
                assert_eq!(Table::<PlainJson>::SERVICE.throttle(operation), Some((n, group)));
            }
        }
        for operation in UNPUBLISHED.iter().chain(&["", "listroots", "EnableFullControl"]) {
            assert_eq!(Table::<PlainJson>::SERVICE.throttle(operation), None);
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
