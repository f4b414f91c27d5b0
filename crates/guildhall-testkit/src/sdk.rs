//! The AWS SDK for Rust on a server without a socket: it signs as it always does, and its requests go right into
//! [`Server::answer`].

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::config::{BehaviorVersion, Region};
use aws_sdk_organizations::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use guildhall_core::call::cx::MoreServices;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::state::limits::Limits;
use guildhall_core::state::mail::Mail;
use guildhall_engine::{ClockMode, Engine, Retention, Retry};
use guildhall_server::listen::Connections;
use guildhall_server::{Server, Settings, ThrottleClock};
use guildhall_store::memory::MemoryStore;
use guildhall_store::{MailFilter, Store};
use http::header::HOST;
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use crate::world::BEGINNING;

/// The endpoint that requests are sent to.
pub const ENDPOINT: &str = "http://127.0.0.1:4615";
/// Its authority. The control API answers addresses only.
const AUTHORITY: &str = "127.0.0.1:4615";

/// A server in lab mode: state in memory, virtual time from [`BEGINNING`] on, mails in the mailbox.
#[derive(Clone)]
pub struct Lab {
    engine: Engine,
    service: Server,
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lab").finish_non_exhaustive()
    }
}

/// The configuration of an engine in lab mode with a virtual clock.
pub fn engine_config() -> guildhall_engine::Config {
    guildhall_engine::Config {
        clock: ClockMode::Virtual(Some(BEGINNING)),
        machine: guildhall_engine::clock::system(),
        limits: Limits::lab(),
        lab_accounts: true,
        strict: false,
        services: MoreServices::new(),
        transport: None,
        retry: Retry::default(),
        retention: Retention::ALL,
        keyring: Arc::new(Keyring::new([7; 32])),
        random: guildhall_engine::random::system(),
    }
}

impl Lab {
    /// Starts a server on the current runtime.
    pub fn start() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    /// Starts a server over a store, which may hold state already.
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self::serve(store, None)
    }

    /// Starts a server with AWS's request throttles.
    pub fn throttled(clock: ThrottleClock) -> Self {
        Self::serve(Arc::new(MemoryStore::new()), Some(clock))
    }

    fn serve(store: Arc<dyn Store>, throttle: Option<ThrottleClock>) -> Self {
        let engine = Engine::start(store, engine_config()).unwrap();
        let base_url = ENDPOINT.to_owned();
        let connections = Connections::default();
        let settings =
            Settings { lab: true, signing_window: 300, base_url, throttle, keys_in_file: false, connections };
        let service = Server::new(engine.clone(), settings).unwrap();
        Self { engine, service }
    }

    /// The engine below.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A client that signs as the root user of a lab account.
    pub fn client(&self, account: &str) -> Client {
        self.client_with_key(account, "test")
    }

    /// A client that signs with a key.
    pub fn client_with_key(&self, access_key_id: &str, secret: &str) -> Client {
        let credentials = Credentials::from_keys(access_key_id, secret, None);
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(ENDPOINT)
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .build();
        Client::from_conf(config)
    }

    /// Lets business time pass, and everything run that falls due.
    pub async fn advance(&self, millis: i64) {
        self.engine.advance_to(self.engine.clock().now().plus(millis)).await.unwrap();
    }

    /// Every mail that was sent, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let filter = MailFilter { limit: usize::MAX, ..MailFilter::default() };
        self.engine.store().mails(&filter).unwrap().into_iter().map(|m| m.mail).collect()
    }

    /// A call of the control API.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder().method(method).uri(path).header(HOST, AUTHORITY);
        let request = request.header("content-type", "application/json").body(Full::new(body)).unwrap();
        let (head, body) = self.service.answer(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let wrong = |e: Box<dyn std::error::Error + Send + Sync>| ConnectorError::user(e);
        let request = request.try_into_http1x().map_err(|e| wrong(e.into()))?;
        let (mut head, body) = request.into_parts();
        // What a socket's client does: the authority goes into a header, the rest is the target.
        if let Some(authority) = head.uri.authority() {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|e| wrong(e.into()))?;
            head.headers.insert(HOST, host);
        }
        let target = head.uri.path_and_query().map_or("/", |p| p.as_str());
        head.uri = target.parse::<Uri>().map_err(|e| wrong(e.into()))?;
        let body = body.collect().await.map_err(wrong)?.to_bytes();
        let response = self.service.answer(Request::from_parts(head, Full::new(body))).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|e| ConnectorError::user(e.to_string().into()))?.to_bytes();
        let response = http::Response::from_parts(head, SdkBody::from(body));
        response.try_into().map_err(|e: aws_smithy_runtime_api::http::HttpError| wrong(e.into()))
    }
}

impl HttpConnector for Lab {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lab = self.clone();
        HttpConnectorFuture::new(async move { lab.send(request).await })
    }
}

impl HttpClient for Lab {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
