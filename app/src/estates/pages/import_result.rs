//! What came of an import: the counts, each refused row with its reason, what looks like a sale, and
//! what is new or changes.

use domain::{
    ImportId,
    estates::{ImportState, PossibleSale, RosterImport, RowChange},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    import::{file_words, outcome},
    import_columns::{Before, columns, lacking},
    import_running::running,
};
use crate::{
    estates::{api::import_result, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        ButtonKind, Card, Crumb, Figure, FileField, FormErrors, Icon, LinkButton, Notice, NumCell,
        PageHead, SkeletonCards, SubmitRow, Table, Tone, UploadBar, format,
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
    // One more when the import that is shown on its way has ended.
    let ended = RwSignal::new(0_u32);
    let source = move || (id(), ended.get());
    let found = resource(source, |(id, _)| async move {
        match id {
            Some(id) => import_result(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    let before = use_query_map().with_untracked(Before::of);
    view! {
        <Transition fallback=|| view! { <SkeletonCards count=4 /> }>
            {move || {
                let before = before.clone();
                Suspend::new(async move {
                    match found.await {
                        Ok(import) if import.state == ImportState::Running => {
                            running(&import, ended)
                        }
                        Ok(import) => whole(import, &before),
                        Err(error) => words::refused(&error, routes::IMPORT),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

/// The import's name and how it stands.
pub(super) fn head(import: &RosterImport, next: AnyView) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Title text=tu_string!(i18n, estates.import) />
        <PageHead
            title=import.file_name.clone()
            crumbs=vec![
                Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
                Crumb::new(routes::import(import.estate), tu_string!(i18n, estates.import)),
            ]
            mark=outcome(import)
        >
            {next}
        </PageHead>
    }
    .into_any()
}

fn whole(import: RosterImport, before: &Before) -> AnyView {
    let i18n = use_i18n();
    let lacks = import.lacks();
    let refused = import.state == ImportState::Refused;
    let verdict = match (import.flaw, refused, import.dry_run) {
        _ if !lacks.is_empty() => lacking(locale(), lacks.into_iter()),
        (Some(flaw), ..) => file_words(locale(), flaw.as_str()),
        (None, true, _) if import.counts.refused == 0 => {
            tu_string!(i18n, estates.verdict_sales).to_owned()
        }
        (None, true, _) => tu_string!(i18n, estates.verdict_refused).to_owned(),
        (None, false, true) => tu_string!(i18n, estates.verdict_tried).to_owned(),
        (None, false, false) => tu_string!(i18n, estates.verdict_done).to_owned(),
    };
    let tone = match refused {
        true if waits(&import) => Tone::Attention,
        true => Tone::Alarm,
        false => Tone::Good,
    };
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
    let counted = import.lacks().is_empty() && import.flaw.is_none();
    view! {
        {head(&import, next)}
        <div class="stack">
            <Notice tone=tone>{verdict}</Notice>
            {ignored}
            {counted.then(|| figures(&import))}
            {refusals(&import)}
            {sales(&import, before)}
            {columns(&import, before)}
            {changes(&import)}
        </div>
    }
    .into_any()
}

/// Whether nothing but a word on its sales is missing.
pub(super) fn waits(import: &RosterImport) -> bool {
    import.state == ImportState::Refused
        && import.flaw.is_none()
        && import.lacks().is_empty()
        && import.counts.refused == 0
}

fn figures(import: &RosterImport) -> AnyView {
    let i18n = use_i18n();
    let written = import.state == ImportState::Done && !import.dry_run;
    let (new, changed) = if written {
        (
            tu_string!(i18n, estates.rows_new),
            tu_string!(i18n, estates.rows_changed),
        )
    } else {
        (
            tu_string!(i18n, estates.rows_would_add),
            tu_string!(i18n, estates.rows_would_change),
        )
    };
    let count = |n: u32| Some(format::count(u64::from(n)));
    let counts = import.counts;
    let tone = if counts.refused > 0 {
        Tone::Alarm
    } else {
        Tone::Plain
    };
    view! {
        <div class="figures">
            <Figure label=new icon=Icon::Plus value=count(counts.new) />
            <Figure
                label=changed
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
            {(counts.sales > 0)
                .then(|| {
                    view! {
                        <Figure
                            label=tu_string!(i18n, estates.rows_sales)
                            icon=Icon::Users
                            value=count(counts.sales)
                        />
                    }
                })}
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
    let file = routes::refused_rows(import.id);
    let rows = import
        .refused
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <NumCell value=row.row.to_string() />
                    <td>{row.column.clone()}</td>
                    <td class="wrap">{room_words::row_refusal(locale, row.reason)}</td>
                </tr>
            }
        })
        .collect_view();
    let view = view! {
        <Card title=tu_string!(i18n, estates.refused_rows)>
            <LinkButton
                href=file
                icon=Icon::Download
                download="linli-refused.xlsx"
                external=true
            >
                {tu_string!(i18n, estates.refused_get)}
            </LinkButton>
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

/// Whatever looks like a sale, each to be confirmed where nothing was refused.
fn sales(import: &RosterImport, before: &Before) -> Option<AnyView> {
    if import.possible_sales.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let open = waits(import);
    let title = if import.state == ImportState::Done {
        tu_string!(i18n, estates.sales_done)
    } else {
        tu_string!(i18n, estates.possible_sales)
    };
    let rows = import
        .possible_sales
        .iter()
        .map(|sale| sale_row(sale, open, before.sold(sale.row)))
        .collect_view();
    let table = view! {
        <Table caption=title>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, estates.sold)}</th>
                    <th scope="col" class="num">
                        {tu_string!(i18n, estates.row)}
                    </th>
                    <th scope="col">{tu_string!(i18n, estates.home)}</th>
                    <th scope="col">{tu_string!(i18n, estates.sale_from)}</th>
                    <th scope="col">{tu_string!(i18n, estates.sale_to)}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any();
    let inside = if open {
        let flaw = before.of_the_file().map(|flaw| file_words(locale(), flaw));
        view! {
            <form
                class="stack"
                method="post"
                action="/fn/estates/import"
                enctype="multipart/form-data"
            >
                <FormErrors message=flaw />
                <p>{tu_string!(i18n, estates.possible_sales_text)}</p>
                <input type="hidden" name="estate" value=import.estate.to_string() />
                <input type="hidden" name="of" value=import.id.to_string() />
                {table}
                <FileField
                    name="file"
                    label=tu_string!(i18n, estates.file_again)
                    hint=tu_string!(i18n, estates.file_again_hint)
                    accept=".xlsx,.csv"
                />
                <UploadBar />
                <SubmitRow
                    label=tu_string!(i18n, estates.confirm_sales)
                    cancel=routes::import(import.estate)
                />
            </form>
        }
        .into_any()
    } else {
        table
    };
    Some(view! { <Card title=title>{inside}</Card> }.into_any())
}

fn sale_row(sale: &PossibleSale, open: bool, sold: bool) -> AnyView {
    let i18n = use_i18n();
    let label = format!("{} {}", tu_string!(i18n, estates.sold), sale.address);
    view! {
        <tr>
            <td>
                <input
                    class="checkbox checkbox-primary"
                    type="checkbox"
                    name="confirm_sales"
                    value=sale.row.to_string()
                    checked=sale.confirmed || sold
                    disabled=!open
                    aria-label=label
                />
            </td>
            <NumCell value=sale.row.to_string() />
            <td>
                <a class="link" href=routes::unit(sale.unit)>
                    {sale.address.clone()}
                </a>
            </td>
            <td>{sale.from.clone()}</td>
            <td>{sale.to.clone()}</td>
        </tr>
    }
    .into_any()
}

/// What is new, and what becomes of what was there.
fn changes(import: &RosterImport) -> Option<AnyView> {
    if import.changes.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let rows = import.changes.iter().map(change_row).collect_view();
    let title = tu_string!(i18n, estates.changes);
    let view = view! {
        <Card title=title>
            <Table caption=title>
                <thead>
                    <tr>
                        <th scope="col" class="num">
                            {tu_string!(i18n, estates.row)}
                        </th>
                        <th scope="col">{tu_string!(i18n, estates.home)}</th>
                        <th scope="col">{tu_string!(i18n, estates.change)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    };
    Some(view.into_any())
}

fn change_row(change: &RowChange) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let what = if change.new {
        tu_string!(i18n, estates.rows_new).to_owned()
    } else {
        let fields = change.fields.iter();
        let said = fields.map(|change| room_words::field_change(locale, change));
        said.collect::<Vec<_>>().join("；")
    };
    view! {
        <tr>
            <NumCell value=change.row.to_string() />
            <td>{change.address.clone()}</td>
            <td>{what}</td>
        </tr>
    }
    .into_any()
}
