//! Server functions of readings.

use domain::{
    EstateId,
    telemetry::{Dashboard, energy::KindUse},
};
use leptos::prelude::*;

use crate::AppError;

/// The figures of one estate.
#[server(name = LoadDashboard, prefix = "/fn", endpoint = "telemetry/dashboard")]
pub async fn dashboard(estate: EstateId) -> Result<Dashboard, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::dashboard(&cx, estate)
        .await?
        .ok_or_else(AppError::not_found)
}

/// What the estate's meters used, kind by kind.
#[server(name = LoadEnergy, prefix = "/fn", endpoint = "telemetry/energy")]
pub async fn energy(estate: EstateId) -> Result<Vec<KindUse>, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::energy(&cx, estate)
        .await?
        .ok_or_else(AppError::not_found)
}
