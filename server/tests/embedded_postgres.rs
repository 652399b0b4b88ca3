//! The embedded cluster over real processes: every way that it, or Linli, may end.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::Command,
    time::{Duration, Instant},
};

use server::postgres::{Login, Postgres};
use sqlx::{Connection, PgConnection};
use support::{Dir, Linli, PATIENCE, alive, kill, wait_until};

async fn ask(postgres: &Postgres, question: &'static str) -> String {
    let since = Instant::now();
    loop {
        let options = postgres.options(Login::Superuser, "postgres");
        let answer = async {
            let mut conn = PgConnection::connect_with(&options).await?;
            sqlx::query_scalar::<_, String>(question)
                .fetch_one(&mut conn)
                .await
        };
        match answer.await {
            Ok(answer) => return answer,
            Err(e) => assert!(since.elapsed() < PATIENCE, "{question}: {e}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A table with one row, to be found again.
async fn mark(postgres: &Postgres) {
    let mut conn = PgConnection::connect_with(&postgres.options(Login::Superuser, "postgres"))
        .await
        .unwrap();
    sqlx::raw_sql("CREATE TABLE mark AS SELECT 'kept'::text AS mark")
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}

const MARK: &str = "SELECT mark FROM mark";

#[tokio::test]
async fn starts_with_safe_settings_stops_and_keeps_its_rows() {
    let dir = Dir::new(0o755);
    let postgres = dir.start().await;
    let pid = postgres.pid();
    assert!(alive(pid));
    for (question, answer) in [
        ("SHOW fsync", "on"),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW lc_ctype", "C.UTF-8"),
        ("SHOW listen_addresses", "127.0.0.1"),
        ("SHOW unix_socket_directories", ""),
        ("SHOW password_encryption", "scram-sha-256"),
        (
            "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules",
            "scram-sha-256",
        ),
    ] {
        assert_eq!(ask(&postgres, question).await, answer, "{question}");
    }
    mark(&postgres).await;
    let passwords = fs::metadata(dir.cluster().join("passwords")).unwrap();
    assert_eq!(passwords.mode() & 0o777, 0o600);
    assert!(!dir.cluster().join("password.new").exists());
    let owner = fs::metadata(dir.cluster().join("data")).unwrap().uid();
    assert_ne!(owner, 0, "PostgreSQL never runs as root");

    postgres.stop().await;
    assert!(!alive(pid));
    assert!(dir.noted_pid().is_none());

    let postgres = dir.start().await;
    assert_eq!(ask(&postgres, MARK).await, "kept");
    postgres.stop().await;
}

#[tokio::test]
async fn a_second_one_is_refused() {
    let dir = Dir::new(0o755);
    let postgres = dir.start().await;
    let failure = Postgres::start(&dir.0, None).await.unwrap_err();
    assert_eq!(failure.status(), 2);
    assert!(
        failure
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{failure}"
    );
    postgres.stop().await;
}

#[tokio::test]
async fn a_killed_postmaster_comes_back_on_the_same_port() {
    let dir = Dir::new(0o755);
    let postgres = dir.start().await;
    let (pid, port) = (postgres.pid(), postgres.port());
    mark(&postgres).await;
    // A backend amid a query does not notice that its postmaster is gone, and holds on to the
    // shared memory that the next one needs.
    let options = postgres.options(Login::Superuser, "postgres");
    let busy = tokio::spawn(async move {
        let mut conn = PgConnection::connect_with(&options).await.unwrap();
        let _ = sqlx::raw_sql("SELECT count(*) FROM generate_series(1, 100000000000)")
            .execute(&mut conn)
            .await;
    });
    tokio::time::sleep(Duration::from_millis(300)).await;

    kill("KILL", pid);
    let since = Instant::now();
    while postgres.pid() == pid {
        assert!(
            since.elapsed() < PATIENCE,
            "not started again within a minute"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ask(&postgres, MARK).await, "kept");
    assert_eq!(postgres.port(), port);
    assert!(!alive(pid));
    busy.await.unwrap();
    postgres.stop().await;
}

#[tokio::test]
async fn one_left_running_is_adopted_and_supervised() {
    let dir = Dir::new(0o755);
    let first = dir.start().await;
    let (pid, port) = (first.pid(), first.port());
    mark(&first).await;
    drop(first);
    // Its supervisor lets go of the lock as soon as it runs again.
    tokio::time::sleep(Duration::from_millis(500)).await;

    let second = dir.start().await;
    assert_eq!((second.pid(), second.port()), (pid, port));
    assert_eq!(ask(&second, MARK).await, "kept");
    kill("KILL", pid);
    let since = Instant::now();
    while second.pid() == pid {
        assert!(
            since.elapsed() < PATIENCE,
            "not started again within a minute"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ask(&second, MARK).await, "kept");
    second.stop().await;
    assert!(dir.noted_pid().is_none());
}

#[tokio::test]
async fn a_stale_pid_file_is_no_obstacle() {
    let dir = Dir::new(0o755);
    let postgres = dir.start().await;
    mark(&postgres).await;
    let text = fs::read_to_string(dir.pid_file()).unwrap();
    let number = postgres.pid().to_string();
    postgres.stop().await;

    // A number that nobody has, and one that went to somebody else: a process of the very user
    // that the cluster runs as, which PostgreSQL by itself would take for its postmaster.
    let owner = fs::metadata(dir.cluster().join("data")).unwrap();
    let mut other = Command::new("sleep");
    other.arg("600");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        use std::os::unix::process::CommandExt;
        other.uid(owner.uid()).gid(owner.gid());
    }
    let mut other = other.spawn().unwrap();
    for pid in [u32::MAX >> 2, other.id()] {
        fs::write(dir.pid_file(), text.replacen(&number, &pid.to_string(), 1)).unwrap();
        let postgres = dir.start().await;
        assert_eq!(ask(&postgres, MARK).await, "kept");
        postgres.stop().await;
    }
    assert!(other.try_wait().unwrap().is_none(), "a stranger was killed");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn a_crash_while_making_the_cluster_leaves_nothing_in_the_way() {
    let dir = Dir::new(0o755);
    let unfinished = dir.cluster().join("data.new");
    fs::create_dir_all(unfinished.join("base")).unwrap();
    fs::set_permissions(dir.cluster(), fs::Permissions::from_mode(0o711)).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let postgres = dir.start().await;
    assert!(!unfinished.exists());
    postgres.stop().await;
}

#[tokio::test]
async fn as_root_a_closed_folder_sends_the_cluster_elsewhere() {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let dir = Dir::new(0o700);
    let postgres = dir.start().await;
    assert_eq!(dir.0.join("postgres.place").exists(), is_root);
    assert_eq!(dir.cluster().starts_with("/var/lib/linli"), is_root);
    mark(&postgres).await;
    postgres.stop().await;
    let postgres = dir.start().await;
    assert_eq!(ask(&postgres, MARK).await, "kept");
    postgres.stop().await;

    if is_root {
        let first = dir.cluster();
        fs::remove_file(dir.0.join("postgres.place")).unwrap();
        let postgres = dir.start().await;
        assert_ne!(
            dir.cluster(),
            first,
            "a deleted data directory's rows must not come back"
        );
        postgres.stop().await;
        fs::remove_dir_all(dir.cluster()).unwrap();
        let failure = Postgres::start(&dir.0, None).await.unwrap_err();
        assert!(failure.to_string().contains("is not there"), "{failure}");
        fs::remove_dir_all(first).unwrap();
    }
}

#[test]
fn linli_killed_and_started_again_finds_its_database() {
    let dir = Dir::new(0o755);
    let mut first = Linli::serve(&dir);
    assert!(first.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(first.get("/healthz").contains("x-request-id: "));
    assert!(first.get("/metrics").contains("http_requests_total"));
    let pid = dir.noted_pid().unwrap();

    let second = Linli::command(&dir).arg("migrate").output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(
        said.contains(&format!("process {}", first.process.id())),
        "{said}"
    );

    first.process.kill().unwrap();
    first.process.wait().unwrap();
    assert!(alive(pid), "PostgreSQL outlives a killed Linli");

    let second = Linli::serve(&dir);
    assert_eq!(dir.noted_pid(), Some(pid), "adopted");
    assert!(second.get("/readyz").starts_with("HTTP/1.1 200"));

    kill("KILL", pid);
    wait_until("a new postmaster runs", || {
        dir.noted_pid().is_some_and(|new| new != pid && alive(new))
    });
    wait_until("the pool has recovered", || {
        second.get("/readyz").starts_with("HTTP/1.1 200")
    });

    assert_eq!(second.interrupt(), 0);
    assert!(dir.noted_pid().is_none(), "stopped with Linli");

    let migrated = Linli::command(&dir).arg("migrate").status().unwrap();
    assert_eq!(migrated.code(), Some(0));
}

#[test]
fn a_taken_port_is_named_with_its_holder() {
    let dir = Dir::new(0o755);
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = held.local_addr().unwrap().to_string();
    let refused = Linli::command(&dir)
        .args(["serve", "--http-addr", &addr])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains(&addr) && said.contains(&format!("process {}", std::process::id())),
        "{said}"
    );
    assert!(!dir.cluster().exists(), "nothing was started");
}
