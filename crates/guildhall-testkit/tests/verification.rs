//! Verifying a management account's address: the mail, the link, and what makes a link void.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::kernel::time::DAY;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::verify_email::{SendVerification, VerifyEmail};
use guildhall_core::state::mail::{Content, MailKind};
use guildhall_core::{Command, ControlError, Refusal};
use guildhall_testkit::{World, command};
use serde_json::{Value, json};

const M: &str = "111111111111";
const A: &str = "222222222222";

struct Lab(World);

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

impl Lab {
    /// A management account whose address is not verified, an account of nobody, and the code that was mailed.
    fn new() -> (Self, String) {
        let mut lab = Self(World::default());
        for (account, verified) in [(M, false), (A, true)] {
            let email = format!("root+{account}@lab.example");
            let input = json!({ "Id": account, "Email": email, "Name": "x", "EmailVerified": verified });
            let register = RegisterAccount { input: serde_json::from_value(input).unwrap(), key: false };
            lab.control(&register).unwrap();
        }
        lab.0.run(id(M), &*command("CreateOrganization", &json!({}))).unwrap();
        let code = lab.code();
        (lab, code)
    }

    fn control(&mut self, command: &dyn Command) -> Result<Value, Refusal> {
        let answer = self.0.run(AccountId::NOBODY, command)?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    /// The code in the only mail that was sent since.
    fn code(&mut self) -> String {
        let mails = self.0.take_mails();
        let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
        assert_eq!((mail.kind, mail.handshake), (MailKind::EmailVerification, None));
        let Content::Verification(about) = &mail.about else { panic!("no code") };
        assert_eq!(about.expires, self.0.now().plus(DAY));
        about.code.clone()
    }

    fn send(&mut self) -> String {
        self.control(&SendVerification { account: id(M) }).unwrap();
        self.code()
    }

    fn follow(&mut self, code: &str) -> Result<(), String> {
        let command = VerifyEmail { account: id(M), code: code.to_owned().into() };
        match self.control(&command) {
            Ok(_) => Ok(()),
            Err(Refusal::Own(e)) => Err(e.answer().reason.unwrap_or_default().into_owned()),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn verified(&self) -> bool {
        self.0.account(id(M)).unwrap().facts.email_verified
    }

    fn invites(&mut self) -> bool {
        let target = json!({ "Target": { "Id": A, "Type": "ACCOUNT" } });
        let sent = self.0.run(id(M), &*command("InviteAccountToOrganization", &target)).is_ok();
        self.0.take_mails();
        sent
    }
}

const EXPIRED: &str = "EMAIL_VERIFICATION_CODE_EXPIRED";

#[test]
fn the_link_lets_the_account_invite_and_is_good_once() {
    let (mut lab, code) = Lab::new();
    assert!(!lab.invites() && !lab.verified());
    assert_eq!(lab.follow(&code), Ok(()));
    assert!(lab.verified() && lab.invites());
    assert_eq!(lab.follow(&code).unwrap_err(), EXPIRED);
}

#[test]
fn a_link_is_good_for_a_day_to_the_millisecond() {
    for (after, good) in [(DAY - 1, true), (DAY, false)] {
        let (mut lab, code) = Lab::new();
        lab.0.advance(after);
        assert_eq!(lab.follow(&code).is_ok(), good, "{after}");
        assert_eq!(lab.verified(), good, "{after}");
    }
}

#[test]
fn a_later_link_replaces_an_earlier_one() {
    let (mut lab, first) = Lab::new();
    let second = lab.send();
    assert_ne!(first, second);
    let before = lab.0.stored();
    for wrong in [first.as_str(), "", "x", &second.to_uppercase(), &format!("{second}x")] {
        if wrong != second {
            assert_eq!(lab.follow(wrong).unwrap_err(), EXPIRED, "{wrong}");
        }
    }
    assert_eq!(before, lab.0.stored());
    assert_eq!(lab.follow(&second), Ok(()));
}

#[test]
fn nothing_is_sent_for_a_verified_address_or_to_who_manages_nothing() {
    let (mut lab, code) = Lab::new();
    lab.follow(&code).unwrap();
    let shown = lab.control(&SendVerification { account: id(M) }).unwrap();
    assert_eq!(shown["EmailVerified"], true);
    let alone = lab.control(&SendVerification { account: id(A) }).unwrap_err();
    let nobody = lab.control(&SendVerification { account: id("999999999999") }).unwrap_err();
    for (failure, code) in [(alone, "BadRequest"), (nobody, "AccountNotFound")] {
        assert_eq!(failure.own::<ControlError>().unwrap().code(), code);
    }
    assert!(lab.0.take_mails().is_empty());
}
