//! How fast readings may come in: a bucket of tokens for each company, and one for each device.
//!
//! Whoever was away for a while tells what it kept, so buckets are deep: [`AT_ONCE`] for a company,
//! [`KEPT`] for a device. What is over is refused as `over_quota` and acknowledged; to hold the
//! acknowledgement back would only let it come again. Behind a broker that keeps what we do not take,
//! it waits there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::tenancy::Pace;
use bridge::outside::SESSION;
use domain::DeviceId;
use tokio::time::Instant;

use crate::mutex::locked;

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
    /// How much of the pace it holds.
    time: Duration,
}

impl Bucket {
    fn full(pace: u32, time: Duration, now: Instant) -> Self {
        Self {
            tokens: depth(pace, time),
            at: now,
            time,
        }
    }

    /// What has come in since it was last looked at, up to its depth.
    fn fill(&mut self, pace: u32, now: Instant) {
        let fresh = depth(pace, now.duration_since(self.at));
        self.tokens = (self.tokens + fresh).min(depth(pace, self.time));
        self.at = now;
    }

    fn is_full(mut self, pace: u32, now: Instant) -> bool {
        self.fill(pace, now);
        self.tokens >= depth(pace, self.time)
    }
}

/// Of one company.
#[derive(Debug)]
pub(super) struct Buckets {
    pace: Pace,
    /// Whatever the company's plan says.
    fixed: bool,
    company: Bucket,
    devices: HashMap<DeviceId, Bucket>,
}

impl Buckets {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            fixed: false,
            company: Bucket::full(pace.company, AT_ONCE, now),
            devices: HashMap::new(),
        }
    }

    /// Of the demo's companies.
    pub(super) fn demo(now: Instant) -> Self {
        Self {
            fixed: true,
            ..Self::new(DEMO, now)
        }
    }

    /// The company's plan may have changed. Of devices that have been quiet for long nothing need be
    /// known: their buckets are full.
    pub(super) fn keep_to(&mut self, pace: Pace, now: Instant) {
        if !self.fixed && self.pace != pace {
            *self = Self::new(pace, now);
        }
        let own = self.pace.device;
        self.devices.retain(|_, bucket| !bucket.is_full(own, now));
    }

    /// How many of so many readings of a device have room. Who is patient has all of them, where a
    /// device sends more than its pace for as long as a broker keeps things; else how long to wait for
    /// the company.
    pub(super) fn take(
        &mut self,
        device: DeviceId,
        wanted: usize,
        patient: bool,
        now: Instant,
    ) -> Result<usize, Duration> {
        let Pace {
            company,
            device: own,
        } = self.pace;
        let kept = if patient { SESSION } else { KEPT };
        self.company.fill(company, now);
        let bucket = self
            .devices
            .entry(device)
            .or_insert_with(|| Bucket::full(own, kept, now));
        bucket.fill(own, now);
        let wanted = wanted.min(whole(bucket.tokens));
        if patient {
            // More than the bucket is deep never comes at once: that much is enough then.
            let short = tokens(wanted).min(depth(company, AT_ONCE)) - self.company.tokens;
            if short > 0.0 {
                let pause = Duration::from_secs_f64(short / f64::from(company));
                return Err(pause.max(Duration::from_millis(1)));
            }
        }
        let taken = if patient {
            wanted
        } else {
            wanted.min(whole(self.company.tokens))
        };
        self.company.tokens -= tokens(taken);
        bucket.tokens -= tokens(taken);
        Ok(taken)
    }

    fn give_back(&mut self, device: DeviceId, readings: usize) {
        // Filling cuts at the depth.
        self.company.tokens += tokens(readings);
        if let Some(bucket) = self.devices.get_mut(&device) {
            bucket.tokens += tokens(readings);
        }
    }
}

/// Readings that were taken from the buckets: given back where they are not stored, or what is sent
/// again until the store is back would count each time.
#[derive(Debug)]
pub(super) struct Spent {
    pub(super) buckets: Arc<Mutex<Buckets>>,
    pub(super) device: DeviceId,
    pub(super) readings: usize,
}

impl Spent {
    pub(super) fn stored(mut self) {
        self.readings = 0;
    }
}

impl Drop for Spent {
    fn drop(&mut self) {
        if self.readings > 0 {
            locked(&self.buckets).give_back(self.device, self.readings);
        }
    }
}

fn depth(pace: u32, time: Duration) -> f64 {
    f64::from(pace) * time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn tokens(readings: usize) -> f64 {
    readings as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no depth is near a limit, and below nothing there is nothing"
)]
fn whole(tokens: f64) -> usize {
    tokens.max(0.0).floor() as usize
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
        assert_eq!(buckets.take(device(1), 12_500, false, now).unwrap(), 12_000);
        assert_eq!(buckets.take(device(1), 1, false, now).unwrap(), 0);
        // Others still have theirs, as far as the company goes.
        assert_eq!(buckets.take(device(2), 12_000, false, now).unwrap(), 8_000);
        assert_eq!(buckets.take(device(3), 1, false, now).unwrap(), 0);
        let later = now + Duration::from_secs(1);
        assert_eq!(buckets.take(device(1), 100, false, later).unwrap(), 20);
        assert_eq!(buckets.take(device(3), 5_000, false, later).unwrap(), 1_980);
    }

    #[tokio::test]
    async fn another_plan_counts_from_now_on_and_the_demo_has_its_own() {
        let now = Instant::now();
        let mut buckets = Buckets::new(PLAN, now);
        buckets.keep_to(
            Pace {
                company: 10_000,
                device: 100,
            },
            now,
        );
        assert_eq!(buckets.take(device(1), 70_000, false, now).unwrap(), 60_000);
        let mut demo = Buckets::demo(now);
        demo.keep_to(PLAN, now);
        assert_eq!(demo.take(device(1), 100_000, false, now).unwrap(), 100_000);
    }

    #[tokio::test]
    async fn who_is_patient_waits_for_the_company_and_is_refused_nothing() {
        let mut now = Instant::now();
        let mut buckets = Buckets::new(PLAN, now);
        let (mut taken, mut waited) = (0, Duration::ZERO);
        while taken < 50_000 {
            match buckets.take(device(1), 1_000, true, now) {
                Ok(some) => taken += some,
                Err(pause) => {
                    now += pause;
                    waited += pause;
                }
            }
        }
        assert_eq!(taken, 50_000);
        assert!((14.9..15.2).contains(&waited.as_secs_f64()), "{waited:?}");
        // More at once than can ever be there goes when all is there.
        now += AT_ONCE;
        assert_eq!(buckets.take(device(2), 100_000, true, now), Ok(100_000));
    }

    #[tokio::test]
    async fn what_was_spent_is_known_until_it_has_come_in_again() {
        let now = Instant::now();
        let mut buckets = Buckets::new(PLAN, now);
        let all = whole(depth(PLAN.device, SESSION));
        assert_eq!(buckets.take(device(1), all, true, now), Ok(all));
        let later = now + KEPT + Duration::from_mins(1);
        buckets.keep_to(PLAN, later);
        assert!(
            buckets.devices.contains_key(&device(1)),
            "it has spent a week's"
        );
        buckets.keep_to(PLAN, now + SESSION);
        assert!(buckets.devices.is_empty());
    }

    #[tokio::test]
    async fn what_is_not_stored_is_given_back() {
        let now = Instant::now();
        let buckets = Arc::new(Mutex::new(Buckets::new(PLAN, now)));
        let draw = |readings| {
            let readings = locked(&buckets)
                .take(device(1), readings, false, now)
                .unwrap();
            let buckets = Arc::clone(&buckets);
            Spent {
                buckets,
                device: device(1),
                readings,
            }
        };
        for _ in 0..100 {
            let spent = draw(1_000);
            assert_eq!(spent.readings, 1_000);
        }
        draw(12_000).stored();
        assert_eq!(draw(1).readings, 0);
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
                let taken = buckets.take(device(number), wanted, false, now).unwrap();
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
