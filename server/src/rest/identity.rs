//! `/api/v1/auth/…`: access tokens and their renewal.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use backend::{
    Peer,
    identity::{self, AccessToken, Kind, SessionToken},
};
use domain::{identity::LoginForm, problem::Check};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accept::{Given, Sent};
use crate::http::{HttpState, Refusal};

/// Where a request comes from, for the throttle.
pub(super) struct Sender(pub(super) Peer);

impl FromRequestParts<HttpState> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Infallible> {
        Ok(Self(state.edge.peer(&parts.extensions, &parts.headers)))
    }
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct LoginIn {
    /// The company's slug; may be left out by a person who is with one company only.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    tenant: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    login: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Given<String>,
    /// A code of the second factor, or a recovery code: for those who have one.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    otp: Given<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RefreshIn {
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    refresh_token: Given<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TokenOut {
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// In seconds.
    expires_in: u32,
    /// Good for one renewal, which brings the next one.
    refresh_token: String,
}

impl TokenOut {
    pub(super) fn new(access: AccessToken, refresh: &SessionToken) -> Self {
        Self {
            access_token: access.access_token,
            expires_in: access.expires_in,
            refresh_token: refresh.to_string(),
        }
    }
}

/// Log in
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "identity", security(()),
    request_body = LoginIn, responses((status = 200, body = TokenOut)))]
pub(super) async fn log_in(
    State(state): State<HttpState>,
    Sender(peer): Sender,
    Sent(sent): Sent<LoginIn>,
) -> Result<Json<TokenOut>, Refusal> {
    let mut check = Check::default();
    let tenant = check.take("tenant", sent.tenant.maybe());
    let login = check.take("login", sent.login.need());
    let password = check.take("password", sent.password.need());
    let otp = check.take("otp", sent.otp.maybe());
    let form = (|| {
        let form = LoginForm {
            tenant: tenant?.unwrap_or_default(),
            login: login?,
            password: password?,
        };
        Some((form, otp?))
    })();
    let (form, otp) = check.done(form)?;
    let (otp, kind) = (otp.as_deref(), Kind::Client);
    let opened = identity::log_in_with(&state.site, form, otp, kind, &peer).await?;
    let access = identity::access_token(&state.site, &opened)?;
    Ok(Json(TokenOut::new(access, &opened.token)))
}

/// Renew an access token
#[utoipa::path(post, path = "/api/v1/auth/refresh", operation_id = "refresh_token", tag = "identity", security(()),
    request_body = RefreshIn, responses((status = 200, body = TokenOut)))]
pub(super) async fn refresh(
    State(state): State<HttpState>,
    Sent(sent): Sent<RefreshIn>,
) -> Result<Json<TokenOut>, Refusal> {
    let mut check = Check::default();
    let old = check.take("refresh_token", sent.refresh_token.need());
    let old = check.done(old)?;
    let (access, next) = identity::refresh(&state.site, &old).await?;
    Ok(Json(TokenOut::new(access, &next)))
}
