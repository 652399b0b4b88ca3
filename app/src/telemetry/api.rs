//! Server functions of readings.

use domain::{
    EstateId,
    devices::DeviceKind,
    telemetry::{Dashboard, doors::Doors, energy::KindUse, equipment::Equipment, wall::Wall},
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

/// Rows of a page of equipment, and of one of doors.
#[cfg(feature = "ssr")]
const ROWS: u32 = 60;

#[cfg(feature = "ssr")]
fn page(cursor: Option<String>) -> domain::page::PageAsk {
    domain::page::PageAsk {
        cursor,
        limit: Some(ROWS),
    }
}

/// The equipment of one estate: the first of each kind, or a page of one.
#[server(name = LoadEquipment, prefix = "/fn", endpoint = "telemetry/equipment")]
pub async fn equipment(
    estate: EstateId,
    kind: Option<DeviceKind>,
    cursor: Option<String>,
) -> Result<Equipment, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::equipment(&cx, estate, kind, &page(cursor))
        .await?
        .ok_or_else(AppError::not_found)
}

/// A page of the doors of one estate.
#[server(name = LoadDoors, prefix = "/fn", endpoint = "telemetry/doors")]
pub async fn doors(estate: EstateId, cursor: Option<String>) -> Result<Doors, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::doors(&cx, estate, &page(cursor))
        .await?
        .ok_or_else(AppError::not_found)
}

/// One estate for a screen on the wall.
#[server(name = LoadWall, prefix = "/fn", endpoint = "telemetry/wall")]
pub async fn wall(estate: EstateId) -> Result<Wall, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::wall(&cx, estate)
        .await?
        .ok_or_else(AppError::not_found)
}
