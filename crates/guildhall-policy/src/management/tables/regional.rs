//! The types that turn something on by region: SECURITYHUB_POLICY, SECURITYHUB_CSPM_POLICY, INSPECTOR_POLICY and
//! NETWORK_SECURITY_DIRECTOR_POLICY (policies.md 4.3). Both lists are needed in an effective document, and may be empty:
//! AWS's guide appends an empty list to say so, which the older types refuse (observed.md 29). Inspector's policies need
//! `enable_in_regions` only: an earlier edition of the guide and its examples have nothing else.

use super::super::operators::Operators;
use super::super::schema::{Check, Others, Row, Rule, Section, Setting, Shape};
use super::{limits, regions};

pub(super) static SECURITY_HUB: Row = Row {
    name: "SECURITYHUB_POLICY",
    root: Section::of(&[("securityhub", Shape::Section(&HUB))]),
    limits: limits(10_000, 10),
};

/// Of this type `cspm_enablement` and its lists are documented, and that there are a default configuration and regional
/// ones, with standards, controls and parameters. The root key follows the other types, and what is beside
/// `cspm_enablement` is taken as it comes.
pub(super) static SECURITY_HUB_CSPM: Row = Row {
    name: "SECURITYHUB_CSPM_POLICY",
    root: Section::of(&[("securityhub_cspm", Shape::Section(&CSPM))]),
    limits: limits(10_000, 10),
};

pub(super) static INSPECTOR: Row = Row {
    name: "INSPECTOR_POLICY",
    root: Section::of(&[("inspector", Shape::Section(&INSPECTOR_ROOT))]),
    limits: limits(10_000, 10),
};

pub(super) static NETWORK_SECURITY_DIRECTOR: Row = Row {
    name: "NETWORK_SECURITY_DIRECTOR_POLICY",
    root: Section::of(&[("network_security_director", Shape::Section(&DIRECTOR))]),
    limits: limits(10_000, 10),
};

const REGIONS: Shape = Shape::Setting(Setting {
    empty: Operators::ASSIGN.or(Operators::APPEND),
    ..Setting::list(Rule::Form { wanted: regions::WANTED_OR_ALL, holds: regions::holds_or_all })
});
const BOTH: &[Check] = &[Check::Complete(&["enable_in_regions", "disable_in_regions"])];
const LISTS: Section = Section::of(&[("enable_in_regions", REGIONS), ("disable_in_regions", REGIONS)]);
const SWITCH: Section = LISTS.checked(BOTH);
const ENABLED: &[Check] = &[Check::Complete(&["enable_in_regions"])];
const SCAN: Section = LISTS.checked(ENABLED);

const HUB: Section = Section::of(&[
    ("enable_in_regions", REGIONS),
    ("disable_in_regions", REGIONS),
    ("features", Shape::Section(&HUB_FEATURES)),
])
.checked(BOTH);
const HUB_FEATURES: Section = Section::of(&[("network_scanning", Shape::Section(&SWITCH))]);

const CSPM: Section = Section {
    members: &[("cspm_enablement", Shape::Section(&SWITCH))],
    others: Some(Others { name: Rule::Text { least: 1, most: 256 }, fold: false, shape: Shape::Anything }),
    checks: &[Check::Complete(&["cspm_enablement"])],
    ..Section::of(&[])
};

const INSPECTOR_ROOT: Section = Section::of(&[("enablement", Shape::Section(&SCANS))]);
const SCANS: Section = Section::of(&[
    ("ec2_scanning", Shape::Section(&SCAN)),
    ("ecr_scanning", Shape::Section(&SCAN)),
    ("lambda_standard_scanning", Shape::Section(&LAMBDA)),
    ("code_repository_scanning", Shape::Section(&SCAN)),
]);
const LAMBDA: Section = Section::of(&[
    ("enable_in_regions", REGIONS),
    ("disable_in_regions", REGIONS),
    ("lambda_code_scanning", Shape::Section(&SCAN)),
])
.checked(ENABLED);

const DIRECTOR: Section = Section::of(&[("enablement", Shape::Section(&DIRECTOR_SCANS))]);
const DIRECTOR_SCANS: Section = Section::of(&[("network_security_scan", Shape::Section(&SWITCH))]);
