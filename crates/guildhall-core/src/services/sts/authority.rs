//! What operations of STS are about, and its condition keys (identity.md 5.5, 5.7).

use guildhall_policy::iam::DocumentKind;

use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{KeyKind, Resource};
use crate::rules::managed;
use crate::rules::principal::{MFA_AGE, MFA_PRESENT};
use crate::state::iam::Iam;
use crate::state::view::View;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident $key:literal;)+) => {
        $($(#[$doc])*
        pub(super) static $name: KeyKind = KeyKind {
            names: &[$key],
            put: |_, value, context| match value {
                Some(value) => context.one($key, value),
                None => context,
            },
        };)+
    };
}

keys! {
    /// What somebody else's service was told to say.
    EXTERNAL_ID "sts:ExternalId";
    /// The session's name.
    SESSION_NAME "sts:RoleSessionName";
    /// Who is said to be behind the session.
    SOURCE_IDENTITY "sts:SourceIdentity";
    /// What a root user's session is for.
    TASK "sts:TaskPolicyArn";
}

/// That the caller proved a second factor with this call: the code has been looked at.
pub(super) static DEVICE: KeyKind = KeyKind {
    // All services have these keys.
    names: &[],
    put: |_, serial, context| match serial {
        Some(_) => context.one(MFA_PRESENT, "true").one(MFA_AGE, "0"),
        None => context,
    },
};

/// The account that an ARN of a role is of.
pub(super) fn account_of(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

/// The role of this ARN, to the letter, with its trust policy. Where there is none, the answer is the same as where the
/// caller may not (identity.md 4.2, row 6).
pub(super) fn role<'a>(arn: &str, cx: &Cx<'_>, view: &mut View<'a>) -> Result<Vec<Resource<'a>>, Stop> {
    let owner = account_of(arn);
    let mut resource = Resource { arn: arn.to_owned(), owner, guarded: true, ..Resource::default() };
    let Some(account) = owner else { return Ok(vec![resource]) };
    view.want([Owner::Account(account), Owner::Iam(account)])?;
    let record = view.account(account)?;
    let iam = view.get::<Iam>(account)?;
    let role = arn.rsplit('/').next().and_then(|name| iam.roles.by_name(name));
    let role =
        role.zip(record).filter(|(role, record)| role.arn(record) == arn && record.standing.may_call(cx.now));
    if let Some((role, _)) = role {
        resource.policy = managed::read(&role.trust, DocumentKind::Trust);
        resource.tags = Some(&role.tags);
        resource.tag_key = Some("iam:ResourceTag");
    }
    Ok(vec![resource])
}
