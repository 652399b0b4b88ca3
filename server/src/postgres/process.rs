//! PostgreSQL's programs and processes, seen from outside.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// Views with `security_invoker` came with 15.
const OLDEST: u32 = 15;

/// Whom PostgreSQL runs as instead of root, which it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl User {
    /// A system account that may own a cluster: ours, Debian's, or nobody's.
    pub(super) fn for_cluster() -> Result<Self, Failure> {
        let accounts = fs::read_to_string("/etc/passwd")
            .map_err(|e| Failure::work(format!("/etc/passwd cannot be read: {e}")))?;
        ["linli", "postgres", "nobody"]
            .iter()
            .find_map(|name| Self::find(&accounts, name))
            .ok_or_else(|| {
                Failure::setting(
                    "PostgreSQL does not run as root, and there is no user linli, postgres or nobody: run useradd --system linli",
                )
            })
    }

    fn find(accounts: &str, name: &str) -> Option<Self> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next() == Some(name);
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (found && uid != 0).then_some(Self { uid, gid })
        })
    }
}

/// The user number of this process.
pub(super) fn own_uid() -> Result<u32, Failure> {
    fs::metadata("/proc/self")
        .map(|entry| entry.uid())
        .map_err(|e| Failure::work(format!("/proc cannot be read: {e}")))
}

/// A command with nothing of our environment (it holds secrets), away from our terminal's
/// signals, and as `user`; std then drops root's supplementary groups as well.
pub(super) fn command(program: impl AsRef<OsStr>, user: Option<User>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .current_dir("/")
        .stdin(Stdio::null())
        .process_group(0);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Where `initdb`, `postgres` and `pg_ctl` are.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Those of `version` where a cluster of it is there already, else of 15, else of the newest.
    pub(super) fn find(
        version: Option<&str>,
        search_path: Option<&OsStr>,
    ) -> Result<Self, Failure> {
        Self::find_in(Path::new("/usr/lib/postgresql"), version, search_path)
    }

    fn find_in(
        debian: &Path,
        version: Option<&str>,
        search_path: Option<&OsStr>,
    ) -> Result<Self, Failure> {
        let mut found: Vec<(u32, PathBuf)> = fs::read_dir(debian)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                Some((
                    entry.file_name().to_str()?.parse().ok()?,
                    entry.path().join("bin"),
                ))
            })
            .filter(|(_, folder)| is_whole(folder))
            .collect();
        found.sort_by_key(|(version, _)| (*version != OLDEST, u32::MAX - *version));
        let on_path = std::env::split_paths(search_path.unwrap_or_default())
            .filter(|folder| folder.is_absolute() && is_whole(folder))
            .filter_map(|folder| Some((version_of(&folder)?.0, folder)));
        found.extend(on_path);

        let fits = |(major, _): &(u32, PathBuf)| match version {
            Some(version) => version.parse() == Ok(*major),
            None => *major >= OLDEST,
        };
        match found.into_iter().find(fits) {
            Some((_, folder)) => Ok(Self { folder }),
            None => Err(Failure::setting(format!(
                "PostgreSQL {} is not installed: run scripts/setup run, or name an outside server with LINLI_DATABASE_URL",
                version.unwrap_or("15"),
            ))),
        }
    }

    /// Major and minor version, if `postgres` runs at all.
    pub(super) fn version(&self) -> Option<(u32, u32)> {
        version_of(&self.folder)
    }

    pub(super) fn command(&self, program: &str, user: Option<User>) -> Command {
        command(self.folder.join(program), user)
    }

    /// Sends a signal (`INT`, `QUIT`, `KILL`) to a process of PostgreSQL.
    pub(super) fn signal(&self, name: &str, pid: u32, user: Option<User>) {
        let sent = self
            .command("pg_ctl", user)
            .args(["kill", name, &pid.to_string()])
            .output();
        match sent {
            Ok(sent) if sent.status.success() => {}
            Ok(sent) => {
                let why = String::from_utf8_lossy(&sent.stderr);
                tracing::debug!(pid, signal = name, why = %why.trim(), "signal not delivered");
            }
            Err(e) => tracing::warn!(pid, signal = name, error = %e, "pg_ctl does not run"),
        }
    }
}

fn is_whole(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// Major and minor version of the `postgres` in a folder.
fn version_of(folder: &Path) -> Option<(u32, u32)> {
    let answer = command(folder.join("postgres"), None)
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let mut numbers = text
        .split_whitespace()
        .nth(2)?
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse);
    let major = numbers.next()?.ok()?;
    // A version that is not out yet has none: 19beta1, 19devel.
    let minor = numbers.next().and_then(Result::ok).unwrap_or_default();
    Some((major, minor))
}

/// What a postmaster writes about itself into `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) port: u16,
    /// It accepts connections, or says that it does.
    pub(super) ready: bool,
}

impl PidFile {
    pub(super) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            pid: lines.next()?.trim().parse().ok()?,
            port: lines.nth(2)?.trim().parse().ok()?,
            ready: lines.nth(3).is_some_and(|status| status.trim() == "ready"),
        })
    }
}

/// The process number alone: the file is written line by line while a postmaster starts.
pub(super) fn noted_pid(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// Whether `pid` is a live postmaster of the cluster at `data`. A number outlives its process:
/// after a crash or a reboot it may be anybody's.
pub(super) fn is_postmaster(pid: u32, data: &Path) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else {
        return false;
    };
    let args: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    let names_data = args
        .windows(2)
        .any(|pair| pair == [b"-D".as_slice(), data.as_os_str().as_encoded_bytes()]);
    names_data && is_alive(pid)
}

/// Neither gone nor a zombie that nobody has reaped.
pub(super) fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    })
}

/// Backends that outlived their postmaster: they work in `data` and hold its shared memory, which
/// keeps a new postmaster from starting.
pub(super) fn orphans(data: &Path) -> Vec<u32> {
    let pid_of = |entry: &fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == data))
        .filter(|entry| {
            fs::read_to_string(entry.path().join("comm"))
                .is_ok_and(|name| name.trim() == "postgres")
        })
        .filter_map(|entry| pid_of(&entry))
        .filter(|pid| is_alive(*pid))
        .collect()
}

/// Writes `text` to a new file that only its owner can read, whole or not at all.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    let _ = fs::remove_file(&unfinished);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_pid_file_and_half_of_one() {
        let whole = "4711\n/d/data\n1700000000\n43210\n\n127.0.0.1\n  123456     7\nready   \n";
        let file = PidFile::parse(whole).unwrap();
        assert_eq!(
            file,
            PidFile {
                pid: 4711,
                port: 43210,
                ready: true
            }
        );
        let starting = whole.replace("ready   ", "starting");
        assert!(!PidFile::parse(&starting).unwrap().ready);
        assert_eq!(PidFile::parse("4711\n/d/data\n"), None);
        assert_eq!(PidFile::parse(""), None);
    }

    #[test]
    fn this_test_is_alive_and_no_postmaster() {
        let pid = std::process::id();
        assert!(is_alive(pid));
        assert!(!is_postmaster(pid, Path::new("/nowhere")));
    }

    #[test]
    fn finds_accounts_but_never_root() {
        let accounts = "root:x:0:0:::\nlinli:x:0:0:::\npostgres:x:101:104::/:\n";
        assert_eq!(
            User::find(accounts, "postgres"),
            Some(User { uid: 101, gid: 104 })
        );
        assert_eq!(User::find(accounts, "linli"), None);
        assert_eq!(User::find(accounts, "nobody"), None);
    }

    #[test]
    fn says_how_to_get_postgres() {
        let failure = Programs::find_in(Path::new("/nowhere"), None, None).unwrap_err();
        assert_eq!(failure.status(), 2);
        assert!(failure.to_string().contains("scripts/setup run"));
        let failure = Programs::find_in(Path::new("/nowhere"), Some("14"), None).unwrap_err();
        assert!(failure.to_string().contains("PostgreSQL 14"));
    }
}
