//! Regions: enabled, disabled, listed, and how many at once.

use super::*;

fn status(lab: &mut Lab, caller: &str, region: &str) -> String {
    let shown = lab.ok(caller, "GetRegionOptStatus", &json!({ "RegionName": region }));
    assert_eq!(shown["RegionName"], region);
    shown["RegionOptStatus"].as_str().unwrap().to_owned()
}

fn slow(lab: &mut Lab) {
    lab.0.settings_mut().limits.region_millis = 120_000;
}

/// What is refused, its reason, and the members that are wrong.
fn told(error: &ErrorAnswer) -> (Option<&'static str>, Option<&'static str>, String) {
    (error.code, error.field.as_ref().map(|f| f.reason), error.message.clone().into_owned())
}

#[test]
fn a_region_is_enabled_and_disabled() {
    let mut lab = Lab::new();
    slow(&mut lab);
    let busy = format!(
        "Account {A} and region af-south-1 is currently being enabled or disabled. Please wait until it finishes and \
         then try again."
    );
    let switched = "Unable to switch region status because of its current opt-in status.";
    let off = lab.refusal(A, "DisableRegion", &switch("af-south-1"));
    let target = (Some("ValidationException"), Some("invalidRegionOptTarget"), switched.to_owned());
    assert_eq!(told(&off), target);
    for (operation, running, end) in
        [("EnableRegion", "ENABLING", "ENABLED"), ("DisableRegion", "DISABLING", "DISABLED")]
    {
        assert_eq!(lab.ok(M, operation, &about(switch("af-south-1"), A)), Value::Null);
        assert_eq!(status(&mut lab, A, "af-south-1"), running);
        for again in ["EnableRegion", "DisableRegion"] {
            let error = lab.refusal(A, again, &switch("af-south-1"));
            assert_eq!(told(&error), (Some("ConflictException"), None, busy.clone()));
            assert_eq!(error.status, 409);
        }
        lab.0.advance(119_999);
        assert_eq!(status(&mut lab, A, "af-south-1"), running);
        lab.0.advance(1);
        assert_eq!(status(&mut lab, A, "af-south-1"), end);
        assert_eq!(told(&lab.refusal(A, operation, &switch("af-south-1"))), target);
    }
    // Nobody else's, and no other one.
    assert_eq!(status(&mut lab, B, "af-south-1"), "DISABLED");
    for operation in ["EnableRegion", "DisableRegion"] {
        assert_eq!(told(&lab.refusal(A, operation, &switch("us-east-1"))), target);
    }
}

#[test]
fn in_a_lab_a_region_is_there_when_it_is_first_asked_for() {
    let mut lab = Lab::new();
    lab.ok(A, "EnableRegion", &switch("eu-south-2"));
    assert_eq!(status(&mut lab, A, "eu-south-2"), "ENABLED");
    lab.ok(A, "DisableRegion", &switch("eu-south-2"));
    assert_eq!(status(&mut lab, A, "eu-south-2"), "DISABLED");
}

#[test]
fn regions_that_are_none() {
    let mut lab = Lab::new();
    for operation in ["EnableRegion", "DisableRegion", "GetRegionOptStatus"] {
        for region in ["unknown-region", "cn-north-1", "us-gov-west-1"] {
            let text = format!("{region} is not a valid region for opt-in or opt-out.");
            let error = lab.refusal(A, operation, &switch(region));
            assert_eq!(
                told(&error),
                (Some("ValidationException"), Some("fieldValidationFailed"), text.clone())
            );
            assert_eq!(
                error.field.clone().map(|f| (f.name, f.rule.into_owned())),
                Some(("RegionName", text))
            );
        }
        let error = lab.refusal(A, operation, &switch("US-EAST-1"));
        let denial = format!("account:{operation} (You specified an invalid target region.)");
        assert!(error.message.ends_with(&denial), "{}", error.message);
        assert_eq!(error.code, Some("AccessDeniedException"));
        for (name, text) in [("", "is too short"), (&*"x".repeat(51), "maximum allowed: 50")] {
            assert!(lab.refusal(A, operation, &switch(name)).message.contains(text));
        }
        let missing = r#"[object has missing required properties (["RegionName"])]"#;
        assert_eq!(lab.refusal(A, operation, &json!({})).message, missing);
    }
    // Other partitions have all of theirs from the start.
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-east-1")] {
        lab.fact(ALONE, json!({ "Partition": partition }));
        assert_eq!(status(&mut lab, ALONE, region), "ENABLED_BY_DEFAULT");
        let all = lab.ok(ALONE, "ListRegions", &json!({}));
        assert_eq!(all["Regions"].as_array().unwrap().len(), 2);
        assert_eq!(lab.refusal(ALONE, "EnableRegion", &switch(region)), AccountError::RegionStatus.answer());
        let unknown = AccountError::UnknownRegion("af-south-1".to_owned()).answer();
        assert_eq!(lab.refusal(ALONE, "EnableRegion", &switch("af-south-1")), unknown);
    }
}

#[test]
fn six_regions_of_an_account_and_fifty_of_an_organization_at_once() {
    const OPT_IN: [&str; 7] =
        ["af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ca-west-1", "eu-south-1", "il-central-1"];
    let quota = |whose: &str| {
        format!(
            "This request has exceeded the quota for 'Number of concurrent region-opt requests for {whose}'. Consider \
             retrying the operation later once some requests have been completed."
        )
    };
    let mut lab = Lab::new();
    slow(&mut lab);
    for (n, region) in OPT_IN.into_iter().enumerate() {
        if n < 6 {
            lab.ok(A, "EnableRegion", &switch(region));
            lab.ok(ALONE, "EnableRegion", &switch(region));
        } else {
            for caller in [A, ALONE] {
                let error = lab.refusal(caller, "EnableRegion", &switch(region));
                let told = told(&error);
                assert_eq!(told, (Some("TooManyRequestsException"), None, quota("an account")));
                assert_eq!(error.status, 429);
            }
        }
    }
    // The organization's count: its members' and its management account's together, and not a stranger's.
    lab.0.settings_mut().limits.organization_regions_at_once = 8;
    lab.ok(B, "EnableRegion", &switch("af-south-1"));
    lab.ok(M, "EnableRegion", &switch("af-south-1"));
    let error = lab.refusal(B, "EnableRegion", &switch("ap-east-1"));
    assert_eq!(error.message, quota("an organization"));
    lab.ok(OTHER, "EnableRegion", &switch("af-south-1"));
    // Done is done.
    lab.0.advance(120_000);
    lab.ok(B, "EnableRegion", &switch("ap-east-1"));
    lab.ok(A, "EnableRegion", &switch(OPT_IN[6]));
}

#[test]
fn regions_are_listed_page_by_page_and_by_status() {
    let mut lab = Lab::new();
    slow(&mut lab);
    lab.ok(A, "EnableRegion", &switch("ap-east-1"));
    let listed = |lab: &mut Lab, mut input: Value| {
        let (mut regions, mut pages) = (Vec::new(), Vec::new());
        loop {
            let page = lab.ok(A, "ListRegions", &input);
            let entries = page["Regions"].as_array().unwrap();
            pages.push(entries.len());
            regions.extend(entries.iter().map(|r| r["RegionName"].as_str().unwrap().to_owned()));
            match page.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => return (regions, pages),
            }
        }
    };
    let (all, pages) = listed(&mut lab, json!({}));
    assert_eq!((all.len(), pages), (34, vec![20, 14]));
    assert!(all.is_sorted() && all.contains(&"us-east-1".to_owned()));
    assert_eq!(listed(&mut lab, json!({ "MaxResults": 50 })), (all.clone(), vec![34]));
    assert_eq!(listed(&mut lab, json!({ "MaxResults": 7 })), (all, vec![7, 7, 7, 7, 6]));
    for (statuses, count) in [
        (json!(["DISABLED"]), 16),
        (json!(["ENABLING"]), 1),
        (json!(["ENABLED", "ENABLED"]), 0),
        (json!(["ENABLED_BY_DEFAULT"]), 17),
        (json!(["DISABLED", "ENABLING", "ENABLED_BY_DEFAULT"]), 34),
        (json!([]), 34),
    ] {
        let (regions, _) = listed(&mut lab, json!({ "RegionOptStatusContains": statuses }));
        assert_eq!(regions.len(), count, "{statuses}");
    }
    let enums = r#"(possible values: ["ENABLED","ENABLING","DISABLING","DISABLED","ENABLED_BY_DEFAULT"])"#;
    let token = lab.ok(A, "ListRegions", &json!({ "MaxResults": 1 }))["NextToken"].clone();
    for (caller, input, text) in [
        (
            A,
            json!({ "RegionOptStatusContains": ["ENABLED", "enabled"] }),
            format!(r#"[instance value ("enabled") not found in enum {enums}]"#),
        ),
        (
            A,
            json!({ "MaxResults": 0 }),
            "[numeric instance is lower than the required minimum (minimum: 1, found: 0)]".into(),
        ),
        (
            A,
            json!({ "MaxResults": 51 }),
            "[numeric instance is greater than the required maximum (maximum: 50, found: 51)]".into(),
        ),
        (A, json!({ "NextToken": "invalid-token" }), "NextToken is malformed".into()),
        (
            A,
            json!({ "NextToken": token, "RegionOptStatusContains": ["ENABLED"] }),
            "NextToken is malformed".into(),
        ),
        (B, json!({ "NextToken": token }), "NextToken is malformed".into()),
    ] {
        let error = lab.refusal(caller, "ListRegions", &input);
        assert_eq!((error.code, error.message.as_ref()), (Some("ValidationException"), &*text));
    }
    lab.ok(A, "ListRegions", &json!({ "NextToken": token }));
}
