//! What the checks look at: the settings, who serves, and the ways to the database.

use std::{path::PathBuf, time::Duration};

use backend::kernel::clock::Clock;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::{Finding, PATIENCE};
use crate::{
    config::{Config, Database, Secret},
    failure::Failure,
    lock,
    postgres::{DATABASE, Login, Sight},
};

/// How long a database may take to let somebody in; below a check's own patience, so that what is
/// said is why.
const KNOCK: Duration = Duration::from_secs(4);

/// An installation, as it is found.
pub(super) struct Patient {
    pub(super) config: Config,
    pub(super) clock: Clock,
    /// The Linli that uses the data directory at the moment.
    pub(super) linli: Option<u32>,
    /// The embedded cluster; unset where the database is outside.
    pub(super) sight: Option<Sight>,
    pub(super) serving: Way,
    pub(super) owner: Way,
}

/// A way to the database through one login.
pub(super) enum Way {
    /// It was open a moment ago.
    Open(Box<PgConnectOptions>),
    /// Nobody is at fault: it is not set, or does not run just now.
    None(String),
    /// It should be open and is not.
    Shut(String),
}

impl Patient {
    /// Finds out once what many checks need.
    ///
    /// # Errors
    /// An outside database without its serving login; status 2.
    pub(super) async fn meet(config: &Config) -> Result<Self, Failure> {
        let folder = config.data_dir.clone();
        let path = config.search_path.clone();
        let embedded = config.database == Database::Embedded;
        let look = tokio::task::spawn_blocking(move || {
            let sight = embedded.then(|| Sight::of(&folder, path.as_deref()));
            (lock::holder(&folder.join("lock")), sight)
        });
        let (linli, sight) = timeout(PATIENCE, look)
            .await
            .map_err(|_| {
                let shown = config.data_dir.display();
                Failure::work(format!(
                    "LINLI_DATA_DIR: {shown} does not answer within {} s: see whether the disk is well",
                    PATIENCE.as_secs()
                ))
            })?
            .map_err(|e| Failure::work(format!("the first look failed: {e}")))?;
        let (serving, owner) = match &config.database {
            Database::Outside { serving: None, .. } => {
                return Err(Failure::setting(
                    "LINLI_DATABASE_URL is not set, though LINLI_OWNER_DATABASE_URL is: it names the login that serves",
                ));
            }
            Database::Outside {
                serving: Some(serving),
                owner,
            } => {
                let unset = || {
                    Way::None("LINLI_OWNER_DATABASE_URL is not set: linli migrate needs it".into())
                };
                (outside(serving), owner.as_ref().map_or_else(unset, outside))
            }
            Database::Embedded => {
                let way = |login| match &sight {
                    Some(sight) => by_sight(sight, login, linli),
                    None => Way::None("it was not looked for".to_owned()),
                };
                (way(Login::App), way(Login::Owner))
            }
        };
        let (serving, owner) = tokio::join!(tried(serving), tried(owner));
        Ok(Self {
            config: config.clone(),
            clock: Clock::system(),
            linli,
            sight,
            serving,
            owner,
        })
    }

    /// The folder of the embedded cluster, where it is made.
    pub(super) fn cluster(&self) -> Option<PathBuf> {
        self.sight.as_ref()?.folder.clone()
    }
}

impl Way {
    /// A connection, or why there is nothing to look at.
    pub(super) async fn conn(&self) -> Result<PgConnection, Finding> {
        match self {
            Self::Open(options) => connect(options)
                .await
                .map_err(|e| Finding::wrong(e, "see what PostgreSQL's log says")),
            Self::None(_) | Self::Shut(_) => {
                Err(Finding::note("not looked at: no way to the database"))
            }
        }
    }
}

fn outside(url: &Secret) -> Way {
    match url.reveal().parse::<PgConnectOptions>() {
        Ok(options) => Way::Open(Box::new(options)),
        Err(_) => Way::Shut("not a PostgreSQL URL".to_owned()),
    }
}

fn by_sight(sight: &Sight, login: Login, linli: Option<u32>) -> Way {
    match sight.options(login, DATABASE) {
        Ok(Some(options)) => Way::Open(Box::new(options)),
        Ok(None) => match linli {
            Some(pid) => Way::Shut(format!(
                "it does not run, though Linli does (process {pid})"
            )),
            None => Way::None("it does not run; linli serve starts it".to_owned()),
        },
        Err(failure) => Way::Shut(failure.to_string()),
    }
}

/// An open way that does not lead in is shut.
async fn tried(way: Way) -> Way {
    let Way::Open(options) = way else {
        return way;
    };
    match connect(&options).await {
        Ok(conn) => {
            let _ = timeout(KNOCK, conn.close()).await;
            Way::Open(options)
        }
        Err(e) => Way::Shut(e),
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, String> {
    let options = options.clone().application_name("linli doctor");
    match timeout(KNOCK, PgConnection::connect_with(&options)).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(e)) => Err(e.to_string()),
        Err(_) => Err(format!("no answer within {} s", KNOCK.as_secs())),
    }
}
