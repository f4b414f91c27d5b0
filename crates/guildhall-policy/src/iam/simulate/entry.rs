//! The condition keys of a simulation: those that follow from the caller, and those that are given.

use super::super::arn::arn_fields;
use super::super::context::{Context, Given};
use super::super::principal::Principal;
use super::super::values::{self, Decimal};
use super::Refused;

/// A condition key that is given.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// ContextKeyName.
    pub key: &'a str,
    /// ContextKeyValues.
    pub values: &'a [&'a str],
    /// ContextKeyType.
    pub kind: Option<EntryType>,
}

/// What the values of a key are, and whether it may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryType {
    kind: Kind,
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Numeric,
    Boolean,
    Ip,
    Binary,
    Date,
}

impl EntryType {
    /// Reads ContextKeyType, `string` or `numericList` and so on.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (base, list) = name.strip_suffix("List").map_or((name, false), |base| (base, true));
        let kind = match base {
            "string" => Kind::Text,
            "numeric" => Kind::Numeric,
            "boolean" => Kind::Boolean,
            "ip" => Kind::Ip,
            "binary" => Kind::Binary,
            "date" => Kind::Date,
            _ => return None,
        };
        Some(Self { kind, list })
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Numeric => "numeric",
            Self::Boolean => "boolean",
            Self::Ip => "ip",
            Self::Binary => "binary",
            Self::Date => "date",
        }
    }

    /// The value as conditions see it, or what is wanted. Booleans may be anything (identity.md 13, row 10).
    fn value(self, text: &str) -> Result<String, &'static str> {
        match self {
            Self::Text | Self::Boolean => Ok(text.to_owned()),
            Self::Numeric => Decimal::parse(text).map(|_| two_decimals(text)).ok_or("numeric format"),
            Self::Ip if values::address(text).is_some() || values::Net::parse(text).is_some() => {
                Ok(text.to_owned())
            }
            Self::Ip => Err("IP address"),
            Self::Binary if values::is_base64(text) => Ok(text.to_owned()),
            Self::Binary => Err("base-64 encoded binary format"),
            Self::Date => values::date(text).and_then(instant).ok_or("DateTime format"),
        }
    }
}

/// Numbers have at least two decimals (identity.md 13, row 5).
fn two_decimals(text: &str) -> String {
    let missing = match text.split_once('.') {
        _ if text.contains(['e', 'E']) => "",
        None => ".00",
        Some((_, "")) => "00",
        Some((_, one)) if one.len() == 1 => "0",
        Some(_) => "",
    };
    format!("{text}{missing}")
}

/// Dates are instants in UTC, with milliseconds (identity.md 13, row 5).
fn instant(millis: i64) -> Option<String> {
    let instant = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(format!("{instant:.3}"))
}

/// The one who asks, and the keys that follow. Without an ARN it is nobody in particular (identity.md 3.12).
pub(super) fn caller(arn: Option<&str>, context: &mut Context) -> Principal {
    let stub = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";
    context.set("aws:userid", Given::One(arn.unwrap_or(stub).to_owned()));
    let Some((arn, [_, partition, _, _, account, name])) = arn.and_then(|arn| Some((arn, arn_fields(arn)?)))
    else {
        return Principal::User { account: String::new(), arn: arn.unwrap_or(stub).to_owned() };
    };
    let mut tell = |key: &str, value: &str| context.set(key, Given::One(value.to_owned()));
    tell("aws:PrincipalArn", arn);
    tell("aws:PrincipalAccount", account);
    let last = name.rsplit('/').next().unwrap_or_default();
    let account = account.to_owned();
    if name.starts_with("role/") {
        tell("aws:PrincipalType", "AssumedRole");
        let session = format!("arn:{partition}:sts::{account}:assumed-role/{last}/simulation");
        return Principal::Role { account, role: arn.to_owned(), session, service_linked: false };
    }
    if name == "root" {
        tell("aws:PrincipalType", "Account");
        return Principal::Root { account };
    }
    tell("aws:PrincipalType", "User");
    tell("aws:username", last);
    Principal::User { account, arn: arn.to_owned() }
}

/// The keys that count as given: aws:userid does not, though it has a value (identity.md 13, row 13).
pub(super) fn known(context: &Context) -> Vec<String> {
    let following = ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"];
    let given = following.into_iter().filter(|key| *context.get(key) != Given::Absent);
    given.map(str::to_owned).collect()
}

/// Adds the keys that are given; they come before those that follow from the caller.
pub(super) fn add(
    entries: &[Entry<'_>],
    context: &mut Context,
    known: &mut Vec<String>,
) -> Result<(), Refused> {
    let mut seen = std::collections::BTreeSet::new();
    for entry in entries {
        if entry.key.is_empty() {
            return Err(Refused::NoKey);
        }
        let key = || entry.key.to_owned();
        let EntryType { kind, list } = entry.kind.ok_or_else(|| Refused::NoType(key()))?;
        if entry.values.is_empty() {
            return Err(Refused::NoValues(key()));
        }
        if !list && entry.values.len() > 1 {
            return Err(Refused::Values { kind: kind.name(), count: entry.values.len() });
        }
        let read = |text: &&str| kind.value(text).map_err(|wanted| Refused::Value { key: key(), wanted });
        let values = entry.values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let lower = entry.key.to_ascii_lowercase();
        if !seen.insert(lower.clone()) {
            return Err(Refused::DuplicateKey(key()));
        }
        let given = if list { Given::Many(values) } else { Given::One(values.concat()) };
        context.set(entry.key, given);
        known.push(lower);
    }
    Ok(())
}
