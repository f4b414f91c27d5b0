//! Roles that services link to themselves (identity.md 3.13).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::ids::DeletionTaskId;
use crate::services::operation::operations;
use crate::state::iam::role::RoleDeletion;

operations! {
    query:
    create_service_linked_role::CreateServiceLinkedRole,
    delete_service_linked_role::DeleteServiceLinkedRole,
    get_service_linked_role_deletion_status::GetServiceLinkedRoleDeletionStatus,
}

/// The id of a task as clients get it.
fn task(deletion: &RoleDeletion) -> String {
    format!("task/aws-service-role/{}/{}/{}", deletion.service, deletion.role, deletion.id)
}

/// The parts of a task's id: the service, the role's name, and what tells it from other tasks.
fn parts(task: &str) -> Option<(&str, &str, DeletionTaskId)> {
    let mut parts = task.strip_prefix("task/aws-service-role/")?.split('/');
    let (service, role, id) = (parts.next()?, parts.next()?, parts.next()?);
    (parts.next().is_none() && !service.is_empty() && !role.is_empty()).then_some(())?;
    Some((service, role, id.parse().ok()?))
}
