//! What strangers, other homes and residents get of readings: nothing, with or without a WHERE.

use domain::{
    Code,
    devices::DeviceKind,
    page::PageAsk,
    telemetry::{Value, course::CourseForm},
};
use jiff::SignedDuration;
use sqlx::Row;

use super::{Scene, reading};
use crate::{
    devices::tests::{build, sell},
    kernel::{cx::Cx, tx::TenantTx},
    telemetry::{
        course, dashboard, home_meters, home_months, readings, snapshot_device, snapshot_estate,
        snapshot_home,
    },
};

async fn bare(cx: &Cx, table: &str) -> Result<i64, sqlx::Error> {
    let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    Ok(sqlx::query(sql).fetch_one(tx.conn()).await?.get(0))
}

#[tokio::test]
async fn bare_selects() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.tell(&meter, "volume_m3", &[("2026-11-22T06:00:00Z", 1.0)])
        .await;
    s.send(
        &meter,
        vec![reading("nothing", s.town.site.now(), Value::Bool(true))],
    )
    .await;
    let owner = s.town.owner_of(s.admin(), s.place.household).await;
    for table in [
        "reading",
        "point_newest",
        "reading_half_hour",
        "refusal",
        "device_presence",
        "point",
        "device_row",
    ] {
        assert_eq!(bare(s.admin(), table).await.unwrap(), 1, "{table}");
        assert_eq!(bare(&s.town.admin_b, table).await.unwrap(), 0, "{table}");
        assert_eq!(bare(&owner, table).await.unwrap(), 0, "{table}");
    }
    // The partitions have no row security of their own making to get wrong: there is no way in.
    for cx in [s.admin(), &s.system, &owner] {
        let refused = bare(cx, "vault.reading_2026_11")
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("permission denied for schema vault"),
            "{refused}"
        );
    }
    // Tenures are the household's own.
    let (_, other) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    assert_eq!(bare(&owner, "point_tenure").await.unwrap(), 1);
    assert_eq!(
        bare(&s.town.owner_of(s.admin(), other).await, "point_tenure")
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn strangers_get_none_and_residents_are_refused() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.tell(&meter, "volume_m3", &[("2026-11-22T06:00:00Z", 1.0)])
        .await;
    let form = CourseForm::default();
    let point = meter.points[0];
    let ask = PageAsk::default();

    assert!(
        readings(s.admin(), point, None, None, &ask)
            .await
            .unwrap()
            .is_some()
    );
    assert!(course(s.admin(), point, &form).await.unwrap().is_some());
    assert!(
        snapshot_estate(s.admin(), meter.estate)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        snapshot_device(s.admin(), meter.device)
            .await
            .unwrap()
            .is_some()
    );
    assert!(dashboard(s.admin(), meter.estate).await.unwrap().is_some());

    let b = &s.town.admin_b;
    assert!(
        readings(b, point, None, None, &ask)
            .await
            .unwrap()
            .is_none()
    );
    assert!(course(b, point, &form).await.unwrap().is_none());
    assert!(snapshot_estate(b, meter.estate).await.unwrap().is_none());
    assert!(snapshot_device(b, meter.device).await.unwrap().is_none());
    assert!(dashboard(b, meter.estate).await.unwrap().is_none());

    let owner = &s.town.owner_of(s.admin(), s.place.household).await;
    let codes = [
        readings(owner, point, None, None, &ask)
            .await
            .unwrap_err()
            .code(),
        course(owner, point, &form).await.unwrap_err().code(),
        snapshot_estate(owner, meter.estate)
            .await
            .unwrap_err()
            .code(),
        snapshot_device(owner, meter.device)
            .await
            .unwrap_err()
            .code(),
        dashboard(owner, meter.estate).await.unwrap_err().code(),
    ];
    assert_eq!(codes, [Code::Forbidden; 5]);
}

#[tokio::test]
async fn a_home_is_its_households() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    s.tell(&meter, "volume_m3", &[("2026-11-22T06:30:00Z", 1.0)])
        .await;
    let home = s.place.household;
    let owner = s.town.owner_of(s.admin(), home).await;
    assert_eq!(snapshot_home(&owner, home).await.unwrap().unwrap().len(), 1);
    assert_eq!(home_meters(&owner, home).await.unwrap().unwrap().len(), 1);

    let (_, other) = build(s.admin(), s.place.estate, "2号楼", "201").await;
    let neighbour = s.town.owner_of(s.admin(), other).await;
    // The same household's id in another company's session opens nothing either.
    let foreign = s.town.owner_of(&s.town.admin_b, home).await;
    for cx in [s.admin(), &s.system, &neighbour, &s.town.admin_b] {
        assert!(snapshot_home(cx, home).await.unwrap().is_none());
        assert!(home_meters(cx, home).await.unwrap().is_none());
        assert!(home_months(cx, home).await.unwrap().is_none());
    }
    assert!(
        snapshot_home(&foreign, home)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );
    assert!(
        home_meters(&foreign, home)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );
    assert!(
        snapshot_home(&neighbour, other)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_buyer_does_not_see_the_sellers_time() {
    let s = Scene::new().await;
    let start = s.town.site.now();
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    let hours = |n: i64| start + SignedDuration::from_hours(n);
    let volume = |at, value| reading("volume_m3", at, Value::Number(value));
    // Before the tenure, in the seller's time, in the half hour of the sale, in the buyer's time.
    s.send(
        &meter,
        vec![
            volume(hours(-1), 1.0),
            volume(hours(1), 10.0),
            volume(hours(2), 12.0),
        ],
    )
    .await;
    let sold_at = hours(3) + SignedDuration::from_mins(10);
    s.town.site.clock.set(sold_at);
    let buyer = sell(&s.town, s.admin(), &s.place).await;
    let seller = s.town.owner_of(s.admin(), s.place.household).await;
    let buyer_cx = s.town.owner_of(s.admin(), buyer).await;
    assert!(
        snapshot_home(&buyer_cx, buyer)
            .await
            .unwrap()
            .unwrap()
            .is_empty(),
        "the last value is the seller's"
    );
    let after_sale = sold_at + SignedDuration::from_mins(5);
    s.town.site.clock.set(hours(6));
    s.send(
        &meter,
        vec![
            volume(after_sale, 13.0),
            volume(hours(4), 20.0),
            volume(hours(5), 23.0),
        ],
    )
    .await;

    let slots = async |cx: &Cx, home: domain::HouseholdId| -> Vec<f64> {
        let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
            .await
            .unwrap();
        sqlx::query_scalar(
            "SELECT counted FROM linli.home_slots($1, $2, '2026-01-01', '2027-01-01')",
        )
        .bind(home.0)
        .bind(&meter.points)
        .fetch_all(tx.conn())
        .await
        .unwrap()
    };
    assert_eq!(slots(&seller, s.place.household).await, [10.0, 12.0]);
    assert_eq!(slots(&buyer_cx, buyer).await, [20.0, 23.0]);
    assert_eq!(slots(&buyer_cx, s.place.household).await, [0.0; 0]);
    assert_eq!(slots(&seller, buyer).await, [0.0; 0]);

    // Ten, twelve, then the sale: the buyer's month begins with the buyer.
    let used = async |cx: &Cx, home| {
        let months = home_months(cx, home).await.unwrap().unwrap();
        months.first().map(|each| each.months[12].1)
    };
    assert_eq!(used(&buyer_cx, buyer).await, Some(Some(3.0)));
    assert_eq!(used(&seller, s.place.household).await, None);
    let meters = home_meters(&buyer_cx, buyer).await.unwrap().unwrap();
    assert_eq!(meters[0].value, Some(23.0));
    assert_eq!(meters[0].used_month, Some(3.0));
    // Nothing of it is the seller's any more.
    assert!(
        home_meters(&seller, s.place.household)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );
}
