//! The company's logo: what it is now, and the way to another.

use domain::tenancy::CompanyView;
use leptos::prelude::*;

use crate::{
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    load::Anew,
    routes,
    tenancy::api::DropLogo,
    ui::{Button, ButtonKind, Card, FileField, FormErrors, SubmitRow},
    words::Complaints,
};

/// What is wrong with the picture, from the code in the address.
fn flaw_words(locale: Locale, flaw: &str) -> String {
    match flaw {
        "required" => td_string!(locale, tenancy.logo_missing),
        "too_long" | "too_large" => td_string!(locale, tenancy.logo_too_large),
        "out_of_range" => td_string!(locale, tenancy.logo_too_wide),
        "forbidden" => td_string!(locale, problem.forbidden),
        "suspended" => td_string!(locale, problem.suspended),
        "unavailable" => td_string!(locale, problem.unavailable),
        _ => td_string!(locale, tenancy.logo_unreadable),
    }
    .to_owned()
}

pub(crate) fn logo(company: &CompanyView, flaw: Option<String>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let drop = ServerAction::<DropLogo>::new();
    anew.after(drop);
    let complaints = Complaints::of(drop.value());
    let error = flaw.map(|flaw| flaw_words(locale, &flaw));
    let name = company.name.clone();
    let shown = company.logo.map(|set_at| {
        let alt = td_string!(locale, tenancy.logo_alt, name = name);
        view! {
            <img class="company-logo" src=routes::company_logo(set_at.as_millisecond()) alt=alt />
            <ActionForm action=drop>
                <FormErrors message=complaints.whole() />
                <Button kind=ButtonKind::Ghost pending=drop.pending()>
                    {tu_string!(i18n, tenancy.logo_drop)}
                </Button>
            </ActionForm>
        }
    });
    // A plain form: files need no code of ours, and a picture is soon sent.
    view! {
        <div id="logo">
            <Card title=tu_string!(i18n, tenancy.logo)>
                {shown}
                <form method="post" action="/fn/tenancy/set_logo" enctype="multipart/form-data">
                    <FileField
                        name="logo"
                        label=tu_string!(i18n, tenancy.logo_file)
                        hint=tu_string!(i18n, tenancy.logo_hint)
                        accept="image/png,image/jpeg,image/webp"
                        error=error
                    />
                    <SubmitRow label=tu_string!(i18n, tenancy.logo_set) />
                </form>
            </Card>
        </div>
    }
    .into_any()
}
