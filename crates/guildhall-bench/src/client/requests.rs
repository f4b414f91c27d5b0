//! The operations that are measured, and batches of signed requests for them.

use super::call::Caller;
use super::sign::{self, Query, Signer};
use crate::Refusal;
use crate::options::InviteBy;
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The account that manages every organization here.
pub(crate) const MANAGEMENT: &str = "111111111111";

/// The id of the first member; the others count up from it.
pub(crate) const FIRST_MEMBER: u64 = 200_000_000_000;

/// The operations that are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// One account, any of them.
    DescribeAccount,
    /// The organization.
    DescribeOrganization,
    /// The parent of one account, any of them.
    ListParents,
    /// The first page of the accounts.
    ListAccounts,
    /// The page at 90 % of the accounts.
    ListAccountsDeep,
    /// The first page of the accounts below the root.
    ListChildren,
    /// The first page of the invitations.
    ListHandshakes,
    /// One tag on one account, any of them.
    TagResource,
    /// An invitation, each to someone new.
    Invite,
    /// The next account to the next unit; see [`World::plant`].
    MoveAccount,
    /// A tag policy to the root, and away from it, in turn.
    AttachPolicy,
    /// The effective tag policy of one account, any of them.
    DescribeEffectivePolicy,
}

impl Operation {
    /// The name on the wire.
    pub(crate) fn wire_name(self) -> &'static str {
        match self {
            Self::DescribeAccount => "DescribeAccount",
            Self::DescribeOrganization => "DescribeOrganization",
            Self::ListParents => "ListParents",
            Self::ListAccounts | Self::ListAccountsDeep => "ListAccounts",
            Self::ListChildren => "ListChildren",
            Self::ListHandshakes => "ListHandshakesForOrganization",
            Self::TagResource => "TagResource",
            Self::Invite => "InviteAccountToOrganization",
            Self::MoveAccount => "MoveAccount",
            Self::AttachPolicy => "AttachPolicy",
            Self::DescribeEffectivePolicy => "DescribeEffectivePolicy",
        }
    }

    /// The name in the tables.
    pub(crate) fn label(self) -> String {
        match self {
            Self::ListAccountsDeep => "ListAccounts at 90 %".to_owned(),
            Self::AttachPolicy => "AttachPolicy and DetachPolicy, at the root".to_owned(),
            other => other.wire_name().to_owned(),
        }
    }

    /// It changes something, so that a request is sent once.
    pub(crate) fn is_write(self) -> bool {
        matches!(self, Self::TagResource | Self::Invite | Self::MoveAccount | Self::AttachPolicy)
    }

    /// The member of the answer that holds a page, where there is one.
    pub(crate) fn page_member(self) -> Option<&'static str> {
        match self {
            Self::ListAccounts | Self::ListAccountsDeep => Some("Accounts"),
            Self::ListChildren => Some("Children"),
            Self::ListHandshakes => Some("Handshakes"),
            _ => None,
        }
    }
}

/// What requests have to know of the organization behind a server.
pub(crate) struct World {
    at: SocketAddr,
    signer: Signer,
    accounts: u64,
    page: usize,
    root: String,
    deep_token: Option<String>,
    invite_by: InviteBy,
    random: Random,
    tree: Tree,
}

/// What [`World::plant`] made, and what the requests have made of it since.
#[derive(Default)]
struct Tree {
    units: Vec<String>,
    /// Where accounts were moved to.
    places: HashMap<u64, String>,
    moved: u64,
    policy: String,
    attached: bool,
}

/// Numbers for names that have not been used before, in the whole run.
static NEXT_NAME: AtomicU64 = AtomicU64::new(0);

impl World {
    /// Asks the server for what cannot be known beforehand, in pages of `page`.
    pub(crate) fn look(
        at: SocketAddr,
        accounts: u64,
        page: usize,
        invite_by: InviteBy,
    ) -> Result<Self, Refusal> {
        let mut caller = Caller::new(at, MANAGEMENT)?;
        let roots = caller.must("ListRoots", "{}")?.json();
        let root = roots["Roots"][0]["Id"].as_str().ok_or("ListRoots names no root")?.to_owned();
        let signer = caller.signer.clone();
        Ok(Self {
            at,
            signer,
            accounts,
            page,
            root,
            deep_token: None,
            invite_by,
            random: Random(sign::now().unsigned_abs()),
            tree: Tree::default(),
        })
    }

    /// Makes a tree of `units` units, four below each down to the fifth level, with tag policies: three at the root, one
    /// at every hundredth unit, and one that is attached nowhere.
    pub(crate) fn plant(&mut self, units: usize) -> Result<(), Refusal> {
        let mut caller = Caller::new(self.at, MANAGEMENT)?;
        let mut parents = VecDeque::from([(self.root.clone(), 0)]);
        while self.tree.units.len() < units {
            let (parent, depth) = parents.pop_front().ok_or("the tree has no more room")?;
            let width = if depth == 0 { 8 } else { 4 };
            for n in 0..width.min(units - self.tree.units.len()) {
                let body = json!({"ParentId": parent, "Name": format!("unit {n}")}).to_string();
                let made = caller.must("CreateOrganizationalUnit", &body)?.json();
                let id = made["OrganizationalUnit"]["Id"].as_str().ok_or("no unit")?.to_owned();
                if depth < 4 {
                    parents.push_back((id.clone(), depth + 1));
                }
                self.tree.units.push(id);
            }
        }
        let body = json!({"RootId": self.root, "PolicyType": "TAG_POLICY"}).to_string();
        caller.must("EnablePolicyType", &body)?;
        let policy = |caller: &mut Caller, n: usize| -> Result<String, Refusal> {
            let tags: serde_json::Map<_, _> = (0..10)
                .map(|tag| {
                    (format!("key{n}x{tag}"), json!({"tag_value": {"@@assign": ["red", "green", "blue*"]}}))
                })
                .collect();
            let content = json!({ "tags": tags }).to_string();
            let body = json!({"Name": format!("tags {n}"), "Description": "", "Type": "TAG_POLICY", "Content": content});
            let made = caller.must("CreatePolicy", &body.to_string())?.json();
            Ok(made["Policy"]["PolicySummary"]["Id"].as_str().ok_or("no policy")?.to_owned())
        };
        let shared = [policy(&mut caller, 0)?, policy(&mut caller, 1)?, policy(&mut caller, 2)?];
        let attach = |caller: &mut Caller, policy: &str, target: &str| {
            let body = json!({"PolicyId": policy, "TargetId": target}).to_string();
            caller.must("AttachPolicy", &body).map(|_| ())
        };
        for policy in &shared {
            attach(&mut caller, policy, &self.root)?;
        }
        let local = policy(&mut caller, 3)?;
        for unit in self.tree.units.iter().step_by(100) {
            attach(&mut caller, &local, unit)?;
        }
        self.tree.policy = policy(&mut caller, 4)?;
        Ok(())
    }

    /// Finds the last full page that begins at or before 90 % of the accounts.
    pub(crate) fn find_deep_page(&mut self) -> Result<(), Refusal> {
        let (seen, tokens) = Caller::new(self.at, MANAGEMENT)?.walk_accounts(self.page)?;
        let reachable = |from: usize| from * 10 <= seen * 9 && from + self.page <= seen;
        self.deep_token = tokens.into_iter().rfind(|(from, _)| reachable(*from)).map(|(_, token)| token);
        self.deep_token
            .is_some()
            .then_some(())
            .ok_or_else(|| format!("no page at 90 % of {seen} accounts").into())
    }

    /// The server.
    pub(crate) fn at(&self) -> SocketAddr {
        self.at
    }

    /// The body of one request.
    pub(crate) fn body(&mut self, operation: Operation) -> String {
        let page = self.page;
        match operation {
            Operation::DescribeOrganization => "{}".to_owned(),
            Operation::DescribeAccount => format!("{{\"AccountId\": \"{}\"}}", self.any_account()),
            Operation::ListParents => format!("{{\"ChildId\": \"{}\"}}", self.any_account()),
            Operation::ListAccounts | Operation::ListHandshakes => format!("{{\"MaxResults\": {page}}}"),
            Operation::ListAccountsDeep => {
                json!({"MaxResults": page, "NextToken": self.deep_token.as_deref().unwrap_or_default()})
                    .to_string()
            }
            Operation::ListChildren => {
                format!(
                    "{{\"ParentId\": \"{}\", \"ChildType\": \"ACCOUNT\", \"MaxResults\": {page}}}",
                    self.root
                )
            }
            Operation::DescribeEffectivePolicy => {
                format!("{{\"PolicyType\": \"TAG_POLICY\", \"TargetId\": \"{}\"}}", self.any_account())
            }
            Operation::MoveAccount => {
                let n = self.tree.moved;
                self.tree.moved += 1;
                let account = FIRST_MEMBER + n % self.accounts;
                // Another unit every time, and spread over the whole tree.
                let unit = usize::try_from(n * 7 + n / self.accounts).unwrap_or(0) % self.tree.units.len();
                let to = self.tree.units[unit].clone();
                let from = self.tree.places.insert(account, to.clone()).unwrap_or_else(|| self.root.clone());
                json!({"AccountId": account.to_string(), "SourceParentId": from, "DestinationParentId": to})
                    .to_string()
            }
            Operation::AttachPolicy => {
                json!({"PolicyId": self.tree.policy, "TargetId": self.root}).to_string()
            }
            Operation::TagResource => {
                let (key, value) = (self.random.below(8), NEXT_NAME.fetch_add(1, Ordering::Relaxed));
                let account = self.any_account();
                format!(
                    "{{\"ResourceId\": \"{account}\", \"Tags\": [{{\"Key\": \"k{key}\", \"Value\": \"v{value}\"}}]}}"
                )
            }
            Operation::Invite => {
                let n = 900_000_000_000 + NEXT_NAME.fetch_add(1, Ordering::Relaxed);
                match self.invite_by {
                    InviteBy::Account => {
                        format!("{{\"Target\": {{\"Id\": \"{n}\", \"Type\": \"ACCOUNT\"}}}}")
                    }
                    InviteBy::Email => {
                        format!("{{\"Target\": {{\"Id\": \"root+{n}@bench.example\", \"Type\": \"EMAIL\"}}}}")
                    }
                }
            }
        }
    }

    /// Requests signed now. Their dates are spread over the last minute: equal bodies still get different
    /// signatures, so that nothing can be answered from a memory of them.
    pub(crate) fn sign(&mut self, operation: Operation, count: usize) -> Vec<Vec<u8>> {
        let mut signer = self.signer.clone();
        let requests = self.sign_by(&mut signer, operation, count);
        self.signer = signer;
        requests
    }

    /// The same, signed by somebody else.
    pub(crate) fn sign_by(
        &mut self,
        signer: &mut Signer,
        operation: Operation,
        count: usize,
    ) -> Vec<Vec<u8>> {
        let now = sign::now();
        (0..count)
            .map(|_| {
                let body = self.body(operation);
                let at = now - i64::try_from(self.random.below(60)).unwrap_or(0);
                let mut name = operation.wire_name();
                if operation == Operation::AttachPolicy {
                    self.tree.attached = !self.tree.attached;
                    name = if self.tree.attached { name } else { "DetachPolicy" };
                }
                signer.organizations(at, name, &body)
            })
            .collect()
    }

    /// One request for each account, signed now.
    pub(crate) fn sign_each_account(&mut self) -> Vec<Vec<u8>> {
        let now = sign::now();
        (0..self.accounts)
            .map(|n| {
                let body = format!("{{\"AccountId\": \"{}\"}}", FIRST_MEMBER + n);
                self.signer.organizations(now, "DescribeAccount", &body)
            })
            .collect()
    }

    /// One request by each account, signed now.
    pub(crate) fn sign_by_each_account(&self, service: Query, operation: &str) -> Vec<Vec<u8>> {
        let (now, host) = (sign::now(), self.at.to_string());
        let of = |n: u64| Signer::new(&(FIRST_MEMBER + n).to_string(), &host);
        (0..self.accounts).map(|n| of(n).query(now, service, operation, "")).collect()
    }

    /// Sends one request and checks that it is answered as the measurement needs it: pages are full.
    pub(crate) fn check(&mut self, operation: Operation) -> Result<(), Refusal> {
        let body = self.body(operation);
        let answer = Caller::new(self.at, MANAGEMENT)?.must(operation.wire_name(), &body)?;
        let Some(member) = operation.page_member() else { return Ok(()) };
        let got = answer.json()[member].as_array().map_or(0, Vec::len);
        if got == self.page {
            return Ok(());
        }
        Err(format!(
            "{} answered {got} of {} on a page: not the work that is compared",
            operation.label(),
            self.page
        )
        .into())
    }

    fn any_account(&mut self) -> u64 {
        FIRST_MEMBER + self.random.below(self.accounts)
    }
}

/// SplitMix64: plenty for choosing accounts.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }
}
