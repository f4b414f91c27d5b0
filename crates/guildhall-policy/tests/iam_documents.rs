//! The documents that IAM and STS take, and the sentence that each other one gets (identity.md 3.8), with the order in
//! which the rules are looked at; and how a trust policy is written again (identity.md 3.5).
#![expect(clippy::panic, clippy::too_many_lines, reason = "tests fail by panicking, and tables are long")]

use std::borrow::Cow;

use guildhall_policy::iam::{Document, Malformed, Usage, quota_length, trust};

const SYNTAX: &str = "Syntax errors in policy.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const LEGACY: &str = "The policy failed legacy parsing";
const TWICE: &str = "Statement IDs (SID) in a single policy must be unique.";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const COLONS: &str = "Actions/Condition can contain only one colon.";
const IAM_PATH: &str = "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, \
                        instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, \
                        oidc-provider/, report/, access-report/.";

fn check(usage: Usage, text: &str, wanted: &str) {
    match (Document::for_iam(usage, text), wanted) {
        (Ok(document), "") => {
            assert_eq!(document.kind, usage.kind());
            // What is accepted is read again as it was, wherever it is stored.
            assert_eq!(Document::parse(usage.kind(), text).as_ref(), Ok(&document), "{text}");
        }
        (Ok(_), _) => panic!("{usage:?}: accepted, wanted {wanted}: {text}"),
        (Err(e), _) => assert_eq!(e.to_string(), wanted, "{usage:?}: {text}"),
    }
}

fn policy(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)
}

/// A statement with these members beside an Effect.
fn with(members: &str) -> String {
    policy(&format!(r#"{{"Effect":"Allow",{members}}}"#))
}

fn on(resource: &str) -> String {
    with(&format!(r#""Action":"s3:GetObject","Resource":{resource}"#))
}

fn does(action: &str) -> String {
    with(&format!(r#""Action":{action},"Resource":"*""#))
}

fn when(condition: &str) -> String {
    with(&format!(r#""Action":"s3:*","Resource":"*","Condition":{condition}"#))
}

#[test]
fn managed_policies_get_the_sentence_of_the_first_rule_that_is_broken() {
    let rest = r#""Action":"s3:*","Resource":"*""#;
    let rows = [
        // 1 and 2: the form.
        ("no JSON".to_owned(), SYNTAX),
        (String::new(), SYNTAX),
        ("[]".to_owned(), SYNTAX),
        ("{}".to_owned(), SYNTAX),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), SYNTAX),
        (policy("[]"), SYNTAX),
        (policy("\"x\""), SYNTAX),
        (policy("[\"x\"]"), SYNTAX),
        (policy(&format!(r#"{{"Effect":"Allow",{rest}}},"Extra":1"#)), SYNTAX),
        (policy(&format!(r#"{{"Effect":"Allow",{rest}}},"Id":["x"]"#)), SYNTAX),
        (policy(&format!(r#"{{"Effect":"Allow",{rest}}},"Id":"x""#)), ""),
        (policy(&format!(r#"{{"Effect":"Allow",{rest}}},"Version":"2012-10-17""#)), SYNTAX),
        (with(&format!(r#""Extra":"x",{rest}"#)), SYNTAX),
        (with(&format!(r#""Effect":"Allow",{rest}"#)), SYNTAX),
        (with(&format!(r#""Sid":7,{rest}"#)), SYNTAX),
        (with(&format!(r#""Sid":"a-b",{rest}"#)), SYNTAX),
        (with(&format!(r#""Sid":"",{rest}"#)), ""),
        (with(&format!(r#""Sid":"aB1",{rest}"#)), ""),
        (policy(&format!("{{{rest}}}")), SYNTAX),
        (policy(&format!(r#"{{"Effect":"Permit",{rest}}}"#)), SYNTAX),
        (policy(&format!(r#"{{"Effect":["Allow"],{rest}}}"#)), SYNTAX),
        (with(&format!(r#""NotAction":"a:b",{rest}"#)), SYNTAX),
        (with(&format!(r#""NotResource":[],{rest}"#)), SYNTAX),
        (on(r#"{"a":"arn:aws:s3:::b"}"#), SYNTAX),
        (on(r#"["*",{}]"#), SYNTAX),
        (does("[[]]"), SYNTAX),
        (does("7"), SYNTAX),
        (when("[]"), SYNTAX),
        (when(r#"{"StringEquals":"x"}"#), SYNTAX),
        (when(r#"{"StringEquals":{"a":{}}}"#), SYNTAX),
        (when(r#"{"StringEquals":{"a":[["x"]]}}"#), SYNTAX),
        (when(r#"{"Same":{"a:b":"x"}}"#), SYNTAX),
        (when(r#"{"ForAnyValue::StringEquals":{"a:b":"x"}}"#), SYNTAX),
        (when(r#"{"BinaryEquals":{"a:b":"?"}}"#), SYNTAX),
        // Conditions that ask for little are taken.
        (when("{}"), ""),
        (when(r#"{"Same":{}}"#), ""),
        (when(r#"{"StringEquals":{}}"#), ""),
        (when(r#"{"StringEquals":{"a":[]}}"#), ""),
        (when(r#"{"DateGreaterThan":{"a":[]}}"#), ""),
        (when(r#"{"Bool":{"aws:SecureTransport":true}}"#), ""),
        (when(r#"{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*"]}}"#), ""),
        // 3: the version, before what is wrong in a statement.
        (format!(r#"{{"Version":"2013-10-17","Statement":{{"Effect":"Allow",{rest}}}}}"#), SYNTAX),
        (format!(r#"{{"Version":"2008-10-17","Statement":{{"Effect":"Allow",{rest}}}}}"#), VERSION),
        (format!(r#"{{"Statement":{{"Effect":"Allow",{rest}}}}}"#), VERSION),
        (format!(r#"{{"Statement":{{"Effect":"allow",{rest}}}}}"#), VERSION),
        // 4: the older parser.
        (policy(&format!(r#"{{"Effect":"denY",{rest}}}"#)), LEGACY),
        (policy(r#"{"Effect":"allow","Resource":"arn:aws:s3:eu-west-1::b"}"#), LEGACY),
        (on(r#""arn:aws:s3::b""#), LEGACY),
        (on(r#""arn:aws::::b""#), LEGACY),
        (on(r#""arn:aws::b""#), LEGACY),
        (with(r#""Action":"s3:*","NotResource":"arn:aws:s3::b""#), LEGACY),
        (with(r#""Resource":"arn:aws:s3::b""#), LEGACY),
        (
            with(r#""Action":"s3:*","Resource":"arn:x:s3:::b","Condition":{"DateEquals":{"a":"soon"}}"#),
            LEGACY,
        ),
        (with(r#""Condition":{"DateEquals":{"a":"soon"}}"#), LEGACY),
        // 5: a Sid twice, before what a statement lacks.
        (policy(r#"[{"Sid":"A","Effect":"Allow"},{"Sid":"A","Effect":"Allow"}]"#), TWICE),
        (policy(r#"[{"Sid":"","Effect":"Allow"},{"Sid":"","Effect":"Allow"}]"#), NO_ACTIONS),
        (policy(r#"[{"Sid":"A","Effect":"allow"},{"Sid":"A","Effect":"Allow"}]"#), LEGACY),
        // 6: no action, of whichever statement.
        (with(r#""Resource":"x""#), NO_ACTIONS),
        (does("[]"), NO_ACTIONS),
        (policy(&format!(r#"[{{"Effect":"Deny"}},{{"Effect":"Allow",{rest}}}]"#)), NO_ACTIONS),
        // 8 comes before 9, and 7 before both.
        (with(r#""Action":"x","Resource":"x""#), "Resource x must be in ARN format or \"*\"."),
        (with(r#""Action":"x""#), VENDOR),
        (with(r#""Action":"s3:*""#), NO_RESOURCES),
        (with(r#""Action":"s3:*","Resource":[]"#), NO_RESOURCES),
        (does("\"\""), VENDOR),
        (does(r#"["s3:*","ListUsers"]"#), VENDOR),
        (with(r#""NotAction":"ListUsers","Resource":"*""#), VENDOR),
        (does("\"s3:List:Bucket\""), COLONS),
        (does("\"a b:List\""), "Vendor a b is not valid"),
        (does("\"s3*:List\""), "Vendor s3* is not valid"),
        (does("\":List\""), "Vendor  is not valid"),
        (does("\"*\""), ""),
        (does("\"*:*\""), ""),
        (does("\"s3.x-y:What ever\""), ""),
        (does("\"nothing:Such\""), ""),
        // 10: last.
        (with(r#""Principal":"*","Action":"s3:*""#), NO_RESOURCES),
        (with(&format!(r#""Principal":"*",{rest}"#)), "Policy document should not specify a principal."),
        (with(&format!(r#""NotPrincipal":7,{rest}"#)), "Policy document should not specify a principal."),
    ];
    for (text, wanted) in rows {
        check(Usage::Managed, &text, wanted);
    }
}

#[test]
fn resources_have_the_forms_that_iam_knows() {
    let no_arn = |resource: &str| format!("Resource {resource} must be in ARN format or \"*\".");
    let region = |resource: &str| format!("Resource {resource} can not contain region information.");
    let partition = |p: &str, arn: &str| format!("Partition \"{p}\" is not valid for resource \"{arn}\".");
    let rows = [
        ("*", String::new()),
        ("arn:aws:s3:::b/*", String::new()),
        ("arn:aws-cn:s3:::b", String::new()),
        ("arn:*:s3:::b", String::new()),
        ("arn:aws:nothing:eu-west-1::such", String::new()),
        ("arn:aws:s3:eu-west-1:111122223333:accesspoint/a", String::new()),
        ("arn:aws:anything", String::new()),
        ("arn:aws:ec2:eu-west-1", String::new()),
        ("", no_arn("")),
        ("bucket", no_arn("bucket")),
        ("urn:aws:s3:::b", no_arn("urn:aws:s3:::b")),
        ("a:b", partition("b", "arn:b:*:*:*:*")),
        ("a:b:c", partition("b", "arn:b:c:*:*:*")),
        ("a:b:c:d:e:f:g", partition("b", "arn:b:c:d:e:f:g")),
        ("aws:s3:::b", partition("s3", "arn:s3:::b:*")),
        ("arn:aws", "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()),
        ("arn:aws:s3:eu-west-1::b", region("arn:aws:s3:eu-west-1::b")),
        ("arn:aws:s3", region("arn:aws:s3")),
        (
            "arn:aws:iam:us-east-1::user/u",
            "IAM resource arn:aws:iam:us-east-1::user/u cannot contain region information.".to_owned(),
        ),
        ("arn:aws:iam::111122223333:bucket", IAM_PATH.to_owned()),
        ("arn:aws:iam:::bucket/b", IAM_PATH.to_owned()),
        ("arn:aws:iam::111122223333:*", String::new()),
        ("arn:aws:iam::*:root", String::new()),
        ("arn:aws:iam::*:user/${aws:username}", String::new()),
        ("arn:aws:iam::*:*/admin", String::new()),
        ("arn:aws:iam::aws:policy/AdministratorAccess", String::new()),
    ];
    for (resource, wanted) in rows {
        check(Usage::Managed, &on(&format!("\"{resource}\"")), &wanted);
        check(Usage::Inline, &with(&format!(r#""Action":"s3:*","NotResource":["*","{resource}"]"#)), &wanted);
    }
    // The first of several is told; an ARN that ends early only if all before it are right.
    check(Usage::Managed, &on(r#"["first","a:b","arn:aws:s3::b"]"#), &no_arn("first"));
    check(Usage::Managed, &on(r#"["*","arn:aws:s3::b","first"]"#), LEGACY);
    // A session's policy names whole ARNs.
    check(Usage::Session, &on(r#""arn:aws:anything""#), &no_arn("arn:aws:anything"));
    let long = format!("{}é", "x".repeat(3_000));
    let Err(Malformed::NoArn(told)) = Document::for_iam(Usage::Managed, &on(&format!("\"{long}\""))) else {
        panic!("accepted")
    };
    assert_eq!(told.len(), 2_048);
}

#[test]
fn the_older_parser_reads_dates_in_its_own_way() {
    let good = [
        "2026-01-01T00:00:00Z",
        "2026-12-31t23:59:59.123456789+05:30",
        "2026-12-13T2:00:00.5+23",
        "2026-01-01",
        "01T",
        "2026T5",
        "-292275054",
        "1767225600",
        "9223372036854775807",
    ];
    let bad = [
        "",
        "soon",
        "234-13",
        "2026-13-01",
        "2026-00-01",
        "2026-01-0",
        "T",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:00+24",
        "2026-01-01T00:00:00z0",
        "2026-01-32",
        "2026-01-01-01",
        "2026-01-01T24",
        "2026-01-01T00:60",
        "2026-01-01T00:00:60",
        "2026-01-01T00:00:00+1",
        "2026-01-01T00:00:00.1999999999",
        "-292275055",
        "9223372036854775808",
        "+5",
        "${aws:CurrentTime}",
    ];
    for (dates, wanted) in [(&good[..], ""), (&bad[..], LEGACY)] {
        for date in dates {
            let text =
                when(&format!(r#"{{"DateLessThanIfExists":{{"aws:CurrentTime":["2026-01-01","{date}"]}}}}"#));
            check(Usage::Managed, &text, wanted);
            check(Usage::Inline, &text, wanted);
            // Recorded of sessions' policies: what is no date is taken, and equals none.
            check(Usage::Session, &text, "");
        }
    }
}

#[test]
fn ranges_of_ipv6_have_no_stray_bits() {
    let rows = [
        ("2001:db8::/32", ""),
        ("2001:db8::1", ""),
        ("2001:db8::1/128", ""),
        ("2001:db8::1/32", LEGACY),
        ("2001:db8::/129", LEGACY),
        ("192.0.2.0/+24", ""),
        ("192.0.2.1/24", ""),
        ("nowhere/24", ""),
    ];
    for (range, wanted) in rows {
        let text = when(&format!(r#"{{"NotIpAddress":{{"aws:SourceIp":["10.0.0.1","{range}"]}}}}"#));
        check(Usage::Managed, &text, wanted);
        check(Usage::Inline, &text, wanted);
        check(Usage::Session, &text, "");
    }
}

#[test]
fn inline_and_session_policies_may_be_old() {
    let rest = r#""Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    for usage in [Usage::Inline, Usage::Session] {
        check(usage, &format!("{{{rest}}}"), "");
        check(usage, &format!(r#"{{"Version":"2008-10-17",{rest}}}"#), "");
        check(usage, &format!(r#"{{"Version":"2008-10-18",{rest}}}"#), SYNTAX);
        check(usage, "x", SYNTAX);
        check(usage, &with(r#""Action":"s3:*""#), NO_RESOURCES);
    }
}

#[test]
fn trust_policies_have_sentences_of_their_own() {
    const JSON: &str = "This policy contains invalid Json";
    const NOT_STS: &str = "AssumeRole policy may only specify STS AssumeRole actions.";
    const NOBODY: &str = "AssumeRole policy must contain principals.";
    let by = |principal: &str| with(&format!(r#""Principal":{principal},"Action":"sts:AssumeRole""#));
    let may = |action: &str| with(&format!(r#""Principal":"*","Action":{action}"#));
    let invalid = |kind: &str, who: &str| format!("Invalid principal in policy: \"{kind}\":\"{who}\"");
    let rows = [
        ("{".to_owned(), JSON.to_owned()),
        (format!("{} x", by("\"*\"")), JSON.to_owned()),
        (with(r#""Effect":"Allow","Principal":"*","Action":"sts:AssumeRole""#), SYNTAX.to_owned()),
        ("{}".to_owned(), SYNTAX.to_owned()),
        (by("\"*\""), String::new()),
        (by("\"*\"").replace("\"Version\":\"2012-10-17\",", ""), String::new()),
        (by("\"*\"").replace("2012-10-17", "2008-10-17"), String::new()),
        (by("\"*\"").replace("Allow", "allow"), LEGACY.to_owned()),
        (by("\"*\"").replace("{\"E", r#"{"Sid":"a b","E"#), String::new()),
        (with(r#""Principal":"*""#), NO_ACTIONS.to_owned()),
        (may("[]"), NO_ACTIONS.to_owned()),
        (
            with(r#""Principal":"*","Action":"s3:*","Resource":"*""#),
            "Has prohibited field Resource".to_owned(),
        ),
        (
            with(r#""Principal":"*","Action":"sts:AssumeRole","NotResource":[]"#),
            "Has prohibited field NotResource".to_owned(),
        ),
        (may("\"AssumeRole\""), VENDOR.to_owned()),
        (may("\"s3:GetObject\""), NOT_STS.to_owned()),
        (may("\"*\""), NOT_STS.to_owned()),
        (may("\"sts:Assume*\""), NOT_STS.to_owned()),
        (may("\"sts:AssumeRoot\""), NOT_STS.to_owned()),
        (may(r#"["sts:AssumeRole","sts:GetCallerIdentity"]"#), NOT_STS.to_owned()),
        (
            may(
                r#"["sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity","STS:tagsession","sts:SetSourceIdentity",
                    "sts:SetContext","sts:*"]"#,
            ),
            String::new(),
        ),
        (with(r#""Action":"sts:AssumeRole""#), NOBODY.to_owned()),
        (with(r#""Action":"s3:GetObject""#), NOT_STS.to_owned()),
        (by("{}"), SYNTAX.to_owned()),
        (by("[]"), SYNTAX.to_owned()),
        (by("\"111122223333\""), SYNTAX.to_owned()),
        (by(r#"{"aws":"111122223333"}"#), SYNTAX.to_owned()),
        (by(r#"{"AWS":[]}"#), SYNTAX.to_owned()),
        (by(r#"{"AWS":111122223333}"#), SYNTAX.to_owned()),
        (by(r#"{"AWS":["111122223333","bob"]}"#), invalid("AWS", "bob")),
        (
            by(r#"{"AWS":"arn:aws:iam::111122223333:group/g"}"#),
            invalid("AWS", "arn:aws:iam::111122223333:group/g"),
        ),
        (
            by(r#"{"AWS":"arn:aws:iam::111122223333:role/x*"}"#),
            invalid("AWS", "arn:aws:iam::111122223333:role/x*"),
        ),
        (by(r#"{"Service":"nothing"}"#), invalid("SERVICE", "nothing")),
        (by(r#"{"Service":["ec2.amazonaws.com"],"AWS":"AROAEXAMPLEEXAMPLE12"}"#), String::new()),
        (by(r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/p"}"#), String::new()),
        (
            with(r#""Principal":"*","Action":"sts:AssumeRole","Condition":{"Same":{"a:b":"c"}}"#),
            "Invalid Condition type : Same.".to_owned(),
        ),
        (
            with(
                r#""Principal":"*","Action":"sts:AssumeRole","Condition":{"Same":{},"StringEquals":{"a":[]}}"#,
            ),
            String::new(),
        ),
        (
            with(r#""Principal":"*","Action":"sts:AssumeRole","Condition":{"DateEquals":{"a:b":"c"}}"#),
            LEGACY.to_owned(),
        ),
    ];
    for (text, wanted) in rows {
        check(Usage::Trust, &text, &wanted);
    }
    // Of one that is not there the caller says the same, with the principal as it was written.
    let Ok(document) =
        Document::for_iam(Usage::Trust, &by(r#"{"AWS":["111122223333","arn:aws:iam::111122223333:root"]}"#))
    else {
        panic!("refused")
    };
    let told: Vec<String> =
        document.principals().map(|named| Malformed::principal(named).to_string()).collect();
    assert_eq!(told, [invalid("AWS", "111122223333"), invalid("AWS", "arn:aws:iam::111122223333:root")]);
}

#[test]
fn what_means_nothing_decides_nothing() {
    use guildhall_policy::iam::{Attached, Outcome, Policies, Principal, Request, Resource, decide};
    let outcome = |statement: &str| {
        let document = Document::for_iam(Usage::Inline, &policy(statement)).unwrap_or_else(|e| panic!("{e}"));
        let user = Principal::User {
            account: "111122223333".into(),
            arn: "arn:aws:iam::111122223333:user/a".into(),
        };
        let identity = [Attached { name: "p", document: &document }];
        let request = Request::new(user, "s3:GetObject", Resource::new("arn:aws:s3:::b/k", "111122223333"));
        decide(&request, &Policies { identity: &identity, ..Policies::default() }).outcome
    };
    let allow = |resource: &str| outcome(&format!(r#"{{"Effect":"Allow","Action":"s3:*",{resource}}}"#));
    assert_eq!(allow(r#""Resource":"arn:aws:s3:::b/k""#), Outcome::Allow);
    assert_eq!(allow(r#""Resource":"arn:aws:anything""#), Outcome::ImplicitDeny);
    assert_eq!(allow(r#""NotResource":"arn:aws:anything""#), Outcome::Allow);
    let both = |denied: &str| {
        outcome(&format!(
            r#"[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"Deny",{denied}}}]"#
        ))
    };
    assert_eq!(both(r#""Action":"*","Resource":"*""#), Outcome::ExplicitDeny);
    assert_eq!(both(r#""Action":"*","Resource":"arn:aws:anything""#), Outcome::Allow);
    assert_eq!(both(r#""Action":"s3.s3:Get","Resource":"*""#), Outcome::Allow);
    // No wanted value fits none: a plain operator does not hold, a negated one does.
    let of = |operator: &str| {
        both(&format!(r#""Action":"*","Resource":"*","Condition":{{"{operator}":{{"a":[]}}}}"#))
    };
    assert_eq!((of("StringEquals"), of("StringNotEquals")), (Outcome::Allow, Outcome::ExplicitDeny));
}

#[test]
fn trust_policies_are_written_again() {
    let sent = r#"{ "Statement": [{ "Condition": { "StringEquals": { "sts:ExternalId": ["x"], "a:b": ["1", "2"] } },
        "Action": ["sts:AssumeRole"], "Principal": { "Service": ["ec2.amazonaws.com"], "AWS": ["111122223333", "*",
        "AIDAEXAMPLE", "arn:aws:iam::111122223333:user/a"] }, "Effect": "Allow", "Sid": "" }], "Version": "2012-10-17" }"#;
    let shown = r#"{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":["arn:aws-cn:iam::111122223333:root","*","AIDAEXAMPLE","arn:aws:iam::111122223333:user/a"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x","a:b":["1","2"]}}}]}"#;
    let mut seen = Vec::new();
    let written = trust::normalised(sent, |kind, principal| {
        seen.push(format!("{kind} {principal}"));
        trust::root_of("aws-cn", principal).map_or(Cow::Borrowed(principal), Cow::Owned)
    });
    assert_eq!(written, shown);
    let all = ["Service ec2.amazonaws.com", "AWS 111122223333", "AWS *", "AWS AIDAEXAMPLE"];
    assert_eq!(seen[..4], all);
    assert_eq!(seen[4..], ["AWS arn:aws:iam::111122223333:user/a"]);
    // Once written it stays; ids take the place of ARNs when it is saved, and ARNs theirs when it is shown.
    assert_eq!(trust::normalised(shown, |_, principal| principal.into()), shown);
    let saved = trust::normalised(shown, |_, p| if p.ends_with("/a") { "AIDAREAL".into() } else { p.into() });
    assert!(saved.contains(r#""AIDAEXAMPLE","AIDAREAL"]"#), "{saved}");
    let again = trust::normalised(&saved, |_, p| match p {
        "AIDAREAL" => "arn:aws:iam::111122223333:user/a".into(),
        other => other.into(),
    });
    assert_eq!(again, shown);
    // One statement stays one, two stay two, and nobody is named under `*`.
    let one = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#;
    assert_eq!(trust::normalised(one, |_, _| "x".into()), one);
    let two = r#"{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"x"},"NotAction":["a","b"]},{}]}"#;
    assert_eq!(trust::normalised(two, |_, _| "x".into()), two);
    assert_eq!(trust::normalised("no JSON", |_, _| "x".into()), "no JSON");
    // An ARN of a root is already what is shown.
    assert_eq!(trust::root_of("aws", "arn:aws:iam::111122223333:root"), None);
    assert_eq!(trust::root_of("aws", "11112222333é"), None);
}

#[test]
fn white_space_does_not_count() {
    assert_eq!(quota_length("{ \"a\":\t\"é b\"\r\n}"), 10);
}
