//! `/policies/check`: what is wrong with a policy document; and what every form with a document needs.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use guildhall_core::lint::{self, Grammar, Mistake, RESOURCE_POLICY};
use guildhall_core::state::limits::Limits;
use guildhall_core::state::policy::PolicyType;
use guildhall_policy::json;
use http::StatusCode;
use serde::Deserialize;

use super::excerpt::Excerpt;
use crate::App;
use crate::console::headers::headers;
use crate::console::page::{Failure, Notice, Page, Site, finish, respond};
use crate::console::{assets, words};
use crate::control::{Error, missing};

/// `/policies/check`: whether a document is right, without any organization.
#[derive(Clone, Debug)]
pub(crate) struct CheckPage {
    /// The site.
    pub(crate) site: Site,
    /// The document, and the type that was chosen: empty for a guess.
    pub(crate) draft: Draft,
    /// What was found out.
    pub(crate) verdict: Option<Verdict>,
    /// What became of the form that was just sent.
    pub(crate) notice: Option<Notice>,
}

/// What somebody writes into the form of a policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// The type.
    pub(crate) kind: String,
    /// The name.
    pub(crate) name: String,
    /// The description.
    pub(crate) description: String,
    /// The document.
    pub(crate) content: String,
}

/// What was found out about a document.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// Nothing is wrong.
    Fine {
        /// What it was read as, as in `TAG_POLICY`.
        read_as: String,
    },
    /// Something is.
    Wrong {
        /// What it was read as.
        read_as: String,
        /// What.
        mistake: lint::Mistake,
        /// The line where it stands.
        excerpt: Excerpt,
    },
}

#[derive(Template)]
#[template(path = "console/check.html")]
struct CheckTemplate<'a> {
    site: &'a Site,
    page: &'a CheckPage,
}

/// `/policies/check`.
pub(crate) fn render_check(page: &CheckPage) -> String {
    finish(&CheckTemplate { site: &page.site, page })
}

/// A form as it was sent, or why it cannot be read.
pub(super) type Sent<T> = Result<Form<T>, FormRejection>;

/// The fields of the form.
#[derive(Deserialize)]
pub(super) struct Fields {
    csrf: Option<String>,
    r#type: Option<String>,
    content: Option<String>,
}

/// An empty form.
pub(super) async fn blank(State(app): State<Arc<App>>) -> Page {
    app.in_lab()?;
    page(&app, Draft::default(), None, None)
}

/// Judges a document, by AWS's limits.
pub(super) async fn check(State(app): State<Arc<App>>, sent: Sent<Fields>) -> Page {
    app.in_lab()?;
    let fields = app.form(sent)?;
    app.check_form(fields.csrf.as_ref())?;
    let draft = Draft {
        kind: fields.r#type.unwrap_or_default(),
        content: text(fields.content.as_deref()),
        ..Draft::default()
    };
    let limits = Limits::aws();
    let name = match draft.kind.as_str() {
        "" => lint::guess(&draft.content).wire(),
        name => name,
    };
    let Some(grammar) = Grammar::from_name(name, &limits) else {
        let notice = refused("There is no such type of policy");
        return page(&app, Draft::default(), None, Some(notice));
    };
    let verdict = verdict(&draft.content, name, grammar);
    page(&app, draft, Some(verdict), None)
}

fn page(app: &App, draft: Draft, verdict: Option<Verdict>, notice: Option<Notice>) -> Page {
    let status = if notice.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = CheckPage { site: app.site(), draft, verdict, notice };
    Ok(respond(status, headers(), render_check(&page)))
}

/// What a document is worth in a grammar.
pub(super) fn verdict(text: &str, read_as: &str, grammar: Grammar) -> Verdict {
    match lint::judge(text, grammar) {
        Ok(()) => Verdict::Fine { read_as: read_as.to_owned() },
        Err(mistake) => wrong(text, read_as, mistake),
    }
}

/// A mistake with the line where it stands.
pub(super) fn wrong(text: &str, read_as: &str, mistake: Mistake) -> Verdict {
    let excerpt = Excerpt::of(text, mistake.at);
    Verdict::Wrong { read_as: read_as.to_owned(), mistake, excerpt }
}

/// The same for a policy type, by an organization's own limits.
pub(super) fn verdict_for(text: &str, r#type: PolicyType, limits: &Limits) -> Verdict {
    verdict(text, r#type.wire(), Grammar::of(r#type, limits))
}

/// What a person cannot have meant.
pub(super) fn refused(message: impl Into<String>) -> Notice {
    Notice::Refused { code: "That does not work".to_owned(), message: message.into() }
}

/// A document for people: as it is, or indented if it is all in one line and may grow.
pub(super) fn for_people(content: &str, characters: u32) -> String {
    let indented = || json::parse(content).ok().map(|value| json::indented(&value));
    let fits = |text: &String| text.chars().count() <= characters as usize;
    if content.contains('\n') {
        return content.to_owned();
    }
    indented().filter(fits).unwrap_or_else(|| content.to_owned())
}

/// A field of a form. Browsers end lines with two characters; AWS counts the one that was typed.
pub(super) fn text(field: Option<&str>) -> String {
    field.unwrap_or_default().replace("\r\n", "\n")
}

impl App {
    /// Pages about policies are a lab's: elsewhere they are not there.
    pub(super) fn in_lab(&self) -> Result<(), Failure> {
        if self.settings.lab { Ok(()) } else { Err(self.failure(missing("page"))) }
    }

    /// The fields of a form.
    pub(super) fn form<T>(&self, sent: Sent<T>) -> Result<T, Failure> {
        sent.map(|Form(fields)| fields).map_err(|rejection| {
            let (status, what) = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    (StatusCode::PAYLOAD_TOO_LARGE, "What was sent is longer than any policy may be.")
                }
                status => (status, "This form cannot be read. Go back, reload the page and try again."),
            };
            self.failure(Error::Request(status, "BadRequest", what.to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_one_line_are_indented_where_they_may_grow() {
        let compact = r#"{"a":[1]}"#;
        assert_eq!(for_people(compact, 100), "{\n  \"a\": [\n    1\n  ]\n}");
        assert_eq!(for_people(compact, 20), compact);
        assert_eq!(for_people("{ \"a\":\n1}", 100), "{ \"a\":\n1}");
        assert_eq!(for_people("no json", 100), "no json");
    }

    #[test]
    fn lines_end_as_they_were_typed() {
        assert_eq!(text(Some("a\r\nb\nc")), "a\nb\nc");
        assert_eq!(text(None), "");
    }
}
