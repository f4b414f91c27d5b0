//! What an organization may do in the place of its members' root users (identity.md 3.14).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::Serialize;

use crate::call::cx::Cx;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::services::Answer;
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;
use crate::state::item::Item;
use crate::state::org::{FeatureSet, Org, OrgRecord, RootAccess};
use crate::state::view::View;

operations! {
    query:
    disable_features::{DisableOrganizationsRootCredentialsManagement, DisableOrganizationsRootSessions},
    enable_features::{EnableOrganizationsRootCredentialsManagement, EnableOrganizationsRootSessions},
    list_organizations_features::ListOrganizationsFeatures,
}

/// The service that has to have trusted access.
const SERVICE: &str = "iam.amazonaws.com";

/// Who may call an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The management account.
    Management,
    /// Delegated administrators of IAM, too.
    Delegates,
}

/// A feature, to be switched.
type Feature = fn(&mut RootAccess) -> &mut bool;

/// What is enabled.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Features {
    organization_id: String,
    enabled_features: Vec<&'static str>,
}

impl Features {
    fn of(record: &OrgRecord) -> Self {
        let RootAccess { credentials, sessions } = record.root_access;
        let names = [("RootSessions", sessions), ("RootCredentialsManagement", credentials)];
        let enabled = names.into_iter().filter_map(|(name, enabled)| enabled.then_some(name));
        Self { organization_id: record.id.to_string(), enabled_features: enabled.collect() }
    }
}

/// The caller's organization, if it may ask for its features, or switch them.
fn organization<'a>(who: Who, cx: &Cx<'_>, view: &mut View<'a>) -> Result<&'a OrgRecord, Stop> {
    let account = access::caller(cx, view)?;
    let Some(id) = account.org else { return Err(IamError::no_organization().into()) };
    let (org, record): (&Org, &OrgRecord) = view.org(id)?.ok_or(Refusal::Internal)?;
    if record.feature_set != FeatureSet::All {
        return Err(IamError::not_all_features().into());
    }
    let service = SERVICE.parse()?;
    if org.delegation().trusted(&service).is_none() {
        return Err(IamError::no_trusted_access(account.id).into());
    }
    let delegates = org.delegation().administrators(&service);
    let is_delegate = delegates.is_some_and(|accounts| accounts.contains(&account.id));
    if record.management == account.id || is_delegate && who == Who::Delegates {
        Ok(record)
    } else if is_delegate {
        Err(IamError::not_management(account.id).into())
    } else {
        Err(IamError::neither_management_nor_delegate(account.id).into())
    }
}

/// Switches a feature. One that is as it is to be stays so.
fn switch(
    feature: Feature,
    on: bool,
    who: Who,
    cx: &Cx<'_>,
    view: &mut View<'_>,
) -> Result<Answer<Features>, Stop> {
    let record = organization(who, cx, view)?;
    let mut new = record.clone();
    *feature(&mut new.root_access) = on;
    let answer = Features::of(&new);
    if new != *record {
        view.put(Owner::Org(record.id), Item::Org(new));
    }
    Ok(Answer(answer))
}
