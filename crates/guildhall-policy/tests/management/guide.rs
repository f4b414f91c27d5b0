//! What the AWS Organizations User Guide shows of the younger types and of EC2: forms, and what a merged document needs.

use guildhall_policy::management::{ErrorCode, ManagementDocument, PolicyKind, RefusalKind as R};

use super::{document, effective};

fn refused(kind: PolicyKind, text: &str, want: R) {
    let refusal = ManagementDocument::parse(kind, text).expect_err(text);
    assert_eq!(refusal.kind, want, "{kind}: {text}\n{refusal}");
}

/// A document with one setting, at a path of names.
fn at(path: &str, value: &str) -> String {
    let names: Vec<&str> = path.split('/').collect();
    format!("{{\"{}\":{{\"@@assign\":{value}}}{}", names.join("\":{\""), "}".repeat(names.len()))
}

fn errors(kind: PolicyKind, path: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    effective(kind, path).errors.iter().map(|e| format!("{}: {}", e.path, e.message)).collect()
}

const EC2: PolicyKind = PolicyKind::DeclarativeEc2;
const CRITERIA: &str = "ec2_attributes/allowed_images_settings/image_criteria/criteria_5";
const ENCRYPTION: &str = "ec2_attributes/vpc_encryption_control";

#[test]
fn values_of_ec2() {
    let metadata = "ec2_attributes/instance_metadata_defaults";
    let mark = format!("{CRITERIA}/image_watermarks/image_watermark_50");
    for (path, good, bad) in [
        (
            format!("{metadata}/http_tokens"),
            vec!["no_preference", "required", "optional"],
            vec!["enabled", "no-preference"],
        ),
        (format!("{metadata}/http_endpoint"), vec!["no_preference", "enabled", "disabled"], vec!["required"]),
        (
            format!("{metadata}/instance_metadata_tags"),
            vec!["no_preference", "enabled", "disabled"],
            vec![""],
        ),
        (
            format!("{metadata}/http_tokens_enforced"),
            vec!["no_preference", "enabled", "disabled"],
            vec!["optional"],
        ),
        (
            format!("{metadata}/http_put_response_hop_limit"),
            vec!["-1", "4", "64"],
            vec!["-2", "65", "+4", ""],
        ),
        (
            format!("{ENCRYPTION}/mode"),
            vec!["unmanaged", "attempt_monitor", "attempt_enforce"],
            vec!["monitor", "enforce", "off"],
        ),
        (
            format!("{mark}/watermark_key"),
            vec!["123456789015:approved-production-*", "*:abc", "12345678901?:(a) [b]./-'@_"],
            vec!["123456789015:ab", "12345:abc", "a23456789015:abc", "123456789015", "*:a,bc", "*:éab"],
        ),
        (format!("{mark}/source_image_region"), vec!["us-east-1", "eu-*", "*"], vec!["", "EU-WEST-1"]),
        (
            format!("{mark}/maximum_days_since_source_image_created"),
            vec!["0", "2147483647"],
            vec!["-1", "2147483648"],
        ),
    ] {
        for value in good {
            document(EC2, &at(&path, &format!("\"{value}\"")));
        }
        for value in bad {
            refused(EC2, &at(&path, &format!("\"{value}\"")), R::BadValue);
        }
    }
}

type Name<'a> = &'a dyn Fn(usize) -> String;

/// How many there may be is a matter of the merge, as it is with a plan's rules.
#[test]
fn as_many_as_there_may_be() {
    let id = |n: usize| format!("12345678-1234-1234-1234-{n:012}");
    let account = |n: usize| format!("{n:012}");
    let teams = "chatbot/platforms/microsoft_teams";
    let slack = "chatbot/platforms/slack";
    let list = |range: std::ops::Range<usize>, name: Name<'_>| {
        let names: Vec<String> = range.map(|n| format!("\"{}\"", name(n))).collect();
        format!("[{}]", names.join(","))
    };
    let append = |path: &str, values: &str| at(path, values).replace("@@assign", "@@append");
    let name = |n: usize| format!("n{n}");
    let workspace = |n: usize| format!("T{n}");
    let lists: [(PolicyKind, String, Name<'_>, usize); 5] = [
        (EC2, format!("{CRITERIA}/allowed_image_providers"), &account, 200),
        (EC2, format!("{CRITERIA}/image_names"), &name, 50),
        (EC2, format!("{CRITERIA}/marketplace_product_codes"), &name, 50),
        (PolicyKind::Chatbot, format!("{slack}/workspaces"), &workspace, 255),
        (PolicyKind::Chatbot, format!("{teams}/tenants/{}", id(0)), &id, 36),
    ];
    let state = at("ec2_attributes/allowed_images_settings/state", "\"enabled\"");
    for (kind, path, name, most) in lists {
        let (above, below) = (append(&path, &list(0..most - 1, name)), append(&path, &list(1..most, name)));
        let more = append(&path, &list(0..most + 1, name));
        let base = if kind == EC2 { ("p-s", state.as_str()) } else { ("p-s", r#"{"chatbot":{}}"#) };
        let fine = [("r", &[base, ("p-a", &*above)][..]), ("1", &[("p-b", &*below)])];
        assert_eq!(errors(kind, &fine), [] as [&str; 0], "{path}: the limit itself");
        let got = effective(kind, &[("r", &[base, ("p-a", &above)]), ("1", &[("p-b", &more)])]);
        let field = path.rsplit('/').next().unwrap();
        let wrong: Vec<(ErrorCode, &str, &str)> =
            got.errors.iter().map(|e| (e.code, e.path.as_str(), e.message.as_str())).collect();
        let message = format!("'{field}' exceeds the allowed maximum limit {most}");
        assert_eq!(wrong, [(ErrorCode::ElementsTooMany, path.as_str(), message.as_str())]);
        assert!(got.errors[0].policies.iter().map(|p| &**p).eq(["p-a", "p-b"]), "{:?}", got.errors);
    }
    let sections: [(String, &str, Name<'_>, usize); 4] = [
        (
            format!("{slack}/overrides"),
            r#""supported_role_settings":{"@@assign":["user_role"]}"#,
            &workspace,
            255,
        ),
        (format!("{teams}/tenants"), r#""@@assign":["*"]"#, &id, 36),
        (
            format!("{teams}/overrides"),
            r#""12345678-1234-1234-1234-123456789abc":{"supported_role_settings":{"@@assign":["user_role"]}}"#,
            &id,
            36,
        ),
        (
            format!("{teams}/overrides/{}", id(0)),
            r#""supported_role_settings":{"@@assign":["user_role"]}"#,
            &id,
            36,
        ),
    ];
    for (path, each, name, most) in sections {
        let members = |n: usize| {
            let members: Vec<String> = (0..n).map(|n| format!("\"{}\":{{{each}}}", name(n))).collect();
            at(&path, "0").replace("\"@@assign\":0", &members.join(","))
        };
        assert_eq!(errors(PolicyKind::Chatbot, &[("r", &[("p", &members(most))])]), [] as [&str; 0]);
        let field = path.rsplit('/').next().unwrap();
        assert_eq!(
            errors(PolicyKind::Chatbot, &[("r", &[("p", &members(most + 1))])]),
            [format!("{path}: '{field}' exceeds the allowed maximum limit {most}")]
        );
    }
}

#[test]
fn lists_of_ec2() {
    let digits = "123456789012345678901234567890";
    let long_name = "n".repeat(129);
    for (path, good, bad) in [
        (
            format!("{CRITERIA}/allowed_image_providers"),
            vec!["123456789012", "amazon", "aws_marketplace", "aws_backup_vault"],
            vec!["12345", "somebody"],
        ),
        (
            format!("{CRITERIA}/image_names"),
            vec!["golden-ami-*", "*", "x", "ab?", "???"],
            vec!["", "?", "a?", long_name.as_str()],
        ),
        (format!("{CRITERIA}/marketplace_product_codes"), vec!["abcdefg1234567890"], vec!["", "a-b", digits]),
        (
            format!("{ENCRYPTION}/exclusions"),
            vec!["internet_gateway", "nat_gateway", "vpc_lattice", "lambda", "virtual_private_gateway"],
            vec!["instance"],
        ),
    ] {
        document(EC2, &at(&path, "[]"));
        for value in good {
            document(EC2, &at(&path, &format!("[\"{value}\"]")));
        }
        for value in bad {
            refused(EC2, &at(&path, &format!("[\"{value}\"]")), R::BadValue);
        }
    }
    for name in ["image_watermark_0", "image_watermark_51", "image_watermark_01", "image_watermark_+1", "one"]
    {
        refused(
            EC2,
            &at(&format!("{CRITERIA}/image_watermarks/{name}/watermark_key"), "\"*:abc\""),
            R::BadName,
        );
    }
}

/// AWS's guide shows lists that are appended empty for these types, which the older ones refuse.
#[test]
fn lists_of_regions_may_be_appended_empty() {
    let both = r#"{"enable_in_regions":{"@@append":["ALL_SUPPORTED"],"@@operators_allowed_for_child_policies":["@@all"]},"disable_in_regions":{"@@append":[],"@@operators_allowed_for_child_policies":["@@all"]}}"#;
    let removed = both.replace("@@append\":[]", "@@remove\":[]");
    for (kind, before, after) in [
        (PolicyKind::SecurityHub, r#"{"securityhub":"#, "}"),
        (PolicyKind::SecurityHubCspm, r#"{"securityhub_cspm":{"cspm_enablement":"#, "}}"),
        (PolicyKind::Inspector, r#"{"inspector":{"enablement":{"ecr_scanning":"#, "}}}"),
    ] {
        refused(kind, &format!("{before}{removed}{after}"), R::BadValue);
        let text = format!("{before}{both}{after}");
        let got = effective(kind, &[("r", &[("p", &text)])]);
        assert_eq!(got.errors, [], "the empty list is there");
        let lists = r#"{"disable_in_regions":[],"enable_in_regions":["ALL_SUPPORTED"]}"#;
        assert_eq!(&*got.document, format!("{before}{lists}{after}"));
        assert!(got.leaves.iter().all(|leaf| leaf.set_by.len() == 1), "{:?}", got.leaves);
    }
}

#[test]
fn guards_of_bedrock_say_of_what() {
    let guarding = |text: &str| {
        let guarding = format!("\"selective_content_guarding\":{{{text}}}");
        format!(
            "{{\"bedrock\":{{\"guardrail_inference\":{{\"us-east-1\":{{\"config_1\":{{{guarding}}}}}}}}}}}"
        )
    };
    document(
        PolicyKind::Bedrock,
        &guarding(r#""system":{"@@assign":"selective"},"messages":{"@@assign":"comprehensive"}"#),
    );
    document(PolicyKind::Bedrock, &guarding(r#""messages":{"@@assign":"selective"}"#));
    refused(PolicyKind::Bedrock, &guarding(""), R::Missing);
    refused(PolicyKind::Bedrock, &guarding(r#""system":{"@@assign":"all"}"#), R::BadValue);
}

#[test]
fn features_of_guardduty() {
    let enablement = |text: &str| format!("{{\"guardduty\":{{\"enablement\":{{{text}}}}}}}");
    let on = r#"{"status":{"@@assign":"enabled"}}"#;
    for good in [
        r#""default":{}"#.to_owned(),
        r#""eu-west-1":{"s3_data_events":{"status":{"@@assign":"disabled"}}}"#.to_owned(),
        format!("\"default\":{{\"foundational\":{on},\"s3_data_events\":{on}}}"),
        format!(
            "\"us-east-1\":{{\"foundational\":{on}}},\"eu-west-1\":{{\"foundational\":{on},\"ai_protection\":{on}}}"
        ),
        format!(
            "\"Default\":{{\"foundational\":{on},\"runtime_monitoring\":{{\"status\":{{\"@@assign\":\"enabled\"}},\"additional_configuration\":{{\"eks_addon_management\":{on},\"ec2_agent_management\":{on},\"ecs_fargate_agent_management\":{on}}}}}}}"
        ),
        format!(
            "\"default\":{{\"foundational\":{on},\"eks_audit_logs\":{on},\"ebs_malware_protection\":{on},\"rds_login_events\":{on},\"lambda_network_logs\":{on}}}"
        ),
        r#""default":{"foundational":{"status":{"@@operators_allowed_for_child_policies":["@@none"]}}}"#
            .to_owned(),
    ] {
        document(PolicyKind::GuardDuty, &enablement(&good));
    }
    for (bad, want) in [
        (format!("\"mars-1\":{{\"foundational\":{on}}}"), R::BadName),
        (format!("\"ALL_SUPPORTED\":{{\"foundational\":{on}}}"), R::BadName),
        (format!("\"default\":{{\"s3\":{on}}}"), R::UnknownName),
        (format!("\"default\":{{\"foundational\":{{\"additional_configuration\":{on}}}}}"), R::UnknownName),
        (r#""default":{"foundational":{"status":{"@@assign":"on"}}}"#.to_owned(), R::BadValue),
        (r#""default":{"foundational":{"status":"enabled"}}"#.to_owned(), R::NotAnObject),
        (
            r#""default":{"foundational":{"status":{"@@append":["enabled"]}}}"#.to_owned(),
            R::OperatorNotAllowed,
        ),
        (r#""default":{"foundational":{"@@assign":"enabled"}}"#.to_owned(), R::OperatorNotAllowed),
        (String::new(), R::Missing),
        (r#""@@operators_allowed_for_child_policies":["@@none"]"#.to_owned(), R::Missing),
        (format!("\"default\":{{\"s3_data_events\":{on}}}"), R::Dependent),
        (
            format!("\"default\":{{\"foundational\":{on}}},\"eu-west-1\":{{\"s3_data_events\":{on}}}"),
            R::Dependent,
        ),
        (
            format!(
                "\"default\":{{\"foundational\":{{\"status\":{{\"@@assign\":\"disabled\"}}}},\"runtime_monitoring\":{on}}}"
            ),
            R::Dependent,
        ),
    ] {
        refused(PolicyKind::GuardDuty, &enablement(&bad), want);
    }
    refused(PolicyKind::GuardDuty, r#"{"guardduty":{}}"#, R::Missing);
}

/// Nothing of GuardDuty is on in a block without its foundation.
#[test]
fn guardduty_needs_its_foundation() {
    let set = |block: &str, feature: &str, status: &str| {
        at(&format!("guardduty/enablement/{block}/{feature}/status"), &format!("\"{status}\""))
    };
    let with_base = |block: &str, feature: &str| {
        let on = r#"{"status":{"@@assign":"enabled"}}"#;
        format!(
            "{{\"guardduty\":{{\"enablement\":{{\"{block}\":{{\"foundational\":{on},\"{feature}\":{on}}}}}}}}}"
        )
    };
    let (base, s3) = (set("default", "foundational", "enabled"), with_base("default", "s3_data_events"));
    let fine = effective(PolicyKind::GuardDuty, &[("r", &[("p-base", &base)]), ("1", &[("p-s3", &s3)])]);
    assert_eq!(fine.errors, []);
    assert_eq!(
        &*fine.document,
        r#"{"guardduty":{"enablement":{"default":{"foundational":{"status":"enabled"},"s3_data_events":{"status":"enabled"}}}}}"#
    );
    let off = set("default", "ai_protection", "disabled");
    assert_eq!(
        effective(PolicyKind::GuardDuty, &[("r", &[("p", &off)])]).errors,
        [],
        "what is off needs nothing"
    );

    let down = set("default", "foundational", "disabled");
    let region = with_base("eu-west-1", "s3_data_events");
    let lock = r#"{"guardduty":{"enablement":{"eu-west-1":{"foundational":{"status":{"@@operators_allowed_for_child_policies":["@@none"]}}}}}}"#;
    let got = effective(
        PolicyKind::GuardDuty,
        &[
            ("r", &[("p-base", &base), ("p-s3", &s3), ("p-lock", lock)]),
            ("1", &[("p-down", &down), ("p-region", &region)]),
        ],
    );
    let errors: Vec<(&str, &str, Vec<&str>)> = got
        .errors
        .iter()
        .map(|e| (e.path.as_str(), e.message.as_str(), e.policies.iter().map(|p| &**p).collect()))
        .collect();
    assert_eq!(
        errors,
        [
            (
                "guardduty/enablement/default",
                "Dependent fields s3_data_events=enabled,foundational=disabled in policy block default are invalid \
                 when used together",
                vec!["p-down", "p-s3"]
            ),
            (
                "guardduty/enablement/eu-west-1",
                "Dependent fields s3_data_events=enabled,foundational(undefined) in policy block eu-west-1 are \
                 invalid when used together",
                vec!["p-region"]
            ),
        ]
    );
    assert!(got.errors.iter().all(|e| e.code == ErrorCode::CrossAttributeValidation));
}

/// What is beside the lists of regions is not documented well enough to be refused.
#[test]
fn standards_and_controls_are_taken_as_they_come() {
    let cspm = |text: &str| format!("{{\"securityhub_cspm\":{{{text}}}}}");
    for good in [
        r#""cspm_enablement":{"enable_in_regions":{"@@assign":["us-east-1"]},"disable_in_regions":{"@@assign":[]}}"#,
        r#""default":{"standards":{"@@assign":["fsbp"]},"controls":{"IAM.1":{"status":{"@@assign":"disabled"},"days":{"@@assign":90}}}}"#,
        r#""us-east-1":{"@@operators_allowed_for_child_policies":["@@none"],"standards":{"@@append":[],"@@remove":["cis"]}}"#,
        r#""x":{}"#,
    ] {
        document(PolicyKind::SecurityHubCspm, &cspm(good));
    }
    for (bad, want) in [
        (r#""cspm_enablement":{"enable_in_regions":{"@@assign":["mars-1"]}}"#, R::BadValue),
        (r#""cspm_enablement":{"regions":{}}"#, R::UnknownName),
        (r#""default":"all""#, R::NotAnObject),
        (r#""default":{"standards":{"@@assign":["a"],"more":{}}}"#, R::UnknownOperator),
        (r#""default":{"standards":{"@@append":"a"}}"#, R::OperatorNotAllowed),
        (r#""default":{"standards":{"@@assign":{"a":1}}}"#, R::BadValue),
        (r#""default":{"standards":{"@@assign":["a"],"@@append":"b"}}"#, R::BadValue),
        (r#""default":{"@@other":1}"#, R::UnknownOperator),
        (r#""@@assign":1"#, R::OperatorNotAllowed),
    ] {
        refused(PolicyKind::SecurityHubCspm, &cspm(bad), want);
    }
}

/// Where the type is not known, values merge as anywhere else, and what is a setting here and a section there is the
/// setting.
#[test]
fn unknown_settings_merge_too() {
    let cspm = |rest: &str| {
        let lists = r#""cspm_enablement":{"enable_in_regions":{"@@append":["us-east-1"]},"disable_in_regions":{"@@assign":[]}}"#;
        format!("{{\"securityhub_cspm\":{{{lists},{rest}}}}}")
    };
    let above = cspm(
        r#""default":{"standards":{"@@assign":["fsbp","cis"]},"IAM.1":{"status":{"@@assign":"disabled","@@operators_allowed_for_child_policies":["@@none"]}},"odd":{"x":{"@@assign":"1"}}}"#,
    );
    let below = cspm(
        r#""default":{"standards":{"@@append":["pci"],"@@remove":["cis"]},"IAM.1":{"status":{"@@assign":"enabled"}},"odd":{"@@assign":true}}"#,
    );
    let got = effective(PolicyKind::SecurityHubCspm, &[("r", &[("p-a", &above)]), ("1", &[("p-b", &below)])]);
    assert_eq!(got.errors, []);
    assert_eq!(
        &*got.document,
        r#"{"securityhub_cspm":{"cspm_enablement":{"disable_in_regions":[],"enable_in_regions":["us-east-1"]},"default":{"IAM.1":{"status":"disabled"},"odd":"true","standards":["fsbp","pci"]}}}"#
    );
}

#[test]
fn what_merged_documents_need() {
    for (kind, text, want) in [
        (
            PolicyKind::SecurityHubCspm,
            r#"{"securityhub_cspm":{"default":{"standards":{"@@assign":["fsbp"]}}}}"#,
            vec!["securityhub_cspm: 'cspm_enablement' is missing"],
        ),
        (
            PolicyKind::DeclarativeEc2,
            r#"{"ec2_attributes":{"vpc_encryption_control":{"exclusions":{"@@assign":[]}},"vpc_block_public_access":{"internet_gateway_block":{"mode":{"@@assign":"off"}}},"allowed_images_settings":{"image_criteria":{"criteria_1":{"image_watermarks":{"image_watermark_1":{"source_image_region":{"@@assign":"*"}}}}}}}}"#,
            vec![
                "ec2_attributes/allowed_images_settings: 'state' is missing",
                "ec2_attributes/allowed_images_settings/image_criteria/criteria_1/image_watermarks/image_watermark_1: \
                 'watermark_key' is missing",
                "ec2_attributes/vpc_block_public_access/internet_gateway_block: 'exclusions_allowed' is missing",
                "ec2_attributes/vpc_encryption_control: 'mode' is missing",
            ],
        ),
    ] {
        assert_eq!(errors(kind, &[("r", &[("p", text)])]), want);
    }
}

/// A selection has at most 30 conditions, of all operators together.
#[test]
fn conditions_of_a_backup_selection_are_counted() {
    let conditions = |operator: &str, range: std::ops::Range<u32>| {
        let one = r#"{"condition_key":{"@@assign":"aws:ResourceTag/k"},"condition_value":{"@@assign":"v"}}"#;
        let all: Vec<String> = range.map(|n| format!("\"c{n}\":{one}")).collect();
        let (rule, role) = (r#""target_backup_vault_name":{"@@assign":"v"}"#, "arn:aws:iam::$account:role/r");
        format!(
            r#"{{"plans":{{"p":{{"regions":{{"@@assign":["us-east-1"]}},"rules":{{"r":{{{rule}}}}},"selections":{{"resources":{{"s":{{"iam_role_arn":{{"@@assign":"{role}"}},"conditions":{{"{operator}":{{{}}}}}}}}}}}}}}}}}"#,
            all.join(",")
        )
    };
    let above = conditions("string_equals", 0..20);
    let merged =
        |below: &str| errors(PolicyKind::Backup, &[("r", &[("p-a", &above)]), ("1", &[("p-b", below)])]);
    assert!(merged(&conditions("string_not_like", 0..10)).is_empty());
    assert_eq!(
        merged(&conditions("string_not_like", 0..11)),
        ["plans/p/selections/resources/s/conditions: 'conditions' exceeds the allowed maximum limit 30"]
    );
}
