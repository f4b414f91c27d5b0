//! Who signed a request: the access key's account, and the signature checked with the key's secret.

use std::sync::Arc;

use arc_swap::ArcSwap;
use guildhall_core::call::caller::{Caller, Credentials, Session};
use guildhall_core::kernel::ids::{AccessKeyId, AccountId, SessionKeyId};
use guildhall_core::kernel::session_token::SessionToken;
use guildhall_core::operator::create_user::{ADMINISTRATOR, CreateUser};
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::state::iam::Iam;
use guildhall_core::{ControlError, Origin, Refusal, Timestamp};
use guildhall_engine::{EngineError, clock};
use guildhall_wire::sigv4::{AuthError, Incoming, Secret, Signed};
use http::header::USER_AGENT;
use http::request::Parts;

use crate::App;
use crate::listen::Peer;
use crate::uses::Noted;

/// Secrets that are kept with their signing keys.
const KEPT: usize = 10_000;

/// What every 12-digit key of the lab signs with.
const LAB_SECRET: &str = "test";

/// What the access key of an account's administrator begins with, in a lab: its twelve digits follow.
const ADMINISTRATORS: &str = "LABADMIN";

/// The account whose administrator an access key of a lab is.
fn administered(key: &str) -> Option<AccountId> {
    key.strip_prefix(ADMINISTRATORS)?.parse().ok()
}

/// Why a request is not let in.
pub(crate) enum Refused {
    /// The signature.
    Signature(AuthError),
    /// Whether it is good cannot be told now.
    Engine(EngineError),
}

impl From<AuthError> for Refused {
    fn from(e: AuthError) -> Self {
        Self::Signature(e)
    }
}

/// Who signed a request, and where it came from.
pub(crate) struct Signer {
    /// Who. A lab account may not exist yet.
    pub(crate) who: Caller,
    /// Where the request came from.
    pub(crate) origin: Origin,
}

/// An issued key, with the signing keys that were derived from its secret.
struct Credential {
    who: Caller,
    created: Timestamp,
    secret: Secret,
    noted: Noted,
}

/// Secrets by access key. Signing keys live in them: derived once a day, not per request.
pub(crate) struct Auth {
    lab: Secret,
    decoy: Secret,
    issued: ArcSwap<imbl::HashMap<AccessKeyId, Arc<Credential>>>,
    sessions: ArcSwap<imbl::HashMap<SessionKeyId, Arc<KeptSession>>>,
}

/// A session that was opened, with the token that it came from.
struct KeptSession {
    token: Box<str>,
    credential: Arc<Credential>,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            lab: Secret::new(LAB_SECRET.to_owned()),
            decoy: Secret::decoy(),
            issued: ArcSwap::default(),
            sessions: ArcSwap::default(),
        }
    }
}

/// What a request tells about where it came from.
fn origin(head: &Parts, signed: &Signed<'_>) -> Origin {
    Origin {
        source_ip: head.extensions.get::<Peer>().map(|peer| peer.0.peer()),
        region: Some(signed.region().into()),
        user_agent: head.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).map(Into::into),
    }
}

impl App {
    /// Who signed a request for a service.
    pub(crate) async fn authenticate(
        &self,
        head: &Parts,
        service: &str,
        body: &[u8],
    ) -> Result<Signer, Refused> {
        let incoming = Incoming {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
        };
        let signed = match Signed::parse(incoming, &[service]) {
            Ok(signed) => signed,
            Err(e) => return Err(self.refused(head, e)),
        };
        match self.signer(&signed, service, body).await {
            Ok(who) => Ok(Signer { who, origin: origin(head, &signed) }),
            Err(Refused::Signature(e)) => Err(self.refused(head, e)),
            Err(fault) => Err(fault),
        }
    }

    /// Counts a refused signature, and says so in the log from time to time.
    fn refused(&self, head: &Parts, e: AuthError) -> Refused {
        self.metrics.refused(e.kind());
        if let Some(times) = self.metrics.signatures.due() {
            let peer = head.extensions.get::<Peer>().map(|peer| peer.0.peer());
            tracing::warn!(kind = e.kind(), peer = peer.as_deref(), times, "a signature was refused");
        }
        e.into()
    }

    /// Whose key made a signature.
    async fn signer(&self, signed: &Signed<'_>, service: &str, body: &[u8]) -> Result<Caller, Refused> {
        let (wall, business) = (clock::wall(), self.engine.clock().now());
        let clocks = [wall.seconds(), business.seconds()];
        let clocks = if self.settings.lab { &clocks[..] } else { clocks.get(..1).unwrap_or_default() };
        signed.check_time(clocks, self.settings.signing_window)?;
        if signed.session_token().is_none()
            && self.settings.lab
            && let Ok(account) = signed.access_key_id().parse::<AccountId>()
        {
            signed.verify(body, &self.auth.lab)?;
            return Ok(account.into());
        }
        if signed.session_token().is_none()
            && self.settings.lab
            && let Some(account) = administered(signed.access_key_id())
        {
            signed.verify(body, &self.auth.lab)?;
            return self.administrator(account).await;
        }
        let known = match signed.session_token() {
            Some(token) => self.session(signed.access_key_id(), token),
            None => match signed.access_key_id().parse() {
                Ok(id) => self.credential(id).await.map_err(Refused::Engine)?,
                Err(_) => None,
            },
        };
        match known {
            Some(credential) => {
                signed.verify(body, &credential.secret)?;
                let used = (signed.access_key_id(), &credential.who, &credential.noted);
                self.note_use(used, service, signed.region(), business);
                Ok(credential.who.clone())
            }
            // The same work as for a known one.
            None => Err(signed.refuse(body, &self.auth.decoy).into()),
        }
    }

    /// The administrator of a lab's account. Both come into being by their first request.
    async fn administrator(&self, account: AccountId) -> Result<Caller, Refused> {
        let find = || {
            self.engine.read(AccountId::NOBODY, |_, view| {
                Ok(view.get::<Iam>(account)?.users.by_name(ADMINISTRATOR).map(|user| user.id))
            })
        };
        if find().await.map_err(Refused::Engine)?.is_none() {
            let make = || self.engine.run_as("lab", "", Arc::new(CreateUser::administrator(account)));
            match make().await {
                Err(EngineError::Refused(refusal)) if refusal.own::<ControlError>().is_some() => {
                    self.register_lab_account(account).await?;
                    make().await.map_err(Refused::Engine)?;
                }
                made => _ = made.map_err(Refused::Engine)?,
            }
        }
        let user = find().await.map_err(Refused::Engine)?.ok_or(AuthError::UnknownKey)?;
        Ok(Caller { account, credentials: Credentials::User(user) })
    }

    /// The session that a token is of, if the key is its own. From memory, if it signed before.
    fn session(&self, key: &str, token: &str) -> Option<Arc<Credential>> {
        let key: SessionKeyId = key.parse().ok()?;
        if let Some(kept) = self.auth.sessions.load().get(&key)
            && kept.token.as_bytes() == token.as_bytes()
        {
            return Some(Arc::clone(&kept.credential));
        }
        let keyring = self.engine.keyring();
        let payload = SessionToken::open(&keyring, token)?;
        let session: Session = serde_json::from_slice(&payload).ok()?;
        if session.key != key {
            return None;
        }
        let secret = Secret::new(SessionToken::secret_of(&keyring, token));
        let (account, created) = (session.account, session.issued);
        let who = Caller { account, credentials: Credentials::Session(session.into()) };
        let credential = Arc::new(Credential { who, created, secret, noted: Noted::default() });
        let kept = Arc::new(KeptSession { token: token.into(), credential: Arc::clone(&credential) });
        self.auth.sessions.rcu(|old| {
            let mut new = if old.len() >= KEPT { imbl::HashMap::new() } else { imbl::HashMap::clone(old) };
            new.insert(key, Arc::clone(&kept));
            new
        });
        Some(credential)
    }

    /// Registers a lab account that has signed its first request.
    pub(crate) async fn register_lab_account(&self, id: AccountId) -> Result<(), Refused> {
        let address = self.engine.lab_address(id).ok_or(AuthError::UnknownKey)?;
        let command = Arc::new(RegisterAccount::lab(id, &address));
        match self.engine.run_as("lab", "", command).await {
            Ok(_) => Ok(()),
            Err(EngineError::Refused(refusal)) => match refusal.own() {
                // Two first requests at once: one of them registered it.
                Some(ControlError::AccountExists(_)) => Ok(()),
                // Somebody else holds its address: it cannot come into being by itself.
                Some(_) => Err(AuthError::UnknownKey.into()),
                None => Err(Refused::Engine(EngineError::Refused(refusal))),
            },
            Err(error) => Err(Refused::Engine(error)),
        }
    }

    /// An issued key's secret, from memory as long as the key is the same. None for keys that are switched off, too.
    async fn credential(&self, id: AccessKeyId) -> Result<Option<Arc<Credential>>, EngineError> {
        let now = self
            .engine
            .read(AccountId::NOBODY, |_, view| {
                let key = view.key(id)?.filter(|key| !key.inactive);
                Ok(key.map(|key| (key.account, key.user, key.created)))
            })
            .await?;
        let Some((account, user, created)) = now else { return Ok(None) };
        if let Some(kept) = self.auth.issued.load().get(&id)
            && kept.who.account == account
            && kept.created == created
        {
            return Ok(Some(Arc::clone(kept)));
        }
        let sealed = self
            .engine
            .read(AccountId::NOBODY, |_, view| Ok(view.key(id)?.map(|k| k.secret.clone())))
            .await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let mut plain = sealed.open(&self.engine.keyring(), id).map_err(|why| {
            tracing::error!(key = %id, "{why}");
            EngineError::Refused(Refusal::Internal)
        })?;
        let secret = Secret::new(std::mem::take(&mut plain));
        let who = Caller { account, credentials: user.map_or(Credentials::Root, Credentials::User) };
        let credential = Arc::new(Credential { who, created, secret, noted: Noted::default() });
        self.auth.issued.rcu(|old| {
            let mut new = if old.len() >= KEPT { imbl::HashMap::new() } else { imbl::HashMap::clone(old) };
            new.insert(id, Arc::clone(&credential));
            new
        });
        Ok(Some(credential))
    }
}
