//! The AWS SDK for Rust with its own provider of an assumed role's credentials, in an account that CreateAccount made.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_smithy_async::time::TimeSource;
use guildhall_core::kernel::time::{HOUR, MINUTE};
use guildhall_testkit::sdk::{ENDPOINT, Lab};

const M: &str = "111111111111";

/// The SDK's clock is the lab's: with it credentials are fresh or stale.
#[derive(Debug)]
struct LabTime(Lab);

impl TimeSource for LabTime {
    fn now(&self) -> SystemTime {
        let millis = self.0.engine().clock().now().0;
        UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap())
    }
}

fn config(lab: &Lab, credentials: impl ProvideCredentials + 'static) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(ENDPOINT)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .time_source(LabTime(lab.clone()))
        .http_client(lab.clone())
        .build()
}

/// The provider, with the key of the management account's administrator.
async fn role(lab: &Lab, account: &str, name: &str) -> AssumeRoleProvider {
    let administrator = Credentials::from_keys(format!("LABADMIN{M}"), "test", None);
    AssumeRoleProvider::builder(format!("arn:aws:iam::{account}:role/{name}"))
        .session_name("ci")
        .configure(&config(lab, administrator.clone()))
        .build_from_provider(administrator)
        .await
}

/// An organization with an account that it made.
async fn vended(lab: &Lab) -> String {
    let m = lab.client(M);
    m.create_organization().send().await.unwrap();
    let asked = m.create_account().email("vended@example.com").account_name("Vended").send().await.unwrap();
    let id = asked.create_account_status.unwrap().id.unwrap();
    let made = m.describe_create_account_status().create_account_request_id(id).send().await.unwrap();
    made.create_account_status.unwrap().account_id.unwrap()
}

async fn who(client: &aws_sdk_sts::Client) -> String {
    client.get_caller_identity().send().await.unwrap().arn.unwrap()
}

#[tokio::test]
async fn a_created_account_is_entered_and_the_session_renewed() {
    let lab = Lab::start();
    let account = vended(&lab).await;
    let provider = role(&lab, &account, "OrganizationAccountAccessRole").await;
    let first = provider.provide_credentials().await.unwrap();
    assert_eq!(first.account_id().map(|id| id.as_str()), Some(account.as_str()));
    let lasts = first.expiry().unwrap().duration_since(LabTime(lab.clone()).now()).unwrap();
    assert_eq!(lasts.as_secs().div_ceil(60), 60, "{lasts:?}");

    let renewing = config(&lab, provider);
    let (sts, organizations) =
        (aws_sdk_sts::Client::new(&renewing), aws_sdk_organizations::Client::new(&renewing));
    let session = format!("arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/ci");
    assert_eq!(who(&sts).await, session);
    let seen = organizations.describe_organization().send().await.unwrap().organization.unwrap();
    assert_eq!(seen.master_account_id(), Some(M));
    let denied = organizations.list_accounts().send().await.unwrap_err().into_service_error();
    assert!(denied.is_access_denied_exception(), "{denied:?}");

    // What does not renew itself is refused when its time is over; the provider is asked again.
    let fixed = aws_sdk_sts::Client::new(&config(
        &lab,
        Credentials::from_keys(
            first.access_key_id(),
            first.secret_access_key(),
            first.session_token().map(str::to_owned),
        ),
    ));
    lab.advance(HOUR - MINUTE).await;
    assert_eq!(who(&fixed).await, session);
    lab.advance(MINUTE).await;
    let refused = fixed.get_caller_identity().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ExpiredToken"), "{refused:?}");
    assert_eq!(who(&sts).await, session);
    organizations.describe_organization().send().await.unwrap();
}

#[tokio::test]
async fn a_role_that_is_not_there_is_told_to_the_caller() {
    let lab = Lab::start();
    let account = vended(&lab).await;
    let sts = aws_sdk_sts::Client::new(&config(&lab, role(&lab, &account, "None").await));
    let error = format!("{:?}", sts.get_caller_identity().send().await.unwrap_err());
    let sentence = format!(
        "User: arn:aws:iam::{M}:user/guildhall-admin is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::{account}:role/None"
    );
    assert!(error.contains("AccessDenied") && error.contains(&sentence), "{error}");
}
