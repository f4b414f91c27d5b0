//! DECLARATIVE_POLICY_EC2 (policies.md 4.3).

use super::super::schema::{Row, Rule, Section, Shape, list, one};
use super::limits;

pub(super) static ROW: Row = Row {
    name: "DECLARATIVE_POLICY_EC2",
    root: Section::of(&[("ec2_attributes", Shape::Section(&ATTRIBUTES))]),
    limits: limits(10_000, 10),
};

const ATTRIBUTES: Section = Section::of(&[
    ("exception_message", one(TEXT)),
    ("vpc_block_public_access", Shape::Section(&VPC)),
    ("serial_console_access", Shape::Section(&SERIAL_CONSOLE)),
    ("image_block_public_access", Shape::Section(&IMAGES)),
    ("allowed_images_settings", Shape::Section(&ALLOWED_IMAGES)),
    ("instance_metadata_defaults", Shape::Section(&METADATA)),
    ("snapshot_block_public_access", Shape::Section(&SNAPSHOTS)),
]);

const VPC: Section = Section::of(&[("internet_gateway_block", Shape::Section(&GATEWAY))]);
const GATEWAY: Section = Section::of(&[
    ("mode", one(Rule::OneOf(&["off", "block_ingress", "block_bidirectional"]))),
    ("exclusions_allowed", one(ON_OR_OFF)),
]);
const SERIAL_CONSOLE: Section = Section::of(&[("status", one(ON_OR_OFF))]);
const IMAGES: Section = Section::of(&[("state", one(Rule::OneOf(&["unblocked", "block_new_sharing"])))]);
const SNAPSHOTS: Section =
    Section::of(&[("state", one(Rule::OneOf(&["block_all_sharing", "block_new_sharing", "unblocked"])))]);

const ALLOWED_IMAGES: Section = Section::of(&[
    ("state", one(Rule::OneOf(&["enabled", "disabled", "audit_mode"]))),
    ("image_criteria", Shape::Section(&CRITERIA)),
]);
const CRITERIA: Section = Section::of(&[
    ("criteria_1", Shape::Section(&CRITERION)),
    ("criteria_2", Shape::Section(&CRITERION)),
    ("criteria_3", Shape::Section(&CRITERION)),
    ("criteria_4", Shape::Section(&CRITERION)),
    ("criteria_5", Shape::Section(&CRITERION)),
    ("criteria_6", Shape::Section(&CRITERION)),
    ("criteria_7", Shape::Section(&CRITERION)),
    ("criteria_8", Shape::Section(&CRITERION)),
    ("criteria_9", Shape::Section(&CRITERION)),
    ("criteria_10", Shape::Section(&CRITERION)),
]);
const CRITERION: Section = Section::of(&[
    ("allowed_image_providers", list(TEXT)),
    ("image_names", list(TEXT)),
    ("marketplace_product_codes", list(TEXT)),
    ("creation_date_condition", Shape::Section(&CREATED)),
    ("deprecation_time_condition", Shape::Section(&DEPRECATED)),
]);
const CREATED: Section = Section::of(&[("maximum_days_since_created", one(DAYS))]);
const DEPRECATED: Section = Section::of(&[("maximum_days_since_deprecated", one(DAYS))]);

const METADATA: Section = Section::of(&[
    ("http_tokens", one(Rule::OneOf(&["no_preference", "required", "optional"]))),
    ("http_put_response_hop_limit", one(Rule::Whole { least: -1, most: 64 })),
    ("http_endpoint", one(ON_OFF_OR_EITHER)),
    ("instance_metadata_tags", one(ON_OFF_OR_EITHER)),
    ("http_tokens_enforced", one(ON_OFF_OR_EITHER)),
]);

const TEXT: Rule = Rule::Text { least: 1, most: 10_000 };
const DAYS: Rule = Rule::Whole { least: 0, most: 2_147_483_647 };
const ON_OR_OFF: Rule = Rule::OneOf(&["enabled", "disabled"]);
const ON_OFF_OR_EITHER: Rule = Rule::OneOf(&["no_preference", "enabled", "disabled"]);
