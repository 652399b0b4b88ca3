//! What the company says about itself, and how much of its plan it uses.

use domain::tenancy::{CompanyView, Quota};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{tu_string, use_i18n},
    load::resource,
    routes,
    tenancy::api::{ChangeCompany, company},
    ui::{Card, Facts, FormErrors, PageHead, SkeletonRows, SubmitRow, TextField, format},
    words::{self, Complaints},
};

#[component]
pub fn CompanyPage() -> impl IntoView {
    let i18n = use_i18n();
    let found = resource(|| (), |()| company());
    view! {
        <Title text=tu_string!(i18n, tenancy.title) />
        <PageHead title=tu_string!(i18n, tenancy.title) />
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(company) => whole(&company),
                    Err(error) => words::refused(&error, routes::COMPANY),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(company: &CompanyView) -> AnyView {
    let i18n = use_i18n();
    let plan = match company.usage.plan.as_str() {
        "trial" => tu_string!(i18n, tenancy.trial),
        "standard" => tu_string!(i18n, tenancy.standard),
        _ => tu_string!(i18n, tenancy.group),
    };
    let bars = [
        (tu_string!(i18n, tenancy.estates), company.usage.estates),
        (tu_string!(i18n, tenancy.units), company.usage.units),
        (tu_string!(i18n, tenancy.devices), company.usage.devices),
    ]
    .into_iter()
    .map(|(label, quota)| bar(label, quota))
    .collect_view();
    let slug = company.slug.clone();
    view! {
        <div class="grid-main">
            {settings(company)}
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
        </div>
    }
    .into_any()
}

/// How much of something is used: a bar, and the same in numbers.
fn bar(label: &'static str, quota: Quota) -> AnyView {
    let count = |n: i64| format::count(u64::try_from(n).unwrap_or_default());
    let words = format!("{} / {}", count(quota.used), count(quota.most));
    let full = quota.used >= quota.most;
    view! {
        <li class="quota" class:is-full=full>
            <span class="row-between">
                <span>{label}</span>
                <span class="tabular">{words}</span>
            </span>
            <meter min="0" max=quota.most.to_string() value=quota.used.to_string() aria-label=label></meter>
        </li>
    }
    .into_any()
}

fn settings(company: &CompanyView) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeCompany>::new();
    let complaints = Complaints::of(change.value());
    let (name, zone) = (company.name.clone(), company.time_zone.clone());
    view! {
        <Card title=tu_string!(i18n, tenancy.settings)>
            <ActionForm action=change>
                <FormErrors message=complaints.whole() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, identity.company)
                    value=name
                    error=complaints.plain("name")
                    autocomplete="organization"
                    maxlength=80
                />
                <TextField
                    name="time_zone"
                    label=tu_string!(i18n, tenancy.time_zone)
                    hint=tu_string!(i18n, tenancy.time_zone_hint)
                    value=zone
                    error=complaints.plain("time_zone")
                    autocomplete="off"
                    maxlength=64
                />
                <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
