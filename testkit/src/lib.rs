//! Test support only: a database of its own for each test, and a clock that stands still.
//!
//! Tests connect as `linli_app`, the login that serves: a superuser sees every row, and a suite
//! that connects as one proves nothing.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up should end right there"
)]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// The password of the test cluster's serving login. The cluster listens on loopback only and
/// holds nothing but tests.
const PASSWORD: &str = "linli-test";
/// Guards the making of roles and of the template between test processes.
const LOCK: i64 = 0x006c_696e_6c69;

/// The moment at which tests happen unless they say otherwise: a Sunday, 14:30 in Shanghai.
///
/// # Panics
/// Never: the text is a valid time.
#[must_use]
pub fn noon() -> Timestamp {
    "2026-11-22T06:30:00Z".parse().expect("a valid time")
}

/// A migrated database of one test, dropped when the test ends.
#[derive(Debug)]
pub struct TestDb {
    name: String,
    server: PgConnectOptions,
    admin: PgPool,
}

impl TestDb {
    /// How `linli_app`, the serving login, connects.
    #[must_use]
    pub fn app(&self) -> PgConnectOptions {
        self.server
            .clone()
            .database(&self.name)
            .username("linli_app")
            .password(PASSWORD)
    }

    /// How `linli_owner`, the migrating login, connects.
    #[must_use]
    pub fn owner(&self) -> PgConnectOptions {
        self.server
            .clone()
            .database(&self.name)
            .username("linli_owner")
            .password(PASSWORD)
    }

    /// A superuser's pool on the test's database, to look behind the walls.
    #[must_use]
    pub const fn admin(&self) -> &PgPool {
        &self.admin
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (name, server) = (self.name.clone(), self.server.clone());
        // Drop cannot wait, and the test's own runtime is on its way out.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(mut conn) = PgConnection::connect_with(&server).await {
                        let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
                        let _ = conn.execute(AssertSqlSafe(sql)).await;
                    }
                });
            }
        });
        let _ = dropping.join();
    }
}

/// Makes a database for one test from a template that holds the migrations.
///
/// # Panics
/// Where `LINLI_TEST_DATABASE_URL` (a superuser's, made by `scripts/postgres-test start`) is
/// missing or does not answer.
pub async fn database() -> TestDb {
    #[expect(clippy::disallowed_methods, reason = "test configuration")]
    let url = std::env::var("LINLI_TEST_DATABASE_URL").expect(
        "LINLI_TEST_DATABASE_URL is not set: run `scripts/postgres-test start`, or `make test`",
    );
    let server: PgConnectOptions = url.parse().expect("LINLI_TEST_DATABASE_URL is a URL");
    let mut conn = PgConnection::connect_with(&server)
        .await
        .expect("the test server answers");
    let template = template(&server, &mut conn).await;

    let name = format!(
        "linli_t_{}_{}",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::SeqCst)
    );
    for sql in [
        format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
        format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" OWNER linli_owner"),
    ] {
        conn.execute(AssertSqlSafe(sql))
            .await
            .expect("a test database can be made");
    }
    let admin = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(20))
        .connect_with(server.clone().database(&name))
        .await
        .expect("the test database answers");
    TestDb {
        name,
        server,
        admin,
    }
}

/// The migrated template, made once for each version of the migrations.
async fn template(server: &PgConnectOptions, conn: &mut PgConnection) -> String {
    let version = MIGRATIONS.iter().fold(0_u64, |sum, migration| {
        migration
            .checksum
            .iter()
            .fold(sum.rotate_left(7), |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
            })
    });
    let name = format!("linli_template_{version:016x}");
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut *conn)
        .await
        .expect("lock");
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut *conn)
            .await
            .expect("the catalogue answers");
    if !there {
        make_template(server, conn, &name).await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(LOCK)
        .execute(conn)
        .await
        .expect("unlock");
    name
}

async fn make_template(server: &PgConnectOptions, conn: &mut PgConnection, name: &str) {
    for sql in [
        include_str!("../../server/sql/roles.sql").to_owned(),
        format!("ALTER ROLE linli_owner PASSWORD '{PASSWORD}'"),
        format!("ALTER ROLE linli_app PASSWORD '{PASSWORD}'"),
    ] {
        conn.execute(AssertSqlSafe(sql))
            .await
            .expect("roles can be made");
    }
    // Under another name until it is whole: a killed run must not leave half a template behind.
    let draft = format!("{name}_draft");
    for sql in [
        format!("DROP DATABASE IF EXISTS \"{draft}\" WITH (FORCE)"),
        format!("CREATE DATABASE \"{draft}\" OWNER linli_owner"),
    ] {
        conn.execute(AssertSqlSafe(sql))
            .await
            .expect("a template can be made");
    }
    let owner = server
        .clone()
        .database(&draft)
        .username("linli_owner")
        .password(PASSWORD);
    let mut owner = PgConnection::connect_with(&owner)
        .await
        .expect("linli_owner connects");
    MIGRATIONS
        .run(&mut owner)
        .await
        .expect("the migrations run");
    owner.close().await.expect("linli_owner leaves");
    let sql = format!("ALTER DATABASE \"{draft}\" RENAME TO \"{name}\"");
    conn.execute(AssertSqlSafe(sql))
        .await
        .expect("the template gets its name");
}
