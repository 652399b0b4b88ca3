//! `/api/v1/search`: units, cars and residents by what somebody types.

use axum::Json;
use backend::estates;
use domain::{
    UnitId,
    estates::{Found, FoundResident, FoundUnit, FoundVehicle, Vehicle},
    page::Page,
    problem::Flaw,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker},
    estates::{PageParams, ResidentOut},
    schema::{PageOut, UnitRef},
};
use crate::http::Refusal;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct SearchParams {
    /// An address or a part of it (`3-2-1702`, `3号楼 1702`, `1702`), perhaps behind the beginning of
    /// an estate's name; a part of a name, or the letters that it starts with (`wang`, `wxm`); a whole
    /// phone number, or its last four digits beside a name or an address; how a car's plate starts, with
    /// or without where it is from.
    q: String,
}

/// A unit, or a car or a resident and where they belong.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundOut {
    /// `unit`, `vehicle` or `resident`.
    kind: &'static str,
    #[schema(value_type = UnitRef)]
    unit: UnitId,
    /// `阳光花园 3号楼 2单元 1702`
    address: String,
    #[schema(required = true)]
    vehicle: Option<VehicleOut>,
    #[schema(required = true)]
    resident: Option<ResidentOut>,
}

/// A car of a household.
#[derive(Serialize, ToSchema)]
struct VehicleOut {
    /// `沪A·12345`
    plate: String,
    /// What it looks like.
    #[schema(required = true)]
    about: Option<String>,
}

impl From<Vehicle> for VehicleOut {
    fn from(Vehicle { plate, about, .. }: Vehicle) -> Self {
        Self { plate, about }
    }
}

impl From<Found> for FoundOut {
    fn from(found: Found) -> Self {
        match found {
            Found::Unit(FoundUnit { id, address }) => Self {
                kind: "unit",
                unit: id,
                address,
                vehicle: None,
                resident: None,
            },
            Found::Vehicle(FoundVehicle {
                vehicle,
                unit,
                home,
            }) => Self {
                kind: "vehicle",
                unit,
                address: home,
                vehicle: Some(vehicle.into()),
                resident: None,
            },
            Found::Resident(FoundResident { resident, home }) => Self {
                kind: "resident",
                unit: resident.unit,
                address: home,
                vehicle: None,
                resident: Some(resident.into()),
            },
        }
    }
}

/// Find units, cars and residents, the best first
#[utoipa::path(get, path = "/api/v1/search", tag = "estates", params(SearchParams, PageParams),
    responses((status = 200, body = PageOut<FoundOut>)))]
pub(super) async fn search(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<FoundOut>>, Refusal> {
    let q = asked.text("q").map(str::to_owned);
    let page = asked.page();
    if q.is_none() {
        asked.flaw("q", Flaw::Required);
    }
    asked.done()?;
    let Page { items, next } = estates::search(&cx, &q.unwrap_or_default(), &page).await?;
    Ok(Json(PageOut {
        items: items.into_iter().map(FoundOut::from).collect(),
        next,
    }))
}
