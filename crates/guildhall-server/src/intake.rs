//! Bodies of requests, read whole: bounded in length, in time, and in what all of them together may hold.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use crate::BODY_MAX;
use crate::listen::{Connections, Line, Peer};
use crate::pace::Pace;

/// What a body's buffer holds without asking for it, in bytes: with a body on each of 4,096 connections half of the
/// 64 MiB that these buffers may hold. What a connection received last is not counted. Calls of SDKs are shorter, so
/// that none of them has to wait for strangers' long bodies.
const FREE: usize = 8 * 1024;
/// What the buffers of all longer bodies together may hold: the other half.
const ROOM: usize = 32 * 1024 * 1024;
/// How long a body waits for room.
const ROOM_TIME: Duration = if cfg!(test) { Duration::from_millis(10) } else { Duration::from_secs(5) };

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It is longer than [`BODY_MAX`].
    TooLong,
    /// Its client took too long.
    Slow,
    /// It broke off, or it is not what HTTP says it should be.
    Broken,
    /// Other bodies hold all the room there is.
    NoRoom,
}

/// A body, and the room it takes until this is dropped.
pub(crate) struct ReadBody {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Reads bodies.
pub(crate) struct Intake {
    room: Arc<Semaphore>,
    connections: Connections,
}

impl Intake {
    pub(crate) fn new(connections: Connections) -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), connections }
    }

    /// What long bodies hold now, in bytes.
    pub(crate) fn held(&self) -> usize {
        ROOM.saturating_sub(self.room.available_permits())
    }

    /// Reads the bytes of a request's body as they come.
    pub(crate) fn reader<'a>(&self, head: &'a Parts) -> Reader<'a> {
        let line = head.extensions.get::<Peer>().map(|peer| &*peer.0);
        Reader { line, pace: Pace::new(self.connections.patience) }
    }

    /// Reads a body to its end.
    pub(crate) async fn read<B>(&self, head: &Parts, mut body: B) -> Result<ReadBody, BodyFault>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if body.is_end_stream() {
            return Ok(ReadBody { bytes: Bytes::new(), _room: None });
        }
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > BODY_MAX) {
            return Err(BodyFault::TooLong);
        }
        let mut reader = self.reader(head);
        let first = reader.next(&mut body).await?.unwrap_or_default();
        if body.is_end_stream() && first.len() <= FREE {
            // Whole, and not copied: as every call of an SDK.
            return Ok(ReadBody { bytes: first, _room: None });
        }
        let mut all = Growing { bytes: BytesMut::new(), room: None };
        let mut frame = Some(first);
        while let Some(data) = frame {
            all.push(&self.room, &data).await?;
            frame = reader.next(&mut body).await?;
        }
        Ok(ReadBody { bytes: all.bytes.freeze(), _room: all.room })
    }
}

/// Reads a body, and holds its client to its deadline. The server works again when this is dropped.
pub(crate) struct Reader<'a> {
    line: Option<&'a Line>,
    pace: Pace,
}

impl Reader<'_> {
    /// The next bytes, or nothing at the end.
    pub(crate) async fn next<B>(&mut self, body: &mut B) -> Result<Option<Bytes>, BodyFault>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let deadline = self.pace.deadline();
        if let Some(line) = self.line {
            line.waits_until(deadline);
        }
        loop {
            match timeout_at(deadline.into(), Pin::new(&mut *body).frame()).await {
                Err(_) => return Err(BodyFault::Slow),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(BodyFault::Broken),
                // Trailers say nothing to us.
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.pace.moved(data.len());
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.line {
            line.works();
        }
    }
}

/// A body in the making. It is copied out of the frames: one of a single byte would hold a whole buffer of the
/// connection's.
struct Growing {
    bytes: BytesMut,
    room: Option<OwnedSemaphorePermit>,
}

impl Growing {
    async fn push(&mut self, room: &Arc<Semaphore>, data: &[u8]) -> Result<(), BodyFault> {
        let length = self.bytes.len().saturating_add(data.len());
        if length > BODY_MAX {
            return Err(BodyFault::TooLong);
        }
        let capacity = self.bytes.capacity();
        if length > capacity {
            let wanted = length.max(capacity.saturating_mul(2)).clamp(FREE, BODY_MAX);
            let more = wanted.saturating_sub(capacity.max(FREE));
            if more > 0 {
                let more = u32::try_from(more).map_err(|_| BodyFault::TooLong)?;
                let permit = tokio::time::timeout(ROOM_TIME, Arc::clone(room).acquire_many_owned(more));
                let permit = permit.await.map_err(|_| BodyFault::NoRoom)?.map_err(|_| BodyFault::NoRoom)?;
                match &mut self.room {
                    Some(room) => room.merge(permit),
                    None => self.room = Some(permit),
                }
            }
            let mut larger = BytesMut::with_capacity(wanted);
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http_body::Frame;

    use super::*;

    #[tokio::test]
    async fn long_bodies_share_the_room_and_short_ones_take_none() {
        let room = Arc::new(Semaphore::new(64 * 1024));
        let new = || Growing { bytes: BytesMut::new(), room: None };
        let mut short = new();
        for _ in 0..FREE {
            short.push(&room, b"x").await.unwrap();
        }
        assert_eq!(room.available_permits(), 64 * 1024);
        let mut long = new();
        long.push(&room, &[0; 40 * 1024]).await.unwrap();
        assert_eq!(room.available_permits(), (64 - 32) * 1024);
        // Beyond the room it is waited for, and then given up.
        let mut other = new();
        assert_eq!(other.push(&room, &[0; 60 * 1024]).await, Err(BodyFault::NoRoom));
        assert_eq!(long.push(&room, &[0; 40 * 1024]).await, Err(BodyFault::NoRoom));
        drop(long);
        other.push(&room, &[0; 60 * 1024]).await.unwrap();
        short.push(&room, b"x").await.unwrap();
        assert_eq!(short.bytes.len(), FREE + 1);
        drop((short, other));
        assert_eq!(room.available_permits(), 64 * 1024);
    }

    /// The head of a request that says how long its body is, if it does.
    fn head(length: Option<usize>) -> Parts {
        let mut head = http::Request::new(()).into_parts().0;
        head.headers.extend(length.map(|length| (CONTENT_LENGTH, length.into())));
        head
    }

    /// A body of which nothing comes.
    struct Silent;

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_too_slow_and_one_that_is_too_long_is_not_waited_for() {
        let patience = Duration::from_millis(10);
        let intake = Intake::new(Connections { patience, ..Connections::default() });
        for (length, fault) in [
            (None, BodyFault::Slow),
            (Some(BODY_MAX), BodyFault::Slow),
            (Some(BODY_MAX + 1), BodyFault::TooLong),
        ] {
            assert_eq!(intake.read(&head(length), Silent).await.err(), Some(fault), "{length:?}");
        }
    }

    #[tokio::test]
    async fn a_long_body_holds_room_until_it_is_let_go() {
        let intake = Intake::new(Connections::default());
        let body = |length| http_body_util::Full::new(Bytes::from(vec![b'x'; length]));
        let short = intake.read(&head(None), body(FREE)).await.unwrap();
        assert_eq!((short.bytes.len(), intake.held()), (FREE, 0));
        let long = intake.read(&head(None), body(100 * 1024)).await.unwrap();
        assert_eq!((long.bytes.len(), intake.held()), (100 * 1024, 92 * 1024));
        drop(long);
        assert_eq!(intake.held(), 0);
    }

    #[tokio::test]
    async fn nothing_grows_beyond_the_limit() {
        let room = Arc::new(Semaphore::new(ROOM));
        let mut all = Growing { bytes: BytesMut::new(), room: None };
        for _ in 0..16 {
            all.push(&room, &[7; BODY_MAX / 16]).await.unwrap();
        }
        assert_eq!((all.bytes.len(), all.bytes.capacity()), (BODY_MAX, BODY_MAX));
        assert_eq!(ROOM - room.available_permits(), BODY_MAX - FREE);
        assert_eq!(all.push(&room, b"x").await, Err(BodyFault::TooLong));
    }
}
