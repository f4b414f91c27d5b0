//! ListTagsForResource: the tags of a resource (accounts.md 4.10). Management account and delegated
//! administrators. Ordered by key, 20 on a page; there is no MaxResults.
//! Refuses: TargetNotFound, InvalidInput.

use serde::{Deserialize, Serialize};

use crate::call::command::{Mode, Reply, reply};
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::services::Operation;
use crate::services::organizations::authority;
use crate::services::organizations::rules::resource;
use crate::services::organizations::tags::TagOutput;
use crate::state::view::View;

pub struct ListTagsForResource;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    resource_id: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output<'a> {
    tags: Vec<TagOutput<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Delegate)
        .grantable()
        .on(&authority::TAGGED, |i| i.resource_id.as_deref())
        .key(&authority::TYPE_OF_POLICY, |i| i.resource_id.as_deref())
        .key(&authority::TRANSFER_OF, |i| i.resource_id.as_deref());
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Reply;

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let (org, record) = access::organization(cx, view)?;
        let resource = resource::id(input.resource_id.as_ref())?;
        let filter = resource.to_string();
        let listing = Listing { operation: Self::NAME, filter: &filter };
        let request = listing.open::<String>(cx, input.next_token.as_ref(), None)?;
        resource::check(&resource, org, record)?;
        let tags = org.tags(&resource).into_iter().flat_map(|t| &t.0);
        let shown = tags
            .filter(|(key, _)| request.after.as_ref().is_none_or(|after| *key > after))
            .map(|(key, value)| TagOutput { key, value });
        let page = listing.page(cx, request.limit, shown, |t| t.key.to_owned());
        reply(&Output { tags: page.entries, next_token: page.next_token })
    }
}
