//! Whole buildings: drawn up by a rule and stored in one go, and drawn floor by floor.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    BuildingId, EntranceId, EstateId, UnitId,
    audit::{Deed, Subject},
    estates::{Building, BuildingView, Occupancy, RegularBuilding, RegularForm},
    identity::{Action, Place},
    tenancy::Counted,
};

use super::{order, store as places};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Builds a regular building with all its entrances and units, or nothing of it.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid` with every flawed field; `not_found` for an estate that is
/// not to be seen; `conflict` on `name` where the estate has it already; `over_quota` on `units`.
pub async fn build(cx: &Cx, estate: EstateId, form: RegularForm) -> Result<Building> {
    cx.authorize(Action::EditEstates)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let plan = RegularBuilding::try_from(form)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    places::lock_estate(tx.conn(), tenant, estate)
        .await?
        .ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditEstates, &Place::estate(estate))?;
    tenancy::make_room(&mut tx, Counted::Units, plan.count(), cx.now()).await?;
    let rows = Rows::of(cx, &plan);
    let building = Building {
        id: cx.new_id(),
        estate,
        name: plan.name,
        phase: None,
        phase_name: None,
        units: i64::try_from(rows.units.len()).unwrap_or(i64::MAX),
        archived: false,
    };
    store::insert(tx.conn(), tenant, &building, &rows, cx.now()).await?;
    let fields = audit::given([
        ("name", true),
        ("entrance", !rows.entrances.is_empty()),
        ("unit", true),
        ("area_m2", rows.units.iter().any(|unit| unit.area.is_some())),
        ("occupancy", rows.occupancy.is_some()),
    ]);
    let built = Subject::Building(building.id);
    audit::record(
        &mut tx,
        cx,
        Deed::BuildingBuilt,
        built,
        Some(estate),
        fields,
    )
    .await?;
    tx.commit().await?;
    Ok(building)
}

/// What is stored of a regular building.
struct Rows {
    key: String,
    entrances: Vec<(EntranceId, String)>,
    units: Vec<UnitRow>,
    occupancy: Option<&'static str>,
}

struct UnitRow {
    id: UnitId,
    entrance: Option<EntranceId>,
    code: String,
    key: String,
    floor_label: String,
    true_floor: i16,
    area: Option<i32>,
}

impl Rows {
    fn of(cx: &Cx, plan: &RegularBuilding) -> Self {
        let ends = plan.entrances.iter();
        let ends: Vec<Option<(EntranceId, &String)>> = ends
            .map(|entrance| entrance.name.as_ref().map(|name| (cx.new_id(), name)))
            .collect();
        let units = plan.units().map(|unit| {
            let entrance = ends.get(unit.entrance).copied().flatten();
            let name = entrance.map(|(_, name)| name.as_str());
            UnitRow {
                id: cx.new_id(),
                entrance: entrance.map(|(id, _)| id),
                key: order::unit_key(&plan.name, name, &unit.code),
                code: unit.code,
                floor_label: unit.floor.label.clone(),
                true_floor: unit.floor.number,
                area: unit.area.map(|area| area.0),
            }
        });
        Self {
            key: order::name_key(&plan.name),
            units: units.collect(),
            occupancy: plan.occupancy.map(Occupancy::as_str),
            entrances: ends
                .iter()
                .flatten()
                .map(|(id, name)| (*id, (*name).clone()))
                .collect(),
        }
    }
}

/// A building, counted as far as the asker sees it.
pub(super) async fn counted(
    tx: &mut TenantTx,
    cx: &Cx,
    building: BuildingId,
) -> Result<Option<Building>> {
    let found = store::building(tx.conn(), cx.tenant.id, building).await?;
    Ok(found.map(|(building, _)| building))
}

/// A building with its units, as far as the asker may see them, to be drawn. No names are in it.
///
/// # Errors
/// `forbidden`.
pub async fn building_view(cx: &Cx, building: BuildingId) -> Result<Option<BuildingView>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some((building, estate_name)) = store::building(tx.conn(), cx.tenant.id, building).await?
    else {
        return Ok(None);
    };
    let units = store::drawn(tx.conn(), cx.tenant.id, building.id).await?;
    tx.commit().await?;
    Ok(Some(BuildingView {
        building,
        estate_name,
        units,
    }))
}
