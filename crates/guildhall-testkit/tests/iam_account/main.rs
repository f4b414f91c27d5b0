//! IAM at the level of an account: what Organizations makes in it, service-linked roles, root access, the simulator, and
//! all that is said of the account as a whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has to fail"
)]

mod account;
mod linked;
mod made;
mod root_access;
mod simulation;

use guildhall_core::call::caller::{Caller, Credentials};
use guildhall_core::call::command::Reply;
use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::refusal::{ErrorAnswer, Stop};
use guildhall_core::operator::create_user::CreateUser;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::services::{iam, organizations};
use guildhall_core::state::iam::Iam;
use guildhall_core::state::iam::document::PolicyText;
use guildhall_core::state::iam::entity::InlinePolicy;
use guildhall_core::state::item::Item;
use guildhall_core::{Command, Cx, Owner, View};
use guildhall_testkit::{World, command_of};
use serde_json::{Value, json};

/// A management account, its member, and accounts of nobody.
const M: &str = "111111111111";
const A: &str = "222222222222";
const ALONE: &str = "444444444444";
const OTHER: &str = "555555555555";

struct Lab(World);

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

/// The root user of an account.
fn root(account: &str) -> Caller {
    id(account).into()
}

/// A policy document with one statement.
fn policy(effect: &str, action: &str, resource: &str) -> String {
    let statement = json!({ "Effect": effect, "Action": action, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// Changes an account's IAM as operations of others do.
struct Change<F>(AccountId, F);

impl<F: Fn(&Iam) -> Vec<Item> + Send + Sync> Command for Change<F> {
    fn name(&self) -> &'static str {
        "Change"
    }

    fn run(&self, _: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let iam = view.get::<Iam>(self.0)?;
        (self.1)(iam).into_iter().for_each(|item| view.put(Owner::Iam(self.0), item));
        Ok(Vec::new())
    }
}

impl Lab {
    /// Without an organization.
    fn alone() -> Self {
        let mut lab = Self(World::default());
        for account in [M, A, ALONE, OTHER] {
            let input = json!({ "Id": account, "Email": format!("root+{account}@lab.example"), "Name": "A" });
            let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
            lab.0.run(AccountId::NOBODY, &register).unwrap();
        }
        lab
    }

    /// With one that has these features, and its member.
    fn with(features: &str) -> Self {
        let mut lab = Self::alone();
        lab.organizations(M, "CreateOrganization", &json!({ "FeatureSet": features }));
        lab.join(M, A);
        lab
    }

    fn new() -> Self {
        Self::with("ALL")
    }

    /// The account joins the organization of a management account.
    fn join(&mut self, management: &str, account: &str) {
        let handshake = self.invite(management, account);
        self.organizations(account, "AcceptHandshake", &json!({ "HandshakeId": handshake }));
    }

    /// The id of an invitation.
    fn invite(&mut self, management: &str, account: &str) -> Value {
        let target = json!({ "Target": { "Id": account, "Type": "ACCOUNT" } });
        self.organizations(management, "InviteAccountToOrganization", &target)["Handshake"]["Id"].clone()
    }

    fn organizations(&mut self, caller: &str, operation: &str, input: &Value) -> Value {
        self.try_organizations(root(caller), operation, input)
            .unwrap_or_else(|e| panic!("{operation} {input}: {}", e.message))
    }

    fn try_organizations(
        &mut self,
        caller: Caller,
        operation: &str,
        input: &Value,
    ) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(caller, &*command_of(organizations::NAME, operation, input));
        let read =
            |body: Reply| if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        answer.map(read).map_err(|refusal| organizations::errors::error_answer(&refusal))
    }

    /// Attaches a service control policy to the root that denies an action.
    fn deny(&mut self, action: &str) {
        let scp = "SERVICE_CONTROL_POLICY";
        let root = self.organizations(M, "ListRoots", &json!({}))["Roots"][0]["Id"].clone();
        let enable = json!({ "RootId": root, "PolicyType": scp });
        // The second time it is enabled already.
        let _ = self.try_organizations(self::root(M), "EnablePolicyType", &enable);
        let content = policy("Deny", action, "*");
        let input = json!({ "Name": action.replace([':', '*'], "."), "Description": "", "Type": scp, "Content": content });
        let policy = self.organizations(M, "CreatePolicy", &input)["Policy"]["PolicySummary"]["Id"].clone();
        self.organizations(M, "AttachPolicy", &json!({ "PolicyId": policy, "TargetId": root }));
    }

    fn call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(caller.clone(), &*command_of(iam::NAME, operation, input));
        answer
            .map(|body| serde_json::from_slice(&body).unwrap())
            .map_err(|refusal| iam::errors::error_answer(&refusal))
    }

    /// The answer to the root user of an account.
    #[track_caller]
    fn ok(&mut self, account: &str, operation: &str, input: &Value) -> Value {
        self.call(&root(account), operation, input)
            .unwrap_or_else(|e| panic!("{operation} {input}: {}", e.message))
    }

    /// The root user of an account is refused, with this code, status and sentence, and nothing changes.
    #[track_caller]
    fn refuses(&mut self, account: &str, operation: &str, input: &Value, told: (&str, u16, &str)) {
        self.refuses_to(&root(account), operation, input, told);
    }

    #[track_caller]
    fn refuses_to(&mut self, caller: &Caller, operation: &str, input: &Value, told: (&str, u16, &str)) {
        let before = self.0.stored();
        let error = self.call(caller, operation, input).expect_err(operation);
        assert_eq!(before, self.0.stored(), "{operation} is refused and changes something");
        assert_eq!((error.code.unwrap(), error.status, &*error.message), told, "{operation} {input}");
    }

    /// A user with these policies of AWS's, and its id.
    fn user(&mut self, account: &str, name: &str, policies: &[&str]) -> Caller {
        let arns: Vec<String> =
            policies.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
        let input = serde_json::from_value(json!({ "UserName": name, "PolicyArns": arns })).unwrap();
        let create = CreateUser { account: id(account), input, key: false };
        let answer = self.0.run(AccountId::NOBODY, &create).unwrap();
        let user = serde_json::from_slice::<Value>(&answer).unwrap()["UserId"].clone();
        let user = user.as_str().unwrap().parse().unwrap();
        Caller { account: id(account), credentials: Credentials::User(user) }
    }

    /// A user without policies is denied an operation on this resource, with the whole sentence.
    #[track_caller]
    fn denies(&mut self, operation: &str, input: &Value, resource: &str) {
        let nobody = self.user(ALONE, "nobody", &[]);
        let sentence = format!(
            "User: arn:aws:iam::{ALONE}:user/nobody is not authorized to perform: iam:{operation} on resource: \
             {resource} because no identity-based policy allows the iam:{operation} action"
        );
        self.refuses_to(&nobody, operation, input, ("AccessDenied", 403, &sentence));
    }

    /// Sets facts about an account by the control API, and answers what it shows.
    fn facts(&mut self, account: &str, input: &Value) -> Value {
        let update =
            UpdateAccount { account: id(account), input: serde_json::from_value(input.clone()).unwrap() };
        serde_json::from_slice(&self.0.run(AccountId::NOBODY, &update).unwrap()).unwrap()
    }

    /// Puts records that this makes of what there is.
    fn change(&mut self, account: &str, change: impl Fn(&Iam) -> Vec<Item> + Send + Sync) {
        self.0.run(AccountId::NOBODY, &Change(id(account), change)).unwrap();
    }

    /// Gives a user an inline policy of the name `own`, in the place of the one that it has.
    fn inline(&mut self, user: &Caller, document: &str) {
        let Credentials::User(of) = user.credentials else { panic!("no user") };
        let document = InlinePolicy { name: "Own".into(), document: PolicyText::new(document) };
        self.change(&user.account.to_string(), |iam| {
            let mut user = iam.users.by_id(of).unwrap().clone();
            user.policies.inline.insert("own".into(), document.clone());
            vec![Item::User(user)]
        });
    }
}
