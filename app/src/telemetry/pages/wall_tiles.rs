//! The parts of the screen on the wall.

use domain::telemetry::{
    Dashboard,
    equipment::{Machine, States, Trouble},
    wall::Wall,
};
use leptos::prelude::*;

use super::{
    doors::hour_bars,
    figures::{power_chart, power_now},
    kept::Kept,
    machines::{mark, word},
};
use crate::{
    devices::words,
    i18n::{locale, td_string, tu_string, use_i18n},
    live::Live,
    ui::{Age, Icon, State, StateMark, chart::BarColumns, format},
};

/// How many things it names that somebody should look at; more than these are a number.
const NAMED: usize = 7;

/// A figure that is read from the other end of the room.
fn large(label: &'static str, value: Signal<Option<String>>, unit: &'static str) -> AnyView {
    let number = move || value.get().unwrap_or_else(|| "–".to_owned());
    view! {
        <div class="wall-figure">
            <p class="wall-label">{label}</p>
            <p>
                <span class="wall-number">{number}</span>
                <span class="unit">{unit}</span>
            </p>
        </div>
    }
    .into_any()
}

pub(super) fn energy_tile(board: RwSignal<Dashboard>, live: Live, offset_s: Memo<i32>) -> AnyView {
    let i18n = use_i18n();
    let power = power_now(board, live);
    let kw = Signal::derive(move || {
        let (_, watts) = power.get()?;
        Some(format::number(watts / 1000.0, "kW"))
    });
    let amount = move |value: fn(&Dashboard) -> Option<f64>| {
        Signal::derive(move || {
            board.with(|board| value(board).map(|value| format::decimal(value, 1)))
        })
    };
    let energy = amount(|board| board.energy_today_kwh);
    let water = amount(|board| board.water_today_m3);
    view! {
        <section class="wall-tile wall-energy">
            <h2 class="sr-only">{tu_string!(i18n, energy.title)}</h2>
            <div class="wall-figures">
                {large(tu_string!(i18n, telemetry.power_now), kw, "kW")}
                {large(tu_string!(i18n, telemetry.energy_today), energy, "kWh")}
                {large(tu_string!(i18n, telemetry.water_today), water, "m³")}
            </div>
            {power_chart(board, power, offset_s.get_untracked())}
        </section>
    }
    .into_any()
}

/// What somebody should look at, the worst first; where there is nothing, that is what it says.
pub(super) fn troubles_tile(kept: Kept<Wall>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let total = Memo::new(move |_| kept.now.with(Wall::troubled));
    let rows = Memo::new(move |_| {
        kept.now.with(|now| {
            let held = now.doors.held.iter().map(|door| (None, door.name.clone()));
            let held: Vec<_> = held.collect();
            let machines = now.troubles.iter();
            let mut rows: Vec<_> = machines
                .map(|row| (Some(row.clone()), row.name.clone()))
                .collect();
            // What burns or does not work comes before a door with a brick in it.
            let urgent = rows.partition_point(|(row, _)| row.as_ref().is_some_and(urgent));
            drop(rows.splice(urgent..urgent, held));
            rows.truncate(NAMED);
            rows
        })
    });
    let list = move || {
        let rows = rows.get().into_iter();
        let rows = rows.map(|(row, name)| trouble_row(row, name));
        rows.collect_view()
    };
    let more = move || {
        let shown = u32::try_from(rows.with(Vec::len)).unwrap_or_default();
        let more = total.get().saturating_sub(shown);
        (more > 0).then(|| {
            let text = td_string!(locale, boards.more_troubles, n = more).to_string();
            view! { <p class="wall-more">{text}</p> }
        })
    };
    let well = tu_string!(i18n, boards.all_well);
    view! {
        <section class="wall-tile wall-troubles" class:is-wrong=move || { total.get() > 0 }>
            <h2 class="wall-label">{tu_string!(i18n, boards.to_look_at)}</h2>
            <p class="wall-number">{move || format::count(u64::from(total.get()))}</p>
            <ul class="wall-list">{list}</ul>
            {more}
            {move || {
                (total.get() == 0)
                    .then(|| view! { <p class="wall-well">{Icon::CircleCheck.view()} {well}</p> })
            }}
        </section>
    }
    .into_any()
}

const fn urgent(row: &Machine) -> bool {
    matches!(row.trouble, Some(Trouble::Alarm | Trouble::Fault))
}

fn trouble_row(row: Option<Machine>, name: String) -> AnyView {
    let locale = locale();
    let Some(row) = row else {
        return view! {
            <li>
                <span class="wall-name">{name}</span>
                <StateMark
                    state=Signal::stored(State::Attention)
                    word=td_string!(locale, boards.held)
                />
            </li>
        }
        .into_any();
    };
    let seen = row.last_seen.map(jiff::Timestamp::as_millisecond);
    let silent = matches!(row.trouble, Some(Trouble::Offline | Trouble::Stale));
    view! {
        <li>
            <span class="wall-name">{name}</span>
            <StateMark
                state=Signal::stored(mark(row.trouble, row.state))
                word=word(locale, row.trouble, row.state)
            />
            {silent.then(|| view! { <Age at=Signal::stored(seen) /> })}
        </li>
    }
    .into_any()
}

pub(super) fn equipment_tile(kept: Kept<Wall>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let kinds = Memo::new(move |_| {
        kept.now.with(|now| {
            let kinds = now.equipment.iter();
            kinds
                .map(|kind| (kind.kind, kind.states))
                .collect::<Vec<_>>()
        })
    });
    let none = tu_string!(i18n, boards.no_equipment);
    let rows = move || {
        let rows = kinds.get().into_iter().map(|(kind, states)| {
            view! {
                <li>
                    {words::icon(kind).view()}
                    <span class="wall-name">{words::kind(locale, kind)}</span>
                    {counts(states)}
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        <section class="wall-tile">
            <h2 class="wall-label">{tu_string!(i18n, boards.equipment)}</h2>
            <ul class="wall-list">{rows}</ul>
            {move || kinds.with(Vec::is_empty).then(|| view! { <p class="muted">{none}</p> })}
        </section>
    }
    .into_any()
}

/// How many are heard, of how many, and a mark where one is not as it should be.
fn counts(states: States) -> AnyView {
    let locale = locale();
    let heard = states.online + states.late;
    let wrong = (states.troubled > 0).then(|| {
        let word = td_string!(locale, boards.n_troubled, n = states.troubled).to_string();
        view! { <StateMark state=Signal::stored(State::Attention) word=word /> }
    });
    view! {
        <span class="wall-count tabular">
            {heard} <span class="unit">"/ " {states.all()}</span>
        </span>
        {wrong}
    }
    .into_any()
}

pub(super) fn doors_tile(kept: Kept<Wall>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let count = |read: fn(&Wall) -> u32| {
        Signal::derive(move || Some(format::count(u64::from(kept.now.with(read)))))
    };
    let today = Signal::derive(move || {
        let total = kept.now.with(|now| now.doors.hours.total())?;
        Some(format::count(u64::from(total)))
    });
    let before = move || {
        let before = kept.now.with(|now| now.doors.hours.total_before())?;
        Some(td_string!(locale, boards.week_ago_so_far, n = before).to_string())
    };
    let bars = Signal::derive(move || kept.now.with(|now| hour_bars(&now.doors.hours)));
    view! {
        <section class="wall-tile">
            <h2 class="sr-only">{tu_string!(i18n, boards.doors)}</h2>
            <div class="wall-figures">
                {large(tu_string!(i18n, boards.doors_open), count(|now| now.doors.open), "")}
                {large(tu_string!(i18n, boards.openings_today), today, "")}
            </div>
            <p class="wall-more">{before}</p>
            <div class="hours">
                <BarColumns label=tu_string!(i18n, boards.openings_by_hour) bars=bars unit="" />
            </div>
        </section>
    }
    .into_any()
}
