//! What came of an import: the counts, and each refused row with its reason.

use domain::{
    ImportId,
    estates::{ImportState, RosterImport},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::import::outcome;
use crate::{
    estates::{api::import_result, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        ButtonKind, Card, Crumb, Figure, Icon, LinkButton, Notice, NumCell, PageHead,
        SkeletonCards, Table, Tone, format,
    },
    words,
};

#[component]
pub fn ImportResultPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || {
        params.with(|params| {
            params
                .get("import")
                .and_then(|id| id.parse::<ImportId>().ok())
        })
    };
    let found = resource(id, |id| async move {
        match id {
            Some(id) => import_result(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonCards count=4 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(import) => whole(import),
                    Err(error) => words::refused(&error, routes::IMPORT),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole(import: RosterImport) -> AnyView {
    let i18n = use_i18n();
    let refused = import.state == ImportState::Refused;
    let verdict = match (refused, import.dry_run) {
        (true, _) => tu_string!(i18n, estates.verdict_refused),
        (false, true) => tu_string!(i18n, estates.verdict_tried),
        (false, false) => tu_string!(i18n, estates.verdict_done),
    };
    let tone = if refused { Tone::Alarm } else { Tone::Good };
    let ignored = (!import.ignored_columns.is_empty()).then(|| {
        let columns = import.ignored_columns.join("、");
        view! {
            <Notice tone=Tone::Attention>
                {tu_string!(i18n, estates.ignored, columns = columns).to_string()}
            </Notice>
        }
    });
    let next = if refused || import.dry_run {
        view! {
            <LinkButton
                href=routes::import(import.estate)
                kind=ButtonKind::Primary
                icon=Icon::Upload
            >
                {tu_string!(i18n, estates.import_again)}
            </LinkButton>
        }
    } else {
        view! {
            <LinkButton
                href=routes::estate(import.estate)
                kind=ButtonKind::Primary
                icon=Icon::Buildings
            >
                {tu_string!(i18n, estates.to_estate)}
            </LinkButton>
        }
    }
    .into_any();
    view! {
        <Title text=tu_string!(i18n, estates.import) />
        <PageHead
            title=import.file_name.clone()
            crumbs=vec![
                Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
                Crumb::new(routes::import(import.estate), tu_string!(i18n, estates.import)),
            ]
            mark=outcome(&import)
        >
            {next}
        </PageHead>
        <div class="stack">
            <Notice tone=tone>{verdict}</Notice>
            {ignored}
            {figures(&import)}
            {refusals(&import)}
        </div>
    }
    .into_any()
}

fn figures(import: &RosterImport) -> AnyView {
    let i18n = use_i18n();
    let count = |n: u32| Some(format::count(u64::from(n)));
    let counts = import.counts;
    let tone = if counts.refused > 0 {
        Tone::Alarm
    } else {
        Tone::Plain
    };
    view! {
        <div class="figures">
            <Figure label=tu_string!(i18n, estates.rows_new) icon=Icon::Plus value=count(counts.new) />
            <Figure
                label=tu_string!(i18n, estates.rows_changed)
                icon=Icon::Refresh
                value=count(counts.changed)
            />
            <Figure
                label=tu_string!(i18n, estates.rows_same)
                icon=Icon::Check
                value=count(counts.same)
            />
            <Figure
                label=tu_string!(i18n, estates.rows_refused)
                icon=Icon::TriangleAlert
                value=count(counts.refused)
                tone=tone
            />
        </div>
    }
    .into_any()
}

fn refusals(import: &RosterImport) -> Option<AnyView> {
    if import.refused.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let locale = locale();
    let rows = import
        .refused
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <NumCell value=row.row.to_string() />
                    <td>{row.column.clone()}</td>
                    <td>{room_words::row_refusal(locale, row.reason)}</td>
                </tr>
            }
        })
        .collect_view();
    let view = view! {
        <Card title=tu_string!(i18n, estates.refused_rows)>
            <Table caption=tu_string!(i18n, estates.refused_rows)>
                <thead>
                    <tr>
                        <th scope="col" class="num">{tu_string!(i18n, estates.row)}</th>
                        <th scope="col">{tu_string!(i18n, estates.column)}</th>
                        <th scope="col">{tu_string!(i18n, estates.reason)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    };
    Some(view.into_any())
}
