//! How much of its plan the company uses.

use domain::tenancy::{CompanyView, Quota};
use leptos::prelude::*;

use crate::{
    i18n::{tu_string, use_i18n},
    ui::{Card, Facts, Notice, Tone, format},
};

/// What is nearly used up, or is: of what devices use by themselves, while nobody looks.
pub(crate) fn warnings(company: &CompanyView) -> AnyView {
    let i18n = use_i18n();
    let (readings, storage) = (company.usage.readings, company.usage.storage);
    let of = |quota: Quota, near: &'static str, full: &'static str| {
        if quota.is_full() {
            Some((Tone::Alarm, full))
        } else {
            quota.is_near().then_some((Tone::Attention, near))
        }
    };
    [
        of(
            readings,
            tu_string!(i18n, tenancy.readings_near),
            tu_string!(i18n, tenancy.readings_full),
        ),
        of(
            storage,
            tu_string!(i18n, tenancy.storage_near),
            tu_string!(i18n, tenancy.storage_full),
        ),
    ]
    .into_iter()
    .flatten()
    .map(|(tone, text)| view! { <Notice tone=tone>{text}</Notice> })
    .collect_view()
    .into_any()
}

pub(crate) fn plan(company: &CompanyView) -> AnyView {
    let i18n = use_i18n();
    let usage = &company.usage;
    let plan = match usage.plan.as_str() {
        "trial" => tu_string!(i18n, tenancy.trial),
        "standard" => tu_string!(i18n, tenancy.standard),
        _ => tu_string!(i18n, tenancy.group),
    };
    let bars = [
        (tu_string!(i18n, tenancy.estates), usage.estates, false),
        (tu_string!(i18n, tenancy.units), usage.units, false),
        (tu_string!(i18n, tenancy.devices), usage.devices, false),
        (tu_string!(i18n, tenancy.readings), usage.readings, false),
        (tu_string!(i18n, tenancy.storage), usage.storage, true),
    ]
    .into_iter()
    .map(|(label, quota, bytes)| bar(label, quota, bytes))
    .collect_view();
    let slug = company.slug.clone();
    view! {
        <Card title=tu_string!(i18n, tenancy.plan)>
            <Facts>
                <dt>{tu_string!(i18n, tenancy.plan)}</dt>
                <dd>{plan}</dd>
                <dt>{tu_string!(i18n, identity.slug)}</dt>
                <dd>
                    <code>{slug}</code>
                </dd>
            </Facts>
            <ul class="quotas">{bars}</ul>
            <p class="field-hint">{tu_string!(i18n, tenancy.plan_hint)}</p>
        </Card>
    }
    .into_any()
}

/// Bytes as people say them: thousands, not powers of two.
#[expect(clippy::cast_precision_loss, reason = "to one decimal")]
fn bytes(n: i64) -> String {
    let n = n as f64;
    if n < 1e9 {
        format!("{} MB", format::decimal(n / 1e6, 1))
    } else {
        format!("{} GB", format::decimal(n / 1e9, 1))
    }
}

/// How much of something is used: a bar, and the same in numbers.
fn bar(label: &'static str, quota: Quota, in_bytes: bool) -> AnyView {
    let count = |n: i64| {
        if in_bytes {
            bytes(n)
        } else {
            format::count(u64::try_from(n).unwrap_or_default())
        }
    };
    let words = format!("{} / {}", count(quota.used), count(quota.most));
    view! {
        <li class="quota" class:is-near=quota.is_near() class:is-full=quota.is_full()>
            <span class="row-between">
                <span>{label}</span>
                <span class="tabular">{words}</span>
            </span>
            <meter min="0" max=quota.most.to_string() value=quota.used.to_string() aria-label=label></meter>
        </li>
    }
    .into_any()
}
