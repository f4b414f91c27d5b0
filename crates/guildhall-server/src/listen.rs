//! Connections: accepted, bounded in number and time, and drained at the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::Service;

/// Connections at once; more wait to be accepted.
const CONNECTIONS: usize = 4_096;
/// How long a client may take to send a request's head, and how long a connection may idle between requests.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// The largest head of a request, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// How long requests that are under way may take once the server stops.
const DRAIN_TIME: Duration = Duration::from_secs(20);

/// The address of the client, in the extensions of every request that came over a socket.
#[derive(Clone)]
pub(crate) struct Peer(pub(crate) Arc<str>);

impl Peer {
    /// Without the port; an IPv4 address that a socket of IPv6 shows is shown as such.
    fn of(peer: SocketAddr) -> Self {
        Self(peer.ip().to_canonical().to_string().into())
    }
}

/// Serves connections until `stop` is ready, then finishes the requests that are under way.
pub async fn serve(listener: TcpListener, service: Service, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(e) => {
                // Out of descriptors, mostly: those in use come back.
                tracing::warn!(error = %e, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = graceful.watch(connection(stream, Peer::of(peer), service.clone()));
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(error = %e, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way");
    }
}

fn connection(
    stream: TcpStream,
    peer: Peer,
    service: Service,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    // Answers are small and written at once.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        let service = service.clone();
        request.extensions_mut().insert(peer.clone());
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        .pipeline_flush(true)
        // A client may say that it has no more to send before it reads its answers.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_shown_without_its_port_and_as_what_it_is() {
        for (peer, shown) in [
            ("192.0.2.1:80", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[::1]:80", "::1"),
        ] {
            assert_eq!(&*Peer::of(peer.parse().unwrap()).0, shown);
        }
    }
}
