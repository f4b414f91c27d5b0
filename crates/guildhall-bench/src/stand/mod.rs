//! The servers that Guildhall is compared with. They are the least that does the job, and started as children of
//! the benchmark from this same program.

pub(crate) mod answers;
pub(crate) mod durable;
pub(crate) mod listen;
pub(crate) mod recorded;
pub(crate) mod store;
pub(crate) mod verify;
