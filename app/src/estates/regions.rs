//! Server functions of regions and phases.

use domain::{
    BuildingId, EstateId,
    estates::{BuildingChangeForm, EstateChangeForm, Region},
};
use leptos::prelude::*;

use crate::AppError;

/// The company's regions, as far as the asker sees them.
#[server(name = LoadRegions, prefix = "/fn", endpoint = "estates/regions")]
pub async fn regions() -> Result<Vec<Region>, AppError> {
    use backend::{estates, kernel::page};

    let cx = crate::cx().await?;
    Ok(page::all(async |ask| estates::list_regions(&cx, &ask).await).await?)
}

#[server(prefix = "/fn", endpoint = "estates/create_region")]
pub async fn create_region(name: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::create_region(&cx, domain::estates::NameForm { name }).await?;
    leptos_axum::redirect(crate::routes::ESTATES);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/create_phase")]
pub async fn create_phase(estate: EstateId, name: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::PhaseForm { estate, name };
    backend::estates::create_phase(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::estate(estate));
    Ok(())
}

/// Gives a region or a phase, whichever the id says, another name.
#[server(prefix = "/fn", endpoint = "estates/rename")]
pub async fn rename(place: String, name: String) -> Result<(), AppError> {
    use domain::identity::PlaceId;

    let cx = crate::cx().await?;
    let form = domain::estates::NameForm { name };
    match PlaceId::parse(&place) {
        Ok(PlaceId::Region(region)) => {
            backend::estates::rename_region(&cx, region, form).await?;
            leptos_axum::redirect(crate::routes::ESTATES);
        }
        Ok(PlaceId::Phase(phase)) => {
            let phase = backend::estates::rename_phase(&cx, phase, form).await?;
            leptos_axum::redirect(&crate::routes::estate(phase.estate));
        }
        _ => return Err(AppError::not_found()),
    }
    Ok(())
}

/// Removes a region or a phase, whichever the id says, that nothing lies in.
#[server(prefix = "/fn", endpoint = "estates/remove_place")]
pub async fn remove_place(place: String) -> Result<(), AppError> {
    use domain::identity::PlaceId;

    let cx = crate::cx().await?;
    match PlaceId::parse(&place) {
        Ok(PlaceId::Region(region)) => {
            backend::estates::remove_region(&cx, region).await?;
            leptos_axum::redirect(crate::routes::ESTATES);
        }
        Ok(PlaceId::Phase(phase)) => {
            let gone = backend::estates::remove_phase(&cx, phase).await?;
            leptos_axum::redirect(&crate::routes::estate(gone.estate));
        }
        _ => return Err(AppError::not_found()),
    }
    Ok(())
}

/// Renames an estate, or moves it into another region.
#[server(prefix = "/fn", endpoint = "estates/change_estate")]
pub async fn change_estate(
    estate: EstateId,
    #[server(default)] change: EstateChangeForm,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::change_estate(&cx, estate, change).await?;
    leptos_axum::redirect(&crate::routes::estate(estate));
    Ok(())
}

/// Renames a building, or puts it into another phase.
#[server(prefix = "/fn", endpoint = "estates/change_building")]
pub async fn change_building(
    building: BuildingId,
    #[server(default)] change: BuildingChangeForm,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::change_building(&cx, building, change).await?;
    leptos_axum::redirect(&crate::routes::building(building));
    Ok(())
}
