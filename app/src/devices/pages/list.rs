//! The devices of one estate.

use domain::{
    EstateId,
    columns::{Column, Columns, Sort},
    devices::{DeviceColumn, DeviceKind, DeviceSort, DeviceState},
    estates::EstateBrief,
    identity::Action,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    columns::{List, SHOW},
    devices::{
        api::{DeviceList, list_devices},
        parts::device_table,
        words as room_words,
    },
    i18n::{locale, tu_string, use_i18n},
    live::{Live, use_live},
    load::resource,
    routes,
    telemetry::console::use_console,
    ui::{
        ButtonKind, Card, ColumnChoice, ColumnsMenu, EmptyState, FilterChips, Heads, Icon,
        LinkButton, LinkItem, PageHead, Pager, SkeletonRows, format,
    },
    words,
};

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    kind: Option<DeviceKind>,
    state: Option<DeviceState>,
    /// Those out of use.
    retired: bool,
    sort: Option<Sort<DeviceSort>>,
    /// The columns that are to be shown.
    show: Option<String>,
    cursor: Option<String>,
}

impl Asked {
    /// As it stands in the address, beside the estate.
    fn parts(&self) -> Vec<(&'static str, String)> {
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        vec![
            ("state", word(self.state.map(DeviceState::as_str))),
            ("kind", word(self.kind.map(DeviceKind::as_str))),
            ("retired", word(self.retired.then_some("true"))),
            (
                "sort",
                self.sort.map(|sort| sort.to_string()).unwrap_or_default(),
            ),
            (SHOW, word(self.show.as_deref())),
            ("cursor", word(self.cursor.as_deref())),
        ]
    }

    /// The address that asks for this.
    fn address(&self, estate: EstateId) -> String {
        routes::asking(&routes::devices(estate), &self.parts())
    }

    /// The same from its first page.
    fn first(&self) -> Self {
        Self {
            cursor: None,
            ..self.clone()
        }
    }

    /// Whether some devices may be left out.
    fn narrows(&self) -> bool {
        let filters = Self {
            sort: None,
            show: None,
            ..self.clone()
        };
        filters != Self::default()
    }
}

#[component]
pub fn DeviceListPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| Asked {
            kind: query.get("kind").and_then(|kind| DeviceKind::parse(&kind)),
            state: query
                .get("state")
                .and_then(|state| DeviceState::parse(&state)),
            retired: query.get("retired").as_deref() == Some("true"),
            sort: query.get("sort").and_then(|sort| Sort::parse(&sort)),
            show: query.get(SHOW).filter(|words| !words.is_empty()),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        })
    });
    let live = use_live(console.points_topic(), console.tenant());
    let found = resource(
        move || (console.wanted.get(), asked.get()),
        move |(wanted, asked)| async move {
            let desk = console.desk().await?;
            let Some(estate) = desk.pick(wanted).cloned() else {
                return Ok(None);
            };
            let Asked {
                kind,
                state,
                retired,
                sort,
                show,
                cursor,
            } = asked;
            let sort = sort.map(|sort| sort.to_string());
            list_devices(estate.id, kind, state, cursor, retired, sort, show)
                .await
                .map(|page| Some((estate, page, desk.me.may(Action::EditDevices))))
        },
    );
    let title = tu_string!(i18n, devices.title);
    view! {
        <Title text=title />
        // What was there stays while another filter is on its way.
        <Transition fallback=move || {
            view! {
                <PageHead title=title />
                <SkeletonRows rows=12 />
            }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(Some((estate, page, edits))) => {
                        whole(&estate, page, edits, &asked.get_untracked(), live)
                    }
                    Ok(None) => view! {
                        <PageHead title=title />
                        {no_estate()}
                    }
                    .into_any(),
                    Err(error) => words::refused(&error, routes::DEVICES),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(
    estate: &EstateBrief,
    page: DeviceList,
    edits: bool,
    asked: &Asked,
    live: Live,
) -> AnyView {
    let i18n = use_i18n();
    let all = u64::try_from(estate.devices).unwrap_or_default();
    let sub = tu_string!(i18n, devices.count, n = format::count(all)).to_string();
    let new = format!("{}?estate={}", routes::DEVICE_NEW, estate.id);
    let list = list(estate, page, edits, asked, live);
    view! {
        <PageHead title=tu_string!(i18n, devices.title) sub=sub>
            <LinkButton href=routes::DEVICE_MODELS>
                {tu_string!(i18n, devices.all_models)}
            </LinkButton>
            {edits
                .then(|| {
                    view! {
                        <LinkButton href=new kind=ButtonKind::Primary icon=Icon::Plus>
                            {tu_string!(i18n, devices.register)}
                        </LinkButton>
                    }
                })}
        </PageHead>
        <Card>{list}</Card>
    }
    .into_any()
}

fn list(estate: &EstateBrief, page: DeviceList, edits: bool, asked: &Asked, live: Live) -> AnyView {
    let i18n = use_i18n();
    let id = estate.id;
    let DeviceList { page, columns } = page;
    if page.items.is_empty() && !asked.narrows() {
        return nothing(id, edits);
    }
    let first = asked.first();
    let prev = asked.cursor.is_some().then(|| first.address(id));
    let menu = columns_menu(id, asked, &columns);
    let next = page.next.map(|next| {
        Asked {
            cursor: Some(next),
            ..asked.clone()
        }
        .address(id)
    });
    let file = routes::file_of(&asked.address(id));
    let table = if page.items.is_empty() {
        view! { <EmptyState icon=Icon::Search title=tu_string!(i18n, devices.no_match) /> }
            .into_any()
    } else {
        let rows = Signal::stored(page.items);
        let heads = Heads::new(asked.sort, move |sort| {
            let sort = Some(sort);
            let asked = Asked {
                sort,
                ..first.clone()
            };
            asked.address(id)
        });
        view! {
            {device_table(rows, live, &columns, Some(&heads))}
            <Pager prev=prev next=next />
            <LinkButton href=file icon=Icon::Download download="linli-devices.xlsx" external=true>
                {tu_string!(i18n, devices.export_xlsx)}
            </LinkButton>
        }
        .into_any()
    };
    view! {
        <div class="filters">{chips(estate, asked)} {menu}</div>
        {table}
    }
    .into_any()
}

fn columns_menu(estate: EstateId, asked: &Asked, columns: &Columns<DeviceColumn>) -> AnyView {
    let locale = locale();
    let choices = DeviceColumn::ALL.iter().map(|column| ColumnChoice {
        word: column.word(),
        label: room_words::column(locale, *column).to_owned(),
        shown: columns.has(*column),
    });
    let mut kept = vec![("estate", estate.to_string())];
    kept.extend(
        asked
            .parts()
            .into_iter()
            .filter(|(_, value)| !value.is_empty()),
    );
    view! {
        <ColumnsMenu
            list=List::Devices
            action=routes::DEVICES
            kept=kept
            columns=choices.collect()
        />
    }
    .into_any()
}

/// One line of states, one of kinds; each keeps the other.
fn chips(estate: &EstateBrief, asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let of_state = |state: Option<DeviceState>| {
        Asked {
            state,
            retired: false,
            ..asked.first()
        }
        .address(estate.id)
    };
    let of_kind = |kind: Option<DeviceKind>| {
        Asked {
            kind,
            ..asked.first()
        }
        .address(estate.id)
    };
    let all = LinkItem::new(
        of_state(None),
        tu_string!(i18n, common.all),
        asked.state.is_none() && !asked.retired,
    );
    // The number is of all devices: with a kind chosen it would not be true.
    let all = if asked.kind.is_none() {
        all.counted(u64::try_from(estate.devices).unwrap_or_default())
    } else {
        all
    };
    let mut states = vec![all];
    states.extend(DeviceState::ALL.iter().map(|&state| {
        let here = asked.state == Some(state);
        LinkItem::new(
            of_state(Some(state)),
            room_words::state(locale, state),
            here,
        )
    }));
    let out = Asked {
        state: None,
        retired: true,
        ..asked.first()
    };
    states.push(LinkItem::new(
        out.address(estate.id),
        tu_string!(i18n, devices.retired),
        asked.retired,
    ));
    let mut kinds = vec![LinkItem::new(
        of_kind(None),
        tu_string!(i18n, devices.all_kinds),
        asked.kind.is_none(),
    )];
    kinds.extend(DeviceKind::ALL.iter().map(|kind| {
        let here = asked.kind == Some(*kind);
        LinkItem::new(of_kind(Some(*kind)), room_words::kind(locale, *kind), here)
    }));
    view! {
        <FilterChips label=tu_string!(i18n, devices.state) items=Signal::stored(states) />
        <FilterChips label=tu_string!(i18n, devices.kind) items=Signal::stored(kinds) />
    }
    .into_any()
}

fn nothing(estate: EstateId, edits: bool) -> AnyView {
    let i18n = use_i18n();
    view! {
        <EmptyState
            icon=Icon::Gauge
            title=tu_string!(i18n, devices.none)
            text=tu_string!(i18n, devices.none_text)
        >
            {edits
                .then(|| {
                    let href = format!("{}?estate={estate}", routes::DEVICE_NEW);
                    view! {
                        <LinkButton href=href kind=ButtonKind::Primary icon=Icon::Plus>
                            {tu_string!(i18n, devices.register)}
                        </LinkButton>
                    }
                })}
        </EmptyState>
    }
    .into_any()
}

/// A device stands in an estate: there has to be one first. Shared with the form.
pub(super) fn no_estate() -> AnyView {
    let i18n = use_i18n();
    view! {
        <EmptyState
            icon=Icon::Buildings
            title=tu_string!(i18n, estates.none)
            text=tu_string!(i18n, estates.none_text)
        >
            <LinkButton href=routes::ESTATES kind=ButtonKind::Primary icon=Icon::Plus>
                {tu_string!(i18n, estates.add_estate)}
            </LinkButton>
        </EmptyState>
    }
    .into_any()
}
