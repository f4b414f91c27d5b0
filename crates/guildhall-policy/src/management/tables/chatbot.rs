//! CHATBOT_POLICY (policies.md 4.3, observed.md 30, 38 and 59). How many of something there may be is not asked of a
//! document, as recorded, but of what it merges into.

use super::super::schema::{Check, Row, Rule, Section, Shape, at_most, list, one};
use super::limits;

pub(super) static ROW: Row = Row {
    name: "CHATBOT_POLICY",
    root: Section::of(&[("chatbot", Shape::Section(&CHATBOT))]),
    limits: limits(10_000, 5),
};

const CHATBOT: Section =
    Section::of(&[("platforms", Shape::Section(&PLATFORMS)), ("default", Shape::Section(&CLIENT_ONLY))]);
const PLATFORMS: Section = Section::of(&[
    ("slack", Shape::Section(&SLACK)),
    ("microsoft_teams", Shape::Section(&TEAMS)),
    ("chime", Shape::Section(&CLIENT_ONLY)),
]);
const CLIENT_ONLY: Section = Section::of(&[("client", CLIENT)]);

const SLACK: Section = Section::of(&[
    ("client", CLIENT),
    ("workspaces", at_most(255, WORKSPACE_OR_ALL)),
    ("default", Shape::Section(&SLACK_DEFAULT)),
    ("overrides", Shape::Section(&SLACK_OVERRIDES)),
]);
const SLACK_DEFAULT: Section = Section::of(&[
    ("supported_channel_types", list(Rule::OneOf(&["public", "private"]))),
    ("supported_role_settings", ROLE_SETTINGS),
]);
const SLACK_OVERRIDES: Section =
    Section::folded(WORKSPACE, Shape::Section(&SLACK_DEFAULT)).checked(&[Check::AtMost(255)]);

const TEAMS: Section = Section::of(&[
    ("client", CLIENT),
    ("tenants", Shape::Section(&TENANTS)),
    ("default", Shape::Section(&ROLES_ONLY)),
    ("overrides", Shape::Section(&TEAMS_OVERRIDES)),
]);
const TENANTS: Section = Section::folded(UUID_OR_ALL, at_most(36, UUID_OR_ALL)).checked(&[Check::AtMost(36)]);
const TEAMS_OVERRIDES: Section =
    Section::folded(UUID, Shape::Section(&TENANT_OVERRIDES)).checked(&[Check::AtMost(36)]);
const TENANT_OVERRIDES: Section =
    Section::folded(UUID, Shape::Section(&ROLES_ONLY)).checked(&[Check::AtMost(36)]);
const ROLES_ONLY: Section = Section::of(&[("supported_role_settings", ROLE_SETTINGS)]);

const CLIENT: Shape = one(Rule::OneOf(&["enabled", "disabled"]));
const ROLE_SETTINGS: Shape = list(Rule::OneOf(&["user_role", "channel_role"]));

const WORKSPACE: Rule =
    Rule::Form { wanted: "the id of a Slack workspace: digits and upper-case letters", holds: workspace };
const WORKSPACE_OR_ALL: Rule = Rule::Form {
    wanted: "the id of a Slack workspace: digits and upper-case letters, or *",
    holds: |text| text == "*" || workspace(text),
};
const UUID: Rule = Rule::Form { wanted: "an id of Microsoft Teams: a UUID in lower case", holds: uuid };
const UUID_OR_ALL: Rule = Rule::Form {
    wanted: "an id of Microsoft Teams: a UUID in lower case, or *",
    holds: |text| text == "*" || uuid(text),
};

/// Longer ones are not known; 254 lower-case letters were refused for their case.
fn workspace(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}
