//! Load: requests that are ready, replayed over keep-alive connections by one thread.

use super::call::error_code;
use super::reply;
use crate::procfs;
use crate::{Refusal, report};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// When the next request is sent.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// As soon as the last one is answered; the batch is sent again and again until the time is up.
    Again,
    /// As soon as the last one is answered; every request once, and the time is only a bound. For writes.
    Once,
    /// So many a second, whether or not the server keeps up: latency counts from when a request was due.
    Rate(f64),
}

/// How a batch is sent.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Connections, one request in flight on each.
    pub(crate) connections: usize,
    /// For how long, at most.
    pub(crate) seconds: f64,
    /// When the next request is sent.
    pub(crate) pace: Pace,
}

/// What one replay brought.
#[derive(Default)]
struct Tally {
    nanoseconds: Vec<u64>,
    errors: BTreeMap<String, u64>,
    bytes: usize,
}

/// One measurement of one server.
pub(crate) struct Sample {
    /// Requests answered a second.
    pub(crate) per_second: f64,
    /// Microseconds of the server's CPU per request.
    pub(crate) cpu_us: f64,
    /// Microseconds of the client's CPU per request.
    pub(crate) client_cpu_us: f64,
    /// Median latency in microseconds.
    pub(crate) p50_us: f64,
    /// 99th percentile of the latency in microseconds.
    pub(crate) p99_us: f64,
    /// Bytes per answer.
    pub(crate) bytes: f64,
}

/// Replays `requests` at a server and reads from the system what they cost it. An error fails the measurement:
/// a refusal is cheaper than the work, so that numbers with refusals in them say nothing.
pub(crate) fn measure(
    at: SocketAddr,
    pid: u32,
    requests: Vec<Vec<u8>>,
    load: Load,
) -> Result<Sample, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut connections = Vec::new();
        for _ in 0..load.connections {
            connections.push(Connection::open(at).await?);
        }
        let (server, client) = (procfs::cpu_seconds(pid)?, procfs::cpu_seconds(std::process::id())?);
        let started = Instant::now();
        let shared =
            Rc::new(Shared { requests, load, started, next: Cell::new(0), tally: RefCell::default() });
        let tasks: Vec<_> =
            connections.into_iter().map(|c| tokio::task::spawn_local(drive(shared.clone(), c))).collect();
        for task in tasks {
            task.await?;
        }
        let took = started.elapsed().as_secs_f64();
        let server = procfs::cpu_seconds(pid)? - server;
        let client = procfs::cpu_seconds(std::process::id())? - client;
        sample(shared.tally.take(), took, server, client)
    })
}

fn sample(mut tally: Tally, took: f64, server: f64, client: f64) -> Result<Sample, Refusal> {
    if !tally.errors.is_empty() || tally.nanoseconds.is_empty() {
        let answered = tally.nanoseconds.len();
        return Err(format!("{answered} answers, with errors among them: {:?}", tally.errors).into());
    }
    tally.nanoseconds.sort_unstable();
    let requests = tally.nanoseconds.len();
    let each = |total: f64| total / requests as f64;
    Ok(Sample {
        per_second: requests as f64 / took,
        cpu_us: each(server * 1e6),
        client_cpu_us: each(client * 1e6),
        p50_us: report::quantile(&tally.nanoseconds, 0.5) / 1e3,
        p99_us: report::quantile(&tally.nanoseconds, 0.99) / 1e3,
        bytes: each(tally.bytes as f64),
    })
}

/// What the connections of one replay share.
struct Shared {
    requests: Vec<Vec<u8>>,
    load: Load,
    started: Instant,
    next: Cell<usize>,
    tally: RefCell<Tally>,
}

impl Shared {
    /// The next request and, where it is late, when it was due. `None` ends the connection.
    async fn next(&self) -> Option<(&[u8], Option<Instant>)> {
        let n = self.next.get();
        self.next.set(n + 1);
        let end = self.started + Duration::from_secs_f64(self.load.seconds);
        let mut late = None;
        match self.load.pace {
            Pace::Once if n >= self.requests.len() => return None,
            Pace::Again | Pace::Once if Instant::now() >= end => return None,
            Pace::Again | Pace::Once => {}
            Pace::Rate(rate) => {
                let due = self.started + Duration::from_secs_f64(n as f64 / rate);
                if due >= end {
                    return None;
                }
                if due > Instant::now() {
                    // The timer's own lateness is not charged to the server.
                    tokio::time::sleep_until(due.into()).await;
                } else {
                    late = Some(due);
                }
            }
        }
        Some((&self.requests[n % self.requests.len()], late))
    }
}

/// Sends on one connection until there is nothing left to send.
async fn drive(shared: Rc<Shared>, mut connection: Connection) {
    while let Some((request, late)) = shared.next().await {
        let from = late.unwrap_or_else(Instant::now);
        let answer = connection.call(request).await;
        let took = u64::try_from(from.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut tally = shared.tally.borrow_mut();
        let error = match answer {
            Ok((200, wire)) => {
                tally.nanoseconds.push(took);
                tally.bytes += wire;
                continue;
            }
            Ok((status, _)) => error_code(status, connection.body()),
            Err(e) => format!("connection: {e}"),
        };
        let lost = error.starts_with("connection");
        *tally.errors.entry(error).or_default() += 1;
        if lost {
            return;
        }
    }
}

/// The least HTTP/1.1 client: one socket, one request in flight.
struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
    body_at: usize,
}

impl Connection {
    async fn open(at: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(at).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: Vec::with_capacity(32 * 1024), body_at: 0 })
    }

    /// Sends a request and waits for the whole answer: its status and its length on the wire.
    async fn call(&mut self, request: &[u8]) -> io::Result<(u16, usize)> {
        self.socket.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head.is_none() {
                head = reply::head(&self.buffer)?;
            }
            if let Some(head) = head.filter(|h| self.buffer.len() >= h.end()) {
                self.body_at = head.body_at;
                if head.close {
                    return Err(io::Error::other("the server closes connections that are in use"));
                }
                return Ok((head.status, head.end()));
            }
        }
    }

    /// The body of the last answer.
    fn body(&self) -> &[u8] {
        &self.buffer[self.body_at..]
    }
}
