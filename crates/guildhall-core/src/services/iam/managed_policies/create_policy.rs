//! CreatePolicy: a managed policy of the caller's account, with its first version (identity.md 3.7). Any account; with tags
//! TagPolicy is needed, too.
//! Refuses: ValidationError, InvalidInput, EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded.

use serde::{Deserialize, Serialize};

use super::shape::{PolicyAnswer, PolicyShape};
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::limits;
use crate::rules::managed::Managed;
use crate::rules::tags::{self, TagInput};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input;
use crate::services::{Answer, Operation};
use crate::state::iam::policy::{ManagedPolicy, PolicyVersion};
use crate::state::item::Item;
use crate::state::view::View;

pub struct CreatePolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_name: Option<String>,
    path: Option<String>,
    policy_document: Option<String>,
    description: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.policy_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::new("policy", i.path(), i.name(), cx, view))
        .tags(|i| tags::pairs(i.tags.as_deref()))
        .also("TagPolicy", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<PolicyAnswer>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyName", i.policy_name.as_deref(), &constraints::ENTITY_NAME);
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        checks.required("policyDocument", i.policy_document.as_deref(), &constraints::DOCUMENT);
        checks.optional("description", i.description.as_deref(), &constraints::ANY_DESCRIPTION);
        checks.tags(i.tags.as_deref());
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::policy_path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let name = input.name();
        let tags = input::exact_tags(input.tags.as_deref())?;
        if iam.policies.by_name(name).is_some() {
            let what = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(IamError::EntityAlreadyExists(what.into()).into());
        }
        let document = super::document(input.policy_document.as_deref().unwrap_or_default(), cx, view)?;
        let most = limits::of_caller(cx, view)?.customer_managed_policies;
        if iam.policies.len() >= most as usize {
            return Err(IamError::quota("PoliciesPerAccount", most).into());
        }
        let policy = ManagedPolicy {
            id: cx.ids.managed_policy(account.id)?,
            name: name.into(),
            path: input.path().into(),
            description: input.description.as_deref().unwrap_or_default().into(),
            tags,
            created: cx.now,
            updated: cx.now,
            versions: vec![PolicyVersion { number: 1, document, created: cx.now }],
            default: 1,
            last: 1,
        };
        let shown = Managed::Own(&policy);
        let answer = PolicyShape::of(shown, account, iam).with_tags(shown);
        view.put(Owner::Iam(account.id), Item::ManagedPolicy(policy));
        Ok(Answer(PolicyAnswer { policy: answer }))
    }
}
