//! What matters at home today: one thing, found by rules and not by guesses.

use domain::{devices::DeviceKind, telemetry::HomeMeter};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Days with readings that "usual" needs.
const USUAL_DAYS: usize = 5;

/// The one thing to say first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Matter {
    /// No meter has said anything yet.
    NothingRead,
    /// A meter has been silent for a day or longer.
    Silent(DeviceKind),
    /// Today is well above a usual day already: how many times.
    ManyTimes(DeviceKind, f64),
    /// This month is well above the same part of the last one: by how much.
    More(DeviceKind, f64),
    Fine,
}

/// How much more is worth a word, by day and by month. Less is noise to the one who pays.
const fn worth(kind: DeviceKind) -> (f64, f64) {
    match kind {
        DeviceKind::ElectricityMeter => (4.0, 20.0),
        DeviceKind::WaterMeter => (0.4, 1.0),
        _ => (1.0, 5.0),
    }
}

/// How many times a usual day today is, where that is unusual.
pub(super) fn many_times(meter: &HomeMeter) -> Option<f64> {
    let (today, before) = meter.days.split_last()?;
    let today = today.1?;
    let days: Vec<f64> = before.iter().filter_map(|day| day.1).collect();
    if days.len() < USUAL_DAYS {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "a month of days")]
    let usual = days.iter().sum::<f64>() / days.len() as f64;
    let unusual = today >= 1.6 * usual && today - usual >= worth(meter.kind).0 && usual > 0.0;
    unusual.then(|| today / usual)
}

/// By how much this month is above the same part of the last one, where that is worth a word.
fn more(meter: &HomeMeter) -> Option<f64> {
    let (now, before) = (meter.used_month?, meter.used_month_before?);
    (now - before >= worth(meter.kind).1 && now >= 1.2 * before).then_some(now - before)
}

/// `now` in milliseconds since 1970.
pub(super) fn matter(meters: &[HomeMeter], now: i64) -> Matter {
    if meters.iter().all(|meter| meter.ts.is_none()) {
        return Matter::NothingRead;
    }
    let silent = |meter: &&HomeMeter| meter.ts.is_some_and(|ts| now - ts.as_millisecond() > DAY);
    if let Some(meter) = meters.iter().find(silent) {
        return Matter::Silent(meter.kind);
    }
    let today = meters
        .iter()
        .find_map(|meter| Some((meter.kind, many_times(meter)?)));
    let month = meters
        .iter()
        .find_map(|meter| Some((meter.kind, more(meter)?)));
    match (today, month) {
        (Some((kind, times)), _) => Matter::ManyTimes(kind, times),
        (None, Some((kind, more))) => Matter::More(kind, more),
        (None, None) => Matter::Fine,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const NOW: i64 = 1_795_329_112_000;

    fn water(days: &[f64]) -> HomeMeter {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        HomeMeter {
            device: "dev_01JA0000000000000000000000".parse().unwrap(),
            point: "pt_01JA0000000000000000000000".parse().unwrap(),
            kind: DeviceKind::WaterMeter,
            unit: "m³".to_owned(),
            value: Some(412.06),
            ts: Some(at(NOW - 60_000)),
            used_month: Some(8.0),
            used_month_before: Some(8.1),
            days: days.iter().map(|used| (at(NOW), Some(*used))).collect(),
        }
    }

    #[test]
    fn a_usual_day_is_fine() {
        assert_eq!(
            matter(&[water(&[0.4, 0.5, 0.4, 0.3, 0.4, 0.45])], NOW),
            Matter::Fine
        );
        // Twice of next to nothing is nothing to worry about.
        assert_eq!(
            matter(&[water(&[0.02, 0.02, 0.02, 0.02, 0.02, 0.08])], NOW),
            Matter::Fine
        );
    }

    #[test]
    fn a_day_of_water_is_told() {
        let found = matter(&[water(&[0.4, 0.4, 0.4, 0.4, 0.4, 1.0])], NOW);
        assert_eq!(found, Matter::ManyTimes(DeviceKind::WaterMeter, 2.5));
        // Three days say nothing about what is usual.
        assert_eq!(matter(&[water(&[0.4, 0.4, 0.4, 1.0])], NOW), Matter::Fine);
    }

    #[test]
    fn a_month_of_water_is_told() {
        let mut meter = water(&[]);
        meter.used_month = Some(11.0);
        assert_eq!(
            matter(&[meter], NOW),
            Matter::More(DeviceKind::WaterMeter, 11.0 - 8.1)
        );
    }

    #[test]
    fn silence_comes_first() {
        let mut meter = water(&[0.4, 0.4, 0.4, 0.4, 0.4, 1.0]);
        assert_eq!(
            matter(&[meter.clone()], NOW + 2 * DAY),
            Matter::Silent(DeviceKind::WaterMeter)
        );
        meter.ts = None;
        assert_eq!(matter(&[meter], NOW), Matter::NothingRead);
    }
}
