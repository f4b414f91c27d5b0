//! GetFederationToken: credentials for somebody whom the calling user vouches for. They may do what the user may and the
//! policies that are passed allow, so nothing without any (identity.md 4.1, 4.7). With tags TagSession is needed, too.
//! Refuses: ValidationError, InvalidParameterValue, AccessDenied (a caller with temporary credentials),
//! MalformedPolicyDocument, PackedPolicyTooLarge.

use serde::{Deserialize, Serialize};

use super::errors::StsError;
use super::input::{self, PolicyInput};
use super::issue::{Credentials, NewSession, issue};
use crate::call::caller::SessionKind;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::{Who, principal};
use crate::rules::tags::{self, TagInput};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

/// How long the credentials are good, in seconds, if nobody says it.
const DEFAULT: i64 = 43_200;
/// The longest that those of a root user are.
const ROOT: i64 = 3_600;

pub struct GetFederationToken;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    name: Option<String>,
    policy: Option<String>,
    policy_arns: Option<Vec<Option<PolicyInput>>>,
    duration_seconds: Option<i64>,
    tags: Option<Vec<Option<TagInput>>>,
    minimum_session_token_size: Option<i64>,
}

impl Input {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    federated_user: FederatedUser,
    packed_policy_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_utilization: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

fn arn(name: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<String, Stop> {
    let account = access::caller(cx, view)?;
    Ok(format!("arn:{}:sts::{}:federated-user/{name}", account.partition.wire(), account.id))
}

impl Operation for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("federated-user", |i, cx, view| {
            if principal(cx, view)?.session.is_some() {
                let what = "Cannot call GetFederationToken with session credentials";
                return Err(StsError::AccessDenied(what.into()).into());
            }
            let owner = Some(cx.caller.account);
            Ok(vec![Resource { arn: arn(i.name(), cx, view)?, owner, ..Resource::default() }])
        })
        .asks_everybody()
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagSession", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Issue;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("name", i.name.as_deref(), &constraints::FEDERATION_NAME);
        checks.optional("policy", i.policy.as_deref(), &constraints::FEDERATION_POLICY);
        input::check_passed(&mut checks, i.policy_arns.as_deref(), None);
        checks.range("durationSeconds", i.duration_seconds, (900, 129_600));
        checks.tags(i.tags.as_deref());
        checks.range("minimumSessionTokenSize", i.minimum_session_token_size, (0, 4_096));
        checks.finish().map_err(StsError::from)?;
        Ok(input::check_tags(i.tags.as_deref())?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let who = principal(cx, view)?;
        let (account, name) = (who.account, input.name());
        let wanted = input.duration_seconds;
        let (issuer, seconds) = match who.who {
            Who::User(user) => (Some(user.id), wanted.unwrap_or(DEFAULT)),
            _ => (None, wanted.unwrap_or(ROOT).min(ROOT)),
        };
        let whose = SessionKind::Federated { issuer, name: name.into() };
        let iam = view.get::<Iam>(account.id)?;
        let (policy, policy_arns) = input::passed(
            input.policy.as_deref(),
            input.policy_arns.as_deref(),
            iam,
            account,
            cx.settings.strict,
        )?;
        let mut new = NewSession { policy, policy_arns, ..NewSession::new(account.id, whose, seconds) };
        for (key, value) in tags::pairs(input.tags.as_deref()) {
            new.tags.0.insert(key.to_owned(), value.to_owned());
        }
        let issued = issue(new, input.minimum_session_token_size, cx)?;
        let federated_user_id = format!("{}:{name}", account.id);
        Ok(Answer(Output {
            credentials: issued.credentials,
            federated_user: FederatedUser { federated_user_id, arn: arn(name, cx, view)? },
            packed_policy_size: issued.packed.unwrap_or_default(),
            session_token_size: issued.size.map(|(size, _)| size),
            session_token_utilization: issued.size.map(|(_, percent)| percent),
        }))
    }
}
