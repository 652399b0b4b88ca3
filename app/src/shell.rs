//! The document around every page, and which page a path shows.

use leptos::{
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Redirect, Route, Router, Routes},
    path,
};

use crate::{
    lazy::{
        AccountPage, AgreePage, AuditPage, BuildingPage, ClaimPage, ClaimStatePage, ClaimsPage,
        CompanyPage, ConsoleFrame, DashboardPage, DeviceListPage, DevicePage, DoorsPage,
        EditModelPage, EnergyPage, EquipmentPage, ErasuresPage, EstateListPage, EstatePage,
        ForgotPage, HomeFrame, HomeMePage, HomeMetersPage, HomePage, HomePeoplePage, ImportPage,
        ImportResultPage, InvitePage, JoinPage, KeysPage, LandingPage, LoginPage, LoginSmsPage,
        MemberPage, ModelListPage, ModelPage, NewBuildingPage, NewDevicePage, NewModelPage,
        PrintPage, RearrangePage, ResetPage, ResidentPage, ResidentsPage, RolesPage, SignupPage,
        StaffPage, TransferPage, UnitPage, WallPage,
    },
    routes,
    site::pages::MissingPage,
    ui::{UPLOAD_SCRIPT, UiRoot, prefs},
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
                <script nonce=leptos::nonce::use_nonce()>{UPLOAD_SCRIPT}</script>
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
                    <Route path=path!("/") view=LandingPage ssr=SsrMode::Async />
                    <Route path=path!("/signup") view=SignupPage ssr=SsrMode::Async />
                    <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                    <Route path=path!("/login/sms") view=LoginSmsPage ssr=SsrMode::Async />
                    <Route path=path!("/invite/:token") view=InvitePage ssr=SsrMode::Async />
                    <Route path=path!("/join/:token") view=JoinPage ssr=SsrMode::Async />
                    <Route path=path!("/claim") view=ClaimPage ssr=SsrMode::Async />
                    <Route path=path!("/claim/:token") view=ClaimStatePage ssr=SsrMode::Async />
                    <Route path=path!("/forgot") view=ForgotPage ssr=SsrMode::Async />
                    <Route path=path!("/reset") view=ResetPage ssr=SsrMode::Async />
                    <Route path=path!("/reset/:token") view=ResetPage ssr=SsrMode::Async />
                    <Route path=path!("/agree") view=AgreePage ssr=SsrMode::Async />
                    // Without the frame: it has all of the screen to itself.
                    <Route path=path!("/console/wall/:estate") view=WallPage ssr=SsrMode::Async />
                    <ParentRoute path=path!("/console") view=ConsoleFrame ssr=SsrMode::Async>
                        <Route
                            path=path!("")
                            view=|| view! { <Redirect path=routes::DASHBOARD /> }
                            ssr=SsrMode::Async
                        />
                        <Route path=path!("me") view=AccountPage ssr=SsrMode::Async />
                        <Route path=path!("dashboard") view=DashboardPage ssr=SsrMode::Async />
                        <Route path=path!("estates") view=EstateListPage ssr=SsrMode::Async />
                        <Route path=path!("estates/:estate") view=EstatePage ssr=SsrMode::Async />
                        <Route path=path!("estates/:estate/build") view=NewBuildingPage ssr=SsrMode::Async />
                        <Route path=path!("buildings/:building") view=BuildingPage ssr=SsrMode::Async />
                        <Route path=path!("units/:unit") view=UnitPage ssr=SsrMode::Async />
                        <Route path=path!("units/:unit/rearrange") view=RearrangePage ssr=SsrMode::Async />
                        <Route path=path!("units/:unit/transfer") view=TransferPage ssr=SsrMode::Async />
                        <Route path=path!("import") view=ImportPage ssr=SsrMode::Async />
                        <Route path=path!("import/:import") view=ImportResultPage ssr=SsrMode::Async />
                        <Route path=path!("equipment") view=EquipmentPage ssr=SsrMode::Async />
                        <Route path=path!("doors") view=DoorsPage ssr=SsrMode::Async />
                        <Route path=path!("energy") view=EnergyPage ssr=SsrMode::Async />
                        <Route path=path!("devices") view=DeviceListPage ssr=SsrMode::Async />
                        <Route path=path!("devices/new") view=NewDevicePage ssr=SsrMode::Async />
                        <Route path=path!("devices/:device") view=DevicePage ssr=SsrMode::Async />
                        <Route path=path!("device-models") view=ModelListPage ssr=SsrMode::Async />
                        <Route path=path!("device-models/new") view=NewModelPage ssr=SsrMode::Async />
                        <Route path=path!("device-models/:model") view=ModelPage ssr=SsrMode::Async />
                        <Route path=path!("device-models/:model/edit") view=EditModelPage ssr=SsrMode::Async />
                        <Route path=path!("claims") view=ClaimsPage ssr=SsrMode::Async />
                        <Route path=path!("residents") view=ResidentsPage ssr=SsrMode::Async />
                        <Route path=path!("residents/:resident") view=ResidentPage ssr=SsrMode::Async />
                        <Route path=path!("erasures") view=ErasuresPage ssr=SsrMode::Async />
                        <Route path=path!("claims/print") view=PrintPage ssr=SsrMode::Async />
                        <Route path=path!("staff") view=StaffPage ssr=SsrMode::Async />
                        <Route path=path!("staff/:person") view=MemberPage ssr=SsrMode::Async />
                        <Route path=path!("roles") view=RolesPage ssr=SsrMode::Async />
                        <Route path=path!("keys") view=KeysPage ssr=SsrMode::Async />
                        <Route path=path!("company") view=CompanyPage ssr=SsrMode::Async />
                        <Route path=path!("audit") view=AuditPage ssr=SsrMode::Async />
                    </ParentRoute>
                    <ParentRoute path=path!("/home") view=HomeFrame ssr=SsrMode::Async>
                        <Route path=path!("") view=HomePage ssr=SsrMode::Async />
                        <Route path=path!("meters") view=HomeMetersPage ssr=SsrMode::Async />
                        <Route path=path!("people") view=HomePeoplePage ssr=SsrMode::Async />
                        <Route path=path!("me") view=HomeMePage ssr=SsrMode::Async />
                    </ParentRoute>
                </Routes>
            </UiRoot>
        </Router>
    }
}
