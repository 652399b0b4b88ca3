//! `linli doctor` through the real program: a healthy installation, and one ill in each way.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

use backend::kernel::keys::Keys;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use support::{Dir, Ended, Linli, PATIENCE};

/// A built site, or what passes for one.
fn site(dir: &Dir) -> String {
    let root = dir.0.join("site");
    fs::create_dir_all(root.join("pkg/1")).unwrap();
    fs::write(root.join("pkg/current"), "1\n").unwrap();
    for file in ["pkg/1/linli.js", "pkg/1/linli.wasm", "pkg/linli.css"] {
        fs::write(root.join(file), "").unwrap();
    }
    root.to_str().unwrap().to_owned()
}

fn doctor(dir: &Dir, settings: &[(&str, &str)]) -> Ended {
    let site = site(dir);
    // What is free on the disk of whoever runs these tests is not what they look at.
    let ours = [("LINLI_SITE_ROOT", &*site), ("LINLI_SPARE_DISK", "0")];
    let settings = [&ours, settings].concat();
    let since = Instant::now();
    let ended = Linli::run(dir, &["doctor"], &settings);
    assert!(since.elapsed() < PATIENCE / 2, "it hangs");
    ended
}

/// The line about `subject`.
fn line<'a>(ended: &'a Ended, subject: &str) -> &'a str {
    ended
        .out
        .lines()
        .find(|line| line.get(7..).is_some_and(|rest| rest.starts_with(subject)))
        .unwrap_or_else(|| panic!("no line about {subject}: {ended:?}"))
}

fn wrong(ended: &Ended) -> Vec<&str> {
    ended
        .out
        .lines()
        .filter(|line| line.starts_with("WRONG"))
        .collect()
}

#[test]
fn well_before_the_first_start_while_running_and_after() {
    let dir = Dir::new(0o755);
    let fresh = dir.0.join("not made yet");
    let before = doctor(&dir, &[("LINLI_DATA_DIR", fresh.to_str().unwrap())]);
    assert_eq!(before.status, Some(0), "{before:?}");
    assert!(line(&before, "key file").starts_with("note "), "{before:?}");
    assert!(!fresh.exists(), "nothing was made");

    let linli = Linli::serve(&dir);
    let http = linli.url.strip_prefix("http://").unwrap().to_owned();
    let beside = doctor(
        &dir,
        &[
            ("LINLI_HTTP_ADDR", &http),
            ("LINLI_MQTT_LISTEN", &linli.mqtt),
        ],
    );
    assert_eq!(beside.status, Some(0), "{beside:?}");
    assert!(wrong(&beside).is_empty());
    let pid = linli.process.id();
    for (subject, said) in [
        ("data directory", format!("in use by Linli (process {pid})")),
        ("HTTP port", format!("where Linli listens (process {pid})")),
        ("broker", format!("where Linli listens (process {pid})")),
        ("key file", "for its owner only".to_owned()),
        ("stored secrets", "nothing is encrypted yet".to_owned()),
        ("PostgreSQL", "embedded (process".to_owned()),
        ("serving login", "row security binds it".to_owned()),
        ("migrating login", "linli_owner gets in".to_owned()),
        ("migrations", "are applied".to_owned()),
        ("row security", "forced on all".to_owned()),
        ("partitions", "this month and the next".to_owned()),
        ("definer functions", "as linli_lookup".to_owned()),
        ("clock", "s from the database's".to_owned()),
        ("site files", "version 1".to_owned()),
        ("demo log-ins", "there are none".to_owned()),
        (
            "mail and SMS",
            "mail is printed, for this machine only".to_owned(),
        ),
    ] {
        let line = line(&beside, subject);
        assert!(line.contains(&said), "{line}");
    }
    let last = beside.out.lines().last().unwrap();
    assert!(last.ends_with(" 0 wrong"), "{last}");
    assert!(
        linli.get("/readyz").starts_with("HTTP/1.1 200"),
        "untouched"
    );
    assert_eq!(linli.interrupt(), 0);

    let after = doctor(&dir, &[]);
    assert_eq!(after.status, Some(0), "{after:?}");
    assert!(
        line(&after, "PostgreSQL").contains("linli serve starts"),
        "{after:?}"
    );
    assert!(dir.noted_pid().is_none(), "nothing was started");
}

#[test]
fn a_key_file_that_others_read_and_a_port_that_is_taken() {
    let dir = Dir::new(0o755);
    let keys = dir.0.join("keys");
    fs::write(&keys, format!("linli-keys 1\n{}\n", "ab".repeat(32))).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = held.local_addr().unwrap().to_string();
    let ended = doctor(&dir, &[("LINLI_MQTT_LISTEN", &addr)]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(wrong(&ended).len(), 2, "{ended:?}");
    let line_ = line(&ended, "key file");
    assert!(line_.contains("mode 0644") && line_.contains("chmod 600"));
    let line_ = line(&ended, "broker");
    assert!(
        line_.contains(&format!("(process {})", std::process::id())),
        "{line_}"
    );
    assert!(ended.out.ends_with(" 2 wrong\n"), "{}", ended.out);
    assert!(!ended.out.contains("abab"), "{}", ended.out);

    let json = Linli::run(&dir, &["doctor", "--json"], &[("LINLI_MQTT_LISTEN", &addr)]);
    assert_eq!(json.status, Some(1));
    let json: Value = serde_json::from_str(&json.out).unwrap();
    let key = json["checks"].as_array().unwrap();
    let key = key
        .iter()
        .find(|check| check["subject"] == "key file")
        .unwrap();
    assert_eq!(key["mark"], "wrong");
    assert!(json["counts"]["ok"].as_u64().unwrap() > 0);

    // An outside broker is looked at where it is; its password is nobody's to read.
    let outside = [("LINLI_MQTT_URL", "mqtt://linli:hidden@127.0.0.1:1")];
    let ended = doctor(&dir, &outside);
    assert!(line(&ended, "broker").contains("mqtt://127.0.0.1:1 does not answer"));
    assert!(!ended.out.contains("hidden"), "{}", ended.out);

    let refused = doctor(&dir, &[("LINLI_HTTP_ADDR", "everywhere")]);
    assert_eq!(
        (refused.status, &*refused.out),
        (Some(2), ""),
        "{refused:?}"
    );
    assert!(refused.said.contains("LINLI_HTTP_ADDR"), "{refused:?}");
}

#[test]
fn a_disk_that_is_nearly_full() {
    let dir = Dir::new(0o755);
    // More than any disk has.
    let ended = doctor(&dir, &[("LINLI_SPARE_DISK", "9999999999")]);
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert_eq!(wrong(&ended), [line(&ended, "disk space")]);
}

#[test]
fn a_database_that_is_away() {
    let dir = Dir::new(0o755);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    let url = |login: &str| format!("postgres://{login}:hunter2@127.0.0.1:{port}/linli");
    let (app, owner) = (url("linli_app"), url("linli_owner"));
    let settings = [
        ("LINLI_DATABASE_URL", &*app),
        ("LINLI_OWNER_DATABASE_URL", &*owner),
    ];
    // It takes connections and says nothing; then it is gone.
    let silent = doctor(&dir, &settings);
    drop(nobody);
    let gone = doctor(&dir, &settings);
    for ended in [silent, gone] {
        assert_eq!(ended.status, Some(1), "{ended:?}");
        assert!(line(&ended, "serving login").contains("LINLI_DATABASE_URL"));
        assert!(line(&ended, "migrating login").contains("LINLI_OWNER_DATABASE_URL"));
        assert!(line(&ended, "row security").starts_with("note "));
        assert_eq!(wrong(&ended).len(), 3, "{ended:?}");
        assert!(!format!("{ended:?}").contains("hunter2"));
    }
    let half = doctor(&dir, &settings[1..]);
    assert_eq!(half.status, Some(2), "{half:?}");
}

/// The logins of a test's database as URLs: serving and migrating.
fn urls(db: &testkit::TestDb) -> [String; 2] {
    [db.app(), db.owner()].map(|options: PgConnectOptions| {
        format!(
            "postgres://{}:linli-test@{}:{}/{}",
            options.get_username(),
            options.get_host(),
            options.get_port(),
            db.name()
        )
    })
}

#[tokio::test]
async fn walls_that_were_torn_down_are_named() {
    let (dir, db) = (Dir::new(0o755), testkit::database().await);
    let [app, owner] = urls(&db);
    let settings = [
        ("LINLI_DATABASE_URL", &*app),
        ("LINLI_OWNER_DATABASE_URL", &*owner),
    ];
    let admin = db.admin().connect_options().as_ref().clone();
    let mut admin = PgConnection::connect_with(&admin).await.unwrap();
    // The test's template is made without the program, which leaves its mark.
    let ended = doctor(&dir, &settings);
    assert!(
        line(&ended, "migrations").starts_with("WRONG")
            && line(&ended, "migrations").contains("linli migrate"),
        "{ended:?}"
    );
    let migrated = Linli::run(&dir, &["migrate"], &settings);
    assert_eq!(migrated.status, Some(0), "{migrated:?}");
    let ended = doctor(&dir, &settings);
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(line(&ended, "partitions").starts_with("note "), "{ended:?}");

    for (tear, mend, subject, told) in [
        (
            "DROP POLICY tenant_wall ON unit",
            "CREATE POLICY tenant_wall ON unit TO linli_app USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
             WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)",
            "row security",
            "public.unit: the policy tenant_wall is missing",
        ),
        (
            "DROP POLICY home_wall ON point",
            "CREATE POLICY home_wall ON point AS RESTRICTIVE TO linli_app USING (current_setting('app.actor', true) IN ('staff', 'system'))
             WITH CHECK (current_setting('app.actor', true) IN ('staff', 'system'))",
            "row security",
            "public.point: the policy home_wall is missing",
        ),
        (
            "DROP POLICY place_wall ON unit",
            "SELECT linli.wall_in('unit', '{estate_id,id}')",
            "row security",
            "public.unit: the policy place_wall is missing",
        ),
        (
            "ALTER TABLE resident NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE resident FORCE ROW LEVEL SECURITY",
            "row security",
            "public.resident: row security is not forced",
        ),
        (
            "CREATE POLICY handy ON household TO linli_app USING (true)",
            "DROP POLICY handy ON household",
            "row security",
            "public.household: lets the serving login see more by handy",
        ),
        (
            "CREATE TABLE bare (tenant_id uuid)",
            "DROP TABLE bare",
            "row security",
            "public.bare: row security is off",
        ),
        (
            "ALTER VIEW device_row RESET (security_invoker)",
            "ALTER VIEW device_row SET (security_invoker = true)",
            "row security",
            "public.device_row: the view",
        ),
        (
            "ALTER FUNCTION linli.any_tenant() OWNER TO linli_owner",
            "ALTER FUNCTION linli.any_tenant() OWNER TO linli_lookup",
            "definer functions",
            "linli.any_tenant has the wrong owner",
        ),
        (
            "COMMENT ON TABLE _sqlx_migrations IS 'Linli schema 3'",
            "COMMENT ON TABLE _sqlx_migrations IS 'Linli schema 999'",
            "migrations",
            "are missing",
        ),
    ] {
        run(&mut admin, tear).await;
        let ended = doctor(&dir, &settings);
        run(&mut admin, mend).await;
        assert_eq!(ended.status, Some(1), "{tear}: {ended:?}");
        let line = line(&ended, subject);
        assert!(line.starts_with("WRONG") && line.contains(told), "{tear}: {line}");
        assert!(line.contains("to mend it: "), "{line}");
        assert_eq!(ended.out.lines().count(), 20, "one line a check: {}", ended.out);
        assert!(!format!("{ended:?}").contains("linli-test@"));
    }
    let ended = doctor(&dir, &settings);
    assert!(
        line(&ended, "migrations").contains("does not know"),
        "{ended:?}"
    );

    // Serving through the owner is what row security must not depend on.
    let ended = doctor(&dir, &[("LINLI_DATABASE_URL", &owner)]);
    let line = line(&ended, "serving login");
    assert!(
        line.starts_with("WRONG") && line.contains("it owns tables"),
        "{line}"
    );
}

#[tokio::test]
async fn a_key_file_that_does_not_open_what_is_stored() {
    let (dir, db) = (Dir::new(0o755), testkit::database().await);
    let [app, owner] = urls(&db);
    let settings = [
        ("LINLI_DATABASE_URL", &*app),
        ("LINLI_OWNER_DATABASE_URL", &*owner),
    ];
    let tenant = domain::TenantId(uuid::Uuid::from_u128(1));
    let sealed = Keys::from_master([0xab; 32])
        .seal_phone(tenant, [1; 12], "13812345678")
        .unwrap();
    let mut tx = db.admin().begin().await.unwrap();
    // The household does not matter here.
    sqlx::raw_sql("SET LOCAL session_replication_role = replica")
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, phone_cipher, relation, created_at)
         VALUES ($1, $1, $1, $1, $1, '王小明', $2, 'owner', now())",
    )
    .bind(tenant.0)
    .bind(sealed)
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();

    let keys = dir.0.join("keys");
    let key = |byte: &str| {
        fs::write(&keys, format!("linli-keys 1\n{}\n", byte.repeat(32))).unwrap();
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
        doctor(&dir, &settings)
    };
    let said = |ended: &Ended| line(ended, "stored secrets").to_owned();
    assert!(said(&key("ab")).starts_with("ok "));
    let other = said(&key("cd"));
    assert!(
        other.starts_with("WRONG") && other.contains("another one"),
        "{other}"
    );
    fs::remove_file(&keys).unwrap();
    let none = said(&doctor(&dir, &settings));
    assert!(
        none.starts_with("WRONG") && none.contains("no key file"),
        "{none}"
    );
    // The migrating login is what looks; without it nothing can be said.
    let blind = said(&doctor(&dir, &settings[..1]));
    assert!(blind.contains("needs LINLI_OWNER_DATABASE_URL"), "{blind}");
}

async fn run(admin: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(admin)
        .await
        .unwrap();
}
