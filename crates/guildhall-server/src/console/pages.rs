//! The pages.

use askama::Template;
use guildhall_core::handshake::State;
use guildhall_core::org::FeatureSet;

use super::model::{
    Answer, InvitationPage, LabPage, MailPage, MessagePage, NEXT_EXPIRY, Notice, ProductionPage, Recipient,
    Site,
};
use super::{assets, words};

/// `/accept/<handshake id>`.
pub fn render_invitation(page: &InvitationPage) -> String {
    finish(&Invitation { site: &page.site, page })
}

/// `/` in lab mode.
pub fn render_lab(page: &LabPage) -> String {
    finish(&Lab { site: &page.site, page })
}

/// `/` in production.
pub fn render_production(page: &ProductionPage) -> String {
    finish(&Production { site: &page.site, page })
}

/// `/mail/<mail id>`.
pub fn render_mail(page: &MailPage) -> String {
    finish(&Mail { site: &page.site, page })
}

/// A page that says one thing.
pub fn render_message(page: &MessagePage) -> String {
    finish(&Message { site: &page.site, page })
}

/// The page for what is not there. `what` is what was looked for, as in `invitation`.
pub fn render_not_found(site: &Site, what: &str) -> String {
    render_message(&MessagePage {
        site: site.clone(),
        title: format!("There is no such {what}"),
        text: "The link may be incomplete, or what it led to is gone: an invitation disappears 30 days after its end."
            .to_owned(),
    })
}

/// A template writes into a `String`, which cannot fail.
fn finish(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "console/invitation.html")]
struct Invitation<'a> {
    site: &'a Site,
    page: &'a InvitationPage,
}

impl Invitation<'_> {
    fn open(&self) -> bool {
        self.page.state == State::Open
    }

    fn title(&self) -> &'static str {
        match self.page.state {
            State::Open | State::Requested => "You are invited to join an organization",
            State::Accepted => "This invitation was accepted",
            State::Declined => "This invitation was declined",
            State::Canceled => "This invitation was canceled",
            State::Expired => "This invitation has expired",
        }
    }

    /// What the end of the invitation means for its recipient.
    fn ending(&self) -> Option<&'static str> {
        match self.page.state {
            State::Open | State::Requested => None,
            State::Accepted => Some("The account has joined the organization. There is nothing left to do."),
            State::Declined => {
                Some("Nothing has changed for the account. To join after all, it has to be invited anew.")
            }
            State::Canceled => {
                Some("The organization withdrew it. To join, the account has to be invited anew.")
            }
            State::Expired => Some("Nobody answered in time. To join, the account has to be invited anew."),
        }
    }
}

#[derive(Template)]
#[template(path = "console/lab.html")]
struct Lab<'a> {
    site: &'a Site,
    page: &'a LabPage,
}

#[derive(Template)]
#[template(path = "console/production.html")]
struct Production<'a> {
    site: &'a Site,
    page: &'a ProductionPage,
}

#[derive(Template)]
#[template(path = "console/mail.html")]
struct Mail<'a> {
    site: &'a Site,
    page: &'a MailPage,
}

#[derive(Template)]
#[template(path = "console/message.html")]
struct Message<'a> {
    site: &'a Site,
    page: &'a MessagePage,
}

#[cfg(test)]
mod tests {
    use guildhall_core::time::{DAY, Timestamp};

    use super::super::model::{
        AccountRow, Answerer, Clock, InvitationRow, Listed, MailRow, Membership, OrganizationRow,
    };
    use super::*;

    const HOSTILE: &str = "</code></pre><script>alert(1)</script><img src=x onerror=y>\"'&amp;\u{202e}";
    const NOW: Timestamp = Timestamp(1_768_000_000_000);

    fn site(lab: bool, text: &str) -> Site {
        Site { lab, version: text.into(), now: NOW, endpoint: text.into(), csrf: format!("token{text}") }
    }

    fn invitation(lab: bool, state: State, text: &str) -> InvitationPage {
        InvitationPage {
            site: site(lab, text),
            id: text.into(),
            organization: text.into(),
            management_id: text.into(),
            management_name: text.into(),
            management_email: text.into(),
            feature_set: FeatureSet::All,
            notes: Some(text.into()),
            sent: NOW,
            expires: NOW.plus(15 * DAY),
            state,
            recipient: Recipient::Email(text.into()),
            answerers: Vec::new(),
            notice: Some(Notice::Refused { code: text.into(), message: text.into() }),
        }
    }

    fn answerer(text: &str, member_of: Option<Membership>) -> Answerer {
        Answerer { id: text.into(), name: text.into(), email: text.into(), member_of }
    }

    fn member(organization: &str, management: bool) -> Option<Membership> {
        Some(Membership { organization: organization.into(), management })
    }

    fn lab(text: &str) -> LabPage {
        let t = || text.to_owned();
        LabPage {
            site: site(true, text),
            clock: Clock { movable: true, frozen: true, next_expiry: Some(NOW.plus(DAY)) },
            accounts: Listed {
                rows: vec![AccountRow {
                    id: t(),
                    name: t(),
                    email: t(),
                    suspended: true,
                    member_of: member(text, true),
                }],
                more: true,
            },
            organizations: Listed {
                rows: vec![OrganizationRow {
                    id: t(),
                    management_id: t(),
                    management_name: t(),
                    feature_set: FeatureSet::ConsolidatedBilling,
                    accounts: 2,
                    open_invitations: 1,
                }],
                more: true,
            },
            invitations: Listed {
                rows: vec![InvitationRow { id: t(), target: t(), organization: t(), expires: NOW.plus(DAY) }],
                more: true,
            },
            mails: Listed { rows: vec![mail_row(text)], more: true },
            notice: Some(Notice::Done(t())),
        }
    }

    fn mail_row(text: &str) -> MailRow {
        MailRow { id: text.into(), made: NOW, to: text.into(), subject: text.into(), state: text.into() }
    }

    fn empty_lab() -> LabPage {
        LabPage {
            site: site(true, "x"),
            clock: Clock::default(),
            accounts: Listed::default(),
            organizations: Listed::default(),
            invitations: Listed::default(),
            mails: Listed::default(),
            notice: None,
        }
    }

    /// Every page with every part, where every text is this one.
    fn every_page(text: &str) -> Vec<String> {
        let with = |answerers| InvitationPage { answerers, ..invitation(true, State::Open, text) };
        let mut account = with(Vec::new());
        account.recipient = Recipient::Account(text.into());
        vec![
            render_invitation(&invitation(false, State::Open, text)),
            render_invitation(&with(Vec::new())),
            render_invitation(&account),
            render_invitation(&with(vec![
                answerer(text, None),
                answerer(text, member(text, false)),
                answerer(text, member("o-elsewhere", true)),
                answerer(text, member(&format!("o-{text}"), false)),
            ])),
            render_invitation(&invitation(true, State::Declined, text)),
            render_lab(&lab(text)),
            render_lab(&LabPage { site: site(true, text), ..empty_lab() }),
            render_production(&ProductionPage { site: site(false, text), ready: true }),
            render_mail(&MailPage {
                site: site(true, text),
                mail: mail_row(text),
                kind: text.into(),
                handshake: Some(text.into()),
                text: text.into(),
                attempts: 2,
                last_error: Some(text.into()),
            }),
            render_message(&MessagePage { site: site(true, text), title: text.into(), text: text.into() }),
            render_not_found(&site(true, text), text),
        ]
    }

    #[test]
    fn hostile_texts_stay_text_on_every_page() {
        for page in every_page(HOSTILE) {
            for markup in ["<script", "<img", "\" onerror", "&amp;"] {
                assert!(!page.contains(markup), "{markup} in {page}");
            }
            assert!(page.contains("&#60;script&#62;"), "{page}");
        }
    }

    #[test]
    fn no_page_has_scripts_styles_or_foreign_links_in_it() {
        for page in every_page("plain") {
            for unwanted in [
                "<script",
                "<style",
                " style=",
                " on",
                "javascript:",
                "src=\"http",
                "href=\"http",
                "href=\"//",
            ] {
                let found = if unwanted == " on" {
                    page.split('<')
                        .filter_map(|tag| tag.split_once('>'))
                        .any(|(tag, _)| tag.contains(" on") && tag.contains("=\""))
                } else {
                    page.contains(unwanted)
                };
                assert!(!found, "{unwanted} in {page}");
            }
            assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
            for once in ["<html lang=\"en\">", "<h1", "<main ", "<header ", "<footer ", "<title>"] {
                assert_eq!(page.matches(once).count(), 1, "{once} in {page}");
            }
            assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
            assert_eq!(
                page.matches("<form").count(),
                page.matches("name=\"csrf\" value=\"tokenplain\"").count()
            );
            assert_eq!(page.matches("<form").count(), page.matches("method=\"post\"").count());
        }
    }

    #[test]
    fn only_an_open_invitation_in_the_lab_has_buttons() {
        let states = [
            State::Requested,
            State::Open,
            State::Canceled,
            State::Accepted,
            State::Declined,
            State::Expired,
        ];
        for lab in [false, true] {
            for state in states {
                let page = render_invitation(&InvitationPage {
                    answerers: vec![answerer("222222222222", None)],
                    ..invitation(lab, state, "x")
                });
                assert_eq!(page.contains("<form"), lab && state == State::Open, "{lab} {state:?}");
                assert_eq!(page.contains("aws organizations"), state == State::Open, "{lab} {state:?}");
                assert!(page.contains(state.wire()), "{page}");
            }
        }
    }

    #[test]
    fn a_form_says_who_answers_what() {
        let page = render_invitation(&InvitationPage {
            id: "h-7".into(),
            answerers: vec![answerer("222222222222", None)],
            ..invitation(true, State::Open, "x")
        });
        for part in [
            "<form class=\"answer\" method=\"post\" action=\"/accept/h-7\">",
            "<input type=\"hidden\" name=\"csrf\" value=\"tokenx\">",
            "<input type=\"hidden\" name=\"account\" value=\"222222222222\">",
            "name=\"action\" value=\"accept\">Accept</button>",
            "name=\"action\" value=\"decline\">Decline</button>",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert_eq!(Answer::from_value("accept"), Some(Answer::Accept));
        assert_eq!(Answer::from_value("Accept"), None);
    }

    #[test]
    fn members_elsewhere_are_told_what_they_leave() {
        let page = |member_of| {
            let page = InvitationPage {
                organization: "o-new".into(),
                answerers: vec![answerer("222222222222", member_of)],
                ..invitation(true, State::Open, "x")
            };
            render_invitation(&page)
        };
        let leaves = "Accepting leaves your present organization <code>o-old</code>";
        assert!(page(member("o-old", false)).contains(leaves));
        assert!(!page(None).contains("Accepting leaves"));
        assert!(page(member("o-old", true)).contains("This account manages <code>o-old</code>"));
        assert!(page(member("o-new", false)).contains("This account is in <code>o-new</code> already"));
    }

    #[test]
    fn commands_to_copy_are_quoted_for_the_shell() {
        let mut page = invitation(true, State::Open, "http://127.0.0.1:4615");
        page.recipient = Recipient::Email("x'$(touch$IFS/tmp/y)@b.co".into());
        let page = render_invitation(&page);
        assert!(
            page.contains(r"--email &#39;x&#39;\&#39;&#39;$(touch$IFS/tmp/y)@b.co&#39;</code>"),
            "{page}"
        );
    }

    #[test]
    fn an_empty_lab_explains_the_first_steps() {
        let page = render_lab(&empty_lab());
        assert!(page.contains("guildhall account create"), "{page}");
        assert!(!page.contains("<form") && !page.contains("<table"), "{page}");
        // A clock that can be moved, but nothing to move it to.
        let clock = Clock { movable: true, ..Clock::default() };
        let page = render_lab(&LabPage { clock, ..empty_lab() });
        assert!(page.contains("name=\"advance\" value=\"1d\"") && !page.contains(NEXT_EXPIRY), "{page}");
        let page = render_lab(&lab("x"));
        assert!(page.contains("name=\"advance\" value=\"next-expiry\""), "{page}");
        assert!(page.contains("name=\"freeze\" value=\"false\""), "{page}");
    }

    #[test]
    fn production_shows_no_data() {
        let page = render_production(&ProductionPage { site: site(false, "0.1.0"), ready: false });
        assert!(page.contains("0.1.0") && page.contains("Not ready"));
        assert!(
            !page.contains("<form") && !page.contains("<table") && !page.contains("business time"),
            "{page}"
        );
    }
}
