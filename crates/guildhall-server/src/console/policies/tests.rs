//! Every page about organizations and policies, with every part of it.

use guildhall_core::kernel::time::Timestamp;
use guildhall_core::lint::Mistake;
use guildhall_core::state::org::FeatureSet;
use guildhall_policy::json::Position;

use super::check::*;
use super::decision::*;
use super::excerpt::Excerpt;
use super::links::{NodeKind, NodeLink, PolicyLink};
use super::organization::*;
use super::policy::*;
use super::target::*;
use crate::console::page::{Listed, Notice};
use crate::console::tests::site;

const NOW: Timestamp = Timestamp(1_768_000_000_000);

fn some<T>(row: T) -> Listed<T> {
    Listed { rows: vec![row], more: true }
}

fn policy(text: &str) -> PolicyLink {
    PolicyLink { id: text.into(), name: text.into(), kind: text.into(), managed: false }
}

fn node(text: &str, kind: NodeKind) -> NodeLink {
    NodeLink { id: text.into(), name: text.into(), kind }
}

fn path(text: &str) -> Vec<NodeLink> {
    [NodeKind::Root, NodeKind::Unit, NodeKind::Account].map(|kind| node(text, kind)).into()
}

fn refused(text: &str) -> Option<Notice> {
    Some(Notice::Refused { code: text.into(), message: text.into() })
}

fn draft(text: &str) -> Draft {
    Draft { kind: "TAG_POLICY".into(), name: text.into(), description: text.into(), content: text.into() }
}

fn wrong(text: &str) -> Option<Verdict> {
    let at = Position { line: 1, column: 3 };
    let mistake = Mistake { at, path: text.into(), found: text.into(), wanted: text.into() };
    Some(Verdict::Wrong { read_as: text.into(), mistake, excerpt: Excerpt::of(text, at) })
}

fn fine(text: &str) -> Option<Verdict> {
    Some(Verdict::Fine { read_as: text.into() })
}

fn organization(text: &str, feature_set: FeatureSet) -> OrganizationPage {
    let row = |enabled| TypeRow { name: text.into(), enabled, policies: 3 };
    OrganizationPage {
        site: site(true, text),
        id: text.into(),
        management: node(text, NodeKind::Management),
        feature_set,
        accounts: 2,
        units: 3,
        types: vec![row(true), row(false)],
        chosen: Some(text.into()),
        policies: some(PolicyLink { managed: true, ..policy(text) }),
        path: path(text).into_iter().take(2).collect(),
        children: Listed {
            rows: vec![node(text, NodeKind::Unit), node(text, NodeKind::Account)],
            more: true,
        },
        notice: refused(text),
    }
}

fn new_policy(text: &str, verdict: Option<Verdict>) -> NewPolicyPage {
    let (organization, draft) = (text.into(), draft(text));
    NewPolicyPage { site: site(true, text), organization, draft, verdict, notice: refused(text) }
}

fn policy_page(text: &str) -> PolicyPage {
    PolicyPage {
        site: site(true, text),
        organization: text.into(),
        policy: policy(text),
        description: text.into(),
        arn: text.into(),
        enabled: true,
        draft: draft(text),
        verdict: wrong(text),
        targets: some(node(text, NodeKind::Account)),
        notice: refused(text),
    }
}

fn effective(text: &str) -> EffectivePolicy {
    let source = || SourceRow { policy: policy(text), node: node(text, NodeKind::Unit) };
    let value = |by: Option<&str>| ValueRow { text: text.into(), by: by.map(str::to_owned) };
    let leaf = |values, set_by| LeafRow { path: text.into(), values, set_by };
    EffectivePolicy {
        kind: text.into(),
        document: text.into(),
        updated: Some(NOW),
        leaves: Listed {
            rows: vec![
                leaf(
                    Listed { rows: vec![value(Some(text)), value(None)], more: true },
                    vec![source(), source()],
                ),
                leaf(Listed::default(), Vec::new()),
            ],
            more: true,
        },
        errors: some(ErrorRow {
            code: text.into(),
            path: text.into(),
            message: text.into(),
            policies: vec![policy(text), policy(text)],
        }),
    }
}

fn question(text: &str) -> Question {
    Question {
        action: text.into(),
        resource: text.into(),
        principal: text.into(),
        context: text.into(),
        partial: true,
        owner: text.into(),
        identity: text.into(),
        resource_policy: text.into(),
    }
}

fn target(text: &str) -> TargetPage {
    let levels = |enabled, policies| Levels {
        kind: "RESOURCE_CONTROL_POLICY".into(),
        enabled,
        exempt: true,
        nodes: vec![(node(text, NodeKind::Root), policies)],
    };
    TargetPage {
        site: site(true, text),
        organization: text.into(),
        path: path(text),
        node: node(text, NodeKind::Account),
        attached: some(policy(text)),
        choices: vec![Choices { kind: text.into(), policies: some(policy(text)) }],
        effective: vec![
            effective(text),
            EffectivePolicy { document: String::new(), leaves: Listed::default(), ..effective(text) },
            EffectivePolicy { errors: Listed::default(), ..effective(text) },
        ],
        levels: vec![
            levels(true, vec![policy(text), policy(text)]),
            levels(true, Vec::new()),
            levels(false, Vec::new()),
        ],
        question: Some(question(text)),
        notice: refused(text),
    }
}

fn decision(text: &str) -> DecisionPage {
    let statement = |policy| StatementRow {
        policy,
        name: text.into(),
        statement: text.into(),
        conditions: vec![text.into(), text.into()],
    };
    let reason = ReasonRow {
        tone: "bad",
        verb: "denies",
        stage: text.into(),
        node: Some(node(text, NodeKind::Unit)),
        text: Some(text.into()),
        statements: vec![statement(Some(policy(text))), statement(None)],
    };
    DecisionPage {
        site: site(true, text),
        organization: text.into(),
        node: node(text, NodeKind::Account),
        path: path(text),
        question: question(text),
        ruling: Some(Ruling {
            tone: "bad",
            title: text.into(),
            sentence: Some(text.into()),
            needs: vec![text.into(), text.into()],
            reasons: some(reason),
        }),
        verdict: wrong(text),
        notice: refused(text),
    }
}

/// Every page with every part, where every text is this one.
pub(in crate::console) fn every_page(text: &str) -> Vec<String> {
    let check =
        |verdict| CheckPage { site: site(true, text), draft: draft(text), verdict, notice: refused(text) };
    vec![
        render_organization(&organization(text, FeatureSet::All)),
        render_organization(&organization(text, FeatureSet::ConsolidatedBilling)),
        render_organization(&OrganizationPage {
            chosen: None,
            policies: Listed::default(),
            children: Listed::default(),
            ..organization(text, FeatureSet::All)
        }),
        render_new_policy(&new_policy(text, wrong(text))),
        render_new_policy(&new_policy(text, fine(text))),
        render_policy(&policy_page(text)),
        render_policy(&PolicyPage { targets: Listed::default(), enabled: false, ..policy_page(text) }),
        render_policy(&PolicyPage {
            policy: PolicyLink { managed: true, ..policy(text) },
            ..policy_page(text)
        }),
        render_target(&target(text)),
        render_target(&TargetPage {
            node: node(text, NodeKind::Unit),
            attached: Listed::default(),
            choices: Vec::new(),
            effective: Vec::new(),
            question: None,
            ..target(text)
        }),
        render_decision(&decision(text)),
        render_decision(&DecisionPage { ruling: None, verdict: None, ..decision(text) }),
        render_check(&check(wrong(text))),
        render_check(&check(fine(text))),
        render_check(&CheckPage { draft: Draft::default(), ..check(None) }),
    ]
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_mark() {
    let text = "{\n  \"tags\": 7\n}";
    let at = Position { line: 2, column: 11 };
    let mistake = Mistake { at, path: "tags".into(), found: "a number".into(), wanted: "an object".into() };
    let verdict = Verdict::Wrong { read_as: "TAG_POLICY".into(), mistake, excerpt: Excerpt::of(text, at) };
    let page = render_new_policy(&new_policy("x", Some(verdict)));
    for part in [
        "<strong>Line 2, column 11</strong>, at <code>tags</code>",
        "<dd>a number</dd>",
        "<dd>an object</dd>",
        "1 | {\n2 |   &#34;tags&#34;: <mark>7</mark>\n<span aria-hidden=\"true\">              ^</span>",
        "role=\"alert\"",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let fine = render_new_policy(&new_policy("x", fine("TAG_POLICY")));
    assert!(fine.contains("role=\"status\"") && !fine.contains("<mark>"), "{fine}");
}

#[test]
fn what_was_written_stays_as_it_was() {
    // A text area swallows a line break at its start: there is one for it to swallow.
    let content = "\n\n{ \"a\": \"</textarea><b>\" }";
    let page = render_new_policy(&NewPolicyPage {
        draft: Draft { kind: "BACKUP_POLICY".into(), content: content.into(), ..draft("x") },
        ..new_policy("x", None)
    });
    let inside = page.split_once("autocapitalize=\"off\">\n").unwrap().1.split_once("</textarea>").unwrap().0;
    assert_eq!(inside.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">"), content);
    assert!(page.contains("<option value=\"BACKUP_POLICY\" selected>Backup policy</option>"), "{page}");
    assert_eq!(page.matches(" selected>").count(), 1);
}

#[test]
fn every_type_can_be_chosen() {
    for (page, more) in [
        (render_new_policy(&new_policy("x", None)), 0),
        (
            render_check(&CheckPage {
                site: site(true, "x"),
                draft: draft("x"),
                verdict: None,
                notice: None,
            }),
            2,
        ),
    ] {
        assert_eq!(page.matches("<option value=\"").count(), 15 + more, "{page}");
        assert_eq!(page.contains("RESOURCE_POLICY\">Resource policy of"), more > 0);
    }
}

#[test]
fn without_all_features_there_is_nothing_to_press() {
    let page = render_organization(&OrganizationPage {
        notice: None,
        ..organization("x", FeatureSet::ConsolidatedBilling)
    });
    assert!(
        !page.contains("<form") && !page.contains("Write a policy") && page.contains("all features"),
        "{page}"
    );
    let page = render_organization(&organization("x", FeatureSet::All));
    assert_eq!((page.matches("value=\"enable\"").count(), page.matches("value=\"disable\"").count()), (1, 1));
}

#[test]
fn what_aws_manages_cannot_be_edited() {
    let managed = PolicyLink { managed: true, ..policy("x") };
    let page = render_policy(&PolicyPage { policy: managed, verdict: None, ..policy_page("x") });
    assert!(!page.contains("<textarea") && !page.contains("value=\"delete\""), "{page}");
    assert!(page.contains("value=\"attach\""), "{page}");
}

#[test]
fn provenance_names_policy_and_node() {
    let source = SourceRow {
        policy: PolicyLink { name: "company".into(), ..policy("p-company00") },
        node: NodeLink { name: "Production".into(), ..node("ou-ab12-cd34ef56", NodeKind::Unit) },
    };
    let leaf = LeafRow {
        path: "tags/cost/tag_key".into(),
        values: Listed { rows: vec![ValueRow { text: "Cost".into(), by: None }], more: false },
        set_by: vec![source],
    };
    let effective = EffectivePolicy {
        leaves: Listed { rows: vec![leaf], more: false },
        errors: Listed::default(),
        ..effective("x")
    };
    let page =
        render_target(&TargetPage { organization: "o-1".into(), effective: vec![effective], ..target("x") });
    for part in [
        "tags/cost/tag_key",
        "href=\"/organizations/o-1/policies/p-company00\">company</a>",
        "href=\"/organizations/o-1/targets/ou-ab12-cd34ef56\">Production</a>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("not valid"), "{page}");
}
