//! The people of an estate, page by page, for whoever takes all of a company along.

mod store;

use domain::{
    EstateId, HouseholdId, ResidentId, UnitId,
    audit::{Deed, Subject},
    estates::Relation,
    identity::{Action, Place, mask_phone},
    page::{Page, PageAsk},
};
use jiff::civil::Date;

use super::vehicles;
use crate::{
    audit,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// Somebody of a running household.
pub(crate) struct Kept {
    pub(crate) id: ResidentId,
    pub(crate) household: HouseholdId,
    /// Since when the household is here.
    pub(crate) since: Date,
    pub(crate) unit: UnitId,
    pub(crate) name: String,
    pub(crate) relation: Relation,
    /// Whole where that was asked for, else masked.
    pub(crate) phone: Option<String>,
}

/// The residents of an estate, those who were written down first first. Of each whose whole number
/// is among them it is remembered who took it along, before the page is given out.
///
/// # Errors
/// `forbidden`, for whole numbers also without [`Action::ViewPhones`] there; `invalid` for a bad
/// cursor.
pub(crate) async fn people(
    cx: &Cx,
    estate: EstateId,
    whole: bool,
    ask: &PageAsk,
) -> Result<Page<Kept>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    if whole {
        cx.authorize_at(Action::ViewPhones, &Place::estate(estate))?;
    }
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::people(&mut tx, cx, estate, after, ask.rows()).await?;
    let page = Page::cut(rows, ask.limit(), |row| row.id.to_string());
    let mut kept = Vec::with_capacity(page.items.len());
    for row in page.items {
        let open = |sealed: Vec<u8>| cx.site.keys.open_phone(cx.tenant.id, &sealed);
        let phone = row.phone.map(open).transpose()?;
        kept.push(Kept {
            relation: store::relation(&row.relation)?,
            id: row.id,
            household: row.household,
            since: row.started_on.to_jiff(),
            unit: row.unit,
            name: row.name,
            phone: phone.map(|phone| if whole { phone } else { mask_phone(&phone) }),
        });
    }
    if whole {
        let shown = kept.iter().filter(|resident| resident.phone.is_some());
        let shown: Vec<_> = shown
            .map(|resident| Subject::Resident(resident.id))
            .collect();
        let (deed, field) = (Deed::ContactExported, "phone");
        audit::record_many(&mut tx, cx, deed, &shown, Some(estate), field).await?;
    }
    tx.commit().await?;
    Ok(Page {
        items: kept,
        next: page.next,
    })
}

/// The cars of an estate, in the order of their homes.
///
/// # Errors
/// `forbidden`.
pub(crate) async fn cars(cx: &Cx, estate: EstateId) -> Result<Vec<vehicles::Taken>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let cars = vehicles::taken_along(&mut tx, cx.tenant.id, estate).await?;
    tx.commit().await?;
    Ok(cars)
}
