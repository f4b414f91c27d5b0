//! Roles that services link to themselves: what they are made of (identity.md 3.13, 7.2).

use guildhall_policy::iam::aws::ServiceRole;

use crate::kernel::ids::RoleId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::time::Timestamp;
use crate::state::account::Partition;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::Policies;
use crate::state::iam::role::{Role, SESSION_SECONDS};
use crate::state::iam::shared::{linked_trust, of_aws, shared};
use crate::state::tag::Tags;

/// What a service's role is called.
pub fn name(service: &ServiceRole, suffix: Option<&str>) -> String {
    suffix.map_or(service.role.to_owned(), |suffix| format!("{}_{suffix}", service.role))
}

/// A new role of a service.
pub fn role(
    service: &ServiceRole,
    suffix: Option<&str>,
    id: RoleId,
    partition: Partition,
    now: Timestamp,
) -> Role {
    let policy = of_aws(partition, &format!("aws-service-role/{}", service.policy));
    Role {
        id,
        name: shared(&name(service, suffix)),
        path: shared(&service.path()),
        trust: PolicyText::new(&linked_trust(service.service)),
        description: shared(service.description),
        max_session: *SESSION_SECONDS.start(),
        tags: Tags::default(),
        created: now,
        boundary: None,
        policies: Policies { managed: [shared(&policy)].into_iter().collect(), ..Policies::default() },
        service: Some(shared(service.service)),
        used: None,
    }
}

/// Organizations' own.
pub fn organizations() -> Result<&'static ServiceRole, Stop> {
    ServiceRole::of("organizations.amazonaws.com").ok_or_else(|| Refusal::Internal.into())
}

/// Whether a role is linked to this service.
pub fn is_of(role: &Role, service: &ServiceRole) -> bool {
    role.service.as_deref().is_some_and(|own| own == service.service)
}

#[cfg(test)]
mod tests {
    use guildhall_policy::iam::DocumentKind;
    use guildhall_policy::iam::aws::SERVICE_ROLES;

    use super::*;

    #[test]
    fn every_service_has_a_role_that_trusts_it() {
        let id: RoleId = "AROAQAAAAAAAAEXAMPLE7".parse().unwrap();
        for service in SERVICE_ROLES {
            let role = role(service, None, id, Partition::Aws, Timestamp(1));
            let linked: Vec<&str> =
                SERVICE_ROLES.iter().filter(|other| is_of(&role, other)).map(|other| other.service).collect();
            assert_eq!(linked, [service.service]);
            assert!(role.trust.document(DocumentKind::Trust).is_some(), "{}", role.trust.as_str());
        }
        let scaling = ServiceRole::of("autoscaling.amazonaws.com").unwrap();
        let role = role(scaling, Some("x"), id, Partition::China, Timestamp(1));
        assert_eq!(
            (&*role.name, &*role.path),
            ("AWSServiceRoleForAutoScaling_x", "/aws-service-role/autoscaling.amazonaws.com/")
        );
        let arns: Vec<&str> = role.policies.managed.iter().map(|arn| &**arn).collect();
        assert_eq!(arns, ["arn:aws-cn:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"]);
    }
}
