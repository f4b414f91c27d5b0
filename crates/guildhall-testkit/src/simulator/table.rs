//! The table of commands. To add an operation: one line, which says how often it comes and draws its caller and its
//! input from what there is.

use std::sync::Arc;

use guildhall_core::operator::create_key::CreateKey;
use guildhall_core::operator::describe_account::DescribeAccount;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use serde_json::{Value, json};

use super::commands::{Line, api, management, operator, read};
use super::draw::{Draw, GOVCLOUD, account};

/// Regions to enable: two that can be, one that is enabled, and none of the partition.
const REGIONS: [&str; 4] = ["af-south-1", "ap-east-1", "us-east-1", "cn-north-1"];

/// Every command: those of Organizations, of Account Management, and of operators, each in alphabetical order.
pub(super) static TABLE: &[Line] = &[
    api("AcceptHandshake", 30, |d| d.handshake().by_recipient()),
    api("AttachPolicy", 14, |d| d.attachment(false)),
    api("CancelHandshake", 4, |d| d.handshake().by_sender()),
    api("CloseAccount", 7, |d| d.manager_and_member()),
    api("CreateAccount", 12, |d| (d.manager(), d.new_account())),
    api("CreateGovCloudAccount", 3, |d| {
        let manager = if d.chance(60) { account(0) } else { d.manager() };
        (manager, d.new_account())
    }),
    api("CreateOrganization", 5, |d| {
        let features = *d.pick(&["ALL", "CONSOLIDATED_BILLING"]);
        (d.founder(), json!({"FeatureSet": features}))
    }),
    api("CreateOrganizationalUnit", 10, |d| {
        let (manager, parent) = d.parent();
        let tags = if d.chance(30) { d.tags() } else { json!([]) };
        (manager, json!({"ParentId": parent, "Name": d.unit_name(), "Tags": tags}))
    }),
    api("CreatePolicy", 10, |d| d.new_policy()),
    api("DeclineHandshake", 4, |d| d.handshake().by_recipient()),
    api("DeleteOrganization", 1, |d| (d.manager(), json!({}))),
    api("DeleteOrganizationalUnit", 4, |d| {
        let (manager, unit) = d.unit();
        (manager, json!({"OrganizationalUnitId": unit}))
    }),
    api("DeletePolicy", 3, |d| {
        let (manager, policy) = d.policy();
        (manager, json!({"PolicyId": policy}))
    }),
    api("DeleteResourcePolicy", 2, |d| (d.manager(), json!({}))),
    api("DeregisterDelegatedAdministrator", 2, |d| d.delegate()),
    api("DescribeAccount", 2, |d| (d.reader(), json!({"AccountId": d.member()}))),
    api("DescribeCreateAccountStatus", 2, |d| {
        let (manager, id) = d.creation();
        (manager, json!({"CreateAccountRequestId": id}))
    }),
    api("DescribeEffectivePolicy", 4, |d| d.effective("TargetId")),
    api("DescribeHandshake", 3, |d| {
        let h = d.handshake();
        if d.chance(50) { h.by_sender() } else { h.by_recipient() }
    }),
    api("DescribeOrganization", 2, |d| (d.member(), json!({}))),
    api("DescribeOrganizationalUnit", 2, |d| {
        let (manager, unit) = d.unit();
        (manager, json!({"OrganizationalUnitId": unit}))
    }),
    api("DescribePolicy", 2, |d| {
        let (manager, policy) = d.policy();
        (manager, json!({"PolicyId": policy}))
    }),
    api("DescribeResourcePolicy", 2, |d| (d.reader(), json!({}))),
    api("DescribeResponsibilityTransfer", 2, |d| {
        let (side, id) = d.transfer();
        (side, json!({"Id": id}))
    }),
    api("DetachPolicy", 8, |d| d.attachment(true)),
    api("DisableAWSServiceAccess", 1, |d| (d.manager(), json!({"ServicePrincipal": d.service()}))),
    api("DisablePolicyType", 2, |d| d.root_and_type(true)),
    api("EnableAWSServiceAccess", 4, |d| (d.manager(), json!({"ServicePrincipal": d.service()}))),
    api("EnableAllFeatures", 4, |d| (d.billing_manager(), json!({}))),
    api("EnablePolicyType", 6, |d| d.root_and_type(false)),
    api("InviteAccountToOrganization", 26, |d| {
        let target = if d.chance(70) {
            json!({"Type": "ACCOUNT", "Id": d.invitee()})
        } else {
            json!({"Type": "EMAIL", "Id": d.address()})
        };
        let tags = if d.chance(30) { d.tags() } else { json!([]) };
        (d.manager(), json!({"Target": target, "Notes": "welcome", "Tags": tags}))
    }),
    api("InviteOrganizationToTransferResponsibility", 8, |d| {
        let source = d.manager();
        let target = match d.model.account(source).filter(|_| d.chance(30)) {
            Some(account) => json!({"Type": "EMAIL", "Id": account.email}),
            None => json!({"Type": "ACCOUNT", "Id": source}),
        };
        let (start, tags) = (d.transfer_start(), if d.chance(30) { d.tags() } else { json!([]) });
        let input =
            json!({"Type": "BILLING", "Target": target, "StartTimestamp": start, "SourceName": "bill"});
        (d.other_manager(source), with(input, "Tags", tags))
    }),
    api("LeaveOrganization", 2, |d| (d.member(), json!({}))),
    api("ListAWSServiceAccessForOrganization", 2, |d| (d.reader(), d.page())),
    api("ListAccounts", 2, |d| (d.reader(), d.page())),
    api("ListAccountsForParent", 2, |d| {
        let (manager, parent) = d.parent();
        (manager, d.page_of(json!({"ParentId": parent})))
    }),
    api("ListAccountsWithInvalidEffectivePolicy", 3, |d| {
        let (manager, mut input) = d.effective("AccountId");
        input.as_object_mut().unwrap().remove("AccountId");
        (manager, d.page_of(input))
    }),
    api("ListChildren", 2, |d| {
        let (manager, parent) = d.parent();
        let kind = *d.pick(&["ACCOUNT", "ACCOUNT", "ORGANIZATIONAL_UNIT"]);
        (manager, d.page_of(json!({"ParentId": parent, "ChildType": kind})))
    }),
    api("ListCreateAccountStatus", 2, |d| {
        let states = match d.below(3) {
            0 => json!([]),
            1 => json!(["IN_PROGRESS", "FAILED"]),
            _ => json!(["SUCCEEDED"]),
        };
        (d.reader(), d.page_of(json!({"States": states})))
    }),
    api("ListDelegatedAdministrators", 2, |d| {
        let filter = if d.chance(50) { json!({}) } else { json!({"ServicePrincipal": d.service()}) };
        (d.reader(), d.page_of(filter))
    }),
    api("ListDelegatedServicesForAccount", 2, |d| {
        let (manager, mut delegate) = d.delegate();
        delegate.as_object_mut().unwrap().remove("ServicePrincipal");
        (manager, d.page_of(delegate))
    }),
    api("ListEffectivePolicyValidationErrors", 3, |d| {
        let (manager, input) = d.effective("AccountId");
        (manager, d.page_of(input))
    }),
    api("ListHandshakesForAccount", 3, |d| (d.account(), d.page())),
    api("ListHandshakesForOrganization", 3, |d| {
        let h = d.handshake();
        let filter = match d.below(4) {
            0 => json!({"ParentHandshakeId": h.id}),
            _ => {
                json!({"ActionType": *d.pick(&["INVITE", "ENABLE_ALL_FEATURES", "TRANSFER_RESPONSIBILITY"])})
            }
        };
        (h.sender, d.page_of(json!({"Filter": filter})))
    }),
    api("ListInboundResponsibilityTransfers", 2, |d| {
        let (side, id) = d.transfer();
        let only =
            if d.chance(50) { json!({"Type": "BILLING"}) } else { json!({"Type": "BILLING", "Id": id}) };
        (side, d.page_of(only))
    }),
    api("ListOrganizationalUnitsForParent", 2, |d| {
        let (manager, parent) = d.parent();
        (manager, d.page_of(json!({"ParentId": parent})))
    }),
    api("ListOutboundResponsibilityTransfers", 2, |d| {
        let (side, _) = d.transfer();
        (side, d.page_of(json!({"Type": "BILLING"})))
    }),
    api("ListParents", 2, |d| (d.reader(), json!({"ChildId": d.member()}))),
    api("ListPolicies", 2, |d| {
        let filter = d.filter();
        (d.reader(), d.page_of(filter))
    }),
    api("ListPoliciesForTarget", 2, |d| {
        let (manager, input) = d.target_filter();
        (manager, d.page_of(input))
    }),
    api("ListRoots", 1, |d| (d.reader(), json!({}))),
    api("ListTagsForResource", 2, |d| d.resource("ResourceId")),
    api("ListTargetsForPolicy", 2, |d| {
        let (manager, policy) = d.policy();
        (manager, d.page_of(json!({"PolicyId": policy})))
    }),
    api("MoveAccount", 10, |d| d.movement()),
    api("PutResourcePolicy", 4, |d| d.resource_policy()),
    api("RegisterDelegatedAdministrator", 8, |d| {
        let (manager, member) = d.manager_and_member();
        (manager, with(member, "ServicePrincipal", json!(d.trusted(manager))))
    }),
    api("RemoveAccountFromOrganization", 2, |d| d.manager_and_member()),
    api("TagResource", 5, |d| {
        let (manager, resource) = d.resource("ResourceId");
        (manager, with(resource, "Tags", d.tags()))
    }),
    api("TerminateResponsibilityTransfer", 3, |d| {
        let (side, id) = d.transfer();
        let input = json!({"Id": id});
        (side, if d.chance(70) { input } else { with(input, "EndTimestamp", json!(d.transfer_end())) })
    }),
    api("UntagResource", 3, |d| {
        let keys = [*d.pick(&["a", "b", "c"]), "d"];
        let (manager, resource) = d.resource("ResourceId");
        (manager, with(resource, "TagKeys", json!(keys)))
    }),
    api("UpdateOrganizationalUnit", 4, |d| {
        let (manager, unit) = d.unit();
        (manager, json!({"OrganizationalUnitId": unit, "Name": d.unit_name()}))
    }),
    api("UpdatePolicy", 8, |d| d.policy_change()),
    api("UpdateResponsibilityTransfer", 3, |d| {
        let (side, id) = d.transfer();
        (side, json!({"Id": id, "Name": d.unit_name()}))
    }),
    management("AcceptPrimaryEmailUpdate", 4, |d| d.code()),
    management("DeleteAlternateContact", 4, |d| {
        let kind = d.contact();
        d.on_account(json!({"AlternateContactType": kind}))
    }),
    management("DisableRegion", 3, |d| {
        let region = *d.pick(&REGIONS);
        d.on_account(json!({"RegionName": region}))
    }),
    management("EnableRegion", 4, |d| {
        let region = *d.pick(&REGIONS);
        d.on_account(json!({"RegionName": region}))
    }),
    management("GetAccountInformation", 1, |d| d.on_account(json!({}))),
    management("GetAlternateContact", 3, |d| {
        let kind = d.contact();
        d.on_account(json!({"AlternateContactType": kind}))
    }),
    management("GetContactInformation", 1, |d| d.on_account(json!({}))),
    management("GetGovCloudAccountInformation", 3, |d| {
        let (manager, input) = d.manager_and_member();
        (manager, json!({"StandardAccountId": input["AccountId"]}))
    }),
    management("GetPrimaryEmail", 1, |d| d.manager_and_member()),
    management("GetPrimaryEmailUpdateStatus", 3, |d| d.manager_and_member()),
    management("GetRegionOptStatus", 1, |d| {
        let region = *d.pick(&REGIONS);
        d.on_account(json!({"RegionName": region}))
    }),
    management("ListRegions", 1, |d| {
        let most = 1 + d.below(60);
        d.on_account(json!({"MaxResults": most}))
    }),
    management("PutAccountName", 2, |d| {
        let name = *d.pick(&["one", "two", " "]);
        d.on_account(json!({"AccountName": name}))
    }),
    management("PutAlternateContact", 2, |d| {
        let (kind, phone) = (d.contact(), *d.pick(&["1", "+1 20"]));
        let contact = json!({"Name": "N", "Title": "T", "EmailAddress": "a@b.c", "PhoneNumber": phone});
        d.on_account(with(contact, "AlternateContactType", json!(kind)))
    }),
    management("PutContactInformation", 2, |d| {
        let country = *d.pick(&["DE", "gb", "12"]);
        let contact = json!({"FullName": "F", "AddressLine1": "L", "City": "C", "PostalCode": "1",
            "CountryCode": country, "PhoneNumber": "+1"});
        d.on_account(json!({"ContactInformation": contact}))
    }),
    management("StartPrimaryEmailUpdate", 5, |d| {
        let (manager, member) = d.trusting_manager_and_member();
        (manager, json!({"AccountId": member, "PrimaryEmail": d.new_address()}))
    }),
    operator("CreateKey", 1, |d| {
        let account = d.account();
        (json!(account), Arc::new(CreateKey { account }))
    }),
    operator("DescribeAccount", 1, |d| {
        let account = d.account();
        (json!(account), Arc::new(DescribeAccount { account }))
    }),
    operator("OrganizationLimits", 3, |d| {
        let set = d.limits();
        let Some(org) = d.org() else {
            return (json!(null), Arc::new(DescribeAccount { account: d.account() }));
        };
        (json!([org, set]), Arc::new(OrganizationLimits { org, set: Some(read(&set)) }))
    }),
    operator("RegisterAccount", 4, |d| {
        let id = d.account();
        let input = json!({"Id": id, "Email": d.address(), "Name": format!("Account {id}")});
        let key = d.chance(20);
        (input.clone(), Arc::new(RegisterAccount { input: read(&input), key }))
    }),
    operator("UpdateAccountFacts", 8, |d| {
        let mut input = d.fact();
        if d.chance(15) {
            input.as_object_mut().unwrap().extend(d.fact().as_object().unwrap().clone());
        }
        let role = input.get("ServiceLinkedRole").is_some();
        let account = if role { d.billing_member() } else { d.account() };
        (json!([account, input]), Arc::new(UpdateAccount { account, input: read(&input) }))
    }),
];

/// An input with one member more.
fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

impl Draw<'_> {
    /// Limits of one organization, low enough to be met.
    fn limits(&mut self) -> Value {
        let names = [
            "InvitationsPerDay",
            "AllFeaturesAccounts",
            "CreationsAtOnce",
            "ClosuresAtOnce",
            "ClosuresPer30Days",
            "OrganizationalUnits",
            "OrganizationalUnitDepth",
            "Tags",
            "InboundTransfers",
            "OutboundTransfers",
            "TransferLevels",
        ];
        match self.below(8) {
            0 => json!({"Accounts": 2 + self.below(8)}),
            1 => json!({"FirstHour": self.chance(20), "FirstWeek": self.chance(20)}),
            2 => {
                json!({"CreationMillis": *self.pick(&[0, 1, 200, 3_000]), "CreatedAccountDays": self.below(5)})
            }
            3 => {
                json!({"ClosureMillis": *self.pick(&[0, 1, 200, 60_000]), "PostClosureDays": 1 + self.below(90)})
            }
            _ => json!({(*self.pick(&names)): 1 + self.below(5)}),
        }
    }

    fn contact(&mut self) -> &'static str {
        self.text(&["BILLING", "SECURITY"])
    }

    /// A fact about an account. What stands in the way is mostly taken out of it again.
    fn fact(&mut self) -> Value {
        let facts = [
            "PaymentInstrument",
            "PaymentInstrumentValid",
            "EmailVerified",
            "PhoneVerified",
            "CustomerAgreement",
        ];
        let fact = *self.pick(&facts);
        match self.below(20) {
            0 => json!({"Partition": *self.pick(&["aws-cn", "aws-us-gov"])}),
            1 | 2 => json!({"Partition": "aws"}),
            3 => json!({(*self.pick(&["Suspended", "PendingActivation"])): true}),
            4..7 => json!({"Suspended": false, "PendingActivation": false}),
            7 => json!({"Closed": true}),
            8 | 9 => json!({"Closed": false}),
            10 | 11 => json!({"ServiceLinkedRole": self.chance(30)}),
            12 => json!({"CreateAccountFailure": "INTERNAL_FAILURE"}),
            13 => json!({"CreateAccountFailure": null}),
            14 => json!({"GovCloudAccountId": account(GOVCLOUD)}),
            15 => json!({"GovCloudAccountId": null}),
            16 => json!({(fact): false}),
            17 => facts.map(|fact| (fact.to_owned(), json!(true))).into_iter().collect(),
            _ => json!({(fact): true}),
        }
    }
}
