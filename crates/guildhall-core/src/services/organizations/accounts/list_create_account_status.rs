//! ListCreateAccountStatus: requests to create accounts, those in some states or all (accounts.md 4.2). Management
//! account and delegated administrators. Ordered by id, which is by time.
//! Refuses: InvalidInput, UnsupportedAPIEndpoint.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::errors::OrganizationsError;
use crate::services::organizations::input;
use crate::state::account::Partition;
use crate::state::creation::{Creation, CreationState};
use crate::state::view::View;

pub struct ListCreateAccountStatus;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    states: Option<Vec<Option<String>>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// `States`: every member one of the three.
fn states(input: &Input) -> Result<Vec<CreationState>, OrganizationsError> {
    let mut states = Vec::new();
    for (n, state) in (1..).zip(input.states.iter().flatten()) {
        let state = input::one_of(format!("STATES_{n}_MEMBER"), state.as_ref())?;
        if !states.contains(&state) {
            states.push(state);
        }
    }
    Ok(states)
}

impl Operation for ListCreateAccountStatus {
    const NAME: &'static str = "ListCreateAccountStatus";
    const AUTHORITY: Authority<Input> = Authority::of(Rank::Delegate).grantable();
    const MODE: Mode = Mode::Read;
    const PARTITIONS: &'static [Partition] = &[Partition::Aws, Partition::China];
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let states = states(input)?;
        let filter: Vec<_> = states.iter().map(|s| s.wire()).collect();
        let filter = filter.join(" ");
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open(cx, input.next_token.as_ref(), input.max_results)?;
        let (org, _) = access::organization(cx, view)?;
        let creations = org.creations();
        let all: Box<dyn Iterator<Item = &Creation>> = match states.as_slice() {
            [CreationState::InProgress] => Box::new(creations.running(request.after)),
            _ => Box::new(creations.after(request.after)),
        };
        let found = all.filter(|c| states.is_empty() || states.contains(&c.state()));
        Ok(listing.page(cx, request.limit, found, |c| c.id).reply("CreateAccountStatuses"))
    }
}
