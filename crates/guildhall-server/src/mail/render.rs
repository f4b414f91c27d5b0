//! What each mail says: one template per kind, in three parts.

use askama::Template;
use guildhall_core::kernel::ids::HandshakeId;
use guildhall_core::state::mail::{Content, Invitation, MailKind};
use guildhall_core::state::org::FeatureSet;
use guildhall_store::OutboxMail;

use super::notice::Notice;
use crate::console::words;

/// A mail in three parts.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// Its subject: one line.
    pub subject: String,
    /// It as plain text.
    pub text: String,
    /// It as an HTML document that fetches nothing.
    pub html: String,
}

/// What the templates say: free of control characters, not yet escaped.
struct Facts {
    organization: String,
    management_id: String,
    management_name: String,
    management_email: String,
    all_features: bool,
    notes: Vec<String>,
    expires: String,
    invited: String,
    account: String,
    handshake: String,
    link: String,
}

/// One template: `templates/mail/<file>` with the blocks `subject`, `text` and `html`.
macro_rules! template {
    ($module:ident, $file:literal, $facts:ident) => {
        mod $module {
            use super::{RenderedMail, Template, finish, $facts};

            #[derive(Template)]
            #[template(path = $file, block = "subject", escape = "none")]
            struct Subject<'a> {
                mail: &'a $facts,
            }

            #[derive(Template)]
            #[template(path = $file, block = "text", escape = "none")]
            struct Text<'a> {
                mail: &'a $facts,
            }

            #[derive(Template)]
            #[template(path = $file, block = "html", escape = "html")]
            struct Html<'a> {
                mail: &'a $facts,
            }

            pub(super) fn render(mail: &$facts) -> RenderedMail {
                finish(Subject { mail }.render(), Text { mail }.render(), Html { mail }.render())
            }
        }
    };
}

template!(invitation, "mail/invitation.html", Facts);
template!(canceled, "mail/invitation_canceled.html", Facts);
template!(accepted, "mail/invitation_accepted.html", Facts);
template!(declined, "mail/invitation_declined.html", Facts);
template!(membership, "mail/membership_started.html", Facts);

template!(notice, "mail/notice.html", Notice);

/// A mail as its recipient reads it. `base_url` is where the console is reached, as in `https://guildhall.example`.
pub fn render(mail: &OutboxMail, base_url: &str) -> RenderedMail {
    let base_url = words::one_line(base_url.trim_end_matches('/'));
    let mail = &mail.mail;
    let (Content::Handshake(about), Some(handshake)) = (&mail.about, &mail.handshake) else {
        return notice::render(&Notice::of(mail, &base_url));
    };
    let facts = facts(about, handshake, &base_url);
    match mail.kind {
        MailKind::Invitation => invitation::render(&facts),
        MailKind::InvitationCanceled => canceled::render(&facts),
        MailKind::InvitationAccepted => accepted::render(&facts),
        MailKind::InvitationDeclined => declined::render(&facts),
        MailKind::MembershipStarted => membership::render(&facts),
        _ => notice::render(&Notice::of(mail, &base_url)),
    }
}

fn facts(about: &Invitation, handshake: &HandshakeId, base_url: &str) -> Facts {
    let invited = words::one_line(&about.invited);
    Facts {
        organization: about.organization.to_string(),
        management_id: about.management_account.to_string(),
        management_name: words::one_line(&about.management_name),
        management_email: words::one_line(about.management_email.as_str()),
        all_features: about.feature_set == FeatureSet::All,
        notes: words::lines(about.notes.as_deref().unwrap_or_default()),
        expires: words::day_and_minute(&about.expires),
        account: about.account.map_or_else(|| invited.clone(), |id| id.to_string()),
        invited,
        link: format!("{base_url}/accept/{}/{handshake}", about.organization),
        handshake: handshake.to_string(),
    }
}

type Part = Result<String, askama::Error>;

/// The three parts. A template writes into a `String`, which cannot fail.
fn finish(subject: Part, text: Part, html: Part) -> RenderedMail {
    RenderedMail {
        subject: words::one_line(subject.unwrap_or_default().trim()),
        text: format!("{}\n", text.unwrap_or_default().trim()),
        html: named_entities(html.unwrap_or_default().trim()),
    }
}

/// The same HTML with entities by name, as programs that read mail without a browser know them.
fn named_entities(html: &str) -> String {
    html.replace("&#60;", "&lt;")
        .replace("&#62;", "&gt;")
        .replace("&#34;", "&quot;")
        .replace("&#38;", "&amp;")
}

#[cfg(test)]
mod tests {
    use guildhall_core::kernel::time::Timestamp;
    use guildhall_core::state::mail::Mail;
    use guildhall_store::MailState;

    use super::*;

    const KINDS: [MailKind; 5] = [
        MailKind::Invitation,
        MailKind::InvitationCanceled,
        MailKind::InvitationAccepted,
        MailKind::InvitationDeclined,
        MailKind::MembershipStarted,
    ];

    fn mail(kind: MailKind) -> OutboxMail {
        let account = matches!(
            kind,
            MailKind::InvitationAccepted | MailKind::InvitationDeclined | MailKind::MembershipStarted
        );
        OutboxMail {
            id: "0000000001".into(),
            made: Timestamp(1_767_225_600_000),
            mail: Mail {
                to: "juan@example.com".parse().unwrap(),
                kind,
                handshake: "h-0123456789abcdef0123456789abcdef".parse().ok(),
                about: Content::Handshake(Invitation {
                    organization: "o-exampleorg".parse().unwrap(),
                    management_account: "111111111111".parse().unwrap(),
                    management_name: "Management & Co".into(),
                    management_email: "owner@example.com".parse().unwrap(),
                    feature_set: FeatureSet::All,
                    notes: None,
                    expires: Timestamp(1_768_564_800_000),
                    invited: "juan@example.com".into(),
                    account: account.then(|| "222222222222".parse().unwrap()),
                    transfer_start: None,
                    transfer_end: None,
                }),
            },
            state: MailState::Pending,
            due: Timestamp(0),
            queued: Timestamp(0),
            attempts: 0,
            last_error: None,
        }
    }

    fn about(mail: &mut OutboxMail) -> &mut Invitation {
        match &mut mail.mail.about {
            Content::Handshake(about) => about,
            _ => panic!("not about a handshake"),
        }
    }

    fn rendered(kind: MailKind) -> String {
        let RenderedMail { subject, text, .. } = render(&mail(kind), "https://guildhall.example");
        format!("{subject}\n----\n{text}")
    }

    #[test]
    fn the_invitation() {
        let mut mail = mail(MailKind::Invitation);
        about(&mut mail).notes = Some("Dear Juan,\r\n<b>welcome</b> & \"come in\".\n.\nx\n".into());
        let RenderedMail { subject, text, .. } = render(&mail, "https://guildhall.example/");
        insta::assert_snapshot!(format!("{subject}\n----\n{text}"), @r#"
        Invitation to join the organization o-exampleorg of "Management & Co"
        ----
        Hello,

        your account is invited to join an organization.

        Organization:        o-exampleorg
        Management account:  Management & Co
                             111111111111, owner@example.com
        Invited:             juan@example.com
        Features:            All features (ALL)
                             The management account pays the bills and can set policies
                             that limit what your account may do.
        Expires:             Friday, 2026-01-16, 12:00 UTC

        The management account wrote:

        Dear Juan,
        <b>welcome</b> & "come in".
        .
        x

        (End of what the management account wrote.)

        See the details, and accept or decline:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        This mail changes nothing by itself. If you do not expect the invitation,
        decline it, or let it expire.

        Invitation h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn the_cancellation() {
        insta::assert_snapshot!(rendered(MailKind::InvitationCanceled), @r#"
        The invitation to the organization o-exampleorg was canceled
        ----
        Hello,

        the invitation to join an organization was withdrawn by its sender. It can no
        longer be accepted. Your account stays as it is; to join, it has to be invited
        anew.

        Organization:        o-exampleorg
        Management account:  Management & Co
                             111111111111, owner@example.com
        Invited:             juan@example.com

        The invitation:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        Invitation h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn the_acceptance() {
        insta::assert_snapshot!(rendered(MailKind::InvitationAccepted), @r#"
        Account 222222222222 joined your organization o-exampleorg
        ----
        Hello,

        your invitation was accepted: account 222222222222 is now a member of your
        organization. It stands in the root, and your management account pays its bills
        from now on.

        Organization:        o-exampleorg
        New member:          222222222222
        Invited:             juan@example.com

        The invitation:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        Invitation h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn the_refusal() {
        insta::assert_snapshot!(rendered(MailKind::InvitationDeclined), @r#"
        Account 222222222222 declined your invitation
        ----
        Hello,

        your invitation was declined by account 222222222222. It does not join your
        organization. You can invite it again.

        Organization:        o-exampleorg
        Declined by:         222222222222
        Invited:             juan@example.com

        The invitation:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        Invitation h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn the_membership() {
        insta::assert_snapshot!(rendered(MailKind::MembershipStarted), @r#"
        Your account 222222222222 is now a member of the organization o-exampleorg
        ----
        Hello,

        your account 222222222222 is now a member of an organization.

        Organization:        o-exampleorg
        Management account:  Management & Co
                             111111111111, owner@example.com
        Member:              222222222222
        Features:            All features (ALL)
                             The management account pays the bills and can set policies
                             that limit what your account may do.

        See your organization with: aws organizations describe-organization
        Leave it with:              aws organizations leave-organization

        The invitation that was accepted:
        https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef

        Invitation h-0123456789abcdef0123456789abcdef
        "#);
    }

    #[test]
    fn every_part_names_the_invitation_and_leads_to_it() {
        let link = "https://guildhall.example/accept/o-exampleorg/h-0123456789abcdef0123456789abcdef";
        for kind in KINDS {
            let RenderedMail { subject, text, html } = render(&mail(kind), "https://guildhall.example");
            assert!(!subject.is_empty() && subject.len() < 120, "{subject}");
            assert_eq!(text.matches(link).count(), 1);
            assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
            assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>"), "{html}");
            for foreign in ["<img", "<script", "src=", "url(", "@import", "<link"] {
                assert!(!html.contains(foreign), "{foreign} in {html}");
            }
        }
    }

    #[test]
    fn consolidated_billing_promises_no_policies() {
        for kind in [MailKind::Invitation, MailKind::MembershipStarted] {
            let mut mail = mail(kind);
            about(&mut mail).feature_set = FeatureSet::ConsolidatedBilling;
            let RenderedMail { text, html, .. } = render(&mail, "");
            for part in [text, html] {
                assert!(part.contains("Consolidated billing (CONSOLIDATED_BILLING)"), "{part}");
                assert!(!part.to_lowercase().contains("all features"), "{part}");
            }
        }
    }

    #[test]
    fn an_answer_without_an_account_names_whom_was_invited() {
        let mut mail = mail(MailKind::InvitationDeclined);
        about(&mut mail).account = None;
        assert_eq!(render(&mail, "").subject, "Account juan@example.com declined your invitation");
    }

    #[test]
    fn hostile_names_and_notes_stay_text() {
        let hostile = "</td><script>alert(1)</script>\"onload='x' &amp; {{ 7 }}\r\nBcc: victim@example.com\u{0}\u{202e}";
        for kind in KINDS {
            let mut mail = mail(kind);
            about(&mut mail).management_name = hostile.into();
            about(&mut mail).invited = hostile.into();
            about(&mut mail).notes = Some(hostile.into());
            let RenderedMail { subject, text, html } = render(&mail, "https://guildhall.example");
            assert!(!subject.contains(|c: char| c.is_control() || c == '\u{202e}'), "{subject:?}");
            assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
            assert!(
                !html.contains("<script") && !html.contains("</td><s") && !html.contains("\"onload"),
                "{html}"
            );
            assert!(html.contains(
                "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;onload=&#39;x&#39; &amp;amp; {{ 7 }}"
            ));
        }
    }
}
