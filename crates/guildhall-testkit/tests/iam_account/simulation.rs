//! The simulator (identity.md 3.12; 13, rows 1 to 5). What it decides is tested where it is decided, in the crate of the
//! policies; here, what it asks about.

use guildhall_core::kernel::ids::GroupId;
use guildhall_core::state::iam::entity::Policies;
use guildhall_core::state::iam::policy::{ManagedPolicy, PolicyVersion};
use guildhall_core::state::iam::user::Group;
use guildhall_core::state::tag::Tags;

use super::*;

const CUSTOM: &str = "SimulateCustomPolicy";
const PRINCIPAL: &str = "SimulatePrincipalPolicy";

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ALONE}:{kind}/{name}")
}

/// The decision on each action.
fn decisions(answer: &Value) -> Vec<&str> {
    let results = answer["EvaluationResults"].as_array().unwrap();
    results.iter().map(|result| result["EvalDecision"].as_str().unwrap()).collect()
}

/// The policies that decided on the first action.
fn sources(answer: &Value) -> Vec<&str> {
    let matched = answer["EvaluationResults"][0]["MatchedStatements"].as_array().unwrap();
    matched.iter().map(|one| one["SourcePolicyId"].as_str().unwrap()).collect()
}

fn custom(policies: &[&str], actions: &[&str]) -> Value {
    json!({ "PolicyInputList": policies, "ActionNames": actions })
}

fn principal(arn: &str, actions: &[&str]) -> Value {
    json!({ "PolicySourceArn": arn, "ActionNames": actions })
}

#[test]
fn policies_that_are_brought_are_asked() {
    let mut lab = Lab::new();
    let (read, deny) = (policy("Allow", "s3:Get*", "*"), policy("Deny", "s3:GetObjectAcl", "*"));
    let mut input = custom(&[&read, &deny], &["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"]);
    let answer = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!(decisions(&answer), ["allowed", "explicitDeny", "implicitDeny"]);
    assert_eq!((sources(&answer), &answer["IsTruncated"]), (vec!["PolicyInputList.1"], &json!(false)));
    let first = &answer["EvaluationResults"][0];
    assert_eq!((&first["EvalActionName"], &first["EvalResourceName"]), (&json!("s3:GetObject"), &json!("*")));
    assert_eq!(first["MatchedStatements"][0]["SourcePolicyType"], "IAM Policy");
    assert!(first.get("OrganizationsDecisionDetail").is_none());
    // A boundary, levels of an organization, a resource, a key.
    let boundary = policy("Allow", "ec2:*", "*");
    input["PermissionsBoundaryPolicyInputList"] = json!([boundary]);
    let answer = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!(decisions(&answer)[0], "implicitDeny");
    assert_eq!(
        answer["EvaluationResults"][0]["PermissionsBoundaryDecisionDetail"],
        json!({ "AllowedByPermissionsBoundary": false })
    );
    let mut input = custom(&[&read], &["s3:GetObject"]);
    let everything = policy("Allow", "*", "*");
    input["OrderedOrganizationPolicyInputList"] = json!([{ "ServiceControlPolicyInputList": [everything] }, { "ServiceControlPolicyInputList": [deny.replace("Acl", "")] }]);
    let answer = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!(
        answer["EvaluationResults"][0]["OrganizationsDecisionDetail"],
        json!({ "AllowedByOrganizations": false })
    );
    let conditional = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": { "NumericLessThan": { "s3:max-keys": "10" } },
    } });
    let mut input = custom(&[&conditional.to_string()], &["s3:GetObject"]);
    input["ResourceArns"] = json!(["arn:aws:s3:::b/k", "arn:aws:s3:::c/k"]);
    let answer = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!(answer["EvaluationResults"][0]["MissingContextValues"], json!(["s3:max-keys"]));
    input["ContextEntries"] =
        json!([{ "ContextKeyName": "s3:max-keys", "ContextKeyValues": ["9"], "ContextKeyType": "numeric" }]);
    let answer = lab.ok(ALONE, CUSTOM, &input);
    let one = answer["EvaluationResults"][0]["ResourceSpecificResults"].clone();
    assert_eq!(
        (&one[0]["EvalResourceDecision"], &one[1]["EvalResourceDecision"]),
        (&json!("allowed"), &json!("implicitDeny"))
    );
    // Lists that are empty are left out here, and not in a principal's.
    assert_eq!((one[1].get("MatchedStatements"), one[0].get("MissingContextValues")), (None, None));
}

#[test]
fn what_cannot_be_simulated_is_told() {
    let mut lab = Lab::new();
    let allow = policy("Allow", "*", "*");
    let with = |member: &str, value: Value| {
        let mut input = custom(&[&allow], &["s3:GetObject"]);
        input[member] = value;
        input
    };
    let key = |entry: Value| with("ContextEntries", json!([entry]));
    for (input, sentence) in [
        (with("PolicyInputList", json!([allow, "{}x"])), "Policy input list item 2 has invalid content"),
        (
            with("PermissionsBoundaryPolicyInputList", json!([allow, allow])),
            "The list of Permissions Boundary policies cannot exceed 1 items.",
        ),
        (with("ResourcePolicy", json!("no")), "Resource policy has invalid content"),
        (with("ResourceArns", json!(["b"])), "ResourceNames are not in a valid ARN format: b."),
        (
            with("ActionNames", json!(["s3:GetObject", "GetObject"])),
            "The action is invalid since it is missing names",
        ),
        (key(json!({})), "ContextKeyName cannot be null or empty."),
        (key(json!({ "ContextKeyName": "aws:x" })), "Context key aws:x has invalid type null."),
        (
            key(json!({ "ContextKeyName": "aws:x", "ContextKeyType": "string" })),
            "Context values for context key aws:x cannot be null or empty.",
        ),
        (
            key(json!({ "ContextKeyName": "aws:x", "ContextKeyType": "numeric", "ContextKeyValues": ["x"] })),
            "Invalid context value for key aws:x: expected numeric format.",
        ),
    ] {
        lab.refuses(ALONE, CUSTOM, &input, ("InvalidInput", 400, sentence));
    }
    let constraint = |member: &str, rule: &str| {
        format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
        )
    };
    let lengths = "satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater \
                   than or equal to 3, Member must not be null]";
    for (input, sentence) in [
        (json!({ "ActionNames": [] }), constraint("policyInputList", "not be null")),
        (with("ActionNames", Value::Null), constraint("actionNames", "not be null")),
        (with("ActionNames", json!(["a:"])), constraint("actionNames", lengths)),
        (
            with("OrderedOrganizationPolicyInputList", json!(vec![json!({}); 8])),
            constraint("orderedOrganizationPolicyInputList", "have length less than or equal to 7"),
        ),
        (
            key(json!({ "ContextKeyName": "a:x" })),
            constraint("contextEntries.1.member.contextKeyName", "have length greater than or equal to 5"),
        ),
        (
            key(json!({ "ContextKeyName": "aws:x", "ContextKeyType": "text" })),
            constraint(
                "contextEntries.1.member.contextKeyType",
                "satisfy enum value set: [string, stringList, numeric, numericList, boolean, booleanList, ip, ipList, binary, binaryList, date, dateList]",
            ),
        ),
        (with("MaxItems", json!(0)), constraint("maxItems", "have value greater than or equal to 1")),
    ] {
        lab.refuses(ALONE, CUSTOM, &input, ("ValidationError", 400, &sentence));
    }
    let seven = with(
        "OrderedOrganizationPolicyInputList",
        json!(vec![json!({ "ServiceControlPolicyInputList": [allow] }); 7]),
    );
    lab.ok(ALONE, CUSTOM, &seven);
}

#[test]
fn results_come_in_pages() {
    let mut lab = Lab::new();
    let actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];
    let mut input = custom(&[&policy("Allow", "s3:*", "*")], &actions);
    input["MaxItems"] = json!(2);
    let page = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!((decisions(&page).len(), &page["IsTruncated"]), (2, &json!(true)));
    input["Marker"] = page["Marker"].clone();
    let page = lab.ok(ALONE, CUSTOM, &input);
    assert_eq!(page["EvaluationResults"][0]["EvalActionName"], "s3:ListBucket");
    assert_eq!((decisions(&page).len(), page.get("Marker")), (1, None));
    let invalid = ("InvalidInput", 400, "Invalid marker for pagination.");
    input["ActionNames"] = json!(["s3:GetObject"]);
    lab.refuses(ALONE, CUSTOM, &input, invalid);
    input["Marker"] = json!("x");
    lab.refuses(ALONE, CUSTOM, &input, invalid);
}

/// A user with an inline policy, in a group with one, with a managed policy and a boundary.
fn ana(lab: &mut Lab) -> Caller {
    let ana = lab.user(ALONE, "Ana", &["AmazonS3ReadOnlyAccess", "IAMReadOnlyAccess"]);
    lab.inline(&ana, &policy("Allow", "s3:PutObject", "*"));
    let Credentials::User(of) = ana.credentials else { panic!() };
    lab.change(ALONE, |iam| {
        let group: GroupId = "AGPAQAAAAAAAAEXAMPLE7".parse().unwrap();
        let own =
            InlinePolicy { name: "Team".into(), document: PolicyText::new(&policy("Allow", "sqs:*", "*")) };
        let boundary = ManagedPolicy {
            id: "ANPAQAAAAAAAAEXAMPLE7".parse().unwrap(),
            name: "Limit".into(),
            path: "/team/".into(),
            description: "".into(),
            tags: Tags::default(),
            created: guildhall_core::Timestamp(1),
            updated: guildhall_core::Timestamp(1),
            versions: vec![PolicyVersion {
                number: 1,
                document: PolicyText::new(&policy("Allow", "s3:*", "*")),
                created: guildhall_core::Timestamp(1),
            }],
            default: 1,
            last: 1,
        };
        let mut user = iam.users.by_id(of).unwrap().clone();
        user.boundary = Some(format!("arn:aws:iam::{ALONE}:policy/team/Limit").into());
        user.groups = [group].into();
        let policies =
            Policies { inline: [("team".into(), own)].into_iter().collect(), ..Policies::default() };
        let group = Group {
            id: group,
            name: "Devs".into(),
            path: "/".into(),
            created: guildhall_core::Timestamp(1),
            policies,
        };
        vec![Item::ManagedPolicy(boundary), Item::Group(group), Item::User(user)]
    });
    ana
}

#[test]
fn the_policies_of_a_user_are_its_own_and_its_groups() {
    let mut lab = Lab::new();
    ana(&mut lab);
    // The path of an ARN is not looked at, nor the case of the name.
    for source in [arn("user", "Ana"), arn("user", "any/path/aNA")] {
        let answer = lab.ok(
            ALONE,
            PRINCIPAL,
            &principal(&source, &["s3:PutObject", "sqs:SendMessage", "iam:GetUser"]),
        );
        assert_eq!(decisions(&answer), ["allowed", "implicitDeny", "implicitDeny"]);
        // What a boundary says decides, and is not told as a match.
        assert_eq!(sources(&answer), ["user_Ana_Own"], "{answer}");
        let first = &answer["EvaluationResults"][0];
        assert_eq!(first["OrganizationsDecisionDetail"], json!({ "AllowedByOrganizations": true }));
        assert_eq!(
            first["PermissionsBoundaryDecisionDetail"],
            json!({ "AllowedByPermissionsBoundary": true })
        );
    }
    // Without its boundary, or under another one.
    let mut input = principal(&arn("user", "Ana"), &["sqs:SendMessage", "iam:GetUser"]);
    input["PolicyExclusionList"] = json!([{ "PolicyType": "permission-boundary" }]);
    let answer = lab.ok(ALONE, PRINCIPAL, &input);
    assert_eq!((decisions(&answer), sources(&answer)), (vec!["allowed", "allowed"], vec!["group_Devs_Team"]));
    input["PolicyExclusionList"] = Value::Null;
    input["PermissionsBoundaryPolicyInputList"] = json!([policy("Allow", "sqs:*", "*")]);
    assert_eq!(decisions(&lab.ok(ALONE, PRINCIPAL, &input)), ["allowed", "implicitDeny"]);
    // With one more policy.
    input["PermissionsBoundaryPolicyInputList"] = json!([policy("Allow", "*", "*")]);
    input["PolicyInputList"] = json!([policy("Deny", "sqs:*", "*")]);
    let answer = lab.ok(ALONE, PRINCIPAL, &input);
    assert_eq!(
        (decisions(&answer), sources(&answer)),
        (vec!["explicitDeny", "allowed"], vec!["PolicyInputList.1"])
    );
    // A group by itself, and a role.
    let answer = lab.ok(ALONE, PRINCIPAL, &principal(&arn("group", "devs"), &["sqs:SendMessage"]));
    assert_eq!((decisions(&answer), sources(&answer)), (vec!["allowed"], vec!["group_Devs_Team"]));
    let role = format!("arn:aws:iam::{A}:role/AWSServiceRoleForOrganizations");
    let answer = lab.ok(A, PRINCIPAL, &principal(&role, &["iam:CreateServiceLinkedRole"]));
    assert_eq!(answer["EvaluationResults"].as_array().unwrap().len(), 1);
    // Empty lists are there, in what is told of a resource.
    let mut input = principal(&arn("group", "devs"), &["s3:GetObject"]);
    input["ResourceArns"] = json!(["arn:aws:s3:::b/k"]);
    let one = lab.ok(ALONE, PRINCIPAL, &input)["EvaluationResults"][0]["ResourceSpecificResults"][0].clone();
    assert_eq!((&one["MatchedStatements"], &one["MissingContextValues"]), (&json!([]), &json!([])));
}

#[test]
fn policies_are_left_out_by_type_by_arn_and_by_name() {
    let mut lab = Lab::new();
    ana(&mut lab);
    let mut input = principal(&arn("user", "Ana"), &["s3:PutObject", "sqs:SendMessage", "iam:GetUser"]);
    let off = |one: Value| json!([{ "PolicyType": "permission-boundary" }, one]);
    let aws = "arn:aws:iam::aws:policy/IAM*";
    let inline = |kind: &str, name: &str, owner: &str| json!({ "InlinePolicyIdentifier": { "PolicyName": name, "AttachmentType": kind, "AttachmentName": owner } });
    for (one, expected) in [
        (json!({ "PolicyType": "aws-managed" }), ["allowed", "allowed", "implicitDeny"]),
        (json!({ "PolicyType": "inline" }), ["implicitDeny", "implicitDeny", "allowed"]),
        (json!({ "PolicyType": "user-managed" }), ["allowed", "allowed", "allowed"]),
        (json!({ "PolicyArn": aws }), ["allowed", "allowed", "implicitDeny"]),
        (inline("group", "Team", "D*"), ["allowed", "implicitDeny", "allowed"]),
        (inline("user", "Own", "Ana"), ["implicitDeny", "allowed", "allowed"]),
        // Not there, and not simulated.
        (inline("role", "Own", "Ana"), ["allowed", "allowed", "allowed"]),
        (json!({ "PolicyType": "rcp" }), ["allowed", "allowed", "allowed"]),
    ] {
        input["PolicyExclusionList"] = off(one);
        assert_eq!(
            decisions(&lab.ok(ALONE, PRINCIPAL, &input)),
            expected,
            "{}",
            input["PolicyExclusionList"]
        );
    }
    let missing =
        "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required";
    let one = "Invalid policy exclusion: exactly one member is required";
    for (bad, sentence) in [
        (json!({ "InlinePolicyIdentifier": { "PolicyName": "Own" } }), missing),
        (
            json!({ "PolicyArn": "arn:aws:iam::aws:role/IAM" }),
            "Invalid policy exclusion: arn:aws:iam::aws:role/IAM",
        ),
        (json!({}), one),
        (json!({ "PolicyType": "scp", "PolicyArn": aws }), one),
        (json!({ "PolicyType": "nope" }), one),
    ] {
        input["PolicyExclusionList"] = json!([bad]);
        lab.refuses(ALONE, PRINCIPAL, &input, ("InvalidInput", 400, sentence));
    }
    input["PolicyExclusionList"] = json!(vec![json!({ "PolicyType": "scp" }); 257]);
    let sentence = "1 validation error detected: Value at 'policyExclusionList' failed to satisfy constraint: Member must \
                    have length less than or equal to 256";
    lab.refuses(ALONE, PRINCIPAL, &input, ("ValidationError", 400, sentence));
}

#[test]
fn service_control_policies_that_are_in_force_are_simulated() {
    let mut lab = Lab::new();
    lab.user(A, "Ana", &["AdministratorAccess"]);
    lab.user(M, "Max", &["AdministratorAccess"]);
    lab.deny("s3:PutObject");
    let source = format!("arn:aws:iam::{A}:user/Ana");
    let mut input = principal(&source, &["s3:GetObject", "s3:PutObject"]);
    let answer = lab.ok(A, PRINCIPAL, &input);
    assert_eq!(decisions(&answer), ["allowed", "explicitDeny"]);
    let detail = |answer: &Value| answer["EvaluationResults"][1]["OrganizationsDecisionDetail"].clone();
    assert_eq!(detail(&answer), json!({ "AllowedByOrganizations": false }));
    input["PolicyExclusionList"] = json!([{ "PolicyType": "scp" }]);
    let answer = lab.ok(A, PRINCIPAL, &input);
    assert_eq!(
        (decisions(&answer), detail(&answer)),
        (vec!["allowed", "allowed"], json!({ "AllowedByOrganizations": true }))
    );
    // They never bind the management account.
    let input = principal(&format!("arn:aws:iam::{M}:user/Max"), &["s3:PutObject"]);
    assert_eq!(decisions(&lab.ok(M, PRINCIPAL, &input)), ["allowed"]);
}

#[test]
fn whose_policies_are_asked_for_has_to_be_there() {
    let mut lab = Lab::new();
    lab.user(ALONE, "Ana", &[]);
    let missing = ("NoSuchEntity", 404, "Unable to retrieve specified IAM entity.");
    for source in
        [arn("user", "Bob"), arn("group", "Ana"), arn("role", "x/Ana"), format!("arn:aws:iam::{A}:user/Ana")]
    {
        lab.refuses(ALONE, PRINCIPAL, &principal(&source, &["s3:GetObject"]), missing);
        let input = json!({ "PolicySourceArn": source });
        lab.refuses(ALONE, "GetContextKeysForPrincipalPolicy", &input, missing);
    }
    for source in [
        format!("arn:aws:sts::{ALONE}:assumed-role/Ana/x"),
        format!("arn:aws:iam::{ALONE}:root"),
        arn("policy", "Ana"),
        arn("user", ""),
    ] {
        let sentence = format!("Invalid Entity Arn: {source} does not clearly define entity type and name.");
        lab.refuses(
            ALONE,
            PRINCIPAL,
            &principal(&source, &["s3:GetObject"]),
            ("InvalidInput", 400, &sentence),
        );
    }
    let sentence = "1 validation error detected: Value at 'policySourceArn' failed to satisfy constraint: Member must not be null";
    lab.refuses(ALONE, PRINCIPAL, &json!({ "ActionNames": [] }), ("ValidationError", 400, sentence));
}

#[test]
fn condition_keys_are_told_in_the_order_in_which_policies_ask_for_them() {
    let mut lab = Lab::new();
    let asks = |key: &str, resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": resource, "Condition": { "StringEquals": { key: "x" } } } }).to_string()
    };
    let (one, two) = (asks("aws:PrincipalTag/b", "arn:aws:s3:::${aws:username}"), asks("aws:SourceIp", "*"));
    let custom = |list: &[&str]| json!({ "PolicyInputList": list });
    let keys = |answer: &Value| answer["ContextKeyNames"].clone();
    let answer = lab.ok(ALONE, "GetContextKeysForCustomPolicy", &custom(&[&one, &two, &one]));
    let mut told: Vec<String> = serde_json::from_value(keys(&answer)).unwrap();
    assert_eq!((told.len(), told[2].as_str()), (5, "aws:SourceIp"));
    told.sort_unstable();
    assert_eq!(
        told,
        ["aws:PrincipalTag/b", "aws:PrincipalTag/b", "aws:SourceIp", "aws:username", "aws:username"]
    );
    let sentence = "Policy input list item 2 has invalid content";
    lab.refuses(
        ALONE,
        "GetContextKeysForCustomPolicy",
        &custom(&[&one, "{"]),
        ("InvalidInput", 400, sentence),
    );
    let sentence = "1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: Member must not be null";
    lab.refuses(ALONE, "GetContextKeysForCustomPolicy", &json!({}), ("ValidationError", 400, sentence));
    let ana = lab.user(ALONE, "Ana", &[]);
    lab.inline(&ana, &two);
    let mut input = json!({ "PolicySourceArn": arn("user", "Ana") });
    assert_eq!(keys(&lab.ok(ALONE, "GetContextKeysForPrincipalPolicy", &input)), json!(["aws:SourceIp"]));
    input["PolicyInputList"] = json!([two]);
    let both = json!(["aws:SourceIp", "aws:SourceIp"]);
    assert_eq!(keys(&lab.ok(ALONE, "GetContextKeysForPrincipalPolicy", &input)), both);
}

#[test]
fn a_user_without_permission_is_denied_and_learns_nothing() {
    let mut lab = Lab::new();
    ana(&mut lab);
    lab.denies(CUSTOM, &custom(&["{"], &["s3:GetObject"]), "*");
    lab.denies("GetContextKeysForCustomPolicy", &json!({ "PolicyInputList": ["{"] }), "*");
    for (source, found) in [("user", "path/aNA"), ("group", "DEVS"), ("user", "x/Bob"), ("role", "x/Bob")]
        .map(|(kind, name)| {
            let stored = match name {
                "path/aNA" => "Ana",
                "DEVS" => "Devs",
                _ => "Bob",
            };
            (arn(kind, name), arn(kind, stored))
        })
    {
        lab.denies(PRINCIPAL, &principal(&source, &["s3:GetObject"]), &found);
        lab.denies("GetContextKeysForPrincipalPolicy", &json!({ "PolicySourceArn": source }), &found);
    }
}
