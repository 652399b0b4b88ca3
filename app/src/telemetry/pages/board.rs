//! The dashboard of an estate that has devices: rendered by the server, then moved by readings.

use domain::{
    columns::Columns,
    identity::{self, Me},
    telemetry::Dashboard,
};
use leptos::prelude::*;

use super::{
    figures::{figures, power_chart, power_now, water_by_building},
    kept::Kept,
};
use crate::{
    devices::{api::Unheard, parts::device_table},
    i18n::{locale, tu_string, use_i18n},
    live::Live,
    routes,
    telemetry::api::dashboard,
    ui::{ButtonKind, Card, EmptyState, Icon, LinkButton, PageHead, format},
};

/// Rows of the table of devices.
const ROWS: usize = 8;

pub(super) fn board(found: Dashboard, first: Option<Unheard>, me: Me, live: Live) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let offset_s = me.utc_offset_s;
    let estate = found.estate;
    let registers = me.may(identity::Action::EditDevices);
    let board = RwSignal::new(found);
    keep_fresh(board, live);
    let sub = Signal::derive(move || {
        let (at, households, devices) = board.with(|now| (now.now, now.households, now.devices));
        let day = format::day(at.as_millisecond(), offset_s, locale);
        let count = |n: i64| format::count(u64::try_from(n).unwrap_or_default());
        tu_string!(
            i18n,
            telemetry.summary,
            day = day,
            households = count(households),
            devices = count(devices)
        )
        .to_string()
    });
    // Once something was read, the page never goes back to waiting.
    let heard = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or_default()
            || board.with(|board| !board.recent.is_empty() || board.power_w.is_some())
    });
    let power = power_now(board, live);
    let body = move || {
        if heard.get() {
            read(board, live, power, offset_s)
        } else {
            silent(first.as_ref(), &routes::devices(estate))
        }
    };
    view! {
        <PageHead title=tu_string!(i18n, telemetry.title) sub=sub>
            {registers
                .then(|| {
                    let href = format!("{}?estate={estate}", routes::DEVICE_NEW);
                    view! {
                        <LinkButton href=href icon=Icon::Plus>
                            {tu_string!(i18n, devices.register)}
                        </LinkButton>
                    }
                })}
        </PageHead>
        {figures(board, power)}
        {body}
    }
    .into_any()
}

/// What is shown of the devices that were heard last.
const RECENT: &str = "state,place,newest,seen";

/// What there is to see once something was read.
fn read(
    board: RwSignal<Dashboard>,
    live: Live,
    power: Memo<Option<(i64, f64)>>,
    offset_s: i32,
) -> AnyView {
    let i18n = use_i18n();
    let rows = Signal::derive(move || board.with(|board| board.recent.clone()));
    let all = board.with_untracked(|board| routes::devices(board.estate));
    let columns = Columns::read(RECENT);
    let open = view! { <a href=all>{tu_string!(i18n, common.all)}</a> }.into_any();
    view! {
        <div class="grid-main">
            {power_chart(board, power, offset_s)} {water_by_building(board)}
        </div>
        <Card class="below" title=tu_string!(i18n, telemetry.recent) end=open>
            {device_table(rows, live, &columns, None)}
        </Card>
    }
    .into_any()
}

/// Registered, and nothing has come: how to make the first reading come.
fn silent(first: Option<&Unheard>, devices: &str) -> AnyView {
    let i18n = use_i18n();
    let href = first.map_or_else(|| devices.to_owned(), |first| routes::device(first.device));
    let command = first.map(|first| {
        let command = first.command.clone();
        view! { <pre class="command" tabindex="0">{command}</pre> }
    });
    view! {
        <Card class="below">
            <EmptyState
                icon=Icon::Radio
                title=tu_string!(i18n, telemetry.silent)
                text=tu_string!(i18n, telemetry.silent_text)
            >
                <LinkButton href=href kind=ButtonKind::Primary>
                    {tu_string!(i18n, telemetry.to_devices)}
                </LinkButton>
            </EmptyState>
            {command}
        </Card>
    }
    .into_any()
}

/// Asks for the figures again from time to time, and at once when a device is heard that the
/// table has room for.
fn keep_fresh(board: RwSignal<Dashboard>, live: Live) {
    let first = board.get_untracked();
    let estate = first.estate;
    let kept = Kept::new(first, move || dashboard(estate));
    Effect::new(move |before: Option<()>| {
        let fresh = kept.now.get();
        if before.is_some() {
            board.update(|board| take(board, fresh));
        }
    });
    // The first one is worth no wait.
    Effect::new(move |_| {
        let none = board.with_untracked(|board| board.recent.is_empty());
        if live.arrived.with(|arrived| !arrived.is_empty()) && none {
            kept.ask_now();
        }
    });
    kept.follow(live, move |_, value| {
        board.with_untracked(|board| {
            let known = board.recent.iter().any(|row| row.id == value.device);
            !known && board.recent.len() < ROWS
        })
    });
}

/// Takes newer figures, while the rows of the table stay where they are: only what is new to it
/// is added below, as long as there is room.
fn take(board: &mut Dashboard, fresh: Dashboard) {
    let mut rows = std::mem::take(&mut board.recent);
    *board = fresh;
    for row in std::mem::take(&mut board.recent) {
        let room = rows.len() < ROWS;
        match rows.iter_mut().find(|known| known.id == row.id) {
            Some(known) => *known = row,
            None if room => rows.push(row),
            None => {}
        }
    }
    board.recent = rows;
}
