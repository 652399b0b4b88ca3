//! Server functions of the doors into the product.

use domain::{
    SessionId, TenantId,
    identity::{Hat, Invitation, Me, WayBack},
    problem::Flaw,
    session::Account,
};
use leptos::prelude::*;

use crate::AppError;

#[cfg(feature = "ssr")]
pub(crate) mod enter {
    use axum::{
        Extension,
        http::{HeaderMap, header::SET_COOKIE},
    };
    use backend::{
        Peer,
        identity::{Entered, Opened, SessionToken},
    };
    use domain::{
        Code,
        identity::{Action, Hat},
    };
    use leptos::prelude::expect_context;
    use leptos_axum::{ResponseOptions, extract, redirect};

    use crate::{AppError, routes, session::SessionCookies};

    pub(crate) async fn peer() -> Result<Peer, AppError> {
        let found = extract::<Extension<Peer>>().await;
        found
            .map(|Extension(peer)| peer)
            .map_err(|_| AppError::from(Code::Internal))
    }

    async fn cookies() -> Result<SessionCookies, AppError> {
        let found = extract::<Extension<SessionCookies>>().await;
        found
            .map(|Extension(cookies)| cookies)
            .map_err(|_| AppError::from(Code::Internal))
    }

    /// Leads to the second step; what was shown in the first goes along as a cookie.
    async fn wait_for_code(token: &SessionToken) -> Result<(), AppError> {
        let cookie = cookies().await?.set_half(token)?;
        expect_context::<ResponseOptions>().append_header(SET_COOKIE, cookie);
        redirect(routes::LOGIN_CODE);
        Ok(())
    }

    /// What was shown in the first step; empty where it is not there any more.
    pub(super) async fn half_open() -> Result<String, AppError> {
        let headers = extract::<HeaderMap>().await;
        let headers = headers.map_err(|_| AppError::from(Code::Internal))?;
        Ok(cookies().await?.read_half(&headers).unwrap_or_default())
    }

    /// As far as somebody has come.
    pub(crate) async fn through(entered: Entered) -> Result<(), AppError> {
        match entered {
            Entered::Opened(opened) => enter(&opened).await,
            Entered::HalfOpen(token) => wait_for_code(&token).await,
        }
    }

    /// Hands the session's cookie out and leads to where the hat is at home.
    pub(crate) async fn enter(opened: &Opened) -> Result<(), AppError> {
        let (cookies, response) = (cookies().await?, expect_context::<ResponseOptions>());
        response.append_header(SET_COOKIE, cookies.set(&opened.token)?);
        response.append_header(SET_COOKIE, cookies.clear_half()?);
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
        Ok(cx) => Ok(Some(backend::identity::whoami(&cx).await?)),
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
    otp: Option<String>,
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
    let (otp, kind) = (otp.as_deref(), Kind::Browser);
    let opened = backend::tenancy::sign_up_with(&site, form, otp, kind, &peer).await?;
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
    use domain::identity::LoginForm;

    let form = LoginForm {
        tenant: String::new(),
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    enter::through(backend::identity::begin_log_in(&site, form, &peer).await?).await
}

/// The second step of a log-in.
#[server(prefix = "/fn", endpoint = "identity/log_in_code")]
pub async fn log_in_code(otp: String) -> Result<(), AppError> {
    let (site, peer, half) = (
        crate::site_cx().await?,
        enter::peer().await?,
        enter::half_open().await?,
    );
    let opened = backend::identity::finish_log_in(&site, &half, &otp, &peer).await?;
    enter::enter(&opened).await
}

/// Which way leads back in for somebody who forgot their password.
#[server(prefix = "/fn", endpoint = "identity/forgot")]
pub async fn forgot(login: String) -> Result<WayBack, AppError> {
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    Ok(backend::identity::forgot(&site, &login, &peer).await?)
}

#[server(prefix = "/fn", endpoint = "identity/reset_password")]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] login: String,
    #[server(default)] code: String,
    password: String,
) -> Result<(), AppError> {
    let form = domain::identity::ResetForm {
        token,
        login,
        code,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    backend::identity::reset(&site, form, &peer).await?;
    leptos_axum::redirect(crate::routes::LOGIN_RESET);
    Ok(())
}

/// Where an invitation leads; `None` for a link that does not open.
#[server(name = LoadInvitation, prefix = "/fn", endpoint = "identity/invitation")]
pub async fn invitation(token: String) -> Result<Option<Invitation>, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::estates::invitation(&site, &token).await?)
}

#[server(prefix = "/fn", endpoint = "identity/accept")]
pub async fn accept(
    token: String,
    login: String,
    password: String,
    otp: Option<String>,
) -> Result<(), AppError> {
    let form = domain::identity::AcceptForm {
        token,
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    let opened = backend::estates::accept_with(&site, form, otp.as_deref(), &peer).await?;
    enter::enter(&opened).await
}

/// A person's account, and what of their company's they may set there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccountView {
    pub account: Account,
    /// Whether the company wants a second factor; `None` for those who have no say in it.
    pub wanted: Option<bool>,
    pub utc_offset_s: i32,
}

#[server(name = LoadAccount, prefix = "/fn", endpoint = "identity/account")]
pub async fn account() -> Result<AccountView, AppError> {
    let cx = crate::cx().await?;
    Ok(AccountView {
        account: backend::identity::account(&cx).await?,
        wanted: backend::tenancy::wants_second_factor(&cx).await.ok(),
        utc_offset_s: backend::identity::me(&cx)?.utc_offset_s,
    })
}

#[server(prefix = "/fn", endpoint = "identity/wear")]
pub async fn wear_hat(tenant: TenantId, hat: Hat) -> Result<(), AppError> {
    let (cx, peer) = (crate::cx().await?, enter::peer().await?);
    enter::enter(&backend::identity::wear(&cx, tenant, hat, &peer).await?).await
}

#[server(prefix = "/fn", endpoint = "identity/end_session")]
pub async fn end_session(session: SessionId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    Ok(backend::identity::end_session(&cx, session).await?)
}

#[server(prefix = "/fn", endpoint = "identity/end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::identity::end_other_sessions(&cx).await?;
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/know_sessions")]
pub async fn know_sessions() -> Result<(), AppError> {
    let cx = crate::cx().await?;
    Ok(backend::identity::know_sessions(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "identity/change_password")]
pub async fn change_password(old_password: String, password: String) -> Result<(), AppError> {
    let (cx, peer) = (crate::cx().await?, enter::peer().await?);
    Ok(backend::identity::change_password(&cx, &old_password, &password, &peer).await?)
}

#[server(prefix = "/fn", endpoint = "identity/start_second_factor")]
pub async fn start_second_factor(password: String) -> Result<(), AppError> {
    let (cx, peer) = (crate::cx().await?, enter::peer().await?);
    Ok(backend::identity::start_second_factor(&cx, &password, &peer).await?)
}

#[server(prefix = "/fn", endpoint = "identity/confirm_second_factor")]
pub async fn confirm_second_factor(otp: String) -> Result<(), AppError> {
    let (cx, peer) = (crate::cx().await?, enter::peer().await?);
    Ok(backend::identity::confirm_second_factor(&cx, &otp, &peer).await?)
}

#[server(prefix = "/fn", endpoint = "identity/drop_second_factor")]
pub async fn drop_second_factor(password: String, otp: String) -> Result<(), AppError> {
    let (cx, peer) = (crate::cx().await?, enter::peer().await?);
    Ok(backend::identity::drop_second_factor(&cx, &password, &otp, &peer).await?)
}

#[server(prefix = "/fn", endpoint = "identity/want_second_factor")]
pub async fn want_second_factor(wanted: bool) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    Ok(backend::tenancy::want_second_factor(&cx, wanted).await?)
}
