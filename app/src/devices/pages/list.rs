//! The devices of one estate.

use domain::{
    EstateId,
    devices::{DeviceKind, DeviceRow, DeviceState},
    estates::EstateSummary,
    identity::Action,
    page::Page,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    devices::{api::list_devices, parts::device_table, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    live::{Live, use_live},
    load::resource,
    routes,
    telemetry::console::use_console,
    ui::{
        ButtonKind, Card, EmptyState, FilterChips, Icon, LinkButton, LinkItem, PageHead, Pager,
        SkeletonRows, format,
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
    cursor: Option<String>,
}

impl Asked {
    /// The address that asks for this.
    fn address(&self, estate: EstateId) -> String {
        let mut address = routes::devices(estate);
        let state = self.state.map(room_words::state_key);
        let parts = [
            ("state", state),
            ("kind", self.kind.map(DeviceKind::as_str)),
            ("retired", self.retired.then_some("true")),
            ("cursor", self.cursor.as_deref()),
        ];
        for (name, value) in parts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
        {
            address.push('&');
            address.push_str(name);
            address.push('=');
            address.push_str(&Url::escape(value));
        }
        address
    }
}

#[component]
pub fn DeviceListPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let state = query.get("state");
            Asked {
                kind: query.get("kind").and_then(|kind| DeviceKind::parse(&kind)),
                state: room_words::STATES
                    .into_iter()
                    .find(|each| state.as_deref() == Some(room_words::state_key(*each))),
                retired: query.get("retired").as_deref() == Some("true"),
                cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
            }
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
                cursor,
            } = asked;
            list_devices(estate.id, kind, state, cursor, retired)
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
    estate: &EstateSummary,
    page: Page<DeviceRow>,
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

fn list(
    estate: &EstateSummary,
    page: Page<DeviceRow>,
    edits: bool,
    asked: &Asked,
    live: Live,
) -> AnyView {
    let i18n = use_i18n();
    let id = estate.id;
    let filtered = *asked != Asked::default();
    if page.items.is_empty() && !filtered {
        return nothing(id, edits);
    }
    let prev = asked.cursor.is_some().then(|| {
        Asked {
            cursor: None,
            ..asked.clone()
        }
        .address(id)
    });
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
        view! {
            {device_table(rows, live, true)}
            <Pager prev=prev next=next />
            <LinkButton href=file icon=Icon::Download download="linli-devices.xlsx" external=true>
                {tu_string!(i18n, devices.export_xlsx)}
            </LinkButton>
        }
        .into_any()
    };
    view! {
        <div class="filters">{chips(estate, asked)}</div>
        {table}
    }
    .into_any()
}

/// One line of states, one of kinds; each keeps the other.
fn chips(estate: &EstateSummary, asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let of_state = |state: Option<DeviceState>| {
        Asked {
            state,
            kind: asked.kind,
            ..Asked::default()
        }
        .address(estate.id)
    };
    let of_kind = |kind: Option<DeviceKind>| {
        Asked {
            kind,
            state: asked.state,
            retired: asked.retired,
            cursor: None,
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
    states.extend(room_words::STATES.into_iter().map(|state| {
        let here = asked.state == Some(state);
        LinkItem::new(
            of_state(Some(state)),
            room_words::state(locale, state),
            here,
        )
    }));
    let out = Asked {
        kind: asked.kind,
        retired: true,
        ..Asked::default()
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
