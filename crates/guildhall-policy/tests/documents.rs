//! Documents: each accept and reject row of policies.md 2.2, 2.3 and 7.2, and what a refusal says.
#![expect(clippy::panic, clippy::too_many_lines, reason = "tests fail by panicking, and tables are long")]

use guildhall_policy::iam::{
    Answer, Document, DocumentError, DocumentErrorKind as K, DocumentKind as D, Effect, Operations, Operator,
    RCP_SERVICES, Version, Who, check_length, stored_form,
};
use guildhall_policy::json::ParseErrorKind as J;

fn scp(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn check(id: &str, kind: D, text: &str, wanted: Option<K>) {
    match (Document::parse(kind, text), wanted) {
        (Ok(_), None) => {}
        (Err(e), Some(k)) => assert_eq!(e.kind, k, "{id}: {e}"),
        (Ok(_), Some(k)) => panic!("{id}: accepted, wanted {k:?}: {text}"),
        (Err(e), None) => panic!("{id}: refused: {e}: {text}"),
    }
}

#[test]
fn scp_rows_of_the_reference() {
    let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;
    let whole = |rest: &str| format!(r#"{{"Version":"2012-10-17",{rest}}}"#);
    let rows = [
        ("S1", scp(deny), None),
        ("S2", whole(&format!(r#""Statement":{deny}"#)), None),
        ("S3", format!(r#"{{"Statement":[{deny}]}}"#), None),
        (
            "S4",
            scp(
                r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
            ),
            None,
        ),
        ("S5", scp(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#), None),
        ("S6", scp(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#), None),
        (
            "S7",
            scp(
                r#"{"Effect":"Deny","Action":"bedrock:InvokeModel","NotResource":"arn:aws:bedrock:*::foundation-model/x"}"#,
            ),
            None,
        ),
        ("S8", scp(r#"{"Effect":"Deny","Action":"ec2:*Instance*","Resource":"*"}"#), None),
        ("S8 start", scp(r#"{"Effect":"Deny","Action":["ec2:*Instances","ec2:?un*"],"Resource":"*"}"#), None),
        ("S9", scp(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#), None),
        (
            "S10",
            scp(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#),
            Some(K::ForbiddenMember),
        ),
        (
            "S10 not",
            scp(r#"{"Effect":"Deny","NotPrincipal":"*","Action":"s3:*","Resource":"*"}"#),
            Some(K::ForbiddenMember),
        ),
        (
            "S11",
            scp(r#"{"Effect":"Deny","Action":"s3:*","NotAction":"iam:*","Resource":"*"}"#),
            Some(K::ConflictingMembers),
        ),
        (
            "S11 resource",
            scp(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","NotResource":"*"}"#),
            Some(K::ConflictingMembers),
        ),
        ("S12", scp(r#"{"Effect":"Deny","Action":"s3:*"}"#), Some(K::MissingMember)),
        ("S13 none", scp(r#"{"Action":"s3:*","Resource":"*"}"#), Some(K::MissingMember)),
        ("S13 case", scp(r#"{"Effect":"allow","Action":"s3:*","Resource":"*"}"#), Some(K::BadEffect)),
        ("S14", whole(r#""Statement":[]"#), Some(K::EmptyList)),
        ("S15 two", format!("{}{}", scp(deny), scp(deny)), Some(K::Json(J::TrailingText))),
        ("S15 text", format!("{} x", scp(deny)), Some(K::Json(J::TrailingText))),
        ("S15 comment", format!("/* a */{}", scp(deny)), Some(K::Json(J::Syntax))),
        ("S15 comma", scp(&format!("{deny},")), Some(K::Json(J::Syntax))),
        (
            "S16",
            scp(r#"{"Effect":"Deny","Effect":"Deny","Action":"s3:*","Resource":"*"}"#),
            Some(K::Json(J::DuplicateKey)),
        ),
        (
            "S16 top",
            whole(&format!(r#""Version":"2012-10-17","Statement":{deny}"#)),
            Some(K::Json(J::DuplicateKey)),
        ),
        ("S17", format!(r#"{{"Version":"2013-01-01","Statement":[{deny}]}}"#), Some(K::BadVersion)),
        ("S17 2008", format!(r#"{{"Version":"2008-10-17","Statement":[{deny}]}}"#), None),
        ("S18", scp(r#"{"Effect":"Deny","Action":"ListUsers","Resource":"*"}"#), Some(K::BadAction)),
        (
            "S18 list",
            scp(r#"{"Effect":"Deny","Action":["iam:*","ListUsers"],"Resource":"*"}"#),
            Some(K::BadAction),
        ),
        ("S20 array", format!("[{}]", scp(deny)), Some(K::WrongType)),
        ("S20 string", "\"x\"".to_owned(), Some(K::WrongType)),
    ];
    for (id, text, wanted) in rows {
        check(id, D::ServiceControl, &text, wanted);
        if let Err(e) = Document::parse(D::ServiceControl, &text) {
            assert_eq!(e.answer(), Answer::MalformedPolicyDocument, "{id}");
        }
    }
}

#[test]
fn size_is_another_answer_and_comes_first() {
    // S19. Characters count, not bytes.
    let long = "é".repeat(10_241);
    let e = check_length(D::ServiceControl, &long, 10_240).unwrap_err();
    assert_eq!(
        (e.kind, e.answer(), e.answer().reason()),
        (K::TooLong, Answer::PolicyContentLimitExceeded, Some("POLICY_CONTENT_LIMIT_EXCEEDED"),)
    );
    assert!(check_length(D::ServiceControl, &"é".repeat(10_240), 10_240).is_ok());
}

#[test]
fn other_members_and_values_of_an_scp() {
    let with = |extra: &str| scp(&format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":"*"{extra}}}"#));
    let condition = |c: &str| with(&format!(r#","Condition":{c}"#));
    let action = |a: &str| scp(&format!(r#"{{"Effect":"Deny","Action":{a},"Resource":"*"}}"#));
    let resource = |r: &str| scp(&format!(r#"{{"Effect":"Deny","Action":"s3:*","Resource":{r}}}"#));
    let rows = [
        ("sid", with(r#","Sid":"Any text is fine""#), None),
        ("sid type", with(r#","Sid":1"#), Some(K::WrongType)),
        ("unknown", with(r#","Comment":"x""#), Some(K::UnknownMember)),
        ("case", with(r#","condition":{}"#), Some(K::UnknownMember)),
        ("top unknown", r#"{"Version":"2012-10-17","Statement":[],"X":1}"#.into(), Some(K::UnknownMember)),
        ("id", r#"{"Id":"x","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#.into(), None),
        (
            "id type",
            r#"{"Id":1,"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#.into(),
            Some(K::WrongType),
        ),
        ("no statement", r#"{"Version":"2012-10-17"}"#.into(), Some(K::MissingMember)),
        ("statement type", r#"{"Statement":"x"}"#.into(), Some(K::WrongType)),
        ("statement in list", r#"{"Statement":["x"]}"#.into(), Some(K::WrongType)),
        ("version type", r#"{"Version":20121017,"Statement":[]}"#.into(), Some(K::WrongType)),
        ("effect type", scp(r#"{"Effect":["Deny"],"Action":"*","Resource":"*"}"#), Some(K::WrongType)),
        ("no action", scp(r#"{"Effect":"Deny","Resource":"*"}"#), Some(K::MissingMember)),
        ("action empty list", action("[]"), Some(K::EmptyList)),
        ("action empty", action(r#""""#), Some(K::BadAction)),
        ("action number", action("[1]"), Some(K::WrongType)),
        ("action nested", action(r#"[["s3:*"]]"#), Some(K::WrongType)),
        ("action no name", action(r#""s3:""#), Some(K::BadAction)),
        ("action no service", action(r#"":GetObject""#), Some(K::BadAction)),
        ("action service glob", action(r#""s*:GetObject""#), Some(K::BadAction)),
        ("action all services", action(r#""*:Describe*""#), None),
        ("action blank", action(r#""s3: GetObject""#), Some(K::BadAction)),
        ("action two colons", action(r#""s3:Get:Object""#), Some(K::BadAction)),
        ("action variable", action(r#""s3:${aws:username}""#), Some(K::BadAction)),
        ("action star inside list", action(r#"["s3:*","*"]"#), None),
        ("action unknown", action(r#""made-up:Whatever""#), None),
        ("resource empty list", resource("[]"), Some(K::EmptyList)),
        ("resource name", resource(r#""bucket""#), Some(K::BadResource)),
        ("resource five fields", resource(r#""arn:aws:s3::bucket""#), Some(K::BadResource)),
        ("resource globs", resource(r#"["arn:*:s3:*:*:b*/?x","arn:aws:iam::*:role/${aws:username}"]"#), None),
        ("resource variable alone", resource(r#""${aws:x}""#), Some(K::BadResource)),
        ("condition list", condition("[]"), Some(K::WrongType)),
        ("condition empty", condition("{}"), None),
        ("condition block type", condition(r#"{"StringEquals":"x"}"#), Some(K::WrongType)),
        ("condition operator", condition(r#"{"StringEqual":{"aws:x":"y"}}"#), Some(K::BadOperator)),
        (
            "condition two sets",
            condition(r#"{"ForAnyValue:ForAllValues:StringEquals":{"aws:x":"y"}}"#),
            Some(K::BadOperator),
        ),
        ("condition null exists", condition(r#"{"NullIfExists":{"aws:x":"true"}}"#), Some(K::BadOperator)),
        ("condition null set", condition(r#"{"ForAnyValue:Null":{"aws:x":"true"}}"#), Some(K::BadOperator)),
        ("condition key", condition(r#"{"StringEquals":{"region":"y"}}"#), Some(K::BadConditionKey)),
        ("condition no values", condition(r#"{"StringEquals":{"aws:x":[]}}"#), Some(K::EmptyList)),
        ("condition null value", condition(r#"{"StringEquals":{"aws:x":[null]}}"#), Some(K::WrongType)),
        ("condition object value", condition(r#"{"StringEquals":{"aws:x":{}}}"#), Some(K::WrongType)),
        ("condition scalars", condition(r#"{"NumericEquals":{"aws:x":[1.50,"2",true]}}"#), None),
        // observed.md 48 and 52: only binary values are judged when they are written.
        (
            "condition bad base64",
            condition(r#"{"BinaryEquals":{"aws:x":"no base64!"}}"#),
            Some(K::BadConditionValue),
        ),
        ("condition base64", condition(r#"{"BinaryEquals":{"aws:x":"YQ=="}}"#), None),
        ("condition bad number", condition(r#"{"NumericEquals":{"aws:x":"many"}}"#), None),
        ("condition bad date", condition(r#"{"DateEquals":{"aws:x":"soon"}}"#), None),
        ("condition bad net", condition(r#"{"IpAddress":{"aws:x":"here"}}"#), None),
        ("condition bad arn", condition(r#"{"ArnLike":{"aws:x":"it"}}"#), None),
    ];
    for (id, text, wanted) in rows {
        check(id, D::ServiceControl, &text, wanted);
    }
}

#[test]
fn rcp_rows_of_the_reference() {
    let version = r#""Version":"2012-10-17","#;
    let base = r#""Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*""#;
    let document = |version: &str, statement: &str| format!(r#"{{{version}"Statement":{statement}}}"#);
    let changed = |from: &str, to: &str| document(version, &format!("{{{}}}", base.replace(from, to)));
    let rows = [
        ("R1", document(version, &format!("{{{base}}}")), None),
        ("R2", document("", &format!("{{{base}}}")), None),
        ("R3", document(r#""Version":"2008-10-17","#, &format!("[{{{base}}}]")), None),
        ("R4", changed("Deny", "Allow"), Some(K::BadEffect)),
        ("R5", changed("sqs:SendMessage", "*"), Some(K::UnsupportedAction)),
        ("R6", changed("sqs:SendMessage", "madeup:X"), Some(K::UnsupportedAction)),
        ("R7", changed("sqs:SendMessage", "iam:CreateUser"), Some(K::UnsupportedAction)),
        ("R8", changed("sqs:SendMessage", "sqs:Whatever"), None),
        ("R9", changed("sqs:SendMessage", "SQS:SendMessage"), None),
        ("R10", changed(r#""*","Action"#, r#"{"AWS":"*"},"Action"#), None),
        ("R11", changed(r#""*","Action"#, r#"["*"],"Action"#), Some(K::BadPrincipal)),
        ("R12", changed(r#""*","Action"#, r#"{"AWS":"111111111111"},"Action"#), Some(K::BadPrincipal)),
        ("R13", changed("\"Action", "\"NotAction"), Some(K::ForbiddenMember)),
        ("R14", changed("Principal", "NotPrincipal"), Some(K::ForbiddenMember)),
        ("R15", changed("\"Resource", "\"NotResource"), None),
        ("no principal", changed(r#""Principal":"*","#, ""), Some(K::MissingMember)),
        ("no resource", changed(r#","Resource":"*""#, ""), Some(K::MissingMember)),
        ("any service", changed("sqs:SendMessage", "*:SendMessage"), Some(K::UnsupportedAction)),
        (
            "condition",
            changed(
                r#""Resource":"*""#,
                r#""Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
            ),
            None,
        ),
        ("one of a list", changed(r#""sqs:SendMessage""#, r#"["s3:*","iam:*"]"#), Some(K::UnsupportedAction)),
    ];
    for (id, text, wanted) in rows {
        check(id, D::ResourceControl, &text, wanted);
    }
    // Each service of the list, and some that are none of it.
    assert_eq!(RCP_SERVICES.len(), 62);
    for service in RCP_SERVICES {
        check(service, D::ResourceControl, &changed("sqs:", &format!("{service}:")), None);
    }
    for service in
        ["iam", "ec2", "lambda", "sns", "rds", "organizations", "ssm", "s3express", "s", "s3-outposts"]
    {
        check(
            service,
            D::ResourceControl,
            &changed("sqs:", &format!("{service}:")),
            Some(K::UnsupportedAction),
        );
    }
}

/// Some operations of Organizations.
const OPERATIONS: &Operations = &[
    ("AttachPolicy", true),
    ("CreateAccount", false),
    ("DeleteResourcePolicy", false),
    ("DescribeAccount", true),
    ("DescribePolicy", true),
    ("ListRoots", true),
    ("TagResource", true),
    ("UntagResource", true),
];

#[test]
fn rows_of_the_organizations_resource_policy() {
    let base = r#"{"Effect":"Allow","Principal":"*","Action":"organizations:Describe*","Resource":"*"}"#;
    let whole = |s: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{s}]}}"#);
    let principal = |p: &str| whole(&base.replace(r#"Principal":"*""#, &format!(r#"Principal":{p}"#)));
    let action = |a: &str| whole(&base.replace("organizations:Describe*", a));
    let resource = |r: &str| whole(&base.replace(r#"Resource":"*""#, &format!(r#"Resource":{r}"#)));
    let json = Some(Answer::InvalidResourcePolicyJson);
    let unsupported = Some(Answer::UnsupportedActionInResourcePolicy);
    let rows = [
        ("allow", whole(base), None),
        ("deny", whole(&base.replace("Allow", "Deny")), None),
        ("aws star", principal(r#"{"AWS":"*"}"#), None),
        ("account", principal(r#"{"AWS":"222222222222"}"#), None),
        ("root arn", principal(r#"{"AWS":"arn:aws:iam::222222222222:root"}"#), None),
        ("service", principal(r#"{"Service":"backup.amazonaws.com"}"#), None),
        ("several", principal(r#"{"AWS":["222222222222","arn:aws:iam::222222222222:role/a/b"]}"#), None),
        ("user", principal(r#"{"AWS":"arn:aws:iam::222222222222:user/u"}"#), None),
        ("principal text", principal(r#""222222222222""#), json),
        ("principal list", principal(r#"["*"]"#), json),
        ("principal empty", principal("{}"), json),
        ("principal empty list", principal(r#"{"AWS":[]}"#), json),
        ("principal glob", principal(r#"{"AWS":"arn:aws:iam::222222222222:role/*"}"#), json),
        ("principal kind", principal(r#"{"Federated":"x.example"}"#), json),
        ("principal short", principal(r#"{"AWS":"22222222222"}"#), json),
        ("no principal", whole(&base.replace(r#""Principal":"*","#, "")), json),
        ("write", action("organizations:AttachPolicy"), None),
        ("case", action("Organizations:attachpolicy"), None),
        ("reads", action("organizations:List*"), None),
        ("wildcard of writes", action("organizations:*Policy"), unsupported),
        ("wildcard of tags", action("organizations:*TagResource"), None),
        ("wildcard of untag", action("organizations:U?tagResource"), None),
        ("all", action("organizations:*"), unsupported),
        ("star", action("*"), unsupported),
        ("create account", action("organizations:CreateAccount"), unsupported),
        ("s3", action("s3:GetObject"), unsupported),
        ("unknown", action("organizations:DescribeNothing"), unsupported),
        ("no prefix", action("DescribeAccount"), json),
        ("organization arn", resource(r#""arn:aws:organizations::111111111111:policy/o-1/*""#), None),
        (
            "arn that does not fit",
            resource(r#""arn:aws:organizations::111111111111:account/o-1/222222222222""#),
            None,
        ),
        ("foreign arn", resource(r#""arn:aws:s3:::b""#), Some(Answer::UnsupportedResourceInResourcePolicy)),
        (
            "foreign key",
            whole(&base.replace(r#""*"}"#, r#""*","Condition":{"StringEquals":{"s3:prefix":"x"}}}"#)),
            None,
        ),
        ("NotAction", whole(&base.replace("Action", "NotAction")), json),
        ("NotResource", whole(&base.replace("Resource", "NotResource")), json),
        ("NotPrincipal", whole(&base.replace("Principal", "NotPrincipal")), json),
        ("no version", format!(r#"{{"Statement":{base}}}"#), None),
        ("no json", "{".to_owned(), json),
    ];
    for (id, text, wanted) in rows {
        let read = Document::for_organization(&text, OPERATIONS);
        assert_eq!(read.as_ref().err().map(DocumentError::answer), wanted, "{id}: {text}");
        // One that is judged already is read without the names of operations, and all else is refused as before.
        let again = Document::parse(D::Organization, &text);
        assert!(again == read || (again.is_ok() && wanted == unsupported), "{id}: {text}");
    }
    for (name, delegable) in OPERATIONS {
        let read = Document::for_organization(&action(&format!("organizations:{name}")), OPERATIONS);
        assert_eq!(read.is_ok(), *delegable, "{name}");
    }
    // The first mistake is told, of whatever kind.
    for (text, wanted) in [
        (whole(&format!("{},{{}}", base.replace("organizations:Describe*", "*"))), unsupported),
        (whole(&format!("{{}},{}", base.replace("organizations:Describe*", "*"))), json),
    ] {
        let answer = Document::for_organization(&text, OPERATIONS).err().map(|e| e.answer());
        assert_eq!(answer, wanted, "{text}");
    }
    let e = Document::for_organization(&action("organizations:*"), OPERATIONS).unwrap_err();
    assert_eq!(e.sentence(), "organizations:* is not a supported action for this resource-based policy.");
    assert_eq!(e.answer().reason(), Some("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"));
    let e = Document::for_organization("{", OPERATIONS).unwrap_err();
    assert_eq!(e.sentence(), "This resource-based policy contains invalid JSON.");
    // Who exists is for the organization to say: each name comes with its place.
    let text = principal(r#"{"AWS":["222222222222","arn:aws:iam::333333333333:role/r"]}"#);
    let document = Document::parse(D::Organization, &text).unwrap();
    let named: Vec<_> = document.principals().collect();
    assert_eq!(named[0].who, Who::Account("222222222222".into()));
    assert_eq!(named[1].who, Who::Arn("arn:aws:iam::333333333333:role/r".into()));
    assert_eq!(named[1].at.column as usize, text.find("\"arn:").unwrap() + 1);
}

#[test]
fn identity_resource_and_trust_policies() {
    let plain = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let with = r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"}"#;
    let trust = r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}"#;
    let rows = [
        ("identity", D::Identity, scp(plain), None),
        ("identity principal", D::Identity, scp(with), Some(K::ForbiddenMember)),
        ("identity sid", D::Identity, scp(&plain.replace("{\"E", r#"{"Sid":"a b","E"#)), Some(K::BadSid)),
        ("identity one sid", D::Identity, scp(&plain.replace("{\"E", r#"{"Sid":"A1","E"#)), None),
        (
            "identity two sids",
            D::Identity,
            scp(&[plain, plain].map(|s| s.replace("{\"E", r#"{"Sid":"A1","E"#)).join(",")),
            Some(K::DuplicateSid),
        ),
        (
            "scp two sids",
            D::ServiceControl,
            scp(&[plain, plain].map(|s| s.replace("{\"E", r#"{"Sid":"A","E"#)).join(",")),
            None,
        ),
        ("resource", D::Resource, scp(with), None),
        ("resource without principal", D::Resource, scp(plain), Some(K::MissingMember)),
        ("resource not", D::Resource, scp(&with.replace("Principal", "NotPrincipal")), None),
        (
            "resource canonical",
            D::Resource,
            scp(&with.replace("AWS\":\"111111111111", "CanonicalUser\":\"79a5")),
            None,
        ),
        ("resource id", D::Resource, scp(&with.replace("111111111111", "AROAEXAMPLEEXAMPLE12")), None),
        (
            "resource both",
            D::Resource,
            scp(&with.replace("\"Action", r#""NotPrincipal":"*","Action"#)),
            Some(K::ConflictingMembers),
        ),
        ("trust", D::Trust, scp(trust), None),
        (
            "trust provider",
            D::Trust,
            scp(&trust.replace("AWS\":\"111111111111", "Federated\":\"accounts.example.com")),
            None,
        ),
        (
            "trust service",
            D::Trust,
            scp(&trust.replace("AWS\":\"111111111111", "Service\":\"ec2.amazonaws.com")),
            None,
        ),
        (
            "trust service glob",
            D::Trust,
            scp(&trust.replace("AWS\":\"111111111111", "Service\":\"*")),
            Some(K::BadPrincipal),
        ),
        ("trust kind", D::Trust, scp(&trust.replace("AWS", "aws")), Some(K::BadPrincipal)),
        ("trust resource", D::Trust, scp(with), Some(K::ForbiddenMember)),
        (
            "trust action",
            D::Trust,
            scp(&trust.replace("sts:AssumeRole", "s3:GetObject")),
            Some(K::UnsupportedAction),
        ),
        (
            "trust without principal",
            D::Trust,
            scp(r#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#),
            Some(K::MissingMember),
        ),
    ];
    for (id, kind, text, wanted) in rows {
        check(id, kind, &text, wanted);
    }
}

#[test]
fn refusals_are_for_people() {
    let parse = |text: &str| -> DocumentError { Document::parse(D::ServiceControl, text).unwrap_err() };
    for (text, message) in [
        (
            "{\n \"Statement\": [\n  {\"Effect\": \"deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}",
            "line 3, column 14: found `deny`; Effect is \"Allow\" or \"Deny\", with a capital",
        ),
        (r#"{"Statements": []}"#, "line 1, column 2: found `Statements`; the member is written `Statement`"),
        (
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEqual": {"a:b": "c"}}}}"#,
            "line 1, column 80: found `StringEqual`; did you mean StringEquals? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IpAddres": {"a:b": "c"}}}}"#,
            "line 1, column 80: found `IpAddres`; did you mean IpAddress? IfExists may follow it",
        ),
        (
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringContains": {"a:b": "c"}}}}"#,
            "the operators are those of StringEquals",
        ),
        (
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "NotAction": "*", "Resource": "*"}}"#,
            "line 1, column 49: found both Action and NotAction; a statement has Action or NotAction",
        ),
        (r#"{"Statement": {"Effect": "Deny", "Action": "*"}}"#, "a statement has Resource or NotResource"),
        ("{\"Statement\": 5}", "found a number; a statement is an object"),
    ] {
        let e = parse(text);
        assert!(e.to_string().contains(message), "{e}");
    }
    let long = format!(r#"{{"{}": 1}}"#, "x".repeat(10_000));
    assert!(parse(&long).to_string().len() < 300);
}

#[test]
fn what_was_read_can_be_looked_at() {
    let text = "{\"Id\": \"i\",\n\"Statement\": [\n{\"Sid\": \"One\", \"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"*\",\n\"Condition\": {\"stringnotlikeifexists\": {\"AWS:x\": [\"a\", 1.0]}}}]}";
    let document = Document::parse(D::ServiceControl, text).unwrap();
    assert_eq!((document.version, document.id.as_deref()), (None, Some("i")));
    let statement = &document.statements[0];
    assert_eq!(
        (statement.sid.as_deref(), statement.effect, statement.at.line),
        (Some("One"), Effect::Deny, 3)
    );
    let condition = &statement.conditions[0];
    assert_eq!(
        (&*condition.written, &*condition.key, condition.at.line),
        ("stringnotlikeifexists", "AWS:x", 4)
    );
    assert_eq!(condition.wanted().collect::<Vec<_>>(), ["a", "1.0"]);
    assert!(
        condition.operator.negated && condition.operator.if_exists && condition.operator.quantifier.is_none()
    );
    assert!(Version::V2008 < Version::V2012);
}

#[test]
fn operator_names_of_every_form() {
    for name in [
        "StringLike",
        "stringlike",
        "ForAnyValue:Stringlike",
        "ForAllValues:StringLikeIfExists",
        "NotIpAddress",
        "ArnNotEqualsIfExists",
        "DateLessThanEquals",
        "NumericGreaterThanIfExists",
        "Null",
        "BoolIfExists",
    ] {
        assert!(Operator::parse(name).is_some(), "{name}");
    }
    for name in [
        "",
        "IfExists",
        "ForAllValues:",
        "ForAllValues:IfExists",
        "BoolNotEquals",
        "StringLikeIfExistsIfExists",
        "ForSomeValues:StringLike",
        "NotStringEquals",
        "ÄIfExists",
        "NumericLike",
    ] {
        assert!(Operator::parse(name).is_none(), "{name}");
    }
}

#[test]
fn what_is_stored() {
    // policies.md 1.6: order, scalars and the case of actions stay.
    let rcp = "{ \"Statement\" : {\"Resource\":\"*\", \"Action\": \"SQS:SendMessage\",\n\"Principal\": \"*\", \"Effect\":\"Deny\"} }";
    assert_eq!(
        stored_form(D::ResourceControl, rcp).unwrap(),
        r#"{"Version":"2008-10-17","Statement":[{"Resource":"*","Action":"SQS:SendMessage","Principal":"*","Effect":"Deny"}]}"#
    );
    let rcp = r#"{"Version": "2012-10-17", "Statement": [{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"*"}]}"#;
    assert_eq!(
        stored_form(D::ResourceControl, rcp).unwrap(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"*"}]}"#
    );
    let own = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["222222222222","*","arn:aws:iam::333333333333:role/r"]},"Action":"organizations:ListRoots","Resource":"*"}}"#;
    assert_eq!(
        stored_form(D::Organization, own).unwrap(),
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:root","*","arn:aws:iam::333333333333:role/r"]},"Action":"organizations:ListRoots","Resource":"*"}]}"#
    );
    let one = own.replace(r#"["222222222222","*","arn:aws:iam::333333333333:role/r"]"#, r#""222222222222""#);
    assert!(
        stored_form(D::Organization, &one).unwrap().contains(r#"{"AWS":"arn:aws:iam::222222222222:root"}"#)
    );
    let scp = "{ \"Statement\": {\"Effect\":\"Deny\", \"Action\":\"*\", \"Resource\":\"*\"} }\n";
    assert_eq!(stored_form(D::ServiceControl, scp).unwrap(), scp);
    assert!(stored_form(D::ResourceControl, scp).is_err());
    // What is stored reads back as the same policy.
    assert!(Document::parse(D::ResourceControl, &stored_form(D::ResourceControl, rcp).unwrap()).is_ok());
}

#[test]
fn tables_are_in_order() {
    assert!(RCP_SERVICES.is_sorted());
}
