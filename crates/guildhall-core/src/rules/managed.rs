//! Managed policies by their ARNs: an account's own, and those of AWS (identity.md 3.7, 6).

use std::sync::LazyLock;

use guildhall_policy::iam::aws::{AwsDocuments, AwsPolicy};
use guildhall_policy::iam::{Document, DocumentKind};

use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::document::PolicyText;
use crate::state::iam::policy::{ManagedPolicy, PolicyVersion};

/// A managed policy.
#[derive(Clone, Copy)]
pub enum Managed<'a> {
    /// Of an account.
    Own(&'a ManagedPolicy),
    /// Of AWS.
    OfAws(&'static AwsPolicy),
}

/// A version of a managed policy.
pub struct Version<'a> {
    /// Its id, `v1`.
    pub id: String,
    /// Its document.
    pub document: &'a str,
    /// Whether it is the one that counts.
    pub is_default: bool,
    /// When it was made, as the wire writes it.
    pub created: String,
}

impl<'a> Managed<'a> {
    /// The managed policy with this ARN, to the letter.
    pub fn find(iam: &'a Iam, account: &AccountRecord, arn: &str) -> Option<Self> {
        match AwsPolicy::by_arn(arn) {
            Some(policy) => Some(Self::OfAws(policy)),
            None => own(iam, account, arn).map(Self::Own),
        }
    }

    /// Its ARN, as this account names it.
    pub fn arn(&self, account: &AccountRecord) -> String {
        match self {
            Self::Own(policy) => policy.arn(account),
            Self::OfAws(policy) => policy.arn(account.partition.wire()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Own(policy) => &policy.name,
            Self::OfAws(policy) => policy.name,
        }
    }

    /// Its path, from `/` to `/`.
    pub fn path(&self) -> &'a str {
        match self {
            Self::Own(policy) => &policy.path,
            Self::OfAws(policy) => policy.path,
        }
    }

    /// Its versions, the newest first. Of AWS's there is the default one alone.
    pub fn versions(&self) -> Vec<Version<'a>> {
        match *self {
            Self::Own(policy) => {
                let version = |version: &'a PolicyVersion| Version {
                    id: version.id(),
                    document: version.document.as_str(),
                    is_default: version.number == policy.default,
                    created: version.created.iso8601(),
                };
                policy.versions.iter().rev().map(version).collect()
            }
            Self::OfAws(policy) => vec![Version {
                id: policy.version.to_owned(),
                document: policy.text,
                is_default: true,
                created: policy.updated.to_owned(),
            }],
        }
    }
}

/// Documents that are the same everywhere, read once.
struct Shared {
    everything: Document,
    nothing: Document,
    own_password: Document,
    service_control: Document,
    resource_control: Document,
    aws: Option<AwsDocuments>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| Shared {
    everything: Document::full_access(DocumentKind::Identity),
    nothing: Document::empty(DocumentKind::Identity),
    own_password: Document::parse(DocumentKind::Identity, OWN_PASSWORD)
        .unwrap_or_else(|_| Document::empty(DocumentKind::Identity)),
    service_control: Document::full_access(DocumentKind::ServiceControl),
    resource_control: Document::full_access(DocumentKind::ResourceControl),
    aws: AwsDocuments::read().ok(),
});

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// No call of iam:ChangePassword is about anybody but the caller.
const OWN_PASSWORD: &str = r#"{
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"],
        "Resource": "*"
    }
}"#;

/// A document with its text.
#[derive(Clone, Copy)]
pub struct ReadPolicy<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its text.
    pub text: &'a str,
}

/// A document that lets a user change its own password.
pub fn own_password() -> ReadPolicy<'static> {
    ReadPolicy { document: &SHARED.own_password, text: OWN_PASSWORD }
}

/// A document that allows everything.
pub fn everything() -> ReadPolicy<'static> {
    ReadPolicy { document: &SHARED.everything, text: EVERYTHING }
}

/// A document that says nothing.
pub fn nothing() -> ReadPolicy<'static> {
    ReadPolicy { document: &SHARED.nothing, text: NOTHING }
}

/// What the policy of this language says that AWS attaches everywhere in an organization.
pub fn full_access(kind: DocumentKind) -> Option<&'static Document> {
    match kind {
        DocumentKind::ServiceControl => Some(&SHARED.service_control),
        DocumentKind::ResourceControl => Some(&SHARED.resource_control),
        _ => None,
    }
}

/// Whether an ARN is that of a policy of AWS's own, one that there is or not.
pub fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

/// The account's own policy with this ARN, to the letter.
pub fn own<'a>(iam: &'a Iam, account: &AccountRecord, arn: &str) -> Option<&'a ManagedPolicy> {
    let policy = iam.policies.by_name(arn.rsplit('/').next()?)?;
    (policy.arn(account) == arn).then_some(policy)
}

/// What the policy with this ARN says now. One of AWS's that is not here says nothing: where it could be attached, a lab
/// lets it be (identity.md 6).
pub fn document<'a>(iam: Option<&'a Iam>, account: &AccountRecord, arn: &str) -> Option<ReadPolicy<'a>> {
    if is_of_aws(arn) {
        let known = AwsPolicy::by_arn(arn).and_then(|policy| {
            Some(ReadPolicy { document: SHARED.aws.as_ref()?.named(policy.name)?, text: policy.text })
        });
        return Some(known.unwrap_or_else(nothing));
    }
    read(own(iam?, account, arn)?.document()?, DocumentKind::Identity)
}

/// A stored document. None if it says nothing that could be read: no such text is stored.
pub fn read(text: &PolicyText, kind: DocumentKind) -> Option<ReadPolicy<'_>> {
    Some(ReadPolicy { document: text.document(kind)?, text: text.as_str() })
}

/// Whether there is a policy with this ARN that could be attached. In a lab that is not strict every name is one of a
/// policy of AWS's.
pub fn exists(iam: &Iam, account: &AccountRecord, arn: &str, strict: bool) -> bool {
    if is_of_aws(arn) {
        let named = arn.splitn(6, ':').nth(5).and_then(|resource| resource.strip_prefix("policy/"));
        let named = named.is_some_and(|name| !name.is_empty() && !name.ends_with('/'));
        return AwsPolicy::by_arn(arn).is_some() || (named && !strict);
    }
    own(iam, account, arn).is_some()
}
