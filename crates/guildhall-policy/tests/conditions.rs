//! Conditions: the table of policies.md 3.4 and observed.md 45 to 55.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking, and tables are long")]

use guildhall_policy::iam::{Context, Document, DocumentKind, Given, Truth};

const T: Truth = Truth::True;
const F: Truth = Truth::False;
const E: Truth = Truth::Error;
const U: Truth = Truth::Unknown;

fn holds_in(version: &str, block: &str, context: &Context) -> Truth {
    let text = format!(
        r#"{{"Version":"{version}","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{block}}}}}"#
    );
    let document =
        Document::parse(DocumentKind::ServiceControl, &text).unwrap_or_else(|e| panic!("{block}: {e}"));
    document.statements[0].conditions.iter().fold(T, |t, c| t.and(c.holds(context)))
}

fn holds(block: &str, context: &Context) -> Truth {
    holds_in("2012-10-17", block, context)
}

/// `Operator` with one wanted value or a list (as JSON) against one value of the request.
fn one(operator: &str, wanted: &str, given: &str) -> Truth {
    holds(&format!(r#"{{"{operator}":{{"test:key":{wanted}}}}}"#), &Context::new().one("test:key", given))
}

fn many(operator: &str, wanted: &str, given: &[&str]) -> Truth {
    let context = Context::new().many("test:key", given.iter().copied());
    holds(&format!(r#"{{"{operator}":{{"test:key":{wanted}}}}}"#), &context)
}

fn absent(operator: &str, wanted: &str) -> Truth {
    holds(&format!(r#"{{"{operator}":{{"test:key":{wanted}}}}}"#), &Context::new())
}

#[test]
fn single_values() {
    let rows = [
        ("StringEquals", r#""a""#, "a", T),
        ("StringEquals", r#""a""#, "A", F),
        ("StringEquals", r#"["a","b"]"#, "b", T),
        ("StringEquals", r#""a*""#, "abc", F),
        ("StringEquals", r#""a*""#, "a*", T),
        ("StringNotEquals", r#"["a","b"]"#, "b", F),
        ("StringNotEquals", r#"["a","b"]"#, "c", T),
        ("StringEqualsIgnoreCase", r#""Ab""#, "aB", T),
        ("StringNotEqualsIgnoreCase", r#""Ab""#, "aB", F),
        ("StringLike", r#""a*c?""#, "abbcd", T),
        ("StringLike", r#""a*c?""#, "abbc", F),
        ("StringLike", r#""*""#, "", T),
        ("StringLike", r#""?""#, "é", T),
        // `?` is a unit of UTF-16 (recorded, condition_strings).
        ("StringLike", r#""?""#, "😀", F),
        ("StringLike", r#""??""#, "😀", T),
        ("StringLike", r#""A*""#, "abc", F),
        ("StringNotLike", r#"["a*","b*"]"#, "bx", F),
        ("StringNotLike", r#"["a*","b*"]"#, "cx", T),
        ("stringlike", r#""a*""#, "ab", T),
        ("NumericEquals", "1", "1.0", T),
        ("NumericLessThan", "10", "9.99", T),
        ("NumericLessThan", "10", "10", F),
        ("NumericLessThanEquals", "10", "1e1", T),
        ("NumericGreaterThan", "-2", "-1", T),
        ("NumericGreaterThan", "-2", "-3", F),
        ("NumericGreaterThan", "0", "-0", F),
        ("NumericGreaterThanEquals", "0", "-0.00", T),
        ("NumericGreaterThanEquals", r#"["100","5"]"#, "6", T),
        ("NumericNotEquals", "1", "2", T),
        ("NumericNotEquals", r#"["1","2"]"#, "2.0", F),
        ("DateEquals", r#""2026-01-02T03:04:05Z""#, "2026-01-02T04:04:05+01:00", T),
        ("DateEquals", r#""2026-01-02""#, "2026-01-02T00:00:00Z", T),
        ("DateLessThan", r#""2026-01-02T00:00:00Z""#, "1767311999", T),
        ("DateLessThan", r#""2026-01-02T00:00:00Z""#, "1767312000", F),
        ("DateLessThanEquals", r#""2026-01-02T00:00:00Z""#, "1767312000", T),
        ("DateGreaterThan", r#""2026-01-02T00:00Z""#, "2026-01-02T00:00:00.001Z", T),
        ("DateGreaterThanEquals", "1767312000", "2026-01-01T19:00:00-05:00", T),
        ("DateNotEquals", r#""2026-01-02""#, "2026-01-03", T),
        ("Bool", r#""true""#, "TRUE", T),
        ("Bool", "true", "true", T),
        ("Bool", r#""false""#, "true", F),
        ("BinaryEquals", r#""YWI=""#, "YWI=", T),
        ("BinaryEquals", r#""YWI=""#, "YWJj", F),
        ("IpAddress", r#""192.0.2.0/24""#, "192.0.2.255", T),
        ("IpAddress", r#""192.0.2.0/24""#, "192.0.3.0", F),
        ("IpAddress", r#""192.0.2.77/24""#, "192.0.2.1", T),
        ("IpAddress", r#""192.0.2.1""#, "192.0.2.1", T),
        ("IpAddress", r#""0.0.0.0/0""#, "203.0.113.9", T),
        ("IpAddress", r#""0.0.0.0/0""#, "::1", F),
        ("IpAddress", r#""2001:db8::/32""#, "2001:DB8:ffff::1", T),
        ("IpAddress", r#""2001:db8::1""#, "2001:db8::2", F),
        ("IpAddress", r#""::/0""#, "2001:db8::2", T),
        ("IpAddress", r#""192.0.2.0/33""#, "192.0.2.0", F),
        ("NotIpAddress", r#"["192.0.2.0/24","10.0.0.0/8"]"#, "10.1.1.1", F),
        ("NotIpAddress", r#"["192.0.2.0/24","10.0.0.0/8"]"#, "11.1.1.1", T),
        ("NotIpAddress", r#""0.0.0.0/0""#, "::1", T),
        ("ArnEquals", r#""arn:aws:iam::*:role/a*""#, "arn:aws:iam::111111111111:role/abc", T),
        ("ArnLike", r#""arn:aws:s3:::b/*""#, "arn:aws:s3:::b/c:d/e", T),
        // Wildcards of the first five fields stay in their field.
        ("ArnLike", r#""arn:aws:*:role/x""#, "arn:aws:iam::111111111111:role/x", E),
        ("ArnLike", r#""arn:aws:iam:*:role/x:y""#, "arn:aws:iam::111111111111:role/x:y", F),
        ("ArnLike", r#""arn:aws:iam::*:*""#, "arn:aws:iam::111111111111:role/x:y", T),
        ("ArnLike", r#""arn:aws:iam::1?1111111111:role/x""#, "arn:aws:iam::111111111111:role/x", T),
        ("ArnLike", r#""arn:aws:iam::111111111111:role/X""#, "arn:aws:iam::111111111111:role/x", F),
        ("ArnNotEquals", r#""arn:aws:iam::*:role/a*""#, "arn:aws:iam::111111111111:role/b", T),
        (
            "ArnNotLike",
            r#"["arn:aws:iam::*:role/a*","arn:aws:iam::*:role/b*"]"#,
            "arn:aws:iam::111111111111:role/b",
            F,
        ),
    ];
    for (operator, wanted, given, truth) in rows {
        assert_eq!(one(operator, wanted, given), truth, "{operator} {wanted} {given}");
        assert_eq!(
            one(&format!("{operator}IfExists"), wanted, given),
            truth,
            "{operator}IfExists {wanted} {given}"
        );
        let set = format!("ForAnyValue:{operator}");
        assert_eq!(many(&set, wanted, &[given]), truth, "{set} {wanted} {given}");
        let set = format!("ForAllValues:{operator}");
        assert_eq!(one(&set, wanted, given), truth, "{set} {wanted} {given}");
    }
}

#[test]
fn absent_keys() {
    // Operator, a wanted value, without a set operator.
    let rows = [
        ("StringEquals", r#""a""#, F),
        ("StringNotEquals", r#""a""#, T),
        ("StringEqualsIgnoreCase", r#""a""#, F),
        ("StringNotEqualsIgnoreCase", r#""a""#, T),
        ("StringLike", r#""*""#, F),
        ("StringNotLike", r#""*""#, T),
        ("NumericEquals", "1", F),
        ("NumericNotEquals", "1", T),
        ("NumericLessThan", "1", F),
        ("NumericGreaterThanEquals", "1", F),
        ("DateEquals", "1", F),
        ("DateNotEquals", "1", T),
        ("DateGreaterThan", "1", F),
        ("Bool", r#""false""#, F),
        ("BinaryEquals", r#""YQ==""#, F),
        ("IpAddress", r#""0.0.0.0/0""#, F),
        ("NotIpAddress", r#""0.0.0.0/0""#, T),
        ("ArnEquals", r#""arn:aws:iam::*:*""#, F),
        ("ArnLike", r#""no-arn""#, F),
        ("ArnNotEquals", r#""arn:aws:iam::*:*""#, T),
        ("ArnNotLike", r#""no-arn""#, T),
    ];
    for (operator, wanted, truth) in rows {
        assert_eq!(absent(operator, wanted), truth, "{operator}");
        assert_eq!(absent(&format!("{operator}IfExists"), wanted), T, "{operator}IfExists");
        assert_eq!(absent(&format!("ForAllValues:{operator}"), wanted), T, "ForAllValues:{operator}");
        assert_eq!(absent(&format!("ForAnyValue:{operator}"), wanted), F, "ForAnyValue:{operator}");
        assert_eq!(
            many(&format!("ForAllValues:{operator}"), wanted, &[]),
            T,
            "ForAllValues:{operator} empty"
        );
        assert_eq!(many(&format!("ForAnyValue:{operator}"), wanted, &[]), F, "ForAnyValue:{operator} empty");
        assert_eq!(
            absent(&format!("ForAnyValue:{operator}IfExists"), wanted),
            T,
            "ForAnyValue:{operator}IfExists"
        );
        assert_eq!(
            absent(&format!("ForAllValues:{operator}IfExists"), wanted),
            T,
            "ForAllValues:{operator}IfExists"
        );
    }
    assert_eq!(absent("Null", r#""true""#), T);
    assert_eq!(absent("Null", r#""false""#), F);
    assert_eq!(one("Null", r#""true""#, "x"), F);
    assert_eq!(one("Null", r#""false""#, "x"), T);
    // A multivalued key without values is as absent; several wanted values are alternatives.
    assert_eq!(many("Null", r#""true""#, &[]), T);
    assert_eq!(many("Null", r#""false""#, &[]), F);
    assert_eq!(many("Null", r#""false""#, &["x", "y"]), T);
    assert_eq!(absent("Null", r#"["false","true"]"#), T);
    assert_eq!(one("Null", r#"["false","true"]"#, "x"), T);
}

#[test]
fn multivalued_keys() {
    // Without a set operator a multivalued key makes the condition false in every form, also with one value.
    for values in [&["a"][..], &["a", "b"]] {
        for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists"]
        {
            assert_eq!(many(operator, r#""a""#, values), F, "{operator} {values:?}");
        }
    }
    let rows = [
        ("ForAllValues:StringEquals", r#"["a","b"]"#, &["a", "b", "a"][..], T),
        ("ForAllValues:StringEquals", r#"["a","b"]"#, &["a", "c"], F),
        ("ForAnyValue:StringEquals", r#"["a","b"]"#, &["c", "b"], T),
        ("ForAnyValue:StringEquals", r#"["a","b"]"#, &["c", "d"], F),
        ("ForAnyValue:StringNotEquals", r#"["a","b"]"#, &["a", "c"], T),
        ("ForAnyValue:StringNotEquals", r#"["a","b"]"#, &["a", "b"], F),
        ("ForAllValues:StringNotEquals", r#"["a","b"]"#, &["c", "d"], T),
        ("ForAllValues:StringNotEquals", r#"["a","b"]"#, &["c", "a"], F),
        ("ForAllValues:StringLikeIfExists", r#""x*""#, &["xa", "xb"], T),
        ("ForAllValues:StringLikeIfExists", r#""x*""#, &["xa", "yb"], F),
        ("ForAnyValue:Stringlike", r#""x*""#, &["ya", "xb"], T),
        ("ForAnyValue:IpAddress", r#""10.0.0.0/8""#, &["no", "10.0.0.1"], T),
        ("ForAllValues:NotIpAddress", r#""10.0.0.0/8""#, &["no", "11.0.0.1"], F),
    ];
    for (operator, wanted, given, truth) in rows {
        assert_eq!(many(operator, wanted, given), truth, "{operator} {wanted} {given:?}");
    }
    // Keys that are multivalued by nature are, even if one value was given.
    let context = Context::new().one("aws:TagKeys", "team");
    assert_eq!(*context.get("AWS:tagkeys"), Given::Many(vec!["team".into()]));
    assert_eq!(holds(r#"{"StringEquals":{"aws:TagKeys":"team"}}"#, &context), F);
    assert_eq!(holds(r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}"#, &context), T);
}

#[test]
fn operators_and_keys_are_all_wanted() {
    let context = Context::new().one("aws:a", "1").one("aws:b", "2");
    assert_eq!(
        holds(r#"{"StringEquals":{"aws:a":"1","aws:b":"2"},"StringLike":{"aws:a":"*"}}"#, &context),
        T
    );
    assert_eq!(holds(r#"{"StringEquals":{"aws:a":"1","aws:b":"x"}}"#, &context), F);
    assert_eq!(holds(r#"{"StringEquals":{"aws:a":"1"},"StringNotEquals":{"aws:b":"2"}}"#, &context), F);
    // Keys without case, tag keys in them too.
    let context = Context::new().one("aws:PrincipalTag/Team", "red");
    assert_eq!(holds(r#"{"StringEquals":{"AWS:principaltag/TEAM":"red"}}"#, &context), T);
}

#[test]
fn observed_45_and_46_values_that_do_not_fit_the_operator() {
    for given in ["text", "", "192.0.2.1/32", "1.2.3", "1.2.3.256", "1.2.3.4.5", "2001:db8::/32", "1.2.3.-4"]
    {
        assert_eq!(one("IpAddress", r#""0.0.0.0/0""#, given), F, "{given}");
        assert_eq!(one("NotIpAddress", r#""10.0.0.0/8""#, given), F, "{given}");
        // Row 48's exception: also where the policy's value is none.
        assert_eq!(one("NotIpAddress", r#""no""#, given), F, "{given}");
    }
    for given in ["text", "", "arn:aws:s3", "a:b:c:d:e:f"] {
        assert_eq!(one("ArnLike", r#""arn:*:*:*:*:*""#, given), F, "{given}");
        assert_eq!(one("ArnNotLike", r#""arn:aws:iam::*:*""#, given), F, "{given}");
    }
}

#[test]
fn observed_47_a_pattern_that_is_no_arn() {
    let arn = "arn:aws:iam::111111111111:role/x";
    for operator in ["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"] {
        assert_eq!(one(operator, r#""no-arn""#, arn), E, "{operator}");
        assert_eq!(one(operator, r#""no-arn""#, "neither"), F, "{operator}");
    }
    // In order: one that matches earlier wins.
    assert_eq!(one("ArnLike", r#"["arn:aws:iam::*:role/x","no-arn"]"#, arn), T);
    assert_eq!(one("ArnNotLike", r#"["arn:aws:iam::*:role/x","no-arn"]"#, arn), F);
    assert_eq!(one("ArnLike", r#"["no-arn","arn:aws:iam::*:role/x"]"#, arn), E);
    assert_eq!(one("ArnLike", r#"["arn:aws:iam::*:role/y","no-arn"]"#, arn), E);
    // The same from a variable.
    let context = Context::new().one("test:key", arn).one("test:pattern", "no-arn");
    assert_eq!(holds(r#"{"ArnLike":{"test:key":"${test:pattern}"}}"#, &context), E);
    let context = Context::new().one("test:key", arn).one("test:pattern", arn);
    assert_eq!(holds(r#"{"ArnLike":{"test:key":"${test:pattern}"}}"#, &context), T);
    assert_eq!(holds(r#"{"ArnNotLike":{"test:key":"${test:pattern}"}}"#, &context), F);
}

#[test]
fn observed_48_policy_values_that_are_none() {
    for (positive, negated, given) in [
        ("IpAddress", "NotIpAddress", "192.0.2.1"),
        ("NumericEquals", "NumericNotEquals", "1"),
        ("DateEquals", "DateNotEquals", "2026-01-01"),
    ] {
        assert_eq!(one(positive, r#""none""#, given), F, "{positive}");
        assert_eq!(one(negated, r#""none""#, given), T, "{negated}");
        assert_eq!(one(positive, r#"["none","192.0.2.1","1","2026-01-01"]"#, given), T, "{positive}");
        assert_eq!(one(negated, r#"["none","192.0.2.1","1","2026-01-01"]"#, given), F, "{negated}");
    }
    assert_eq!(one("NumericLessThan", r#""none""#, "1"), F);
    assert_eq!(one("DateGreaterThan", r#""none""#, "1"), F);
    // Values of the request that are none: policies.md 3.4.
    for given in
        ["", "NaN", "Infinity", "one", "1e", "e1", ".", "+", "--1", "0x1", " 1", "1 ", "1_0", "1e99999999999"]
    {
        assert_eq!(one("NumericEquals", "1", given), F, "{given}");
        assert_eq!(one("NumericNotEquals", "1", given), T, "{given}");
        assert_eq!(one("NumericLessThan", "1", given), F, "{given}");
    }
    for given in [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00+1",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2025-02-29",
        "2026-00-01",
        "1.5",
        "2026-1-1",
    ] {
        assert_eq!(one("DateEquals", r#""2026-01-01""#, given), F, "{given}");
        assert_eq!(one("DateNotEquals", r#""2026-01-01""#, given), T, "{given}");
        assert_eq!(one("DateLessThan", r#""2100-01-01""#, given), F, "{given}");
    }
}

#[test]
fn observed_49_truth_is_true_and_everything_else_is_false() {
    assert_eq!(one("Bool", r#""false""#, "yes"), T);
    assert_eq!(one("Bool", r#""yes""#, "false"), T);
    assert_eq!(one("Bool", r#""yes""#, "true"), F);
    assert_eq!(one("Bool", r#""True""#, "tRUE"), T);
    assert_eq!(one("Bool", r#""false""#, ""), T);
    assert_eq!(one("Null", r#""yes""#, "x"), T);
    assert_eq!(absent("Null", r#""yes""#), F);
    assert_eq!(absent("Null", r#""TRUE""#), T);
    let context = Context::new().one("test:key", "true").one("test:flag", "TRUE");
    assert_eq!(holds(r#"{"Bool":{"test:key":"${test:flag}"}}"#, &context), T);
    assert_eq!(holds(r#"{"Bool":{"test:key":"${test:other}"}}"#, &context), F);
}

#[test]
fn observed_50_case() {
    for (a, b, equal) in [
        ("K", "\u{212a}", T),
        ("ß", "\u{1e9e}", T),
        ("ΟΣ", "ος", T),
        ("ΟΣ", "οσ", F),
        ("I", "ı", F),
        ("i", "İ", F),
        ("s", "ſ", F),
        ("ß", "SS", F),
        ("É", "é", T),
    ] {
        assert_eq!(one("StringEqualsIgnoreCase", &format!("\"{a}\""), b), equal, "{a} {b}");
        assert_eq!(one("StringEqualsIgnoreCase", &format!("\"{b}\""), a), equal, "{b} {a}");
        let context = Context::new().one("test:key", b).one("test:value", a);
        assert_eq!(holds(r#"{"StringEqualsIgnoreCase":{"test:key":"${test:value}"}}"#, &context), equal);
    }
}

#[test]
fn observed_51_numbers_dates_and_addresses() {
    assert_eq!(one("NumericEquals", "9007199254740993", "9007199254740992"), F);
    for spelling in ["01", "+1", "1.0", "1e0", "1.", "10e-1", "0.1E+1", "1.000", ".1e1", "1E00"] {
        assert_eq!(one("NumericEquals", "1", spelling), T, "{spelling}");
        assert_eq!(one("NumericEquals", &format!("\"{spelling}\""), "1"), T, "{spelling}");
    }
    assert_eq!(one("NumericLessThan", "1e2000000000", "1e1999999999"), T);
    assert_eq!(one("NumericGreaterThan", "-1e2000000000", "1e-1999999999"), T);
    assert_eq!(one("NumericEquals", "0", "0e5"), T);
    assert_eq!(one("NumericGreaterThan", "0.1", "0.09"), F);
    assert_eq!(one("DateEquals", r#""2026-01-01T00:00:00.123Z""#, "2026-01-01T00:00:00.1239999Z"), T);
    assert_eq!(one("DateEquals", r#""2026-01-01T00:00:00.5Z""#, "2026-01-01T00:00:00.500Z"), T);
    assert_eq!(one("DateEquals", r#""2026-01-01T10:00:00""#, "2026-01-01T10:00:00Z"), T);
    assert_eq!(one("DateEquals", r#""+1893456000""#, "2030-01-01"), T);
    assert_eq!(one("DateEquals", r#""-1""#, "1969-12-31T23:59:59Z"), T);
    assert_eq!(one("IpAddress", r#""192.0.2.1/32""#, "192.000.2.1"), T);
    assert_eq!(one("IpAddress", r#""192.000.002.0/24""#, "192.0.2.9"), T);
}

#[test]
fn recorded_condition_ip() {
    // Wanted, given, whether IpAddress holds, whether NotIpAddress does.
    let rows = [
        // An IPv4 address in IPv6 clothes is the IPv4 address when it is given, and matches nothing when it is wanted.
        ("192.0.2.0/24", "::ffff:192.0.2.1", T, F),
        ("192.0.2.0/24", "::FFFF:c000:201", T, F),
        ("192.0.2.1", "::ffff:192.0.2.2", F, T),
        ("::/0", "::ffff:192.0.2.1", F, T),
        ("::/0", "2001:db8::1", T, F),
        ("::ffff:192.0.2.0/120", "192.0.2.1", F, T),
        ("::ffff:192.0.2.0/120", "::ffff:192.0.2.1", F, T),
        ("::ffff:c000:200/120", "::ffff:c000:201", F, T),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1", F, T),
        ("::ffff:192.0.2.0/24", "192.0.2.1", F, T),
        // Other IPv6 addresses that end in octets are none.
        ("::192.0.2.0/120", "::192.0.2.1", F, F),
        ("2001:db8::/64", "2001:db8::192.0.2.1", F, F),
        ("2001:db8::192.0.2.0/120", "2001:db8::c000:201", F, T),
        // Bits after the prefix: ignored in IPv4, the end of the range in IPv6.
        ("192.0.2.5/24", "192.0.2.1", T, F),
        ("192.0.2.0/0", "203.0.113.1", T, F),
        ("192.0.2.0/0", "2001:db8::1", F, T),
        ("2001:db8::5/64", "2001:db8::5", F, T),
        ("2001:db8::5/64", "2001:db8::6", F, T),
        ("2001:db8::5/127", "2001:db8::4", F, T),
        ("2001:db8::4/127", "2001:db8::5", T, F),
        ("2001:db8::4/127", "2001:db8::6", F, T),
        ("2001:db8::1/0", "2001:db8::1", F, T),
        ("2001:db8::1/128", "2001:db8::1", T, F),
        // How a length may be written.
        ("192.0.2.0/024", "192.0.2.1", T, F),
        ("192.0.2.0/+24", "192.0.2.1", T, F),
        ("2001:DB8::/064", "2001:0db8:0000:0000:0000:0000:0000:0001", T, F),
        ("192.0.2.0/33", "192.0.2.1", F, T),
        ("2001:db8::/129", "2001:db8::1", F, T),
        ("192.0.2.0/", "192.0.2.0", F, T),
        ("192.0.2.0/-1", "192.0.2.0", F, T),
        // Spellings that other software takes for addresses.
        ("192.0.2.0/24", "192.0.513", F, F),
        ("192.0.2.0/24", "3221225985", F, F),
    ];
    for (wanted, given, is, is_not) in rows {
        assert_eq!(one("IpAddress", &format!("\"{wanted}\""), given), is, "{wanted} {given}");
        assert_eq!(one("NotIpAddress", &format!("\"{wanted}\""), given), is_not, "{wanted} {given}");
    }
    // One that is none leaves the others as they are.
    for wanted in [r#"["2001:db8::5/64","2001:db8::/64"]"#, r#"["2001:db8::/64","2001:db8::5/64"]"#] {
        assert_eq!(one("IpAddress", wanted, "2001:db8::1"), T);
        assert_eq!(one("NotIpAddress", wanted, "2001:db8::1"), F);
    }
}

#[test]
fn recorded_condition_strings() {
    let rows = [
        ("a?b", "a𐐀b", F),
        ("a??b", "a𐐀b", T),
        ("a*?b", "a𐐀b", T),
        ("a?*b", "a𐐀b", T),
        ("a?*?b", "a𐐀b", T),
        ("a??*?b", "a𐐀b", F),
        ("a*b", "a𐐀b", T),
        ("a*", "a𐐀", T),
        ("*?", "𐐀", T),
        ("???*", "𐐀", F),
        ("𐐀?", "𐐀x", T),
        ("𐐀?", "𐐀𐐨", F),
        ("𐐀??", "𐐀𐐨", T),
        ("?𐐀", "𐐀𐐀", F),
        ("*?𐐨*", "x𐐀𐐨y", T),
        ("*x?𐐨*", "x𐐀𐐨y", F),
        ("a?b", "a/b", T),
        ("a?b", "a:b", T),
        ("a*b", "a\nb", T),
        ("a?b", "a\nb", T),
        ("a[b]", "ab", F),
        ("?", "e\u{301}", F),
    ];
    for (wanted, given, truth) in rows {
        let wanted = format!("\"{wanted}\"");
        assert_eq!(one("StringLike", &wanted, given), truth, "{wanted} {given}");
        let not = if truth == T { F } else { T };
        assert_eq!(one("StringNotLike", &wanted, given), not, "{wanted} {given}");
    }
    let context = Context::new().one("test:key", "𐐀x").one("test:value", "𐐀");
    assert_eq!(holds(r#"{"StringLike":{"test:key":"${test:value}?"}}"#, &context), T);
    assert_eq!(holds(r#"{"StringLike":{"test:key":"${test:none}?"}}"#, &context), F);
    // In ARNs too, where each field is compared by itself.
    for (pattern, truth) in [("𐐀?", F), ("𐐀??", T), ("*?", T)] {
        let wanted = format!("\"arn:aws:s3:::b/{pattern}\"");
        assert_eq!(one("ArnLike", &wanted, "arn:aws:s3:::b/𐐀𐐨"), truth, "{pattern}");
    }
    // Case is kept beyond the basic plane.
    assert_eq!(one("StringEqualsIgnoreCase", "\"𐐀\"", "𐐨"), F);
    assert_eq!(one("StringEqualsIgnoreCase", "\"A𐐀\"", "a𐐀"), T);
    assert_eq!(one("StringEqualsIgnoreCase", "\"ΟΣΑ\"", "οσα"), T);
    assert_eq!(one("StringEqualsIgnoreCase", "\"Σ\"", "ς"), F);
    assert_eq!(one("StringEqualsIgnoreCase", "\"\u{130}\"", "i\u{307}"), T);
}

#[test]
fn observed_52_binary_values_decode_canonically() {
    assert_eq!(one("BinaryEquals", r#""YQ==""#, "YQ=="), T);
    for given in ["YR==", " YQ==", "YQ== ", "YQ", "yq==", ""] {
        assert_eq!(one("BinaryEquals", r#""YQ==""#, given), F, "{given}");
    }
}

#[test]
fn observed_53_an_empty_text_is_a_value() {
    assert_eq!(one("Null", r#""true""#, ""), F);
    assert_eq!(one("StringEquals", r#""""#, ""), T);
    assert_eq!(one("ForAllValues:StringEquals", r#""a""#, ""), F);
    assert_eq!(one("StringEqualsIfExists", r#""a""#, ""), F);
}

#[test]
fn observed_54_multivalued_keys_are_no_variables() {
    for values in [&["a"][..], &["a", "b"], &[]] {
        let context = Context::new().one("test:key", "a").many("aws:TagKeys", values.iter().copied());
        for variable in ["${aws:TagKeys}", "${aws:TagKeys, 'a'}"] {
            assert_eq!(holds(&format!(r#"{{"StringEquals":{{"test:key":"{variable}"}}}}"#), &context), F);
            assert_eq!(holds(&format!(r#"{{"StringNotEquals":{{"test:key":"{variable}"}}}}"#), &context), T);
        }
    }
}

#[test]
fn observed_55_values_that_are_no_number_are_not_equal() {
    assert_eq!(many("ForAllValues:NumericNotEquals", "1", &["x", "2", ""]), T);
    assert_eq!(many("ForAllValues:NumericNotEquals", "1", &["x", "1"]), F);
}

#[test]
fn variables() {
    let context =
        Context::new().one("test:key", "home/ada").one("aws:username", "ada").one("test:star", "home/*");
    let rows = [
        (r#"{"StringEquals":{"test:key":"home/${aws:username}"}}"#, T),
        (r#"{"StringEquals":{"test:key":"home/${AWS:UserName}"}}"#, T),
        (r#"{"StringNotEquals":{"test:key":"home/${aws:username}"}}"#, F),
        (r#"{"StringLike":{"test:key":"*/${aws:username}"}}"#, T),
        (r#"{"StringLike":{"test:key":"*${aws:username}*"}}"#, T),
        (r#"{"StringLike":{"test:key":"h?me/${aws:username}"}}"#, T),
        (r#"{"StringEquals":{"test:key":"home/${aws:other, 'ada'}"}}"#, T),
        (r#"{"StringEquals":{"test:key":"home/${aws:username, 'bob'}"}}"#, T),
        (r#"{"StringEquals":{"test:key":"home/${aws:other,'ada'}"}}"#, T),
        // Without value: a positive condition does not hold, a negated one does.
        (r#"{"StringEquals":{"test:key":"home/${aws:other}"}}"#, F),
        (r#"{"StringNotEquals":{"test:key":"home/${aws:other}"}}"#, T),
        (r#"{"StringLike":{"test:key":"*${aws:other}*"}}"#, F),
        (r#"{"StringNotLike":{"test:key":"*${aws:other}*"}}"#, T),
        (r#"{"StringEquals":{"test:key":["home/${aws:other}","home/ada"]}}"#, T),
        // What a value brings is text, also if it looks like a wildcard.
        (r#"{"StringLike":{"test:key":"${test:star}"}}"#, F),
        // The literals.
        (r#"{"StringLike":{"test:star":"home/${*}"}}"#, T),
        (r#"{"StringLike":{"test:key":"home/${*}"}}"#, F),
        (r#"{"StringEquals":{"test:star":"home/${*}"}}"#, T),
        (r#"{"StringLike":{"test:key":"home/${?}da"}}"#, F),
        (r#"{"StringNotEquals":{"test:key":"${$}{aws:username}"}}"#, T),
        // Not closed, or with a default that is none: plain text.
        (r#"{"StringEquals":{"test:key":"home/${aws:username"}}"#, F),
        (r#"{"StringEquals":{"test:key":"home/${aws:other, ada}"}}"#, F),
    ];
    for (block, truth) in rows {
        assert_eq!(holds(block, &context), truth, "{block}");
    }
    let literal = Context::new().one("test:key", "${aws:username}");
    assert_eq!(holds(r#"{"StringEquals":{"test:key":"${$}{aws:username}"}}"#, &literal), T);
    // An older document has none.
    assert_eq!(
        holds_in("2008-10-17", r#"{"StringEquals":{"test:key":"home/${aws:username}"}}"#, &context),
        F
    );
    assert_eq!(holds_in("2008-10-17", r#"{"StringEquals":{"test:key":"${aws:username}"}}"#, &literal), T);
    // In ARNs: the last field, or before it, also with colons.
    let arn = Context::new()
        .one("aws:SourceArn", "arn:aws:sns:eu-west-1:111111111111:topic-red")
        .one("aws:PrincipalAccount", "111111111111")
        .one("test:middle", "sns:eu-west-1:111111111111")
        .one("aws:PrincipalTag/team", "red");
    for pattern in [
        "arn:aws:sns:*:*:topic-${aws:PrincipalTag/team}",
        "arn:aws:sns:*:${aws:PrincipalAccount}:topic-*",
        "arn:aws:${test:middle}:topic-red",
        "arn:aws:sns:*:*:topic-${aws:PrincipalTag/none, 'red'}",
    ] {
        assert_eq!(holds(&format!(r#"{{"ArnLike":{{"aws:SourceArn":"{pattern}"}}}}"#), &arn), T, "{pattern}");
        assert_eq!(
            holds(&format!(r#"{{"ArnNotLike":{{"aws:SourceArn":"{pattern}"}}}}"#), &arn),
            F,
            "{pattern}"
        );
    }
    assert_eq!(holds(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:none}:topic-*"}}"#, &arn), F);
    assert_eq!(holds(r#"{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:${aws:none}:topic-*"}}"#, &arn), T);
}

#[test]
fn unknown_is_not_absent() {
    let unknown = Context::new().unknown("test:key").one("test:one", "home/x");
    for block in [
        r#"{"StringEquals":{"test:key":"a"}}"#,
        r#"{"StringNotEqualsIfExists":{"test:key":"a"}}"#,
        r#"{"Null":{"test:key":"true"}}"#,
        r#"{"ForAllValues:StringEquals":{"test:key":"a"}}"#,
        r#"{"StringEquals":{"test:one":"home/${test:key}"}}"#,
        r#"{"StringNotEquals":{"test:one":"home/${test:key, 'x'}"}}"#,
        r#"{"StringEqualsIgnoreCase":{"test:one":"${test:key}"}}"#,
    ] {
        assert_eq!(holds(block, &unknown), U, "{block}");
    }
    // Decided by the rest.
    for (block, truth) in [
        (r#"{"StringEquals":{"test:key":"a","test:one":"b"}}"#, F),
        (r#"{"StringEquals":{"test:one":["a/${test:key}","home/x"]}}"#, T),
        (r#"{"StringNotEquals":{"test:one":["a/${test:key}","home/x"]}}"#, F),
        (r#"{"StringEquals":{"test:one":"elsewhere/${test:key}"}}"#, F),
        (r#"{"StringNotEquals":{"test:one":"elsewhere/${test:key}"}}"#, T),
    ] {
        assert_eq!(holds(block, &unknown), truth, "{block}");
    }
    // A partial context knows nothing of what it does not mention; a whole one knows that it is not there.
    let partial = Context::partial().one("aws:a", "1").absent("aws:c");
    assert_eq!(holds(r#"{"StringEquals":{"aws:a":"1"}}"#, &partial), T);
    assert_eq!(holds(r#"{"StringEquals":{"aws:b":"1"}}"#, &partial), U);
    assert_eq!(holds(r#"{"StringNotEquals":{"aws:c":"1"}}"#, &partial), T);
    assert_eq!(holds(r#"{"StringEquals":{"aws:b":"1"}}"#, &Context::new().one("aws:a", "1")), F);
}

#[test]
fn what_is_said_last_counts() {
    let mut context = Context::new().one("aws:a", "1").unknown("AWS:A").absent("aws:A");
    assert_eq!(*context.get("aws:a"), Given::Absent);
    context.set("aws:A", Given::Many(vec![]));
    assert!(context.get("aws:a").without_value());
    context.set("aws:A", Given::One(String::new()));
    assert_eq!(*context.get("aws:a"), Given::One(String::new()));
}
