//! GetAccessKeyLastUsed: whose a key is, and when, where and with which service it last signed; it is noted every quarter
//! of an hour at most (identity.md 3.4). Any account, about its own keys.
//! Refuses: ValidationError, AccessDenied (in words of its own for keys that are not there, or another account's).

use serde::{Deserialize, Serialize};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::principal;
use crate::services::iam::authority::{self, Found};
use crate::services::iam::errors::IamError;
use crate::services::{Answer, Operation};
use crate::state::account::KeyRecord;
use crate::state::iam::Iam;
use crate::state::iam::user::User;
use crate::state::view::View;

pub struct GetAccessKeyLastUsed;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    access_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    access_key_last_used: LastUsed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_date: Option<String>,
    service_name: String,
    region: String,
}

impl Operation for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account).on_own("user", about);
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("accessKeyId", i.access_key_id.as_deref(), &constraints::IAM_ACCESS_KEY_ID);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (key, user) = find(input, cx, view)?;
        // What was never used says so in place of the names.
        let never = || "N/A".to_owned();
        let used = key.last_used.as_ref();
        Ok(Answer(Output {
            user_name: user.map(|user| user.name.to_string()),
            access_key_last_used: LastUsed {
                last_used_date: used.map(|used| used.at.iso8601()),
                service_name: used.map_or_else(never, |used| used.service.to_string()),
                region: used.map_or_else(never, |used| used.region.to_string()),
            },
        }))
    }
}

/// Whose the key is: a user, or the root user.
fn about<'a>(input: &Input, cx: &Cx<'_>, view: &mut View<'a>) -> Found<'a> {
    match find(input, cx, view)? {
        (_, Some(user)) => authority::user(Some(&user.name), cx, view),
        (_, None) => authority::root(cx, view),
    }
}

/// The key, and the user whose it is. One that is not there is refused as another account's is.
fn find<'a>(
    input: &Input,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<(&'a KeyRecord, Option<&'a User>), Stop> {
    let account = access::caller(cx, view)?.id;
    let id = input.access_key_id.as_deref().unwrap_or_default();
    let record = match id.parse() {
        Ok(id) => view.key(id)?.filter(|key| key.account == account),
        Err(_) => None,
    };
    let Some(record) = record else {
        let who = principal(cx, view)?.arn();
        let what = format!(
            "User: {who} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}"
        );
        return Err(IamError::AccessDenied(what.into()).into());
    };
    let user = match record.user {
        Some(id) => Some(view.get::<Iam>(account)?.users.by_id(id).ok_or(Refusal::Internal)?),
        None => None,
    };
    Ok((record, user))
}
