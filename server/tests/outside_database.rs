//! Somebody else's PostgreSQL: who may make the roles, and what a person is told who may not.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use server::postgres::{Login, Postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{Dir, Linli};

async fn run_in(server: &Postgres, database: &str, sql: &str) {
    let options = server.options(Login::Superuser, database);
    let mut conn = PgConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

fn linli(dir: &Dir, command: &str, settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let ended = Linli::run(dir, &[command], settings);
    (ended.status, ended.said)
}

#[tokio::test]
async fn from_an_empty_server_to_a_serving_site() {
    let (elsewhere, dir) = (Dir::new(0o755), Dir::new(0o755));
    let server = elsewhere.start().await;
    let url = |name: &str, database: &str| {
        format!(
            "postgres://{name}:p%40ss@127.0.0.1:{}/{database}?sslmode=disable",
            server.port()
        )
    };
    run_in(
        &server,
        "postgres",
        "CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'p@ss'",
    )
    .await;
    run_in(
        &server,
        "postgres",
        "CREATE ROLE weak LOGIN PASSWORD 'p@ss'",
    )
    .await;
    run_in(&server, "postgres", "CREATE DATABASE one OWNER maker").await;
    run_in(&server, "postgres", "CREATE DATABASE two OWNER weak").await;

    // Without the serving login there is nothing to serve with, without the owner's none to migrate.
    let owner = url("maker", "one");
    let (status, said) = linli(&dir, "serve", &[("LINLI_OWNER_DATABASE_URL", &owner)]);
    assert_eq!(status, Some(2));
    assert!(said.contains("LINLI_DATABASE_URL is not set"), "{said}");
    let app = url("linli_app", "one");
    let (status, said) = linli(&dir, "migrate", &[("LINLI_DATABASE_URL", &app)]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("LINLI_OWNER_DATABASE_URL is not set"),
        "{said}"
    );

    // A login with CREATEROLE makes the roles, with the password from the serving URL.
    let both = [
        ("LINLI_OWNER_DATABASE_URL", &*owner),
        ("LINLI_DATABASE_URL", &*app),
    ];
    let (status, said) = linli(&dir, "migrate", &both);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = linli(&dir, "migrate", &both);
    assert_eq!(status, Some(0), "again: {said}");

    let serving = Linli::serve_with(&dir, &[("LINLI_DATABASE_URL", &app)]);
    assert!(serving.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(
        dir.noted_pid().is_none(),
        "no embedded cluster beside an outside one"
    );
    assert_eq!(serving.interrupt(), 0);

    // A login that may not make roles: the SQL is printed, and does what is needed.
    let weak = url("weak", "two");
    let (status, said) = linli(&dir, "migrate", &[("LINLI_OWNER_DATABASE_URL", &weak)]);
    assert_eq!(status, Some(2));
    let (told, sql) = said.split_once("\n\n").unwrap();
    assert!(told.contains("LINLI_OWNER_DATABASE_URL"), "{said}");
    let sql: Vec<&str> = sql.lines().filter(|line| !line.starts_with('\\')).collect();
    run_in(&server, "two", &sql.join("\n")).await;
    let (status, said) = linli(&dir, "migrate", &[("LINLI_OWNER_DATABASE_URL", &weak)]);
    assert_eq!(status, Some(0), "{said}");

    // A schema that this program does not know is not served from.
    run_in(
        &server,
        "two",
        "COMMENT ON TABLE public._sqlx_migrations IS 'Linli schema 0'",
    )
    .await;
    let (status, said) = linli(
        &dir,
        "serve",
        &[("LINLI_DATABASE_URL", &url("linli_app", "two"))],
    );
    assert_eq!(status, Some(2));
    assert!(
        said.contains("Linli schema 0") && said.contains("linli migrate"),
        "{said}"
    );

    // Nor with a login that row security does not bind.
    let (status, said) = linli(
        &dir,
        "serve",
        &[("LINLI_DATABASE_URL", &url("maker", "one"))],
    );
    assert_eq!(status, Some(2));
    assert!(said.contains("row security"), "{said}");
    assert!(!said.contains("p@ss") && !said.contains("p%40ss"), "{said}");
    server.stop().await;
}
