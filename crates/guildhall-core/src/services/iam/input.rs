//! Checks of what clients send: the model's constraints, all broken ones told at once, and without the values
//! (identity.md 1.6, 2.3).

use super::errors::IamError;
use crate::rules::tags::{TagInput, matches_pattern, pairs};
use crate::state::tag::Tags;

/// How many broken constraints are told.
const TOLD: usize = 10;
/// The most tags of a role.
const TAGS: usize = 50;

/// The lengths of a text in characters, and what it has to look like.
pub(super) struct Rule {
    min: usize,
    max: usize,
    pattern: Option<Pattern>,
}

/// A pattern as AWS tells it, and which characters it has.
struct Pattern {
    text: &'static str,
    fits: fn(char) -> bool,
}

const NAME: Option<Pattern> = Some(Pattern {
    text: r"[\w+=,.@-]+",
    fits: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-'),
});
/// The name of a role, and of a user that is about to be made.
pub(super) const ROLE_NAME: Rule = Rule { min: 1, max: 64, pattern: NAME };
/// The name of everything else.
pub(super) const ENTITY_NAME: Rule = Rule { min: 1, max: 128, pattern: NAME };
pub(super) const PATH: Rule = Rule { min: 1, max: 512, pattern: None };
/// What paths of a list begin with.
pub(super) const PATH_PREFIX: Rule = Rule {
    min: 1,
    max: 512,
    pattern: Some(Pattern { text: r"\u002F[\u0021-\u007F]*", fits: |c| matches!(c, '!'..='\u{7f}') }),
};
pub(super) const MARKER: Rule = Rule {
    min: 1,
    max: 320,
    pattern: Some(Pattern { text: r"[\u0020-\u00FF]+", fits: |c| matches!(c, '\u{20}'..='\u{ff}') }),
};
/// How many entries a page may have.
pub(super) const MAX_ITEMS: (u32, u32) = (1, 1_000);
pub(super) const DOCUMENT: Rule = Rule {
    min: 1,
    max: 131_072,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
        fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'),
    }),
};
pub(super) const DESCRIPTION: Rule = Rule {
    min: 0,
    max: 1_000,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}'),
    }),
};
pub(super) const ARN: Rule = Rule { min: 20, max: 2_048, pattern: None };
const TAG_KEY: Rule =
    Rule { min: 1, max: 128, pattern: Some(Pattern { text: r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", fits: is_tag }) };
const TAG_VALUE: Rule =
    Rule { min: 0, max: 256, pattern: Some(Pattern { text: r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", fits: is_tag }) };

fn is_tag(c: char) -> bool {
    matches_pattern(c.encode_utf8(&mut [0; 4]))
}

/// The constraints that an input breaks.
#[derive(Default)]
pub(super) struct Checks(Vec<String>);

impl Checks {
    fn broken(&mut self, member: &str, constraint: &str) {
        self.0.push(format!("Value at '{member}' failed to satisfy constraint: {constraint}"));
    }

    /// A member that has to be there.
    pub(super) fn required(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        match value {
            None => self.broken(member, "Member must not be null"),
            text => self.optional(member, text, rule),
        }
    }

    /// A member that may be left out.
    pub(super) fn optional(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        let Some(text) = value else { return };
        let length = text.chars().count();
        if let Some(Pattern { text: pattern, fits }) = &rule.pattern
            && !(text.chars().all(fits) && (length > 0 || rule.min == 0))
        {
            self.broken(member, &format!("Member must satisfy regular expression pattern: {pattern}"));
        }
        if length > rule.max {
            self.broken(member, &format!("Member must have length less than or equal to {}", rule.max));
        }
        if length < rule.min {
            self.broken(member, &format!("Member must have length greater than or equal to {}", rule.min));
        }
    }

    /// A page of a list.
    pub(super) fn page(&mut self, marker: Option<&str>, max_items: Option<i64>) {
        self.optional("marker", marker, &MARKER);
        self.range("maxItems", max_items, MAX_ITEMS);
    }

    /// A number that may be left out.
    pub(super) fn range(&mut self, member: &str, value: Option<i64>, (min, max): (u32, u32)) {
        let Some(value) = value else { return };
        if value > i64::from(max) {
            self.broken(member, &format!("Member must have value less than or equal to {max}"));
        }
        if value < i64::from(min) {
            self.broken(member, &format!("Member must have value greater than or equal to {min}"));
        }
    }

    /// A list of tags. Of an element the value is told before the key.
    pub(super) fn tags(&mut self, tags: Option<&[Option<TagInput>]>) {
        let tags = tags.unwrap_or_default();
        if tags.len() > TAGS {
            self.broken("tags", &format!("Member must have length less than or equal to {TAGS}"));
        }
        for (n, tag) in (1..).zip(tags) {
            let member = format!("tags.{n}.member");
            let Some(tag) = tag else {
                self.broken(&member, "Member must not be null");
                continue;
            };
            self.required(&format!("{member}.value"), tag.value.as_deref(), &TAG_VALUE);
            self.required(&format!("{member}.key"), tag.key.as_deref(), &TAG_KEY);
        }
    }

    /// Refuses the input if it breaks any.
    pub(super) fn finish(self) -> Result<(), IamError> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let told: Vec<String> = self.0.into_iter().take(TOLD).collect();
        let told = format!("{count} validation {errors} detected: {}", told.join("; "));
        Err(IamError::ValidationError(told.into()))
    }
}

/// Refuses a path that is neither `/` nor begins and ends with one.
pub(super) fn path(path: &str) -> Result<(), IamError> {
    let between = path.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let fits = between.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()));
    if fits || path == "/" {
        return Ok(());
    }
    let what = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    Err(IamError::ValidationError(what.into()))
}

/// The tags of a new role: no reserved keys, and none twice in whatever case (identity.md 3.11).
pub(super) fn tags(list: Option<&[Option<TagInput>]>) -> Result<Tags, IamError> {
    let pairs = pairs(list);
    let reserved = |key: &str| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    if pairs.iter().any(|(key, _)| reserved(key)) {
        return Err(IamError::InvalidInput("Tag keys beginning with aws: are reserved for system use.".into()));
    }
    let mut keys: Vec<String> = pairs.iter().map(|(key, _)| key.to_lowercase()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < pairs.len() {
        let what = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(IamError::InvalidInput(what.into()));
    }
    Ok(Tags(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_model() {
        for good in ["/", "/a/", "/a//b/", "///", "/!~/"] {
            assert!(path(good).is_ok(), "{good:?}");
        }
        for bad in ["", "a", "//", "/a", "a/", "/a b/", "/\u{7f}/", "/é/"] {
            assert!(path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn all_that_is_broken_is_told_at_once_and_ten_at_most() {
        let mut checks = Checks::default();
        checks.required("roleName", Some(""), &ROLE_NAME);
        checks.required("assumeRolePolicyDocument", None, &DOCUMENT);
        let told = checks.finish().unwrap_err().message().clone().into_owned();
        assert_eq!(
            told,
            "3 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\w+=,.@-]+; Value at 'roleName' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must \
             not be null"
        );
        let mut checks = Checks::default();
        (0..12).for_each(|_| checks.range("maxSessionDuration", Some(1), (2, 3)));
        let told = checks.finish().unwrap_err().message().clone().into_owned();
        assert!(
            told.starts_with("12 validation errors detected: ") && told.matches("Value at").count() == 10
        );
    }
}
