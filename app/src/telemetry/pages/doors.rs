//! The doors of an estate: which stand open, which somebody holds open, and who was let in from afar.

use domain::{
    EstateId,
    devices::commands::CommandState,
    estates::EstateBrief,
    identity::Me,
    telemetry::doors::{Doors, Hours, Opening},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    door_rows::{Hall, door_table},
    kept::Kept,
    of_estate::of_estate,
};
use crate::{
    devices::{api::Tell, parts::by_device},
    i18n::{locale, td_string, tu_string, use_i18n},
    live::{Live, use_live},
    routes,
    telemetry::{api::doors, console::use_console},
    ui::{
        Card, EmptyState, Figure, FormErrors, Icon, LinkButton, PageHead, Pager, Tone,
        chart::{Bar, BarColumns},
        every, format,
    },
    words::Complaints,
};

/// Some door of an estate always moves: they are read no sooner than this after the last time, in
/// milliseconds.
const PAUSE_MS: i64 = 15_000;
/// How often an open command is looked after.
const FOLLOW: std::time::Duration = std::time::Duration::from_secs(1);

#[component]
pub fn DoorsPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let cursor = Memo::new(move |_| {
        let cursor = query.with(|query| query.get("cursor"));
        cursor.filter(|cursor| !cursor.is_empty())
    });
    let live = use_live(console.points_topic(), console.tenant());
    // Kept outside what is loaded anew.
    let tell = ServerAction::<Tell>::new();
    let title = tu_string!(i18n, boards.doors);
    of_estate(
        title,
        routes::DOORS,
        cursor,
        doors,
        move |estate, found, me, cursor| whole(estate, found, me, cursor, live, tell),
    )
}

fn whole(
    estate: &EstateBrief,
    found: Doors,
    me: &Me,
    cursor: Option<String>,
    live: Live,
    tell: ServerAction<Tell>,
) -> AnyView {
    let i18n = use_i18n();
    let (id, offset_s) = (estate.id, me.utc_offset_s);
    let day = format::day(found.now.as_millisecond(), offset_s, locale());
    let all = format::count(u64::from(found.states.all()));
    let sub = tu_string!(i18n, boards.summary, day = day, n = all).to_string();
    let head = view! {
        <PageHead title=tu_string!(i18n, boards.doors) sub=sub>
            <LinkButton href=routes::wall(id) icon=Icon::Layout>
                {tu_string!(i18n, boards.wall)}
            </LinkButton>
        </PageHead>
    };
    if found.states.all() == 0 {
        return view! {
            {head}
            {nothing(id)}
        }
        .into_any();
    }
    let next = found
        .next
        .clone()
        .map(|next| routes::asking(&routes::doors(id), &[("cursor", next)]));
    let prev = cursor.is_some().then(|| routes::doors(id));
    let kept = Kept::with_pause(PAUSE_MS, found, move || doors(id, cursor.clone()));
    kept.follow(live, |_, _| false);
    follow_commands(kept, tell);
    let hall = Hall {
        live,
        index: by_device(live),
        kept,
        tell,
        estate: id,
        offset_s,
    };
    let complaints = Complaints::of(tell.value());
    view! {
        {head}
        {figures(kept)}
        <div class="grid-main">
            <Card title=tu_string!(i18n, boards.by_entrance)>
                <FormErrors message=complaints.whole() />
                {door_table(hall)}
                <Pager prev=prev next=next />
            </Card>
            <div class="stack">{hours(kept)} {openings(kept, offset_s)}</div>
        </div>
    }
    .into_any()
}

/// What was told is looked after until it was answered, or its time was up.
fn follow_commands(kept: Kept<Doors>, tell: ServerAction<Tell>) {
    let value = tell.value();
    Effect::new(move |_| {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            kept.ask_now();
        }
    });
    let open = Memo::new(move |_| {
        kept.now.with(|now| {
            let told = now.rows.iter().filter_map(|row| row.told.as_ref());
            let mut states = told.map(|told| told.command.state);
            states.any(CommandState::is_open)
        })
    });
    Effect::new(move |_| {
        if open.get() {
            every(FOLLOW, move || kept.ask_now());
        }
    });
}

fn nothing(estate: EstateId) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Door
                title=tu_string!(i18n, boards.no_doors)
                text=tu_string!(i18n, boards.no_doors_text)
            >
                <LinkButton href=routes::devices(estate)>
                    {tu_string!(i18n, devices.title)}
                </LinkButton>
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn figures(kept: Kept<Doors>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let count = |n: fn(&Doors) -> u32| {
        Signal::derive(move || Some(format::count(u64::from(kept.now.with(n)))))
    };
    let of_all = Signal::derive(move || {
        let all = kept.now.with(|now| now.states.all());
        Some(format!("/ {}", format::count(u64::from(all))))
    });
    let tone = Signal::derive(move || {
        if kept.now.with(|now| now.held > 0) {
            Tone::Attention
        } else {
            Tone::Plain
        }
    });
    let at = Signal::derive(move || kept.now.with(|now| Some(now.now.as_millisecond())));
    let today = Signal::derive(move || {
        let total = kept.now.with(|now| now.hours.total())?;
        Some(format::count(u64::from(total)))
    });
    let before = move || {
        let before = kept.now.with(|now| now.hours.total_before())?;
        Some(td_string!(locale, boards.week_ago_so_far, n = before).to_string())
    };
    view! {
        <div class="figures counts">
            <Figure
                label=tu_string!(i18n, boards.doors_online)
                icon=Icon::Radio
                value=count(|now| now.states.online + now.states.late)
                unit=of_all
                at=at
                stale_after_s=180
            />
            <Figure
                label=tu_string!(i18n, devices.is_open)
                icon=Icon::Door
                value=count(|now| now.open)
            />
            <Figure
                label=tu_string!(i18n, boards.held)
                icon=Icon::TriangleAlert
                value=count(|now| now.held)
                tone=tone
            />
            <Figure
                label=tu_string!(i18n, boards.openings_today)
                icon=Icon::Users
                value=today
                sub=Signal::derive(before)
            />
        </div>
    }
    .into_any()
}

/// The hours of a day as columns; a tick across each is the same hour a week ago.
pub(super) fn hour_bars(hours: &Hours) -> Vec<Bar> {
    let of = |day: &[u32], hour: usize| day.get(hour).copied().map(f64::from);
    let columns = (0..24).map(|hour| {
        let bar = Bar::new(hour.to_string(), of(&hours.today, hour));
        bar.before(of(&hours.week_ago, hour))
    });
    columns.collect()
}

fn hours(kept: Kept<Doors>) -> AnyView {
    let i18n = use_i18n();
    let bars = Signal::derive(move || kept.now.with(|now| hour_bars(&now.hours)));
    let before = Memo::new(move |_| kept.now.with(|now| !now.hours.week_ago.is_empty()));
    let (none, tick) = (
        tu_string!(i18n, boards.no_week_ago),
        tu_string!(i18n, boards.tick_week_ago),
    );
    view! {
        <Card title=tu_string!(i18n, boards.openings_by_hour)>
            <div class="hours">
                <BarColumns label=tu_string!(i18n, boards.openings_by_hour) bars=bars unit="" />
            </div>
            <p class="field-hint">{move || if before.get() { tick } else { none }}</p>
        </Card>
    }
    .into_any()
}

fn openings(kept: Kept<Doors>, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let all = Memo::new(move |_| kept.now.with(|now| now.openings.clone()));
    let none = tu_string!(i18n, boards.no_openings);
    let rows = move || {
        let rows = all.get().into_iter();
        rows.map(|opening| opening_row(opening, offset_s))
            .collect_view()
    };
    view! {
        <Card title=tu_string!(i18n, boards.last_openings)>
            <ul class="lines">{rows}</ul>
            {move || all.with(Vec::is_empty).then(|| view! { <p class="muted">{none}</p> })}
        </Card>
    }
    .into_any()
}

fn opening_row(opening: Opening, offset_s: i32) -> AnyView {
    let at = opening.at.as_millisecond();
    view! {
        <li class="row-between">
            <span>
                <a href=routes::device(opening.door)>{opening.name}</a>
                {opening.by.map(|by| view! { <span class="muted">" " {by}</span> })}
            </span>
            <span class="muted tabular">{format::time(at, offset_s)}</span>
        </li>
    }
    .into_any()
}
