//! Checks of what clients send to IAM and STS: the model's constraints, all broken ones told at once (identity.md 1.6,
//! 2.3).

use crate::rules::tags::{TagInput, matches_pattern};

/// How many broken constraints are told.
const TOLD: usize = 10;
/// The most tags of something.
const TAGS: usize = 50;
/// What is said of what is not there.
const NULL: &str = "Member must not be null";

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
        (self.min..=self.max).contains(&length) && self.pattern.as_ref().is_none_or(|p| p.matches(text))
    }

    /// What it says, in AWS's words.
    fn clauses(&self) -> Vec<String> {
        let most = (self.max < usize::MAX).then(|| at_most(self.max));
        let least = (self.min > 0).then(|| at_least(self.min));
        let pattern = self.pattern.as_ref().map(Pattern::clause);
        [most, least, pattern].into_iter().flatten().collect()
    }
}

fn at_most(length: usize) -> String {
    format!("Member must have length less than or equal to {length}")
}

fn at_least(length: usize) -> String {
    format!("Member must have length greater than or equal to {length}")
}

/// A pattern as AWS tells it, and what matches it.
struct Pattern {
    text: &'static str,
    fits: Fits,
}

/// What matches a pattern.
enum Fits {
    /// Any number of these characters, and none.
    Any(fn(char) -> bool),
    /// One or more of these characters.
    Some(fn(char) -> bool),
    /// A text like this.
    Whole(fn(&str) -> bool),
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        match self.fits {
            Fits::Any(fits) => text.chars().all(fits),
            Fits::Some(fits) => !text.is_empty() && text.chars().all(fits),
            Fits::Whole(fits) => fits(text),
        }
    }

    fn clause(&self) -> String {
        format!("Member must satisfy regular expression pattern: {}", self.text)
    }
}

const fn any(text: &'static str, fits: fn(char) -> bool) -> Option<Pattern> {
    Some(Pattern { text, fits: Fits::Any(fits) })
}

const fn some(text: &'static str, fits: fn(char) -> bool) -> Option<Pattern> {
    Some(Pattern { text, fits: Fits::Some(fits) })
}

const fn whole(text: &'static str, fits: fn(&str) -> bool) -> Option<Pattern> {
    Some(Pattern { text, fits: Fits::Whole(fits) })
}

/// `\w`
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `[\w+=,.@-]`
fn is_name(c: char) -> bool {
    is_word(c) || matches!(c, '+' | '=' | ',' | '.' | '@' | '-')
}

/// `[\u0009\u000A\u000D\u0020-\u00FF]`
fn is_latin(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

fn is_tag(c: char) -> bool {
    matches_pattern(c.encode_utf8(&mut [0; 4]))
}

const NAME: Option<Pattern> = some(r"[\w+=,.@-]+", is_name);
/// The name of a role.
pub const ROLE_NAME: Rule = Rule { min: 1, max: 64, pattern: NAME };
/// The name of a user where it has the length that new ones may have.
pub const SHORT_USER_NAME: Rule = ROLE_NAME;
/// The name of everything else.
pub const ENTITY_NAME: Rule = Rule { min: 1, max: 128, pattern: NAME };
/// The id of an access key, in IAM's words.
pub const IAM_ACCESS_KEY_ID: Rule = Rule { min: 16, max: 128, pattern: some(r"[\w]+", is_word) };
const LATIN: Option<Pattern> = some(r"[\u0009\u000A\u000D\u0020-\u00FF]+", is_latin);
/// A password.
pub const PASSWORD: Rule = Rule { min: 1, max: 128, pattern: LATIN };
/// The path of something new. [`path`] and [`policy_path`] look at its form.
pub const PATH: Rule = Rule { min: 1, max: 512, pattern: None };
/// What the paths of a list begin with where that is a path, too.
pub const WHOLE_PATH: Rule =
    Rule { min: 1, max: 512, pattern: whole(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", is_path) };
/// What the paths of managed policies begin with.
pub const POLICY_PATH: Rule =
    Rule { min: 1, max: 512, pattern: whole(r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", is_policy_path) };
/// What paths of a list begin with.
pub const PATH_PREFIX: Rule =
    Rule { min: 1, max: 512, pattern: whole(r"\u002F[\u0021-\u007F]*", is_path_prefix) };
/// A marker of a page.
pub const MARKER: Rule =
    Rule { min: 1, max: 320, pattern: some(r"[\u0020-\u00FF]+", |c| matches!(c, '\u{20}'..='\u{ff}')) };
/// How many entries a page may have.
pub const MAX_ITEMS: (u32, u32) = (1, 1_000);
/// A policy document.
pub const DOCUMENT: Rule = Rule { min: 1, max: 131_072, pattern: LATIN };
/// A description.
pub const DESCRIPTION: Rule = Rule {
    min: 0,
    max: 1_000,
    pattern: any(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*", |c| {
        is_latin(c) && !('\u{7f}'..='\u{a0}').contains(&c)
    }),
};
/// The id of a task that deletes a role.
pub const DELETION_TASK: Rule = Rule::length(1, 1_000);
/// A description of any characters, as managed policies have it.
pub const ANY_DESCRIPTION: Rule = Rule::length(0, 1_000);
/// The id of a version of a managed policy.
pub const VERSION_ID: Rule =
    Rule { min: 0, max: usize::MAX, pattern: whole(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?", is_version_id) };
/// The alias of an account.
pub const ALIAS: Rule =
    Rule { min: 3, max: 63, pattern: whole("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", is_alias) };
/// An ARN.
pub const ARN: Rule = Rule::length(20, 2_048);
/// An ARN, as STS takes it.
pub const STS_ARN: Rule = Rule {
    min: 20,
    max: 2_048,
    pattern: some(
        r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
        |c| {
            matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
                || c >= '\u{10000}'
        },
    ),
};
const WORD: Option<Pattern> = any(r"[\w+=,.@-]*", is_name);
/// The name of a role's session.
pub const SESSION_NAME: Rule = Rule { min: 2, max: 64, pattern: WORD };
/// Who is said to be behind a session. Longer than older editions of the model have it (identity.md 10, row 9).
pub const SOURCE_IDENTITY: Rule = Rule { min: 2, max: 256, pattern: WORD };
/// The name of somebody whom a user vouches for.
pub const FEDERATION_NAME: Rule = Rule { min: 2, max: 32, pattern: WORD };
/// What somebody else's service was told to say.
pub const EXTERNAL_ID: Rule =
    Rule { min: 2, max: 1_224, pattern: any(r"[\w+=,.@:\/-]*", |c| is_name(c) || matches!(c, ':' | '/')) };
/// Whose root user is meant.
pub const TARGET_PRINCIPAL: Rule = Rule::length(12, 2_048);
/// The name of a device.
pub const DEVICE_NAME: Rule = Rule { min: 1, max: usize::MAX, pattern: NAME };
/// The serial number of a device, in IAM's words.
pub const IAM_SERIAL_NUMBER: Rule =
    Rule { min: 9, max: 256, pattern: some(r"[\w+=/:,.@-]+", |c| is_name(c) || matches!(c, ':' | '/')) };
/// A code of a device, in IAM's words.
pub const IAM_TOKEN_CODE: Rule = Rule { min: 6, max: 6, pattern: some(r"[\d]+", |c| c.is_ascii_digit()) };
/// The serial number of a device.
pub const SERIAL_NUMBER: Rule =
    Rule { min: 9, max: 256, pattern: any(r"[\w+=/:,.@-]*", |c| is_name(c) || matches!(c, ':' | '/')) };
/// A code of a device.
pub const TOKEN_CODE: Rule = Rule { min: 6, max: 6, pattern: any(r"[\d]*", |c| c.is_ascii_digit()) };
/// What an identity provider says of somebody.
pub const CONTEXT_ASSERTION: Rule = Rule::length(4, 2_048);
/// An id of an access key.
pub const ACCESS_KEY_ID: Rule = Rule { min: 16, max: 128, pattern: any(r"[\w]*", is_word) };
/// What a service said in code.
pub const ENCODED_MESSAGE: Rule = Rule::length(1, 10_240);
/// A policy that is passed to a role's session. A token's room says how long it may be.
pub const SESSION_POLICY: Rule = Rule { min: 1, max: usize::MAX, pattern: LATIN };
/// A policy that is passed to somebody whom a user vouches for.
pub const FEDERATION_POLICY: Rule = Rule { min: 1, max: 2_048, pattern: LATIN };
const TAG_KEY_PATTERN: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+";
const TAG_KEY: Rule = Rule { min: 1, max: 128, pattern: some(TAG_KEY_PATTERN, is_tag) };
const TAG_VALUE: Rule = Rule { min: 0, max: 256, pattern: any(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", is_tag) };

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

    /// A list of at most so many elements.
    pub fn at_most(&mut self, member: &str, length: usize, most: usize) {
        if length > most {
            self.broken(member, Some("[...]"), &at_most(most));
        }
    }

    /// A list of at least so many elements, if it is there.
    pub fn at_least(&mut self, member: &str, length: Option<usize>, least: usize) {
        if length.is_some_and(|length| length < least) {
            self.broken(member, Some("[]"), &at_least(least));
        }
    }

    /// The elements of a list that are there. Gaps between them are null, which they must not be.
    pub fn elements<'l, T>(
        &mut self,
        member: &str,
        list: Option<&'l [Option<T>]>,
        mut check: impl FnMut(&mut Self, &str, &'l T),
    ) {
        for (n, element) in (1..).zip(list.unwrap_or_default()) {
            let member = format!("{member}.{n}.member");
            match element {
                Some(element) => check(self, &member, element),
                None => self.broken(&member, None, NULL),
            }
        }
    }

    /// A list of texts, each of which has to fit. Which one does not is not told, nor which of the rules.
    pub fn list(&mut self, member: &str, list: Option<&[Option<String>]>, required: bool, rule: &Rule) {
        let Some(list) = list else { return self.present(member, !required) };
        let fits = |text: &Option<String>| text.as_deref().is_some_and(|text| rule.fits(text));
        if !list.iter().all(fits) {
            let mut clauses = rule.clauses();
            clauses.push(NULL.to_owned());
            let constraint = format!("Member must satisfy constraint: [{}]", clauses.join(", "));
            self.broken(member, Some(&shown(list)), &constraint);
        }
    }

    /// A list of words, each of which is one of these.
    pub fn words(&mut self, member: &str, list: Option<&[Option<String>]>, words: &[&str]) {
        let known = |word: &Option<String>| word.as_deref().is_some_and(|word| words.contains(&word));
        if !list.unwrap_or_default().iter().all(known) {
            let set = words.join(", ");
            let constraint =
                format!("Member must satisfy constraint: [Member must satisfy enum value set: [{set}]]");
            self.broken(member, Some(&shown(list.unwrap_or_default())), &constraint);
        }
    }

    /// A member that has to be there.
    pub fn required(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        self.present(member, value.is_some());
        self.optional(member, value, rule);
    }

    /// A member that may be left out.
    pub fn optional(&mut self, member: &str, value: Option<&str>, rule: &Rule) {
        let Some(text) = value else { return };
        if let Some(pattern) = rule.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
            self.broken(member, value, &pattern.clause());
        }
        let length = text.chars().count();
        if length > rule.max {
            self.broken(member, value, &at_most(rule.max));
        }
        if length < rule.min {
            self.broken(member, value, &at_least(rule.min));
        }
    }

    /// A member that has one of these values, or is left out.
    pub fn one_of(&mut self, member: &str, value: Option<&str>, values: &[&str]) {
        if value.is_some_and(|value| !values.contains(&value)) {
            let rule = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            self.broken(member, value, &rule);
        }
    }

    /// A member that is one of a few words. IAM does not tell which (identity.md 10, row 3).
    pub fn word(&mut self, member: &str, value: Option<&str>, words: &[&str]) {
        if value.is_some_and(|value| !words.contains(&value)) {
            self.broken(member, value, "Member must satisfy enum value set");
        }
    }

    /// A member that has to be there and is one of a few words.
    pub fn required_word(&mut self, member: &str, value: Option<&str>, words: &[&str]) {
        self.present(member, value.is_some());
        self.word(member, value, words);
    }

    /// A member that has to be there, whose value is looked at elsewhere.
    pub fn present(&mut self, member: &str, there: bool) {
        if !there {
            self.broken(member, None, NULL);
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
        self.at_most("tags", tags.unwrap_or_default().len(), TAGS);
        self.elements("tags", tags, |checks, member, tag| {
            let (member, key) = (|name: &str| format!("{member}.{name}"), tag.key.as_deref());
            checks.required(&member("value"), tag.value.as_deref(), &TAG_VALUE);
            checks.required(&member("key"), key, &TAG_KEY);
            // White space fits the pattern, and is refused all the same (identity.md 3.11).
            if key.is_some_and(|key| !key.is_empty() && key.trim().is_empty()) {
                let constraint = format!("Member must satisfy regular expression pattern: {TAG_KEY_PATTERN}");
                checks.broken(&member("key"), key, &constraint);
            }
        });
    }

    /// A list of keys of tags. What is wrong with an element is told of the whole list.
    pub fn tag_keys(&mut self, member: &str, keys: Option<&[Option<String>]>) {
        if let Some(many) = keys.filter(|keys| keys.len() > TAGS) {
            self.broken(member, Some(&shown(many)), &at_most(TAGS));
        }
        self.list(member, keys, false, &TAG_KEY);
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

/// A list of texts as a sentence repeats it.
fn shown(list: &[Option<String>]) -> String {
    let texts: Vec<&str> = list.iter().map(|text| text.as_deref().unwrap_or("null")).collect();
    format!("[{}]", texts.join(", "))
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

fn is_path_prefix(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|b| matches!(b, b'!'..=0x7f))
}

fn is_alias(alias: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edge = alias.starts_with('-') || alias.ends_with('-');
    (3..=63).contains(&alias.len()) && !edge && !alias.contains("--") && alias.bytes().all(plain)
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
