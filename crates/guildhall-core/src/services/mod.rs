//! Services: what an operation is, and a folder for each service with its table of operations.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::command::{Command, Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::Stop;
use crate::rules::access::{self, Access};
use crate::rules::control;
use crate::state::account::Partition;
use crate::state::view::View;

pub mod account;
pub mod organizations;

/// An operation of the API.
pub trait Operation: Send + Sync + 'static {
    /// Its service, as the actions of policies begin with it.
    const SERVICE: &'static str = "organizations";
    /// Its name, which follows the prefix in `X-Amz-Target`.
    const NAME: &'static str;
    /// Who may call it.
    const ACCESS: Access;
    /// Whether it writes.
    const MODE: Mode;
    /// The partitions that have it; elsewhere it is UnsupportedAPIEndpoint (accounts.md 1.7).
    const PARTITIONS: &'static [Partition] = Partition::ALL;
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
    /// The line of one operation.
    pub(crate) const fn of<O: Operation>() -> Self {
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
        access::check_partition(O::PARTITIONS, cx, view)?;
        let input = || serde_json::to_value(&self.input).unwrap_or_default();
        let call = access::Call { service: O::SERVICE, name: O::NAME, input: &input };
        control::check(&call, cx, view)?;
        access::check(O::ACCESS, &call, cx, view)?;
        O::run(&self.input, cx, view)
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}

/// The place of an operation in a table. Names are matched with their case.
pub fn find<D: Decode>(table: &[Entry<D>], name: &str) -> Option<usize> {
    table.binary_search_by(|e| e.name.cmp(name)).ok()
}
