//! AISERVICES_OPT_OUT_POLICY (policies.md 4.3, observed.md 26).

use super::super::schema::{Row, Rule, Section, Shape, one};
use super::limits;

pub(super) static ROW: Row = Row {
    name: "AISERVICES_OPT_OUT_POLICY",
    root: Section::of(&[("services", Shape::Section(&SERVICES))]),
    limits: limits(2_500, 5),
};

const SERVICES: Section = Section::named(Rule::OneOf(NAMES), Shape::Section(&SERVICE));
const SERVICE: Section = Section::of(&[("opt_out_policy", one(Rule::OneOf(&["optIn", "optOut"])))]);

/// The list grows; two names contain `::`. Their case matters.
const NAMES: &[&str] = &[
    "default",
    "aidevops",
    "aiops",
    "awssupplychain",
    "biodiscovery",
    "chimesdkvoiceanalytics",
    "cloudwatch",
    "codeguruprofiler",
    "codewhisperer",
    "comprehend",
    "config",
    "connect",
    "connectamd",
    "connectdecision",
    "connecthealth::operations",
    "connecthealth::training",
    "connectoptimization",
    "connecttalent",
    "contactlens",
    "datazone",
    "dms",
    "entityresolution",
    "finopsagent",
    "frauddetector",
    "glue",
    "guardduty",
    "lex",
    "polly",
    "q",
    "quicksightq",
    "rekognition",
    "scenariodiscovery",
    "securityhub",
    "securitylake",
    "textract",
    "transcribe",
    "transform",
    "translate",
    "workspaces",
];
