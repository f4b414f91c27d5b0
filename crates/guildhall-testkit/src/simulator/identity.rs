//! The table of commands of IAM and STS, and who of an account calls: its root user, a user, or a session of a role.

use std::sync::Arc;

use guildhall_core::call::caller::{Caller, Credentials, Session, SessionKind};
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::state::iam::Iam;
use guildhall_core::state::tag::Tags;
use serde_json::{Value, json};

use super::commands::{Line, iam, sts};
use super::draw::{Draw, account};

/// Names, few of them, so that what one command makes another one finds.
const USERS: [&str; 3] = ["ann", "bob", "Ann"];
const GROUPS: [&str; 2] = ["dev", "ops"];
const ROLES: [&str; 3] = ["ci", "audit", "OrganizationAccountAccessRole"];
const POLICIES: [&str; 2] = ["read", "write"];
const PROFILES: [&str; 2] = ["web", "db"];
/// Policies of AWS's: one that allows everything, one that allows a little, and one that is not there.
const OF_AWS: [&str; 4] = ["AdministratorAccess", "AdministratorAccess", "IAMReadOnlyAccess", "NoSuchPolicy"];
/// Services that have roles linked to them.
const LINKED: [&str; 3] =
    ["organizations.amazonaws.com", "autoscaling.amazonaws.com", "custom.rds.amazonaws.com"];

/// Every command of IAM and STS that writes or issues something, and some that read, each in alphabetical order.
pub(super) static IDENTITY: &[Line] = &[
    iam(
        "AddRoleToInstanceProfile",
        2,
        |d, _| json!({"InstanceProfileName": *d.pick(&PROFILES), "RoleName": *d.pick(&ROLES)}),
    ),
    iam("AddUserToGroup", 4, |d, _| json!({"GroupName": *d.pick(&GROUPS), "UserName": *d.pick(&USERS)})),
    iam("AttachGroupPolicy", 3, |d, home| d.attachment_of("GroupName", &GROUPS, home)),
    iam("AttachRolePolicy", 4, |d, home| d.attachment_of("RoleName", &ROLES, home)),
    iam("AttachUserPolicy", 6, |d, home| d.attachment_of("UserName", &USERS, home)),
    iam("CreateAccessKey", 4, |d, _| d.maybe_user()),
    iam("CreateAccountAlias", 2, |d, _| json!({"AccountAlias": *d.pick(&["acme", "lab"])})),
    iam("CreateGroup", 3, |d, _| json!({"GroupName": *d.pick(&GROUPS)})),
    iam("CreateInstanceProfile", 2, |d, _| json!({"InstanceProfileName": *d.pick(&PROFILES)})),
    iam("CreatePolicy", 4, |d, _| json!({"PolicyName": *d.pick(&POLICIES), "PolicyDocument": d.document()})),
    iam("CreatePolicyVersion", 4, |d, home| {
        let arn = d.own_policy(home);
        json!({"PolicyArn": arn, "PolicyDocument": d.document(), "SetAsDefault": d.chance(50)})
    }),
    iam("CreateRole", 5, |d, home| {
        let boundary = d.chance(20).then(|| d.policy_arn(home));
        json!({"RoleName": *d.pick(&ROLES), "AssumeRolePolicyDocument": d.trust(), "PermissionsBoundary": boundary})
    }),
    iam("CreateServiceLinkedRole", 2, |d, _| json!({"AWSServiceName": *d.pick(&LINKED)})),
    iam("CreateUser", 8, |d, home| {
        let boundary = d.chance(20).then(|| d.policy_arn(home));
        json!({"UserName": *d.pick(&USERS), "PermissionsBoundary": boundary, "Tags": d.tags()})
    }),
    iam("DeleteAccessKey", 2, |d, home| d.access_key(home)),
    iam("DeleteAccountAlias", 1, |d, _| json!({"AccountAlias": *d.pick(&["acme", "lab"])})),
    iam("DeleteAccountPasswordPolicy", 1, |_, _| json!({})),
    iam("DeleteGroup", 2, |d, _| json!({"GroupName": *d.pick(&GROUPS)})),
    iam("DeleteGroupPolicy", 1, |d, _| d.inline("GroupName", &GROUPS)),
    iam("DeleteInstanceProfile", 1, |d, _| json!({"InstanceProfileName": *d.pick(&PROFILES)})),
    iam("DeleteLoginProfile", 1, |d, _| d.maybe_user()),
    iam("DeletePolicy", 2, |d, home| json!({"PolicyArn": d.own_policy(home)})),
    iam("DeletePolicyVersion", 3, |d, home| d.version(home)),
    iam("DeleteRole", 3, |d, _| json!({"RoleName": *d.pick(&ROLES)})),
    iam("DeleteRolePermissionsBoundary", 1, |d, _| json!({"RoleName": *d.pick(&ROLES)})),
    iam("DeleteRolePolicy", 1, |d, _| d.inline("RoleName", &ROLES)),
    iam("DeleteServiceLinkedRole", 2, |d, _| {
        let roles = ["AWSServiceRoleForAutoScaling", "AWSServiceRoleForOrganizations", "ci"];
        json!({"RoleName": *d.pick(&roles)})
    }),
    iam("DeleteUser", 3, |d, _| json!({"UserName": *d.pick(&USERS)})),
    iam("DeleteUserPermissionsBoundary", 1, |d, _| json!({"UserName": *d.pick(&USERS)})),
    iam("DeleteUserPolicy", 1, |d, _| d.inline("UserName", &USERS)),
    iam("DetachGroupPolicy", 2, |d, home| d.attachment_of("GroupName", &GROUPS, home)),
    iam("DetachRolePolicy", 2, |d, home| d.attachment_of("RoleName", &ROLES, home)),
    iam("DetachUserPolicy", 3, |d, home| d.attachment_of("UserName", &USERS, home)),
    iam("DisableOrganizationsRootCredentialsManagement", 1, |_, _| json!({})),
    iam("DisableOrganizationsRootSessions", 1, |_, _| json!({})),
    iam("EnableOrganizationsRootCredentialsManagement", 2, |_, _| json!({})),
    iam("EnableOrganizationsRootSessions", 2, |_, _| json!({})),
    iam("GenerateCredentialReport", 1, |_, _| json!({})),
    iam("GetAccountAuthorizationDetails", 1, |d, _| d.items()),
    iam("GetAccountSummary", 1, |_, _| json!({})),
    iam("ListAttachedUserPolicies", 1, |d, _| with_items(d, json!({"UserName": "ann"}))),
    iam("ListUsers", 2, |d, _| d.items()),
    iam("PutGroupPolicy", 2, |d, _| d.new_inline("GroupName", &GROUPS)),
    iam(
        "PutRolePermissionsBoundary",
        2,
        |d, home| json!({"RoleName": *d.pick(&ROLES), "PermissionsBoundary": d.policy_arn(home)}),
    ),
    iam("PutRolePolicy", 2, |d, _| d.new_inline("RoleName", &ROLES)),
    iam(
        "PutUserPermissionsBoundary",
        2,
        |d, home| json!({"UserName": *d.pick(&USERS), "PermissionsBoundary": d.policy_arn(home)}),
    ),
    iam("PutUserPolicy", 3, |d, _| d.new_inline("UserName", &USERS)),
    iam(
        "RemoveRoleFromInstanceProfile",
        1,
        |d, _| json!({"InstanceProfileName": *d.pick(&PROFILES), "RoleName": *d.pick(&ROLES)}),
    ),
    iam("RemoveUserFromGroup", 2, |d, _| json!({"GroupName": *d.pick(&GROUPS), "UserName": *d.pick(&USERS)})),
    iam("SetDefaultPolicyVersion", 2, |d, home| d.version(home)),
    iam(
        "SetSecurityTokenServicePreferences",
        1,
        |d, _| json!({"GlobalEndpointTokenVersion": *d.pick(&["v1Token", "v2Token"])}),
    ),
    iam("TagInstanceProfile", 1, |d, _| with_tags(d, "InstanceProfileName", &PROFILES)),
    iam("TagPolicy", 1, |d, home| json!({"PolicyArn": d.own_policy(home), "Tags": d.tags()})),
    iam("TagRole", 1, |d, _| with_tags(d, "RoleName", &ROLES)),
    iam("TagUser", 2, |d, _| with_tags(d, "UserName", &USERS)),
    iam(
        "UntagInstanceProfile",
        1,
        |d, _| json!({"InstanceProfileName": *d.pick(&PROFILES), "TagKeys": [*d.pick(&["a", "b"])]}),
    ),
    iam(
        "UntagPolicy",
        1,
        |d, home| json!({"PolicyArn": d.own_policy(home), "TagKeys": [*d.pick(&["a", "D"])]}),
    ),
    iam("UntagRole", 1, |d, _| json!({"RoleName": *d.pick(&ROLES), "TagKeys": [*d.pick(&["a", "D"])]})),
    iam("UntagUser", 1, |d, _| json!({"UserName": *d.pick(&USERS), "TagKeys": [*d.pick(&["a", "D"])]})),
    iam("UpdateAccessKey", 2, |d, home| {
        let mut input = d.access_key(home);
        input["Status"] = json!(*d.pick(&["Active", "Inactive"]));
        input
    }),
    iam(
        "UpdateAccountPasswordPolicy",
        1,
        |d, _| json!({"MinimumPasswordLength": 8 + d.below(4), "AllowUsersToChangePassword": d.chance(50)}),
    ),
    iam(
        "UpdateAssumeRolePolicy",
        3,
        |d, _| json!({"RoleName": *d.pick(&ROLES), "PolicyDocument": d.trust()}),
    ),
    iam("UpdateGroup", 1, |d, _| json!({"GroupName": *d.pick(&GROUPS), "NewGroupName": *d.pick(&GROUPS)})),
    iam(
        "UpdateRole",
        1,
        |d, _| json!({"RoleName": *d.pick(&ROLES), "MaxSessionDuration": 3_600 * (1 + d.below(13))}),
    ),
    iam("UpdateRoleDescription", 1, |d, _| json!({"RoleName": *d.pick(&ROLES), "Description": "d"})),
    iam("UpdateUser", 2, |d, _| json!({"UserName": *d.pick(&USERS), "NewUserName": *d.pick(&USERS)})),
    sts("AssumeRole", 6, |d, home| {
        let owner = if d.chance(60) { home } else { d.home() };
        let arn = format!("arn:aws:iam::{owner}:role/{}", d.pick(&ROLES));
        json!({"RoleArn": arn, "RoleSessionName": "session", "DurationSeconds": 900 * (1 + d.below(6))})
    }),
    sts("AssumeRoot", 2, |d, _| {
        let task = *d.pick(&["IAMAuditRootUserCredentials", "S3UnlockBucketPolicy", "AdministratorAccess"]);
        let arn = format!("arn:aws:iam::aws:policy/root-task/{task}");
        json!({"TargetPrincipal": d.member(), "TaskPolicyArn": {"arn": arn}})
    }),
    sts("GetCallerIdentity", 2, |_, _| json!({})),
    sts("GetFederationToken", 2, |d, _| json!({"Name": "guest", "DurationSeconds": 900 * (1 + d.below(4))})),
    sts("GetSessionToken", 2, |d, _| json!({"DurationSeconds": 900 * d.below(4)})),
];

fn with_tags(d: &mut Draw<'_>, member: &str, names: &[&str]) -> Value {
    json!({(member): *d.pick(names), "Tags": d.tags()})
}

/// With a limit that makes several pages.
fn with_items(d: &mut Draw<'_>, mut input: Value) -> Value {
    if d.chance(80) {
        input["MaxItems"] = (1 + d.below(3)).into();
    }
    input
}

impl Draw<'_> {
    /// An account whose users and roles are played with: one of a few, mostly.
    pub(super) fn home(&mut self) -> AccountId {
        if self.chance(85) { account(self.rng.next() % 4) } else { self.account() }
    }

    /// Somebody of an account: mostly its root user, or a user, or a session of a role, now and then one that is over.
    pub(super) fn principal(&mut self, account: AccountId) -> Caller {
        let Some(iam) = self.model.iam(account).filter(|_| self.chance(25)) else { return account.into() };
        let credentials = if self.chance(60) { self.user(iam) } else { self.session(iam, account) };
        credentials.map_or(account.into(), |credentials| Caller { account, credentials })
    }

    fn user(&mut self, iam: &Iam) -> Option<Credentials> {
        self.any(iam.users.iter().map(|user| Credentials::User(user.id)).collect())
    }

    fn session(&mut self, iam: &Iam, account: AccountId) -> Option<Credentials> {
        let role = self.any(iam.roles.iter().map(|role| role.id).collect())?;
        let left = if self.chance(90) { 3_600_000 } else { 0 };
        Some(Credentials::Session(Arc::new(Session {
            key: "ASIAQQQQQQQQQQQQQQQQ".parse().unwrap(),
            account,
            whose: SessionKind::Role { role, name: "session".into() },
            issued: self.now,
            expires: self.now.plus(left),
            policy: None,
            policy_arns: Vec::new(),
            tags: Tags::default(),
            transitive: Vec::new(),
            source_identity: None,
            mfa: None,
            padding: String::new(),
        })))
    }

    fn items(&mut self) -> Value {
        with_items(self, json!({}))
    }

    /// A user, or the caller.
    fn maybe_user(&mut self) -> Value {
        if self.chance(90) { json!({"UserName": *self.pick(&USERS)}) } else { json!({}) }
    }

    /// A policy of the account's own, there or not.
    fn own_policy(&mut self, home: AccountId) -> String {
        format!("arn:aws:iam::{home}:policy/{}", self.pick(&POLICIES))
    }

    fn policy_arn(&mut self, home: AccountId) -> String {
        if self.chance(40) {
            self.own_policy(home)
        } else {
            format!("arn:aws:iam::aws:policy/{}", self.pick(&OF_AWS))
        }
    }

    fn attachment_of(&mut self, member: &str, names: &[&str], home: AccountId) -> Value {
        json!({(member): *self.pick(names), "PolicyArn": self.policy_arn(home)})
    }

    fn version(&mut self, home: AccountId) -> Value {
        json!({"PolicyArn": self.own_policy(home), "VersionId": format!("v{}", 1 + self.below(6))})
    }

    fn inline(&mut self, member: &str, names: &[&str]) -> Value {
        json!({(member): *self.pick(names), "PolicyName": *self.pick(&["inline", "other"])})
    }

    fn new_inline(&mut self, member: &str, names: &[&str]) -> Value {
        let mut input = self.inline(member, names);
        input["PolicyDocument"] = json!(self.document());
        input
    }

    /// A policy of an identity, or what is none.
    fn document(&mut self) -> String {
        let effect = *self.pick(&["Allow", "Allow", "Deny"]);
        let action =
            *self.pick(&["*", "iam:*", "organizations:Describe*", "sts:AssumeRole", "iam:CreateUser", "iam"]);
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})
            .to_string()
    }

    /// A trust policy: of an account, of a user that may be there, or of a service.
    fn trust(&mut self) -> String {
        let home = self.home();
        let principal = match self.below(4) {
            0 => json!({"Service": "ec2.amazonaws.com"}),
            1 => json!({"AWS": format!("arn:aws:iam::{home}:user/{}", self.pick(&USERS))}),
            _ => json!({"AWS": home}),
        };
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }

    /// A user's access key that there is, mostly.
    fn access_key(&mut self, home: AccountId) -> Value {
        let keys = self.model.iam(home).into_iter().flat_map(Iam::all_keys);
        let known = keys.map(|key| (key.id.to_string(), key.user)).collect();
        match self.any(known) {
            Some((id, Some(user))) => {
                let iam = self.model.iam(home);
                let user = iam.and_then(|iam| iam.users.by_id(user)).map(|user| user.name.to_string());
                json!({"AccessKeyId": id, "UserName": user})
            }
            Some((id, None)) => json!({"AccessKeyId": id}),
            None => json!({"AccessKeyId": "AKIAQQQQQQQQQQQQQQQQ", "UserName": *self.pick(&USERS)}),
        }
    }
}
