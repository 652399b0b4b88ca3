//! Renders a piece as the server does, for tests.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use axum::http::Request;
use leptos::prelude::*;
use leptos_router::components::Router;
use leptos_router::location::RequestUrl;

use super::UiRoot;

/// Effects that would run later are dropped: a test looks at the first rendering.
struct Nowhere;

impl CustomExecutor for Nowhere {
    fn spawn(&self, _later: PinnedFuture<()>) {}
    fn spawn_local(&self, _later: PinnedLocalFuture<()>) {}
    fn poll_local(&self) {}
}

/// The HTML of a view in a language.
#[allow(clippy::unwrap_used, reason = "part of the tests only")]
pub(crate) fn render<V: IntoView + 'static>(
    language: &str,
    view: impl FnOnce() -> V + Send + 'static,
) -> String {
    // Another test of this process may have been first.
    let _ = Executor::init_custom_executor(Nowhere);
    let owner = Owner::new();
    owner.set();
    let (parts, ()) = Request::get("/console/devices?state=late")
        .header("cookie", format!("linli_lang={language}"))
        .body(())
        .unwrap()
        .into_parts();
    provide_context(parts);
    provide_context(RequestUrl::new("/console/devices?state=late"));
    leptos_meta::provide_meta_context();
    let page = view! {
        <Router>
            <UiRoot>{view().into_any()}</UiRoot>
        </Router>
    };
    page.to_html()
}
