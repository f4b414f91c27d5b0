//! The policy types that merge.

use std::fmt;

use super::tables;

/// A type of management policy: those that have an effective policy (policies.md 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// `AISERVICES_OPT_OUT_POLICY`: what AI services may keep.
    AiServicesOptOut,
    /// `BACKUP_POLICY`: plans of AWS Backup.
    Backup,
    /// `BEDROCK_POLICY`: guardrails of Amazon Bedrock.
    Bedrock,
    /// `CHATBOT_POLICY`: chat applications.
    Chatbot,
    /// `DECLARATIVE_POLICY_EC2`: attributes of EC2.
    DeclarativeEc2,
    /// `GUARDDUTY_POLICY`: what Amazon GuardDuty watches.
    GuardDuty,
    /// `INSPECTOR_POLICY`: where Amazon Inspector scans.
    Inspector,
    /// `NETWORK_SECURITY_DIRECTOR_POLICY`: where networks are scanned.
    NetworkSecurityDirector,
    /// `S3_POLICY`: public access to buckets.
    S3,
    /// `SECURITYHUB_CSPM_POLICY`: where Security Hub CSPM is on, with its standards and controls.
    SecurityHubCspm,
    /// `SECURITYHUB_POLICY`: where Security Hub is on.
    SecurityHub,
    /// `TAG_POLICY`: keys and values of tags.
    Tag,
    /// `UPGRADE_ROLLOUT_POLICY`: the order of upgrades.
    UpgradeRollout,
}

/// What AWS allows of one type by default (policies.md 1.1, and the guide's table of policy types). Where nothing is
/// published, the numbers of the older types stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one document.
    pub characters: u32,
    /// Policies attached to one root, organizational unit or account.
    pub per_target: u32,
    /// Policies in one organization.
    pub in_organization: u32,
}

impl PolicyKind {
    /// All types, by name.
    pub const ALL: [PolicyKind; 13] = [
        PolicyKind::AiServicesOptOut,
        PolicyKind::Backup,
        PolicyKind::Bedrock,
        PolicyKind::Chatbot,
        PolicyKind::DeclarativeEc2,
        PolicyKind::GuardDuty,
        PolicyKind::Inspector,
        PolicyKind::NetworkSecurityDirector,
        PolicyKind::S3,
        PolicyKind::SecurityHubCspm,
        PolicyKind::SecurityHub,
        PolicyKind::Tag,
        PolicyKind::UpgradeRollout,
    ];

    /// AWS's name of the type: `TAG_POLICY`.
    pub fn name(self) -> &'static str {
        tables::row(self).name
    }

    /// The type with this name of AWS, if it is one that merges.
    pub fn from_name(name: &str) -> Option<PolicyKind> {
        PolicyKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The key that every document of the type starts with: `tags`.
    pub fn root(self) -> &'static str {
        tables::row(self).root.members.first().map_or("", |(name, _)| name)
    }

    /// AWS's limits for the type.
    pub fn limits(self) -> Limits {
        tables::row(self).limits
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
