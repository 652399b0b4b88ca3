//! What the company says about itself, and how much of its plan it uses.

use domain::tenancy::{CompanyView, Currency};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    i18n::{LANGUAGES, locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    tenancy::{
        api::{ChangeCompany, company},
        parts::{logo, plan, steps, takeout, warnings},
    },
    ui::{
        Card, Choice, FormErrors, Notice, PageHead, SelectField, SkeletonRows, SubmitRow,
        TextField, Tone,
    },
    words::{self, Complaints},
};

#[component]
pub fn CompanyPage() -> impl IntoView {
    let i18n = use_i18n();
    let anew = Anew::new();
    let found = resource(move || anew.count(), |_| company());
    let flaws = use_query_map().with_untracked(|query| (query.get("flaw"), query.get("taken")));
    view! {
        <Title text=tu_string!(i18n, tenancy.title) />
        <PageHead title=tu_string!(i18n, tenancy.title) />
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || {
                let flaws = flaws.clone();
                Suspend::new(async move {
                    match found.await {
                        Ok(company) => whole(&company, flaws, anew),
                        Err(error) => words::refused(&error, routes::COMPANY),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// `flaws` are what was wrong with the logo, and with the password of the export.
fn whole(company: &CompanyView, flaws: (Option<String>, Option<String>), anew: Anew) -> AnyView {
    let (flaw, taken) = flaws;
    view! {
        {suspended(company)}
        {warnings(company)}
        {company.steps.as_deref().map(|done| steps(done, anew))}
        <div class="grid-main">
            <div class="stack">
                {settings(company, anew)}
                {logo(company, flaw, anew)}
                {takeout(taken)}
            </div>
            {plan(company)}
        </div>
    }
    .into_any()
}

/// Why, in the operator's words; that it is, the frame says on every page.
fn suspended(company: &CompanyView) -> Option<AnyView> {
    let locale = locale();
    let why = company.suspended.as_ref()?.why.clone();
    (!why.is_empty()).then(|| {
        let text = td_string!(locale, tenancy.suspended_why, why = why);
        view! { <Notice tone=Tone::Attention>{text}</Notice> }.into_any()
    })
}

fn settings(company: &CompanyView, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let change = ServerAction::<ChangeCompany>::new();
    anew.after(change);
    let complaints = Complaints::of(change.value());
    let (name, zone) = (company.name.clone(), company.time_zone.clone());
    let currencies: Vec<_> = Currency::ALL
        .iter()
        .map(|currency| Choice::new(currency.as_str(), currency.as_str()))
        .collect();
    let languages: Vec<_> = LANGUAGES
        .iter()
        .map(|(code, name)| Choice::new(*code, *name))
        .collect();
    let (currency, language) = (company.currency.as_str(), company.language.as_str());
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
                <SelectField
                    name="currency"
                    label=tu_string!(i18n, tenancy.currency)
                    hint=tu_string!(i18n, tenancy.currency_hint)
                    choices=Signal::stored(currencies)
                    value=currency
                    error=complaints.plain("currency")
                />
                <SelectField
                    name="language"
                    label=tu_string!(i18n, tenancy.language)
                    hint=tu_string!(i18n, tenancy.language_hint)
                    choices=Signal::stored(languages)
                    value=language
                    error=complaints.plain("language")
                />
                <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
