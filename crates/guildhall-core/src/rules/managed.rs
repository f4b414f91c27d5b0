//! Managed policies by their ARNs: an account's own, and those of AWS (identity.md 3.7, 6).

use std::sync::LazyLock;

use guildhall_policy::iam::{Document, DocumentKind};

use crate::state::account::AccountRecord;
use crate::state::iam::Iam;
use crate::state::iam::policy::ManagedPolicy;

static EVERYTHING: LazyLock<Document> = LazyLock::new(|| Document::full_access(DocumentKind::Identity));
static NOTHING: LazyLock<Document> = LazyLock::new(|| Document::empty(DocumentKind::Identity));

/// A document that allows everything.
pub fn everything() -> &'static Document {
    &EVERYTHING
}

/// A document that says nothing.
pub fn nothing() -> &'static Document {
    &NOTHING
}

/// The account's own policy with this ARN, to the letter.
pub fn own<'a>(iam: &'a Iam, account: &AccountRecord, arn: &str) -> Option<&'a ManagedPolicy> {
    let policy = iam.policies.by_name(arn.rsplit('/').next()?)?;
    (policy.arn(account) == arn).then_some(policy)
}

/// What the policy with this ARN says now.
pub fn document<'a>(iam: Option<&'a Iam>, account: &AccountRecord, arn: &str) -> Option<&'a Document> {
    let of_aws = arn.split(':').nth(4) == Some("aws");
    if of_aws {
        return arn.ends_with(":policy/AdministratorAccess").then(everything);
    }
    let text = own(iam?, account, arn)?.document()?;
    text.document(DocumentKind::Identity).map(|document| &**document)
}
