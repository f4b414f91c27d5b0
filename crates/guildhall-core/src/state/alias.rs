//! Aliases of accounts: no two accounts have the same one (identity.md 3.15).

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AccountAlias, AccountId};
use crate::state::holds::{Holds, Misplaced};

/// Which account has an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasHolder {
    /// The account.
    pub account: AccountId,
}

/// The alias of an account, on the account's side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAlias {
    /// The alias.
    pub name: AccountAlias,
}

/// An alias in memory.
#[derive(Clone, Debug, Default)]
pub struct Alias {
    /// Who has it, if somebody does.
    pub holder: Option<AliasHolder>,
}

impl Alias {
    /// How many items it has.
    pub fn items(&self) -> usize {
        1
    }
}

impl Holds<(), AliasHolder> for Alias {
    fn put(&mut self, (): (), holder: AliasHolder) -> Result<(), Misplaced> {
        self.holder = Some(holder);
        Ok(())
    }

    fn remove(&mut self, (): ()) {
        self.holder = None;
    }
}
