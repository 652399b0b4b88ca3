use domain::estates::{BuildingForm, EstateForm, NameForm, PhaseForm};
use sqlx::{AssertSqlSafe, Executor, postgres::PgListener};

use crate::{estates, identity, testing::Town};

/// What is told when that statement commits.
async fn told(town: &Town, sql: &str) -> Vec<String> {
    let admin = town.db.admin();
    let mut listener = PgListener::connect_with(admin).await.unwrap();
    listener.listen("linli_changed").await.unwrap();
    admin.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    admin.execute("NOTIFY linli_changed, 'done'").await.unwrap();
    let mut told = Vec::new();
    loop {
        let notice = listener.recv().await.unwrap().payload().to_owned();
        if notice == "done" {
            told.sort();
            return told;
        }
        told.push(notice);
    }
}

/// So many residents of one household of A's, with a log-in each or without.
fn residents(town: &Town, many: u32, known: bool) -> String {
    let tenant = town.admin_a.tenant.id.0;
    let person = if known { "p.id" } else { "NULL" };
    format!(
        "WITH p AS (INSERT INTO person (id, name, created_at) SELECT gen_random_uuid(), '王', now() FROM generate_series(1, {many}) RETURNING id),
              e AS (INSERT INTO estate (tenant_id, id, name, created_at) VALUES ('{tenant}', gen_random_uuid(), gen_random_uuid()::text, now()) RETURNING id),
              b AS (INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at) SELECT '{tenant}', gen_random_uuid(), id, '1', '1', now() FROM e RETURNING id, estate_id),
              u AS (INSERT INTO unit (tenant_id, id, estate_id, building_id, code, sort_key, created_at) SELECT '{tenant}', gen_random_uuid(), estate_id, id, '1', '1', now() FROM b RETURNING id, estate_id),
              h AS (INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on) SELECT '{tenant}', gen_random_uuid(), estate_id, id, '2026-01-01' FROM u RETURNING id, estate_id, unit_id)
         INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, relation, person_id, created_at)
         SELECT '{tenant}', gen_random_uuid(), h.id, h.estate_id, h.unit_id, '王', 'owner', {person}, now() FROM p, h"
    )
}

#[tokio::test]
async fn a_change_is_told_once_and_with_ids_only() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let (tenant, person) = (cx.tenant.id.0, cx.actor.person().unwrap().0);
    let (session, other) = (cx.actor.session().unwrap().0, town.admin_b.tenant.id.0);
    for (sql, news) in [
        (
            "UPDATE session SET ended_at = now() WHERE id = $session",
            vec![format!("session {session}")],
        ),
        (
            "UPDATE session SET ended_at = ended_at, seen_at = now()",
            vec![],
        ),
        (
            "UPDATE role_grant SET granted_at = now() WHERE tenant_id = $tenant",
            vec![format!("person {tenant} {person}")],
        ),
        (
            "DELETE FROM role_grant WHERE tenant_id = $tenant",
            vec![format!("person {tenant} {person}")],
        ),
        (
            "UPDATE staff SET left_at = now(), name = '周' WHERE tenant_id = $tenant",
            vec![format!("person {tenant} {person}")],
        ),
        ("UPDATE staff SET name = '敏'", vec![]),
        (
            "UPDATE tenant SET state = 'suspended' WHERE id = $other",
            vec![format!("tenant {other}")],
        ),
        ("UPDATE tenant SET name = '新'", vec![]),
    ] {
        let sql = sql
            .replace("$session", &format!("'{session}'"))
            .replace("$tenant", &format!("'{tenant}'"))
            .replace("$other", &format!("'{other}'"));
        assert_eq!(told(&town, &sql).await, news, "{sql}");
    }
}

#[tokio::test]
async fn a_place_that_moves_tells_the_company() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let name = |name: &str| name.to_owned();
    let estate = EstateForm {
        name: name("甲苑")
    };
    let estate = estates::create_estate(cx, estate).await.unwrap().id;
    let building = BuildingForm {
        estate,
        name: name("1号楼"),
    };
    let building = estates::create_building(cx, building).await.unwrap().id;
    let region = NameForm {
        name: name("东区")
    };
    let region = estates::create_region(cx, region).await.unwrap().id;
    let phase = PhaseForm {
        estate,
        name: name("一期"),
    };
    let phase = estates::create_phase(cx, phase).await.unwrap().id;
    let whole = format!("tenant {}", cx.tenant.id.0);
    let (estate, building, region, phase) = (estate.0, building.0, region.0, phase.0);
    for (sql, news) in [
        (
            format!("UPDATE estate SET region_id = '{region}' WHERE id = '{estate}'"),
            vec![&*whole],
        ),
        (
            format!(
                "UPDATE estate SET region_id = '{region}', name = '乙苑' WHERE id = '{estate}'"
            ),
            vec![],
        ),
        (
            format!("UPDATE building SET phase_id = '{phase}' WHERE id = '{building}'"),
            vec![&*whole],
        ),
        (
            format!("UPDATE building SET name = '2号楼' WHERE id = '{building}'"),
            vec![],
        ),
        (
            format!("UPDATE building SET phase_id = NULL WHERE id = '{building}'"),
            vec![&*whole],
        ),
    ] {
        assert_eq!(told(&town, &sql).await, news, "{sql}");
    }
}

#[tokio::test]
async fn an_import_tells_nobody_and_many_at_once_are_the_company() {
    let town = Town::new().await;
    let whole = format!("tenant {}", town.admin_a.tenant.id.0);
    assert_eq!(
        told(&town, &residents(&town, 2_000, false)).await,
        Vec::<String>::new()
    );
    let few = told(&town, &residents(&town, 3, true)).await;
    assert_eq!(few.len(), 3, "{few:?}");
    assert!(few.iter().all(|notice| notice.starts_with("person ")));
    assert_eq!(told(&town, &residents(&town, 101, true)).await, [&*whole]);
    assert_eq!(
        told(&town, "UPDATE resident SET name = '李'").await,
        Vec::<String>::new()
    );
    assert_eq!(
        told(
            &town,
            "UPDATE resident SET ended_at = now() WHERE person_id IS NOT NULL"
        )
        .await,
        [&*whole]
    );
    assert_eq!(
        told(&town, "UPDATE household SET ended_on = started_on").await,
        [&*whole]
    );
}

#[tokio::test]
async fn what_is_rolled_back_is_not_told() {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let sql = "BEGIN; UPDATE tenant SET state = 'suspended'; ROLLBACK";
    assert_eq!(told(&town, sql).await, Vec::<String>::new());
    // The serving login itself, through the function that ends a session.
    let mut listener = PgListener::connect_with(town.db.admin()).await.unwrap();
    listener.listen("linli_changed").await.unwrap();
    identity::log_out(cx).await.unwrap();
    let notice = listener.recv().await.unwrap();
    let session = cx.actor.session().unwrap().0;
    assert_eq!(notice.payload(), format!("session {session}"));
}
