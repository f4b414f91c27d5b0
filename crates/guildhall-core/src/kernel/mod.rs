//! What everything stands on, and what knows no record and no service: ids, time, owners, addresses, refusals, JSON,
//! passwords, values that are not to be written down, the keys of a server and what is sealed with them.

pub mod address;
pub mod evaluation;
pub mod ids;
pub mod json;
pub mod keyring;
pub mod owner;
pub mod password;
pub mod refusal;
pub mod sensitive;
pub mod session_token;
pub mod time;
pub mod totp;
pub mod wire_enum;
