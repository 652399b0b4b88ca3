//! Devices in each order, page after page.

use domain::{
    columns::{Column, Sort},
    devices::{DeviceRow, DeviceSort, DeviceState},
};
use jiff::SignedDuration;

use super::*;
use crate::telemetry::{Batch, Registry, ingest};

const NAMES: [&str; 6] = ["2号表", "10号表", "2号表", "井", "1号表", "2号表"];

/// Six meters and a door of one estate, of which some were heard, and some said what was refused.
async fn town() -> (Town, EstateId) {
    let town = Town::new().await;
    let cx = &town.admin_a;
    let estate = settle(cx, "阳光花园").await.estate;
    let kinds = [DeviceKind::WaterMeter, DeviceKind::Door, DeviceKind::Pump];
    for (place, name) in NAMES.into_iter().enumerate() {
        let form = DeviceForm {
            name: name.to_owned(),
            ..form(kinds[place % 3], estate, None)
        };
        let id = register(cx, form).await.unwrap().id;
        if place != 3 {
            let ago = SignedDuration::from_mins([0, 3, 3, 0, 9, 60][place]);
            let batch = Batch {
                presence: vec![(id, town.site.now() - ago, None)],
                ..Batch::default()
            };
            let system = town.system(cx);
            ingest(&system, &Registry::default(), batch).await.unwrap();
        }
        if place % 2 == 0 {
            sqlx::query("INSERT INTO refusal (tenant_id, device_id, reason, count, last_at) VALUES ($1, $2, 'malformed', $3, now())")
                .bind(cx.tenant.id.0)
                .bind(id.0)
                .bind(i64::try_from(place).unwrap() % 4)
                .execute(town.db.admin())
                .await
                .unwrap();
        }
    }
    (town, estate)
}

async fn all(cx: &Cx, filter: &DeviceFilter, limit: u32) -> Vec<DeviceRow> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let got = list(cx, filter, &page(limit, cursor)).await.unwrap();
        assert!(got.items.len() <= limit as usize);
        found.extend(got.items);
        cursor = got.next;
        if cursor.is_none() {
            return found;
        }
    }
}

fn sorts() -> impl Iterator<Item = Sort<DeviceSort>> {
    let each = DeviceSort::ALL.iter();
    each.flat_map(|by| [false, true].map(|down| Sort { by: *by, down }))
}

/// As a person would do it with the devices as they were registered.
fn by_hand(mut rows: Vec<DeviceRow>, sort: Sort<DeviceSort>) -> Vec<DeviceRow> {
    let states = [
        DeviceState::Online,
        DeviceState::Late,
        DeviceState::Stale,
        DeviceState::Offline,
        DeviceState::Waiting,
    ];
    let place = |row: &DeviceRow| -> Option<i64> {
        let found = match sort.by {
            DeviceSort::State => states.iter().position(|each| *each == row.state),
            DeviceSort::Kind => DeviceKind::ALL.iter().position(|each| *each == row.kind),
            DeviceSort::Name => ["1号表", "2号表", "10号表", "井"]
                .iter()
                .position(|each| *each == row.name),
            DeviceSort::Seen => return row.last_seen.map(jiff::Timestamp::as_microsecond),
            DeviceSort::Refused => return Some(row.refused),
        };
        found.map(|place| i64::try_from(place).unwrap())
    };
    rows.sort_by_key(|row| {
        let place = place(row);
        let turned = place.map(|place| if sort.down { -place } else { place });
        (place.is_none(), turned)
    });
    rows
}

#[tokio::test]
async fn each_order_is_total_and_pages_make_one_list() {
    let (town, estate) = town().await;
    let cx = &town.admin_a;
    let whole = DeviceFilter::default();
    let pumps = DeviceFilter {
        estate: Some(estate),
        kind: Some(DeviceKind::Pump),
        ..DeviceFilter::default()
    };
    let late = DeviceFilter {
        state: Some(DeviceState::Late),
        ..DeviceFilter::default()
    };
    for (filter, many) in [(whole, 6), (pumps, 2), (late, 2)] {
        let plain = all(cx, &filter, 200).await;
        assert_eq!(plain.len(), many);
        for sort in sorts() {
            let filter = DeviceFilter {
                sort: Some(sort),
                ..filter.clone()
            };
            let wanted: Vec<_> = by_hand(plain.clone(), sort)
                .iter()
                .map(|row| row.id)
                .collect();
            for limit in [1, 2, 200] {
                let found = all(cx, &filter, limit).await;
                let found: Vec<_> = found.iter().map(|row| row.id).collect();
                assert_eq!(found, wanted, "{sort} by {limit}");
            }
        }
    }
}

/// The last one of a page is heard before the next page is asked for: that page goes on where this
/// one ended.
#[tokio::test]
async fn what_is_heard_meanwhile_takes_no_page_along() {
    let (town, _) = town().await;
    let cx = &town.admin_a;
    let filter = DeviceFilter {
        sort: Sort::parse("-seen"),
        ..DeviceFilter::default()
    };
    let whole = all(cx, &filter, 200).await;
    let first = list(cx, &filter, &page(2, None)).await.unwrap();
    let batch = Batch {
        presence: vec![(first.items[1].id, town.site.now(), None)],
        ..Batch::default()
    };
    let system = town.system(cx);
    ingest(&system, &Registry::default(), batch).await.unwrap();
    let second = list(cx, &filter, &page(2, first.next)).await.unwrap();
    assert_eq!(second.items, whole[2..4]);
}

#[tokio::test]
async fn bad_cursors_say_so_and_strangers_see_nothing() {
    let (town, estate) = town().await;
    let cx = &town.admin_a;
    for sort in sorts() {
        let filter = DeviceFilter {
            estate: Some(estate),
            sort: Some(sort),
            ..DeviceFilter::default()
        };
        let refused = list(cx, &filter, &page(2, Some("x".to_owned()))).await;
        assert_eq!(
            refused.unwrap_err().problem.to_string(),
            "invalid cursor=malformed"
        );
        assert!(all(&town.admin_b, &filter, 2).await.is_empty(), "{sort}");
    }
    let filter = DeviceFilter {
        sort: Sort::parse("name"),
        ..DeviceFilter::default()
    };
    let nowhere = cx.new_id::<DeviceId>().to_string();
    let refused = list(cx, &filter, &page(2, Some(nowhere))).await;
    assert_eq!(
        refused.unwrap_err().problem.to_string(),
        "invalid cursor=unknown"
    );
    let theirs = all(cx, &filter, 200).await[0].id.to_string();
    let refused = list(&town.admin_b, &filter, &page(2, Some(theirs))).await;
    assert_eq!(
        refused.unwrap_err().problem.to_string(),
        "invalid cursor=unknown"
    );
}
