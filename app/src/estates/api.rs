//! Server functions of the register of places.

use domain::{
    BuildingId, EstateId, ImportId, ResidentId, UnitId,
    audit::Entry,
    columns::Columns,
    devices::DeviceRow,
    estates::{
        Building, Contact, EstateBrief, EstateSummary, Found, ImportStanding, PastHousehold, Phase,
        Region, Relation, Resident, RosterImport, Unit, UnitColumn, Vehicle,
    },
    identity::ResetSlip,
    page::Page,
};
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::columns::List;
use crate::{AppError, estates::asked::UnitAsk};

/// A page of the estates that the asker may see.
#[server(prefix = "/fn", endpoint = "estates/list")]
pub async fn list_estates() -> Result<Page<EstateSummary>, AppError> {
    let cx = crate::cx().await?;
    let ask = domain::page::PageAsk::longest();
    Ok(backend::estates::list_estates(&cx, &ask).await?)
}

/// The same for whoever chooses one of them, without counts.
#[server(prefix = "/fn", endpoint = "estates/in_brief")]
pub async fn estates_in_brief() -> Result<Vec<EstateBrief>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::estates_in_brief(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "estates/create")]
pub async fn create_estate(name: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let made = backend::estates::create_estate(&cx, domain::estates::EstateForm { name }).await?;
    leptos_axum::redirect(&crate::routes::estate(made.id));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/create_building")]
pub async fn create_building(estate: EstateId, name: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::BuildingForm { estate, name };
    backend::estates::create_building(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::estate(estate));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "estates/create_unit")]
pub async fn create_unit(
    building: BuildingId,
    entrance: String,
    unit: String,
    area_m2: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::UnitForm {
        building,
        entrance: Some(entrance),
        unit,
        area_m2: Some(area_m2),
    };
    let made = backend::estates::create_unit(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::unit(made.id));
    Ok(())
}

/// An estate with its buildings and one page of its units.
#[expect(clippy::struct_excessive_bools, reason = "what the asker may do here")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EstateView {
    pub estate: EstateSummary,
    pub buildings: Vec<Building>,
    pub phases: Vec<Phase>,
    /// The regions that it may lie in; `None` where the asker does not move it.
    pub regions: Option<Vec<Region>>,
    pub units: Page<Unit>,
    /// What is shown of them.
    pub columns: Columns<UnitColumn>,
    /// Whether the asker may add to it.
    pub edits: bool,
    /// And import a roster.
    pub imports: bool,
    /// Whether the asker prints codes somewhere, and decides on requests.
    pub prints: bool,
    pub reviews: bool,
    /// Whether the asker looks for residents somewhere, and forgets some.
    pub finds: bool,
    pub erases: bool,
}

/// `part` says which units, in which order, with which columns.
#[server(name = LoadEstate, prefix = "/fn", endpoint = "estates/view")]
pub async fn estate_view(
    estate: EstateId,
    #[server(default)] part: UnitAsk,
) -> Result<EstateView, AppError> {
    use backend::kernel::page;
    use domain::{
        identity::{Action, Place, Scope},
        page::PageAsk,
    };

    let cx = crate::cx().await?;
    let found = backend::estates::estate(&cx, estate)
        .await?
        .ok_or_else(AppError::not_found)?;
    let here = Some(estate);
    let buildings =
        page::all(async |ask| backend::estates::list_buildings(&cx, here, &ask).await).await?;
    let phases =
        page::all(async |ask| backend::estates::list_phases(&cx, here, &ask).await).await?;
    let everywhere = cx
        .authorize(Action::EditEstates)
        .is_ok_and(|scope| scope == Scope::Everywhere);
    let regions = if everywhere {
        Some(page::all(async |ask| backend::estates::list_regions(&cx, &ask).await).await?)
    } else {
        None
    };
    let whole = Place::estate(estate);
    let edits = cx.authorize_at(Action::EditEstates, &whole).is_ok();
    let imports = edits && cx.authorize_at(Action::EditResidents, &whole).is_ok();
    let filter = part.filter(estate)?;
    let columns = List::Units.shown(part.show());
    let ask = PageAsk {
        cursor: Some(part.cursor),
        limit: None,
    };
    let units = backend::estates::list_units(&cx, &filter, &ask).await?;
    Ok(EstateView {
        estate: found,
        buildings,
        phases,
        regions,
        units,
        columns,
        edits,
        imports,
        prints: cx.authorize(Action::InviteOwner).is_ok(),
        reviews: cx.authorize(Action::EditResidents).is_ok(),
        finds: cx.authorize(Action::ViewResidents).is_ok(),
        erases: cx.authorize_to_see(Action::EraseResidents).is_ok(),
    })
}

/// A unit with its people and its devices.
#[expect(clippy::struct_excessive_bools, reason = "what the asker may do here")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitView {
    pub unit: Unit,
    pub estate_name: String,
    /// `None` where the asker may not read them; the same below.
    pub residents: Option<Vec<Resident>>,
    /// The households that were here before.
    pub earlier: Option<Vec<PastHousehold>>,
    pub devices: Option<Vec<DeviceRow>>,
    /// The cars of whoever lives there now.
    pub vehicles: Option<Vec<Vehicle>>,
    /// What was done to the unit, newest first.
    pub history: Option<Vec<Entry>>,
    /// What the asker may do here.
    pub edits: bool,
    /// Also whether it is split, moved, merged and archived.
    pub rearranges: bool,
    pub adds: bool,
    pub invites: bool,
    pub reveals: bool,
    pub registers: bool,
}

#[server(name = LoadUnit, prefix = "/fn", endpoint = "estates/unit")]
pub async fn unit_view(unit: UnitId) -> Result<UnitView, AppError> {
    use domain::{
        devices::DeviceFilter,
        identity::{Action, Place},
        page::PageAsk,
    };

    let cx = crate::cx().await?;
    let all = PageAsk::longest();
    let found = backend::estates::unit(&cx, unit)
        .await?
        .ok_or_else(AppError::not_found)?;
    let place = Place {
        estate: found.estate,
        building: Some(found.building),
        unit: Some(found.id),
    };
    let may = |action| cx.authorize_at(action, &place).is_ok();
    let (whole, archived) = (Place::estate(found.estate), found.archived_at.is_some());
    let residents = if may(Action::ViewResidents) {
        let residents = backend::estates::list_residents(&cx, Some(unit), &all).await?;
        Some(residents.items)
    } else {
        None
    };
    let earlier = if may(Action::ViewResidents) {
        Some(backend::estates::earlier_households(&cx, unit).await?)
    } else {
        None
    };
    let vehicles = if may(Action::ViewResidents) && found.household.is_some() {
        Some(backend::estates::list_vehicles(&cx, unit).await?)
    } else {
        None
    };
    let history = if may(Action::ViewAudit) {
        Some(deeds(&cx, unit).await?)
    } else {
        None
    };
    let here = DeviceFilter {
        unit: Some(unit),
        ..DeviceFilter::default()
    };
    let devices = if may(Action::ViewDevices) {
        Some(backend::devices::list(&cx, &here, &all).await?.items)
    } else {
        None
    };
    Ok(UnitView {
        estate_name: backend::estates::estate_name(&cx, found.estate).await?,
        unit: found,
        residents,
        earlier,
        devices,
        vehicles,
        history,
        edits: !archived && may(Action::EditEstates),
        rearranges: cx.authorize_at(Action::EditEstates, &whole).is_ok(),
        adds: !archived && may(Action::EditResidents),
        invites: may(Action::InviteOwner),
        reveals: may(Action::ViewPhones),
        registers: !archived && may(Action::EditDevices),
    })
}

/// The last deeds that were done to a unit.
#[cfg(feature = "ssr")]
async fn deeds(cx: &backend::Cx, unit: UnitId) -> Result<Vec<Entry>, AppError> {
    use domain::{
        audit::{EntryFilter, Subject},
        page::PageAsk,
    };

    let filter = EntryFilter {
        subject: Some(Subject::Unit(unit)),
        ..EntryFilter::default()
    };
    let ask = PageAsk {
        cursor: None,
        limit: Some(8),
    };
    Ok(backend::audit::list(cx, &filter, &ask).await?.items)
}

#[server(prefix = "/fn", endpoint = "estates/add_resident")]
pub async fn add_resident(
    unit: UnitId,
    name: String,
    phone: String,
    #[server(default)] id_number: String,
    relation: Relation,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::ResidentForm {
        unit,
        name,
        phone: Some(phone),
        id_number: Some(id_number),
        relation,
    };
    backend::estates::add_resident(&cx, form).await?;
    leptos_axum::redirect(&crate::routes::unit(unit));
    Ok(())
}

/// A resident's whole numbers. It is remembered who looked.
#[server(prefix = "/fn", endpoint = "estates/reveal")]
pub async fn reveal(resident: ResidentId) -> Result<Contact, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::reveal_contact(&cx, resident).await?)
}

/// A page of the units and residents that a search finds.
#[server(prefix = "/fn", endpoint = "estates/find")]
pub async fn find(q: String, cursor: Option<String>) -> Result<Page<Found>, AppError> {
    let cx = crate::cx().await?;
    let ask = domain::page::PageAsk {
        cursor,
        limit: None,
    };
    Ok(backend::estates::search(&cx, &q, &ask).await?)
}

/// Invites a resident and answers the path of the link, which is told only this once.
#[server(prefix = "/fn", endpoint = "estates/invite")]
pub async fn invite(resident: ResidentId) -> Result<String, AppError> {
    let cx = crate::cx().await?;
    let link = backend::estates::invite(&cx, resident).await?;
    Ok(crate::routes::invite(&link.token))
}

/// A code for a resident's new password, told only this once.
#[server(prefix = "/fn", endpoint = "estates/print_reset")]
pub async fn print_reset(resident: ResidentId) -> Result<ResetSlip, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::print_reset(&cx, resident).await?)
}

#[server(prefix = "/fn", endpoint = "estates/imports")]
pub async fn list_imports(estate: EstateId) -> Result<Vec<RosterImport>, AppError> {
    let cx = crate::cx().await?;
    let ask = domain::page::PageAsk {
        limit: Some(10),
        cursor: None,
    };
    Ok(backend::estates::list_imports(&cx, estate, &ask)
        .await?
        .items)
}

#[server(prefix = "/fn", endpoint = "estates/import_result")]
pub async fn import_result(id: ImportId) -> Result<RosterImport, AppError> {
    let cx = crate::cx().await?;
    backend::estates::roster_import(&cx, id)
        .await?
        .ok_or_else(AppError::not_found)
}

/// Where an import stands, for a page that asks until it is through.
#[server(prefix = "/fn", endpoint = "estates/import_state")]
pub async fn import_state(id: ImportId) -> Result<ImportStanding, AppError> {
    let cx = crate::cx().await?;
    backend::estates::import_standing(&cx, id)
        .await?
        .ok_or_else(AppError::not_found)
}

/// Takes the import page's form: `estate`, `dry_run`, `file`; and, from the page of an import that found
/// possible sales, the rows that are sales (`confirm_sales`) and which import it was (`of`); and, from
/// the page of one that names its columns, the same and for each its `header` and what it is
/// (`column`). It is posted as a plain form, so what is wrong comes back as codes in the address.
#[server(prefix = "/fn", endpoint = "estates/import", input = MultipartFormData)]
pub async fn import_roster(data: MultipartData) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let posted = upload::read(&cx, data).await?;
    let back = posted.back();
    let done = match posted.upload {
        Ok(upload) => backend::estates::start_import(&cx, upload).await,
        Err(problem) => Err(problem.into()),
    };
    match done {
        Ok(import) => leptos_axum::redirect(&crate::routes::import_result(import.id)),
        Err(error) => {
            error.log();
            leptos_axum::redirect(&format!("{back}{}", upload::flaws(&error.problem)));
        }
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod upload;
