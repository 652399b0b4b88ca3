//! Lifts, pumps, smoke alarms, chargers and sensors of an estate: what is wrong first.

use domain::{
    EstateId,
    devices::DeviceKind,
    estates::EstateBrief,
    identity::Me,
    telemetry::equipment::{Equipment, KindOfEquipment, States, Trouble},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    kept::Kept,
    machines::{Yard, machine_table},
    of_estate::of_estate,
};
use crate::{
    devices::{parts::by_device, words as device_words},
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    live::{Live, use_live},
    routes,
    telemetry::{api::equipment, console::use_console},
    ui::{
        Card, EmptyState, Figure, FilterChips, Icon, LinkButton, LinkItem, PageHead, Pager, Tone,
        format,
    },
};

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    kind: Option<DeviceKind>,
    cursor: Option<String>,
}

impl Asked {
    fn address(&self, estate: EstateId) -> String {
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let parts = [
            ("kind", word(self.kind.map(DeviceKind::as_str))),
            ("cursor", word(self.cursor.as_deref())),
        ];
        routes::asking(&routes::equipment(estate), &parts)
    }
}

#[component]
pub fn EquipmentPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            kind: query.get("kind").and_then(|kind| DeviceKind::parse(&kind)),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        })
    });
    let live = use_live(console.points_topic(), console.tenant());
    let title = tu_string!(i18n, boards.equipment);
    of_estate(
        title,
        routes::EQUIPMENT,
        asked,
        |estate, asked: Asked| equipment(estate, asked.kind, asked.cursor),
        move |estate, found, me, asked| whole(estate, found, me, &asked, live),
    )
}

fn whole(estate: &EstateBrief, found: Equipment, me: &Me, asked: &Asked, live: Live) -> AnyView {
    let i18n = use_i18n();
    let id = estate.id;
    let all = found.states().all();
    let day = format::day(found.now.as_millisecond(), me.utc_offset_s, locale());
    let sub = tu_string!(
        i18n,
        boards.summary,
        day = day,
        n = format::count(u64::from(all))
    )
    .to_string();
    let head = view! {
        <PageHead title=tu_string!(i18n, boards.equipment) sub=sub>
            <LinkButton href=routes::wall(id) icon=Icon::Layout>
                {tu_string!(i18n, boards.wall)}
            </LinkButton>
        </PageHead>
    };
    if found.kinds.is_empty() {
        return view! {
            {head}
            {nothing(id)}
        }
        .into_any();
    }
    let kinds: Vec<DeviceKind> = found.kinds.iter().map(|kind| kind.kind).collect();
    let again = asked.clone();
    let kept = Kept::new(found, move || {
        equipment(id, again.kind, again.cursor.clone())
    });
    kept.follow(live, Equipment::changed_by);
    let yard = Yard {
        live,
        index: by_device(live),
        kept,
    };
    let chips = chips(kept, id, asked.kind);
    let sections = kinds
        .into_iter()
        .filter(|kind| asked.kind.is_none_or(|asked| asked == *kind));
    let sections = sections
        .map(|kind| section(kind, id, yard, asked))
        .collect_view();
    view! {
        {head}
        {figures(kept, id)}
        <div class="below">{chips}</div>
        <div class="stack below">{sections}</div>
    }
    .into_any()
}

fn nothing(estate: EstateId) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Fan
                title=tu_string!(i18n, boards.no_equipment)
                text=tu_string!(i18n, boards.no_equipment_text)
            >
                <LinkButton href=routes::devices(estate)>
                    {tu_string!(i18n, devices.title)}
                </LinkButton>
            </EmptyState>
        </Card>
    }
    .into_any()
}

/// How many are in which state, all kinds together.
fn figures(kept: Kept<Equipment>, estate: EstateId) -> AnyView {
    let i18n = use_i18n();
    let states = Memo::new(move |_| kept.now.with(Equipment::states));
    let worst = Memo::new(move |_| {
        kept.now.with(|now| {
            let rows = now.kinds.iter().flat_map(|kind| &kind.rows);
            rows.filter_map(|row| row.trouble).min()
        })
    });
    let tone = Signal::derive(move || match worst.get() {
        Some(Trouble::Alarm) => Tone::Alarm,
        Some(Trouble::Fault) => Tone::Attention,
        _ => Tone::Plain,
    });
    let count = |n: fn(States) -> u32| {
        Signal::derive(move || Some(format::count(u64::from(n(states.get())))))
    };
    let of_all = Signal::derive(move || {
        Some(format!(
            "/ {}",
            format::count(u64::from(states.get().all()))
        ))
    });
    let at = Signal::derive(move || kept.now.with(|now| Some(now.now.as_millisecond())));
    let waiting = move || {
        let n = states.get().waiting;
        (n > 0).then(|| td_string!(locale(), boards.some_waiting, n = n).to_string())
    };
    let list = |state: &'static str| format!("{}&state={state}", routes::devices(estate));
    view! {
        <div class="figures counts">
            <Figure
                label=tu_string!(i18n, boards.to_look_at)
                icon=Icon::TriangleAlert
                value=count(|states| states.troubled)
                tone=tone
                at=at
                stale_after_s=180
            />
            <Figure
                label=tu_string!(i18n, ui.state_good)
                icon=Icon::Radio
                value=count(|states| states.online)
                unit=of_all
                sub=Signal::derive(waiting)
            />
            <Figure
                label=tu_string!(i18n, ui.state_stale)
                icon=Icon::Refresh
                value=count(|states| states.late)
                href=list("late")
            />
            <Figure
                label=tu_string!(i18n, devices.stale)
                icon=Icon::CircleAlert
                value=count(|states| states.stale)
                href=list("stale")
            />
            <Figure
                label=tu_string!(i18n, ui.state_offline)
                icon=Icon::X
                value=count(|states| states.offline)
                href=list("offline")
            />
        </div>
    }
    .into_any()
}

/// All kinds together, or one of them.
fn chips(kept: Kept<Equipment>, estate: EstateId, kind: Option<DeviceKind>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let all = tu_string!(i18n, boards.all_kinds);
    let items = Signal::derive(move || {
        kept.now.with(|now| {
            let address = |kind| Asked { kind, cursor: None }.address(estate);
            let first = LinkItem::new(address(None), all, kind.is_none());
            let each = now.kinds.iter().map(|each| {
                let name = device_words::kind(locale, each.kind);
                LinkItem::new(address(Some(each.kind)), name, kind == Some(each.kind))
                    .counted(u64::from(each.states.all()))
            });
            std::iter::once(first.counted(u64::from(now.states().all())))
                .chain(each)
                .collect::<Vec<_>>()
        })
    });
    view! { <FilterChips label=tu_string!(i18n, devices.kind) items=items /> }.into_any()
}

/// How one kind is, in a line: `12 台 · 1 台需处理 · 2 台失联`.
fn summed(locale: Locale, states: States) -> String {
    let mut parts = vec![td_string!(locale, boards.n_devices, n = states.all()).to_string()];
    if states.troubled > 0 {
        parts.push(td_string!(locale, boards.n_troubled, n = states.troubled).to_string());
    }
    if states.offline > 0 {
        parts.push(td_string!(locale, boards.n_offline, n = states.offline).to_string());
    }
    parts.join(" · ")
}

fn section(kind: DeviceKind, estate: EstateId, yard: Yard, asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let of_kind = move |pick: fn(&KindOfEquipment) -> bool| {
        yard.kept.now.with(|now| {
            let found = now.kinds.iter().find(|each| each.kind == kind);
            found.is_some_and(pick)
        })
    };
    let states = Memo::new(move |_| {
        yard.kept.now.with(|now| {
            let found = now.kinds.iter().find(|each| each.kind == kind);
            found.map(|each| each.states).unwrap_or_default()
        })
    });
    let beside = view! { <span class="muted">{move || summed(locale, states.get())}</span> };
    let more = Memo::new(move |_| of_kind(|each| each.next.is_some()));
    let whole = Asked {
        kind: Some(kind),
        cursor: None,
    };
    let foot = if asked.kind.is_none() {
        let href = whole.address(estate);
        let words = tu_string!(i18n, boards.show_all);
        (move || {
            let href = href.clone();
            more.get()
                .then(|| view! { <a class="link" href=href>{words}</a> })
        })
        .into_any()
    } else {
        let prev = asked.cursor.is_some().then(|| whole.address(estate));
        let next = Signal::derive(move || {
            let next = yard.kept.now.with(|now| {
                let found = now.kinds.iter().find(|each| each.kind == kind)?;
                found.next.clone()
            });
            next.map(|next| {
                Asked {
                    kind: Some(kind),
                    cursor: Some(next),
                }
                .address(estate)
            })
        });
        view! { <Pager prev=prev next=next /> }.into_any()
    };
    let title = device_words::kind(locale, kind);
    view! {
        <Card title=title beside=beside.into_any()>
            {machine_table(kind, yard)}
            {foot}
        </Card>
    }
    .into_any()
}
