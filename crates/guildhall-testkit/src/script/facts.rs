//! Lines that no account says: accounts that are there, facts about them, limits, and what only a lab sees.

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::operator::describe_account::DescribeAccount;
use guildhall_core::operator::organization_limits::OrganizationLimits;
use guildhall_core::operator::register_account::RegisterAccount;
use guildhall_core::operator::update_account::UpdateAccount;
use guildhall_core::operator::verify_email::{SendVerification, VerifyEmail};
use guildhall_core::state::mail::Content;
use serde_json::{Value, json};

use super::player::{Came, Done, Player, nobody};

impl Player {
    pub(super) fn register(&mut self, id: AccountId, address: &str, more: &[&str]) -> Done<Came> {
        let mut input = json!({ "Id": id, "Email": address, "Name": format!("Account {id}") });
        let mut words = more.iter();
        while let Some(word) = words.next() {
            match *word {
                "unverified" => input["EmailVerified"] = false.into(),
                "unpaid" => input["PaymentInstrument"] = false.into(),
                "in" => input["Partition"] = (*words.next().ok_or("in which partition?")?).into(),
                _ => return Err(format!("an account cannot be {word}")),
            }
        }
        let input = serde_json::from_value(input).map_err(|e| e.to_string())?;
        Ok(self.run(nobody(), &RegisterAccount { input, key: false }))
    }

    pub(super) fn fact(&mut self, account: AccountId, words: &[&str]) -> Done<Came> {
        let input = match words {
            ["paid"] => json!({ "PaymentInstrument": true }),
            ["unpaid"] => json!({ "PaymentInstrument": false }),
            ["paying", "well"] => json!({ "PaymentInstrumentValid": true }),
            ["paying", "badly"] => json!({ "PaymentInstrumentValid": false }),
            ["verified"] => json!({ "EmailVerified": true }),
            ["unverified"] => json!({ "EmailVerified": false }),
            ["agreed"] => json!({ "CustomerAgreement": true }),
            ["disagreed"] => json!({ "CustomerAgreement": false }),
            ["reachable"] => json!({ "PhoneVerified": true }),
            ["unreachable"] => json!({ "PhoneVerified": false }),
            ["suspended"] => json!({ "Suspended": true }),
            ["active"] => json!({ "Suspended": false }),
            ["pending"] => json!({ "PendingActivation": true }),
            ["activated"] => json!({ "PendingActivation": false }),
            ["closed"] => json!({ "Closed": true }),
            ["reopened"] => json!({ "Closed": false }),
            ["without", "role"] => json!({ "ServiceLinkedRole": false }),
            ["with", "role"] => json!({ "ServiceLinkedRole": true }),
            ["failing", reason] => json!({ "CreateAccountFailure": reason }),
            ["succeeding"] => json!({ "CreateAccountFailure": null }),
            ["paired", "with", other] => json!({ "GovCloudAccountId": self.resolve(other)? }),
            ["unpaired"] => json!({ "GovCloudAccountId": null }),
            ["in", partition] => json!({ "Partition": partition }),
            ["sold", "by", seller] => json!({ "SellerOfRecord": seller }),
            // Several at once, as a request of the control API.
            [body] if body.starts_with('{') => {
                serde_json::from_str(&body.replace('\'', "\"")).map_err(|e| e.to_string())?
            }
            _ => return Err(format!("an account cannot be {}", words.join(" "))),
        };
        let input = serde_json::from_value(input).map_err(|e| e.to_string())?;
        Ok(self.run(nobody(), &UpdateAccount { account, input }))
    }

    pub(super) fn limit(&mut self, name: &str, set: Value) -> Done<Came> {
        let org = self.resolve(name)?.parse().map_err(|_| format!("{name} is no organization"))?;
        let set = Some(serde_json::from_value(set).map_err(|e| e.to_string())?);
        Ok(self.run(nobody(), &OrganizationLimits { org, set }))
    }

    /// `facts of 333`, `444 asks for a link`, `444 follows link 1`.
    pub(super) fn lab(&mut self, words: &[&str]) -> Done<Option<Came>> {
        Ok(Some(match words {
            ["facts", "of", word] => {
                let account = self.account(word)?;
                self.run(nobody(), &DescribeAccount { account })
            }
            [word, "asks", "for", "a", "link"] => {
                let account = self.account(word)?;
                self.run(nobody(), &SendVerification { account })
            }
            [word, "follows", "link", n] => {
                let (account, n): (_, usize) = (self.account(word)?, n.parse().map_err(|_| "which link?")?);
                let code = self.links.get(n.wrapping_sub(1)).ok_or("there is no such link")?.clone();
                self.run(nobody(), &VerifyEmail { account, code: code.into() })
            }
            [word, "follows", code] => {
                let account = self.account(word)?;
                self.run(nobody(), &VerifyEmail { account, code: (*code).to_owned().into() })
            }
            _ => return Ok(None),
        }))
    }

    /// Keeps the codes of links that were mailed.
    pub(super) fn keep_links(&mut self, came: &Came) {
        for mail in &came.mails {
            if let Content::Verification(about) = &mail.about
                && mail.kind.wire() == "EmailVerification"
            {
                self.links.push(about.code.clone());
            }
        }
    }
}
