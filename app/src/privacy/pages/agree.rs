//! Whoever agreed to an earlier privacy notice agrees to this one, or leaves.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{tu_string, use_i18n},
    privacy::api::Agree,
    routes,
    ui::{Button, Card, FormErrors, Icon, SiteShell, SubmitRow},
    words::Complaints,
};

#[component]
pub fn AgreePage() -> impl IntoView {
    let i18n = use_i18n();
    let agree = ServerAction::<Agree>::new();
    let complaints = Complaints::of(agree.value());
    let title = tu_string!(i18n, privacy.agree_title);
    view! {
        <Title text=title />
        <SiteShell narrow=true>
            <h1 class="site-title">{title}</h1>
            <p class="site-lead">{tu_string!(i18n, privacy.agree_lead)}</p>
            <Card>
                <p>
                    <a class="link" href=routes::PRIVACY target="_blank">
                        {tu_string!(i18n, privacy.agree_read)}
                    </a>
                </p>
                <ActionForm action=agree>
                    <FormErrors message=complaints.whole() />
                    <SubmitRow label=tu_string!(i18n, privacy.agree) pending=agree.pending() wide=true />
                </ActionForm>
                <form method="post" action=routes::LOGOUT>
                    <Button icon=Icon::LogOut>{tu_string!(i18n, privacy.leave)}</Button>
                </form>
            </Card>
        </SiteShell>
    }
    .into_any()
}
