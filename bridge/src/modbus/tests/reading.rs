use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn a_cabinet_of_known_models() {
    let models = [
        "eastron-sdm630",
        "eastron-sdm120",
        "chint-dtsu666",
        "xintai-water-valve",
        "nyk-es810-water",
    ];
    let maps: Vec<_> = (1_u8..).zip(models.map(known)).collect();
    let values = |point: &str| if point == "power_w" { 730.5 } else { 12.5 };
    let devices = maps.iter().map(|(id, map)| simulated(*id, map, values));
    let cabinet = cabinet(devices.collect()).await;
    let units = maps.iter().map(|(id, map)| unit(*id, map, ONCE)).collect();
    let mut line = watch(settings(cabinet.local_addr()), units).await;
    for (id, map) in &maps {
        let polled = line.next().await;
        assert_eq!(
            (polled.device, polled.unit, polled.at),
            (device(*id), *id, NOW)
        );
        assert_eq!(failed(&polled), [], "{}", map.id);
        assert_eq!(polled.readings.len(), map.registers.len(), "{}", map.id);
        let total = value(&polled, "energy_kwh").or_else(|| value(&polled, "volume_m3"));
        assert_eq!(total, Some(12.5), "{}", map.id);
        let power = value(&polled, "power_w");
        assert!(
            power.is_none_or(|power| (power - 730.5).abs() < 1e-3),
            "{power:?}"
        );
    }
}

#[tokio::test]
async fn swapped_words_bits_and_coils_over_both_framings() {
    let map = map(json!({"registers": [
        {"name": "energy", "point": "energy_kwh", "address": 10, "function": 3, "type": "f32", "word_order": "little"},
        {"name": "volume", "address": 12, "function": 3, "type": "bcd32", "byte_order": "little", "scale": 0.01},
        {"name": "tamper", "address": 3, "function": 4, "type": "bits16", "bit": 2},
        {"name": "low", "address": 3, "function": 4, "type": "bits16", "bit": 9},
        {"name": "relay", "address": 7, "function": 1, "type": "bool"},
        {"name": "door", "address": 8, "function": 2, "type": "bool"}
    ]}));
    let wanted = [
        ("energy_kwh", 230.5),
        ("volume", 1234.56),
        ("tamper", 1.0),
        ("low", 0.0),
        ("relay", 1.0),
        ("door", 0.0),
    ];
    let values = move |point: &str| {
        let mut values = wanted.iter();
        values.find(|(name, _)| *name == point).unwrap().1
    };
    for framing in [Framing::Tcp, Framing::RtuOverTcp] {
        let devices = vec![simulated(9, &map, values)];
        let cabinet = Simulator::start(ANY.parse().unwrap(), framing, devices)
            .await
            .unwrap();
        let settings = Settings {
            framing,
            ..settings(cabinet.local_addr())
        };
        let mut line = watch(settings, vec![unit(9, &map, ONCE)]).await;
        let polled = line.next().await;
        assert_eq!(failed(&polled), [], "{framing:?}");
        for (point, wanted) in wanted {
            assert_eq!(value(&polled, point), Some(wanted), "{framing:?} {point}");
        }
    }
}

#[tokio::test]
async fn one_failing_register_takes_no_other_with_it() {
    let map = known("eastron-sdm630");
    let values = |point: &str| if point == "current_l2" { f64::NAN } else { 1.5 };
    let cabinet = cabinet(vec![simulated(1, &map, values)]).await;
    let mut line = watch(settings(cabinet.local_addr()), vec![unit(1, &map, ONCE)]).await;
    let polled = line.next().await;
    assert_eq!(failed(&polled), [("current_l2", "device_failure")]);
    assert_eq!(polled.readings.len(), map.registers.len() - 1);
}

#[tokio::test]
async fn a_register_that_fails_is_asked_for_alone_until_it_answers() {
    let map = known("eastron-sdm630");
    let blocks = plan(&map);
    let beside = |read: &&Read| read.registers.iter().any(|of| of.point() == "current_l2");
    let beside = blocks.iter().find(beside).unwrap().registers.len();
    let (asked, broken) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(true)),
    );
    let first = map.registers[0].point().to_owned();
    let (counting, breaking) = (Arc::clone(&asked), Arc::clone(&broken));
    // Asked for each register of the device at each request.
    let values = move |point: &str| {
        counting.fetch_add(usize::from(point == first), Ordering::SeqCst);
        if point == "current_l2" && breaking.load(Ordering::SeqCst) {
            f64::NAN
        } else {
            1.5
        }
    };
    let cabinet = cabinet(vec![simulated(1, &map, values)]).await;
    let units = vec![unit(1, &map, Duration::from_millis(1))];
    let mut line = watch(settings(cabinet.local_addr()), units).await;

    // The first poll finds out. After it, what was one block is two beside the register alone.
    line.full().await;
    let around = blocks.len() + 2;
    let wanted = blocks.len() + beside + (ROOM - 1) * around;
    assert_eq!(asked.swap(0, Ordering::SeqCst), wanted);
    broken.store(false, Ordering::SeqCst);
    for _ in 0..ROOM {
        let polled = line.next().await;
        assert_eq!(failed(&polled), [("current_l2", "device_failure")]);
        assert_eq!(polled.readings.len(), map.registers.len() - 1);
    }

    // It answers, and is read with the others again.
    line.full().await;
    let wanted = around + (ROOM - 1) * blocks.len();
    assert_eq!(asked.load(Ordering::SeqCst), wanted);
    for _ in 0..ROOM {
        let polled = line.next().await;
        assert_eq!(failed(&polled), []);
        assert_eq!(value(&polled, "current_l2"), Some(1.5));
    }
}

#[tokio::test]
async fn a_register_that_the_device_does_not_have() {
    let row = |name: &str, address: u16| json!({"name": name, "address": address, "function": 3, "type": "u16"});
    let has = map(json!({"registers": [row("a", 0), row("c", 2)]}));
    let wanted = map(json!({"registers": [row("a", 0), row("b", 1), row("c", 2)]}));
    let cabinet = cabinet(vec![simulated(1, &has, |_| 7.0)]).await;
    let mut line = watch(settings(cabinet.local_addr()), vec![unit(1, &wanted, ONCE)]).await;
    let polled = line.next().await;
    assert_eq!(failed(&polled), [("b", "illegal_address")]);
    assert_eq!(
        (value(&polled, "a"), value(&polled, "c")),
        (Some(7.0), Some(7.0))
    );
}

#[tokio::test]
async fn a_value_that_is_none_is_refused() {
    let of_type = |kind: &str| {
        map(json!({"registers": [
            {"name": "good", "address": 0, "function": 3, "type": kind},
            {"name": "bad", "address": 2, "function": 3, "type": kind}
        ]}))
    };
    // The bits of a float that is no number.
    let values = |point: &str| {
        if point == "bad" {
            f64::from(0x7FC0_0000_u32)
        } else {
            0.0
        }
    };
    let cabinet = cabinet(vec![simulated(1, &of_type("u32"), values)]).await;
    let units = vec![unit(1, &of_type("f32"), ONCE)];
    let mut line = watch(settings(cabinet.local_addr()), units).await;
    let polled = line.next().await;
    assert_eq!(failed(&polled), [("bad", "not_finite")]);
    assert_eq!(value(&polled, "good"), Some(0.0));
}
