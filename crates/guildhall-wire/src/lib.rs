//! Bytes to typed and back: signatures, envelopes, faults. Pure: no I/O, no clock, no runtime, no global state.
//!
//! - [`sigv4`]: AWS Signature Version 4, header and presigned query form.
//! - [`json11`]: the AWS JSON 1.1 envelope (Organizations).
//! - [`rest_json`]: the REST JSON envelope (Account Management).
//! - [`query`]: the AWS Query envelope (IAM, STS).

pub mod json11;
mod names;
pub mod query;
pub mod rest_json;
pub mod sigv4;
