//! `guildhall serve`.

use std::sync::Arc;
use std::time::Duration;

use guildhall_core::kernel::keyring::{KeyId, Keyring};
use guildhall_engine::keys::Reseal;
use guildhall_engine::{Engine, Retry, random};
use guildhall_server::listen::{self, Connections};
use guildhall_server::{Server, Settings};
use guildhall_store::Store;
use guildhall_store::memory::MemoryStore;
use guildhall_store::sqlite::SqliteStore;
use rustix::process::{Resource, Rlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{LogFormat, ServeFlags};
use crate::config::Config;
use crate::{Failed, print};

/// How far a signature's date may be off, in seconds (accounts.md 1.4).
const SIGNING_WINDOW: i64 = 5 * 60;

/// Descriptors that are no connection's.
const RESERVED: usize = 64;

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(flags: &ServeFlags) -> Result<(), Failed> {
    let config = Config::new(flags)?;
    log(config.log_format);
    tell_panics();
    let connections = places(config.connections)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failed::run)?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|e| Failed::Run(format!("cannot listen on {}: {e}", config.listen)))?;
        let address = listener.local_addr().map_err(Failed::run)?;
        let url = format!("http://{address}");
        let base_url = config.base_url.clone().unwrap_or_else(|| url.clone());
        let transport = config.mail.transport(&base_url).map_err(|e| wrong_mail(flags, &e))?;
        let (store, keyring) = open(&config)?;
        let retry = &config.mail.retry;
        let retry = Retry { first: retry.first, most: retry.most, give_up_after: retry.give_up_after };
        let engine = guildhall_engine::Config {
            clock: config.clock,
            machine: guildhall_engine::clock::system(),
            limits: config.limits.clone(),
            lab_accounts: true,
            strict: config.strict,
            services: config.services.clone(),
            transport,
            retry,
            retention: config.retention,
            keyring,
            random: random::system(),
        };
        let engine = Engine::start(store, engine).map_err(Failed::run)?;
        let settings = Settings {
            lab: true,
            signing_window: SIGNING_WINDOW,
            base_url,
            throttle: config.throttle,
            connections,
            keys_in_file: config.key_file.is_some(),
        };
        let service = Server::new(engine.clone(), settings).map_err(Failed::run)?;
        let stop = stopped()?;
        print(&format!("guildhall listening on {url}"));
        tracing::info!(address = %address, data = ?config.data, "serving");
        listen::serve(listener, service, stop).await;
        // Whoever got an answer has it on disk; what still waits is finished.
        tokio::task::spawn_blocking(move || engine.stop()).await.map_err(Failed::run)?;
        tracing::info!("stopped");
        Ok(())
    });
    // Whatever still holds the store lets go of it, so that it closes its files. A delivery under way may take as
    // long as a mail server likes: it is not waited for, and its mail stays in the outbox.
    runtime.shutdown_timeout(Duration::from_secs(2));
    served
}

/// Raises the limit of descriptors as far as it goes, and keeps some of them for the database, mails and the log.
fn places(connections: Connections) -> Result<Connections, Failed> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match rustix::process::setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // No limit at all is written as none.
    let descriptors = current.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let most = connections.most.min(descriptors.saturating_sub(RESERVED));
    if most == 0 {
        return Err(Failed::Run(format!(
            "{descriptors} descriptors (ulimit -n) are too few: {RESERVED} are needed besides those of connections"
        )));
    }
    Ok(Connections { most, ..connections })
}

fn wrong_mail(flags: &ServeFlags, e: &dyn std::fmt::Display) -> Failed {
    let file = flags.config.as_ref().map(|f| format!("{}: ", f.display())).unwrap_or_default();
    Failed::Usage(format!("{file}{e}"))
}

/// The state, and the keys of its secrets.
fn open(config: &Config) -> Result<(Arc<dyn Store>, Arc<Keyring>), Failed> {
    let store: Arc<dyn Store> = match (&config.data, &config.key_file) {
        (Some(directory), Some(key_file)) => {
            let seed = random::seed().map_err(Failed::run)?;
            let rings = |_: &[KeyId]| key_file.read_or_make();
            let store = SqliteStore::open_with(directory, &mut Reseal::new(&rings, seed));
            Arc::new(store.map_err(Failed::run)?)
        }
        _ => Arc::new(MemoryStore::with_scratch(std::env::temp_dir())),
    };
    let keyring = match &config.key_file {
        Some(key_file) => key_file.open(&*store).map_err(Failed::Run)?,
        None => Arc::new(Keyring::new(random::seed().map_err(Failed::run)?)),
    };
    Ok((store, keyring))
}

/// Ready when somebody wants the server to stop.
fn stopped() -> Result<impl Future<Output = ()>, Failed> {
    let mut term = signal(SignalKind::terminate()).map_err(Failed::run)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failed::run)?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Tells where something panicked, and not with what message: that may quote what a client sent.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        tracing::error!(thread = thread.name(), "panicked at {place}");
    }));
}

/// Logs to standard error; `GUILDHALL_LOG` filters, as in `info,guildhall_server=debug`.
fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing::Level::INFO.into())
        .with_env_var("GUILDHALL_LOG")
        .from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().init(),
    }
}
