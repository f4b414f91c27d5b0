//! What no command reads: lists of owners, timers and mails, a page at a time.

use guildhall_core::kernel::ids::{AccountId, HandshakeId, OrgId};
use guildhall_core::state::item::ItemKey;
use guildhall_core::{Owner, Timer};
use guildhall_store::MailFilter;
pub(crate) use guildhall_store::{MailState, OutboxMail};

use super::Error;
use crate::App;

/// Organizations in which a handshake is looked for whose link does not name its own, at most.
const ORGANIZATIONS: usize = 10_000;

impl App {
    /// The ids of the next accounts, and of those that do not exist and for which an invitation waits; and whether there
    /// are more.
    pub(crate) async fn accounts(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<(Vec<AccountId>, bool), Error> {
        let (owners, more) = self.owners("acct/", after.map(Owner::Account), limit).await?;
        let account = |owner| if let Owner::Account(id) = owner { Some(id) } else { None };
        Ok((owners.into_iter().filter_map(account).collect(), more))
    }

    /// The next owners of a kind, in order, and whether there are more.
    async fn owners(
        &self,
        prefix: &'static str,
        after: Option<Owner>,
        limit: usize,
    ) -> Result<(Vec<Owner>, bool), Error> {
        let (store, after) = (self.engine.store(), after.map(|owner| owner.to_string()));
        let found = self.engine.blocking(move || store.owners(prefix, after.as_deref(), limit + 1));
        let mut owners = found.await?;
        let more = owners.len() > limit;
        owners.truncate(limit);
        Ok((owners, more))
    }

    /// The next organizations, deleted ones included, and whether there are more.
    pub(crate) async fn organizations(
        &self,
        after: Option<OrgId>,
        limit: usize,
    ) -> Result<(Vec<OrgId>, bool), Error> {
        let (owners, more) = self.owners("org/", after.map(Owner::Org), limit).await?;
        let org = |owner| if let Owner::Org(id) = owner { Some(id) } else { None };
        Ok((owners.into_iter().filter_map(org).collect(), more))
    }

    /// The organization that sent a handshake.
    pub(crate) async fn sender(&self, handshake: HandshakeId) -> Result<Option<OrgId>, Error> {
        let store = self.engine.store();
        let find = move || store.holder("org/", &ItemKey::Handshake(handshake), ORGANIZATIONS);
        let found = self.engine.blocking(find).await?;
        Ok(found.and_then(|owner| if let Owner::Org(id) = owner { Some(id) } else { None }))
    }

    /// The next timers of open handshakes, the earliest first, and whether there are more.
    pub(crate) async fn expiries(
        &self,
        after: Option<Timer>,
        limit: usize,
    ) -> Result<(Vec<Timer>, bool), Error> {
        let store = self.engine.store();
        let find = move || store.timers_of("expire/", after.as_ref(), limit + 1);
        let mut timers = self.engine.blocking(find).await?;
        let more = timers.len() > limit;
        timers.truncate(limit);
        Ok((timers, more))
    }

    /// What `show` makes of a page of mails, of whether there are more, and of where links lead. To render mails takes
    /// long, so it is done where it holds up no other request.
    pub(crate) async fn mails<T: Send + 'static>(
        &self,
        filter: MailFilter,
        show: impl FnOnce(&[OutboxMail], bool, &str) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (store, base_url) = (self.engine.store(), self.settings.base_url.clone());
        let limit = filter.limit;
        let shown = self.engine.blocking(move || {
            let mut mails = store.mails(&MailFilter { limit: limit + 1, ..filter })?;
            let more = mails.len() > limit;
            mails.truncate(limit);
            Ok(show(&mails, more, &base_url))
        });
        Ok(shown.await?)
    }

    /// What `show` makes of a page of mails, the latest first, in the same way.
    pub(crate) async fn latest_mails<T: Send + 'static>(
        &self,
        after: Option<String>,
        limit: usize,
        show: impl FnOnce(&[OutboxMail], bool, &str) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.mails(MailFilter { after, latest_first: true, limit, ..MailFilter::default() }, show).await
    }

    /// How many mails were given up.
    pub(crate) fn failed_mails(&self) -> u64 {
        self.engine.store().mail_counts().failed
    }

    /// What `show` makes of one mail, if it is there, in the same way.
    pub(crate) async fn mail<T: Send + 'static>(
        &self,
        id: String,
        show: impl FnOnce(OutboxMail, &str) -> T + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let (store, base_url) = (self.engine.store(), self.settings.base_url.clone());
        let shown = self.engine.blocking(move || Ok(store.mail(&id)?.map(|mail| show(mail, &base_url))));
        Ok(shown.await?)
    }
}
