//! What the tables are made of: the shape of one policy type as data. The reader, the merge and the checks walk these
//! and know no type by name.

use super::kind::Limits;
use super::operators::Operators;

/// One line of the table of types.
pub(super) struct Row {
    /// AWS's name.
    pub(super) name: &'static str,
    /// The document: one member, the root key.
    pub(super) root: Section,
    pub(super) limits: Limits,
}

/// What stands at one place of a document.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// More places.
    Section(&'static Section),
    /// Operators and their values.
    Setting(Setting),
    /// Either, as the documents have it: what the type holds there is not known.
    Anything,
}

/// A place that holds places. Fixed names are matched without case in every type (observed.md 25).
#[derive(Clone, Copy)]
pub(super) struct Section {
    pub(super) members: &'static [(&'static str, Shape)],
    /// Members that an earlier edition of AWS's guide has, and which edition that is. They stay valid, and no message
    /// recommends them.
    pub(super) earlier: &'static [(&'static str, Shape, &'static str)],
    /// What free names mean here, if there are any.
    pub(super) others: Option<Others>,
    /// Members without which a document is refused.
    pub(super) required: &'static [&'static str],
    /// Members of which one has to be there, or a document is refused.
    pub(super) one_of: &'static [&'static str],
    /// What an effective document holds where no policy says anything.
    pub(super) presets: &'static [(&'static str, Preset)],
    pub(super) checks: &'static [Check],
}

/// Members with free names.
#[derive(Clone, Copy)]
pub(super) struct Others {
    pub(super) name: Rule,
    /// Whether names are one when they differ in case only, and are shown in lower case.
    pub(super) fold: bool,
    pub(super) shape: Shape,
}

/// What a setting is without a policy.
#[derive(Clone, Copy)]
pub(super) enum Preset {
    /// The name of the section.
    Name,
    /// A list.
    List(&'static [&'static str]),
}

/// A place that holds a value.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) rule: Rule,
    /// A list, which can be appended to and removed from.
    pub(super) many: bool,
    /// The operators that may have an empty list.
    pub(super) empty: Operators,
    /// How many values an effective list needs (ELEMENTS_TOO_FEW).
    pub(super) least: usize,
    /// How many values an effective list has at most (ELEMENTS_TOO_MANY).
    pub(super) most: usize,
}

/// What a value or a free name has to be. Numbers and words of JSON are turned into text before (policies.md 4.3).
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Text of so many characters.
    Text { least: usize, most: usize },
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number, without sign but for `-`.
    Whole { least: i64, most: i64 },
    /// A JSON string that is the name of the section but for case.
    SectionName,
    /// What the function says; the text says it for people.
    Form { wanted: &'static str, holds: fn(&str) -> bool },
    /// The same of resource types. For `SERVICE:*` where it does not hold, people are told the spelling that does.
    ResourceType { wanted: &'static str, holds: fn(&str) -> bool },
}

/// A rule over more than one place.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// An effective document needs these members (KEY_REQUIRED).
    Complete(&'static [&'static str]),
    /// An effective document has at most so many members here (ELEMENTS_TOO_MANY).
    AtMost(usize),
    /// An effective document has at most so many members in all members here (ELEMENTS_TOO_MANY).
    AtMostBelow(usize),
    /// The effective document has at most so many bytes (ELEMENTS_TOO_MANY).
    Longest(usize),
    /// A document has a member here; what, for people.
    Filled(&'static str),
    /// At most so many members may name one value in this list, in a document and in an effective one
    /// (ELEMENTS_TOO_MANY).
    Sharing { setting: &'static str, most: usize },
    /// Settings that have to fit each other, in a document and in an effective one (CROSS_ATTRIBUTE_VALIDATION).
    Dependent(&'static Dependent),
    /// Settings that have to fit each other in a document; what merges together is left alone.
    DependentInDocument(&'static Dependent),
    /// In an effective document, no member of the section `each` may have `has` while there is no `needs` here
    /// (CROSS_ATTRIBUTE_VALIDATION).
    Needs { each: &'static str, has: &'static str, needs: &'static str },
    /// No member here may have this value in the setting while the member `leader` has not, in a document and in an
    /// effective one (CROSS_ATTRIBUTE_VALIDATION).
    Leads { leader: &'static str, setting: &'static str, value: &'static str },
}

/// Settings that have to fit each other.
pub(super) struct Dependent {
    /// The places to look at, `*` for any name.
    pub(super) bases: &'static [&'static [&'static str]],
    pub(super) fields: &'static [Field],
    /// Whether these values, in the order of the fields, may stand together.
    pub(super) fits: fn(&[Option<&str>]) -> bool,
    /// The rule, for people.
    pub(super) wanted: &'static str,
}

/// Where a dependent setting is.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// In the section that has the check.
    Here(&'static str),
    /// In the base.
    Base(&'static str),
}

impl Section {
    /// A section with these members.
    pub(super) const fn of(members: &'static [(&'static str, Shape)]) -> Section {
        Section { members, earlier: &[], others: None, required: &[], one_of: &[], presets: &[], checks: &[] }
    }

    /// A section whose members have free names.
    pub(super) const fn named(name: Rule, shape: Shape) -> Section {
        Section { others: Some(Others { name, fold: false, shape }), ..Section::of(&[]) }
    }

    /// Like [`Section::named`], with names that fold to lower case.
    pub(super) const fn folded(name: Rule, shape: Shape) -> Section {
        Section { others: Some(Others { name, fold: true, shape }), ..Section::of(&[]) }
    }

    /// With these checks.
    pub(super) const fn checked(self, checks: &'static [Check]) -> Section {
        Section { checks, ..self }
    }

    /// With members that an earlier edition has.
    pub(super) const fn or_earlier(self, earlier: &'static [(&'static str, Shape, &'static str)]) -> Section {
        Section { earlier, ..self }
    }

    /// With members that a document needs.
    pub(super) const fn requiring(self, required: &'static [&'static str]) -> Section {
        Section { required, ..self }
    }

    /// The member with this name, and how the table spells it.
    pub(super) fn member(&self, name: &str) -> Option<(&'static str, Shape)> {
        let earlier = self.earlier.iter().map(|(known, shape, _)| (*known, *shape));
        self.members.iter().copied().chain(earlier).find(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// What stands at this name of a document that was read.
    pub(super) fn shape(&self, name: &str) -> Option<Shape> {
        self.member(name).map(|(_, shape)| shape).or(self.others.map(|others| others.shape))
    }
}

/// What stands where the type is not known: names, below which is the same.
pub(super) static ANYTHING: Section = Section::named(Rule::Text { least: 1, most: 256 }, Shape::Anything);
/// A value where the type is not known.
pub(super) const ANY_TEXT: Rule = Rule::Text { least: 0, most: 2_048 };

impl Setting {
    /// One value.
    const fn one(rule: Rule) -> Setting {
        Setting { many: false, ..Setting::filled(rule) }
    }

    /// A list that may be assigned empty.
    pub(super) const fn list(rule: Rule) -> Setting {
        Setting { empty: Operators::ASSIGN, ..Setting::filled(rule) }
    }

    /// A list that may not be assigned empty.
    pub(super) const fn filled(rule: Rule) -> Setting {
        Setting { rule, many: true, empty: Operators::NONE, least: 0, most: usize::MAX }
    }
}

/// A setting with one value.
pub(super) const fn one(rule: Rule) -> Shape {
    Shape::Setting(Setting::one(rule))
}

/// A list that may be assigned empty.
pub(super) const fn list(rule: Rule) -> Shape {
    Shape::Setting(Setting::list(rule))
}

/// Like [`list`], with so many values at most.
pub(super) const fn at_most(most: usize, rule: Rule) -> Shape {
    Shape::Setting(Setting { most, ..Setting::list(rule) })
}

/// A list that may not be assigned empty.
pub(super) const fn filled(rule: Rule) -> Shape {
    Shape::Setting(Setting::filled(rule))
}

impl Rule {
    /// Whether the text is right in a section of this name.
    pub(super) fn holds(&self, text: &str, section: &str) -> bool {
        match self {
            Rule::Text { least, most } => (*least..=*most).contains(&text.chars().count()),
            Rule::OneOf(texts) => texts.contains(&text),
            Rule::Whole { least, most } => {
                let digits = text.strip_prefix('-').unwrap_or(text);
                !digits.is_empty()
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && text.parse::<i64>().is_ok_and(|n| (*least..=*most).contains(&n))
            }
            Rule::SectionName => text.to_lowercase() == section.to_lowercase(),
            Rule::Form { holds, .. } | Rule::ResourceType { holds, .. } => holds(text),
        }
    }

    /// What would be right instead of this text in a section of this name, for people.
    pub(super) fn wants(&self, text: &str, section: &str) -> String {
        let spelled = match self {
            Rule::OneOf(texts) => {
                texts.iter().find(|known| known.eq_ignore_ascii_case(text)).map(|known| (*known).to_owned())
            }
            Rule::ResourceType { holds, .. } => text
                .strip_suffix(":*")
                .map(|service| format!("{service}:ALL_SUPPORTED"))
                .filter(|all| holds(all)),
            _ => None,
        };
        match spelled {
            Some(known) => format!("it is written `{known}`"),
            None => format!("{} is wanted here", self.wanted(section)),
        }
    }

    fn wanted(&self, section: &str) -> String {
        match self {
            Rule::Text { least: 0, most } => format!("text of at most {most} characters"),
            Rule::Text { least, most } => format!("text of {least} to {most} characters"),
            Rule::OneOf(texts) => format!("one of {}", texts.join(", ")),
            Rule::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Rule::SectionName => format!("`{section}`, in any case,"),
            Rule::Form { wanted, .. } | Rule::ResourceType { wanted, .. } => (*wanted).to_owned(),
        }
    }
}
