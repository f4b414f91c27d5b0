//! Notes when access keys and roles were last used: in the background, now and then, and of no consequence for the
//! requests that they signed.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

use guildhall_core::call::caller::{Caller, Credentials, SessionKind};
use guildhall_core::kernel::ids::{AccessKeyId, AccountId, RoleId};
use guildhall_core::operator::record_use::{EVERY, RecordKeyUse, RecordRoleUse, is_due};
use guildhall_core::state::iam::Iam;
use guildhall_core::{Command, Timestamp};
use guildhall_engine::{Engine, EngineError};
use tokio::sync::Semaphore;

use crate::App;

/// Notes that are on their way at once; a use for which there is no room is noted by a later one.
const AT_ONCE: usize = 64;

/// How the journal names who notes it.
const ACTOR: &str = "server";

/// Room for notes.
pub(crate) struct Uses(Arc<Semaphore>);

impl Default for Uses {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// When this process last noted a use of one credential, in business time.
pub(crate) struct Noted(AtomicI64);

impl Default for Noted {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Noted {
    /// Whether a use is to be noted now: to one of those who ask at the same time.
    fn take(&self, now: Timestamp) -> Option<i64> {
        let last = self.0.load(Relaxed);
        let due = now.0 >= last.saturating_add(EVERY);
        (due && self.0.compare_exchange(last, now.0, Relaxed, Relaxed).is_ok()).then_some(last)
    }
}

/// What was used.
enum Used {
    Key(AccessKeyId),
    Role(AccountId, RoleId),
}

impl App {
    /// Notes that a credential signed a request for a service: a long-term key, or a role's session. Nobody waits for it.
    pub(crate) fn note_use(
        &self,
        (key, who, noted): (&str, &Caller, &Noted),
        service: &str,
        region: &str,
        now: Timestamp,
    ) {
        let Some(last) = noted.take(now) else { return };
        let used = match &who.credentials {
            Credentials::Root | Credentials::User(_) => key.parse().ok().map(Used::Key),
            Credentials::Session(session) => match session.whose {
                SessionKind::Role { role, .. } => Some(Used::Role(who.account, role)),
                _ => None,
            },
        };
        let Some(used) = used else { return };
        let Ok(room) = Arc::clone(&self.uses.0).try_acquire_owned() else {
            noted.0.store(last, Relaxed);
            return;
        };
        let engine = self.engine.clone();
        let (service, region): (Box<str>, Box<str>) = (service.into(), region.into());
        tokio::spawn(async move {
            if let Err(e) = record(&engine, used, service, region).await {
                tracing::debug!(error = %e, "a use of a credential was not noted");
            }
            drop(room);
        });
    }
}

/// Looks whether another session, another process or an earlier run noted a use lately, and notes this one if none did.
async fn record(engine: &Engine, used: Used, service: Box<str>, region: Box<str>) -> Result<(), EngineError> {
    let due = engine.read(AccountId::NOBODY, |cx, view| {
        let last = match &used {
            Used::Key(key) => view.key(*key)?.and_then(|key| key.last_used.as_ref()).map(|used| used.at),
            Used::Role(account, role) => {
                let role = view.get::<Iam>(*account)?.roles.by_id(*role);
                role.and_then(|role| role.used.as_ref()).map(|used| used.at)
            }
        };
        Ok(is_due(last, cx.now))
    });
    if !due.await? {
        return Ok(());
    }
    let command: Arc<dyn Command> = match used {
        Used::Key(key) => Arc::new(RecordKeyUse { key, region, service }),
        Used::Role(account, role) => Arc::new(RecordRoleUse { account, role, region }),
    };
    engine.run_as(ACTOR, "", command).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_use_in_a_quarter_of_an_hour_is_taken() {
        let noted = Noted::default();
        assert_eq!(noted.take(Timestamp(7)), Some(i64::MIN));
        assert_eq!(noted.take(Timestamp(7)), None);
        assert_eq!(noted.take(Timestamp(6 + EVERY)), None);
        assert_eq!(noted.take(Timestamp(7 + EVERY)), Some(7));
        assert_eq!(noted.take(Timestamp(8 + EVERY)), None);
    }
}
