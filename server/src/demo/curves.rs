//! How the demo's homes use power and water: measured mean days, spread over homes, with each
//! home's own ups and downs. Everything follows from the home's seed and the time, so a register
//! goes on where it was after a restart.

use std::sync::OnceLock;

use jiff::{Timestamp, civil::Weekday, tz::TimeZone};
use serde::Deserialize;

const CURVES: &str = include_str!("../../demo/curves.json");
/// Registers count from here: 2026-01-01 00:00 in Shanghai.
const ORIGIN_MS: i64 = 1_767_196_800_000;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug, Deserialize)]
struct Curves {
    electricity_w: Curve,
    water_l_per_h: Curve,
}

/// A mean day in equal slots, and the deciles of homes around the mean.
#[derive(Debug, Deserialize)]
struct Curve {
    weekday: Vec<f64>,
    weekend: Vec<f64>,
    spread: Vec<f64>,
}

fn curves() -> Option<&'static Curves> {
    static PARSED: OnceLock<Option<Curves>> = OnceLock::new();
    PARSED
        .get_or_init(|| serde_json::from_str(CURVES).ok())
        .as_ref()
}

/// The finalizer of `SplitMix64`: a number that looks random and always comes out the same.
pub(super) const fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// As [`mix`], between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
pub(super) fn chance(seed: u64) -> f64 {
    (mix(seed) >> 11) as f64 / (1_u64 << 53) as f64
}

/// What is being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// In W; its register is in kWh.
    Power,
    /// In litres an hour; its register is in m³.
    Water,
}

/// One home's use of one thing.
#[derive(Debug)]
pub(super) struct Use {
    flow: Flow,
    seed: u64,
    factor: f64,
    base: f64,
    /// What the days since the origin added up to, at each midnight.
    midnights: Vec<f64>,
}

impl Use {
    /// `times` scales a single home up to a building or an estate.
    pub(super) fn new(flow: Flow, seed: u64, times: f64) -> Self {
        let curve = curves().map(|curves| match flow {
            Flow::Power => &curves.electricity_w,
            Flow::Water => &curves.water_l_per_h,
        });
        let spread = curve.map_or(&[][..], |curve| &curve.spread);
        let decile = usize::try_from(mix(seed ^ 0x5eed) % spread.len().max(1) as u64).unwrap_or(0);
        let factor = spread.get(decile).copied().unwrap_or(1.0) * (0.9 + 0.2 * chance(seed ^ 1));
        // One home in twenty stands empty: a little power, no water.
        let empty = times < 2.0 && chance(seed ^ 2) < 0.05;
        let factor = match (empty, flow) {
            (true, Flow::Power) => factor * 0.06,
            (true, Flow::Water) => 0.0,
            (false, _) => factor * times,
        };
        let base = match flow {
            Flow::Power => (800.0 + 8_000.0 * chance(seed ^ 3)) * times,
            Flow::Water => (60.0 + 700.0 * chance(seed ^ 3)) * times,
        };
        Self {
            flow,
            seed,
            factor,
            base,
            midnights: vec![0.0],
        }
    }

    fn slots(&self) -> i64 {
        match self.flow {
            Flow::Power => 48,
            Flow::Water => 24,
        }
    }

    /// The level in a slot of a local day: W, or litres an hour.
    fn level(&self, day: i64, slot: i64) -> f64 {
        // The origin is a Thursday.
        let weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
        let mean = curves()
            .map(|curves| match self.flow {
                Flow::Power => &curves.electricity_w,
                Flow::Water => &curves.water_l_per_h,
            })
            .map(|curve| {
                if weekend {
                    &curve.weekend
                } else {
                    &curve.weekday
                }
            })
            .and_then(|curve| curve.get(usize::try_from(slot).ok()?).copied())
            .unwrap_or_default();
        let dice = self.seed ^ mix((day * 64 + slot).cast_unsigned());
        let (a, b) = (chance(dice), chance(dice ^ 7));
        let noise = match self.flow {
            // Around 1, now and then a kettle's worth more.
            Flow::Power => 0.55 + 0.6 * a + if b > 0.9 { 1.5 * a } else { 0.0 },
            // Most hours nothing runs; the others make up for it.
            Flow::Water if a < 0.5 => 0.0,
            Flow::Water => 4.0 * b,
        };
        mean * noise * self.factor
    }

    /// The part of the register that one slot adds at `level`: kWh or m³.
    #[expect(clippy::cast_precision_loss, reason = "24 or 48")]
    fn share(&self, level: f64) -> f64 {
        level * (24.0 / self.slots() as f64) / 1_000.0
    }

    fn midnight(&mut self, day: i64) -> f64 {
        let wanted = usize::try_from(day).unwrap_or_default();
        while self.midnights.len() <= wanted {
            let known = i64::try_from(self.midnights.len()).unwrap_or(1) - 1;
            let used: f64 = (0..self.slots())
                .map(|slot| self.share(self.level(known, slot)))
                .sum();
            let before = self.midnights.last().copied().unwrap_or_default();
            self.midnights.push(before + used);
        }
        self.midnights.get(wanted).copied().unwrap_or_default()
    }

    /// The register and the level at a moment: (kWh, W) or (m³, litres an hour).
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a day")]
    pub(super) fn at(&mut self, at: Timestamp) -> (f64, f64) {
        let since = (at.as_millisecond() - ORIGIN_MS).max(0);
        let (day, within) = (since / DAY_MS, since % DAY_MS);
        let slot_ms = DAY_MS / self.slots();
        let (slot, into) = (within / slot_ms, within % slot_ms);
        let level = self.level(day, slot);
        let before: f64 = (0..slot)
            .map(|slot| self.share(self.level(day, slot)))
            .sum();
        let part = self.share(level) * (into as f64 / slot_ms as f64);
        (self.base + self.midnight(day) + before + part, level)
    }
}

/// Whether a moment is between local 6 and 23 o'clock, when lifts and doors are busy.
pub(super) fn awake(at: Timestamp, zone: &TimeZone) -> bool {
    let local = at.to_zoned(zone.clone());
    let late = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
    (if late { 7 } else { 6 }..23).contains(&local.hour())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn registers_never_run_backwards_and_match_their_level() {
        let start: Timestamp = "2026-11-21T16:00:00Z".parse().unwrap();
        for (flow, seed) in [(Flow::Power, 3), (Flow::Water, 4), (Flow::Power, 77)] {
            let mut meter = Use::new(flow, seed, 1.0);
            let mut last = meter.at(start).0;
            for minute in 1..2_000_i64 {
                let (register, level) = meter.at(start + minute.minutes());
                assert!(register >= last, "{flow:?} at minute {minute}");
                assert!(register - last <= level.max(1e9_f64.min(6_000.0)) / 1_000.0);
                last = register;
            }
        }
    }

    #[test]
    fn a_home_is_the_same_after_a_restart() {
        let at: Timestamp = "2026-11-22T06:30:00Z".parse().unwrap();
        let once = Use::new(Flow::Power, 9, 1.0).at(at);
        assert_eq!(once, Use::new(Flow::Power, 9, 1.0).at(at));
        assert!(once.0 > 0.0);
    }

    #[test]
    fn the_mean_day_is_the_measured_one() {
        let homes: Vec<f64> = (0..300)
            .map(|seed| {
                let mut meter = Use::new(Flow::Power, mix(seed), 1.0);
                meter.midnight(31) / 31.0
            })
            .collect();
        let mean = homes.iter().sum::<f64>() / 300.0;
        // The measured homes used 10.5 kWh a day.
        assert!((7.5..13.5).contains(&mean), "{mean}");
    }
}
