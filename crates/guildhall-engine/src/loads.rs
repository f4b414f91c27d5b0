//! How much one command may have loaded, and done before it runs.

use std::collections::HashSet;

use guildhall_core::Owner;

/// Owners that one command may need: more than an organization of the largest size has.
const MOST: usize = 1_000_000;
/// How often a command may miss nothing but what was already loaded for it, and was forgotten again in the meantime.
const IN_VAIN: usize = 64;
/// How often a command may ask for work: a password is compared with 24 former ones at most, and others may change it
/// in the meantime.
const WORK: usize = 256;

/// What was loaded for one command. The command may be run again for as long as each try misses something new.
#[derive(Default)]
pub(crate) struct Loads {
    owners: HashSet<Owner>,
    in_vain: usize,
    work: usize,
}

impl Loads {
    /// Notes what a command misses. Answers whether to load it and go on.
    pub(crate) fn go_on(&mut self, missing: &[Owner]) -> bool {
        let before = self.owners.len();
        self.owners.extend(missing.iter().cloned());
        if self.owners.len() == before {
            self.in_vain += 1;
        }
        let goes_on = self.in_vain <= IN_VAIN && self.owners.len() <= MOST;
        if !goes_on {
            tracing::error!(owners = self.owners.len(), "a command needs more owners than can be loaded");
        }
        goes_on
    }

    /// Notes that a command asks for work. Answers whether to do it and go on.
    pub(crate) fn works_on(&mut self) -> bool {
        self.work += 1;
        self.work <= WORK
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::kernel::ids::AccountId;

    use super::*;

    #[test]
    fn progress_goes_on_and_standing_still_does_not() {
        let owner = |n| Owner::Account(AccountId::from_number(n).unwrap());
        let mut loads = Loads::default();
        for n in 0..10_000 {
            assert!(loads.go_on(&[owner(n), owner(n + 1)]), "{n}");
        }
        assert!((0..IN_VAIN).all(|_| loads.go_on(&[owner(7)])));
        assert!(!loads.go_on(&[owner(7)]));
        assert!((0..WORK).all(|_| loads.works_on()));
        assert!(!loads.works_on());
    }
}
