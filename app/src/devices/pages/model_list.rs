//! Device models: those that come with Linli, and the company's own.

use domain::{
    devices::{DeviceKind, models::ModelRow},
    identity::Action,
    page::Page,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    devices::{models::model_list, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    telemetry::console::use_console,
    ui::{
        ButtonKind, Card, Crumb, EmptyState, FilterChips, Icon, LinkButton, LinkItem, NumCell,
        PageHead, Pager, SkeletonRows, Table, format,
    },
    words,
};

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    q: String,
    kind: Option<DeviceKind>,
    archived: bool,
    cursor: Option<String>,
}

impl Asked {
    fn address(&self) -> String {
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let parts = [
            ("q", self.q.clone()),
            ("kind", word(self.kind.map(DeviceKind::as_str))),
            ("archived", word(self.archived.then_some("true"))),
            ("cursor", word(self.cursor.as_deref())),
        ];
        routes::asking(routes::DEVICE_MODELS, &parts)
    }

    fn first(&self) -> Self {
        Self {
            cursor: None,
            ..self.clone()
        }
    }
}

#[component]
pub fn ModelListPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            q: query.get("q").unwrap_or_default(),
            kind: query.get("kind").and_then(|kind| DeviceKind::parse(&kind)),
            archived: query.get("archived").as_deref() == Some("true"),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        })
    });
    let found = resource(
        move || asked.get(),
        move |asked| async move {
            let Asked {
                q,
                kind,
                archived,
                cursor,
            } = asked;
            let page = model_list(Some(q), kind, archived, cursor).await?;
            let me = console.desk().await?.me;
            Ok((page, me.may_everywhere.contains(Action::EditDevices)))
        },
    );
    let title = tu_string!(i18n, models.title);
    view! {
        <Title text=title />
        <Transition fallback=move || {
            view! {
                <PageHead title=title />
                <SkeletonRows rows=8 />
            }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((page, edits)) => whole(page, edits, &asked.get_untracked()),
                    Err(error) => words::refused(&error, routes::DEVICE_MODELS),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(page: Page<ModelRow>, edits: bool, asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let crumbs = vec![Crumb::new(routes::DEVICES, tu_string!(i18n, devices.title))];
    let add = edits.then(|| {
        view! {
            <LinkButton href=routes::DEVICE_MODEL_NEW kind=ButtonKind::Primary icon=Icon::Plus>
                {tu_string!(i18n, models.add)}
            </LinkButton>
        }
    });
    let next = page.next.map(|next| {
        Asked {
            cursor: Some(next),
            ..asked.clone()
        }
        .address()
    });
    let prev = asked.cursor.is_some().then(|| asked.first().address());
    let list = if page.items.is_empty() {
        view! {
            <EmptyState
                icon=Icon::Search
                title=tu_string!(i18n, models.none)
                text=tu_string!(i18n, models.none_text)
            />
        }
        .into_any()
    } else {
        view! {
            {table(page.items)}
            <Pager prev=prev next=next />
        }
        .into_any()
    };
    let (chips, search) = (chips(asked), search(asked));
    view! {
        <PageHead
            title=tu_string!(i18n, models.title)
            sub=tu_string!(i18n, models.lead)
            crumbs=crumbs
        >
            {add}
        </PageHead>
        <Card>
            <div class="filters">{chips} {search}</div>
            {list}
        </Card>
    }
    .into_any()
}

fn chips(asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let used = [
        (false, tu_string!(i18n, models.in_use)),
        (true, tu_string!(i18n, models.archived)),
    ];
    let used = used.map(|(archived, label)| {
        let there = Asked {
            archived,
            ..asked.first()
        };
        LinkItem::new(there.address(), label, asked.archived == archived)
    });
    let kinds = std::iter::once(None).chain(DeviceKind::ALL.iter().copied().map(Some));
    let kinds = kinds.map(|kind| {
        let there = Asked {
            kind,
            ..asked.first()
        };
        let label = kind.map_or(tu_string!(i18n, devices.all_kinds), |kind| {
            room_words::kind(locale, kind)
        });
        LinkItem::new(there.address(), label, asked.kind == kind)
    });
    view! {
        <FilterChips label=tu_string!(i18n, devices.state) items=Signal::stored(used.to_vec()) />
        <FilterChips
            label=tu_string!(i18n, models.kind)
            items=Signal::stored(kinds.collect::<Vec<_>>())
        />
    }
    .into_any()
}

/// A plain GET form: what is looked for is part of the address.
fn search(asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let label = tu_string!(i18n, models.find);
    let kept = [
        ("kind", asked.kind.map(DeviceKind::as_str)),
        ("archived", asked.archived.then_some("true")),
    ];
    let kept = kept
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    view! {
        <form class="search" method="get" action=routes::DEVICE_MODELS role="search">
            {kept}
            {Icon::Search.view()}
            <input
                class="input"
                type="search"
                name="q"
                value=asked.q.clone()
                maxlength="60"
                autocomplete="off"
                placeholder=label
                aria-label=label
            />
        </form>
    }
    .into_any()
}

fn table(rows: Vec<ModelRow>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let rows = rows
        .into_iter()
        .map(|row| {
            let built_in = row.built_in.then(|| {
                view! { <span class="tag">{tu_string!(i18n, models.built_in)}</span> }
            });
            let devices = u64::try_from(row.devices).unwrap_or_default();
            view! {
                <tr>
                    <td class="wrap">
                        <a class="link" href=routes::device_model(&row.id)>
                            {row.name}
                        </a>
                        " "
                        {built_in}
                    </td>
                    <td>{row.maker}</td>
                    <td class="wide-only">
                        <code>{row.id.to_string()}</code>
                    </td>
                    <td>{room_words::kind(locale, row.kind)}</td>
                    <NumCell value=format::count(row.points.into()) />
                    <NumCell value=format::count(row.registers.into()) />
                    <NumCell value=format::count(devices) />
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=tu_string!(i18n, models.title)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, models.name)}</th>
                    <th scope="col">{tu_string!(i18n, models.maker)}</th>
                    <th scope="col" class="wide-only">
                        {tu_string!(i18n, models.id)}
                    </th>
                    <th scope="col">{tu_string!(i18n, models.kind)}</th>
                    <th scope="col" class="num-cell">{tu_string!(i18n, models.points)}</th>
                    <th scope="col" class="num-cell">{tu_string!(i18n, models.registers)}</th>
                    <th scope="col" class="num-cell">{tu_string!(i18n, models.devices)}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}
