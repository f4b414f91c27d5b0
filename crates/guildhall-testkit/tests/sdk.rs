//! The product as the AWS SDK for Rust sees it: real signatures, real parsing, refusals as typed errors.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test that cannot go on has to fail"
)]

use std::sync::Arc;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_sdk_organizations::types::{
    ActionType, ChildType, ConstraintViolationExceptionReason, Handshake,
    HandshakeConstraintViolationExceptionReason, HandshakeFilter, HandshakeParty, HandshakePartyType,
    HandshakeResourceType, HandshakeState, OrganizationFeatureSet, Tag,
};
use guildhall_core::kernel::time::DAY;
use guildhall_store::memory::{InjectedFault, MemoryStore};
use guildhall_testkit::sdk::Lab;
use serde_json::json;

const M: &str = "111111111111";
const R: &str = "333333333333";

fn account(id: &str) -> HandshakeParty {
    HandshakeParty::builder().id(id).r#type(HandshakePartyType::Account).build().unwrap()
}

fn email(address: &str) -> HandshakeParty {
    HandshakeParty::builder().id(address).r#type(HandshakePartyType::Email).build().unwrap()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn invite(client: &Client, target: HandshakeParty) -> Handshake {
    client.invite_account_to_organization().target(target).send().await.unwrap().handshake.unwrap()
}

/// Unwraps a refusal: its typed error has to be the given one. Gives back the error.
macro_rules! refused {
    ($call:expr, $is:ident) => {{
        let error = $call.send().await.unwrap_err().into_service_error();
        assert!(error.$is(), "{error:?}");
        error
    }};
}

#[tokio::test]
async fn an_invitation_from_its_sending_to_its_acceptance() {
    let lab = Lab::start();
    let (m, r) = (lab.client(M), lab.client(R));
    let organization = m.create_organization().send().await.unwrap().organization.unwrap();
    let org = organization.id().unwrap();
    assert_eq!(organization.feature_set(), Some(&OrganizationFeatureSet::All));
    assert_eq!(organization.master_account_email(), Some("root+111111111111@lab.example"));

    let sent =
        m.invite_account_to_organization().target(account(R)).notes("Welcome").tags(tag("team", "blue"));
    let h = sent.send().await.unwrap().handshake.unwrap();
    let id = h.id().unwrap();
    assert_eq!(h.state(), Some(&HandshakeState::Open));
    assert_eq!(h.action(), Some(&ActionType::InviteAccountToOrganization));
    let (from, to) = (h.requested_timestamp().unwrap(), h.expiration_timestamp().unwrap());
    assert_eq!(to.to_millis().unwrap() - from.to_millis().unwrap(), 15 * DAY);
    let notes = h.resources().iter().find(|r| r.r#type() == Some(&HandshakeResourceType::Notes)).unwrap();
    assert_eq!(notes.value(), Some("Welcome"));
    let about =
        h.resources().iter().find(|r| r.r#type() == Some(&HandshakeResourceType::Organization)).unwrap();
    assert_eq!(about.value(), Some(org));
    assert_eq!(about.resources().len(), 3);

    let received = r.list_handshakes_for_account().send().await.unwrap();
    assert_eq!(received.handshakes(), std::slice::from_ref(&h));
    let described = r.describe_handshake().handshake_id(id).send().await.unwrap();
    assert_eq!(described.handshake(), Some(&h));
    refused!(r.describe_organization(), is_aws_organizations_not_in_use_exception);

    let accepted = r.accept_handshake().handshake_id(id).send().await.unwrap().handshake.unwrap();
    assert_eq!(accepted.state(), Some(&HandshakeState::Accepted));
    let seen = r.describe_organization().send().await.unwrap().organization.unwrap();
    assert_eq!(seen.id(), Some(org));
    let accounts = m.list_accounts().send().await.unwrap();
    assert_eq!(accounts.accounts().iter().map(|a| a.id().unwrap()).collect::<Vec<_>>(), [M, R]);
    let tags = m.list_tags_for_resource().resource_id(R).send().await.unwrap();
    assert_eq!(tags.tags(), [tag("team", "blue")]);
    let root = m.list_roots().send().await.unwrap().roots()[0].clone();
    let parent = m.list_parents().child_id(R).send().await.unwrap();
    assert_eq!(parent.parents()[0].id(), root.id());
    let children =
        m.list_children().parent_id(root.id().unwrap()).child_type(ChildType::Account).send().await.unwrap();
    assert_eq!(children.children().len(), 2);

    r.leave_organization().send().await.unwrap();
    m.delete_organization().send().await.unwrap();
    let mails: Vec<_> = lab.mails().iter().map(|mail| (mail.kind.wire(), mail.to.to_string())).collect();
    let root = |id: &str| format!("root+{id}@lab.example");
    assert_eq!(mails.len(), 3);
    assert_eq!(mails[0], ("Invitation", root(R)));
    assert!(
        mails.contains(&("InvitationAccepted", root(M))) && mails.contains(&("MembershipStarted", root(R)))
    );
}

#[tokio::test]
async fn time_passes_and_invitations_expire() {
    let lab = Lab::start();
    let (m, r) = (lab.client(M), lab.client(R));
    m.create_organization().send().await.unwrap();
    let h = invite(&m, account(R)).await;
    let id = h.id().unwrap();
    lab.advance(15 * DAY).await;
    let seen = r.describe_handshake().handshake_id(id).send().await.unwrap().handshake.unwrap();
    assert_eq!(seen.state(), Some(&HandshakeState::Expired));
    refused!(r.accept_handshake().handshake_id(id), is_invalid_handshake_transition_exception);
    lab.advance(30 * DAY).await;
    refused!(r.describe_handshake().handshake_id(id), is_handshake_not_found_exception);
}

#[tokio::test]
async fn an_address_that_registers_later() {
    let lab = Lab::start();
    let m = lab.client(M);
    m.create_organization().send().await.unwrap();
    let h = invite(&m, email("bob@example.com")).await;
    let (status, made) = lab
        .control("POST", "/_guildhall/accounts", &json!({"Email": "Bob@Example.com", "Name": "Bob"}))
        .await;
    assert!(status.is_success(), "{made}");
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    let bob = lab.client_with_key(&text("AccessKeyId"), &text("SecretAccessKey"));
    let accepted =
        bob.accept_handshake().handshake_id(h.id().unwrap()).send().await.unwrap().handshake.unwrap();
    let party = accepted.parties().iter().find(|p| *p.r#type() == HandshakePartyType::Account).unwrap();
    assert_eq!(party.id(), text("Id"));
}

#[tokio::test]
async fn paginators_walk_to_the_end() {
    let lab = Lab::start();
    let m = lab.client(M);
    m.create_organization().send().await.unwrap();
    for n in 0..45 {
        invite(&m, email(&format!("p{n}@example.com"))).await;
    }
    let walk = m.list_handshakes_for_organization().max_results(7).into_paginator().send();
    let pages = walk.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pages.len(), 7);
    let ids: Vec<_> = pages.iter().flat_map(|p| p.handshakes()).map(|h| h.id().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 45);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let first = m.list_handshakes_for_organization().send().await.unwrap();
    assert_eq!(first.handshakes().len(), 20);
}

#[tokio::test]
async fn every_refusal_is_a_typed_error() {
    let store = Arc::new(MemoryStore::new());
    let lab = Lab::over(Arc::<MemoryStore>::clone(&store));
    let (m, r, s) = (lab.client(M), lab.client(R), lab.client("444444444444"));
    let org = m.create_organization().send().await.unwrap().organization.unwrap();
    let org = org.id().unwrap();
    let patch = async |id: &str, facts| {
        let (status, answer) = lab.control("PATCH", &format!("/_guildhall/accounts/{id}"), &facts).await;
        assert!(status.is_success(), "{answer}");
    };
    let limits = async |limits: serde_json::Value| {
        let (status, answer) = lab.control("POST", "/_guildhall/limits", &limits).await;
        assert!(status.is_success(), "{answer}");
    };

    // A lab account comes into being by its first request.
    r.list_handshakes_for_account().send().await.unwrap();
    refused!(m.create_organization(), is_already_in_organization_exception);
    refused!(s.list_accounts(), is_aws_organizations_not_in_use_exception);
    refused!(m.describe_account().account_id(R), is_account_not_found_exception);
    refused!(m.list_parents().child_id(R), is_child_not_found_exception);
    refused!(m.list_accounts_for_parent().parent_id("r-0000"), is_parent_not_found_exception);
    refused!(m.list_tags_for_resource().resource_id(R), is_target_not_found_exception);
    refused!(m.leave_organization(), is_master_cannot_leave_organization_exception);
    refused!(m.describe_handshake().handshake_id("h-00000000"), is_handshake_not_found_exception);

    patch(M, json!({"EmailVerified": false})).await;
    let call = || m.invite_account_to_organization().target(account(R));
    refused!(call(), is_account_owner_not_verified_exception);
    patch(M, json!({"EmailVerified": true})).await;
    limits(json!({"OrganizationId": org, "FirstHour": true})).await;
    refused!(call(), is_finalizing_organization_exception);
    limits(json!({"OrganizationId": org, "FirstHour": false})).await;
    let h = call().send().await.unwrap().handshake.unwrap();
    let id = h.id().unwrap();
    let error = refused!(call(), is_duplicate_handshake_exception);
    assert_eq!(
        error.message(),
        Some("A handshake with the specified type and parameters already exists for the given parties.")
    );
    refused!(m.accept_handshake().handshake_id(id), is_access_denied_exception);
    refused!(s.accept_handshake().handshake_id(id), is_handshake_not_found_exception);
    patch(R, json!({"PaymentInstrument": false})).await;
    let error = refused!(r.accept_handshake().handshake_id(id), is_handshake_constraint_violation_exception);
    let aws_sdk_organizations::operation::accept_handshake::AcceptHandshakeError::HandshakeConstraintViolationException(e) =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!(e.reason(), Some(&HandshakeConstraintViolationExceptionReason::PaymentInstrumentRequired));
    patch(R, json!({"PaymentInstrument": true})).await;
    r.accept_handshake().handshake_id(id).send().await.unwrap();
    refused!(r.accept_handshake().handshake_id(id), is_handshake_already_in_state_exception);
    refused!(r.decline_handshake().handshake_id(id), is_invalid_handshake_transition_exception);
    refused!(m.cancel_handshake().handshake_id(id), is_invalid_handshake_transition_exception);
    refused!(r.list_accounts(), is_access_denied_exception);
    refused!(m.delete_organization(), is_organization_not_empty_exception);
    patch(R, json!({"PhoneVerified": false})).await;
    let error = refused!(r.leave_organization(), is_constraint_violation_exception);
    let aws_sdk_organizations::operation::leave_organization::LeaveOrganizationError::ConstraintViolationException(e) = error
    else {
        panic!("{error:?}")
    };
    let reason = ConstraintViolationExceptionReason::AccountCannotLeaveWithoutPhoneVerification;
    assert_eq!(e.reason(), Some(&reason));

    let error = refused!(m.describe_account().account_id("1"), is_invalid_input_exception);
    let aws_sdk_organizations::operation::describe_account::DescribeAccountError::InvalidInputException(e) =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!(e.reason().map(|r| r.as_str()), Some("INVALID_PATTERN:ACCOUNT_ID"));
    refused!(m.list_accounts().max_results(21), is_invalid_input_exception);
    let both = HandshakeFilter::builder()
        .action_type(ActionType::InviteAccountToOrganization)
        .parent_handshake_id("h-00000000")
        .build();
    refused!(m.list_handshakes_for_organization().filter(both), is_invalid_input_exception);

    let tagging = || m.tag_resource().resource_id(R).tags(tag("a", "b"));
    store.inject(InjectedFault::Refused);
    let error = tagging().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
    assert!(error.into_service_error().is_service_exception());
    tagging().send().await.unwrap();
}

#[tokio::test]
async fn conflicts_without_end_are_a_typed_error() {
    let store = Arc::new(MemoryStore::new());
    let lab = Lab::over(Arc::<MemoryStore>::clone(&store));
    let m = lab.client(M);
    m.create_organization().send().await.unwrap();
    for _ in 0..100 {
        store.inject(InjectedFault::Conflict);
    }
    refused!(m.tag_resource().resource_id(M).tags(tag("a", "b")), is_concurrent_modification_exception);
}

/// Refusals at the door are nobody's model: the SDK knows their codes only.
#[tokio::test]
async fn who_cannot_sign_is_not_let_in() {
    let lab = Lab::start();
    let code = async |client: Client| {
        let error = client.describe_organization().send().await.unwrap_err();
        error.code().unwrap_or_default().to_owned()
    };
    assert_eq!(code(lab.client_with_key(M, "wrong")).await, "InvalidSignatureException");
    assert_eq!(
        code(lab.client_with_key("AKIAABCDEFGHIJKLMNOP", "secret")).await,
        "UnrecognizedClientException"
    );
    assert_eq!(code(lab.client(M)).await, "AWSOrganizationsNotInUseException");
}
