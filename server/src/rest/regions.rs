//! `/api/v1/regions` and `/phases`, and changing what an estate and a building are called and lie in.

use axum::{Json, http::StatusCode};
use backend::estates;
use domain::{
    BuildingId, EstateId, PhaseId, RegionId,
    estates::{BuildingChangeForm, EstateChangeForm, NameForm, Phase, PhaseForm, Region},
    problem::{Check, Problem},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    accept::{Asked, Asker, Given, Named, Patched, Sent},
    estates::{BuildingOut, EstateOut, PageParams},
    schema::{BuildingRef, Created, EstateRef, PageOut, PhaseRef, RegionRef},
};
use crate::http::Refusal;

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NameIn {
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "华东区")]
    name: Given<String>,
}

impl NameIn {
    fn form(self) -> Result<NameForm, Problem> {
        let mut check = Check::default();
        let name = check.take("name", self.name.need());
        check.done(name.map(|name| NameForm { name }))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegionOut {
    #[schema(value_type = RegionRef)]
    id: RegionId,
    name: String,
    estates: i64,
}

impl From<Region> for RegionOut {
    fn from(Region { id, name, estates }: Region) -> Self {
        Self { id, name, estates }
    }
}

/// List regions
#[utoipa::path(get, path = "/api/v1/regions", tag = "estates", params(PageParams),
    responses((status = 200, body = PageOut<RegionOut>)))]
pub(super) async fn list_regions(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<RegionOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    Ok(Json(estates::list_regions(&cx, &page).await?.into()))
}

/// Add a region
#[utoipa::path(post, path = "/api/v1/regions", tag = "estates", request_body = NameIn,
    responses((status = 201, body = RegionOut)))]
pub(super) async fn create_region(
    Asker(cx): Asker,
    Sent(sent): Sent<NameIn>,
) -> Result<Created<RegionOut>, Refusal> {
    let made = estates::create_region(&cx, sent.form()?).await?;
    Ok(Created(made.into()))
}

/// Rename a region
#[utoipa::path(patch, path = "/api/v1/regions/{id}", tag = "estates", params(("id" = RegionRef, Path)),
    request_body = NameIn, responses((status = 200, body = RegionOut)))]
pub(super) async fn rename_region(
    Asker(cx): Asker,
    Named(id): Named<RegionId>,
    Sent(sent): Sent<NameIn>,
) -> Result<Json<RegionOut>, Refusal> {
    let named = estates::rename_region(&cx, id, sent.form()?).await?;
    Ok(Json(named.into()))
}

/// Remove a region that no estate lies in
#[utoipa::path(delete, path = "/api/v1/regions/{id}", tag = "estates", params(("id" = RegionRef, Path)),
    responses((status = 204)))]
pub(super) async fn remove_region(
    Asker(cx): Asker,
    Named(id): Named<RegionId>,
) -> Result<StatusCode, Refusal> {
    estates::remove_region(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What changes; what is not there stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct EstatePatch {
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    name: Patched<String>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<RegionRef>, required = false)]
    region: Patched<String>,
}

/// Rename an estate, or move it into another region
#[utoipa::path(patch, path = "/api/v1/estates/{id}", tag = "estates", params(("id" = EstateRef, Path)),
    request_body = EstatePatch, responses((status = 200, body = EstateOut)))]
pub(super) async fn change_estate(
    Asker(cx): Asker,
    Named(id): Named<EstateId>,
    Sent(sent): Sent<EstatePatch>,
) -> Result<Json<EstateOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.typed());
    let region = check.take("region", sent.region.typed());
    let (name, region) = check.done(name.zip(region))?;
    let form = EstateChangeForm { name, region };
    Ok(Json(estates::change_estate(&cx, id, form).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PhaseIn {
    #[serde(default)]
    #[schema(value_type = EstateRef, required = true)]
    estate: Given<EstateId>,
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "一期")]
    name: Given<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhaseOut {
    #[schema(value_type = PhaseRef)]
    id: PhaseId,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    name: String,
    buildings: i64,
}

impl From<Phase> for PhaseOut {
    fn from(phase: Phase) -> Self {
        Self {
            id: phase.id,
            estate: phase.estate,
            name: phase.name,
            buildings: phase.buildings,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Asked reads")]
pub(super) struct PhaseParams {
    #[param(value_type = Option<EstateRef>)]
    estate: Option<String>,
}

/// List phases
#[utoipa::path(get, path = "/api/v1/phases", tag = "estates", params(PhaseParams, PageParams),
    responses((status = 200, body = PageOut<PhaseOut>)))]
pub(super) async fn list_phases(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<PhaseOut>>, Refusal> {
    let (estate, page) = (asked.parse("estate"), asked.page());
    asked.done()?;
    Ok(Json(estates::list_phases(&cx, estate, &page).await?.into()))
}

/// Add a phase to an estate
#[utoipa::path(post, path = "/api/v1/phases", tag = "estates", request_body = PhaseIn,
    responses((status = 201, body = PhaseOut)))]
pub(super) async fn create_phase(
    Asker(cx): Asker,
    Sent(sent): Sent<PhaseIn>,
) -> Result<Created<PhaseOut>, Refusal> {
    let mut check = Check::default();
    let estate = check.take("estate", sent.estate.need());
    let name = check.take("name", sent.name.need());
    let (estate, name) = check.done(estate.zip(name))?;
    let made = estates::create_phase(&cx, PhaseForm { estate, name }).await?;
    Ok(Created(made.into()))
}

/// Rename a phase
#[utoipa::path(patch, path = "/api/v1/phases/{id}", tag = "estates", params(("id" = PhaseRef, Path)),
    request_body = NameIn, responses((status = 200, body = PhaseOut)))]
pub(super) async fn rename_phase(
    Asker(cx): Asker,
    Named(id): Named<PhaseId>,
    Sent(sent): Sent<NameIn>,
) -> Result<Json<PhaseOut>, Refusal> {
    let named = estates::rename_phase(&cx, id, sent.form()?).await?;
    Ok(Json(named.into()))
}

/// Remove a phase that no building stands in
#[utoipa::path(delete, path = "/api/v1/phases/{id}", tag = "estates", params(("id" = PhaseRef, Path)),
    responses((status = 204)))]
pub(super) async fn remove_phase(
    Asker(cx): Asker,
    Named(id): Named<PhaseId>,
) -> Result<StatusCode, Refusal> {
    estates::remove_phase(&cx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What changes; what is not there stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct BuildingPatch {
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    name: Patched<String>,
    /// Of the same estate; null for none.
    #[serde(default)]
    #[schema(value_type = Option<PhaseRef>, required = false)]
    phase: Patched<String>,
}

/// Rename a building, or put it into another phase
#[utoipa::path(patch, path = "/api/v1/buildings/{id}", tag = "estates", params(("id" = BuildingRef, Path)),
    request_body = BuildingPatch, responses((status = 200, body = BuildingOut)))]
pub(super) async fn change_building(
    Asker(cx): Asker,
    Named(id): Named<BuildingId>,
    Sent(sent): Sent<BuildingPatch>,
) -> Result<Json<BuildingOut>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.typed());
    let phase = check.take("phase", sent.phase.typed());
    let (name, phase) = check.done(name.zip(phase))?;
    let form = BuildingChangeForm { name, phase };
    Ok(Json(estates::change_building(&cx, id, form).await?.into()))
}
