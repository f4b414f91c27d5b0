//! Drawing policies: few texts, so that they meet, some of which do not fit together, and some that are none.

use guildhall_core::kernel::ids::{AccountId, TargetId};
use guildhall_core::state::org::{Org, OrgRecord};
use guildhall_core::state::policy::PolicyType;
use serde_json::{Value, json};

use super::draw::Draw;

/// Types that are drawn: those that AWS manages policies of, and those whose merges can be wrong.
const TYPES: [PolicyType; 5] = [
    PolicyType::ServiceControl,
    PolicyType::ResourceControl,
    PolicyType::Tag,
    PolicyType::Backup,
    PolicyType::AiServicesOptOut,
];

const SCP: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
    r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
];
const RCP: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
    r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}}"#,
];
const TAG: [&str; 3] = [
    r#"{"tags":{"a":{"tag_key":{"@@assign":"a"},"tag_value":{"@@assign":["red"]}}}}"#,
    r#"{"tags":{"a":{"tag_value":{"@@append":["x"]}},"b":{"tag_key":{"@@assign":"B"}}}}"#,
    r#"{"tags":{"c":{"tag_value":{"@@assign":["none"]},"enforced_for":{"@@assign":["organizations:account"]}}}}"#,
];
/// The first is whole, the second lacks almost everything, the third makes the first one whole in other regions.
const BACKUP: [&str; 3] = [
    r#"{"plans":{"p":{"regions":{"@@assign":["us-east-1"]},"rules":{"r":{"target_backup_vault_name":{"@@assign":"v"}}},"selections":{"tags":{"s":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/b"},"tag_key":{"@@assign":"k"},"tag_value":{"@@assign":["v"]}}}}}}}"#,
    r#"{"plans":{"q":{"regions":{"@@assign":["us-east-1"]}}}}"#,
    r#"{"plans":{"p":{"regions":{"@@append":["eu-west-1"]}}}}"#,
];
const AI: [&str; 2] =
    [r#"{"services":{"default":{"opt_out_policy":{"@@assign":"optOut"}}}}"#, r#"{"services":{}}"#];

impl<'a> Draw<'a> {
    fn policy_type(&mut self) -> PolicyType {
        *self.pick(&TYPES)
    }

    /// A type, mostly one that is enabled there.
    fn enabled_type(&mut self, record: &OrgRecord) -> PolicyType {
        let enabled: Vec<PolicyType> = record.policy_types.keys().copied().collect();
        match enabled.is_empty() {
            false if self.chance(85) => *self.pick(&enabled),
            _ => self.policy_type(),
        }
    }

    fn content(&mut self, r#type: PolicyType) -> &'static str {
        let texts: &[&'static str] = match r#type {
            PolicyType::ServiceControl => &SCP,
            PolicyType::ResourceControl => &RCP,
            PolicyType::Tag => &TAG,
            PolicyType::Backup => &BACKUP,
            _ => &AI,
        };
        if self.chance(4) { "{" } else { self.text(texts) }
    }

    pub(super) fn new_policy(&mut self) -> (AccountId, Value) {
        let r#type = self.policy_type();
        let name = *self.pick(&["one", "two", "three", "four"]);
        let content = self.content(r#type);
        (self.manager(), json!({"Type": r#type.wire(), "Name": name, "Description": "d", "Content": content}))
    }

    /// A management account and one of its policies, or one that AWS manages.
    pub(super) fn policy(&mut self) -> (AccountId, String) {
        let Some((org, record)) = self.one() else { return (self.account(), "p-0000000000".to_owned()) };
        (record.management, self.policy_of(org))
    }

    fn policy_of(&mut self, org: &Org) -> String {
        let own: Vec<String> = org.policies().all().map(|p| p.record.id.to_string()).collect();
        let managed = *self.pick(&["p-FullAWSAccess", "p-RCPFullAWSAccess"]);
        if own.is_empty() || self.chance(20) { managed.to_owned() } else { self.pick(&own).clone() }
    }

    pub(super) fn policy_change(&mut self) -> (AccountId, Value) {
        let Some((org, record)) = self.one() else { return (self.account(), json!({})) };
        let id = self.policy_of(org);
        let r#type = id.parse().ok().and_then(|id| Some(org.policies().get(&id)?.record.r#type));
        let mut input = json!({"PolicyId": id});
        if self.chance(80) {
            input["Content"] = json!(self.content(r#type.unwrap_or(PolicyType::Tag)));
        }
        if self.chance(30) {
            input["Name"] = json!(*self.pick(&["one", "two", "five"]));
        }
        (record.management, input)
    }

    fn target_of(&mut self, org: &Org, record: &OrgRecord) -> TargetId {
        let mut targets = vec![TargetId::Root(record.root)];
        targets.extend(org.units().map(|u| TargetId::Unit(u.id)));
        targets.extend(org.members_after(None).map(|m| TargetId::Account(m.id)));
        if self.chance(25) { targets[0] } else { *self.pick(&targets) }
    }

    /// A policy and a node of one organization.
    pub(super) fn attachment(&mut self, there: bool) -> (AccountId, Value) {
        let Some((org, record)) = self.one() else { return (self.account(), json!({})) };
        let attached: Vec<_> = org
            .policies()
            .nodes()
            .flat_map(|(t, n)| n.attached.iter().map(|id| (*t, id.to_string())))
            .collect();
        let (target, policy) = if there && !attached.is_empty() && self.chance(80) {
            self.pick(&attached).clone()
        } else {
            (self.target_of(org, record), self.policy_of(org))
        };
        (record.management, json!({"PolicyId": policy, "TargetId": target.to_string()}))
    }

    pub(super) fn root_and_type(&mut self, enabled: bool) -> (AccountId, Value) {
        let Some((_, record)) = self.one() else { return (self.account(), json!({})) };
        let r#type = if enabled { self.enabled_type(record) } else { self.policy_type() };
        (record.management, json!({"RootId": record.root.to_string(), "PolicyType": r#type.wire()}))
    }

    pub(super) fn effective(&mut self, member: &str) -> (AccountId, Value) {
        let Some((org, record)) = self.one() else { return (self.account(), json!({})) };
        let account = self.any(org.members_after(None).map(|m| m.id).collect()).unwrap();
        let caller = if self.chance(40) { account } else { record.management };
        (caller, json!({"PolicyType": self.enabled_type(record).wire(), member: account.to_string()}))
    }

    pub(super) fn filter(&mut self) -> Value {
        json!({"Filter": self.policy_type().wire()})
    }

    pub(super) fn target_filter(&mut self) -> (AccountId, Value) {
        let Some((org, record)) = self.one() else { return (self.account(), json!({})) };
        let target = self.target_of(org, record);
        (
            record.management,
            json!({"TargetId": target.to_string(), "Filter": self.enabled_type(record).wire()}),
        )
    }

    /// A resource policy that lets a member read, write policies, or not even look.
    pub(super) fn resource_policy(&mut self) -> (AccountId, Value) {
        let (manager, member) = self.pair();
        let (effect, actions) = match self.below(3) {
            0 => ("Allow", json!(["organizations:ListAccounts", "organizations:DescribePolicy"])),
            1 => ("Allow", json!(["organizations:AttachPolicy", "organizations:TagResource"])),
            _ => ("Deny", json!("organizations:DescribeOrganization")),
        };
        let statement = json!([{"Effect": effect, "Principal": {"AWS": member.to_string()}, "Action": actions,
            "Resource": "*"}]);
        let content = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let tags = if self.chance(20) { self.tags() } else { json!([]) };
        (manager, json!({"Content": content, "Tags": tags}))
    }
}
