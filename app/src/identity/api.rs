//! Server functions of the doors into the product.

use domain::{
    identity::{Invitation, Me},
    problem::Flaw,
};
use leptos::prelude::*;

use crate::AppError;

#[cfg(feature = "ssr")]
pub(super) mod enter {
    use axum::{Extension, http::header::SET_COOKIE};
    use backend::{Peer, identity::Opened};
    use domain::{
        Code,
        identity::{Action, Hat},
    };
    use leptos::prelude::expect_context;
    use leptos_axum::{ResponseOptions, extract, redirect};

    use crate::{AppError, routes, session::SessionCookies};

    pub(in crate::identity) async fn peer() -> Result<Peer, AppError> {
        let found = extract::<Extension<Peer>>().await;
        found
            .map(|Extension(peer)| peer)
            .map_err(|_| AppError(Code::Internal.into()))
    }

    /// Hands the session's cookie out and leads to where the hat is at home.
    pub(in crate::identity) async fn enter(opened: &Opened) -> Result<(), AppError> {
        let Extension(cookies) = extract::<Extension<SessionCookies>>()
            .await
            .map_err(|_| AppError(Code::Internal.into()))?;
        expect_context::<ResponseOptions>().append_header(SET_COOKIE, cookies.set(&opened.token)?);
        match opened.cx.actor.hat() {
            Some(Hat::Resident) => redirect(routes::HOME),
            // Those who do not look after devices begin with the places that they work at.
            _ if opened.cx.authorize(Action::ViewDevices).is_err() => redirect(routes::ESTATES),
            _ => redirect(routes::DASHBOARD),
        }
        Ok(())
    }
}

/// Who is logged in; `None` for nobody.
#[server(name = LoadMe, prefix = "/fn", endpoint = "identity/me")]
pub async fn me() -> Result<Option<Me>, AppError> {
    match crate::cx().await {
        Ok(cx) => Ok(Some(backend::identity::me(&cx)?)),
        Err(_) => Ok(None),
    }
}

#[server(prefix = "/fn", endpoint = "identity/sign_up")]
pub async fn sign_up(
    company: String,
    slug: String,
    admin_name: String,
    login: String,
    password: String,
) -> Result<(), AppError> {
    use backend::identity::Kind;
    use domain::tenancy::SignupForm;

    let form = SignupForm {
        company,
        slug,
        admin_name,
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    let opened = backend::tenancy::sign_up(&site, form, Kind::Browser, &peer).await?;
    enter::enter(&opened).await
}

/// What is wrong with a slug, if anything, while it is being typed.
#[server(prefix = "/fn", endpoint = "identity/check_slug")]
pub async fn check_slug(slug: String) -> Result<Option<Flaw>, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::tenancy::check_slug(&site, &slug).await?.err())
}

#[server(prefix = "/fn", endpoint = "identity/log_in")]
pub async fn log_in(login: String, password: String) -> Result<(), AppError> {
    use backend::identity::Kind;
    use domain::identity::LoginForm;

    let form = LoginForm {
        tenant: String::new(),
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    let opened = backend::identity::log_in(&site, form, Kind::Browser, &peer).await?;
    enter::enter(&opened).await
}

/// Where an invitation leads; `None` for a link that does not open.
#[server(name = LoadInvitation, prefix = "/fn", endpoint = "identity/invitation")]
pub async fn invitation(token: String) -> Result<Option<Invitation>, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::estates::invitation(&site, &token).await?)
}

#[server(prefix = "/fn", endpoint = "identity/accept")]
pub async fn accept(token: String, login: String, password: String) -> Result<(), AppError> {
    let form = domain::identity::AcceptForm {
        token,
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    let opened = backend::estates::accept(&site, form, &peer).await?;
    enter::enter(&opened).await
}
