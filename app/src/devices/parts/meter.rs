//! The meters that hung at a place, and the form that puts the next one on record.

use domain::{
    devices::{Device, Point, instruments::Instrument},
    problem::Flaw,
};
use leptos::prelude::*;

use crate::{
    devices::api::{Replace, Withdraw},
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{
        Button, ButtonKind, Card, ConfirmForm, FieldRow, FormErrors, HiddenField, Notice,
        NumberField, State, StateMark, TextField, Tone, format, now_ms,
    },
    words::Complaints,
};

/// What may be done about it. Kept outside what is loaded anew.
#[derive(Clone, Copy)]
pub(in crate::devices) struct Hangs {
    replace: ServerAction<Replace>,
    withdraw: ServerAction<Withdraw>,
}

impl Hangs {
    /// After either the page is loaded anew.
    pub(in crate::devices) fn new(anew: Anew) -> Self {
        let hangs = Self {
            replace: ServerAction::new(),
            withdraw: ServerAction::new(),
        };
        anew.after(hangs.replace);
        anew.after(hangs.withdraw);
        hangs
    }
}

/// What hangs there and hung there before; with `acts` the newest can be taken back, and the form for
/// the next one lies folded below.
pub(in crate::devices) fn meter(
    device: &Device,
    points: &[Point],
    all: &[Instrument],
    acts: Option<Hangs>,
    offset_s: i32,
) -> AnyView {
    let i18n = use_i18n();
    let register = points
        .iter()
        .find(|point| Some(point.name.as_str()) == device.kind.register());
    let unit = register.map_or("", |point| point.unit.as_str());
    // The next one says what each stood at when it went.
    let ends = std::iter::once(None).chain(all.iter().map(|next| next.last_register));
    let rows = all
        .iter()
        .zip(ends)
        .enumerate()
        .map(|(place, (each, end))| {
            let newest = place == 0;
            let withdraw = acts
                .filter(|_| newest)
                .map(|acts| withdrawing(each, acts.withdraw));
            row(each, end, newest, unit, offset_s, withdraw)
        })
        .collect_view();
    let none = all.is_empty().then(|| {
        view! { <p class="muted">{tu_string!(i18n, devices.meter_none)}</p> }
    });
    let form = acts.map(|Hangs { replace, .. }| {
        let newest = register.and_then(|point| point.value.as_ref()?.number());
        let ratio = all.first().map(|newest| newest.ratio);
        // What is wrong with a refused form must not lie folded away.
        let refused = Complaints::of(replace.value()).code();
        view! {
            <details class="below" open=move || refused.get().is_some()>
                <summary>{tu_string!(i18n, devices.meter_replace)}</summary>
                {form(device, replace, (newest, ratio), unit, offset_s)}
            </details>
        }
    });
    view! {
        <Card title=tu_string!(i18n, devices.meter)>
            {none} <ul class="lines">{rows}</ul> {form}
        </Card>
    }
    .into_any()
}

/// The button that takes a replacement back, once it is confirmed.
fn withdrawing(each: &Instrument, withdraw: ServerAction<Withdraw>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let title = if each.turned {
        td_string!(locale, devices.meter_turned_withdraw).to_owned()
    } else {
        let serial = each.serial.clone();
        td_string!(locale, devices.meter_withdraw_title, serial = serial).to_string()
    };
    view! {
        <ConfirmForm
            id="withdraw-replacement"
            trigger=tu_string!(i18n, devices.meter_withdraw)
            title=title
            text=tu_string!(i18n, devices.meter_withdraw_text)
            action=withdraw
            fields=[("instrument", each.id.to_string())]
            refused=Complaints::of(withdraw.value()).whole()
        />
    }
    .into_any()
}

fn row(
    each: &Instrument,
    end: Option<f64>,
    hangs: bool,
    unit: &str,
    offset_s: i32,
    withdraw: Option<AnyView>,
) -> AnyView {
    let locale = locale();
    let since = format::date_time(each.since.as_millisecond(), offset_s);
    let since = if let Some(by) = each.by.clone() {
        td_string!(locale, devices.meter_since_by, at = since, by = by)
    } else {
        td_string!(locale, devices.meter_since, at = since)
    };
    let label = format::unit_label(unit);
    let first = format!("{} {label}", each.first_register);
    let stood = if let Some(end) = end {
        let last = format!("{end} {label}");
        td_string!(locale, devices.meter_from_to, first = first, last = last)
    } else {
        td_string!(locale, devices.meter_from, first = first)
    };
    let ratio = (each.ratio - 1.0).abs() > f64::EPSILON;
    let ratio = ratio.then(|| {
        let text = td_string!(
            locale,
            devices.meter_ratio_is,
            ratio = each.ratio.to_string()
        );
        view! { <p class="muted tabular">{text}</p> }
    });
    let verified = each.verified_on.map(|day| {
        let text = td_string!(locale, devices.meter_verified_is, day = day.to_string());
        view! { <p class="muted tabular">{text}</p> }
    });
    let valid = each.valid_until.map(|day| {
        let day = day.to_string();
        // Days of four digits a year are in the order of their texts.
        let over = hangs && day < format::date(now_ms(), offset_s);
        let text = td_string!(locale, devices.meter_valid_is, day = day);
        let over = over.then(|| {
            let word = td_string!(locale, devices.meter_overdue);
            view! { <StateMark state=Signal::stored(State::Attention) word=word /> }
        });
        view! {
            <p class="muted tabular">
                {text} " " {over}
            </p>
        }
    });
    let turned = each
        .turned
        .then(|| td_string!(locale, devices.meter_turned));
    view! {
        <li class="refusal">
            <strong>{each.serial.clone()} " " {turned}</strong>
            <p class="muted tabular">{since}</p>
            <p class="muted tabular">{stood}</p>
            {ratio} {verified} {valid} {withdraw}
        </li>
    }
    .into_any()
}

fn field(name: &str) -> String {
    format!("meter[{name}]")
}

/// What is wrong with a field; where a reading speaks against it, with the reading.
fn wrong(
    complaints: Complaints,
    name: &'static str,
    with: fn(Locale, String, String) -> String,
    more: fn(Locale) -> String,
    offset_s: i32,
) -> Signal<Option<String>> {
    let locale = locale();
    let clash = complaints.clash(name);
    let plain = complaints.field(name, move |flaw| match flaw {
        Flaw::OutOfRange => Some(more(locale)),
        _ => None,
    });
    Signal::derive(move || match clash.get() {
        Some((register, at)) => {
            let at = format::date_time(at, offset_s);
            Some(with(locale, register.to_string(), at))
        }
        None => plain.get(),
    })
}

fn form(
    device: &Device,
    replace: ServerAction<Replace>,
    (newest, ratio): (Option<f64>, Option<f64>),
    unit: &str,
    offset_s: i32,
) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(replace.value());
    let at = wrong(
        complaints,
        "at",
        |locale, register, at| {
            td_string!(locale, devices.meter_at_clash, register = register, at = at).to_string()
        },
        |locale| td_string!(locale, devices.meter_at_wrong).to_owned(),
        offset_s,
    );
    let ratio_wrong = wrong(
        complaints,
        "ratio",
        |_, register, _| register,
        |locale| td_string!(locale, devices.meter_ratio_wrong).to_owned(),
        offset_s,
    );
    let ratio = ratio.map(|ratio| ratio.to_string()).unwrap_or_default();
    let id = device.id.to_string();
    let counts = registers(complaints, newest, unit, offset_s);
    view! {
        <ActionForm action=replace>
            <FormErrors message=complaints.whole() />
            <HiddenField name="device" value=id />
            <TextField
                name=field("serial")
                label=tu_string!(i18n, devices.meter_serial)
                error=complaints.plain("serial")
                autocomplete="off"
                maxlength=40
            />
            <TextField
                name=field("at")
                kind="datetime-local"
                label=tu_string!(i18n, devices.meter_at)
                hint=tu_string!(i18n, devices.meter_at_hint)
                error=at
                optional=true
            />
            {counts}
            <NumberField
                name=field("ratio")
                label=tu_string!(i18n, devices.meter_ratio)
                hint=tu_string!(i18n, devices.meter_ratio_hint)
                error=ratio_wrong
                value=ratio
                optional=true
            />
            {days(complaints)}
            <Notice tone=Tone::Attention>{tu_string!(i18n, devices.meter_text)}</Notice>
            <Button kind=ButtonKind::Primary pending=replace.pending()>
                {tu_string!(i18n, devices.meter_replace)}
            </Button>
        </ActionForm>
    }
    .into_any()
}

fn registers(complaints: Complaints, newest: Option<f64>, unit: &str, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let label = format::unit_label(unit).to_owned();
    let last = wrong(
        complaints,
        "last_register",
        |locale, register, at| {
            td_string!(
                locale,
                devices.meter_last_clash,
                register = register,
                at = at
            )
            .to_string()
        },
        |locale| td_string!(locale, devices.meter_register_wrong).to_owned(),
        offset_s,
    );
    let first = wrong(
        complaints,
        "first_register",
        |locale, register, at| {
            td_string!(
                locale,
                devices.meter_first_clash,
                register = register,
                at = at
            )
            .to_string()
        },
        |locale| td_string!(locale, devices.meter_register_wrong).to_owned(),
        offset_s,
    );
    let hint = match newest {
        Some(newest) => td_string!(
            locale,
            devices.meter_last_hint,
            register = newest.to_string()
        ),
        None => td_string!(locale, devices.meter_last_none).to_owned(),
    };
    view! {
        <FieldRow>
            <NumberField
                name=field("last_register")
                label=tu_string!(i18n, devices.meter_last)
                unit=label.clone()
                hint=hint
                error=last
                optional=newest.is_none()
            />
            <NumberField
                name=field("first_register")
                label=tu_string!(i18n, devices.meter_first)
                unit=label
                error=first
            />
        </FieldRow>
    }
    .into_any()
}

fn days(complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let until = complaints.field("valid_until", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, devices.meter_valid_wrong).to_owned()),
        _ => None,
    });
    view! {
        <FieldRow>
            <TextField
                name=field("verified_on")
                kind="date"
                label=tu_string!(i18n, devices.meter_verified)
                error=complaints.plain("verified_on")
                optional=true
            />
            <TextField
                name=field("valid_until")
                kind="date"
                label=tu_string!(i18n, devices.meter_valid)
                error=until
                optional=true
            />
        </FieldRow>
    }
    .into_any()
}
