//! SimulateCustomPolicy: what policies that the caller brings would say to actions (identity.md 3.12). Any account.
//! Refuses: ValidationError, InvalidInput.

use super::input::Input;
use super::shape::Output;
use super::{Named, Organization, Simulated, simulate};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct SimulateCustomPolicy;

impl Operation for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Account);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.check_custom()
    }

    fn run(input: &Input, cx: &Cx<'_>, _: &mut View<'_>) -> Result<Self::Output, Stop> {
        let simulated = Simulated {
            policies: Named::given("PolicyInputList", input.policies()).collect(),
            boundaries: Named::given("PermissionsBoundaryPolicyInputList", input.boundaries()).collect(),
            organization: Organization::Given(input.levels()),
            caller: input.caller_arn.as_deref(),
        };
        Ok(Answer(simulate(Self::NAME, input, &simulated, false, cx)?))
    }
}
