//! Temporary credentials: made of what a session is, and stored nowhere (identity.md 4.4).

use serde::Serialize;

use super::errors::StsError;
use crate::call::caller::{Session, SessionKind};
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::refusal::{Refusal, Stop};
use crate::kernel::session_token::{SessionToken, TOKEN_MAX};
use crate::kernel::time::Timestamp;
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::PolicyArn;
use crate::state::tag::Tags;

/// How many bytes of policies and tags a token carries.
const ROOM: usize = 2_400;

/// Temporary credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

/// What a session is to be.
pub struct NewSession {
    /// The account that it acts in.
    pub account: AccountId,
    /// Whose it is.
    pub whose: SessionKind,
    /// How long it is, in seconds.
    pub seconds: i64,
    /// The policy that is passed.
    pub policy: Option<PolicyText>,
    /// The managed policies that are passed.
    pub policy_arns: Vec<PolicyArn>,
    /// Its tags.
    pub tags: Tags,
    /// The keys of those tags that sessions inherit which it begins.
    pub transitive: Vec<Box<str>>,
    /// Who is said to be behind it.
    pub source_identity: Option<Box<str>>,
    /// When its caller proved a second factor.
    pub mfa: Option<Timestamp>,
}

impl NewSession {
    /// A session with nothing passed to it.
    pub fn new(account: AccountId, whose: SessionKind, seconds: i64) -> Self {
        Self {
            account,
            whose,
            seconds,
            policy: None,
            policy_arns: Vec::new(),
            tags: Tags::default(),
            transitive: Vec::new(),
            source_identity: None,
            mfa: None,
        }
    }

    /// How much of the room its policies and tags take, in percent; none if it has neither.
    fn packed(&self) -> Option<usize> {
        let policy = self.policy.as_ref().map_or(0, |policy| policy.as_str().len());
        let arns: usize = self.policy_arns.iter().map(|arn| arn.len() + 3).sum();
        let tags: usize = self.tags.0.iter().map(|(key, value)| key.len() + value.len() + 6).sum();
        let transitive: usize = self.transitive.iter().map(|key| key.len() + 3).sum();
        let bytes = policy + arns + tags + transitive;
        (bytes > 0).then_some((bytes * 100).div_ceil(ROOM))
    }
}

/// Credentials, and what is said of their token.
pub struct Issued {
    /// The credentials.
    pub credentials: Credentials,
    /// How much of the room for policies and tags is taken, in percent.
    pub packed: Option<usize>,
    /// The token's length, and its share of the longest in percent, where a length was asked for.
    pub size: Option<(usize, usize)>,
}

/// Issues credentials; the token is filled up to `least` characters. Refuses what does not fit into a token.
pub fn issue(new: NewSession, least: Option<i64>, cx: &Cx<'_>) -> Result<Issued, Stop> {
    let packed = new.packed();
    if let Some(percent) = packed.filter(|percent| *percent > 100) {
        let of = if new.policy.is_some() || !new.policy_arns.is_empty() { "policy" } else { "tags" };
        let what = format!("Packed size of session {of} consumes {percent}% of allotted space.");
        return Err(StsError::PackedPolicyTooLarge(what.into()).into());
    }
    // Whole seconds, as the answer tells them.
    let issued = Timestamp(cx.now.0 - cx.now.0.rem_euclid(1_000));
    let mut session = Session {
        key: cx.ids.session_key(new.account)?,
        account: new.account,
        whose: new.whose,
        issued,
        expires: issued.plus(new.seconds.saturating_mul(1_000)),
        policy: new.policy,
        policy_arns: new.policy_arns,
        tags: new.tags,
        transitive: new.transitive,
        source_identity: new.source_identity,
        mfa: new.mfa,
        padding: String::new(),
    };
    let keyring = &cx.settings.keyring;
    let seal = |session: &Session| {
        let payload = serde_json::to_vec(session).map_err(|_| Refusal::Internal)?;
        Ok::<_, Refusal>(SessionToken::seal(keyring, cx.ids.nonce(), &payload))
    };
    let mut token = seal(&session)?;
    let least_size = least.and_then(|least| usize::try_from(least).ok()).unwrap_or_default();
    if token.len() < least_size {
        // Four characters are three bytes, of which the member takes some.
        let wanted = least_size.div_ceil(4) * 3;
        let there = token.len() / 4 * 3 + r#","z":"""#.len();
        session.padding = "=".repeat(wanted.saturating_sub(there).max(1));
        token = seal(&session)?;
    }
    let size = least.map(|_| (token.len(), (token.len() * 100).div_ceil(TOKEN_MAX)));
    let credentials = Credentials {
        access_key_id: session.key.to_string(),
        secret_access_key: SessionToken::secret_of(keyring, &token),
        session_token: token,
        expiration: session.expires.iso8601(),
    };
    Ok(Issued { credentials, packed, size })
}
