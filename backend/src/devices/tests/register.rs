//! Registration and log-in.

use domain::devices::{DeviceState, NewPoint};

use super::*;

#[tokio::test]
async fn registers_and_logs_in() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let mut wanted = form(DeviceKind::ElectricityMeter, place.estate, Some(place.unit));
    wanted.key = Some("b1-101".to_owned());
    wanted.points = vec![NewPoint {
        name: "volts".into(),
        unit: "V".into(),
        value_type: domain::devices::ValueType::Number,
        range: domain::devices::ValidRange::default(),
    }];
    let made = register(&t.admin_a, wanted).await.unwrap();
    assert_eq!(made.credentials.username, "anju:b1-101");
    assert_eq!(made.credentials.topic, "linli/anju/b1-101");
    assert_eq!(made.credentials.password.len(), 64);
    assert!(!format!("{made:?}").contains(&made.credentials.password));

    let secret = made.credentials.password.as_bytes();
    let expected = DeviceLogin {
        tenant: t.admin_a.tenant.id,
        device: made.id,
        estate: place.estate,
        since: t.admin_a.now(),
    };
    assert_eq!(
        log_in(&t.site, "anju", "b1-101", secret).await.unwrap(),
        Some(expected)
    );
    for (slug, key, secret) in [
        ("anju", "b1-101", &b"wrong"[..]),
        ("anju", "b1-101", b""),
        ("anju", "b1-102", secret),
        ("boyuan", "b1-101", secret),
        ("an\0ju", "b1-101", secret),
        ("anju", "b1\0", secret),
    ] {
        assert_eq!(
            log_in(&t.site, slug, key, secret).await.unwrap(),
            None,
            "{slug} {key}"
        );
    }

    let shown = device(&t.admin_a, made.id).await.unwrap().unwrap();
    assert_eq!(
        (shown.key.as_str(), shown.state, shown.unit),
        ("b1-101", DeviceState::Waiting, Some(place.unit))
    );
    assert_eq!(shown.estate_name, "阳光花园");
    assert_eq!(shown.place.as_deref(), Some("1号楼 101"));
    let names: Vec<String> = points(&t.admin_a, made.id)
        .await
        .unwrap()
        .unwrap()
        .into_iter()
        .map(|p| p.name)
        .collect();
    assert_eq!(names, ["energy_kwh", "power_w", "volts"]);

    // Only the hash is stored.
    let hash: Vec<u8> =
        sqlx::query_scalar("SELECT secret_hash FROM device_credential WHERE device_id = $1")
            .bind(made.id.0)
            .fetch_one(t.db.admin())
            .await
            .unwrap();
    assert_eq!(hash, super::super::doors::digest(secret).to_vec());
}

#[tokio::test]
async fn the_serving_login_cannot_read_a_hash() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    register(&t.admin_a, form(DeviceKind::Door, place.estate, None))
        .await
        .unwrap();
    let mut tx = TenantTx::begin(&t.admin_a, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    let read = sqlx::query("SELECT secret_hash FROM device_credential")
        .fetch_all(tx.conn())
        .await;
    assert!(read.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn a_suspended_company_has_no_devices_that_log_in() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let made = register(&t.admin_a, form(DeviceKind::Door, place.estate, None))
        .await
        .unwrap();
    sqlx::query("UPDATE tenant SET state = 'suspended' WHERE slug = 'anju'")
        .execute(t.db.admin())
        .await
        .unwrap();
    let login = log_in(
        &t.site,
        "anju",
        &made.key,
        made.credentials.password.as_bytes(),
    )
    .await
    .unwrap();
    assert_eq!(login, None);
}

#[tokio::test]
async fn refusals_of_a_form() {
    let t = Town::new().await;
    let ours = settle(&t.admin_a, "阳光花园").await;
    let other = settle(&t.admin_a, "月光花园").await;
    let theirs = settle(&t.admin_b, "阳光花园").await;
    let problem = |result: Result<Registered>| result.unwrap_err().problem.to_string();

    let bad = DeviceForm {
        name: " ".into(),
        key: Some("B 1".into()),
        ..form(DeviceKind::Sensor, ours.estate, None)
    };
    assert_eq!(
        problem(register(&t.admin_a, bad).await),
        "invalid key=malformed name=required points=required"
    );
    for unit in [other.unit, theirs.unit] {
        let bad = form(DeviceKind::Door, ours.estate, Some(unit));
        assert_eq!(
            problem(register(&t.admin_a, bad).await),
            "invalid unit=unknown"
        );
    }
    let bad = form(DeviceKind::Door, theirs.estate, None);
    assert_eq!(problem(register(&t.admin_a, bad).await), "not_found");

    let keyed = || DeviceForm {
        key: Some("gate".into()),
        ..form(DeviceKind::Door, ours.estate, None)
    };
    register(&t.admin_a, keyed()).await.unwrap();
    assert_eq!(
        problem(register(&t.admin_a, keyed()).await),
        "conflict key=taken"
    );
    // The same key in another company is another device, and tells nothing of ours.
    let keyed = DeviceForm {
        estate: theirs.estate,
        ..keyed()
    };
    register(&t.admin_b, keyed).await.unwrap();

    let half: i64 = sqlx::query_scalar("SELECT count(*) FROM device WHERE tenant_id = $1")
        .bind(t.admin_a.tenant.id.0)
        .fetch_one(t.db.admin())
        .await
        .unwrap();
    assert_eq!(half, 1);
}

#[tokio::test]
async fn many_at_once_for_the_product_only() {
    let t = Town::new().await;
    let place = settle(&t.admin_a, "阳光花园").await;
    let forms = |from: u32| {
        (from..from + 400)
            .map(|n| {
                let form = form(DeviceKind::WaterMeter, place.estate, Some(place.unit));
                (
                    DeviceForm {
                        key: Some(format!("wm-{n}")),
                        ..form
                    },
                    format!("secret {n}"),
                )
            })
            .collect::<Vec<_>>()
    };
    let error = register_many(&t.admin_a, forms(0)).await.unwrap_err();
    assert_eq!(error.code(), domain::Code::Forbidden);
    let system = t.system(&t.admin_a);
    let ids = register_many(&system, forms(0)).await.unwrap();
    assert_eq!(ids.len(), 400);
    let login = log_in(&t.site, "anju", "wm-7", b"secret 7")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(login.device, ids[7]);
    // One key that is taken, and none is made.
    assert_eq!(
        register_many(&system, forms(399))
            .await
            .unwrap_err()
            .problem
            .to_string(),
        "conflict key=taken"
    );
    let filter = DeviceFilter {
        estate: Some(place.estate),
        ..DeviceFilter::default()
    };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let got = list(&t.admin_a, &filter, &page(150, cursor)).await.unwrap();
        seen.extend(got.items.into_iter().map(|row| row.id));
        cursor = got.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(seen, sorted);
}
