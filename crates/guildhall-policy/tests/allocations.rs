//! A decision allocates for its reasons only: as much with long documents as with short ones. The counting allocator
//! of this binary counts by thread, so tests beside each other do not disturb it.
#![expect(clippy::panic, reason = "tests fail by panicking")]

use allocation_counter::measure;
use guildhall_policy::iam::{
    Attached, Context, Document, DocumentKind as D, Level, Outcome, Policies, Principal, Request, Resource,
    decide,
};

const ACCOUNT: &str = "222222222222";

/// A document whose last statement is `last`, after `n` that are looked at and do not apply, each with as many actions,
/// resources, conditions and values.
fn document(kind: D, n: usize, last: &str) -> Document {
    let list = |make: &dyn Fn(usize) -> String| {
        let quoted: Vec<String> = (0..n).map(|k| format!("\"{}\"", make(k))).collect();
        quoted.join(",")
    };
    let principal = if matches!(kind, D::Resource | D::ResourceControl) { r#""Principal":"*","# } else { "" };
    let actions = list(&|k| format!("s3:Put{k}*Object?"));
    let resources = list(&|k| format!("arn:aws:s3:::bucket-{k}/${{aws:username}}/*"));
    // All hold but the last.
    let condition = format!(
        r#"{{"StringLike":{{"aws:PrincipalTag/team":[{},"r*"]}},
             "StringEqualsIgnoreCase":{{"aws:username":["${{aws:PrincipalTag/team}}",{},"ADA"]}},
             "ForAnyValue:StringNotLike":{{"aws:TagKeys":[{}]}},
             "ArnNotLike":{{"aws:PrincipalArn":[{}]}},
             "NotIpAddress":{{"aws:SourceIp":[{}]}},
             "NumericNotEquals":{{"s3:signatureAge":[{}]}},
             "DateLessThan":{{"aws:CurrentTime":["2030-01-01T00:00:00Z"]}},
             "Bool":{{"aws:SecureTransport":"${{aws:username}}"}}}}"#,
        list(&|k| format!("team-{k}-*")),
        list(&|k| format!("USER-{k}")),
        list(&|k| format!("tag-{k}-?*")),
        list(&|k| format!("arn:aws:iam::${{aws:PrincipalAccount}}:role/r{k}")),
        list(&|k| format!("10.{}.{}.0/24", k / 200, k % 200)),
        list(&|k| format!("{k}.5e-3")),
    );
    // One whose action fits, one whose resource does, and one of which all but a condition does.
    let others = [
        format!(r#"{{"Effect":"Deny",{principal}"Action":[{actions}],"Resource":"*"}}"#),
        format!(r#"{{"Effect":"Deny",{principal}"Action":"s3:*","Resource":[{resources}]}}"#),
        format!(r#"{{"Effect":"Deny",{principal}"Action":"s3:*","Resource":"*","Condition":{condition}}}"#),
    ];
    let mut statements: Vec<String> = others.iter().cycle().take(n * 3).cloned().collect();
    statements.push(last.to_owned());
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Document::parse(kind, &text).unwrap_or_else(|e| panic!("{e}"))
}

/// How many allocations a decision makes, and of how many bytes, with documents of this length.
fn cost(n: usize, identity: &str, context: &Context, wanted: Outcome) -> (u64, u64) {
    let allow = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let shut = r#"{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}"#;
    let scp = document(D::ServiceControl, n, allow);
    let rcp = document(D::ResourceControl, n, shut);
    let identity = document(D::Identity, n, identity);
    let full = Document::full_access(D::ResourceControl);
    let attached = |document| Attached { name: "p", document };
    let scps: Vec<Level<'_>> =
        (0..5).map(|_| Level { node: "n", policies: vec![attached(&scp); 3] }).collect();
    let rcps: Vec<Level<'_>> =
        (0..5).map(|_| Level { node: "n", policies: vec![attached(&full), attached(&rcp)] }).collect();
    let (scps, rcps): (Vec<_>, Vec<_>) = (scps.iter().collect(), rcps.iter().collect());
    let identity = [attached(&identity)];
    let policies = Policies { scps: Some(&scps), identity: &identity, ..Policies::default() };
    let user =
        Principal::User { account: ACCOUNT.into(), arn: "arn:aws:iam::222222222222:user/ada".to_owned() };
    let mut resource = Resource::new("arn:aws:s3:::b/k", ACCOUNT);
    resource.rcps = Some(&rcps);
    let request = Request::new(user, "s3:GetObject", resource).with(context.clone());
    let info = measure(|| {
        let decision = decide(&request, &policies);
        assert_eq!(decision.outcome, wanted);
    });
    (info.count_total, info.bytes_total)
}

#[test]
fn a_decision_allocates_as_much_with_documents_a_hundred_times_as_long() {
    let context = Context::new()
        .one("aws:PrincipalTag/team", "red")
        .one("aws:username", "ada")
        .many("aws:TagKeys", ["x", "y"])
        .one("aws:PrincipalArn", "arn:aws:iam::222222222222:user/ada")
        .one("aws:PrincipalAccount", ACCOUNT)
        .one("aws:SourceIp", "192.0.2.1")
        .one("s3:signatureAge", "99999")
        .one("aws:CurrentTime", "2026-01-01T00:00:00Z")
        .one("aws:SecureTransport", "true");
    let allow = r#"{"Sid":"Ok","Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}"#;
    let other = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
    let open = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let unknown = context.clone().unknown("aws:MultiFactorAuthPresent");
    for (identity, context, outcome) in [
        (allow, &context, Outcome::Allow),
        (deny, &context, Outcome::ExplicitDeny),
        (other, &context, Outcome::ImplicitDeny),
        (open, &unknown, Outcome::Undecided),
    ] {
        // Ten times the statements, each ten times as long.
        let (short, long) = (cost(2, identity, context, outcome), cost(20, identity, context, outcome));
        assert!(short.0 > 0, "nothing was counted");
        assert_eq!(short, long, "{outcome:?}: allocations and their bytes");
        assert!(long.0 < 60, "{outcome:?}: {} allocations", long.0);
    }
}

#[test]
fn no_condition_allocates() {
    let context = Context::new()
        .one("aws:PrincipalTag/team", "red")
        .one("aws:username", "ada")
        .many("aws:TagKeys", ["x", "y"])
        .one("aws:PrincipalArn", "arn:aws:iam::222222222222:user/ada")
        .one("aws:PrincipalAccount", ACCOUNT)
        .one("aws:SourceIp", "192.0.2.1")
        .one("s3:signatureAge", "99999")
        .one("aws:CurrentTime", "2026-01-01T00:00:00.5+01:00")
        .one("aws:SecureTransport", "true");
    for condition in [
        r#"{"StringEquals":{"aws:username":["x","${aws:PrincipalTag/team}","${aws:none, 'ada'}"]}}"#,
        r#"{"StringNotEqualsIgnoreCase":{"aws:username":["x","${aws:PrincipalTag/team}"]}}"#,
        r#"{"StringNotLike":{"aws:username":["x*","?${aws:PrincipalTag/team}*"]}}"#,
        r#"{"ForAllValues:StringLike":{"aws:TagKeys":["x","?"]}}"#,
        r#"{"ForAnyValue:StringNotLikeIfExists":{"aws:TagKeys":["tag-*"]}}"#,
        r#"{"NumericNotEquals":{"s3:signatureAge":["1.5e-3","99998","many"]}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":["2030-01-01T00:00:00Z","1767225600","soon"]}}"#,
        r#"{"Bool":{"aws:SecureTransport":["${aws:username}","true"]}}"#,
        r#"{"BinaryEquals":{"aws:username":"YQ=="}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["2001:db8::/32","192.0.2.0/24"]}}"#,
        r#"{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::${aws:PrincipalAccount}:role/r","arn:*:s3:::*"]}}"#,
        r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/${aws:username}"}}"#,
        r#"{"Null":{"aws:username":"true","aws:none":"false"}}"#,
    ] {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        );
        let document = Document::parse(D::Identity, &text).unwrap_or_else(|e| panic!("{condition}: {e}"));
        let held = &document.statements[0].conditions[0];
        let info = measure(|| {
            std::hint::black_box(held.holds(&context));
        });
        assert_eq!(info.count_total, 0, "{condition}: {info:?}");
    }
}
