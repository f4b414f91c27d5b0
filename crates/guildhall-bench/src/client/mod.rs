//! The client: it must cost less than what it measures, so requests are signed before the clock starts and
//! written to raw sockets as they are.

pub(crate) mod call;
pub(crate) mod load;
pub(crate) mod reply;
pub(crate) mod requests;
pub(crate) mod sign;
