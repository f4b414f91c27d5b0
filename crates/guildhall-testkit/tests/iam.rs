//! IAM: every operation and every refusal, by a standalone account and by members.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::services::iam;
use guildhall_testkit::{World, command, command_of};
use serde_json::{Value, json};

/// A management account, its member, an account of nobody, and one that does not exist.
const M: &str = "111111111111";
const A: &str = "222222222222";
const ALONE: &str = "444444444444";
const NOBODY: &str = "999999999999";

struct Lab(World);

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

/// A trust policy with one statement, in which these members are as given.
fn trust(members: &Value) -> String {
    let mut statement =
        json!({ "Effect": "Allow", "Principal": { "AWS": ALONE }, "Action": "sts:AssumeRole" });
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => statement.as_object_mut().unwrap().remove(name),
            value => statement.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// A good input of CreateRole, with these members in it.
fn role(name: &str, more: &Value) -> Value {
    let mut input = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust(&json!({})) });
    let members = input.as_object_mut().unwrap();
    more.as_object()
        .unwrap()
        .iter()
        .for_each(|(name, value)| _ = members.insert(name.clone(), value.clone()));
    input
}

impl Lab {
    fn new() -> Self {
        let mut lab = Self(World::default());
        for account in [M, A, ALONE] {
            let input = json!({ "Id": account, "Email": format!("root+{account}@lab.example"), "Name": "A" });
            let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
            lab.0.run(AccountId::NOBODY, &register).unwrap();
        }
        lab.organizations(M, "CreateOrganization", &json!({}));
        let target = json!({ "Target": { "Id": A, "Type": "ACCOUNT" } });
        let h = lab.organizations(M, "InviteAccountToOrganization", &target);
        lab.organizations(A, "AcceptHandshake", &json!({ "HandshakeId": h["Handshake"]["Id"] }));
        lab
    }

    fn organizations(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        let answer = self.0.run(id(caller), &*command(operation, input)).unwrap();
        if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() }
    }

    /// Attaches a service control policy to the member that denies an action on a resource.
    fn deny(&mut self, action: &str, resource: &str, condition: &Value) {
        let root = self.organizations(M, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
        let r#type = "SERVICE_CONTROL_POLICY";
        self.organizations(M, "EnablePolicyType", &json!({ "RootId": root, "PolicyType": r#type }));
        let statement =
            json!({ "Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition });
        let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let input = json!({ "Name": "deny", "Description": "", "Type": r#type, "Content": content });
        let policy = self.organizations(M, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"].clone();
        self.organizations(M, "AttachPolicy", &json!({ "PolicyId": policy, "TargetId": A }));
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Value) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(id(caller), &*command_of(iam::NAME, operation, input));
        answer
            .map(|body| serde_json::from_slice(&body).unwrap())
            .map_err(|refusal| iam::errors::error_answer(&refusal))
    }

    fn create(&mut self, caller: &str, input: &Value) -> Value {
        self.call(caller, "CreateRole", input).unwrap_or_else(|e| panic!("{input}: {}", e.message))["Role"]
            .clone()
    }

    /// The code, status and sentence of a refusal that changes nothing.
    fn refusal(&mut self, caller: &str, operation: &str, input: &Value) -> (String, u16, String) {
        let before = self.0.stored();
        let error = self.call(caller, operation, input).expect_err(&input.to_string());
        assert_eq!(before, self.0.stored(), "{operation} is refused and changes something");
        (error.code.unwrap().to_owned(), error.status, error.message.into_owned())
    }

    #[track_caller]
    fn refuses(&mut self, input: &Value, code: &str, status: u16, sentence: &str) {
        assert_eq!(
            self.refusal(ALONE, "CreateRole", input),
            (code.into(), status, sentence.into()),
            "{input}"
        );
    }
}

#[test]
fn a_role_is_created_by_a_standalone_account_and_by_a_member() {
    let mut lab = Lab::new();
    for account in [ALONE, A, M] {
        let more = json!({
            "Path": "/team/", "Description": "d", "MaxSessionDuration": 7_200,
            "Tags": [{ "Key": "z", "Value": "1" }, { "Key": "a", "Value": "aws:2" }],
        });
        let created = lab.create(account, &role("App", &more));
        assert_eq!(created["Arn"], format!("arn:aws:iam::{account}:role/team/App"));
        assert_eq!((&created["Path"], &created["RoleName"]), (&json!("/team/"), &json!("App")));
        let role_id = created["RoleId"].as_str().unwrap();
        assert!(role_id.len() == 21 && role_id.starts_with("AROA"), "{role_id}");
        assert_eq!(created["CreateDate"], lab.0.now().iso8601());
        assert_eq!(created["Tags"], json!([{ "Key": "a", "Value": "aws:2" }, { "Key": "z", "Value": "1" }]));
        let document = created["AssumeRolePolicyDocument"].as_str().unwrap();
        assert!(
            document.starts_with("%7B%22Statement%22%3A%7B%22Action%22%3A%22sts%3AAssumeRole%22"),
            "{document}"
        );
        // What the answer does not have (identity.md 3.5).
        assert_eq!(created.as_object().unwrap().len(), 7, "{created}");
    }
    assert!(lab.create(ALONE, &role("Plain", &json!({}))).get("Tags").is_none());
}

#[test]
fn a_name_exists_once_whatever_its_case_and_path() {
    let mut lab = Lab::new();
    lab.create(ALONE, &role("App", &json!({})));
    let again = role("aPP", &json!({ "Path": "/other/" }));
    lab.refuses(&again, "EntityAlreadyExists", 409, "Role with name aPP already exists.");
    // Another account has names of its own.
    lab.create(A, &again);
    lab.0.settings_mut().limits.roles = 1;
    // The name is looked at before the quota.
    lab.refuses(&again, "EntityAlreadyExists", 409, "Role with name aPP already exists.");
    let other = role("Other", &json!({}));
    lab.refuses(&other, "LimitExceeded", 409, "Cannot exceed quota for RolesPerAccount: 1");
    lab.0.settings_mut().limits.roles = 2;
    lab.create(ALONE, &other);
}

#[test]
fn constraints_of_the_model_are_told_together_and_before_all_else() {
    let mut lab = Lab::new();
    let one = |member: &str, rule: &str| {
        format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
        )
    };
    let long = |n: usize| "x".repeat(n);
    for (more, member, rule) in [
        (json!({ "RoleName": long(65) }), "roleName", "have length less than or equal to 64"),
        (json!({ "RoleName": "a b" }), "roleName", r"satisfy regular expression pattern: [\w+=,.@-]+"),
        (json!({ "Path": format!("/{}/", long(511)) }), "path", "have length less than or equal to 512"),
        (json!({ "Description": long(1_001) }), "description", "have length less than or equal to 1000"),
        (
            json!({ "MaxSessionDuration": 3_599 }),
            "maxSessionDuration",
            "have value greater than or equal to 3600",
        ),
        (
            json!({ "MaxSessionDuration": 43_201 }),
            "maxSessionDuration",
            "have value less than or equal to 43200",
        ),
        (
            json!({ "PermissionsBoundary": "arn" }),
            "permissionsBoundary",
            "have length greater than or equal to 20",
        ),
        (
            json!({ "Tags": vec![json!({ "Key": "k", "Value": "" }); 51] }),
            "tags",
            "have length less than or equal to 50",
        ),
        (json!({ "Tags": [null] }), "tags.1.member", "not be null"),
        (json!({ "Tags": [{ "Key": "k" }] }), "tags.1.member.value", "not be null"),
        (
            json!({ "Tags": [{ "Key": "k%", "Value": "" }] }),
            "tags.1.member.key",
            r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
        ),
    ] {
        lab.refuses(&role("App", &more), "ValidationError", 400, &one(member, rule));
    }
    let path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    lab.refuses(&role("App", &json!({ "Path": "/team" })), "ValidationError", 400, path);
    let none = "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must not be null; \
                Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null";
    lab.refuses(&json!({}), "ValidationError", 400, none);
    // Before authority: whoever may not is told of his input first.
    lab.deny("iam:*", "*", &json!({}));
    let (code, ..) = lab.refusal(A, "CreateRole", &json!({}));
    assert_eq!(code, "ValidationError");
    let (code, ..) = lab.refusal(A, "CreateRole", &role("App", &json!({ "AssumeRolePolicyDocument": "x" })));
    assert_eq!(code, "AccessDenied");
}

#[test]
fn what_the_model_does_not_say_of_tags_paths_and_boundaries() {
    let mut lab = Lab::new();
    let tags = |keys: &[&str]| {
        let tags: Vec<Value> = keys.iter().map(|key| json!({ "Key": key, "Value": "v" })).collect();
        role("App", &json!({ "Tags": tags }))
    };
    let reserved = "Tag keys beginning with aws: are reserved for system use.";
    lab.refuses(&tags(&["AWS:x", "k", "k"]), "InvalidInput", 400, reserved);
    let twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    lab.refuses(&tags(&["Env", "env"]), "InvalidInput", 400, twice);
    let path = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    lab.refuses(&role("App", &json!({ "Path": "/aws-service-role/x/" })), "InvalidInput", 400, path);
    let boundary = |arn: &str| role("App", &json!({ "PermissionsBoundary": arn }));
    let not_parsed = "Invalid ARN:  Could not be parsed!";
    lab.refuses(&boundary("AdministratorAccessOrSo"), "ValidationError", 400, not_parsed);
    let partition = "arn:aws-cn:iam::aws:policy/PowerUserAccess";
    lab.refuses(&boundary(partition), "ValidationError", 400, "Invalid ARN partition");
    let missing = "Policy arn:aws:iam::444444444444:policy/none does not exist or is not attachable.";
    lab.refuses(&boundary("arn:aws:iam::444444444444:policy/none"), "NoSuchEntity", 404, missing);
}

#[test]
fn a_trust_policy_is_refused_in_iams_words() {
    let mut lab = Lab::new();
    let actions = "AssumeRole policy may only specify STS AssumeRole actions.";
    for (document, sentence) in [
        ("{".to_owned(), "This policy contains invalid Json"),
        ("{}".to_owned(), "Syntax errors in policy."),
        (trust(&json!({ "Effect": "allow" })), "The policy failed legacy parsing"),
        (trust(&json!({ "Resource": "*" })), "Has prohibited field Resource"),
        (trust(&json!({ "Action": "s3:GetObject" })), actions),
        (trust(&json!({ "Action": ["sts:AssumeRole", "sts:GetCallerIdentity"] })), actions),
        (trust(&json!({ "Action": null })), "Policy statement must contain actions."),
        (
            trust(&json!({ "Action": "AssumeRole" })),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (trust(&json!({ "Principal": null })), "AssumeRole policy must contain principals."),
        (trust(&json!({ "Condition": { "Same": { "a:b": "c" } } })), "Invalid Condition type : Same."),
    ] {
        let input = role("App", &json!({ "AssumeRolePolicyDocument": document }));
        lab.refuses(&input, "MalformedPolicyDocument", 400, sentence);
    }
    let long = trust(&json!({ "Sid": "x".repeat(2_048) }));
    let input = role("App", &json!({ "AssumeRolePolicyDocument": long }));
    lab.refuses(&input, "LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048");
    // White space does not count.
    let spaced = trust(&json!({})).replace(',', &format!(",{}", " ".repeat(1_000)));
    lab.create(ALONE, &role("Spaced", &json!({ "AssumeRolePolicyDocument": spaced })));
}

#[test]
fn whom_a_trust_policy_names_has_to_be_there() {
    let mut lab = Lab::new();
    let mine = lab.create(A, &role("App", &json!({ "Path": "/team/" })));
    let own = lab.create(ALONE, &role("Own", &json!({})));
    let by = |kind: &str, who: &Value| trust(&json!({ "Principal": { kind: who } }));
    let nobody = [
        NOBODY.to_owned(),
        format!("arn:aws:iam::{NOBODY}:root"),
        format!("arn:aws:iam::{NOBODY}:role/x"),
        format!("arn:aws:iam::{A}:role/App"),
        format!("arn:aws:iam::{A}:role/team/app"),
        format!("arn:aws-cn:iam::{A}:role/team/App"),
        format!("arn:aws:iam::{A}:user/App"),
        format!("arn:aws:iam::{A}:role/*"),
        "AROAQAAAAAAAAEXAMPLE7".to_owned(),
    ];
    for who in nobody {
        let document = by("AWS", &json!([A, who]));
        let sentence = format!("Invalid principal in policy: \"AWS\":\"{who}\"");
        let input = role("New", &json!({ "AssumeRolePolicyDocument": document }));
        lab.refuses(&input, "MalformedPolicyDocument", 400, &sentence);
    }
    let document = by("Service", &json!("nothing"));
    let input = role("New", &json!({ "AssumeRolePolicyDocument": document }));
    lab.refuses(
        &input,
        "MalformedPolicyDocument",
        400,
        "Invalid principal in policy: \"SERVICE\":\"nothing\"",
    );
    let somebody = [
        by("AWS", &json!([M, format!("arn:aws:iam::{A}:root"), mine["Arn"], own["RoleId"]])),
        by("AWS", &json!(format!("arn:aws:sts::{NOBODY}:assumed-role/x/y"))),
        by("Service", &json!("ec2.amazonaws.com")),
        by("Federated", &json!("accounts.google.com")),
        trust(&json!({ "Principal": "*", "Action": "sts:*" })),
    ];
    for (n, document) in somebody.into_iter().enumerate() {
        lab.create(ALONE, &role(&format!("New{n}"), &json!({ "AssumeRolePolicyDocument": document })));
    }
    // In a lab an account is there before its first call.
    lab.0.settings_mut().lab_accounts = true;
    let document = by("AWS", &json!(NOBODY));
    lab.create(ALONE, &role("Lab", &json!({ "AssumeRolePolicyDocument": document })));
}

#[test]
fn a_service_control_policy_binds_a_member_by_arn_tags_boundary_and_owner() {
    let new = role("App", &json!({ "Path": "/team/" }));
    let tagged = role("App", &json!({ "Tags": [{ "Key": "k", "Value": "v" }] }));
    let bounded = role("App", &json!({ "PermissionsBoundary": "arn:aws:iam::222222222222:policy/b" }));
    let (any, arn) = ("*", format!("arn:aws:iam::{A}:role/team/*"));
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    let none = json!({});
    let boundary = equals("iam:PermissionsBoundary", "arn:aws:iam::222222222222:policy/b");
    for (action, resource, condition, denied, free) in [
        ("iam:CreateRole", any, &none, &new, None),
        ("iam:CreateRole", &arn, &none, &new, Some(&tagged)),
        ("iam:TagRole", any, &none, &tagged, Some(&new)),
        ("iam:CreateRole", any, &equals("aws:RequestTag/k", "v"), &tagged, Some(&new)),
        ("iam:CreateRole", any, &equals("aws:ResourceAccount", A), &new, None),
        ("iam:CreateRole", any, &boundary, &bounded, Some(&new)),
    ] {
        let mut lab = Lab::new();
        lab.deny(action, resource, condition);
        let (code, status, sentence) = lab.refusal(A, "CreateRole", denied);
        assert_eq!((&*code, status), ("AccessDenied", 403), "{action} {condition}");
        let start =
            format!("User: arn:aws:iam::{A}:root is not authorized to perform: {action} on resource: ");
        assert!(sentence.starts_with(&start), "{sentence}");
        free.into_iter().for_each(|free| _ = lab.create(A, free));
        // It binds neither the management account nor who is in no organization.
        for other in [M, ALONE] {
            let input = if *denied == bounded { &new } else { denied };
            lab.create(other, input);
        }
    }
}

#[test]
fn who_is_not_there_or_suspended_has_no_roles() {
    let mut lab = Lab::new();
    let suspended = UpdateAccount {
        account: id(ALONE),
        input: serde_json::from_value(json!({ "Suspended": true })).unwrap(),
    };
    lab.0.run(AccountId::NOBODY, &suspended).unwrap();
    let (code, status, _) = lab.refusal(ALONE, "CreateRole", &role("App", &json!({})));
    assert_eq!((&*code, status), ("AccessDenied", 403));
    let input = role("App", &json!({}));
    let refusal = lab.0.run(id(NOBODY), &*command_of(iam::NAME, "CreateRole", &input)).unwrap_err();
    assert_eq!(refusal.to_string(), format!("there is no account {NOBODY}"));
}

#[test]
fn a_role_is_got_by_its_name_in_any_case() {
    let mut lab = Lab::new();
    let more = json!({ "Path": "/team/", "Description": "d", "MaxSessionDuration": 7_200 });
    let mut created = lab.create(ALONE, &role("App", &more));
    let mut got = lab.call(ALONE, "GetRole", &json!({ "RoleName": "aPP" })).unwrap()["Role"].clone();
    let document = got["AssumeRolePolicyDocument"].take();
    let account = "arn%3Aaws%3Aiam%3A%3A444444444444%3Aroot";
    assert!(document.as_str().unwrap().contains(account), "{document}");
    let more = json!({ "Description": "d", "MaxSessionDuration": 7_200, "RoleLastUsed": {}, "AssumeRolePolicyDocument": null });
    more.as_object().unwrap().iter().for_each(|(name, value)| created[name] = value.clone());
    assert_eq!(got, created);
    lab.create(ALONE, &role("Plain", &json!({})));
    let plain = lab.call(ALONE, "GetRole", &json!({ "RoleName": "Plain" })).unwrap()["Role"].clone();
    assert_eq!((plain.get("Description"), &plain["MaxSessionDuration"]), (None, &json!(3_600)));
}

#[test]
fn a_role_that_is_not_there_is_not_got() {
    let mut lab = Lab::new();
    lab.create(A, &role("App", &json!({})));
    let (code, status, sentence) = lab.refusal(ALONE, "GetRole", &json!({ "RoleName": "App" }));
    assert_eq!((&*code, status), ("NoSuchEntity", 404));
    assert_eq!(sentence, "The role with name App cannot be found.");
    let (code, _, sentence) = lab.refusal(ALONE, "GetRole", &json!({}));
    assert_eq!(code, "ValidationError");
    assert_eq!(
        sentence,
        "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn authority_is_over_the_stored_role_with_its_path_and_tags() {
    let tags = json!([{ "Key": "k", "Value": "v" }]);
    let (arn, path) = (format!("arn:aws:iam::{A}:role/team/App"), format!("arn:aws:iam::{A}:role/*"));
    let tagged = json!({ "StringEquals": { "aws:ResourceTag/k": "v" } });
    for (resource, condition, denied) in [
        (&arn, json!({}), ["aPP"].as_slice()),
        (&path, tagged, &["App"]),
        // One that is not there has the path `/`.
        (&format!("arn:aws:iam::{A}:role/none"), json!({}), &["none"]),
    ] {
        let mut lab = Lab::new();
        lab.create(A, &role("App", &json!({ "Path": "/team/", "Tags": tags })));
        lab.create(A, &role("Other", &json!({})));
        lab.deny("iam:GetRole", resource, &condition);
        for name in denied {
            let (code, ..) = lab.refusal(A, "GetRole", &json!({ "RoleName": name }));
            assert_eq!(code, "AccessDenied", "{name} {resource}");
        }
        lab.call(A, "GetRole", &json!({ "RoleName": "Other" })).unwrap();
    }
}
