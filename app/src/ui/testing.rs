//! Renders a piece as the server does, for tests.

use axum::http::Request;
use leptos::prelude::*;
use leptos_router::components::Router;
use leptos_router::location::RequestUrl;

use super::UiRoot;

/// The HTML of a view in a language.
pub(crate) fn render<V: IntoView + 'static>(
    language: &str,
    view: impl FnOnce() -> V + Send + 'static,
) -> String {
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
