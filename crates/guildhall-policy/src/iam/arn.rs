//! ARNs, and patterns for them made of six texts (policies.md 3.3, 3.4).

use super::context::Context;
use super::pattern::{Pattern, Syntax, Token, tokens, variables};
use super::truth::Truth;

/// The six fields of an ARN, cut at its first five colons. Nothing for a text that is none.
pub(crate) fn arn_fields(text: &str) -> Option<[&str; 6]> {
    let mut fields = text.splitn(6, ':');
    let arn =
        [fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    (arn.first() == Some(&"arn")).then_some(arn)
}

/// A pattern for ARNs: each field by itself, so that wildcards in the first five stay in their field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArnPattern {
    /// Cut beforehand; only the last field has variables.
    Fields(Box<[Pattern; 6]>),
    /// A variable stands before the fifth colon. Where its value brings colons, the text is cut anew; the fields are
    /// right where it brings none, and none if it has to.
    Late(Vec<Token>, Option<Box<[Pattern; 6]>>),
    /// Fewer than six fields.
    Malformed,
}

impl ArnPattern {
    /// A condition's value, or a resource: variables anywhere.
    pub(crate) fn new(text: &str, variables: bool) -> Self {
        let tokens = tokens(text, Syntax { wildcards: true, variables });
        let late = {
            let mut colons = 0usize;
            tokens.iter().any(|t| match t {
                Token::Text(text) => {
                    colons = colons.saturating_add(text.matches(':').count());
                    false
                }
                Token::Variable(_) => colons < 5,
                Token::Any | Token::One => false,
            })
        };
        match (late, Self::cut(tokens.clone())) {
            (false, cut) => cut,
            (true, Self::Fields(fields)) => Self::Late(tokens, Some(fields)),
            (true, _) => Self::Late(tokens, None),
        }
    }

    /// A statement's resource: variables in every field (observed.md 66). Nothing if it is no ARN of six fields, colons of
    /// variables not counted.
    pub(crate) fn of_resource(text: &str, variables: bool) -> Option<Self> {
        match Self::new(text, variables) {
            Self::Malformed | Self::Late(_, None) => None,
            pattern => text.starts_with("arn:").then_some(pattern),
        }
    }

    fn cut(tokens: Vec<Token>) -> Self {
        let mut fields: Vec<Vec<Token>> = Vec::new();
        let mut field: Vec<Token> = Vec::new();
        for token in tokens {
            let Token::Text(text) = token else {
                field.push(token);
                continue;
            };
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once(':').filter(|_| fields.len() < 5) {
                field.push(Token::Text(before.to_owned()));
                fields.push(std::mem::take(&mut field));
                rest = after;
            }
            field.push(Token::Text(rest.to_owned()));
        }
        fields.push(field);
        let fields: Vec<Pattern> = fields.into_iter().map(Pattern::from_tokens).collect();
        fields.try_into().map_or(Self::Malformed, |fields| Self::Fields(Box::new(fields)))
    }

    /// Whether the ARN fits; an error if this pattern is none (observed.md 47).
    pub(crate) fn matches(&self, arn: &[&str; 6], context: &Context) -> Truth {
        match self {
            Self::Malformed => Truth::Error,
            Self::Fields(fields) => Self::fit(fields, arn, context),
            Self::Late(tokens, fields) => {
                let values = || variables(tokens.iter()).map(|v| v.value(context));
                if values().any(|value| value == Err(false)) {
                    Truth::False
                } else if values().any(|value| value.is_err()) {
                    Truth::Unknown
                } else if values().flatten().any(|value| value.contains(':')) {
                    let known = |token: &Token| match token {
                        Token::Variable(v) => Token::Text(v.value(context).unwrap_or_default().to_owned()),
                        other => other.clone(),
                    };
                    Self::cut(tokens.iter().map(known).collect()).matches(arn, context)
                } else {
                    fields.as_ref().map_or(Truth::Error, |fields| Self::fit(fields, arn, context))
                }
            }
        }
    }

    fn fit(fields: &[Pattern; 6], arn: &[&str; 6], context: &Context) -> Truth {
        let mut truth = Truth::True;
        for (field, text) in fields.iter().zip(arn) {
            truth = truth.and(field.matches(text, context));
            if truth == Truth::False {
                break;
            }
        }
        truth
    }

    /// Whether it has variables.
    pub(crate) fn has_variables(&self) -> bool {
        match self {
            Self::Fields(fields) => fields.iter().any(Pattern::has_variables),
            Self::Late(..) => true,
            Self::Malformed => false,
        }
    }

    /// The keys of its variables whose value is unknown.
    pub(crate) fn unknown<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = &'a str> {
        let (fields, late): (&[Pattern], &[Token]) = match self {
            Self::Fields(fields) => (fields.as_slice(), &[]),
            Self::Late(tokens, _) => (&[], tokens),
            Self::Malformed => (&[], &[]),
        };
        let late = variables(late.iter()).filter(|v| v.value(context) == Err(true)).map(|v| &*v.key);
        fields.iter().flat_map(|p| p.unknown(context)).chain(late)
    }
}
