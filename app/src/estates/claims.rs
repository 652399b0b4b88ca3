//! Server functions of codes on paper and of those who ask for a home.

use domain::{
    BuildingId, ClaimId,
    estates::{ClaimRow, ClaimStatus, CodeHome},
};
use leptos::prelude::*;

use crate::AppError;

/// The homes of a building that a code can be printed for.
#[server(name = LoadCodeHomes, prefix = "/fn", endpoint = "estates/code_homes")]
pub async fn code_homes(building: BuildingId) -> Result<Vec<CodeHome>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::code_homes(&cx, building).await?)
}

/// The requests that wait for staff.
#[server(name = LoadClaims, prefix = "/fn", endpoint = "estates/claims")]
pub async fn list_claims() -> Result<Vec<ClaimRow>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::list_claims(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "estates/accept_claim")]
pub async fn accept_claim(claim: ClaimId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::accept_claim(&cx, claim).await?;
    leptos_axum::redirect(crate::routes::CLAIMS);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/refuse_claim")]
pub async fn refuse_claim(claim: ClaimId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::refuse_claim(&cx, claim).await?;
    leptos_axum::redirect(crate::routes::CLAIMS);
    Ok(())
}

/// Opens a home with a code on paper and leads there, or to how the request stands.
#[server(prefix = "/fn", endpoint = "estates/claim")]
pub async fn claim(
    code: String,
    surname: String,
    #[server(default)] last_digits: String,
    #[server(default)] other_phone: bool,
    login: String,
    password: String,
    otp: Option<String>,
) -> Result<(), AppError> {
    use backend::estates::Claimed;

    use crate::identity::api::enter;

    let form = domain::estates::ClaimForm {
        code,
        surname,
        last_digits,
        other_phone,
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, enter::peer().await?);
    match backend::estates::claim(&site, form, otp.as_deref(), &peer).await? {
        Claimed::Opened(opened) => enter::enter(&opened).await?,
        Claimed::Waiting(link) => leptos_axum::redirect(&crate::routes::claim(&link.token)),
    }
    Ok(())
}

/// How a request stands; `None` for a link that leads to none.
#[server(name = LoadClaimStatus, prefix = "/fn", endpoint = "estates/claim_status")]
pub async fn claim_status(token: String) -> Result<Option<ClaimStatus>, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::estates::claim_status(&site, &token).await?)
}
