//! BACKUP_POLICY (policies.md 4.3 and 5.2, observed.md 29, 33 to 36 and 61 to 63).
//!
//! Documents may be incomplete, for another policy may say the rest; what a merged plan needs is in the checks. Some
//! members are wanted already of a document, as recorded: a copy action's target, a tag's key and value.

use super::super::cron;
use super::super::schema::{Check, Dependent, Field, Row, Rule, Section, Setting, Shape, filled, one};
use super::{limits, regions};

pub(super) static ROW: Row = Row {
    name: "BACKUP_POLICY",
    root: Section::of(&[("plans", Shape::Section(&PLANS))]),
    limits: limits(10_000, 10),
};

const PLANS: Section = Section::named(PLAN_NAME, Shape::Section(&PLAN));
const PLAN: Section = Section::of(&[
    ("regions", REGIONS),
    ("rules", Shape::Section(&RULES)),
    ("selections", Shape::Section(&SELECTIONS)),
    ("advanced_backup_settings", Shape::Section(&ADVANCED)),
    ("backup_plan_tags", Shape::Section(&TAGS)),
    ("scan_settings", Shape::Section(&SCAN_SETTINGS)),
])
.checked(&[
    Check::Complete(&["regions", "rules", "selections"]),
    Check::Needs { each: "rules", has: "scan_actions", needs: "scan_settings" },
]);
const REGIONS: Shape = Shape::Setting(Setting {
    least: 1,
    ..Setting::list(Rule::Form { wanted: regions::WANTED, holds: regions::holds })
});

const RULES: Section = Section::named(PLAN_NAME, Shape::Section(&BACKUP_RULE)).checked(&[Check::AtMost(10)]);
const BACKUP_RULE: Section = Section::of(&[
    ("schedule_expression", one(Rule::Form { wanted: cron::WANTED, holds: cron::holds })),
    ("target_backup_vault_name", one(VAULT_NAME)),
    ("target_logically_air_gapped_backup_vault_arn", one(AIR_GAPPED_VAULT)),
    ("start_backup_window_minutes", one(MINUTES)),
    ("complete_backup_window_minutes", one(MINUTES)),
    ("enable_continuous_backup", one(BOOLEAN)),
    ("lifecycle", Shape::Section(&LIFECYCLE)),
    ("copy_actions", Shape::Section(&COPIES)),
    ("recovery_point_tags", Shape::Section(&TAGS)),
    ("index_actions", Shape::Section(&INDEX)),
    ("scan_actions", Shape::Section(&SCAN_ACTIONS)),
])
.checked(&[
    Check::Complete(&["target_backup_vault_name"]),
    Check::Dependent(&CONTINUOUS),
    Check::DependentInDocument(&CONTINUOUS_COLD),
    Check::Dependent(&ARCHIVE_SCHEDULE),
    Check::Dependent(&ARCHIVE_RETENTION),
]);
const LIFECYCLE: Section = Section::of(&[
    ("move_to_cold_storage_after_days", one(DAYS)),
    ("delete_after_days", one(DAYS)),
    ("opt_in_to_archive_for_supported_resources", one(BOOLEAN)),
])
.or_earlier(&[("to_delete_after_days", one(DAYS), "examples of the User Guide, 2020 to 2022")]);
const COPIES: Section = Section::named(COPY_VAULT, Shape::Section(&COPY));
const COPY: Section =
    Section::of(&[("target_backup_vault_arn", one(COPY_VAULT)), ("lifecycle", Shape::Section(&LIFECYCLE))])
        .requiring(&["target_backup_vault_arn"]);
const INDEX: Section = Section::of(&[("resource_types", filled(Rule::OneOf(&["EBS", "S3"])))]);
const SCAN_ACTIONS: Section = Section::of(&[("GUARDDUTY", Shape::Section(&SCAN_ACTION))]);
const SCAN_ACTION: Section =
    Section::of(&[("scan_mode", one(Rule::OneOf(&["INCREMENTAL_SCAN", "FULL_SCAN"])))]);

const SELECTIONS: Section = Section::of(&[
    ("tags", Shape::Section(&TAG_SELECTIONS)),
    ("resources", Shape::Section(&RESOURCE_SELECTIONS)),
]);
const TAG_SELECTIONS: Section = Section::named(NAME, Shape::Section(&TAG_SELECTION));
const TAG_SELECTION: Section = Section::of(&[
    ("iam_role_arn", one(ROLE)),
    ("tag_key", one(KEY)),
    ("tag_value", SELECTED_VALUES),
    ("conditions", Shape::Section(&CONDITIONS)),
])
.requiring(&["tag_key", "tag_value"])
.checked(&[Check::Complete(&["iam_role_arn", "tag_key", "tag_value"])]);
const SELECTED_VALUES: Shape = Shape::Setting(Setting { least: 1, ..Setting::filled(VALUE) });
const SELECTED_TYPES: Shape = Shape::Setting(Setting { least: 1, ..Setting::filled(RESOURCE) });
const RESOURCE_SELECTIONS: Section = Section::named(NAME, Shape::Section(&RESOURCE_SELECTION));
const RESOURCE_SELECTION: Section = Section {
    one_of: &["resource_types", "conditions"],
    ..Section::of(&[
        ("iam_role_arn", one(ROLE)),
        ("resource_types", SELECTED_TYPES),
        ("not_resource_types", filled(RESOURCE)),
        ("conditions", Shape::Section(&CONDITIONS)),
    ])
    .checked(&[Check::Complete(&["iam_role_arn"])])
};
const CONDITIONS: Section = Section::of(&[
    ("string_equals", Shape::Section(&CONDITION_LIST)),
    ("string_not_equals", Shape::Section(&CONDITION_LIST)),
    ("string_like", Shape::Section(&CONDITION_LIST)),
    ("string_not_like", Shape::Section(&CONDITION_LIST)),
])
.checked(&[Check::AtMostBelow(30)]);
const CONDITION_LIST: Section = Section::named(NAME, Shape::Section(&CONDITION));
const CONDITION: Section = Section::of(&[("condition_key", one(NAME)), ("condition_value", one(VALUE))])
    .requiring(&["condition_key", "condition_value"]);

const ADVANCED: Section = Section::of(&[("ec2", Shape::Section(&EC2)), ("s3", Shape::Section(&S3))]);
const EC2: Section = Section::of(&[("windows_vss", one(ON_OR_OFF))]).or_earlier(&[(
    "WindowsVSS",
    one(ON_OR_OFF),
    "User Guide, 2020 to 2022",
)]);
const S3: Section = Section::of(&[("backup_acls", one(ON_OR_OFF)), ("backup_object_tags", one(ON_OR_OFF))]);
const TAGS: Section = Section::named(KEY, Shape::Section(&TAG));
const TAG: Section = Section::of(&[("tag_key", one(Rule::SectionName)), ("tag_value", one(VALUE))])
    .requiring(&["tag_key", "tag_value"]);
const SCAN_SETTINGS: Section = Section::of(&[("GUARDDUTY", Shape::Section(&SCANNER))]);
const SCANNER: Section = Section::of(&[
    ("resource_types", filled(Rule::OneOf(&["EBS", "EC2", "S3", "ALL"]))),
    ("scanner_role_arn", one(ROLE)),
]);

const LIFECYCLES: &[&[&str]] = &[&["lifecycle"], &["copy_actions", "*", "lifecycle"]];

const CONTINUOUS: Dependent = Dependent {
    bases: &[&["lifecycle"]],
    fields: &[Field::Here("enable_continuous_backup"), Field::Base("delete_after_days")],
    fits: |values| match values {
        [Some("true"), days] => days.and_then(number).is_some_and(|days| days <= 35),
        _ => true,
    },
    wanted: "a continuous backup needs `delete_after_days`, of at most 35",
};
/// Recorded: one document that says both is refused, and a merge that comes to both is not wrong (observed.md 34).
const CONTINUOUS_COLD: Dependent = Dependent {
    bases: &[&["lifecycle"]],
    fields: &[Field::Here("enable_continuous_backup"), Field::Base("move_to_cold_storage_after_days")],
    fits: |values| !matches!(values, [Some("true"), Some(_)]),
    wanted: "a continuous backup is not moved to cold storage",
};
const ARCHIVE_SCHEDULE: Dependent = Dependent {
    bases: LIFECYCLES,
    fields: &[Field::Base("opt_in_to_archive_for_supported_resources"), Field::Here("schedule_expression")],
    fits: |values| match values {
        [Some("true"), schedule] => schedule.is_some_and(cron::monthly),
        _ => true,
    },
    wanted: "what goes to the archive needs a schedule, of once a month at most",
};
const ARCHIVE_RETENTION: Dependent = Dependent {
    bases: LIFECYCLES,
    fields: &[
        Field::Base("opt_in_to_archive_for_supported_resources"),
        Field::Base("delete_after_days"),
        Field::Base("move_to_cold_storage_after_days"),
    ],
    fits: |values| match values {
        [Some("true"), delete, cold] => match (delete.and_then(number), cold.and_then(number)) {
            (Some(delete), Some(cold)) => delete.saturating_sub(cold) >= 90,
            _ => false,
        },
        _ => true,
    },
    wanted: "what goes to the archive needs both, and stays there for 90 days at least",
};

const MINUTES: Rule = Rule::Whole { least: 60, most: LARGEST };
const DAYS: Rule = Rule::Whole { least: 1, most: LARGEST };
/// As recorded: sixteen nines are accepted, one more is not.
const LARGEST: i64 = 9_999_999_999_999_999;
const BOOLEAN: Rule = Rule::OneOf(&["true", "false"]);
const ON_OR_OFF: Rule = Rule::OneOf(&["enabled", "disabled"]);
const NAME: Rule = Rule::Text { least: 1, most: 256 };
const KEY: Rule = Rule::Text { least: 1, most: 128 };
const VALUE: Rule = Rule::Text { least: 0, most: 256 };
const PLAN_NAME: Rule = Rule::Form {
    wanted: "a name of 1 to 50 letters, digits, `.`, `_` and `-`",
    holds: |text| {
        (1..=50).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    },
};
const VAULT_NAME: Rule =
    Rule::Form { wanted: "a vault's name of 1 to 50 letters, digits, `_` and `-`", holds: vault_name };
const AIR_GAPPED_VAULT: Rule = Rule::Form {
    wanted: "arn:aws:backup:$region:$account:backup-vault:NAME",
    holds: |text| vault(text).is_some_and(|(region, account)| region == "$region" && account == "$account"),
};
const COPY_VAULT: Rule = Rule::Form {
    wanted: "the ARN of a vault, as in arn:aws:backup:us-east-1:$account:backup-vault:NAME,",
    holds: |text| {
        copy_vault(text).is_some_and(|(region, account)| {
            regions::holds(region)
                && (account == "$account"
                    || account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        })
    },
};
const ROLE: Rule = Rule::Form {
    wanted: "arn:aws:iam::$account:role/NAME",
    holds: |text| {
        arn(text).is_some_and(|(service, region, account, resource)| {
            let name = resource.strip_prefix("role/").unwrap_or_default();
            service == "iam"
                && region.is_empty()
                && account == "$account"
                && !name.is_empty()
                && name.len() <= 512
        })
    },
};
const RESOURCE: Rule = Rule::Form {
    wanted: "* or a resource type that can be backed up, as in arn:aws:ec2:*:*:volume/*",
    holds: |text| {
        text == "*"
            || arn(text).is_some_and(|(service, region, account, resource)| {
                RESOURCES.contains(&format!("{service}:{region}:{account}:{resource}").as_str())
            })
    },
};

/// What can be backed up, without the partition.
const RESOURCES: &[&str] = &[
    "backup-gateway:*:*:vm/*",
    "cloudformation:*:*:stack/*",
    "dsql:*:*:cluster/*",
    "dynamodb:*:*:table/*",
    "ec2:*:*:instance/*",
    "ec2:*:*:volume/*",
    "eks:*:*:cluster/*",
    "elasticfilesystem:*:*:file-system/*",
    "fsx:*:*:file-system/*",
    "fsx:*:*:volume/*",
    "rds:*:*:cluster:*",
    "rds:*:*:db:*",
    "redshift-serverless:*:*:namespace/*",
    "redshift:*:*:cluster:*",
    "s3:::*",
    "ssm-sap:*:*:HANA/*",
    "storagegateway:*:*:gateway/*",
    "timestream:*:*:database/*",
];

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// Service, region, account and resource.
fn arn(text: &str) -> Option<(&str, &str, &str, &str)> {
    let rest = text.strip_prefix("arn:")?;
    let fields: Vec<&str> = rest.splitn(5, ':').collect();
    match fields.as_slice() {
        ["aws" | "aws-cn" | "aws-us-gov", service, region, account, resource] => {
            Some((service, region, account, resource))
        }
        _ => None,
    }
}

/// Region and account of a vault.
fn vault(text: &str) -> Option<(&str, &str)> {
    vault_called(text, "backup-vault:")
}

/// Examples of the User Guide, 2020 to 2022, copy to `vault:NAME`.
fn copy_vault(text: &str) -> Option<(&str, &str)> {
    vault(text).or_else(|| vault_called(text, "vault:"))
}

fn vault_called<'t>(text: &'t str, kind: &str) -> Option<(&'t str, &'t str)> {
    let (service, region, account, resource) = arn(text)?;
    let name = resource.strip_prefix(kind)?;
    (service == "backup" && vault_name(name)).then_some((region, account))
}

fn vault_name(text: &str) -> bool {
    (1..=50).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
