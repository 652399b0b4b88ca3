//! How alive a device is, by its own rhythm: a silence of ten minutes is much for a door that
//! speaks every twenty seconds, and nothing for a water meter that speaks once a day.

use serde::{Deserialize, Serialize};

use crate::estates::words;

words! {
    /// How alive a device is; healthy first.
    DeviceState {
        Online = "online" [];
        /// The next word is overdue.
        Late = "late" [];
        /// The second one as well: what is shown of it is of then and no longer of now.
        Stale = "stale" [];
        Offline = "offline" [];
        /// Registered, and nothing has come yet.
        Waiting = "waiting" [];
    }
}

/// No word is taken that is from further ahead, in seconds.
const AHEAD_S: i64 = 24 * 60 * 60;

/// Seconds between two words of a device of which nobody knows yet.
const UNKNOWN_S: i64 = 60;

impl DeviceState {
    /// By the age of the newest word, in seconds, and how many seconds usually lie between two. An
    /// `offline` status (the last will) counts at once.
    ///
    /// Each state ends after so many rhythms and a time that does not depend on it: a device that
    /// speaks every second may connect anew, or lose a word on the way, without a change of state.
    /// Every second: 31 s, 2½ min, 11 min; every 5 minutes: 8, 15, 31 min; once a day: 36 h,
    /// 60 h, 4 days.
    #[must_use]
    pub fn of(age_s: Option<i64>, rhythm_s: Option<u32>, said_offline: bool) -> Self {
        let rhythm = rhythm_s.map_or(UNKNOWN_S, i64::from);
        match age_s {
            None => Self::Waiting,
            Some(_) if said_offline => Self::Offline,
            // A clock was wrong, the server's own perhaps: when it was heard, nobody knows.
            Some(age) if age < -AHEAD_S => Self::Stale,
            Some(age) if age <= Self::online_for_s(rhythm_s) => Self::Online,
            Some(age) if age <= 150 + rhythm * 5 / 2 => Self::Late,
            Some(age) if age <= 660 + rhythm * 4 => Self::Stale,
            Some(_) => Self::Offline,
        }
    }

    /// After so many seconds of silence a device is no longer online.
    #[must_use]
    pub fn online_for_s(rhythm_s: Option<u32>) -> i64 {
        30 + rhythm_s.map_or(UNKNOWN_S, i64::from) * 3 / 2
    }

    /// Whether nothing can be sent to it. A late one may well be there.
    #[must_use]
    pub const fn is_away(self) -> bool {
        matches!(self, Self::Offline | Self::Waiting)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    #[test]
    fn each_by_its_own_rhythm() {
        use DeviceState::{Late, Offline, Online, Stale, Waiting};
        let of = |rhythm: u32, ages: &[i64]| -> Vec<_> {
            let state = |age: &i64| DeviceState::of(Some(*age), Some(rhythm), false);
            ages.iter().map(state).collect()
        };
        assert_eq!(
            of(1, &[-DAY - 1, -DAY, -3, 0, 31, 32, 152, 153, 664, 665]),
            [
                Stale, Online, Online, Online, Online, Late, Late, Stale, Stale, Offline
            ]
        );
        assert_eq!(
            of(20, &[60, 61, 200, 201, 740, 741]),
            [Online, Late, Late, Stale, Stale, Offline]
        );
        assert_eq!(
            of(86_400, &[DAY, DAY + 7200, 2 * DAY, 3 * DAY, 5 * DAY]),
            [Online, Online, Late, Stale, Offline]
        );
        // Of whom nothing is known yet, what is right for once a minute.
        assert_eq!(DeviceState::of(Some(120), None, false), Online);
        assert_eq!(DeviceState::of(Some(121), None, false), Late);
        assert_eq!(DeviceState::of(None, Some(20), true), Waiting);
        assert_eq!(DeviceState::of(Some(0), Some(20), true), Offline);
    }

    proptest! {
        /// Silence only makes it worse, and a slower rhythm never does.
        #[test]
        fn silence_makes_it_worse(age in 0..40 * DAY, more in 0..40 * DAY, rhythm in 1..604_800_u32, slower in 0..604_800_u32) {
            let rank = |age, rhythm| match DeviceState::of(Some(age), Some(rhythm), false) {
                DeviceState::Waiting | DeviceState::Online => 0,
                DeviceState::Late => 1,
                DeviceState::Stale => 2,
                DeviceState::Offline => 3,
            };
            prop_assert!(rank(age, rhythm) <= rank(age + more, rhythm));
            prop_assert!(rank(age, rhythm + slower) <= rank(age, rhythm));
            // One word that was missed is no alarm, and five are.
            prop_assert_eq!(rank(i64::from(rhythm), rhythm), 0);
            prop_assert_eq!(rank(i64::from(rhythm) * 5 + 700, rhythm), 3);
        }
    }
}
