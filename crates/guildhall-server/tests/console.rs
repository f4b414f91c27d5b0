//! Outside a lab, pages about organizations are not there.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail by panicking")]

use std::sync::Arc;

use guildhall_core::call::cx::MoreServices;
use guildhall_core::kernel::keyring::Keyring;
use guildhall_core::state::limits::Limits;
use guildhall_engine::{ClockMode, Config, Engine, Retention, Retry};
use guildhall_server::listen::Connections;
use guildhall_server::{Server, Settings};
use guildhall_store::memory::MemoryStore;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};

const AUTHORITY: &str = "127.0.0.1:4615";

fn service(lab: bool) -> Server {
    let config = Config {
        clock: ClockMode::Virtual(None),
        machine: guildhall_engine::clock::system(),
        limits: Limits::lab(),
        lab_accounts: lab,
        strict: false,
        services: MoreServices::new(),
        transport: None,
        retry: Retry::default(),
        retention: Retention::ALL,
        keyring: Arc::new(Keyring::new([7; 32])),
        random: guildhall_engine::random::system(),
    };
    let engine = Engine::start(Arc::new(MemoryStore::new()), config).unwrap();
    let base_url = format!("http://{AUTHORITY}");
    let connections = Connections::default();
    let settings =
        Settings { lab, signing_window: 300, base_url, throttle: None, keys_in_file: false, connections };
    Server::new(engine, settings).unwrap()
}

async fn ask(service: &Server, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).header("host", AUTHORITY);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let body = if method == "POST" { "csrf=x&action=check&content=x" } else { "" };
    let answer = service.answer(request.body(Full::new(body.into())).unwrap()).await;
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn outside_a_lab_there_are_no_pages_about_organizations() {
    let (lab, production) = (service(true), service(false));
    for path in [
        "/policies/check",
        "/organizations/o-0000000000",
        "/organizations/o-0000000000/policies/new",
        "/organizations/o-0000000000/policies/p-00000000",
        "/organizations/o-0000000000/targets/r-0000",
        "/organizations/o-0000000000/targets/111111111111/decision",
    ] {
        for method in ["GET", "POST"] {
            let (status, page) = ask(&production, method, path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{method} {path}");
            assert!(page.contains("There is no such page"), "{page}");
        }
        let (status, page) = ask(&lab, "POST", path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {page}");
    }
    assert_eq!(ask(&lab, "GET", "/policies/check").await.0, StatusCode::OK);
    let (_, page) = ask(&lab, "GET", "/organizations/o-0000000000").await;
    assert!(page.contains("There is no such organization"), "{page}");
}
