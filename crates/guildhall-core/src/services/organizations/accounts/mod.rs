//! Operations on accounts: creating and closing them, and showing them.
#![expect(missing_docs, reason = "the header of each operation's file says what it is")]

use crate::kernel::ids::AccountId;
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::time::Timestamp;
use crate::services::operation::operations;
use crate::services::organizations::rules::tree;
use crate::state::org::{Member, Org, OrgRecord};

operations! {
    json:
    close_account::CloseAccount,
    create_account::CreateAccount,
    create_gov_cloud_account::CreateGovCloudAccount,
    describe_account::DescribeAccount,
    describe_create_account_status::DescribeCreateAccountStatus,
    list_accounts::ListAccounts,
    list_accounts_for_parent::ListAccountsForParent,
    list_create_account_status::ListCreateAccountStatus,
}

/// The ARN of an account, under its organization's management account (accounts.md 2.2).
pub(crate) fn arn(record: &OrgRecord, account: AccountId) -> String {
    [
        "arn:",
        record.partition.wire(),
        ":organizations::",
        &record.management.text(),
        ":account/",
        record.id.as_str(),
        "/",
        &account.text(),
    ]
    .concat()
}

/// An account on the wire (accounts.md 2.6). `Status` goes on beside `State` for old clients (observed.md 21).
pub(crate) struct AccountOutput<'a> {
    pub(crate) org: &'a Org,
    pub(crate) record: &'a OrgRecord,
    pub(crate) member: &'a Member,
    pub(crate) now: Timestamp,
}

impl WriteJson for AccountOutput<'_> {
    fn write(&self, json: &mut Json) {
        let (record, m) = (self.record, self.member);
        let (id, management, org) = (m.id.text(), record.management.text(), record.id.as_str());
        json.raw(r#"{"Id":""#).raw(&id).raw(r#"","Arn":"arn:"#).raw(record.partition.wire());
        json.raw(":organizations::").raw(&management).raw(":account/").raw(org).raw("/").raw(&id);
        json.raw(r#"","Email":"#).string(m.email.as_str()).raw(r#","Name":"#).string(&m.name);
        let state = m.standing.state(self.now);
        json.raw(r#","Status":""#).raw(state.status()).raw(r#"","State":""#).raw(state.wire());
        json.raw(r#"","Paths":[""#);
        tree::write_path(json, self.org, record, &m.parent);
        json.raw(&id).raw(r#"/"],"JoinedMethod":""#).raw(m.method.wire());
        json.raw(r#"","JoinedTimestamp":"#).time(m.joined).raw("}");
    }
}
