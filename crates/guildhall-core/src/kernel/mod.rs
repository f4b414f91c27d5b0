//! What everything stands on, and what knows no record and no service: ids, time, owners, addresses, refusals, JSON,
//! values that are not to be written down.

pub mod address;
pub mod ids;
pub mod json;
pub mod owner;
pub mod refusal;
pub mod sensitive;
pub mod time;
pub mod wire_enum;
