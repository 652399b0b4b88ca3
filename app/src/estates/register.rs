//! Server functions of what the register says of one resident.

use domain::{
    ResidentId, UnitId,
    estates::{ResidentTexts, ResidentView},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A resident, and whether the asker puts right what is said of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    pub view: ResidentView,
    pub edits: bool,
}

#[server(name = LoadResident, prefix = "/fn", endpoint = "estates/resident")]
pub async fn registered(resident: ResidentId) -> Result<Registered, AppError> {
    use domain::identity::{Action, Place};

    let cx = crate::cx().await?;
    let view = backend::estates::resident(&cx, resident)
        .await?
        .ok_or_else(AppError::not_found)?;
    let place = Place {
        estate: view.estate,
        building: Some(view.building),
        unit: Some(view.resident.unit),
    };
    let edits = cx.authorize_at(Action::EditResidents, &place).is_ok();
    Ok(Registered { view, edits })
}

/// Changes what the register says of a resident.
#[server(prefix = "/fn", endpoint = "estates/change_resident")]
pub async fn change_resident(
    resident: ResidentId,
    #[server(default)] texts: ResidentTexts,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let changed = backend::estates::change_resident(&cx, resident, texts.into()).await?;
    leptos_axum::redirect(&crate::routes::unit(changed.unit));
    Ok(())
}

/// Takes somebody off their household, and leads back to the unit that they lived in.
#[server(prefix = "/fn", endpoint = "estates/move_out")]
pub async fn move_out(
    resident: ResidentId,
    #[server(default)] unit: Option<UnitId>,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::move_out(&cx, resident).await?;
    leptos_axum::redirect(
        &unit.map_or_else(|| crate::routes::ESTATES.to_owned(), crate::routes::unit),
    );
    Ok(())
}
