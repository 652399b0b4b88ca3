//! One unit: who lives there, which devices stand there, and the owner's invitation.

use domain::{
    Code, UnitId,
    devices::DeviceRow,
    estates::{PastHousehold, Relation, Resident, Unit},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{unit_facts::facts, unit_history::history, unit_vehicles::vehicles};
use crate::{
    estates::{
        api::{AddResident, Invite, PrintReset, Reveal, UnitView, unit_view},
        parts::archived,
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    ui::{
        Age, Button, ButtonKind, Card, Choice, ConfirmDialog, CopyBox, Crumb, DialogActions,
        EmptyState, FieldRow, FormErrors, HiddenField, Icon, LinkButton, Notice, Num, PageHead,
        SelectField, SkeletonRows, SubmitRow, Table, TextField, Tone, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn UnitPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        move || params.with(|params| params.get("unit").and_then(|id| id.parse::<UnitId>().ok()));
    let anew = Anew::new();
    let found = resource(
        move || (id(), anew.count()),
        |(id, _)| async move {
            match id {
                Some(id) => unit_view(id).await,
                None => Err(crate::AppError::not_found()),
            }
        },
    );
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(view) => whole(view, anew),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(view: UnitView, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let UnitView {
        unit,
        estate_name,
        residents,
        earlier,
        devices,
        vehicles: cars,
        history: deeds,
        edits,
        rearranges,
        adds,
        invites,
        reveals,
        registers,
    } = view;
    let id = unit.id;
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::estate(unit.estate), estate_name),
        Crumb::new(routes::building(unit.building), unit.building_name.clone()),
    ];
    let gone = unit.archived_at.is_some();
    let archive = gone.then(|| put_aside(&unit, rearranges, anew));
    let rearrange = (rearranges && !gone).then(|| {
        view! {
            <LinkButton href=routes::rearrange(id) icon=Icon::Layout>
                {tu_string!(i18n, estates.rearrange)}
            </LinkButton>
        }
    });
    view! {
        <Title text=unit.address() />
        <PageHead title=unit.address() crumbs=crumbs>
            {rearrange}
        </PageHead>
        {archive}
        <div class="grid-main">
            <div class="stack">
                {residents.map(|residents| people(residents, adds, invites, reveals))} {adds.then(|| add_form(id, anew))}
                {cars.map(|cars| vehicles(id, cars, adds, anew))}
                {(adds && unit.household.is_some()).then(|| sale(id))} {earlier.and_then(before)}
            </div>
            <div class="stack">
                {facts(&unit, edits, anew)} {devices.map(|devices| meters(&unit, devices, registers))}
                {deeds.and_then(|deeds| history(id, deeds))}
            </div>
        </div>
    }
    .into_any()
}

/// That a unit is archived, and the one that it is a part of now.
fn put_aside(unit: &Unit, restores: bool, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let into = unit.merged_into.map(|whole| {
        view! {
            <LinkButton href=routes::unit(whole) icon=Icon::Home>
                {tu_string!(i18n, estates.merged_into)}
            </LinkButton>
        }
    });
    let said = tu_string!(i18n, estates.archived_text).to_owned();
    view! {
        <div class="stack-tight">
            {archived(unit.id.to_string(), said, restores, anew)} {into}
        </div>
    }
    .into_any()
}

fn people(residents: Vec<Resident>, edits: bool, invites: bool, reveals: bool) -> AnyView {
    let i18n = use_i18n();
    if residents.is_empty() {
        return view! {
            <Card title=tu_string!(i18n, estates.residents)>
                <EmptyState
                    icon=Icon::Users
                    title=tu_string!(i18n, estates.nobody)
                    text=tu_string!(i18n, estates.nobody_text)
                />
            </Card>
        }
        .into_any();
    }
    let row = |resident| person(resident, edits, invites, reveals);
    let rows = residents.into_iter().map(row).collect_view();
    view! {
        <Card title=tu_string!(i18n, estates.residents)>
            <Table caption=tu_string!(i18n, estates.residents)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, estates.resident_name)}</th>
                        <th scope="col" class="wide-only">
                            {tu_string!(i18n, estates.relation)}
                        </th>
                        <th scope="col">{tu_string!(i18n, estates.phone)}</th>
                        <th scope="col">{tu_string!(i18n, estates.access)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn person(resident: Resident, edits: bool, invites: bool, reveals: bool) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let access = if resident.claimed {
        let reset = invites.then(|| reset(&resident));
        view! { {tu_string!(i18n, estates.claimed)} {reset} }.into_any()
    } else if invites {
        invitation(&resident)
    } else {
        ().into_any()
    };
    let relation = room_words::relation(locale, resident.relation);
    let name = resident.name.clone();
    let name = if edits {
        view! {
            <a class="link" href=routes::resident(resident.id)>
                {name}
            </a>
        }
        .into_any()
    } else {
        name.into_any()
    };
    view! {
        <tr>
            <td>{name} <div class="muted narrow-only">{relation}</div></td>
            <td class="wide-only">{relation}</td>
            <td class="tabular">{numbers(&resident, reveals)}</td>
            <td>{access}</td>
        </tr>
    }
    .into_any()
}

/// The masked number, and a button that shows all of it in its place, with the identity number.
fn numbers(resident: &Resident, reveals: bool) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let masked = resident.phone.clone();
    if !reveals {
        return masked.into_any();
    }
    let reveal = ServerAction::<Reveal>::new();
    let complaints = Complaints::of(reveal.value());
    let (whole, code) = (complaints.whole(), complaints.code());
    let refused = move || match code.get() {
        Some(Code::TooMany) => Some(td_string!(locale, estates.reveal_too_many).to_owned()),
        _ => whole.get(),
    };
    let id = resident.id.to_string();
    let label = format!("{} {}", tu_string!(i18n, estates.reveal), resident.name);
    let shown = move || {
        let contact = reveal.value().get().and_then(Result::ok);
        let Some(contact) = contact else {
            return (masked.clone(), asking(reveal, id.clone(), label.clone())).into_any();
        };
        if contact.phone.is_none() && contact.id_number.is_none() {
            return td_string!(locale, estates.no_numbers).into_any();
        }
        let number = |number: Option<String>| number.map(|number| view! { <span>{number}</span> });
        view! {
            <span class="stack-tight">{number(contact.phone)} {number(contact.id_number)}</span>
        }
        .into_any()
    };
    view! {
        <div aria-live="polite">
            {shown}
            {move || refused().map(|text| view! { <Notice tone=Tone::Alarm>{text}</Notice> })}
        </div>
    }
    .into_any()
}

/// A number is never in an address, so the button waits for wasm, which shows the answer.
fn asking(reveal: ServerAction<Reveal>, resident: String, label: String) -> AnyView {
    let i18n = use_i18n();
    view! {
        <ActionForm action=reveal attr:class="needs-wasm">
            <HiddenField name="resident" value=resident />
            <Button icon=Icon::Key pending=reveal.pending() attr:aria-label=label>
                {tu_string!(i18n, estates.reveal)}
            </Button>
        </ActionForm>
    }
    .into_any()
}

/// The button that makes a link, and then the link, which is shown only this once.
fn invitation(resident: &Resident) -> AnyView {
    let i18n = use_i18n();
    let invite = ServerAction::<Invite>::new();
    let complaints = Complaints::of(invite.value());
    let refused = complaints.whole();
    let hint = tu_string!(i18n, estates.invite_hint);
    let link_label = tu_string!(i18n, estates.invite_link);
    let button = if resident.invited {
        tu_string!(i18n, estates.invite_again)
    } else {
        tu_string!(i18n, estates.invite)
    };
    let id = resident.id.to_string();
    let link = move || {
        let path = invite.value().get()?.ok()?;
        let origin = window().location().origin().unwrap_or_default();
        Some(view! {
            <CopyBox label=link_label value=format!("{origin}{path}") />
            <p class="field-hint">{hint}</p>
        })
    };
    let form = move || {
        let made = invite.value().with(|answer| matches!(answer, Some(Ok(_))));
        let id = id.clone();
        (!made).then(|| {
            view! {
                <ActionForm action=invite attr:class="needs-wasm">
                    <HiddenField name="resident" value=id />
                    <Button icon=Icon::Link pending=invite.pending()>
                        {button}
                    </Button>
                </ActionForm>
            }
        })
    };
    view! {
        <div aria-live="polite">
            {link} {form}
            {move || refused.get().map(|text| view! { <Notice tone=Tone::Alarm>{text}</Notice> })}
        </div>
    }
    .into_any()
}

/// The button that makes a code for a new password, and then the code, shown only this once.
fn reset(resident: &Resident) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let print = ServerAction::<PrintReset>::new();
    let complaints = Complaints::of(print.value());
    let (whole, code) = (complaints.whole(), complaints.code());
    let refused = move || {
        let text = match code.get()? {
            Code::Forbidden => td_string!(locale, estates.reset_not_here).to_owned(),
            _ => whole.get()?,
        };
        Some(view! { <Notice tone=Tone::Alarm>{text}</Notice> })
    };
    let (label, hint) = (
        tu_string!(i18n, estates.reset_code),
        tu_string!(i18n, estates.reset_hint),
    );
    let slip = move || {
        let slip = print.value().get()?.ok()?;
        Some(view! {
            <CopyBox label=label value=slip.code />
            <p class="field-hint">{hint}</p>
        })
    };
    let (id, name) = (resident.id.to_string(), resident.name.clone());
    let (trigger, text, confirm) = (
        tu_string!(i18n, estates.reset),
        tu_string!(i18n, estates.reset_text),
        tu_string!(i18n, estates.reset_print),
    );
    // The question goes with its answer, or the code would stand behind it.
    let asking = move || {
        let made = print.value().with(|answer| matches!(answer, Some(Ok(_))));
        let dialog = format!("reset-{id}");
        let (id, name) = (id.clone(), name.clone());
        (!made).then(|| {
            view! {
                <div class="needs-wasm">
                    <ConfirmDialog
                        id=dialog.clone()
                        trigger=trigger
                        icon=Icon::Key
                        title=td_string!(locale, estates.reset_title, name = name)
                        text=text
                    >
                        <ActionForm action=print>
                            {refused}
                            <HiddenField name="resident" value=id />
                            <DialogActions
                                dialog=dialog
                                confirm=confirm
                                kind=ButtonKind::Primary
                                pending=print.pending()
                            />
                        </ActionForm>
                    </ConfirmDialog>
                </div>
            }
        })
    };
    view! { <div aria-live="polite">{slip} {asking}</div> }.into_any()
}

/// The way to entering a sale, which has a page of its own.
fn sale(unit: UnitId) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card title=tu_string!(i18n, estates.transfer)>
            <p class="muted">{tu_string!(i18n, estates.transfer_lead)}</p>
            <LinkButton href=routes::transfer(unit) icon=Icon::Key>
                {tu_string!(i18n, estates.transfer_start)}
            </LinkButton>
        </Card>
    }
    .into_any()
}

/// The households that were here before.
fn before(earlier: Vec<PastHousehold>) -> Option<AnyView> {
    let i18n = use_i18n();
    if earlier.is_empty() {
        return None;
    }
    let line = |household: PastHousehold| {
        let days = format!("{} – {}", household.from, household.to);
        view! {
            <li class="row-between">
                <span>{household.owners}</span>
                <span class="muted tabular">{days}</span>
            </li>
        }
    };
    let lines = earlier.into_iter().map(line).collect_view();
    let card = view! {
        <Card title=tu_string!(i18n, estates.earlier)>
            <ul class="lines">{lines}</ul>
        </Card>
    };
    Some(card.into_any())
}

fn add_form(unit: UnitId, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let add = ServerAction::<AddResident>::new();
    anew.after(add);
    let complaints = Complaints::of(add.value());
    let id_number = complaints.field("id_number", move |_| {
        Some(td_string!(locale, estates.id_number_wrong).to_owned())
    });
    let choices: Vec<Choice> = [Relation::Owner, Relation::Family, Relation::Renter]
        .into_iter()
        .map(|each| Choice::new(each.as_str(), room_words::relation(locale, each)))
        .collect();
    view! {
        <Card title=tu_string!(i18n, estates.add_resident)>
            <ActionForm action=add>
                <FormErrors message=complaints.whole() />
                <HiddenField name="unit" value=unit.to_string() />
                <FieldRow>
                    <TextField
                        name="name"
                        label=tu_string!(i18n, estates.resident_name)
                        error=complaints.plain("name")
                        autocomplete="off"
                        maxlength=60
                    />
                    <SelectField
                        name="relation"
                        label=tu_string!(i18n, estates.relation)
                        choices=Signal::stored(choices)
                    />
                </FieldRow>
                <TextField
                    name="phone"
                    label=tu_string!(i18n, estates.phone)
                    error=complaints.plain("phone")
                    autocomplete="off"
                    inputmode="tel"
                    optional=true
                    maxlength=24
                />
                <TextField
                    name="id_number"
                    label=tu_string!(i18n, estates.id_number)
                    hint=tu_string!(i18n, estates.id_number_hint)
                    error=id_number
                    autocomplete="off"
                    optional=true
                    maxlength=24
                />
                <SubmitRow label=tu_string!(i18n, common.add) pending=add.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn meters(unit: &Unit, devices: Vec<DeviceRow>, registers: bool) -> AnyView {
    let i18n = use_i18n();
    let add = format!(
        "{}?estate={}&unit={}",
        routes::DEVICE_NEW,
        unit.estate,
        unit.id
    );
    let list = devices
        .into_iter()
        .map(|device| {
            let value = device.value.as_ref().and_then(|(value, unit)| {
                let number = value.number()?;
                Some(view! { <Num value=format::number(number, unit) unit=unit.clone() /> })
            });
            let seen = device.last_seen.map(jiff::Timestamp::as_millisecond);
            view! {
                <li class="row-between">
                    <a class="link" href=routes::device(device.id)>{device.name}</a>
                    <span class="row">{value} <span class="muted"><Age at=seen /></span></span>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let list = if list.is_empty() {
        view! { <p class="muted">{tu_string!(i18n, estates.no_devices)}</p> }.into_any()
    } else {
        view! { <ul class="lines">{list}</ul> }.into_any()
    };
    view! {
        <Card title=tu_string!(i18n, devices.title)>
            {list}
            {registers
                .then(|| {
                    view! {
                        <LinkButton href=add icon=Icon::Plus>
                            {tu_string!(i18n, estates.add_device)}
                        </LinkButton>
                    }
                })}
        </Card>
    }
    .into_any()
}
