//! The names of condition operators (policies.md 3.4).

/// What two values are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// StringEquals, StringNotEquals.
    String,
    /// StringEqualsIgnoreCase, StringNotEqualsIgnoreCase.
    StringIgnoreCase,
    /// StringLike, StringNotLike.
    StringLike,
    /// NumericEquals and its kind.
    Numeric(Order),
    /// DateEquals and its kind.
    Date(Order),
    /// Bool.
    Bool,
    /// BinaryEquals.
    Binary,
    /// IpAddress, NotIpAddress.
    IpAddress,
    /// ArnEquals and ArnLike, which are the same, and their negations.
    Arn,
    /// Null.
    Null,
}

/// How the request's value stands to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// How several values of the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are AWS's")]
pub enum Quantifier {
    ForAllValues,
    ForAnyValue,
}

/// A condition operator, `ForAllValues:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// What is compared.
    pub comparison: Comparison,
    /// `Not`: none of the policy's values may fit.
    pub negated: bool,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// `IfExists`: an absent key satisfies it.
    pub if_exists: bool,
}

const NAMES: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::String, false),
    ("StringNotEquals", Comparison::String, true),
    ("StringEqualsIgnoreCase", Comparison::StringIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::StringIgnoreCase, true),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("NumericEquals", Comparison::Numeric(Order::Equals), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equals), true),
    ("NumericLessThan", Comparison::Numeric(Order::LessThan), false),
    ("NumericLessThanEquals", Comparison::Numeric(Order::LessThanEquals), false),
    ("NumericGreaterThan", Comparison::Numeric(Order::GreaterThan), false),
    ("NumericGreaterThanEquals", Comparison::Numeric(Order::GreaterThanEquals), false),
    ("DateEquals", Comparison::Date(Order::Equals), false),
    ("DateNotEquals", Comparison::Date(Order::Equals), true),
    ("DateLessThan", Comparison::Date(Order::LessThan), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessThanEquals), false),
    ("DateGreaterThan", Comparison::Date(Order::GreaterThan), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::GreaterThanEquals), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads a name; case does not matter, since AWS's own samples vary it (policies.md 3.4). Null takes neither
    /// `IfExists` nor a quantifier.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (None, name),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), rest)
            }
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), rest)
            }
            Some(_) => return None,
        };
        let find = |text: &str| NAMES.iter().find(|(n, ..)| n.eq_ignore_ascii_case(text));
        let cut = rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at));
        let (if_exists, found) = match cut {
            Some((base, end)) if end.eq_ignore_ascii_case("IfExists") => (true, find(base)?),
            _ => (false, find(rest)?),
        };
        let (_, comparison, negated) = *found;
        let bare = quantifier.is_none() && !if_exists;
        (comparison != Comparison::Null || bare).then_some(Self {
            comparison,
            negated,
            quantifier,
            if_exists,
        })
    }

    /// The names of all operators, without what may precede or follow them.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, ..)| *name)
    }
}
