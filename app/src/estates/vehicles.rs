//! Server functions of cars.

use domain::{UnitId, VehicleId};
use leptos::prelude::*;

use crate::AppError;

#[server(prefix = "/fn", endpoint = "estates/add_vehicle")]
pub async fn add_vehicle(
    unit: UnitId,
    plate: String,
    #[server(default)] about: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::VehicleForm {
        unit,
        plate,
        about: Some(about),
    };
    backend::estates::add_vehicle(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/remove_vehicle")]
pub async fn remove_vehicle(vehicle: VehicleId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let unit = backend::estates::remove_vehicle(&cx, vehicle).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}
