//! The walls between tenants, as they stand in the catalogue.

use std::sync::Arc;

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::{Finding, patient::Patient};

const REBUILD: &str = "stop serving, and let linli_owner put it back as the migrations made it";

fn failed(e: sqlx::Error) -> Finding {
    Finding::wrong(
        format!("the catalogue cannot be read: {e}"),
        "see what PostgreSQL's log says",
    )
}

/// Each table and, where a wall of it is not as `linli.protect`, `linli.wall_in` or `linli.seal` made it, what is
/// wrong. Partitions have no policies: nobody but their parent may reach them. What can be reached
/// at all is seen as the login that asks.
const TABLES: &str = "
    WITH found AS (
        SELECT n.nspname || '.' || c.relname AS name, c.oid, c.relrowsecurity, c.relforcerowsecurity, c.relispartition,
               has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')
                   OR has_table_privilege(c.oid, 'DELETE, TRUNCATE') AS reached,
               c.relname = 'tenant' OR EXISTS (
                   SELECT FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS has_tenant,
               c.relname = 'estate' OR EXISTS (
                   SELECT FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attname = 'estate_id' AND NOT a.attisdropped) AS has_place
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'vault', 'linli') AND c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'
    ), policy AS (
        SELECT p.polrelid, p.polname, p.polpermissive, p.polcmd, p.polroles,
               coalesce(pg_get_expr(p.polqual, p.polrelid), '') AS sees,
               coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS writes
        FROM pg_policy p
    )
    SELECT name, CASE
        WHEN NOT relrowsecurity THEN 'row security is off'
        WHEN NOT relforcerowsecurity THEN 'row security is not forced'
        WHEN relispartition AND reached THEN 'the serving login has rights on a partition'
        WHEN relispartition THEN NULL
        WHEN reached AND has_tenant AND NOT EXISTS (
                SELECT FROM policy WHERE polrelid = oid AND polname = 'tenant_wall' AND polcmd = '*'
                   AND sees LIKE '%app.tenant_id%' AND writes LIKE '%app.tenant_id%')
            THEN 'the policy tenant_wall is missing'
        WHEN reached AND has_tenant AND NOT EXISTS (
                SELECT FROM policy WHERE polrelid = oid AND polname = 'home_wall' AND polcmd = '*'
                   AND NOT polpermissive AND sees LIKE '%app.actor%' AND writes LIKE '%app.actor%')
            THEN 'the policy home_wall is missing'
        WHEN reached AND has_place AND NOT EXISTS (
                SELECT FROM policy WHERE polrelid = oid AND polname = 'place_wall' AND polcmd = '*'
                   AND NOT polpermissive AND sees LIKE '%app.places%'
                   -- What only grows is written wherever something is done.
                   AND (writes LIKE '%app.places%' OR NOT has_table_privilege('linli_app', oid, 'UPDATE')))
            THEN 'the policy place_wall is missing'
        WHEN NOT EXISTS (SELECT FROM policy WHERE polrelid = oid) THEN 'no policy is left'
        ELSE (SELECT 'lets the serving login see more by ' || string_agg(polname, ', ' ORDER BY polname)
              FROM policy WHERE polrelid = oid AND polpermissive
                 AND EXISTS (SELECT FROM unnest(polroles) r WHERE CASE r WHEN 0 THEN true ELSE pg_has_role(r, 'MEMBER') END)
                 AND NOT (sees LIKE '%app.tenant_id%' OR sees = '' AND writes LIKE '%app.tenant_id%'))
    END
    FROM found ORDER BY name";

pub(super) async fn tables(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    let tables = sqlx::query_as::<_, (String, Option<String>)>(TABLES)
        .fetch_all(&mut conn)
        .await;
    let tables = match tables {
        Ok(tables) => tables,
        Err(e) => return failed(e),
    };
    // A view runs as its owner, who sees what the asker must not, unless it says otherwise.
    let views = sqlx::query_scalar::<_, String>(
        "SELECT n.nspname || '.' || c.relname || ': the view does not ask as its caller'
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('public', 'linli') AND c.relkind IN ('v', 'm')
           AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)
         ORDER BY 1",
    )
    .fetch_all(&mut conn)
    .await;
    let views = match views {
        Ok(views) => views,
        Err(e) => return failed(e),
    };
    if tables.is_empty() {
        return Finding::wrong("there are no tables", "run linli migrate");
    }
    let count = tables.len();
    let wrong = tables
        .into_iter()
        .filter_map(|(name, wrong)| Some(format!("{name}: {}", wrong?)));
    let wrong: Vec<_> = wrong.chain(views).collect();
    if wrong.is_empty() {
        return Finding::ok(format!("forced on all {count} tables, walls in place"));
    }
    Finding::wrong(wrong.join("; "), REBUILD)
}

/// A reading whose month has no partition is refused.
pub(super) async fn partitions(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    let found = sqlx::query_as::<_, (String, Vec<String>)>(
        "SELECT c.relname::text,
                ARRAY(SELECT k.relname::text FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
                      WHERE i.inhparent = c.oid)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'p' ORDER BY 1",
    )
    .fetch_all(&mut conn)
    .await;
    let found = match found {
        Ok(found) => found,
        Err(e) => return failed(e),
    };
    let today = patient.clock.now().to_zoned(TimeZone::UTC).date();
    let first = today.first_of_month();
    let months = [Some(first), first.checked_add(1.month()).ok()];
    let wanted =
        |table: &str, month: Date| format!("{table}_{:04}_{:02}", month.year(), month.month());
    let missing: Vec<_> = found
        .iter()
        .flat_map(|(table, there)| {
            months
                .into_iter()
                .flatten()
                .map(|month| wanted(table, month))
                .filter(|name| !there.contains(name))
        })
        .collect();
    match (found.is_empty(), missing.is_empty()) {
        (true, _) => Finding::note("no table is split by month"),
        (_, true) => Finding::ok("there for this month and the next"),
        // The server makes them when it starts and every few hours.
        _ if patient.linli.is_none() => Finding::note(format!(
            "{} not made yet; linli serve makes them",
            missing.join(", ")
        )),
        _ => Finding::wrong(
            format!("missing: {}", missing.join(", ")),
            "see in the log why the server does not make them",
        ),
    }
}

/// Functions that pass row security by: each must be `linli_lookup`'s, closed to everybody else.
pub(super) async fn functions(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    // Only the owner of a table can attach partitions to it.
    let found = sqlx::query_as::<_, (String, bool, bool, bool)>(
        r#"SELECT n.nspname || '.' || p.proname,
                  CASE WHEN p.proname ~ '^(make|drop)_.*_partitions$' THEN pg_get_userbyid(p.proowner) = 'linli_owner'
                       ELSE pg_get_userbyid(p.proowner) = 'linli_lookup' END,
                  coalesce(p.proconfig @> ARRAY['search_path=""'], false),
                  has_function_privilege('public', p.oid, 'EXECUTE')
           FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           WHERE n.nspname IN ('public', 'vault', 'linli') AND p.prosecdef
           ORDER BY 1"#,
    )
    .fetch_all(&mut conn)
    .await;
    let found = match found {
        Ok(found) => found,
        Err(e) => return failed(e),
    };
    let wrong: Vec<_> = found
        .iter()
        .filter_map(|(name, owned, pinned, open)| {
            let what = match (owned, pinned, open) {
                (false, ..) => "has the wrong owner",
                (_, false, _) => "has no search_path of its own",
                (.., true) => "can be called by everybody",
                _ => return None,
            };
            Some(format!("{name} {what}"))
        })
        .collect();
    if wrong.is_empty() {
        return Finding::ok(format!(
            "{} look across tenants, as linli_lookup and for the serving login only",
            found.len()
        ));
    }
    Finding::wrong(wrong.join("; "), REBUILD)
}
