//! `/api/v1/buildings/bulk`, and changing units.

use axum::Json;
use backend::estates;
use domain::{
    EstateId, UnitId,
    estates::{RegularForm, UnitChangeForm},
    problem::Check,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Figure, Given, Named, Patched, Sent},
    estates::{BuildingOut, UnitOut},
    schema::{Created, Day, EstateRef, NumberingWord, OccupancyWord, UnitRef, UseWord},
};
use crate::http::Refusal;

/// A building whose floors are all alike.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct BuildIn {
    #[serde(default)]
    #[schema(value_type = EstateRef, required = true)]
    estate: Given<EstateId>,
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "5号楼")]
    name: Given<String>,
    /// None where the building has but one door to the street.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["1单元", "2单元"]))]
    entrances: Given<Vec<String>>,
    /// The true floor that the units begin on; 1 where it is not given.
    #[serde(default)]
    #[schema(value_type = u16, required = false, minimum = 1, maximum = 150)]
    first_floor: Given<Figure>,
    #[serde(default)]
    #[schema(value_type = u16, required = true, minimum = 1, maximum = 150, example = 33)]
    floors: Given<Figure>,
    /// On each floor, behind each entrance.
    #[serde(default)]
    #[schema(value_type = u16, required = true, minimum = 1, maximum = 60, example = 4)]
    doors: Given<Figure>,
    #[serde(default)]
    #[schema(value_type = NumberingWord, required = false)]
    numbering: Given<String>,
    /// Whether the doors of a floor are counted on from one entrance to the next.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    through: Given<bool>,
    /// Numbers that no floor has: `4=3A` is called 3A instead, `13` is passed over and those above
    /// count on. True floors are counted whatever they are called.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, example = json!(["4=3A", "13=12A", "14=12B"]))]
    skipped_floors: Given<Vec<String>>,
    /// The same of doors; with letters also `I`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    skipped_doors: Given<Vec<String>>,
    /// Gross areas: one for all doors, or one for each door of a floor in turn.
    #[serde(default)]
    #[schema(value_type = Vec<f64>, required = false, example = json!([89.37, 102.5, 102.5, 89.37]))]
    areas_m2: Given<Vec<Figure>>,
    #[serde(default)]
    #[schema(value_type = OccupancyWord, required = false)]
    occupancy: Given<String>,
}

/// Add a whole building with its entrances and units, or nothing of it
#[utoipa::path(post, path = "/api/v1/buildings/bulk", tag = "estates", request_body = BuildIn,
    responses((status = 201, body = BuildingOut)))]
pub(super) async fn build(
    Asker(cx): Asker,
    Sent(sent): Sent<BuildIn>,
) -> Result<Created<BuildingOut>, Refusal> {
    let mut check = Check::default();
    let estate = check.take("estate", sent.estate.need());
    let name = check.take("name", sent.name.need());
    let entrances = check.take("entrances", sent.entrances.maybe());
    let first_floor = check.take("first_floor", sent.first_floor.maybe());
    let floors = check.take("floors", sent.floors.need());
    let doors = check.take("doors", sent.doors.need());
    let numbering = check.take("numbering", sent.numbering.maybe());
    let through = check.take("through", sent.through.maybe());
    let skipped_floors = check.take("skipped_floors", sent.skipped_floors.maybe());
    let skipped_doors = check.take("skipped_doors", sent.skipped_doors.maybe());
    let areas = check.take("areas_m2", sent.areas_m2.maybe());
    let occupancy = check.take("occupancy", sent.occupancy.maybe());
    let form = (|| {
        let areas = areas?.unwrap_or_default();
        let form = RegularForm {
            name: name?,
            entrances: entrances?.unwrap_or_default(),
            first_floor: first_floor?.map(|n| n.to_string()).unwrap_or_default(),
            floors: floors?.to_string(),
            doors: doors?.to_string(),
            numbering: numbering?.unwrap_or_default(),
            through: through?.unwrap_or_default(),
            skipped_floors: skipped_floors?.unwrap_or_default(),
            skipped_doors: skipped_doors?.unwrap_or_default(),
            areas_m2: areas.iter().map(ToString::to_string).collect(),
            occupancy: occupancy?,
        };
        Some((estate?, form))
    })();
    let (estate, form) = check.done(form)?;
    Ok(Created(estates::build(&cx, estate, form).await?.into()))
}

/// What changes; what is not there stays as it is, and null empties it.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct UnitPatch {
    /// The door's code as text.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    unit: Patched<String>,
    /// What the floor is called: `3A`.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false)]
    floor_label: Patched<String>,
    /// Which floor it is when one counts; below ground -1.
    #[serde(default)]
    #[schema(value_type = Option<i16>, required = false, minimum = -20, maximum = 200)]
    true_floor: Patched<Figure>,
    /// With two decimals at most; a number, or the same as text.
    #[serde(default)]
    #[schema(value_type = Option<f64>, required = false)]
    area_m2: Patched<Figure>,
    /// Not larger than the gross area.
    #[serde(default)]
    #[schema(value_type = Option<f64>, required = false)]
    inner_area_m2: Patched<Figure>,
    #[serde(default, rename = "use")]
    #[schema(value_type = UseWord, required = false)]
    use_: Patched<String>,
    #[serde(default)]
    #[schema(value_type = Option<OccupancyWord>, required = false)]
    occupancy: Patched<String>,
    /// The day from which fees are due.
    #[serde(default)]
    #[schema(value_type = Option<Day>, required = false)]
    fee_start: Patched<String>,
}

/// Change what the register says of a unit
#[utoipa::path(patch, path = "/api/v1/units/{id}", tag = "estates", params(("id" = UnitRef, Path)),
    request_body = UnitPatch, responses((status = 200, body = UnitOut)))]
pub(super) async fn change_unit(
    Asker(cx): Asker,
    Named(id): Named<UnitId>,
    Sent(sent): Sent<UnitPatch>,
) -> Result<Json<UnitOut>, Refusal> {
    let mut check = Check::default();
    let unit = check.take("unit", sent.unit.typed());
    let floor_label = check.take("floor_label", sent.floor_label.typed());
    let true_floor = check.take("true_floor", sent.true_floor.typed());
    let area_m2 = check.take("area_m2", sent.area_m2.typed());
    let inner_area_m2 = check.take("inner_area_m2", sent.inner_area_m2.typed());
    let use_ = check.take("use", sent.use_.typed());
    let occupancy = check.take("occupancy", sent.occupancy.typed());
    let fee_start = check.take("fee_start", sent.fee_start.typed());
    let form = (|| {
        Some(UnitChangeForm {
            unit: unit?,
            floor_label: floor_label?,
            true_floor: true_floor?,
            area_m2: area_m2?,
            inner_area_m2: inner_area_m2?,
            use_: use_?,
            occupancy: occupancy?,
            fee_start: fee_start?,
        })
    })();
    let form = check.done(form)?;
    Ok(Json(estates::change_unit(&cx, id, form).await?.into()))
}
