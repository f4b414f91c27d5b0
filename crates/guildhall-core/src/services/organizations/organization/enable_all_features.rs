//! EnableAllFeatures: asks every invited member to agree that the organization gets all features (accounts.md 3.7).
//! Management account only. Open invitations, which promised less, are canceled; the answer is the request, which the
//! management account accepts when everybody has agreed, within 90 days.
//! Refuses: HandshakeConstraintViolation (all features are there, or asked for), ConstraintViolation (more than 5,000
//! accounts).

use crate::call::command::{Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::authority::{Authority, Rank};
use crate::rules::{access, organization_roles};
use crate::services::organizations::errors::{ConstraintReason, HandshakeReason, OrganizationsError};
use crate::services::organizations::rules::features;
use crate::services::organizations::rules::handshake;
use crate::services::{Empty, Operation};
use crate::state::org::FeatureSet;
use crate::state::view::View;

pub struct EnableAllFeatures;

impl Operation for EnableAllFeatures {
    const NAME: &'static str = "EnableAllFeatures";
    const AUTHORITY: Authority<Empty> = Authority::of(Rank::Management)
        .also_on("iam:CreateServiceLinkedRole", |_, cx, view| organization_roles::missing(cx, view));
    const MODE: Mode = Mode::Write;
    type Input = Empty;
    type Output = Reply;

    fn run(_: &Empty, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        let own = access::organization(cx, view)?;
        let (org, record) = own;
        let refuse = |reason| Err(OrganizationsError::HandshakeConstraintViolation(reason).into());
        if record.feature_set == FeatureSet::All {
            return refuse(HandshakeReason::OrganizationAlreadyHasAllFeatures);
        }
        if org.handshakes().process(cx.now).is_some() {
            return refuse(HandshakeReason::OrganizationIsAlreadyPendingAllFeaturesMigration);
        }
        if org.members_len() > cx.settings.limits.of(record).all_features_accounts as usize {
            let reason = ConstraintReason::AllFeaturesMigrationOrganizationSizeLimitExceeded;
            return Err(OrganizationsError::ConstraintViolation(reason).into());
        }
        features::expire_overdue(cx, view, own);
        features::cancel_invitations(cx, view, own, FeatureSet::ConsolidatedBilling);
        let request = features::begin(cx, view, own)?;
        let account = access::caller(cx, view)?;
        organization_roles::link(cx, view, account)?;
        Ok(handshake::answer(record.id, &request, cx))
    }
}
