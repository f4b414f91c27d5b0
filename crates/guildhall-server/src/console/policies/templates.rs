//! The pages about organizations and policies.

use askama::Template;
use guildhall_core::lint::RESOURCE_POLICY;
use guildhall_core::state::org::FeatureSet;

use super::super::model::{Notice, Site};
use super::super::templates::finish;
use super::super::{assets, words};
use super::model::{
    CheckPage, DecisionPage, NewPolicyPage, NodeKind, NodeLink, OrganizationPage, PolicyLink, PolicyPage,
    TargetPage, Verdict,
};

/// `/organizations/<id>`.
pub fn render_organization(page: &OrganizationPage) -> String {
    finish(&Organization { site: &page.site, page })
}

/// `/organizations/<id>/policies/new`.
pub fn render_new_policy(page: &NewPolicyPage) -> String {
    finish(&NewPolicy { site: &page.site, page })
}

/// `/organizations/<id>/policies/<policy id>`.
pub fn render_policy(page: &PolicyPage) -> String {
    finish(&Policy { site: &page.site, page })
}

/// `/organizations/<id>/targets/<id>`.
pub fn render_target(page: &TargetPage) -> String {
    finish(&Target { site: &page.site, page })
}

/// `/organizations/<id>/targets/<account id>/decision`.
pub fn render_decision(page: &DecisionPage) -> String {
    finish(&Decision { site: &page.site, page })
}

/// `/policies/check`.
pub fn render_check(page: &CheckPage) -> String {
    finish(&Check { site: &page.site, page })
}

impl NodeKind {
    fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Unit => "organizational unit",
            Self::Account => "account",
            Self::Management => "management account",
        }
    }
}

#[derive(Template)]
#[template(path = "console/organization.html")]
struct Organization<'a> {
    site: &'a Site,
    page: &'a OrganizationPage,
}

impl Organization<'_> {
    /// Whether policies can be enabled and attached.
    fn governs(&self) -> bool {
        self.page.feature_set == FeatureSet::All
    }

    fn last_policy(&self) -> &str {
        self.page.policies.rows.last().map_or("", |policy: &PolicyLink| &policy.id)
    }

    fn parent(&self) -> &str {
        self.page.path.last().map_or("", |node: &NodeLink| &node.id)
    }

    fn last_child(&self) -> &str {
        self.page.children.rows.last().map_or("", |node: &NodeLink| &node.id)
    }
}

#[derive(Template)]
#[template(path = "console/policy_new.html")]
struct NewPolicy<'a> {
    site: &'a Site,
    page: &'a NewPolicyPage,
}

#[derive(Template)]
#[template(path = "console/policy.html")]
struct Policy<'a> {
    site: &'a Site,
    page: &'a PolicyPage,
}

#[derive(Template)]
#[template(path = "console/target.html")]
struct Target<'a> {
    site: &'a Site,
    page: &'a TargetPage,
}

impl Target<'_> {
    /// The nodes above it.
    fn above(&self) -> &[NodeLink] {
        self.page.path.split_last().map_or(&[], |(_, above)| above)
    }

    fn is_account(&self) -> bool {
        matches!(self.page.node.kind, NodeKind::Account | NodeKind::Management)
    }
}

#[derive(Template)]
#[template(path = "console/decision.html")]
struct Decision<'a> {
    site: &'a Site,
    page: &'a DecisionPage,
}

#[derive(Template)]
#[template(path = "console/check.html")]
struct Check<'a> {
    site: &'a Site,
    page: &'a CheckPage,
}
