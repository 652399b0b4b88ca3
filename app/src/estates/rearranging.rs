//! Server functions of units and buildings that move, are split, made one, archived or taken back.

use domain::{
    BuildingId, UnitId,
    estates::{Building, PartForm, Unit},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A unit, and the buildings of its estate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rearranged {
    pub unit: Unit,
    pub buildings: Vec<Building>,
}

#[server(name = LoadRearranged, prefix = "/fn", endpoint = "estates/rearranged")]
pub async fn rearranged(unit: UnitId) -> Result<Rearranged, AppError> {
    use backend::kernel::page;
    use domain::identity::{Action, Place};

    let cx = crate::cx().await?;
    let unit = backend::estates::unit(&cx, unit)
        .await?
        .ok_or_else(AppError::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(unit.estate))?;
    let here = Some(unit.estate);
    let buildings =
        page::all(async |ask| backend::estates::list_buildings(&cx, here, &ask).await).await?;
    Ok(Rearranged { unit, buildings })
}

#[server(prefix = "/fn", endpoint = "estates/move_unit")]
pub async fn move_unit(
    unit: UnitId,
    building: BuildingId,
    #[server(default)] entrance: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::MoveForm { building, entrance };
    backend::estates::move_unit(&cx, unit, form).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/split_unit")]
pub async fn split_unit(
    unit: UnitId,
    #[server(default)] area_m2: String,
    #[server(default)] parts: Vec<PartForm>,
    #[server(default)] same_owners: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::SplitForm {
        area_m2,
        parts,
        same_owners,
    };
    backend::estates::split_unit(&cx, unit, form).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}

/// `other` is an address within the estate.
#[server(prefix = "/fn", endpoint = "estates/merge_units")]
pub async fn merge_units(unit: UnitId, other: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::merge_units(&cx, unit, &other).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}

/// Archives a unit or a building, by its id.
#[server(prefix = "/fn", endpoint = "estates/archive")]
pub async fn archive(place: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    if let Ok(unit) = place.parse::<UnitId>() {
        backend::estates::archive_unit(&cx, unit).await?;
        leptos_axum::redirect(&crate::routes::unit(unit));
        return Ok(());
    }
    let building: BuildingId = place.parse().map_err(|_| AppError::not_found())?;
    backend::estates::archive_building(&cx, building).await?;
    leptos_axum::redirect(&crate::routes::building(building));
    Ok(())
}

/// Takes an archived unit or building back, by its id.
#[server(prefix = "/fn", endpoint = "estates/restore")]
pub async fn restore(place: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    if let Ok(unit) = place.parse::<UnitId>() {
        backend::estates::restore_unit(&cx, unit).await?;
        leptos_axum::redirect(&crate::routes::unit(unit));
        return Ok(());
    }
    let building: BuildingId = place.parse().map_err(|_| AppError::not_found())?;
    backend::estates::restore_building(&cx, building).await?;
    leptos_axum::redirect(&crate::routes::building(building));
    Ok(())
}
