use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::query::QueryFault;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: Option<String>,
    value: Option<String>,
}

impl Tag {
    fn new(key: &str, value: &str) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}

#[derive(Debug, PartialEq, Deserialize)]
enum Status {
    Active,
    Inactive,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Secret(String);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Strict {
    key: String,
    size: u8,
}

/// One member of every kind, so that each test names what it needs.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    max_items: Option<i64>,
    small: Option<u8>,
    signed: Option<i8>,
    count: Option<u32>,
    ratio: Option<f64>,
    all_users: Option<bool>,
    status: Option<Status>,
    statuses: Option<Vec<Status>>,
    password: Option<Secret>,
    letter: Option<char>,
    tags: Option<Vec<Tag>>,
    gaps: Option<Vec<Option<Tag>>>,
    tag_keys: Option<Vec<Option<String>>>,
    strings: Option<Vec<String>>,
    outer: Option<Outer>,
    map: Option<BTreeMap<String, String>>,
    maps: Option<BTreeMap<String, Vec<Tag>>>,
    strict: Option<Strict>,
    stricts: Option<Vec<Strict>>,
    free: Option<serde_json::Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outer {
    inner: Option<Box<Outer>>,
    name: Option<String>,
    lists: Option<Vec<Vec<String>>>,
}

fn input(form: &str) -> Input {
    read(form.as_bytes()).unwrap_or_else(|error| panic!("{form}: {error}"))
}

fn error(form: &str) -> ReadError {
    read::<Input>(form.as_bytes()).expect_err(form)
}

/// The code and the text of the wire.
fn fault(form: &str) -> (String, String) {
    let fault = QueryFault::from(error(form));
    assert_eq!(fault.status, 400, "{form}");
    (fault.code.into_owned(), fault.message.into_owned())
}

fn malformed(form: &str) -> String {
    let (code, message) = fault(form);
    assert_eq!(code, "MalformedInput", "{form}: {message}");
    message
}

fn invalid(form: &str) -> String {
    let (code, message) = fault(form);
    assert_eq!(code, "ValidationError", "{form}: {message}");
    message
}

#[test]
fn nothing_given_is_nothing() {
    assert_eq!(input(""), Input::default());
    assert_eq!(input("&&"), Input::default());
    assert_eq!(input("Action=X&Version=2010-05-08"), Input::default());
    assert_eq!(read::<()>(b"Name=x"), Ok(()));
}

#[test]
fn text_is_decoded() {
    let name = |form: &str| input(form).name;
    assert_eq!(name("Name="), Some(String::new()));
    assert_eq!(name("Name"), Some(String::new()));
    assert_eq!(name("Name=a+b%20c%2Bd%3d=e").as_deref(), Some("a b c+d==e"));
    assert_eq!(name("%4eame=Gr%C3%B6%c3%9fe").as_deref(), Some("Größe"));
    assert_eq!(name("Name=100%&Other=1").as_deref(), Some("100%"));
    assert_eq!(name("Name=%zz%4%").as_deref(), Some("%zz%4%"));
    assert_eq!(name("Name=%26%00%0a").as_deref(), Some("&\0\n"));
    assert_eq!(input("Password=%5Bhush%5D").password, Some(Secret("[hush]".into())));
    assert_eq!(input("Letter=%C3%A9").letter, Some('é'));
}

#[test]
fn names_are_exact_and_unknown_ones_are_ignored() {
    for form in [
        "name=x",
        ".Name=x",
        "=x",
        "Other=x",
        "Other.member.0=x",
        "Other.member.-1.Key=x",
        "Path.member.99999999999=x",
    ] {
        assert_eq!(input(form), Input::default(), "{form}");
    }
    assert_eq!(error("Name.=x"), ReadError::NotAValue, "a member without a name in a text");
    assert_eq!(input("Tags.member.1.Key=k&Tags.member.1.Foo=x&Tags.Foo=x").tags.unwrap()[0].value, None);
}

#[test]
fn of_two_the_first_counts() {
    assert_eq!(input("Name=a&Other=x&Name=b").name.as_deref(), Some("a"));
    assert_eq!(
        input("Strings.member.1=b&Strings.member.01=a&Strings.member.2=c").strings.unwrap(),
        ["b", "c"]
    );
}

/// identity.md 1.2, the table of scalars.
#[test]
fn numbers() {
    let number = |value: &str| input(&format!("MaxItems={value}")).max_items;
    for (value, expected) in
        [("1", 1), ("01", 1), ("%2B1", 1), ("-1", -1), ("2147483647", 2_147_483_647), ("-0", 0)]
    {
        assert_eq!(number(value), Some(expected), "{value}");
    }
    for value in
        ["+1", "+1+", "%091%0A", "1.0", "9e2", "2147483648", "-2147483649", "1_000", "0x1", "x", "%2B-1"]
    {
        assert_eq!(error(&format!("MaxItems={value}")), ReadError::Value, "{value}");
        assert_eq!(malformed(&format!("MaxItems={value}")), "");
    }
    assert_eq!(malformed("MaxItems="), "missing value for decimal type");
    assert_eq!(input("Ratio=-1.5e2").ratio, Some(-150.0));
    for value in ["inf", "NaN", "1e999", "x", "1+"] {
        assert_eq!(error(&format!("Ratio={value}")), ReadError::Value, "{value}");
    }
    assert_eq!(error("Ratio="), ReadError::NoNumber);
}

#[test]
fn numbers_beyond_their_type() {
    let constraint = |form| {
        let message = invalid(form);
        let start = "1 validation error detected: Value at '";
        message
            .strip_prefix(start)
            .unwrap()
            .replace("' failed to satisfy constraint: Member must have value", "")
    };
    assert_eq!(constraint("Small=256"), "small less than or equal to 255");
    assert_eq!(constraint("Small=-1"), "small greater than or equal to 0");
    assert_eq!(constraint("Signed=-129"), "signed greater than or equal to -128");
    assert_eq!(constraint("Count=-1"), "count greater than or equal to 0");
    assert_eq!(error("Count=2147483648"), ReadError::Value);
    assert_eq!(input("Small=255&Signed=-128&Count=2147483647").small, Some(255));
}

#[test]
fn booleans() {
    for (value, expected) in [("true", true), ("1", true), ("false", false), ("0", false)] {
        assert_eq!(input(&format!("AllUsers={value}")).all_users, Some(expected));
    }
    for value in ["+true", "true+", "%09true%0A", "True", "TRUE", "False", "null", "anything", "01"] {
        assert_eq!(
            malformed(&format!("AllUsers={value}")),
            "boolean must follow xsd1.1 definition",
            "{value}"
        );
    }
    assert_eq!(malformed("AllUsers="), "missing value for boolean type");
}

#[test]
fn enumerations() {
    assert_eq!(input("Status=Inactive").status, Some(Status::Inactive));
    assert_eq!(
        invalid("Status=hush"),
        "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: \
         [Active, Inactive]"
    );
    assert_eq!(
        invalid("Statuses.member.1=Active&Statuses.member.2="),
        "1 validation error detected: Value at 'statuses' failed to satisfy constraint: Member must satisfy constraint: \
         [Member must satisfy enum value set: [Active, Inactive]]"
    );
}

#[test]
fn lists_in_any_order() {
    let form = "Tags.member.2.Value=b&TagKeys.member.1=x&Tags.member.1.Value=a&Tags.member.10.Key=j&Tags.member.2.Key=B\
                &Tags.member.3.Key=&Tags.member.1.Key=A&TagKeys.member.2=y&Tags.member.4.Key=&Tags.member.5.Key=\
                &Tags.member.6.Key=&Tags.member.7.Key=&Tags.member.8.Key=&Tags.member.9.Key=";
    let input = input(form);
    let tags = input.tags.unwrap();
    assert_eq!(tags.len(), 10);
    assert_eq!(tags[..2], [Tag::new("A", "a"), Tag::new("B", "b")]);
    assert_eq!(tags[9].key.as_deref(), Some("j"));
    assert_eq!(input.tag_keys.unwrap(), [Some("x".to_owned()), Some("y".to_owned())]);
}

#[test]
fn empty_lists_structures_and_maps() {
    let input = input("Tags=&Outer=&Map=&TagKeys.member=");
    assert_eq!(input.tags, Some(vec![]));
    assert_eq!(input.outer, Some(Outer { inner: None, name: None, lists: None }));
    assert_eq!(input.map, Some(BTreeMap::new()));
    assert_eq!(input.tag_keys, Some(vec![Some(String::new())]), "one element without an index");
}

/// identity.md 1.2, the table of list indices, and the recordings behind it.
#[test]
fn indices_as_recorded() {
    let all = |numbers: &[u64]| {
        let parameters: Vec<_> = numbers.iter().map(|n| format!("Strings.member.{n}=x")).collect();
        parameters.join("&")
    };
    assert_eq!(input("Tags.member.01.Key=k&Tags.member.1.Value=v").tags.unwrap(), [Tag::new("k", "v")]);
    assert_eq!(malformed("Strings.member.0=x"), "0 is not a valid index");
    assert_eq!(malformed("Tags.member.000.Key=x"), "0 is not a valid index");
    assert_eq!(malformed("Strings.member.-1=x"), "Key -1 may not have a leading '-'");
    assert_eq!(malformed("Tags.member.-1.Key=x"), "Key -1 may not have a leading '-'");
    for index in ["one", "%2B1", "+1", ""] {
        let form = format!("Strings.member.{index}=x");
        assert_eq!(malformed(&form), "Start of list found where not expected", "{form}");
        let form = format!("Tags.member.{index}.Key=x");
        assert_eq!(input(&form).tags.unwrap(), [Tag::default()], "{form}");
    }
    for form in ["Tags.member.1.0.Key=x", "Strings.member.1.0=x", "Strings.member.1.01=x"] {
        assert_eq!(malformed(form), "Two index elements may not occur back to back", "{form}");
    }
    for (numbers, gap) in [
        (&[12][..], "11"),
        (&[16], "15"),
        (&[33], "32"),
        (&[1, 12], "11"),
        (&[12, 1], "11"),
        (&[22, 1], "21"),
        (&[1, 22, 43], "21"),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 21], "11"),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 22], "12"),
        (&[1, 2, 3, 14], "11"),
        (&[1, 1500], "1,499"),
        (&[1_000_001], "1,000,000"),
        (&[214_748_369], "214,748,368"),
    ] {
        let expected = format!("Excessively sparse input would skip {gap} list elements");
        assert_eq!(malformed(&all(numbers)), expected, "{numbers:?}");
    }
    for index in ["214748370", "999999999", "4294967297", "18446744073709551617", &"9".repeat(5_000)] {
        let message = malformed(&format!("Strings.member.{index}=x"));
        assert!(message.starts_with("Index ") && message.ends_with(" is illegal"), "{message}");
        assert!(message.len() < 150);
    }
    for numbers in [&[11][..], &[1, 3], &[1, 8, 15], &[2]] {
        let expected = "1 validation error detected: Value at 'strings' failed to satisfy constraint: Member must not be null";
        assert_eq!(invalid(&all(numbers)), expected, "{numbers:?}");
    }
}

#[test]
fn a_gap_is_null() {
    let keys = input("TagKeys.member.4=d&TagKeys.member.2=b").tag_keys.unwrap();
    assert_eq!(keys, [None, Some("b".to_owned()), None, Some("d".to_owned())]);
    let tags = input("Tags.member.2.Key=k&Tags.member.2.Value=v").tags.unwrap();
    assert_eq!(tags, [Tag::default(), Tag::new("k", "v")]);
    assert_eq!(input("Gaps.member.2.Key=k").gaps.unwrap()[0], None);
    assert_eq!(input("Gaps.member.11.Key=k").gaps.unwrap().len(), 11);
}

#[test]
fn what_is_missing_is_named_as_recorded() {
    let null = |path| {
        format!(
            "1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must not be null"
        )
    };
    assert_eq!(invalid("Strict.Size=1"), null("strict.key"));
    assert_eq!(invalid("Strict.Key=k&Strict.Other=1"), null("strict.size"));
    assert_eq!(invalid("Stricts.member.1.Size=1"), null("stricts.1.member.key"));
    assert_eq!(
        invalid("Stricts.member.3.Size=1&Stricts.member.1.Key=k&Stricts.member.1.Size=1"),
        null("stricts.2.member.key")
    );
    assert_eq!(
        invalid("Stricts.member.1.Key=k&Stricts.member.1.Size=300"),
        null("stricts.1.member.size").replace("not be null", "have value less than or equal to 255")
    );
}

#[test]
fn structures_in_structures() {
    let form = "Outer.Inner.Inner.Name=c&Outer.Name=a&Outer.Inner.Name=b&Outer.Inner.Lists.member.2.member.1=y\
                &Outer.Inner.Lists.member.1.member.1=w&Outer.Inner.Lists.member.1.member.2=x";
    let outer = input(form).outer.unwrap();
    assert_eq!(outer.name.as_deref(), Some("a"));
    let inner = outer.inner.unwrap();
    assert_eq!(inner.lists.unwrap(), [vec!["w", "x"], vec!["y"]]);
    assert_eq!(inner.inner.unwrap().name.as_deref(), Some("c"));
}

/// In the order of bytes `Outer-x` stands between `Outer` and `Outer.Name`.
#[test]
fn a_name_that_begins_like_another_does_not_part_it() {
    let form = "Outer-x=1&Outer.Name=n&Outer%20=2&Outer=&Outer.Inner.Name=i&Outer!.Name=no";
    let outer = input(form).outer.unwrap();
    assert_eq!(outer.name.as_deref(), Some("n"));
    assert_eq!(outer.inner.unwrap().name.as_deref(), Some("i"));
}

#[test]
fn maps_by_their_entries() {
    let form = "Map.entry.2.value=b&Map.entry.1.key=a&Map.entry.1.value=&Map.entry.2.key=B\
                &Maps.entry.1.key=k&Maps.entry.1.value.member.1.Key=t&Maps.entry.1.value.member.2.Key=u";
    let input = input(form);
    assert_eq!(input.map.unwrap(), [("a".to_owned(), String::new()), ("B".into(), "b".into())].into());
    assert_eq!(input.maps.unwrap()["k"].len(), 2);
    assert_eq!(malformed("Map.entry.0.key=a"), "0 is not a valid index");
    assert_eq!(malformed("Map.entry.13.key=a"), "Excessively sparse input would skip 12 list elements");
    for form in
        ["Map.entry.1.key=a", "Map.entry.1.value=a", "Map.entry.2.key=a&Map.entry.2.value=b", "Map.entry.x=1"]
    {
        let expected = "1 validation error detected: Value at 'map' failed to satisfy constraint: Member must not be null";
        assert_eq!(invalid(form), expected, "{form}");
    }
}

#[test]
fn a_value_in_the_wrong_place() {
    for form in ["Name.member.1=x", "Name.X=x", "Name=a&Name.X=b", "MaxItems.1=1", "Status.X=Active"] {
        assert_eq!(malformed(form), "Start of list found where not expected", "{form}");
    }
    for form in ["Tags=x", "Tags=x&Tags.member.1.Key=k", "Strings=x"] {
        assert_eq!(malformed(form), "Unexpected list element termination", "{form}");
    }
    for form in ["Outer=x", "Outer=x&Outer.Name=n", "Map=x", "Tags.member.1=x", "Map=x&Map.entry.1.key=x"] {
        assert_eq!(malformed(form), "Unexpected complex element termination", "{form}");
    }
    assert_eq!(error("Letter=ab"), ReadError::Value);
    assert_eq!(error("Letter="), ReadError::Value);
}

#[test]
fn structures_can_be_flattened() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Page {
        marker: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        name: Option<String>,
        #[serde(flatten)]
        page: Page,
    }
    let read: Input = read(b"Name=n&Marker=m&Other=x&1=y").unwrap();
    assert_eq!(read, Input { name: Some("n".into()), page: Page { marker: Some("m".into()) } });
}

#[test]
fn without_a_type_it_is_as_the_form_has_it() {
    let free = |form: &str| input(form).free.unwrap();
    assert_eq!(free("Free=1"), serde_json::json!("1"));
    assert_eq!(free("Free.A.member.2=x&Free.B=y&Free.C.entry.1.key=k&Free.C.entry.1.value=v"), {
        serde_json::json!({"A": [null, "x"], "B": "y", "C": {"k": "v"}})
    });
}

#[test]
fn what_is_no_utf8_is_refused() {
    for form in [&b"Name=\xff"[..], b"Name=%ff", b"Other=%C3", b"%80=x", b"Name=%ED%A0%80"] {
        assert_eq!(read::<Input>(form), Err(ReadError::Encoding));
    }
    assert_eq!(input("Name=%EF%BF%BD").name.as_deref(), Some("\u{fffd}"));
}

#[test]
fn there_are_bounds() {
    let many = |n: usize| (0..n).map(|n| format!("P{n}=x&")).collect::<String>();
    assert_eq!(input(&many(MAX_PARAMETERS)), Input::default());
    assert_eq!(malformed(&many(MAX_PARAMETERS + 1)), "The request has more than 10000 parameters");
    let deep = |n: usize| format!("Outer{}=x", ".Inner".repeat(n));
    assert_eq!(error(&deep(MAX_DEPTH - 1)), ReadError::NotAStructure);
    assert_eq!(error(&deep(MAX_DEPTH)), ReadError::TooDeep);
    assert_eq!(error(&deep(100_000)), ReadError::TooDeep);
    let sparse: String = (1..=900).map(|n| format!("TagKeys.member.{}=&", n * 11)).collect();
    assert_eq!(error(&sparse), ReadError::Sparse(11));
    let sparse: String = (0..900).map(|n| format!("TagKeys.member.{}=&", n * 10 + 1)).collect();
    assert_eq!(input(&sparse).tag_keys.unwrap().len(), 8_991);
    let message = malformed(&format!("Strings.member.-{}=x", "1".repeat(100_000)));
    assert!(message.len() < 200, "{}", message.len());
}

/// No value is repeated: it could be a secret.
#[test]
fn texts_repeat_no_value() {
    for form in [
        "MaxItems=hush",
        "AllUsers=hush",
        "Status=hush",
        "Tags=hush",
        "Outer=hush",
        "Letter=hush",
        "Name=hush&Name.X=hush",
        "Strings.member.0=hush",
        "Strings.member.one=hush",
    ] {
        let (code, message) = fault(form);
        assert!(!code.contains("hush") && !message.contains("hush"), "{form}: {message}");
        assert!(!format!("{:?}", error(form)).contains("hush"), "{form}");
    }
}
