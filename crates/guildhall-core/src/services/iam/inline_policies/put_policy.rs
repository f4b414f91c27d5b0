//! PutUserPolicy, PutGroupPolicy, PutRolePolicy: a policy of one entity alone, new or in the place of the one with this name
//! in whatever case, which keeps its spelling. It counts at once (identity.md 2.3, 3.6). Any account.
//! Refuses: ValidationError, NoSuchEntity, UnmodifiableEntity, MalformedPolicyDocument, LimitExceeded (all inline policies
//! together).

use std::marker::PhantomData;

use guildhall_policy::iam::{Document, Usage, quota_length};

use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::{constraints, limits};
use crate::services::iam::errors::IamError;
use crate::services::iam::input::input;
use crate::services::iam::target::{Entity, Kind, to_change};
use crate::services::{Answer, Operation};
use crate::state::iam::document::PolicyText;
use crate::state::iam::entity::InlinePolicy;
use crate::state::iam::role::Role;
use crate::state::iam::user::{Group, User};
use crate::state::view::View;

pub struct PutPolicy<E>(PhantomData<E>);
pub type PutGroupPolicy = PutPolicy<Group>;
pub type PutRolePolicy = PutPolicy<Role>;
pub type PutUserPolicy = PutPolicy<User>;

input!(entities policy_name: String, policy_document: String);

impl<E: Entity> Operation for PutPolicy<E> {
    const NAME: &'static str = match E::KIND {
        Kind::User => "PutUserPolicy",
        Kind::Role => "PutRolePolicy",
        _ => "PutGroupPolicy",
    };
    const AUTHORITY: Authority<Input<E>> = Authority::<Input<E>>::of(Rank::Account)
        .on_own(E::TYPE, |i, cx, view| E::about(i.name(), cx, view))
        .keys(E::KEYS);
    const MODE: Mode = Mode::Write;
    type Input = Input<E>;
    type Output = Answer<()>;

    fn validate(i: &Input<E>) -> Result<(), Refusal> {
        let mut checks = super::names::<E>(i.name.as_deref(), i.policy_name.as_deref());
        checks.required("policyDocument", i.policy_document.as_deref(), &constraints::DOCUMENT);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input<E>, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let name = input.name();
        let policy = input.policy_name.as_deref().unwrap_or_default();
        let text = input.policy_document.as_deref().unwrap_or_default();
        let (mut entity, account, _) = to_change::<E>(name, cx, view)?;
        Document::for_iam(Usage::Inline, text).map_err(IamError::from)?;
        let key = policy.to_ascii_lowercase();
        let others = entity.policies().inline.iter().filter(|(other, _)| ***other != key);
        let others: usize = others.map(|(_, other)| quota_length(other.document.as_str())).sum();
        let most = E::inline_characters(&limits::of_caller(cx, view)?);
        if others.saturating_add(quota_length(text)) > most as usize {
            let what = format!("Maximum policy size of {most} bytes exceeded for {} {name}", E::WORD);
            return Err(IamError::LimitExceeded(what.into()).into());
        }
        let name = entity.policies().inline(policy).map_or_else(|| policy.into(), |old| old.name.clone());
        let new = InlinePolicy { name, document: PolicyText::new(text) };
        entity.policies_mut().inline.insert(key.into(), new);
        view.put(Owner::Iam(account.id), entity.item());
        Ok(Answer(()))
    }
}
