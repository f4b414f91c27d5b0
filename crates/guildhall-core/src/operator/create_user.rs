//! Makes a user of an account, if there is none of the name, and attaches policies to it: AWS's own by their names or
//! ARNs (control-api.md, `POST /_guildhall/accounts/{id}/users`). The lab's administrator is made so, too.
//! Refuses: AccountNotFound, BadRequest.

use serde::{Deserialize, Serialize};

use crate::call::command::{Command, Reply, reply};
use crate::call::cx::Cx;
use crate::kernel::ids::{AccessKeyId, AccountId, UserId};
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::operator::errors::ControlError;
use crate::rules::{access_key, managed};
use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::entity::{Policies, PolicyArn};
use crate::state::iam::user::User;
use crate::state::item::Item;
use crate::state::tag::Tags;
use crate::state::view::View;

/// The user that every account of a lab has as its administrator.
pub const ADMINISTRATOR: &str = "guildhall-admin";
/// The policy that lets an administrator do everything.
const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A user that is to be there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    user_name: String,
    #[serde(default)]
    policy_arns: Vec<String>,
}

/// Makes a user.
#[derive(Clone, Debug)]
pub struct CreateUser {
    /// The account.
    pub account: AccountId,
    /// The user.
    pub input: Input,
    /// Whether it gets a fresh key.
    pub key: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    user_name: &'a str,
    arn: String,
    user_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<AccessKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_access_key: Option<String>,
}

impl CreateUser {
    /// The administrator of an account, without a key.
    pub fn administrator(account: AccountId) -> Self {
        let input =
            Input { user_name: ADMINISTRATOR.to_owned(), policy_arns: vec![ADMINISTRATOR_ACCESS.to_owned()] };
        Self { account, input, key: false }
    }
}

impl Command for CreateUser {
    fn name(&self) -> &'static str {
        "CreateUser"
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let missing = || ControlError::AccountNotFound(self.account.to_string());
        let account = view.account(self.account)?.ok_or_else(missing)?;
        let name = self.input.user_name.as_str();
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(fits) {
            let rule = "has to be 1 to 64 letters, digits and _+=,.@-".into();
            return Err(ControlError::BadRequest { member: "UserName", rule }.into());
        }
        let iam = view.get::<Iam>(account.id)?;
        let mut policies: Vec<PolicyArn> = Vec::new();
        for arn in &self.input.policy_arns {
            policies.push(policy(arn, iam, account, cx.settings.strict)?);
        }
        let old = iam.users.by_name(name).cloned();
        let mut user = match &old {
            Some(user) => user.clone(),
            None => User {
                id: cx.ids.user(account.id)?,
                name: name.into(),
                path: "/".into(),
                created: cx.now,
                tags: Tags::default(),
                boundary: None,
                policies: Policies::default(),
                groups: Default::default(),
                password_used: None,
            },
        };
        user.policies.managed.extend(policies);
        if old.as_ref() != Some(&user) {
            view.put(Owner::Iam(account.id), Item::User(user.clone()));
        }
        let key =
            if self.key { Some(access_key::create(cx, view, account.id, Some(user.id))?) } else { None };
        let (access_key_id, secret_access_key) = key.unzip();
        let (user_name, arn) = (&*user.name, user.arn(account));
        reply(&Output { user_name, arn, user_id: user.id, access_key_id, secret_access_key })
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}

/// A policy that is there, by its ARN.
fn policy(arn: &str, iam: &Iam, account: &AccountRecord, strict: bool) -> Result<PolicyArn, ControlError> {
    if managed::exists(iam, account, arn, strict) {
        return Ok(arn.into());
    }
    let rule = format!("{arn} is the ARN of no policy; one is {ADMINISTRATOR_ACCESS}").into();
    Err(ControlError::BadRequest { member: "PolicyArns", rule })
}
