//! The policy simulator: what IAM was recorded to answer (identity.md 3.12, and 13, rows 1 to 5), member by member.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and tables are long"
)]

use guildhall_policy::iam::simulate::{
    Attachment, Entry, EntryType, EvaluationResult, Exclusion, Input, MAX_LEVELS, Organization, Owner,
    Refused, Simulation, Source, Verdict,
};
use guildhall_policy::iam::{Attached, Document, DocumentKind, Level, context_keys};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const ADA: &str = "arn:aws:iam::111122223333:user/team/ada";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";
const A: &str = "arn:aws:s3:::bucket/a";
const B: &str = "arn:aws:s3:::bucket/b";

/// A compact document: its statement starts in column 38.
fn policy(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn allow(action: &str, resource: &str) -> String {
    policy(&format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#))
}

fn deny(action: &str) -> String {
    policy(&format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#))
}

fn when(effect: &str, action: &str, condition: &str) -> String {
    policy(&format!(
        r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*","Condition":{{{condition}}}}}"#
    ))
}

/// What is simulated, in words that a table can have.
#[derive(Default, Clone)]
struct Case {
    policies: Vec<String>,
    boundaries: Vec<String>,
    levels: Option<Vec<Vec<String>>>,
    resource_policy: Option<String>,
    owner: Option<&'static str>,
    caller: Option<&'static str>,
    entries: Vec<(&'static str, Vec<&'static str>, &'static str)>,
    resources: Vec<&'static str>,
}

impl Case {
    fn of<const N: usize>(policies: [String; N]) -> Self {
        Self { policies: policies.to_vec(), ..Self::default() }
    }

    fn on<const N: usize>(mut self, resources: [&'static str; N]) -> Self {
        self.resources = resources.to_vec();
        self
    }

    fn bounded(mut self, boundary: String) -> Self {
        self.boundaries.push(boundary);
        self
    }

    fn with(mut self, key: &'static str, values: &[&'static str], kind: &'static str) -> Self {
        self.entries.push((key, values.to_vec(), kind));
        self
    }

    fn run(&self, action: &str) -> Result<EvaluationResult, Refused> {
        let ids: Vec<String> = (1..=self.policies.len()).map(|n| format!("PolicyInputList.{n}")).collect();
        let policies: Vec<Source<'_>> =
            ids.iter().zip(&self.policies).map(|(id, text)| Source { id, text }).collect();
        let id = "PermissionsBoundaryPolicyInputList.1";
        let boundaries: Vec<Source<'_>> = self.boundaries.iter().map(|text| Source { id, text }).collect();
        let texts: Vec<Vec<&str>> =
            self.levels.iter().flatten().map(|l| l.iter().map(String::as_str).collect()).collect();
        let levels: Vec<&[&str]> = texts.iter().map(Vec::as_slice).collect();
        let entries: Vec<Entry<'_>> = self
            .entries
            .iter()
            .map(|(key, values, kind)| Entry { key, values, kind: EntryType::parse(kind) })
            .collect();
        let input = Input {
            policies: &policies,
            boundaries: &boundaries,
            organization: if self.levels.is_some() {
                Organization::Given(&levels)
            } else {
                Organization::Absent
            },
            resource_policy: self.resource_policy.as_deref(),
            owner: self.owner,
            caller: self.caller,
            entries: &entries,
            resources: &self.resources,
        };
        Simulation::read(&input)?.evaluate(action)
    }

    fn json(&self, action: &str) -> Value {
        serde_json::to_value(self.run(action).unwrap_or_else(|e| panic!("{e}"))).unwrap()
    }

    fn decision(&self, action: &str) -> Value {
        self.json(action)["EvalDecision"].clone()
    }

    fn refused(&self, action: &str) -> String {
        self.run(action).unwrap_err().to_string()
    }
}

fn statement(id: &str, kind: &str, start: (u32, u32), end: (u32, u32)) -> Value {
    let place = |(line, column): (u32, u32)| json!({"Line": line, "Column": column});
    json!({
        "SourcePolicyId": id, "SourcePolicyType": kind, "StartPosition": place(start), "EndPosition": place(end),
    })
}

fn input(n: usize, end: u32) -> Value {
    statement(&format!("PolicyInputList.{n}"), "IAM Policy", (1, 38), (1, end))
}

#[test]
fn one_action_without_resources() {
    let allowed = Case::of([allow("s3:GetObject", "*")]);
    assert_eq!(
        allowed.json("S3:gEtObJeCt"),
        json!({
            "EvalActionName": "S3:gEtObJeCt", "EvalResourceName": "*", "EvalDecision": "allowed",
            "MatchedStatements": [input(1, 95)], "MissingContextValues": [],
        })
    );
    let nothing = json!({
        "EvalActionName": "s3:*", "EvalResourceName": "*", "EvalDecision": "implicitDeny", "MatchedStatements": [],
        "MissingContextValues": [],
    });
    assert_eq!(allowed.json("s3:*"), nothing);
    for other in ["s3:", "s3:Get Object", "s3:MadeUp", "madeup:Action"] {
        assert_eq!(allowed.decision(other), "implicitDeny", "{other}");
    }
    assert_eq!(Case::default().decision("s3:GetObject"), "implicitDeny");
    assert_eq!(allowed.refused("GetObject"), "The action is invalid since it is missing names");
    // `*` is no object of a bucket.
    assert_eq!(Case::of([allow("s3:GetObject", A)]).decision("s3:GetObject"), "implicitDeny");
}

#[test]
fn resources_have_results_of_their_own() {
    let one = Case::of([allow("s3:GetObject", A)]);
    let end = u32::try_from(95 + A.len() - 1).unwrap();
    assert_eq!(
        one.clone().on([A]).json("s3:GetObject"),
        json!({
            "EvalActionName": "s3:GetObject", "EvalResourceName": A, "EvalDecision": "allowed",
            "MatchedStatements": [input(1, end)], "MissingContextValues": [], "EvalDecisionDetails": {},
            "ResourceSpecificResults": [{
                "EvalResourceName": A, "EvalResourceDecision": "allowed", "MatchedStatements": [input(1, end)],
            }],
        })
    );
    assert_eq!(
        one.clone().on([A, B]).json("s3:GetObject"),
        json!({
            "EvalActionName": "s3:GetObject", "EvalResourceName": "arn:aws:s3:::${BucketName}/${KeyName}",
            "EvalDecision": "implicitDeny", "MatchedStatements": [input(1, end)], "MissingContextValues": [],
            "EvalDecisionDetails": {},
            "ResourceSpecificResults": [
                {"EvalResourceName": A, "EvalResourceDecision": "allowed", "MatchedStatements": [input(1, end)]},
                {"EvalResourceName": B, "EvalResourceDecision": "implicitDeny"},
            ],
        })
    );
    // The same twice is two results, and one statement.
    let twice = one.clone().on([A, A]).json("s3:GetObject");
    assert_eq!(twice["MatchedStatements"].as_array().unwrap().len(), 1);
    assert_eq!(twice["ResourceSpecificResults"].as_array().unwrap().len(), 2);
    // A denial of one is that of all.
    let mixed = Case::of([
        allow("s3:*", "*"),
        policy(&format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":"{B}"}}"#)),
    ]);
    assert_eq!(mixed.on([A, B]).decision("s3:PutObject"), "explicitDeny");
    let users = Case::of([allow("iam:*", "*")]).on([ADA, ROLE]).json("iam:GetUser");
    assert_eq!(users["EvalResourceName"], "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}");
    for bad in ["not-an-arn", "arn:aws:s3"] {
        let told = format!("ResourceNames are not in a valid ARN format: {bad}.");
        assert_eq!(one.clone().on([A, bad]).refused("s3:GetObject"), told);
    }
    assert_eq!(one.on(["*"]).json("s3:GetObject")["EvalResourceName"], "*");
}

#[test]
fn statements_stand_where_iam_counts_them() {
    // A single statement starts after its brace: recorded as 41 and 113 of 113 characters.
    let text = r#"{"Version": "2012-10-17", "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#;
    let found = Case::of([text.to_owned()]).json("s3:GetObject");
    let end = u32::try_from(text.len()).unwrap();
    assert_eq!(
        found["MatchedStatements"],
        json!([statement("PolicyInputList.1", "IAM Policy", (1, 41), (1, end))])
    );
    // In a list the first starts after the bracket, each other one where the one before ends.
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \
                \"Action\": \"s3:GetObject\",\n      \"Resource\": \"*\",\n      \"Sid\": \"e\"\n    },\n    {\"Effect\": \
                \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}\n  ]\n}";
    let found = Case::of([text.to_owned()]).json("s3:GetObject");
    assert_eq!(
        found["MatchedStatements"],
        json!([
            statement("PolicyInputList.1", "IAM Policy", (3, 17), (9, 6)),
            statement("PolicyInputList.1", "IAM Policy", (9, 6), (10, 56)),
        ])
    );
    // Columns are characters.
    let text = r#"{"Id":"éé","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let found = Case::of([text.to_owned()]).json("s3:GetObject");
    assert_eq!(
        found["MatchedStatements"],
        json!([statement("PolicyInputList.1", "IAM Policy", (1, 25), (1, 71))])
    );
}

#[test]
fn values_are_missing_only_where_a_call_is_denied_for_want_of_an_allow() {
    let wants = r#""StringEquals":{"stack:missing":"yes"}"#;
    let rows = [
        (vec![when("Allow", "s3:GetObject", wants)], "implicitDeny", vec!["stack:missing"]),
        // Statements about something else ask, too.
        (vec![when("Allow", "s3:PutObject", wants)], "implicitDeny", vec!["stack:missing"]),
        (vec![when("Deny", "s3:GetObject", wants)], "implicitDeny", vec!["stack:missing"]),
        (vec![allow("s3:GetObject", "*"), when("Allow", "s3:GetObject", wants)], "allowed", vec![]),
        (vec![allow("s3:GetObject", "*"), when("Deny", "s3:GetObject", wants)], "allowed", vec![]),
        (vec![deny("s3:*"), when("Allow", "s3:GetObject", wants)], "explicitDeny", vec![]),
        (vec![when("Allow", "s3:GetObject", r#""StringEqualsIfExists":{"s:m":"y"}"#)], "allowed", vec![]),
        (vec![when("Allow", "s3:GetObject", r#""StringNotEquals":{"s:m":"y"}"#)], "allowed", vec![]),
        (vec![when("Allow", "s3:GetObject", r#""Null":{"s:m":"true"}"#)], "allowed", vec![]),
        (vec![when("Allow", "s3:GetObject", r#""Null":{"S:m":"false"}"#)], "implicitDeny", vec!["S:m"]),
        (
            vec![when("Allow", "s3:GetObject", r#""ForAnyValue:StringEquals":{"s:m":"y"}"#)],
            "implicitDeny",
            vec!["s:m"],
        ),
        (
            vec![when("Allow", "s3:GetObject", r#""ForAllValues:StringEquals":{"s:m":"y"}"#)],
            "allowed",
            vec![],
        ),
        (
            vec![allow("s3:GetObject", "arn:aws:s3:::bucket/${aws:username}/${*}")],
            "implicitDeny",
            vec!["aws:username"],
        ),
    ];
    for (policies, decision, missing) in rows {
        let case = Case { policies: policies.clone(), ..Case::default() }.on([A]);
        let found = case.json("s3:GetObject");
        assert_eq!(found["EvalDecision"], decision, "{policies:?}");
        assert_eq!(found["MissingContextValues"], json!(missing), "{policies:?}");
        let result = &found["ResourceSpecificResults"][0];
        let wanted = if missing.is_empty() { Value::Null } else { json!(missing) };
        assert_eq!(result.get("MissingContextValues").cloned().unwrap_or_default(), wanted, "{policies:?}");
    }
}

#[test]
fn boundaries() {
    let may = || Case::of([allow("s3:GetObject", "*")]);
    let told =
        |found: &Value| found["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"].clone();
    let allowed = may().bounded(allow("s3:GetObject", "*")).on([A, B]).json("s3:GetObject");
    assert_eq!((&allowed["EvalDecision"], told(&allowed)), (&json!("allowed"), json!(true)));
    assert_eq!(allowed["MatchedStatements"], json!([input(1, 95)]), "what the boundary allows is not told");
    let results = allowed["ResourceSpecificResults"].as_array().unwrap();
    assert!(results.iter().all(|one| told(one) == json!(true)));
    let cut = may().bounded(allow("s3:PutObject", "*")).on([A]).json("s3:GetObject");
    assert_eq!((&cut["EvalDecision"], told(&cut)), (&json!("implicitDeny"), json!(false)));
    assert_eq!(cut["MatchedStatements"], json!([]));
    assert_eq!(told(&cut["ResourceSpecificResults"][0]), json!(false));
    let bound =
        statement("PermissionsBoundaryPolicyInputList.1", "Permissions Boundary Policy", (1, 38), (1, 94));
    let denied = Case::of([deny("s3:GetObject")]).bounded(deny("s3:GetObject")).json("s3:GetObject");
    assert_eq!((&denied["EvalDecision"], told(&denied)), (&json!("explicitDeny"), json!(false)));
    assert_eq!(denied["MatchedStatements"], json!([bound, input(1, 94)]));
    let wants =
        may().bounded(when("Allow", "s3:GetObject", r#""StringEquals":{"s:b":"y"}"#)).json("s3:GetObject");
    assert_eq!(
        (&wants["EvalDecision"], &wants["MissingContextValues"]),
        (&json!("implicitDeny"), &json!(["s:b"]))
    );
    assert_eq!(may().json("s3:GetObject").get("PermissionsBoundaryDecisionDetail"), None);
    assert_eq!(
        may().bounded(deny("a:b")).bounded(deny("a:b")).refused("s3:GetObject"),
        "The list of Permissions Boundary policies cannot exceed 1 items."
    );
}

#[test]
fn organizations_hide_what_others_say() {
    let full = || allow("*", "*");
    let under = |levels: &[&[String]]| {
        let mut case = Case::of([allow("s3:GetObject", "*")]);
        case.levels = Some(levels.iter().map(|level| level.to_vec()).collect());
        case
    };
    let told = |case: &Case| {
        let found = case.json("s3:GetObject");
        let detail = found["OrganizationsDecisionDetail"]["AllowedByOrganizations"].clone();
        let matched = found["MatchedStatements"].as_array().unwrap().len();
        (found["EvalDecision"].as_str().unwrap().to_owned(), detail.as_bool().unwrap(), matched)
    };
    let is = |decision: &str, allowed: bool, matched: usize| (decision.to_owned(), allowed, matched);
    assert_eq!(told(&under(&[&[full()], &[full()]])), is("allowed", true, 1));
    assert_eq!(told(&under(&[&[full()], &[deny("s3:GetObject")]])), is("explicitDeny", false, 0));
    assert_eq!(told(&under(&[&[full()], &[allow("s3:PutObject", "*")]])), is("implicitDeny", false, 0));
    assert_eq!(told(&under(&[&[deny("s3:*"), full()], &[full()]])), is("explicitDeny", false, 0));
    assert_eq!(told(&under(&[&[allow("s3:Put*", "*"), full()]])), is("allowed", true, 1));
    // It hides a denial of the caller's own policies, too, and what is missing.
    let mut hidden = under(&[&[allow("s3:PutObject", "*")]]);
    hidden.policies = vec![deny("s3:*"), when("Allow", "a:b", r#""StringEquals":{"s:m":"y"}"#)];
    assert_eq!(told(&hidden), is("implicitDeny", false, 0));
    assert_eq!(hidden.json("s3:GetObject")["MissingContextValues"], json!([]));
    hidden.levels = Some(vec![vec![deny("s3:*")]]);
    assert_eq!(told(&hidden), is("explicitDeny", false, 0));
    hidden.levels = Some(vec![vec![allow("*", "*")]]);
    assert_eq!(told(&hidden), is("explicitDeny", true, 1));
    assert_eq!(
        under(&[&[full()], &[]]).refused("s3:GetObject"),
        "Organization policy at index 2 must contain at least one service control policy"
    );
    assert_eq!(
        under(&[&["{}".to_owned()]]).refused("s3:GetObject"),
        "Organization policy at index 1 has invalid content"
    );
    assert_eq!(MAX_LEVELS, 7);

    // Those in force are documents that were read.
    let (full, lock) = (
        Document::full_access(DocumentKind::ServiceControl),
        Document::parse(DocumentKind::ServiceControl, &deny("s3:Get*")).unwrap(),
    );
    let attached = |document| Attached { name: "p", document };
    let root = Level { node: "r", policies: vec![attached(&full)] };
    let account = Level { node: "a", policies: vec![attached(&full), attached(&lock)] };
    let text = allow("*", "*");
    let policies = [Source { id: "admin", text: &text }];
    let run = |scps: Option<&[&Level<'_>]>, rcps: Option<&[&Level<'_>]>, action: &str| {
        let organization = Organization::Real { scps, rcps };
        let input = Input {
            policies: &policies,
            organization,
            caller: Some(ROLE),
            resources: &[A],
            ..Input::default()
        };
        let found = Simulation::read(&input).unwrap().evaluate(action).unwrap();
        (found.eval_decision, found.organizations_decision_detail.unwrap().allowed_by_organizations)
    };
    assert_eq!(run(None, None, "s3:GetObject"), (Verdict::Allowed, true));
    assert_eq!(run(Some(&[&root, &account]), None, "s3:PutObject"), (Verdict::Allowed, true));
    assert_eq!(run(Some(&[&root, &account]), None, "s3:GetObject"), (Verdict::ExplicitDeny, false));
    assert_eq!(run(Some(&[]), None, "s3:PutObject"), (Verdict::ImplicitDeny, false));
    // Resource control policies reach some services only.
    assert_eq!(run(None, Some(&[&root, &account]), "s3:GetObject"), (Verdict::ExplicitDeny, false));
    assert_eq!(run(None, Some(&[]), "ec2:RunInstances"), (Verdict::Allowed, true));
}

#[test]
fn resource_policies() {
    let by = |principal: &str, effect: &str| {
        policy(&format!(
            r#"{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"s3:GetObject","Resource":"*"}}"#
        ))
    };
    let case = |mine: &[String], resource: String, owner: &'static str| Case {
        policies: mine.to_vec(),
        resource_policy: Some(resource),
        owner: Some(owner),
        caller: Some(ADA),
        resources: vec![A],
        ..Case::default()
    };
    let root = "arn:aws:iam::111122223333:root";
    let mine = [allow("s3:GetObject", "*")];
    // One account: either is enough, whatever the boundary says, and whether the user or its account is named.
    for principal in [ADA, root, ACCOUNT, "*"] {
        let mut case = case(&[], by(principal, "Allow"), ACCOUNT);
        assert_eq!(case.decision("s3:GetObject"), "allowed", "{principal}");
        case.boundaries = vec![allow("s3:PutObject", "*")];
        let found = case.json("s3:GetObject");
        assert_eq!(found["EvalDecision"], "allowed", "{principal}");
        assert_eq!(found["MatchedStatements"][0]["SourcePolicyType"], "Resource Policy");
        assert_eq!(found["EvalDecisionDetails"], json!({}));
        case.resource_policy = Some(by(principal, "Deny"));
        assert_eq!(case.decision("s3:GetObject"), "explicitDeny", "{principal}");
    }
    assert_eq!(
        case(&[], by("arn:aws:iam::111122223333:user/ada", "Allow"), root).decision("s3:GetObject"),
        "implicitDeny"
    );
    assert_eq!(case(&mine, by("999999999999", "Allow"), root).decision("s3:GetObject"), "allowed");
    // Across accounts both have to, and each side is told.
    let other = "999999999999";
    let sides = |iam: &str, resource: &str| json!({"IAM Policy": iam, "Resource Policy": resource});
    let rows = [
        (&mine[..], by(ADA, "Allow"), "allowed", sides("allowed", "allowed"), 2),
        (&[], by(ADA, "Allow"), "implicitDeny", sides("implicitDeny", "allowed"), 0),
        (&mine, by(other, "Allow"), "implicitDeny", sides("allowed", "implicitDeny"), 0),
        (&mine, by(ADA, "Deny"), "explicitDeny", sides("allowed", "explicitDeny"), 1),
    ];
    for (mine, resource, decision, sides, matched) in rows {
        let found = case(mine, resource.clone(), other).json("s3:GetObject");
        assert_eq!(
            (&found["EvalDecision"], &found["EvalDecisionDetails"]),
            (&json!(decision), &sides),
            "{resource}"
        );
        assert_eq!(found["ResourceSpecificResults"][0]["EvalDecisionDetails"], sides);
        assert_eq!(found["MatchedStatements"].as_array().unwrap().len(), matched, "{resource}");
    }
    let mut cut = case(&mine, by(ADA, "Allow"), other);
    cut.boundaries = vec![allow("s3:PutObject", "*")];
    assert_eq!(cut.json("s3:GetObject")["EvalDecisionDetails"], sides("implicitDeny", "allowed"));
    assert_eq!(cut.decision("s3:GetObject"), "implicitDeny");
    // A role is meant by its ARN.
    let mut role = case(&[], by(ROLE, "Allow"), ACCOUNT);
    role.caller = Some(ROLE);
    assert_eq!(role.decision("s3:GetObject"), "allowed");
    role.resource_policy = Some("{}".to_owned());
    assert_eq!(role.refused("s3:GetObject"), "Resource policy has invalid content");
}

#[test]
fn keys_that_follow_from_the_caller() {
    let holds = |caller: Option<&'static str>, key: &str, value: &str| {
        let mut case = Case::of([when("Allow", "s3:*", &format!(r#""StringEquals":{{"{key}":"{value}"}}"#))]);
        case.caller = caller;
        let found = case.json("s3:GetObject");
        (found["EvalDecision"] == "allowed", found["MissingContextValues"].as_array().unwrap().len())
    };
    assert_eq!(holds(Some(ADA), "aws:PrincipalArn", ADA), (true, 0));
    assert_eq!(holds(Some(ADA), "aws:username", "ada"), (true, 0));
    assert_eq!(holds(Some(ADA), "aws:PrincipalAccount", ACCOUNT), (true, 0));
    assert_eq!(holds(Some(ADA), "aws:username", "bob"), (false, 0));
    assert_eq!(holds(Some(ROLE), "aws:PrincipalArn", ROLE), (true, 0));
    assert_eq!(holds(Some(ROLE), "aws:username", "app"), (false, 1));
    // The user's id is a stub, or the ARN, and missing all the same.
    assert_eq!(holds(None, "aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"), (true, 0));
    assert_eq!(holds(Some(ADA), "aws:userid", ADA), (true, 0));
    assert_eq!(holds(Some(ADA), "aws:userid", "AIDAEXAMPLE"), (false, 1));
    assert_eq!(holds(None, "aws:PrincipalAccount", ACCOUNT), (false, 1));
    // What is given comes first.
    let mut given = Case::of([when("Allow", "s3:*", r#""StringEquals":{"aws:username":"bob"}"#)]);
    given.caller = Some(ADA);
    assert_eq!(given.with("AWS:UserName", &["bob"], "string").decision("s3:GetObject"), "allowed");
}

#[test]
fn given_keys_are_of_their_type() {
    let case = || Case::of([allow("s3:GetObject", "*")]);
    let told = |key: &'static str, values: &[&'static str], kind: &'static str| {
        case().with(key, values, kind).run("s3:GetObject").map(|_| ()).map_err(|e| e.to_string())
    };
    let wrong = |wanted: &str| Err(format!("Invalid context value for key s:t: expected {wanted}."));
    let rows = [
        ("s:t", &[""][..], "string", Ok(())),
        (
            "s:t",
            &["a", "b"],
            "string",
            Err("Context key string expected a single value, but received 2.".to_owned()),
        ),
        ("s:t", &["a", "b"], "stringList", Ok(())),
        ("s:t", &["abc"], "numeric", wrong("numeric format")),
        ("s:t", &["NaN"], "numeric", wrong("numeric format")),
        ("s:t", &["1", "x"], "numericList", wrong("numeric format")),
        ("s:t", &["TRUE"], "boolean", Ok(())),
        ("s:t", &["yes"], "boolean", Ok(())),
        ("s:t", &["tomorrow"], "date", wrong("DateTime format")),
        ("s:t", &["999.0.0.1"], "ip", wrong("IP address")),
        ("s:t", &["10.0.0.1", "2001:db8::1"], "ipList", Ok(())),
        ("s:t", &["!base64"], "binary", wrong("base-64 encoded binary format")),
        ("s:t", &[], "string", Err("Context values for context key s:t cannot be null or empty.".to_owned())),
        ("s:t", &["a"], "", Err("Context key s:t has invalid type null.".to_owned())),
        ("", &["a"], "string", Err("ContextKeyName cannot be null or empty.".to_owned())),
    ];
    for (key, values, kind, wanted) in rows {
        assert_eq!(told(key, values, kind), wanted, "{key} {values:?} {kind}");
    }
    assert_eq!(EntryType::parse("List"), None);
    for (one, two) in [("stack:test", "stack:test"), ("stack:test", "STACK:TEST")] {
        let twice = case().with(one, &["a"], "string").with(two, &["b"], "string");
        assert_eq!(twice.refused("s3:GetObject"), format!("Duplicate context key: {two}."));
    }
    // Numbers and dates reach conditions in one spelling.
    let holds = |kind: &'static str, value: &'static str, wanted: &str| {
        let condition = format!(r#""StringEquals":{{"s:t":"{wanted}"}}"#);
        let case = Case::of([when("Allow", "s3:*", &condition)]).with("S:T", &[value], kind);
        assert_eq!(case.decision("s3:GetObject"), "allowed", "{value} is not {wanted}");
    };
    holds("numeric", "1", "1.00");
    holds("numeric", "1.5", "1.50");
    holds("numeric", "1.234", "1.234");
    holds("date", "2026-01-01", "2026-01-01T00:00:00.000Z");
    holds("date", "2026-01-01T01:30:00.5+01:00", "2026-01-01T00:30:00.500Z");
    holds("date", "0", "1970-01-01T00:00:00.000Z");
    holds("ip", "10.0.0.7", "10.0.0.7");
    let several = Case::of([when("Allow", "s3:*", r#""ForAnyValue:StringEquals":{"s:t":"b"}"#)]);
    assert_eq!(several.clone().with("s:t", &["a", "b"], "stringList").decision("s3:GetObject"), "allowed");
    assert_eq!(several.with("s:t", &["a"], "stringList").decision("s3:GetObject"), "implicitDeny");
}

#[test]
fn policies_are_left_out() {
    let own = |arn| Attachment::Managed { arn };
    let (plain, pathed) =
        ("arn:aws:iam::111122223333:policy/app", "arn:aws:iam::111122223333:policy/team/app");
    let (aws, job) =
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/Billing");
    let inline = |policy, owner, name| Attachment::Inline { policy, owner, name };
    let ada = inline("Extra", Owner::User, "ada");
    let all = [
        Attachment::ServiceControl,
        Attachment::Boundary,
        own(plain),
        own(pathed),
        own(aws),
        own(job),
        ada,
        inline("Extra", Owner::Group, "ada"),
        inline("extra", Owner::User, "ada"),
    ];
    let left_out = |exclusion: &Exclusion| -> Vec<usize> {
        (0..all.len()).filter(|n| exclusion.excludes(&all[*n])).collect()
    };
    let types: [(&str, &[usize]); 6] = [
        ("scp", &[0]),
        ("rcp", &[]),
        ("permission-boundary", &[1]),
        ("user-managed", &[2, 3]),
        ("aws-managed", &[4, 5]),
        ("inline", &[6, 7, 8]),
    ];
    for (name, wanted) in types {
        assert_eq!(left_out(&Exclusion::of_type(name).unwrap()), wanted, "{name}");
    }
    assert_eq!(Exclusion::of_type("managed"), None);
    // A policy with a path is meant by the ARN without it only, a boundary by none.
    let arns: [(&str, &[usize]); 7] = [
        (plain, &[2, 3]),
        (pathed, &[]),
        ("arn:aws:iam::111122223333:policy/a*", &[2, 3]),
        ("arn:aws:iam::111122223333:policy/?p?", &[2, 3]),
        ("arn:aws:iam::111122223333:policy/App", &[]),
        ("arn:aws:iam::aws:policy/*", &[4, 5]),
        ("arn:aws:iam::aws:policy/Bill*g", &[5]),
    ];
    for (arn, wanted) in arns {
        assert_eq!(left_out(&Exclusion::of_arn(arn).unwrap()), wanted, "{arn}");
    }
    for bad in [
        "app",
        "arn:aws:iam::111122223333:policy/*p*",
        "arn:aws:iam::*:policy/app",
        "arn:aws:iam::111122223333:policy/te*/app",
        "arn:aws:iam::111122223333:policy/",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:sts::111122223333:policy/app",
    ] {
        let told = Exclusion::of_arn(bad).unwrap_err().to_string();
        assert_eq!(told, format!("Invalid policy exclusion: {bad}"));
    }
    for name in ["ada", "a*", "?d?", "*"] {
        assert_eq!(left_out(&Exclusion::of_inline("Extra", Some(Owner::User), name).unwrap()), [6], "{name}");
    }
    let required =
        "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required";
    for (policy, owner, name) in [
        ("Extra*", Some(Owner::User), "ada"),
        ("Extr?", Some(Owner::User), "ada"),
        ("Extra", Some(Owner::User), "*d*"),
        ("", Some(Owner::User), "ada"),
        ("Extra", Some(Owner::User), ""),
        ("Extra", None, "ada"),
    ] {
        assert_eq!(Exclusion::of_inline(policy, owner, name).unwrap_err().to_string(), required);
    }
}

#[test]
fn documents_that_are_none() {
    for bad in ["{", r#"{"Version":"2099-01-01","Statement":[]}"#, "{}"] {
        let case = Case::of([allow("s3:*", "*"), bad.to_owned()]);
        assert_eq!(case.refused("s3:GetObject"), "Policy input list item 2 has invalid content", "{bad}");
    }
    let boundary = Case::of([]).bounded("{".to_owned());
    assert_eq!(boundary.refused("s3:GetObject"), "Permissions Boundary policy has invalid content");
}

#[test]
fn context_keys_are_told_as_they_are_written() {
    let of = |text: &str| context_keys(text).map_err(|_| ());
    let new = |statement: &str| format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    let keys = |keys: &[&str]| Ok(keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    let rest = r#""Effect":"Allow","Action":"*","Resource":"*""#;
    let user = r#""Condition":{"StringEquals":{"aws:username":"a"}}"#;
    let rows = [
        (
            new(
                r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/Team}/${aws:username}",
                "Condition":{"StringEquals":{"s3:ExistingObjectTag/Owner":"${aws:PrincipalTag/Team}"},
                "Null":{"AWS:SourceIp":"false"}}}"#,
            ),
            keys(&["aws:PrincipalTag/Team", "aws:username", "s3:ExistingObjectTag/Owner", "AWS:SourceIp"]),
        ),
        (
            new(r#"{"Effect":"Allow","Resource":"arn:aws:s3:::b/${aws:username, 'default'}/${*}/${?}/${$}"}"#),
            keys(&["aws:username", "*", "?", "$"]),
        ),
        (
            r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Resource":"arn:aws:s3:::b/${aws:username}"}}"#.to_owned(),
            keys(&[]),
        ),
        (new(r#"{"Effect":"Deny","NotResource":"arn:aws:s3:::b/${a:b}"}"#), keys(&["a:b"])),
        (
            new(r#"{"Effect":"Allow","Resource":"${aws:username}${AWS:username}",
                "Condition":{"StringEquals":{"aws:username":"${aws:username}","AWS:username":"a"}}}"#),
            keys(&["aws:username", "AWS:username"]),
        ),
        (format!(r#"{{"Statement":{{{rest},"Principal":"*",{user}}}}}"#), keys(&["aws:username"])),
        (new(&format!(r#"{{"Effect":"Allow",{user}}}"#)), keys(&["aws:username"])),
        (
            new(&format!(r#"{{{rest},"Condition":{{"NumericEquals":{{"a:b":"${{c:d}}"}}}}}}"#)),
            keys(&["a:b", "c:d"]),
        ),
        (new(r#"{"Effect":"Allow","Action":"${aws:username}","Resource":"bad"}"#), keys(&[])),
        (new(r#"{"Effect":"Allow","Principal":{"AWS":"${aws:username}"}}"#), keys(&[])),
        (
            new(r#"{"Effect":"Allow","Condition":{"StringEquals":{"${aws:username}":"a"}}}"#),
            keys(&["${aws:username}"]),
        ),
        (r#"{"Statement":{"Effect":"Allow","Condition":{}}}"#.to_owned(), keys(&[])),
        (r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":[]}}"#.to_owned(), keys(&[])),
        (r#"{"Statement":[]}"#.to_owned(), keys(&[])),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), keys(&[])),
        (new(r#"{"Effect":"Allow","Resource":"a${b:c"}"#), keys(&[])),
        (new(&format!(r#"{{{rest},"Condition":{{"MadeUp":{{"aws:username":"a"}}}}}}"#)), Err(())),
        (new(&format!(r#"{{"Action":"*","Resource":"*",{user}}}"#)), Err(())),
        (new(&format!(r#"{{{rest}}},"Foo":"x""#)), Err(())),
        (new(&format!(r#"{{{rest},"Foo":"x"}}"#)), Err(())),
        (new("7"), Err(())),
        ("x".to_owned(), Err(())),
        (r#"{"Version":"2013-10-17"}"#.to_owned(), Err(())),
    ];
    for (text, wanted) in rows {
        assert_eq!(of(&text), wanted, "{text}");
    }
}
