//! How fast readings may come in: a bucket of tokens for each company, and one for each device.
//!
//! Whoever was away for a while tells what it kept, so buckets are deep: [`AT_ONCE`] for a company,
//! [`KEPT`] for a device. What is over is refused as `over_quota` and acknowledged; to hold the
//! acknowledgement back would only let it come again.

use std::{collections::HashMap, time::Duration};

use backend::tenancy::Pace;
use domain::DeviceId;
use tokio::time::Instant;

/// So much of a company's pace may come at once.
const AT_ONCE: Duration = Duration::from_secs(10);
/// And of a device's: a day of readings, one every seven seconds.
const KEPT: Duration = Duration::from_mins(10);
/// The demo's devices tell weeks of their past when they start.
const DEMO: Pace = Pace {
    company: 100_000,
    device: 10_000,
};

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(pace: u32, depth: Duration, now: Instant) -> Self {
        Self {
            tokens: f64::from(pace) * depth.as_secs_f64(),
            at: now,
        }
    }

    /// What has come in since it was last looked at, up to its depth.
    fn fill(&mut self, pace: u32, depth: Duration, now: Instant) {
        let pace = f64::from(pace);
        let fresh = pace * now.duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + fresh).min(pace * depth.as_secs_f64());
        self.at = now;
    }
}

/// Of one company.
#[derive(Debug)]
pub(super) struct Buckets {
    pace: Pace,
    company: Bucket,
    devices: HashMap<DeviceId, Bucket>,
}

impl Buckets {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            company: Bucket::full(pace.company, AT_ONCE, now),
            devices: HashMap::new(),
        }
    }

    /// Of the demo's companies.
    pub(super) fn demo(now: Instant) -> Self {
        Self::new(DEMO, now)
    }

    /// The company's plan may have changed. Devices that have been quiet for long are forgotten: their
    /// buckets are full.
    pub(super) fn keep_to(&mut self, pace: Pace, now: Instant) {
        if self.pace != DEMO {
            self.pace = pace;
        }
        self.devices
            .retain(|_, bucket| now.duration_since(bucket.at) < KEPT);
    }

    /// How many of so many readings of a device have room.
    pub(super) fn take(&mut self, device: DeviceId, wanted: usize, now: Instant) -> usize {
        let Pace {
            company,
            device: own,
        } = self.pace;
        self.company.fill(company, AT_ONCE, now);
        let bucket = self
            .devices
            .entry(device)
            .or_insert_with(|| Bucket::full(own, KEPT, now));
        bucket.fill(own, KEPT, now);
        let room = self.company.tokens.min(bucket.tokens).floor();
        // Below a thousand million both, so nothing is lost on the way.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and not negative"
        )]
        let taken = (room as usize).min(wanted);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let spent = taken as f64;
        self.company.tokens -= spent;
        bucket.tokens -= spent;
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const PLAN: Pace = Pace {
        company: 2_000,
        device: 20,
    };

    fn device(number: u128) -> DeviceId {
        DeviceId(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn a_device_tells_what_it_kept_and_then_keeps_to_its_pace() {
        let now = Instant::now();
        let mut buckets = Buckets::new(PLAN, now);
        assert_eq!(buckets.take(device(1), 12_500, now), 12_000);
        assert_eq!(buckets.take(device(1), 1, now), 0);
        // Others still have theirs, as far as the company goes.
        assert_eq!(buckets.take(device(2), 12_000, now), 8_000);
        assert_eq!(buckets.take(device(3), 1, now), 0);
        let later = now + Duration::from_secs(1);
        assert_eq!(buckets.take(device(1), 100, later), 20);
        assert_eq!(buckets.take(device(3), 5_000, later), 1_980);
    }

    #[tokio::test]
    async fn another_plan_counts_from_now_on_and_the_demo_has_its_own() {
        let now = Instant::now();
        let mut buckets = Buckets::new(PLAN, now);
        assert_eq!(buckets.take(device(1), 12_000, now), 12_000);
        buckets.keep_to(
            Pace {
                company: 10_000,
                device: 100,
            },
            now,
        );
        let later = now + Duration::from_secs(1);
        assert_eq!(buckets.take(device(1), 1_000, later), 100);
        let mut demo = Buckets::demo(now);
        demo.keep_to(PLAN, now);
        assert_eq!(demo.take(device(1), 100_000, now), 100_000);
    }

    proptest! {
        /// However it comes, no more than the depth and the pace together.
        #[test]
        fn no_more_than_the_pace(steps in proptest::collection::vec((0_u64..5_000, 0_usize..5_000, 1_u128..4), 1..60)) {
            let start = Instant::now();
            let (mut buckets, mut now) = (Buckets::new(PLAN, start), start);
            let (mut all, mut of_one) = (0_u32, 0_u32);
            for (pause, wanted, number) in steps {
                now += Duration::from_millis(pause);
                let taken = buckets.take(device(number), wanted, now);
                prop_assert!(taken <= wanted);
                let taken = u32::try_from(taken).unwrap();
                all += taken;
                of_one += if number == 1 { taken } else { 0 };
            }
            let seconds = now.duration_since(start).as_secs_f64();
            prop_assert!(f64::from(all) <= 2_000.0 * (10.0 + seconds) + 1.0);
            prop_assert!(f64::from(of_one) <= 20.0 * (600.0 + seconds) + 1.0);
        }
    }
}
