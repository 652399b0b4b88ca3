//! Where the private cluster is, whose it is, and how it is made.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
};

use rand::TryRngCore;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{
    Login,
    process::{Programs, User, command, own_uid, write_private},
};
use crate::{config::Secret, failure::Failure, keys::hex};

/// Where root's clusters go when their user cannot reach the data directory.
const SHARED: &str = "/var/lib/linli";

/// A cluster's folder: `data` is PostgreSQL's, `passwords` and `lock` are Linli's.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// Set where Linli runs as root: PostgreSQL then runs as this user.
    pub(super) user: Option<User>,
    pub(super) log: PathBuf,
}

impl Place {
    /// Finds the cluster of `data_dir` (absolute, existing), or makes room for one.
    pub(super) fn find(data_dir: &Path) -> Result<Self, Failure> {
        let data_dir = fs::canonicalize(data_dir).map_err(|e| unusable(data_dir, &e))?;
        let logs = data_dir.join("log");
        make_folder(&logs, 0o700).map_err(|e| unusable(&logs, &e))?;
        let log = logs.join("postgres.log");

        let is_root = own_uid()? == 0;
        let note = note(&data_dir);
        let Some(folder) = made(&data_dir) else {
            let inside = data_dir.join("postgres");
            return if is_root {
                Self::make_as_root(&data_dir, inside, &note, log)
            } else {
                make_folder(&inside, 0o700).map_err(|e| unusable(&inside, &e))?;
                Ok(Self {
                    folder: inside,
                    user: None,
                    log,
                })
            };
        };
        if !folder.is_dir() {
            return Err(Failure::setting(format!(
                "the database of {} is at {}, which is not there: bring it back, or delete {} to begin with an empty one",
                data_dir.display(),
                folder.display(),
                note.display()
            )));
        }
        let folder = fs::canonicalize(&folder).map_err(|e| unusable(&folder, &e))?;
        let user = owner(&folder, is_root)?;
        Ok(Self { folder, user, log })
    }

    fn make_as_root(
        data_dir: &Path,
        inside: PathBuf,
        note: &Path,
        log: PathBuf,
    ) -> Result<Self, Failure> {
        let user = User::for_cluster()?;
        make_folder(&inside, 0o711).map_err(|e| unusable(&inside, &e))?;
        if can_work_in(&inside, user) {
            return Ok(Self {
                folder: inside,
                user: Some(user),
                log,
            });
        }
        // Empty unless somebody put something there.
        let _ = fs::remove_dir(&inside);
        let hash = hex(&Sha256::digest(data_dir.as_os_str().as_encoded_bytes()));
        let name = hash.get(..16).unwrap_or(&hash);
        // A folder of that name belongs to a data directory that was deleted: its rows were
        // encrypted under keys that are gone, so it must not be taken for this one's.
        let folder = (1..1000)
            .map(|n| {
                Path::new(SHARED).join(if n == 1 {
                    name.to_owned()
                } else {
                    format!("{name}-{n}")
                })
            })
            .find(|folder| !folder.exists())
            .unwrap_or_else(|| Path::new(SHARED).join(name));
        make_folder(Path::new(SHARED), 0o711)
            .and_then(|()| make_folder(&folder, 0o711))
            .map_err(|e| unusable(&folder, &e))?;
        if !can_work_in(&folder, user) {
            return Err(Failure::setting(format!(
                "PostgreSQL does not run as root, and user {} can work neither in {} nor in {}: name another folder with LINLI_DATA_DIR",
                user.uid,
                inside.display(),
                folder.display()
            )));
        }
        // Before the cluster itself, so that a crash leaves no cluster that nobody knows of.
        write_private(note, &format!("{}\n", folder.display())).map_err(|e| unusable(note, &e))?;
        tracing::info!(folder = %folder.display(), "the database's user cannot reach the data directory: its cluster goes elsewhere");
        Ok(Self {
            folder,
            user: Some(user),
            log,
        })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The major version that made the cluster; `None` before it is made.
    pub(super) fn version(&self) -> Option<String> {
        version(&self.data())
    }

    /// Makes the cluster where there is none. It appears under its name only when it is whole.
    pub(super) fn init(&self, programs: &Programs, passwords: &Passwords) -> Result<(), Failure> {
        if self.version().is_some() {
            return Ok(());
        }
        let failed = |what: String| {
            Failure::work(format!(
                "the database could not be made in {}: {what}",
                self.folder.display()
            ))
        };
        let unfinished = self.folder.join("data.new");
        let password = self.folder.join("password.new");
        let prepare = || -> io::Result<()> {
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            DirBuilder::new().mode(0o700).create(&unfinished)?;
            write_private(&password, passwords.superuser.reveal())?;
            if let Some(User { uid, gid }) = self.user {
                chown(&unfinished, Some(uid), Some(gid))?;
                chown(&password, Some(uid), Some(gid))?;
            }
            Ok(())
        };
        prepare().map_err(|e| failed(e.to_string()))?;
        tracing::info!(folder = %self.folder.display(), "making the database");
        let made = programs
            .command("initdb", self.user)
            .arg("-D")
            .arg(&unfinished)
            .arg(format!("--pwfile={}", password.display()))
            .args([
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
            ])
            .args(["--locale=C.UTF-8", "--data-checksums", "--no-instructions"])
            .output();
        let _ = fs::remove_file(&password);
        let made = made.map_err(|e| failed(format!("initdb does not run: {e}")))?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr);
            let line = said
                .lines()
                .find(|line| line.contains("error"))
                .unwrap_or("initdb failed");
            return Err(failed(line.to_owned()));
        }
        fs::rename(&unfinished, self.data())
            .and_then(|()| fs::File::open(&self.folder)?.sync_all())
            .map_err(|e| failed(e.to_string()))
    }

    /// The log, to append to; one older file is kept.
    pub(super) fn open_log(&self) -> io::Result<fs::File> {
        const MOST: u64 = 16 << 20;
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > MOST) {
            fs::rename(&self.log, self.log.with_extension("log.1"))?;
        }
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)
    }
}

/// Where the place of a cluster is noted that is not in its data directory.
fn note(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres.place")
}

/// The folder of the cluster of `data_dir`, where one is made or noted.
pub(super) fn made(data_dir: &Path) -> Option<PathBuf> {
    let inside = data_dir.join("postgres");
    match fs::read_to_string(note(data_dir)) {
        Ok(noted) => Some(PathBuf::from(noted.trim())),
        Err(_) if inside.join("data/PG_VERSION").exists() => Some(inside),
        Err(_) => None,
    }
}

/// The major version that made the cluster in `data`.
pub(super) fn version(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("PG_VERSION")).ok()?;
    Some(text.trim().to_owned())
}

/// The logins' passwords, beside the cluster in a file that only Linli's user can read.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    pub(super) superuser: Secret,
    pub(super) owner: Secret,
    pub(super) app: Secret,
}

impl Passwords {
    /// Reads them, or makes them up before the cluster that they are for.
    pub(super) fn load_or_make(place: &Place) -> Result<Self, Failure> {
        let path = place.folder.join("passwords");
        match Self::load(&path) {
            Ok(passwords) => passwords,
            Err(e) if e.kind() == io::ErrorKind::NotFound && place.version().is_none() => {
                let text = format!(
                    "superuser {}\nowner {}\napp {}\n",
                    chance()?,
                    chance()?,
                    chance()?
                );
                write_private(&path, &text).map_err(|e| unusable(&path, &e))?;
                Self::parse(&text).ok_or_else(|| Failure::work("passwords could not be made"))
            }
            Err(e) => Err(unusable(&path, &e)),
        }
    }

    /// The file at `path`, if it can be read, and then if it is whole.
    pub(super) fn load(path: &Path) -> io::Result<Result<Self, Failure>> {
        let text = fs::read_to_string(path)?;
        Ok(Self::parse(&text).ok_or_else(|| {
            Failure::setting(format!(
                "{} is not whole: bring it back from a backup",
                path.display()
            ))
        }))
    }

    pub(super) fn of(&self, login: Login) -> &Secret {
        match login {
            Login::Superuser => &self.superuser,
            Login::Owner => &self.owner,
            Login::App => &self.app,
        }
    }

    /// How to connect as `login` to the cluster that listens on `port` of this machine.
    pub(super) fn options(&self, port: u16, login: Login, database: &str) -> PgConnectOptions {
        let name = match login {
            Login::Superuser => "postgres",
            Login::Owner => "linli_owner",
            Login::App => "linli_app",
        };
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(name)
            .password(self.of(login).reveal())
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    fn parse(text: &str) -> Option<Self> {
        let find = |name: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once(' '));
            // Hexadecimal, as made: they are written into SQL.
            let (_, value) = pairs.find(|(found, _)| *found == name)?;
            let plain = value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| Secret::new(value))
        };
        Some(Self {
            superuser: find("superuser")?,
            owner: find("owner")?,
            app: find("app")?,
        })
    }
}

fn chance() -> Result<String, Failure> {
    let mut bytes = [0; 24];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|e| Failure::work(format!("no randomness: {e}")))?;
    Ok(hex(&bytes))
}

fn unusable(path: &Path, e: &io::Error) -> Failure {
    Failure::setting(format!(
        "LINLI_DATA_DIR: {} cannot be used: {e}",
        path.display()
    ))
}

fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(mode).create(path)?;
    // A strict umask would keep the cluster's user out.
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// The user that an existing cluster runs as: its owner.
fn owner(folder: &Path, is_root: bool) -> Result<Option<User>, Failure> {
    let data = folder.join("data");
    let entry = match fs::metadata(&data) {
        Ok(entry) => entry,
        Err(_) if is_root => return User::for_cluster().map(Some),
        Err(_) => return Ok(None),
    };
    let (uid, gid) = (entry.uid(), entry.gid());
    if is_root && uid != 0 {
        return Ok(Some(User { uid, gid }));
    }
    if !is_root && uid == own_uid()? {
        return Ok(None);
    }
    Err(Failure::setting(format!(
        "the database in {} belongs to user {uid}: start Linli as the user that made it",
        data.display()
    )))
}

/// Tried, not computed: the way there may lead through folders that are closed to that user.
fn can_work_in(folder: &Path, user: User) -> bool {
    let probe = folder.join("probe");
    let _ = fs::remove_dir(&probe);
    let able = DirBuilder::new().mode(0o700).create(&probe).is_ok()
        && chown(&probe, Some(user.uid), Some(user.gid)).is_ok()
        && command("test", Some(user))
            .arg("-w")
            .arg(&probe)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    let _ = fs::remove_dir(&probe);
    able
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hexadecimal_or_nothing() {
        let p = "0".repeat(48);
        let whole = format!("superuser {p}\nowner {p}\napp {p}\n");
        assert!(Passwords::parse(&whole).is_some());
        assert!(Passwords::parse(&whole.replace("app", "ap")).is_none());
        assert!(Passwords::parse(&whole.replacen('0', "'", 1)).is_none());
    }
}
