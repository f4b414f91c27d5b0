//! The operations of the Organizations API: one file each, and the table that lists them.
//!
//! Routing, access, validation errors, metrics, audit and the model walk follow from the table. To add one:
//! write its file, and add its line.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::{self, Access};
use crate::command::{Command, Mode, Reply};
use crate::cx::Cx;
use crate::error::Stop;
use crate::view::View;

pub mod accounts;
pub mod handshakes;
pub mod organization;
pub mod tags;

/// An operation of the API.
pub trait Operation: Send + Sync + 'static {
    /// The name that follows the prefix in `X-Amz-Target`.
    const NAME: &'static str;
    /// Who may call it.
    const ACCESS: Access;
    /// Whether it writes.
    const MODE: Mode;
    /// Its input as clients send it; every member optional, because a missing one is a refusal of its own.
    type Input: DeserializeOwned + Serialize + Send + Sync;

    /// Decides. Access has been checked; the input has not.
    fn run(input: &Self::Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop>;
}

/// The input of operations without members.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct Empty {}

/// The answer of operations without output: a body of zero bytes (accounts.md 1.3).
pub const EMPTY: Reply = Vec::new();

/// How a request's body becomes an input: the server's business, because it knows the envelope.
pub trait Decode {
    /// Why a body is none.
    type Error;

    /// Reads a body.
    fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Self::Error>;
}

/// Turns a body into a command.
pub type Parse<D> = fn(&[u8]) -> Result<Box<dyn Command>, <D as Decode>::Error>;

/// One line of the table.
pub struct Entry<D: Decode> {
    /// The operation's name.
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether it writes.
    pub mode: Mode,
    /// Reads a request's body. Refuses wrong types; members' values are checked when the command runs.
    pub parse: Parse<D>,
}

impl<D: Decode> Entry<D> {
    const fn of<O: Operation>() -> Self {
        Self { name: O::NAME, access: O::ACCESS, mode: O::MODE, parse: parse::<O, D> }
    }
}

struct Call<O: Operation> {
    input: O::Input,
    operation: PhantomData<O>,
}

fn parse<O: Operation, D: Decode>(body: &[u8]) -> Result<Box<dyn Command>, D::Error> {
    Ok(Box::new(Call::<O> { input: D::decode(body)?, operation: PhantomData }))
}

impl<O: Operation> Command for Call<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn mode(&self) -> Mode {
        O::MODE
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        access::check(O::ACCESS, cx, view)?;
        O::run(&self.input, cx, view)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}

/// How many operations there are.
pub const COUNT: usize = 21;

/// Every operation, in alphabetical order.
pub const fn table<D: Decode>() -> [Entry<D>; COUNT] {
    [
        Entry::of::<handshakes::accept_handshake::AcceptHandshake>(),
        Entry::of::<handshakes::cancel_handshake::CancelHandshake>(),
        Entry::of::<organization::create_organization::CreateOrganization>(),
        Entry::of::<handshakes::decline_handshake::DeclineHandshake>(),
        Entry::of::<organization::delete_organization::DeleteOrganization>(),
        Entry::of::<accounts::describe_account::DescribeAccount>(),
        Entry::of::<handshakes::describe_handshake::DescribeHandshake>(),
        Entry::of::<organization::describe_organization::DescribeOrganization>(),
        Entry::of::<handshakes::invite_account_to_organization::InviteAccountToOrganization>(),
        Entry::of::<organization::leave_organization::LeaveOrganization>(),
        Entry::of::<accounts::list_accounts::ListAccounts>(),
        Entry::of::<accounts::list_accounts_for_parent::ListAccountsForParent>(),
        Entry::of::<accounts::list_children::ListChildren>(),
        Entry::of::<handshakes::list_handshakes_for_account::ListHandshakesForAccount>(),
        Entry::of::<handshakes::list_handshakes_for_organization::ListHandshakesForOrganization>(),
        Entry::of::<accounts::list_parents::ListParents>(),
        Entry::of::<organization::list_roots::ListRoots>(),
        Entry::of::<tags::list_tags_for_resource::ListTagsForResource>(),
        Entry::of::<organization::remove_account_from_organization::RemoveAccountFromOrganization>(),
        Entry::of::<tags::tag_resource::TagResource>(),
        Entry::of::<tags::untag_resource::UntagResource>(),
    ]
}

/// The place of an operation in a table. Names are matched with their case.
pub fn find<D: Decode>(table: &[Entry<D>], name: &str) -> Option<usize> {
    table.binary_search_by(|e| e.name.cmp(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;

    impl Decode for Plain {
        type Error = serde_json::Error;

        fn decode<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
            serde_json::from_slice(body)
        }
    }

    #[test]
    fn the_table_is_sorted_and_every_operation_is_found() {
        let table = table::<Plain>();
        for (n, e) in table.iter().enumerate() {
            assert_eq!(find(&table, e.name), Some(n));
        }
        assert_eq!(find(&table, "describeOrganization"), None);
    }
}
