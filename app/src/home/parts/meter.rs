//! One meter of a home: what it counted, in plain words and as columns by day.

use domain::{devices::DeviceKind, telemetry::HomeMeter};
use leptos::prelude::*;

use crate::{
    home::{today::many_times, words},
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    live::Live,
    ui::{
        Age, Card, Num, Tone,
        chart::{Bar, BarColumns},
        format,
    },
};

/// What the large number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// What was used this month.
    Use,
    /// What the meter itself shows.
    Register,
}

/// A day's columns, newest last.
const fn columns(shows: Shows) -> usize {
    match shows {
        Shows::Use => 11,
        Shows::Register => 14,
    }
}

/// With `months`, the columns are months and not days.
pub fn meter_card(
    meter: HomeMeter,
    months: Option<Vec<(jiff::Timestamp, Option<f64>)>>,
    live: Live,
    offset_s: i32,
    shows: Shows,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let moved = live.value(meter.point);
    let (value, ts) = (meter.value, meter.ts.map(jiff::Timestamp::as_millisecond));
    let register = Memo::new(move |_| {
        moved
            .with(|moved| moved.as_ref().and_then(|newest| newest.value.number()))
            .or(value)
    });
    let at = Memo::new(move |_| {
        moved
            .with(|moved| moved.as_ref().map(|newest| newest.ts.as_millisecond()))
            .max(ts)
    });
    // What came in since the page was made. A register that stepped back was replaced, and the
    // server says how much was used.
    let since = Memo::new(move |_| match (register.get(), value) {
        (Some(now), Some(before)) if now > before => now - before,
        _ => 0.0,
    });
    let (used, before) = (meter.used_month, meter.used_month_before);
    let month = Memo::new(move |_| used.map(|used| used + since.get()));
    let kind = meter.kind;
    let unit = meter.unit.clone();
    let label = format::unit_label(&unit).to_owned();
    let number = {
        let unit = unit.clone();
        move |value: Option<f64>| {
            value.map_or_else(|| "–".to_owned(), |value| format::number(value, &unit))
        }
    };
    let used_word = words::used(locale, kind);
    let (bars, columns_label) = match months {
        Some(months) => (
            month_bars(months, since, offset_s),
            tu_string!(i18n, home.by_month, kind = used_word).to_string(),
        ),
        None => (
            day_bars(&meter, columns(shows), since, offset_s),
            tu_string!(i18n, home.by_day, kind = used_word).to_string(),
        ),
    };
    let head = view! { <Age at=at stale_after_s=86_400 /> }.into_any();
    let this_month = tu_string!(i18n, home.this_month);
    let sentence = move || match register.get() {
        Some(_) => compared(locale, kind, month.get(), before),
        None => td_string!(locale, home.nothing_read).to_owned(),
    };
    let small = {
        let (number, label) = (number.clone(), label.clone());
        move |name: &'static str, value: Signal<Option<f64>>| {
            let number = number.clone();
            view! {
                <p class="row-between">
                    <span class="muted">{name}</span>
                    <Num value=Signal::derive(move || number(value.get())) unit=label.clone() />
                </p>
            }
        }
    };
    let (large, after, below) = match shows {
        Shows::Use => (
            Signal::from(month),
            format!("{label} {this_month}"),
            small(tu_string!(i18n, home.register), register.into()).into_any(),
        ),
        Shows::Register => (
            Signal::from(register),
            label.clone(),
            (
                small(tu_string!(i18n, home.used_this_month), month.into()),
                small(tu_string!(i18n, home.used_before), Signal::stored(before)),
            )
                .into_any(),
        ),
    };
    view! {
        <Card title=used_word end=head>
            <p class="figure-value">
                <span class="figure-number">{move || number(large.get())}</span>
                <span class="unit">{after}</span>
            </p>
            <p class="figure-sub">{sentence}</p>
            <BarColumns label=columns_label unit=unit bars=bars />
            <div class="meter-foot">{below}</div>
        </Card>
    }
    .into_any()
}

/// The last days as columns; today is set off where it is far above a usual day.
fn day_bars(meter: &HomeMeter, most: usize, since: Memo<f64>, offset_s: i32) -> Signal<Vec<Bar>> {
    let skip = meter.days.len().saturating_sub(most);
    let days: Vec<_> = meter.days.iter().skip(skip).copied().collect();
    let unusual = many_times(meter).is_some();
    Signal::derive(move || {
        let today = days.len().saturating_sub(1);
        let since = since.get();
        let bar = |(index, (day, used)): (usize, &(jiff::Timestamp, Option<f64>))| {
            let date = format::date(day.as_millisecond(), offset_s);
            let day = date
                .rsplit('-')
                .next()
                .unwrap_or_default()
                .trim_start_matches('0');
            let used = match used {
                Some(used) if index == today => Some(used + since),
                None if index == today && since > 0.0 => Some(since),
                other => *other,
            };
            let tone = if index == today && unusual {
                Tone::Attention
            } else {
                Tone::Plain
            };
            Bar::new(day, used).tone(tone)
        };
        days.iter().enumerate().map(bar).collect()
    })
}

/// The last months as columns; this one, which is not over, goes on by itself.
fn month_bars(
    months: Vec<(jiff::Timestamp, Option<f64>)>,
    since: Memo<f64>,
    offset_s: i32,
) -> Signal<Vec<Bar>> {
    Signal::derive(move || {
        let this = months.len().saturating_sub(1);
        let since = since.get();
        let bar = |(index, (month, used)): (usize, &(jiff::Timestamp, Option<f64>))| {
            let date = format::month_day(month.as_millisecond(), offset_s);
            let month = date.split('-').next().unwrap_or_default();
            let used = match used {
                Some(used) if index == this => Some(used + since),
                None if index == this && since > 0.0 => Some(since),
                other => *other,
            };
            Bar::new(month.trim_start_matches('0'), used)
        };
        months.iter().enumerate().map(bar).collect()
    })
}

/// This month against the same part of the last one, as one would say it.
fn compared(locale: Locale, kind: DeviceKind, now: Option<f64>, before: Option<f64>) -> String {
    let (Some(now), Some(before)) = (now, before) else {
        return td_string!(locale, home.no_compare).to_owned();
    };
    let change = now - before;
    let amount = words::amount(locale, kind, change.abs());
    if change.abs() < (before * 0.03).max(0.05) {
        td_string!(locale, home.compare_same).to_owned()
    } else if change > 0.0 {
        td_string!(locale, home.compare_more, amount = amount)
    } else {
        td_string!(locale, home.compare_less, amount = amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_reads_like_speech() {
        let zh = |now, before| compared(Locale::zh_CN, DeviceKind::WaterMeter, now, before);
        assert_eq!(zh(Some(11.8), Some(8.8)), "比上个月同期多用了 3.0 吨。");
        assert_eq!(zh(Some(8.7), Some(8.8)), "和上个月同期差不多。");
        assert_eq!(zh(Some(8.7), None), "上个月同期没有读数，还不能比较。");
        let en = compared(
            Locale::en,
            DeviceKind::ElectricityMeter,
            Some(80.0),
            Some(100.0),
        );
        assert_eq!(en, "20.0 kWh less than in the same part of last month.");
    }
}
