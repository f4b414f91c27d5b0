//! What a command is, what it is told of its circumstances, and the pages of lists.

pub mod caller;
pub mod command;
pub mod cx;
pub mod page;
