//! An import on its way. The page asks how far it is, and shows what came of it by itself.

use std::time::Duration;

use domain::{
    ImportId,
    estates::{ImportProgress, ImportStage, ImportState, RosterImport},
};
use leptos::{prelude::*, task::spawn_local};

use super::import_result::head;
use crate::{
    estates::{api::import_state, words},
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    routes,
    ui::{Card, Icon, LinkButton, ProgressBar, ReloadWithoutScripts, format},
};

/// Between an answer and the next question.
const PACE: Duration = Duration::from_millis(500);
/// The longest that it grows to while no answer comes.
const SLOWEST: Duration = Duration::from_secs(15);

/// How far an import is. `ended` counts when it is through.
pub(super) fn running(import: &RosterImport, ended: RwSignal<u32>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let progress = RwSignal::new(import.progress);
    follow(import.id, progress, ended);
    let stage = Signal::derive(move || {
        let stage = progress.get().map(|progress| progress.stage);
        words::import_stage(locale, stage.unwrap_or(ImportStage::Waiting)).to_owned()
    });
    let part = Signal::derive(move || progress.get().and_then(ImportProgress::part));
    let rows = Signal::derive(move || progress.get().and_then(|progress| rows(locale, progress)));
    // For whoever has scripts and no wasm; the page's own router would stay where it is.
    let look = view! {
        <LinkButton href=routes::import_result(import.id) icon=Icon::Refresh external=true>
            {tu_string!(i18n, estates.running_look)}
        </LinkButton>
    };
    view! {
        {head(import, look.into_any())}
        <Card>
            <ProgressBar label=stage done=part text=rows />
            <p class="muted">{tu_string!(i18n, estates.running_text)}</p>
        </Card>
        <ReloadWithoutScripts seconds=2 />
    }
    .into_any()
}

/// `8,000 / 20,000`, or the first of them where nobody knows yet how many there are.
fn rows(locale: Locale, progress: ImportProgress) -> Option<String> {
    let count = |rows: u32| format::count(u64::from(rows));
    let done = count(progress.done?);
    Some(match progress.total {
        Some(total) => format!("{done} / {}", count(total)),
        None => td_string!(locale, estates.running_rows, rows = done).to_string(),
    })
}

/// Asks about twice a second, less often while no answer comes, and no more once the page is left.
fn follow(id: ImportId, progress: RwSignal<Option<ImportProgress>>, ended: RwSignal<u32>) {
    // Each answer sets it anew, and with it the next question.
    let pause = RwSignal::new(PACE);
    Effect::new(move |_| {
        let waited = pause.get();
        let ask = move || {
            spawn_local(async move {
                match import_state(id).await {
                    Ok(standing) if standing.state == ImportState::Running => {
                        progress.try_set(standing.progress);
                        pause.try_set(PACE);
                    }
                    Ok(_) => {
                        ended.try_update(|count| *count += 1);
                    }
                    Err(_) => {
                        pause.try_set((waited * 2).min(SLOWEST));
                    }
                }
            });
        };
        let timer = set_timeout_with_handle(ask, waited).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
}
