//! What is said of an account as a whole: its alias, its numbers, all that it has at once, and a report on its users
//! (identity.md 3.3, 3.15, 3.16).
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use serde::{Deserialize, Serialize};

use crate::kernel::refusal::Refusal;
use crate::rules::constraints::{ALIAS, Checks};
use crate::services::iam::errors::IamError;
use crate::services::operation::operations;

mod details;
mod report;

operations! {
    query:
    create_account_alias::CreateAccountAlias,
    delete_account_alias::DeleteAccountAlias,
    generate_credential_report::GenerateCredentialReport,
    get_account_authorization_details::GetAccountAuthorizationDetails,
    get_account_summary::GetAccountSummary,
    get_credential_report::GetCredentialReport,
    list_account_aliases::ListAccountAliases,
    set_security_token_service_preferences::SetSecurityTokenServicePreferences,
}

/// The input of the operations that name an alias.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasInput {
    account_alias: Option<String>,
}

impl AliasInput {
    fn alias(&self) -> &str {
        self.account_alias.as_deref().unwrap_or_default()
    }

    fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.required("accountAlias", self.account_alias.as_deref(), &ALIAS);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }
}
