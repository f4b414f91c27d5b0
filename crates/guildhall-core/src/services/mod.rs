//! The services of AWS, a folder each: what a service and an operation are, and the table of services that the server, the
//! console, tests and documents read. To add a service: its folder, and its name below.

mod operation;
mod service;

pub use operation::{Answer, EMPTY, Empty, Entry, Operation, Output, PlainJson, Read, Wire};
pub use service::{Protocol, Service, find, service};

macro_rules! services {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+

        impl<W: Wire> Service<W> {
            /// Every service, ordered by name, as a program with these envelopes reads and answers it.
            pub const ALL: &'static [&'static Self] = &[$(&$name::Table::<W>::SERVICE),+];
        }
    };
}

services! {
    account,
    iam,
    organizations,
    sts,
}
