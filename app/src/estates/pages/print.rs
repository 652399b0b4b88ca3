//! Which homes of a building get a slip with a code. The slips themselves are a sheet of paper that
//! the server answers this page's form with: a code is shown there once, and nowhere else.

use domain::{BuildingId, estates::CodeHome};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::{
    estates::claims::code_homes,
    i18n::{locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        Button, ButtonKind, Card, Crumb, EmptyState, FilterChips, HiddenField, Icon, LinkItem,
        Notice, PageHead, SkeletonRows, Tone,
    },
    words,
};

#[component]
pub fn PrintPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = move || {
        query.with(|query| {
            let building = query.get("building");
            let building = building.and_then(|id| id.parse::<BuildingId>().ok());
            (building, Ticked::of(query.get("tick").as_deref()))
        })
    };
    let flawed = query.with_untracked(|query| query.get("flaw").is_some());
    let found = resource(asked, |(building, ticked)| async move {
        let building = building.ok_or_else(crate::AppError::not_found)?;
        let homes = code_homes(building).await?;
        Ok::<_, crate::AppError>((building, ticked, homes))
    });
    let title = tu_string!(i18n, claims.print);
    let refused = flawed.then(|| {
        view! { <Notice tone=Tone::Alarm>{tu_string!(i18n, claims.print_flaw)}</Notice> }
    });
    view! {
        <Title text=title />
        <PageHead
            title=title
            sub=tu_string!(i18n, claims.print_lead)
            crumbs=vec![Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title))]
        />
        {refused}
        <Suspense fallback=|| view! { <SkeletonRows rows=8 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((_, _, homes)) if homes.is_empty() => nothing(),
                    Ok((building, ticked, homes)) => whole(building, ticked, homes),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// Which homes are ticked to begin with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Ticked {
    /// Those that are not open and have no code that opens: printing another would end that one.
    #[default]
    New,
    All,
    Nothing,
}

impl Ticked {
    fn of(word: Option<&str>) -> Self {
        match word {
            Some("all") => Self::All,
            Some("none") => Self::Nothing,
            _ => Self::New,
        }
    }

    fn takes(self, home: &CodeHome) -> bool {
        match self {
            Self::New => !home.open && home.until.is_none(),
            Self::All => true,
            Self::Nothing => false,
        }
    }
}

fn nothing() -> AnyView {
    let i18n = use_i18n();
    view! {
        <Card>
            <EmptyState
                icon=Icon::Users
                title=tu_string!(i18n, estates.nobody)
                text=tu_string!(i18n, claims.print_none)
            />
        </Card>
    }
    .into_any()
}

/// A plain form and no action: its answer is a document of its own.
fn whole(building: BuildingId, ticked: Ticked, homes: Vec<CodeHome>) -> AnyView {
    let i18n = use_i18n();
    let boxes = homes.into_iter().map(|home| tick(home, ticked));
    let boxes = boxes.collect_view();
    let here = routes::claims_print(building);
    let item = |word: &str, label: &'static str, which: Ticked| {
        LinkItem::new(format!("{here}&tick={word}"), label, ticked == which)
    };
    let choices = vec![
        item("new", tu_string!(i18n, claims.tick_new), Ticked::New),
        item("all", tu_string!(i18n, claims.tick_all), Ticked::All),
        item("none", tu_string!(i18n, claims.tick_none), Ticked::Nothing),
    ];
    view! {
        <Card>
            <FilterChips label=tu_string!(i18n, claims.print) items=Signal::stored(choices) />
            <form method="post" action=routes::CLAIMS_PRINT>
                <HiddenField name="building" value=building.to_string() />
                <ul class="tick-grid plain-list">{boxes}</ul>
                <p class="field-hint">{tu_string!(i18n, claims.print_hint)}</p>
                <Button kind=ButtonKind::Primary icon=Icon::FileSpreadsheet>
                    {tu_string!(i18n, claims.print_submit)}
                </Button>
            </form>
        </Card>
    }
    .into_any()
}

fn tick(home: CodeHome, ticked: Ticked) -> AnyView {
    let locale = locale();
    let checked = ticked.takes(&home);
    let state = match (home.open, home.until) {
        (true, _) => Some(td_string!(locale, claims.home_open)),
        (false, Some(_)) => Some(td_string!(locale, claims.code_out)),
        (false, None) => None,
    };
    view! {
        <li>
            <label class="check">
                <input
                    class="checkbox checkbox-primary"
                    type="checkbox"
                    name="unit"
                    value=home.unit.to_string()
                    checked=checked
                />
                <span>{home.address} " " <span class="muted">{state}</span></span>
            </label>
        </li>
    }
    .into_any()
}
