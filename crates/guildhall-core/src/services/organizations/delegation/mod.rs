//! Operations on trusted access of AWS services and on delegated administrators (policies.md 7.1, 8).

use crate::services::organizations::errors::{ConstraintReason, OrganizationsError};
use crate::state::org::{FeatureSet, OrgRecord};

pub mod deregister_delegated_administrator;
pub mod disable_aws_service_access;
pub mod enable_aws_service_access;
pub mod list_aws_service_access_for_organization;
pub mod list_delegated_administrators;
pub mod list_delegated_services_for_account;
pub mod register_delegated_administrator;

/// Refuses an organization that has consolidated billing only.
pub(super) fn check_all_features(record: &OrgRecord) -> Result<(), OrganizationsError> {
    match record.feature_set {
        FeatureSet::All => Ok(()),
        FeatureSet::ConsolidatedBilling => {
            Err(OrganizationsError::ConstraintViolation(ConstraintReason::OrganizationNotInAllFeaturesMode))
        }
    }
}
