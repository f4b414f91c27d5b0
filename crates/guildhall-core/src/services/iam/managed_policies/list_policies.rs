//! ListPolicies: the managed policies of the caller's account and those of AWS, each by name (identity.md 1.7, 3.7). Any
//! account. How a policy is used is a filter only together with OnlyAttached.
//! Refuses: ValidationError.

use guildhall_policy::iam::aws::POLICIES;
use serde::{Deserialize, Serialize};

use super::USAGES;
use super::shape::PolicyShape;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{Checks, POLICY_PATH};
use crate::rules::managed::Managed;
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::page::Wanted;
use crate::services::{Answer, Operation};
use crate::state::view::View;

pub struct ListPolicies;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policies: Vec<PolicyShape>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// Where a policy stands in the list: those of the account, then those of AWS.
fn place(policy: &Managed<'_>) -> String {
    match policy {
        Managed::Own(own) => format!("1{}", own.name),
        Managed::OfAws(aws) => format!("2{}", aws.name),
    }
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("policy", |i, cx, view| authority::below("policy", i.prefix(), cx, view));
    const MODE: Mode = Mode::Read;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.one_of("scope", i.scope.as_deref(), &["All", "AWS", "Local"]);
        checks.optional("pathPrefix", i.path_prefix.as_deref(), &POLICY_PATH);
        checks.one_of("policyUsageFilter", i.policy_usage_filter.as_deref(), &USAGES);
        checks.page(i.marker.as_deref(), i.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let filter = input.filter();
        let wanted = Wanted::new(Self::NAME, &filter, input.marker.as_deref(), input.max_items, cx)?;
        let after = wanted.after.as_deref().map(|after| after.split_at_checked(1).unwrap_or_default());
        let (own_after, aws_after) = match after {
            Some(("1", name)) => (Some(name), None),
            Some((_, name)) => (None, Some(name)),
            None => (None, None),
        };
        let scope = input.scope.as_deref().unwrap_or("All");
        let own = iam.policies.after(own_after).map(Managed::Own);
        let own = own.filter(|_| scope != "AWS" && aws_after.is_none());
        let of_aws = POLICIES.iter().filter(|aws| aws_after.is_none_or(|after| aws.name > after));
        let of_aws = of_aws.map(Managed::OfAws).filter(|_| scope != "Local");
        let prefix = input.prefix();
        let shapes = own
            .chain(of_aws)
            .filter(|policy| policy.path().starts_with(prefix))
            .map(|policy| (place(&policy), PolicyShape::of(policy, account, iam)))
            .filter(|(_, shape)| input.wants(shape));
        let page = wanted.take(cx, shapes, |(place, _)| place.clone());
        let policies = page.entries.into_iter().map(|(_, shape)| shape).collect();
        Ok(Answer(Output { policies, is_truncated: page.is_truncated, marker: page.marker }))
    }
}

impl Input {
    fn prefix(&self) -> &str {
        self.path_prefix.as_deref().unwrap_or("/")
    }

    fn only_attached(&self) -> bool {
        self.only_attached.unwrap_or(false)
    }

    /// What a marker is bound to.
    fn filter(&self) -> String {
        let [scope, usage] =
            [&self.scope, &self.policy_usage_filter].map(|f| f.as_deref().unwrap_or_default());
        format!("{scope} {usage} {} {}", self.only_attached(), self.prefix())
    }

    /// Whether a policy is used as it is asked for.
    fn wants(&self, policy: &PolicyShape) -> bool {
        let (attached, boundary) = (policy.attachment_count > 0, policy.permissions_boundary_usage_count > 0);
        !self.only_attached()
            || match self.policy_usage_filter.as_deref() {
                None => attached || boundary,
                Some("PermissionsBoundary") => boundary,
                Some(_) => attached,
            }
    }
}
