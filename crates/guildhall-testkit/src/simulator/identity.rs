//! The table of commands of IAM and STS, and who of an account calls: its root user, a user, or a session of a role.

use guildhall_core::call::caller::{Caller, Credentials};
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::totp::{self, Seed};
use guildhall_core::services::iam::NAME;
use guildhall_core::state::iam::Iam;
use guildhall_core::state::iam::entity::Policies;
use guildhall_core::state::iam::mfa::MfaDevice;
use serde_json::{Value, json};

use super::commands::{Line, SimulatedCall, iam, sts};
use super::draw::{Draw, account};
use crate::iam_lab::session;

/// What an account has: the member that names it, and names, few of them, so that what one command makes another one
/// finds.
type Kind = (&'static str, &'static [&'static str]);

const USER: Kind = ("UserName", &["ann", "bob", "Ann"]);
const GROUP: Kind = ("GroupName", &["dev", "ops"]);
const ROLE: Kind = ("RoleName", &["ci", "audit", "OrganizationAccountAccessRole"]);
const PROFILE: Kind = ("InstanceProfileName", &["web", "db"]);
const DEVICE: Kind = ("VirtualMFADeviceName", &["phone", "tablet"]);
const POLICIES: [&str; 2] = ["read", "write"];
const ALIASES: [&str; 2] = ["acme", "lab"];
/// Policies of AWS's: one that allows everything, one that allows a little, and one that is not there.
const OF_AWS: [&str; 4] = ["AdministratorAccess", "AdministratorAccess", "IAMReadOnlyAccess", "NoSuchPolicy"];
/// Services that have roles linked to them, but for the last one.
const LINKED: [&str; 3] =
    ["organizations.amazonaws.com", "autoscaling.amazonaws.com", "custom.rds.amazonaws.com"];

/// Every command of IAM and STS that writes or issues something, and some that read, each in alphabetical order.
pub(super) static IDENTITY: &[Line] = &[
    iam("AddRoleToInstanceProfile", 4, |d, home| d.known(&[PROFILE, ROLE], home)),
    iam("AddUserToGroup", 4, |d, home| d.known(&[GROUP, USER], home)),
    iam("AttachGroupPolicy", 3, |d, home| d.policy_for(GROUP, home)),
    iam("AttachRolePolicy", 4, |d, home| d.policy_for(ROLE, home)),
    iam("AttachUserPolicy", 5, |d, home| d.policy_for(USER, home)),
    iam("CreateAccessKey", 5, |d, home| d.known(&[USER], home)),
    iam("CreateAccountAlias", 2, |d, _| json!({"AccountAlias": *d.pick(&ALIASES)})),
    iam("CreateGroup", 4, |d, _| d.fresh(GROUP)),
    iam("CreateInstanceProfile", 3, |d, _| d.fresh(PROFILE)),
    iam("CreatePolicy", 4, |d, _| json!({"PolicyName": *d.pick(&POLICIES), "PolicyDocument": d.document()})),
    iam("CreatePolicyVersion", 5, |d, home| {
        let arn = d.own_policy(home);
        json!({"PolicyArn": arn, "PolicyDocument": d.document(), "SetAsDefault": d.chance(50)})
    }),
    iam("CreateRole", 6, |d, home| {
        let mut input = d.fresh(ROLE);
        input["AssumeRolePolicyDocument"] = json!(d.trust());
        d.bounded(input, home)
    }),
    iam("CreateServiceLinkedRole", 2, |d, _| json!({"AWSServiceName": *d.pick(&LINKED)})),
    iam("CreateUser", 7, |d, home| {
        let mut input = d.fresh(USER);
        input["Tags"] = d.tags();
        d.bounded(input, home)
    }),
    iam("CreateVirtualMFADevice", 4, |d, _| d.fresh(DEVICE)),
    iam("DeactivateMFADevice", 1, |d, home| d.device(home, true)),
    iam("DeleteAccessKey", 2, |d, home| d.access_key(home)),
    iam("DeleteAccountAlias", 2, |d, home| {
        let own = d.model.iam(home).and_then(|iam| iam.alias.as_ref().map(ToString::to_string));
        json!({"AccountAlias": own.unwrap_or_else(|| d.text(&ALIASES).to_owned())})
    }),
    iam("DeleteAccountPasswordPolicy", 1, |_, _| json!({})),
    iam("DeleteGroup", 1, |d, home| d.known(&[GROUP], home)),
    iam("DeleteGroupPolicy", 3, |d, home| d.inline_of(GROUP, home)),
    iam("DeleteInstanceProfile", 1, |d, home| d.known(&[PROFILE], home)),
    iam("DeletePolicy", 1, |d, home| json!({"PolicyArn": d.own_policy(home)})),
    iam("DeletePolicyVersion", 3, |d, home| d.version(home)),
    iam("DeleteRole", 2, |d, home| d.known(&[ROLE], home)),
    iam("DeleteRolePermissionsBoundary", 3, |d, home| d.known(&[ROLE], home)),
    iam("DeleteRolePolicy", 2, |d, home| d.inline_of(ROLE, home)),
    iam(
        "DeleteServiceLinkedRole",
        2,
        |d, _| json!({"RoleName": *d.pick(&["AWSServiceRoleForAutoScaling", "AWSServiceRoleForOrganizations", "ci"])}),
    ),
    iam("DeleteUser", 2, |d, home| d.known(&[USER], home)),
    iam("DeleteUserPermissionsBoundary", 2, |d, home| d.known(&[USER], home)),
    iam("DeleteUserPolicy", 2, |d, home| d.inline_of(USER, home)),
    iam(
        "DeleteVirtualMFADevice",
        1,
        |d, home| json!({"SerialNumber": d.device(home, false)["SerialNumber"]}),
    ),
    iam("DetachGroupPolicy", 3, |d, home| d.attached_to(GROUP, home)),
    iam("DetachRolePolicy", 2, |d, home| d.attached_to(ROLE, home)),
    iam("DetachUserPolicy", 2, |d, home| d.attached_to(USER, home)),
    iam("DisableOrganizationsRootCredentialsManagement", 2, |_, _| json!({})),
    iam("DisableOrganizationsRootSessions", 2, |_, _| json!({})),
    iam("EnableMFADevice", 5, |d, home| d.with_codes(home, false)),
    iam("EnableOrganizationsRootCredentialsManagement", 2, |_, _| json!({})),
    iam("EnableOrganizationsRootSessions", 3, |_, _| json!({})),
    iam("GenerateCredentialReport", 1, |_, _| json!({})),
    iam("GetAccountAuthorizationDetails", 1, |d, _| d.items(json!({}))),
    iam("GetAccountSummary", 1, |_, _| json!({})),
    iam("ListAttachedUserPolicies", 1, |d, home| {
        let user = d.known(&[USER], home);
        d.items(user)
    }),
    iam("ListUsers", 2, |d, _| d.items(json!({}))),
    iam("PutGroupPolicy", 3, |d, home| d.new_inline(GROUP, home)),
    iam("PutRolePermissionsBoundary", 2, |d, home| d.boundary(ROLE, home)),
    iam("PutRolePolicy", 3, |d, home| d.new_inline(ROLE, home)),
    iam("PutUserPermissionsBoundary", 2, |d, home| d.boundary(USER, home)),
    iam("PutUserPolicy", 3, |d, home| d.new_inline(USER, home)),
    iam("RemoveRoleFromInstanceProfile", 4, |d, home| d.known(&[PROFILE, ROLE], home)),
    iam("RemoveUserFromGroup", 2, |d, home| d.known(&[GROUP, USER], home)),
    iam("ResyncMFADevice", 3, |d, home| d.with_codes(home, true)),
    iam("SetDefaultPolicyVersion", 2, |d, home| d.version(home)),
    iam(
        "SetSecurityTokenServicePreferences",
        1,
        |d, _| json!({"GlobalEndpointTokenVersion": *d.pick(&["v1Token", "v2Token"])}),
    ),
    iam("TagInstanceProfile", 1, |d, home| d.tagged(PROFILE, home)),
    iam("TagMFADevice", 1, |d, home| {
        let serial = d.device(home, false)["SerialNumber"].take();
        json!({"SerialNumber": serial, "Tags": d.tags()})
    }),
    iam("TagPolicy", 1, |d, home| json!({"PolicyArn": d.own_policy(home), "Tags": d.tags()})),
    iam("TagRole", 1, |d, home| d.tagged(ROLE, home)),
    iam("TagUser", 2, |d, home| d.tagged(USER, home)),
    iam("UntagInstanceProfile", 1, |d, home| d.untagged(PROFILE, home)),
    iam(
        "UntagMFADevice",
        1,
        |d, home| json!({"SerialNumber": d.device(home, false)["SerialNumber"], "TagKeys": ["a", "D"]}),
    ),
    iam("UntagPolicy", 1, |d, home| json!({"PolicyArn": d.own_policy(home), "TagKeys": ["a", "D"]})),
    iam("UntagRole", 1, |d, home| d.untagged(ROLE, home)),
    iam("UntagUser", 1, |d, home| d.untagged(USER, home)),
    iam("UpdateAccessKey", 2, |d, home| {
        let mut input = d.access_key(home);
        input["Status"] = json!(*d.pick(&["Active", "Inactive"]));
        input
    }),
    iam(
        "UpdateAccountPasswordPolicy",
        2,
        |d, _| json!({"MinimumPasswordLength": 8 + d.below(4), "AllowUsersToChangePassword": d.chance(50)}),
    ),
    iam("UpdateAssumeRolePolicy", 3, |d, home| {
        let mut input = d.known(&[ROLE], home);
        input["PolicyDocument"] = json!(d.trust());
        input
    }),
    iam("UpdateGroup", 1, |d, home| {
        let mut input = d.known(&[GROUP], home);
        input["NewGroupName"] = d.fresh(GROUP)["GroupName"].take();
        input
    }),
    iam("UpdateRole", 1, |d, home| {
        let mut input = d.known(&[ROLE], home);
        input["MaxSessionDuration"] = json!(3_600 * (1 + d.below(13)));
        input
    }),
    iam("UpdateRoleDescription", 1, |d, home| {
        let mut input = d.known(&[ROLE], home);
        input["Description"] = json!("d");
        input
    }),
    iam("UpdateUser", 2, |d, home| {
        let mut input = d.known(&[USER], home);
        input["NewUserName"] = d.fresh(USER)["UserName"].take();
        input
    }),
    sts("AssumeRole", 8, |d, home| {
        let owner = if d.chance(60) { home } else { d.home() };
        let name = d.name(ROLE, owner);
        let seconds = 900 * (1 + d.below(6));
        let arn = format!("arn:aws:iam::{owner}:role/{name}");
        let input = json!({"RoleArn": arn, "RoleSessionName": "session", "DurationSeconds": seconds});
        d.proved(input, home)
    }),
    sts("AssumeRoot", 4, |d, home| {
        let tasks = ["IAMAuditRootUserCredentials", "S3UnlockBucketPolicy", "AdministratorAccess"];
        let arn = format!("arn:aws:iam::aws:policy/root-task/{}", d.pick(&tasks));
        let own = d.model.account(home).and_then(|account| d.model.org(account.org?));
        let members = own.into_iter().flat_map(|org| org.members_after(None)).map(|member| member.id);
        let member = d.any(members.filter(|id| *id != home).collect());
        json!({"TargetPrincipal": member.unwrap_or(home), "TaskPolicyArn": {"arn": arn}})
    }),
    sts("GetCallerIdentity", 2, |_, _| json!({})),
    sts("GetFederationToken", 2, |d, _| json!({"Name": "guest", "DurationSeconds": 900 * (1 + d.below(4))})),
    sts("GetSessionToken", 4, |d, home| {
        let input = json!({"DurationSeconds": 900 * d.below(4)});
        d.proved(input, home)
    }),
];

/// What there is in an account from the beginning.
pub(super) fn beginning(account: AccountId) -> impl Iterator<Item = SimulatedCall> {
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [everything]}).to_string();
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"});
    let trust = json!({"Version": "2012-10-17", "Statement": [trust]}).to_string();
    let arn = format!("arn:aws:iam::{account}:policy/read");
    let calls = [
        ("CreateUser", json!({"UserName": "ann"})),
        ("CreateGroup", json!({"GroupName": "dev"})),
        ("CreateRole", json!({"RoleName": "ci", "AssumeRolePolicyDocument": trust})),
        ("CreatePolicy", json!({"PolicyName": "read", "PolicyDocument": document})),
        ("CreateInstanceProfile", json!({"InstanceProfileName": "web"})),
        ("CreateVirtualMFADevice", json!({"VirtualMFADeviceName": "phone"})),
        ("AttachUserPolicy", json!({"UserName": "ann", "PolicyArn": arn})),
    ];
    calls.into_iter().map(move |(name, input)| SimulatedCall::api(NAME, account.into(), name, input))
}

impl Draw<'_> {
    /// An account whose users and roles are played with: one of a few, mostly the same one.
    pub(super) fn home(&mut self) -> AccountId {
        match self.below(20) {
            0..12 => account(0),
            12..16 => account(3),
            _ => self.account(),
        }
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
        Some(session(account, role, "session", (self.now, self.now.plus(left))).credentials)
    }

    /// The name of one of these that the account has, mostly.
    fn name(&mut self, (member, names): Kind, home: AccountId) -> String {
        let own = self.model.iam(home).filter(|_| self.rng.percent(80));
        let own = own.map(|iam| match member {
            "UserName" => iam.users.iter().map(|user| user.name.to_string()).collect(),
            "GroupName" => iam.groups.iter().map(|group| group.name.to_string()).collect(),
            "RoleName" => iam.roles.iter().map(|role| role.name.to_string()).collect(),
            _ => iam.profiles.iter().map(|profile| profile.name.to_string()).collect(),
        });
        own.and_then(|own| self.any(own)).unwrap_or_else(|| self.text(names).to_owned())
    }

    /// An input that names what the account has, mostly.
    fn known(&mut self, kinds: &[Kind], home: AccountId) -> Value {
        kinds.iter().map(|kind| (kind.0.to_owned(), json!(self.name(*kind, home)))).collect()
    }

    /// An input with a name for something new.
    fn fresh(&mut self, (member, names): Kind) -> Value {
        json!({(member): self.text(names)})
    }

    /// A device of the account's, mostly, and whose it is: one that is in use, if there is one, or one that is not.
    fn device(&mut self, home: AccountId, in_use: bool) -> Value {
        let mut known = self.devices(home);
        if known.iter().any(|(device, _)| device.enabled.is_some() == in_use) {
            known.retain(|(device, _)| device.enabled.is_some() == in_use);
        }
        let Some((device, user)) = self.any(known) else {
            let serial = format!("arn:aws:iam::{home}:mfa/{}", self.text(DEVICE.1));
            return json!({"SerialNumber": serial, "UserName": self.name(USER, home)});
        };
        let user = user.unwrap_or_else(|| self.name(USER, home));
        json!({"SerialNumber": format!("arn:aws:iam::{home}:mfa/{}", device.name), "UserName": user})
    }

    fn devices(&self, home: AccountId) -> Vec<(MfaDevice, Option<String>)> {
        let Some(iam) = self.model.iam(home) else { return Vec::new() };
        let user = |device: &MfaDevice| {
            let user = device.enabled.as_ref()?.user?;
            Some(iam.users.by_id(user)?.name.to_string())
        };
        iam.devices().iter().map(|device| (device.clone(), user(device))).collect()
    }

    /// The same with two codes that its owner reads off it, or makes up.
    fn with_codes(&mut self, home: AccountId, in_use: bool) -> Value {
        let mut input = self.device(home, in_use);
        let codes = self.codes(&input, home).unwrap_or(["000000".into(), "000001".into()]);
        input["AuthenticationCode1"] = json!(codes[0]);
        input["AuthenticationCode2"] = json!(codes[1]);
        input
    }

    /// What a device shows now and next, mostly.
    fn codes(&mut self, input: &Value, home: AccountId) -> Option<[String; 2]> {
        if self.chance(20) {
            return None;
        }
        let serial = input["SerialNumber"].as_str()?;
        let (device, _) =
            self.devices(home).into_iter().find(|(d, _)| serial.ends_with(&format!("/{}", d.name)))?;
        let seed = device.seed.open(self.model.keyring(), device.id).ok()?;
        let (codes, step) = (Seed::read(&seed)?.codes(), totp::step(self.now));
        Some([codes.at(step)?, codes.at(step + 1)?])
    }

    /// Now and then with a code of a device.
    fn proved(&mut self, mut input: Value, home: AccountId) -> Value {
        if self.chance(30) {
            let device = self.device(home, true);
            let code = self.codes(&device, home).map_or("000000".into(), |[now, _]| now);
            input["SerialNumber"] = device["SerialNumber"].clone();
            input["TokenCode"] = json!(code);
        }
        input
    }

    /// With a limit that makes several pages.
    fn items(&mut self, mut input: Value) -> Value {
        if self.chance(80) {
            input["MaxItems"] = (1 + self.below(3)).into();
        }
        input
    }

    fn tagged(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.known(&[kind], home);
        input["Tags"] = self.tags();
        input
    }

    fn untagged(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.known(&[kind], home);
        input["TagKeys"] = json!([*self.pick(&["a", "D"])]);
        input
    }

    /// A policy of the account's own, there or not.
    fn own_policy(&mut self, home: AccountId) -> String {
        let own = self.model.iam(home).filter(|_| self.rng.percent(70));
        let own = own.map(|iam| iam.policies.iter().map(|policy| policy.name.to_string()).collect());
        let name = own.and_then(|own| self.any(own)).unwrap_or_else(|| self.text(&POLICIES).to_owned());
        format!("arn:aws:iam::{home}:policy/{name}")
    }

    fn policy_arn(&mut self, home: AccountId) -> String {
        if self.chance(40) {
            self.own_policy(home)
        } else {
            format!("arn:aws:iam::aws:policy/{}", self.pick(&OF_AWS))
        }
    }

    fn policy_for(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.known(&[kind], home);
        input["PolicyArn"] = json!(self.policy_arn(home));
        input
    }

    /// The policies of an entity of the account.
    fn policies(&self, kind: Kind, name: &str, home: AccountId) -> Option<&Policies> {
        let iam = self.model.iam(home)?;
        Some(match kind.0 {
            "UserName" => &iam.users.by_name(name)?.policies,
            "GroupName" => &iam.groups.by_name(name)?.policies,
            _ => &iam.roles.by_name(name)?.policies,
        })
    }

    /// An entity and a policy that is attached to it, mostly.
    fn attached_to(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.policy_for(kind, home);
        let name = input[kind.0].as_str().unwrap_or_default();
        let attached =
            self.policies(kind, name, home).map(|own| own.managed.iter().map(|arn| arn.to_string()));
        if let Some(arn) = attached.map(Iterator::collect).and_then(|all| self.any(all)) {
            input["PolicyArn"] = json!(arn);
        }
        input
    }

    fn boundary(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.known(&[kind], home);
        input["PermissionsBoundary"] = json!(self.policy_arn(home));
        input
    }

    /// Now and then with a boundary.
    fn bounded(&mut self, mut input: Value, home: AccountId) -> Value {
        if self.chance(20) {
            input["PermissionsBoundary"] = json!(self.policy_arn(home));
        }
        input
    }

    /// A version of a policy that is there, mostly.
    fn version(&mut self, home: AccountId) -> Value {
        let arn = self.own_policy(home);
        let name = arn.rsplit('/').next().unwrap_or_default();
        let policy = self.model.iam(home).and_then(|iam| iam.policies.by_name(name));
        let known = policy.map(|policy| policy.versions.iter().map(|version| version.id()).collect());
        let id = known.and_then(|known| self.any(known)).unwrap_or_else(|| "v9".to_owned());
        json!({"PolicyArn": arn, "VersionId": id})
    }

    fn inline(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.known(&[kind], home);
        input["PolicyName"] = json!(*self.pick(&["inline", "other"]));
        input
    }

    /// An entity that has an inline policy, and that one, if there is one.
    fn inline_of(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.inline(kind, home);
        let name = input[kind.0].as_str().unwrap_or_default();
        let own = self.policies(kind, name, home).map(|own| own.inline.values().map(|p| p.name.to_string()));
        if let Some(name) = own.map(Iterator::collect).and_then(|all| self.any(all)) {
            input["PolicyName"] = json!(name);
        }
        input
    }

    fn new_inline(&mut self, kind: Kind, home: AccountId) -> Value {
        let mut input = self.inline(kind, home);
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
            1 => json!({"AWS": format!("arn:aws:iam::{home}:user/{}", self.name(USER, home))}),
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
            None => json!({"AccessKeyId": "AKIAQQQQQQQQQQQQQQQQ", "UserName": self.name(USER, home)}),
        }
    }
}
