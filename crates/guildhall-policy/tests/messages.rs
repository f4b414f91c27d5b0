//! What a refusal says: the place, what stands there, what would be right. As people read it, word for word.
#![expect(clippy::too_many_lines, reason = "the table is long")]

use guildhall_policy::iam::{Document, DocumentKind as D, Operations};

/// Some operations of Organizations.
const OPERATIONS: &Operations = &[("CreateAccount", false), ("ListAccounts", true), ("ListRoots", true)];

#[test]
fn each_mistake_is_told_where_it_is_and_how_to_mend_it() {
    let rows = [
        (
            D::ServiceControl,
            r#"{“Version”: "2012-10-17"}"#,
            "line 1, column 2: found `“`; a key in double quotes, or `}`, is wanted here; quotes are double and straight",
        ),
        (
            D::ServiceControl,
            r#"{"Version": “2012-10-17”, "Statement": []}"#,
            "line 1, column 13: found `“`; a value is wanted here; quotes are double and straight",
        ),
        (
            D::ServiceControl,
            "{'Version': '2012-10-17'}",
            "line 1, column 2: found `'`; a key in double quotes, or `}`, is wanted here; quotes are double and straight",
        ),
        (
            D::ServiceControl,
            r#"{"Version": '2012-10-17'}"#,
            "line 1, column 13: found `'`; a value is wanted here; quotes are double and straight",
        ),
        (
            D::ServiceControl,
            r#"{"Version": "2012-10-17",}"#,
            "line 1, column 26: found `}`; a key in double quotes is wanted here; no comma may stand before `}`",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": ["s3:*", ], "Resource": "*"}]}"#,
            "line 1, column 54: found `]`; a value is wanted here; no comma may stand before `]`",
        ),
        (
            D::ServiceControl,
            "{\"Version\": \"2012-10-17\"\n \"Statement\": []}",
            r#"line 2, column 2: found `"`; `,` or `}` is wanted here"#,
        ),
        (
            D::ServiceControl,
            "{ // all\n\"Version\": \"2012-10-17\"}",
            "line 1, column 3: found `/`; a key in double quotes, or `}`, is wanted here; JSON has no comments",
        ),
        (
            D::ServiceControl,
            "{ # all\n\"Version\": \"2012-10-17\"}",
            "line 1, column 3: found `#`; a key in double quotes, or `}`, is wanted here; JSON has no comments",
        ),
        (
            D::ServiceControl,
            r#"{"Version": "2012-10-17", /* x */ "Statement": []}"#,
            "line 1, column 27: found `/`; a key in double quotes is wanted here; no comma may stand before `}`; JSON has no comments",
        ),
        (
            D::ServiceControl,
            "{\"Version\": \"2012-10-17\" // yes\n, \"Statement\": []}",
            "line 1, column 26: found `/`; `,` or `}` is wanted here; JSON has no comments",
        ),
        (
            D::ServiceControl,
            r#"{Version: "2012-10-17"}"#,
            "line 1, column 2: found `V`; a key in double quotes, or `}`, is wanted here",
        ),
        (
            D::ServiceControl,
            r#"{"Version": 2012-10-17, "Statement": []}"#,
            "line 1, column 13: found `2012-10-17`; strings stand in double quotes",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}}}"#,
            "line 1, column 112: found `True`; strings stand in double quotes; the only words are true, false and null",
        ),
        (
            D::ServiceControl,
            r#"{"Version" "2012-10-17"}"#,
            r#"line 1, column 12: found `"`; `:` is wanted after a key"#,
        ),
        (
            D::ServiceControl,
            r#"{"Version" = "2012-10-17"}"#,
            "line 1, column 12: found `=`; `:` is wanted after a key",
        ),
        (
            D::ServiceControl,
            "{\"Version\": \"2012-10-17\n}",
            "line 1, column 24: found the character U+000A; control characters in strings are written as \\n, \\t, \\u0000; is a closing quote missing?",
        ),
        (
            D::ServiceControl,
            r#"{"Version": "2012-10-17"#,
            "line 1, column 24: found the end of the text; the string has no closing quote",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]"#,
            "line 1, column 67: found the end of the text; `,` or `}` is wanted here, for the `{` of line 1, column 1",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}}"#,
            "line 1, column 68: found `}`; nothing may follow the document",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": []} {"Statement": []}"#,
            "line 1, column 19: found `{`; nothing may follow the document",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"]}"#,
            "line 1, column 65: found `]`; `,` or `}` is wanted here, for the `{` of line 1, column 16",
        ),
        (
            D::ServiceControl,
            "{\"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"arn:aws:s3:::a\\b\\d\"}}",
            "line 1, column 78: found `\\d`; an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits (two of them for a surrogate pair)",
        ),
        (
            D::ServiceControl,
            "{\"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"C:\\Users\"}}",
            "line 1, column 64: found `\\Users`; an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits (two of them for a surrogate pair)",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": 007}}}}"#,
            "line 1, column 105: found `007`; a number has digits, none of them a leading zero, on both sides of its point",
        ),
        (
            D::ServiceControl,
            "Version: \"2012-10-17\"\nStatement:\n  - Effect: Deny",
            "line 1, column 1: found `Version`; the document is JSON, which starts with a brace",
        ),
        (
            D::ServiceControl,
            r#"[{"Effect": "Deny", "Action": "*", "Resource": "*"}]"#,
            "line 1, column 1: found a list; a policy is an object with Version and Statement",
        ),
        (
            D::ServiceControl,
            r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            r#"line 1, column 2: found `Effect`; Effect stands in a statement: {"Statement": [{"Effect": …}]}"#,
        ),
        (
            D::ServiceControl,
            r#"{"version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
            "line 1, column 2: found `version`; the member is written `Version`",
        ),
        (
            D::ServiceControl,
            r#"{"Version": "2012-10-18", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
            r#"line 1, column 13: found `2012-10-18`; the versions are "2012-10-17" and "2008-10-17""#,
        ),
        (
            D::ServiceControl,
            r#"{"Version": "", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
            r#"line 1, column 13: found an empty string; the versions are "2012-10-17" and "2008-10-17""#,
        ),
        (
            D::ServiceControl,
            "{}",
            "line 1, column 1: found a policy without Statement; a policy has Statement",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": {}}"#,
            "line 1, column 15: found a statement without Effect; a statement has Effect",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": null}"#,
            "line 1, column 15: found null; a statement is an object with Effect, Action and Resource",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [[{"Effect": "Deny", "Action": "*", "Resource": "*"}]]}"#,
            "line 1, column 16: found a list; a statement is an object with Effect, Action and Resource",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 35: found `Principal`; a service control policy is about all principals of the accounts below it and names none; use a Condition on aws:PrincipalArn",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "deny", "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 27: found `deny`; Effect is "Allow" or "Deny", with a capital"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": true, "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 27: found true; Effect is "Allow" or "Deny""#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny ", "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 27: found `Deny `; Effect is "Allow" or "Deny", with a capital"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Actions": "*", "Resource": "*"}]}"#,
            "line 1, column 35: found `Actions`; the member is written `Action`",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resorce": "*"}]}"#,
            "line 1, column 50: found `Resorce`; the member is written `Resource`",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Efect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 17: found `Efect`; the member is written `Effect`",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Not_Action": "*", "Resource": "*"}]}"#,
            "line 1, column 35: found `Not_Action`; the member is written `NotAction`",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Description": "x", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 35: found `Description`; the members here are Sid, Effect, Action, NotAction, Resource, NotResource, Condition",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Resource": "*"}]}"#,
            "line 1, column 16: found a statement without Action or NotAction; a statement has Action or NotAction",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": ["s3:*", null], "Resource": "*"}]}"#,
            r#"line 1, column 54: found null; wanted is an action, or a list of at least one, such as "s3:GetObject""#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "s3:*,ec2:*", "Resource": "*"}]}"#,
            r#"line 1, column 45: found `s3:*,ec2:*`; several actions stand in a list: ["s3:*", "ec2:*"]"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "RunInstances", "Resource": "*"}]}"#,
            r#"line 1, column 45: found `RunInstances`; an action is a service's prefix, a colon and a name: "iam:ListUsers", "s3:*""#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "s3.GetObject", "Resource": "*"}]}"#,
            r#"line 1, column 45: found `s3.GetObject`; an action is a service's prefix, a colon and a name: "iam:ListUsers", "s3:*""#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "ec*:*", "Resource": "*"}]}"#,
            "line 1, column 45: found `ec*:*`; before the colon stands the prefix of one service, without wildcards",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "ec2.amazonaws.com:*", "Resource": "*"}]}"#,
            "line 1, column 45: found `ec2.amazonaws.com:*`; before the colon stands the prefix of one service, without wildcards",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "arn:aws:s3:::x", "Resource": "*"}]}"#,
            "line 1, column 45: found `arn:aws:s3:::x`; after the colon stands a name of letters and digits, with * and ? anywhere",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "s3::GetObject", "Resource": "*"}]}"#,
            "line 1, column 45: found `s3::GetObject`; after the colon stands a name of letters and digits, with * and ? anywhere",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "s3:GetObject ", "Resource": "*"}]}"#,
            "line 1, column 45: found `s3:GetObject `; after the colon stands a name of letters and digits, with * and ? anywhere",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "s3:${x}", "Resource": "*"}]}"#,
            "line 1, column 45: found `s3:${x}`; after the colon stands a name of letters and digits, with * and ? anywhere",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "", "Resource": "*"}]}"#,
            r#"line 1, column 45: found an empty string; an action is a service's prefix, a colon and a name: "iam:ListUsers", "s3:*""#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "my-bucket"}]}"#,
            r#"line 1, column 62: found `my-bucket`; a resource is "*" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3::my-bucket"}]}"#,
            r#"line 1, column 62: found `arn:aws:s3::my-bucket`; a resource is "*" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand; this one has 5"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "**"}]}"#,
            r#"line 1, column 62: found `**`; a resource is "*" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "ARN:aws:s3:::b"}]}"#,
            r#"line 1, column 62: found `ARN:aws:s3:::b`; a resource is "*" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": " arn:aws:s3:::b"}]}"#,
            r#"line 1, column 62: found ` arn:aws:s3:::b`; a resource is "*" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "NotAction": "iam:*", "Resource": "*"}]}"#,
            "line 1, column 50: found both Action and NotAction; a statement has Action or NotAction",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "NotResource": "*", "Resource": "*"}]}"#,
            "line 1, column 70: found both Resource and NotResource; a statement has Resource or NotResource",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 35: found a second `Effect` in one object; each key may stand once",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:a": "1"}, "StringEquals": {"aws:b": "1"}}}]}"#,
            "line 1, column 113: found a second `StringEquals` in one object; each key may stand once",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"aws:RequestedRegion": "eu-west-1"}}]}"#,
            r#"line 1, column 81: found `aws:RequestedRegion`; an operator stands around keys: {"StringEquals": {"aws:RequestedRegion": …}}"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": [{"StringEquals": {"aws:a": "1"}}]}]}"#,
            r#"line 1, column 80: found a list; a condition is an object: {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}"#,
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEqual": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `StringEqual`; did you mean StringEquals? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExist": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `StringNotEqualsIfExist`; did you mean StringNotEqualsIfExists? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringContains": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `StringContains`; the operators are those of StringEquals, NumericEquals, DateEquals, Bool, BinaryEquals, IpAddress, ArnLike, Null and their kind",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotStringLike": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `NotStringLike`; did you mean StringNotLike? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolNotEquals": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `BoolNotEquals`; the operators are those of StringEquals, NumericEquals, DateEquals, Bool, BinaryEquals, IpAddress, ArnLike, Null and their kind",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IpNotAddress": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `IpNotAddress`; did you mean NotIpAddress? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IPAddress": {"SourceIp": "1.2.3.4"}}}]}"#,
            "line 1, column 95: found `SourceIp`; a condition key is a prefix, a colon and a name, such as aws:SourceIp",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ForAllValue:StringEquals": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `ForAllValue:StringEquals`; did you mean ForAllValues:StringEquals? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ForAllValues: StringEquals": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `ForAllValues: StringEquals`; did you mean ForAllValues:StringEquals? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals:ForAllValues": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `StringEquals:ForAllValues`; did you mean ForAllValues:StringEquals? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ForAllValues": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `ForAllValues`; ForAllValues: precedes an operator, such as ForAllValues:StringEquals",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NullIfExists": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `NullIfExists`; Null takes neither IfExists nor a quantifier",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"IfExistsStringEquals": {"aws:a": "1"}}}]}"#,
            "line 1, column 81: found `IfExistsStringEquals`; did you mean StringEqualsIfExists? IfExists may follow it, ForAllValues: or ForAnyValue: precede it",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"RequestedRegion": "1"}}}]}"#,
            "line 1, column 98: found `RequestedRegion`; a condition key is a prefix, a colon and a name, such as aws:RequestedRegion",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"": "1"}}}]}"#,
            "line 1, column 98: found an empty string; a condition key is a prefix, a colon and a name, such as aws:PrincipalOrgID",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:a": null}}}]}"#,
            "line 1, column 107: found null; a wanted value is a string, a number or a boolean",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:a": {"x": "y"}}}}]}"#,
            "line 1, column 107: found an object; a wanted value is a string, a number or a boolean",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BinaryEquals": {"aws:a": "no!"}}}]}"#,
            "line 1, column 107: found `no!`; BinaryEquals wants base64, with its padding",
        ),
        (
            D::ServiceControl,
            r#"{"Statement": [{"Id": "x", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 17: found `Id`; Id stands beside Statement, once in a policy",
        ),
        (
            D::ServiceControl,
            r#"{"Sid": "x", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 2: found `Sid`; Sid stands in a statement: {"Statement": [{"Sid": …}]}"#,
        ),
        (
            D::ServiceControl,
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}], "Condition": {}}"#,
            r#"line 1, column 94: found `Condition`; Condition stands in a statement: {"Statement": [{"Condition": …}]}"#,
        ),
        (
            D::ServiceControl,
            r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}}}}"#,
            "line 1, column 2: found `tags`; the members here are Version, Id, Statement",
        ),
        (
            D::ServiceControl,
            r#"{"Policy": {"Version": "2012-10-17", "Statement": []}}"#,
            "line 1, column 2: found `Policy`; the members here are Version, Id, Statement",
        ),
        (
            D::ServiceControl,
            "\"{\\\"Version\\\": \\\"2012-10-17\\\"}\"",
            r#"line 1, column 1: found `{"Version": "2012-10-17"}`; a policy is an object, not a string that holds one"#,
        ),
        (D::ServiceControl, "<html>404</html>", "line 1, column 1: found `<`; a value is wanted here"),
        (
            D::ServiceControl,
            "5",
            "line 1, column 1: found a number; a policy is an object with Version and Statement",
        ),
        (
            D::ServiceControl,
            r#"{" Version": "2012-10-17", "Statement": []}"#,
            "line 1, column 2: found ` Version`; the member is written `Version`",
        ),
        (
            D::ServiceControl,
            "{\"Version\u{200b}\": \"2012-10-17\", \"Statement\": []}",
            "line 1, column 2: found `Version\\u{200b}`; the member is written `Version`",
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#,
            r#"line 1, column 27: found `Allow`; a resource control policy only denies: Effect is "Deny""#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 63: found `*`; a resource control policy names a service before the colon, such as "s3:*""#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            r#"line 1, column 16: found a statement of a resource control policy without "Principal": "*"; a statement of a resource control policy has "Principal": "*""#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ec2:*", "Resource": "*"}]}"#,
            "line 1, column 63: found `ec2:*`; a resource control policy names actions of services that support it, such as s3, sqs, kms, sts, secretsmanager",
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*:Get*", "Resource": "*"}]}"#,
            r#"line 1, column 63: found `*:Get*`; a resource control policy names a service before the colon, such as "s3:*""#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": ["*"], "Action": "s3:*", "Resource": "*"}]}"#,
            r#"line 1, column 48: found a list; the principal of a resource control policy is "*"; exempt principals with a Condition"#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": "s3:*", "Resource": "*"}]}"#,
            r#"line 1, column 56: found a list; the principal of a resource control policy is "*"; exempt principals with a Condition"#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": {"Service": "*"}, "Action": "s3:*", "Resource": "*"}]}"#,
            r#"line 1, column 48: found an object; the principal of a resource control policy is "*"; exempt principals with a Condition"#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}]}"#,
            "line 1, column 53: found `NotAction`; a resource control policy has Action and names services in it",
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*"}]}"#,
            r#"line 1, column 35: found `NotPrincipal`; a resource control policy has "Principal": "*"; exempt principals with a Condition on aws:PrincipalArn"#,
        ),
        (
            D::ResourceControl,
            r#"{"Statement": [{"Effect": "Deny", "Principals": "*", "Action": "s3:*", "Resource": "*"}]}"#,
            "line 1, column 35: found `Principals`; the member is written `Principal`",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 84: found `*`; a member can be granted the reads of Organizations and the work on policies and tags; a wildcard must match such actions only",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["organizations:ListRoots", "organizations:CreateAccount"], "Resource": "*"}]}"#,
            "line 1, column 112: found `organizations:CreateAccount`; a member can be granted the reads of Organizations and the work on policies and tags; a wildcard must match such actions only",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "organizations:*", "Resource": "*"}]}"#,
            "line 1, column 84: found `organizations:*`; a member can be granted the reads of Organizations and the work on policies and tags; a wildcard must match such actions only",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "111122223333", "Action": "organizations:List*", "Resource": "*"}]}"#,
            r#"line 1, column 49: found `111122223333`; a principal is "*" or an object such as {"AWS": "111122223333"}"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": 111122223333}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            "line 1, column 57: found a number; wanted is a principal in quotes, or a list of at least one",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1111-2222-3333"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            r#"line 1, column 57: found `1111-2222-3333`; an AWS principal is "*", an account id, or the ARN of an account's root, a user, a role or a session; wildcards in it are not allowed"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam:us-east-1:111122223333:root"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            r#"line 1, column 57: found `arn:aws:iam:us-east-1:111122223333:root`; an AWS principal is "*", an account id, or the ARN of an account's root, a user, a role or a session; wildcards in it are not allowed"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:organizations::111122223333:ou/o-1/ou-1"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            r#"line 1, column 57: found `arn:aws:organizations::111122223333:ou/o-1/ou-1`; an AWS principal is "*", an account id, or the ARN of an account's root, a user, a role or a session; wildcards in it are not allowed"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:*"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            r#"line 1, column 57: found `arn:aws:iam::111122223333:*`; an AWS principal is "*", an account id, or the ARN of an account's root, a user, a role or a session; wildcards in it are not allowed"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"aws": "111122223333"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            "line 1, column 50: found `aws`; the kind of principal is written `AWS`",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "organizations:List*", "Resource": "*"}]}"#,
            "line 1, column 50: found `Federated`; the kinds of principals here are AWS, Service",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "organizations:List*", "Resource": "arn:aws:s3:::b"}]}"#,
            r#"line 1, column 99: found `arn:aws:s3:::b`; the organization's resource policy names "*" or ARNs of Organizations"#,
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "organizations:List*", "NotResource": "*"}]}"#,
            "line 1, column 87: found `NotResource`; the organization's resource policy has Principal, Action and Resource only, not their negations",
        ),
        (
            D::Organization,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "organizations:ListAcounts", "Resource": "*"}]}"#,
            "line 1, column 64: found `organizations:ListAcounts`; Organizations has no such operation; did you mean organizations:ListAccounts?",
        ),
        (
            D::Identity,
            r#"{"Statement": [{"Sid": "my sid", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 24: found `my sid`; a Sid has letters and digits only",
        ),
        (
            D::Identity,
            "{\"Statement\": [{\"Sid\": \"A\", \"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"},\n{\"Sid\": \"A\", \"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"}]}",
            "line 2, column 9: found a second statement with the Sid `A`; a Sid stands once in a policy",
        ),
        (
            D::Identity,
            r#"{"Statement": [{"Principal": "*", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#,
            "line 1, column 17: found `Principal`; an identity policy is about whom it is attached to and names no principal",
        ),
        (
            D::Trust,
            r#"{"Statement": [{"Principal": "*", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]}"#,
            "line 1, column 81: found `Resource`; a trust policy is about its own role and names no resource",
        ),
        (
            D::Trust,
            r#"{"Statement": [{"Principal": "*", "Effect": "Deny", "Action": "iam:PassRole"}]}"#,
            "line 1, column 63: found `iam:PassRole`; a trust policy is about actions of sts, such as sts:AssumeRole",
        ),
        (
            D::Trust,
            r#"{"Statement": [{"Principal": {"Service": "*"}, "Effect": "Allow", "Action": "sts:AssumeRole"}]}"#,
            "line 1, column 42: found `*`; a service principal is written like backup.amazonaws.com",
        ),
        (
            D::Trust,
            r#"{"Statement": [{"Principal": {"Service": "ec2"}, "Effect": "Allow", "Action": "sts:AssumeRole"}]}"#,
            "line 1, column 42: found `ec2`; a service principal is written like backup.amazonaws.com",
        ),
    ];
    assert!(rows.len() >= 90, "{}", rows.len());
    for (kind, text, message) in rows {
        let read = match kind {
            D::Organization => Document::for_organization(text, OPERATIONS),
            _ => Document::parse(kind, text),
        };
        let refused = read.expect_err(text);
        assert_eq!(refused.to_string(), message, "{text}");
    }
}
