//! The server function of a sale.

use domain::{HouseholdId, UnitId, estates::OwnerForm};
use leptos::prelude::*;

use crate::AppError;

#[server(prefix = "/fn", endpoint = "estates/transfer")]
pub async fn transfer(
    unit: UnitId,
    household: HouseholdId,
    on: String,
    #[server(default)] owners: Vec<OwnerForm>,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::TransferForm {
        unit,
        household,
        on,
        owners,
    };
    backend::estates::transfer(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}
