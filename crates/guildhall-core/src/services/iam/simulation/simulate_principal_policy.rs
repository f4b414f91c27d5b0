//! SimulatePrincipalPolicy: what the policies of a user, group or role would say to actions, with the service control
//! policies of its account, with others that the caller brings, and without some (identity.md 3.12; 13, row 4). Any
//! account.
//! Refuses: ValidationError, InvalidInput, NoSuchEntity.

use guildhall_policy::iam::simulate::{Attachment, Exclusion};

use super::entity;
use super::input::Input;
use super::shape::Output;
use super::{Named, Organization, Simulated, simulate};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::control::{self, Documents};
use crate::services::{Answer, Operation};
use crate::state::policy::PolicyType;
use crate::state::view::View;

pub struct SimulatePrincipalPolicy;

/// The service control policies that bind the caller's account, if any do.
fn scps<'a>(cx: &Cx<'_>, view: &mut View<'a>) -> Result<Option<Vec<Documents<'a>>>, Stop> {
    let account = access::caller(cx, view)?;
    let Some(org) = account.org else { return Ok(None) };
    let own = view.org(org)?.filter(|(_, record)| record.management != account.id);
    Ok(own.and_then(|own| control::documents(own, account.id, PolicyType::ServiceControl)))
}

impl Operation for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| entity::resource(i.policy_source_arn.as_deref(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.check_principal()
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let exclusions = input.exclusions()?;
        let found = entity::find(input.policy_source_arn.as_deref(), cx, view)?;
        let stays =
            |attachment: &Attachment<'_>| !exclusions.iter().any(|one: &Exclusion| one.excludes(attachment));
        let own =
            found.policies.into_iter().filter(|(attachment, _)| stays(attachment)).map(|(_, named)| named);
        let given = Named::given("PolicyInputList", input.policies());
        let mut boundaries: Vec<_> =
            Named::given("PermissionsBoundaryPolicyInputList", input.boundaries()).collect();
        // One that is given is tried in the place of the entity's own.
        if boundaries.is_empty() {
            boundaries.extend(found.boundary.filter(|_| stays(&Attachment::Boundary)));
        }
        let documents = scps(cx, view)?.filter(|_| stays(&Attachment::ServiceControl));
        let simulated = Simulated {
            policies: own.chain(given).collect(),
            boundaries,
            organization: Organization::Real(documents.as_deref().map(control::levels)),
            caller: Some(input.caller_arn.as_deref().unwrap_or(&found.arn)),
        };
        Ok(Answer(simulate(Self::NAME, input, &simulated, true, cx)?))
    }
}
