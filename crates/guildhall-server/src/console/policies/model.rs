//! What the pages about an organization and its policies show. Texts are given as they are; the pages escape them.

use guildhall_core::kernel::time::Timestamp;
use guildhall_core::lint;
use guildhall_core::state::org::FeatureSet;

use super::super::model::{Listed, Notice, Site};

/// A policy, wherever it is named.
#[derive(Clone, Debug)]
pub struct PolicyLink {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type, as in `TAG_POLICY`.
    pub kind: String,
    /// AWS manages it.
    pub managed: bool,
}

/// A root, unit or account, wherever it is named.
#[derive(Clone, Debug)]
pub struct NodeLink {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The root.
    Root,
    /// An organizational unit.
    Unit,
    /// An account.
    Account,
    /// The management account.
    Management,
}

/// `/organizations/<id>`: what an organization is, its policies, and its tree.
#[derive(Clone, Debug)]
pub struct OrganizationPage {
    /// The site.
    pub site: Site,
    /// Its id.
    pub id: String,
    /// Its management account.
    pub management: NodeLink,
    /// What it can do.
    pub feature_set: FeatureSet,
    /// How many accounts are in it.
    pub accounts: usize,
    /// How many organizational units it has.
    pub units: usize,
    /// Every policy type.
    pub types: Vec<TypeRow>,
    /// The type whose policies are listed; none: all.
    pub chosen: Option<String>,
    /// The policies.
    pub policies: Listed<PolicyLink>,
    /// From the root down to the node whose children are listed.
    pub path: Vec<NodeLink>,
    /// Its children, units first.
    pub children: Listed<NodeLink>,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// A policy type in an organization.
#[derive(Clone, Debug)]
pub struct TypeRow {
    /// Its name.
    pub name: String,
    /// It is enabled.
    pub enabled: bool,
    /// How many policies of it were written.
    pub policies: usize,
}

/// What somebody writes into the form of a policy.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The type.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The document.
    pub content: String,
}

/// What was found out about a document.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Nothing is wrong.
    Fine {
        /// What it was read as, as in `TAG_POLICY`.
        read_as: String,
    },
    /// Something is.
    Wrong {
        /// What it was read as.
        read_as: String,
        /// What.
        mistake: lint::Mistake,
        /// The line where it stands.
        excerpt: Excerpt,
    },
}

/// A line of a document with one character marked; a long line is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The line before, if there is one.
    pub above: Option<String>,
    /// What stands before the character.
    pub before: String,
    /// The character, or a blank behind the end of the line.
    pub marked: String,
    /// What stands behind it.
    pub after: String,
    /// As many blanks as characters stand before the mark.
    pub indent: String,
}

/// `/organizations/<id>/policies/new`: where a policy is written.
#[derive(Clone, Debug)]
pub struct NewPolicyPage {
    /// The site.
    pub site: Site,
    /// The organization.
    pub organization: String,
    /// What was written.
    pub draft: Draft,
    /// What was found out about the document.
    pub verdict: Option<Verdict>,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// `/organizations/<id>/policies/<policy id>`: a policy and where it is attached.
#[derive(Clone, Debug)]
pub struct PolicyPage {
    /// The site.
    pub site: Site,
    /// The organization.
    pub organization: String,
    /// The policy.
    pub policy: PolicyLink,
    /// Its description.
    pub description: String,
    /// Its ARN.
    pub arn: String,
    /// Its type is enabled.
    pub enabled: bool,
    /// What stands in the form: the policy as it is, or what was written.
    pub draft: Draft,
    /// What was found out about the document.
    pub verdict: Option<Verdict>,
    /// What it is attached to.
    pub targets: Listed<NodeLink>,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// `/policies/check`: whether a document is right, without any organization.
#[derive(Clone, Debug)]
pub struct CheckPage {
    /// The site.
    pub site: Site,
    /// The document, and the type that was chosen: empty for a guess.
    pub draft: Draft,
    /// What was found out.
    pub verdict: Option<Verdict>,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// `/organizations/<id>/targets/<id>`: what a root, unit or account has and gets.
#[derive(Clone, Debug)]
pub struct TargetPage {
    /// The site.
    pub site: Site,
    /// The organization.
    pub organization: String,
    /// From the root down to it.
    pub path: Vec<NodeLink>,
    /// What it is.
    pub node: NodeLink,
    /// What is attached to it itself.
    pub attached: Listed<PolicyLink>,
    /// What can be attached: policies of enabled types, by type.
    pub choices: Vec<Choices>,
    /// What it gets of each enabled type that merges.
    pub effective: Vec<EffectivePolicy>,
    /// The service and resource control policies on the way to it.
    pub levels: Vec<Levels>,
    /// For an account: a call to ask about.
    pub question: Option<Question>,
    /// What became of the form that was just sent.
    pub notice: Option<Notice>,
}

/// Policies of one type that can be attached.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The type.
    pub kind: String,
    /// The policies.
    pub policies: Listed<PolicyLink>,
}

/// An effective policy with who set what.
#[derive(Clone, Debug)]
pub struct EffectivePolicy {
    /// The type.
    pub kind: String,
    /// The document for people; empty if it is too long to be shown.
    pub document: String,
    /// When something last changed it; none for roots and units.
    pub updated: Option<Timestamp>,
    /// Every setting.
    pub leaves: Listed<LeafRow>,
    /// What keeps the merge from taking effect.
    pub errors: Listed<ErrorRow>,
}

/// A setting of an effective policy.
#[derive(Clone, Debug)]
pub struct LeafRow {
    /// The names that lead to it.
    pub path: String,
    /// Its values.
    pub values: Listed<ValueRow>,
    /// Who made it what it is, in their order. Nobody: the type's default.
    pub set_by: Vec<SourceRow>,
}

/// A value of a setting.
#[derive(Clone, Debug)]
pub struct ValueRow {
    /// The value.
    pub text: String,
    /// Who brought it into a list that more than one policy made.
    pub by: Option<String>,
}

/// Who said something.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// The policy.
    pub policy: PolicyLink,
    /// Where it is attached.
    pub node: NodeLink,
}

/// What is wrong with a merge (policies.md 5.2).
#[derive(Clone, Debug)]
pub struct ErrorRow {
    /// AWS's code.
    pub code: String,
    /// Where.
    pub path: String,
    /// What.
    pub message: String,
    /// Whose.
    pub policies: Vec<PolicyLink>,
}

/// The policies of one type at each node from the root down.
#[derive(Clone, Debug)]
pub struct Levels {
    /// The type.
    pub kind: String,
    /// It is enabled.
    pub enabled: bool,
    /// They do not restrict this account, because it is the management account.
    pub exempt: bool,
    /// The nodes.
    pub nodes: Vec<(NodeLink, Vec<PolicyLink>)>,
}

/// A call that somebody asks about, as it was written.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The action.
    pub action: String,
    /// The resource's ARN.
    pub resource: String,
    /// Who calls.
    pub principal: String,
    /// Condition keys, one to a line.
    pub context: String,
    /// Keys of which nothing is said are unknown.
    pub partial: bool,
    /// The account that owns the resource.
    pub owner: String,
    /// The caller's identity policy.
    pub identity: String,
    /// The resource's policy.
    pub resource_policy: String,
}

/// `/organizations/<id>/targets/<account id>/decision`: whether a call would be allowed, and why.
#[derive(Clone, Debug)]
pub struct DecisionPage {
    /// The site.
    pub site: Site,
    /// The organization.
    pub organization: String,
    /// The account.
    pub node: NodeLink,
    /// From the root down to it.
    pub path: Vec<NodeLink>,
    /// The call.
    pub question: Question,
    /// What was decided.
    pub ruling: Option<Ruling>,
    /// What is wrong with the caller's or the resource's policy.
    pub verdict: Option<Verdict>,
    /// Why the question cannot be asked.
    pub notice: Option<Notice>,
}

/// A decision for people.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// The badge's colour, as the style sheet has it.
    pub tone: &'static str,
    /// The answer in a word or two.
    pub title: String,
    /// AWS's sentence for a denial.
    pub sentence: Option<String>,
    /// The condition keys that have to be told.
    pub needs: Vec<String>,
    /// The chain of reasons.
    pub reasons: Listed<ReasonRow>,
}

/// One link of the chain.
#[derive(Clone, Debug)]
pub struct ReasonRow {
    /// The badge's colour.
    pub tone: &'static str,
    /// What this link says, in a word.
    pub verb: &'static str,
    /// What was asked, as in `service control policy`.
    pub stage: String,
    /// The node, for service and resource control policies.
    pub node: Option<NodeLink>,
    /// More, where no statement says it.
    pub text: Option<String>,
    /// The statements.
    pub statements: Vec<StatementRow>,
}

/// A statement that was looked at.
#[derive(Clone, Debug)]
pub struct StatementRow {
    /// The policy, if it is one of the organization.
    pub policy: Option<PolicyLink>,
    /// How it is called otherwise.
    pub name: String,
    /// Which statement, and its Sid.
    pub statement: String,
    /// Its conditions, with what they were compared with.
    pub conditions: Vec<String>,
}
