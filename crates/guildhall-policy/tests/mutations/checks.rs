//! What holds for every input, whoever made it. The fuzz targets use this file too.

use std::collections::BTreeSet;
use std::sync::Arc;

use guildhall_policy::iam::{
    self, Attached, Context, DocumentKind, Level, Outcome, Policies, Principal, Request, Resource, Usage,
    decide,
};
use guildhall_policy::json::{self, Position, Value};
use guildhall_policy::management::{
    Effective, Inherited, Leaf, LeafValue, ManagementDocument, Node, PolicyKind, RefusalKind, TagPolicy,
    always_valid, merge,
};

const IAM: [(&str, DocumentKind); 6] = [
    ("ServiceControl", DocumentKind::ServiceControl),
    ("ResourceControl", DocumentKind::ResourceControl),
    ("Identity", DocumentKind::Identity),
    ("Resource", DocumentKind::Resource),
    ("Trust", DocumentKind::Trust),
    ("Organization", DocumentKind::Organization),
];

const USAGES: [Usage; 4] = [Usage::Managed, Usage::Inline, Usage::Session, Usage::Trust];

/// What IAM and STS say to a text, and how a trust policy is written again.
fn sent_to_iam(text: &str) {
    for usage in USAGES {
        match iam::Document::for_iam(usage, text) {
            Ok(document) => assert_eq!(iam::Document::parse(usage.kind(), text).as_ref(), Ok(&document)),
            Err(refused) => assert!((1..5_000).contains(&refused.to_string().chars().count())),
        }
    }
    if let Ok(document) = iam::Document::for_iam(Usage::Trust, text) {
        let mut named = Vec::new();
        let written = iam::trust::normalised(text, |kind, principal| {
            named.push((kind.to_owned(), principal.to_owned()));
            principal.into()
        });
        let again =
            iam::Document::for_iam(Usage::Trust, &written).expect("a policy is accepted when written again");
        assert_eq!(iam::trust::normalised(&written, |_, principal| principal.into()), written);
        let whom = |d: &iam::Document| d.principals().map(|n| n.who.clone()).collect::<Vec<_>>();
        assert_eq!(whom(&again), whom(&document));
        let unnamed = document.statements.iter().flat_map(|s| &s.principals).filter(|p| p.named.len() == 1);
        assert!(
            named.len() <= whom(&document).len() && whom(&document).len() <= named.len() + unnamed.count()
        );
    }
}

const OPERATIONS: &iam::Operations = &[("CreatePolicy", true), ("ListRoots", true), ("MoveAccount", false)];

/// What Organizations says to its resource policy: what reading it says, and that it names wrong actions.
fn sent_to_organizations(text: &str) {
    let (sent, read) = (
        iam::Document::for_organization(text, OPERATIONS),
        iam::Document::parse(DocumentKind::Organization, text),
    );
    match sent {
        Err(refused) if refused.answer() == iam::Answer::UnsupportedActionInResourcePolicy => {
            refusal(text, refused.at, &refused.to_string());
            assert!(read.map_or_else(|later| later.at >= refused.at, |_| true));
        }
        sent => assert_eq!(sent, read),
    }
}

/// Reads an IAM document, and says whether it was accepted.
pub(crate) fn iam_document(input: &str) -> bool {
    let (name, text) = input.split_once('\n').unwrap_or((input, ""));
    let Some((_, kind)) = IAM.into_iter().find(|(known, _)| *known == name) else { return false };
    sent_to_iam(text);
    if kind == DocumentKind::Organization {
        sent_to_organizations(text);
    }
    let document = match iam::Document::parse(kind, text) {
        Ok(document) => document,
        Err(refused) => {
            refusal(text, refused.at, &refused.to_string());
            assert!(!refused.sentence().is_empty());
            assert!(iam::stored_form(kind, text).is_err());
            return false;
        }
    };
    assert!(!document.statements.is_empty());
    for statement in &document.statements {
        lies_within(text, statement.at);
    }

    // Written again it is the same document.
    let compact = json::parse(text).expect("an accepted document is JSON").to_string();
    let again = iam::Document::parse(kind, &compact).expect("a document is accepted when written again");
    assert_eq!(again.statements.len(), document.statements.len());
    let stored = iam::stored_form(kind, text).expect("an accepted document is stored");
    iam::Document::parse(kind, &stored).expect("what is stored is accepted");
    assert_eq!(iam::stored_form(kind, &stored).as_deref(), Ok(stored.as_str()), "stored once is stored");

    // A decision comes with its reasons, whatever is known of the call.
    let account = "222222222222";
    let attached = Attached { name: "p", document: &document };
    let level = Level { node: account, policies: vec![attached] };
    let path = [&level];
    let user = Principal::User { account: account.into(), arn: "arn:aws:iam::222222222222:user/ada".into() };
    let role = Principal::Role {
        account: account.into(),
        role: "arn:aws:iam::222222222222:role/r".into(),
        session: "arn:aws:sts::222222222222:assumed-role/r/s".into(),
        service_linked: false,
    };
    let calls = [
        (user.clone(), Context::new()),
        (role, Context::partial()),
        (Principal::Anonymous, Context::new().one("aws:username", "😀")),
        (user, Context::partial().one("aws:username", "ada")),
    ];
    for (who, context) in calls {
        let on = Resource {
            policy: Some(attached),
            rcps: Some(&path),
            ..Resource::new("arn:aws:s3:::bucket/key", account)
        };
        let request = Request::new(who, "s3:GetObject", on).with(context);
        let policies = Policies { scps: Some(&path), identity: &path[0].policies, ..Policies::default() };
        let decision = decide(&request, &policies);
        assert!(!decision.reasons.is_empty());
        assert!(decision.reasons.iter().all(|reason| !reason.to_string().is_empty()));
        let denied = matches!(decision.outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        assert_eq!(
            decision.sentence().is_some(),
            denied,
            "a denial is told in AWS's words, and nothing else"
        );
        assert_eq!(decision.needs.is_empty(), decision.outcome != Outcome::Undecided);
    }
    true
}

/// Reads a management policy, and says whether it was accepted.
pub(crate) fn management_document(input: &str) -> bool {
    let Some((kind, text)) = management(input) else { return false };
    let document = match ManagementDocument::parse(kind, text) {
        Ok(document) => document,
        Err(refused) => {
            refusal(text, refused.at, &refused.to_string());
            return false;
        }
    };
    let node = Node { id: "r", policies: &[("p", &document)] };
    let compact = json::parse(text).expect("an accepted document is JSON").to_string();
    let again = ManagementDocument::parse(kind, &compact).expect("a document is accepted when written again");
    let same = Node { id: "r", policies: &[("p", &again)] };
    assert_eq!(merge(kind, &[node]), merge(kind, &[same]), "and says the same");
    effective(kind, &[node]);
    true
}

/// Merges those of the policies that are accepted, and says whether all were.
pub(crate) fn management_merge(input: &str) -> bool {
    let Some((kind, rest)) = management(input) else { return false };
    let levels: Vec<Vec<Result<ManagementDocument, _>>> = rest
        .split("\n===\n")
        .map(|node| node.split("\n---\n").map(|text| ManagementDocument::parse(kind, text)).collect())
        .collect();
    let names: Vec<Vec<(String, &ManagementDocument)>> = levels
        .iter()
        .enumerate()
        .map(|(n, node)| node.iter().flatten().enumerate().map(|(p, d)| (format!("p-{n}-{p}"), d)).collect())
        .collect();
    let attached: Vec<Vec<(&str, &ManagementDocument)>> =
        names.iter().map(|node| node.iter().map(|(name, d)| (name.as_str(), *d)).collect()).collect();
    let ids: Vec<String> = (0..attached.len()).map(|n| n.to_string()).collect();
    let path: Vec<Node<'_>> = ids.iter().zip(&attached).map(|(id, policies)| Node { id, policies }).collect();
    effective(kind, &path);
    levels.iter().flatten().all(Result::is_ok)
}

fn management(input: &str) -> Option<(PolicyKind, &str)> {
    let (name, rest) = input.split_once('\n')?;
    Some((PolicyKind::from_name(name)?, rest))
}

fn refusal(text: &str, at: Position, message: &str) {
    lies_within(text, at);
    assert!(message.chars().count() < 2_000, "foreign text in messages is bounded: {message}");
}

/// A position is that of a character of the text, or of its end.
fn lies_within(text: &str, at: Position) {
    let line = usize::try_from(at.line).expect("small").checked_sub(1).expect("lines count from 1");
    let line = text.split('\n').nth(line).expect("the line is in the text");
    let column = usize::try_from(at.column).expect("small");
    assert!((1..=line.chars().count() + 1).contains(&column), "{at} in {line:?}");
}

/// What holds for the effective document of a path.
fn effective(kind: PolicyKind, path: &[Node<'_>]) {
    let got = merge(kind, path);
    let step_by_step = path.iter().fold(Inherited::root(kind), |above, node| above.below(node));
    assert_eq!(got, step_by_step.effective());

    let document = json::parse(&got.document).expect("an effective document is JSON");
    assert_eq!(document.to_string(), *got.document, "and compact");
    for leaf in &got.leaves {
        set_by_what_is_attached(leaf, &document, path);
    }
    let attached: BTreeSet<&str> = path.iter().flat_map(|n| n.policies.iter().map(|(id, _)| *id)).collect();
    let documents: Vec<&ManagementDocument> =
        path.iter().flat_map(|n| n.policies.iter().map(|(_, d)| *d)).collect();
    assert!(got.errors.is_empty() || !always_valid(kind, &documents), "{:?}", got.errors);
    for error in &got.errors {
        assert!(error.path.starts_with(kind.root()), "{}", error.path);
        assert!(error.policies.iter().all(|id| attached.contains(&**id)), "{error:?}");
    }
    if kind == PolicyKind::Tag {
        let policy = TagPolicy::parse(&got.document).expect("an effective tag policy is read");
        policy.check("ec2:instance", [("team", "red"), ("Team", "")]);
    }
    assigned_again(&got, &document);
}

/// The leaf is what the document has there, and its sources are attached where they say.
fn set_by_what_is_attached(leaf: &Leaf, document: &Value, path: &[Node<'_>]) {
    let at = leaf.path.iter().try_fold(document, |value, name| value.get(name)).expect("a leaf is there");
    let brought: Vec<_> = match &leaf.value {
        LeafValue::One(text) => {
            assert_eq!(at.as_str(), Some(&**text));
            Vec::new()
        }
        LeafValue::List(values) => {
            let texts: Vec<&str> = at.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            assert_eq!(texts, values.iter().map(|(text, _)| &**text).collect::<Vec<_>>());
            values.iter().filter_map(|(_, source)| source.as_ref()).collect()
        }
    };
    for source in leaf.set_by.iter().chain(brought) {
        let node = path.iter().find(|node| *node.id == *source.node).expect("a node of the path");
        assert!(node.policies.iter().any(|(id, _)| **id == *source.policy), "{leaf}: {source:?}");
    }
}

/// A policy that assigns what came out is accepted and gives the same, unless what came out is not whole.
fn assigned_again(got: &Effective, document: &Value) {
    fn assigning(value: &Value) -> String {
        match value.as_object() {
            Some(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|m| format!("{}:{}", json::escape(&m.key), assigning(&m.value)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
            None => format!("{{\"@@assign\":{value}}}"),
        }
    }
    let text = assigning(document);
    if &*text == "{}" {
        return;
    }
    match ManagementDocument::parse(got.kind, &text) {
        Ok(policy) => {
            let again = merge(got.kind, &[Node { id: "r", policies: &[("p", &policy)] }]);
            assert_eq!(again.document, got.document);
            assert_eq!(again.published(&Arc::from("{}")), got.published(&Arc::from("{}")));
        }
        Err(refused) => {
            use RefusalKind::{BadName, BadValue, Dependent, Missing, TooMany};
            // Ids of workspaces fold to lower case, which is refused (observed.md 38 and 59).
            let folded = refused.kind == BadName && got.kind == PolicyKind::Chatbot;
            let not_whole = matches!(refused.kind, BadValue | Dependent | Missing | TooMany);
            assert!(folded || not_whole, "{text}\n{refused}");
        }
    }
}
