//! One condition: an operator, a key and the values that are wanted (policies.md 3.4).

use super::arn::{ArnPattern, arn_fields};
use super::context::{Context, Given};
use super::operator::{Comparison, Operator, Order, Quantifier};
use super::pattern::{Pattern, Syntax};
use super::truth::Truth;
use super::values::{self, Decimal, Net};
use crate::json::Position;

/// A condition of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The operator as it is written.
    pub written: Box<str>,
    /// The key as it is written.
    pub key: Box<str>,
    /// Where the key stands.
    pub at: Position,
    lower: Box<str>,
    wanted: Box<[Wanted]>,
}

/// A value that the policy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    text: Box<str>,
    matcher: Matcher,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Matcher {
    /// With the meaning that the operator gives it.
    Pattern(Pattern),
    Arn(ArnPattern),
    /// Nothing if it is no address; so it matches none.
    Net(Option<Net>),
    Date(Option<i64>),
    /// Compared as text, or read as a number when it is needed.
    Text,
}

impl Condition {
    /// Compiles a condition. `variables` is whether the document's version has them.
    pub(crate) fn new(
        operator: Operator,
        written: &str,
        key: &str,
        at: Position,
        values: Vec<String>,
        variables: bool,
    ) -> Self {
        let wanted = |text: String| {
            let matcher = match operator.comparison {
                Comparison::String | Comparison::StringIgnoreCase | Comparison::Bool => {
                    Matcher::Pattern(Pattern::new(&text, Syntax { wildcards: false, variables }))
                }
                Comparison::StringLike => {
                    Matcher::Pattern(Pattern::new(&text, Syntax { wildcards: true, variables }))
                }
                Comparison::Arn => Matcher::Arn(ArnPattern::new(&text, variables)),
                Comparison::IpAddress => Matcher::Net(Net::parse(&text)),
                Comparison::Date(_) => Matcher::Date(values::date(&text)),
                Comparison::Numeric(_) | Comparison::Binary | Comparison::Null => Matcher::Text,
            };
            Wanted { text: text.into(), matcher }
        };
        Self {
            operator,
            written: written.into(),
            key: key.into(),
            at,
            lower: key.to_ascii_lowercase().into(),
            wanted: values.into_iter().map(wanted).collect(),
        }
    }

    /// The wanted values as they are written.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(|w| &*w.text)
    }

    /// What the request says about the key.
    #[must_use]
    pub fn given<'a>(&self, context: &'a Context) -> &'a Given {
        context.get(&self.lower)
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, context: &Context) -> Truth {
        let given = self.given(context);
        if *given == Given::Unknown {
            return Truth::Unknown;
        }
        if self.operator.comparison == Comparison::Null {
            let absent = given.without_value();
            return self.wanted.iter().any(|w| values::is_true(&w.text) == absent).into();
        }
        if given.without_value() {
            return self.without_value().into();
        }
        let values: &[String] = match given {
            Given::Absent | Given::Unknown => &[],
            Given::One(value) => std::slice::from_ref(value),
            Given::Many(values) => values,
        };
        match self.operator.quantifier {
            // A multivalued key needs a quantifier, or the condition is false in every form.
            None if matches!(given, Given::Many(_)) => Truth::False,
            None | Some(Quantifier::ForAllValues) => self.all(values, context),
            Some(Quantifier::ForAnyValue) => {
                values.iter().fold(Truth::False, |truth, v| truth.or(self.value_holds(v, context)))
            }
        }
    }

    fn all(&self, values: &[String], context: &Context) -> Truth {
        values.iter().fold(Truth::True, |truth, v| truth.and(self.value_holds(v, context)))
    }

    /// What an absent key makes of it.
    fn without_value(&self) -> bool {
        match self.operator.quantifier {
            _ if self.operator.if_exists => true,
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => false,
            None => self.operator.negated,
        }
    }

    /// Whether one value of the request satisfies it: some wanted value fits, or none if it is negated.
    fn value_holds(&self, value: &str, context: &Context) -> Truth {
        let subject = Subject::new(self.operator.comparison, value);
        if matches!(subject, Subject::Unfit) {
            return Truth::False;
        }
        let mut open = false;
        for wanted in &self.wanted {
            match wanted.fits(self.operator.comparison, &subject, context) {
                Truth::True if self.operator.negated => return Truth::False,
                Truth::True => return Truth::True,
                // Wanted values are tried in order, and an error ends that (observed.md 47).
                Truth::Error if open => return Truth::Unknown,
                Truth::Error => return Truth::Error,
                Truth::Unknown => open = true,
                Truth::False => {}
            }
        }
        if open { Truth::Unknown } else { self.operator.negated.into() }
    }

    /// The keys that are unknown and that it needs.
    pub fn unknown<'a>(&'a self, context: &'a Context) -> Vec<&'a str> {
        if *self.given(context) == Given::Unknown {
            return vec![&self.lower];
        }
        let of = |w: &'a Wanted| -> Vec<&'a str> {
            match &w.matcher {
                Matcher::Pattern(p) => p.unknown(context).collect(),
                Matcher::Arn(p) => p.unknown(context).collect(),
                _ => Vec::new(),
            }
        };
        self.wanted.iter().flat_map(of).collect()
    }
}

/// A value of the request, read once for all wanted values.
enum Subject<'a> {
    Text(&'a str),
    Arn([&'a str; 6]),
    Address(core::net::IpAddr),
    Number(Option<Decimal<'a>>),
    Date(Option<i64>),
    /// No ARN or no address: false in both forms (observed.md 45 and 46).
    Unfit,
}

impl<'a> Subject<'a> {
    fn new(comparison: Comparison, value: &'a str) -> Self {
        match comparison {
            Comparison::Arn => arn_fields(value).map_or(Self::Unfit, Self::Arn),
            Comparison::IpAddress => values::address(value).map_or(Self::Unfit, Self::Address),
            Comparison::Numeric(_) => Self::Number(Decimal::parse(value)),
            Comparison::Date(_) => Self::Date(values::date(value)),
            _ => Self::Text(value),
        }
    }
}

impl Wanted {
    /// Whether the request's value fits this one, without regard to the operator's `Not`.
    fn fits(&self, comparison: Comparison, subject: &Subject<'_>, context: &Context) -> Truth {
        match (subject, &self.matcher) {
            (Subject::Text(value), Matcher::Pattern(pattern)) => match comparison {
                Comparison::StringIgnoreCase => {
                    Self::text_fits(pattern, context, |text| values::equal_ignoring_case(text, value))
                }
                Comparison::Bool => {
                    Self::text_fits(pattern, context, |text| values::is_true(text) == values::is_true(value))
                }
                _ => pattern.matches(value, context),
            },
            (Subject::Arn(fields), Matcher::Arn(pattern)) => pattern.matches(fields, context),
            (Subject::Address(address), Matcher::Net(net)) => {
                net.is_some_and(|n| n.contains(*address)).into()
            }
            (Subject::Date(date), Matcher::Date(wanted)) => match (comparison, date, wanted) {
                (Comparison::Date(order), Some(date), Some(wanted)) => order.admits(date.cmp(wanted)).into(),
                _ => Truth::False,
            },
            (Subject::Number(number), _) => match (comparison, number, Decimal::parse(&self.text)) {
                (Comparison::Numeric(order), Some(number), Some(wanted)) => {
                    order.admits(number.compare(&wanted)).into()
                }
                _ => Truth::False,
            },
            // Both decode, or the policy was refused: equal bytes are equal texts.
            (Subject::Text(value), _) => (**value == *self.text).into(),
            _ => Truth::False,
        }
    }

    /// Compares a text whose variables are replaced first.
    fn text_fits(pattern: &Pattern, context: &Context, fits: impl Fn(&str) -> bool) -> Truth {
        match pattern.plain() {
            Some(plain) => fits(plain).into(),
            None => match pattern.text(context) {
                Ok(text) => fits(&text).into(),
                Err(true) => Truth::Unknown,
                Err(false) => Truth::False,
            },
        }
    }
}

impl Order {
    fn admits(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
        }
    }
}
