//! A world with accounts, for stories of IAM: its operations by root users, users and sessions of roles.

use std::sync::Arc;

use guildhall_core::call::caller::{Caller, Credentials, Session, SessionKind};
use guildhall_core::kernel::ids::{AccountId, GroupId, RoleId, UserId};
use guildhall_core::kernel::refusal::ErrorAnswer;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::services::{EMPTY, iam};
use guildhall_core::state::iam::Iam;
use guildhall_core::state::iam::document::PolicyText;
use guildhall_core::state::iam::entity::InlinePolicy;
use guildhall_core::state::item::Item;
use guildhall_core::state::tag::Tags;
use guildhall_core::{Command, Cx, Owner, Reply, Stop, Timestamp, View};
use serde_json::{Value, json};

use crate::{World, command_of};

/// An account in no organization.
pub const HOME: &str = "444444444444";
/// Another one.
pub const AWAY: &str = "555555555555";

/// The world.
pub struct IamLab(pub World);

impl Default for IamLab {
    fn default() -> Self {
        let mut lab = Self(World::default());
        for account in [HOME, AWAY] {
            let input = json!({ "Id": account, "Email": format!("root+{account}@lab.example"), "Name": "Example Inc." });
            let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
            lab.0.run(AccountId::NOBODY, &register).unwrap();
        }
        lab
    }
}

/// A session of a role, with its name, when it began and when it is over, that nothing was passed to.
pub fn session(
    account: AccountId,
    role: RoleId,
    name: &str,
    (issued, expires): (Timestamp, Timestamp),
) -> Caller {
    let session = Session {
        key: "ASIAQAAAAAAAAEXAMPLE".parse().unwrap(),
        account,
        whose: SessionKind::Role { role, name: name.into() },
        issued,
        expires,
        policy: None,
        policy_arns: Vec::new(),
        tags: Tags::default(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        padding: String::new(),
    };
    Caller { account, credentials: Credentials::Session(Arc::new(session)) }
}

/// A refusal: its code, and its sentence.
pub type Told = (String, String);

/// The root user of an account.
pub fn root(account: &str) -> Caller {
    account.parse::<AccountId>().unwrap().into()
}

impl IamLab {
    /// Calls an operation.
    pub fn call(&mut self, caller: &Caller, operation: &str, input: &Value) -> Result<Value, ErrorAnswer> {
        let answer = self.0.run(caller.clone(), &*command_of(iam::NAME, operation, input));
        answer
            .map(|body| serde_json::from_slice(&body).unwrap())
            .map_err(|refusal| iam::errors::error_answer(&refusal))
    }

    /// The same by the root user of [`HOME`], which may.
    #[track_caller]
    pub fn ok(&mut self, operation: &str, input: &Value) -> Value {
        self.call(&root(HOME), operation, input).unwrap_or_else(|e| panic!("{operation} {input}: {e:?}"))
    }

    /// A call that is refused and changes nothing.
    #[track_caller]
    pub fn refused(&mut self, caller: &Caller, operation: &str, input: &Value) -> Told {
        let before = self.0.stored();
        let Err(error) = self.call(caller, operation, input) else {
            panic!("{operation} {input} is answered")
        };
        assert_eq!(before, self.0.stored(), "{operation} {input} is refused and changes something");
        (error.code.unwrap().to_owned(), error.message.into_owned())
    }

    /// A call by the root user of [`HOME`] that is refused like this.
    #[track_caller]
    pub fn refuses(&mut self, operation: &str, input: &Value, code: &str, sentence: &str) {
        let told = self.refused(&root(HOME), operation, input);
        assert_eq!(told, (code.to_owned(), sentence.to_owned()), "{operation} {input}");
    }

    /// A new user of [`HOME`], who may do what this statement says, if there is one.
    #[track_caller]
    pub fn user(&mut self, name: &str, statement: Option<Value>) -> Caller {
        let user = self.ok("CreateUser", &json!({ "UserName": name }));
        let id: UserId = user["User"]["UserId"].as_str().unwrap().parse().unwrap();
        let account = HOME.parse().unwrap();
        if let Some(statement) = statement {
            self.allow(Entity::User(id), &statement);
        }
        Caller { account, credentials: Credentials::User(id) }
    }

    /// A session of a new role of [`HOME`], which may do everything.
    #[track_caller]
    pub fn role_session(&mut self) -> Caller {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" },
        });
        let input = json!({ "RoleName": "App", "AssumeRolePolicyDocument": trust.to_string() });
        let role = self.ok("CreateRole", &input);
        let role = role["Role"]["RoleId"].as_str().unwrap().parse().unwrap();
        self.allow(Entity::Role(role), &json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
        let account = HOME.parse().unwrap();
        session(account, role, "ci", (self.0.now(), Timestamp(i64::MAX)))
    }

    /// A new group of [`HOME`], whose users may do what this statement says.
    #[track_caller]
    pub fn group(&mut self, name: &str, statement: &Value) {
        let group = self.ok("CreateGroup", &json!({ "GroupName": name }));
        let id = group["Group"]["GroupId"].as_str().unwrap().parse().unwrap();
        self.allow(Entity::Group(id), statement);
    }

    fn allow(&mut self, whom: Entity, statement: &Value) {
        let document = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        self.0.run(AccountId::NOBODY, &Allow { whom, document }).unwrap();
    }
}

/// Who is given a policy.
#[derive(Clone, Copy)]
enum Entity {
    User(UserId),
    Group(GroupId),
    Role(RoleId),
}

/// Gives an inline policy.
struct Allow {
    whom: Entity,
    document: String,
}

impl Command for Allow {
    fn name(&self) -> &'static str {
        "Allow"
    }

    fn run(&self, _: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let account = HOME.parse().unwrap();
        let iam = view.get::<Iam>(account)?;
        let policy = InlinePolicy { name: "allow".into(), document: PolicyText::new(&self.document) };
        let item = match self.whom {
            Entity::User(id) => {
                let mut user = iam.users.by_id(id).unwrap().clone();
                user.policies.inline.insert("allow".into(), policy);
                Item::User(user)
            }
            Entity::Group(id) => {
                let mut group = iam.groups.by_id(id).unwrap().clone();
                group.policies.inline.insert("allow".into(), policy);
                Item::Group(group)
            }
            Entity::Role(id) => {
                let mut role = iam.roles.by_id(id).unwrap().clone();
                role.policies.inline.insert("allow".into(), policy);
                Item::Role(role)
            }
        };
        view.put(Owner::Iam(account), item);
        Ok(EMPTY)
    }
}
