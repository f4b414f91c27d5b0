use std::net::SocketAddr;

use guildhall_core::call::cx::MoreServices;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::state::limits::Limits;
use guildhall_engine::{ClockMode, Config, Engine, Retention, Retry};
use guildhall_store::memory::MemoryStore;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::Settings;

/// A server that runs.
struct Running {
    address: SocketAddr,
    engine: Engine,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// A server with so many places.
async fn start(most: usize) -> Running {
    let config = Config {
        clock: ClockMode::Virtual(None),
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
    };
    let engine = Engine::start(Arc::new(MemoryStore::new()), config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Connections { most, ..Connections::default() };
    let base_url = format!("http://{address}");
    let settings = Settings {
        lab: true,
        signing_window: 300,
        base_url,
        throttle: None,
        keys_in_file: false,
        connections,
    };
    let service = Server::new(engine.clone(), settings).unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(serve(listener, service, async {
        let _ = stopped.await;
    }));
    Running { address, engine, stop, served }
}

/// Sends the head of a request, and what else there is.
async fn send(stream: &mut TcpStream, line: &str, rest: &str) {
    let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n{rest}");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// What comes until the server says that no more does.
async fn answer(stream: &mut TcpStream) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    all
}

#[tokio::test]
async fn who_gets_no_place_gets_health_answers_only() {
    let server = start(0).await;
    for (path, status) in
        [("/health/live", "200"), ("/health/ready", "200"), ("/metrics", "503"), ("/", "503")]
    {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        send(&mut stream, &format!("GET {path}"), "\r\n").await;
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.contains("connection: close"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn of_those_without_a_place_the_oldest_one_is_ended() {
    let server = start(0).await;
    let mut waiting = VecDeque::new();
    for _ in 0..=DOORSTEP {
        waiting.push_back(TcpStream::connect(server.address).await.unwrap());
    }
    assert_eq!(answer(&mut waiting.pop_front().unwrap()).await, "");
    for mut stream in waiting {
        send(&mut stream, "GET /health/live", "\r\n").await;
        assert!(answer(&mut stream).await.ends_with("live\n"));
    }
}

/// Who sends no body is worked for from the first moment on.
#[tokio::test]
async fn a_connection_keeps_its_place_while_the_server_works() {
    let server = start(1).await;
    let (go_on, held) = std::sync::mpsc::channel::<()>();
    let (at_work, works) = oneshot::channel();
    let engine = server.engine.clone();
    let held = tokio::spawn(async move {
        let hold = move |_: &dyn guildhall_store::Store| {
            let _ = (at_work.send(()), held.recv());
            Ok(())
        };
        engine.with_exclusive_store(hold).await.unwrap();
    });
    works.await.unwrap();
    let mut first = TcpStream::connect(server.address).await.unwrap();
    // The first answer comes when nothing can be done for the second one.
    let reset = "\r\nPOST /_guildhall/reset HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    send(&mut first, "GET /health/live", reset).await;
    first.readable().await.unwrap();
    let mut second = TcpStream::connect(server.address).await.unwrap();
    send(&mut second, "GET /metrics", "\r\n").await;
    let turned_away = answer(&mut second).await;
    assert!(turned_away.starts_with("HTTP/1.1 503 "), "{turned_away}");
    drop(go_on);
    held.await.unwrap();
    let both = answer(&mut first).await;
    assert_eq!(both.matches("HTTP/1.1 200 OK").count(), 2, "{both}");
}

#[tokio::test]
async fn a_request_that_is_under_way_is_finished_at_the_end() {
    let server = start(4).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let rest = "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    send(&mut stream, "POST /_guildhall/accounts", rest).await;
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.stop.send(()).unwrap();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.served.is_finished());
    stream.write_all(b"{}").await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 201 "), "{answer}");
    server.served.await.unwrap();
}

/// The client sends more than anybody reads, and the connection is not reset under it.
#[tokio::test]
async fn a_head_that_is_too_long_is_told() {
    let server = start(4).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let (mut incoming, mut outgoing) = stream.split();
    let head = format!("GET / HTTP/1.1\r\nHost: localhost\r\nlong: {}", "y".repeat(1 << 20));
    let mut answer = String::new();
    let (sent, read) =
        tokio::join!(outgoing.write_all(head.as_bytes()), incoming.read_to_string(&mut answer));
    sent.unwrap();
    read.unwrap();
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    outgoing.write_all(b"and on").await.unwrap();
}
