//! Documents and requests that were written to hurt: refused, or decided in time that is bounded by the product of the
//! document's and the request's length. Nothing here measures time; what was exponential would not end.
#![expect(clippy::string_slice, clippy::unwrap_used, reason = "tests fail by panicking, and tables are long")]

use guildhall_policy::iam::{
    Attached, Context, Document, DocumentErrorKind as K, DocumentKind as D, Level, Outcome, Policies,
    Principal, Request, Resource, decide, stored_form,
};
use guildhall_policy::json::{MAX_DEPTH, MAX_TEXT, ParseErrorKind as J};

const KINDS: [D; 6] =
    [D::ServiceControl, D::ResourceControl, D::Identity, D::Resource, D::Trust, D::Organization];

fn ask(document: &Document, arn: &str, context: Context) -> Outcome {
    let admin = Document::full_access(D::Identity);
    let identity = [Attached { name: "admin", document: &admin }, Attached { name: "hostile", document }];
    let root = Level { node: "r-1", policies: identity.to_vec() };
    let path = [&root];
    let user =
        Principal::User { account: "222222222222".into(), arn: "arn:aws:iam::222222222222:user/u".into() };
    let request = Request::new(user, "s3:GetObject", Resource::new(arn, "222222222222")).with(context);
    let decision =
        decide(&request, &Policies { scps: Some(&path), identity: &identity, ..Policies::default() });
    decision.outcome
}

fn deny(resource: &str, condition: &str) -> Document {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"s3:*","Resource":"{resource}","Condition":{condition}}}}}"#
    );
    Document::parse(D::Identity, &text).unwrap()
}

#[test]
fn nesting_is_refused() {
    for open in ["[", "{\"Statement\":", "{\"Statement\":["] {
        for kind in KINDS {
            let e = Document::parse(kind, &open.repeat(40_000)).unwrap_err();
            assert_eq!(e.kind, K::Json(J::TooDeep));
            assert!(stored_form(kind, &open.repeat(40_000)).is_err());
        }
    }
    let deep = format!(
        r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{}1{}}}}}"#,
        "{\"a\":".repeat(MAX_DEPTH - 2),
        "}".repeat(MAX_DEPTH - 2)
    );
    assert_eq!(Document::parse(D::ServiceControl, &deep).unwrap_err().kind, K::BadOperator);
}

#[test]
fn wildcards_in_masses() {
    let long = format!("arn:aws:s3:::{}", "a".repeat(4_000));
    for (pattern, fits) in [
        ("*".repeat(1_000_000), true),
        (format!("{}b", "a*".repeat(20_000)), false),
        (format!("{}b", "*a".repeat(20_000)), false),
        (format!("{}b", "*?".repeat(2_000)), false),
        (format!("{}*", "*?".repeat(4_000)), true),
        (format!("{}*", "*?".repeat(4_001)), false),
        (format!("*{}b", "a?".repeat(1_000)), false),
        (format!("*{}b*", "?".repeat(3_000)), false),
        (format!("{}b*", "*?a?".repeat(5_000)), false),
        (format!("*{}*{}*", "a".repeat(2_000), "a".repeat(2_000)), true),
        (format!("*{}*{}*", "a".repeat(2_000), "a".repeat(2_001)), false),
    ] {
        let document = deny(&format!("arn:aws:s3:::{pattern}"), "{}");
        let wanted = if fits { Outcome::ExplicitDeny } else { Outcome::Allow };
        assert_eq!(ask(&document, &long, Context::new()), wanted, "{}", &pattern[..pattern.len().min(30)]);
        let value = long.rsplit(':').next().unwrap();
        let document = deny("*", &format!(r#"{{"StringLike":{{"aws:x":"{pattern}"}}}}"#));
        assert_eq!(ask(&document, &long, Context::new().one("aws:x", value)), wanted);
    }
    let actions = vec![format!("\"s3:{}x\"", "*Get".repeat(50)); 2_000].join(",");
    let text = format!(r#"{{"Statement":{{"Effect":"Deny","Action":[{actions}],"Resource":"*"}}}}"#);
    let document = Document::parse(D::ServiceControl, &text).unwrap();
    assert_eq!(ask(&document, &long, Context::new()), Outcome::Allow);
}

#[test]
fn wildcards_in_masses_beyond_the_basic_plane() {
    let subject = "😀".repeat(1_500);
    for (pattern, fits) in [
        (format!("{}b", "*?".repeat(500)), false),
        (format!("{}*", "*?".repeat(3_000)), true),
        (format!("{}*", "*?".repeat(3_001)), false),
        (format!("*{}b*", "?😀".repeat(500)), false),
        ("?".repeat(3_000), true),
        ("?".repeat(2_999), false),
        (format!("{}?b", "*😀".repeat(1_000)), false),
    ] {
        let document = deny("*", &format!(r#"{{"StringLike":{{"aws:x":"{pattern}"}}}}"#));
        let wanted = if fits { Outcome::ExplicitDeny } else { Outcome::Allow };
        assert_eq!(ask(&document, "arn:aws:s3:::b", Context::new().one("aws:x", subject.as_str())), wanted);
    }
}

#[test]
fn a_document_as_long_as_any_that_is_read() {
    // A mebibyte of statements each of which looks at all the values of a key.
    let statement = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":["*a?b*","*-?"]}}}"#;
    let many = (MAX_TEXT - 100) / (statement.len() + 1);
    let text = format!(r#"{{"Statement":[{}]}}"#, vec![statement; many].join(","));
    assert!(text.len() > 1_000_000);
    let document = Document::parse(D::Identity, &text).unwrap();
    let values: Vec<String> = (0..50).map(|n| format!("key{n}-aa{}", "a".repeat(30))).collect();
    assert_eq!(ask(&document, "arn:aws:s3:::b", Context::new().many("aws:TagKeys", values)), Outcome::Allow);
    // As many Deny statements apply: some of them are told.
    let all = format!(
        r#"{{"Statement":[{}]}}"#,
        vec![r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#; 20_000].join(",")
    );
    let document = Document::parse(D::Identity, &all).unwrap();
    assert_eq!(ask(&document, "arn:aws:s3:::b", Context::new()), Outcome::ExplicitDeny);
    // Names that are like no other, as long as can be.
    let name = "not".repeat(MAX_TEXT / 4);
    let e = Document::parse(D::Identity, &format!(r#"{{"{name}":1}}"#)).unwrap_err();
    assert_eq!(e.kind, K::UnknownMember);
    let operator = format!(
        r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{name}":{{"a:b":"c"}}}}}}}}"#
    );
    let e = Document::parse(D::Identity, &operator).unwrap_err();
    assert_eq!((e.kind, e.to_string().len() < 500), (K::BadOperator, true));
}

#[test]
fn variables_in_masses() {
    let context = || {
        Context::new()
            .one("aws:x", "a".repeat(1_000))
            .one("aws:empty", "")
            .one("aws:long", "a".repeat(300))
            .one("aws:arn", format!("arn:aws:s3:::{}", "a".repeat(300)))
    };
    for (variables, condition) in [
        ("${aws:empty}".repeat(3_000), r#"{"StringLike":{"aws:x":"*V?b"}}"#),
        ("${aws:long}".repeat(1_000), r#"{"StringEqualsIgnoreCase":{"aws:x":"V"}}"#),
        ("${aws:long}".repeat(1_000), r#"{"ArnLike":{"aws:arn":"arn:${aws:empty}aws:s3:::V"}}"#),
        ("${aws:none, 'x'}*".repeat(1_000), r#"{"StringLike":{"aws:x":"V"}}"#),
    ] {
        let document = deny("*", &condition.replace('V', &variables));
        assert_eq!(ask(&document, "arn:aws:s3:::b", context()), Outcome::Allow, "{condition}");
    }
    // Things that look like variables and are none are text.
    for text in [
        "${",
        "${}",
        "${aws:x",
        "${aws:x,}",
        "${aws:x, 'y}",
        "${aws:x, 'y' z}",
        "$",
        "${*",
        "${${aws:x}}",
        "$${",
    ] {
        let text = text.repeat(500);
        let document = deny(&format!("arn:aws:s3:::{text}"), "{}");
        assert_eq!(ask(&document, "arn:aws:s3:::b", context()), Outcome::Allow, "{text}");
    }
}

#[test]
fn long_lists_and_long_values() {
    let statement = r#"{"Effect":"Deny","Action":"ec2:*","Resource":"*"}"#;
    let many = format!(r#"{{"Statement":[{}]}}"#, vec![statement; 10_000].join(","));
    let document = Document::parse(D::ServiceControl, &many).unwrap();
    assert_eq!(ask(&document, "arn:aws:s3:::b", Context::new()), Outcome::Allow);
    let nets: Vec<String> = (0..10_000).map(|n| format!("\"10.{}.{}.0/24\"", n / 250, n % 250)).collect();
    let document = deny("*", &format!(r#"{{"NotIpAddress":{{"aws:SourceIp":[{}]}}}}"#, nets.join(",")));
    let from = |ip: &str| ask(&document, "arn:aws:s3:::b", Context::new().one("aws:SourceIp", ip));
    assert_eq!(from("10.39.249.1"), Outcome::Allow);
    assert_eq!(from("10.39.250.1"), Outcome::ExplicitDeny);
    let number = format!("0.{}1", "0".repeat(100_000));
    let document = deny("*", &format!(r#"{{"NumericGreaterThan":{{"aws:n":{number}}}}}"#));
    let wanted =
        ask(&document, "arn:aws:s3:::b", Context::new().one("aws:n", format!("0.{}2", "0".repeat(100_000))));
    assert_eq!(wanted, Outcome::ExplicitDeny);
    let values: Vec<String> = (0..3_000).map(|n| format!("v{n}")).collect();
    let quoted: Vec<String> = values.iter().map(|v| format!("\"{v}\"")).collect();
    let document =
        deny("*", &format!(r#"{{"ForAllValues:StringEquals":{{"aws:TagKeys":[{}]}}}}"#, quoted.join(",")));
    assert_eq!(
        ask(&document, "arn:aws:s3:::b", Context::new().many("aws:TagKeys", values)),
        Outcome::ExplicitDeny
    );
    let duplicates =
        format!("{{{}}}", (0..20_000).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(","));
    assert_eq!(Document::parse(D::Identity, &duplicates).unwrap_err().kind, K::UnknownMember);
}

#[test]
fn requests_that_are_nonsense() {
    let document =
        deny("arn:aws:s3:::b/*", r#"{"ArnLike":{"aws:a":"arn:aws:s3:::b"},"Bool":{"aws:b":"true"}}"#);
    let long = ":".repeat(100_000);
    for arn in
        ["", ":", ":::::", "arn", "arn:aws:s3:::", "*", "\u{0}", "arn:aws:s3:::b/\u{202e}", long.as_str()]
    {
        for value in ["", ":", ":::::", "arn:::::", "é", "\u{0}", "999999999999999999999999", "-", "1e", "::"]
        {
            let context = Context::new().one("aws:a", value).one("aws:b", value).one("", value);
            assert_eq!(ask(&document, arn, context), Outcome::Allow, "{arn} {value}");
        }
    }
    let user = Principal::User { account: String::new(), arn: String::new() };
    for action in ["", ":", "s3", "*", "s3:*", "é:é"] {
        let request = Request::new(user.clone(), action, Resource::none());
        let decision = decide(&request, &Policies::default());
        assert_eq!(decision.outcome, Outcome::ImplicitDeny);
        assert!(decision.sentence().unwrap().contains(action));
    }
}

#[test]
fn changed_documents_never_panic() {
    let text = r#"{"Version":"2012-10-17","Id":"é","Statement":[{"Sid":"A","Effect":"Deny","Principal":{"AWS":["222222222222","*"]},"NotAction":["s3:G*","sqs:?"],"Resource":["arn:aws:s3:::${aws:x, 'é'}/*","*"],"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a*",1.5e3,true]},"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00.5+01:00"},"IpAddress":{"aws:SourceIp":"2001:db8::/32"},"ArnLike":{"aws:a":"arn:${aws:x}:*"}}}]}"#;
    let chars: Vec<char> = text.chars().collect();
    let spare: Vec<char> = "\"{}[]:,*?$'0e-.\\\u{0}é😀 ".chars().collect();
    let mut accepted = 0;
    let mut state = 0x9e37_79b9_u32;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % n
    };
    for _ in 0..20_000 {
        let mut changed = chars.clone();
        for _ in 0..1 + below(3) {
            let at = below(changed.len());
            match below(4) {
                0 => changed.truncate(at.max(1)),
                1 => drop(changed.remove(at)),
                2 => changed.insert(at, spare[below(spare.len())]),
                _ => changed[at] = spare[below(spare.len())],
            }
            if changed.is_empty() {
                changed.push('x');
            }
        }
        let changed: String = changed.into_iter().collect();
        for kind in [D::Resource, D::Organization] {
            match Document::parse(kind, &changed) {
                Ok(document) => {
                    accepted += 1;
                    let context = Context::partial().one("aws:x", "é").one("aws:a", "arn:a:b:c:d:e");
                    ask(&document, "arn:aws:s3:::é/k", context);
                }
                Err(e) => {
                    let lines = u32::try_from(changed.lines().count()).unwrap();
                    assert!((1..=lines.max(1)).contains(&e.at.line), "{e}: {changed}");
                    assert!(e.to_string().len() < 1_000);
                }
            }
        }
    }
    assert!(accepted > 1_000, "{accepted}");
}
