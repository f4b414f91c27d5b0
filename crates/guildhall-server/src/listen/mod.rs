//! Connections: accepted, bounded in number, memory and time, and drained at the end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::Server;

mod places;
mod socket;
#[cfg(test)]
mod tests;
pub(crate) mod traffic;

pub use places::Connections;
pub(crate) use places::Line;
use places::Places;
use socket::{Socket, lock};

/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// How long requests that are under way may take once the server stops.
const DRAIN_TIME: Duration = Duration::from_secs(20);
/// How often connections are looked through for those whose clients are late.
const LATE_PERIOD: Duration = Duration::from_millis(500);

/// Connections beyond the places, which get health answers only.
const DOORSTEP: usize = 16;
/// How long each of them may stay.
const DOORSTEP_TIME: Duration = Duration::from_secs(if cfg!(test) { 60 } else { 3 });

/// How much of what a client still sends is read after the last answer, and for how long, so that it sees the answer:
/// a socket that is closed with bytes unread resets the connection.
const LINGER_MAX: usize = 16 * 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(10);

/// The client's connection, in the extensions of every request that came over a socket.
#[derive(Clone)]
pub(crate) struct Peer(pub(crate) Arc<Line>);

/// Serves connections until `stop` is ready, then finishes the requests that are under way.
pub async fn serve(listener: TcpListener, server: Server, stop: impl Future<Output = ()>) {
    let places = Arc::new(Places::new(server.connections(), server.traffic()));
    let graceful = GracefulShutdown::new();
    let late = tokio::spawn(end_late(Arc::clone(&places)));
    let mut doorstep: VecDeque<AbortHandle> = VecDeque::with_capacity(DOORSTEP);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => match places.take(peer) {
                Some(place) => {
                    let line = Arc::clone(place.line());
                    let talk = talk(stream, Arc::clone(&line), server.clone(), false, graceful.watcher());
                    let task = tokio::spawn(async move {
                        talk.await;
                        drop(place);
                    });
                    Places::watch(&line, task.abort_handle());
                }
                None => {
                    server.traffic().turned_away();
                    if doorstep.len() >= DOORSTEP
                        && let Some(oldest) = doorstep.pop_front()
                    {
                        oldest.abort();
                    }
                    let line = places.outside(peer);
                    let talk = talk(stream, line, server.clone(), true, graceful.watcher());
                    doorstep
                        .push_back(tokio::spawn(tokio::time::timeout(DOORSTEP_TIME, talk)).abort_handle());
                }
            },
            Err(e) => {
                // Out of descriptors, mostly.
                tracing::warn!(error = %e, "a connection was not accepted");
                places.make_room();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way");
    }
    late.abort();
}

async fn end_late(places: Arc<Places>) {
    loop {
        tokio::time::sleep(LATE_PERIOD).await;
        places.end_late();
    }
}

/// Serves one connection to its end. `full`: it has no place, and gets health answers only.
async fn talk(stream: TcpStream, line: Arc<Line>, server: Server, full: bool, watcher: Watcher) {
    // Answers are small and written at once.
    let _ = stream.set_nodelay(true);
    let (socket, outgoing) = Socket::new(stream, Arc::clone(&line));
    let answer = service_fn(|mut request: Request<Incoming>| {
        let (server, line) = (server.clone(), Arc::clone(&line));
        line.works();
        request.extensions_mut().insert(Peer(Arc::clone(&line)));
        let request = request.map(|body| Unread { body, ended: false, line: Arc::clone(&line) });
        async move {
            let answer =
                if full { server.answer_health(request).await } else { server.answer(request).await };
            line.answered();
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        // A client may say that it has no more to send before it reads its answers.
        .half_close(true)
        .serve_connection(socket, answer);
    let mut connection = Box::pin(watcher.watch(connection));
    let mut ended = std::future::poll_fn(|cx| {
        let turn = connection.as_mut().poll(cx);
        match lock(&outgoing).poll_send(cx) {
            Poll::Ready(Err(e)) => Poll::Ready(Err(End::Socket(e))),
            Poll::Ready(Ok(())) | Poll::Pending => turn.map_err(End::Http),
        }
    })
    .await;
    drop(connection);
    if !matches!(ended, Err(End::Socket(_))) {
        let rest = std::future::poll_fn(|cx| lock(&outgoing).poll_send(cx)).await;
        ended = ended.and(rest.map_err(End::Socket));
    }
    // What is no request is answered, too.
    let unread = line.has_unread() || matches!(ended, Err(End::Http(_)));
    if let Err(e) = ended {
        tracing::debug!(error = %e, "a connection ended early");
    }
    let outgoing = Arc::into_inner(outgoing).map(Mutex::into_inner);
    if let Some(outgoing) = outgoing
        && unread
    {
        line.waits_until(Instant::now() + LINGER_TIME);
        linger(outgoing.unwrap_or_else(PoisonError::into_inner).into_half()).await;
    }
}

/// Why a connection ended early.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error(transparent)]
    Http(hyper::Error),
    #[error(transparent)]
    Socket(io::Error),
}

/// Says that nothing more comes, and reads what the client still sends, within bounds.
async fn linger(mut half: OwnedWriteHalf) {
    let drained = async {
        half.shutdown().await?;
        let stream: &TcpStream = half.as_ref();
        let mut left = LINGER_MAX;
        while left > 0 {
            stream.readable().await?;
            match discard(stream) {
                Ok(0) => break,
                Ok(read) => left = left.saturating_sub(read),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    };
    let _ = tokio::time::timeout(LINGER_TIME, drained).await;
}

/// Reads what is there. The buffer is the thread's: thousands that linger at once hold none.
fn discard(stream: &TcpStream) -> io::Result<usize> {
    stream.try_read(&mut [0; 16 * 1024])
}

/// A request's body that notes when it is dropped before its end.
struct Unread {
    body: Incoming,
    ended: bool,
    line: Arc<Line>,
}

impl Body for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.ended |= matches!(frame, Poll::Ready(None));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.line.leaves_unread();
        }
    }
}
