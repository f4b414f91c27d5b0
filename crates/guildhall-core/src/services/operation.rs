//! What an operation is: its declaration, and how it becomes a line of its service's table and a command.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::command::{Command, Mode, Reply};
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::access;
use crate::rules::authority::{Authority, Declared};
use crate::rules::authorize::{self, authorize};
use crate::state::account::Partition;
use crate::state::view::View;

/// An operation of a service.
pub trait Operation: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Who may call it, on what.
    const AUTHORITY: Authority<Self::Input>;
    /// Whether it writes.
    const MODE: Mode;
    /// The partitions that have it; elsewhere it is UnsupportedAPIEndpoint (accounts.md 1.7).
    const PARTITIONS: &'static [Partition] = Partition::ALL;
    /// Its input as clients send it; every member optional, because a missing one is a refusal of its own. The journal
    /// gets all of it as it is serialized: what is not for the journal is a `Secret` or `Personal` (docs/journal.md).
    type Input: DeserializeOwned + Serialize + Send + Sync;
    /// What it answers: a [`Reply`] that it wrote itself, as JSON, or an [`Answer`] for the envelope to write.
    type Output: Output;

    /// What is refused of an input before anybody asks whether the caller may: services that speak AWS Query do so
    /// (identity.md 1.6).
    fn validate(_: &Self::Input) -> Result<(), Refusal> {
        Ok(())
    }

    /// Whether a call with this input writes, where that depends on it.
    fn mode(_: &Self::Input) -> Mode {
        Self::MODE
    }

    /// What is looked at before anybody asks whether the caller may, and is noted whatever becomes of the call: a code
    /// that is good once is used up even if policies deny the call.
    fn prepare(_: &Self::Input, _: &Cx<'_>, _: &mut View<'_>) -> Result<(), Stop> {
        Ok(())
    }

    /// Decides. That the caller may has been checked; the input has not.
    fn run(input: &Self::Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop>;
}

/// The input of operations without members.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct Empty {}

/// The answer of operations without output: a body of zero bytes (accounts.md 1.3).
pub const EMPTY: Reply = Vec::new();

/// How a program reads requests and writes answers. Its tables are made for it, so that a request is read by the code
/// of its protocol, straight into the input.
pub trait Wire: Sized + 'static {
    /// Why a request is none.
    type Error;
    /// What an answer is written into.
    type Envelope: Send + Sync;

    /// Reads a body of JSON.
    fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Self::Error>;

    /// Reads a form of AWS Query.
    fn query<T: DeserializeOwned>(form: &[u8]) -> Result<T, Self::Error>;

    /// Writes an answer. None if it cannot be written.
    fn write<T: Serialize>(envelope: &Self::Envelope, output: &T) -> Option<Reply>;
}

/// Plain JSON for every service, for those who are not on the wire: tests, and the program's own commands.
pub struct PlainJson;

impl Wire for PlainJson {
    type Error = serde_json::Error;
    type Envelope = ();

    fn json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
        serde_json::from_slice(body)
    }

    fn query<T: DeserializeOwned>(form: &[u8]) -> serde_json::Result<T> {
        Self::json(form)
    }

    fn write<T: Serialize>((): &(), output: &T) -> Option<Reply> {
        serde_json::to_vec(output).ok()
    }
}

/// What an operation answers.
pub trait Output {
    /// The body of the answer.
    fn body<W: Wire>(self, envelope: &W::Envelope) -> Option<Reply>;
}

impl Output for Reply {
    fn body<W: Wire>(self, _: &W::Envelope) -> Option<Reply> {
        Some(self)
    }
}

/// An answer that the envelope writes.
pub struct Answer<T: Serialize>(pub T);

impl<T: Serialize> Output for Answer<T> {
    fn body<W: Wire>(self, envelope: &W::Envelope) -> Option<Reply> {
        W::write(envelope, &self.0)
    }
}

/// Reads a request for an operation of the service of this name, and makes a command of it. Refuses wrong types;
/// members' values are checked when the command runs.
pub type Read<W> =
    fn(&'static str, &[u8], <W as Wire>::Envelope) -> Result<Box<dyn Command>, <W as Wire>::Error>;

/// One line of a service's table.
pub struct Entry<W: Wire> {
    /// The operation's name.
    pub name: &'static str,
    /// Who may call it, on what.
    pub authority: Declared,
    /// Whether it writes.
    pub mode: Mode,
    /// Reads a request.
    pub read: Read<W>,
}

impl<W: Wire> Clone for Entry<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Wire> Copy for Entry<W> {}

impl<W: Wire> Entry<W> {
    /// The line of an operation whose requests are JSON.
    pub(crate) const fn json<O: Operation>() -> Self {
        Self::of::<O>(|service, body, envelope| call::<O, W>(service, W::json(body)?, envelope))
    }

    /// The line of an operation whose requests are forms.
    pub(crate) const fn query<O: Operation>() -> Self {
        Self::of::<O>(|service, form, envelope| call::<O, W>(service, W::query(form)?, envelope))
    }

    const fn of<O: Operation>(read: Read<W>) -> Self {
        Self { name: O::NAME, authority: O::AUTHORITY.declared(), mode: O::MODE, read }
    }
}

/// Declares the operations of a folder, a file a line: its module, and the operation in it, or several of them in braces.
/// `json` or `query`: how their requests are read. Gives `COUNT` and `Table::OPERATIONS`.
macro_rules! operations {
    ($form:ident: $($module:ident::$operations:tt),+ $(,)?) => {
        $(pub mod $module;)+

        /// How many operations this folder has.
        pub const COUNT: usize = 0 $(+ $crate::services::operation::entries!(count $operations))+;

        /// The operations of this folder.
        pub struct Table<W>(std::marker::PhantomData<W>);

        impl<W: $crate::services::Wire> Table<W> {
            pub(crate) const OPERATIONS: &'static [$crate::services::Entry<W>] =
                &$crate::services::operation::table::<W, COUNT>(&[
                    $($crate::services::operation::entries!($form $module $operations)),+
                ]);
        }
    };
}
pub(crate) use operations;

/// The entries of one file, and how many they are.
macro_rules! entries {
    (count {$($operation:ident),+ $(,)?}) => { [$(stringify!($operation)),+].len() };
    (count $operation:ident) => { 1 };
    ($form:ident $module:ident {$($operation:ident),+ $(,)?}) => {
        &[$($crate::services::Entry::$form::<$module::$operation>()),+]
    };
    ($form:ident $module:ident $operation:ident) => {
        &[$crate::services::Entry::$form::<$module::$operation>()]
    };
}
pub(crate) use entries;

/// Declares the folders of a service, one a line. Gives `COUNT` and `Table::OPERATIONS`, ordered by name.
macro_rules! folders {
    ($($folder:ident),+ $(,)?) => {
        $(pub mod $folder;)+

        const COUNT: usize = 0 $(+ $folder::COUNT)+;

        /// The folders' operations, as one table.
        pub struct Table<W>(std::marker::PhantomData<W>);

        impl<W: $crate::services::Wire> Table<W> {
            const OPERATIONS: &'static [$crate::services::Entry<W>] =
                &$crate::services::operation::table::<W, COUNT>(&[$($folder::Table::<W>::OPERATIONS),+]);
        }
    };
}
pub(crate) use folders;

/// The operations of several folders as one table, ordered by name.
#[expect(clippy::indexing_slicing, reason = "it runs when the program is compiled")]
pub(crate) const fn table<W: Wire, const N: usize>(folders: &[&[Entry<W>]]) -> [Entry<W>; N] {
    let mut all = [folders[0][0]; N];
    let (mut count, mut folder) = (0, 0);
    while folder < folders.len() {
        let mut n = 0;
        while n < folders[folder].len() {
            // Put where it belongs among those that are there.
            let (entry, mut at) = (folders[folder][n], count);
            while at > 0 && is_before(entry.name, all[at - 1].name) {
                all[at] = all[at - 1];
                at -= 1;
            }
            all[at] = entry;
            count += 1;
            n += 1;
        }
        folder += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "within both lengths")]
const fn is_before(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut n = 0;
    while n < a.len() && n < b.len() {
        if a[n] != b[n] {
            return a[n] < b[n];
        }
        n += 1;
    }
    a.len() < b.len()
}

struct Call<O: Operation, W: Wire> {
    service: &'static str,
    input: O::Input,
    envelope: W::Envelope,
    operation: PhantomData<O>,
}

fn call<O: Operation, W: Wire>(
    service: &'static str,
    input: O::Input,
    envelope: W::Envelope,
) -> Result<Box<dyn Command>, W::Error> {
    Ok(Box::new(Call::<O, W> { service, input, envelope, operation: PhantomData }))
}

impl<O: Operation, W: Wire> Command for Call<O, W> {
    fn service(&self) -> Option<&'static str> {
        Some(self.service)
    }

    fn name(&self) -> &'static str {
        O::NAME
    }

    fn mode(&self) -> Mode {
        O::mode(&self.input)
    }

    fn run(&self, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Reply, Stop> {
        access::check_partition(O::PARTITIONS, cx, view)?;
        O::validate(&self.input)?;
        let (service, operation) = (self.service, O::NAME);
        let call = authorize::Call { service, operation, authority: &O::AUTHORITY, input: &self.input };
        O::prepare(&self.input, cx, view)?;
        let noted = !view.changes.is_empty();
        match authorize(&call, cx, view).and_then(|()| O::run(&self.input, cx, view)) {
            Err(Stop::Refused(refusal)) if noted => Err(Stop::RefusedAfterChange(refusal)),
            answer => answer?.body::<W>(&self.envelope).ok_or_else(|| Refusal::Internal.into()),
        }
    }

    fn parameters(&self) -> String {
        serde_json::to_string(&self.input).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_text_is() {
        for (a, b) in [("A", "B"), ("Ab", "Abc"), ("AcceptX", "Attach"), ("Z", "a"), ("", "A")] {
            assert!(is_before(a, b) && a < b, "{a} {b}");
            assert!(!is_before(b, a) && !is_before(a, a), "{a} {b}");
        }
    }
}
