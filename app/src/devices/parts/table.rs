//! Devices as rows whose values move.

use std::collections::HashMap;

use domain::{
    PointId,
    columns::Columns,
    devices::{DeviceColumn, DeviceRow, DeviceSort, DeviceState},
    telemetry::{Newest, Value},
};
use leptos::prelude::*;

use super::alive::{Alive, Index, alive, by_device, moved};
use crate::{
    devices::words,
    i18n::{locale, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{Age, Heads, NumCell, StateMark, Table, format, plain_head},
};

/// A table of devices with these columns beside the name; without `heads` it does not sort.
pub fn device_table(
    rows: Signal<Vec<DeviceRow>>,
    live: Live,
    columns: &Columns<DeviceColumn>,
    heads: Option<&Heads<DeviceSort>>,
) -> AnyView {
    let i18n = use_i18n();
    let shown = columns.shown().to_vec();
    // What somebody chose is there on a phone as well.
    let wide = *columns == Columns::usual() || heads.is_none();
    let index = by_device(live);
    let (before, after) = shown.split_at(place_of_name(&shown));
    let each = |columns: &[DeviceColumn]| {
        let each = columns.iter().map(|column| head(*column, heads, wide));
        each.collect_view()
    };
    let (before, after) = (each(before), each(after));
    let name = tu_string!(i18n, devices.device);
    let name = match heads {
        Some(heads) => heads.head(DeviceSort::Name, name, false, false),
        None => plain_head(name, false, false),
    };
    view! {
        <Table caption=tu_string!(i18n, devices.title)>
            <thead>
                <tr>{before} {name} {after}</tr>
            </thead>
            <tbody>
                <For
                    each=move || rows.get()
                    key=|row| row.id
                    children=move |row| device_row(row, index, live, &shown, wide)
                />
            </tbody>
        </Table>
    }
    .into_any()
}

/// Behind the state.
fn place_of_name(shown: &[DeviceColumn]) -> usize {
    usize::from(shown.first() == Some(&DeviceColumn::State))
}

/// `wide` leaves out, on a phone, what it has no room for.
fn head(column: DeviceColumn, heads: Option<&Heads<DeviceSort>>, wide: bool) -> AnyView {
    let label = words::column(locale(), column);
    let (by, numeric, wide) = match column {
        DeviceColumn::State => (Some(DeviceSort::State), false, false),
        DeviceColumn::Key | DeviceColumn::Place => (None, false, wide),
        DeviceColumn::Kind => (Some(DeviceSort::Kind), false, wide),
        DeviceColumn::Newest => (None, true, false),
        DeviceColumn::Seen => (Some(DeviceSort::Seen), true, false),
        DeviceColumn::Refused => (Some(DeviceSort::Refused), true, false),
    };
    match (heads, by) {
        (Some(heads), Some(by)) => heads.head(by, label, numeric, wide),
        _ => plain_head(label, numeric, wide),
    }
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

fn device_row(
    row: DeviceRow,
    index: Memo<Index>,
    live: Live,
    shown: &[DeviceColumn],
    wide: bool,
) -> AnyView {
    let locale = locale();
    let id = row.id;
    let points = moved(index, id);
    let seen = row.last_seen.map(jiff::Timestamp::as_millisecond);
    let Alive { heard, state } = alive(
        live,
        points,
        Signal::stored((seen, row.state)),
        row.rhythm_s,
    );
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
    let refused = u64::try_from(row.refused).unwrap_or_default();
    let cells = Cells {
        state,
        heard,
        value: Signal::derive(text),
        unit: Signal::derive(shown_unit),
        rhythm_s: row.rhythm_s,
        key: row.key,
        kind: words::kind(locale, row.kind),
        place: row.place,
        refused: (refused > 0).then(|| format::count(refused)),
    };
    let (before, after) = shown.split_at(place_of_name(shown));
    let each = |columns: &[DeviceColumn]| {
        let each = columns.iter().map(|column| cells.cell(*column, wide));
        each.collect_view()
    };
    let (before, after) = (each(before), each(after));
    view! {
        <tr>
            {before}
            <td>
                <a href=routes::device(id)>{row.name}</a>
            </td>
            {after}
        </tr>
    }
    .into_any()
}

/// What stands beside a device's name.
struct Cells {
    state: Memo<DeviceState>,
    heard: Memo<Option<i64>>,
    value: Signal<String>,
    unit: Signal<Option<String>>,
    rhythm_s: Option<u32>,
    key: String,
    kind: &'static str,
    place: Option<String>,
    refused: Option<String>,
}

impl Cells {
    /// `wide` leaves out, on a phone, what it has no room for.
    fn cell(&self, column: DeviceColumn, wide: bool) -> AnyView {
        let (locale, state) = (locale(), self.state);
        match column {
            DeviceColumn::State => view! {
                <td>
                    <StateMark
                        state=Signal::derive(move || words::mark(state.get()))
                        word=Signal::derive(move || Some(
                            words::state(locale, state.get()).to_owned(),
                        ))
                    />
                </td>
            }
            .into_any(),
            DeviceColumn::Key => {
                view! { <td class="muted" class:wide-only=wide>{self.key.clone()}</td> }.into_any()
            }
            DeviceColumn::Kind => view! { <td class:wide-only=wide>{self.kind}</td> }.into_any(),
            DeviceColumn::Place => {
                view! { <td class="muted" class:wide-only=wide>{self.place.clone()}</td> }
                    .into_any()
            }
            DeviceColumn::Newest => {
                let old = move || !matches!(state.get(), DeviceState::Online);
                view! { <NumCell value=self.value unit=self.unit stale=Signal::derive(old) /> }
                    .into_any()
            }
            DeviceColumn::Seen => view! {
                <td class="num-cell">
                    <Age
                        at=self.heard
                        stale_after_s=DeviceState::online_for_s(self.rhythm_s)
                    />
                </td>
            }
            .into_any(),
            DeviceColumn::Refused => {
                let refused = self.refused.clone().unwrap_or_default();
                view! { <NumCell value=refused /> }.into_any()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{DeviceId, telemetry::Quality};

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
