//! Checks of what clients send to this API: the model's lengths and patterns, in the words of the JSON schema check
//! that stands before the real one (observed.md 23). The first rule that is broken is told.

use super::errors::AccountError;
use crate::kernel::address::EmailAddress;
use crate::kernel::ids::AccountId;
use crate::kernel::sensitive::{Personal, Secret};

/// How much of a wrong value is repeated, in characters.
const REPEATED: usize = 100;

/// The least and the greatest length of a text in characters, and what it has to look like.
pub(super) struct Rule {
    min: usize,
    max: usize,
    pattern: Option<Pattern>,
}

/// A pattern as AWS tells it, and whether a text matches it.
struct Pattern {
    text: &'static str,
    matches: fn(&str) -> bool,
}

const ACCOUNT: Rule =
    Rule::matching(0, usize::MAX, Pattern { text: r"^\d{12}$", matches: |s| s.parse::<AccountId>().is_ok() });
pub(super) const ACCOUNT_NAME: Rule = Rule::matching(
    1,
    50,
    Pattern { text: "^[ -;=?-~]+$", matches: |s| all(s, |c| matches!(c, ' '..=';' | '=' | '?'..='~')) },
);
const CODE: Rule = Rule::matching(
    0,
    usize::MAX,
    Pattern { text: "^[a-zA-Z0-9]{6}$", matches: |s| s.len() == 6 && all(s, |c| c.is_ascii_alphanumeric()) },
);
pub(super) const CONTACT_PHONE: Rule = Rule::matching(
    1,
    20,
    Pattern {
        text: r"^[+][\s0-9()-]+$",
        matches: |s| {
            let digit = |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '(' | ')' | '-');
            s.strip_prefix('+').is_some_and(|rest| all(rest, digit))
        },
    },
);
pub(super) const PHONE: Rule = Rule::matching(
    1,
    25,
    Pattern {
        text: r"^[\s0-9()+-]+$",
        matches: |s| {
            all(s, |c| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '(' | ')' | '+' | '-'))
        },
    },
);
pub(super) const CONTACT_EMAIL: Rule = Rule::matching(
    1,
    254,
    Pattern { text: r"^[\s]*[\w+=.#|!&-]+@[\w.-]+\.[\w]+[\s]*$", matches: is_contact_email },
);
const PRIMARY_EMAIL: Rule = Rule::of(5, 64);

impl Rule {
    pub(super) const fn of(min: usize, max: usize) -> Self {
        Self { min, max, pattern: None }
    }

    const fn matching(min: usize, max: usize, pattern: Pattern) -> Self {
        Self { min, max, pattern: Some(pattern) }
    }

    /// Refuses a text that is too long, too short, or does not match.
    pub(super) fn check<'a>(&self, text: &'a str) -> Result<&'a str, AccountError> {
        let length = text.chars().count();
        let said = || text.chars().take(REPEATED).collect::<String>();
        let invalid = |rule| Err(AccountError::Invalid(rule));
        if length > self.max {
            let max = self.max;
            return invalid(format!(
                "string \"{}\" is too long (length: {length}, maximum allowed: {max})",
                said()
            ));
        }
        if length < self.min {
            let min = self.min;
            return invalid(format!(
                "string \"{}\" is too short (length: {length}, required minimum: {min})",
                said()
            ));
        }
        match &self.pattern {
            Some(pattern) if !(pattern.matches)(text) => {
                let pattern = pattern.text;
                invalid(format!("ECMA 262 regex \"{pattern}\" does not match input string \"{}\"", said()))
            }
            _ => Ok(text),
        }
    }
}

/// The value of a required member.
pub(super) fn required<'a, T>(name: &str, value: Option<&'a T>) -> Result<&'a T, AccountError> {
    value.ok_or_else(|| {
        AccountError::Invalid(format!("object has missing required properties ([\"{name}\"])"))
    })
}

/// A number within its bounds.
pub(super) fn number(value: i64, min: i64, max: i64) -> Result<usize, AccountError> {
    let rule = if value < min {
        format!("numeric instance is lower than the required minimum (minimum: {min}, found: {value})")
    } else if value > max {
        format!("numeric instance is greater than the required maximum (maximum: {max}, found: {value})")
    } else {
        return usize::try_from(value).map_err(|_| AccountError::Internal);
    };
    Err(AccountError::Invalid(rule))
}

/// The refusal of a text that none of the possible ones is.
pub(super) fn not_in_enum(text: &str, possible: &[&str]) -> AccountError {
    let said: String = text.chars().take(REPEATED).collect();
    let possible = possible.join("\",\"");
    AccountError::Invalid(format!(
        "instance value (\"{said}\") not found in enum (possible values: [\"{possible}\"])"
    ))
}

/// `AccountId`, which may be left out.
pub(super) fn optional_account(value: Option<&String>) -> Result<Option<AccountId>, AccountError> {
    value.map(|text| ACCOUNT.check(text)?.parse().map_err(|_| AccountError::Internal)).transpose()
}

/// `AccountId`, required.
pub(super) fn account(value: Option<&String>) -> Result<AccountId, AccountError> {
    let id = optional_account(Some(required("AccountId", value)?))?;
    id.ok_or(AccountError::Internal)
}

/// `PrimaryEmail`. The model has lengths alone; that it has to be an address goes without saying.
pub(super) fn primary_email(value: Option<&Personal<String>>) -> Result<EmailAddress, AccountError> {
    let text = PRIMARY_EMAIL.check(required("PrimaryEmail", value)?.expose())?;
    text.parse().map_err(|_| AccountError::InvalidField {
        name: "PrimaryEmail",
        rule: "The value is not a valid email address.",
    })
}

/// `Otp`, a one-time code.
pub(super) fn code(value: Option<&Secret<String>>) -> Result<&Secret<String>, AccountError> {
    let code = required("Otp", value)?;
    CODE.check(code.expose())?;
    Ok(code)
}

fn all(text: &str, test: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(test)
}

fn is_contact_email(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let local = |c: char| word(c) || matches!(c, '+' | '=' | '.' | '#' | '|' | '!' | '&' | '-');
    let Some((name, domain)) = text.trim().split_once('@') else { return false };
    // The last label holds no dot, so it begins after the last one.
    let Some((domain, last)) = domain.rsplit_once('.') else { return false };
    all(name, local) && all(domain, |c| word(c) || matches!(c, '.' | '-')) && all(last, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_model() {
        let rows: [(&Rule, &[&str], &[&str]); 6] = [
            (
                &ACCOUNT,
                &["000000000042"],
                &["", "42", "0000000000420", "００００００００００42", "12345678901a"],
            ),
            (
                &ACCOUNT_NAME,
                &["A", " ~;=? ", &"x".repeat(50)],
                &["", "a<b", "a>b", "ü", "\n", &"x".repeat(51)],
            ),
            (&CODE, &["123456", "aZ09bc"], &["", "12345", "1234567", "12345 ", "12345é"]),
            (
                &CONTACT_PHONE,
                &["+1 (20)-5", "+ "],
                &["", "1", "+", "+x", " +1", &format!("+{}", "1".repeat(20))],
            ),
            (&PHONE, &["1", "+1 (20)-5", " +"], &["", "x", "1/2", &"1".repeat(26)]),
            (
                &CONTACT_EMAIL,
                &["a@b.c", "  Probe+ops@Example.invalid ", "a.b@c-d.e_f", "#|!&=@..c"],
                &["", "a@b", "a@.b", "@b.c", "a@b.c-d", "a@@b.c", "a b@c.d", "a@b.c d", "a@b.", "ü@b.c"],
            ),
        ];
        for (rule, good, bad) in rows {
            good.iter().for_each(|text| assert!(rule.check(text).is_ok(), "{text:?}"));
            bad.iter().for_each(|text| assert!(rule.check(text).is_err(), "{text:?}"));
        }
    }

    #[test]
    fn the_texts_are_those_of_the_schema_check() {
        let said = |rule: &Rule, text: &str| rule.check(text).unwrap_err().message().into_owned();
        assert_eq!(
            said(&ACCOUNT_NAME, "Some <Name>"),
            "[ECMA 262 regex \"^[ -;=?-~]+$\" does not match input string \"Some <Name>\"]"
        );
        assert_eq!(
            said(&CONTACT_PHONE, " "),
            "[ECMA 262 regex \"^[+][\\s0-9()-]+$\" does not match input string \" \"]"
        );
        assert_eq!(
            said(&Rule::of(2, 2), "GBR"),
            "[string \"GBR\" is too long (length: 3, maximum allowed: 2)]"
        );
        assert_eq!(said(&Rule::of(2, 2), ""), "[string \"\" is too short (length: 0, required minimum: 2)]");
        assert!(said(&ACCOUNT_NAME, &"é".repeat(5_000)).chars().count() < 200);
    }
}
