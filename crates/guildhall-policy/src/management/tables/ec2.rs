//! DECLARATIVE_POLICY_EC2 (policies.md 4.3; encryption of VPCs, watermarks and the forms of values as in the AWS
//! Organizations User Guide, EC2 policy syntax).

use super::super::schema::{Check, Row, Rule, Section, Shape, at_most, list, one};
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
    ("vpc_encryption_control", Shape::Section(&ENCRYPTION)),
]);

const VPC: Section = Section::of(&[("internet_gateway_block", Shape::Section(&GATEWAY))]);
const GATEWAY: Section = Section::of(&[
    ("mode", one(Rule::OneOf(&["off", "block_ingress", "block_bidirectional"]))),
    ("exclusions_allowed", one(ON_OR_OFF)),
])
.checked(&[Check::Complete(&["mode", "exclusions_allowed"])]);
const SERIAL_CONSOLE: Section = Section::of(&[("status", one(ON_OR_OFF))]);
const IMAGES: Section = Section::of(&[("state", one(Rule::OneOf(&["unblocked", "block_new_sharing"])))]);
const SNAPSHOTS: Section =
    Section::of(&[("state", one(Rule::OneOf(&["block_all_sharing", "block_new_sharing", "unblocked"])))]);

const ALLOWED_IMAGES: Section = Section::of(&[
    ("state", one(Rule::OneOf(&["enabled", "disabled", "audit_mode"]))),
    ("image_criteria", Shape::Section(&CRITERIA)),
])
.checked(&[Check::Complete(&["state"])]);
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
    ("allowed_image_providers", at_most(200, PROVIDER)),
    ("image_names", at_most(50, IMAGE_NAME)),
    ("marketplace_product_codes", at_most(50, PRODUCT)),
    ("creation_date_condition", Shape::Section(&CREATED)),
    ("deprecation_time_condition", Shape::Section(&DEPRECATED)),
    ("image_watermarks", Shape::Section(&WATERMARKS)),
]);
const CREATED: Section = Section::of(&[("maximum_days_since_created", one(DAYS))]);
const DEPRECATED: Section = Section::of(&[("maximum_days_since_deprecated", one(DAYS))]);

const WATERMARKS: Section = Section::folded(
    Rule::Form { wanted: "a name from image_watermark_1 to image_watermark_50", holds: watermark_name },
    Shape::Section(&WATERMARK),
);
const WATERMARK: Section = Section::of(&[
    ("watermark_key", one(WATERMARK_KEY)),
    ("source_image_region", one(REGION_PATTERN)),
    ("maximum_days_since_source_image_created", one(DAYS)),
    ("maximum_days_since_watermark_created", one(DAYS)),
])
.checked(&[Check::Complete(&["watermark_key"])]);

const METADATA: Section = Section::of(&[
    ("http_tokens", one(Rule::OneOf(&["no_preference", "required", "optional"]))),
    ("http_put_response_hop_limit", one(Rule::Whole { least: -1, most: 64 })),
    ("http_endpoint", one(ON_OFF_OR_EITHER)),
    ("instance_metadata_tags", one(ON_OFF_OR_EITHER)),
    ("http_tokens_enforced", one(ON_OFF_OR_EITHER)),
]);

const ENCRYPTION: Section = Section::of(&[
    ("mode", one(Rule::OneOf(&["unmanaged", "attempt_monitor", "attempt_enforce"]))),
    ("exclusions", list(Rule::OneOf(EXCLUSIONS))),
])
.checked(&[Check::Complete(&["mode"])]);
const EXCLUSIONS: &[&str] = &[
    "internet_gateway",
    "nat_gateway",
    "vpc_lattice",
    "vpc_peering",
    "lambda",
    "egress_only_internet_gateway",
    "elastic_file_system",
    "virtual_private_gateway",
];

const PROVIDER: Rule = Rule::Form {
    wanted: "an account id, amazon, aws_marketplace or aws_backup_vault",
    holds: |text| {
        matches!(text, "amazon" | "aws_marketplace" | "aws_backup_vault")
            || text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
    },
};
const IMAGE_NAME: Rule = Rule::Form {
    wanted: "the name of an image, where * and ? are wildcards, of 1 to 128 characters, and of 3 at least with a ?",
    holds: |text| (if text.contains('?') { 3 } else { 1 }..=128).contains(&text.chars().count()),
};
const PRODUCT: Rule = Rule::Form {
    wanted: "a product code of 1 to 25 letters and digits",
    holds: |text| (1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()),
};
const WATERMARK_KEY: Rule = Rule::Form {
    wanted: "an account id, `:` and a watermark's name of 3 to 128 characters, where * and ? are wildcards",
    holds: watermark_key,
};
const REGION_PATTERN: Rule = Rule::Form {
    wanted: "the code of a region, where * and ? are wildcards",
    holds: |text| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'*' | b'?'))
    },
};
const TEXT: Rule = Rule::Text { least: 1, most: 10_000 };
const DAYS: Rule = Rule::Whole { least: 0, most: 2_147_483_647 };
const ON_OR_OFF: Rule = Rule::OneOf(&["enabled", "disabled"]);
const ON_OFF_OR_EITHER: Rule = Rule::OneOf(&["no_preference", "enabled", "disabled"]);

fn watermark_name(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_prefix("image_watermark_").filter(|digits| !digits.starts_with(['0', '+']));
    number.and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|n| (1..=50).contains(&n))
}

fn watermark_key(text: &str) -> bool {
    let Some((account, name)) = text.split_once(':') else { return false };
    let wild = |b: u8| matches!(b, b'*' | b'?');
    let in_name = |b: u8| b.is_ascii_alphanumeric() || wild(b) || b" ()[]./-'@_".contains(&b);
    (account.len() == 12 || account.bytes().any(wild) && account.len() < 12)
        && account.bytes().all(|b| b.is_ascii_digit() || wild(b))
        && (3..=128).contains(&name.len())
        && name.bytes().all(in_name)
}
