//! One device model: its points, where they stand, and which devices follow it.

use domain::{
    devices::{
        DeviceRow, NewPoint,
        models::{DeviceModel, ModelKey, ModelShown, file::file_name},
        register_map::Register,
    },
    identity::Action,
    page::Page,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::model_map::register_map;
use crate::{
    AppError,
    devices::{
        models::{ArchiveModel, ModelView, RemoveModel, model_view},
        words as room_words,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        Button, ButtonKind, Card, ConfirmForm, Crumb, EmptyState, Facts, FormErrors, HiddenField,
        Icon, LinkButton, Notice, PageHead, Pager, SkeletonRows, State, StateMark, Table, Tone,
        format,
    },
    words::{self, Complaints},
};

/// What may be done about it, kept outside what is loaded anew.
#[derive(Clone, Copy)]
struct Acts {
    archive: ServerAction<ArchiveModel>,
    remove: ServerAction<RemoveModel>,
}

#[component]
pub fn ModelPage() -> impl IntoView {
    let console = use_console();
    let (params, query) = (use_params_map(), use_query_map());
    let id =
        Memo::new(move |_| params.with(|params| params.get("model")?.parse::<ModelKey>().ok()));
    let anew = Anew::new();
    let acts = Acts {
        archive: ServerAction::new(),
        remove: ServerAction::new(),
    };
    anew.after(acts.archive);
    let asked = move || {
        let cursor = query.with(|query| query.get("cursor"));
        (
            id.get(),
            cursor.filter(|cursor| !cursor.is_empty()),
            anew.count(),
        )
    };
    let found = resource(asked, move |(id, cursor, _)| async move {
        let id = id.ok_or_else(AppError::not_found)?;
        let view = model_view(id, cursor.clone()).await?;
        let me = console.desk().await?.me;
        let edits = me.may_everywhere.contains(Action::EditDevices);
        Ok::<_, AppError>((view, edits, cursor.is_some()))
    });
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((view, edits, further)) => whole(view, edits, further, acts),
                    Err(error) => words::refused(&error, routes::DEVICE_MODELS),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(view: ModelView, edits: bool, further: bool, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let ModelView { shown, devices } = view;
    let own = edits && !shown.built_in;
    let model = &shown.model;
    let title = model.title();
    let mark = if shown.built_in {
        view! { <span class="tag">{tu_string!(i18n, models.built_in)}</span> }.into_any()
    } else if shown.archived {
        view! {
            <StateMark
                state=Signal::stored(State::Offline)
                word=tu_string!(i18n, models.archived)
            />
        }
        .into_any()
    } else {
        ().into_any()
    };
    let crumbs = vec![
        Crumb::new(routes::DEVICES, tu_string!(i18n, devices.title)),
        Crumb::new(routes::DEVICE_MODELS, tu_string!(i18n, models.title)),
    ];
    let edit = own.then(|| {
        view! {
            <LinkButton
                href=routes::device_model_edit(&model.id)
                kind=ButtonKind::Primary
                icon=Icon::Settings
            >
                {tu_string!(i18n, models.edit)}
            </LinkButton>
        }
    });
    let told = if shown.built_in {
        Some(tu_string!(i18n, models.built_in_text))
    } else if shown.archived {
        Some(tu_string!(i18n, models.archived_text))
    } else {
        None
    };
    let told = told.map(|told| view! { <Notice tone=Tone::Plain>{told}</Notice> });
    let map = model.map.as_ref().map(register_map);
    let below = own.then(|| below(&shown, acts));
    let (file, name) = (routes::device_model_file(&model.id), file_name(&model.id));
    let (points, facts) = (points(model), facts(&shown));
    let followers = followers(model, devices, further);
    view! {
        <Title text=title.clone() />
        <PageHead title=title crumbs=crumbs mark=mark>
            <LinkButton
                href=file
                icon=Icon::Download
                download=name
                external=true
            >
                {tu_string!(i18n, models.download)}
            </LinkButton>
            {edit}
        </PageHead>
        {told}
        <div class="grid-main no-top">
            <div class="stack">{points} {map}</div>
            <div class="stack">{facts} {followers} {below}</div>
        </div>
    }
    .into_any()
}

fn facts(shown: &ModelShown) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let model = &shown.model;
    let maker = if model.maker.is_empty() {
        tu_string!(i18n, common.none).to_owned()
    } else {
        model.maker.clone()
    };
    let (kind, id) = (room_words::kind(locale, model.kind), model.id.to_string());
    view! {
        <Card title=tu_string!(i18n, models.facts)>
            <Facts>
                <dt>{tu_string!(i18n, models.kind)}</dt>
                <dd>{kind}</dd>
                <dt>{tu_string!(i18n, models.maker)}</dt>
                <dd>{maker}</dd>
                <dt>{tu_string!(i18n, models.id)}</dt>
                <dd>
                    <code>{id}</code>
                </dd>
            </Facts>
        </Card>
    }
    .into_any()
}

fn points(model: &DeviceModel) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let of_kind = model.kind.points();
    let registers = model.map.iter().flat_map(|map| &map.registers);
    let fed: Vec<&str> = registers.map(Register::point).collect();
    let whence = |point: &NewPoint| {
        if fed.contains(&point.name.as_str()) {
            tu_string!(i18n, models.of_register)
        } else if of_kind.iter().any(|kind| kind.name == point.name) {
            tu_string!(i18n, models.of_kind)
        } else {
            tu_string!(i18n, models.of_device)
        }
    };
    let rows = model
        .all_points()
        .into_iter()
        .map(|point| {
            let word = room_words::point(locale, &point.name);
            let whence = whence(&point);
            let range = room_words::range(locale, point.range);
            let range = range.unwrap_or_else(|| tu_string!(i18n, models.any).to_owned());
            view! {
                <tr>
                    <td>{word}</td>
                    <td>
                        <code>{point.name}</code>
                    </td>
                    <td>{point.unit}</td>
                    <td>{room_words::value_type(locale, point.value_type)}</td>
                    <td class="tabular">{range}</td>
                    <td class="muted">{whence}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, models.points)>
            <Table caption=tu_string!(i18n, models.points)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, models.point)}</th>
                        <th scope="col">{tu_string!(i18n, models.name)}</th>
                        <th scope="col">{tu_string!(i18n, models.unit)}</th>
                        <th scope="col">{tu_string!(i18n, models.value_type)}</th>
                        <th scope="col">{tu_string!(i18n, models.range)}</th>
                        <th scope="col">{tu_string!(i18n, models.whence)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn followers(model: &DeviceModel, page: Page<DeviceRow>, further: bool) -> AnyView {
    let i18n = use_i18n();
    let first = routes::device_model(&model.id);
    let next = page.next.map(|next| format!("{first}?cursor={next}"));
    let list = if page.items.is_empty() && !further {
        view! {
            <EmptyState
                icon=Icon::Gauge
                title=tu_string!(i18n, models.no_followers)
                text=tu_string!(i18n, models.followers_text)
            />
        }
        .into_any()
    } else {
        let rows = page
            .items
            .into_iter()
            .map(|device| {
                view! {
                    <tr>
                        <td>
                            <a class="link" href=routes::device(device.id)>
                                {device.name}
                            </a>
                        </td>
                        <td>{device.place}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <Table caption=tu_string!(i18n, models.devices)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, models.name)}</th>
                        <th scope="col">{tu_string!(i18n, devices.place)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <Pager prev=further.then_some(first) next=next />
        }
        .into_any()
    };
    view! { <Card title=tu_string!(i18n, models.devices)>{list}</Card> }.into_any()
}

/// What ends it: it is archived while devices follow it, and deleted where none does.
fn below(shown: &ModelShown, acts: Acts) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let (id, name) = (shown.model.id.to_string(), shown.model.name.clone());
    let followed = u64::try_from(shown.devices).unwrap_or_default();
    let count = td_string!(locale, models.followed, n = format::count(followed)).to_string();
    let archive = if shown.archived {
        restore(id.clone(), acts.archive)
    } else {
        let title = td_string!(locale, models.archive_title, name = name.clone()).to_string();
        archive(id.clone(), title, acts.archive)
    };
    let remove = (followed == 0).then(|| {
        let title = td_string!(locale, models.remove_title, name = name).to_string();
        remove(id, title, acts.remove)
    });
    let used = (followed > 0).then(|| {
        view! { <p class="muted">{count} " · " {tu_string!(i18n, models.remove_used)}</p> }
    });
    view! {
        <Card>
            {used}
            <div class="row">{archive} {remove}</div>
        </Card>
    }
    .into_any()
}

fn archive(id: String, title: String, action: ServerAction<ArchiveModel>) -> AnyView {
    let i18n = use_i18n();
    view! {
        <ConfirmForm
            id="archive"
            trigger=tu_string!(i18n, models.archive)
            title=title
            text=tu_string!(i18n, models.archive_text)
            action=action
            fields=[("model", id), ("archived", "true".to_owned())]
            refused=Complaints::of(action.value()).whole()
        />
    }
    .into_any()
}

fn restore(id: String, action: ServerAction<ArchiveModel>) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(action.value()).whole();
    view! {
        <ActionForm action=action>
            <FormErrors message=complaints />
            <HiddenField name="model" value=id />
            <HiddenField name="archived" value="false" />
            <Button kind=ButtonKind::Secondary pending=action.pending()>
                {tu_string!(i18n, models.restore)}
            </Button>
        </ActionForm>
    }
    .into_any()
}

fn remove(id: String, title: String, action: ServerAction<RemoveModel>) -> AnyView {
    let i18n = use_i18n();
    view! {
        <ConfirmForm
            id="remove"
            trigger=tu_string!(i18n, models.remove)
            title=title
            text=tu_string!(i18n, models.remove_text)
            action=action
            fields=[("model", id)]
            refused=Complaints::of(action.value()).whole()
        />
    }
    .into_any()
}
