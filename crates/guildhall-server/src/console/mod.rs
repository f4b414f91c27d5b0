//! The console: pages as plain models and pure functions that render them, without JavaScript.
//!
//! The caller fills the models from the same operations as the API, serves [`asset`] below `/assets/`, and sends the
//! headers that belong to each answer ([`headers()`], [`mail_page_headers`], [`mail_html_headers`]).
//!
//! Forms post to `/accept/<organization id>/<handshake id>` with the fields `csrf`, `account` and `action` ([`Answer`]); to `/clock` with
//! `csrf` and either `advance` ([`NEXT_EXPIRY`] or a length of time such as `1h`) or `freeze` (`true`, `false`); to
//! `/verify/<account id>/<code>` with `csrf`; and to `/verification` with `csrf` and `account`. Those about policies are
//! described in [`policies`].

mod assets;
mod headers;
mod model;
mod pages;
pub mod policies;
mod subject;
pub(crate) mod words;

pub use assets::{Asset, asset, asset_headers};
pub use headers::{CONTENT_SECURITY_POLICY, Header, headers, mail_html_headers, mail_page_headers};
pub use model::{
    AccountRow, Answer, Answerer, ApprovalRow, Approvals, Clock, HandshakeLink, HandshakePage, InvitationRow,
    LabPage, Link, Listed, MailPage, MailRow, Membership, MessagePage, NEXT_EXPIRY, Notice, Offer,
    OrganizationRow, Paged, ProductionPage, Recipient, RequestRow, Site, Subject, VerifyPage,
};
pub use pages::{
    render_handshake, render_lab, render_mail, render_message, render_not_found, render_production,
    render_verify,
};
