//! Who shares the home. Its owner lets family and renters in, chooses what a renter sees, and ends
//! it again.

use domain::{
    HouseholdId,
    estates::{HomePeople, Presence, Relation, Sharer},
    problem::Flaw,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    estates::words as estate_words,
    home::{
        api::{EndSharing, ShareHome, ShowMeters, people},
        at_home::use_at_home,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{
        Button, Card, CheckField, Choice, ConfirmForm, CopyBox, EmptyState, FormErrors,
        HiddenField, Icon, RadioCards, SkeletonRows, SubmitRow, TextField,
    },
    words::{self, Complaints},
};

/// What the owner does here. Made beside the list, which is read again after each.
#[derive(Clone, Copy)]
struct Acts {
    share: ServerAction<ShareHome>,
    end: ServerAction<EndSharing>,
    meters: ServerAction<ShowMeters>,
}

#[component]
pub fn HomePeoplePage() -> impl IntoView {
    let i18n = use_i18n();
    let home = use_at_home();
    let acts = Acts {
        share: ServerAction::new(),
        end: ServerAction::new(),
        meters: ServerAction::new(),
    };
    let anew = Anew::new();
    anew.after(acts.share);
    anew.after(acts.end);
    anew.after(acts.meters);
    let found = resource(
        move || (home.wanted.get(), anew.count()),
        move |(wanted, _)| async move {
            let indoors = home.indoors().await?;
            match indoors.pick(wanted) {
                Some(home) => people(home.household).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let title = tu_string!(i18n, home.people);
    view! {
        <Title text=title />
        <h1>{title}</h1>
        <Suspense fallback=|| view! { <SkeletonRows rows=3 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some(people)) => whole(people, acts),
                    Ok(None) => no_home(),
                    Err(error) => words::refused(&error, routes::HOME_PEOPLE),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn no_home() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Home
                title=tu_string!(i18n, home.no_home)
                text=tu_string!(i18n, home.no_home_text)
            />
        </Card>
    }
    .into_any()
}

fn whole(people: HomePeople, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let HomePeople {
        household,
        manages,
        people,
    } = people;
    let lines = people
        .into_iter()
        .map(|sharer| line(household, sharer, manages, acts))
        .collect_view();
    let below = if manages {
        invite(household, acts)
    } else {
        view! { <p class="field-hint">{tu_string!(i18n, home.only_owner)}</p> }.into_any()
    };
    view! {
        <Card>
            <ul class="lines">{lines}</ul>
        </Card>
        {below}
    }
    .into_any()
}

fn line(household: HouseholdId, sharer: Sharer, manages: bool, acts: Acts) -> AnyView {
    let locale = locale();
    let facts = facts(&sharer);
    let buttons = (manages && sharer.relation != Relation::Owner).then(|| {
        let meters =
            (sharer.relation == Relation::Renter).then(|| meters(household, &sharer, acts));
        view! { <div class="row">{meters} {ending(household, &sharer, acts)}</div> }
    });
    let you = sharer
        .you
        .then(|| view! { <span class="muted">{td_string!(locale, home.you)}</span> });
    view! {
        <li class="stack-tight">
            <span>
                <strong>{sharer.name.clone()}</strong>
                " "
                {you}
            </span>
            <span class="muted">{facts}</span>
            {buttons}
        </li>
    }
    .into_any()
}

/// `租客 · 到 2027-01-31 为止 · 看不到表计 · 链接还没有用`
fn facts(sharer: &Sharer) -> String {
    let locale = locale();
    let until = sharer
        .until
        .map(|day| td_string!(locale, staff.until, day = day.to_string()).to_string());
    let meters = (sharer.relation == Relation::Renter).then(|| {
        if sharer.sees_meters {
            td_string!(locale, home.sees_meters)
        } else {
            td_string!(locale, home.sees_no_meters)
        }
        .to_owned()
    });
    let state = match sharer.presence {
        Presence::Joined => None,
        Presence::Invited => Some(td_string!(locale, home.link_out).to_owned()),
        Presence::Away => Some(td_string!(locale, home.not_joined).to_owned()),
    };
    let relation = estate_words::relation(locale, sharer.relation).to_owned();
    let facts: Vec<String> = [Some(relation), until, meters, state]
        .into_iter()
        .flatten()
        .collect();
    facts.join(" · ")
}

fn meters(household: HouseholdId, sharer: &Sharer, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let resident = sharer.id.to_string();
    let (label, sees) = if sharer.sees_meters {
        (tu_string!(i18n, home.hide_meters), "false")
    } else {
        (tu_string!(i18n, home.show_meters), "true")
    };
    view! {
        <ActionForm action=acts.meters>
            <HiddenField name="household" value=household.to_string() />
            <HiddenField name="resident" value=resident />
            <HiddenField name="sees" value=sees.to_owned() />
            <Button icon=Icon::Gauge pending=acts.meters.pending()>
                {label}
            </Button>
        </ActionForm>
    }
    .into_any()
}

fn ending(household: HouseholdId, sharer: &Sharer, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let title = td_string!(locale, home.end_title, name = sharer.name.clone());
    view! {
        <ConfirmForm
            id=format!("end-{}", sharer.id)
            trigger=tu_string!(i18n, home.end)
            title=title
            text=tu_string!(i18n, home.end_text)
            action=acts.end
            fields=[("household", household.to_string()), ("resident", sharer.id.to_string())]
            refused=Complaints::of(acts.end.value()).whole()
        />
    }
    .into_any()
}

/// The form that makes a link, and then the link, which is shown only this once.
fn invite(household: HouseholdId, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let share = acts.share;
    let complaints = Complaints::of(share.value());
    let label = tu_string!(i18n, estates.invite_link);
    let hint = tu_string!(i18n, estates.invite_hint);
    let link = move || {
        let path = share.value().get()?.ok()?;
        let origin = window().location().origin().unwrap_or_default();
        Some(view! {
            <CopyBox label=label value=format!("{origin}{path}") />
            <p class="field-hint">{hint}</p>
        })
    };
    let until = complaints.field("until", move |flaw| match flaw {
        Flaw::OutOfRange => Some(td_string!(locale, home.until_wrong).to_owned()),
        _ => None,
    });
    let choices = vec![
        Choice::new("family", estate_words::relation(locale, Relation::Family))
            .hint(tu_string!(i18n, home.family_hint)),
        Choice::new("renter", estate_words::relation(locale, Relation::Renter))
            .hint(tu_string!(i18n, home.renter_hint)),
    ];
    view! {
        <Card title=tu_string!(i18n, home.share)>
            <div aria-live="polite">{link}</div>
            <ActionForm action=share attr:class="needs-wasm">
                <FormErrors message=complaints.whole() />
                <HiddenField name="household" value=household.to_string() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, estates.resident_name)
                    error=complaints.plain("name")
                    autocomplete="off"
                    maxlength=60
                />
                // The renter's fields hide, by style alone, while family is chosen.
                <div class="lease">
                    <RadioCards
                        name="relation"
                        label=tu_string!(i18n, estates.relation)
                        choices=choices
                        value="family"
                        error=complaints.plain("relation")
                    />
                    <div class="lease-fields">
                        <TextField
                            name="until"
                            kind="date"
                            label=tu_string!(i18n, home.until)
                            hint=tu_string!(i18n, home.until_hint)
                            error=until
                        />
                        <CheckField
                            name="sees_meters"
                            label=tu_string!(i18n, home.let_see_meters)
                            hint=tu_string!(i18n, home.let_see_meters_hint)
                        />
                    </div>
                </div>
                <SubmitRow label=tu_string!(i18n, home.share_submit) pending=share.pending() wide=true />
            </ActionForm>
        </Card>
    }
    .into_any()
}
