//! What everything stands on: ids, time, owners, addresses, JSON.

pub mod address;
pub mod ids;
pub mod json;
pub mod owner;
pub mod refusal;
pub mod time;
pub mod wire_enum;
