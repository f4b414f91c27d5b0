//! A connection's socket. What hyper writes is collected until hyper has nothing more to do, and then sent: the
//! answers to pipelined requests leave together. Beyond [`WAITING`] hyper has to wait for the client, and runs no
//! further request of the connection meanwhile (its own `pipeline_flush` collects without end).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWrite, Take};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::places::Line;
use crate::pace::Pace;

/// Bytes of answers that wait to be sent at most. A longer answer is not collected: hyper keeps it.
const WAITING: usize = 64 * 1024;
/// What is read at once at most, in bytes: one less than hyper's buffer begins with, because a read that fills the
/// buffer makes it grow. What thousands of connections hold of bodies that nobody reads on stays small.
const READ_MAX: u64 = 8 * 1024 - 1;
/// The largest buffer that an idle connection keeps.
const KEPT: usize = 4 * 1024;

/// What hyper reads from and writes to.
pub(super) struct Socket {
    incoming: TokioIo<Take<OwnedReadHalf>>,
    outgoing: Arc<Mutex<Outgoing>>,
}

/// The sending side.
pub(super) struct Outgoing {
    half: OwnedWriteHalf,
    waiting: BytesMut,
    /// Whether hyper holds bytes that there was no room for.
    refused: bool,
    /// How the client reads, while it has something to read.
    stall: Option<Pace>,
    line: Arc<Line>,
}

pub(super) fn lock(outgoing: &Mutex<Outgoing>) -> MutexGuard<'_, Outgoing> {
    outgoing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Socket {
    /// The socket for hyper, and its sending side for whoever drives hyper.
    pub(super) fn new(stream: TcpStream, line: Arc<Line>) -> (Self, Arc<Mutex<Outgoing>>) {
        let (incoming, half) = stream.into_split();
        let outgoing = Outgoing { half, waiting: BytesMut::new(), refused: false, stall: None, line };
        let outgoing = Arc::new(Mutex::new(outgoing));
        (Self { incoming: TokioIo::new(incoming.take(READ_MAX)), outgoing: Arc::clone(&outgoing) }, outgoing)
    }
}

impl Outgoing {
    /// Sends what waits, as far as the client reads.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            match Pin::new(&mut self.half).poll_write(cx, &self.waiting) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(sent)) => {
                    self.waiting.advance(sent);
                    self.moved(sent);
                }
                Poll::Ready(Err(e)) => return Poll::Ready(Err(e)),
                Poll::Pending => {
                    self.stalled();
                    return Poll::Pending;
                }
            }
        }
        if self.waiting.capacity() > KEPT {
            self.waiting = BytesMut::new();
        }
        if !self.refused && self.stall.take().is_some() {
            self.line.goes_on();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_take(&mut self, cx: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let length = buffers.iter().map(|b| b.len()).fold(0_usize, usize::saturating_add);
        if self.waiting.len().saturating_add(length) <= WAITING {
            for buffer in buffers {
                self.waiting.extend_from_slice(buffer);
            }
            self.refused = false;
            return Poll::Ready(Ok(length));
        }
        self.refused = true;
        ready!(self.poll_send(cx))?;
        match Pin::new(&mut self.half).poll_write_vectored(cx, buffers) {
            Poll::Ready(Ok(sent)) => {
                self.refused = false;
                self.moved(sent);
                Poll::Ready(Ok(sent))
            }
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            Poll::Pending => {
                self.stalled();
                Poll::Pending
            }
        }
    }

    fn moved(&mut self, bytes: usize) {
        match &mut self.stall {
            Some(pace) => pace.moved(bytes),
            None => self.line.goes_on(),
        }
    }

    fn stalled(&mut self) {
        let patience = self.line.patience();
        let pace = self.stall.get_or_insert_with(|| Pace::new(patience));
        self.line.waits_until(pace.deadline());
    }

    /// The socket, once nobody writes to it any more.
    pub(super) fn into_half(self) -> OwnedWriteHalf {
        self.half
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.incoming.inner_mut().set_limit(READ_MAX);
        Pin::new(&mut self.incoming).poll_read(cx, buffer)
    }
}

impl Write for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        lock(&self.outgoing).poll_take(cx, &[IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        lock(&self.outgoing).poll_take(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What was taken is sent by whoever drives hyper, at the end of each turn.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Sends what waits; the socket is closed by whoever drives hyper.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.outgoing).poll_send(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::listen::Connections;
    use crate::listen::places::Places;

    /// Hands over bytes until no more are taken, and some wait. Answers how many were taken.
    async fn fill(outgoing: &Mutex<Outgoing>) -> usize {
        let mut taken = 0;
        loop {
            let take = |cx: &mut Context<'_>| {
                Poll::Ready(lock(outgoing).poll_take(cx, &[IoSlice::new(&[7; WAITING / 4])]))
            };
            match poll_fn(take).await {
                Poll::Ready(more) => taken += more.unwrap(),
                Poll::Pending if !lock(outgoing).waiting.is_empty() => return taken,
                Poll::Pending => {}
            }
        }
    }

    /// The client reads so much while it is sent.
    async fn read(outgoing: &Mutex<Outgoing>, client: &mut TcpStream, bytes: usize) {
        let mut buffer = vec![0; bytes];
        let sent = poll_fn(|cx| lock(outgoing).poll_send(cx));
        let (sent, read) = tokio::join!(sent, client.read_exact(&mut buffer));
        sent.unwrap();
        assert_eq!(read.unwrap(), bytes);
    }

    #[tokio::test]
    async fn a_client_earns_time_as_it_reads_and_owes_nothing_once_it_has_read_all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (mut client, (stream, peer)) = (client.unwrap(), accepted.unwrap());
        let line = Arc::new(Places::new(Connections::default(), Arc::default())).outside(peer);
        let (_socket, outgoing) = Socket::new(stream, line);
        let deadline = || lock(&outgoing).stall.map(|pace| pace.deadline());
        assert_eq!(deadline(), None);
        let taken = fill(&outgoing).await;
        let first = deadline().unwrap();
        read(&outgoing, &mut client, taken).await;
        // What was refused is still to come.
        assert!(deadline().unwrap() > first);
        let more = poll_fn(|cx| lock(&outgoing).poll_take(cx, &[IoSlice::new(b"the rest")])).await.unwrap();
        read(&outgoing, &mut client, more).await;
        assert_eq!(deadline(), None);
    }
}
