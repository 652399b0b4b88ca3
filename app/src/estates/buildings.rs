//! Server functions of whole buildings, and of what the register says of a unit.

use domain::{
    BuildingId, EstateId, UnitId,
    estates::{BuildingView, EstateSummary, Phase, RegularTexts, UnitChangeForm},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// Builds a regular building.
#[server(prefix = "/fn", endpoint = "estates/build")]
pub async fn build(
    estate: EstateId,
    #[server(default)] plan: RegularTexts,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let built = backend::estates::build(&cx, estate, plan.into()).await?;
    leptos_axum::redirect(&crate::routes::building(built.id));
    Ok(())
}

/// The estate that a building is to be added to.
#[server(name = LoadSite, prefix = "/fn", endpoint = "estates/site")]
pub async fn site(estate: EstateId) -> Result<EstateSummary, AppError> {
    use domain::identity::{Action, Place};

    let cx = crate::cx().await?;
    let found = backend::estates::estate(&cx, estate)
        .await?
        .ok_or_else(AppError::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(estate))?;
    Ok(found)
}

/// A building to be drawn, and what the asker may do there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Drawn {
    pub view: BuildingView,
    /// The phases of the estate, where the asker may change what the building lies in.
    pub phases: Option<Vec<Phase>>,
    /// Whether codes are printed here.
    pub prints: bool,
}

#[server(name = LoadBuilding, prefix = "/fn", endpoint = "estates/building")]
pub async fn drawn(building: BuildingId) -> Result<Drawn, AppError> {
    use backend::kernel::page;
    use domain::identity::{Action, Place};

    let cx = crate::cx().await?;
    let view = backend::estates::building_view(&cx, building)
        .await?
        .ok_or_else(AppError::not_found)?;
    let place = Place {
        estate: view.building.estate,
        building: Some(building),
        unit: None,
    };
    let prints = cx.authorize_at(Action::InviteOwner, &place).is_ok();
    let whole = Place::estate(place.estate);
    let phases = if cx.authorize_at(Action::EditEstates, &whole).is_ok() {
        let here = Some(place.estate);
        Some(page::all(async |ask| backend::estates::list_phases(&cx, here, &ask).await).await?)
    } else {
        None
    };
    Ok(Drawn {
        view,
        phases,
        prints,
    })
}

/// Changes what the register says of a unit.
#[server(prefix = "/fn", endpoint = "estates/change_unit")]
pub async fn change_unit(
    unit: UnitId,
    #[server(default)] facts: UnitChangeForm,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::change_unit(&cx, unit, facts).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}
