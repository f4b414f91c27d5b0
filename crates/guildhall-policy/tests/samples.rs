//! Realistic service and resource control policies, one a file below `samples/`, and what they decide, one decision a
//! line in `samples/decisions.txt`.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking, and tables are long")]

use std::collections::BTreeMap;
use std::path::Path;

use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind as D, Effect, Given, Level, Outcome, Place, Policies,
    Principal, Request, Resource, decide, standard_keys, stored_form,
};

const ACCOUNT: &str = "222222222222";
const STRANGER: &str = "999999999999";

fn samples() -> BTreeMap<String, (D, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut samples = BTreeMap::new();
    for (kind, name) in [(D::ServiceControl, "scp"), (D::ResourceControl, "rcp")] {
        for entry in std::fs::read_dir(folder.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            samples.insert(format!("{name}/{stem}"), (kind, std::fs::read_to_string(path).unwrap()));
        }
    }
    samples
}

#[test]
fn every_sample_is_a_policy() {
    let samples = samples();
    assert!(samples.len() >= 40, "{}", samples.len());
    for (name, (kind, text)) in &samples {
        Document::parse(*kind, text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let stored = stored_form(*kind, text).unwrap();
        let again = Document::parse(*kind, &stored).unwrap();
        assert_eq!(again.statements.len(), Document::parse(*kind, text).unwrap().statements.len(), "{name}");
        assert_eq!(stored_form(*kind, &stored).unwrap(), stored, "{name}");
    }
}

fn who(text: &str) -> Principal {
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    let account = if kind == "stranger" { STRANGER } else { ACCOUNT }.to_owned();
    match kind {
        "user" | "stranger" => {
            Principal::User { arn: format!("arn:aws:iam::{account}:user/{name}"), account }
        }
        "role" | "slr" => Principal::Role {
            role: format!("arn:aws:iam::{account}:role/{name}"),
            session: format!("arn:aws:sts::{account}:assumed-role/{}/s", name.rsplit('/').next().unwrap()),
            account,
            service_linked: kind == "slr",
        },
        "root" => Principal::Root { account },
        "service" => Principal::Service { name: name.into() },
        "provider" => Principal::Provided { provider: name.into() },
        "anonymous" => Principal::Anonymous,
        other => panic!("{other}"),
    }
}

/// `key=value; key=[a,b]; key?`
fn keys(context: &mut Context, text: &str) {
    for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        if let Some(key) = part.strip_suffix('?') {
            context.set(key, Given::Unknown);
            continue;
        }
        let (key, value) = part.split_once('=').unwrap_or_else(|| panic!("{part}"));
        match value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
            Some(list) => context.set(key, Given::Many(list.split(',').map(str::to_owned).collect())),
            None => context.set(key, Given::One(value.to_owned())),
        }
    }
}

fn decide_line(document: &Document, who: Principal, action: &str, resource: &str, given: &str) -> Outcome {
    let place = Place { organization: "o-guild01".into(), path: "o-guild01/r-ab12/ou-ab12-work/".into() };
    let caller_place = (who.account() == Some(ACCOUNT)).then_some(&place);
    let mut context = Context::new();
    standard_keys(&mut context, &who, caller_place, ACCOUNT, Some(&place));
    keys(&mut context, given);

    let full = Document::full_access(document.kind);
    let full = Attached { name: "full", document: &full };
    let sample = Attached { name: "sample", document };
    // A list of what is allowed stands in place of full access; denials stand beside it.
    let allows = document.statements.iter().any(|s| s.effect == Effect::Allow);
    let root = Level { node: "r-ab12", policies: vec![full] };
    let account = Level { node: ACCOUNT, policies: if allows { vec![sample] } else { vec![full, sample] } };
    let path = [&root, &account];

    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }];
    let everybody = Document::full_access(D::Resource);
    let scp = document.kind == D::ServiceControl;
    let on = Resource {
        arn: (resource != "*").then(|| resource.to_owned()),
        owner: Some(ACCOUNT.into()),
        policy: Some(Attached { name: "everybody", document: &everybody }),
        rcps: (!scp).then_some(&path),
        ..Resource::default()
    };
    let request = Request::new(who, action, on).with(context);
    let policies = Policies { scps: scp.then_some(&path), identity: &identity, ..Policies::default() };
    decide(&request, &policies).outcome
}

#[test]
fn every_sample_decides_as_it_says() {
    let samples = samples();
    let lines = include_str!("samples/decisions.txt");
    let mut seen: BTreeMap<&str, Vec<Outcome>> = BTreeMap::new();
    let mut count = 0;
    for line in lines.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, caller, action, resource, given, wanted] = fields[..] else { panic!("{line}") };
        let wanted = match wanted {
            "allow" => Outcome::Allow,
            "deny" => Outcome::ExplicitDeny,
            "implicit" => Outcome::ImplicitDeny,
            "undecided" => Outcome::Undecided,
            other => panic!("{other}"),
        };
        let (kind, text) = samples.get(name).unwrap_or_else(|| panic!("{line}"));
        let document = Document::parse(*kind, text).unwrap();
        assert_eq!(decide_line(&document, who(caller), action, resource, given), wanted, "{line}");
        seen.entry(name).or_default().push(wanted);
        count += 1;
    }
    assert!(count >= 150, "{count}");
    for name in samples.keys() {
        let outcomes = seen.get(name.as_str()).unwrap_or_else(|| panic!("{name} decides nothing"));
        // But for the one whose condition never holds, because its version has no variables.
        let both = outcomes.contains(&Outcome::Allow) && outcomes.iter().any(|o| *o != Outcome::Allow);
        assert!(both || name == "scp/old-style", "{name}: {outcomes:?}");
    }
}
