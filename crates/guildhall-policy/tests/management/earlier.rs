//! Documents that organizations run, and what earlier editions of AWS's guide have: nobody saw AWS refuse it.

use guildhall_policy::management::{ManagementDocument, PolicyKind, RefusalKind as R};

use super::{document, effective};

const LISTS: [(&str, &str); 4] = [
    ("landing zone, 2022", include_str!("lists/landing_zone_2022.txt")),
    ("guide, August 2023", include_str!("lists/guide_2023.txt")),
    ("guide, 2025", include_str!("lists/guide_2025.txt")),
    ("data lake, 2025", include_str!("lists/data_lake_2025.txt")),
];

fn enforcing(names: &[String]) -> String {
    serde_json::json!({"tags": {"owner": {"enforced_for": {"@@assign": names}}}}).to_string()
}

#[test]
fn lists_of_enforced_types() {
    for (source, list) in LISTS {
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        let names: Vec<String> = lines
            .flat_map(|line| {
                let (service, types) = line.split_once(' ').unwrap();
                types.split(' ').map(move |kind| format!("{service}:{kind}"))
            })
            .collect();
        for name in &names {
            let one = enforcing(std::slice::from_ref(name));
            if let Err(refusal) = ManagementDocument::parse(PolicyKind::Tag, &one) {
                panic!("{source}: {name}: {refusal}");
            }
        }
        document(PolicyKind::Tag, &enforcing(&names));
    }
}

/// Of all services but those that were seen refused (policies.md 4.3 and the notes of AWS's users).
#[test]
fn all_types_of_a_service_in_the_older_spelling() {
    for good in
        ["secretsmanager:*", "redshift:*", "storagegateway:*", "logs:*", "elastic-inference:*", "macie2:*"]
    {
        document(PolicyKind::Tag, &enforcing(&[good.to_owned()]));
    }
    let refused =
        ["backup:*", "ecs:*", "elasticmapreduce:*", "*", "*:*", "nobody:*", "amplify:*", "secretsmanager:**"];
    for bad in refused.into_iter().chain(["wisdom:knowledge", "elastic-inference:ALL_SUPPORTED", "SQS:queue"])
    {
        let refusal =
            ManagementDocument::parse(PolicyKind::Tag, &enforcing(&[bad.to_owned()])).expect_err(bad);
        assert_eq!(refusal.kind, R::BadValue, "{bad}");
    }
}

#[test]
fn members_of_earlier_editions() {
    for (kind, text) in [
        (
            PolicyKind::Bedrock,
            r#"{"bedrock":{"guardrail_inference":{"us-east-1":{"config_1":{
                "identifier":{"@@assign":"arn:aws:bedrock:us-east-1:123456789012:guardrail/hu1dlsv9wy1d:1"},
                "input_tags":{"@@assign":"honor"}}}}}}"#,
        ),
        (
            PolicyKind::Backup,
            r#"{"plans":{"p":{
                "regions":{"@@assign":["us-east-1"]},
                "rules":{"hourly":{
                    "schedule_expression":{"@@assign":"cron(0 5/1 ? * * *)"},
                    "start_backup_window_minutes":{"@@assign":"480"},
                    "complete_backup_window_minutes":{"@@assign":"10080"},
                    "lifecycle":{"move_to_cold_storage_after_days":{"@@assign":"180"},
                        "delete_after_days":{"@@assign":"270"}},
                    "target_backup_vault_name":{"@@assign":"FortKnox"},
                    "copy_actions":{"arn:aws:backup:us-east-1:$account:vault:secondary_vault":{
                        "target_backup_vault_arn":{"@@assign":"arn:aws:backup:us-east-1:$account:vault:secondary_vault"},
                        "lifecycle":{"to_delete_after_days":{"@@assign":"28"},
                            "move_to_cold_storage_after_days":{"@@assign":"180"}}}}}},
                "selections":{"tags":{"datatype":{
                    "iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/MyIamRole"},
                    "tag_key":{"@@assign":"dataType"},
                    "tag_value":{"@@assign":["PII","RED"]}}}},
                "advanced_backup_settings":{"ec2":{"WindowsVSS":{"@@assign":"enabled"}}}}}}"#,
        ),
    ] {
        let got = effective(kind, &[("r", &[("p-1", text)])]);
        assert!(got.errors.is_empty(), "{kind}: {:?}", got.errors);
        for name in ["input_tags", "WindowsVSS", "to_delete_after_days", "vault:secondary_vault"] {
            assert_eq!(got.document.contains(name), text.contains(name), "{kind}: {name}");
        }
    }
    for (kind, path, value) in [
        (PolicyKind::Bedrock, "bedrock/guardrail_inference/us-east-1/config_1/input_tags", "honour"),
        (PolicyKind::Backup, "plans/p/advanced_backup_settings/ec2/WindowsVSS", "true"),
    ] {
        let names: Vec<&str> = path.split('/').collect();
        let text =
            format!("{{\"{}\":{{\"@@assign\":\"{value}\"}}{}", names.join("\":{\""), "}".repeat(names.len()));
        assert_eq!(ManagementDocument::parse(kind, &text).expect_err(&text).kind, R::BadValue);
    }
}

/// Earlier spellings are taken, and never recommended.
#[test]
fn messages_name_today_s_members_only() {
    let text = r#"{"bedrock":{"guardrail_inference":{"us-east-1":{"config_1":{"tags":{}}}}}}"#;
    let refusal = ManagementDocument::parse(PolicyKind::Bedrock, text).expect_err(text);
    assert_eq!(
        refusal.to_string(),
        "line 1, column 61 (`bedrock/guardrail_inference/us-east-1/config_1`): found `tags`; one of identifier, \
         selective_content_guarding, model_enforcement is wanted here"
    );
}

/// Documents with which others created policies on AWS: the acceptance tests of Terraform's provider.
#[test]
fn documents_that_aws_took() {
    for (kind, text) in [
        (
            PolicyKind::SecurityHub,
            r#"{"securityhub":{"enable_in_regions":{"@@assign":["ALL_SUPPORTED"]},"disable_in_regions":{"@@assign":[]}}}"#,
        ),
        (
            PolicyKind::Inspector,
            r#"{"inspector":{"enablement":{"ec2_scanning":{"enable_in_regions":{"@@assign":["us-east-1"]},"disable_in_regions":{"@@assign":["us-west-2"]}}}}}"#,
        ),
        (
            PolicyKind::UpgradeRollout,
            r#"{"upgrade_rollout":{"default":{"patch_order":{"@@assign":"last"}},"tags":{"my_patch_order_tag":{"tag_values":{"tag1":{"patch_order":{"@@assign":"first"}},"tag2":{"patch_order":{"@@assign":"second"}},"tag3":{"patch_order":{"@@assign":"last"}}}}}}}"#,
        ),
        (PolicyKind::S3, r#"{"s3_attributes":{"public_access_block_configuration":{"@@assign":"all"}}}"#),
        (
            PolicyKind::Tag,
            r#"{"tags":{"Product":{"tag_key":{"@@assign":"Product"},"enforced_for":{"@@assign":["ec2:instance"]}}}}"#,
        ),
        (
            PolicyKind::AiServicesOptOut,
            r#"{"services":{"rekognition":{"opt_out_policy":{"@@assign":"optOut"}},"lex":{"opt_out_policy":{"@@assign":"optIn"}}}}"#,
        ),
    ] {
        let got = effective(kind, &[("r", &[("p-1", text)])]);
        assert!(got.errors.is_empty(), "{kind}: {:?}", got.errors);
    }
}

/// The guide's example, and its edition of before the lists of regions that are turned off.
#[test]
fn inspector_needs_no_list_of_regions_to_turn_off() {
    for scan in ["ec2_scanning", "ecr_scanning", "lambda_standard_scanning", "code_repository_scanning"] {
        let text = format!(
            r#"{{"inspector":{{"enablement":{{"{scan}":{{"enable_in_regions":{{"@@assign":["us-east-1"]}}}}}}}}}}"#
        );
        let got = effective(PolicyKind::Inspector, &[("r", &[("p-1", &text)])]);
        assert!(got.errors.is_empty(), "{scan}: {:?}", got.errors);
    }
}
