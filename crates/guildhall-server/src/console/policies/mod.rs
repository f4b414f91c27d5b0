//! The pages about organizations: their trees, their policies, and what accounts get of them.
//!
//! Their forms post to the page's own address with the fields `csrf`, `action` and those of the form.

mod excerpt;
mod model;
mod pages;

pub use model::{
    CheckPage, Choices, DecisionPage, Draft, EffectivePolicy, ErrorRow, Excerpt, LeafRow, Levels,
    NewPolicyPage, NodeKind, NodeLink, OrganizationPage, PolicyLink, PolicyPage, Question, ReasonRow, Ruling,
    SourceRow, StatementRow, TargetPage, TypeRow, ValueRow, Verdict,
};
pub use pages::{
    render_check, render_decision, render_new_policy, render_organization, render_policy, render_target,
};

#[cfg(test)]
pub(super) mod tests;
