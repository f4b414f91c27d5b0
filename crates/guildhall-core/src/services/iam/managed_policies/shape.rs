//! Managed policies and their versions as clients get them. Which members they have depends on the operation (identity.md
//! 3.7).

use serde::Serialize;

use crate::rules::managed::{Managed, Version};
use crate::services::iam::shape::{self, TagShape, encoded};
use crate::state::account::AccountRecord;
use crate::state::iam::{Iam, Usage};

/// A managed policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyShape {
    policy_name: String,
    policy_id: String,
    arn: String,
    path: String,
    default_version_id: String,
    pub(super) attachment_count: usize,
    pub(super) permissions_boundary_usage_count: usize,
    is_attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    create_date: String,
    update_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagShape>>,
}

/// An answer that is a policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyAnswer {
    pub(super) policy: PolicyShape,
}

/// A version of a policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: String,
}

/// An answer that is a version of a policy.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionAnswer {
    pub(super) policy_version: VersionShape,
}

impl PolicyShape {
    /// The members that every answer has. It is counted what of this account uses the policy.
    pub(super) fn of(policy: Managed<'_>, account: &AccountRecord, iam: &Iam) -> Self {
        let arn = policy.arn(account);
        let (attached, boundaries): (Vec<Usage>, Vec<Usage>) =
            iam.uses(&arn).map(|(how, ..)| how).partition(|how| *how == Usage::Permissions);
        let (id, version, created, updated) = match policy {
            Managed::Own(own) => {
                let version = format!("v{}", own.default);
                (own.id.to_string(), version, own.created.iso8601(), own.updated.iso8601())
            }
            Managed::OfAws(aws) => {
                let [id, version, created, updated] =
                    [aws.id, aws.version, aws.created, aws.updated].map(str::to_owned);
                (id, version, created, updated)
            }
        };
        Self {
            policy_name: policy.name().to_owned(),
            policy_id: id,
            arn,
            path: policy.path().to_owned(),
            default_version_id: version,
            attachment_count: attached.len(),
            permissions_boundary_usage_count: boundaries.len(),
            // AWS says so of those too that nobody can attach.
            is_attachable: true,
            description: None,
            create_date: created,
            update_date: updated,
            tags: None,
        }
    }

    /// With its tags if it has any.
    pub(super) fn with_tags(mut self, policy: Managed<'_>) -> Self {
        self = self.with_all_tags(policy);
        self.tags = self.tags.filter(|tags| !tags.is_empty());
        self
    }

    /// With its tags, none too.
    pub(super) fn with_all_tags(mut self, policy: Managed<'_>) -> Self {
        self.tags = Some(match policy {
            Managed::Own(own) => shape::tags(&own.tags),
            Managed::OfAws(_) => Vec::new(),
        });
        self
    }

    pub(super) fn with_description(mut self, policy: Managed<'_>) -> Self {
        let description = match policy {
            Managed::Own(own) => &*own.description,
            Managed::OfAws(aws) => aws.description,
        };
        self.description = Some(description.to_owned()).filter(|text| !text.is_empty());
        self
    }
}

impl VersionShape {
    /// The members that every answer has.
    pub(super) fn of(version: &Version<'_>) -> Self {
        Self {
            document: None,
            version_id: version.id.clone(),
            is_default_version: version.is_default,
            create_date: version.created.clone(),
        }
    }

    pub(super) fn with_document(mut self, version: &Version<'_>) -> Self {
        self.document = Some(encoded(version.document));
        self
    }
}
