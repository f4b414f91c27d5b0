//! Races about users, roles and their policies: made, deleted, attached and used at once.

use guildhall_core::Refusal;
use guildhall_core::call::caller::{Caller, Credentials};
use guildhall_core::services::{iam, sts};
use guildhall_testkit::iam_lab::session;
use guildhall_testkit::{command, command_of};
use serde_json::{Value, json};

use super::{Answer, Move, Stage, race};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

impl Stage {
    /// A call of IAM by the root user of an account.
    fn iam(&self, account: u64, operation: &str, input: &Value) -> Move {
        Move::By(self.id(account).into(), command_of(iam::NAME, operation, input))
    }

    /// The same before or after the race: it has to succeed.
    async fn now(&self, operation: &str, input: Value) -> Value {
        let answer = self.make(0, self.iam(1, operation, &input)).await;
        answer.unwrap_or_else(|e| panic!("{operation} {input}: {e:?}"))
    }

    /// Account 1 with a user who has no policies.
    async fn user(&self) -> Caller {
        self.register(&[1]).await;
        let user = self.now("CreateUser", json!({"UserName": "ann"})).await;
        let id = user["User"]["UserId"].as_str().unwrap().parse().unwrap();
        Caller { account: self.id(1), credentials: Credentials::User(id) }
    }

    /// A policy of account 1, and its ARN.
    async fn managed(&self, document: &str) -> String {
        let made = self.now("CreatePolicy", json!({"PolicyName": "p", "PolicyDocument": document})).await;
        made["Policy"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A role of account 1 that this account trusts, and a session of it.
    async fn role(&self) -> Caller {
        self.register(&[1]).await;
        let statement =
            json!({"Effect": "Allow", "Principal": {"AWS": self.id(1)}, "Action": "sts:AssumeRole"});
        let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let role = json!({"RoleName": "ci", "AssumeRolePolicyDocument": trust});
        let made = self.now("CreateRole", role).await;
        let role = made["Role"]["RoleId"].as_str().unwrap().parse().unwrap();
        let now = self.engines[0].clock().now();
        session(self.id(1), role, "s", (now, now.plus(3_600_000)))
    }

    /// Asserts that no commit of `late` came after the last one of `end`: what was let through before it is before it.
    fn assert_order(&self, late: &str, end: &str) {
        let account = self.id(1).to_string();
        let mut rows =
            self.store.journal(20).unwrap().into_iter().filter(|row| row.actor.starts_with(&account));
        let newest = rows.find(|row| row.op == late || row.op == end).map(|row| row.op);
        assert_eq!(newest.as_deref(), Some(end), "{late} was committed after {end}, which forbids it");
    }
}

/// `OK`, or the code of a refusal.
fn code(answer: &Answer) -> &'static str {
    match answer {
        Ok(_) => "OK",
        Err(Refusal::UnknownPrincipal) => "no such principal",
        Err(Refusal::DeniedByPolicy(_)) => "denied",
        Err(refusal) => iam::errors::error_answer(refusal).code.unwrap(),
    }
}

/// Exactly one succeeds, and each has its own refusal for when it loses. Answers which one won.
fn one_wins(outcomes: &[Answer; 2], refusals: [&str; 2]) -> usize {
    match outcomes.each_ref().map(code) {
        ["OK", second] if second == refusals[1] => 0,
        [first, "OK"] if first == refusals[0] => 1,
        other => panic!("{other:?}, and one of {refusals:?} was expected"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_keys_at_the_quota() {
    race(
        async |stage| {
            stage.user().await;
            let user = json!({"UserName": "ann"});
            stage.now("CreateAccessKey", user.clone()).await;
            [stage.iam(1, "CreateAccessKey", &user), stage.iam(1, "CreateAccessKey", &user)]
        },
        async |stage, _, outcomes| {
            one_wins(outcomes, ["LimitExceeded"; 2]);
            let keys = stage.now("ListAccessKeys", json!({"UserName": "ann"})).await;
            assert_eq!(keys["AccessKeyMetadata"].as_array().unwrap().len(), 2);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_users_of_one_name_in_two_cases() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            [
                stage.iam(1, "CreateUser", &json!({"UserName": "ann"})),
                stage.iam(1, "CreateUser", &json!({"UserName": "Ann"})),
            ]
        },
        async |stage, _, outcomes| {
            let won = one_wins(outcomes, ["EntityAlreadyExists"; 2]);
            let user = stage.now("GetUser", json!({"UserName": "ANN"})).await;
            assert_eq!(user["User"]["UserName"], ["ann", "Ann"][won]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_alias_for_two_accounts() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            let alias = json!({"AccountAlias": format!("acme-{}", stage.id(1))});
            [stage.iam(1, "CreateAccountAlias", &alias), stage.iam(2, "CreateAccountAlias", &alias)]
        },
        async |stage, _, outcomes| {
            let won = one_wins(outcomes, ["EntityAlreadyExists"; 2]);
            for account in [1, 2] {
                let list = stage.iam(account, "ListAccountAliases", &json!({}));
                let aliases = stage.make(0, list).await.unwrap();
                let has = !aliases["AccountAliases"].as_array().unwrap().is_empty();
                assert_eq!(has, account == 1 + won as u64);
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_versions_at_the_quota() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            let version = json!({"PolicyArn": stage.managed(ALLOW).await, "PolicyDocument": DENY});
            for _ in 0..3 {
                stage.now("CreatePolicyVersion", version.clone()).await;
            }
            [stage.iam(1, "CreatePolicyVersion", &version), stage.iam(1, "CreatePolicyVersion", &version)]
        },
        async |_, _, outcomes| {
            one_wins(outcomes, ["LimitExceeded"; 2]);
        },
    )
    .await;
}

/// A policy is attached while it is deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attach_and_delete_a_managed_policy() {
    race(
        async |stage| {
            stage.user().await;
            let policy = json!({"PolicyArn": stage.managed(ALLOW).await});
            let mut attach = policy.clone();
            attach["UserName"] = json!("ann");
            [stage.iam(1, "AttachUserPolicy", &attach), stage.iam(1, "DeletePolicy", &policy)]
        },
        async |stage, _, outcomes| {
            let won = one_wins(outcomes, ["NoSuchEntity", "DeleteConflict"]);
            let attached = stage.now("ListAttachedUserPolicies", json!({"UserName": "ann"})).await;
            assert_eq!(attached["AttachedPolicies"].as_array().unwrap().len(), [1, 0][won]);
        },
    )
    .await;
}

/// A user joins a group while it is deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn join_and_delete_a_group() {
    race(
        async |stage| {
            stage.user().await;
            let group = json!({"GroupName": "dev"});
            stage.now("CreateGroup", group.clone()).await;
            let join = json!({"GroupName": "dev", "UserName": "ann"});
            [stage.iam(1, "AddUserToGroup", &join), stage.iam(1, "DeleteGroup", &group)]
        },
        async |stage, _, outcomes| {
            let won = one_wins(outcomes, ["NoSuchEntity", "DeleteConflict"]);
            let groups = stage.now("ListGroupsForUser", json!({"UserName": "ann"})).await;
            assert_eq!(groups["Groups"].as_array().unwrap().len(), [1, 0][won]);
        },
    )
    .await;
}

/// A user gets a key while it is deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_is_deleted_while_it_gets_a_key() {
    race(
        async |stage| {
            stage.user().await;
            let user = json!({"UserName": "ann"});
            [stage.iam(1, "CreateAccessKey", &user), stage.iam(1, "DeleteUser", &user)]
        },
        async |_, _, outcomes| {
            one_wins(outcomes, ["NoSuchEntity", "DeleteConflict"]);
        },
    )
    .await;
}

/// A role is deleted while it is assumed: a session that began before is over, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_is_deleted_while_it_is_assumed() {
    race(
        async |stage| {
            stage.role().await;
            let role = format!("arn:aws:iam::{}:role/ci", stage.id(1));
            let assume = json!({"RoleArn": role, "RoleSessionName": "session"});
            let user = stage.now("CreateUser", json!({"UserName": "ann"})).await;
            stage
                .now("PutUserPolicy", json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": ALLOW}))
                .await;
            let id = user["User"]["UserId"].as_str().unwrap().parse().unwrap();
            let user = Caller { account: stage.id(1), credentials: Credentials::User(id) };
            [
                Move::By(user, command_of(sts::NAME, "AssumeRole", &assume)),
                stage.iam(1, "DeleteRole", &json!({"RoleName": "ci"})),
            ]
        },
        async |stage, moves, outcomes| {
            let [assumed, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            assert!(["OK", "denied"].contains(&code(assumed)), "{assumed:?}");
            // Afterwards there is nothing to assume, on whatever engine.
            for engine in 0..stage.engines.len() {
                assert_eq!(code(&stage.make(engine, moves[0].clone()).await), "denied");
            }
        },
    )
    .await;
}

/// A session of a role acts while the role is deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_is_deleted_while_its_session_acts() {
    race(
        async |stage| {
            let session = stage.role().await;
            let policy =
                json!({"RoleName": "ci", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
            stage.now("AttachRolePolicy", policy.clone()).await;
            let create = command_of(iam::NAME, "CreateGroup", &json!({"GroupName": "dev"}));
            [Move::By(session, create), stage.iam(1, "DetachRolePolicy", &policy)]
        },
        async |stage, moves, outcomes| {
            let [acted, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            assert!(["OK", "denied"].contains(&code(acted)), "{acted:?}");
            stage.assert_order("iam:CreateGroup", "iam:DetachRolePolicy");
            stage.now("DeleteRole", json!({"RoleName": "ci"})).await;
            for engine in 0..stage.engines.len() {
                assert_eq!(code(&stage.make(engine, moves[0].clone()).await), "no such principal");
            }
        },
    )
    .await;
}

/// The version that denies becomes the default one while the user acts in the organization: an owner that the call
/// writes, and another one that says whether it may.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_default_version_is_set_while_it_is_evaluated() {
    race(
        async |stage| {
            let user = stage.user().await;
            stage.organization(1).await;
            let root = stage.root(1).await;
            let arn = stage.managed(ALLOW).await;
            stage.now("AttachUserPolicy", json!({"UserName": "ann", "PolicyArn": arn})).await;
            stage.now("CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": DENY})).await;
            let unit = command("CreateOrganizationalUnit", &json!({"ParentId": root, "Name": "one"}));
            let set = json!({"PolicyArn": arn, "VersionId": "v2"});
            [Move::By(user, unit), stage.iam(1, "SetDefaultPolicyVersion", &set)]
        },
        async |stage, moves, outcomes| {
            let [acted, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            assert!(["OK", "denied"].contains(&code(acted)), "{acted:?}");
            stage.assert_order("organizations:CreateOrganizationalUnit", "iam:SetDefaultPolicyVersion");
            for engine in 0..stage.engines.len() {
                assert_eq!(code(&stage.make(engine, moves[0].clone()).await), "denied");
            }
        },
    )
    .await;
}
