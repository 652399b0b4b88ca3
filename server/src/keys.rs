//! The key file: one master key, apart from the database, from which all others are derived.
//!
//! ```text
//! linli-keys 1
//! <the master key, 64 hexadecimal digits>
//! signing 2 from 2026-11-22T06:30:00Z      one line each time that the signing key was rotated
//! ```

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    time::Duration,
};

use backend::kernel::keys::Keys;
use jiff::{SignedDuration, Timestamp};
use rand::TryRngCore;

use crate::failure::Failure;

const HEADER: &str = "linli-keys 1";
/// How often a running server looks whether signing keys were rotated.
const LOOK: Duration = Duration::from_secs(30);
/// From a rotation to the moment that the new key signs: every process knows of it by then.
const NOTICE: SignedDuration = SignedDuration::from_mins(2);

/// 32 random bytes that every other key comes from, and when the signing keys after the first one
/// begin.
#[derive(Clone)]
pub struct MasterKey {
    bytes: [u8; 32],
    turns: Vec<Timestamp>,
}

impl MasterKey {
    /// Reads the key at `path`, or makes one where there is none.
    ///
    /// # Errors
    /// A file that others can read, is not a key file, or cannot be written. Status 2.
    pub fn load_or_make(path: &Path) -> Result<Self, Failure> {
        match Self::load(path)? {
            Some(key) => Ok(key),
            None => make(path).map_err(|e| refuse(path, &format!("cannot be made: {e}"))),
        }
    }

    /// Reads the key at `path`; `None` where there is no such file.
    ///
    /// # Errors
    /// A file that others can read, or that is not a key file. Status 2.
    pub fn load(path: &Path) -> Result<Option<Self>, Failure> {
        match File::open(path) {
            Ok(file) => read(path, file).map(Some),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(refuse(path, &format!("cannot be read: {e}"))),
        }
    }

    /// All that is derived from it.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let keys = Keys::from_master(self.bytes);
        keys.take_turns(self.turns.clone());
        keys
    }

    fn text(&self) -> String {
        let mut text = format!("{HEADER}\n{}\n", hex(&self.bytes));
        for (number, turn) in (2_usize..).zip(&self.turns) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "signing {number} from {turn}");
        }
        text
    }
}

/// Lets the next key sign access tokens from two minutes after `now` on; gives its number and that
/// moment. A running server follows by itself.
///
/// # Errors
/// No key file, one that is no good or cannot be written, or a key that is still to begin.
pub fn rotate(path: &Path, now: Timestamp) -> Result<(usize, Timestamp), Failure> {
    let mut key = MasterKey::load(path)?.ok_or_else(|| refuse(path, "is not there"))?;
    if let Some(turn) = key.turns.last().filter(|turn| **turn > now) {
        let next = format!("has a signing key already that begins at {turn}");
        return Err(refuse(path, &next));
    }
    let turn = Timestamp::from_second((now + NOTICE).as_second())
        .map_err(|e| Failure::work(format!("the clock is wrong: {e}")))?;
    key.turns.push(turn);
    write(path, &key).map_err(|e| refuse(path, &format!("cannot be written: {e}")))?;
    Ok((1 + key.turns.len(), turn))
}

/// Follows the rotations of the signing key for as long as the site runs.
pub async fn follow(path: PathBuf, keys: Keys) {
    loop {
        tokio::time::sleep(LOOK).await;
        look(&path, &keys);
    }
}

fn look(path: &Path, keys: &Keys) {
    match MasterKey::load(path) {
        Ok(Some(key)) => keys.take_turns(key.turns),
        Ok(None) => tracing::warn!("the key file is gone: signing keys stay as they were"),
        Err(error) => tracing::warn!(%error, "signing keys stay as they were"),
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

fn refuse(path: &Path, wrong: &str) -> Failure {
    Failure::setting(format!("LINLI_KEY_FILE: {} {wrong}", path.display()))
}

fn read(path: &Path, file: File) -> Result<MasterKey, Failure> {
    let unreadable = |e| refuse(path, &format!("cannot be read: {e}"));
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(refuse(
            path,
            &format!(
                "can be read by others (mode {mode:04o}): run chmod 600 {}",
                path.display()
            ),
        ));
    }
    let text = io::read_to_string(file).map_err(unreadable)?;
    parse(&text).ok_or_else(|| refuse(path, "is not a key file of this version"))
}

fn parse(text: &str) -> Option<MasterKey> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines.next()? != HEADER {
        return None;
    }
    let bytes = unhex(lines.next()?)?;
    let mut turns: Vec<Timestamp> = Vec::new();
    for line in lines {
        let (number, turn) = line.strip_prefix("signing ")?.split_once(" from ")?;
        let turn = turn.parse().ok()?;
        // In order and without a gap, or a token's number would name another key.
        let next = number.parse() == Ok(turns.len() + 2);
        if !next || turns.last().is_some_and(|last| *last >= turn) {
            return None;
        }
        turns.push(turn);
    }
    Some(MasterKey { bytes, turns })
}

fn make(path: &Path) -> io::Result<MasterKey> {
    let mut bytes = [0; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;
    let key = MasterKey {
        bytes,
        turns: Vec::new(),
    };
    write(path, &key)?;
    Ok(key)
}

/// Written whole under another name first: a crash leaves either what was there or the whole.
fn write(path: &Path, key: &MasterKey) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    // Root rotates, and another user serves.
    if let Ok(before) = fs::metadata(path) {
        fchown(&file, Some(before.uid()), Some(before.gid()))?;
    }
    file.write_all(key.text().as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> std::path::PathBuf {
        std::env::temp_dir().join(format!("linli-keys-{:032x}", rand::random::<u128>()))
    }

    #[test]
    fn made_once_and_kept() {
        let folder = folder();
        let path = folder.join("keys");
        let first = MasterKey::load_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let again = MasterKey::load_or_make(&path).unwrap();
        assert_ne!(first.bytes, [0; 32]);
        assert!(!format!("{first:?}").contains(&hex(&first.bytes)));
        assert_eq!(first.bytes, again.bytes);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn signing_keys_are_rotated_and_followed() {
        let folder = folder();
        let path = folder.join("keys");
        let now: Timestamp = "2026-11-22T06:30:00.25Z".parse().unwrap();
        assert_eq!(rotate(&path, now).unwrap_err().status(), 2, "no file");

        let keys = MasterKey::load_or_make(&path).unwrap().keys();
        let before = fs::read_to_string(&path).unwrap();
        let (number, turn) = rotate(&path, now).unwrap();
        assert_eq!(
            (number, turn.to_string()),
            (2, "2026-11-22T06:32:00Z".to_owned())
        );
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{before}signing 2 from {turn}\n"));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        // The running process hears of it before the key's turn comes.
        assert_eq!(keys.signing_key(turn).0, 1);
        look(&path, &keys);
        let just = turn - SignedDuration::from_secs(1);
        assert_eq!((keys.signing_key(just).0, keys.signing_key(turn).0), (1, 2));
        let again = MasterKey::load(&path).unwrap().unwrap().keys();
        assert_eq!(again.signing_key(turn), keys.signing_key(turn));

        let early = rotate(&path, just).unwrap_err();
        assert!(early.to_string().contains("already"), "{early}");
        assert_eq!(rotate(&path, turn).unwrap().0, 3);
        // A file that is no good changes nothing.
        fs::write(&path, "?").unwrap();
        look(&path, &keys);
        assert_eq!(keys.signing_key(turn).0, 2);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn refuses_what_others_can_read_and_what_is_no_key() {
        let folder = folder();
        let path = folder.join("keys");
        MasterKey::load_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let failure = MasterKey::load_or_make(&path).unwrap_err();
        assert_eq!(failure.status(), 2);
        assert!(failure.to_string().contains("mode 0640"), "{failure}");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let turns = |lines: &str| format!("linli-keys 1\n{}\n{lines}", "7".repeat(64));
        for text in [
            "",
            "linli-keys 1\n",
            "linli-keys 2\nff",
            "linli-keys 1\nzz",
            &turns("more"),
            &turns("signing 2 from now"),
            &turns("signing 3 from 2026-11-22T06:30:00Z"),
            &turns("signing 2 from 2026-11-22T06:30:00Z\nsigning 3 from 2026-11-22T06:30:00Z"),
        ] {
            fs::write(&path, text).unwrap();
            let failure = MasterKey::load_or_make(&path).unwrap_err();
            assert!(
                failure.to_string().contains("is not a key file"),
                "{failure}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "left as it was");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
