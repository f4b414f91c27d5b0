//! The global condition keys that follow from who asks and what is asked for (policies.md 3.4).

use super::context::{Context, Given};
use super::principal::Principal;

/// Where an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The organization's id.
    pub organization: String,
    /// `o-x/r-y/ou-1/ou-2/`: with a slash at its end and without the account.
    pub path: String,
}

/// Says the keys about the caller and about the owner of the resource. A place of `None` is an account in no
/// organization, so its keys are absent.
///
/// For Organizations' own API the owner is the management account, whatever the resource (observed.md 41).
/// Keys about the call, such as aws:RequestedRegion or aws:SourceIp, are the caller's to say.
pub fn standard_keys(
    context: &mut Context,
    principal: &Principal,
    place: Option<&Place>,
    owner: &str,
    owner_place: Option<&Place>,
) {
    let one = |value: &str| Given::One(value.to_owned());
    let service = matches!(principal, Principal::Service { .. });
    let (arn, kind) = match principal {
        Principal::Root { account } => (Some(format!("arn:aws:iam::{account}:root")), Some("Account")),
        Principal::User { arn, .. } => (Some(arn.clone()), Some("User")),
        // The role's ARN, not the session's.
        Principal::Role { role, .. } => (Some(role.clone()), Some("AssumedRole")),
        Principal::FederatedUser { arn, .. } => (Some(arn.clone()), Some("FederatedUser")),
        Principal::Anonymous => (None, Some("Anonymous")),
        Principal::Service { .. } | Principal::Provided { .. } => (None, None),
    };
    let mut tell = |key: &str, given: Option<Given>| context.set(key, given.unwrap_or(Given::Absent));
    tell("aws:PrincipalArn", arn.map(Given::One));
    tell("aws:PrincipalType", kind.map(one));
    tell("aws:PrincipalAccount", principal.account().map(one));
    tell("aws:PrincipalIsAWSService", Some(one(if service { "true" } else { "false" })));
    let name = if let Principal::Service { name } = principal { Some(one(name)) } else { None };
    tell("aws:PrincipalServiceName", name);
    let places = [("aws:Principal", place), ("aws:Resource", owner_place)];
    for (prefix, place) in places {
        tell(&format!("{prefix}OrgID"), place.map(|p| one(&p.organization)));
        tell(&format!("{prefix}OrgPaths"), place.map(|p| Given::Many(vec![p.path.clone()])));
    }
    tell("aws:ResourceAccount", Some(one(owner)));
}
