//! What has to hold between owners.

use super::Check;

impl Check {
    /// Access keys sign for accounts that there are, and are listed as what they are.
    pub(super) fn access_keys(&self, wrong: &mut Vec<String>) {
        for (id, (account, ..)) in &self.keys {
            if !self.addresses.contains_key(account) {
                wrong.push(format!("key/{id}: signs for account {account}, which does not exist"));
            }
        }
        for (id, listed) in &self.listed_keys {
            match self.keys.get(id) {
                None => wrong.push(format!("key/{id}: is listed and does not exist")),
                Some(key) if key != listed => wrong.push(format!("key/{id}: is listed as another one")),
                Some(_) => {}
            }
        }
    }

    /// An alias and its account name each other.
    pub(super) fn aliases(&self, wrong: &mut Vec<String>) {
        for (alias, holder) in &self.alias_holders {
            if self.aliases.get(alias).map(Vec::as_slice) != Some(&[*holder][..]) {
                wrong.push(format!("alias/{alias}: is held by {holder}, which has another one"));
            }
        }
        for (alias, accounts) in
            self.aliases.iter().filter(|(alias, _)| !self.alias_holders.contains_key(*alias))
        {
            wrong.push(format!("alias/{alias}: is that of {accounts:?} and held by nobody"));
        }
    }

    /// What one owner says of another one.
    pub(super) fn references(&self, wrong: &mut Vec<String>) {
        for (id, (org, waits, about)) in &self.handshakes {
            let there = match (waits, self.inboxes.get(id).map(Vec::as_slice)) {
                (None, None) => true,
                // Earlier versions did not write what it is about.
                (Some(waits), Some([(w, o, a)])) => {
                    w == waits && o == org && a.as_ref().is_none_or(|a| a == about)
                }
                _ => false,
            };
            if !there {
                wrong.push(format!("{id}: does not wait exactly once, at {waits:?}"));
            }
        }
        for id in self.inboxes.keys().filter(|id| !self.handshakes.contains_key(id)) {
            wrong.push(format!("{id}: waits somewhere and does not exist"));
        }
        for (id, (target, source, end)) in &self.transfers {
            let there = match (source, self.outbound.get(id).map(Vec::as_slice)) {
                (None, None) => true,
                // Earlier versions did not write the end.
                (Some(source), Some([(s, t, e)])) => s == source && t == target && (e.is_none() || e == end),
                _ => false,
            };
            if !there {
                wrong.push(format!("{id}: its source does not point to it exactly once"));
            }
        }
        for id in self.outbound.keys().filter(|id| !self.transfers.contains_key(id)) {
            wrong.push(format!("{id}: is pointed to and does not exist"));
        }
    }
}
