//! A call: its circumstances, the command that it runs, what its input may be, and pages.

pub mod command;
pub mod cx;
pub mod page;
