//! What a search takes in a large company among larger ones:
//! `cargo nextest run -p backend --run-ignored only --no-capture a_hundred_thousand_units`

use std::time::{Duration, Instant};

use sqlx::Executor;

use super::{tests::scene, *};
use crate::testing::Town;

/// The 99th percentile of each search stays below this.
const LIMIT: Duration = Duration::from_millis(100);

/// Fills a company with `estates` estates of 20 buildings of 2 entrances of 25 floors of 2 doors,
/// and an owner in each.
async fn fill(town: &Town, tenant: uuid::Uuid, estates: i32) {
    for sql in [
        "INSERT INTO estate (tenant_id, id, name, created_at)
         SELECT $1, gen_random_uuid(), '第' || n || '小区', now() FROM generate_series(1, $2) n",
        "INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
         SELECT $1, gen_random_uuid(), e.id, n || '号楼', length(n::text) || n::text || '号楼', now()
         FROM estate e, generate_series(1, 20) n WHERE e.tenant_id = $1 AND e.name LIKE '第%' AND $2 > 0",
        "INSERT INTO entrance (tenant_id, id, estate_id, building_id, name)
         SELECT $1, gen_random_uuid(), b.estate_id, b.id, n || '单元'
         FROM building b, generate_series(1, 2) n WHERE b.tenant_id = $1 AND b.sort_key LIKE '%号楼' AND $2 > 0",
        "INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, sort_key, created_at)
         SELECT $1, gen_random_uuid(), n.estate_id, n.building_id, n.id, f || '0' || d,
                b.sort_key || E'\t1' || n.name || E'\t' || length(f::text) || f || '1' || d, now()
         FROM entrance n JOIN building b ON b.tenant_id = $1 AND b.id = n.building_id, generate_series(1, 25) f,
              generate_series(1, 2) d
         WHERE n.tenant_id = $1 AND $2 > 0",
        "INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on)
         SELECT u.tenant_id, gen_random_uuid(), u.estate_id, u.id, '2026-01-01' FROM unit u
         WHERE u.tenant_id = $1 AND u.entrance_id IS NOT NULL AND $2 > 0",
        // 王, 李 and 张 are seven of a hundred each, as they are in China.
        "INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, relation, created_at, phone_index, phone_tail, spelt)
         SELECT h.tenant_id, gen_random_uuid(), h.id, h.estate_id, h.unit_id, s.han || a.han || b.han, 'owner', now(),
                sha256(h.id::text::bytea), sha256((abs(hashtext(h.id::text)) % 10000)::text::bytea),
                ARRAY[s.sound || a.sound || b.sound, left(s.sound, 1) || left(a.sound, 1) || left(b.sound, 1)]
         FROM household h
         JOIN LATERAL (SELECT abs(hashtext('s' || h.id)) % 100 AS s, abs(hashtext('a' || h.id)) % 10 AS a,
                              abs(hashtext('b' || h.id)) % 10 AS b) x ON true
         JOIN (SELECT han, sound, row_number() OVER () - 1 AS n
               FROM (VALUES ('王', 'wang', 7), ('李', 'li', 7), ('张', 'zhang', 7), ('刘', 'liu', 5), ('陈', 'chen', 5),
                            ('杨', 'yang', 4), ('赵', 'zhao', 4), ('黄', 'huang', 4), ('周', 'zhou', 4), ('吴', 'wu', 4),
                            ('徐', 'xu', 3), ('孙', 'sun', 3), ('胡', 'hu', 3), ('朱', 'zhu', 3), ('高', 'gao', 3),
                            ('林', 'lin', 3), ('何', 'he', 3), ('郭', 'guo', 3), ('马', 'ma', 3), ('罗', 'luo', 3),
                            ('单', 'shan', 3), ('曾', 'zeng', 3), ('郑', 'zheng', 3), ('韩', 'han', 3), ('唐', 'tang', 3),
                            ('冯', 'feng', 3), ('于', 'yu', 3)) v (han, sound, many), generate_series(1, v.many)) s
              ON s.n = x.s
         JOIN (VALUES (0, '小', 'xiao'), (1, '大', 'da'), (2, '晓', 'xiao'), (3, '文', 'wen'), (4, '志', 'zhi'),
                      (5, '建', 'jian'), (6, '丽', 'li'), (7, '秀', 'xiu'), (8, '玉', 'yu'), (9, '海', 'hai')) a (n, han, sound)
              ON a.n = x.a
         JOIN (VALUES (0, '明', 'ming'), (1, '华', 'hua'), (2, '红', 'hong'), (3, '军', 'jun'), (4, '英', 'ying'),
                      (5, '芳', 'fang'), (6, '强', 'qiang'), (7, '燕', 'yan'), (8, '峰', 'feng'), (9, '霞', 'xia')) b (n, han, sound)
              ON b.n = x.b
         WHERE h.tenant_id = $1 AND h.started_on = '2026-01-01' AND $2 > 0",
    ] {
        sqlx::query(sql)
            .bind(tenant)
            .bind(estates)
            .execute(town.db.admin())
            .await
            .unwrap();
    }
}

#[tokio::test]
#[ignore = "a measurement"]
async fn a_hundred_thousand_units_among_a_million_are_searched_in_time() {
    let (town, _, _) = scene().await;
    let others: uuid::Uuid = sqlx::query_scalar(
        "INSERT INTO tenant
         SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'slug', 'others'))).*
         FROM tenant t LIMIT 1 RETURNING id",
    )
    .fetch_one(town.db.admin())
    .await
    .unwrap();
    fill(&town, town.admin_a.tenant.id.0, 50).await;
    fill(&town, others, 450).await;
    town.db.admin().execute("VACUUM ANALYZE").await.unwrap();
    let units = "SELECT count(*) FILTER (WHERE tenant_id = $1), count(*) FROM unit";
    let units: (i64, i64) = sqlx::query_as(units)
        .bind(town.admin_a.tenant.id.0)
        .fetch_one(town.db.admin())
        .await
        .unwrap();
    println!("{} units of {}", units.0, units.1);
    let mut slow = Vec::new();
    for q in [
        "3-2-1702",
        "3-1702",
        "1702",
        "17",
        "3号楼",
        "第7小区 3-2-1702",
        "王",
        "小明",
        "wang",
        "wxm",
        "wangxiaoming",
        "li",
        "zh",
        "没有这个人",
        "meiyou",
        "13812345678",
        "wang 5678",
        "王 1702",
        "wxm 3号楼",
        "王 3-2-1702",
        "第7小区 wang",
    ] {
        let mut took = Vec::new();
        for _ in 0..200 {
            let began = Instant::now();
            search(&town.admin_a, q, &PageAsk::default()).await.unwrap();
            took.push(began.elapsed());
        }
        took.sort();
        println!("| `{q}` | {:.1?} | {:.1?} |", took[100], took[197]);
        if took[197] > LIMIT {
            slow.push(q);
        }
    }
    if std::env::var_os("LINLI_KEEP").is_some() {
        println!("{} stays for ten minutes", town.db.name());
        tokio::time::sleep(Duration::from_mins(10)).await;
    }
    assert!(slow.is_empty(), "over {LIMIT:?}: {slow:?}");
}
