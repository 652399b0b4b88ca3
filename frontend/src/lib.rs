//! Wakes the server-rendered page up in the browser, and nothing else.

use leptos::{mount::hydrate_from_async, prelude::document, tachys::dom::body};
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once this module is there.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if app::lazy::fetch_here().await.is_err() {
            return;
        }
        hydrate_from_async(body(), app::App).await.forget();
        // Shows what only works with wasm (`needs-wasm`) and tells journeys that the page is alive.
        if let Some(root) = document().document_element() {
            let _ = root.class_list().add_1("wasm");
        }
    });
}
