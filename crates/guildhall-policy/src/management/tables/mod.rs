//! The tables: one schema for each type (policies.md 4.3).

mod ai;
mod backup;
mod chatbot;
mod ec2;
mod guardduty;
mod regional;
mod regions;
mod small;
mod tag;
mod tag_resources;
mod tag_resources_earlier;

use super::kind::{Limits, PolicyKind};
use super::schema::Row;

pub(super) use tag_resources::enforceable;

/// The line of this type.
pub(super) fn row(kind: PolicyKind) -> &'static Row {
    match kind {
        PolicyKind::AiServicesOptOut => &ai::ROW,
        PolicyKind::Backup => &backup::ROW,
        PolicyKind::Bedrock => &small::BEDROCK,
        PolicyKind::Chatbot => &chatbot::ROW,
        PolicyKind::DeclarativeEc2 => &ec2::ROW,
        PolicyKind::GuardDuty => &guardduty::ROW,
        PolicyKind::Inspector => &regional::INSPECTOR,
        PolicyKind::NetworkSecurityDirector => &regional::NETWORK_SECURITY_DIRECTOR,
        PolicyKind::S3 => &small::S3,
        PolicyKind::SecurityHub => &regional::SECURITY_HUB,
        PolicyKind::SecurityHubCspm => &regional::SECURITY_HUB_CSPM,
        PolicyKind::Tag => &tag::ROW,
        PolicyKind::UpgradeRollout => &small::UPGRADE_ROLLOUT,
    }
}

/// Limits of a type of which 1,000 policies may be in an organization.
const fn limits(characters: u32, per_target: u32) -> Limits {
    Limits { characters, per_target, in_organization: 1_000 }
}
