//! `/api/v1/signup` and `/api/v1/tenant`.

use axum::{Json, extract::State};
use backend::{
    identity::{self, Kind},
    tenancy,
};
use domain::{
    TenantId,
    problem::Check,
    tenancy::{CompanyForm, CompanyView, Quota, SignupForm},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accept::{Asker, Given, Sent},
    identity::Sender,
    schema::{Created, CurrencyWord, LanguageWord, PlanWord, TenantRef, Time},
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

/// How much of something the company has, and may have.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotaOut {
    used: i64,
    most: i64,
}

impl From<Quota> for QuotaOut {
    fn from(Quota { used, most }: Quota) -> Self {
        Self { used, most }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageOut {
    estates: QuotaOut,
    units: QuotaOut,
    devices: QuotaOut,
    /// Stored since midnight in the company's own zone.
    readings: QuotaOut,
    /// In bytes, estimated.
    storage: QuotaOut,
}

/// The company of whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TenantOut {
    #[schema(value_type = TenantRef)]
    id: TenantId,
    slug: String,
    name: String,
    /// An IANA name.
    time_zone: String,
    #[schema(value_type = CurrencyWord)]
    currency: &'static str,
    /// For whoever has not chosen one for themselves.
    #[schema(value_type = LanguageWord)]
    language: &'static str,
    /// It can be looked at and not be changed.
    suspended: bool,
    #[schema(value_type = Option<Time>, required = true)]
    suspended_at: Option<Timestamp>,
    /// Why, in the operator's words.
    #[schema(required = true)]
    suspended_for: Option<String>,
    #[schema(value_type = PlanWord)]
    plan: String,
    usage: UsageOut,
}

impl TenantOut {
    fn new(id: TenantId, company: CompanyView) -> Self {
        let usage = company.usage;
        let (since, why) = company
            .suspended
            .clone()
            .map_or((None, None), |s| (s.since, Some(s.why)));
        Self {
            id,
            slug: company.slug,
            name: company.name,
            time_zone: company.time_zone,
            currency: company.currency.as_str(),
            language: company.language.as_str(),
            suspended: company.suspended.is_some(),
            suspended_at: since,
            suspended_for: why,
            plan: usage.plan,
            usage: UsageOut {
                estates: usage.estates.into(),
                units: usage.units.into(),
                devices: usage.devices.into(),
                readings: usage.readings.into(),
                storage: usage.storage.into(),
            },
        }
    }
}

/// Show your company and what it uses of its plan
#[utoipa::path(get, path = "/api/v1/tenant", tag = "tenancy",
    responses((status = 200, body = TenantOut)))]
pub(super) async fn tenant(Asker(cx): Asker) -> Result<Json<TenantOut>, Refusal> {
    let company = tenancy::company(&cx).await?;
    Ok(Json(TenantOut::new(cx.tenant.id, company)))
}

/// What changes; what is not there stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TenantPatch {
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    name: Given<String>,
    /// An IANA name.
    #[serde(default)]
    #[schema(value_type = String, required = false, example = "Asia/Shanghai")]
    time_zone: Given<String>,
    #[serde(default)]
    #[schema(value_type = CurrencyWord, required = false)]
    currency: Given<String>,
    #[serde(default)]
    #[schema(value_type = LanguageWord, required = false)]
    language: Given<String>,
}

/// Change what your company says about itself
#[utoipa::path(patch, path = "/api/v1/tenant", tag = "tenancy",
    request_body = TenantPatch, responses((status = 200, body = TenantOut)))]
pub(super) async fn change_tenant(
    Asker(cx): Asker,
    Sent(sent): Sent<TenantPatch>,
) -> Result<Json<TenantOut>, Refusal> {
    let mut check = Check::default();
    let fields = (
        check.take("name", sent.name.maybe()),
        check.take("time_zone", sent.time_zone.maybe()),
        check.take("currency", sent.currency.maybe()),
        check.take("language", sent.language.maybe()),
    );
    let form = match fields {
        (Some(name), Some(time_zone), Some(currency), Some(language)) => Some(CompanyForm {
            name,
            time_zone,
            currency,
            language,
        }),
        _ => None,
    };
    tenancy::change_company(&cx, check.done(form)?).await?;
    let company = tenancy::company(&cx).await?;
    Ok(Json(TenantOut::new(cx.tenant.id, company)))
}
