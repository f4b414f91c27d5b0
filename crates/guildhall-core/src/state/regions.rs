//! Regions: which there are in a partition, and where an account stands with those that have to be enabled first
//! (Account Management API).

use serde::{Deserialize, Serialize};

use crate::kernel::time::Timestamp;
use crate::state::account::Partition;
use crate::state::profile::Profile;
use crate::wire_enum;

wire_enum! {
    /// Where an account stands with a region.
    RegionOptStatus {
        /// It was enabled.
        Enabled = "ENABLED",
        /// It is being enabled.
        Enabling = "ENABLING",
        /// It is being disabled.
        Disabling = "DISABLING",
        /// It is not enabled.
        Disabled = "DISABLED",
        /// It cannot be disabled.
        EnabledByDefault = "ENABLED_BY_DEFAULT",
    }
}

impl RegionOptStatus {
    /// Every status, in the order of the service model.
    pub const ALL: [Self; 5] =
        [Self::Enabled, Self::Enabling, Self::Disabling, Self::Disabled, Self::EnabledByDefault];
}

/// What an account last wanted of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionOpt {
    /// To enable it, or to disable it.
    pub enable: bool,
    /// From this instant on that is done.
    pub done: Timestamp,
}

impl RegionOpt {
    /// Where that stands at `now`.
    pub fn status(self, now: Timestamp) -> RegionOptStatus {
        match (self.enable, now < self.done) {
            (true, true) => RegionOptStatus::Enabling,
            (true, false) => RegionOptStatus::Enabled,
            (false, true) => RegionOptStatus::Disabling,
            (false, false) => RegionOptStatus::Disabled,
        }
    }
}

/// Regions of the commercial partition, in alphabetical order, and whether they have to be enabled first, as a list of
/// September 2026 shows them.
const COMMERCIAL: [(&str, bool); 34] = [
    ("af-south-1", true),
    ("ap-east-1", true),
    ("ap-east-2", true),
    ("ap-northeast-1", false),
    ("ap-northeast-2", false),
    ("ap-northeast-3", false),
    ("ap-south-1", false),
    ("ap-south-2", true),
    ("ap-southeast-1", false),
    ("ap-southeast-2", false),
    ("ap-southeast-3", true),
    ("ap-southeast-4", true),
    ("ap-southeast-5", true),
    ("ap-southeast-6", true),
    ("ap-southeast-7", true),
    ("ca-central-1", false),
    ("ca-west-1", true),
    ("eu-central-1", false),
    ("eu-central-2", true),
    ("eu-north-1", false),
    ("eu-south-1", true),
    ("eu-south-2", true),
    ("eu-west-1", false),
    ("eu-west-2", false),
    ("eu-west-3", false),
    ("il-central-1", true),
    ("me-central-1", true),
    ("me-south-1", true),
    ("mx-central-1", true),
    ("sa-east-1", false),
    ("us-east-1", false),
    ("us-east-2", false),
    ("us-west-1", false),
    ("us-west-2", false),
];
/// The other partitions' accounts have all of their regions from the start.
const CHINA: [(&str, bool); 2] = [("cn-north-1", false), ("cn-northwest-1", false)];
const GOVCLOUD: [(&str, bool); 2] = [("us-gov-east-1", false), ("us-gov-west-1", false)];

/// The regions of a partition in alphabetical order, each with whether it has to be enabled first.
pub fn of(partition: Partition) -> &'static [(&'static str, bool)] {
    match partition {
        Partition::Aws => &COMMERCIAL,
        Partition::China => &CHINA,
        Partition::GovCloud => &GOVCLOUD,
    }
}

/// Whether there is a region of this name that has to be enabled first.
pub fn is_opt_in(name: &str) -> bool {
    COMMERCIAL.contains(&(name, true))
}

/// Where an account of `partition` stands with a region; none if the partition has no such region.
pub fn status(
    partition: Partition,
    profile: Option<&Profile>,
    name: &str,
    now: Timestamp,
) -> Option<RegionOptStatus> {
    let (_, opt_in) = of(partition).iter().find(|(region, _)| *region == name)?;
    let wanted = profile.and_then(|profile| profile.regions.get(name)).filter(|_| *opt_in);
    Some(match wanted {
        Some(wanted) => wanted.status(now),
        None if *opt_in => RegionOptStatus::Disabled,
        None => RegionOptStatus::EnabledByDefault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_half_of_the_commercial_one_is_enabled_from_the_start() {
        for partition in Partition::ALL {
            assert!(of(*partition).is_sorted_by_key(|(name, _)| *name), "{}", partition.wire());
        }
        assert_eq!(COMMERCIAL.iter().filter(|(_, opt_in)| *opt_in).count(), 17);
        assert!(is_opt_in("af-south-1") && !is_opt_in("us-east-1") && !is_opt_in("cn-north-1"));
    }

    #[test]
    fn a_status_changes_at_its_instant() {
        let opt = |enable| RegionOpt { enable, done: Timestamp(10) };
        assert_eq!(opt(true).status(Timestamp(9)), RegionOptStatus::Enabling);
        assert_eq!(opt(true).status(Timestamp(10)), RegionOptStatus::Enabled);
        assert_eq!(opt(false).status(Timestamp(9)), RegionOptStatus::Disabling);
        assert_eq!(opt(false).status(Timestamp(10)), RegionOptStatus::Disabled);
    }
}
