//! Texts that almost every account has, because Organizations writes them there: one copy for all accounts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer};

use crate::state::account::Partition;
use crate::state::iam::entity::PolicyArn;

/// Whom the role that is linked to Organizations trusts (identity.md 7.2).
pub const ORGANIZATIONS_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["organizations.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}"#;
/// The policy that allows everything, below `arn:<partition>:iam::aws:policy/`.
pub const ADMINISTRATOR: &str = "AdministratorAccess";
/// The policy of the role that is linked to Organizations, likewise.
pub const ORGANIZATIONS_POLICY: &str = "aws-service-role/AWSOrganizationsServiceTrustPolicy";

static SHARED: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
    let policies = Partition::ALL
        .iter()
        .flat_map(|partition| [ADMINISTRATOR, ORGANIZATIONS_POLICY].map(|policy| of_aws(*partition, policy)));
    [ORGANIZATIONS_TRUST.to_owned()].into_iter().chain(policies).map(Into::into).collect()
});

/// The ARN of one of AWS's own policies, by its path and name without the first slash.
pub fn of_aws(partition: Partition, policy: &str) -> String {
    format!("arn:{}:iam::aws:policy/{policy}", partition.wire())
}

/// A text: the copy that all have, if there is one.
pub fn shared(text: &str) -> Arc<str> {
    SHARED.iter().find(|known| ***known == *text).map_or_else(|| text.into(), Arc::clone)
}

/// Reads the ARNs of policies.
pub(super) fn arns<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeSet<PolicyArn>, D::Error> {
    Ok(Vec::<Cow<'_, str>>::deserialize(d)?.iter().map(|arn| shared(arn)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::iam::document::PolicyText;
    use crate::state::iam::entity::Policies;

    #[test]
    fn what_almost_all_accounts_have_is_one_text() {
        let arn = of_aws(Partition::Aws, ADMINISTRATOR);
        assert_eq!(arn, "arn:aws:iam::aws:policy/AdministratorAccess");
        let read = || {
            let body = format!(r#"{{"managed":["{arn}","arn:aws:iam::111122223333:policy/Own"]}}"#);
            let policies: Policies = serde_json::from_str(&body).unwrap();
            policies.managed.into_iter().collect::<Vec<_>>()
        };
        let (one, other) = (read(), read());
        assert_eq!(one, other);
        let same: Vec<bool> = one.iter().zip(&other).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!((one.len(), same), (2, vec![false, true]));
        let text: PolicyText =
            serde_json::from_str(&serde_json::to_string(ORGANIZATIONS_TRUST).unwrap()).unwrap();
        assert_eq!(text.as_str().as_ptr(), shared(ORGANIZATIONS_TRUST).as_ptr());
        assert_eq!(text, PolicyText::new(ORGANIZATIONS_TRUST));
    }
}
