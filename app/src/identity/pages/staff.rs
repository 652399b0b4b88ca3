//! Who works here, and the link that lets somebody in.

use domain::{
    identity::{Action, GivenRole, Member},
    page::Page,
};
use jiff::civil::Date;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    identity::{
        parts::{grant_fields, role_name},
        staff::{InviteStaff, Offer, list_staff, offer},
    },
    load::resource,
    routes,
    telemetry::console::use_console,
    ui::{
        Card, CopyBox, EmptyState, FormErrors, Icon, LinkButton, PageHead, Pager, SkeletonRows,
        SubmitRow, Table, TextField,
    },
    words::{self, Complaints},
};

#[component]
pub fn StaffPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let cursor = move || query.with(|query| query.get("cursor").filter(|text| !text.is_empty()));
    let found = resource(cursor, move |cursor| async move {
        let desk = console.desk().await?;
        let page = list_staff(cursor).await?;
        let offer = if desk.me.may(Action::EditStaff) {
            Some(offer().await?)
        } else {
            None
        };
        Ok((page, offer))
    });
    view! {
        <Title text=tu_string!(i18n, staff.title) />
        <PageHead title=tu_string!(i18n, staff.title) sub=tu_string!(i18n, staff.lead)>
            <LinkButton href=routes::ROLES icon=Icon::Key>
                {tu_string!(i18n, staff.all_roles)}
            </LinkButton>
        </PageHead>
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((page, offer)) => {
                        view! {
                            <div class="grid-main">
                                {table(page)}
                                {offer.map(|offer| invite_form(&offer))}
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => words::refused(&error, routes::STAFF),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn table(page: Page<Member>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    if page.items.is_empty() {
        return view! {
            <Card>
                <EmptyState icon=Icon::Users title=tu_string!(i18n, common.none) />
            </Card>
        }
        .into_any();
    }
    let next = page
        .next
        .map(|next| format!("{}?cursor={}", routes::STAFF, Url::escape(&next)));
    let rows = page
        .items
        .into_iter()
        .map(|member| {
            let roles = given(locale, &member.roles);
            view! {
                <tr>
                    <td>
                        <a class="link" href=routes::member(member.person)>{member.name}</a>
                    </td>
                    <td>{roles}</td>
                    <td class="wide-only tabular">{member.since.to_string()}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card>
            <Table caption=tu_string!(i18n, staff.title)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, staff.name)}</th>
                        <th scope="col">{tu_string!(i18n, staff.roles)}</th>
                        <th scope="col" class="wide-only">{tu_string!(i18n, staff.since)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Pager next=next />
        </Card>
    }
    .into_any()
}

/// Roles with their places, one a line.
fn given(locale: Locale, roles: &[GivenRole]) -> AnyView {
    if roles.is_empty() {
        return view! { <span class="muted">{td_string!(locale, staff.no_roles)}</span> }
            .into_any();
    }
    let line = |role: &GivenRole| {
        let name = role_name(locale, role.role, role.role_name.as_deref());
        view! {
            <li>
                <strong>{name}</strong>
                " "
                <span class="muted">{reach(locale, role.everywhere, &role.places, role.until)}</span>
            </li>
        }
    };
    let lines = roles.iter().map(line).collect_view();
    view! { <ul class="plain-list">{lines}</ul> }.into_any()
}

/// Where a role holds, and until when.
pub(super) fn reach(
    locale: Locale,
    everywhere: bool,
    places: &[String],
    until: Option<Date>,
) -> String {
    let places = if everywhere {
        td_string!(locale, staff.everywhere).to_owned()
    } else {
        places.join(match locale {
            Locale::en => ", ",
            Locale::zh_CN => "、",
        })
    };
    match until {
        Some(day) => {
            let until = td_string!(locale, staff.until, day = day.to_string());
            format!("{places} · {until}")
        }
        None => places,
    }
}

/// The form that makes a link, and then the link, which is shown only this once.
fn invite_form(offer: &Offer) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let invite = ServerAction::<InviteStaff>::new();
    let complaints = Complaints::of(invite.value());
    let name = RwSignal::new(String::new());
    let label = tu_string!(i18n, staff.invite_link);
    let fields = grant_fields(offer, complaints);
    let link = move || {
        let path = invite.value().get()?.ok()?;
        let origin = window().location().origin().unwrap_or_default();
        let hint = td_string!(locale, staff.invite_hint, name = name.get_untracked());
        Some(view! {
            <CopyBox label=label value=format!("{origin}{path}") />
            <p class="field-hint">{hint}</p>
        })
    };
    view! {
        <Card title=tu_string!(i18n, staff.invite)>
            <p class="muted">{tu_string!(i18n, staff.invite_text)}</p>
            <div aria-live="polite">{link}</div>
            <ActionForm action=invite attr:class="needs-wasm">
                <FormErrors message=complaints.whole() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, staff.name)
                    error=complaints.plain("name")
                    bind=name
                    autocomplete="off"
                    maxlength=60
                />
                {fields}
                <SubmitRow label=tu_string!(i18n, staff.invite_submit) pending=invite.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
