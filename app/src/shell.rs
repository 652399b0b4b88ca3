//! The document around every page, and which page a path shows.

use leptos::{
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    Lazy, SsrMode,
    components::{ParentRoute, Redirect, Route, Router, Routes},
    path,
};

use crate::{
    lazy::{
        AccountPage, AgreePage, AuditPage, ClaimPage, ClaimStatePage, ClaimsPage, CompanyPage,
        ConsoleFrame, DashboardPage, DeviceListPage, DevicePage, ErasuresPage, EstateListPage,
        EstatePage, ForgotPage, HomeFrame, HomeMePage, HomeMetersPage, HomePage, HomePeoplePage,
        ImportPage, ImportResultPage, InvitePage, JoinPage, KeysPage, LandingPage, LoginPage,
        MemberPage, NewDevicePage, PrintPage, ResetPage, ResidentsPage, RolesPage, SignupPage,
        StaffPage, TransferPage, UnitPage,
    },
    routes,
    site::pages::MissingPage,
    ui::{UiRoot, prefs},
    worn,
};

/// The HTML document. The theme is written by the server, so that nothing flashes.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html data-theme=prefs::theme_attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href="/pkg/linli.css" />
                <script nonce=leptos::nonce::use_nonce()>{worn::SCRIPT}</script>
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page. All of them are rendered whole on the server (`SsrMode::Async`), so that they can
/// be read, and their forms sent, before wasm arrives.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <UiRoot>
                <Title formatter=|title: String| {
                    if title.is_empty() { "邻里 Linli".to_owned() } else { format!("{title} · 邻里") }
                } />
                <Routes fallback=MissingPage>
                    <Route path=path!("/") view={Lazy::<LandingPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/signup") view={Lazy::<SignupPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/login") view={Lazy::<LoginPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/invite/:token") view={Lazy::<InvitePage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/join/:token") view={Lazy::<JoinPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/claim") view={Lazy::<ClaimPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/claim/:token") view={Lazy::<ClaimStatePage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/forgot") view={Lazy::<ForgotPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/reset") view={Lazy::<ResetPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/reset/:token") view={Lazy::<ResetPage>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/agree") view={Lazy::<AgreePage>::new()} ssr=SsrMode::Async />
                    <ParentRoute path=path!("/console") view={Lazy::<ConsoleFrame>::new()} ssr=SsrMode::Async>
                        <Route
                            path=path!("")
                            view=|| view! { <Redirect path=routes::DASHBOARD /> }
                            ssr=SsrMode::Async
                        />
                        <Route path=path!("me") view={Lazy::<AccountPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("dashboard") view={Lazy::<DashboardPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("estates") view={Lazy::<EstateListPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("estates/:estate") view={Lazy::<EstatePage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("units/:unit") view={Lazy::<UnitPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("units/:unit/transfer") view={Lazy::<TransferPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("import") view={Lazy::<ImportPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("import/:import") view={Lazy::<ImportResultPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("devices") view={Lazy::<DeviceListPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("devices/new") view={Lazy::<NewDevicePage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("devices/:device") view={Lazy::<DevicePage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("claims") view={Lazy::<ClaimsPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("residents") view={Lazy::<ResidentsPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("erasures") view={Lazy::<ErasuresPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("claims/print") view={Lazy::<PrintPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("staff") view={Lazy::<StaffPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("staff/:person") view={Lazy::<MemberPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("roles") view={Lazy::<RolesPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("keys") view={Lazy::<KeysPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("company") view={Lazy::<CompanyPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("audit") view={Lazy::<AuditPage>::new()} ssr=SsrMode::Async />
                    </ParentRoute>
                    <ParentRoute path=path!("/home") view={Lazy::<HomeFrame>::new()} ssr=SsrMode::Async>
                        <Route path=path!("") view={Lazy::<HomePage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("meters") view={Lazy::<HomeMetersPage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("people") view={Lazy::<HomePeoplePage>::new()} ssr=SsrMode::Async />
                        <Route path=path!("me") view={Lazy::<HomeMePage>::new()} ssr=SsrMode::Async />
                    </ParentRoute>
                </Routes>
            </UiRoot>
        </Router>
    }
}
