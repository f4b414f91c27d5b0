//! A command: anything that the engine runs, an operation of the API or an internal one.

use std::borrow::Cow;

use serde::Serialize;

use crate::call::cx::Cx;
use crate::kernel::json::{Json, WriteJson};
use crate::kernel::refusal::Stop;
use crate::state::view::View;

/// Whether a command may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It reads one published snapshot.
    Read,
    /// It reads one, too, and makes ids or secrets that nobody has to store.
    Issue,
    /// It takes its place in the order of writes.
    Write,
}

/// The body of an answer, already serialised; empty for operations without output.
pub type Reply = Vec<u8>;

/// Something to run on a view. May run several times until everything it reads is loaded, so it keeps no state
/// of its own but what [`Stop::Slow`] has made, which decides nothing.
pub trait Command: Send + Sync {
    /// The service that it is an operation of; the operator's own commands are of none.
    fn service(&self) -> Option<&'static str> {
        None
    }

    /// Its name behind its service's, as the journal has it: `organizations:CreateAccount`.
    fn full_name(&self) -> Cow<'static, str> {
        match self.service() {
            Some(service) => format!("{service}:{}", self.name()).into(),
            None => self.name().into(),
        }
    }

    /// Its name, in the journal, metrics and logs: the operation's, or a verb and a noun.
    fn name(&self) -> &'static str;

    /// Whether it may write.
    fn mode(&self) -> Mode {
        Mode::Write
    }

    /// Decides. Reads through `view` only, and writes into its change set only.
    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop>;

    /// What the journal keeps of its input, as JSON.
    fn parameters(&self) -> String {
        "{}".to_owned()
    }
}

/// Serialises an answer.
pub fn reply<T: Serialize>(output: &T) -> Result<Reply, Stop> {
    let mut body = Vec::with_capacity(512);
    serde_json::to_writer(&mut body, output).map_err(|_| crate::kernel::refusal::Refusal::Internal)?;
    Ok(body)
}

/// An answer with one object that is written piece by piece, as the member `name`.
pub fn reply_with<T: WriteJson>(name: &str, object: &T) -> Reply {
    let mut json = Json::with_capacity(1_024);
    json.raw("{").string(name).raw(":");
    object.write(&mut json);
    json.raw("}");
    json.into_bytes()
}
