//! JSON with positions: a small strict reader for policy documents.
//!
//! It differs from a general reader where policies need it: every value and every key knows its line, column and
//! bytes; duplicate keys are refused (policies.md 2.2, S16, and 4.2), as is text after the document; numbers keep
//! their spelling; members keep their order; nesting is bounded, so that no document can exhaust the stack.
//!
//! ```
//! use guildhall_policy::json;
//!
//! let value = json::parse("{\n  \"plans\": [1.50]\n}")?;
//! let plans = value.get("plans").and_then(|v| v.as_array()).unwrap_or_default();
//! assert_eq!(plans[0].at.to_string(), "line 2, column 13");
//! assert_eq!(value.to_string(), r#"{"plans":[1.50]}"#);
//!
//! let refused = json::parse("{\"a\": 1, \"a\": 2}").unwrap_err();
//! assert_eq!(refused.to_string(), "line 1, column 10: found a second `a` in one object; each key may stand once");
//! # Ok::<(), json::ParseError>(())
//! ```

mod parse;
mod value;
mod write;

pub use parse::{MAX_DEPTH, MAX_TEXT, ParseError, ParseErrorKind, parse};
pub use value::{JsonKind, Member, Position, Span, Value};
pub use write::{compact, escape, indented};
