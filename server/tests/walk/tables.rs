//! Every table, by a SELECT that has no WHERE but for telling A's rows from others'.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::{
    Leak,
    house::{House, Who},
};

/// Tables of which a resident sees their own household's rows.
const HOMELY: [&str; 5] = [
    "home_notice",
    "household",
    "invitation",
    "point_tenure",
    "resident",
];

fn scope(tenant: &str, actor: &str, households: &str) -> String {
    format!(
        "SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.actor = '{actor}'; SET LOCAL app.households = '{{{households}}}'; SET LOCAL app.places = '*'"
    )
}

async fn count(conn: &mut PgConnection, scope: &str, sql: String) -> i64 {
    let mut tx = conn.begin().await.unwrap();
    tx.execute(AssertSqlSafe(scope.to_owned())).await.unwrap();
    let count = tx.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0);
    tx.rollback().await.unwrap();
    count
}

pub(crate) async fn walk(house: &House) -> Vec<Leak> {
    let town = &house.town;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_sqlx_migrations'
           AND has_any_column_privilege('linli_app', oid, 'SELECT')",
    )
    .fetch_all(town.db.admin())
    .await
    .unwrap();
    assert!(tables.len() >= 17, "{tables:?}");

    let a = town.admin.cx.tenant.id.0.to_string();
    let b = town.rival.cx.tenant.id.0.to_string();
    let owner = house.household.0.to_string();
    let next_door = crate::current::household(house.of(Who::Neighbour).unwrap())
        .0
        .to_string();
    let elsewhere = uuid::Uuid::from_u128(42);
    let placed: BTreeMap<String, String> = sqlx::query_as(
        "SELECT c.relname, CASE WHEN c.relname IN ('estate', 'region') THEN 'id' ELSE 'estate_id' END
         FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'place_wall'",
    )
    .fetch_all(town.db.admin())
    .await
    .unwrap()
    .into_iter()
    .collect();
    assert!(placed.len() >= 10, "{placed:?}");
    let region: uuid::Uuid = sqlx::query_scalar("SELECT region_id FROM estate WHERE id = $1")
        .bind(house.estate.0)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    let mut conn = PgConnection::connect_with(&town.db.app()).await.unwrap();
    let mut leaks = Vec::new();
    for table in &tables {
        let key = if table == "tenant" { "id" } else { "tenant_id" };
        let of_a = format!(
            "SELECT count(*) FILTER (WHERE tenant = '{a}') FROM (SELECT {key} AS tenant FROM {table}) t"
        );
        let seen = count(&mut conn, &scope(&a, "staff", ""), of_a.clone()).await;
        assert!(
            seen > 0,
            "{table} has no row of A's: the walk would prove nothing"
        );

        let mut strangers = vec![
            (Who::Rival, scope(&b, "staff", ""), of_a.clone()),
            (Who::Rival, scope(&b, "system", ""), of_a.clone()),
            (Who::Nobody, "SELECT 1".to_owned(), of_a.clone()),
            (
                Who::Nobody,
                "SET LOCAL app.actor = 'staff'".to_owned(),
                of_a.clone(),
            ),
            (
                Who::Nobody,
                format!("SET LOCAL app.tenant_id = '{a}'"),
                of_a.clone(),
            ),
            (Who::Nobody, scope(&a, "resident", ""), of_a.clone()),
        ];
        // Whoever manages another estate of A's sees nothing that lies in this one.
        if let Some(column) = placed.get(table) {
            let here = match table.as_str() {
                "region" => region,
                _ => house.estate.0,
            };
            let sql = format!("SELECT count(*) FILTER (WHERE {column} = '{here}') FROM {table}");
            let there = count(&mut conn, &scope(&a, "staff", ""), sql.clone()).await;
            assert!(there > 0, "{table} has no row of the estate's");
            let far = scope(&a, "staff", "");
            let far = format!("{far}; SET LOCAL app.places = '{{{elsewhere}}}'");
            strangers.push((Who::Elsewhere, far, sql));
        }
        let neighbour = scope(&a, "resident", &next_door);
        strangers.push(if HOMELY.contains(&table.as_str()) {
            let of_owner = format!(
                "SELECT count(*) FILTER (WHERE home = '{owner}') FROM (SELECT household_id AS home FROM {table}) t"
            );
            let own = count(&mut conn, &scope(&a, "resident", &owner), of_owner.clone()).await;
            assert!(own > 0, "a resident's own rows in {table}");
            (Who::Neighbour, neighbour, of_owner)
        } else {
            (Who::Neighbour, neighbour, of_a)
        });
        for (by, scope, sql) in strangers {
            let rows = count(&mut conn, &scope, sql).await;
            if rows > 0 {
                leaks.push(Leak {
                    target: format!("table {table}"),
                    by,
                    what: format!("{rows} rows of A's: {scope}"),
                });
            }
        }
    }
    leaks
}
