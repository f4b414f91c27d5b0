//! Every page but those about organizations, with every part of it.

use guildhall_core::kernel::time::{DAY, Timestamp};
use guildhall_core::state::handshake::State;
use guildhall_core::state::org::FeatureSet;

use super::handshake::*;
use super::lab::*;
use super::mail::{HandshakeLink, MailPage, MailRow, render_mail};
use super::page::{Listed, Membership, MessagePage, Notice, Paged, Site, render_message, render_not_found};
use super::verify::{Link, VerifyPage, render_verify};
use super::{ProductionPage, policies, render_production};

const HOSTILE: &str = "</code></pre><script>alert(1)</script><img src=x onerror=y>\"'&amp;\u{202e}";
const NOW: Timestamp = Timestamp(1_768_000_000_000);

pub(super) fn site(lab: bool, text: &str) -> Site {
    Site { lab, version: text.into(), now: NOW, endpoint: text.into(), csrf: format!("token{text}") }
}

fn invitation(lab: bool, state: State, text: &str) -> HandshakePage {
    HandshakePage {
        site: site(lab, text),
        id: text.into(),
        organization: text.into(),
        management_id: text.into(),
        management_name: text.into(),
        management_email: text.into(),
        subject: Subject::Invitation(FeatureSet::All),
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
        accounts: Paged {
            rows: vec![AccountRow {
                id: t(),
                name: t(),
                email: t(),
                state: t(),
                unverified: true,
                member_of: member(text, true),
            }],
            next: Some(t()),
            later: true,
        },
        organizations: Paged {
            rows: vec![OrganizationRow {
                id: t(),
                management_id: t(),
                management_name: t(),
                feature_set: FeatureSet::ConsolidatedBilling,
                accounts: 2,
                units: 3,
                open_invitations: 1,
                requests: Listed { rows: vec![RequestRow { id: t(), text: t() }], more: true },
            }],
            next: Some(t()),
            later: true,
        },
        invitations: Paged {
            rows: vec![InvitationRow { id: t(), target: t(), organization: t(), expires: NOW.plus(DAY) }],
            next: Some(t()),
            later: true,
        },
        mails: Paged { rows: vec![mail_row(text)], next: Some(t()), later: true },
        failed_mails: 3,
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
        accounts: Paged::default(),
        organizations: Paged::default(),
        invitations: Paged::default(),
        mails: Paged::default(),
        failed_mails: 0,
        notice: None,
    }
}

/// Everything that a handshake can be about.
fn subjects(text: &str) -> Vec<Subject> {
    let row = |state| ApprovalRow { handshake: text.into(), account: text.into(), name: text.into(), state };
    let rows = vec![row(State::Open), row(State::Declined), row(State::Accepted)];
    let members = Listed { rows, more: true };
    vec![
        Subject::Invitation(FeatureSet::All),
        Subject::Invitation(FeatureSet::ConsolidatedBilling),
        Subject::Approval,
        Subject::Role,
        Subject::AllFeatures(Approvals { approved: 1, waiting: 1, declined: 1, members }),
        Subject::AllFeatures(Approvals::default()),
        Subject::Transfer(Offer { starts: NOW.plus(20 * DAY), ends: None }),
        Subject::Transfer(Offer { starts: NOW.plus(20 * DAY), ends: Some(NOW.plus(50 * DAY)) }),
    ]
}

const STATES: [State; 6] =
    [State::Requested, State::Open, State::Canceled, State::Accepted, State::Declined, State::Expired];

/// The page of everything that a handshake can be about, in every state.
fn every_handshake(lab: bool, text: &str) -> Vec<(Subject, State, String)> {
    let mut pages = Vec::new();
    for subject in subjects(text) {
        for state in STATES {
            let page = HandshakePage {
                subject: subject.clone(),
                answerers: vec![answerer(text, None), answerer(text, member("o-own", true))],
                ..invitation(lab, state, text)
            };
            pages.push((subject.clone(), state, render_handshake(&page)));
        }
    }
    pages
}

fn verify(lab: bool, text: &str, link: Link) -> String {
    render_verify(&VerifyPage { site: site(lab, text), account: text.into(), link })
}

/// Every page with every part, where every text is this one.
fn every_page(text: &str) -> Vec<String> {
    let with = |answerers| HandshakePage { answerers, ..invitation(true, State::Open, text) };
    let mut account = with(Vec::new());
    account.recipient = Recipient::Account(text.into());
    let mut pages: Vec<String> = every_handshake(true, text).into_iter().map(|(.., page)| page).collect();
    pages.extend([
        verify(true, text, Link::Good { email: text.into(), code: text.to_owned().into() }),
        verify(false, text, Link::Followed),
        verify(true, text, Link::Old { can_send: true }),
        verify(false, text, Link::Old { can_send: false }),
        render_handshake(&invitation(false, State::Open, text)),
        render_handshake(&with(Vec::new())),
        render_handshake(&account),
        render_handshake(&with(vec![
            answerer(text, None),
            answerer(text, member(text, false)),
            answerer(text, member("o-elsewhere", true)),
            answerer(text, member(&format!("o-{text}"), false)),
        ])),
        render_handshake(&invitation(true, State::Declined, text)),
        render_lab(&lab(text)),
        render_lab(&LabPage { site: site(true, text), ..empty_lab() }),
        render_production(&ProductionPage { site: site(false, text), ready: true }),
        render_mail(&MailPage {
            site: site(true, text),
            mail: mail_row(text),
            kind: text.into(),
            handshake: Some(HandshakeLink { organization: text.into(), id: text.into() }),
            text: text.into(),
            attempts: 2,
            last_error: Some(text.into()),
            delivered: false,
        }),
        render_message(&MessagePage { site: site(true, text), title: text.into(), text: text.into() }),
        render_not_found(&site(true, text), text),
    ]);
    pages.extend(policies::tests::every_page(text));
    pages
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
        for unwanted in
            ["<script", "<style", " style=", " on", "javascript:", "src=\"http", "href=\"http", "href=\"//"]
        {
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
        assert_eq!(page.matches("<form").count(), page.matches("name=\"csrf\" value=\"tokenplain\"").count());
        assert_eq!(page.matches("<form").count(), page.matches("method=\"post\"").count());
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "an id stands twice: {ids:?}");
        for label in page.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(ids.contains(&label), "{label} labels nothing in {page}");
        }
    }
}

#[test]
fn only_what_waits_has_buttons_and_only_in_the_lab() {
    for lab in [false, true] {
        for (subject, state, page) in every_handshake(lab, "x") {
            let waits = matches!(state, State::Open | State::Requested);
            assert_eq!(page.contains("<form"), lab && waits, "{lab} {state:?} {subject:?}");
            assert_eq!(page.contains("aws organizations"), waits, "{lab} {state:?} {subject:?}");
            assert!(page.contains(state.wire()), "{page}");
        }
    }
}

#[test]
fn buttons_commands_and_titles_fit_what_it_is_about() {
    let titles: std::collections::BTreeSet<_> =
        subjects("x").iter().flat_map(|s| STATES.map(|state| s.title(state))).collect();
    assert!(titles.len() >= 19, "{titles:?}");
    for (subject, state, page) in every_handshake(true, "x") {
        let buttons: Vec<_> = page.split("name=\"action\" value=\"").skip(1).collect();
        let buttons = buttons.iter().map(|b| b.split_once("</button>").unwrap().0.replace("\">", ": "));
        let wanted: &[&str] = match (&subject, state) {
            (Subject::AllFeatures(_), State::Requested) => &["cancel: Cancel the request"],
            (Subject::AllFeatures(_), State::Open) => &["accept: Finalize", "cancel: Cancel the request"],
            (Subject::Approval, State::Open | State::Requested) => &["accept: Approve", "decline: Decline"],
            (_, State::Open | State::Requested) => &["accept: Accept", "decline: Decline"],
            _ => &[],
        };
        // Two accounts can answer.
        assert_eq!(buttons.collect::<Vec<_>>(), [wanted, wanted].concat(), "{subject:?} {state:?}");
        for (command, value) in [("accept", "accept: "), ("decline", "decline: "), ("cancel", "cancel: ")] {
            let there = page.contains(&format!("aws organizations {command}-handshake"));
            assert_eq!(there, wanted.iter().any(|w| w.starts_with(value)), "{command} {subject:?} {state:?}");
        }
        let asks = page.contains("You are invited");
        assert_eq!(asks, matches!(subject, Subject::Invitation(_)) && !wanted.is_empty(), "{page}");
    }
}

#[test]
fn a_link_shows_what_it_is_worth() {
    let good =
        verify(true, "x", Link::Good { email: "owner@example.com".into(), code: "c0de".to_owned().into() });
    assert!(good.contains("action=\"/verify/x/c0de\"") && good.contains("owner@example.com"), "{good}");
    let old = verify(true, "x", Link::Old { can_send: true });
    assert!(old.contains("action=\"/verification\"") && old.contains("no longer good"), "{old}");
    for page in [verify(true, "x", Link::Old { can_send: false }), verify(false, "x", Link::Followed)] {
        assert!(!page.contains("<form"), "{page}");
    }
}

#[test]
fn the_request_for_all_features_tells_who_is_missing() {
    let page =
        |subject| render_handshake(&HandshakePage { subject, ..invitation(true, State::Requested, "x") });
    let Some(Subject::AllFeatures(approvals)) = subjects("x").into_iter().nth(4) else { panic!() };
    let some = page(Subject::AllFeatures(approvals.clone()));
    assert!(some.contains("1 approved, 1 not answered, 1 declined"), "{some}");
    assert!(some.contains("holds all others up"), "{some}");
    let none = page(Subject::AllFeatures(Approvals { declined: 0, ..approvals }));
    assert!(!none.contains("holds all others up"), "{none}");
    let alone = page(Subject::AllFeatures(Approvals::default()));
    assert!(alone.contains("No member has to approve") && !alone.contains("<table"), "{alone}");
}

#[test]
fn a_form_says_who_answers_what() {
    let page = render_handshake(&HandshakePage {
        id: "h-7".into(),
        organization: "o-1".into(),
        answerers: vec![answerer("222222222222", None)],
        ..invitation(true, State::Open, "x")
    });
    for part in [
        "<form class=\"answer\" method=\"post\" action=\"/accept/o-1/h-7\">",
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
        let page = HandshakePage {
            organization: "o-new".into(),
            answerers: vec![answerer("222222222222", member_of)],
            ..invitation(true, State::Open, "x")
        };
        render_handshake(&page)
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
    let page = render_handshake(&page);
    assert!(page.contains(r"--email &#39;x&#39;\&#39;&#39;$(touch$IFS/tmp/y)@b.co&#39;</code>"), "{page}");
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
fn lists_of_the_lab_lead_to_their_next_pages() {
    let page = render_lab(&lab("/?accounts=1"));
    assert_eq!(page.matches("href=\"/?accounts=1\"").count(), 4, "{page}");
    assert!(page.contains("href=\"/#invitations\">From the first one"), "{page}");
    // A page of accounts that were invited and do not exist is none of an empty lab.
    let accounts = Paged { next: Some("/?accounts=2".into()), ..Paged::default() };
    let page = render_lab(&LabPage { accounts, ..empty_lab() });
    assert!(page.contains("/?accounts=2") && !page.contains("guildhall account create"), "{page}");
    let last = Paged { later: true, ..Paged::default() };
    let page = render_lab(&LabPage { mails: last, ..empty_lab() });
    assert!(page.contains("href=\"/#mail\">From the first one") && !page.contains(">More<"), "{page}");
}

#[test]
fn production_shows_no_data() {
    let page = render_production(&ProductionPage { site: site(false, "0.1.0"), ready: false });
    assert!(page.contains("0.1.0") && page.contains("Not ready"));
    assert!(!page.contains("<form") && !page.contains("<table") && !page.contains("business time"), "{page}");
}

#[test]
fn mails_that_were_given_up_are_told_with_a_button() {
    assert!(!render_lab(&empty_lab()).contains("given up"));
    for (failed_mails, told) in [(1, "One mail was given up"), (2, "2 mails were given up")] {
        let page = render_lab(&LabPage { failed_mails, ..empty_lab() });
        assert!(page.contains(told) && page.contains("action=\"/mail/retry\""), "{page}");
    }
    let mail = |delivered| {
        render_mail(&MailPage {
            site: site(true, "x"),
            mail: mail_row("m1"),
            kind: "Invitation".into(),
            handshake: None,
            text: "x".into(),
            attempts: 2,
            last_error: None,
            delivered,
        })
    };
    assert!(mail(false).contains("action=\"/mail/m1/retry\""), "{}", mail(false));
    assert!(!mail(true).contains("/retry"), "{}", mail(true));
}
