//! Who asks for a home and waits for staff.

use domain::estates::{ClaimReason, ClaimRow};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    estates::claims::{AcceptClaim, RefuseClaim, list_claims},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{ButtonKind, Card, ConfirmForm, Crumb, EmptyState, Icon, PageHead, SkeletonRows},
    words::{self, Complaints},
};

#[component]
pub fn ClaimsPage() -> impl IntoView {
    let i18n = use_i18n();
    let (accept, refuse) = (
        ServerAction::<AcceptClaim>::new(),
        ServerAction::<RefuseClaim>::new(),
    );
    let anew = Anew::new();
    anew.after(accept);
    anew.after(refuse);
    let found = resource(move || anew.count(), |_| list_claims());
    let title = tu_string!(i18n, claims.requests);
    view! {
        <Title text=title />
        <PageHead
            title=title
            sub=tu_string!(i18n, claims.requests_lead)
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=4 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(rows) => whole(rows, accept, refuse),
                    Err(error) => words::refused(&error, routes::CLAIMS),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(
    rows: Vec<ClaimRow>,
    accept: ServerAction<AcceptClaim>,
    refuse: ServerAction<RefuseClaim>,
) -> AnyView {
    let i18n = use_i18n();
    if rows.is_empty() {
        return view! {
            <Card>
                <EmptyState
                    icon=Icon::ShieldCheck
                    title=tu_string!(i18n, claims.none)
                    text=tu_string!(i18n, claims.none_text)
                />
            </Card>
        }
        .into_any();
    }
    let lines = rows
        .into_iter()
        .map(|row| line(&row, accept, refuse))
        .collect_view();
    view! {
        <Card>
            <ul class="lines">{lines}</ul>
        </Card>
    }
    .into_any()
}

fn line(
    row: &ClaimRow,
    accept: ServerAction<AcceptClaim>,
    refuse: ServerAction<RefuseClaim>,
) -> AnyView {
    let locale = locale();
    let reason = match row.reason {
        ClaimReason::NoPhone => td_string!(locale, claims.no_phone),
        ClaimReason::OtherPhone => td_string!(locale, claims.phone_not_theirs),
        ClaimReason::OpenAlready => td_string!(locale, claims.open_already),
    };
    let told = (row.open_already && row.reason != ClaimReason::OpenAlready)
        .then(|| td_string!(locale, claims.open_already));
    let says = td_string!(locale, claims.says, owner = row.owner.clone());
    view! {
        <li class="row-between">
            <span class="stack-tight">
                <a class="link" href=routes::unit(row.unit)>
                    <strong>{row.home.clone()}</strong>
                </a>
                <span>{says}</span>
                <span class="muted">{reason} " " {told}</span>
            </span>
            <span class="row">{accepting(row, accept)} {refusing(row, refuse)}</span>
        </li>
    }
    .into_any()
}

fn accepting(row: &ClaimRow, accept: ServerAction<AcceptClaim>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let title = td_string!(
        locale,
        claims.accept_title,
        owner = row.owner.clone(),
        home = row.home.clone()
    );
    view! {
        <ConfirmForm
            id=format!("accept-{}", row.id)
            trigger=tu_string!(i18n, claims.accept)
            icon=Icon::Check
            title=title
            text=tu_string!(i18n, claims.accept_text)
            act=ButtonKind::Primary
            action=accept
            fields=[("claim", row.id.to_string())]
            refused=Complaints::of(accept.value()).whole()
        />
    }
    .into_any()
}

fn refusing(row: &ClaimRow, refuse: ServerAction<RefuseClaim>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let title = td_string!(locale, claims.refuse_title, home = row.home.clone());
    view! {
        <ConfirmForm
            id=format!("refuse-{}", row.id)
            trigger=tu_string!(i18n, claims.refuse)
            icon=Icon::X
            title=title
            text=tu_string!(i18n, claims.refuse_text)
            action=refuse
            fields=[("claim", row.id.to_string())]
            refused=Complaints::of(refuse.value()).whole()
        />
    }
    .into_any()
}
