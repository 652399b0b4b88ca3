//! Printing codes. The code itself is told once, on paper: only its keyed hash is kept.

use std::collections::BTreeSet;

use domain::{
    BuildingId, CodeId, EstateId, HouseholdId, UnitId,
    audit::{Deed, Subject},
    estates::{CodeHome, HomeCode, Slip},
    identity::Action,
    problem::Flaw,
};
use jiff::Timestamp;

use super::{super::invitations::LIFE, store};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The most slips that are printed at once.
const MOST_SLIPS: usize = 500;

/// The homes of a building that a code can be printed for: those with an owner on record.
///
/// # Errors
/// `forbidden`; `not_found` for a building that is not to be seen.
pub async fn code_homes(cx: &Cx, building: BuildingId) -> Result<Vec<CodeHome>> {
    let scope = cx.authorize(Action::InviteOwner)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let there = super::super::store::building(tx.conn(), cx.tenant.id, building).await?;
    super::super::seen(there.is_some())?;
    let homes = store::code_homes(&mut tx, cx.tenant.id, building, cx.now()).await?;
    tx.commit().await?;
    Ok(homes)
}

/// Makes a code for each of some homes, and until when they open. Earlier codes of theirs stop.
///
/// # Errors
/// `forbidden`, `suspended`; `not_found` where one of the units is not to be seen; `invalid` on
/// `unit` for none or too many, and for one without an owner on record.
pub async fn print_codes(cx: &Cx, units: &[UnitId]) -> Result<(Timestamp, Vec<Slip>)> {
    cx.authorize(Action::InviteOwner)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let flaw = match units.len() {
        0 => Some(Flaw::Required),
        many if many > MOST_SLIPS => Some(Flaw::TooLong),
        _ => None,
    };
    if let Some(flaw) = flaw {
        return Err(Error::invalid("unit", flaw));
    }
    let mut units = units.to_vec();
    units.sort_unstable();
    units.dedup();
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Two who print for one home come one after the other, and so does a sale.
    store::lock_estates(&mut tx, cx.tenant.id, &units).await?;
    let homes = store::to_print(&mut tx, cx.tenant.id, &units).await?;
    if homes.len() < units.len() {
        return Err(Error::not_found());
    }
    let (mut slips, mut codes) = (Vec::new(), Vec::new());
    for home in homes {
        cx.authorize_at(Action::InviteOwner, &home.place())?;
        let household = home
            .household
            .ok_or_else(|| Error::invalid("unit", Flaw::Unknown))?;
        let code = HomeCode::of(cx.site.random());
        codes.push(store::Code {
            id: cx.new_id::<CodeId>(),
            estate: home.estate,
            unit: home.unit,
            household,
            hash: cx.site.keys.home_code(&code),
        });
        slips.push(Slip {
            estate: home.estate_name,
            address: home.address,
            code,
        });
    }
    let until = cx.now() + LIFE;
    store::replace_codes(&mut tx, cx, &codes, until).await?;
    // The rows themselves say for which homes; one entry an estate says that it was done.
    let estates: BTreeSet<EstateId> = codes.iter().map(|code| code.estate).collect();
    for estate in estates {
        let (at, fields) = (Subject::Estate(estate), ["unit"]);
        audit::record(&mut tx, cx, Deed::CodesPrinted, at, Some(estate), fields).await?;
    }
    tx.commit().await?;
    Ok((until, slips))
}

/// A step: the open codes of a home stop opening.
pub(in crate::estates) async fn end_codes(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
) -> Result<()> {
    store::end_codes(tx, cx, household).await
}
