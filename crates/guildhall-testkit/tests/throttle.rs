//! Request throttles as the AWS SDK for Rust sees them, with a clock that stands still until a test moves it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use aws_sdk_organizations::Client;
use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_sdk_organizations::types::{HandshakeParty, HandshakePartyType, Tag};
use guildhall_core::kernel::time::SECOND;
use guildhall_server::ThrottleClock;
use guildhall_testkit::sdk::Lab;
use serde_json::json;

const M: &str = "111111111111";
const R: &str = "333333333333";

/// What a call came to: `ok`, or the error's code.
macro_rules! code {
    ($call:expr) => {
        match $call.send().await {
            Ok(_) => "ok".to_owned(),
            Err(e) => e.into_service_error().code().unwrap_or_default().to_owned(),
        }
    };
}

const OK: &str = "ok";
const THROTTLED: &str = "TooManyRequestsException";
const DENIED: &str = "AccessDeniedException";

async fn frozen(clock: ThrottleClock) -> Lab {
    let lab = Lab::throttled(clock);
    freeze(&lab).await;
    lab
}

async fn freeze(lab: &Lab) {
    let (status, answer) = lab.control("POST", "/_guildhall/clock", &json!({"freeze": true})).await;
    assert!(status.is_success(), "{answer}");
}

/// An organization of [`M`] with the member [`R`], and every bucket full again.
async fn organization(lab: &Lab) -> (Client, Client) {
    let (m, r) = (lab.client(M), lab.client(R));
    m.create_organization().send().await.unwrap();
    let target = HandshakeParty::builder().id(R).r#type(HandshakePartyType::Account).build().unwrap();
    let h = m.invite_account_to_organization().target(target).send().await.unwrap().handshake.unwrap();
    r.accept_handshake().handshake_id(h.id().unwrap()).send().await.unwrap();
    lab.advance(60 * SECOND).await;
    (m, r)
}

#[tokio::test]
async fn a_burst_then_refusals_until_the_clock_is_moved() {
    let lab = frozen(ThrottleClock::Business).await;
    let (m, _) = organization(&lab).await;
    for _ in 0..2 {
        m.describe_organization().send().await.unwrap();
    }
    let error = m.describe_organization().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
    let error = error.into_service_error();
    assert!(error.is_too_many_requests_exception(), "{error:?}");
    let message = "You have sent too many requests in too short a period of time. Try again later.";
    assert_eq!(error.message(), Some(message));
    // Other groups have tokens of their own.
    m.list_roots().send().await.unwrap();

    lab.advance(SECOND - 1).await;
    assert_eq!(code!(m.describe_organization()), THROTTLED);
    lab.advance(1).await;
    assert_eq!(code!(m.describe_organization()), OK);
    assert_eq!(code!(m.describe_organization()), THROTTLED);
}

#[tokio::test]
async fn accounts_of_an_organization_share_its_bucket() {
    let lab = frozen(ThrottleClock::Business).await;
    let (m, r) = organization(&lab).await;
    // One second: 2 for an account, 3 for an organization.
    for expected in [OK, OK, THROTTLED, THROTTLED] {
        assert_eq!(code!(m.list_roots()), expected);
    }
    // A member may not list roots, and its try counts.
    for expected in [DENIED, THROTTLED, THROTTLED] {
        assert_eq!(code!(r.list_roots()), expected);
    }
    // Outside of the organization it has what the organization's bucket refused, and no more.
    r.leave_organization().send().await.unwrap();
    for expected in ["AWSOrganizationsNotInUseException", THROTTLED] {
        assert_eq!(code!(r.list_roots()), expected);
    }
    assert_eq!(code!(lab.client("444444444444").list_roots()), "AWSOrganizationsNotInUseException");
}

/// A refusal at the door and an input that is refused: the former takes nothing, the latter does.
#[tokio::test]
async fn who_does_not_sign_takes_nothing_and_who_is_refused_does() {
    let lab = frozen(ThrottleClock::Business).await;
    let (m, _) = organization(&lab).await;
    let forger = lab.client_with_key(M, "wrong");
    for _ in 0..5 {
        assert_eq!(code!(forger.list_roots()), "InvalidSignatureException");
    }
    for expected in ["InvalidInputException", OK, THROTTLED] {
        let bad = expected == "InvalidInputException";
        assert_eq!(code!(m.list_roots().set_max_results(bad.then_some(21))), expected);
    }
}

#[tokio::test]
async fn a_throttled_command_does_not_run() {
    let lab = frozen(ThrottleClock::Business).await;
    let (m, _) = organization(&lab).await;
    let mut passed = 0;
    for n in 0..10 {
        let tag = Tag::builder().key(format!("k{n}")).value("v").build().unwrap();
        let done = code!(m.tag_resource().resource_id(M).tags(tag));
        assert_eq!(done, if n < 6 { OK } else { THROTTLED });
        passed += usize::from(done == OK);
    }
    let tags = m.list_tags_for_resource().resource_id(M).send().await.unwrap();
    assert_eq!(tags.tags().len(), passed);
    let (status, _) = lab.control("GET", "/_guildhall/clock", &serde_json::Value::Null).await;
    assert!(status.is_success(), "the control API is not throttled");
}

#[tokio::test]
async fn a_reset_fills_all_buckets() {
    let lab = frozen(ThrottleClock::Business).await;
    let m = lab.client(M);
    assert_eq!(code!(m.create_organization()), OK);
    assert_eq!(code!(m.create_organization()), THROTTLED);
    let (status, answer) = lab.control("POST", "/_guildhall/reset", &serde_json::Value::Null).await;
    assert!(status.is_success(), "{answer}");
    assert_eq!(code!(m.create_organization()), OK);
}

/// By wall time a frozen clock keeps nobody out. Nothing is said about how long it takes.
#[tokio::test]
async fn by_wall_time_a_frozen_clock_keeps_nobody_out() {
    let lab = frozen(ThrottleClock::Wall).await;
    let m = lab.client(M);
    assert_eq!(code!(m.leave_organization()), "AWSOrganizationsNotInUseException");
    while code!(m.leave_organization()) != THROTTLED {}
    while code!(m.leave_organization()) == THROTTLED {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn off_is_off() {
    let lab = Lab::start();
    freeze(&lab).await;
    let (m, _) = organization(&lab).await;
    for _ in 0..100 {
        m.describe_organization().send().await.unwrap();
    }
}

/// Every caller runs into the same bucket, at the same instant, on all threads.
async fn hammer(lab: &Lab, callers: &[&str]) -> usize {
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let client = lab.client(callers[n % callers.len()]);
            tokio::spawn(async move {
                let mut passed = 0;
                for _ in 0..20 {
                    match code!(client.list_parents().child_id(M)).as_str() {
                        THROTTLED => {}
                        OK | DENIED => passed += 1,
                        other => panic!("{other}"),
                    }
                }
                passed
            })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        passed += task.await.unwrap();
    }
    passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn thirty_two_tasks_get_exactly_the_burst() {
    let lab = frozen(ThrottleClock::Business).await;
    organization(&lab).await;
    for _ in 0..3 {
        assert_eq!(hammer(&lab, &[M]).await, 8, "the account's burst");
        lab.advance(10 * SECOND).await;
        assert_eq!(hammer(&lab, &[M, R]).await, 10, "the organization's burst");
        lab.advance(10 * SECOND).await;
    }
}
