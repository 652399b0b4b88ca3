//! Lists, states, strangers and tenures.

use domain::devices::DeviceState;
use jiff::SignedDuration;
use sqlx::Row;

use super::*;
use crate::telemetry;

#[tokio::test]
async fn lists_filter_and_page() {
    let t = Town::new().await;
    let (a, b) = (
        settle(&t.admin_a, "阳光花园").await,
        settle(&t.admin_a, "月光花园").await,
    );
    let door = register(&t.admin_a, form(DeviceKind::Door, a.estate, None))
        .await
        .unwrap();
    let meter = register(
        &t.admin_a,
        form(DeviceKind::WaterMeter, a.estate, Some(a.unit)),
    )
    .await
    .unwrap();
    let other = register(&t.admin_a, form(DeviceKind::Door, b.estate, None))
        .await
        .unwrap();
    let ids = async |filter: DeviceFilter| -> Vec<DeviceId> {
        let got = list(&t.admin_a, &filter, &PageAsk::default())
            .await
            .unwrap();
        got.items.into_iter().map(|row| row.id).collect()
    };
    let all = DeviceFilter::default;
    let mut everything = vec![door.id, meter.id, other.id];
    everything.sort();
    assert_eq!(ids(all()).await, everything);
    assert_eq!(
        ids(DeviceFilter {
            unit: Some(a.unit),
            ..all()
        })
        .await,
        [meter.id]
    );
    assert_eq!(
        ids(DeviceFilter {
            estate: Some(b.estate),
            ..all()
        })
        .await,
        [other.id]
    );
    assert_eq!(
        ids(DeviceFilter {
            kind: Some(DeviceKind::WaterMeter),
            ..all()
        })
        .await,
        [meter.id]
    );
    assert_eq!(
        ids(DeviceFilter {
            state: Some(DeviceState::Waiting),
            ..all()
        })
        .await
        .len(),
        3
    );
    assert_eq!(
        ids(DeviceFilter {
            state: Some(DeviceState::Online),
            ..all()
        })
        .await,
        []
    );
    let bad = list(&t.admin_a, &all(), &page(10, Some("dev_nonsense".into())))
        .await
        .unwrap_err();
    assert_eq!(bad.problem.to_string(), "invalid cursor=malformed");
}

/// The words that SQL makes are those of the domain, at each second around the thresholds.
#[tokio::test]
async fn states_are_the_domains() {
    let t = Town::new().await;
    let mut tx = TenantTx::begin(&t.admin_a, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    for rhythm in [
        None,
        Some(1),
        Some(3),
        Some(20),
        Some(86_400),
        Some(604_800),
    ] {
        let known = rhythm.map_or(60, i64::from);
        let ends = [
            30 + known * 3 / 2,
            150 + known * 5 / 2,
            660 + known * 4,
            90_000_000,
        ];
        let around = ends.map(|end| [end * 1000, end * 1000 + 999, end * 1000 + 1000]);
        for millis in around.into_iter().flatten().chain([-5_000, 0]) {
            for offline in [false, true] {
                let word: String = sqlx::query_scalar(
                    "SELECT linli.device_state(x, $1, $3, x + $2 * interval '1 millisecond') FROM (SELECT now() AS x) n",
                )
                .bind(offline)
                .bind(millis)
                .bind(rhythm)
                .fetch_one(tx.conn())
                .await
                .unwrap();
                assert_eq!(
                    stored::state_of(&word),
                    DeviceState::of(Some(millis / 1000), stored::rhythm(rhythm), offline),
                    "{millis} {rhythm:?} {offline}"
                );
            }
        }
    }
    for state in DeviceState::ALL {
        assert_eq!(stored::state_of(state.as_str()), *state);
    }
}

#[tokio::test]
async fn strangers_and_residents_see_no_device() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(
        &t.admin_a,
        form(DeviceKind::Door, place.estate, Some(place.unit)),
    )
    .await
    .unwrap();
    assert!(device(&t.admin_b, made.id).await.unwrap().is_none());
    assert!(points(&t.admin_b, made.id).await.unwrap().is_none());
    let filter = DeviceFilter {
        estate: Some(place.estate),
        ..DeviceFilter::default()
    };
    assert!(
        list(&t.admin_b, &filter, &PageAsk::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );

    let owner = t.owner_of(&t.admin_a, place.household).await;
    let forbidden = domain::Code::Forbidden;
    assert_eq!(device(&owner, made.id).await.unwrap_err().code(), forbidden);
    assert_eq!(points(&owner, made.id).await.unwrap_err().code(), forbidden);
    assert_eq!(
        list(&owner, &filter, &PageAsk::default())
            .await
            .unwrap_err()
            .code(),
        forbidden
    );
    let form = form(DeviceKind::Door, place.estate, None);
    assert_eq!(register(&owner, form).await.unwrap_err().code(), forbidden);

    // The walls themselves, without any WHERE.
    for (cx, table) in [
        (&t.admin_b, "device"),
        (&owner, "device"),
        (&owner, "point"),
        (&owner, "device_row"),
    ] {
        let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
            .await
            .unwrap();
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let seen: i64 = sqlx::query(sql).fetch_one(tx.conn()).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table}");
    }
}

#[tokio::test]
async fn a_sale_ends_a_tenure_and_starts_the_next() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(
        &t.admin_a,
        form(DeviceKind::WaterMeter, place.estate, Some(place.unit)),
    )
    .await
    .unwrap();
    let sold_at = t.site.now() + SignedDuration::from_hours(5);
    t.site.clock.set(sold_at);
    let buyer = sell(&t, &t.admin_a, &place).await;
    let rows: Vec<(uuid::Uuid, bool)> = sqlx::query_as(
        "SELECT o.household_id, o.to_at IS NULL FROM point_tenure o JOIN point p ON p.id = o.point_id
         WHERE p.device_id = $1 ORDER BY o.from_at",
    )
    .bind(made.id.0)
    .fetch_all(t.db.admin())
    .await
    .unwrap();
    assert_eq!(rows, [(place.household.0, false), (buyer.0, true)]);

    // Said twice it changes nothing, and a second sale at the same moment leaves one open tenure.
    let mut tx = TenantTx::begin(&t.admin_a, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    tenure_started(&mut tx, &[(place.unit, buyer)], sold_at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let after = Place {
        household: buyer,
        ..place
    };
    let last = sell(&t, &t.admin_a, &after).await;
    let open: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT household_id FROM point_tenure WHERE to_at IS NULL")
            .fetch_all(t.db.admin())
            .await
            .unwrap();
    assert_eq!(open, [last.0]);
    assert!(
        telemetry::home_meters(&t.owner_of(&t.admin_a, last).await, last)
            .await
            .unwrap()
            .is_some()
    );
}

#[test]
fn keys_that_we_make() {
    assert_eq!(
        make_key(DeviceKind::ElectricityMeter, [0; 5]),
        "em-00000000"
    );
    assert_eq!(make_key(DeviceKind::Pump, [0xff; 5]), "pump-zzzzzzzz");
    for kind in DeviceKind::ALL {
        assert!(domain::devices::DeviceKey::parse(&make_key(*kind, [1, 2, 3, 4, 5])).is_ok());
    }
}
