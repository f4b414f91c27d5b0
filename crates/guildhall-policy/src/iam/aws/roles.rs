//! The roles that services make for themselves (identity.md 3.13, 7.2). Their names do not follow from the services'.

use super::AwsPolicy;

/// A service-linked role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRole {
    /// The service's principal, `organizations.amazonaws.com`.
    pub service: &'static str,
    /// The role's name, before a suffix.
    pub role: &'static str,
    /// The name of its policy.
    pub policy: &'static str,
    /// The description that the service gives it, if it gives one.
    pub description: &'static str,
}

/// All that are known, by service.
pub const SERVICE_ROLES: &[ServiceRole] = &[
    ServiceRole {
        service: "accountdiscovery.ssm.amazonaws.com",
        role: "AWSServiceRoleForAmazonSSM_AccountDiscovery",
        policy: "AWSSystemsManagerAccountDiscoveryServicePolicy",
        description: "",
    },
    ServiceRole {
        service: "autoscaling.amazonaws.com",
        role: "AWSServiceRoleForAutoScaling",
        policy: "AutoScalingServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "backup.amazonaws.com",
        role: "AWSServiceRoleForBackup",
        policy: "AWSBackupServiceLinkedRolePolicyForBackup",
        description: "",
    },
    ServiceRole {
        service: "batch.amazonaws.com",
        role: "AWSServiceRoleForBatch",
        policy: "BatchServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "cloudtrail.amazonaws.com",
        role: "AWSServiceRoleForCloudTrail",
        policy: "CloudTrailServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "config.amazonaws.com",
        role: "AWSServiceRoleForConfig",
        policy: "AWSConfigServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "ecs.amazonaws.com",
        role: "AWSServiceRoleForECS",
        policy: "AmazonECSServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "eks.amazonaws.com",
        role: "AWSServiceRoleForAmazonEKS",
        policy: "AmazonEKSServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "elasticloadbalancing.amazonaws.com",
        role: "AWSServiceRoleForElasticLoadBalancing",
        policy: "AWSElasticLoadBalancingServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "notifications.amazonaws.com",
        role: "AWSServiceRoleForAwsUserNotifications",
        policy: "AWSUserNotificationsServiceLinkedRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "opsdatasync.ssm.amazonaws.com",
        role: "AWSServiceRoleForSystemsManagerOpsDataSync",
        policy: "AWSSystemsManagerOpsDataSyncServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "organizations.amazonaws.com",
        role: "AWSServiceRoleForOrganizations",
        policy: "AWSOrganizationsServiceTrustPolicy",
        description: "Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.",
    },
    ServiceRole {
        service: "ram.amazonaws.com",
        role: "AWSServiceRoleForResourceAccessManager",
        policy: "AWSResourceAccessManagerServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "rds.amazonaws.com",
        role: "AWSServiceRoleForRDS",
        policy: "AmazonRDSServiceRolePolicy",
        description: "Allows Amazon RDS to manage AWS resources on your behalf",
    },
    ServiceRole {
        service: "resource-explorer-2.amazonaws.com",
        role: "AWSServiceRoleForResourceExplorer",
        policy: "AWSResourceExplorerServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "ssm-quicksetup.amazonaws.com",
        role: "AWSServiceRoleForSSMQuickSetup",
        policy: "SSMQuickSetupRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "ssm.amazonaws.com",
        role: "AWSServiceRoleForAmazonSSM",
        policy: "AmazonSSMServiceRolePolicy",
        description: "",
    },
    ServiceRole {
        service: "sso.amazonaws.com",
        role: "AWSServiceRoleForSSO",
        policy: "AWSSSOServiceRolePolicy",
        description: "Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies and SAML IdP on your behalf.",
    },
];

impl ServiceRole {
    /// The role of a service.
    #[must_use]
    pub fn of(service: &str) -> Option<&'static Self> {
        let at = SERVICE_ROLES.binary_search_by(|role| role.service.cmp(service)).ok()?;
        SERVICE_ROLES.get(at)
    }

    /// The role's path.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/aws-service-role/{}/", self.service)
    }

    /// Its policy.
    #[must_use]
    pub fn policy(&self) -> Option<&'static AwsPolicy> {
        AwsPolicy::named(self.policy)
    }

    /// Whether the account can have several, told apart by a suffix that the caller gives.
    #[must_use]
    pub fn takes_suffix(&self) -> bool {
        self.service == "autoscaling.amazonaws.com"
    }
}
