//! ListEntitiesForPolicy: the groups, users and roles that a managed policy is attached to, or is the boundary of (identity.md
//! 3.7, 3.10). Any account.
//! Refuses: ValidationError, NoSuchEntity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shape::Entities as Output;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{ARN, Checks, WHOLE_PATH};
use crate::rules::managed;
use crate::services::iam::authority;
use crate::services::iam::boundary::check_arn;
use crate::services::iam::errors::IamError;
use crate::services::iam::managed_policies::USAGES;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::iam::entity::EntityKind;
use crate::state::iam::{Iam, Usage};
use crate::state::view::View;

pub struct ListEntitiesForPolicy;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

/// Where an entity stands in the pages: groups, users, roles, each by name in lower case.
fn place(kind: EntityKind, name: &str) -> String {
    let kind = match kind {
        EntityKind::Group => 1,
        EntityKind::User => 2,
        EntityKind::Role => 3,
    };
    format!("{kind}{name}")
}

impl Operation for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::policy(i.arn(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policyArn", i.policy_arn.as_deref(), &ARN);
        let kinds = ["LocalManagedPolicy", "User", "AWSManagedPolicy", "Role", "Group"];
        checks.one_of("entityFilter", i.entity_filter.as_deref(), &kinds);
        checks.optional("pathPrefix", i.path_prefix.as_deref(), &WHOLE_PATH);
        checks.one_of("policyUsageFilter", i.policy_usage_filter.as_deref(), &USAGES);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let arn = input.arn();
        check_arn(arn, account)?;
        if !managed::exists(iam, account, arn, cx.settings.strict) {
            return Err(IamError::no_policy(arn).into());
        }
        let filter = input.filter();
        let wanted = Wanted::new(Self::NAME, &filter, input.marker.as_deref(), input.max_items, cx)?;
        let entities = input.entities(iam);
        let entities =
            entities.iter().filter(|(place, _)| wanted.after.as_ref().is_none_or(|after| *place > after));
        let page = wanted.take(cx, entities, |(place, _)| (*place).clone());
        let mut output = Output::of(page.is_truncated, page.marker);
        for (_, (kind, name)) in page.entries {
            output.add(*kind, name, iam);
        }
        Ok(Answer(output))
    }
}

impl Input {
    fn arn(&self) -> &str {
        self.policy_arn.as_deref().unwrap_or_default()
    }

    fn prefix(&self) -> &str {
        self.path_prefix.as_deref().unwrap_or("/")
    }

    /// What a marker is bound to.
    fn filter(&self) -> String {
        let [kind, usage] =
            [&self.entity_filter, &self.policy_usage_filter].map(|f| f.as_deref().unwrap_or_default());
        format!("{} {kind} {usage} {}", self.arn(), self.prefix())
    }

    /// The entities that are asked for by their places, each once.
    fn entities<'a>(&self, iam: &'a Iam) -> BTreeMap<String, (EntityKind, &'a str)> {
        let kind = |kind: EntityKind| match (self.entity_filter.as_deref(), kind) {
            (None, _) => true,
            (Some(filter), EntityKind::User) => filter == "User",
            (Some(filter), EntityKind::Group) => filter == "Group",
            (Some(filter), EntityKind::Role) => filter == "Role",
        };
        let usage = |usage: Usage| match self.policy_usage_filter.as_deref() {
            None => true,
            Some(filter) => (filter == "PermissionsBoundary") == (usage == Usage::Boundary),
        };
        let path = |kind: EntityKind, name: &str| {
            let path = match kind {
                EntityKind::User => iam.users.by_name(name).map(|user| &*user.path),
                EntityKind::Group => iam.groups.by_name(name).map(|group| &*group.path),
                EntityKind::Role => iam.roles.by_name(name).map(|role| &*role.path),
            };
            path.is_some_and(|path| path.starts_with(self.prefix()))
        };
        iam.uses(self.arn())
            .filter(|(how, of, name)| usage(*how) && kind(*of) && path(*of, name))
            .map(|(_, kind, name)| (place(kind, name), (kind, name)))
            .collect()
    }
}
