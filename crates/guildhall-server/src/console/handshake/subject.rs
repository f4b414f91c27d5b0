//! What the page of a handshake says, by what the handshake is about (accounts.md 3.7, 5; policies.md 9).

use guildhall_core::kernel::ids::AccountId;
use guildhall_core::state::handshake::State;

use super::{Answer, Subject};

impl Subject {
    /// The page's title.
    pub(in crate::console) fn title(&self, state: State) -> &'static str {
        match (self, state) {
            (Self::Invitation(_), State::Open | State::Requested) => {
                "You are invited to join an organization"
            }
            (Self::Approval, State::Open | State::Requested) => {
                "Your organization wants to enable all features"
            }
            (Self::Role, State::Open | State::Requested) => {
                "Your organization needs its role in your account"
            }
            (Self::AllFeatures(_), State::Requested) => "All features wait for the members' approval",
            (Self::AllFeatures(_), State::Open) => "All features can be enabled",
            (Self::Transfer(_), State::Open | State::Requested) => {
                "Another organization offers to pay your bill"
            }
            (Self::Invitation(_), State::Accepted) => "This invitation was accepted",
            (Self::Invitation(_), State::Declined) => "This invitation was declined",
            (Self::Invitation(_), State::Canceled) => "This invitation was canceled",
            (Self::Invitation(_), State::Expired) => "This invitation has expired",
            (Self::AllFeatures(_), State::Accepted) => "All features are enabled",
            (Self::Approval | Self::Role, State::Accepted) => "This request was approved",
            (Self::Approval | Self::Role | Self::AllFeatures(_), State::Declined) => {
                "This request was declined"
            }
            (Self::Approval | Self::Role | Self::AllFeatures(_), State::Canceled) => {
                "This request was canceled"
            }
            (Self::Approval | Self::Role | Self::AllFeatures(_), State::Expired) => {
                "This request has expired"
            }
            (Self::Transfer(_), State::Accepted) => "This offer was accepted",
            (Self::Transfer(_), State::Declined) => "This offer was declined",
            (Self::Transfer(_), State::Canceled) => "This offer was withdrawn",
            (Self::Transfer(_), State::Expired) => "This offer has expired",
        }
    }

    /// What its end means for who answers it. `None` while it waits.
    pub(in crate::console) fn ending(&self, state: State) -> Option<&'static str> {
        Some(match (self, state) {
            (_, State::Open | State::Requested) => return None,
            (Self::Invitation(_), State::Accepted) => {
                "The account has joined the organization. There is nothing left to do."
            }
            (Self::Invitation(_), State::Declined) => {
                "Nothing has changed for the account. To join after all, it has to be invited anew."
            }
            (Self::Invitation(_), State::Canceled) => {
                "The organization withdrew it. To join, the account has to be invited anew."
            }
            (Self::Invitation(_), State::Expired) => {
                "Nobody answered in time. To join, the account has to be invited anew."
            }
            (Self::Approval | Self::Role, State::Accepted) => {
                "There is nothing left to do here. When every member has approved, the management account can enable \
                 all features."
            }
            (Self::Approval | Self::Role, State::Declined) => {
                "All features cannot be enabled by this request, unless the account leaves the organization. The \
                 management account can ask anew."
            }
            (Self::Approval | Self::Role, State::Canceled | State::Expired) => {
                "The management account gave up, the time was over, or the account has left. Nothing has changed for \
                 the account."
            }
            (Self::AllFeatures(_), State::Accepted) => {
                "The organization has all features for good. Policies can be enabled now, each type by itself."
            }
            (Self::AllFeatures(_), State::Expired) => {
                "Not everybody approved in time, or nobody finalized. The organization keeps its features; all \
                 features can be asked for anew."
            }
            (Self::AllFeatures(_), State::Canceled | State::Declined) => {
                "The organization keeps its features. All features can be asked for anew."
            }
            (Self::Transfer(_), State::Accepted) => {
                "From the start on the management account above pays the bill of the organization."
            }
            (Self::Transfer(_), State::Declined | State::Canceled | State::Expired) => {
                "The organization goes on paying its own bill. For another transfer a new offer is needed."
            }
        })
    }

    /// What is answered, in a sentence.
    pub(in crate::console) fn noun(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "invitation",
            Self::Approval | Self::Role | Self::AllFeatures(_) => "request",
            Self::Transfer(_) => "offer",
        }
    }

    /// The same at the beginning of one.
    pub(in crate::console) fn title_noun(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "Invitation",
            Self::Approval | Self::Role | Self::AllFeatures(_) => "Request",
            Self::Transfer(_) => "Offer",
        }
    }

    /// How the one is called who was asked, if it was not the sender itself.
    pub(in crate::console) fn asked(&self) -> Option<&'static str> {
        match self {
            Self::Invitation(_) => Some("Invited"),
            Self::Approval | Self::Role => Some("Member"),
            Self::Transfer(_) => Some("Asked"),
            Self::AllFeatures(_) => None,
        }
    }

    /// Whose keys the answer is signed with.
    pub(in crate::console) fn signer(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "the invited account's",
            Self::Approval | Self::Role => "the member account's",
            Self::AllFeatures(_) => "the management account's",
            Self::Transfer(_) => "the asked management account's",
        }
    }

    /// What agreeing is called, as a heading.
    pub(in crate::console) fn meaning(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "What joining means",
            Self::Approval => "What approving means",
            Self::Role | Self::Transfer(_) => "What accepting means",
            Self::AllFeatures(_) => "What finalizing means",
        }
    }

    /// What to know before answering, last on the page.
    pub(in crate::console) fn advice(&self) -> &'static str {
        match self {
            Self::Invitation(_) => {
                "An account that is in another organization leaves it when it accepts. If you do not expect this \
                 invitation, decline it or let it expire."
            }
            Self::Approval | Self::Role => {
                "All features stay off as long as one member has not approved. To leave the organization instead is \
                 possible, too."
            }
            Self::AllFeatures(_) => {
                "There is no way back from all features. To cancel also cancels the invitations that were sent since, \
                 because they promise all features."
            }
            Self::Transfer(_) => {
                "The offer is for the management account of an organization. If you do not expect it, decline it or \
                 let it expire."
            }
        }
    }

    /// The answers that are possible in a state, and what their buttons say; the first is the one to go for.
    pub(in crate::console) fn answers(&self, state: State) -> &'static [(Answer, &'static str)] {
        match (self, state) {
            (Self::AllFeatures(_), State::Requested) => &[(Answer::Cancel, "Cancel the request")],
            (Self::AllFeatures(_), State::Open) => {
                &[(Answer::Accept, "Finalize"), (Answer::Cancel, "Cancel the request")]
            }
            (_, State::Accepted | State::Declined | State::Canceled | State::Expired) => &[],
            (Self::Approval, _) => &[(Answer::Accept, "Approve"), (Answer::Decline, "Decline")],
            (Self::Invitation(_) | Self::Role | Self::Transfer(_), _) => {
                &[(Answer::Accept, "Accept"), (Answer::Decline, "Decline")]
            }
        }
    }

    /// What has happened when an account has answered.
    pub(crate) fn done(&self, answer: Answer, account: AccountId) -> String {
        match (self, answer) {
            (Self::Invitation(_), Answer::Accept) => format!("Account {account} is a member now."),
            (Self::Approval, Answer::Accept) => format!("Account {account} has approved all features."),
            (Self::Role, Answer::Accept) => {
                format!("Account {account} has the service-linked role of Organizations again.")
            }
            (Self::AllFeatures(_), Answer::Accept) => "The organization has all features now.".to_owned(),
            (Self::Transfer(_), Answer::Accept) => {
                format!("Account {account} has accepted: its organization's bill is transferred.")
            }
            (_, Answer::Decline) => format!("Account {account} has declined."),
            (_, Answer::Cancel) => format!("Account {account} has canceled the {}.", self.noun()),
        }
    }
}
