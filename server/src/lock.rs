//! One Linli a data directory.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::failure::Failure;

/// Held for as long as this value lives. The kernel lets go of it when the process ends, however
/// it ends, and children do not inherit it: a lock file that is left behind means nothing.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at `path` and writes this process's number into it.
    ///
    /// # Errors
    /// Somebody holds it; the line names them.
    pub fn take(path: &Path) -> Result<Self, Failure> {
        let unusable = |e: std::io::Error| {
            Failure::setting(format!(
                "the lock file {} cannot be used: {e}",
                path.display()
            ))
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                let folder = path.parent().unwrap_or(path);
                return Err(Failure::setting(format!(
                    "another Linli (process {}) is using {}: stop it first, or name another folder with LINLI_DATA_DIR",
                    pid.trim(),
                    folder.display(),
                )));
            }
            Err(TryLockError::Error(e)) => return Err(unusable(e)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the lock at `path`, of those that we may look into. Taking the lock to
/// find out would keep a Linli from starting at that very moment.
#[must_use]
pub fn holder(path: &Path) -> Option<u32> {
    let path = fs::canonicalize(path).ok()?;
    let pid: u32 = fs::read_to_string(&path).ok()?.trim().parse().ok()?;
    let open = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
    let holds = open
        .filter_map(|fd| fs::read_link(fd.path()).ok())
        .any(|target| target == path);
    holds.then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it() {
        let path = std::env::temp_dir().join(format!("linli-lock-{:032x}", rand::random::<u128>()));
        let held = Lock::take(&path).unwrap();
        let failure = Lock::take(&path).unwrap_err();
        assert_eq!(failure.status(), 2);
        assert!(
            failure
                .to_string()
                .contains(&format!("process {}", std::process::id()))
        );
        assert_eq!(holder(&path), Some(std::process::id()));
        drop(held);
        assert_eq!(holder(&path), None, "a number that is left behind");
        Lock::take(&path).unwrap();
        std::fs::remove_file(path).unwrap();
    }
}
