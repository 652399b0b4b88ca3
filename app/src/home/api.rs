//! Server functions of a resident's home.

use domain::{HouseholdId, estates::Home, telemetry::HomeMeter};
use leptos::prelude::*;

use crate::AppError;

/// The homes that the asker lives in.
#[server(name = LoadHomes, prefix = "/fn", endpoint = "home/homes")]
pub async fn homes() -> Result<Vec<Home>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::homes(&cx).await?)
}

/// The meters of one of them with what they counted.
#[server(name = LoadMeters, prefix = "/fn", endpoint = "home/meters")]
pub async fn meters(household: HouseholdId) -> Result<Vec<HomeMeter>, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::home_meters(&cx, household)
        .await?
        .ok_or_else(AppError::not_found)
}
