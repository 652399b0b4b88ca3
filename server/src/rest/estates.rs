//! `/api/v1/estates`, `/buildings`, `/units`, `/residents`.

use axum::Json;
use backend::estates;
use domain::{
    BuildingId, EstateId, HouseholdId, PhaseId, RegionId, ResidentId, UnitId,
    estates::{
        Building, BuildingForm, Contact, Estate, EstateForm, EstateSummary, Occupancy, Relation,
        Resident, ResidentForm, Unit, UnitFilter, UnitForm, UnitUse,
    },
    identity::Phone,
    page::Page,
    problem::{Check, Flaw},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Figure, Given, Named, Sent},
    schema::{
        BuildingRef, Created, Day, EstateRef, HouseholdRef, OccupancyWord, PageOut, PhaseRef,
        RegionRef, RelationWord, ResidentRef, UnitRef, UnitSortWord, UseWord,
    },
};
use crate::http::Refusal;

/// Which page of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct PageParams {
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most 200; 50 where it is not given.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct EstateIn {
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "阳光花园")]
    name: Given<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EstateCreated {
    #[schema(value_type = EstateRef)]
    id: EstateId,
    name: String,
}

impl From<Estate> for EstateCreated {
    fn from(estate: Estate) -> Self {
        Self {
            id: estate.id,
            name: estate.name,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EstateOut {
    #[schema(value_type = EstateRef)]
    id: EstateId,
    name: String,
    #[schema(value_type = Option<RegionRef>, required = true)]
    region: Option<RegionId>,
    #[schema(required = true)]
    region_name: Option<String>,
    buildings: i64,
    units: i64,
    households: i64,
    devices: i64,
}

impl From<EstateSummary> for EstateOut {
    fn from(estate: EstateSummary) -> Self {
        let EstateSummary {
            id,
            name,
            region,
            region_name,
            buildings,
            units,
            households,
            devices,
        } = estate;
        Self {
            id,
            name,
            region,
            region_name,
            buildings,
            units,
            households,
            devices,
        }
    }
}

/// List estates
#[utoipa::path(get, path = "/api/v1/estates", tag = "estates", params(PageParams),
    responses((status = 200, body = PageOut<EstateOut>)))]
pub(super) async fn list_estates(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<EstateOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    Ok(Json(estates::list_estates(&cx, &page).await?.into()))
}

/// Add an estate
#[utoipa::path(post, path = "/api/v1/estates", tag = "estates", request_body = EstateIn,
    responses((status = 201, body = EstateCreated)))]
pub(super) async fn create_estate(
    Asker(cx): Asker,
    Sent(sent): Sent<EstateIn>,
) -> Result<Created<EstateCreated>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.need());
    let form = check.done(name.map(|name| EstateForm { name }))?;
    Ok(Created(estates::create_estate(&cx, form).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct BuildingIn {
    #[serde(default)]
    #[schema(value_type = EstateRef, required = true)]
    estate: Given<EstateId>,
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "3号楼")]
    name: Given<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BuildingOut {
    #[schema(value_type = BuildingRef)]
    id: BuildingId,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    name: String,
    #[schema(value_type = Option<PhaseRef>, required = true)]
    phase: Option<PhaseId>,
    #[schema(required = true)]
    phase_name: Option<String>,
    units: i64,
}

impl From<Building> for BuildingOut {
    fn from(building: Building) -> Self {
        let Building {
            id,
            estate,
            name,
            phase,
            phase_name,
            units,
            // Lists leave those out.
            archived: _,
        } = building;
        Self {
            id,
            estate,
            name,
            phase,
            phase_name,
            units,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct BuildingParams {
    #[param(value_type = Option<EstateRef>)]
    estate: Option<String>,
}

/// List buildings
#[utoipa::path(get, path = "/api/v1/buildings", tag = "estates", params(BuildingParams, PageParams),
    responses((status = 200, body = PageOut<BuildingOut>)))]
pub(super) async fn list_buildings(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<BuildingOut>>, Refusal> {
    let (estate, page) = (asked.parse("estate"), asked.page());
    asked.done()?;
    Ok(Json(
        estates::list_buildings(&cx, estate, &page).await?.into(),
    ))
}

/// Add a building
#[utoipa::path(post, path = "/api/v1/buildings", tag = "estates", request_body = BuildingIn,
    responses((status = 201, body = BuildingOut)))]
pub(super) async fn create_building(
    Asker(cx): Asker,
    Sent(sent): Sent<BuildingIn>,
) -> Result<Created<BuildingOut>, Refusal> {
    let mut check = Check::default();
    let estate = check.take("estate", sent.estate.need());
    let name = check.take("name", sent.name.need());
    let form = (|| {
        Some(BuildingForm {
            estate: estate?,
            name: name?,
        })
    })();
    let form = check.done(form)?;
    Ok(Created(estates::create_building(&cx, form).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct UnitIn {
    #[serde(default)]
    #[schema(value_type = BuildingRef, required = true)]
    building: Given<BuildingId>,
    #[serde(default)]
    #[schema(value_type = String, required = false, example = "2单元")]
    entrance: Given<String>,
    /// The door's code as text.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "1202")]
    unit: Given<String>,
    /// With two decimals at most; a number, or the same as text.
    #[serde(default)]
    #[schema(value_type = f64, required = false, example = 89.37)]
    area_m2: Given<Figure>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnitOut {
    #[schema(value_type = UnitRef)]
    id: UnitId,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    #[schema(value_type = BuildingRef)]
    building: BuildingId,
    building_name: String,
    #[schema(required = true)]
    entrance: Option<String>,
    unit: String,
    /// What the floor is called.
    #[schema(required = true)]
    floor_label: Option<String>,
    /// Which floor it is when one counts.
    #[schema(required = true)]
    true_floor: Option<i16>,
    #[schema(required = true)]
    area_m2: Option<f64>,
    #[schema(required = true)]
    inner_area_m2: Option<f64>,
    /// `home`, `shop`, `bay` or `public`.
    #[serde(rename = "use")]
    #[schema(value_type = String)]
    use_: UnitUse,
    /// `unsold`, `not_handed_over`, `handed_over`, `decorating`, `lived_in`, `let` or `vacant`.
    #[schema(value_type = Option<String>, required = true)]
    occupancy: Option<Occupancy>,
    /// The day from which fees are due.
    #[schema(value_type = Option<Day>, required = true)]
    fee_start: Option<Date>,
    #[schema(value_type = Option<HouseholdRef>, required = true)]
    household: Option<HouseholdId>,
    /// The owners' names, joined by `、`.
    owners: String,
}

impl From<Unit> for UnitOut {
    fn from(unit: Unit) -> Self {
        Self {
            id: unit.id,
            estate: unit.estate,
            building: unit.building,
            building_name: unit.building_name,
            entrance: unit.entrance,
            unit: unit.unit,
            floor_label: unit.floor_label,
            true_floor: unit.true_floor,
            area_m2: unit.area.map(domain::estates::Area::m2),
            inner_area_m2: unit.inner_area.map(domain::estates::Area::m2),
            use_: unit.use_,
            occupancy: unit.occupancy,
            fee_start: unit.fee_start,
            household: unit.household,
            owners: unit.owners,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct UnitParams {
    #[param(value_type = Option<EstateRef>)]
    estate: Option<String>,
    #[param(value_type = Option<BuildingRef>)]
    building: Option<String>,
    #[param(value_type = Option<OccupancyWord>)]
    state: Option<String>,
    #[serde(rename = "use")]
    #[param(value_type = Option<UseWord>)]
    use_: Option<String>,
    /// By address where nothing is said. What has no value comes last either way.
    #[param(value_type = Option<UnitSortWord>)]
    sort: Option<String>,
}

/// List units
#[utoipa::path(get, path = "/api/v1/units", tag = "estates", params(UnitParams, PageParams),
    responses((status = 200, body = PageOut<UnitOut>)))]
pub(super) async fn list_units(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<UnitOut>>, Refusal> {
    let filter = UnitFilter {
        estate: asked.parse("estate"),
        building: asked.parse("building"),
        code: None,
        use_: asked.by("use", UnitUse::parse),
        state: asked.by("state", Occupancy::parse),
        sort: asked.sort(),
    };
    let page = asked.page();
    asked.done()?;
    Ok(Json(estates::list_units(&cx, &filter, &page).await?.into()))
}

/// Add a unit
#[utoipa::path(post, path = "/api/v1/units", tag = "estates", request_body = UnitIn,
    responses((status = 201, body = UnitOut)))]
pub(super) async fn create_unit(
    Asker(cx): Asker,
    Sent(sent): Sent<UnitIn>,
) -> Result<Created<UnitOut>, Refusal> {
    let mut check = Check::default();
    let building = check.take("building", sent.building.need());
    let entrance = check.take("entrance", sent.entrance.maybe());
    let unit = check.take("unit", sent.unit.need());
    let area = check.take("area_m2", sent.area_m2.maybe());
    let form = (|| {
        let area_m2 = area?.map(|area| area.to_string());
        Some(UnitForm {
            building: building?,
            entrance: entrance?,
            unit: unit?,
            area_m2,
        })
    })();
    let form = check.done(form)?;
    Ok(Created(estates::create_unit(&cx, form).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ResidentIn {
    #[serde(default)]
    #[schema(value_type = UnitRef, required = true)]
    unit: Given<UnitId>,
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    name: Given<String>,
    /// Mainland mobiles as 11 digits, all else with `+` and the country's code.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    phone: Given<String>,
    /// Of an identity card or a passport. No answer but that of `reveal` has it.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    id_number: Given<String>,
    #[serde(default)]
    #[schema(value_type = RelationWord, required = true)]
    relation: Given<Relation>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ResidentOut {
    #[schema(value_type = ResidentRef)]
    id: ResidentId,
    #[schema(value_type = HouseholdRef)]
    household: HouseholdId,
    #[schema(value_type = UnitRef)]
    unit: UnitId,
    name: String,
    /// Masked (`138****5678`), except in the answer to the call that sent it.
    #[schema(required = true)]
    phone: Option<String>,
    #[schema(value_type = RelationWord)]
    relation: Relation,
    /// Whether this resident has a log-in that opens the home.
    claimed: bool,
    /// Whether an invitation is out that still opens.
    invited: bool,
}

impl From<Resident> for ResidentOut {
    fn from(resident: Resident) -> Self {
        let Resident {
            id,
            household,
            unit,
            name,
            phone,
            relation,
            claimed,
            invited,
        } = resident;
        Self {
            id,
            household,
            unit,
            name,
            phone,
            relation,
            claimed,
            invited,
        }
    }
}

impl ResidentOut {
    /// With the number as it was sent, in the answer to who sent it.
    pub(super) fn telling(self, phone: Option<Phone>) -> Self {
        let sent = phone.map(|phone| phone.as_str().to_owned());
        Self {
            phone: sent.or(self.phone),
            ..self
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct ResidentParams {
    #[param(value_type = Option<UnitRef>)]
    unit: Option<String>,
    /// A whole phone number; or words, each of which is in the name, or is the building or the door,
    /// and beside at least one of them perhaps the last four digits of the phone. Not with `unit`.
    search: Option<String>,
}

/// List residents
#[utoipa::path(get, path = "/api/v1/residents", tag = "estates", params(ResidentParams, PageParams),
    responses((status = 200, body = PageOut<ResidentOut>)))]
pub(super) async fn list_residents(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<ResidentOut>>, Refusal> {
    let (unit, page) = (asked.parse::<UnitId>("unit"), asked.page());
    let search = asked.text("search").map(str::to_owned);
    if search.is_some() && unit.is_some() {
        asked.flaw("unit", Flaw::Unknown);
    }
    asked.done()?;
    if let Some(search) = search {
        let Page { items, next } = estates::find_residents(&cx, &search, &page).await?;
        let items = items.into_iter().map(|found| found.resident.into());
        return Ok(Json(PageOut {
            items: items.collect(),
            next,
        }));
    }
    Ok(Json(
        estates::list_residents(&cx, unit, &page).await?.into(),
    ))
}

/// Add a resident to the household of a unit
#[utoipa::path(post, path = "/api/v1/residents", tag = "estates", request_body = ResidentIn,
    responses((status = 201, body = ResidentOut)))]
pub(super) async fn add_resident(
    Asker(cx): Asker,
    Sent(sent): Sent<ResidentIn>,
) -> Result<Created<ResidentOut>, Refusal> {
    let mut check = Check::default();
    let unit = check.take("unit", sent.unit.need());
    let name = check.take("name", sent.name.need());
    let phone = check.take("phone", sent.phone.maybe());
    let id_number = check.take("id_number", sent.id_number.maybe());
    let relation = check.take("relation", sent.relation.need());
    let form = (|| {
        Some(ResidentForm {
            unit: unit?,
            name: name?,
            phone: phone?,
            id_number: id_number?,
            relation: relation?,
        })
    })();
    let form = check.done(form)?;
    let phone = form.phone.as_deref().and_then(|raw| Phone::parse(raw).ok());
    let added = estates::add_resident(&cx, form).await?;
    Ok(Created(ResidentOut::from(added).telling(phone)))
}

#[derive(Serialize, ToSchema)]
pub(super) struct ContactOut {
    /// Whole.
    #[schema(required = true)]
    phone: Option<String>,
    /// Of an identity card or a passport, whole.
    #[schema(required = true)]
    id_number: Option<String>,
}

impl From<Contact> for ContactOut {
    fn from(contact: Contact) -> Self {
        let Contact { phone, id_number } = contact;
        Self { phone, id_number }
    }
}

/// See a resident's whole numbers, at most sixty in an hour; it is remembered
#[utoipa::path(post, path = "/api/v1/residents/{id}/reveal", tag = "estates",
    params(("id" = ResidentRef, Path)),
    responses((status = 200, body = ContactOut)))]
pub(super) async fn reveal_contact(
    Asker(cx): Asker,
    Named(id): Named<ResidentId>,
) -> Result<Json<ContactOut>, Refusal> {
    Ok(Json(estates::reveal_contact(&cx, id).await?.into()))
}
