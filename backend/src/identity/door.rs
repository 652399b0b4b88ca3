//! How often somebody may try, and how many passwords are hashed at a time.

use std::{
    net::Ipv6Addr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

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
    unknown_keys: DefaultKeyedRateLimiter<String>,
    letters: DefaultKeyedRateLimiter<String>,
    knocks: AtomicU32,
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
/// Codes by SMS cost money, and each rings at somebody's: an office needs no more than these.
const LETTER_BURST: NonZeroU32 = times(20);
const LETTERS_A_MINUTE: NonZeroU32 = times(2);
/// Entries are swept once in so many knocks, however many there are.
const SWEEP_EVERY: u32 = 10_000;

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
            unknown_keys: RateLimiter::keyed(
                Quota::per_second(ADDRESS_A_SECOND).allow_burst(ADDRESS_BURST),
            ),
            letters: RateLimiter::keyed(
                Quota::per_minute(LETTERS_A_MINUTE).allow_burst(LETTER_BURST),
            ),
            knocks: AtomicU32::new(1),
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
        self.sweep();
        // The address first, and alone: one that is past its limit charges nobody's account, or it
        // could keep any number of people out.
        let too_many = || Error::new(Code::TooMany);
        let address = self.address.check_key(&network(from));
        address.map_err(|_| too_many())?;
        let account = self.account.check_key(&login_index.to_vec());
        account.map_err(|_| too_many())
    }

    /// Counts a key that opened nothing against its address. Keys that are good are not counted and
    /// not held up: a program whose key has ended goes on asking, and others share its address.
    ///
    /// # Errors
    /// `too_many` past the limit.
    pub fn unknown_key(&self, from: &str) -> Result<()> {
        self.sweep();
        let address = self.unknown_keys.check_key(&network(from));
        address.map_err(|_| Error::new(Code::TooMany))
    }

    /// Counts a code that an address has sent to somebody's phone, or to nobody's.
    ///
    /// # Errors
    /// `too_many` past the limit.
    pub fn ask_for_a_letter(&self, from: &str) -> Result<()> {
        let address = self.letters.check_key(&network(from));
        address.map_err(|_| Error::new(Code::TooMany))
    }

    fn sweep(&self) {
        let knocks = self.knocks.fetch_add(1, Ordering::Relaxed);
        if knocks.is_multiple_of(SWEEP_EVERY) {
            self.account.retain_recent();
            self.address.retain_recent();
            self.unknown_keys.retain_recent();
            self.letters.retain_recent();
        }
    }
}

/// What counts as one address: of IPv6 the first 64 bits, which is what one subscriber is given.
fn network(from: &str) -> String {
    match from.parse::<Ipv6Addr>() {
        Ok(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).to_string(),
        Err(_) => from.to_owned(),
    }
}

impl std::fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doorkeeper").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_past_its_limit_keeps_nobody_out() {
        let door = Doorkeeper::default();
        for n in 0..ADDRESS_BURST.get() {
            door.knock(&n.to_be_bytes(), "203.0.113.7").unwrap();
        }
        for _ in 0..50 {
            assert!(door.knock(b"somebody", "203.0.113.7").is_err());
        }
        door.knock(b"somebody", "198.51.100.1").unwrap();
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("unknown"), "unknown");
    }
}
