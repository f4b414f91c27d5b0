//! AssumeRole: credentials of a role, in the caller's account or in another one (identity.md 4.2). Any account; the
//! role's trust policy has to let the caller in. With tags TagSession is needed, too, with a source identity
//! SetSourceIdentity.
//! Refuses: ValidationError, InvalidParameterValue, AccessDenied, MalformedPolicyDocument, PackedPolicyTooLarge.

use guildhall_policy::iam::Given;
use serde::{Deserialize, Serialize};

use super::authority::{self, EXTERNAL_ID, SESSION_NAME, SOURCE_IDENTITY};
use super::errors::StsError;
use super::input::{self, PolicyInput};
use super::issue::{Credentials, NewSession, issue};
use crate::call::caller::SessionKind;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Secret;
use crate::rules::authority::{Authority, Rank, Resource};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::{Who, principal};
use crate::rules::tags::{self, TagInput, pairs};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::tag::Tags;
use crate::state::view::View;

/// The longest session of a role that a role assumes, in seconds.
const CHAINED: i64 = 3_600;
/// How long a session is that nobody says it of.
const DEFAULT: i64 = 3_600;

pub struct AssumeRole;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_arn: Option<String>,
    role_session_name: Option<String>,
    policy_arns: Option<Vec<Option<PolicyInput>>>,
    policy: Option<String>,
    duration_seconds: Option<i64>,
    tags: Option<Vec<Option<TagInput>>>,
    transitive_tag_keys: Option<Vec<Option<String>>>,
    external_id: Option<String>,
    serial_number: Option<String>,
    token_code: Option<Secret<String>>,
    source_identity: Option<String>,
    minimum_session_token_size: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token_utilization: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    arn: String,
    assumed_role_id: String,
}

impl Input {
    fn role(&self) -> &str {
        self.role_arn.as_deref().unwrap_or_default()
    }

    fn transitive(&self) -> impl Iterator<Item = &str> {
        self.transitive_tag_keys.iter().flatten().flatten().map(String::as_str)
    }
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| {
            check_caller(i, cx, view)?;
            let mut roles = authority::role(i.role(), cx, view)?;
            let transitive: Vec<String> = i.transitive().map(str::to_owned).collect();
            if !transitive.is_empty() {
                let keys = ("sts:TransitiveTagKeys", Given::Many(transitive));
                roles.iter_mut().for_each(|role| role.keys.push(keys.clone()));
            }
            Ok(roles)
        })
        .asks_everybody()
        .key(&EXTERNAL_ID, |i| i.external_id.as_deref())
        .key(&SESSION_NAME, |i| i.role_session_name.as_deref())
        .key(&SOURCE_IDENTITY, |i| i.source_identity.as_deref())
        .keys(&["iam:ResourceTag/${TagKey}", "sts:TransitiveTagKeys"])
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagSession", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()))
        .also_on("sts:SetSourceIdentity", with_source_identity);
    const MODE: Mode = Mode::Issue;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("roleArn", i.role_arn.as_deref(), &constraints::ROLE_ARN);
        checks.required("roleSessionName", i.role_session_name.as_deref(), &constraints::SESSION_NAME);
        input::check_passed(&mut checks, i.policy_arns.as_deref(), i.policy.as_deref());
        checks.range("durationSeconds", i.duration_seconds, (900, 43_200));
        checks.tags(i.tags.as_deref());
        checks.tag_keys("transitiveTagKeys", i.transitive_tag_keys.as_deref());
        checks.optional("externalId", i.external_id.as_deref(), &constraints::EXTERNAL_ID);
        input::check_device(&mut checks, i.serial_number.as_deref(), i.token_code.as_ref());
        checks.optional("sourceIdentity", i.source_identity.as_deref(), &constraints::SOURCE_IDENTITY);
        checks.range("minimumSessionTokenSize", i.minimum_session_token_size, (0, 4_096));
        checks.finish().map_err(StsError::from)?;
        check_arn(i.role())?;
        input::check_tags(i.tags.as_deref())?;
        let tags = pairs(i.tags.as_deref());
        let unknown = |key: &str| !tags.iter().any(|(own, _)| own.eq_ignore_ascii_case(key));
        if i.transitive().any(unknown) {
            let what = "The specified transitive tag key must be included in the requested tags.";
            return Err(StsError::InvalidParameterValue(what.into()).into());
        }
        Ok(())
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let who = principal(cx, view)?;
        let account = authority::account_of(input.role()).ok_or(Refusal::Internal)?;
        let record = view.account(account)?.ok_or(Refusal::Internal)?;
        let iam = view.get::<Iam>(account)?;
        let name = input.role().rsplit('/').next().unwrap_or_default();
        let role = iam.roles.by_name(name).ok_or(Refusal::Internal)?;
        let seconds = input.duration_seconds.unwrap_or(DEFAULT);
        let invalid = |what: &'static str| Stop::from(StsError::ValidationError(what.into()));
        if input.duration_seconds.is_some_and(|seconds| seconds > i64::from(role.max_session)) {
            return Err(invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        if matches!(who.who, Who::Role(..)) && seconds > CHAINED {
            return Err(invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            ));
        }
        input::check_no_device(input.serial_number.as_deref(), input.token_code.as_ref())?;
        let (policy, policy_arns) = input::passed(
            input.policy.as_deref(),
            input.policy_arns.as_deref(),
            iam,
            record,
            cx.settings.strict,
        )?;
        let session = input.role_session_name.as_deref().unwrap_or_default();
        let whose = SessionKind::Role { role: role.id, name: session.into() };
        let mut new = NewSession { policy, policy_arns, ..NewSession::new(account, whose, seconds) };
        (new.tags, new.transitive) = tags_of(input, cx);
        let inherited = cx.caller.session().and_then(|session| session.source_identity.clone());
        new.source_identity = input.source_identity.as_deref().map(Into::into).or(inherited);
        new.mfa = cx.caller.session().and_then(|session| session.mfa);
        let (source_identity, id) = (new.source_identity.as_deref().map(str::to_owned), role.id);
        let issued = issue(new, input.minimum_session_token_size, cx)?;
        let arn =
            format!("arn:{}:sts::{account}:assumed-role/{}/{session}", record.partition.wire(), role.name);
        Ok(Answer(Output {
            assumed_role_user: AssumedRoleUser { arn, assumed_role_id: format!("{id}:{session}") },
            credentials: issued.credentials,
            packed_policy_size: issued.packed,
            source_identity,
            session_token_size: issued.size.map(|(size, _)| size),
            session_token_utilization: issued.size.map(|(_, percent)| percent),
        }))
    }
}

/// Refuses what is no ARN of a role, as far as its form says (identity.md 4.2, row 2).
fn check_arn(arn: &str) -> Result<(), StsError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let whole = matches!(parts.as_slice(), ["arn", partition, service, _, account, resource]
        if [partition, service, account, resource].iter().all(|part| !part.is_empty()));
    if whole { Ok(()) } else { Err(StsError::ValidationError(format!("{arn} is invalid").into())) }
}

/// Refuses callers that cannot assume roles whatever policies say, and tags that their session holds on to
/// (identity.md 4.2, rows 3 and 4; 4.7).
fn check_caller(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let who = principal(cx, view)?;
    if let Some(session) = cx.caller.session() {
        let fixed = |key: &str| session.transitive.iter().any(|own| own.eq_ignore_ascii_case(key));
        if pairs(input.tags.as_deref()).iter().any(|(key, _)| fixed(key)) || input.transitive().any(fixed) {
            let what = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag \
                        key from the calling session.";
            return Err(StsError::InvalidParameterValue(what.into()).into());
        }
        let other = session.source_identity.as_deref().zip(input.source_identity.as_deref());
        if other.is_some_and(|(own, other)| own != other) {
            let what = "The source identity of the calling session cannot be changed.";
            return Err(StsError::AccessDenied(what.into()).into());
        }
    }
    match who.who {
        Who::Root if cx.settings.strict || who.session.is_some() => {
            Err(StsError::AccessDenied("Roles may not be assumed by root accounts.".into()).into())
        }
        Who::Federated(..) => {
            let what = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                who.arn(),
                input.role()
            );
            Err(StsError::AccessDenied(what.into()).into())
        }
        _ => Ok(()),
    }
}

/// The role, if a source identity is said or inherited.
fn with_source_identity<'a>(
    input: &Input,
    cx: &Cx<'_>,
    view: &mut View<'a>,
) -> Result<Vec<Resource<'a>>, Stop> {
    let inherited = cx.caller.session().is_some_and(|session| session.source_identity.is_some());
    if inherited || input.source_identity.is_some() {
        authority::role(input.role(), cx, view)
    } else {
        Ok(Vec::new())
    }
}

/// The tags of the session, and the keys of those that go on to the sessions that it begins: what was said, and what it
/// inherits.
fn tags_of(input: &Input, cx: &Cx<'_>) -> (Tags, Vec<Box<str>>) {
    let mut tags = Tags::default();
    let mut transitive = Vec::new();
    if let Some(session) = cx.caller.session() {
        transitive.clone_from(&session.transitive);
        let inherited = session
            .tags
            .0
            .iter()
            .filter(|(key, _)| session.transitive.iter().any(|own| own.eq_ignore_ascii_case(key)));
        tags.0.extend(inherited.map(|(key, value)| (key.clone(), value.clone())));
    }
    for (key, value) in pairs(input.tags.as_deref()) {
        tags.0.insert(key.to_owned(), value.to_owned());
    }
    transitive.extend(input.transitive().map(Into::into));
    (tags, transitive)
}
