//! How often somebody may try, and how many passwords are hashed at a time.

use std::{num::NonZeroU32, sync::Arc};

use domain::Code;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use crate::kernel::error::{Error, Result};

/// Guards the door of one process.
///
/// Both throttles refill by themselves, so nobody is ever locked out for good: an account takes
/// ten tries at once and then one every thirty seconds; an address a hundred, then one a second,
/// since an office or a carrier may stand behind it.
pub struct Doorkeeper {
    account: DefaultKeyedRateLimiter<Vec<u8>>,
    address: DefaultKeyedRateLimiter<String>,
    /// argon2id takes tens of milliseconds of a core and 19 MiB: a rush at month-end would starve
    /// all other requests of both.
    pub(super) hashing: Arc<Semaphore>,
}

const fn times(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

const ACCOUNT_BURST: NonZeroU32 = times(10);
const ACCOUNT_A_MINUTE: NonZeroU32 = times(2);
const ADDRESS_BURST: NonZeroU32 = times(100);
const ADDRESS_A_SECOND: NonZeroU32 = NonZeroU32::MIN;
/// Entries are swept once a map has grown to this.
const SWEEP_AT: usize = 10_000;

impl Default for Doorkeeper {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self {
            account: RateLimiter::keyed(
                Quota::per_minute(ACCOUNT_A_MINUTE).allow_burst(ACCOUNT_BURST),
            ),
            address: RateLimiter::keyed(
                Quota::per_second(ADDRESS_A_SECOND).allow_burst(ADDRESS_BURST),
            ),
            hashing: Arc::new(Semaphore::new(cores.div_ceil(2))),
        }
    }
}

impl Doorkeeper {
    /// Counts a try against the account and the address.
    ///
    /// # Errors
    /// `too_many` past either limit.
    pub fn knock(&self, login_index: &[u8], from: &str) -> Result<()> {
        if self.account.len() > SWEEP_AT {
            self.account.retain_recent();
        }
        if self.address.len() > SWEEP_AT {
            self.address.retain_recent();
        }
        let address = self.address.check_key(&from.to_owned());
        let account = self.account.check_key(&login_index.to_vec());
        if address.is_err() || account.is_err() {
            return Err(Error::new(Code::TooMany));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doorkeeper").finish_non_exhaustive()
    }
}
