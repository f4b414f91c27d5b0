//! Everything that touches a socket: the AWS API, the control API, the console, mail transports, health, metrics.
//!
//! [`Service`] answers requests and knows no socket, so that tests can put a real client right on it; [`listen`]
//! puts it on one.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use guildhall_engine::Engine;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{Either, Full};
use tower::ServiceExt;

mod account_api;
mod api;
mod auth;
pub mod console;
mod control;
mod guard;
mod health;
pub mod listen;
pub mod mail;
mod metrics;
mod pages;
mod postman;
mod request_id;
mod throttle;

pub use postman::postman;
pub use throttle::ThrottleClock;

/// The largest body of a request, in bytes. The largest that AWS takes is a policy of 40,000 characters.
pub const BODY_MAX: usize = 1024 * 1024;
/// The largest snapshot that is taken in, in bytes.
pub const SNAPSHOT_MAX: usize = 1024 * 1024 * 1024;

/// A body of an answer.
pub type Body = Either<Full<Bytes>, axum::body::Body>;

/// Business time, on every answer.
const NOW: HeaderName = HeaderName::from_static("x-guildhall-now");

/// What a service is built with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lab's doors are open: 12-digit keys, the control API without a token, the console's buttons.
    pub lab: bool,
    /// How far a signature's date may be off, in seconds.
    pub signing_window: i64,
    /// Where people reach the console, for the links in mails.
    pub base_url: String,
    /// AWS's request throttles, by which time; `None`: requests are not throttled.
    pub throttle: Option<ThrottleClock>,
}

/// Answers requests.
#[derive(Clone)]
pub struct Service {
    app: Arc<App>,
    router: Router,
}

/// What every part of the server shares.
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) auth: auth::Auth,
    pub(crate) metrics: metrics::Metrics,
    pub(crate) request_ids: request_id::RequestIds,
    pub(crate) throttle: Option<throttle::Throttle>,
    pub(crate) csrf: String,
    pub(crate) now_header: arc_swap::ArcSwap<(i64, HeaderValue)>,
}

impl Service {
    /// A service over an engine.
    pub fn new(engine: Engine, settings: Settings) -> Result<Self, guildhall_engine::random::NoRandom> {
        let csrf = guildhall_engine::random::seed()?.iter().map(|b| format!("{b:02x}")).collect();
        let app = Arc::new(App {
            engine,
            throttle: settings.throttle.map(throttle::Throttle::new),
            settings,
            auth: auth::Auth::default(),
            metrics: metrics::Metrics::new(),
            request_ids: request_id::RequestIds::new()?,
            csrf,
            now_header: arc_swap::ArcSwap::from_pointee((i64::MIN, HeaderValue::from_static(""))),
        });
        let guarded = control::router()
            .merge(pages::router())
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::same_site));
        let router = Router::new()
            .merge(guarded)
            .merge(health::router())
            .fallback(control::not_found)
            .method_not_allowed_fallback(control::method_not_allowed)
            .with_state(Arc::clone(&app));
        Ok(Self { app, router })
    }

    /// Answers one request whose body has not been read yet. Never fails: whatever is wrong is an answer.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let mut response = if api::is_api(&request) {
            api::answer(&self.app, request).await.map(|body| Either::Left(Full::new(body)))
        } else if let Some(n) = account_api::operation(&request) {
            Box::pin(account_api::answer(&self.app, n, request))
                .await
                .map(|body| Either::Left(Full::new(body)))
        } else {
            // Boxed, so that the future of an API request does not carry this one's size.
            Box::pin(self.route(request)).await.map(Either::Right)
        };
        response.headers_mut().insert(NOW, self.app.now_header());
        response
    }

    async fn route<B>(&self, request: Request<B>) -> Response<axum::body::Body>
    where
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        match self.router.clone().oneshot(request.map(axum::body::Body::new)).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

impl App {
    /// Business time as a header, to the second; written once a second.
    fn now_header(&self) -> HeaderValue {
        let now = self.engine.clock().now();
        let second = now.seconds();
        let cached = self.now_header.load();
        if cached.0 == second {
            return cached.1.clone();
        }
        let text = jiff::Timestamp::from_second(second).map(|t| t.to_string()).unwrap_or_default();
        let value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        self.now_header.store(Arc::new((second, value.clone())));
        value
    }
}
