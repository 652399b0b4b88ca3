//! Doors as rows: what is wrong on top, then building by building, each with the button that opens it.

use domain::{
    DeviceId, EstateId,
    devices::DeviceState,
    telemetry::{
        Value,
        doors::{DoorRow, Doors, Leaf, Told},
    },
};
use leptos::prelude::*;

use super::{
    groups::{group_rows, groups},
    kept::Kept,
};
use crate::{
    devices::{
        api::Tell,
        parts::{self, Alive, Index, act_button, alive, moved},
        words,
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    live::Live,
    routes,
    ui::{Age, State, StateMark, Table, format, use_now},
};

/// What rows share.
#[derive(Clone, Copy)]
pub(super) struct Hall {
    pub live: Live,
    pub index: Memo<Index>,
    pub kept: Kept<Doors>,
    pub tell: ServerAction<Tell>,
    pub estate: EstateId,
    pub offset_s: i32,
}

pub(super) fn door_table(hall: Hall) -> AnyView {
    let i18n = use_i18n();
    let elsewhere = tu_string!(i18n, boards.elsewhere);
    let groups = Memo::new(move |_| hall.kept.now.with(|now| groups(&now.rows, elsewhere)));
    let find = move |id: DeviceId| {
        let rows = hall.kept.now;
        rows.with(|now| now.rows.iter().find(|row| row.id == id).cloned())
    };
    let show = move |row| door_row(row, hall);
    view! {
        <Table caption=tu_string!(i18n, boards.doors)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, devices.device)}</th>
                    <th scope="col">{tu_string!(i18n, boards.leaf)}</th>
                    <th scope="col" class="wide-only">{tu_string!(i18n, boards.last_opened)}</th>
                    <th scope="col" class="wide-only">{tu_string!(i18n, boards.last_told)}</th>
                    <th scope="col" class="wide-only num-cell">{tu_string!(i18n, devices.heard)}</th>
                    <th scope="col">
                        <span class="sr-only">{tu_string!(i18n, devices.tell)}</span>
                    </th>
                </tr>
            </thead>
            <For
                each=move || groups.get()
                key=Clone::clone
                children=move |group| group_rows(group, "6", find, show)
            />
        </Table>
    }
    .into_any()
}

/// Whether a door is open and since when, as the server knew and as it has said since.
fn stands(row: Memo<DoorRow>, live: Live) -> Memo<Option<(bool, Option<i64>)>> {
    Memo::new(move |before: Option<&Option<(bool, Option<i64>)>>| {
        row.with(|row| {
            let known = row.leaf.map(|leaf| {
                let since = row.open_since.map(jiff::Timestamp::as_millisecond);
                (leaf != Leaf::Closed, since)
            });
            let said = live.newest.with(|newest| {
                let newest = newest.get(&row.points.open?)?;
                Some((
                    newest.ts.as_millisecond(),
                    newest.value == Value::Bool(true),
                ))
            });
            let Some((at, open)) = said else {
                return known;
            };
            let was = before.copied().flatten().or(known);
            let since = was.filter(|(open, _)| *open).and_then(|(_, since)| since);
            Some((open, open.then_some(since.unwrap_or(at))))
        })
    })
}

fn door_row(row: Memo<DoorRow>, hall: Hall) -> AnyView {
    let locale = locale();
    let first = row.get_untracked();
    let now = use_now();
    let points = moved(hall.index, first.id);
    let last = Signal::derive(move || {
        row.with(|row| {
            let seen = row.last_seen.map(jiff::Timestamp::as_millisecond);
            (seen, row.state)
        })
    });
    let Alive { heard, state } = alive(hall.live, points, last, first.rhythm_s);
    let stands = stands(row, hall.live);
    let says_held = Memo::new(move |_| {
        let held = row.with(|row| row.points.held_open);
        hall.live.newest.with(|newest| {
            let newest = held.and_then(|point| newest.get(&point))?;
            Some(newest.value == Value::Bool(true))
        })
    });
    let leaf = Memo::new(move |_| {
        let (open, since) = stands.get()?;
        let known = row.with(|row| row.leaf == Some(Leaf::Held));
        let open_for = since.map(|since| (now.get() - since) / 1000);
        Some(Leaf::of(open, says_held.get().unwrap_or(known), open_for))
    });
    // What is counted is the server's.
    Effect::new(move |before: Option<Option<Leaf>>| {
        let now = leaf.get();
        if before.is_some_and(|before| before != now) {
            hall.kept.ask();
        }
        now
    });
    let opened = Memo::new(move |_| {
        let known = row.with(|row| row.opened_at.map(jiff::Timestamp::as_millisecond));
        known.max(stands.get().and_then(|(_, since)| since))
    });
    let by = Memo::new(move |_| {
        row.with(|row| {
            let known = row.opened_at.map(jiff::Timestamp::as_millisecond);
            let stands = known == opened.get();
            row.opened_by.clone().filter(|_| stands)
        })
    });
    let told = move || {
        let told = row.with(|row| row.told.clone());
        told.map(|told| told_view(locale, &told, hall.offset_s))
    };
    let entrance = first.entrance.clone();
    let entrance = entrance.filter(|entrance| !first.name.contains(entrance.as_str()));
    let opened_ever = Signal::derive(move || opened.get());
    view! {
        <tr>
            <td>
                <a href=routes::device(first.id)>{first.name.clone()}</a>
                {entrance.map(|entrance| view! { <span class="muted">" " {entrance}</span> })}
            </td>
            <td>{leaf_view(leaf, state, stands)}</td>
            <td class="wide-only">
                {move || {
                    if opened.get().is_some() {
                        view! { <Age at=opened_ever /> }.into_any()
                    } else {
                        view! { <span class="muted">"–"</span> }.into_any()
                    }
                }}
                {move || by.get().map(|by| view! { <span class="muted">" " {by}</span> })}
            </td>
            <td class="wide-only">{told}</td>
            <td class="wide-only num-cell">
                <Age at=heard stale_after_s=DeviceState::online_for_s(first.rhythm_s) />
            </td>
            <td class="act-cell">{buttons(row, hall, state)}</td>
        </tr>
    }
    .into_any()
}

/// How it stands, or that nobody knows: what a door said before it fell silent is no news of it.
fn leaf_view(
    leaf: Memo<Option<Leaf>>,
    state: Memo<DeviceState>,
    stands: Memo<Option<(bool, Option<i64>)>>,
) -> AnyView {
    let locale = locale();
    let silent = move || state.get().is_away() || state.get() == DeviceState::Stale;
    let mark = Signal::derive(move || match leaf.get() {
        _ if silent() => words::mark(state.get()),
        Some(Leaf::Held) => State::Attention,
        Some(Leaf::Open | Leaf::Closed) => State::Good,
        None => State::Offline,
    });
    let word = Signal::derive(move || {
        Some(match leaf.get() {
            _ if silent() => words::state(locale, state.get()).to_owned(),
            Some(leaf) => leaf_word(locale, leaf).to_owned(),
            None => td_string!(locale, boards.never_said).to_owned(),
        })
    });
    let since = Signal::derive(move || stands.get().and_then(|(_, since)| since));
    let open = move || since.get().is_some() && !silent();
    view! {
        <StateMark state=mark word=word />
        {move || {
            open().then(|| view! { " " <Age at=since /> })
        }}
    }
    .into_any()
}

pub(super) fn leaf_word(locale: Locale, leaf: Leaf) -> &'static str {
    match leaf {
        Leaf::Closed => td_string!(locale, devices.is_closed),
        Leaf::Open => td_string!(locale, devices.is_open),
        Leaf::Held => td_string!(locale, boards.held),
    }
}

/// What it was told last, by whom where one may know that, and what it answered.
fn told_view(locale: Locale, told: &Told, offset_s: i32) -> AnyView {
    let (mark, word) = words::command_state(locale, &told.command);
    let at = format::time(told.command.asked_at.as_millisecond(), offset_s);
    let why = words::answered(locale, &told.command);
    let by = told.by.clone();
    view! {
        <StateMark state=Signal::stored(mark) word=word />
        <span class="muted">
            " " {words::act(locale, &told.command.method, None)} " "
            <span class="tabular">{at}</span> {by.map(|by| view! { " " {by} })}
            {why.map(|why| view! { " " {why} })}
        </span>
    }
    .into_any()
}

/// Made anew with each answer, so that the question closes.
fn buttons(row: Memo<DoorRow>, hall: Hall, state: Memo<DeviceState>) -> AnyView {
    let version = hall.tell.version();
    let away = Memo::new(move |_| state.get().is_away());
    (move || {
        version.get();
        let row = row.get_untracked();
        if away.get() {
            return None;
        }
        let to = parts::Told {
            device: row.id,
            name: &row.name,
            doors: Some(hall.estate),
        };
        let each = row.acts.iter().enumerate();
        let each = each.map(|(nth, act)| {
            let id = format!("act-{}-{nth}", row.id);
            act_button(&to, &id, act, hall.tell)
        });
        Some(each.collect_view())
    })
    .into_any()
}
