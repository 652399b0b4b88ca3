//! Server functions of codes by SMS.

use leptos::prelude::*;

use crate::AppError;

/// Whether codes go by SMS here.
#[server(name = LoadCodesBySms, prefix = "/fn", endpoint = "identity/codes_by_sms")]
pub async fn codes_by_sms() -> Result<bool, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::identity::sends_codes(&site))
}

/// Sends a code to log in with, if somebody logs in with that number.
#[server(prefix = "/fn", endpoint = "identity/send_code")]
pub async fn send_code(login: String) -> Result<(), AppError> {
    use crate::identity::api::enter;

    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    backend::identity::send_code(&site, &login, &peer).await?;
    leptos_axum::redirect(crate::routes::LOGIN_SMS_SENT);
    Ok(())
}

/// Logs in with a code in the place of the password.
#[server(prefix = "/fn", endpoint = "identity/log_in_sms")]
pub async fn log_in_sms(login: String, code: String) -> Result<(), AppError> {
    use crate::identity::api::enter;

    let form = domain::identity::SmsLoginForm { login, code };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    let entered = backend::identity::log_in_by_sms(&site, form, &peer).await?;
    enter::through(entered).await
}
