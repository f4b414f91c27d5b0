//! ListAccessKeys: the keys of a user, or of the caller, the root user too, in the order of their ids (identity.md 3.4).
//! Any account.
//! Refuses: ValidationError, NoSuchEntity.

use serde::Serialize;

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints;
use crate::services::iam::authority;
use crate::services::iam::page::Wanted;
use crate::services::iam::users::{self, UserListInput as Input};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

pub struct ListAccessKeys;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    access_key_metadata: Vec<Metadata>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    create_date: String,
}

impl Operation for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("user", |i, cx, view| authority::user(i.name(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        i.validate(&constraints::ENTITY_NAME)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let user = users::find_or_caller(input.name(), cx, view)?;
        let id = user.map_or("root".to_owned(), |user| user.id.to_string());
        let wanted = Wanted::new(Self::NAME, &id, input.marker.as_deref(), input.max_items, cx)?;
        let iam = view.get::<Iam>(cx.caller.account)?;
        let after = wanted.after.as_deref();
        let keys = iam.keys(user.map(|user| user.id));
        let keys = keys.filter(|key| after.is_none_or(|after| key.id.as_str() > after));
        let page = wanted.take(cx, keys, |key| key.id);
        let metadata = page.entries.into_iter().map(|key| Metadata {
            user_name: user.map(|user| user.name.to_string()),
            access_key_id: key.id.to_string(),
            status: super::status(key),
            create_date: key.created.iso8601(),
        });
        Ok(Answer(Output {
            access_key_metadata: metadata.collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        }))
    }
}
