//! Devices that prove a second factor: virtual ones, whose seeds people have on their phones (identity.md 3.17).

use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{MfaDeviceId, UserId};
use crate::kernel::time::{MINUTE, Timestamp};
use crate::kernel::totp::{Codes, step};
use crate::state::iam::sorted::Sorted;
use crate::state::iam::table::Named;
use crate::state::sealed::SealedSecret;
use crate::state::tag::Tags;

/// How far a device's clock may be off between two looks at it, in steps.
const DRIFT: i64 = 2;
/// How far it may be off when a device is enabled or resynchronized, in steps back and ahead.
const OFF: (i64, i64) = (998, 1_000);
/// How many codes of a device are looked at within [`WINDOW`], good ones included.
const TRIES: u32 = 9;
/// How long those tries are counted together, in milliseconds.
const WINDOW: i64 = 3 * MINUTE;

/// A virtual device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaDevice {
    /// Its id.
    pub id: MfaDeviceId,
    /// Its name.
    pub name: Box<str>,
    /// Its path, from `/` to `/`.
    pub path: Box<str>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// When it was made.
    pub created: Timestamp,
    /// Its seed, in base32.
    pub seed: SealedSecret,
    /// Whose it is, if it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<Enabled>,
    /// What is known of its clock and its codes.
    #[serde(default)]
    pub clock: DeviceClock,
}

/// Whose a device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enabled {
    /// The user; none: the account's root user.
    pub user: Option<UserId>,
    /// Since when.
    pub since: Timestamp,
}

/// What is known of a device's clock, and which codes are used up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceClock {
    /// How many steps it is ahead of business time.
    #[serde(skip_serializing_if = "is_default")]
    ahead: i64,
    /// The step of the second code with which it was last enabled or resynchronized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<i64>,
    /// The steps whose codes are used up, as far as they could come again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used: Vec<i64>,
    /// Up to this step nobody knows any more which codes are used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    forgotten: Option<i64>,
    /// When tries were last counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Timestamp>,
    /// How many there were.
    #[serde(skip_serializing_if = "is_default")]
    tries: u32,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl DeviceClock {
    /// Sets the clock by two codes that follow upon each other, neither of them older than those before. None if they are
    /// no such codes. They are not used up by it.
    pub fn set(&self, codes: &Codes, pair: (&str, &str), now: Timestamp) -> Option<Self> {
        let here = step(now).saturating_add(self.ahead);
        let (back, ahead) = OFF;
        let mut seconds = here.saturating_sub(back)..=here.saturating_add(ahead);
        let newer = |second: i64| self.pair.is_none_or(|last| second - 1 > last);
        let is_pair = |second: i64| codes.is(pair.0, second - 1) && codes.is(pair.1, second);
        let second = seconds.find(|second| newer(*second) && is_pair(*second))?;
        Some(Self { ahead: second - step(now), pair: Some(second), ..self.clone() })
    }

    /// Looks at a code. Answers whether it is good, which it is once; none if there were too many tries lately. What is
    /// known afterwards has to be kept in both cases.
    pub fn look(&self, codes: &Codes, code: &str, now: Timestamp) -> Option<(Self, bool)> {
        let window = Timestamp(now.0 - now.0.rem_euclid(WINDOW));
        let tries = if self.window == Some(window) { self.tries } else { 0 };
        if tries >= TRIES {
            return None;
        }
        let mut after = Self { window: Some(window), tries: tries + 1, ..self.clone() };
        let here = step(now).saturating_add(self.ahead);
        let (first, last) = (here.saturating_sub(DRIFT), here.saturating_add(DRIFT));
        after.used.retain(|used| {
            let kept = *used >= first;
            if !kept {
                after.forgotten = after.forgotten.max(Some(*used));
            }
            kept
        });
        let is_fresh =
            |step: i64| !self.used.contains(&step) && self.forgotten.is_none_or(|gone| step > gone);
        // The first step with this code decides, so that a code is good once even if two steps have the same one.
        let good = (first..=last).find(|step| codes.is(code, *step)).filter(|step| is_fresh(*step));
        after.used.extend(good);
        Some((after, good.is_some()))
    }
}

impl MfaDevice {
    /// Its path and its name, which are the end of its ARN, and its own among those of its account.
    pub fn place(&self) -> String {
        format!("{}{}", self.path, self.name)
    }
}

impl Named for MfaDevice {
    type Id = MfaDeviceId;

    fn id(&self) -> MfaDeviceId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// The devices of an account.
#[derive(Clone, Debug, Default)]
pub struct MfaDevices {
    ids: Sorted<MfaDeviceId, Arc<MfaDevice>>,
    places: Sorted<Box<str>, MfaDeviceId>,
    owned: Sorted<(Option<UserId>, MfaDeviceId), ()>,
}

impl MfaDevices {
    /// Those of an account that has none.
    pub const NONE: &Self = &Self { ids: Sorted::EMPTY, places: Sorted::EMPTY, owned: Sorted::EMPTY };

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are enabled.
    pub fn in_use(&self) -> usize {
        self.owned.len()
    }

    /// The one with this path and name, to the letter.
    pub fn at(&self, place: &str) -> Option<&MfaDevice> {
        self.ids.get(self.places.get(place)?).map(|device| &**device)
    }

    /// All, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &MfaDevice> {
        self.ids.values().map(|device| &**device)
    }

    /// Those of a user, or of the root user, the oldest first.
    pub fn of(&self, user: Option<UserId>) -> impl Iterator<Item = &MfaDevice> {
        let from = (user, MfaDeviceId::least());
        let owned = self.owned.range(Bound::Included(&from)).map(|(key, ())| key);
        let ids = owned.take_while(move |(of, _)| *of == user).map(|(_, id)| id);
        ids.filter_map(|id| self.ids.get(id)).map(|device| &**device)
    }

    pub(super) fn put(&mut self, device: MfaDevice) {
        self.remove(device.id);
        if let Some(enabled) = &device.enabled {
            self.owned.insert((enabled.user, device.id), ());
        }
        self.places.insert(device.place().into(), device.id);
        self.ids.insert(device.id, Arc::new(device));
    }

    pub(super) fn remove(&mut self, id: MfaDeviceId) {
        let Some(old) = self.ids.remove(&id) else { return };
        self.places.remove(&*old.place());
        if let Some(enabled) = &old.enabled {
            self.owned.remove(&(enabled.user, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::SECOND;
    use crate::kernel::totp::{SEED, Seed};

    /// In the middle of a step and of a window.
    const NOW: Timestamp = Timestamp(1_767_225_600_000 + 75 * SECOND);

    fn codes() -> Codes {
        Seed::new([7; SEED]).codes()
    }

    /// The code of a step that is so far from now.
    fn code(off: i64) -> String {
        codes().at(step(NOW) + off).unwrap()
    }

    fn set(clock: &DeviceClock, off: i64) -> Option<DeviceClock> {
        clock.set(&codes(), (&code(off - 1), &code(off)), NOW)
    }

    /// A device that was enabled with the codes of now.
    fn enabled() -> DeviceClock {
        set(&DeviceClock::default(), 0).unwrap()
    }

    /// Whether a code is good, and what is known then.
    fn look(clock: &DeviceClock, code: &str, now: Timestamp) -> (DeviceClock, bool) {
        clock.look(&codes(), code, now).unwrap()
    }

    #[test]
    fn a_code_is_good_two_steps_back_and_two_ahead_and_once() {
        for (off, good) in [(-3, false), (-2, true), (-1, true), (0, true), (1, true), (2, true), (3, false)]
        {
            let (clock, is) = look(&enabled(), &code(off), NOW);
            assert_eq!(is, good, "{off}");
            // Once, and no sooner than it would have been forgotten.
            assert!(!look(&clock, &code(off), NOW).1, "{off}");
        }
        // In whatever order.
        let mut clock = enabled();
        for off in [2, -1, 1, -2, 0] {
            let (after, is) = look(&clock, &code(off), NOW);
            assert!(is, "{off}");
            clock = after;
        }
        assert!(!look(&clock, "000000", NOW).1 && !look(&clock, "", NOW).1);
    }

    #[test]
    fn nine_codes_are_looked_at_within_three_minutes() {
        let mut clock = enabled();
        for code in [&*code(0)].into_iter().chain(["000000"; 8]) {
            clock = look(&clock, code, NOW).0;
        }
        assert_eq!(clock.look(&codes(), &code(1), NOW), None);
        let last = Timestamp(NOW.0 - NOW.0 % (180 * SECOND) + 180 * SECOND - 1);
        assert_eq!(clock.look(&codes(), &code(1), last), None);
        let next = last.plus(1);
        assert_eq!(step(next) - step(NOW), 4);
        assert!(look(&clock, &code(4), next).1);
    }

    #[test]
    fn two_codes_that_follow_upon_each_other_set_the_clock() {
        let none = DeviceClock::default();
        for off in [-998, 0, 1_000] {
            let clock = set(&none, off).unwrap();
            assert_eq!((clock.ahead, clock.pair), (off, Some(step(NOW) + off)));
            assert!(look(&clock, &code(off), NOW).1 && look(&clock, &code(off - 1), NOW).1, "{off}");
            assert!(!look(&clock, &code(off + 3), NOW).1, "{off}");
        }
        assert!(set(&none, -999).is_none() && set(&none, 1_001).is_none());
        let (first, second) = (code(-1), code(0));
        for pair in [(&first, &first), (&second, &first), (&first, &code(1)), (&code(-2), &second)] {
            assert!(none.set(&codes(), (pair.0, pair.1), NOW).is_none(), "{pair:?}");
        }
        // From where the clock is, and never by a code that set it before, nor an older one.
        let far = set(&set(&none, 1_000).unwrap(), 2_000).unwrap();
        assert_eq!(far.ahead, 2_000);
        for (off, good) in [(-1, false), (0, false), (1, false), (2, true)] {
            assert_eq!(set(&enabled(), off).is_some(), good, "{off}");
        }
    }

    /// A clock that is set back brings no used code back.
    #[test]
    fn what_was_used_and_forgotten_stays_used() {
        let ahead = set(&DeviceClock::default(), 10).unwrap();
        let (ahead, good) = look(&ahead, &code(12), NOW);
        assert!(good);
        let later = NOW.plus(5 * 30 * SECOND);
        let (ahead, good) = look(&ahead, &code(16), later);
        assert!(good && ahead.used == [step(NOW) + 16] && ahead.forgotten == Some(step(NOW) + 12));
        let back = ahead.set(&codes(), (&code(12), &code(13)), later).unwrap();
        assert_eq!(back.ahead, 8);
        for (off, good) in [(12, false), (13, true), (14, true), (15, true), (16, false)] {
            assert_eq!(look(&back, &code(off), later).1, good, "{off}");
        }
    }
}
