//! Policies: their types, what is stored of one, and those that AWS manages (policies.md 1).

use std::sync::Arc;

use guildhall_policy::iam::{self, DocumentKind};
use guildhall_policy::management::{self, PolicyKind};
use serde::{Deserialize, Serialize};

use crate::kernel::ids::PolicyId;
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::time::Timestamp;
use crate::state::org::OrgRecord;
use crate::wire_enum;

wire_enum! {
    /// A policy type, in the order of the names.
    PolicyType {
        /// What AI services may keep.
        AiServicesOptOut = "AISERVICES_OPT_OUT_POLICY",
        /// Backup plans.
        Backup = "BACKUP_POLICY",
        /// Guardrails of Bedrock.
        Bedrock = "BEDROCK_POLICY",
        /// Chat applications.
        Chatbot = "CHATBOT_POLICY",
        /// EC2's declarative settings.
        DeclarativeEc2 = "DECLARATIVE_POLICY_EC2",
        /// Threat detection.
        GuardDuty = "GUARDDUTY_POLICY",
        /// Scans of Inspector.
        Inspector = "INSPECTOR_POLICY",
        /// Network scans.
        NetworkSecurityDirector = "NETWORK_SECURITY_DIRECTOR_POLICY",
        /// What others may do with members' resources.
        ResourceControl = "RESOURCE_CONTROL_POLICY",
        /// Public access to S3.
        S3 = "S3_POLICY",
        /// Security Hub's posture management.
        SecurityHubCspm = "SECURITYHUB_CSPM_POLICY",
        /// Security Hub.
        SecurityHub = "SECURITYHUB_POLICY",
        /// What members may do.
        ServiceControl = "SERVICE_CONTROL_POLICY",
        /// Tags.
        Tag = "TAG_POLICY",
        /// The order of upgrades.
        UpgradeRollout = "UPGRADE_ROLLOUT_POLICY",
    }
}

/// How a policy type's documents are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// An IAM document.
    Iam(DocumentKind),
    /// One that merges with others into an effective policy.
    Management(PolicyKind),
}

impl PolicyType {
    /// Every type, in the order of the names.
    pub const ALL: [Self; 15] = [
        Self::AiServicesOptOut,
        Self::Backup,
        Self::Bedrock,
        Self::Chatbot,
        Self::DeclarativeEc2,
        Self::GuardDuty,
        Self::Inspector,
        Self::NetworkSecurityDirector,
        Self::ResourceControl,
        Self::S3,
        Self::SecurityHubCspm,
        Self::SecurityHub,
        Self::ServiceControl,
        Self::Tag,
        Self::UpgradeRollout,
    ];

    /// How its documents are read.
    pub fn language(self) -> Language {
        Language::Management(match self {
            Self::ServiceControl => return Language::Iam(DocumentKind::ServiceControl),
            Self::ResourceControl => return Language::Iam(DocumentKind::ResourceControl),
            Self::AiServicesOptOut => PolicyKind::AiServicesOptOut,
            Self::Backup => PolicyKind::Backup,
            Self::Bedrock => PolicyKind::Bedrock,
            Self::Chatbot => PolicyKind::Chatbot,
            Self::DeclarativeEc2 => PolicyKind::DeclarativeEc2,
            Self::GuardDuty => PolicyKind::GuardDuty,
            Self::Inspector => PolicyKind::Inspector,
            Self::NetworkSecurityDirector => PolicyKind::NetworkSecurityDirector,
            Self::S3 => PolicyKind::S3,
            Self::SecurityHubCspm => PolicyKind::SecurityHubCspm,
            Self::SecurityHub => PolicyKind::SecurityHub,
            Self::Tag => PolicyKind::Tag,
            Self::UpgradeRollout => PolicyKind::UpgradeRollout,
        })
    }

    /// The kind of its effective policy, if it has one.
    pub fn effective(self) -> Option<PolicyKind> {
        match self.language() {
            Language::Management(kind) => Some(kind),
            Language::Iam(_) => None,
        }
    }

    /// The service that has to have trusted access for the type to be enabled, and keeps it as long as it is
    /// (policies.md 1.3: AWS names this one only).
    pub fn service(self) -> Option<&'static str> {
        match self {
            Self::SecurityHub => Some("securityhub.amazonaws.com"),
            _ => None,
        }
    }

    /// The policy of this type that AWS manages, if there is one.
    pub fn managed(self) -> Option<&'static Managed> {
        MANAGED.iter().find(|m| m.r#type == self)
    }
}

/// A policy that AWS manages: it is attached everywhere when its type is enabled (policies.md 1.2).
#[derive(Debug)]
pub struct Managed {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its description.
    pub description: &'static str,
    /// Its type.
    pub r#type: PolicyType,
    /// Its document.
    pub content: &'static str,
}

/// Every policy that AWS manages.
pub static MANAGED: [Managed; 2] = [
    Managed {
        id: "p-FullAWSAccess",
        name: "FullAWSAccess",
        description: "Allows access to every operation",
        r#type: PolicyType::ServiceControl,
        content: r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#,
    },
    Managed {
        id: "p-RCPFullAWSAccess",
        name: "RCPFullAWSAccess",
        description: "Allows access to every resource",
        r#type: PolicyType::ResourceControl,
        content: r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#,
    },
];

impl Managed {
    /// The managed policy with this id.
    pub fn find(id: &PolicyId) -> Option<&'static Self> {
        MANAGED.iter().find(|m| m.id == id.as_str())
    }

    /// Its id.
    pub fn policy_id(&self) -> Option<PolicyId> {
        self.id.parse().ok()
    }
}

/// A policy that a customer wrote, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Its id.
    pub id: PolicyId,
    /// Its type, which never changes.
    pub r#type: PolicyType,
    /// Its name, unlike that of every policy of the type.
    pub name: Box<str>,
    /// Its description, which may be empty.
    pub description: Box<str>,
    /// Its document, in the form in which AWS stores it (policies.md 1.6).
    pub content: Arc<str>,
    /// When it was written last, its name included.
    pub updated: Timestamp,
}

/// The document of a stored policy, read.
#[derive(Clone, Debug)]
pub enum StoredDocument {
    /// An IAM document.
    Iam(Arc<iam::Document>),
    /// A management policy.
    Management(management::ManagementDocument),
}

/// A document that is none of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A policy in memory: read once, however often it is merged or evaluated.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What is stored.
    pub record: PolicyRecord,
    /// Its document, read.
    pub document: StoredDocument,
}

impl Policy {
    /// Reads a stored policy. Whatever was admitted can be read.
    pub fn of(record: PolicyRecord) -> Result<Self, Malformed> {
        let document = match record.r#type.language() {
            Language::Iam(kind) => {
                let document = iam::Document::parse(kind, &record.content);
                StoredDocument::Iam(Arc::new(document.map_err(|_| Malformed)?))
            }
            Language::Management(kind) => {
                let document = management::ManagementDocument::parse(kind, &record.content);
                StoredDocument::Management(document.map_err(|_| Malformed)?)
            }
        };
        Ok(Self { record, document })
    }
}

/// A policy on the wire: PolicySummary, or what of it an update echoes.
pub struct Summary<'a> {
    /// The organization, for the ARN; none for a policy that AWS manages.
    pub org: Option<&'a OrgRecord>,
    /// Its partition.
    pub partition: &'static str,
    /// Its id.
    pub id: &'a str,
    /// Its type.
    pub r#type: PolicyType,
    /// Its name, if it is shown.
    pub name: Option<&'a str>,
    /// Its description, if it is shown.
    pub description: Option<&'a str>,
}

impl<'a> Summary<'a> {
    /// A customer's policy.
    pub fn of(org: &'a OrgRecord, policy: &'a PolicyRecord) -> Self {
        Self {
            org: Some(org),
            partition: org.partition.wire(),
            id: policy.id.as_str(),
            r#type: policy.r#type,
            name: Some(&policy.name),
            description: Some(&policy.description),
        }
    }

    /// A policy that AWS manages.
    pub fn managed(org: &OrgRecord, managed: &'static Managed) -> Summary<'static> {
        Summary {
            org: None,
            partition: org.partition.wire(),
            id: managed.id,
            r#type: managed.r#type,
            name: Some(managed.name),
            description: Some(managed.description),
        }
    }

    /// The policy's ARN (accounts.md 2.2).
    pub fn arn(&self) -> String {
        let (partition, kind, id) = (self.partition, self.r#type.wire().to_lowercase(), self.id);
        match self.org {
            None => format!("arn:{partition}:organizations::aws:policy/{kind}/{id}"),
            Some(org) => {
                format!("arn:{partition}:organizations::{}:policy/{}/{kind}/{id}", org.management, org.id)
            }
        }
    }
}

impl WriteJson for Summary<'_> {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"Id":"#).string(self.id).raw(r#","Arn":"#).string(&self.arn());
        if let Some(name) = self.name {
            json.raw(r#","Name":"#).string(name);
        }
        if let Some(description) = self.description {
            json.raw(r#","Description":"#).string(description);
        }
        json.raw(r#","Type":""#).raw(self.r#type.wire()).raw(r#"","AwsManaged":"#);
        json.raw(if self.org.is_none() { "true}" } else { "false}" });
    }
}

/// A policy on the wire with its document.
pub struct Full<'a> {
    /// What it is.
    pub summary: Summary<'a>,
    /// Its document.
    pub content: &'a str,
}

impl WriteJson for Full<'_> {
    fn write(&self, json: &mut Json) {
        json.raw(r#"{"PolicySummary":"#);
        self.summary.write(json);
        json.raw(r#","Content":"#).string(self.content).raw("}");
    }
}
