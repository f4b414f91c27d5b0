//! Who may call what: every operation of every service, by every kind of account, as one file to review
//! (authority.txt); and docs/authority.md, which is made from what the operations declare.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::fmt::Write as _;
use std::path::Path;

use guildhall_core::Refusal;
use guildhall_core::call::caller::{Caller, Credentials, Session, SessionKind};
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::create_user::CreateUser;
use guildhall_core::rules::authority::Rank;
use guildhall_core::services::{PlainJson, Service, account, iam, organizations, service, sts};
use guildhall_core::state::iam::document::PolicyText;
use guildhall_core::state::tag::Tags;
use guildhall_testkit::command_of;
use guildhall_testkit::script::Player;
use serde_json::{Value, json};

/// The kinds of accounts. `granted`: a member to which the organization's resource policy grants all that it can.
const CALLERS: [(&str, &str); 8] = [
    ("nobody", "999999999999"),
    ("alone", "333333333333"),
    ("stranger", "555555555555"),
    ("member", "222222222222"),
    ("delegate", "666666666666"),
    ("granted", "777777777777"),
    ("manager", "111111111111"),
    ("suspended", "888888888888"),
];

/// A good call of each operation, as far as one can be made in [`world`]. What is not here is called without input.
const INPUTS: [(&str, &str); 41] = [
    ("AcceptHandshake CancelHandshake DeclineHandshake DescribeHandshake", r#"{"HandshakeId":"$h1"}"#),
    ("AttachPolicy DetachPolicy", r#"{"PolicyId":"$P","TargetId":"$222"}"#),
    ("CreateAccount CreateGovCloudAccount", r#"{"Email":"new@example.com","AccountName":"new"}"#),
    ("CreateOrganizationalUnit", r#"{"ParentId":"$R","Name":"other"}"#),
    ("CreatePolicy", r#"{"Content":"{\"tags\":{}}","Description":"","Name":"other","Type":"TAG_POLICY"}"#),
    ("DeleteOrganizationalUnit DescribeOrganizationalUnit", r#"{"OrganizationalUnitId":"$U"}"#),
    ("UpdateOrganizationalUnit", r#"{"OrganizationalUnitId":"$U","Name":"other"}"#),
    ("DeletePolicy DescribePolicy ListTargetsForPolicy", r#"{"PolicyId":"$P"}"#),
    ("UpdatePolicy", r#"{"PolicyId":"$P","Name":"other"}"#),
    (
        "RegisterDelegatedAdministrator DeregisterDelegatedAdministrator",
        r#"{"AccountId":"$222","ServicePrincipal":"config.amazonaws.com"}"#,
    ),
    ("DescribeCreateAccountStatus", r#"{"CreateAccountRequestId":"car-00000000"}"#),
    ("DescribeEffectivePolicy ListAccountsWithInvalidEffectivePolicy", r#"{"PolicyType":"TAG_POLICY"}"#),
    ("ListEffectivePolicyValidationErrors", r#"{"PolicyType":"TAG_POLICY","AccountId":"$222"}"#),
    ("DescribeResponsibilityTransfer", r#"{"Id":"rt-00000000"}"#),
    ("TerminateResponsibilityTransfer", r#"{"Id":"rt-00000000","EndTimestamp":1800000000}"#),
    ("UpdateResponsibilityTransfer", r#"{"Id":"rt-00000000","Name":"other"}"#),
    (
        "InviteOrganizationToTransferResponsibility",
        r#"{"Type":"BILLING","Target":{"Id":"$555","Type":"ACCOUNT"},"StartTimestamp":1769904000,"SourceName":"x"}"#,
    ),
    ("ListInboundResponsibilityTransfers ListOutboundResponsibilityTransfers", r#"{"Type":"BILLING"}"#),
    ("EnableAWSServiceAccess DisableAWSServiceAccess", r#"{"ServicePrincipal":"ram.amazonaws.com"}"#),
    ("EnablePolicyType", r#"{"RootId":"$R","PolicyType":"BACKUP_POLICY"}"#),
    ("DisablePolicyType", r#"{"RootId":"$R","PolicyType":"TAG_POLICY"}"#),
    ("InviteAccountToOrganization", r#"{"Target":{"Id":"$444","Type":"ACCOUNT"}}"#),
    ("ListAccountsForParent ListOrganizationalUnitsForParent", r#"{"ParentId":"$R"}"#),
    ("ListChildren", r#"{"ParentId":"$R","ChildType":"ACCOUNT"}"#),
    ("ListParents", r#"{"ChildId":"$222"}"#),
    ("ListPolicies", r#"{"Filter":"TAG_POLICY"}"#),
    ("ListPoliciesForTarget", r#"{"Filter":"TAG_POLICY","TargetId":"$222"}"#),
    ("MoveAccount", r#"{"AccountId":"$222","SourceParentId":"$R","DestinationParentId":"$U"}"#),
    (
        "PutResourcePolicy",
        r#"{"Content":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"$222\"},\"Action\":\"organizations:ListRoots\",\"Resource\":\"*\"}}"}"#,
    ),
    ("TagResource", r#"{"ResourceId":"$222","Tags":[{"Key":"k","Value":"v"}]}"#),
    ("UntagResource", r#"{"ResourceId":"$222","TagKeys":["k"]}"#),
    ("ListTagsForResource", r#"{"ResourceId":"$222"}"#),
    ("GetRegionOptStatus EnableRegion DisableRegion", r#"{"AccountId":"$222","RegionName":"af-south-1"}"#),
    ("GetGovCloudAccountInformation", r#"{"StandardAccountId":"$222"}"#),
    (
        "GetAlternateContact DeleteAlternateContact",
        r#"{"AccountId":"$222","AlternateContactType":"BILLING"}"#,
    ),
    (
        "PutAlternateContact",
        r#"{"AccountId":"$222","AlternateContactType":"BILLING","Name":"A","Title":"B","EmailAddress":"a@example.com","PhoneNumber":"+15550100"}"#,
    ),
    (
        "PutContactInformation",
        r#"{"AccountId":"$222","ContactInformation":{"FullName":"A","AddressLine1":"B","City":"C","StateOrRegion":"WA","CountryCode":"US","PostalCode":"98101","PhoneNumber":"+15550100"}}"#,
    ),
    ("PutAccountName", r#"{"AccountId":"$222","AccountName":"other"}"#),
    ("StartPrimaryEmailUpdate", r#"{"AccountId":"$222","PrimaryEmail":"new@example.com"}"#),
    ("AcceptPrimaryEmailUpdate", r#"{"AccountId":"$222","PrimaryEmail":"new@example.com","Otp":"123456"}"#),
    (
        "CloseAccount DescribeAccount ListDelegatedServicesForAccount RemoveAccountFromOrganization GetAccountInformation GetContactInformation GetPrimaryEmail GetPrimaryEmailUpdateStatus ListRegions",
        r#"{"AccountId":"$222"}"#,
    ),
];

/// A good call of IAM's operations and of those of STS, likewise.
const IAM_INPUTS: [(&str, &str); 39] = [
    ("AddUserToGroup RemoveUserFromGroup", r#"{"GroupName":"Crew","UserName":"Ada"}"#),
    (
        "AddRoleToInstanceProfile RemoveRoleFromInstanceProfile",
        r#"{"InstanceProfileName":"App","RoleName":"App"}"#,
    ),
    ("AssumeRole", r#"{"RoleArn":"arn:aws:iam::111111111111:role/Everything","RoleSessionName":"ci"}"#),
    (
        "AssumeRoot",
        r#"{"TargetPrincipal":"$222","TaskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}}"#,
    ),
    (
        "AttachGroupPolicy DetachGroupPolicy",
        r#"{"GroupName":"Crew","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
    ),
    (
        "AttachRolePolicy DetachRolePolicy",
        r#"{"RoleName":"App","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
    ),
    (
        "AttachUserPolicy DetachUserPolicy",
        r#"{"UserName":"Ada","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
    ),
    ("ChangePassword", r#"{"OldPassword":"Old-password-1","NewPassword":"New-password-1"}"#),
    ("CreateAccountAlias DeleteAccountAlias", r#"{"AccountAlias":"the-guild"}"#),
    (
        "CreateGroup DeleteGroup GetGroup UpdateGroup ListGroupPolicies ListAttachedGroupPolicies",
        r#"{"GroupName":"Crew"}"#,
    ),
    (
        "CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile ListInstanceProfileTags",
        r#"{"InstanceProfileName":"App"}"#,
    ),
    (
        "TagInstanceProfile UntagInstanceProfile",
        r#"{"InstanceProfileName":"App","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#,
    ),
    ("CreateLoginProfile UpdateLoginProfile", r#"{"UserName":"Ada","Password":"Good-password-1"}"#),
    (
        "CreatePolicy",
        r#"{"PolicyName":"Own","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"}"#,
    ),
    (
        "CreatePolicyVersion",
        r#"{"PolicyArn":"arn:aws:iam::111111111111:policy/Own","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"}"#,
    ),
    (
        "DeletePolicy GetPolicy ListPolicyVersions ListEntitiesForPolicy ListPolicyTags",
        r#"{"PolicyArn":"arn:aws:iam::111111111111:policy/Own"}"#,
    ),
    (
        "DeletePolicyVersion GetPolicyVersion SetDefaultPolicyVersion",
        r#"{"PolicyArn":"arn:aws:iam::111111111111:policy/Own","VersionId":"v1"}"#,
    ),
    (
        "TagPolicy UntagPolicy",
        r#"{"PolicyArn":"arn:aws:iam::111111111111:policy/Own","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#,
    ),
    (
        "CreateRole",
        r#"{"RoleName":"App","AssumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}"}"#,
    ),
    ("CreateServiceLinkedRole", r#"{"AWSServiceName":"config.amazonaws.com"}"#),
    ("DecodeAuthorizationMessage", r#"{"EncodedMessage":"x"}"#),
    (
        "GetAccessKeyInfo GetAccessKeyLastUsed DeleteAccessKey",
        r#"{"AccessKeyId":"AKIARTXV5AHDEXAMPLE2","UserName":"Ada"}"#,
    ),
    ("UpdateAccessKey", r#"{"AccessKeyId":"AKIARTXV5AHDEXAMPLE2","UserName":"Ada","Status":"Inactive"}"#),
    ("GetContextKeysForCustomPolicy", r#"{"PolicyInputList":["{\"Statement\":[]}"]}"#),
    ("SimulateCustomPolicy", r#"{"PolicyInputList":[],"ActionNames":["s3:GetObject"]}"#),
    (
        "GetContextKeysForPrincipalPolicy SimulatePrincipalPolicy",
        r#"{"PolicySourceArn":"arn:aws:iam::111111111111:user/Ada","ActionNames":["s3:GetObject"]}"#,
    ),
    ("GetFederationToken", r#"{"Name":"ada"}"#),
    (
        "GetServiceLinkedRoleDeletionStatus",
        r#"{"DeletionTaskId":"task/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig/0b5a6f3e-1f0a-4f0e-8d7c-0a1b2c3d4e5f"}"#,
    ),
    ("SetSecurityTokenServicePreferences", r#"{"GlobalEndpointTokenVersion":"v2Token"}"#),
    (
        "DeleteRole GetRole UpdateRole DeleteServiceLinkedRole ListRolePolicies ListAttachedRolePolicies ListRoleTags ListInstanceProfilesForRole DeleteRolePermissionsBoundary",
        r#"{"RoleName":"App"}"#,
    ),
    ("UpdateRoleDescription", r#"{"RoleName":"App","Description":"x"}"#),
    (
        "UpdateAssumeRolePolicy",
        r#"{"RoleName":"App","PolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}"}"#,
    ),
    (
        "PutUserPolicy GetUserPolicy DeleteUserPolicy PutGroupPolicy GetGroupPolicy DeleteGroupPolicy PutRolePolicy GetRolePolicy DeleteRolePolicy",
        r#"{"UserName":"Ada","GroupName":"Crew","RoleName":"App","PolicyName":"own","PolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"}"#,
    ),
    (
        "PutUserPermissionsBoundary PutRolePermissionsBoundary",
        r#"{"UserName":"Ada","RoleName":"App","PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#,
    ),
    ("TagUser UntagUser", r#"{"UserName":"Ada","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#),
    ("CreateVirtualMFADevice", r#"{"VirtualMFADeviceName":"phone","Tags":[{"Key":"k","Value":"v"}]}"#),
    (
        "DeactivateMFADevice DeleteVirtualMFADevice EnableMFADevice GetMFADevice ListMFADeviceTags ResyncMFADevice TagMFADevice UntagMFADevice",
        r#"{"UserName":"Ada","SerialNumber":"arn:aws:iam::111111111111:mfa/phone","AuthenticationCode1":"123456","AuthenticationCode2":"123457","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#,
    ),
    ("TagRole UntagRole", r#"{"RoleName":"App","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#),
    (
        "CreateAccessKey CreateUser DeleteLoginProfile DeleteUser GetLoginProfile ListAccessKeys ListAttachedUserPolicies ListGroupsForUser ListUserPolicies ListUserTags UpdateUser DeleteUserPermissionsBoundary",
        r#"{"UserName":"Ada"}"#,
    ),
];

/// The input of an operation, with what its names stand for.
fn input(service: &str, operation: &str, world: &Player) -> Value {
    let rows = if [iam::NAME, sts::NAME].contains(&service) { &IAM_INPUTS[..] } else { &INPUTS[..] };
    let row = rows.iter().find(|(operations, _)| operations.split(' ').any(|name| name == operation));
    let mut text = row.map_or("{}", |(_, input)| input).to_owned();
    for name in ["R", "U", "P", "h1"] {
        text = text.replace(&format!("${name}\""), &format!("{}\"", world.name(name)));
    }
    for account in ["222", "444", "555"] {
        text = text.replace(&format!("${account}"), &account.repeat(4));
    }
    serde_json::from_str(&text).unwrap()
}

fn world() -> Player {
    let mut player = Player::default();
    for line in [
        "accounts 111 222 333 444 555 666 777 888",
        "111 creates organization A",
        "555 creates organization B",
        "111 invites 222 -> OPEN h2, any mail",
        "222 accepts h2",
        "111 invites 666 -> OPEN h6, any mail",
        "666 accepts h6",
        "111 invites 777 -> OPEN h7, any mail",
        "777 accepts h7",
        "111 invites 888 -> OPEN h8, any mail",
        "888 accepts h8",
        "111 invites 333 -> OPEN h1, any mail",
        "111 trusts config.amazonaws.com",
        "111 trusts account.amazonaws.com",
        "111 delegates config.amazonaws.com to 666",
        "111 delegates account.amazonaws.com to 666",
        "888 is suspended",
    ] {
        player.line(line).unwrap_or_else(|e| panic!("{line}\n{e}"));
    }
    let manager: AccountId = "111111111111".parse().unwrap();
    let mut call = |operation: &str, input: Value| player.call(manager, operation, &input).unwrap();
    let root = call("ListRoots", json!({}))["Roots"][0]["Id"].as_str().unwrap().to_owned();
    let unit = call("CreateOrganizationalUnit", json!({ "ParentId": root, "Name": "unit" }));
    call("EnablePolicyType", json!({ "RootId": root, "PolicyType": "TAG_POLICY" }));
    let policy = call(
        "CreatePolicy",
        json!({ "Content": "{\"tags\":{}}", "Description": "", "Name": "p", "Type": "TAG_POLICY" }),
    );
    let all = service::<PlainJson>(organizations::NAME).unwrap().operations.iter();
    let grantable = all.filter(|entry| entry.authority.grantable);
    let actions: Vec<String> = grantable.map(|entry| format!("organizations:{}", entry.name)).collect();
    let statement = json!({
        "Effect": "Allow", "Principal": { "AWS": "777777777777" }, "Action": actions, "Resource": "*",
    });
    let content = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    call("PutResourcePolicy", json!({ "Content": content }));
    for (name, value) in [
        ("R", root.as_str()),
        ("U", unit["OrganizationalUnit"]["Id"].as_str().unwrap()),
        ("P", policy["Policy"]["PolicySummary"]["Id"].as_str().unwrap()),
    ] {
        player.call_it(name, value);
    }
    player
}

fn is_as_written(file: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("WRITE").is_some() {
        std::fs::write(&file, made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), made, "WRITE=1 writes it anew; read what changed");
}

/// What comes of a call, by every kind of caller, on one line.
fn row(
    title: &str,
    service: &Service<PlainJson>,
    operation: &str,
    input: &Value,
    world: &Player,
    callers: &[(&str, Caller)],
) -> String {
    let command = command_of(service.name, operation, input);
    let mut row = format!("{title:<60}");
    for (_, caller) in callers {
        let came = world.clone().world.run(caller.clone(), &*command);
        let code = match &came {
            Ok(_) => "ok",
            // No client is told of it: the server registers the account, or has refused its signature before.
            Err(Refusal::UnknownCaller(_)) => "unknown",
            Err(refusal) => (service.error_answer)(refusal).code.unwrap_or("no code"),
        };
        write!(row, "{:<34}", code.trim_end_matches("Exception")).unwrap();
    }
    row.trim_end().to_owned() + "\n"
}

#[test]
fn every_operation_of_every_service_by_every_kind_of_account() {
    let world = world();
    let callers = CALLERS.map(|(kind, account)| (kind, account.parse::<AccountId>().unwrap().into()));
    let mut table = format!("{:<60}", "");
    CALLERS.iter().for_each(|(kind, _)| write!(table, "{kind:<34}").unwrap());
    table = table.trim_end().to_owned() + "\n";
    for service in Service::<PlainJson>::ALL {
        for entry in service.operations {
            let (title, mut input) =
                (format!("{}:{}", service.name, entry.name), input(service.name, entry.name, &world));
            table += &row(&title, service, entry.name, &input, &world, &callers);
            if service.name == account::NAME {
                let members = input.as_object_mut().unwrap();
                members.retain(|name, _| !name.ends_with("AccountId"));
                let title = format!("{title}, on itself");
                table += &row(&title, service, entry.name, &input, &world, &callers);
            }
        }
    }
    is_as_written("tests/authority.txt", &table);
}

/// Kinds of principals, all of which an account's own policies bind.
const PRINCIPALS: [&str; 8] =
    ["root", "administrator", "reader", "bounded", "federated", "role", "delegate", "restricted"];

/// A user of an account with policies of AWS's, by their names.
fn user(world: &mut Player, account: &str, name: &str, policies: &[&str]) -> Caller {
    let arns: Vec<String> =
        policies.iter().map(|policy| format!("arn:aws:iam::aws:policy/{policy}")).collect();
    let account: AccountId = account.parse().unwrap();
    let input = serde_json::from_value(json!({ "UserName": name, "PolicyArns": arns })).unwrap();
    let made = world.world.run(AccountId::NOBODY, &CreateUser { account, input, key: false }).unwrap();
    let made: Value = serde_json::from_slice(&made).unwrap();
    Caller { account, credentials: Credentials::User(made["UserId"].as_str().unwrap().parse().unwrap()) }
}

/// A session that was begun now, for an hour.
fn session(world: &Player, account: &str, whose: SessionKind, policy: Option<&str>) -> Caller {
    let account: AccountId = account.parse().unwrap();
    let session = Session {
        key: "ASIAQAAAAAAAAEXAMPLE".parse().unwrap(),
        account,
        whose,
        issued: world.world.now(),
        expires: world.world.now().plus(3_600_000),
        policy: policy.map(PolicyText::new),
        policy_arns: Vec::new(),
        tags: Tags::default(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        padding: String::new(),
    };
    Caller { account, credentials: Credentials::Session(session.into()) }
}

/// The principals, as [`PRINCIPALS`] names them: the manager's root user, its administrator, a user who may only read, an
/// administrator whose boundary lets it only read, somebody whom the administrator vouches for with a policy that reads, a
/// session of a role of the manager's that may everything, the administrator of the delegate, and that of a member whom a
/// service control policy denies to leave and to write in IAM.
fn principals(world: &mut Player) -> Vec<Caller> {
    const MANAGER: &str = "111111111111";
    const MEMBER: &str = "222222222222";
    let manager: AccountId = MANAGER.parse().unwrap();
    let reads = "AWSOrganizationsReadOnlyAccess";
    let administrator = user(world, MANAGER, "administrator", &["AdministratorAccess"]);
    let reader = user(world, MANAGER, "reader", &[reads]);
    let boundary = format!("arn:aws:iam::aws:policy/{reads}");
    let input = json!({ "UserName": "bounded", "PermissionsBoundary": boundary });
    world.world.run(manager, &*command_of(iam::NAME, "CreateUser", &input)).unwrap();
    let bounded = user(world, MANAGER, "bounded", &["AdministratorAccess"]);
    let Credentials::User(issuer) = administrator.credentials else { panic!("it is a user") };
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["organizations:List*","account:List*"],"Resource":"*"}]}"#;
    let vouched = SessionKind::Federated { issuer: Some(issuer), name: "ada".into() };
    let federated = session(world, MANAGER, vouched, Some(policy));
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": { "AWS": MANAGER }, "Action": "sts:AssumeRole" },
    });
    let input = json!({ "RoleName": "Everything", "AssumeRolePolicyDocument": trust.to_string() });
    let role = world.world.run(manager, &*command_of(iam::NAME, "CreateRole", &input)).unwrap();
    let role: Value = serde_json::from_slice(&role).unwrap();
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let input = json!({ "RoleName": "Everything", "PolicyArn": arn });
    world.world.run(manager, &*command_of(iam::NAME, "AttachRolePolicy", &input)).unwrap();
    let id = role["Role"]["RoleId"].as_str().unwrap().parse().unwrap();
    let whose = SessionKind::Role { role: id, name: "ci".into() };
    let role = session(world, MANAGER, whose, None);
    let delegate = user(world, "666666666666", "administrator", &["AdministratorAccess"]);
    let root = world.name("R").to_owned();
    let mut call = |operation: &str, input: Value| world.call(manager, operation, &input).unwrap();
    call("EnablePolicyType", json!({ "RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY" }));
    let content = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["organizations:LeaveOrganization","iam:Create*","iam:Put*","iam:Attach*"],"Resource":"*"}}"#;
    let input =
        json!({ "Content": content, "Description": "", "Name": "bind", "Type": "SERVICE_CONTROL_POLICY" });
    let bind = call("CreatePolicy", input)["Policy"]["PolicySummary"]["Id"].clone();
    call("AttachPolicy", json!({ "PolicyId": bind, "TargetId": MEMBER }));
    let restricted = user(world, MEMBER, "administrator", &["AdministratorAccess"]);
    vec![manager.into(), administrator, reader, bounded, federated, role, delegate, restricted]
}

#[test]
fn every_operation_of_every_service_by_every_kind_of_principal() {
    let mut world = world();
    let callers = principals(&mut world);
    let kinds: Vec<(&str, Caller)> = PRINCIPALS.into_iter().zip(callers).collect();
    let mut table = format!("{:<60}", "");
    kinds.iter().for_each(|(kind, _)| write!(table, "{kind:<34}").unwrap());
    table = table.trim_end().to_owned() + "\n";
    for service in Service::<PlainJson>::ALL {
        for entry in service.operations {
            let (title, input) =
                (format!("{}:{}", service.name, entry.name), input(service.name, entry.name, &world));
            table += &row(&title, service, entry.name, &input, &world, &kinds);
        }
    }
    is_as_written("tests/principals.txt", &table);
}

#[test]
fn the_document_is_made_from_what_operations_declare() {
    let mut text = String::from(
        "# Who may call what\n\n\
         Made from what each operation declares (`AUTHORITY`); a test keeps it true, and another compares it with AWS's\n\
         Service Authorization Reference. *Who*: `everybody` who can sign, any `account`, any `member` of an organization,\n\
         `delegate` (the management account and delegated administrators of any service), `management` (that account\n\
         alone). *Grant*: whether an organization's resource policy can let members call it, or deny it to them. Service\n\
         control policies bind every call of a member but those for everybody.\n",
    );
    for service in Service::<PlainJson>::ALL {
        let name = service.name;
        write!(
            text,
            "\n## {name}\n\n| operation | who | grant | resource types | condition keys | also needs |\n"
        )
        .unwrap();
        text.push_str("|---|---|---|---|---|---|\n");
        for entry in service.operations {
            let declared = entry.authority;
            let who = match declared.rank {
                Rank::Everybody => "everybody",
                Rank::Account => "account",
                Rank::Member => "member",
                Rank::Delegate => "delegate",
                Rank::Management => "management",
            };
            let grant = if declared.grantable { "yes" } else { "" };
            let keys: Vec<String> = declared.condition_keys().iter().map(|key| format!("`{key}`")).collect();
            let row = [
                entry.name,
                who,
                grant,
                &declared.resource_types().join(", "),
                &keys.join(", "),
                &declared.dependent_actions().collect::<Vec<_>>().join(", "),
            ];
            writeln!(text, "| {} |", row.join(" | ")).unwrap();
        }
    }
    is_as_written("../../docs/authority.md", &text);
}
