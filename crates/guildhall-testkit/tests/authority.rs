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
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::rules::authority::Rank;
use guildhall_core::services::{PlainJson, Service, account, organizations, service};
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
const INPUTS: [(&str, &str); 44] = [
    ("AcceptHandshake CancelHandshake DeclineHandshake DescribeHandshake", r#"{"HandshakeId":"$h1"}"#),
    ("AttachPolicy DetachPolicy", r#"{"PolicyId":"$P","TargetId":"$222"}"#),
    ("CreateAccount CreateGovCloudAccount", r#"{"Email":"new@example.com","AccountName":"new"}"#),
    (
        "CreateRole",
        r#"{"RoleName":"App","AssumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}"}"#,
    ),
    ("GetRole", r#"{"RoleName":"App"}"#),
    (
        "PutUserPolicy PutGroupPolicy PutRolePolicy GetUserPolicy GetGroupPolicy GetRolePolicy \
         DeleteUserPolicy DeleteGroupPolicy DeleteRolePolicy ListUserPolicies ListGroupPolicies \
         ListRolePolicies iam:CreatePolicy GetPolicy iam:ListPolicies iam:DeletePolicy CreatePolicyVersion \
         GetPolicyVersion ListPolicyVersions SetDefaultPolicyVersion DeletePolicyVersion AttachUserPolicy \
         AttachGroupPolicy AttachRolePolicy DetachUserPolicy DetachGroupPolicy DetachRolePolicy \
         ListAttachedUserPolicies ListAttachedGroupPolicies ListAttachedRolePolicies ListEntitiesForPolicy \
         PutUserPermissionsBoundary PutRolePermissionsBoundary DeleteUserPermissionsBoundary \
         DeleteRolePermissionsBoundary TagUser UntagUser ListUserTags TagRole UntagRole ListRoleTags \
         TagPolicy UntagPolicy ListPolicyTags TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags \
         CreateInstanceProfile GetInstanceProfile ListInstanceProfiles ListInstanceProfilesForRole \
         AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile",
        r#"{"UserName":"Ann","GroupName":"Team","RoleName":"App","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess","VersionId":"v1","PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess","InstanceProfileName":"Box","Tags":[{"Key":"k","Value":"v"}],"TagKeys":["k"]}"#,
    ),
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

/// The input of an operation, with what its names stand for.
fn input(service: &str, operation: &str, world: &Player) -> Value {
    let find = |operation: &str| {
        INPUTS.iter().find(|(operations, _)| operations.split(' ').any(|name| name == operation))
    };
    // What another service has under the same name stands in the table with its service.
    let row = find(&format!("{service}:{operation}")).or_else(|| find(operation));
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

/// What comes of a call, by every kind of account, on one line.
fn row(title: &str, service: &Service<PlainJson>, operation: &str, input: &Value, world: &Player) -> String {
    let command = command_of(service.name, operation, input);
    let mut row = format!("{title:<60}");
    for (_, caller) in CALLERS {
        let came = world.clone().world.run(caller.parse::<AccountId>().unwrap(), &*command);
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
    let mut table = format!("{:<60}", "");
    CALLERS.iter().for_each(|(kind, _)| write!(table, "{kind:<34}").unwrap());
    table = table.trim_end().to_owned() + "\n";
    for service in Service::<PlainJson>::ALL {
        for entry in service.operations {
            let (title, mut input) =
                (format!("{}:{}", service.name, entry.name), input(service.name, entry.name, &world));
            table += &row(&title, service, entry.name, &input, &world);
            if service.name == account::NAME {
                let members = input.as_object_mut().unwrap();
                members.retain(|name, _| !name.ends_with("AccountId"));
                table += &row(&format!("{title}, on itself"), service, entry.name, &input, &world);
            }
        }
    }
    is_as_written("tests/authority.txt", &table);
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
