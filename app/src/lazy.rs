//! The site in areas. A browser fetches the code of an area when it first shows one of its pages,
//! so that the first page stays light however many others there come to be.
//!
//! `scripts/build-site` cuts the wasm at these points. The server renders every page as ever, and
//! tells the browser in its first answer which areas it will need.

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::LazyRoute;
#[cfg(feature = "hydrate")]
use {wasm_bindgen::JsCast, web_sys::Element};

use crate::{
    i18n::{locale, td_string},
    ui::ErrorState,
};

/// One type for each page, named as the page, for `Lazy::<…>::new()` in a route.
macro_rules! areas {
    ($($area:ident: $($room:ident::$page:ident),+;)+) => {
        /// Fetches the code of an area, unless it is there already. On a server it always is.
        ///
        /// # Errors
        /// It did not come; another try may succeed. An unknown area counts as there.
        pub async fn fetch(area: &str) -> Result<(), SplitLoaderError> {
            match area {
                $(stringify!($area) => $area::touch().await,)+
                _ => Ok(()),
            }
        }

        $(mod $area {
            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            #[wasm_split($area, wasm_split_path = ::leptos::wasm_split, fallible)]
            pub(super) fn touch() -> Result<(), SplitLoaderError> {
                Ok(())
            }
        })+

        $($(
            #[derive(Debug)]
            pub struct $page {}

            const _: () = {
                #[allow(non_snake_case, reason = "named as the page")]
                #[leptos::wasm_split::wasm_split($area, wasm_split_path = ::leptos::wasm_split, fallible, preload(ready))]
                fn $page() -> Result<AnyView, SplitLoaderError> {
                    Ok(crate::$room::pages::$page().into_any())
                }

                impl LazyRoute for $page {
                    fn data() -> Self {
                        Self {}
                    }

                    async fn view(_: Self) -> AnyView {
                        #[cfg(feature = "ssr")]
                        leptos::prefetch_lazy_fn_on_server(stringify!($area));
                        $page().await.unwrap_or_else(|_| lost())
                    }

                    async fn preload() {
                        // Each page knows for itself whether its code is there, and one that must
                        // still ask is not ready when the server's page is woken up. What fails
                        // here fails again, and is told, in `view`.
                        drop(ready().await);
                    }
                }
            };
        )+)+
    };
}

// `scripts/bundle-areas.mjs` knows which areas lie within the console's frame.
areas! {
    front: site::LandingPage, identity::SignupPage, identity::LoginPage, identity::InvitePage;
    // The first page comes with its frame: nearly everybody wants it next.
    console: telemetry::ConsoleFrame, telemetry::DashboardPage;
    devices: devices::DeviceListPage, devices::NewDevicePage, devices::DevicePage;
    estates: estates::EstateListPage, estates::EstatePage, estates::UnitPage,
        estates::ImportPage, estates::ImportResultPage;
    home: home::HomeFrame, home::HomePage, home::HomeMetersPage, home::HomeMePage;
}

/// Fetches what the server announced for this page. Only then may the page be woken up: while it
/// sleeps, its links and forms are the browser's own, and work without any code.
///
/// # Errors
/// Some of it did not come.
#[cfg(feature = "hydrate")]
pub async fn fetch_announced() -> Result<(), SplitLoaderError> {
    let Ok(links) = document().query_selector_all("link[rel=preload][as=fetch]") else {
        return Ok(());
    };
    for link in (0..links.length()).filter_map(|n| links.get(n)?.dyn_into::<Element>().ok()) {
        let href = link.get_attribute("href").unwrap_or_default();
        let file = href.rsplit('/').next().unwrap_or_default();
        if let Some(area) = file.strip_suffix(".wasm") {
            fetch(area).await?;
        }
    }
    Ok(())
}

/// The code did not come: the network is away, or a newer version of the site has replaced it.
fn lost() -> AnyView {
    let here = leptos_router::hooks::use_url()
        .with_untracked(|url| format!("{}{}", url.path(), url.search_params().to_query_string()));
    let locale = locale();
    view! {
        <ErrorState
            title=td_string!(locale, ui.lost)
            text=td_string!(locale, ui.lost_text)
            retry=here
        />
    }
    .into_any()
}
