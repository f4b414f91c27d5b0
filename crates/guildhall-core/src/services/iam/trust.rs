//! Trust policies: what is refused of them, in IAM's words (identity.md 3.8, 4.3).

use guildhall_policy::iam::{Document, DocumentError, DocumentErrorKind as Kind, DocumentKind, Who};
use guildhall_policy::json::{self, Position, Value};

use super::errors::IamError;
use crate::call::cx::Cx;
use crate::kernel::ids::AccountId;
use crate::kernel::owner::Owner;
use crate::kernel::refusal::Stop;
use crate::state::iam::Iam;
use crate::state::view::View;

/// The longest trust policy, white space not counted (identity.md 3.3).
const MOST: u32 = 2_048;
/// What a trust policy can be about, in lower case.
const ACTIONS: [&str; 7] = [
    "sts:*",
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];
const NOT_OF_STS: &str = "AssumeRole policy may only specify STS AssumeRole actions.";

/// Refuses what is no trust policy, is too long, or names who is not there. The length comes before the names, so that
/// no more accounts are loaded than a short document can name.
pub(super) fn check(text: &str, cx: &Cx<'_>, view: &mut View<'_>) -> Result<(), Stop> {
    let no_json = || malformed("This policy contains invalid Json");
    let value = json::parse(text).map_err(|_| no_json())?;
    let document =
        Document::parse(DocumentKind::Trust, text).map_err(|e| malformed(&sentence(&e, &value)))?;
    if !statements(&value).iter().flat_map(actions).all(|action| ACTIONS.contains(&&*action)) {
        return Err(malformed(NOT_OF_STS).into());
    }
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    if length > MOST as usize {
        return Err(IamError::Quota("ACLSizePerRole", MOST).into());
    }
    let accounts = document.principals().filter_map(|named| account_of(&named.who));
    view.want(accounts.flat_map(|id| [Owner::Account(id), Owner::Iam(id)]))?;
    for named in document.principals() {
        if !exists(&named.who, cx, view)? {
            return Err(malformed(&nobody(named.at, &value)).into());
        }
    }
    Ok(())
}

fn malformed(what: &str) -> IamError {
    IamError::MalformedPolicyDocument(what.to_owned())
}

fn sentence(e: &DocumentError, value: &Value) -> String {
    let said = match e.kind {
        Kind::Json(_) => "This policy contains invalid Json",
        Kind::BadEffect => "The policy failed legacy parsing",
        Kind::BadAction => "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        Kind::UnsupportedAction => NOT_OF_STS,
        Kind::ForbiddenMember => return format!("Has prohibited field {}", e.found.trim_matches('`')),
        Kind::BadOperator => return format!("Invalid Condition type : {}.", e.found.trim_matches('`')),
        Kind::BadPrincipal => return nobody(e.at, value),
        Kind::MissingMember if e.found.ends_with("Principal") => "AssumeRole policy must contain principals.",
        Kind::MissingMember if e.found.ends_with("Action or NotAction") => {
            "Policy statement must contain actions."
        }
        _ => SYNTAX,
    };
    said.to_owned()
}

const SYNTAX: &str = "Syntax errors in policy.";

/// The sentence about a principal that is not there, by where it stands in the text.
fn nobody(at: Position, value: &Value) -> String {
    let principals =
        statements(value).iter().flat_map(|statement| members(statement, ["Principal", "NotPrincipal"]));
    let kinds = principals.filter_map(Value::as_object).flatten();
    for kind in kinds {
        let named = list(&kind.value).iter().filter(|named| named.at == at).find_map(Value::as_str);
        if let Some(named) = named {
            // AWS writes the kind in capitals.
            let (kind, named) = (kind.key.to_uppercase(), named.chars().take(2_048).collect::<String>());
            return format!("Invalid principal in policy: \"{kind}\":\"{named}\"");
        }
    }
    SYNTAX.to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or(std::slice::from_ref(value))
}

fn statements(document: &Value) -> &[Value] {
    document.get("Statement").map(list).unwrap_or_default()
}

fn members<'v>(statement: &'v Value, names: [&'static str; 2]) -> impl Iterator<Item = &'v Value> {
    names.into_iter().filter_map(|name| statement.get(name))
}

fn actions(statement: &Value) -> impl Iterator<Item = String> {
    let named = members(statement, ["Action", "NotAction"]).flat_map(list).filter_map(Value::as_str);
    named.map(str::to_ascii_lowercase)
}

fn account_of(who: &Who) -> Option<AccountId> {
    match who {
        Who::Account(id) => id.parse().ok(),
        Who::Arn(arn) => arn.split(':').nth(4)?.parse().ok(),
        _ => None,
    }
}

/// Whether somebody is there: accounts, and roles of IAM's or Organizations' making. There are no users yet. Sessions,
/// services and providers are not looked up, an id only in the caller's own account.
fn exists(who: &Who, cx: &Cx<'_>, view: &mut View<'_>) -> Result<bool, Stop> {
    let account = match (who, account_of(who)) {
        (Who::Everybody | Who::Service(_) | Who::Federated(_), _) => return Ok(true),
        (Who::UniqueId(id), _) => {
            return Ok(view.get::<Iam>(cx.caller)?.roles().any(|role| role.id.as_str() == &**id));
        }
        (Who::Account(_) | Who::Arn(_), Some(account)) => account,
        _ => return Ok(false),
    };
    let record = view.account(account)?;
    let lab = record.is_none() && cx.settings.lab_address(account).is_some();
    let Who::Arn(arn) = who else { return Ok(record.is_some() || lab) };
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (Some(record), Some(name)) = (record, resource.strip_prefix("role/")) else {
        // A session: of which role, AWS does not ask.
        return Ok(arn.contains(":sts:"));
    };
    if !arn.starts_with(&format!("arn:{}:", record.partition.wire())) {
        return Ok(false);
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let own = view.get::<Iam>(account)?.role(last);
    let made = record.roles.access.as_ref().is_some_and(|role| *role.name == *name);
    Ok(made || own.is_some_and(|role| format!("{}{}", role.path, role.name) == format!("/{name}")))
}
