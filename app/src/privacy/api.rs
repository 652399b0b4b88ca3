//! Server functions of what is held about people.

use domain::{
    ErasureId, ResidentId,
    privacy::{ErasureRow, HeldView},
};
use leptos::prelude::*;

use crate::AppError;

/// Agrees to the privacy notice as it is now, and leads to where the asker belongs.
#[server(prefix = "/fn", endpoint = "privacy/agree")]
pub async fn agree() -> Result<(), AppError> {
    use domain::identity::Hat;

    let cx = crate::cx().await?;
    backend::identity::agree(&cx).await?;
    leptos_axum::redirect(match cx.actor.hat() {
        Some(Hat::Resident) => crate::routes::HOME,
        _ => crate::routes::DASHBOARD,
    });
    Ok(())
}

/// What is held about the asker, numbers masked.
#[server(name = LoadHeld, prefix = "/fn", endpoint = "privacy/held")]
pub async fn held() -> Result<HeldView, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::privacy::held_about_me(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "privacy/ask_erasure")]
pub async fn ask_erasure() -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::privacy::ask_erasure(&cx).await?;
    leptos_axum::redirect(crate::routes::HOME_ME);
    Ok(())
}

/// Files a request for a resident who asks at the desk.
#[server(prefix = "/fn", endpoint = "privacy/file_erasure")]
pub async fn file_erasure(resident: ResidentId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::privacy::file_erasure(&cx, resident).await?;
    leptos_axum::redirect(&crate::routes::resident_filed(resident));
    Ok(())
}

/// The requests that wait for staff.
#[server(name = LoadErasures, prefix = "/fn", endpoint = "privacy/erasures")]
pub async fn list_erasures() -> Result<Vec<ErasureRow>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::privacy::list_erasures(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "privacy/erase")]
pub async fn erase(request: ErasureId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::privacy::erase(&cx, request).await?;
    leptos_axum::redirect(crate::routes::ERASURES);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "privacy/refuse_erasure")]
pub async fn refuse_erasure(
    request: ErasureId,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::privacy::refuse_erasure(&cx, request, &reason).await?;
    leptos_axum::redirect(crate::routes::ERASURES);
    Ok(())
}
