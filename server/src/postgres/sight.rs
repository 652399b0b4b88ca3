//! A cluster as it can be seen without touching it, whether Linli runs or not.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use sqlx::postgres::PgConnectOptions;

use super::{
    Login,
    cluster::{Passwords, made, version},
    process::{PidFile, Programs, is_postmaster},
};
use crate::failure::Failure;

/// What is there of the cluster of a data directory.
#[derive(Debug)]
pub struct Sight {
    /// Its folder; unset before it is made.
    pub folder: Option<PathBuf>,
    /// Major and minor version of the programs that would start it.
    pub programs: Result<(u32, u32), Failure>,
    /// Process number and port of its postmaster, once that says that it is ready.
    pub running: Option<(u32, u16)>,
    passwords: Option<Result<Passwords, Failure>>,
}

impl Sight {
    /// Looks at the cluster of `data_dir`. Makes nothing and locks nothing.
    #[must_use]
    pub fn of(data_dir: &Path, search_path: Option<&OsStr>) -> Self {
        let folder = fs::canonicalize(data_dir)
            .ok()
            .and_then(|data_dir| made(&data_dir))
            // As PostgreSQL's own command line names it.
            .map(|folder| fs::canonicalize(&folder).unwrap_or(folder));
        let data = folder.as_deref().map(|folder| folder.join("data"));
        let made_by = data.as_deref().and_then(version);
        let programs = Programs::find(made_by.as_deref(), search_path).and_then(|programs| {
            programs
                .version()
                .ok_or_else(|| Failure::work("postgres --version does not run"))
        });
        let running = data.as_deref().and_then(|data| {
            let file = PidFile::read(data)?;
            (file.ready && is_postmaster(file.pid, data)).then_some((file.pid, file.port))
        });
        let passwords = folder.as_deref().map(|folder| {
            let path = folder.join("passwords");
            Passwords::load(&path).unwrap_or_else(|e| {
                Err(Failure::setting(format!(
                    "{} cannot be read: {e}",
                    path.display()
                )))
            })
        });
        Self {
            folder,
            programs,
            running,
            passwords,
        }
    }

    /// How to connect as `login` to `database`; `None` while it does not run.
    ///
    /// # Errors
    /// The file with the passwords cannot be read or is not whole.
    pub fn options(
        &self,
        login: Login,
        database: &str,
    ) -> Result<Option<PgConnectOptions>, &Failure> {
        let Some((_, port)) = self.running else {
            return Ok(None);
        };
        let passwords = self.passwords.as_ref().map(Result::as_ref).transpose()?;
        Ok(passwords.map(|passwords| passwords.options(port, login, database)))
    }
}
