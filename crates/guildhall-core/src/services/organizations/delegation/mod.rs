//! Operations on trusted access of AWS services and on delegated administrators (policies.md 7.1, 8).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::services::operation::operations;
use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::state::org::{FeatureSet, OrgRecord};

operations! {
    json:
    deregister_delegated_administrator::DeregisterDelegatedAdministrator,
    disable_aws_service_access::DisableAWSServiceAccess,
    enable_aws_service_access::EnableAWSServiceAccess,
    list_aws_service_access_for_organization::ListAWSServiceAccessForOrganization,
    list_delegated_administrators::ListDelegatedAdministrators,
    list_delegated_services_for_account::ListDelegatedServicesForAccount,
    register_delegated_administrator::RegisterDelegatedAdministrator,
}

/// Refuses an organization that has consolidated billing only.
pub(super) fn check_all_features(record: &OrgRecord) -> Result<(), OrganizationsError> {
    match record.feature_set {
        FeatureSet::All => Ok(()),
        FeatureSet::ConsolidatedBilling => {
            Err(OrganizationsError::ConstraintViolation(ConstraintReason::OrganizationNotInAllFeaturesMode))
        }
    }
}
