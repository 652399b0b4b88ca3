//! An estate on a screen on the wall: large figures for whoever comes by, without anybody's name.

use domain::{Code, EstateId, identity::Me, telemetry::wall::Wall};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    frame::lead_to,
    kept::Kept,
    wall_tiles::{doors_tile, energy_tile, equipment_tile, troubles_tile},
};
use crate::{
    AppError,
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::me,
    live::{LiveState, provide_live, use_live, use_live_heard, use_live_refused, use_live_state},
    load::resource,
    routes,
    telemetry::api::wall,
    ui::{Icon, LinkButton, LiveDot, SkeletonCards, format, use_now},
    words, worn,
};

/// What was heard longer ago than this is not called live any more, in milliseconds: a screen that
/// slept must not show its last evening for a moment.
const OLD_MS: i64 = 45_000;

#[component]
pub fn WallPage() -> impl IntoView {
    let i18n = use_i18n();
    provide_live();
    let (params, query) = (use_params_map(), use_query_map());
    let id =
        Memo::new(move |_| params.with(|params| params.get("estate")?.parse::<EstateId>().ok()));
    let light = move || query.with(|query| query.get("look").as_deref() == Some("light"));
    let look = move || if light() { "linli-light" } else { "linli-dark" };
    let found = resource(
        move || id.get(),
        |id| async move {
            // Without a status: the redirect to the log-in stands.
            let me = me().await?.ok_or(AppError(Code::Unauthenticated.into()))?;
            let id = id.ok_or_else(AppError::not_found)?;
            Ok::<_, AppError>((wall(id).await?, me))
        },
    );
    view! {
        <Title text=tu_string!(i18n, boards.wall) />
        <main class="wall" id="main" data-theme=look>
            <Suspense fallback=|| view! { <SkeletonCards /> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((found, me)) => whole(found, &me),
                        Err(error) if error.code() == Code::Unauthenticated => lead_to(routes::LOGIN),
                        Err(error) => words::refused(&error, routes::DASHBOARD),
                    }
                })}
            </Suspense>
        </main>
    }
    .into_any()
}

fn whole(found: Wall, me: &Me) -> AnyView {
    let estate = found.figures.estate;
    let name = found.figures.estate_name.clone();
    let topic = Signal::stored(Some(format!("estate/{estate}/points")));
    let live = use_live(topic, Signal::stored(Some(me.slug.clone())));
    let figures = RwSignal::new(found.figures.clone());
    let kept = Kept::new(found, move || wall(estate));
    Effect::new(move |_| figures.set(kept.now.with(|now| now.figures.clone())));
    kept.follow(live, Wall::changed_by);
    let offset_s = Memo::new(move |_| kept.now.with(|now| now.utc_offset_s));
    let over = over(kept);
    let since = away_since(kept);
    let tiles = move || {
        // Figures that nobody renews any more would look fresh: they go.
        if let Some(why) = over.get() {
            return ended(why, estate);
        }
        view! {
            <div class="wall-grid" class:is-away=move || since.with(Option::is_some)>
                {energy_tile(figures, live, offset_s)} {troubles_tile(kept)} {equipment_tile(kept)}
                {doors_tile(kept)}
            </div>
        }
        .into_any()
    };
    view! {
        {worn::mark(me)}
        {head(name, offset_s)}
        {away(since, over, offset_s)}
        {tiles}
    }
    .into_any()
}

/// Why the server will not have this screen any more.
fn over(kept: Kept<Wall>) -> Memo<Option<Code>> {
    let refused = use_live_refused();
    // Somebody has logged in anew in this browser: the page is let in again.
    Effect::new(move |before: Option<i64>| {
        let read = kept.now.with(|now| now.figures.now.as_millisecond());
        if before.is_some_and(|before| before != read) && refused.get_untracked().is_some() {
            let _ = location().reload();
        }
        read
    });
    Memo::new(move |_| {
        let failed = kept.failed.get().filter(|code| {
            matches!(
                code,
                Code::Unauthenticated | Code::Forbidden | Code::NotFound | Code::WrongHat
            )
        });
        failed.or_else(|| refused.get().map(|_| Code::Unauthenticated))
    })
}

/// Since when nothing new has come, in milliseconds since 1970, where that is too long.
fn away_since(kept: Kept<Wall>) -> Memo<Option<i64>> {
    let (state, heard, now) = (use_live_state(), use_live_heard(), use_now());
    Memo::new(move |_| {
        let read = kept.now.with(|now| now.figures.now.as_millisecond());
        let last = heard.get().unwrap_or(read);
        let gone = match state.get() {
            LiveState::Reconnecting | LiveState::Stale => true,
            LiveState::Live => now.get() - last > OLD_MS,
            // It may still be on its way up.
            LiveState::Off => now.get() - read > OLD_MS,
        };
        gone.then_some(last)
    })
}

fn head(name: String, offset_s: Memo<i32>) -> AnyView {
    let locale = locale();
    let now = use_now();
    let day = Memo::new(move |_| format::day(now.get(), offset_s.get(), locale));
    let time = Memo::new(move |_| format::hour_minute(now.get(), offset_s.get()));
    view! {
        <header class="wall-head">
            <h1>{name}</h1>
            <LiveDot state=use_live_state() />
            <p class="wall-day">{day}</p>
            <p class="wall-clock tabular">{time}</p>
        </header>
    }
    .into_any()
}

/// Says plainly that the figures are old, and since when.
fn away(since: Memo<Option<i64>>, over: Memo<Option<Code>>, offset_s: Memo<i32>) -> AnyView {
    let locale = locale();
    let text = move || {
        let since = since.get().filter(|_| over.get().is_none())?;
        let at = format::time(since, offset_s.get());
        let text = td_string!(locale, boards.away, at = at).to_string();
        Some(view! { <p class="wall-away">{Icon::TriangleAlert.view()} {text}</p> })
    };
    view! { <div role="status">{text}</div> }.into_any()
}

/// Nothing but why, and what to do about it.
fn ended(why: Code, estate: EstateId) -> AnyView {
    let locale = locale();
    let (text, href, label) = match why {
        Code::Unauthenticated => (
            td_string!(locale, boards.wall_ended).to_owned(),
            routes::LOGIN.to_owned(),
            td_string!(locale, identity.log_in),
        ),
        other => (
            words::code(locale, other),
            routes::wall(estate),
            td_string!(locale, telemetry.reload),
        ),
    };
    view! {
        <div class="wall-ended" role="alert">
            <p>{text}</p>
            <LinkButton href=href external=true>
                {label}
            </LinkButton>
        </div>
    }
    .into_any()
}
