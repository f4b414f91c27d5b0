//! Commands that talk to a running server's control API.

use std::path::Path;

use guildhall_engine::keys::Reseal;
use guildhall_engine::random;
use guildhall_store::sqlite::SqliteStore;
use guildhall_store::{Named, Store};
use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::{
    AccessKeyCommand, AccountCommand, ClockCommand, Endpoint, EnvFlags, FileFlags, MailCommand,
};
use crate::key_file::KeyFile;
use crate::{Failed, client, print};

/// The region in the exports and profiles: the one where AWS's own endpoint lives.
pub(crate) const REGION: &str = "us-east-1";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    id: String,
    access_key_id: String,
    secret_access_key: String,
}

/// An account as the control API lists it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    state: String,
    organization_id: Option<String>,
    management: bool,
    #[serde(default)]
    pub(crate) roles: Vec<Role>,
}

/// A role that Organizations made in an account.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) trusts: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accounts {
    accounts: Vec<Account>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mail {
    id: String,
    to: String,
    subject: String,
    text: String,
    sent_at: String,
    state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mailbox {
    mail: Vec<Mail>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Retried {
    retried: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Clock {
    now: String,
    mode: String,
    frozen: bool,
}

fn body(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn print_key(key: &Key) {
    print(&format!("account            {}", key.id));
    print(&format!("access key id      {}", key.access_key_id));
    print(&format!("secret access key  {}", key.secret_access_key));
}

/// Walks the pages of a list: `show` takes one and answers the place of the next.
fn walk<T: DeserializeOwned>(
    endpoint: &str,
    path: &str,
    mut query: form_urlencoded::Serializer<'_, String>,
    mut show: impl FnMut(T) -> Option<String>,
) -> Result<(), Failed> {
    let chosen = query.finish();
    let mut after: Option<String> = None;
    loop {
        let mut query = form_urlencoded::Serializer::new(chosen.clone());
        if let Some(after) = &after {
            query.append_pair("after", after);
        }
        let page = client::json(endpoint, Method::GET, &format!("{path}?{}", query.finish()), "")?;
        let next = show(page);
        // A server that sends us back would keep us for ever.
        if next.is_none() || next <= after {
            return Ok(());
        }
        after = next;
    }
}

/// Every account of a server.
pub(crate) fn accounts(endpoint: &str) -> Result<Vec<Account>, Failed> {
    let mut all = Vec::new();
    let none = form_urlencoded::Serializer::new(String::new());
    walk(endpoint, "/_guildhall/accounts", none, |page: Accounts| {
        all.extend(page.accounts);
        page.next
    })?;
    Ok(all)
}

pub(crate) fn account(command: AccountCommand) -> Result<(), Failed> {
    match command {
        AccountCommand::Create { email, name, id, endpoint } => {
            let mut input = json!({ "Email": email, "Name": name });
            if let (Some(id), Some(members)) = (id, input.as_object_mut()) {
                members.insert("Id".into(), id.into());
            }
            let made = client::json(&endpoint.endpoint, Method::POST, "/_guildhall/accounts", body(&input));
            let key: Key = made.map_err(|e| match e {
                Failed::Run(what) => Failed::Run(format!("account {email} was not registered: {what}")),
                other => other,
            })?;
            print_key(&key);
        }
        AccountCommand::List { endpoint } => {
            for a in accounts(&endpoint.endpoint)? {
                let role = if a.management { "management" } else { "member" };
                let organization =
                    a.organization_id.map_or_else(|| "-".to_owned(), |o| format!("{o} ({role})"));
                print(&format!("{}  {:9}  {:27}  {}  {}", a.id, a.state, organization, a.email, a.name));
            }
        }
        AccountCommand::Key(AccessKeyCommand::Create { account, endpoint }) => {
            create_key(&account, &endpoint)?
        }
    }
    Ok(())
}

/// Creates an access key.
pub(crate) fn create_key(account: &str, endpoint: &Endpoint) -> Result<(), Failed> {
    let path = format!("/_guildhall/accounts/{}/keys", segment(account)?);
    print_key(&client::json(&endpoint.endpoint, Method::POST, &path, "")?);
    Ok(())
}

/// An id as a segment of a path. Ids have no other characters.
fn segment(id: &str) -> Result<&str, Failed> {
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Ok(id)
    } else {
        Err(Failed::Usage(format!("{id:?} is no id: ids consist of letters, digits and dashes")))
    }
}

pub(crate) fn env(flags: &EnvFlags) -> Result<(), Failed> {
    let endpoint = flags.endpoint.endpoint.trim_end_matches('/');
    if endpoint.contains('\'') {
        return Err(Failed::Usage(format!("--endpoint: {endpoint} is no URL")));
    }
    let id = flags.account;
    let path = |what: &str| format!("/_guildhall/accounts/{id}/{what}");
    let key = match (&flags.user, &flags.role) {
        (Some(name), _) => {
            let input = body(&json!({ "UserName": name }));
            client::json(endpoint, Method::POST, &path("users"), input)?
        }
        (None, Some(name)) => {
            let input = body(&json!({ "RoleName": name }));
            client::json(endpoint, Method::POST, &path("sessions"), input)?
        }
        (None, None) if flags.root => Credentials::lab(id.to_string()),
        (None, None) => Credentials::lab(administrator_key(&id.to_string())),
    };
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", &*key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &*key.secret_access_key),
        // Empty without a session: one of before would be sent with this key.
        ("AWS_SESSION_TOKEN", key.session_token.as_deref().unwrap_or_default()),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
    ] {
        print(&format!("export {name}='{value}'"));
    }
    Ok(())
}

/// The access key of an account's administrator, in a lab. Its secret is that of every key of a lab.
pub(crate) fn administrator_key(account: &str) -> String {
    format!("LABADMIN{account}")
}

/// What a request is signed with.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl Credentials {
    /// A key of the lab.
    fn lab(access_key_id: String) -> Self {
        Self { access_key_id, secret_access_key: "test".to_owned(), session_token: None }
    }
}

pub(crate) fn clock(command: ClockCommand) -> Result<(), Failed> {
    let path = "/_guildhall/clock";
    let post =
        |endpoint: &str, input: serde_json::Value| client::json(endpoint, Method::POST, path, body(&input));
    let clock: Clock = match command {
        ClockCommand::Show { endpoint } => client::json(&endpoint.endpoint, Method::GET, path, "")?,
        ClockCommand::Advance { by, endpoint } => post(&endpoint.endpoint, json!({ "advance": by }))?,
        ClockCommand::Set { to, endpoint } => post(&endpoint.endpoint, json!({ "set": to.to_string() }))?,
        ClockCommand::Freeze { endpoint } => post(&endpoint.endpoint, json!({ "freeze": true }))?,
        ClockCommand::Unfreeze { endpoint } => post(&endpoint.endpoint, json!({ "freeze": false }))?,
    };
    let frozen = if clock.frozen { ", frozen" } else { "" };
    print(&format!("{} ({}{frozen})", clock.now, clock.mode));
    Ok(())
}

pub(crate) fn mail(command: MailCommand) -> Result<(), Failed> {
    match command {
        MailCommand::List { to, endpoint } => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(to.map(|to| ("to", to)));
            walk(&endpoint.endpoint, "/_guildhall/mail", query, |page: Mailbox| {
                for m in page.mail {
                    print(&format!("{}  {}  {:9}  {}  {}", m.id, m.sent_at, m.state, m.to, m.subject));
                }
                page.next
            })?;
        }
        MailCommand::Show { id, endpoint } => {
            let path = format!("/_guildhall/mail/{}", segment(&id)?);
            let m: Mail = client::json(&endpoint.endpoint, Method::GET, &path, "")?;
            print(&format!("To: {}\nDate: {}\nSubject: {}\n\n{}", m.to, m.sent_at, m.subject, m.text));
        }
        MailCommand::Retry { id: Some(id), endpoint, .. } => {
            let path = format!("/_guildhall/mail/{}/retry", segment(&id)?);
            let m: Mail = client::json(&endpoint.endpoint, Method::POST, &path, "")?;
            print(&format!("{}  {}", m.id, m.state));
        }
        MailCommand::Retry { id: None, endpoint, .. } => {
            let input = body(&json!({ "State": "FAILED" }));
            let done: Retried =
                client::json(&endpoint.endpoint, Method::POST, "/_guildhall/mail/retry", input)?;
            print(&format!("{} to be sent again", done.retried));
        }
    }
    Ok(())
}

/// The server that is meant, if no directory is.
fn server(flags: &FileFlags) -> String {
    let set = std::env::var("GUILDHALL_ENDPOINT").ok().filter(|url| !url.is_empty());
    flags.endpoint.clone().or(set).unwrap_or_else(|| "http://127.0.0.1:4615".to_owned())
}

pub(crate) fn backup(flags: &FileFlags) -> Result<(), Failed> {
    let file = flags.file.as_path();
    if let Some(data) = &flags.data {
        let store = SqliteStore::open_read_only(data).map_err(Failed::run)?;
        store.backup(file, &Named::new()).map_err(Failed::run)?;
        without_keys(&format!("{}", KeyFile::of(flags.key_file.as_deref(), data).path().display()));
        return Ok(());
    }
    let path = "/_guildhall/snapshot?keys=false";
    let (head, snapshot) = client::send(&server(flags), Method::GET, path, "")?;
    write_new(file, &snapshot).map_err(|e| Failed::Run(format!("{}: {e}", file.display())))?;
    if head.headers.get("guildhall-keys").is_some_and(|keys| keys == "included") {
        print(
            "the keys of its secrets are in it, because the server has no key file: whoever has it has the secrets",
        );
    } else {
        without_keys("the server's key file");
    }
    Ok(())
}

fn without_keys(key_file: &str) {
    print(&format!("the keys of its secrets are not in it; to restore it, keep a copy of {key_file} too"));
}

/// Writes a file that was not there, and waits until it is on disk. It is its owner's alone: it holds secrets.
fn write_new(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(bytes)?;
    new.sync_all()
}

pub(crate) fn restore(flags: &FileFlags) -> Result<(), Failed> {
    let file = flags.file.as_path();
    if let Some(data) = &flags.data {
        let key_file = KeyFile::of(flags.key_file.as_deref(), data);
        let seed = random::seed().map_err(Failed::run)?;
        let store = SqliteStore::open_with(data, &mut Reseal::new(&|_| key_file.read_or_make(), seed));
        let store = store.map_err(Failed::run)?;
        // What is there is replaced: nobody needs the keys of its secrets any more.
        let keyring = key_file.read_or_make().map_err(Failed::Run)?;
        return guildhall_engine::restore::restore(&store, file, &keyring).map_err(Failed::run);
    }
    let snapshot = std::fs::read(file).map_err(|e| Failed::Run(format!("{}: {e}", file.display())))?;
    client::call(&server(flags), Method::PUT, "/_guildhall/snapshot", snapshot).map(|_| ())
}
