//! What policies would say: the simulator, and the condition keys that policies ask for (identity.md 3.12).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

mod entity;
mod input;
mod shape;

use guildhall_policy::iam::simulate::{self, Entry, Refused, Simulation, Source};
use guildhall_policy::iam::{Level, context_keys};
use serde::Serialize;

use self::input::Input;
use self::shape::{Output, ResultShape};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::operation::operations;

operations! {
    query:
    get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy,
    get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy,
    simulate_custom_policy::SimulateCustomPolicy,
    simulate_principal_policy::SimulatePrincipalPolicy,
}

/// A document with the name by which results call it.
struct Named<'a> {
    id: String,
    text: &'a str,
}

impl<'a> Named<'a> {
    /// Documents that the caller brings, in this member.
    fn given(member: &'static str, texts: &'a [Option<String>]) -> impl Iterator<Item = Self> {
        let numbered = (1..).zip(texts.iter().flatten());
        numbered.map(move |(n, text)| Self { id: format!("{member}.{n}"), text })
    }

    fn source(&self) -> Source<'_> {
        Source { id: &self.id, text: self.text }
    }
}

/// What is simulated beside what the input says.
struct Simulated<'a> {
    policies: Vec<Named<'a>>,
    boundaries: Vec<Named<'a>>,
    organization: Organization<'a>,
    caller: Option<&'a str>,
}

/// The organization's policies that are simulated.
enum Organization<'a> {
    /// Those that the caller brings, if it brings some.
    Given(Option<Vec<Vec<&'a str>>>),
    /// The service control policies that are in force for the account, if it is under any.
    Real(Option<Vec<Level<'a>>>),
}

fn invalid(refused: &Refused) -> Stop {
    IamError::InvalidInput(refused.to_string().into()).into()
}

/// Simulates the actions of one page. The results of a principal's simulation have members that others leave out.
fn simulate(
    operation: &'static str,
    input: &Input,
    simulated: &Simulated<'_>,
    of_principal: bool,
    cx: &Cx<'_>,
) -> Result<Output, Stop> {
    let policies: Vec<Source<'_>> = simulated.policies.iter().map(Named::source).collect();
    let boundaries: Vec<Source<'_>> = simulated.boundaries.iter().map(Named::source).collect();
    let (given, real): (Vec<&[&str]>, Option<Vec<&Level<'_>>>);
    let organization = match &simulated.organization {
        Organization::Given(None) => simulate::Organization::Absent,
        Organization::Given(Some(levels)) => {
            given = levels.iter().map(Vec::as_slice).collect();
            simulate::Organization::Given(&given)
        }
        Organization::Real(levels) => {
            real = levels.as_ref().map(|levels| levels.iter().collect());
            simulate::Organization::Real { scps: real.as_deref(), rcps: None }
        }
    };
    let values = input.values();
    let entries: Vec<Entry<'_>> = input.entries(&values).collect();
    let resources = input.resources();
    let simulation = Simulation::read(&simulate::Input {
        policies: &policies,
        boundaries: &boundaries,
        organization,
        resource_policy: input.resource_policy.as_deref(),
        owner: input.resource_owner.as_deref(),
        caller: simulated.caller,
        entries: &entries,
        resources: &resources,
    })
    .map_err(|refused| invalid(&refused))?;
    let actions = input.actions();
    if actions.iter().any(|action| !action.contains(':')) {
        return Err(invalid(&Refused::Action));
    }
    let filter = input.filter();
    let wanted = Wanted::new(operation, &filter, input.marker.as_deref(), input.max_items, cx);
    let wanted = wanted.map_err(|_| IamError::InvalidInput("Invalid marker for pagination.".into()))?;
    let after = wanted.after.as_deref().and_then(|place| place.parse::<usize>().ok());
    let rest = actions.into_iter().enumerate().skip(after.map_or(0, |place| place.saturating_add(1)));
    let page = wanted.take(cx, rest, |(place, _)| *place);
    let mut evaluation_results = Vec::with_capacity(page.entries.len());
    for (_, action) in page.entries {
        let result = simulation.evaluate(action).map_err(|refused| invalid(&refused))?;
        evaluation_results.push(ResultShape::of(result, of_principal));
    }
    Ok(Output { evaluation_results, is_truncated: page.is_truncated, marker: page.marker })
}

/// The condition keys of policies, as both operations answer them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Keys {
    context_key_names: Vec<String>,
}

/// The keys that documents ask for, one document after the other.
fn keys<'a>(documents: impl Iterator<Item = &'a str>) -> Result<Keys, Stop> {
    let mut context_key_names = Vec::new();
    for (n, document) in (1..).zip(documents) {
        let found = context_keys(document).map_err(|_| invalid(&Refused::Policy(n)))?;
        context_key_names.extend(found);
    }
    Ok(Keys { context_key_names })
}
