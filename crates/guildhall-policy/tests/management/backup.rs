//! Backup policies: what is admitted, and what is wrong with merged plans (policies.md 5.2, observed.md 29, 33 to 36 and 61 to 63).

use guildhall_policy::management::{ErrorCode as E, ManagementDocument, PolicyKind};

use super::effective;

fn admitted(text: &str) -> bool {
    ManagementDocument::parse(PolicyKind::Backup, text).is_ok()
}

fn plan(rest: &str) -> String {
    format!("{{\"plans\":{{\"daily\":{{{rest}}}}}}}")
}

fn rule(rest: &str) -> String {
    plan(&format!("\"rules\":{{\"daily\":{{{rest}}}}}"))
}

fn assign(name: &str, value: &str) -> String {
    format!("\"{name}\":{{\"@@assign\":{value}}}")
}

#[test]
fn plans_are_admitted_incomplete() {
    for (text, want) in [
        (r#"{"plans":{"daily":{}}}"#.to_owned(), true),
        (r#"{"PLANS":{"Key":{"REGIONS":{"@@Assign":["us-east-1"]}}}}"#.to_owned(), true),
        (plan(r#""other":{"@@assign":"one"}"#), false),
        (rule(r#""other":{"@@assign":"one"}"#), false),
        (plan(&assign("regions", "[]")), true),
        (plan(&assign("regions", r#"["us-east-1","us-east-1"]"#)), true),
        (plan(&assign("regions", r#"["wrong"]"#)), false),
        (plan(&assign("regions", r#"["*"]"#)), false),
        (plan(&assign("regions", r#""us-east-1""#)), false),
        (plan(&assign("regions", "[12]")), false),
        (plan(r#""regions":{"@@append":["us-east-1"],"@@remove":["us-west-2"]}"#), true),
        (plan(r#""regions":{"@@append":[]}"#), false),
        (plan(r#""selections":{"tags":{}}"#), true),
        (plan(r#""advanced_backup_settings":{"ec2":{"windows_vss":{"@@assign":"enabled"}}}"#), true),
        (plan(r#""advanced_backup_settings":{"s3":{"backup_acls":{"@@assign":true}}}"#), false),
        (plan(r#""advanced_backup_settings":{"other":{"field":{"@@assign":"enabled"}}}"#), false),
        (rule(r#""index_actions":{"resource_types":{"@@assign":["EBS","S3"]}}"#), true),
        (rule(r#""scan_actions":{"GUARDDUTY":{"scan_mode":{"@@assign":"FULL_SCAN"}}}"#), true),
        (rule(r#""scan_actions":{"GUARDDUTY":{"scan_mode":{"@@assign":"wrong"}}}"#), false),
        (rule(&assign("target_backup_vault_name", "null")), false),
        (rule(r#""target_backup_vault_name":{"@@append":["vault"]}"#), false),
    ] {
        assert_eq!(admitted(&text), want, "{text}");
    }
    for (name, want) in [
        ("with.dot", true),
        ("A_-9", true),
        (&*"x".repeat(50), true),
        (&*"x".repeat(51), false),
        ("with space", false),
        ("é", false),
        ("", false),
    ] {
        assert_eq!(admitted(&format!("{{\"plans\":{{\"{name}\":{{}}}}}}")), want, "{name}");
    }
}

#[test]
fn values_of_rules() {
    for (name, values, want) in [
        (
            "start_backup_window_minutes",
            &[
                "\"60\"",
                "\"10080\"",
                "60",
                "\"060\"",
                "\"2147483648\"",
                "\"10000000000\"",
                "\"9999999999999999\"",
            ][..],
            true,
        ),
        (
            "complete_backup_window_minutes",
            &[
                "\"0\"",
                "\"59\"",
                "\"60.5\"",
                "60.0",
                "true",
                "\"bad\"",
                "\"+60\"",
                "\" 60\"",
                "\"1e2\"",
                "\"10000000000000000\"",
                "\"9223372036854775807\"",
                "\"9223372036854775808\"",
                "\"\"",
            ],
            false,
        ),
        ("enable_continuous_backup", &["false", "\"false\""], true),
        ("enable_continuous_backup", &["\"TRUE\"", "1", "\"yes\"", "true", "\"true\""], false),
        ("target_backup_vault_name", &["\"vault\"", "\"a\""], true),
        ("target_backup_vault_name", &["\"with space\"", "\"with.dot\"", "\"\""], false),
        ("schedule_expression", &["\"cron(0 5 ? * * *)\"", "\"cron(0 5/1 ? * * *)\""], true),
        ("schedule_expression", &["\"bad\"", "\"rate(1 day)\"", "\"cron(0/15 * ? * * *)\"", "\"\""], false),
        (
            "target_logically_air_gapped_backup_vault_arn",
            &["\"arn:aws:backup:$region:$account:backup-vault:Vault\""],
            true,
        ),
        (
            "target_logically_air_gapped_backup_vault_arn",
            &["\"arn:aws:backup:us-east-1:$account:backup-vault:Vault\"", "\"bad\""],
            false,
        ),
    ] {
        for value in values {
            assert_eq!(admitted(&rule(&assign(name, value))), want, "{name}: {value}");
        }
    }
    for (name, value, want) in [
        ("move_to_cold_storage_after_days", "\"36501\"", true),
        ("move_to_cold_storage_after_days", "1", true),
        ("move_to_cold_storage_after_days", "\"0\"", false),
        ("delete_after_days", "\"-1\"", false),
        ("delete_after_days", "\"36500\"", true),
        ("delete_after_days", "\"bad\"", false),
        ("opt_in_to_archive_for_supported_resources", "false", true),
        ("opt_in_to_archive_for_supported_resources", "\"enabled\"", false),
        ("other", "\"1\"", false),
    ] {
        let text = rule(&format!("\"lifecycle\":{{{}}}", assign(name, value)));
        assert_eq!(admitted(&text), want, "{name}: {value}");
    }
}

#[test]
fn settings_of_one_document_have_to_fit_each_other() {
    let lifecycle = |delete: Option<u32>, cold: Option<u32>, archive: &str| {
        let mut fields = vec![assign("opt_in_to_archive_for_supported_resources", archive)];
        fields.extend(delete.map(|days| assign("delete_after_days", &format!("\"{days}\""))));
        fields.extend(cold.map(|days| assign("move_to_cold_storage_after_days", &format!("\"{days}\""))));
        format!("\"lifecycle\":{{{}}}", fields.join(","))
    };
    let monthly = assign("schedule_expression", "\"cron(0 5 1 * ? *)\"");
    let weekly = assign("schedule_expression", "\"cron(0 5 ? * SUN *)\"");
    for (text, want) in [
        (format!("{},{monthly}", lifecycle(Some(120), Some(30), "\"true\"")), true),
        (format!("{},{monthly}", lifecycle(Some(60), Some(30), "\"true\"")), false),
        (format!("{},{weekly}", lifecycle(Some(120), Some(30), "\"true\"")), false),
        (lifecycle(Some(120), Some(30), "\"true\""), false),
        (lifecycle(Some(120), Some(30), "true"), false),
        (format!("{},{monthly}", lifecycle(None, Some(30), "true")), false),
        (format!("{},{monthly}", lifecycle(Some(120), None, "true")), false),
        (lifecycle(Some(60), Some(30), "false"), true),
    ] {
        assert_eq!(admitted(&rule(&text)), want, "{text}");
    }
    for (days, want) in [(Some(35), true), (Some(36), false), (None, false)] {
        let mut text = assign("enable_continuous_backup", "true");
        if let Some(days) = days {
            text = format!("{text},{}", lifecycle(Some(days), None, "false"));
        }
        assert_eq!(admitted(&rule(&text)), want, "{text}");
    }
    for (archive, cold, want) in
        [("false", None, true), ("false", Some(1), false), ("false", Some(30), false)]
    {
        let text =
            format!("{},{}", assign("enable_continuous_backup", "true"), lifecycle(Some(30), cold, archive));
        assert_eq!(admitted(&rule(&text)), want, "a continuous backup is never cold: {text}");
    }
}

/// Recorded with an archive that asks for one backup in 28 days: what each schedule counts as.
#[test]
fn schedules_of_archives() {
    let lifecycle = r#""lifecycle":{"move_to_cold_storage_after_days":{"@@assign":"30"},"delete_after_days":{"@@assign":"120"},"opt_in_to_archive_for_supported_resources":{"@@assign":"true"}}"#;
    for (fields, want) in [
        ("0 5 1 * ? *", true),
        ("0 5 1 * ?", true),
        ("0 5 1 * ? * garbage", true),
        ("0 5 L-3W * ? *", true),
        ("0 5 1W,15W * ? *", true),
        ("0 5 ? * 1#1,2 *", true),
        ("0 5 ? * 1,2#1 *", true),
        ("0 5 1 JAN,FEB ? 2030", true),
        ("0 5 1-5W * ? *", false),
        ("0 5 ? * L *", false),
        ("0 5 ? * 1-2L *", false),
        ("0 5 ? * SUN *", false),
        ("0 5 ? JAN * 2030", false),
        ("0 5 1,28 JAN,FEB ? *", false),
    ] {
        let text =
            rule(&format!("{lifecycle},{}", assign("schedule_expression", &format!("\"cron({fields})\""))));
        assert_eq!(admitted(&text), want, "{fields}");
    }
}

#[test]
fn parts_that_a_document_needs() {
    let role = assign("iam_role_arn", "\"arn:aws:iam::$account:role/R\"");
    let key = assign("tag_key", "\"cost\"");
    let values = assign("tag_value", "[\"one\",1,\"\"]");
    let vault = "arn:aws:backup:us-east-1:$account:backup-vault:Vault";
    for (text, want) in [
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{key},{values}}}}}}}"), true),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{key},{values}}}}}}}"), true),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{key},\"tag_value\":{{\"@@remove\":[\"one\"]}}}}}}}}"), true),
        ("\"selections\":{\"tags\":{\"s\":{}}}".to_owned(), false),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{values}}}}}}}"), false),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{key}}}}}}}"), false),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{key},{}}}}}}}", assign("tag_value", "[]")), false),
        (format!("\"selections\":{{\"tags\":{{\"s\":{{{role},{key},{}}}}}}}", assign("tag_value", "\"one\"")), false),
        (format!("\"selections\":{{\"resources\":{{\"s\":{{{role}}}}}}}"), false),
        (format!("\"selections\":{{\"resources\":{{\"s\":{{{}}}}}}}", assign("resource_types", "[\"*\"]")), true),
        (format!("\"selections\":{{\"resources\":{{\"s\":{{{}}}}}}}", assign("not_resource_types", "[\"*\"]")), false),
        (
            format!(
                "\"selections\":{{\"resources\":{{\"s\":{{{},{}}}}}}}",
                assign("resource_types", "[\"*\"]"),
                assign("not_resource_types", "[\"arn:aws:ec2:*:*:volume/*\"]")
            ),
            true,
        ),
        (
            format!(
                "\"selections\":{{\"resources\":{{\"s\":{{{}}}}}}}",
                assign("resource_types", "[\"arn:aws-us-gov:ec2:*:*:volume/*\"]")
            ),
            true,
        ),
        (
            format!(
                "\"selections\":{{\"resources\":{{\"s\":{{{}}}}}}}",
                assign("resource_types", "[\"arn:aws:sqs:*:*:*\"]")
            ),
            false,
        ),
        (format!("\"selections\":{{\"resources\":{{\"s\":{{{}}}}}}}", assign("resource_types", "[]")), false),
        (
            "\"selections\":{\"resources\":{\"s\":{\"conditions\":{\"string_equals\":{\"c\":{\"condition_key\":{\"@@assign\":\"aws:ResourceTag/cost\"},\"condition_value\":{\"@@assign\":\"one\"}}}}}}}".to_owned(),
            true,
        ),
        (
            "\"selections\":{\"resources\":{\"s\":{\"conditions\":{\"string_equals\":{\"c\":{\"condition_key\":{\"@@assign\":\"aws:ResourceTag/cost\"}}}}}}}".to_owned(),
            false,
        ),
        (format!("\"backup_plan_tags\":{{\"cost\":{{{},{}}}}}", assign("tag_key", "\"Cost\""), assign("tag_value", "true")), true),
        (format!("\"backup_plan_tags\":{{\"cost\":{{{},{}}}}}", assign("tag_key", "\"other\""), assign("tag_value", "12")), false),
        (format!("\"backup_plan_tags\":{{\"cost\":{{{key}}}}}"), false),
        (format!("\"backup_plan_tags\":{{\"cost\":{{{},{}}}}}", assign("tag_key", "\"cost\""), assign("tag_value", "[\"one\"]")), false),
        (format!("\"rules\":{{\"r\":{{\"copy_actions\":{{\"{vault}\":{{{}}}}}}}}}", assign("target_backup_vault_arn", &format!("\"{vault}\""))), true),
        (format!("\"rules\":{{\"r\":{{\"copy_actions\":{{\"{vault}\":{{}}}}}}}}"), false),
        (format!("\"rules\":{{\"r\":{{\"copy_actions\":{{\"bad\":{{{}}}}}}}}}", assign("target_backup_vault_arn", "\"bad\"")), false),
        (format!("\"scan_settings\":{{\"GUARDDUTY\":{{{},\"scanner_role_arn\":{{\"@@assign\":\"arn:aws:iam::$account:role/R\"}}}}}}", assign("resource_types", "[\"ALL\"]")), true),
        (format!("\"scan_settings\":{{\"GUARDDUTY\":{{{}}}}}", assign("resource_types", "[]")), false),
    ] {
        assert_eq!(admitted(&plan(&text)), want, "{text}");
    }
    for role in ["arn:aws:iam::111111111111:role/Test", "bad"] {
        let text = format!(
            "\"selections\":{{\"tags\":{{\"s\":{{{},{key},{values}}}}}}}",
            assign("iam_role_arn", &format!("\"{role}\""))
        );
        assert!(!admitted(&plan(&text)), "{role}");
    }
}

const REGIONS: &str = r#""regions":{"@@assign":["us-east-1"]}"#;
const SELECTIONS: &str = r#""selections":{"tags":{"s":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"},"tag_key":{"@@assign":"k"},"tag_value":{"@@assign":["v"]}}}}"#;

/// A plan that is right but for the rules.
fn whole(rules: &str) -> String {
    plan(&format!("{REGIONS},{SELECTIONS},\"rules\":{{{rules}}}"))
}

/// Code, message, path and policies of what is wrong at the account, below the root with one policy.
fn wrong(root: &str, account: &str) -> Vec<(E, String, String, String)> {
    let path: &[(&str, &[(&str, &str)])] = &[("r-1", &[("p-root", root)]), ("1", &[("p-acct", account)])];
    let got = effective(PolicyKind::Backup, path);
    let all = |policies: &std::collections::BTreeSet<std::sync::Arc<str>>| {
        policies.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    got.errors.iter().map(|e| (e.code, e.message.clone(), e.path.clone(), all(&e.policies))).collect()
}

fn error(code: E, message: &str, path: &str, policies: &str) -> (E, String, String, String) {
    (code, message.to_owned(), path.to_owned(), policies.to_owned())
}

const VAULT: &str = r#""target_backup_vault_name":{"@@assign":"v"}"#;

#[test]
fn what_a_plan_needs() {
    let empty = r#"{"plans":{"daily":{}}}"#;
    let half = rule(&assign("start_backup_window_minutes", "\"60\""));
    assert_eq!(wrong(empty, empty), [], "a plan that came to nothing is no error");
    let missing =
        |key: &str, path: &str, by: &str| error(E::KeyRequired, &format!("'{key}' is missing"), path, by);
    assert_eq!(
        wrong(&half, empty),
        [
            missing("regions", "plans/daily", "p-root"),
            missing("selections", "plans/daily", "p-root"),
            missing("target_backup_vault_name", "plans/daily/rules/daily", "p-root"),
        ]
    );
    let other = plan(&format!("\"rules\":{{\"weekly\":{{{VAULT}}}}}"));
    assert_eq!(
        wrong(&half, &other),
        [
            missing("regions", "plans/daily", "p-acct p-root"),
            missing("selections", "plans/daily", "p-acct p-root"),
            missing("target_backup_vault_name", "plans/daily/rules/daily", "p-root"),
        ]
    );
    let good = whole(&format!("\"daily\":{{{VAULT}}}"));
    assert_eq!(wrong(&good, empty), []);
    let nothing = plan(r#""regions":{"@@remove":["us-east-1"]}"#);
    let few = "'regions' is less than the allowed minimum limit 1";
    assert_eq!(
        wrong(&good, &nothing),
        [error(E::ElementsTooFew, few, "plans/daily/regions", "p-acct p-root")]
    );
    let assigned = plan(&assign("regions", "[]"));
    assert_eq!(wrong(&good, &assigned), [error(E::ElementsTooFew, few, "plans/daily/regions", "p-acct")]);
    let never = plan(&format!(
        "{SELECTIONS},\"regions\":{{\"@@remove\":[\"us-east-1\"]}},\"rules\":{{\"daily\":{{{VAULT}}}}}"
    ));
    assert_eq!(wrong(&never, empty), [missing("regions", "plans/daily", "p-root")]);
}

#[test]
fn selections() {
    let empty = r#"{"plans":{}}"#;
    let with = |selections: &str| {
        plan(&format!("{REGIONS},\"rules\":{{\"daily\":{{{VAULT}}}}},\"selections\":{{{selections}}}"))
    };
    let removed = with(
        r#""tags":{"s":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"},"tag_key":{"@@assign":"k"},"tag_value":{"@@remove":["one"]}}}"#,
    );
    assert_eq!(
        wrong(&removed, empty),
        [error(E::KeyRequired, "'tag_value' is missing", "plans/daily/selections/tags/s", "p-root")]
    );
    let condition = with(
        r#""resources":{"all":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"},"conditions":{"string_equals":{"t":{"condition_key":{"@@assign":"aws:ResourceTag/x"},"condition_value":{"@@assign":"x"}}}}}}"#,
    );
    assert_eq!(wrong(&condition, empty), [], "a condition alone selects");
    let resources = r#""resources":{"all":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"},"resource_types":{"@@assign":["*"]}}}"#;
    assert_eq!(wrong(&with(resources), empty), []);
    let nothing = plan(r#""selections":{"resources":{"all":{"resource_types":{"@@remove":["*"]}}}}"#);
    assert_eq!(
        wrong(&with(resources), &nothing),
        [error(
            E::ElementsTooFew,
            "'resource_types' is less than the allowed minimum limit 1",
            "plans/daily/selections/resources/all/resource_types",
            "p-acct p-root"
        )]
    );
    let tags = r#""tags":{"s":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"},"tag_key":{"@@assign":"k"},"tag_value":{"@@assign":["v"]}}}"#;
    assert_eq!(wrong(&with(&format!("{tags},{resources}")), empty), [], "both kinds may stand in one plan");
}

#[test]
fn ten_rules_at_most() {
    let rules = |range: std::ops::Range<u32>| {
        let rules: Vec<String> = range.map(|n| format!("\"r{n}\":{{{VAULT}}}")).collect();
        rules.join(",")
    };
    let more = |rules: &str| plan(&format!("\"rules\":{{{rules}}}"));
    assert_eq!(wrong(&whole(&rules(0..9)), &more(&rules(9..10))), []);
    assert_eq!(
        wrong(&whole(&rules(0..9)), &more(&rules(9..11))),
        [error(
            E::ElementsTooMany,
            "'rules' exceeds the allowed maximum limit 10",
            "plans/daily/rules",
            "p-acct p-root"
        )]
    );
}

fn unfit(fields: &str, by: &str) -> Vec<(E, String, String, String)> {
    let message = format!("Dependent fields {fields} in policy block daily are invalid when used together");
    vec![error(E::CrossAttributeValidation, &message, "plans/daily/rules/daily", by)]
}

#[test]
fn settings_of_several_policies_have_to_fit_each_other() {
    let below = |name: &str, days: &str| rule(&format!("\"lifecycle\":{{{}}}", assign(name, days)));
    let continuous = whole(&format!(
        "\"daily\":{{{VAULT},{},\"lifecycle\":{{{}}}}}",
        assign("enable_continuous_backup", "true"),
        assign("delete_after_days", "\"35\"")
    ));
    assert_eq!(
        wrong(&continuous, &below("delete_after_days", "\"45\"")),
        unfit("enable_continuous_backup=true,delete_after_days=45", "p-acct p-root")
    );
    assert_eq!(wrong(&continuous, &below("move_to_cold_storage_after_days", "\"1\"")), []);

    let lifecycle = format!(
        "\"lifecycle\":{{{},{},{}}}",
        assign("move_to_cold_storage_after_days", "\"30\""),
        assign("delete_after_days", "\"120\""),
        assign("opt_in_to_archive_for_supported_resources", "\"true\"")
    );
    let monthly = assign("schedule_expression", "\"cron(0 5 1 * ? *)\"");
    let archive = whole(&format!("\"daily\":{{{VAULT},{monthly},{lifecycle}}}"));
    let daily = rule(&assign("schedule_expression", "\"cron(0 5 ? * * *)\""));
    let unfit_schedule = unfit(
        "opt_in_to_archive_for_supported_resources=true,schedule_expression=cron(0 5 ? * * *)",
        "p-acct p-root",
    );
    assert_eq!(wrong(&archive, &daily), unfit_schedule);
    for (name, days, want) in [
        ("delete_after_days", "\"60\"", "delete_after_days=60,move_to_cold_storage_after_days=30"),
        (
            "move_to_cold_storage_after_days",
            "\"90\"",
            "delete_after_days=120,move_to_cold_storage_after_days=90",
        ),
    ] {
        let fields = format!("opt_in_to_archive_for_supported_resources=true,{want}");
        assert_eq!(wrong(&archive, &below(name, days)), unfit(&fields, "p-acct p-root"));
    }

    // A copy's lifecycle is held against the rule's schedule, and the rule is what the path names; two copies that are
    // wrong alike are told once.
    let vault = "arn:aws:backup:us-east-1:$account:backup-vault:v";
    let target = assign("target_backup_vault_arn", &format!("\"{vault}\""));
    let copy = whole(&format!(
        "\"daily\":{{{VAULT},{monthly},\"copy_actions\":{{\"{vault}\":{{{target},{lifecycle}}}}}}}"
    ));
    assert_eq!(wrong(&copy, &daily), unfit_schedule);
    let second = vault.replace("backup-vault:v", "backup-vault:w");
    let other = rule(&format!(
        "\"copy_actions\":{{\"{second}\":{{{},\"lifecycle\":{{{}}}}}}}",
        assign("target_backup_vault_arn", &format!("\"{second}\"")),
        assign("delete_after_days", "\"120\"")
    ));
    assert_eq!(wrong(&copy, &other), [], "a copy of another policy's is its own affair");
    let twice = whole(&format!(
        "\"daily\":{{{VAULT},{monthly},\"copy_actions\":{{\"{vault}\":{{{target},{lifecycle}}},\"{second}\":{{{},{lifecycle}}}}}}}",
        assign("target_backup_vault_arn", &format!("\"{second}\"")),
    ));
    assert_eq!(wrong(&twice, &daily), unfit_schedule);
}

#[test]
fn scans_and_settings_that_stand_for_themselves() {
    let scan = rule(r#""scan_actions":{"GUARDDUTY":{"scan_mode":{"@@assign":"FULL_SCAN"}}}"#);
    let good = whole(&format!("\"daily\":{{{VAULT}}}"));
    assert_eq!(wrong(&good, &scan), unfit("scan_actions(undefined),scan_settings(undefined)", "p-acct"));
    let settings = plan(
        r#""scan_settings":{"GUARDDUTY":{"scanner_role_arn":{"@@assign":"arn:aws:iam::$account:role/R"}}}"#,
    );
    assert_eq!(wrong(&good, &settings), [], "settings without actions, and a role alone, are fine");
    let short = whole(&format!(
        "\"daily\":{{{VAULT},{},{},\"lifecycle\":{{{},{}}}}}",
        assign("start_backup_window_minutes", "\"120\""),
        assign("complete_backup_window_minutes", "\"60\""),
        assign("move_to_cold_storage_after_days", "\"30\""),
        assign("delete_after_days", "\"60\"")
    ));
    assert_eq!(wrong(&short, &plan("")), [], "without an archive, days and windows stand for themselves");
    let index = whole(&format!(
        "\"daily\":{{{VAULT},\"index_actions\":{{{}}}}}",
        assign("resource_types", "[\"EBS\"]")
    ));
    let emptied = rule(r#""index_actions":{"resource_types":{"@@remove":["EBS"]}}"#);
    assert_eq!(wrong(&index, &emptied), []);
}

/// A policy with all that a plan can have, as a company would write it.
#[test]
fn a_whole_plan() {
    let text = r#"{
      "plans": {"Payroll": {
        "regions": {"@@append": ["ap-northeast-2", "us-east-1", "eu-north-1"]},
        "rules": {"Hourly": {
          "schedule_expression": {"@@assign": "cron(0 5/1 ? * * *)"},
          "start_backup_window_minutes": {"@@assign": "480"},
          "complete_backup_window_minutes": {"@@assign": 10080},
          "lifecycle": {
            "move_to_cold_storage_after_days": {"@@assign": "180"},
            "delete_after_days": {"@@assign": "270"},
            "opt_in_to_archive_for_supported_resources": {"@@assign": "false"}
          },
          "target_backup_vault_name": {"@@assign": "Strongroom"},
          "target_logically_air_gapped_backup_vault_arn": {"@@assign": "arn:aws:backup:$region:$account:backup-vault:Apart"},
          "index_actions": {"resource_types": {"@@assign": ["EBS", "S3"]}},
          "scan_actions": {"GUARDDUTY": {"scan_mode": {"@@assign": "INCREMENTAL_SCAN"}}},
          "recovery_point_tags": {"owner": {"tag_key": {"@@assign": "Owner"}, "tag_value": {"@@assign": "payroll"}}},
          "copy_actions": {"arn:aws:backup:us-west-1:111111111111:backup-vault:far": {
            "target_backup_vault_arn": {"@@assign": "arn:aws:backup:us-west-1:111111111111:backup-vault:far"},
            "lifecycle": {"delete_after_days": {"@@assign": "120"}}
          }}
        }},
        "selections": {"tags": {"pay": {
          "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/Keeper"},
          "tag_key": {"@@assign": "data"}, "tag_value": {"@@assign": ["pay", "person"]},
          "conditions": {"string_not_like": {"c": {"condition_key": {"@@assign": "aws:ResourceTag/tmp"}, "condition_value": {"@@assign": "y*"}}}}
        }}},
        "advanced_backup_settings": {"s3": {"backup_object_tags": {"@@assign": "disabled"}}},
        "backup_plan_tags": {"stage": {"tag_key": {"@@assign": "Stage"}, "tag_value": {"@@assign": "beta"}}},
        "scan_settings": {"GUARDDUTY": {"resource_types": {"@@assign": ["EBS"]}, "scanner_role_arn": {"@@assign": "arn:aws:iam::$account:role/Scanner"}}}
      }}
    }"#;
    let got = effective(PolicyKind::Backup, &[("r-1", &[("p-1", text)])]);
    assert_eq!(got.errors, []);
    let document: serde_json::Value = serde_json::from_str(&got.document).unwrap();
    let plan = &document["plans"]["Payroll"];
    assert_eq!(plan["rules"]["Hourly"]["complete_backup_window_minutes"], "10080", "numbers become text");
    assert_eq!(plan["selections"]["tags"]["pay"]["iam_role_arn"], "arn:aws:iam::$account:role/Keeper");
    assert_eq!(plan["regions"].as_array().unwrap().len(), 3);
    assert_eq!(got.leaves.len(), text.matches("@@").count(), "every setting is a leaf");
}
