//! What a year of one point takes among ten million half hours:
//! `cargo nextest run -p backend --run-ignored only --no-capture a_year_among_ten_million`

use std::time::{Duration, Instant};

use domain::{
    devices::DeviceKind,
    telemetry::course::{CourseForm, Grain, Span},
};
use sqlx::Executor;

use super::Scene;
use crate::telemetry::course;

/// The median of a year stays below this.
const LIMIT: Duration = Duration::from_millis(100);

#[tokio::test]
#[ignore = "a measurement"]
async fn a_year_among_ten_million() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let point = meter.points[0];
    // 569 other points, most of other companies, told at the same time as this one.
    sqlx::query(
        "INSERT INTO reading_half_hour (tenant_id, point_id, slot, n, total, low, high, last, last_ts)
         SELECT CASE WHEN p % 5 = 0 THEN $1 ELSE md5('t' || p % 5)::uuid END,
                CASE WHEN p = 0 THEN $2 ELSE md5('p' || p)::uuid END,
                begun, 90, 90.0 * s, s, s + 1, s + 1, begun + interval '29 minutes'
         FROM generate_series(0, 17567) s, generate_series(0, 569) p,
              LATERAL (SELECT $3::timestamptz - (17567 - s) * interval '30 minutes' AS begun) t",
    )
    .bind(s.admin().tenant.id.0)
    .bind(point.0)
    .bind("2026-11-22T06:00:00Z")
    .execute(s.town.db.admin())
    .await
    .unwrap();
    s.town.db.admin().execute("VACUUM ANALYZE").await.unwrap();
    let rows = s.count("SELECT count(*) FROM reading_half_hour").await;
    let form = CourseForm {
        span: Span::Year,
        ..CourseForm::default()
    };
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        let year = course(s.admin(), point, &form).await.unwrap().unwrap();
        took.push(began.elapsed());
        assert_eq!((year.grain, year.steps.len()), (Grain::Day, 366));
    }
    took.sort();
    println!(
        "a year of one point, {rows} half hours stored: median {:.1?}, p99 {:.1?}; limit {LIMIT:?}",
        took[50], took[98]
    );
    assert!(took[50] < LIMIT, "{:?}", took[50]);
}
