//! The AWS services that work with Organizations, as data (policies.md 8).

use crate::call::cx::Settings;
use crate::kernel::ids::ServicePrincipal;
use crate::services::organizations::errors::{InputReason, InvalidInput, OrganizationsError};
use crate::services::organizations::input;

/// A service.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// The name under which it acts.
    pub principal: &'static str,
    /// How many members may administer it at a time; 0: it has no delegated administrators. Where a service
    /// publishes no number, none is enforced.
    pub administrators: u32,
}

/// Every service, ordered by name.
pub const SERVICES: &[Service] = &[
    Service { principal: "access-analyzer.amazonaws.com", administrators: MANY },
    Service { principal: "account.amazonaws.com", administrators: MANY },
    Service { principal: "agent-registry.amazonaws.com", administrators: MANY },
    Service { principal: "auditmanager.amazonaws.com", administrators: MANY },
    Service { principal: "aws-artifact-account-sync.amazonaws.com", administrators: 0 },
    Service { principal: "backup.amazonaws.com", administrators: MANY },
    Service { principal: "billing-cost-management.amazonaws.com", administrators: 0 },
    Service { principal: "cloudtrail.amazonaws.com", administrators: 3 },
    Service { principal: "compute-optimizer.amazonaws.com", administrators: MANY },
    Service { principal: "config-multiaccountsetup.amazonaws.com", administrators: MANY },
    Service { principal: "config.amazonaws.com", administrators: MANY },
    Service { principal: "controltower.amazonaws.com", administrators: 0 },
    Service { principal: "cost-optimization-hub.bcm.amazonaws.com", administrators: MANY },
    Service { principal: "dashboard.eks.amazonaws.com", administrators: MANY },
    Service { principal: "detective.amazonaws.com", administrators: MANY },
    Service { principal: "devops-guru.amazonaws.com", administrators: MANY },
    Service { principal: "ds.amazonaws.com", administrators: 0 },
    Service { principal: "ec2.amazonaws.com", administrators: 0 },
    Service { principal: "ec2.capacitymanager.amazonaws.com", administrators: MANY },
    Service { principal: "fms.amazonaws.com", administrators: MANY },
    Service { principal: "guardduty.amazonaws.com", administrators: MANY },
    Service { principal: "health.amazonaws.com", administrators: MANY },
    Service { principal: "iam.amazonaws.com", administrators: MANY },
    Service { principal: "inspector2.amazonaws.com", administrators: MANY },
    Service { principal: "ipam.amazonaws.com", administrators: MANY },
    Service { principal: "license-management.marketplace.amazonaws.com", administrators: 0 },
    Service { principal: "license-manager-linux-subscriptions.amazonaws.com", administrators: MANY },
    Service { principal: "license-manager.amazonaws.com", administrators: MANY },
    Service { principal: "license-manager.member-account.amazonaws.com", administrators: MANY },
    Service { principal: "macie.amazonaws.com", administrators: MANY },
    Service { principal: "malware-protection.guardduty.amazonaws.com", administrators: MANY },
    Service { principal: "member.org.stacksets.cloudformation.amazonaws.com", administrators: 5 },
    Service { principal: "mgn.amazonaws.com", administrators: MANY },
    Service { principal: "network-security-director.amazonaws.com", administrators: MANY },
    Service { principal: "networkflowmonitor.amazonaws.com", administrators: MANY },
    Service { principal: "networkmanager.amazonaws.com", administrators: MANY },
    Service { principal: "notifications.amazon.com", administrators: MANY },
    Service { principal: "observabilityadmin.amazonaws.com", administrators: MANY },
    Service { principal: "private-marketplace.marketplace.amazonaws.com", administrators: MANY },
    Service { principal: "procurement-insights.marketplace.amazonaws.com", administrators: MANY },
    Service { principal: "q.amazonaws.com", administrators: 0 },
    Service { principal: "ram.amazonaws.com", administrators: 0 },
    Service { principal: "reachabilityanalyzer.networkinsights.amazonaws.com", administrators: MANY },
    Service { principal: "reporting.trustedadvisor.amazonaws.com", administrators: MANY },
    Service { principal: "resiliencehub.amazonaws.com", administrators: MANY },
    Service { principal: "resource-explorer-2.amazonaws.com", administrators: MANY },
    Service { principal: "security-ir.amazonaws.com", administrators: MANY },
    Service { principal: "securityhub.amazonaws.com", administrators: MANY },
    Service { principal: "securitylake.amazonaws.com", administrators: MANY },
    Service { principal: "selfservicereporting.managedservices.amazonaws.com", administrators: MANY },
    Service { principal: "servicecatalog.amazonaws.com", administrators: MANY },
    Service { principal: "servicequotas.amazonaws.com", administrators: 0 },
    Service { principal: "ssm.amazonaws.com", administrators: MANY },
    Service { principal: "sso.amazonaws.com", administrators: MANY },
    Service { principal: "storage-lens.s3.amazonaws.com", administrators: MANY },
    Service { principal: "tagpolicies.tag.amazonaws.com", administrators: 0 },
    Service { principal: "topology.networkflowmonitor.amazonaws.com", administrators: MANY },
    Service { principal: "wellarchitected.amazonaws.com", administrators: 0 },
];

const MANY: u32 = u32::MAX;

/// The required member `ServicePrincipal`: a service that is known to work with Organizations, and how many members
/// may administer it.
pub fn read(
    settings: &Settings,
    text: Option<&String>,
) -> Result<(ServicePrincipal, u32), OrganizationsError> {
    const PATH: &str = "SERVICE_PRINCIPAL";
    // The pattern lets the empty text through.
    if text.is_some_and(String::is_empty) {
        return Err(InvalidInput::at(InputReason::MinLengthExceeded, PATH));
    }
    let principal: ServicePrincipal = input::id(PATH, text)?;
    let found = SERVICES.binary_search_by(|s| s.principal.cmp(principal.as_str()));
    match found.ok().and_then(|n| SERVICES.get(n)) {
        Some(service) => Ok((principal, service.administrators)),
        None if settings.services.contains(&principal) => Ok((principal, MANY)),
        None => Err(InvalidInput::bare(InputReason::UnrecognizedServicePrincipal)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::page::PageKey;
    use crate::kernel::keyring::Keyring;
    use crate::state::limits::Limits;

    #[test]
    fn the_table_is_sorted_and_every_name_is_a_principal() {
        assert!(SERVICES.is_sorted_by(|a, b| a.principal < b.principal));
        let settings = settings(&[]);
        for service in SERVICES {
            let name = service.principal.to_owned();
            assert_eq!(read(&settings, Some(&name)).unwrap().0.as_str(), service.principal);
        }
        for unknown in ["", "ec2", "config.amazonaws.com.", "Config.amazonaws.com"] {
            assert!(read(&settings, Some(&unknown.to_owned())).is_err(), "{unknown}");
        }
    }

    #[test]
    fn an_operator_adds_services() {
        let settings = settings(&["rockets.amazonaws.com", "cloudtrail.amazonaws.com"]);
        let read = |name: &str| read(&settings, Some(&name.to_owned()));
        assert_eq!(read("rockets.amazonaws.com").unwrap().1, MANY);
        assert_eq!(read("cloudtrail.amazonaws.com").unwrap().1, 3, "the list's number stays");
        assert!(read("Rockets.amazonaws.com").is_err());
    }

    fn settings(more: &[&str]) -> Settings {
        Settings {
            limits: Limits::lab(),
            lab_accounts: false,
            strict: false,
            services: Arc::new(more.iter().map(|name| name.parse().unwrap()).collect()),
            page_key: PageKey::new([7; 32]),
            keyring: Arc::new(Keyring::new([7; 32])),
        }
    }
}
