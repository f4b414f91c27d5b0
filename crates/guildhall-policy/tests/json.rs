//! The JSON reader: what it accepts agrees with serde_json but for duplicates and depth; where it refuses it says so.
#![expect(clippy::string_slice, reason = "tests fail by panicking, and tables are long")]

use guildhall_policy::json::{
    self, JsonKind, MAX_DEPTH, MAX_TEXT, ParseErrorKind as K, Position, escape, parse,
};

#[test]
fn refusals_say_what_and_where() {
    for (text, kind, line, column, message) in [
        ("", K::Syntax, 1, 1, "found the end of the text; a value is wanted here"),
        ("\u{feff}{}", K::Syntax, 1, 1, "found a byte order mark; the document starts with its first brace"),
        ("{} {}", K::TrailingText, 1, 4, "found `{`; nothing may follow the document"),
        ("{}\n\nx", K::TrailingText, 3, 1, "found `x`; nothing may follow the document"),
        ("{'a':1}", K::Syntax, 1, 2, "found `'`; a key in double quotes, or `}`, is wanted here"),
        (
            "{\"a\":1,}",
            K::Syntax,
            1,
            8,
            "found `}`; a key in double quotes is wanted here; no comma may stand before `}`",
        ),
        ("[1,]", K::Syntax, 1, 4, "found `]`; a value is wanted here; no comma may stand before `]`"),
        ("[1 2]", K::Syntax, 1, 4, "found `2`; `,` or `]` is wanted here"),
        ("{\"a\" 1}", K::Syntax, 1, 6, "found `1`; `:` is wanted after a key"),
        (
            "{\"ä\":1,\"ä\":2}",
            K::DuplicateKey,
            1,
            8,
            "found a second `ä` in one object; each key may stand once",
        ),
        (
            "{\"a\":1,\n \"\\u0061\":2}",
            K::DuplicateKey,
            2,
            2,
            "found a second `a` in one object; each key may stand once",
        ),
        ("// no\n{}", K::Syntax, 1, 1, "found `/`; JSON has no comments"),
        (
            "[True]",
            K::Syntax,
            1,
            2,
            "found `True`; strings stand in double quotes; the only words are true, false and null",
        ),
        (
            "[\"a\nb\"]",
            K::BadString,
            1,
            4,
            "found the character U+000A; control characters in strings are written",
        ),
        ("[\"abc", K::Syntax, 1, 6, "found the end of the text; the string has no closing quote"),
        ("[\"\\x\"]", K::BadString, 1, 3, "found `\\x`; an escape is one of"),
        ("[\"\\ud800\"]", K::BadString, 1, 3, "found `\\ud800`; an escape is one of"),
        ("[\"\\ud800\\u0041\"]", K::BadString, 1, 3, "an escape is one of"),
        ("[\"\\udc00\"]", K::BadString, 1, 3, "an escape is one of"),
        ("[\"\\u12\"]", K::BadString, 1, 3, "an escape is one of"),
        ("[\"\\u+123\"]", K::BadString, 1, 3, "an escape is one of"),
        ("[01]", K::BadNumber, 1, 2, "found `01`; a number has digits"),
        ("[1.]", K::BadNumber, 1, 2, "found `1.`; a number has digits"),
        ("[-]", K::BadNumber, 1, 2, "found `-`; a number has digits"),
        ("[1e]", K::BadNumber, 1, 2, "found `1e`; a number has digits"),
        ("[.5]", K::Syntax, 1, 2, "found `.`; a value is wanted here"),
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!((e.kind, e.at), (kind, Position { line, column }), "{text}");
        assert!(e.to_string().contains(message), "{text}: {e}");
    }
}

#[test]
fn what_is_accepted_means_what_serde_json_says() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.50",
        "1E+2",
        "-1e-9",
        "\"\"",
        "\"\\u00e9\\ud83d\\ude00\\/\\b\\f\"",
        "[]",
        "{}",
        " { \"a\" : [ 1 , { \"b\" : null } ] , \"\" : \"x\" } ",
        "[[[[[]]]]]",
        "\"größe 😀 \u{7f}\u{2028}\"",
    ] {
        let value = parse(text).expect(text);
        let ours: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(ours, serde_json::from_str::<serde_json::Value>(text).unwrap(), "{text}");
        assert_eq!(parse(&json::compact(&value)).unwrap().to_string(), value.to_string());
    }
}

#[test]
fn numbers_keep_their_spelling_and_members_their_order() {
    let text = r#"{"b":1.50,"a":1e0,"c":-0,"A":12345678901234567890}"#;
    assert_eq!(parse(text).unwrap().to_string(), text);
    assert_eq!(parse(text).unwrap().get("A").unwrap().kind, JsonKind::Number("12345678901234567890".into()));
}

#[test]
fn spans_and_positions_point_into_the_text() {
    let text = "{\n  \"é\": [ \"x\",\r\n\t{\"k\" : 12} ]\n}";
    let value = parse(text).unwrap();
    let member = &value.as_object().unwrap()[0];
    assert_eq!(
        (&text[member.span.start..member.span.end], member.at),
        ("\"é\"", Position { line: 2, column: 3 })
    );
    let items = member.value.as_array().unwrap();
    assert_eq!(&text[items[0].span.start..items[0].span.end], "\"x\"");
    assert_eq!(items[0].at, Position { line: 2, column: 10 });
    assert_eq!(items[1].at, Position { line: 3, column: 2 });
    let number = items[1].get("k").unwrap();
    assert_eq!(
        (&text[number.span.start..number.span.end], number.at),
        ("12", Position { line: 3, column: 9 })
    );
    assert_eq!(value.span, json::Span { start: 0, end: text.len() });
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&nested(MAX_DEPTH)).is_ok());
    let e = parse(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!((e.kind, e.offset), (K::TooDeep, MAX_DEPTH));
    assert_eq!(parse(&"[".repeat(40_000)).unwrap_err().kind, K::TooDeep);
    assert_eq!(parse(&"{\"a\":".repeat(40_000)).unwrap_err().kind, K::TooDeep);
    assert_eq!(parse(&" ".repeat(MAX_TEXT + 1)).unwrap_err().kind, K::TooLong);
    // Many members and many values on one line: one pass, not one per value.
    let many: Vec<String> = (0..60_000).map(|n| format!("\"{n}\":[{n}]")).collect();
    assert_eq!(parse(&format!("{{{}}}", many.join(","))).unwrap().as_object().unwrap().len(), 60_000);
}

#[test]
fn every_cut_of_a_document_is_refused_without_a_panic() {
    let text = r#"{"Versïon":"2012-10-17","S":[{"a":-1.5e3,"b":[true,null,"\ud83d\ude00\n"]}]}"#;
    assert!(parse(text).is_ok());
    for (end, _) in text.char_indices() {
        assert!(parse(&text[..end]).is_err(), "{}", &text[..end]);
    }
}

#[test]
fn escaped_text_reads_back() {
    for text in ["", "a\"b\\c", "\u{0}\u{8}\u{c}\n\r\t\u{1f}", "é😀\u{2028}"] {
        assert_eq!(parse(&escape(text)).unwrap().as_str(), Some(text));
    }
}

#[test]
fn documents_for_people_have_a_line_for_each_member() {
    let value = parse(r#"{"a":[1.50,{}],"b":{"c":[],"d":"é\n\u0001"},"e":null}"#).unwrap();
    let text = json::indented(&value);
    let wanted = "{\n  \"a\": [\n    1.50,\n    {}\n  ],\n  \"b\": {\n    \"c\": [],\n    \"d\": \"é\\n\\u0001\"\n  },\n  \"e\": null\n}";
    assert_eq!(text, wanted);
    for text in ["{}", "[]", "\"x\"", "[[[[{}]]]]", r#"{"a":{"b":{"c":[{"d":[true,false]}]}}}"#] {
        let value = parse(text).unwrap();
        assert_eq!(parse(&json::indented(&value)).unwrap().to_string(), text);
    }
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(parse(&json::indented(&parse(&deep).unwrap())).unwrap().to_string(), deep);
}
