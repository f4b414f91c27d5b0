//! Forms as botocore 1.44.5 writes them.

use guildhall_wire::query::QueryCall;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn input<T: DeserializeOwned>(action: &str, version: &str, form: &str) -> T {
    let call = QueryCall::parse(&Method::POST, None, form.as_bytes()).unwrap();
    assert_eq!((&*call.action, call.version.as_deref()), (action, Some(version)));
    call.input().unwrap()
}

fn iam<T: DeserializeOwned>(action: &str, form: &str) -> T {
    input(action, "2010-05-08", form)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: Option<String>,
    value: Option<String>,
}

fn tag(key: &str, value: &str) -> Option<Tag> {
    Some(Tag { key: some(key), value: some(value) })
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRole {
    path: Option<String>,
    role_name: Option<String>,
    assume_role_policy_document: Option<String>,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Option<Tag>>>,
}

#[test]
fn create_role() {
    let form = "Action=CreateRole&Version=2010-05-08&RoleName=App&Path=%2Fteam%2F&AssumeRolePolicyDocument=%7B%22Version%22%3A\
        %222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws\
        %3Aiam%3A%3A111122223333%3Aroot%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D&Description=Gr%C3%B6%C3%9Fe+\
        %2B+50+%25&MaxSessionDuration=7200&Tags.member.1.Key=cost+centre&Tags.member.1.Value=a%3Db%26c&Tags.member.2.Key=\
        empty&Tags.member.2.Value=";
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;
    assert_eq!(
        iam::<CreateRole>("CreateRole", form),
        CreateRole {
            path: some("/team/"),
            role_name: some("App"),
            assume_role_policy_document: some(document),
            description: some("Größe + 50 %"),
            max_session_duration: Some(7200),
            permissions_boundary: None,
            tags: Some(vec![tag("cost centre", "a=b&c"), tag("empty", "")]),
        }
    );
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagRole {
    role_name: Option<String>,
    tags: Option<Vec<Option<Tag>>>,
}

#[test]
fn tag_role() {
    let form = "Action=TagRole&Version=2010-05-08&RoleName=App&Tags.member.1.Key=k&Tags.member.1.Value=v";
    let tags = Some(vec![tag("k", "v")]);
    assert_eq!(iam::<TagRole>("TagRole", form), TagRole { role_name: some("App"), tags });
    let form = "Action=TagRole&Version=2010-05-08&RoleName=App&Tags=";
    assert_eq!(iam::<TagRole>("TagRole", form), TagRole { role_name: some("App"), tags: Some(vec![]) });
}

#[test]
fn untag_role() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct UntagRole {
        role_name: Option<String>,
        tag_keys: Option<Vec<Option<String>>>,
    }
    let form = "Action=UntagRole&Version=2010-05-08&RoleName=App&TagKeys.member.1=b&TagKeys.member.2=a";
    let read: UntagRole = iam("UntagRole", form);
    assert_eq!(read, UntagRole { role_name: some("App"), tag_keys: Some(vec![some("b"), some("a")]) });
}

#[test]
fn list_roles() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct ListRoles {
        path_prefix: Option<String>,
        marker: Option<String>,
        max_items: Option<i64>,
    }
    let form = "Action=ListRoles&Version=2010-05-08&PathPrefix=%2Fteam%2F&Marker=AAF%2B%2F%3D&MaxItems=10";
    let read: ListRoles = iam("ListRoles", form);
    assert_eq!(read, ListRoles { path_prefix: some("/team/"), marker: some("AAF+/="), max_items: Some(10) });
    let read: ListRoles = iam("ListRoles", "Action=ListRoles&Version=2010-05-08");
    assert_eq!(read, ListRoles { path_prefix: None, marker: None, max_items: None });
}

#[test]
fn update_account_password_policy() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct UpdateAccountPasswordPolicy {
        minimum_password_length: Option<i64>,
        require_symbols: Option<bool>,
        require_numbers: Option<bool>,
        hard_expiry: Option<bool>,
    }
    let form = "Action=UpdateAccountPasswordPolicy&Version=2010-05-08&MinimumPasswordLength=12&RequireSymbols=true&\
        RequireNumbers=false";
    let read: UpdateAccountPasswordPolicy = iam("UpdateAccountPasswordPolicy", form);
    assert_eq!(
        read,
        UpdateAccountPasswordPolicy {
            minimum_password_length: Some(12),
            require_symbols: Some(true),
            require_numbers: Some(false),
            hard_expiry: None,
        }
    );
}

#[test]
fn simulate_custom_policy() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Entry {
        context_key_name: Option<String>,
        context_key_values: Option<Vec<Option<String>>>,
        context_key_type: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct SimulateCustomPolicy {
        policy_input_list: Option<Vec<Option<String>>>,
        action_names: Option<Vec<Option<String>>>,
        context_entries: Option<Vec<Option<Entry>>>,
    }
    let form = "Action=SimulateCustomPolicy&Version=2010-05-08&PolicyInputList.member.1=%7B%7D&ActionNames.member.1=s3%3A\
        GetObject&ActionNames.member.2=iam%3APassRole&ContextEntries.member.1.ContextKeyName=aws%3Ausername&ContextEntries.\
        member.1.ContextKeyValues.member.1=a&ContextEntries.member.1.ContextKeyValues.member.2=b&ContextEntries.member.1.\
        ContextKeyType=stringList";
    let read: SimulateCustomPolicy = iam("SimulateCustomPolicy", form);
    assert_eq!(read.policy_input_list, Some(vec![some("{}")]));
    assert_eq!(read.action_names, Some(vec![some("s3:GetObject"), some("iam:PassRole")]));
    let entry = Entry {
        context_key_name: some("aws:username"),
        context_key_values: Some(vec![some("a"), some("b")]),
        context_key_type: some("stringList"),
    };
    assert_eq!(read.context_entries, Some(vec![Some(entry)]));
}

#[test]
fn assume_role() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct PolicyArn {
        arn: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Context {
        provider_arn: Option<String>,
        context_assertion: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct AssumeRole {
        role_arn: Option<String>,
        role_session_name: Option<String>,
        policy_arns: Option<Vec<Option<PolicyArn>>>,
        policy: Option<String>,
        duration_seconds: Option<i64>,
        tags: Option<Vec<Option<Tag>>>,
        transitive_tag_keys: Option<Vec<Option<String>>>,
        external_id: Option<String>,
        provided_contexts: Option<Vec<Option<Context>>>,
    }
    let form = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2FApp&RoleSessionName=ci\
        &DurationSeconds=900&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D&PolicyArns.member.1.arn=\
        arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&PolicyArns.member.2.arn=arn%3Aaws%3Aiam%3A%3A444455556666%3Apolicy\
        %2Fx&Tags.member.1.Key=Project&Tags.member.1.Value=G%C3%BCl+%26+S%C3%B6hne&TransitiveTagKeys.member.1=Project&\
        ProvidedContexts.member.1.ProviderArn=arn%3Aaws%3Aiam%3A%3Aaws%3AcontextProvider%2FIdentityCenter&ProvidedContexts.\
        member.1.ContextAssertion=eyJx";
    let read: AssumeRole = input("AssumeRole", "2011-06-15", form);
    let arn = |arn| Some(PolicyArn { arn: some(arn) });
    assert_eq!(
        read,
        AssumeRole {
            role_arn: some("arn:aws:iam::444455556666:role/App"),
            role_session_name: some("ci"),
            policy_arns: Some(vec![
                arn("arn:aws:iam::aws:policy/ReadOnlyAccess"),
                arn("arn:aws:iam::444455556666:policy/x"),
            ]),
            policy: some(r#"{"Version":"2012-10-17","Statement":[]}"#),
            duration_seconds: Some(900),
            tags: Some(vec![tag("Project", "Gül & Söhne")]),
            transitive_tag_keys: Some(vec![some("Project")]),
            external_id: None,
            provided_contexts: Some(vec![Some(Context {
                provider_arn: some("arn:aws:iam::aws:contextProvider/IdentityCenter"),
                context_assertion: some("eyJx"),
            })]),
        }
    );
}
