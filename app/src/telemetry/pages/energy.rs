//! Electricity, water and gas of an estate: today beside the days before, building by building, and
//! what is lost below each main meter.

use domain::{
    EstateId,
    devices::DeviceKind,
    telemetry::energy::{Balance, BuildingUse, Compared, KindUse, MainMeter},
};
use leptos::prelude::*;

use super::{kept::REFRESH, of_estate::of_estate};
use crate::{
    devices::words as device_words,
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    routes,
    telemetry::api::energy,
    ui::{
        Card, EmptyState, Figure, Icon, LinkButton, NumCell, PageHead, State, StateMark, Table,
        chart::{Bar, BarColumns},
        every, format,
    },
};

/// From this part on, what is lost stands out.
const MUCH: f64 = 0.1;

#[component]
pub fn EnergyPage() -> impl IntoView {
    let i18n = use_i18n();
    let again = RwSignal::new(0_u32);
    Effect::new(move |_| every(REFRESH, move || again.update(|n| *n += 1)));
    of_estate(
        tu_string!(i18n, energy.title),
        routes::ENERGY,
        Memo::new(move |_| again.get()),
        |estate, _| energy(estate),
        |estate, kinds, me, _| whole(estate.id, kinds, me.utc_offset_s),
    )
}

fn whole(estate: EstateId, kinds: Vec<KindUse>, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let kinds = if kinds.is_empty() {
        nothing(estate)
    } else {
        let kinds = kinds.into_iter();
        kinds
            .map(|kind| one_kind(kind, offset_s))
            .collect_view()
            .into_any()
    };
    view! {
        <PageHead title=tu_string!(i18n, energy.title) sub=tu_string!(i18n, energy.lead) />
        {kinds}
    }
    .into_any()
}

fn nothing(estate: EstateId) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Gauge
                title=tu_string!(i18n, energy.none)
                text=tu_string!(i18n, energy.none_text)
            >
                <LinkButton href=routes::devices(estate)>
                    {tu_string!(i18n, devices.title)}
                </LinkButton>
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn icon(kind: DeviceKind) -> Icon {
    match kind {
        DeviceKind::WaterMeter => Icon::Droplets,
        DeviceKind::GasMeter => Icon::Flame,
        _ => Icon::Zap,
    }
}

/// `用电`, `用水`, `用气`.
fn name(locale: Locale, kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::WaterMeter => td_string!(locale, energy.water),
        DeviceKind::GasMeter => td_string!(locale, energy.gas),
        _ => td_string!(locale, energy.power),
    }
}

fn one_kind(kind: KindUse, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let heading = name(locale, kind.kind);
    let untold = (kind.untold > 0).then(|| {
        let count = |n: usize| format::count(u64::try_from(n).unwrap_or_default());
        let text = td_string!(
            locale,
            energy.untold,
            n = count(kind.untold),
            of = count(kind.meters)
        );
        view! { <p class="muted">{text}</p> }
    });
    let days = days(&kind, heading, offset_s);
    let figures = figures(&kind);
    let unit = kind.unit.clone();
    let buildings = (kind.buildings.len() > 1).then(|| buildings(kind.buildings, &unit));
    let losses = (!kind.mains.is_empty()).then(|| losses(kind.mains, &unit));
    view! {
        <section class="stack" aria-label=heading>
            <h2>{device_words::kind(locale, kind.kind)}</h2>
            {figures}
            {untold}
            <div class="grid-main">
                <Card title=tu_string!(i18n, energy.days)>{days}</Card>
                {buildings}
            </div>
            {losses}
        </section>
    }
    .into_any()
}

fn figures(kind: &KindUse) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let Compared {
        today,
        yesterday,
        week_ago,
    } = kind.whole;
    let unit = format::unit_label(&kind.unit).to_owned();
    let number = |value: Option<f64>| value.map(|value| format::number(value, &kind.unit));
    let against = |before: Option<f64>| {
        let change = format::change(today?, before?)?;
        Some(td_string!(locale, energy.against, change = change))
    };
    let one = |label: &'static str, value: Option<f64>, sub: Option<String>| {
        view! {
            <Figure
                label=label
                icon=icon(kind.kind)
                value=Signal::stored(number(value))
                unit=unit.clone()
                sub=sub
            />
        }
    };
    let so_far = tu_string!(i18n, energy.so_far).to_owned();
    view! {
        <div class="figures">
            {one(tu_string!(i18n, energy.today), today, Some(so_far))}
            {one(tu_string!(i18n, energy.yesterday), yesterday, against(yesterday))}
            {one(tu_string!(i18n, energy.week_ago), week_ago, against(week_ago))}
        </div>
    }
    .into_any()
}

/// A column a day; the last is today's, which is not over.
fn days(kind: &KindUse, heading: &'static str, offset_s: i32) -> AnyView {
    let bars = kind.days.iter().map(|(start, used)| {
        let label = format::month_day(start.as_millisecond(), offset_s);
        Bar::new(label, *used)
    });
    let bars: Vec<Bar> = bars.collect();
    view! { <BarColumns label=heading bars=Signal::stored(bars) unit=kind.unit.clone() /> }
        .into_any()
}

fn cell(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format::number(value, unit))
}

fn buildings(rows: Vec<BuildingUse>, unit: &str) -> AnyView {
    let i18n = use_i18n();
    let own = tu_string!(i18n, energy.own);
    let label = format::unit_label(unit).to_owned();
    let rows = rows
        .into_iter()
        .map(|BuildingUse { building, used }| {
            let name = match building {
                Some((id, name)) => {
                    view! { <a class="link" href=routes::building(id)>{name}</a> }.into_any()
                }
                None => own.into_any(),
            };
            let change = |before: Option<f64>| {
                let change = used.today.zip(before);
                change
                    .and_then(|(now, before)| format::change(now, before))
                    .unwrap_or_default()
            };
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <NumCell value=cell(used.today, unit) />
                    <NumCell value=change(used.yesterday) />
                    <NumCell value=change(used.week_ago) />
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, energy.buildings)>
            <Table caption=tu_string!(i18n, energy.buildings)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, energy.building)}</th>
                        <th scope="col" class="num-cell">
                            {tu_string!(i18n, energy.today)} " " {label}
                        </th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.to_yesterday)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.to_week_ago)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

/// Each main meter with what it counted, what those below it did, and what lies between.
fn losses(mains: Vec<MainMeter>, unit: &str) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let lost = |balance: Balance| {
        let text = match (balance.lost(), balance.share()) {
            (Some(lost), Some(share)) => format!(
                "{} ({}%)",
                format::number(lost, unit),
                format::decimal(share * 100.0, 1)
            ),
            (lost, _) => cell(lost, unit),
        };
        let much = balance.share().is_some_and(|share| share >= MUCH);
        view! {
            <NumCell value=text />
            <td>
                {much
                    .then(|| {
                        view! {
                            <StateMark
                                state=Signal::stored(State::Attention)
                                word=td_string!(locale, energy.much)
                            />
                        }
                    })}
            </td>
        }
    };
    let rows = mains
        .into_iter()
        .map(|main| {
            let below = format::count(u64::try_from(main.below).unwrap_or_default());
            view! {
                <tr>
                    <th scope="row">
                        <a class="link" href=routes::device(main.device)>{main.name}</a>
                    </th>
                    <NumCell value=below />
                    <NumCell value=cell(main.week.used, unit) />
                    <NumCell value=cell(main.week.below, unit) />
                    <NumCell value=cell(main.yesterday.lost(), unit) />
                    {lost(main.week)}
                </tr>
            }
        })
        .collect_view();
    let title = format!(
        "{} ({})",
        tu_string!(i18n, energy.losses),
        format::unit_label(unit)
    );
    view! {
        <Card title=title>
            <Table caption=tu_string!(i18n, energy.losses)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, energy.main)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.below)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.week_main)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.week_below)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.lost_yesterday)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, energy.lost_week)}</th>
                        <th scope="col">
                            <span class="sr-only">{tu_string!(i18n, energy.mark)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <p class="field-hint">{tu_string!(i18n, energy.losses_hint)}</p>
        </Card>
    }
    .into_any()
}
