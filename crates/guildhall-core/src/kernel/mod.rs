//! What everything stands on, and what knows no record and no service: ids, time, owners, addresses, refusals, JSON.

pub mod address;
pub mod ids;
pub mod json;
pub mod owner;
pub mod refusal;
pub mod time;
pub mod wire_enum;
