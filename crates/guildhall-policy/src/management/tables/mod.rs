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

use super::kind::{Kind, Limits};
use super::schema::Row;

pub(super) use tag_resources::enforceable;

/// The line of this type.
pub(super) fn row(kind: Kind) -> &'static Row {
    match kind {
        Kind::AiServicesOptOut => &ai::ROW,
        Kind::Backup => &backup::ROW,
        Kind::Bedrock => &small::BEDROCK,
        Kind::Chatbot => &chatbot::ROW,
        Kind::DeclarativeEc2 => &ec2::ROW,
        Kind::GuardDuty => &guardduty::ROW,
        Kind::Inspector => &regional::INSPECTOR,
        Kind::NetworkSecurityDirector => &regional::NETWORK_SECURITY_DIRECTOR,
        Kind::S3 => &small::S3,
        Kind::SecurityHub => &regional::SECURITY_HUB,
        Kind::SecurityHubCspm => &regional::SECURITY_HUB_CSPM,
        Kind::Tag => &tag::ROW,
        Kind::UpgradeRollout => &small::UPGRADE_ROLLOUT,
    }
}

/// Limits of a type of which 1,000 policies may be in an organization.
const fn limits(characters: u32, per_target: u32) -> Limits {
    Limits { characters, per_target, in_organization: 1_000 }
}
