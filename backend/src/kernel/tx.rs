//! The only way to a connection: a transaction that carries its scope.

use std::time::Duration;

use domain::{HouseholdId, TenantId, identity::Scope};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    cx::{Actor, Cx},
    error::{Error, Result},
};

/// The pool, kept private: nothing outside this file can take a connection from it.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
}

/// Why the serving login was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("cannot reach the database: {0}")]
    Away(#[from] sqlx::Error),
    #[error(
        "the serving login \"{0}\" could bypass row security ({1}): serve with linli_app, which owns nothing and is no superuser"
    )]
    Unsafe(String, &'static str),
}

impl Db {
    /// Connects, and refuses a login that row security does not bind.
    ///
    /// # Errors
    /// When the database is away, or the login is a superuser, may bypass row security, owns a
    /// table or is a member of a role that does.
    pub async fn connect(options: PgConnectOptions, most: u32) -> Result<Self, ConnectError> {
        let pool = PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await?;
        let login = sqlx::query!(
            r#"SELECT r.rolname AS "name!",
                      bool_or(m.rolsuper) AS "superuser!",
                      bool_or(m.rolbypassrls) AS "bypass!",
                      EXISTS (SELECT FROM pg_class c
                              WHERE c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')
                                AND c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'vault'))) AS "owner!"
               FROM pg_roles r JOIN pg_roles m ON pg_has_role(r.oid, m.oid, 'MEMBER')
               WHERE r.rolname = current_user
               GROUP BY r.rolname"#
        )
        .fetch_one(&pool)
        .await?;
        let danger = match login {
            ref login if login.superuser => Some("it is a superuser or a member of one"),
            ref login if login.bypass => Some("it has BYPASSRLS"),
            ref login if login.owner => Some("it owns tables"),
            _ => None,
        };
        match danger {
            Some(why) => Err(ConnectError::Unsafe(login.name, why)),
            None => Ok(Self { pool }),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Unavailable when it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query!(r#"SELECT 1 AS "one!""#)
            .fetch_one(&self.pool)
            .await?;
        Ok(())
    }

    /// A transaction with no scope at all: every protected table is empty in it, and only the
    /// definer functions answer. For what comes before anybody is known.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn open(&self) -> Result<TenantTx> {
        Ok(TenantTx {
            tx: self.pool.begin().await?,
        })
    }

    /// A connection of its own that listens to one channel, from now on.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn listen(&self, channel: &str) -> Result<Notices> {
        let own = self.apart().await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(Notices { listener })
    }

    /// A place that one process has at a time; `None` while another has it.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn lease(&self, place: i64) -> Result<Option<Lease>> {
        let own = self.apart().await?;
        let mut conn = own.acquire().await?;
        let ours = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "ours!""#, place)
            .fetch_one(&mut *conn)
            .await?;
        Ok(ours.then_some(Lease { conn, _own: own }))
    }

    /// A pool of one connection, which would be missing in ours for as long as the process runs.
    async fn apart(&self) -> Result<PgPool> {
        Ok(PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(self.pool.connect_options().as_ref().clone())
            .await?)
    }

    /// Waits for the connections to come home, then closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// As Postgres writes an array: `{…,…}`.
fn array<'a>(ids: impl IntoIterator<Item = &'a Uuid>) -> String {
    let ids: Vec<String> = ids.into_iter().map(Uuid::to_string).collect();
    format!("{{{}}}", ids.join(","))
}

/// A place that this process has: an advisory lock, which ends with its connection.
#[derive(Debug)]
pub struct Lease {
    conn: PoolConnection<Postgres>,
    _own: PgPool,
}

impl Lease {
    /// Of the process that brings what devices say at a broker which is not ours.
    pub const BRIDGE: i64 = i64::from_be_bytes(*b"linlibrg");

    /// Whether the connection is still there, and with it the place.
    pub async fn holds(&mut self) -> bool {
        let asked = sqlx::query!(r#"SELECT 1 AS "one!""#).fetch_one(&mut *self.conn);
        matches!(timeout(Duration::from_secs(5), asked).await, Ok(Ok(_)))
    }
}

/// What is told on a channel, from the moment that it was opened.
#[derive(Debug)]
pub struct Notices {
    listener: PgListener,
}

impl Notices {
    /// The next notice. Nothing once the connection is lost: what was told since then is lost with
    /// it, and whoever listens has to begin anew.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn next(&mut self) -> Result<Option<String>> {
        let notice = self.listener.try_recv().await?;
        Ok(notice.map(|notice| notice.payload().to_owned()))
    }
}

/// A transaction under one tenant and one actor.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
}

impl TenantTx {
    /// BEGIN and all three walls in one round trip: the tenant, who asks, and the places of what
    /// they are about to do, as [`Cx::authorize`] answered. The settings end with the transaction:
    /// a session-level SET would outlive it on a pooled connection.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn begin(cx: &Cx, scope: &Scope) -> Result<Self> {
        let homes: [&[HouseholdId]; 2] = match &cx.actor {
            Actor::Resident {
                households,
                metered,
                ..
            } => [households, metered],
            _ => [&[], &[]],
        };
        Self::begin_as(&cx.site.db, cx.tenant.id, cx.actor.wall(), homes, scope).await
    }

    async fn begin_as(
        db: &Db,
        tenant: TenantId,
        actor: &'static str,
        homes: [&[HouseholdId]; 2],
        scope: &Scope,
    ) -> Result<Self> {
        // Nothing but uuids and fixed words is written into the text, so there is nothing to
        // escape; a simple query is what lets the statements travel together.
        let (places, around) = match scope {
            Scope::Everywhere => ("*".to_owned(), "{}".to_owned()),
            Scope::Within { places, around } => (array(places), array(around)),
        };
        let [homes, metered] = homes.map(|homes| array(homes.iter().map(|id| &id.0)));
        let statement = format!(
            "BEGIN; SET LOCAL app.tenant_id = '{}'; SET LOCAL app.actor = '{actor}'; SET LOCAL app.households = '{homes}'; \
             SET LOCAL app.metered = '{metered}'; SET LOCAL app.places = '{places}'; SET LOCAL app.around = '{around}'",
            tenant.0
        );
        Ok(Self {
            tx: db.pool.begin_with(AssertSqlSafe(statement)).await?,
        })
    }

    /// The connection, for a store.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// # Errors
    /// Unavailable when the database went away: then nothing was stored.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await.map_err(Error::from)
    }
}
