//! How many files the kernel lets this process have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What everything but devices may need at the same time: browsers, live sockets, the database, the
/// broker's own files.
const BESIDE_DEVICES: u64 = 4_000;
/// More devices than one process should serve.
const MOST_DEVICES: u64 = 100_000;

/// Takes as many as the machine's administrator allows. A shell usually starts programs with 1,024,
/// which is a thousand devices, and lets them have far more for the asking.
pub(crate) fn take_all_that_are_allowed() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, ?current, ?maximum, "the number of open files stays as it is");
    }
}

/// How many devices can be connected at a time.
pub(crate) fn devices_at_a_time() -> usize {
    let files = getrlimit(Resource::Nofile).current;
    usize::try_from(room(files.unwrap_or(u64::MAX))).unwrap_or(usize::MAX)
}

/// Half of few files, and of many all but what the rest needs.
fn room(files: u64) -> u64 {
    files
        .saturating_sub(BESIDE_DEVICES)
        .max(files / 2)
        .min(MOST_DEVICES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_leave_room_for_the_rest() {
        assert_eq!(room(1_024), 512);
        assert_eq!(room(20_000), 16_000);
        assert_eq!(room(65_536), 61_536);
        assert_eq!(room(u64::MAX), MOST_DEVICES);
        take_all_that_are_allowed();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert!(devices_at_a_time() > 0);
    }
}
