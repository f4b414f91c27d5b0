//! Who lives in an account: users as operators make them, groups and roles of services without an operation of IAM, and
//! callers.

use std::collections::BTreeSet;

use guildhall_core::call::caller::{Caller, Credentials, Session, SessionKind};
use guildhall_core::kernel::ids::{AccountId, GroupId, Ids, RoleId, UserId};
use guildhall_core::operator::create_user::CreateUser;
use guildhall_core::state::iam::Iam;
use guildhall_core::state::iam::entity::Policies;
use guildhall_core::state::iam::role::Role;
use guildhall_core::state::iam::user::{Group, User};
use guildhall_core::state::item::Item;
use guildhall_core::state::tag::Tags;
use guildhall_core::{Command, Cx, Owner, Reply, Stop, View};
use serde_json::{Value, json};

use crate::World;

/// Who calls with a key of a new user.
pub fn user(world: &mut World, account: AccountId, name: &str) -> Caller {
    let input = serde_json::from_value(json!({ "UserName": name })).unwrap();
    let made = world.run(AccountId::NOBODY, &CreateUser { account, input, key: false }).unwrap();
    let made: Value = serde_json::from_slice(&made).unwrap();
    let id: UserId = made["UserId"].as_str().unwrap().parse().unwrap();
    Caller { account, credentials: Credentials::User(id) }
}

/// Who calls in a session of a role, an hour from now.
pub fn session(world: &World, account: AccountId, role: &str) -> Caller {
    let role: RoleId = role.parse().unwrap();
    let session = Session {
        key: Ids::new([1; 32]).session_key(account).unwrap(),
        account,
        whose: SessionKind::Role { role, name: "s".into() },
        issued: world.now(),
        expires: world.now().plus(3_600_000),
        policy: None,
        policy_arns: Vec::new(),
        tags: Tags::default(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        padding: String::new(),
    };
    Caller { account, credentials: Credentials::Session(session.into()) }
}

/// Makes a group with these users, who are in no other.
pub struct PutGroup<'a> {
    /// The account.
    pub account: AccountId,
    /// The path, from `/` to `/`.
    pub path: &'a str,
    /// The name.
    pub name: &'a str,
    /// The users.
    pub users: &'a [&'a str],
}

impl Command for PutGroup<'_> {
    fn name(&self) -> &'static str {
        "PutGroup"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let iam = view.get::<Iam>(self.account)?;
        let id: GroupId = cx.ids.group(self.account)?;
        let (name, path) = (self.name.into(), self.path.into());
        let group = Group { id, name, path, created: cx.now, policies: Policies::default() };
        view.put(Owner::Iam(self.account), Item::Group(group));
        for name in self.users {
            let user = iam.users.by_name(name).unwrap().clone();
            let user = User { groups: BTreeSet::from([id]), ..user };
            view.put(Owner::Iam(self.account), Item::User(user));
        }
        Ok(Vec::new())
    }
}

/// Links a role to a service, which then is the only one to change it.
pub struct LinkRole<'a> {
    /// The account.
    pub account: AccountId,
    /// The role's name.
    pub role: &'a str,
    /// The service.
    pub service: &'a str,
}

impl Command for LinkRole<'_> {
    fn name(&self) -> &'static str {
        "LinkRole"
    }

    fn run(&self, _: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let role = view.get::<Iam>(self.account)?.roles.by_name(self.role).unwrap().clone();
        let role = Role { service: Some(self.service.parse().unwrap()), ..role };
        view.put(Owner::Iam(self.account), Item::Role(role));
        Ok(Vec::new())
    }
}
