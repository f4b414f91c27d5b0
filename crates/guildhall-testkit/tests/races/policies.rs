//! Races about policies: attached, detached, enabled, deleted and counted at once.

use guildhall_core::services::organizations::errors::ConstraintReason;
use guildhall_core::{OrganizationsError, Refusal};
use serde_json::{Value, json};

use super::{Move, Stage, input, race, winner, winner_of};

impl Stage {
    /// An organization with a policy type enabled; answers its root.
    async fn with_type(&self, r#type: &str) -> String {
        self.register(&[1]).await;
        self.organization(1).await;
        let root = self.root(1).await;
        self.call(1, "EnablePolicyType", json!({"RootId": root, "PolicyType": r#type})).await;
        root
    }

    /// Creates a policy, and answers its id.
    async fn policy(&self, r#type: &str, name: &str, content: &str) -> String {
        let answer = self.call(1, "CreatePolicy", new_policy(r#type, name, content)).await;
        answer["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned()
    }

    /// The policies of a type that are attached to a target.
    async fn attached(&self, target: &str, r#type: &str) -> Vec<String> {
        let filter = json!({"TargetId": target, "Filter": r#type});
        let answer = self.call(1, "ListPoliciesForTarget", filter).await;
        answer["Policies"].as_array().unwrap().iter().map(|p| p["Id"].as_str().unwrap().to_owned()).collect()
    }
}

const TAGS: &str = r#"{"tags":{}}"#;
const ALLOW: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn new_policy(r#type: &str, name: &str, content: &str) -> Value {
    json!({"Type": r#type, "Name": name, "Description": "", "Content": content})
}

fn at(policy: &str, target: &str) -> Value {
    json!({"PolicyId": policy, "TargetId": target})
}

fn constraint(reason: ConstraintReason) -> OrganizationsError {
    OrganizationsError::ConstraintViolation(reason)
}

/// A policy is attached while it is deleted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attach_and_delete_a_policy() {
    race(
        async |stage| {
            let root = stage.with_type("TAG_POLICY").await;
            let policy = stage.policy("TAG_POLICY", "one", TAGS).await;
            [
                Move::Call(1, "AttachPolicy", at(&policy, &root)),
                Move::Call(1, "DeletePolicy", json!({"PolicyId": policy})),
            ]
        },
        async |stage, moves, outcomes| {
            let won =
                winner_of(outcomes, [&OrganizationsError::PolicyNotFound, &OrganizationsError::PolicyInUse]);
            let policies = stage.call(1, "ListPolicies", json!({"Filter": "TAG_POLICY"})).await;
            assert_eq!(policies["Policies"].as_array().unwrap().len(), [1, 0][won]);
            let root = input(&moves[0])["TargetId"].as_str().unwrap();
            assert_eq!(stage.attached(root, "TAG_POLICY").await.len(), [1, 0][won]);
        },
    )
    .await;
}

/// A policy is detached, the only time it is attached, while it is deleted: both may succeed, in this order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn detach_and_delete_a_policy() {
    race(
        async |stage| {
            let root = stage.with_type("TAG_POLICY").await;
            let policy = stage.policy("TAG_POLICY", "one", TAGS).await;
            stage.call(1, "AttachPolicy", at(&policy, &root)).await;
            [
                Move::Call(1, "DetachPolicy", at(&policy, &root)),
                Move::Call(1, "DeletePolicy", json!({"PolicyId": policy})),
            ]
        },
        async |stage, _, outcomes| {
            let [Ok(_), deleted] = outcomes else { panic!("{outcomes:?}") };
            assert!(
                deleted.is_ok() || *deleted == Err(OrganizationsError::PolicyInUse.into()),
                "{deleted:?}"
            );
            let policies = stage.call(1, "ListPolicies", json!({"Filter": "TAG_POLICY"})).await;
            assert_eq!(policies["Policies"].as_array().unwrap().is_empty(), deleted.is_ok());
        },
    )
    .await;
}

/// A type is disabled while a policy of it is attached: whatever comes first, nothing is attached in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attach_and_disable_the_type() {
    race(
        async |stage| {
            let root = stage.with_type("SERVICE_CONTROL_POLICY").await;
            let policy = stage.policy("SERVICE_CONTROL_POLICY", "one", ALLOW).await;
            let disable = json!({"RootId": root, "PolicyType": "SERVICE_CONTROL_POLICY"});
            [Move::Call(1, "AttachPolicy", at(&policy, &root)), Move::Call(1, "DisablePolicyType", disable)]
        },
        async |stage, moves, outcomes| {
            let [attached, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            let late = Err(OrganizationsError::PolicyTypeNotEnabled.into());
            assert!(attached.is_ok() || *attached == late, "{attached:?}");
            let policy = &input(&moves[0])["PolicyId"];
            let targets = stage.call(1, "ListTargetsForPolicy", json!({"PolicyId": policy})).await;
            assert_eq!(targets["Targets"], json!([]));
            stage.call(1, "DeletePolicy", json!({"PolicyId": policy})).await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_enable_one_type() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let r#type = json!({"RootId": stage.root(1).await, "PolicyType": "TAG_POLICY"});
            let enable = Move::Call(1, "EnablePolicyType", r#type);
            [enable.clone(), enable]
        },
        async |_, _, outcomes| {
            winner(outcomes, &OrganizationsError::PolicyTypeAlreadyEnabled);
        },
    )
    .await;
}

/// Two service control policies are attached, and both are detached at once: one of them stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_detach_the_last_service_control_policies() {
    race(
        async |stage| {
            let root = stage.with_type("SERVICE_CONTROL_POLICY").await;
            let policy = stage.policy("SERVICE_CONTROL_POLICY", "one", ALLOW).await;
            stage.call(1, "AttachPolicy", at(&policy, &root)).await;
            [policy.as_str(), "p-FullAWSAccess"]
                .map(|policy| Move::Call(1, "DetachPolicy", at(policy, &root)))
        },
        async |stage, moves, outcomes| {
            let won = winner(outcomes, &constraint(ConstraintReason::MinPolicyTypeAttachmentLimitExceeded));
            let root = input(&moves[0])["TargetId"].as_str().unwrap();
            let left = input(&moves[1 - won])["PolicyId"].as_str().unwrap();
            assert_eq!(stage.attached(root, "SERVICE_CONTROL_POLICY").await, [left]);
        },
    )
    .await;
}

/// The last place on a node.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_attach_in_one_place() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            let org = stage.organization(1).await;
            stage.limits(org, json!({"ManagementPoliciesPerTarget": 1})).await;
            let root = stage.root(1).await;
            stage.call(1, "EnablePolicyType", json!({"RootId": root, "PolicyType": "TAG_POLICY"})).await;
            let (a, b) =
                (stage.policy("TAG_POLICY", "a", TAGS).await, stage.policy("TAG_POLICY", "b", TAGS).await);
            [a, b].map(|policy| Move::Call(1, "AttachPolicy", at(&policy, &root)))
        },
        async |stage, moves, outcomes| {
            let won = winner(outcomes, &constraint(ConstraintReason::MaxPolicyTypeAttachmentLimitExceeded));
            let root = input(&moves[0])["TargetId"].as_str().unwrap();
            let there = input(&moves[won])["PolicyId"].as_str().unwrap();
            assert_eq!(stage.attached(root, "TAG_POLICY").await, [there]);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_attach_one_policy() {
    race(
        async |stage| {
            let root = stage.with_type("TAG_POLICY").await;
            let policy = stage.policy("TAG_POLICY", "one", TAGS).await;
            let attach = Move::Call(1, "AttachPolicy", at(&policy, &root));
            [attach.clone(), attach]
        },
        async |stage, moves, outcomes| {
            winner(outcomes, &OrganizationsError::DuplicatePolicyAttachment);
            let root = input(&moves[0])["TargetId"].as_str().unwrap();
            assert_eq!(stage.attached(root, "TAG_POLICY").await.len(), 1);
        },
    )
    .await;
}

/// The last policy that the quota has room for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_policies_in_one_place() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            let org = stage.organization(1).await;
            stage.limits(org, json!({"ManagementPolicies": 1})).await;
            ["a", "b"].map(|name| Move::Call(1, "CreatePolicy", new_policy("TAG_POLICY", name, TAGS)))
        },
        async |_, _, outcomes| {
            winner(outcomes, &constraint(ConstraintReason::PolicyNumberLimitExceeded));
        },
    )
    .await;
}

/// Two policies get one name, one when it is created and one when it is renamed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_policies_of_one_name() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let other = stage.policy("TAG_POLICY", "other", TAGS).await;
            [
                Move::Call(1, "CreatePolicy", new_policy("TAG_POLICY", "one", TAGS)),
                Move::Call(1, "UpdatePolicy", json!({"PolicyId": other, "Name": "one"})),
            ]
        },
        async |stage, _, outcomes| {
            let won = winner(outcomes, &OrganizationsError::DuplicatePolicy);
            let policies = stage.call(1, "ListPolicies", json!({"Filter": "TAG_POLICY"})).await;
            assert_eq!(policies["Policies"].as_array().unwrap().len(), [2, 1][won]);
        },
    )
    .await;
}

/// A unit goes while a policy is attached to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn attach_to_a_unit_and_delete_it() {
    race(
        async |stage| {
            let root = stage.with_type("TAG_POLICY").await;
            let unit = stage.unit(1, &root, "unit").await;
            let policy = stage.policy("TAG_POLICY", "one", TAGS).await;
            let delete = json!({"OrganizationalUnitId": unit});
            [
                Move::Call(1, "AttachPolicy", at(&policy, &unit)),
                Move::Call(1, "DeleteOrganizationalUnit", delete),
            ]
        },
        async |stage, moves, outcomes| {
            let [attached, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            let late = Err(OrganizationsError::TargetNotFound.into());
            assert!(attached.is_ok() || *attached == late, "{attached:?}");
            stage.call(1, "DeletePolicy", json!({"PolicyId": input(&moves[0])["PolicyId"]})).await;
        },
    )
    .await;
}

/// Two first resource policies: both are put, one after the other, under one id.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_resource_policies() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let statement =
                json!({"Effect": "Deny", "Principal": "*", "Action": "organizations:ListRoots", "Resource": "*"});
            let put = json!({"Content": json!({"Statement": [statement]}).to_string()});
            [Move::Call(1, "PutResourcePolicy", put.clone()), Move::Call(1, "PutResourcePolicy", put)]
        },
        async |stage, _, outcomes| {
            let [Ok(first), Ok(second)] = outcomes else { panic!("{outcomes:?}") };
            assert_eq!(first, second);
            assert_eq!(stage.call(1, "DescribeResourcePolicy", json!({})).await, *first);
        },
    )
    .await;
}

/// Security Hub loses its access while its policies are enabled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn enable_a_type_and_disable_its_service() {
    race(
        async |stage| {
            stage.register(&[1]).await;
            stage.organization(1).await;
            let service = json!({"ServicePrincipal": "securityhub.amazonaws.com"});
            stage.call(1, "EnableAWSServiceAccess", service.clone()).await;
            let r#type = json!({"RootId": stage.root(1).await, "PolicyType": "SECURITYHUB_POLICY"});
            [Move::Call(1, "EnablePolicyType", r#type), Move::Call(1, "DisableAWSServiceAccess", service)]
        },
        async |_, _, outcomes| {
            let late = constraint(ConstraintReason::ServiceAccessNotEnabledForPolicyType);
            let used = constraint(ConstraintReason::PolicyTypeEnabledForThisService);
            winner_of(outcomes, [&late, &used]);
        },
    )
    .await;
}

/// A unit's policies become invalid while an account moves below it: either way it keeps what was valid, and is listed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn make_a_unit_invalid_and_move_into_it() {
    race(
        async |stage| {
            let root = stage.with_type("BACKUP_POLICY").await;
            stage.register(&[2]).await;
            stage.join(1, 2).await;
            let unit = stage.unit(1, &root, "unit").await;
            let invalid = r#"{"plans":{"p":{"rules":{"r":{"target_backup_vault_name":{"@@assign":"v"}}}}}}"#;
            let policy = stage.policy("BACKUP_POLICY", "one", invalid).await;
            let there =
                json!({"AccountId": stage.id(2), "SourceParentId": root, "DestinationParentId": unit});
            [Move::Call(1, "AttachPolicy", at(&policy, &unit)), Move::Call(1, "MoveAccount", there)]
        },
        async |stage, _, outcomes| {
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            let backup = json!({"PolicyType": "BACKUP_POLICY"});
            let invalid = stage.call(1, "ListAccountsWithInvalidEffectivePolicy", backup.clone()).await;
            let ids: Vec<_> = invalid["Accounts"].as_array().unwrap().iter().map(|a| &a["Id"]).collect();
            assert_eq!(ids, [&json!(stage.id(2))]);
            let kept = stage.call(2, "DescribeEffectivePolicy", backup).await;
            assert_eq!(kept["EffectivePolicy"]["PolicyContent"], "{}");
        },
    )
    .await;
}

/// A member writes while its grant is taken away: what it was let do is done, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn write_by_a_grant_and_take_it_away() {
    race(
        async |stage| {
            stage.register(&[1, 2]).await;
            stage.organization(1).await;
            stage.join(1, 2).await;
            let statement = json!({
                "Effect": "Allow", "Principal": {"AWS": stage.id(2)}, "Resource": "*",
                "Action": "organizations:CreatePolicy",
            });
            let put = json!({"Content": json!({"Statement": statement}).to_string()});
            stage.call(1, "PutResourcePolicy", put).await;
            [
                Move::Call(2, "CreatePolicy", new_policy("TAG_POLICY", "one", TAGS)),
                Move::Call(1, "DeleteResourcePolicy", json!({})),
            ]
        },
        async |stage, _, outcomes| {
            let [created, Ok(_)] = outcomes else { panic!("{outcomes:?}") };
            let late = Err(Refusal::AccessDenied);
            assert!(created.is_ok() || *created == late, "{created:?}");
            let policies = stage.call(1, "ListPolicies", json!({"Filter": "TAG_POLICY"})).await;
            assert_eq!(policies["Policies"].as_array().unwrap().is_empty(), created.is_err());
        },
    )
    .await;
}
