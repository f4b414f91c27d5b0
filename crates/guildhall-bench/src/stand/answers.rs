//! Answers of a realistic size, shaped from memory and serialised for every request.

use super::store::Size;
use crate::client::requests::{FIRST_MEMBER, MANAGEMENT};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ORGANIZATION: &str = "o-exampleorg1";
const ROOT: &str = "r-exmp";

/// An account as AWS shows it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    arn: String,
    email: String,
    name: String,
    status: &'static str,
    state: &'static str,
    joined_method: &'static str,
    joined_timestamp: f64,
}

impl Account {
    fn new(id: u64) -> Self {
        Self {
            id: id.to_string(),
            arn: format!("arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{id}"),
            email: format!("root+{id}@lab.example"),
            name: format!("Account {id}"),
            status: "ACTIVE",
            state: "ACTIVE",
            joined_method: "CREATED",
            joined_timestamp: 1_700_000_000.123,
        }
    }
}

/// The members of a request that the reads look at.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input<'a> {
    account_id: &'a str,
    next_token: &'a str,
    max_results: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    accounts: Vec<&'a Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct One<'a> {
    account: &'a Account,
}

/// One organization in memory.
pub(crate) struct Directory {
    accounts: BTreeMap<u64, Account>,
    invitations: Vec<String>,
}

impl Directory {
    /// An organization of that size.
    pub(crate) fn new(size: Size) -> Self {
        let ids =
            MANAGEMENT.parse().into_iter().chain((0..size.accounts).map(|n| FIRST_MEMBER + u64::from(n)));
        let targets = (0..u64::from(size.invitations)).map(|n| (800_000_000_000 + n).to_string());
        Self {
            accounts: ids.map(|id| (id, Account::new(id))).collect(),
            invitations: targets.map(|target| handshake(&target).to_string()).collect(),
        }
    }

    /// The answer to a read; `None` for what it does not know.
    pub(crate) fn read(&self, operation: &str, body: &[u8]) -> Option<Bytes> {
        if operation.is_empty() {
            return Some(caller_identity());
        }
        let input: Input<'_> = serde_json::from_slice(body).ok()?;
        let size = input.max_results.unwrap_or(20);
        match operation {
            "DescribeAccount" => {
                let account = self.accounts.get(&input.account_id.parse().ok()?)?;
                json_bytes(&One { account })
            }
            "ListAccounts" => {
                let after: u64 = input.next_token.parse().unwrap_or(0);
                let accounts: Vec<_> = self.accounts.range(after + 1..).take(size).map(|(_, a)| a).collect();
                let last = self.accounts.last_key_value().map(|(_, a)| a.id.as_str());
                let next_token = accounts.last().map(|a| a.id.as_str()).filter(|id| Some(*id) != last);
                json_bytes(&Page { accounts, next_token })
            }
            "ListChildren" => {
                let child = |id: &u64| format!("{{\"Id\":\"{id}\",\"Type\":\"ACCOUNT\"}}");
                let children: Vec<_> = self.accounts.keys().take(size).map(child).collect();
                Some(page("Children", &children))
            }
            "ListHandshakesForOrganization" => {
                let open = &self.invitations[..size.min(self.invitations.len())];
                Some(page("Handshakes", open))
            }
            "ListParents" => json_bytes(&json!({"Parents": [{"Id": ROOT, "Type": "ROOT"}]})),
            "ListRoots" => json_bytes(&json!({"Roots": [{"Id": ROOT, "Name": "Root", "PolicyTypes": []}]})),
            "DescribeOrganization" => json_bytes(&organization()),
            _ => None,
        }
    }
}

/// A page of items that are JSON already.
fn page(member: &str, items: &[String]) -> Bytes {
    let token = "A".repeat(64);
    Bytes::from(format!("{{\"{member}\":[{}],\"NextToken\":\"{token}\"}}", items.join(",")))
}

fn json_bytes<T: Serialize>(value: &T) -> Option<Bytes> {
    serde_json::to_vec(value).ok().map(Bytes::from)
}

/// The answer to an invitation.
pub(crate) fn invited(target: &str) -> Bytes {
    json_bytes(&json!({"Handshake": handshake(target)})).unwrap_or_default()
}

fn handshake(target: &str) -> Value {
    json!({
        "Id": "h-0123456789abcdef0123456789abcdef",
        "Arn": format!("arn:aws:organizations::{MANAGEMENT}:handshake/{ORGANIZATION}/invite/h-0123456789abcdef0123456789abcdef"),
        "Parties": [{"Id": target, "Type": "ACCOUNT"}, {"Id": "exampleorg1", "Type": "ORGANIZATION"}],
        "State": "OPEN", "RequestedTimestamp": 1_700_000_000.5, "ExpirationTimestamp": 1_701_296_000.5, "Action": "INVITE",
        "Resources": [
            {"Type": "ORGANIZATION", "Value": ORGANIZATION, "Resources": [
                {"Type": "MASTER_EMAIL", "Value": "owner@example.com"}, {"Type": "MASTER_NAME", "Value": "Owner"},
                {"Type": "ORGANIZATION_FEATURE_SET", "Value": "ALL"}]},
            {"Type": "ACCOUNT", "Value": target}]
    })
}

fn organization() -> Value {
    json!({"Organization": {
        "Id": ORGANIZATION, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:organization/{ORGANIZATION}"),
        "FeatureSet": "ALL", "MasterAccountArn": format!("arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{MANAGEMENT}"),
        "MasterAccountId": MANAGEMENT, "MasterAccountEmail": "owner@example.com",
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    }})
}

fn caller_identity() -> Bytes {
    Bytes::from(format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{MANAGEMENT}:root</Arn><UserId>{MANAGEMENT}</UserId><Account>{MANAGEMENT}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}
