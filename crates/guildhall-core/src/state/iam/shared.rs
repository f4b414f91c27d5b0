//! Texts that almost every account has, because Organizations writes them there: one copy for all accounts.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use guildhall_policy::iam::aws::ServiceRole;
use serde::{Deserialize, Deserializer, Serialize};

use crate::state::account::Partition;
use crate::state::iam::entity::PolicyArn;

/// The name of the role that the management account may assume, unless the request to create an account has another one.
pub const ACCESS: &str = "OrganizationAccountAccessRole";
/// The policy that allows everything, below `arn:<partition>:iam::aws:policy/`.
pub const ADMINISTRATOR: &str = "AdministratorAccess";

static SHARED: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
    let mut texts = vec![String::new(), "/".to_owned(), ACCESS.to_owned(), ACCESS.to_ascii_lowercase()];
    texts.extend(Partition::ALL.iter().map(|partition| of_aws(*partition, ADMINISTRATOR)));
    if let Some(own) = ServiceRole::of("organizations.amazonaws.com") {
        texts.extend([own.role, own.description, own.service].map(str::to_owned));
        texts.extend([own.role.to_ascii_lowercase(), own.path(), linked_trust(own.service)]);
        let policy = format!("aws-service-role/{}", own.policy);
        texts.extend(Partition::ALL.iter().map(|partition| of_aws(*partition, &policy)));
    }
    texts.into_iter().map(Into::into).collect()
});

/// The ARN of one of AWS's own policies, by its path and name without the first slash.
pub fn of_aws(partition: Partition, policy: &str) -> String {
    format!("arn:{}:iam::aws:policy/{policy}", partition.wire())
}

/// The trust policy of the role of a service, as a client gets it when the role is made; later it is shown without the
/// lists.
pub fn linked_trust(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":["{service}"]}},"Action":["sts:AssumeRole"]}}]}}"#
    )
}

/// A text: the copy that all have, if there is one.
pub fn shared(text: &str) -> Arc<str> {
    SHARED.iter().find(|known| ***known == *text).map_or_else(|| text.into(), Arc::clone)
}

/// Reads a text.
pub(super) fn text<'de, D: Deserializer<'de>>(d: D) -> Result<Arc<str>, D::Error> {
    Ok(shared(&Cow::<'_, str>::deserialize(d)?))
}

/// Reads a text that may be left out.
pub(super) fn option<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Arc<str>>, D::Error> {
    Ok(Option::<Cow<'_, str>>::deserialize(d)?.map(|text| shared(&text)))
}

/// The ARNs of policies, in order. A vector that is no longer than it has to be: most have one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Arns(Vec<PolicyArn>);

impl Arns {
    fn place(&self, arn: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|own| (**own).cmp(arn))
    }

    /// Whether an ARN is among them.
    pub fn contains(&self, arn: &str) -> bool {
        self.place(arn).is_ok()
    }

    /// Puts an ARN in. Answers whether it was not there.
    pub fn insert(&mut self, arn: PolicyArn) -> bool {
        let Err(place) = self.place(&arn) else { return false };
        self.0.reserve_exact(1);
        self.0.insert(place, arn);
        true
    }

    /// Takes an ARN out. Answers whether it was there.
    pub fn remove(&mut self, arn: &str) -> bool {
        self.place(arn).map(|place| self.0.remove(place)).is_ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyArn> {
        self.0.iter()
    }
}

impl Extend<PolicyArn> for Arns {
    fn extend<I: IntoIterator<Item = PolicyArn>>(&mut self, arns: I) {
        arns.into_iter().for_each(|arn| _ = self.insert(arn));
    }
}

impl FromIterator<PolicyArn> for Arns {
    fn from_iter<I: IntoIterator<Item = PolicyArn>>(arns: I) -> Self {
        let mut all = Self::default();
        all.extend(arns);
        all
    }
}

impl<'a> IntoIterator for &'a Arns {
    type Item = &'a PolicyArn;
    type IntoIter = std::slice::Iter<'a, PolicyArn>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Arns {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Vec::<Cow<'_, str>>::deserialize(d)?.iter().map(|arn| shared(arn)).collect())
    }
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
        let body = format!(r#"{{"managed":["{arn}","arn:aws:iam::111122223333:policy/Own"]}}"#);
        let read = || serde_json::from_str::<Policies>(&body).unwrap().managed;
        let (one, other) = (read(), read());
        assert_eq!(one, other);
        // In order, and one of them shared.
        let same: Vec<bool> = one.iter().zip(&other).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(same, [false, true]);
        let trust = linked_trust("organizations.amazonaws.com");
        let text: PolicyText = serde_json::from_str(&serde_json::to_string(&trust).unwrap()).unwrap();
        assert_eq!(text.as_str().as_ptr(), shared(&trust).as_ptr());
        assert_eq!(text, PolicyText::new(&trust));
        assert!(!Arc::ptr_eq(&shared("other"), &shared("other")));
    }

    #[test]
    fn arns_are_a_set() {
        let mut arns: Arns = ["b", "a", "b", "c"].into_iter().map(PolicyArn::from).collect();
        let texts = |arns: &Arns| arns.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((texts(&arns), arns.len()), (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], 3));
        assert!(arns.contains("b") && !arns.insert("b".into()) && arns.remove("b") && !arns.remove("b"));
        assert_eq!(texts(&arns), ["a", "c"]);
        assert!(!arns.is_empty() && Arns::default().is_empty() && !arns.contains("b"));
    }
}
