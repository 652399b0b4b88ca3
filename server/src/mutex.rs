//! Mutexes of this crate: each is held for single steps only, so a panic elsewhere cannot have left
//! what they hold half changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
