//! The whole organization as the AWS SDK for Rust sees it: a tree, account vending, all features, delegation, transfers
//! and policies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a test that cannot go on has to fail"
)]

use aws_sdk_organizations::Client;
use aws_sdk_organizations::primitives::DateTime;
use aws_sdk_organizations::types::{
    AccountState, ActionType, ConstraintViolationExceptionReason, CreateAccountFailureReason,
    CreateAccountState, EffectivePolicyType, HandshakeFilter, HandshakeParty, HandshakePartyType,
    HandshakeState, OrganizationFeatureSet, PolicyType, PolicyTypeStatus, ResponsibilityTransferStatus,
    ResponsibilityTransferType,
};
use guildhall_core::kernel::time::DAY;
use guildhall_testkit::sdk::Lab;

const M: &str = "111111111111";
const R: &str = "333333333333";
const S: &str = "444444444444";
/// 2026-03-01T00:00:00Z.
const START: i64 = 1_772_323_200;

fn account(id: &str) -> HandshakeParty {
    HandshakeParty::builder().id(id).r#type(HandshakePartyType::Account).build().unwrap()
}

async fn root(client: &Client) -> String {
    client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned()
}

async fn join(lab: &Lab, manager: &str, member: &str) {
    let invite = lab.client(manager).invite_account_to_organization().target(account(member));
    let h = invite.send().await.unwrap().handshake.unwrap();
    lab.client(member).accept_handshake().handshake_id(h.id().unwrap()).send().await.unwrap();
}

#[tokio::test]
async fn an_account_is_vended_into_a_tree_and_closed() {
    let lab = Lab::start();
    let m = lab.client(M);
    m.create_organization().send().await.unwrap();
    let root = root(&m).await;
    let make = |parent: String, name: &'static str| {
        let m = m.clone();
        async move {
            let unit = m.create_organizational_unit().parent_id(parent).name(name).send().await.unwrap();
            unit.organizational_unit.unwrap()
        }
    };
    let work = make(root.clone(), "Workloads").await;
    let prod = make(work.id().unwrap().to_owned(), "Production").await;
    assert!(prod.path().unwrap().ends_with(&format!("{}/{}/", work.id().unwrap(), prod.id().unwrap())));

    let asked = m.create_account().email("prod@example.com").account_name("Production").send().await.unwrap();
    let status = asked.create_account_status.unwrap();
    assert_eq!(status.state(), Some(&CreateAccountState::InProgress));
    let request = status.id().unwrap();
    let poll = || async {
        m.describe_create_account_status().create_account_request_id(request).send().await.unwrap()
    };
    let status = poll().await.create_account_status.unwrap();
    assert_eq!(status.state(), Some(&CreateAccountState::Succeeded));
    let id = status.account_id().unwrap();
    let prod_id = prod.id().unwrap();
    m.move_account()
        .account_id(id)
        .source_parent_id(&root)
        .destination_parent_id(prod_id)
        .send()
        .await
        .unwrap();
    let parents = m.list_parents().child_id(id).send().await.unwrap();
    assert_eq!(parents.parents()[0].id(), Some(prod_id));
    let full = m.delete_organizational_unit().organizational_unit_id(prod_id).send().await.unwrap_err();
    assert!(full.into_service_error().is_organizational_unit_not_empty_exception());

    // The address is taken: told when the request is decided.
    m.create_account().email("Prod@Example.com").account_name("Again").send().await.unwrap();
    let failed = m.list_create_account_status().states(CreateAccountState::Failed).send().await.unwrap();
    let reason = failed.create_account_statuses()[0].failure_reason();
    assert_eq!(reason, Some(&CreateAccountFailureReason::EmailAlreadyExists));

    m.close_account().account_id(id).send().await.unwrap();
    let state = || async {
        m.describe_account().account_id(id).send().await.unwrap().account.unwrap().state().cloned()
    };
    assert_eq!(state().await, Some(AccountState::Closed));
    let again = m.close_account().account_id(id).send().await.unwrap_err().into_service_error();
    assert!(again.is_account_already_closed_exception());
    lab.advance(90 * DAY).await;
    let gone = m.describe_account().account_id(id).send().await.unwrap_err().into_service_error();
    assert!(gone.is_account_not_found_exception());
    m.delete_organizational_unit().organizational_unit_id(prod_id).send().await.unwrap();
}

#[tokio::test]
async fn all_features_with_everybody_s_consent() {
    let lab = Lab::start();
    let (m, r) = (lab.client(M), lab.client(R));
    m.create_organization().feature_set(OrganizationFeatureSet::ConsolidatedBilling).send().await.unwrap();
    join(&lab, M, R).await;
    let request = m.enable_all_features().send().await.unwrap().handshake.unwrap();
    assert_eq!(request.state(), Some(&HandshakeState::Requested));
    let early = m.accept_handshake().handshake_id(request.id().unwrap()).send().await.unwrap_err();
    assert!(early.into_service_error().is_invalid_handshake_transition_exception());
    let filter = HandshakeFilter::builder().action_type(ActionType::ApproveAllFeatures).build();
    let parts = r.list_handshakes_for_account().filter(filter).send().await.unwrap();
    r.accept_handshake().handshake_id(parts.handshakes()[0].id().unwrap()).send().await.unwrap();
    let done = m.accept_handshake().handshake_id(request.id().unwrap()).send().await.unwrap();
    assert_eq!(done.handshake.unwrap().state(), Some(&HandshakeState::Accepted));
    let organization = r.describe_organization().send().await.unwrap().organization.unwrap();
    assert_eq!(organization.feature_set(), Some(&OrganizationFeatureSet::All));
}

#[tokio::test]
async fn a_delegated_administrator_reads_and_does_not_write() {
    let lab = Lab::start();
    let (m, r) = (lab.client(M), lab.client(R));
    m.create_organization().send().await.unwrap();
    join(&lab, M, R).await;
    let service = "guardduty.amazonaws.com";
    let register = || m.register_delegated_administrator().account_id(R).service_principal(service);
    let refused = register().send().await.unwrap_err().into_service_error();
    let aws_sdk_organizations::operation::register_delegated_administrator::RegisterDelegatedAdministratorError::ConstraintViolationException(e) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(e.reason(), Some(&ConstraintViolationExceptionReason::ServiceAccessNotEnabled));
    m.enable_aws_service_access().service_principal(service).send().await.unwrap();
    assert!(r.list_accounts().send().await.is_err());
    register().send().await.unwrap();
    assert_eq!(r.list_accounts().send().await.unwrap().accounts().len(), 2);
    let write =
        r.create_organizational_unit().parent_id(root(&m).await).name("mine").send().await.unwrap_err();
    assert!(write.into_service_error().is_access_denied_exception());
    let services = r.list_delegated_services_for_account().account_id(R).send().await.unwrap();
    assert_eq!(services.delegated_services()[0].service_principal(), Some(service));
}

#[tokio::test]
async fn a_bill_is_handed_on_and_taken_back() {
    let lab = Lab::start();
    let (payer, source) = (lab.client(M), lab.client(S));
    payer.create_organization().send().await.unwrap();
    source.create_organization().send().await.unwrap();
    // The first of the month after next, counted from the lab's beginning in January 2026.
    let start = DateTime::from_secs(START);
    let offer = payer
        .invite_organization_to_transfer_responsibility()
        .r#type(ResponsibilityTransferType::Billing)
        .target(account(S))
        .source_name("Subsidiary")
        .start_timestamp(start);
    let h = offer.send().await.unwrap().handshake.unwrap();
    assert_eq!(h.state(), Some(&HandshakeState::Requested));
    source.accept_handshake().handshake_id(h.id().unwrap()).send().await.unwrap();
    let billing = || ResponsibilityTransferType::Billing;
    let inbound = payer.list_inbound_responsibility_transfers().r#type(billing()).send().await.unwrap();
    let outbound = source.list_outbound_responsibility_transfers().r#type(billing()).send().await.unwrap();
    let (seen, own) = (&inbound.responsibility_transfers()[0], &outbound.responsibility_transfers()[0]);
    assert_eq!(seen.id(), own.id());
    assert!(
        seen.arn().unwrap().contains("/billing/inbound/")
            && own.arn().unwrap().contains("/billing/outbound/")
    );
    assert_eq!(seen.source().unwrap().management_account_id(), Some(S));
    let id = seen.id().unwrap();
    let ended = source.terminate_responsibility_transfer().id(id).send().await.unwrap();
    let ended = ended.responsibility_transfer.unwrap();
    assert_eq!(ended.status(), Some(&ResponsibilityTransferStatus::Withdrawn));
    assert!(ended.end_timestamp().unwrap().to_millis().unwrap() > start.to_millis().unwrap());
    let deletion = payer.delete_organization().send().await.unwrap_err().into_service_error();
    assert!(deletion.is_constraint_violation_exception());
}

#[tokio::test]
async fn a_tag_policy_is_written_attached_and_seen_by_an_account() {
    let lab = Lab::start();
    let (m, r) = (lab.client(M), lab.client(R));
    m.create_organization().send().await.unwrap();
    join(&lab, M, R).await;
    let root = root(&m).await;
    let enable =
        m.enable_policy_type().root_id(&root).policy_type(PolicyType::TagPolicy).send().await.unwrap();
    let types = enable.root.unwrap();
    assert_eq!(types.policy_types()[0].status(), Some(&PolicyTypeStatus::Enabled));
    let content = r#"{"tags":{"team":{"tag_key":{"@@assign":"Team"},"tag_value":{"@@assign":["red"]}}}}"#;
    let policy = m
        .create_policy()
        .r#type(PolicyType::TagPolicy)
        .name("Teams")
        .description("")
        .content(content)
        .send()
        .await
        .unwrap();
    let id = policy.policy.unwrap().policy_summary.unwrap().id.unwrap();
    m.attach_policy().policy_id(&id).target_id(&root).send().await.unwrap();
    let effective =
        r.describe_effective_policy().policy_type(EffectivePolicyType::TagPolicy).send().await.unwrap();
    let effective = effective.effective_policy.unwrap();
    assert_eq!(
        effective.policy_content(),
        Some(r#"{"tags":{"team":{"tag_key":"Team","tag_value":["red"]}}}"#)
    );
    let broken = m.update_policy().policy_id(&id).content("{").send().await.unwrap_err().into_service_error();
    assert!(broken.is_malformed_policy_document_exception());
    let used = m.delete_policy().policy_id(&id).send().await.unwrap_err().into_service_error();
    assert!(used.is_policy_in_use_exception());
    m.detach_policy().policy_id(&id).target_id(&root).send().await.unwrap();
    m.delete_policy().policy_id(&id).send().await.unwrap();
}
