//! Who holds a connection, and which one is ended when there is no place left.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::task::AbortHandle;

use super::traffic::{Ended, Traffic};

/// `[connections]`: how many there may be, and how long they may wait for their client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connections {
    /// Connections at once. Each takes a descriptor; a process that may have fewer has fewer places.
    pub most: usize,
    /// How long one may be idle between requests, and how long a request's head may take.
    #[serde(deserialize_with = "crate::mail::duration")]
    pub idle: Duration,
    /// How long a client may take to send a body, and how long to read an answer; 64 KiB earn a second more.
    #[serde(deserialize_with = "crate::mail::duration")]
    pub patience: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 4_096, idle: Duration::from_secs(75), patience: Duration::from_secs(20) }
    }
}

/// While the server works, nobody waits for the client.
const NEVER: u64 = u64::MAX;
/// How long a body or an answer may stand still before another connection may have its place.
const STANDING: Duration = Duration::from_secs(1);
/// How much later than its client's deadline a connection is ended: a body that is late gets an answer that says so.
const GRACE: Duration = Duration::from_secs(2);

/// One connection, as its place knows it.
pub(crate) struct Line {
    peer: Arc<str>,
    block: IpAddr,
    start: Instant,
    connections: Connections,
    /// Whether the server works on a request.
    busy: AtomicBool,
    /// Whether no request is under way.
    idle: AtomicBool,
    /// When it is ended unless its client goes on, in milliseconds since `start`.
    until: AtomicU64,
    /// Whether the client has sent something that nobody read.
    unread: AtomicBool,
    task: OnceLock<AbortHandle>,
}

impl Line {
    fn new(peer: SocketAddr, start: Instant, connections: Connections) -> Self {
        let ip = peer.ip().to_canonical();
        let line = Self {
            peer: ip.to_string().into(),
            block: block(ip),
            start,
            connections,
            busy: AtomicBool::new(false),
            idle: AtomicBool::new(true),
            until: AtomicU64::new(NEVER),
            unread: AtomicBool::new(false),
            task: OnceLock::new(),
        };
        line.goes_on();
        line
    }

    /// The client's address without its port.
    pub(crate) fn peer(&self) -> Arc<str> {
        Arc::clone(&self.peer)
    }

    /// How long the client may take.
    pub(crate) fn patience(&self) -> Duration {
        self.connections.patience
    }

    /// The server works on a request.
    pub(crate) fn works(&self) {
        self.busy.store(true, Ordering::Relaxed);
        self.idle.store(false, Ordering::Relaxed);
        self.until.store(NEVER, Ordering::Relaxed);
    }

    /// The server has answered.
    pub(super) fn answered(&self) {
        self.busy.store(false, Ordering::Relaxed);
        self.goes_on();
    }

    /// The client has taken what there was: it is its turn again, unless the server works.
    pub(super) fn goes_on(&self) {
        if !self.busy.load(Ordering::Relaxed) {
            self.until.store(self.at(Instant::now() + self.connections.idle), Ordering::Relaxed);
            self.idle.store(true, Ordering::Relaxed);
        }
    }

    /// The client has to send or to read something until then.
    pub(crate) fn waits_until(&self, deadline: Instant) {
        self.idle.store(false, Ordering::Relaxed);
        self.until.store(self.at(deadline), Ordering::Relaxed);
    }

    /// The client has sent something that nobody read: it may not see the answer before it has sent everything.
    pub(super) fn leaves_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    fn at(&self, instant: Instant) -> u64 {
        millis(instant.saturating_duration_since(self.start))
    }

    /// How soon it is given up for somebody else: idle ones first, then the one that is closest to its deadline.
    /// Nothing while the server works, nor in the first second of a body or an answer.
    fn rank(&self, now: u64) -> Option<(bool, u64)> {
        let until = self.until.load(Ordering::Relaxed);
        let under_way = !self.idle.load(Ordering::Relaxed);
        let spare = millis(self.connections.patience.saturating_sub(STANDING));
        let fresh = under_way && until > now.saturating_add(spare);
        (until != NEVER && !fresh).then_some((under_way, until))
    }

    fn end(&self) -> bool {
        self.task.get().inspect(|task| task.abort()).is_some()
    }
}

/// Whom a place is counted for: an address, of IPv6 the network that one customer gets.
fn block(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(NEVER - 1)
}

pub(super) struct Places {
    start: Instant,
    connections: Connections,
    traffic: Arc<Traffic>,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    next: u64,
    lines: HashMap<u64, Arc<Line>>,
    peers: HashMap<IpAddr, usize>,
}

impl OpenConnections {
    fn remove(&mut self, id: u64) -> Option<Arc<Line>> {
        let line = self.lines.remove(&id)?;
        if let Some(count) = self.peers.get_mut(&line.block) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.peers.remove(&line.block);
            }
        }
        Some(line)
    }
}

/// A place that is held. It is free again when this is dropped.
pub(super) struct Place {
    id: u64,
    line: Arc<Line>,
    places: Arc<Places>,
}

impl Place {
    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.lock();
        open.remove(self.id);
        self.places.traffic.open(open.lines.len());
    }
}

impl Places {
    pub(super) fn new(connections: Connections, traffic: Arc<Traffic>) -> Self {
        traffic.places(connections.most);
        Self { start: Instant::now(), connections, traffic, open: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a client. If there is none, the connection is ended that has waited longest for its client. Nothing
    /// if the server works for all of them.
    pub(super) fn take(self: &Arc<Self>, peer: SocketAddr) -> Option<Place> {
        let mut open = self.lock();
        if open.lines.len() >= self.connections.most && !self.end_longest(&mut open) {
            return None;
        }
        let (id, line) = (open.next, Arc::new(Line::new(peer, self.start, self.connections)));
        open.next = id.wrapping_add(1);
        *open.peers.entry(line.block).or_default() += 1;
        open.lines.insert(id, Arc::clone(&line));
        self.traffic.open(open.lines.len());
        drop(open);
        Some(Place { id, line, places: Arc::clone(self) })
    }

    /// For a client that gets no place.
    pub(super) fn outside(&self, peer: SocketAddr) -> Arc<Line> {
        Arc::new(Line::new(peer, self.start, self.connections))
    }

    /// Lets a place be ended by whoever needs it.
    pub(super) fn watch(place: &Arc<Line>, task: AbortHandle) {
        let _ = place.task.set(task);
    }

    /// Ends the connection that has waited longest for its client, if there is one.
    pub(super) fn make_room(&self) -> bool {
        self.end_longest(&mut self.lock())
    }

    /// A peer that holds more than half of the places loses its own first.
    fn end_longest(&self, open: &mut OpenConnections) -> bool {
        let now = millis(self.start.elapsed());
        let most = self.connections.most / 2;
        let greedy = open.peers.iter().find(|(_, count)| **count > most).map(|(block, _)| *block);
        let ranks = open.lines.iter().filter_map(|(id, line)| {
            let (under_way, until) = line.rank(now)?;
            Some(((Some(line.block) != greedy, under_way, until), *id))
        });
        let Some((_, id)) = ranks.min() else { return false };
        let ended = open.remove(id).is_some_and(|line| line.end());
        if ended {
            self.traffic.ended(Ended::Crowded);
        }
        ended
    }

    /// Ends the connections whose clients have taken too long.
    pub(super) fn end_late(&self) {
        let now = millis(self.start.elapsed());
        let open = self.lock();
        for line in open.lines.values() {
            let (why, grace) = match line.idle.load(Ordering::Relaxed) {
                true => (Ended::Idle, 0),
                false => (Ended::Slow, millis(GRACE)),
            };
            let over = line.until.load(Ordering::Relaxed).saturating_add(grace) <= now;
            if over && line.end() {
                self.traffic.ended(why);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Full;

    use super::*;
    use crate::intake::Intake;
    use crate::listen::Peer;

    fn places(most: usize) -> Arc<Places> {
        let connections = Connections { most, ..Connections::default() };
        let mut places = Places::new(connections, Arc::default());
        // As if the server had run for a while.
        places.start -= Duration::from_secs(1_000);
        Arc::new(places)
    }

    /// A place whose task never ends by itself.
    fn take(places: &Arc<Places>, peer: &str) -> Option<Place> {
        let place = places.take(peer.parse().unwrap())?;
        Places::watch(place.line(), tokio::spawn(std::future::pending::<()>()).abort_handle());
        Some(place)
    }

    fn is_ended(place: &Place) -> bool {
        !place.places.lock().lines.contains_key(&place.id)
    }

    /// As if it had waited for so many seconds longer.
    fn age(place: &Place, seconds: u64) {
        place.line.until.fetch_sub(seconds * 1_000, Ordering::Relaxed);
    }

    #[test]
    fn a_peer_is_shown_without_its_port_and_as_what_it_is() {
        for (peer, shown) in [
            ("192.0.2.1:80", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[::1]:80", "::1"),
        ] {
            let line = Line::new(peer.parse().unwrap(), Instant::now(), Connections::default());
            assert_eq!(&*line.peer(), shown);
        }
    }

    #[tokio::test]
    async fn the_longest_idle_one_is_ended_and_none_that_is_worked_for() {
        let places = places(3);
        let [a, b, c] = ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"].map(|p| take(&places, p).unwrap());
        age(&a, 30);
        age(&b, 20);
        a.line.works();
        let d = take(&places, "192.0.2.4:1").unwrap();
        assert_eq!([&a, &b, &c, &d].map(is_ended), [false, true, false, false]);
        c.line.works();
        d.line.works();
        assert!(take(&places, "192.0.2.5:1").is_none(), "the server works for all");
        // One that was answered is idle again; a place that is given back is free.
        a.line.answered();
        let e = take(&places, "192.0.2.5:1").unwrap();
        assert!(is_ended(&a));
        drop(e);
        assert!(take(&places, "192.0.2.6:1").is_some());
        assert!(!is_ended(&c) && !is_ended(&d));
    }

    #[tokio::test]
    async fn half_a_body_keeps_a_place_for_a_second_when_there_is_no_other() {
        let places = places(2);
        let [a, b] = ["192.0.2.1:1", "192.0.2.2:1"].map(|p| take(&places, p).unwrap());
        for place in [&a, &b] {
            place.line.works();
            place.line.waits_until(Instant::now() + Duration::from_secs(20));
        }
        assert!(take(&places, "192.0.2.3:1").is_none());
        age(&b, 2);
        assert!(take(&places, "192.0.2.3:1").is_some());
        assert_eq!([&a, &b].map(is_ended), [false, true]);
    }

    #[tokio::test]
    async fn whoever_holds_more_than_half_loses_first() {
        let places = places(4);
        let quiet = take(&places, "192.0.2.1:1").unwrap();
        age(&quiet, 60);
        let greedy: Vec<_> = (0..3).map(|n| take(&places, &format!("[2001:db8::{n}]:1")).unwrap()).collect();
        age(&greedy[1], 1);
        let _other = take(&places, "192.0.2.9:1").unwrap();
        assert!(!is_ended(&quiet));
        assert_eq!(greedy.iter().map(is_ended).collect::<Vec<_>>(), [false, true, false]);
        // Two of four are no more than half.
        let _another = take(&places, "192.0.2.10:1").unwrap();
        assert!(is_ended(&quiet));
    }

    #[tokio::test]
    async fn an_idle_one_is_ended_before_one_whose_request_is_under_way() {
        let places = places(2);
        let [idle, slow] = ["192.0.2.1:1", "192.0.2.2:1"].map(|p| take(&places, p).unwrap());
        slow.line.works();
        slow.line.waits_until(Instant::now() + Duration::from_secs(20));
        age(&slow, 15);
        let other = take(&places, "192.0.2.3:1").unwrap();
        assert_eq!([&idle, &slow].map(is_ended), [true, false]);
        // One that takes what there was of an earlier answer is worked for all the same.
        other.line.works();
        other.line.goes_on();
        let _another = take(&places, "192.0.2.4:1").unwrap();
        assert_eq!([&other, &slow].map(is_ended), [false, true]);
    }

    #[tokio::test]
    async fn a_client_is_waited_for_until_its_body_is_there() {
        let places = places(1);
        let place = take(&places, "192.0.2.1:1").unwrap();
        place.line.works();
        let mut head = http::Request::new(()).into_parts().0;
        head.extensions.insert(Peer(Arc::clone(&place.line)));
        let waits = || place.line.until.load(Ordering::Relaxed) != NEVER;
        let intake = Intake::new(places.connections);
        let mut reader = intake.reader(&head);
        assert!(!waits());
        reader.next(&mut Full::new(Bytes::from_static(b"all"))).await.unwrap();
        assert!(waits());
        drop(reader);
        assert!(!waits(), "the server works");
    }

    #[tokio::test]
    async fn places_that_were_given_back_count_for_nobody() {
        let places = places(4);
        for _ in 0..9 {
            drop(take(&places, "192.0.2.1:1").unwrap());
        }
        let quiet = take(&places, "192.0.2.2:1").unwrap();
        age(&quiet, 60);
        let back = take(&places, "192.0.2.1:1").unwrap();
        let _others = [3, 4].map(|n| take(&places, &format!("192.0.2.{n}:1")).unwrap());
        let _another = take(&places, "192.0.2.5:1").unwrap();
        assert_eq!([&quiet, &back].map(is_ended), [true, false]);
    }

    #[tokio::test]
    async fn what_goes_on_is_counted() {
        let places = places(2);
        let numbers = || {
            let mut text = String::new();
            places.traffic.write(7, &mut text).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            lines.map(|line| line.trim_start_matches("guildhall_").to_owned()).collect::<Vec<_>>().join(", ")
        };
        let [a, b] = ["192.0.2.1:1", "192.0.2.2:1"].map(|p| take(&places, p).unwrap());
        let c = take(&places, "192.0.2.3:1").unwrap();
        drop(b);
        age(&c, 80);
        places.end_late();
        places.traffic.turned_away();
        assert_eq!(
            numbers(),
            "connections 1, connection_places 2, body_bytes 7, connections_ended_total{reason=\"idle\"} 1, \
             connections_ended_total{reason=\"slow\"} 0, connections_ended_total{reason=\"crowded\"} 1, \
             connections_turned_away_total 1"
        );
        drop((a, c));
        assert!(numbers().starts_with("connections 0, "), "{}", numbers());
    }

    #[tokio::test]
    async fn whoever_is_late_is_ended() {
        let places = places(5);
        let [idle, late, answered, busy, good] =
            [1, 2, 3, 4, 5].map(|n| take(&places, &format!("192.0.2.{n}:1")).unwrap());
        age(&idle, 80);
        late.line.works();
        late.line.waits_until(Instant::now());
        age(&late, 3);
        // It is told first that it is too late.
        answered.line.works();
        answered.line.waits_until(Instant::now());
        busy.line.works();
        places.end_late();
        let aborted = |place: &Place| place.line.task.get().unwrap().is_finished();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!([&idle, &late, &answered, &busy, &good].map(aborted), [true, true, false, false, false]);
    }
}
