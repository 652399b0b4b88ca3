//! Server functions of readings.

use domain::{EstateId, telemetry::Dashboard};
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
