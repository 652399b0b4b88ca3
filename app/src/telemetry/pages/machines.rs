//! Devices of one kind as rows: what is wrong on top, then building by building.

use domain::{
    DeviceId,
    devices::{DeviceKind, DeviceState},
    telemetry::{
        Newest, Quality, Value,
        equipment::{Equipment, Machine, MachinePoint, Said, Trouble},
    },
};
use leptos::prelude::*;

use super::{
    groups::{group_rows, groups},
    kept::Kept,
};
use crate::{
    devices::{
        parts::{Alive, Index, alive, moved},
        words,
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{Age, State, StateMark, Table, chart::Sparkline, format},
};

/// What rows share.
#[derive(Clone, Copy)]
pub(super) struct Yard {
    pub live: Live,
    pub index: Memo<Index>,
    pub kept: Kept<Equipment>,
}

impl Yard {
    fn rows<T>(self, kind: DeviceKind, read: impl FnOnce(&[Machine]) -> T) -> T {
        self.kept.now.with(|now| {
            let found = now.kinds.iter().find(|each| each.kind == kind);
            read(found.map_or(&[], |each| each.rows.as_slice()))
        })
    }
}

pub(super) fn machine_table(kind: DeviceKind, yard: Yard) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let elsewhere = tu_string!(i18n, boards.elsewhere);
    let groups = Memo::new(move |_| yard.rows(kind, |rows| groups(rows, elsewhere)));
    let find =
        move |id: DeviceId| yard.rows(kind, |rows| rows.iter().find(|row| row.id == id).cloned());
    let show = move |row| machine_row(row, yard);
    view! {
        <Table caption=words::kind(locale, kind)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, devices.state)}</th>
                    <th scope="col">{tu_string!(i18n, devices.device)}</th>
                    <th scope="col">{tu_string!(i18n, devices.newest)}</th>
                    <th scope="col" class="wide-only course-cell">{tu_string!(i18n, boards.day)}</th>
                    <th scope="col" class="wide-only num-cell">{tu_string!(i18n, devices.heard)}</th>
                </tr>
            </thead>
            <For
                each=move || groups.get()
                key=Clone::clone
                children=move |group| group_rows(group, "5", find, show)
            />
        </Table>
    }
    .into_any()
}

fn machine_row(row: Memo<Machine>, yard: Yard) -> AnyView {
    let locale = locale();
    let first = row.get_untracked();
    let points = moved(yard.index, first.id);
    let last = Signal::derive(move || {
        row.with(|row| {
            let seen = row.last_seen.map(jiff::Timestamp::as_millisecond);
            (seen, row.state)
        })
    });
    let Alive { heard, state } = alive(yard.live, points, last, first.rhythm_s);
    let shown = Memo::new(move |_| {
        yard.live.newest.with(|newest| {
            row.with(|row| {
                row.points
                    .iter()
                    .map(|p| now_of(p, newest))
                    .collect::<Vec<_>>()
            })
        })
    });
    let trouble =
        Memo::new(move |_| shown.with(|shown| row.with(|row| trouble(row, shown, state.get()))));
    // The counts are the server's, and so is the order.
    Effect::new(move |before: Option<Option<Trouble>>| {
        let now = trouble.get();
        if before.is_some_and(|before| before != now) {
            yard.kept.ask();
        }
        now
    });
    let mark = Signal::derive(move || mark(trouble.get(), state.get()));
    let word = Signal::derive(move || Some(word(locale, trouble.get(), state.get()).to_owned()));
    let trace = Signal::derive(move || row.with(|row| row.trace.clone()));
    let traced = move || trace.with(|trace| !trace.is_empty());
    let place = first
        .place
        .clone()
        .filter(|place| !first.name.contains(place.as_str()));
    let old = move || !matches!(state.get(), DeviceState::Online);
    let values = move || {
        shown.with(|shown| {
            let said = shown.iter().filter_map(|point| value_view(locale, point));
            said.collect_view()
        })
    };
    view! {
        <tr>
            <td>
                <StateMark state=mark word=word />
            </td>
            <td>
                <a href=routes::device(first.id)>{first.name.clone()}</a>
                {place.map(|place| view! { <span class="muted wide-only">" " {place}</span> })}
            </td>
            <td class="glance" class:is-stale=old>
                {values}
            </td>
            <td class="wide-only course-cell">
                {move || traced().then(|| view! { <Sparkline points=trace /> })}
            </td>
            <td class="wide-only num-cell">
                <Age at=heard stale_after_s=DeviceState::online_for_s(first.rhythm_s) />
            </td>
        </tr>
    }
    .into_any()
}

/// A point as it is now.
fn now_of(
    point: &MachinePoint,
    newest: &std::collections::HashMap<domain::PointId, Newest>,
) -> MachinePoint {
    let mut point = point.clone();
    if let Some(newer) = newest.get(&point.id) {
        point.value = Some(newer.value.clone());
        point.quality = Some(newer.quality);
    }
    point
}

/// What is wrong as readings come and time passes; by points that are not shown, as the server knew.
fn trouble(row: &Machine, shown: &[MachinePoint], state: DeviceState) -> Option<Trouble> {
    let mut said = shown.iter().fold(Said::default(), |said, point| {
        said.and(&point.name, point.value.as_ref(), point.quality)
    });
    let hidden = |name: &str| row.points.iter().all(|point| point.name != name);
    let failed = |point: &MachinePoint| point.quality == Some(Quality::Failed);
    said.alarm |= row.trouble == Some(Trouble::Alarm) && hidden("alarm");
    said.fault |= row.trouble == Some(Trouble::Fault) && hidden("fault");
    said.unread |= row.trouble == Some(Trouble::Unread) && !row.points.iter().any(failed);
    Trouble::of(state, said)
}

pub(super) const fn mark(trouble: Option<Trouble>, state: DeviceState) -> State {
    match trouble {
        Some(Trouble::Alarm) => State::Alarm,
        Some(Trouble::Fault | Trouble::Unread) => State::Attention,
        _ => words::mark(state),
    }
}

pub(super) fn word(locale: Locale, trouble: Option<Trouble>, state: DeviceState) -> &'static str {
    match trouble {
        Some(Trouble::Alarm) => td_string!(locale, devices.point_alarm),
        Some(Trouble::Fault) => td_string!(locale, devices.point_fault),
        Some(Trouble::Unread) => td_string!(locale, devices.unread),
        _ => words::state(locale, state),
    }
}

/// A value with what it measures; a switch that needs no more words than its own is that word. `None`
/// where it never said anything, and for what the mark beside the name says already.
fn value_view(locale: Locale, point: &MachinePoint) -> Option<AnyView> {
    let value = point.value.as_ref()?;
    let text = words::value(locale, &point.name, value, &point.unit);
    let failed = point.quality == Some(Quality::Failed);
    let number = matches!(value, Value::Number(_));
    let label = match (point.name.as_str(), value) {
        ("alarm" | "fault", Value::Bool(true)) => return None,
        ("running" | "moving" | "open" | "door_open" | "alarm", _) => None,
        (name, _) => Some(words::point(locale, name).unwrap_or_else(|| name.to_owned().into())),
    };
    let unit = format::unit_label(&point.unit).to_owned();
    let unit = (number && !unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> });
    Some(
        view! {
            <span class="said" class:is-stale=failed>
                {label.map(|label| view! { <span class="muted">{label.into_owned()} " "</span> })}
                <span class="num">{text} {unit}</span>
            </span>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            id: "dev_01JA0000000000000000000001".parse().unwrap(),
            name: "梯".to_owned(),
            kind: DeviceKind::Lift,
            building: None,
            place: None,
            state: DeviceState::Online,
            last_seen: None,
            rhythm_s: None,
            trouble: None,
            points: Vec::new(),
            trace: Vec::new(),
        }
    }

    #[test]
    fn an_alarm_that_comes_live_is_told_and_taken_back() {
        let mut row = machine();
        row.points = vec![MachinePoint {
            id: "pt_01JA0000000000000000000001".parse().unwrap(),
            name: "alarm".to_owned(),
            unit: String::new(),
            value: Some(Value::Bool(false)),
            quality: Some(Quality::Good),
        }];
        let mut live = row.points.clone();
        assert_eq!(trouble(&row, &live, DeviceState::Online), None);
        live[0].value = Some(Value::Bool(true));
        assert_eq!(
            trouble(&row, &live, DeviceState::Online),
            Some(Trouble::Alarm)
        );
        row.trouble = Some(Trouble::Alarm);
        live[0].value = Some(Value::Bool(false));
        assert_eq!(trouble(&row, &live, DeviceState::Online), None);
        // By a point that no row shows only the server knows.
        row.trouble = Some(Trouble::Fault);
        assert_eq!(
            trouble(&row, &live, DeviceState::Late),
            Some(Trouble::Fault)
        );
    }
}
