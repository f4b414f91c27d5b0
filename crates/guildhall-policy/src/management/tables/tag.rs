//! TAG_POLICY (policies.md 4.3 and 5.2, observed.md 24, 25, 27 and 32).

use super::super::schema::{Check, Preset, Row, Rule, Section, Shape, list, one};
use super::{limits, tag_resources};

pub(super) static ROW: Row = Row {
    name: "TAG_POLICY",
    root: Section::of(&[("tags", Shape::Section(&TAGS))]),
    limits: limits(10_000, 10),
};

const TAGS: Section = Section::folded(Rule::Text { least: 1, most: 128 }, Shape::Section(&TAG))
    .checked(&[Check::Sharing { setting: "report_required_tag_for", most: 50 }, Check::Longest(395_000)]);

const TAG: Section = Section {
    presets: &[("tag_key", Preset::Name), ("tag_value", Preset::List(&["*"]))],
    ..Section::of(&[
        ("tag_key", one(Rule::SectionName)),
        ("tag_value", list(VALUE)),
        ("enforced_for", list(ENFORCED)),
        ("report_required_tag_for", list(REQUIRED)),
    ])
};

const VALUE: Rule = Rule::Form {
    wanted: "a value with one wildcard * at most, of at most 256 characters",
    holds: |text| text.matches('*').count() <= 1 && text.chars().count() <= 256,
};
const ENFORCED: Rule = Rule::ResourceType {
    wanted: "a resource type for which tags can be enforced, as in ec2:instance or ecs:ALL_SUPPORTED",
    holds: tag_resources::enforceable_or_all,
};
const REQUIRED: Rule = Rule::ResourceType {
    wanted: "a resource type for which required tags are reported, as in ec2:instance or ecs:ALL_SUPPORTED",
    holds: tag_resources::reportable,
};
