//! The organization's resource policy names users and roles: who is meant, and how they are shown (policies.md 7.2,
//! identity.md 4.3).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use guildhall_core::Refusal;
use guildhall_core::call::caller::{Caller, Credentials};
use guildhall_testkit::command;
use guildhall_testkit::iam_lab::{AWAY, HOME, IamLab, root};
use serde_json::{Value, json};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"organizations:*","Resource":"*"}]}"#;

/// A call of Organizations.
fn call(lab: &mut IamLab, caller: &Caller, operation: &str, input: &Value) -> Result<Value, Refusal> {
    lab.0.run(caller.clone(), &*command(operation, input)).map(|body| serde_json::from_slice(&body).unwrap())
}

fn content(answer: &Value) -> Value {
    serde_json::from_str(answer["ResourcePolicy"]["Content"].as_str().unwrap()).unwrap()
}

/// A user of the member who may whatever the organization lets it.
fn new_user(lab: &mut IamLab) -> Caller {
    let user = lab.call(&root(AWAY), "CreateUser", &json!({ "UserName": "ann" })).unwrap();
    let policy = json!({ "UserName": "ann", "PolicyName": "p", "PolicyDocument": ALLOW });
    lab.call(&root(AWAY), "PutUserPolicy", &policy).unwrap();
    let id = user["User"]["UserId"].as_str().unwrap().parse().unwrap();
    Caller { account: AWAY.parse().unwrap(), credentials: Credentials::User(id) }
}

/// An organization of [`HOME`], with [`AWAY`] as a member.
fn organization() -> IamLab {
    let mut lab = IamLab::default();
    let (home, away) = (root(HOME), root(AWAY));
    call(&mut lab, &home, "CreateOrganization", &json!({ "FeatureSet": "ALL" })).unwrap();
    let target = json!({ "Target": { "Type": "ACCOUNT", "Id": AWAY } });
    let sent = call(&mut lab, &home, "InviteAccountToOrganization", &target).unwrap();
    let handshake = json!({ "HandshakeId": sent["Handshake"]["Id"] });
    call(&mut lab, &away, "AcceptHandshake", &handshake).unwrap();
    lab
}

fn policy(principal: &Value) -> Value {
    let statement = json!({ "Effect": "Allow", "Principal": { "AWS": principal },
        "Action": "organizations:ListAccounts", "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn a_user_that_comes_back_under_its_name_is_another_one() {
    let mut lab = organization();
    let (home, list) = (root(HOME), json!({}));
    let ann = new_user(&mut lab);
    let arn = format!("arn:aws:iam::{AWAY}:user/ann");
    // Beside an account, which is shown by the ARN of its root.
    let sent = policy(&json!([arn, HOME]));
    let shown = policy(&json!([arn, format!("arn:aws:iam::{HOME}:root")]));
    let put = call(&mut lab, &home, "PutResourcePolicy", &json!({ "Content": sent.to_string() })).unwrap();
    assert_eq!(content(&put), shown);
    assert_eq!(content(&call(&mut lab, &home, "DescribeResourcePolicy", &list).unwrap()), shown);
    assert_eq!(call(&mut lab, &ann, "ListAccounts", &list).unwrap()["Accounts"].as_array().unwrap().len(), 2);

    // Deleted, the user is shown by its id, and nobody else takes its place.
    lab.call(&root(AWAY), "DeleteUserPolicy", &json!({ "UserName": "ann", "PolicyName": "p" })).unwrap();
    lab.call(&root(AWAY), "DeleteUser", &json!({ "UserName": "ann" })).unwrap();
    let Credentials::User(id) = &ann.credentials else { panic!("it is a user") };
    let by_id = policy(&json!([id.to_string(), format!("arn:aws:iam::{HOME}:root")]));
    assert_eq!(content(&call(&mut lab, &home, "DescribeResourcePolicy", &list).unwrap()), by_id);
    let other = new_user(&mut lab);
    let denied = call(&mut lab, &other, "ListAccounts", &list);
    assert!(matches!(denied, Err(Refusal::AccessDenied | Refusal::DeniedByPolicy(_))), "{denied:?}");
    assert_eq!(content(&call(&mut lab, &home, "DescribeResourcePolicy", &list).unwrap()), by_id);

    // The id of nobody is refused, as whatever names nobody.
    let refused = call(&mut lab, &home, "PutResourcePolicy", &json!({ "Content": by_id.to_string() }));
    assert!(refused.is_err());
    let again = json!({ "Content": sent.to_string() });
    assert_eq!(content(&call(&mut lab, &home, "PutResourcePolicy", &again).unwrap()), shown);
    assert!(call(&mut lab, &other, "ListAccounts", &list).is_ok());
}
