//! One member of staff: what they may do where, giving and taking roles, letting them go.

use domain::{
    PersonId,
    identity::{Action, GivenRole, Member},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::staff::reach;
use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::{
        parts::{grant_fields, role_name},
        staff::{Dismiss, GiveRole, Offer, StandIn, TakeRole, member, offer},
    },
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        ButtonKind, Card, Choice, ConfirmDialog, ConfirmForm, Crumb, DialogActions, EmptyState,
        Facts, FormErrors, HiddenField, Icon, PageHead, SelectField, SkeletonRows, SubmitRow,
        TextField,
    },
    words::{self, Complaints},
};

#[component]
pub fn MemberPage() -> impl IntoView {
    let console = use_console();
    let params = use_params_map();
    let id = move || {
        params.with(|params| {
            params
                .get("person")
                .and_then(|id| id.parse::<PersonId>().ok())
        })
    };
    let anew = Anew::new();
    let found = resource(
        move || (id(), anew.count()),
        move |(id, _)| async move {
            let desk = console.desk().await?;
            let id = id.ok_or_else(crate::AppError::not_found)?;
            let member = member(id).await?;
            let offer = if desk.me.may(Action::EditStaff) {
                Some(offer().await?)
            } else {
                None
            };
            Ok((member, offer, desk.me.person == id))
        },
    );
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((member, offer, you)) => whole(&member, offer.as_ref(), you, anew),
                    Err(error) => words::refused(&error, routes::STAFF),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(member: &Member, offer: Option<&Offer>, you: bool, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let crumbs = vec![Crumb::new(routes::STAFF, tu_string!(i18n, staff.title))];
    let sub = if you {
        tu_string!(i18n, staff.you)
    } else {
        tu_string!(i18n, staff.member)
    };
    let edits = offer.is_some();
    let since = member.since.to_string();
    let roles = held(member, offer, anew);
    let dismissal = edits.then(|| dismissal(member));
    let give = offer.map(|offer| give_form(member.person, offer, anew));
    view! {
        <Title text=member.name.clone() />
        <PageHead title=member.name.clone() sub=sub crumbs=crumbs />
        <div class="grid-main">
            {roles} <div class="stack">
                <Card title=tu_string!(i18n, staff.member)>
                    <Facts>
                        <dt>{tu_string!(i18n, staff.since)}</dt>
                        <dd class="tabular">{since}</dd>
                    </Facts>
                    {dismissal}
                </Card>
                {give}
            </div>
        </div>
    }
    .into_any()
}

fn held(member: &Member, offer: Option<&Offer>, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let lines = member
        .roles
        .iter()
        .map(|role| line(member, role, offer, anew))
        .collect_view();
    let lines = if member.roles.is_empty() {
        view! { <EmptyState icon=Icon::Key title=tu_string!(i18n, staff.no_roles) /> }.into_any()
    } else {
        view! { <ul class="lines">{lines}</ul> }.into_any()
    };
    view! { <Card title=tu_string!(i18n, staff.roles)>{lines}</Card> }.into_any()
}

fn line(member: &Member, role: &GivenRole, offer: Option<&Offer>, anew: Anew) -> AnyView {
    let locale = locale();
    let name = role_name(locale, role.role, role.role_name.as_deref());
    let by = role.by.as_ref().map(|by| {
        let by = td_string!(locale, staff.given_by, name = by.clone());
        view! { <span class="muted">{by}</span> }
    });
    let away = role.stands_in_for.as_ref().map(|away| {
        let away = td_string!(locale, staff.stands_in_for, name = away.clone());
        view! { <span class="muted">{away}</span> }
    });
    let acts = offer.map(|offer| {
        // Whoever stands in for somebody is not stood in for.
        let deputy = away
            .is_none()
            .then(|| standing_in(member, role, &name, offer, anew));
        view! { <span class="row">{deputy} {taking(member, role, name.clone(), anew)}</span> }
    });
    view! {
        <li class="row-between">
            <span class="stack-tight">
                <strong>{name}</strong>
                <span>{reach(locale, role.everywhere, &role.places, role.until)}</span>
                {away}
                {by}
            </span>
            {acts}
        </li>
    }
    .into_any()
}

fn standing_in(
    member: &Member,
    role: &GivenRole,
    name: &str,
    offer: &Offer,
    anew: Anew,
) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let stand_in = ServerAction::<StandIn>::new();
    anew.after(stand_in);
    let complaints = Complaints::of(stand_in.value());
    let id = format!("stand-in-{}", role.id);
    let (person, grant) = (member.person.to_string(), role.id.to_string());
    let others = offer
        .colleagues
        .iter()
        .filter(|(id, _)| *id != member.person);
    let others: Vec<Choice> = others
        .map(|(id, name)| Choice::new(id.to_string(), name.clone()))
        .collect();
    view! {
        <ConfirmDialog
            id=id.clone()
            trigger=tu_string!(i18n, staff.stand_in)
            icon=Icon::Users
            title=td_string!(locale, staff.stand_in_title, role = name.to_owned())
            text=tu_string!(i18n, staff.stand_in_text)
        >
            <ActionForm action=stand_in>
                <FormErrors message=complaints.whole() />
                <HiddenField name="person" value=person />
                <HiddenField name="grant" value=grant />
                <SelectField
                    id=format!("{id}-deputy")
                    name="deputy"
                    label=tu_string!(i18n, staff.deputy)
                    choices=Signal::stored(others)
                    error=complaints.plain("deputy")
                />
                <TextField
                    id=format!("{id}-until")
                    name="until"
                    kind="date"
                    label=tu_string!(i18n, staff.until_field)
                    error=complaints.plain("until")
                />
                <DialogActions
                    dialog=id
                    confirm=tu_string!(i18n, staff.stand_in)
                    kind=ButtonKind::Primary
                    pending=stand_in.pending()
                />
            </ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}

fn taking(member: &Member, role: &GivenRole, name: String, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let take = ServerAction::<TakeRole>::new();
    anew.after(take);
    let title = td_string!(locale, staff.take_title, role = name);
    let text = td_string!(locale, staff.take_text, name = member.name.clone());
    let (person, grant) = (member.person.to_string(), role.id.to_string());
    view! {
        <ConfirmForm
            id=format!("take-{}", role.id)
            trigger=tu_string!(i18n, staff.take)
            title=title
            text=text
            action=take
            fields=[("person", person), ("grant", grant)]
            refused=why(Complaints::of(take.value()))
        />
    }
    .into_any()
}

fn dismissal(member: &Member) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let dismiss = ServerAction::<Dismiss>::new();
    let title = td_string!(locale, staff.dismiss_title, name = member.name.clone());
    view! {
        <ConfirmForm
            id="dismiss"
            trigger=tu_string!(i18n, staff.dismiss)
            icon=Icon::LogOut
            title=title
            text=tu_string!(i18n, staff.dismiss_text)
            confirm=tu_string!(i18n, staff.dismiss_submit)
            action=dismiss
            fields=[("person", member.person.to_string())]
            refused=why(Complaints::of(dismiss.value()))
        />
    }
    .into_any()
}

/// The last admin stays: that says more than the code.
fn why(complaints: Complaints) -> Signal<Option<String>> {
    let (role, whole) = (complaints.plain("role"), complaints.whole());
    Signal::derive(move || role.get().or_else(|| whole.get()))
}

fn give_form(person: PersonId, offer: &Offer, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let give = ServerAction::<GiveRole>::new();
    anew.after(give);
    let complaints = Complaints::of(give.value());
    let fields = grant_fields(offer, complaints);
    view! {
        <Card title=tu_string!(i18n, staff.give)>
            <ActionForm action=give>
                <FormErrors message=complaints.whole() />
                <HiddenField name="person" value=person.to_string() />
                {fields}
                <SubmitRow label=tu_string!(i18n, staff.give_submit) pending=give.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
