//! An owner opens their home with the code on a slip of paper, on the phone that read it.

use domain::Code;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;

use crate::{
    estates::claims::Claim,
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::parts::{new_login, otp_if_wanted},
    privacy::parts::agreeing,
    ui::{Card, CheckField, FormErrors, SiteShell, SubmitRow, TextField},
    words::Complaints,
};

#[component]
pub fn ClaimPage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let code = use_query_map().with_untracked(|query| query.get("code").unwrap_or_default());
    let claim = ServerAction::<Claim>::new();
    let complaints = Complaints::of(claim.value());
    let closed = Signal::derive(move || {
        let closed = claim
            .value()
            .with(|answer| matches!(answer, Some(Err(error)) if error.code() == Code::Expired));
        closed.then(|| td_string!(locale, claims.closed).to_owned())
    });
    let mismatch = complaints.field("match", move |_| {
        Some(td_string!(locale, claims.mismatch).to_owned())
    });
    let whole = complaints.whole();
    let message = Signal::derive(move || {
        mismatch
            .get()
            .or_else(|| closed.get())
            .or_else(|| whole.get())
    });
    view! {
        <Title text=tu_string!(i18n, claims.title) />
        <Meta name="robots" content="noindex" />
        <SiteShell narrow=true>
            <h1 class="site-title">{tu_string!(i18n, claims.title)}</h1>
            <p class="site-lead">{tu_string!(i18n, claims.lead)}</p>
            <Card>
                <ActionForm action=claim>
                    <FormErrors message=message />
                    <TextField
                        name="code"
                        label=tu_string!(i18n, claims.code)
                        hint=tu_string!(i18n, claims.code_hint)
                        error=complaints.plain("code")
                        value=code
                        autocomplete="off"
                        maxlength=24
                    />
                    <TextField
                        name="surname"
                        label=tu_string!(i18n, claims.surname)
                        hint=tu_string!(i18n, claims.surname_hint)
                        error=complaints.plain("surname")
                        autocomplete="family-name"
                        maxlength=60
                    />
                    // The digits hide, by style alone, while the phone is said to be another.
                    <div class="claim-phone">
                        <div class="claim-digits">
                            <TextField
                                name="last_digits"
                                label=tu_string!(i18n, claims.last_digits)
                                hint=tu_string!(i18n, claims.last_digits_hint)
                                error=complaints.plain("last_digits")
                                autocomplete="off"
                                inputmode="numeric"
                                maxlength=4
                            />
                        </div>
                        <CheckField
                            name="other_phone"
                            label=tu_string!(i18n, claims.other_phone)
                            hint=tu_string!(i18n, claims.other_phone_hint)
                        />
                    </div>
                    {new_login(complaints, "tel", tu_string!(i18n, identity.invite_password_hint))}
                    {otp_if_wanted(complaints)} {agreeing(tu_string!(i18n, claims.submit))}
                    <SubmitRow label=tu_string!(i18n, claims.submit) pending=claim.pending() wide=true />
                </ActionForm>
            </Card>
        </SiteShell>
    }
    .into_any()
}
