//! Devices as rows whose values move.

use std::collections::HashMap;

use domain::{
    DeviceId, PointId,
    devices::{DeviceRow, DeviceState},
    telemetry::{Newest, Value},
};
use leptos::prelude::*;

use crate::{
    devices::words,
    i18n::{locale, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{Age, NumCell, StateMark, Table, format, use_now},
};

/// The points that have moved, by device.
type Index = HashMap<DeviceId, Vec<PointId>>;

/// A table of devices; `refused` adds the column of refused readings.
pub fn device_table(rows: Signal<Vec<DeviceRow>>, live: Live, refused: bool) -> AnyView {
    let i18n = use_i18n();
    // Changes only when a point is heard for the first time, so each row looks up its own few.
    let index = Memo::new(move |_| {
        let mut index = Index::new();
        live.newest.with(|newest| {
            for value in newest.values() {
                index.entry(value.device).or_default().push(value.point);
            }
        });
        for points in index.values_mut() {
            points.sort_unstable();
        }
        index
    });
    let refused_head = refused.then(|| {
        view! { <th scope="col" class="num-cell">{tu_string!(i18n, devices.refused)}</th> }
    });
    view! {
        <Table caption=tu_string!(i18n, devices.title)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, devices.state)}</th>
                    <th scope="col">{tu_string!(i18n, devices.device)}</th>
                    <th scope="col" class="wide-only">{tu_string!(i18n, devices.place)}</th>
                    <th scope="col" class="num-cell">{tu_string!(i18n, devices.newest)}</th>
                    <th scope="col" class="num-cell">{tu_string!(i18n, devices.heard)}</th>
                    {refused_head}
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || rows.get()
                    key=|row| row.id
                    children=move |row| device_row(row, index, live, refused)
                />
            </tbody>
        </Table>
    }
    .into_any()
}

/// The value to show for a device: that of its leading point, as in the list from the server. A
/// kind names that point; a sensor's is the one that was made first.
fn leading(
    points: &[PointId],
    newest: &HashMap<PointId, Newest>,
    name: Option<&str>,
) -> Option<Value> {
    let mut heard = points.iter().filter_map(|point| newest.get(point));
    match name {
        Some(name) => heard.find(|value| value.name == name),
        None => heard.next(),
    }
    .map(|found| found.value.clone())
}

fn device_row(row: DeviceRow, index: Memo<Index>, live: Live, refused: bool) -> AnyView {
    let locale = locale();
    let now = use_now();
    let id = row.id;
    let points =
        Memo::new(move |_| index.with(|index| index.get(&id).cloned().unwrap_or_default()));
    let seen = row.last_seen.map(jiff::Timestamp::as_millisecond);
    let heard = Memo::new(move |_| {
        let moved = live.newest.with(|newest| {
            points.with(|points| {
                let times = points.iter().filter_map(|point| newest.get(point));
                times.map(|value| value.ts.as_millisecond()).max()
            })
        });
        seen.max(moved)
    });
    // A last will is known to the server only; anything newer than it takes it back.
    let silenced = row.state == DeviceState::Offline;
    let state = Memo::new(move |_| {
        let age = heard.get().map(|at| (now.get() - at) / 1000);
        DeviceState::of(age, row.rhythm_s, silenced && heard.get() == seen)
    });
    let lead = row.kind.points().into_iter().next();
    let unit = match (&row.value, &lead) {
        (Some((_, unit)), _) => unit.clone(),
        (None, Some(lead)) => lead.unit.clone(),
        (None, None) => String::new(),
    };
    let name = StoredValue::new(lead.map(|lead| lead.name));
    let before = row.value.map(|(value, _)| value);
    let value = Memo::new(move |_| {
        let moved = live.newest.with(|newest| {
            points.with(|points| name.with_value(|name| leading(points, newest, name.as_deref())))
        });
        moved.or_else(|| before.clone())
    });
    let label = format::unit_label(&unit).to_owned();
    let text = move || {
        value.with(|value| {
            value.as_ref().map_or_else(
                || "–".to_owned(),
                |value| {
                    let point = name.with_value(|name| name.clone().unwrap_or_default());
                    words::value(locale, &point, value, &unit)
                },
            )
        })
    };
    let shown_unit = move || {
        let number = value.with(|value| matches!(value, Some(Value::Number(_))));
        (number && !label.is_empty()).then(|| label.clone())
    };
    let old = move || !matches!(state.get(), DeviceState::Online);
    let refused = refused.then(|| {
        let count = u64::try_from(row.refused).unwrap_or_default();
        let text = if count > 0 {
            format::count(count)
        } else {
            String::new()
        };
        view! { <NumCell value=text /> }
    });
    view! {
        <tr>
            <td>
                <StateMark
                    state=Signal::derive(move || words::mark(state.get()))
                    word=Signal::derive(move || Some(words::state(locale, state.get()).to_owned()))
                />
            </td>
            <td>
                <a href=routes::device(id)>{row.name}</a>
            </td>
            <td class="muted wide-only">{row.place}</td>
            <NumCell
                value=Signal::derive(text)
                unit=Signal::derive(shown_unit)
                stale=Signal::derive(old)
            />
            <td class="num-cell">
                <Age at=heard stale_after_s=DeviceState::online_for_s(row.rhythm_s) />
            </td>
            {refused}
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::telemetry::Quality;

    use super::*;

    #[test]
    fn the_leading_value_is_the_kinds_own() {
        let device: DeviceId = "dev_01JA0000000000000000000000".parse().unwrap();
        let ids: Vec<PointId> = (1..=2)
            .map(|n| format!("pt_01JA000000000000000000000{n}").parse().unwrap())
            .collect();
        let newest: HashMap<_, _> = ["power_w", "energy_kwh"]
            .into_iter()
            .zip([420.0, 8412.6])
            .zip(&ids)
            .map(|((name, value), point)| {
                let value = Newest {
                    point: *point,
                    device,
                    name: name.to_owned(),
                    ts: jiff::Timestamp::UNIX_EPOCH,
                    value: Value::Number(value),
                    quality: Quality::Good,
                };
                (*point, value)
            })
            .collect();
        let lead = |name| leading(&ids, &newest, name);
        assert_eq!(lead(Some("energy_kwh")), Some(Value::Number(8412.6)));
        assert_eq!(lead(Some("volume_m3")), None);
        assert_eq!(lead(None), Some(Value::Number(420.0)));
    }
}
