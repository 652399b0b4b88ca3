//! What every command that works with data stands on, brought up in this order and let go in the
//! reverse: data directory and its lock, keys, PostgreSQL, schema, pool.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::Path,
};

use backend::kernel::{
    keys::Keys,
    tx::{ConnectError, Db},
};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use crate::{
    config::{Config, Database, Secret},
    failure::Failure,
    keys::MasterKey,
    lock::Lock,
    migrate,
    postgres::{DATABASE, Login, Postgres, Sight},
};

/// Connections of the serving pool. The embedded cluster allows 100 in all.
const MOST_CONNECTIONS: u32 = 32;

/// A database at the right version, and the way to it.
#[derive(Debug)]
pub struct Ground {
    /// Every key, derived from the key file.
    pub keys: Keys,
    /// The serving login's pool.
    pub db: Db,
    postgres: Option<Postgres>,
    _lock: Option<Lock>,
}

impl Ground {
    /// Brings it up, migrating on the way wherever the migrating login is known.
    ///
    /// # Errors
    /// The part that failed, in one line; what was started before it is stopped again.
    pub async fn start(config: &Config) -> Result<Self, Failure> {
        make_data_dir(&config.data_dir)?;
        // With both outside nothing is kept there but the keys: processes may share it.
        let lock = (!config.may_be_shared())
            .then(|| lock(&config.data_dir))
            .transpose()?;
        let keys = MasterKey::load_or_make(&config.key_file)?.keys();
        let (postgres, serving) = prepare(config).await?;
        match connect(serving).await {
            Ok(db) => Ok(Self {
                keys,
                db,
                postgres,
                _lock: lock,
            }),
            Err(e) => {
                stop(postgres).await;
                Err(e)
            }
        }
    }

    /// Closes the pool once its connections have come home, then stops the embedded cluster.
    pub async fn stop(self) {
        self.db.close().await;
        stop(self.postgres).await;
    }
}

/// `linli migrate`: brings the schema up to date and stops what it started.
///
/// # Errors
/// The part that failed, in one line.
pub async fn migrate(config: &Config) -> Result<(), Failure> {
    if let Database::Outside { serving, owner } = &config.database {
        let owner = owner.as_ref().ok_or_else(|| {
            Failure::setting("LINLI_OWNER_DATABASE_URL is not set: linli migrate needs the login that owns the tables")
        })?;
        return migrate::outside(owner.reveal(), serving.as_ref().map(Secret::reveal)).await;
    }
    make_data_dir(&config.data_dir)?;
    let _lock = lock(&config.data_dir)?;
    let (postgres, _) = prepare(config).await?;
    stop(postgres).await;
    Ok(())
}

/// The operator's way to the database: a connection as `linli_owner`, beside a running server or
/// without one.
#[derive(Debug)]
pub struct Operating {
    pub conn: PgConnection,
    /// Where nobody else runs it: started for this one command.
    cluster: Option<(Postgres, Lock)>,
}

impl Operating {
    /// Connects, starting the embedded cluster where it does not run.
    ///
    /// # Errors
    /// There is no database yet, it is of another version, or it does not let the login in.
    pub async fn start(config: &Config) -> Result<Self, Failure> {
        let (options, cluster) = match &config.database {
            Database::Outside { owner, .. } => {
                let owner = owner.as_ref().ok_or_else(|| {
                    Failure::setting("LINLI_OWNER_DATABASE_URL is not set: linli company needs the login that owns the tables")
                })?;
                let options = owner.reveal().parse::<PgConnectOptions>().map_err(|_| {
                    Failure::setting("LINLI_OWNER_DATABASE_URL is not a PostgreSQL URL")
                })?;
                (options, None)
            }
            Database::Embedded => embedded(config).await?,
        };
        match migrate::as_owner(&options).await {
            Ok(conn) => Ok(Self { conn, cluster }),
            Err(e) => {
                if let Some((postgres, _lock)) = cluster {
                    postgres.stop().await;
                }
                Err(e)
            }
        }
    }

    /// Closes the connection, and stops what was started for it.
    pub async fn stop(self) {
        if let Err(e) = self.conn.close().await {
            tracing::debug!(error = %e, "the connection did not close cleanly");
        }
        if let Some((postgres, _lock)) = self.cluster {
            postgres.stop().await;
        }
    }
}

/// The embedded cluster as it runs, or else started. None is made: an empty one has no companies.
async fn embedded(
    config: &Config,
) -> Result<(PgConnectOptions, Option<(Postgres, Lock)>), Failure> {
    let (folder, path) = (config.data_dir.clone(), config.search_path.clone());
    let sight = tokio::task::spawn_blocking(move || Sight::of(&folder, path.as_deref()))
        .await
        .map_err(|e| Failure::work(format!("looking for the database failed: {e}")))?;
    if sight.folder.is_none() {
        return Err(Failure::setting(format!(
            "LINLI_DATA_DIR: {} holds no database yet: linli serve makes it",
            config.data_dir.display()
        )));
    }
    match sight.options(Login::Owner, DATABASE) {
        Ok(Some(options)) => return Ok((options, None)),
        Ok(None) => {}
        Err(failure) => return Err(Failure::setting(failure.to_string())),
    }
    let lock = lock(&config.data_dir)?;
    let cluster = Postgres::start(&config.data_dir, config.search_path.clone()).await?;
    if let Err(e) = migrate::embedded(&cluster).await {
        cluster.stop().await;
        return Err(e);
    }
    let options = cluster.options(Login::Owner, DATABASE);
    Ok((options, Some((cluster, lock))))
}

/// For whoever is alone in the data directory.
fn lock(data_dir: &Path) -> Result<Lock, Failure> {
    Lock::take(&data_dir.join("lock"))
}

fn make_data_dir(path: &Path) -> Result<(), Failure> {
    let unusable = |e: std::io::Error| {
        Failure::setting(format!(
            "LINLI_DATA_DIR: {} cannot be used: {e}",
            path.display()
        ))
    };
    if !path.is_dir() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        // Root's PostgreSQL runs as another user, who has to get through to its own folder.
        if fs::metadata(path).map_err(unusable)?.uid() == 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o711)).map_err(unusable)?;
        }
    }
    Ok(())
}

/// The migrated database: the embedded cluster where there is one, and the serving login.
async fn prepare(config: &Config) -> Result<(Option<Postgres>, PgConnectOptions), Failure> {
    let (serving, owner) = match &config.database {
        Database::Outside { serving, owner } => (serving, owner),
        Database::Embedded => {
            let cluster = Postgres::start(&config.data_dir, config.search_path.clone()).await?;
            if let Err(e) = migrate::embedded(&cluster).await {
                cluster.stop().await;
                return Err(e);
            }
            let serving = cluster.options(Login::App, DATABASE);
            return Ok((Some(cluster), serving));
        }
    };
    let serving = serving.as_ref().ok_or_else(|| {
        Failure::setting("LINLI_DATABASE_URL is not set, though LINLI_OWNER_DATABASE_URL is: it names the login that serves")
    })?;
    if let Some(owner) = owner {
        migrate::outside(owner.reveal(), Some(serving.reveal())).await?;
    }
    let options: PgConnectOptions = serving
        .reveal()
        .parse()
        .map_err(|_| Failure::setting("LINLI_DATABASE_URL is not a PostgreSQL URL"))?;
    migrate::check_version(&options).await?;
    Ok((None, options))
}

async fn connect(serving: PgConnectOptions) -> Result<Db, Failure> {
    let options = serving.application_name("linli");
    Db::connect(options, MOST_CONNECTIONS)
        .await
        .map_err(|e| match e {
            ConnectError::Away(_) => Failure::work(e.to_string()),
            ConnectError::Unsafe(..) => Failure::setting(format!("LINLI_DATABASE_URL: {e}")),
        })
}

async fn stop(postgres: Option<Postgres>) {
    if let Some(postgres) = postgres {
        postgres.stop().await;
    }
}
