//! IAM's policies, boundaries, tags and instance profiles: every operation and every refusal, and what they do to the calls
//! of users and roles.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has to fail"
)]

mod attachments;
mod boundaries;
mod escalation;
mod inline;
mod managed;
mod profiles;
mod tags;

use guildhall_core::call::caller::{Caller, Credentials};
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::services::iam;
use guildhall_testkit::iam_lab::session;
use guildhall_testkit::{World, command_of};
use serde_json::{Value, json};

/// The account.
const A: &str = "444444444444";
/// A policy of AWS's.
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// An account, as strict as AWS.
pub struct Lab(World);

fn id() -> AccountId {
    A.parse().unwrap()
}

/// The ARN of something of the account's.
fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{A}:{resource}")
}

/// A document that allows or denies actions on a resource.
fn document(effect: &str, actions: &[&str], resource: &str) -> String {
    let statement = json!({ "Effect": effect, "Action": actions, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

fn allow(actions: &[&str]) -> String {
    document("Allow", actions, "*")
}

/// What percent-encoded text says.
fn decoded(text: &Value) -> String {
    let text = text.as_str().unwrap();
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// One constraint that a member breaks.
fn broken(member: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
    )
}

/// The input with one member more.
fn with(input: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut input = input.clone();
    input[member] = value.into();
    input
}

impl Lab {
    /// With the user Ann, the group Team and the role App.
    fn new() -> Self {
        let mut lab = Self(World::default());
        lab.0.settings_mut().strict = true;
        let input = json!({ "Id": A, "Email": "root@lab.example", "Name": "A" });
        let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
        lab.0.run(AccountId::NOBODY, &register).unwrap();
        lab.user("Ann");
        lab.group("Team", &[]);
        lab.role("App");
        lab
    }

    fn user(&mut self, name: &str) -> Caller {
        let made = self.ok("CreateUser", &json!({ "UserName": name }));
        let user = made["User"]["UserId"].as_str().unwrap().parse().unwrap();
        Caller { account: id(), credentials: Credentials::User(user) }
    }

    fn group(&mut self, name: &str, users: &[&str]) {
        self.ok("CreateGroup", &json!({ "GroupName": name }));
        for user in users {
            self.ok("AddUserToGroup", &json!({ "GroupName": name, "UserName": user }));
        }
    }

    /// A role that the account trusts, by its id.
    fn role(&mut self, name: &str) -> String {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Principal": { "AWS": A }, "Action": "sts:AssumeRole" },
        });
        let input =
            json!({ "RoleName": name, "Path": "/team/", "AssumeRolePolicyDocument": trust.to_string() });
        self.ok("CreateRole", &input)["Role"]["RoleId"].as_str().unwrap().to_owned()
    }

    /// Who calls in a session of a role, for an hour.
    fn session(&self, role: &str) -> Caller {
        let now = self.0.now();
        session(id(), role.parse().unwrap(), "s", (now, now.plus(3_600_000)))
    }

    /// A managed policy, by its ARN.
    fn policy(&mut self, name: &str, document: &str) -> String {
        let input = json!({ "PolicyName": name, "PolicyDocument": document });
        self.ok("CreatePolicy", &input)["Policy"]["Arn"].as_str().unwrap().to_owned()
    }

    fn call(&mut self, who: &Caller, operation: &str, input: &Value) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(who.clone(), &*command_of(iam::NAME, operation, input));
        answer
            .map(|body| serde_json::from_slice(&body).unwrap())
            .map_err(|refusal| iam::errors::error_answer(&refusal))
    }

    /// A call of the root user that has to succeed.
    #[track_caller]
    fn ok(&mut self, operation: &str, input: &Value) -> Value {
        self.may(&id().into(), operation, input)
    }

    /// A call that has to succeed.
    #[track_caller]
    fn may(&mut self, who: &Caller, operation: &str, input: &Value) -> Value {
        self.call(who, operation, input).unwrap_or_else(|e| panic!("{operation} {input}: {}", e.message))
    }

    /// A call of the root user that is refused with this code and sentence, and changes nothing.
    #[track_caller]
    fn refuses(&mut self, operation: &str, input: &Value, code: &str, sentence: &str) {
        let before = self.0.stored();
        let error = self.call(&id().into(), operation, input).expect_err(&format!("{operation} {input}"));
        let status = match code {
            "NoSuchEntity" => 404,
            "EntityAlreadyExists" | "LimitExceeded" | "DeleteConflict" => 409,
            "AccessDenied" => 403,
            _ => 400,
        };
        let told = (error.code.unwrap(), error.status, &*error.message);
        assert_eq!(told, (code, status, sentence), "{operation} {input}");
        assert_eq!(before, self.0.stored(), "{operation} is refused and changes something");
    }

    /// A call that is denied, for lack of a policy of the user's, role's or session's that allows an action on a resource.
    #[track_caller]
    fn denied(&mut self, who: &Caller, operation: &str, input: &Value, action: &str, resource: &str) {
        let because = format!("because no identity-based policy allows the {action} action");
        self.forbidden(who, operation, input, action, resource, &because);
    }

    /// A call that is denied for this reason.
    #[track_caller]
    fn forbidden(
        &mut self,
        who: &Caller,
        operation: &str,
        input: &Value,
        action: &str,
        resource: &str,
        why: &str,
    ) {
        let before = self.0.stored();
        let error = self.call(who, operation, input).expect_err(&format!("{operation} {input}"));
        // Policies that are there are named with the word.
        let word = if resource.contains(":policy/") { "policy " } else { "" };
        let what = format!(" is not authorized to perform: {action} on resource: {word}{resource} {why}");
        assert!(error.message.ends_with(&what), "{operation}: {}", error.message);
        assert_eq!((error.code, error.status), (Some("AccessDenied"), 403));
        assert_eq!(before, self.0.stored(), "{operation} is denied and changes something");
    }

    /// The root user gives somebody an inline policy.
    fn grant(&mut self, kind: &str, name: &str, document: &str) {
        let input =
            json!({ format!("{kind}Name"): name, "PolicyName": "granted", "PolicyDocument": document });
        self.ok(&format!("Put{kind}Policy"), &input);
    }

    /// All entries of a list, in pages of this many; each page but the last is full and has a marker.
    #[track_caller]
    fn pages(&mut self, operation: &str, input: &Value, list: &str, size: usize) -> Vec<Value> {
        let mut input = with(input, "MaxItems", size);
        let mut all = Vec::new();
        loop {
            let page = self.ok(operation, &input);
            let entries = page[list].as_array().unwrap().clone();
            all.extend(entries.iter().cloned());
            assert!(all.len() < 1_000, "{operation} goes on and on");
            if page["IsTruncated"] == false {
                assert!(page.get("Marker").is_none(), "{page}");
                assert!(all.is_empty() || !entries.is_empty(), "{operation} has an empty page");
                return all;
            }
            assert_eq!(entries.len(), size, "{operation} {page}");
            input["Marker"] = page["Marker"].clone();
            // Whoever asks for something else with it is told so.
            let other = json!({ "Marker": page["Marker"] });
            self.refuses("ListRoles", &other, "ValidationError", "Invalid Marker.");
        }
    }
}

#[test]
fn only_its_service_changes_a_role_that_is_linked_to_it() {
    let mut lab = Lab::new();
    let policy = lab.policy("Read", &allow(&["s3:*"]));
    lab.ok("CreateInstanceProfile", &json!({ "InstanceProfileName": "Box" }));
    lab.ok("CreateServiceLinkedRole", &json!({ "AWSServiceName": "config.amazonaws.com" }));
    let all = json!({
        "RoleName": "awsserviceroleforconfig", "PolicyName": "p", "PolicyDocument": allow(&["s3:*"]), "PolicyArn": policy,
        "PermissionsBoundary": policy, "InstanceProfileName": "Box", "Tags": [{ "Key": "k", "Value": "" }], "TagKeys": ["k"],
    });
    let what = "Cannot perform the operation on the protected role 'awsserviceroleforconfig' - this role is only \
                modifiable by AWS";
    // Before the document and the ARN are looked at.
    let bad = with(&with(&all, "PolicyDocument", "{"), "PolicyArn", "no-arn-but-long-enough");
    for operation in [
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary",
        "AddRoleToInstanceProfile",
        "UpdateAssumeRolePolicy",
        "DeleteRole",
    ] {
        lab.refuses(operation, &bad, "UnmodifiableEntity", what);
    }
    for operation in [
        "ListRolePolicies",
        "ListAttachedRolePolicies",
        "TagRole",
        "ListRoleTags",
        "UntagRole",
        "ListInstanceProfilesForRole",
    ] {
        lab.ok(operation, &all);
    }
}
