//! Who may ask for a session of a role, and what the asking session hands on to it (identity.md 4.2, 4.4).

use super::authority;
use super::errors::StsError;
use super::input;
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access;
use crate::rules::authority::Resource;
use crate::rules::principal::{Principal, Who, principal};
use crate::rules::tags::{TagInput, pairs};
use crate::state::iam::role::Role;
use crate::state::tag::Tags;
use crate::state::view::View;

/// How long a session of a role is that nobody says it of, and at most where a role assumes a role, in seconds.
const HOUR: i64 = 3_600;

/// How long a session of a role is to be, in seconds. Refuses more than the role has, and more than an hour to another
/// role (identity.md 4.2, rows 7 and 8).
pub(super) fn seconds(wanted: Option<i64>, role: &Role, who: &Principal<'_>) -> Result<i64, StsError> {
    let seconds = wanted.unwrap_or(HOUR);
    let what = if wanted.is_some_and(|seconds| seconds > i64::from(role.max_session)) {
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    } else if matches!(who.who, Who::Role(..)) && seconds > HOUR {
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    } else {
        return Ok(seconds);
    };
    Err(StsError::ValidationError(what.into()))
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// The ARN of the role.
    pub(super) role: &'a str,
    /// Tags for the session.
    pub(super) tags: Option<&'a [Option<TagInput>]>,
    /// The keys of those that go on to the sessions that it begins.
    pub(super) transitive: Vec<&'a str>,
    /// Who is said to be behind it.
    pub(super) source_identity: Option<&'a str>,
}

impl Asked<'_> {
    /// Refuses what is no ARN of a role, as far as its form says, and tags that cannot be those of a session (identity.md
    /// 4.2, rows 2 and 3).
    pub(super) fn check(&self) -> Result<(), StsError> {
        let parts: Vec<&str> = self.role.splitn(6, ':').collect();
        let whole = matches!(parts.as_slice(), ["arn", partition, service, _, account, resource]
            if [partition, service, account, resource].iter().all(|part| !part.is_empty()));
        if !whole {
            return Err(StsError::ValidationError(format!("{} is invalid", self.role).into()));
        }
        input::check_tags(self.tags)?;
        let tags = pairs(self.tags);
        let unknown = |key: &&str| !tags.iter().any(|(own, _)| own.eq_ignore_ascii_case(key));
        if self.transitive.iter().any(unknown) {
            let what = "The specified transitive tag key must be included in the requested tags.";
            return Err(StsError::InvalidParameterValue(what.into()));
        }
        Ok(())
    }

    /// Refuses callers whose account is suspended, those that cannot assume roles whatever policies say, and what their
    /// session holds on to (identity.md 4.2, rows 3 and 4; 4.7).
    pub(super) fn check_caller(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
        let who = principal(cx, view)?;
        access::caller(cx, view)?;
        if let Some(session) = cx.caller.session() {
            let fixed = |key: &str| session.transitive.iter().any(|own| own.eq_ignore_ascii_case(key));
            let tagged = pairs(self.tags).iter().any(|(key, _)| fixed(key));
            if tagged || self.transitive.iter().any(|key| fixed(key)) {
                let what = "One of the specified transitive tag keys can't be set because it conflicts with a transitive \
                            tag key from the calling session.";
                return Err(StsError::InvalidParameterValue(what.into()).into());
            }
            let both = session.source_identity.as_deref().zip(self.source_identity);
            if both.is_some_and(|(own, other)| own != other) {
                let what = "The source identity of the calling session cannot be changed.";
                return Err(StsError::AccessDenied(what.into()).into());
            }
        }
        match who.who {
            Who::Root if cx.settings.strict || who.session.is_some() => {
                Err(StsError::AccessDenied("Roles may not be assumed by root accounts.".into()).into())
            }
            Who::Federated(..) => {
                let (arn, role) = (who.arn(), self.role);
                let what =
                    format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}");
                Err(StsError::AccessDenied(what.into()).into())
            }
            _ => Ok(()),
        }
    }

    /// The role, if a source identity is said or inherited.
    pub(super) fn with_source_identity<'v>(
        &self,
        cx: &Cx<'_>,
        view: &mut View<'v>,
    ) -> Result<Vec<Resource<'v>>, Stop> {
        let inherited = cx.caller.session().is_some_and(|session| session.source_identity.is_some());
        if inherited || self.source_identity.is_some() {
            authority::role(self.role, cx, view)
        } else {
            Ok(Vec::new())
        }
    }

    /// The tags of the session, and the keys of those that go on to the sessions that it begins: what was said, and what it
    /// inherits.
    pub(super) fn tags_of(&self, cx: &Cx<'_>) -> (Tags, Vec<Box<str>>) {
        let mut tags = Tags::default();
        let mut transitive = Vec::new();
        if let Some(session) = cx.caller.session() {
            transitive.clone_from(&session.transitive);
            let goes_on = |key: &str| session.transitive.iter().any(|own| own.eq_ignore_ascii_case(key));
            let inherited = session.tags.0.iter().filter(|(key, _)| goes_on(key));
            tags.0.extend(inherited.map(|(key, value)| (key.clone(), value.clone())));
        }
        for (key, value) in pairs(self.tags) {
            tags.0.insert(key.to_owned(), value.to_owned());
        }
        transitive.extend(self.transitive.iter().map(|key| Box::from(*key)));
        (tags, transitive)
    }
}
