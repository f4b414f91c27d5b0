//! GUARDDUTY_POLICY: features by region, with a default for regions that are not named. A region's block replaces the
//! default, which is GuardDuty's affair: the merge keeps both (AWS Organizations User Guide, GuardDuty policy syntax).

use super::super::schema::{Check, Row, Rule, Section, Shape, one};
use super::{limits, regions};

pub(super) static ROW: Row = Row {
    name: "GUARDDUTY_POLICY",
    root: Section::of(&[("guardduty", Shape::Section(&GUARDDUTY))]),
    limits: limits(10_000, 10),
};

const GUARDDUTY: Section = Section::of(&[("enablement", Shape::Section(&BLOCKS))]).requiring(&["enablement"]);
const BLOCKS: Section = Section {
    members: &[("default", Shape::Section(&BLOCK))],
    checks: &[Check::Filled("a block is wanted here, `default` or a region's")],
    ..Section::named(Rule::Form { wanted: WANTED, holds: regions::holds }, Shape::Section(&BLOCK))
};
const BLOCK: Section = Section::of(&[
    ("foundational", Shape::Section(&FEATURE)),
    ("s3_data_events", Shape::Section(&FEATURE)),
    ("eks_audit_logs", Shape::Section(&FEATURE)),
    ("ebs_malware_protection", Shape::Section(&FEATURE)),
    ("rds_login_events", Shape::Section(&FEATURE)),
    ("lambda_network_logs", Shape::Section(&FEATURE)),
    ("runtime_monitoring", Shape::Section(&RUNTIME)),
    ("ai_protection", Shape::Section(&FEATURE)),
])
.checked(&[Check::Leads { leader: "foundational", setting: "status", value: "enabled" }]);
const FEATURE: Section = Section::of(&[("status", STATUS)]);
const RUNTIME: Section =
    Section::of(&[("status", STATUS), ("additional_configuration", Shape::Section(&AGENTS))]);
const AGENTS: Section = Section::of(&[
    ("eks_addon_management", Shape::Section(&FEATURE)),
    ("ec2_agent_management", Shape::Section(&FEATURE)),
    ("ecs_fargate_agent_management", Shape::Section(&FEATURE)),
]);
const STATUS: Shape = one(Rule::OneOf(&["enabled", "disabled"]));
const WANTED: &str = "`default`, or the code of a region, such as us-east-1,";
