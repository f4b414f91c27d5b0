//! Everything that touches a socket: the AWS API, the control API, the console, mail transports, health, metrics.
//!
//! [`Server`] answers requests and knows no socket, so that tests can put a real client right on it; [`listen`]
//! connects it to sockets.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use guildhall_engine::Engine;
use http::HeaderValue;
use http_body_util::{Either, Full};

use crate::listen::Connections;

mod api;
mod auth;
mod console;
mod control;
mod denials;
mod elsewhere;
mod envelope;
mod guard;
mod health;
mod identify;
mod intake;
pub mod listen;
pub mod mail;
mod metrics;
mod pace;
mod refusal;
mod request_id;
mod seldom;
mod throttle;
mod toolbox;
mod uses;

pub use throttle::ThrottleClock;

/// The largest body of a request, in bytes. The largest that AWS takes is a policy of 40,000 characters.
pub const BODY_MAX: usize = 1024 * 1024;
/// The largest snapshot that is taken in, in bytes.
pub const SNAPSHOT_MAX: usize = 1024 * 1024 * 1024;

/// A body of an answer.
pub type Body = Either<Full<Bytes>, axum::body::Body>;

/// What a server is built with.
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
    /// Whether the keys of secrets are in a file, and not in this process alone.
    pub keys_in_file: bool,
    /// How many connections there may be, and how long clients may take.
    pub connections: Connections,
}

/// Answers requests.
#[derive(Clone)]
pub struct Server {
    app: Arc<App>,
    router: Router,
}

/// What every part of the server shares.
pub(crate) struct App {
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) auth: auth::Auth,
    pub(crate) denials: denials::Denials,
    pub(crate) uses: uses::Uses,
    pub(crate) metrics: metrics::Metrics,
    pub(crate) traffic: Arc<listen::traffic::Traffic>,
    pub(crate) intake: intake::Intake,
    /// Turns of snapshots under way.
    pub(crate) snapshots: Arc<tokio::sync::Semaphore>,
    pub(crate) request_ids: request_id::RequestIds,
    pub(crate) throttle: Option<throttle::Throttle>,
    pub(crate) csrf: String,
    pub(crate) now_header: arc_swap::ArcSwap<(i64, HeaderValue)>,
}

impl Server {
    /// A server over an engine.
    pub fn new(engine: Engine, settings: Settings) -> Result<Self, guildhall_engine::random::NoRandom> {
        let csrf = guildhall_engine::random::seed()?.iter().map(|b| format!("{b:02x}")).collect();
        let app = Arc::new(App {
            engine,
            throttle: settings.throttle.map(throttle::Throttle::new),
            auth: auth::Auth::default(),
            denials: denials::Denials::default(),
            uses: uses::Uses::default(),
            metrics: metrics::Metrics::new(),
            traffic: Arc::default(),
            intake: intake::Intake::new(settings.connections),
            snapshots: Arc::new(tokio::sync::Semaphore::new(control::SNAPSHOTS)),
            request_ids: request_id::RequestIds::new()?,
            csrf,
            now_header: arc_swap::ArcSwap::from_pointee((i64::MIN, HeaderValue::from_static(""))),
            settings,
        });
        let router = control::router()
            .merge(console::router())
            .merge(health::router())
            .fallback(control::not_found)
            .method_not_allowed_fallback(control::method_not_allowed)
            .with_state(Arc::clone(&app));
        Ok(Self { app, router })
    }

    /// How many connections there may be.
    pub(crate) fn connections(&self) -> Connections {
        self.app.settings.connections
    }

    /// What goes on at the sockets.
    pub(crate) fn traffic(&self) -> Arc<listen::traffic::Traffic> {
        Arc::clone(&self.app.traffic)
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
