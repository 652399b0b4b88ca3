//! The dashboard's numbers and curves.

use domain::telemetry::{Dashboard, Quality, Slot};
use leptos::prelude::*;

use crate::{
    i18n::{tu_string, use_i18n},
    live::Live,
    routes,
    ui::{
        Card, Figure, Icon,
        chart::{Bar, BarList, LineChart, Point, Series},
        format, now_ms,
    },
};

const HALF_HOUR: i64 = 30 * 60 * 1000;
const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;
/// A meter's power counts this long, as in the server's own sum.
const FRESH: i64 = 15 * 60 * 1000;
/// A figure looks old after this many seconds.
const OLD_S: i64 = 180;

/// When and how much power, in W: the sum of what the meters said last.
pub(super) fn power_now(board: RwSignal<Dashboard>, live: Live) -> Memo<Option<(i64, f64)>> {
    Memo::new(move |_| {
        let from = now_ms() - FRESH;
        board.with(|board| {
            let moving = live.newest.with(|newest| {
                let fresh = board
                    .power_points
                    .iter()
                    .filter_map(|point| newest.get(point))
                    .filter(|value| value.quality == Quality::Good)
                    .map(|value| (value.ts.as_millisecond(), value.value.number()))
                    .filter(|(at, _)| *at >= from);
                fresh.fold(None, |sum: Option<(i64, f64)>, (at, watts)| {
                    let (last, total) = sum.unwrap_or((i64::MIN, 0.0));
                    Some((last.max(at), total + watts.unwrap_or_default()))
                })
            });
            moving.or_else(|| {
                board
                    .power_w
                    .map(|watts| (board.now.as_millisecond(), watts))
            })
        })
    })
}

/// The unit that fits an estate's power, and how many watts it is.
fn scale(board: &Dashboard) -> (&'static str, f64) {
    let slots = board
        .power_today
        .iter()
        .chain(&board.power_week_ago)
        .map(|slot| slot.value);
    let most = slots.chain(board.power_w).fold(0.0, f64::max);
    if most >= 10_000.0 {
        ("kW", 1000.0)
    } else {
        ("W", 1.0)
    }
}

pub(super) fn figures(board: RwSignal<Dashboard>, power: Memo<Option<(i64, f64)>>) -> AnyView {
    let i18n = use_i18n();
    let (unit, watts) = board.with_untracked(scale);
    let read_at = Signal::derive(move || board.with(|board| Some(board.now.as_millisecond())));
    let count = |n: i64| format::count(u64::try_from(n).unwrap_or_default());
    let online = move || board.with(|board| Some(count(board.online)));
    let of_all = move || board.with(|board| Some(format!("/ {}", count(board.devices))));
    let all_online = tu_string!(i18n, telemetry.all_online);
    let missing = move || {
        let missing = board.with(|board| board.devices - board.online);
        Some(if missing > 0 {
            tu_string!(i18n, telemetry.some_offline, n = count(missing)).to_string()
        } else {
            all_online.to_owned()
        })
    };
    let devices = board.with_untracked(|board| routes::devices(board.estate));
    let against = move || {
        let (at, now) = power.get()?;
        let before = board.with(|board| week_before(&board.power_week_ago, at))?;
        let change = format::change(now, before)?;
        Some(tu_string!(i18n, telemetry.against_week_ago, change = change).to_string())
    };
    let course = Signal::derive(move || {
        board.with(|board| {
            board
                .power_today
                .iter()
                .map(|slot| Some(slot.value))
                .collect::<Vec<_>>()
        })
    });
    let since = tu_string!(i18n, telemetry.since_midnight);
    let amount = move |value: fn(&Dashboard) -> Option<f64>, unit: &'static str| {
        move || board.with(|board| value(board).map(|amount| format::number(amount, unit)))
    };
    view! {
        <div class="figures">
            <Figure
                label=tu_string!(i18n, telemetry.online)
                icon=Icon::Radio
                value=Signal::derive(online)
                unit=Signal::derive(of_all)
                sub=Signal::derive(missing)
                at=read_at
                stale_after_s=OLD_S
                href=devices
            />
            <Figure
                label=tu_string!(i18n, telemetry.power_now)
                icon=Icon::Zap
                value=Signal::derive(move || {
                    power.get().map(|(_, now)| format::number(now / watts, unit))
                })
                unit=unit
                sub=Signal::derive(against)
                at=Signal::derive(move || power.get().map(|(at, _)| at))
                stale_after_s=OLD_S
                spark=course
            />
            <Figure
                label=tu_string!(i18n, telemetry.water_today)
                icon=Icon::Droplets
                value=Signal::derive(amount(|board| board.water_today_m3, "m³"))
                unit="m³"
                sub=since
                at=read_at
                stale_after_s=OLD_S
            />
            <Figure
                label=tu_string!(i18n, telemetry.energy_today)
                icon=Icon::Plug
                value=Signal::derive(amount(|board| board.energy_today_kwh, "kWh"))
                unit="kWh"
                sub=since
                at=read_at
                stale_after_s=OLD_S
            />
        </div>
    }
    .into_any()
}

/// Power a week before a moment, in W: the mean of the half hour that it lay in.
fn week_before(slots: &[Slot], at: i64) -> Option<f64> {
    let then = at - WEEK;
    let found = slots.iter().find(|slot| {
        let start = slot.ts.as_millisecond();
        start <= then && then < start + HALF_HOUR
    });
    found.map(|slot| slot.value)
}

/// Half hours as points at their middles, those up to `until` only; where one is missing, the
/// line breaks.
fn course(slots: &[Slot], shift: i64, until: i64, watts: f64) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(slots.len() + 1);
    let mut last = None;
    for slot in slots {
        let at = slot.ts.as_millisecond() + shift + HALF_HOUR / 2;
        if at > until {
            break;
        }
        if last.is_some_and(|last| at - last > HALF_HOUR) {
            points.push(Point {
                at: at - HALF_HOUR,
                value: None,
            });
        }
        points.push(Point {
            at,
            value: Some(slot.value / watts),
        });
        last = Some(at);
    }
    points
}

pub(super) fn power_chart(
    board: RwSignal<Dashboard>,
    power: Memo<Option<(i64, f64)>>,
    offset_s: i32,
) -> AnyView {
    let i18n = use_i18n();
    let (unit, watts) = board.with_untracked(scale);
    let (today, before) = (
        tu_string!(i18n, common.today),
        tu_string!(i18n, telemetry.week_ago),
    );
    let series = move || {
        let now = power.get();
        board.with(|board| {
            let (from, to) = (
                board.day_start.as_millisecond(),
                board.day_end.as_millisecond(),
            );
            let read = board.now.as_millisecond();
            let at = now.map_or(read, |(at, _)| at);
            let mut line = course(&board.power_today, 0, at, watts);
            if let Some((at, now)) = now.filter(|(at, _)| (from..to).contains(at)) {
                if line.last().is_some_and(|last| at - last.at > 2 * HALF_HOUR) {
                    line.push(Point {
                        at: at - HALF_HOUR,
                        value: None,
                    });
                }
                line.push(Point {
                    at,
                    value: Some(now / watts),
                });
            }
            let mut all = vec![Series::new(today, line)];
            if !board.power_week_ago.is_empty() {
                all.push(Series::compare(
                    before,
                    course(&board.power_week_ago, WEEK, to, watts),
                ));
            }
            all
        })
    };
    let span = move || {
        board.with(|board| {
            (
                board.day_start.as_millisecond(),
                board.day_end.as_millisecond(),
            )
        })
    };
    let (series, span) = (Signal::derive(series), Signal::derive(span));
    let label = tu_string!(i18n, telemetry.power);
    let none = tu_string!(i18n, telemetry.no_power);
    let any = Memo::new(move |_| {
        let read =
            |board: &Dashboard| !board.power_today.is_empty() || !board.power_week_ago.is_empty();
        power.with(Option::is_some) || board.with(read)
    });
    let chart = move || {
        if any.get() {
            view! {
                <LineChart id="power" label=label series=series span=span offset_s=offset_s unit=unit />
            }
            .into_any()
        } else {
            view! {
                <h2>{label}</h2>
                <p class="muted">{none}</p>
            }
            .into_any()
        }
    };
    view! { <Card class="chart-card">{chart}</Card> }.into_any()
}

pub(super) fn water_by_building(board: RwSignal<Dashboard>) -> AnyView {
    let i18n = use_i18n();
    let none = tu_string!(i18n, telemetry.no_water);
    let any = Memo::new(move |_| board.with(|board| !board.water_by_building.is_empty()));
    let bars = Signal::derive(move || {
        board.with(|board| {
            let bar = |(name, used): &(String, f64)| Bar::new(name.clone(), Some(*used));
            board.water_by_building.iter().map(bar).collect::<Vec<_>>()
        })
    });
    let today = view! { <span class="muted">{tu_string!(i18n, common.today)}</span> }.into_any();
    view! {
        <Card title=tu_string!(i18n, telemetry.water_by_building) end=today>
            {move || {
                if any.get() {
                    view! { <BarList bars=bars unit="m³" /> }.into_any()
                } else {
                    view! { <p class="muted">{none}</p> }.into_any()
                }
            }}
        </Card>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(starts: &[i64]) -> Vec<Slot> {
        let slot = |start: &i64| Slot {
            ts: jiff::Timestamp::from_millisecond(*start * HALF_HOUR).unwrap(),
            value: 500.0,
        };
        starts.iter().map(slot).collect()
    }

    #[test]
    fn a_missing_half_hour_breaks_the_line() {
        let line = course(&slots(&[0, 1, 4]), 0, i64::MAX, 1000.0);
        let values: Vec<_> = line.iter().map(|point| point.value).collect();
        assert_eq!(values, [Some(0.5), Some(0.5), None, Some(0.5)]);
        assert_eq!(line[0].at, HALF_HOUR / 2);
    }

    #[test]
    fn the_half_hour_that_runs_is_left_to_the_newest_value() {
        assert_eq!(course(&slots(&[0, 1]), 0, HALF_HOUR + 1, 1.0).len(), 1);
    }

    #[test]
    fn a_week_before() {
        let week_ago = slots(&[0, 1]);
        assert_eq!(week_before(&week_ago, WEEK + HALF_HOUR + 5), Some(500.0));
        assert_eq!(week_before(&week_ago, WEEK + 2 * HALF_HOUR), None);
    }
}
