//! The roster import: choose a file, try it, then write it.

use domain::{
    EstateId,
    estates::{EstateBrief, ImportState, RosterImport},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::import_result::waits;
use crate::{
    estates::{
        api::{estates_in_brief, list_imports},
        parts::{CarsTold, cars},
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        Age, Card, CheckField, Choice, Crumb, EmptyState, FileField, FormErrors, Icon, LinkButton,
        PageHead, SelectField, SkeletonRows, State, StateMark, SubmitRow, Table, UploadBar,
    },
    words,
};

#[component]
pub fn ImportPage() -> impl IntoView {
    let i18n = use_i18n();
    let locale = locale();
    let query = use_query_map();
    let wanted = move || {
        query.with(|query| {
            query
                .get("estate")
                .and_then(|id| id.parse::<EstateId>().ok())
        })
    };
    let found = resource(wanted, |wanted| async move {
        let estates = estates_in_brief().await?;
        let chosen = wanted.or_else(|| estates.first().map(|estate| estate.id));
        let earlier = match chosen {
            Some(estate) => list_imports(estate).await?,
            None => Vec::new(),
        };
        Ok::<_, crate::AppError>((estates, chosen, earlier))
    });
    let flaw = query.with_untracked(|query| query.get("flaw"));
    let told = query.with_untracked(|query| CarsTold {
        done: query.get("cars"),
        flaw: query.get("cars_flaw"),
    });
    view! {
        <Title text=tu_string!(i18n, estates.import) />
        <PageHead
            title=tu_string!(i18n, estates.import)
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || {
                let (flaw, told) = (flaw.clone(), told.clone());
                Suspend::new(async move {
                    match found.await {
                        Ok((estates, Some(chosen), earlier)) => {
                            let flaw = flaw.map(|flaw| file_words(locale, &flaw));
                            whole(estates, chosen, earlier, flaw, told)
                        }
                        Ok((_, None, _)) => no_estate(),
                        Err(error) => words::refused(&error, routes::IMPORT),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}

/// What is wrong with the file as a whole, from the code in the address.
pub(super) fn file_words(locale: Locale, flaw: &str) -> String {
    match flaw {
        "unreadable" => td_string!(locale, estates.file_unreadable),
        "out_of_range" | "too_long" | "too_large" => td_string!(locale, estates.file_too_large),
        "unknown" => td_string!(locale, estates.file_columns),
        "wrong" => td_string!(locale, estates.file_other),
        "interrupted" => td_string!(locale, estates.file_interrupted),
        "over_quota" => td_string!(locale, problem.over_quota),
        "required" => td_string!(locale, estates.file_empty),
        "forbidden" => td_string!(locale, problem.forbidden),
        "suspended" => td_string!(locale, problem.suspended),
        "not_found" => td_string!(locale, problem.not_found),
        "unavailable" => td_string!(locale, problem.unavailable),
        _ => td_string!(locale, problem.internal),
    }
    .to_owned()
}

fn no_estate() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Buildings
                title=tu_string!(i18n, estates.none)
                text=tu_string!(i18n, estates.none_text)
            >
                <LinkButton href=routes::ESTATES>{tu_string!(i18n, estates.add_estate)}</LinkButton>
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn whole(
    estates: Vec<EstateBrief>,
    chosen: EstateId,
    earlier: Vec<RosterImport>,
    flaw: Option<String>,
    told: CarsTold,
) -> AnyView {
    let i18n = use_i18n();
    let choices: Vec<Choice> = estates
        .into_iter()
        .map(|estate| Choice::new(estate.id.to_string(), estate.name))
        .collect();
    let estates = choices.clone();
    view! {
        <div class="form-page">
            <Card>
                <form
                    method="post"
                    action="/fn/estates/import"
                    enctype="multipart/form-data"
                >
                    <FormErrors message=flaw />
                    <SelectField
                        name="estate"
                        label=tu_string!(i18n, estates.estate)
                        choices=Signal::stored(choices)
                        value=chosen.to_string()
                    />
                    <FileField
                        name="file"
                        label=tu_string!(i18n, estates.file)
                        hint=tu_string!(i18n, estates.file_hint)
                        accept=".xlsx,.csv"
                    />
                    <CheckField
                        name="dry_run"
                        label=tu_string!(i18n, estates.dry_run)
                        hint=tu_string!(i18n, estates.dry_run_hint)
                    />
                    <UploadBar />
                    <SubmitRow
                        label=tu_string!(i18n, estates.import_start)
                        cancel=routes::estate(chosen)
                    />
                </form>
            </Card>
            <div class="stack">
                <Card title=tu_string!(i18n, estates.template)>
                    <p>{tu_string!(i18n, estates.template_text)}</p>
                    <LinkButton
                        href=routes::ROSTER_TEMPLATE
                        icon=Icon::Download
                        download="linli-roster.xlsx"
                        external=true
                    >
                        {tu_string!(i18n, estates.template_get)}
                    </LinkButton>
                </Card>
                {history(earlier)} {cars(estates, chosen, told)}
            </div>
        </div>
    }
    .into_any()
}

fn history(earlier: Vec<RosterImport>) -> Option<AnyView> {
    if earlier.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let rows = earlier
        .into_iter()
        .map(|import| {
            let at = import.created_at.as_millisecond();
            view! {
                <tr>
                    <td>
                        <a class="link" href=routes::import_result(import.id)>
                            {import.file_name.clone()}
                        </a>
                    </td>
                    <td>{outcome(&import)}</td>
                    <td class="muted">
                        <Age at=Some(at) />
                    </td>
                </tr>
            }
        })
        .collect_view();
    let view = view! {
        <Card title=tu_string!(i18n, estates.imports)>
            <Table caption=tu_string!(i18n, estates.imports)>
                <thead class="sr-only">
                    <tr>
                        <th scope="col">{tu_string!(i18n, estates.file)}</th>
                        <th scope="col">{tu_string!(i18n, estates.outcome)}</th>
                        <th scope="col">{tu_string!(i18n, ui.time)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    };
    Some(view.into_any())
}

/// The outcome of an import as a mark with a word.
pub(super) fn outcome(import: &RosterImport) -> AnyView {
    let i18n = use_i18n();
    let (state, word) = match (import.state, import.dry_run) {
        (ImportState::Running, _) => (State::Attention, tu_string!(i18n, estates.import_running)),
        (ImportState::Refused, _) if waits(import) => {
            (State::Attention, tu_string!(i18n, estates.import_waits))
        }
        (ImportState::Refused, _) => (State::Alarm, tu_string!(i18n, estates.import_refused)),
        (ImportState::Done, true) => (State::Good, tu_string!(i18n, estates.import_tried)),
        (ImportState::Done, false) => (State::Good, tu_string!(i18n, estates.import_done)),
    };
    view! { <StateMark state=state word=word /> }.into_any()
}
