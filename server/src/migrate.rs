//! Roles, grants and the schema's history.

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgDatabaseError},
};

use crate::{
    failure::Failure,
    postgres::{self, Login, Postgres},
};

static HISTORY: Migrator = sqlx::migrate!("../migrations");

/// Before the newest version, in the comment on the table of migrations.
const MARK: &str = "Linli schema ";

/// Makes the roles, where the login may.
const ROLES: &str = include_str!("../sql/roles.sql");

/// Prepares the embedded cluster: roles with their passwords, the database, the schema.
///
/// # Errors
/// What PostgreSQL refused.
pub async fn embedded(cluster: &Postgres) -> Result<(), Failure> {
    let failed =
        |e: sqlx::Error| Failure::work(format!("the embedded database cannot be prepared: {e}"));
    let mut admin = PgConnection::connect_with(&cluster.options(Login::Superuser, "postgres"))
        .await
        .map_err(failed)?;
    sqlx::raw_sql(ROLES)
        .execute(&mut admin)
        .await
        .map_err(failed)?;
    for (role, login) in [("linli_owner", Login::Owner), ("linli_app", Login::App)] {
        set_password(&mut admin, role, cluster.password(login).reveal())
            .await
            .map_err(failed)?;
    }
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(postgres::DATABASE)
            .fetch_one(&mut admin)
            .await
            .map_err(failed)?;
    if !there {
        sqlx::raw_sql("CREATE DATABASE linli OWNER linli_owner")
            .execute(&mut admin)
            .await
            .map_err(failed)?;
    }
    admin.close().await.map_err(failed)?;

    let mut owner = PgConnection::connect_with(&cluster.options(Login::Owner, postgres::DATABASE))
        .await
        .map_err(failed)?;
    run_history(&mut owner).await?;
    owner.close().await.map_err(failed)
}

/// Prepares an outside database through its migrating login. `serving` is the serving login's URL
/// where it is known: a role that is made here gets the password that stands in it.
///
/// # Errors
/// Where the login may not make the roles, the SQL for somebody who may; status 2.
pub async fn outside(owner: &str, serving: Option<&str>) -> Result<(), Failure> {
    let away = |e: sqlx::Error| {
        Failure::setting(format!(
            "LINLI_OWNER_DATABASE_URL: the database cannot be used: {e}"
        ))
    };
    let options: PgConnectOptions = owner.parse().map_err(away)?;
    let mut conn = PgConnection::connect_with(&options).await.map_err(away)?;
    let state = State::read(&mut conn).await.map_err(away)?;
    if !state.is_prepared() {
        make_roles(&mut conn, &state, serving).await.map_err(|e| {
            if is_not_allowed(&e) {
                Failure::setting(for_the_administrator(&state))
            } else {
                away(e)
            }
        })?;
    }
    if state.login != "linli_owner" {
        sqlx::raw_sql("SET ROLE linli_owner")
            .execute(&mut conn)
            .await
            .map_err(away)?;
    }
    run_history(&mut conn).await?;
    conn.close().await.map_err(away)
}

/// Refuses to serve from a database whose schema is older or newer than this program's.
///
/// # Errors
/// Names the command that mends it; status 2.
pub async fn check_version(serving: &PgConnectOptions) -> Result<(), Failure> {
    let away = |e: sqlx::Error| {
        Failure::setting(format!(
            "LINLI_DATABASE_URL: the database cannot be used: {e}"
        ))
    };
    let mut conn = PgConnection::connect_with(serving).await.map_err(away)?;
    let found = found_version(&mut conn).await.map_err(away)?;
    conn.close().await.map_err(away)?;
    if found.as_deref() == Some(version_mark().as_str()) {
        return Ok(());
    }
    Err(Failure::setting(format!(
        "LINLI_DATABASE_URL: the database holds {}, this program needs {}: run linli migrate with LINLI_OWNER_DATABASE_URL set",
        found.as_deref().unwrap_or("no Linli schema"),
        version_mark()
    )))
}

/// How a database's schema compares to this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They are the same; how many migrations that is.
    Current(usize),
    /// So many migrations have not run.
    Behind(usize),
    /// It is a newer program's, or no Linli's at all: what it calls itself.
    Unknown(String),
}

/// Looks at the schema through any login.
///
/// # Errors
/// The database does not answer.
pub async fn standing(conn: &mut PgConnection) -> Result<Standing, sqlx::Error> {
    let Some(found) = found_version(conn).await? else {
        return Ok(Standing::Behind(HISTORY.iter().count()));
    };
    if found == version_mark() {
        return Ok(Standing::Current(HISTORY.iter().count()));
    }
    let known = found
        .strip_prefix(MARK)
        .and_then(|version| version.parse::<i64>().ok());
    let missing = |known: i64| HISTORY.iter().filter(|one| one.version > known).count();
    Ok(match known.map(missing) {
        Some(missing) if missing > 0 => Standing::Behind(missing),
        _ => Standing::Unknown(found),
    })
}

/// A connection that acts as `linli_owner`, to a schema of this program's version.
///
/// # Errors
/// The login does not get in or is not the owner, with status 2; so is a schema of another version.
pub async fn as_owner(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    let away = |e: sqlx::Error| {
        Failure::setting(format!(
            "the owner's login does not get into the database: {e}"
        ))
    };
    let options = options.clone().application_name("linli company");
    let mut conn = PgConnection::connect_with(&options).await.map_err(away)?;
    sqlx::raw_sql("SET ROLE linli_owner")
        .execute(&mut conn)
        .await
        .map_err(away)?;
    match standing(&mut conn).await.map_err(away)? {
        Standing::Current(_) => Ok(conn),
        Standing::Behind(_) | Standing::Unknown(_) => Err(Failure::setting(
            "the database is of another version than this program: run linli migrate",
        )),
    }
}

async fn found_version(conn: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT obj_description(to_regclass('public._sqlx_migrations'), 'pg_class')")
        .fetch_one(conn)
        .await
}

/// Where an outside database stands.
#[derive(Debug)]
struct State {
    login: String,
    database: String,
    roles_are_there: bool,
    may_act: bool,
    owns_database: bool,
}

impl State {
    async fn read(conn: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let (login, database, roles_are_there): (String, String, bool) = sqlx::query_as(
            "SELECT current_user::text, current_database()::text,
                    (SELECT count(*) FROM pg_roles
                     WHERE rolname IN ('linli_owner', 'linli_app', 'linli_platform', 'linli_lookup')) = 4",
        )
        .fetch_one(&mut *conn)
        .await?;
        // Asking about a role that is not there is an error, hence a second question.
        let (may_act, owns_database) = if roles_are_there {
            sqlx::query_as(
                "SELECT pg_has_role(current_user, 'linli_owner', 'MEMBER') AND pg_has_role('linli_owner', 'linli_lookup', 'MEMBER'),
                        datdba = 'linli_owner'::regrole
                 FROM pg_database WHERE datname = current_database()",
            )
            .fetch_one(conn)
            .await?
        } else {
            (false, false)
        };
        Ok(Self {
            login,
            database,
            roles_are_there,
            may_act,
            owns_database,
        })
    }

    fn is_prepared(&self) -> bool {
        self.roles_are_there && self.may_act && self.owns_database
    }
}

/// All or nothing: a role without its password would look finished to the next run.
async fn make_roles(
    conn: &mut PgConnection,
    state: &State,
    serving: Option<&str>,
) -> Result<(), sqlx::Error> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql(ROLES).execute(&mut *tx).await?;
    if !state.owns_database {
        let statement: String = sqlx::query_scalar(
            "SELECT format('ALTER DATABASE %I OWNER TO linli_owner', current_database())",
        )
        .fetch_one(&mut *tx)
        .await?;
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *tx)
            .await?;
    }
    if !state.roles_are_there
        && let Some((name, password)) = serving.and_then(user_and_password)
        && name == "linli_app"
    {
        set_password(&mut tx, "linli_app", &password).await?;
    }
    tx.commit().await?;
    tracing::info!(database = %state.database, "roles are made");
    Ok(())
}

async fn set_password(
    conn: &mut PgConnection,
    role: &str,
    password: &str,
) -> Result<(), sqlx::Error> {
    let statement: String =
        sqlx::query_scalar("SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)")
            .bind(role)
            .bind(password)
            .fetch_one(&mut *conn)
            .await?;
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(conn)
        .await?;
    Ok(())
}

/// Runs what is new, as `linli_owner`, and leaves the version where the serving login can read it.
async fn run_history(conn: &mut PgConnection) -> Result<(), Failure> {
    let failed =
        |e: &dyn std::fmt::Display| Failure::work(format!("the migrations did not run: {e}"));
    // "already exists, skipping" at each start tells nobody anything.
    sqlx::raw_sql("SET client_min_messages = warning")
        .execute(&mut *conn)
        .await
        .map_err(|e| failed(&e))?;
    HISTORY.run(&mut *conn).await.map_err(|e| failed(&e))?;
    let statement = format!(
        "COMMENT ON TABLE public._sqlx_migrations IS '{}'",
        version_mark()
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(conn)
        .await
        .map_err(|e| failed(&e))?;
    Ok(())
}

fn version_mark() -> String {
    let newest = HISTORY.iter().map(|migration| migration.version).max();
    format!("{MARK}{}", newest.unwrap_or_default())
}

/// SQLSTATE 42501, insufficient privilege.
fn is_not_allowed(e: &sqlx::Error) -> bool {
    e.as_database_error()
        .and_then(|e| e.try_downcast_ref::<PgDatabaseError>())
        .is_some_and(|e| e.code() == "42501")
}

fn for_the_administrator(state: &State) -> String {
    let State {
        login, database, ..
    } = state;
    let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let act = if login == "linli_owner" {
        String::new()
    } else {
        format!("GRANT linli_owner TO {};\n", quote(login))
    };
    format!(
        "LINLI_OWNER_DATABASE_URL: the login {login} may not make Linli's roles. \
         Let an administrator run this in psql, connected to {database}, then start again:\n\n\
         {ROLES}\
         {act}\
         ALTER DATABASE {} OWNER TO linli_owner;\n\
         \\password linli_owner\n\
         \\password linli_app\n",
        quote(database),
    )
}

/// The two from a URL, which sqlx parses but does not give back.
fn user_and_password(url: &str) -> Option<(String, String)> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (who, _) = authority.rsplit_once('@')?;
    let (name, password) = who.split_once(':')?;
    Some((percent_decode(name)?, percent_decode(password)?))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_url_apart() {
        let parts = |url| user_and_password(url);
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            parts("postgres://linli_app:p%40ss%2F@h:1/d?x=y"),
            pair("linli_app", "p@ss/")
        );
        assert_eq!(parts("postgres://linli_app@h/d"), None);
        assert_eq!(parts("postgres://h/d"), None);
        assert_eq!(parts("postgres://u:%zz@h/d"), None);
    }

    #[test]
    fn the_administrator_gets_whole_sql() {
        let state = State {
            login: "half\"owner".to_owned(),
            database: "linli".to_owned(),
            roles_are_there: false,
            may_act: false,
            owns_database: false,
        };
        let text = for_the_administrator(&state);
        assert!(text.contains("CREATE ROLE"), "{text}");
        assert!(
            text.contains("GRANT linli_owner TO \"half\"\"owner\";"),
            "{text}"
        );
        assert!(
            text.contains("ALTER DATABASE \"linli\" OWNER TO linli_owner;"),
            "{text}"
        );
    }
}
