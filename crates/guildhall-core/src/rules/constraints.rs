//! Checks of what clients send to IAM and STS: the model's constraints, all broken ones told at once (identity.md 1.6,
//! 2.3).

use crate::rules::tags::{TagInput, matches_pattern};

/// How many broken constraints are told.
const TOLD: usize = 10;
/// The most tags of something.
const TAGS: usize = 50;

/// The lengths of a text in characters, and what it has to look like.
pub struct Rule {
    min: usize,
    max: usize,
    pattern: Option<Pattern>,
}

impl Rule {
    /// A text of so many characters, whatever they are.
    pub const fn length(min: usize, max: usize) -> Self {
        Self { min, max, pattern: None }
    }

    /// Whether a text is as the rule says.
    fn fits(&self, text: &str) -> bool {
        let length = text.chars().count();
        let fits = self.pattern.as_ref().is_none_or(|pattern| text.chars().all(pattern.fits));
        (self.min..=self.max).contains(&length) && fits
    }

    /// What it says, in AWS's words.
    fn clauses(&self) -> Vec<String> {
        let lengths = [
            format!("Member must have length less than or equal to {}", self.max),
            format!("Member must have length greater than or equal to {}", self.min),
        ];
        let pattern = self.pattern.as_ref();
        let pattern = pattern.map(|p| format!("Member must satisfy regular expression pattern: {}", p.text));
        lengths.into_iter().chain(pattern).collect()
    }
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
/// The name of a role.
pub const ROLE_NAME: Rule = Rule { min: 1, max: 64, pattern: NAME };
/// The name of a user where it has the length that new ones may have.
pub const SHORT_USER_NAME: Rule = ROLE_NAME;
/// The name of everything else.
pub const ENTITY_NAME: Rule = Rule { min: 1, max: 128, pattern: NAME };
/// The id of an access key, in IAM's words.
pub const IAM_ACCESS_KEY_ID: Rule = Rule {
    min: 16,
    max: 128,
    pattern: Some(Pattern { text: r"[\w]+", fits: |c| c.is_ascii_alphanumeric() || c == '_' }),
};
/// A password.
pub const PASSWORD: Rule = Rule {
    min: 1,
    max: 128,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
        fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'),
    }),
};
/// A path.
pub const PATH: Rule = Rule { min: 1, max: 512, pattern: None };
/// What paths of a list begin with.
pub const PATH_PREFIX: Rule = Rule {
    min: 1,
    max: 512,
    pattern: Some(Pattern { text: r"\u002F[\u0021-\u007F]*", fits: |c| matches!(c, '!'..='\u{7f}') }),
};
/// A marker of a page.
pub const MARKER: Rule = Rule {
    min: 1,
    max: 320,
    pattern: Some(Pattern { text: r"[\u0020-\u00FF]+", fits: |c| matches!(c, '\u{20}'..='\u{ff}') }),
};
/// How many entries a page may have.
pub const MAX_ITEMS: (u32, u32) = (1, 1_000);
/// A policy document.
pub const DOCUMENT: Rule = Rule {
    min: 1,
    max: 131_072,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
        fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'),
    }),
};
/// A description.
pub const DESCRIPTION: Rule = Rule {
    min: 0,
    max: 1_000,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
        fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}'),
    }),
};
/// The id of a task that deletes a role.
pub const DELETION_TASK: Rule = Rule { min: 1, max: 1_000, pattern: None };
/// A description of any characters, as managed policies have it.
pub const ANY_DESCRIPTION: Rule = Rule { min: 0, max: 1_000, pattern: None };
/// An ARN.
pub const ARN: Rule = Rule { min: 20, max: 2_048, pattern: None };
/// The ARN of a role, as STS takes it.
pub const ROLE_ARN: Rule = Rule {
    min: 20,
    max: 2_048,
    pattern: Some(Pattern {
        text: r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
        fits: |c| {
            matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
                || c >= '\u{10000}'
        },
    }),
};
const WORD: Option<Pattern> = Some(Pattern {
    text: r"[\w+=,.@-]*",
    fits: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-'),
});
/// The name of a role's session.
pub const SESSION_NAME: Rule = Rule { min: 2, max: 64, pattern: WORD };
/// Who is said to be behind a session. Longer than older editions of the model have it (identity.md 10, row 9).
pub const SOURCE_IDENTITY: Rule = Rule { min: 2, max: 256, pattern: WORD };
/// The name of somebody whom a user vouches for.
pub const FEDERATION_NAME: Rule = Rule { min: 2, max: 32, pattern: WORD };
/// What somebody else's service was told to say.
pub const EXTERNAL_ID: Rule = Rule {
    min: 2,
    max: 1_224,
    pattern: Some(Pattern {
        text: r"[\w+=,.@:\/-]*",
        fits: |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | ':' | '/' | '-')
        },
    }),
};
/// Whose root user is meant.
pub const TARGET_PRINCIPAL: Rule = Rule { min: 12, max: 2_048, pattern: None };
/// The serial number of a device.
pub const SERIAL_NUMBER: Rule = Rule {
    min: 9,
    max: 256,
    pattern: Some(Pattern {
        text: r"[\w+=/:,.@-]*",
        fits: |c| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | '/' | ':' | ',' | '.' | '@' | '-')
        },
    }),
};
/// A code of a device.
pub const TOKEN_CODE: Rule =
    Rule { min: 6, max: 6, pattern: Some(Pattern { text: r"[\d]*", fits: |c| c.is_ascii_digit() }) };
/// An id of an access key.
pub const ACCESS_KEY_ID: Rule = Rule {
    min: 16,
    max: 128,
    pattern: Some(Pattern { text: r"[\w]*", fits: |c| c.is_ascii_alphanumeric() || c == '_' }),
};
/// What a service said in code.
pub const ENCODED_MESSAGE: Rule = Rule { min: 1, max: 10_240, pattern: None };
const PASSED: Option<Pattern> = Some(Pattern {
    text: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
    fits: |c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'),
});
/// A policy that is passed to a role's session. A token's room says how long it may be.
pub const SESSION_POLICY: Rule = Rule { min: 1, max: usize::MAX, pattern: PASSED };
/// A policy that is passed to somebody whom a user vouches for.
pub const FEDERATION_POLICY: Rule = Rule { min: 1, max: 2_048, pattern: PASSED };
const TAG_KEY_PATTERN: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+";
const TAG_KEY: Rule =
    Rule { min: 1, max: 128, pattern: Some(Pattern { text: TAG_KEY_PATTERN, fits: is_tag }) };
const TAG_VALUE: Rule =
    Rule { min: 0, max: 256, pattern: Some(Pattern { text: r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", fits: is_tag }) };

fn is_tag(c: char) -> bool {
    matches_pattern(c.encode_utf8(&mut [0; 4]))
}

/// The constraints that an input breaks, in AWS's words. It is a ValidationError.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

/// Looks for the constraints that an input breaks.
#[derive(Default)]
pub struct Checks {
    broken: Vec<String>,
    tells_values: bool,
}

impl Checks {
    /// Checks that tell the values that break a constraint, as STS does and IAM does not.
    pub fn telling_values() -> Self {
        Self { tells_values: true, ..Self::default() }
    }

    fn broken(&mut self, member: &str, value: Option<&str>, constraint: &str) {
        let value = match value {
            Some(value) if self.tells_values => format!("Value '{}'", clipped(value)),
            None if self.tells_values => "Value null".to_owned(),
            _ => "Value".to_owned(),
        };
        self.broken.push(format!("{value} at '{member}' failed to satisfy constraint: {constraint}"));
    }

    fn broken_pattern(&mut self, member: &str, value: Option<&str>, pattern: &str) {
        self.broken(member, value, &format!("Member must satisfy regular expression pattern: {pattern}"));
    }

    /// A list of at most so many elements.
    pub fn at_most(&mut self, member: &str, length: usize, most: usize) {
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.broken(member, Some("[...]"), &constraint);
        }
    }

    /// A list of texts, each of which has to fit. Which one does not is not told, nor which of the rules.
    pub fn list(&mut self, member: &str, list: Option<&[Option<String>]>, required: bool, rule: &Rule) {
        let Some(list) = list else {
            if required {
                self.broken(member, None, "Member must not be null");
            }
            return;
        };
        let fits = |text: &Option<String>| text.as_deref().is_some_and(|text| rule.fits(text));
        if !list.iter().all(fits) {
            let all = rule.clauses().join(", ");
            let constraint = format!("Member must satisfy constraint: [{all}, Member must not be null]");
            self.broken(member, Some("[...]"), &constraint);
        }
    }

    /// A list of words, each of which is one of these.
    pub fn words(&mut self, member: &str, list: Option<&[Option<String>]>, words: &[&str]) {
        let known = |word: &Option<String>| word.as_deref().is_some_and(|word| words.contains(&word));
        if !list.unwrap_or_default().iter().all(known) {
            let set = words.join(", ");
            let constraint =
                format!("Member must satisfy constraint: [Member must satisfy enum value set: [{set}]]");
            self.broken(member, Some("[...]"), &constraint);
        }
    }

    /// A member that has to be there.
    pub fn required(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        match value {
            None => self.broken(member, None, "Member must not be null"),
            text => self.optional(member, text, rule),
        }
    }

    /// A member that may be left out.
    pub fn optional(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        let Some(text) = value else { return };
        let length = text.chars().count();
        if let Some(Pattern { text: pattern, fits }) = &rule.pattern
            && !(text.chars().all(fits) && (length > 0 || rule.min == 0))
        {
            self.broken_pattern(member, value, pattern);
        }
        if length > rule.max {
            self.broken(
                member,
                value,
                &format!("Member must have length less than or equal to {}", rule.max),
            );
        }
        if length < rule.min {
            self.broken(
                member,
                value,
                &format!("Member must have length greater than or equal to {}", rule.min),
            );
        }
    }

    /// A member that has one of these values, or is left out.
    pub fn one_of(&mut self, member: &str, value: Option<&str>, values: &[&str]) {
        if value.is_some_and(|value| !values.contains(&value)) {
            let rule = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            self.broken(member, value, &rule);
        }
    }

    /// The alias of an account, which has to be there.
    pub fn alias(&mut self, member: &str, value: Option<&str>) {
        let Some(alias) = value else { return self.broken(member, None, "Member must not be null") };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let edge = alias.starts_with('-') || alias.ends_with('-');
        // Lengths are told for themselves.
        if alias.len() < 3 || alias.len() > 63 || edge || alias.contains("--") || !alias.bytes().all(plain) {
            let pattern = "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
            let rule = format!("Member must satisfy regular expression pattern: {pattern}");
            self.broken(member, value, &rule);
        }
        self.optional(member, value, &Rule::length(3, 63));
    }

    /// A member that is one of a few words. IAM does not tell which (identity.md 10, row 3).
    pub fn word(&mut self, member: &str, value: Option<&str>, words: &[&str]) {
        if value.is_some_and(|value| !words.contains(&value)) {
            self.broken(member, value, "Member must satisfy enum value set");
        }
    }

    /// A member that has to be there and is one of a few words.
    pub fn required_word(&mut self, member: &str, value: Option<&str>, words: &[&str]) {
        match value {
            None => self.broken(member, None, "Member must not be null"),
            word => self.word(member, word, words),
        }
    }

    /// A member that has to be there, whose value is looked at elsewhere.
    pub fn present(&mut self, member: &str, there: bool) {
        if !there {
            self.broken(member, None, "Member must not be null");
        }
    }

    /// What the paths of a list begin with where that is a path, too.
    pub fn path(&mut self, member: &str, value: Option<&str>) {
        self.optional(member, value, &PATH);
        if value.is_some_and(|path| !is_path(path)) {
            let pattern = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)";
            self.broken_pattern(member, value, pattern);
        }
    }

    /// The path of managed policies, or what their paths begin with.
    pub fn policy_path(&mut self, member: &str, value: Option<&str>) {
        self.optional(member, value, &PATH);
        if value.is_some_and(|path| !is_policy_path(path)) {
            let pattern = r"((/[A-Za-z0-9\.,\+@=_-]+)*)/";
            self.broken_pattern(member, value, pattern);
        }
    }

    /// The id of a version of a managed policy.
    pub fn version_id(&mut self, member: &str, value: Option<&str>) {
        self.present(member, value.is_some());
        if value.is_some_and(|id| !is_version_id(id)) {
            let pattern = r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?";
            self.broken_pattern(member, value, pattern);
        }
    }

    /// A page of a list.
    pub fn page(&mut self, marker: Option<&str>, max_items: Option<i64>) {
        self.optional("marker", marker, &MARKER);
        self.range("maxItems", max_items, MAX_ITEMS);
    }

    /// A number that may be left out.
    pub fn range(&mut self, member: &str, value: Option<i64>, (min, max): (u32, u32)) {
        let Some(value) = value else { return };
        let text = value.to_string();
        if value > i64::from(max) {
            self.broken(member, Some(&text), &format!("Member must have value less than or equal to {max}"));
        }
        if value < i64::from(min) {
            self.broken(
                member,
                Some(&text),
                &format!("Member must have value greater than or equal to {min}"),
            );
        }
    }

    /// A list of tags. Of an element the value is told before the key.
    pub fn tags(&mut self, tags: Option<&[Option<TagInput>]>) {
        let tags = tags.unwrap_or_default();
        self.at_most("tags", tags.len(), TAGS);
        for (n, tag) in (1..).zip(tags) {
            let member = format!("tags.{n}.member");
            let Some(tag) = tag else {
                self.broken(&member, None, "Member must not be null");
                continue;
            };
            self.required(&format!("{member}.value"), tag.value.as_deref(), &TAG_VALUE);
            let key = format!("{member}.key");
            self.required(&key, tag.key.as_deref(), &TAG_KEY);
            // White space fits the pattern, and is refused all the same (identity.md 3.11).
            if tag.key.as_deref().is_some_and(|key| !key.is_empty() && key.trim().is_empty()) {
                self.broken_pattern(&key, tag.key.as_deref(), TAG_KEY_PATTERN);
            }
        }
    }

    /// A list of keys of tags. What is wrong with an element is told of the whole list.
    pub fn tag_keys(&mut self, member: &str, keys: Option<&[Option<String>]>) {
        let keys = keys.unwrap_or_default();
        self.at_most(member, keys.len(), TAGS);
        let fits = |key: &str| (1..=128).contains(&key.chars().count()) && matches_pattern(key);
        if !keys.iter().all(|key| key.as_deref().is_some_and(fits)) {
            let constraint = format!(
                "Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have \
                 length greater than or equal to 1, Member must satisfy regular expression pattern: {TAG_KEY_PATTERN}, \
                 Member must not be null]"
            );
            self.broken(member, Some("[...]"), &constraint);
        }
    }

    /// Refuses the input if it breaks any.
    pub fn finish(self) -> Result<(), Broken> {
        let count = self.broken.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let told: Vec<String> = self.broken.into_iter().take(TOLD).collect();
        let told = format!("{count} validation {errors} detected: {}", told.join("; "));
        Err(Broken(told))
    }
}

/// A value as a sentence repeats it.
fn clipped(value: &str) -> String {
    value.chars().take(256).collect()
}

fn is_policy_path(path: &str) -> bool {
    let named = |name: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b".,+@=_-".contains(&b);
        !name.is_empty() && name.bytes().all(fits)
    };
    let between = path.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    path == "/" || between.is_some_and(|between| between.split('/').all(named))
}

fn is_version_id(id: &str) -> bool {
    let Some(rest) = id.strip_prefix('v') else { return false };
    let (number, more) = rest.split_once('.').unwrap_or((rest, ""));
    number.starts_with(|c| matches!(c, '1'..='9'))
        && number.bytes().all(|b| b.is_ascii_digit())
        && more.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Refuses a path of a managed policy, in the words for all paths.
pub fn policy_path(path: &str) -> Result<(), Broken> {
    if is_policy_path(path) { Ok(()) } else { Err(bad_path()) }
}

fn bad_path() -> Broken {
    let what = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    Broken(what.to_owned())
}

fn is_path(path: &str) -> bool {
    let between = path.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    path == "/" || between.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()))
}

/// Refuses a path that is neither `/` nor begins and ends with one.
pub fn path(path: &str) -> Result<(), Broken> {
    if is_path(path) { Ok(()) } else { Err(bad_path()) }
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
        let told = checks.finish().unwrap_err().0;
        assert_eq!(
            told,
            "3 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\w+=,.@-]+; Value at 'roleName' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must \
             not be null"
        );
        let mut checks = Checks::default();
        (0..12).for_each(|_| checks.range("maxSessionDuration", Some(1), (2, 3)));
        let told = checks.finish().unwrap_err().0;
        assert!(
            told.starts_with("12 validation errors detected: ") && told.matches("Value at").count() == 10
        );
    }
}
