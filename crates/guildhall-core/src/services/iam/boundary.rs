//! Permissions boundaries (identity.md 3.10).

use super::errors::IamError;
use crate::rules::managed;
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::PolicyArn;

/// The policy that is to be a boundary. Refuses what is no ARN, what is not there, and what only AWS attaches.
pub(super) fn find(
    arn: Option<&str>,
    iam: &Iam,
    account: &AccountRecord,
    strict: bool,
) -> Result<Option<PolicyArn>, IamError> {
    arn.map(|arn| attachable(arn, iam, account, strict)).transpose()
}

/// The policy that is to be attached, with the same refusals.
pub(super) fn attachable(
    arn: &str,
    iam: &Iam,
    account: &AccountRecord,
    strict: bool,
) -> Result<PolicyArn, IamError> {
    check_arn(arn, account)?;
    if arn.contains(":aws:policy/aws-service-role/") || arn.contains(":aws:policy/root-task/") {
        let what = "Cannot attach AWS reserved policy to an IAM user.";
        return Err(IamError::PolicyNotAttachable(what.into()));
    }
    if managed::exists(iam, account, arn, strict) {
        return Ok(arn.into());
    }
    Err(IamError::not_attachable(arn))
}

/// Refuses what is no ARN of a policy, and those of other partitions (identity.md 3.1).
pub(super) fn check_arn(arn: &str, account: &AccountRecord) -> Result<(), IamError> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") || parts.clone().count() != 5 {
        return Err(IamError::ValidationError("Invalid ARN:  Could not be parsed!".into()));
    }
    if parts.next() != Some(account.partition.wire()) {
        return Err(IamError::ValidationError("Invalid ARN partition".into()));
    }
    Ok(())
}
