//! AssumeRole: credentials of a role, in the caller's account or in another one (identity.md 4.2). Any account; the
//! role's trust policy has to let the caller in. Tags need TagSession, too, a source identity SetSourceIdentity.
//! Refuses: ValidationError, InvalidParameterValue, AccessDenied, MalformedPolicyDocument, PackedPolicyTooLarge,
//! InvalidContextAssertion.

use guildhall_policy::iam::Given;
use serde::{Deserialize, Serialize};

use super::asked::{Asked, seconds};
use super::authority::{self, DEVICE, EXTERNAL_ID, SESSION_NAME, SOURCE_IDENTITY};
use super::device::prove;
use super::errors::StsError;
use super::input::{self, ContextInput, PolicyInput};
use super::issue::{Credentials, NewSession, issue};
use crate::call::caller::SessionKind;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::sensitive::Secret;
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::principal::principal;
use crate::rules::tags::{self, TagInput};
use crate::services::{Answer, Operation};
use crate::state::iam::Iam;
use crate::state::view::View;

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
    provided_contexts: Option<Vec<Option<ContextInput>>>,
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

    fn asked(&self) -> Asked<'_> {
        Asked {
            role: self.role(),
            tags: self.tags.as_deref(),
            transitive: self.transitive_tag_keys.iter().flatten().flatten().map(String::as_str).collect(),
            source_identity: self.source_identity.as_deref(),
        }
    }
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("role", |i, cx, view| {
            let mut roles = authority::role(i.role(), cx, view)?;
            let transitive = i.asked().transitive.into_iter().map(str::to_owned).collect();
            let keys = ("sts:TransitiveTagKeys", Given::Many(transitive));
            roles.iter_mut().for_each(|role| role.keys.push(keys.clone()));
            Ok(roles)
        })
        .asks_everybody()
        .key(&EXTERNAL_ID, |i| i.external_id.as_deref())
        .key(&SESSION_NAME, |i| i.role_session_name.as_deref())
        .key(&SOURCE_IDENTITY, |i| i.source_identity.as_deref())
        .key(&DEVICE, |i| i.serial_number.as_deref())
        .keys(&["iam:ResourceTag/${TagKey}", "sts:TransitiveTagKeys"])
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagSession", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()))
        .also_on("sts:SetSourceIdentity", |i, cx, view| i.asked().with_source_identity(cx, view));
    const MODE: Mode = Mode::Issue;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::telling_values();
        checks.required("roleArn", i.role_arn.as_deref(), &constraints::STS_ARN);
        checks.required("roleSessionName", i.role_session_name.as_deref(), &constraints::SESSION_NAME);
        input::check_passed(&mut checks, i.policy_arns.as_deref(), i.policy.as_deref());
        checks.range("durationSeconds", i.duration_seconds, (900, 43_200));
        checks.tags(i.tags.as_deref());
        checks.tag_keys("transitiveTagKeys", i.transitive_tag_keys.as_deref());
        checks.optional("externalId", i.external_id.as_deref(), &constraints::EXTERNAL_ID);
        input::check_device(&mut checks, i.serial_number.as_deref(), i.token_code.as_ref());
        checks.optional("sourceIdentity", i.source_identity.as_deref(), &constraints::SOURCE_IDENTITY);
        input::check_contexts(&mut checks, i.provided_contexts.as_deref());
        checks.range("minimumSessionTokenSize", i.minimum_session_token_size, (0, 4_096));
        checks.finish().map_err(StsError::from)?;
        Ok(i.asked().check()?)
    }

    fn mode(i: &Input) -> Mode {
        if i.serial_number.is_some() { Mode::Write } else { Self::MODE }
    }

    fn prepare(i: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
        i.asked().check_caller(cx, view)?;
        prove(i.serial_number.as_deref(), i.token_code.as_ref(), cx, view)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let who = principal(cx, view)?;
        let account = authority::account_of(input.role()).ok_or(Refusal::Internal)?;
        let record = view.account(account)?.ok_or(Refusal::Internal)?;
        let iam = view.get::<Iam>(account)?;
        let name = input.role().rsplit('/').next().unwrap_or_default();
        let role = iam.roles.by_name(name).ok_or(Refusal::Internal)?;
        let seconds = seconds(input.duration_seconds, role, &who)?;
        input::check_no_context(input.provided_contexts.as_deref())?;
        let (arns, strict) = (input.policy_arns.as_deref(), cx.settings.strict);
        let (policy, policy_arns) = input::passed(input.policy.as_deref(), arns, iam, record, strict)?;
        let session = input.role_session_name.as_deref().unwrap_or_default();
        let whose = SessionKind::Role { role: role.id, name: session.into() };
        let mut new = NewSession { policy, policy_arns, ..NewSession::new(account, whose, seconds) };
        (new.tags, new.transitive) = input.asked().tags_of(cx);
        let inherited = cx.caller.session().and_then(|session| session.source_identity.clone());
        new.source_identity = input.source_identity.as_deref().map(Into::into).or(inherited);
        let proved = input.serial_number.as_ref().map(|_| cx.now);
        new.mfa = proved.or(cx.caller.session().and_then(|session| session.mfa));
        let source_identity = new.source_identity.as_deref().map(str::to_owned);
        let issued = issue(new, input.minimum_session_token_size, cx)?;
        let arn =
            format!("arn:{}:sts::{account}:assumed-role/{}/{session}", record.partition.wire(), role.name);
        Ok(Answer(Output {
            assumed_role_user: AssumedRoleUser { arn, assumed_role_id: format!("{}:{session}", role.id) },
            credentials: issued.credentials,
            packed_policy_size: issued.packed,
            source_identity,
            session_token_size: issued.size.map(|(size, _)| size),
            session_token_utilization: issued.size.map(|(_, percent)| percent),
        }))
    }
}
