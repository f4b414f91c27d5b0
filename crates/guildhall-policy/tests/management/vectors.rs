//! The vectors of policies.md 4.4.

use serde_json::Value;

use guildhall_policy::management::{ManagementDocument, Node, PolicyKind, merge};

#[test]
fn every_vector_of_the_reference() {
    let mut count = 0;
    for line in include_str!("vectors.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let id = vector["id"].as_str().unwrap();
        let kind = PolicyKind::from_name(vector["type"].as_str().unwrap()).unwrap();
        let levels: Vec<(String, Vec<ManagementDocument>)> = vector["levels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|level| {
                let texts = level["policies"].as_array().unwrap().iter();
                let documents = texts.map(|policy| super::document(kind, &policy.to_string()));
                (level["node"].as_str().unwrap().to_owned(), documents.collect())
            })
            .collect();
        let attached: Vec<Vec<(&str, &ManagementDocument)>> =
            levels.iter().map(|(_, documents)| documents.iter().map(|d| ("p-1", d)).collect()).collect();
        let path: Vec<Node<'_>> =
            levels.iter().zip(&attached).map(|((node, _), policies)| Node { id: node, policies }).collect();
        let got = merge(kind, &path);
        let document: Value = serde_json::from_str(&got.document).unwrap();
        assert_eq!(document, vector["effective"], "{id}: {}", got.document);
        count += 1;
    }
    assert_eq!(count, 22);
}

#[test]
fn every_type_has_a_name_and_a_root() {
    for (kind, name, root) in [
        (PolicyKind::AiServicesOptOut, "AISERVICES_OPT_OUT_POLICY", "services"),
        (PolicyKind::Backup, "BACKUP_POLICY", "plans"),
        (PolicyKind::Bedrock, "BEDROCK_POLICY", "bedrock"),
        (PolicyKind::Chatbot, "CHATBOT_POLICY", "chatbot"),
        (PolicyKind::DeclarativeEc2, "DECLARATIVE_POLICY_EC2", "ec2_attributes"),
        (PolicyKind::GuardDuty, "GUARDDUTY_POLICY", "guardduty"),
        (PolicyKind::Inspector, "INSPECTOR_POLICY", "inspector"),
        (
            PolicyKind::NetworkSecurityDirector,
            "NETWORK_SECURITY_DIRECTOR_POLICY",
            "network_security_director",
        ),
        (PolicyKind::S3, "S3_POLICY", "s3_attributes"),
        (PolicyKind::SecurityHub, "SECURITYHUB_POLICY", "securityhub"),
        (PolicyKind::SecurityHubCspm, "SECURITYHUB_CSPM_POLICY", "securityhub_cspm"),
        (PolicyKind::Tag, "TAG_POLICY", "tags"),
        (PolicyKind::UpgradeRollout, "UPGRADE_ROLLOUT_POLICY", "upgrade_rollout"),
    ] {
        assert_eq!((kind.name(), kind.root()), (name, root));
        assert_eq!(PolicyKind::from_name(name), Some(kind));
        super::document(kind, &super::least(kind));
    }
    for other in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "tag_policy", ""] {
        assert_eq!(PolicyKind::from_name(other), None);
    }
}

#[test]
fn what_each_type_is_allowed() {
    for kind in PolicyKind::ALL {
        let (characters, per_target) = match kind {
            PolicyKind::AiServicesOptOut => (2_500, 5),
            PolicyKind::Chatbot => (10_000, 5),
            PolicyKind::UpgradeRollout => (5_120, 10),
            _ => (10_000, 10),
        };
        let limits = kind.limits();
        assert_eq!((limits.characters, limits.per_target), (characters, per_target), "{kind}");
    }
}
