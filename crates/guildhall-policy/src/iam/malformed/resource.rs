//! The forms of resources that IAM takes.

use super::statement::Checked;
use super::{Malformed, Usage, clip};

/// The types of IAM's own resources, as its sentence lists them, and those that came later.
const IAM_PATHS: [&str; 15] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
    "role-template/",
    "delegation-request/",
];

/// What the first resource that is not right is told, which is after other rules.
///
/// # Errors
///
/// [`Malformed::Legacy`] at once for an ARN that ends too early, if all resources before it are right.
pub(super) fn first_error(statements: &[Checked<'_>], usage: Usage) -> Result<Option<Malformed>, Malformed> {
    let all = statements.iter().flat_map(Checked::resources).filter(|_| usage != Usage::Trust);
    for resource in all.filter(|resource| *resource != "*") {
        match error(resource, usage) {
            Some(Malformed::Legacy) => return Err(Malformed::Legacy),
            Some(bad) => return Ok(Some(bad)),
            None => {}
        }
    }
    Ok(None)
}

fn error(resource: &str, usage: Usage) -> Option<Malformed> {
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let field = |n: usize| fields.get(n).copied();
    let Some(partition) = field(1) else { return Some(Malformed::NoArn(clip(resource))) };
    if !partition_fits(partition) {
        return Some(Malformed::Partition { partition: clip(partition), resource: completed(&fields) });
    }
    if field(0) != Some("arn") {
        return Some(Malformed::NoArn(clip(resource)));
    }
    let Some(service) = field(2) else { return Some(Malformed::ResourceVendor) };
    if service.is_empty() {
        return Some(Malformed::Legacy);
    }
    let (region, account) = (field(3).unwrap_or("*"), field(4).unwrap_or_default());
    match service {
        "iam" if !region.is_empty() => return Some(Malformed::IamRegion(clip(resource))),
        // The ARN of an access point has a region, and an account.
        "s3" if !region.is_empty() && account.is_empty() => {
            return Some(Malformed::BucketRegion(clip(resource)));
        }
        "iam" if field(5).is_some_and(|path| !iam_path(path)) => return Some(Malformed::IamPath),
        _ => {}
    }
    if fields.len() < 6 {
        if resource.contains("::") {
            return Some(Malformed::Legacy);
        }
        // Such an ARN means nothing, but only sessions' policies are refused for it.
        return (usage == Usage::Session).then(|| Malformed::NoArn(clip(resource)));
    }
    None
}

fn partition_fits(partition: &str) -> bool {
    partition == "aws" || partition.starts_with("aws-") || partition.contains(['*', '?', '$'])
}

/// The ARN as AWS's sentence writes it: with `*` for what is missing.
fn completed(fields: &[&str]) -> String {
    let field = |n: usize| fields.get(n).copied().unwrap_or("*");
    clip(&format!("arn:{}:{}:{}:{}:{}", field(1), field(2), field(3), field(4), field(5)))
}

/// Whether it may be a resource of IAM. What has a wildcard or a variable before its first slash may be one.
fn iam_path(path: &str) -> bool {
    let kind = path.split('/').next().unwrap_or_default();
    path == "root" || kind.contains(['*', '?', '$']) || IAM_PATHS.iter().any(|known| path.starts_with(known))
}
