//! What the two simulations have in their inputs, and the model's constraints on it. One type serves both: what only the
//! other has is not looked at.

use guildhall_policy::iam::simulate::{Entry, EntryType, Exclusion, MAX_EXCLUSIONS, MAX_LEVELS, Owner};
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::constraints::{self, Checks, Rule};
use crate::services::iam::errors::IamError;

type Texts = Vec<Option<String>>;

/// The input.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    pub(super) policy_source_arn: Option<String>,
    pub(super) policy_input_list: Option<Texts>,
    pub(super) permissions_boundary_policy_input_list: Option<Texts>,
    ordered_organization_policy_input_list: Option<Vec<Option<LevelInput>>>,
    policy_exclusion_list: Option<Vec<Option<ExclusionInput>>>,
    action_names: Option<Texts>,
    resource_arns: Option<Texts>,
    pub(super) resource_policy: Option<String>,
    pub(super) resource_owner: Option<String>,
    pub(super) caller_arn: Option<String>,
    context_entries: Option<Vec<Option<EntryInput>>>,
    resource_handling_option: Option<String>,
    pub(super) max_items: Option<i64>,
    pub(super) marker: Option<String>,
}

/// A level of an organization.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LevelInput {
    service_control_policy_input_list: Option<Texts>,
}

/// A condition key.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryInput {
    context_key_name: Option<String>,
    context_key_values: Option<Texts>,
    context_key_type: Option<String>,
}

/// Policies that are left out.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExclusionInput {
    policy_type: Option<String>,
    policy_arn: Option<String>,
    inline_policy_identifier: Option<InlineInput>,
}

/// An inline policy that is left out.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InlineInput {
    policy_name: Option<String>,
    attachment_type: Option<String>,
    attachment_name: Option<String>,
}

fn texts(list: Option<&Texts>) -> impl Iterator<Item = &str> {
    list.into_iter().flatten().flatten().map(String::as_str)
}

/// An action.
const ACTION: Rule = Rule::length(3, 128);
/// An ARN of a resource, or what stands for one.
const RESOURCE: Rule = Rule::length(1, 2_048);
/// The name of a condition key. One that is missing or empty is told in other words.
const KEY: Rule = Rule::length(5, 256);
/// A value of a condition key: any text.
const VALUE: Rule = Rule::length(0, usize::MAX);
/// The way in which resources are handled.
const OPTION: Rule = Rule::length(1, 64);
/// The words for what a condition key is.
const TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];

impl Input {
    /// The constraints of SimulateCustomPolicy.
    pub(super) fn check_custom(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.list("policyInputList", self.policy_input_list.as_deref(), true, &constraints::DOCUMENT);
        self.check_boundaries(&mut checks);
        let (member, levels) =
            ("orderedOrganizationPolicyInputList", self.ordered_organization_policy_input_list.as_deref());
        checks.at_most(member, levels.map_or(0, <[_]>::len), MAX_LEVELS);
        checks.elements(member, levels, |checks, member, level| {
            let list = level.service_control_policy_input_list.as_deref();
            checks.list(
                &format!("{member}.serviceControlPolicyInputList"),
                list,
                false,
                &constraints::DOCUMENT,
            );
        });
        self.check_rest(checks)
    }

    /// The constraints of SimulatePrincipalPolicy.
    pub(super) fn check_principal(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("policySourceArn", self.policy_source_arn.as_deref(), &constraints::ARN);
        checks.list("policyInputList", self.policy_input_list.as_deref(), false, &constraints::DOCUMENT);
        self.check_boundaries(&mut checks);
        let (member, exclusions) = ("policyExclusionList", self.policy_exclusion_list.as_deref());
        checks.at_most(member, exclusions.map_or(0, <[_]>::len), MAX_EXCLUSIONS);
        checks.elements(member, exclusions, |checks, member, exclusion| {
            let arn = exclusion.policy_arn.as_deref();
            checks.optional(&format!("{member}.policyArn"), arn, &constraints::ARN);
        });
        self.check_rest(checks)
    }

    fn check_boundaries(&self, checks: &mut Checks) {
        let list = self.permissions_boundary_policy_input_list.as_deref();
        checks.list("permissionsBoundaryPolicyInputList", list, false, &constraints::DOCUMENT);
    }

    /// The members that both have.
    fn check_rest(&self, mut checks: Checks) -> Result<(), Refusal> {
        checks.list("actionNames", self.action_names.as_deref(), true, &ACTION);
        checks.list("resourceArns", self.resource_arns.as_deref(), false, &RESOURCE);
        checks.optional("resourcePolicy", self.resource_policy.as_deref(), &constraints::DOCUMENT);
        checks.optional("resourceOwner", self.resource_owner.as_deref(), &RESOURCE);
        checks.optional("callerArn", self.caller_arn.as_deref(), &RESOURCE);
        checks.elements("contextEntries", self.context_entries.as_deref(), |checks, member, entry| {
            let member = |name: &str| format!("{member}.{name}");
            let key = entry.context_key_name.as_deref().filter(|key| !key.is_empty());
            checks.optional(&member("contextKeyName"), key, &KEY);
            checks.list(&member("contextKeyValues"), entry.context_key_values.as_deref(), false, &VALUE);
            checks.one_of(&member("contextKeyType"), entry.context_key_type.as_deref(), &TYPES);
        });
        checks.optional("resourceHandlingOption", self.resource_handling_option.as_deref(), &OPTION);
        checks.page(self.marker.as_deref(), self.max_items);
        Ok(checks.finish().map_err(IamError::from)?)
    }

    pub(super) fn policies(&self) -> &[Option<String>] {
        self.policy_input_list.as_deref().unwrap_or_default()
    }

    pub(super) fn boundaries(&self) -> &[Option<String>] {
        self.permissions_boundary_policy_input_list.as_deref().unwrap_or_default()
    }

    /// The levels of an organization, if there are any.
    pub(super) fn levels(&self) -> Option<Vec<Vec<&str>>> {
        let levels =
            self.ordered_organization_policy_input_list.as_ref().filter(|levels| !levels.is_empty())?;
        Some(levels.iter().map(|level| level.as_ref().map(LevelInput::texts).unwrap_or_default()).collect())
    }

    pub(super) fn actions(&self) -> Vec<&str> {
        texts(self.action_names.as_ref()).collect()
    }

    pub(super) fn resources(&self) -> Vec<&str> {
        texts(self.resource_arns.as_ref()).collect()
    }

    /// The values of the condition keys, key by key.
    pub(super) fn values(&self) -> Vec<Vec<&str>> {
        let entries = self.context_entries.iter().flatten();
        entries
            .map(|entry| texts(entry.as_ref().and_then(|e| e.context_key_values.as_ref())).collect())
            .collect()
    }

    /// The condition keys with those values.
    pub(super) fn entries<'s>(&'s self, values: &'s [Vec<&'s str>]) -> impl Iterator<Item = Entry<'s>> {
        self.context_entries.iter().flatten().zip(values).map(|(entry, values)| Entry {
            key: entry.as_ref().and_then(|entry| entry.context_key_name.as_deref()).unwrap_or_default(),
            values,
            kind: entry.as_ref().and_then(|e| e.context_key_type.as_deref()).and_then(EntryType::parse),
        })
    }

    /// What is left out. An element that has no member, or several, is none of AWS's union.
    pub(super) fn exclusions(&self) -> Result<Vec<Exclusion>, Stop> {
        let read = |exclusion: &Option<ExclusionInput>| {
            let bad = || {
                Stop::from(IamError::InvalidInput(
                    "Invalid policy exclusion: exactly one member is required".into(),
                ))
            };
            let Some(ExclusionInput { policy_type, policy_arn, inline_policy_identifier }) = exclusion else {
                return Err(bad());
            };
            match (policy_type, policy_arn, inline_policy_identifier) {
                (Some(name), None, None) => Exclusion::of_type(name).ok_or_else(bad),
                (None, Some(arn), None) => Exclusion::of_arn(arn).map_err(|refused| invalid(&refused)),
                (None, None, Some(inline)) => inline.exclusion(),
                _ => Err(bad()),
            }
        };
        self.policy_exclusion_list.iter().flatten().map(read).collect()
    }

    /// What a marker is bound to.
    pub(super) fn filter(&self) -> String {
        let source = self.policy_source_arn.as_deref().unwrap_or_default();
        format!("{source} {:?} {:?}", self.actions(), self.resources())
    }
}

impl LevelInput {
    fn texts(&self) -> Vec<&str> {
        texts(self.service_control_policy_input_list.as_ref()).collect()
    }
}

impl InlineInput {
    fn exclusion(&self) -> Result<Exclusion, Stop> {
        let owner = match self.attachment_type.as_deref() {
            Some("user") => Some(Owner::User),
            Some("group") => Some(Owner::Group),
            Some("role") => Some(Owner::Role),
            _ => None,
        };
        let name = |name: &'_ Option<String>| name.clone().unwrap_or_default();
        Exclusion::of_inline(&name(&self.policy_name), owner, &name(&self.attachment_name))
            .map_err(|refused| invalid(&refused))
    }
}
