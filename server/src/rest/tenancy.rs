//! `/api/v1/signup`.

use axum::extract::State;
use backend::{
    identity::{self, Kind},
    tenancy,
};
use domain::{TenantId, problem::Check, tenancy::SignupForm};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accept::{Given, Sent},
    identity::Sender,
    schema::{Created, TenantRef},
};
use crate::http::{HttpState, Refusal};

/// A new property company and its first admin.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SignupIn {
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "阳光物业")]
    company: Given<String>,
    /// The company's short name in addresses and topics, for ever: 3 to 32 of `a-z`, `0-9`, `-`.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "sunny-homes")]
    slug: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    admin_name: Given<String>,
    /// A mail address, a mobile number, or `name@company`.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "admin@sunny-homes")]
    login: Given<String>,
    /// At least 10 characters.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Given<String>,
    /// A code of the second factor, where the log-in is somebody's who has one.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    otp: Given<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct SignedUp {
    #[schema(value_type = TenantRef)]
    id: TenantId,
    /// The slug, which logs in and names topics.
    tenant: String,
    company: String,
    access_token: String,
    /// In seconds.
    expires_in: u32,
    refresh_token: String,
}

/// Found a company and log its first admin in
///
/// With this the admin agrees to the privacy notice at `/privacy`.
#[utoipa::path(post, path = "/api/v1/signup", tag = "tenancy", security(()),
    request_body = SignupIn, responses((status = 201, body = SignedUp)))]
pub(super) async fn sign_up(
    State(state): State<HttpState>,
    Sender(peer): Sender,
    Sent(sent): Sent<SignupIn>,
) -> Result<Created<SignedUp>, Refusal> {
    let mut check = Check::default();
    let form = (
        check.take("company", sent.company.need()),
        check.take("slug", sent.slug.need()),
        check.take("admin_name", sent.admin_name.need()),
        check.take("login", sent.login.need()),
        check.take("password", sent.password.need()),
    );
    let otp = check.take("otp", sent.otp.maybe());
    let form = match (form, otp) {
        ((Some(company), Some(slug), Some(admin_name), Some(login), Some(password)), Some(otp)) => {
            let form = SignupForm {
                company,
                slug,
                admin_name,
                login,
                password,
            };
            Some((form, otp))
        }
        _ => None,
    };
    let (form, otp) = check.done(form)?;
    let (otp, kind) = (otp.as_deref(), Kind::Client);
    let opened = tenancy::sign_up_with(&state.site, form, otp, kind, &peer).await?;
    let token = identity::access_token(&state.site, &opened)?;
    Ok(Created(SignedUp {
        id: opened.cx.tenant.id,
        tenant: opened.cx.tenant.slug,
        company: opened.cx.tenant.name,
        access_token: token.access_token,
        expires_in: token.expires_in,
        refresh_token: opened.token.to_string(),
    }))
}
