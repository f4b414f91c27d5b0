//! The types of few settings: BEDROCK_POLICY, S3_POLICY and UPGRADE_ROLLOUT_POLICY (policies.md 4.3).

use super::super::schema::{Check, Row, Rule, Section, Shape, list, one};
use super::{limits, regions};

pub(super) static BEDROCK: Row = Row {
    name: "BEDROCK_POLICY",
    root: Section::of(&[("bedrock", Shape::Section(&BEDROCK_ROOT))]),
    limits: limits(10_000, 10),
};

pub(super) static S3: Row = Row {
    name: "S3_POLICY",
    root: Section::of(&[("s3_attributes", Shape::Section(&ATTRIBUTES))]),
    limits: limits(10_000, 10),
};

pub(super) static UPGRADE_ROLLOUT: Row = Row {
    name: "UPGRADE_ROLLOUT_POLICY",
    root: Section::of(&[("upgrade_rollout", Shape::Section(&ROLLOUT))]),
    limits: limits(5_120, 10),
};

const BEDROCK_ROOT: Section = Section::of(&[("guardrail_inference", Shape::Section(&GUARDRAILS))]);
const GUARDRAILS: Section =
    Section::named(Rule::Form { wanted: regions::WANTED, holds: regions::holds }, Shape::Section(&GUARDRAIL));
const GUARDRAIL: Section = Section::of(&[("config_1", Shape::Section(&CONFIG))]);
const CONFIG: Section = Section::of(&[
    ("identifier", one(IDENTIFIER)),
    ("selective_content_guarding", Shape::Section(&GUARDING)),
    ("model_enforcement", Shape::Section(&MODELS)),
])
.or_earlier(&[(
    "input_tags",
    one(Rule::OneOf(&["honor", "ignore"])),
    "User Guide, before selective_content_guarding, 2025",
)])
.checked(&[Check::Complete(&["identifier"])]);
const GUARDING: Section = Section {
    one_of: &["system", "messages"],
    ..Section::of(&[("system", one(EXTENT)), ("messages", one(EXTENT))])
};
const MODELS: Section = Section::of(&[("included_models", list(TEXT)), ("excluded_models", list(TEXT))])
    .checked(&[Check::Complete(&["included_models", "excluded_models"])]);
const EXTENT: Rule = Rule::OneOf(&["selective", "comprehensive"]);
const IDENTIFIER: Rule = Rule::Form {
    wanted: "the ARN of a guardrail and its version: arn:aws:bedrock:region:account:guardrail/id:1",
    holds: guardrail,
};

const ATTRIBUTES: Section =
    Section::of(&[("public_access_block_configuration", one(Rule::OneOf(&["all", "none"])))]);

const ROLLOUT: Section = Section::of(&[("default", Shape::Section(&ORDER)), ("tags", Shape::Section(&TAGS))]);
const TAGS: Section = Section::named(KEY, Shape::Section(&TAG));
const TAG: Section = Section::of(&[("tag_values", Shape::Section(&VALUES))]);
const VALUES: Section = Section::named(VALUE, Shape::Section(&ORDER));
const ORDER: Section = Section::of(&[("patch_order", one(Rule::OneOf(&["first", "second", "last"])))]);

const TEXT: Rule = Rule::Text { least: 1, most: 2_048 };
const KEY: Rule = Rule::Text { least: 1, most: 128 };
const VALUE: Rule = Rule::Text { least: 0, most: 256 };

/// A draft has no number, and is refused.
fn guardrail(text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = fields.as_slice() else { return false };
    let Some((id, version)) = resource.strip_prefix("guardrail/").and_then(|r| r.split_once(':')) else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "bedrock"
        && regions::holds(region)
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
        && !version.is_empty()
        && version.bytes().all(|b| b.is_ascii_digit())
}
