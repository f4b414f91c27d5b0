//! Mails that say one thing: a few sentences, a few facts, a link. All of them have one template.

use guildhall_core::state::mail::{AccountNews, Content, Invitation, Mail, MailKind, Verification};

use crate::console::words;

/// What such a mail says: free of control characters, not yet escaped.
pub(super) struct Notice {
    pub(super) subject: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    /// What the management account wrote.
    pub(super) notes: Vec<String>,
    /// A text and where it leads.
    pub(super) link: Option<(&'static str, String)>,
    /// What is said last.
    pub(super) foot: String,
}

fn sentences(sentences: &[&str]) -> Vec<String> {
    sentences.iter().map(|s| (*s).to_owned()).collect()
}

impl Notice {
    /// What a mail says.
    pub(super) fn of(mail: &Mail, base_url: &str) -> Self {
        match &mail.about {
            Content::Handshake(about) => {
                let id = mail.handshake.map(|h| h.to_string()).unwrap_or_default();
                let (subject, paragraphs, link) = handshake(mail.kind, about);
                Self {
                    subject: words::one_line(&subject),
                    paragraphs,
                    facts: handshake_facts(about),
                    notes: words::lines(about.notes.as_deref().unwrap_or_default()),
                    link: Some((link, format!("{base_url}/accept/{}/{id}", about.organization))),
                    foot: format!("Handshake {id}"),
                }
            }
            Content::Account(news) => account(mail.kind, news),
            Content::Verification(about) if mail.kind == MailKind::PrimaryEmailCode => {
                primary_email_code(about, mail.to.as_str())
            }
            Content::Verification(about) => verify(about, base_url),
        }
    }
}

/// Subject, sentences, and the text of the link.
fn handshake(kind: MailKind, about: &Invitation) -> (String, Vec<String>, &'static str) {
    let (organization, management) = (&about.organization, &about.management_name);
    let by = about.account.map_or_else(|| about.invited.clone(), |id| id.to_string());
    match kind {
        MailKind::AllFeaturesRequest => (
            format!("Approve all features for the organization {organization}"),
            sentences(&[
                "the management account of your organization wants to enable all features. Every invited account has \
                 to approve before it can.",
                "With all features the management account can set policies that limit what your account may do, and \
                 that keep it from leaving.",
            ]),
            "See the request, and approve or decline",
        ),
        MailKind::TransferInvitation => (
            format!("\"{management}\" offers to pay the bill of your organization"),
            sentences(&[
                "another organization's management account offers to take over the bill of your organization. If you \
                 accept, it pays for all accounts of your organization from the start on, and sees what they cost.",
            ]),
            "See the offer, and accept or decline",
        ),
        MailKind::TransferCanceled => (
            format!("The offer of \"{management}\" to pay your bill was withdrawn"),
            sentences(&[
                "the offer to take over the bill of your organization was withdrawn. Nothing changes.",
            ]),
            "The offer",
        ),
        MailKind::TransferAccepted => (
            format!("Account {by} accepted your offer to pay its bill"),
            sentences(&["your offer was accepted: you pay the bill of that organization from the start on."]),
            "The offer",
        ),
        MailKind::TransferDeclined => (
            format!("Account {by} declined your offer to pay its bill"),
            sentences(&["your offer was declined. Nothing changes."]),
            "The offer",
        ),
        _ => (
            format!("The billing transfer to the organization {organization} ends"),
            sentences(&[
                "a billing transfer ends. From the end on each organization pays its own bill again. This cannot be \
                 undone; a new transfer has to be offered.",
            ]),
            "The transfer's invitation",
        ),
    }
}

fn handshake_facts(about: &Invitation) -> Vec<(&'static str, String)> {
    let management = format!(
        "{} ({}, {})",
        words::one_line(&about.management_name),
        about.management_account,
        words::one_line(about.management_email.as_str())
    );
    let mut facts = vec![
        ("Organization", about.organization.to_string()),
        ("Management account", management),
        ("Asked", words::one_line(&about.invited)),
    ];
    facts.extend(about.account.map(|id| ("Answered by", id.to_string())));
    facts.extend(about.transfer_start.map(|at| ("Starts", words::day_and_minute(&at))));
    match about.transfer_end {
        Some(end) => facts.push(("Ends", words::day_and_minute(&end))),
        None if about.account.is_none() => {
            facts.push(("Answer until", words::day_and_minute(&about.expires)))
        }
        None => {}
    }
    facts
}

fn account(kind: MailKind, news: &AccountNews) -> Notice {
    let id = news.account;
    let mut facts = vec![("Account", id.to_string()), ("Name", words::one_line(&news.name))];
    facts.extend(news.organization.map(|org| ("Organization", org.to_string())));
    facts.extend(news.address.as_ref().map(|address| ("New address", words::one_line(address.as_str()))));
    facts.extend(news.until.map(|at| ("Can be reopened until", words::day_and_minute(&at))));
    let (subject, paragraphs) = match kind {
        MailKind::Welcome => (
            format!("Welcome: your account {id} is ready"),
            sentences(&[
                "an account was created for you in an organization. Its management account pays its bills and can \
                 work in it.",
                "Nobody knows the password of its root user. To sign in as that, set one with \"forgot password\" and \
                 this address.",
            ]),
        ),
        MailKind::PrimaryEmailChanged => (
            format!("The address of your account {id} was changed"),
            sentences(&[
                "the root user of your account has another address now. This one is free, and mails about the account \
                 no longer come here.",
                "If you do not expect this, talk to the management account of its organization.",
            ]),
        ),
        _ => (
            format!("Your account {id} is closed"),
            sentences(&[
                "your account is closed. What is in it is kept for a time, but cannot be reached. Until the day below \
                 the account can be reopened; after it, it is gone for good, and neither its id nor this address can \
                 be used again.",
            ]),
        ),
    };
    Notice { subject, paragraphs, facts, notes: Vec::new(), link: None, foot: format!("Account {id}") }
}

fn primary_email_code(about: &Verification, address: &str) -> Notice {
    let id = about.account;
    Notice {
        subject: format!("Your code to confirm this address for account {id}"),
        paragraphs: sentences(&[
            "somebody who administers the account wants to make this the address of its root user. To confirm that, \
             give them this code. If you do not expect this, do nothing: without the code, nothing changes.",
        ]),
        facts: vec![
            ("Code", words::one_line(&about.code)),
            ("Account", id.to_string()),
            ("Name", words::one_line(&about.name)),
            ("New address", words::one_line(address)),
            ("Good until", words::day_and_minute(&about.expires)),
        ],
        notes: Vec::new(),
        link: None,
        foot: format!("Account {id}"),
    }
}

fn verify(about: &Verification, base_url: &str) -> Notice {
    let (id, code) = (about.account, words::one_line(&about.code));
    Notice {
        subject: format!("Verify the address of account {id}"),
        paragraphs: sentences(&[
            "your account manages an organization. Before it can invite other accounts, show that this address is \
             yours.",
        ]),
        facts: vec![
            ("Account", id.to_string()),
            ("Name", words::one_line(&about.name)),
            ("Good until", words::day_and_minute(&about.expires)),
        ],
        notes: Vec::new(),
        link: Some(("Verify this address", format!("{base_url}/verify/{id}/{code}"))),
        foot: format!("Account {id}"),
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::kernel::time::Timestamp;
    use guildhall_core::state::org::FeatureSet;
    use guildhall_store::{MailState, OutboxMail};

    use super::super::render::render;
    use super::*;

    const HANDSHAKES: [MailKind; 6] = [
        MailKind::AllFeaturesRequest,
        MailKind::TransferInvitation,
        MailKind::TransferCanceled,
        MailKind::TransferAccepted,
        MailKind::TransferDeclined,
        MailKind::TransferWithdrawn,
    ];

    fn outbox(kind: MailKind, about: Content) -> OutboxMail {
        let handshake = matches!(about, Content::Handshake(_));
        OutboxMail {
            id: "0000000001".into(),
            made: Timestamp(1_767_225_600_000),
            mail: Mail {
                to: "juan@example.com".parse().unwrap(),
                kind,
                handshake: handshake.then(|| "h-0123456789abcdef0123456789abcdef".parse().unwrap()),
                about,
            },
            state: MailState::Pending,
            due: Timestamp(0),
            queued: Timestamp(0),
            attempts: 0,
            last_error: None,
        }
    }

    fn about(text: &str) -> Content {
        Content::Handshake(Invitation {
            organization: "o-exampleorg".parse().unwrap(),
            management_account: "111111111111".parse().unwrap(),
            management_name: text.into(),
            management_email: "owner@example.com".parse().unwrap(),
            feature_set: FeatureSet::All,
            notes: Some(text.into()),
            expires: Timestamp(1_768_564_800_000),
            invited: text.into(),
            account: None,
            transfer_start: Some(Timestamp(1_769_904_000_000)),
            transfer_end: None,
        })
    }

    fn news(name: &str) -> Content {
        let account = "222222222222".parse().unwrap();
        let organization = "o-exampleorg".parse().ok();
        Content::Account(AccountNews { account, name: name.into(), organization, until: None, address: None })
    }

    fn verification(name: &str) -> Content {
        let (account, code) = ("111111111111".parse().unwrap(), "abc".to_owned());
        Content::Verification(Verification { account, name: name.into(), code, expires: Timestamp(0) })
    }

    fn all(text: &str) -> Vec<OutboxMail> {
        let mut all: Vec<_> = HANDSHAKES.into_iter().map(|kind| outbox(kind, about(text))).collect();
        all.push(outbox(MailKind::Welcome, news(text)));
        all.push(outbox(MailKind::AccountClosed, news(text)));
        all.push(outbox(MailKind::PrimaryEmailChanged, news(text)));
        all.push(outbox(MailKind::EmailVerification, verification(text)));
        all.push(outbox(MailKind::PrimaryEmailCode, verification(text)));
        all
    }

    #[test]
    fn the_offer_to_pay_a_bill() {
        let mail = render(&outbox(MailKind::TransferInvitation, about("Payer")), "https://guildhall.example");
        insta::assert_snapshot!(format!("{}\n----\n{}", mail.subject, mail.text), @r#"
        "Payer" offers to pay the bill of your organization
        ----
        Hello,

        another organization's management account offers to take over the bill of your organization. If you accept, it pays for all accounts of your organization from the start on, and sees what they cost.

        Organization: o-exampleorg
        Management account: Payer (111111111111, owner@example.com)
        Asked: Payer
        Starts: Sunday, 2026-02-01, 00:00 UTC
        Answer until: Friday, 2026-01-16, 12:00 UTC

        The management account wrote:

        Payer

        (End of what the management account wrote.)

        See the offer, and accept or decline:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        Handshake h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn the_link_to_verify_an_address() {
        let mail =
            render(&outbox(MailKind::EmailVerification, verification("Main")), "https://guildhall.example/");
        insta::assert_snapshot!(format!("{}\n----\n{}", mail.subject, mail.text), @r#"
        Verify the address of account 111111111111
        ----
        Hello,

        your account manages an organization. Before it can invite other accounts, show that this address is yours.

        Account: 111111111111
        Name: Main
        Good until: Thursday, 1970-01-01, 00:00 UTC

        Verify this address:
        https://guildhall.example/verify/111111111111/abc

        Account 111111111111
        "#);
    }

    #[test]
    fn every_mail_has_a_subject_of_its_own_and_fetches_nothing() {
        let mails: Vec<_> = all("plain").iter().map(|m| render(m, "https://guildhall.example")).collect();
        let subjects: std::collections::BTreeSet<_> = mails.iter().map(|m| m.subject.clone()).collect();
        assert_eq!(subjects.len(), mails.len(), "{subjects:?}");
        for mail in mails {
            assert!(
                mail.html.starts_with("<!doctype html>") && mail.html.ends_with("</html>"),
                "{}",
                mail.html
            );
            for foreign in ["<img", "<script", "src=", "url(", "@import", "<link"] {
                assert!(!mail.html.contains(foreign), "{foreign} in {}", mail.html);
            }
        }
    }

    #[test]
    fn hostile_names_and_notes_stay_text() {
        let hostile = "</td><script>alert(1)</script>\"onload='x'\r\nBcc: victim@example.com\u{0}\u{202e}";
        for mail in all(hostile) {
            let mail = render(&mail, "https://guildhall.example");
            assert!(
                !mail.subject.contains(|c: char| c.is_control() || c == '\u{202e}'),
                "{:?}",
                mail.subject
            );
            assert!(!mail.text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'));
            assert!(!mail.html.contains("<script") && !mail.html.contains("\"onload"), "{}", mail.html);
        }
    }
}
