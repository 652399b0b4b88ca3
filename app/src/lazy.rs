//! The site in areas. A browser fetches the code of an area when it first shows one of its pages,
//! so that the first page stays light however many others there come to be.
//!
//! `scripts/build-site` cuts the wasm at these points. The server renders every page as ever.

use std::pin::Pin;

use leptos::{prelude::*, wasm_split::SplitLoaderError};
use leptos_router::ChooseView;

#[cfg(any(feature = "hydrate", test))]
use crate::routes;
use crate::{
    i18n::{locale, td_string},
    ui::ErrorState,
};

/// Something that is there later.
type Coming<T> = Pin<Box<dyn Future<Output = T>>>;

/// A page whose code comes with its area. One type for all of them, since the router's own code is
/// compiled once for each type that a route shows: a type a page was one kilobyte more that travelled.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    view: fn() -> Coming<AnyView>,
    ready: fn() -> Coming<()>,
}

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        (self.view)().await
    }

    async fn preload(&self) {
        (self.ready)().await;
    }
}

/// A [`Page`] for each page, under its name, for the `view` of a route.
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
            #[allow(non_upper_case_globals, reason = "named as the page")]
            pub const $page: Page = {
                #[allow(non_snake_case, reason = "named as the page")]
                #[leptos::wasm_split::wasm_split($area, wasm_split_path = ::leptos::wasm_split, fallible, preload(ready))]
                fn $page() -> Result<AnyView, SplitLoaderError> {
                    Ok(crate::$room::pages::$page().into_any())
                }

                Page {
                    view: || Box::pin(async {
                        #[cfg(feature = "ssr")]
                        leptos::prefetch_lazy_fn_on_server(stringify!($area));
                        $page().await.unwrap_or_else(|_| lost())
                    }),
                    // Each page knows for itself whether its code is there, and one that must
                    // still ask is not ready when the server's page is woken up. What fails here
                    // fails again, and is told, in `view`.
                    ready: || Box::pin(async { drop(ready().await) }),
                }
            };
        )+)+
    };
}

// `scripts/bundle-areas.mjs` knows which areas lie within which frame.
areas! {
    front: site::LandingPage, identity::SignupPage, identity::LoginPage, identity::InvitePage,
        identity::JoinPage;
    doors: estates::ClaimPage, estates::ClaimStatePage, identity::ForgotPage, identity::ResetPage,
        identity::LoginSmsPage;
    agree: privacy::AgreePage;
    // The first page comes with its frame: nearly everybody wants it next.
    console: telemetry::ConsoleFrame, telemetry::DashboardPage;
    devices: devices::DeviceListPage, devices::NewDevicePage, devices::DevicePage,
        telemetry::EnergyPage;
    boards: telemetry::EquipmentPage, telemetry::DoorsPage, telemetry::WallPage;
    models: devices::ModelListPage, devices::ModelPage, devices::NewModelPage,
        devices::EditModelPage;
    estates: estates::EstateListPage, estates::EstatePage, estates::UnitPage,
        estates::BuildingPage, estates::NewBuildingPage,
        estates::RearrangePage, estates::TransferPage, estates::ImportPage, estates::ImportResultPage,
        estates::ClaimsPage, estates::PrintPage, estates::ResidentsPage, estates::ResidentPage,
        privacy::ErasuresPage;
    people: identity::StaffPage, identity::MemberPage, identity::RolesPage,
        identity::KeysPage, tenancy::CompanyPage;
    audit: audit::AuditPage;
    account: identity::AccountPage;
    home: home::HomeFrame, home::HomePage, home::HomeMetersPage;
    mine: home::HomeMePage;
    family: home::HomePeoplePage;
}

/// The areas that the page at a path is made of. By the path and not by what the server announces
/// in its head, which it writes at times before it knows.
#[cfg(any(feature = "hydrate", test))]
fn areas_of(path: &str) -> &'static [&'static str] {
    let room = |name: &str| {
        let rest = path.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if room(routes::DEVICES) || room(routes::ENERGY) {
        &["console", "devices"]
    } else if room(routes::EQUIPMENT) || room(routes::DOORS) || room(routes::WALL) {
        &["console", "boards"]
    } else if room(routes::DEVICE_MODELS) {
        &["console", "models"]
    } else if room(routes::ESTATES)
        || room(routes::BUILDINGS)
        || room(routes::UNITS)
        || room(routes::IMPORT)
        || room(routes::CLAIMS)
        || room(routes::RESIDENTS)
        || room(routes::ERASURES)
    {
        &["console", "estates"]
    } else if room(routes::STAFF)
        || room(routes::ROLES)
        || room(routes::KEYS)
        || room(routes::COMPANY)
    {
        &["console", "people"]
    } else if room(routes::AUDIT) {
        &["console", "audit"]
    } else if room(routes::CONSOLE_ME) {
        &["console", "account"]
    } else if room(routes::CONSOLE) {
        &["console"]
    } else if room(routes::HOME_ME) {
        &["home", "mine"]
    } else if room(routes::HOME_PEOPLE) {
        &["home", "family"]
    } else if room(routes::CLAIM)
        || room(routes::FORGOT)
        || room(routes::RESET)
        || room(routes::LOGIN_SMS)
    {
        &["doors"]
    } else if room(routes::AGREE) {
        &["agree"]
    } else if room(routes::HOME) {
        &["home"]
    } else {
        &["front"]
    }
}

/// Fetches what this page is made of. Only then may it be woken up: while it sleeps, its links and
/// forms are the browser's own, and work without any code.
///
/// # Errors
/// Some of it did not come.
#[cfg(feature = "hydrate")]
pub async fn fetch_here() -> Result<(), SplitLoaderError> {
    let path = window().location().pathname().unwrap_or_default();
    for area in areas_of(&path) {
        fetch(area).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_areas() {
        assert_eq!(areas_of(routes::LANDING), ["front"]);
        assert_eq!(areas_of(&routes::invite("x")), ["front"]);
        assert_eq!(areas_of(routes::DASHBOARD), ["console"]);
        assert_eq!(areas_of(routes::DEVICE_NEW), ["console", "devices"]);
        assert_eq!(areas_of(routes::ENERGY), ["console", "devices"]);
        assert_eq!(areas_of(routes::EQUIPMENT), ["console", "boards"]);
        assert_eq!(areas_of(routes::DOORS), ["console", "boards"]);
        assert_eq!(areas_of("/console/wall/est_1"), ["console", "boards"]);
        assert_eq!(areas_of(routes::DEVICE_MODEL_NEW), ["console", "models"]);
        assert_eq!(areas_of("/console/units/unt_1"), ["console", "estates"]);
        assert_eq!(areas_of("/console/buildings/bld_1"), ["console", "estates"]);
        assert_eq!(areas_of("/console/import/imp_1"), ["console", "estates"]);
        assert_eq!(areas_of("/console/staff/per_1"), ["console", "people"]);
        assert_eq!(areas_of(routes::ROLES), ["console", "people"]);
        assert_eq!(areas_of(routes::KEYS), ["console", "people"]);
        assert_eq!(areas_of(routes::AUDIT), ["console", "audit"]);
        assert_eq!(areas_of(routes::CONSOLE_ME), ["console", "account"]);
        assert_eq!(areas_of(routes::HOME_METERS), ["home"]);
        assert_eq!(areas_of(routes::HOME_ME), ["home", "mine"]);
        assert_eq!(areas_of(routes::HOME_PEOPLE), ["home", "family"]);
        assert_eq!(areas_of(&routes::claim("x")), ["doors"]);
        assert_eq!(areas_of("/reset/x"), ["doors"]);
        assert_eq!(areas_of(routes::LOGIN), ["front"]);
        assert_eq!(areas_of(routes::LOGIN_SMS), ["doors"]);
        assert_eq!(areas_of(routes::AGREE), ["agree"]);
        assert_eq!(areas_of(routes::ERASURES), ["console", "estates"]);
        assert_eq!(areas_of(routes::RESIDENTS), ["console", "estates"]);
        assert_eq!(areas_of("/console/residents/res_1"), ["console", "estates"]);
        assert_eq!(areas_of(routes::CLAIMS_PRINT), ["console", "estates"]);
        assert_eq!(areas_of("/homely"), ["front"]);
    }
}
