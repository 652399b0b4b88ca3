//! The key file: one master key, apart from the database, from which all others are derived.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use rand::TryRngCore;

use crate::failure::Failure;

const HEADER: &str = "linli-keys 1";

/// 32 random bytes that every other key comes from.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

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

    /// The bytes, for deriving keys from them and nothing else.
    #[must_use]
    pub fn into_bytes(self) -> [u8; 32] {
        self.0
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
    text.strip_prefix(HEADER)
        .and_then(|rest| unhex(rest.trim()))
        .map(MasterKey)
        .ok_or_else(|| refuse(path, "is not a key file of this version"))
}

/// Written whole under another name first: a crash leaves either no key or the whole one.
fn make(path: &Path) -> io::Result<MasterKey> {
    let mut bytes = [0; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;

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
    writeln!(file, "{HEADER}\n{}", hex(&bytes))?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()?;
    Ok(MasterKey(bytes))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
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
        assert_ne!(first.0, [0; 32]);
        assert!(!format!("{first:?}").contains(&hex(&first.0)));
        assert_eq!(first.into_bytes(), again.into_bytes());
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
        for text in ["", "linli-keys 1\n", "linli-keys 2\nff", "linli-keys 1\nzz"] {
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
