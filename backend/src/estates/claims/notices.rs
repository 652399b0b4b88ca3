//! What an owner is told on their first page until they have seen it.

use domain::{
    HouseholdId, NoticeId,
    audit::{Deed, Subject},
    estates::{HomeNotice, NoticeKind},
    identity::Action,
};

use super::store;
use crate::{
    audit,
    kernel::{
        cx::{Actor, Cx},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// What the asker has not seen yet of one of their homes. `None` for a home that is not theirs.
///
/// # Errors
/// `forbidden` for staff, who have no home here.
pub async fn home_notices(cx: &Cx, household: HouseholdId) -> Result<Option<Vec<HomeNotice>>> {
    let scope = cx.authorize(Action::ViewHome)?;
    let Actor::Resident {
        person, households, ..
    } = &cx.actor
    else {
        return Err(Error::forbidden());
    };
    if !households.contains(&household) {
        return Ok(None);
    }
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let notices = store::unseen(&mut tx, cx.tenant.id, household, *person).await?;
    tx.commit().await?;
    Ok(Some(notices))
}

/// Puts a notice away.
///
/// # Errors
/// `forbidden` for staff, `suspended`; `not_found` for what was told to somebody else.
pub async fn see_notice(cx: &Cx, notice: NoticeId) -> Result<()> {
    let scope = cx.authorize(Action::ViewHome)?;
    cx.tenant.may_change()?;
    let Actor::Resident { person, .. } = &cx.actor else {
        return Err(Error::forbidden());
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let told = store::see(&mut tx, cx.tenant.id, notice, *person, cx.now()).await?;
    let (resident, estate) = told.ok_or_else(Error::not_found)?;
    let told = Subject::Resident(resident);
    audit::record(&mut tx, cx, Deed::NoticeSeen, told, Some(estate), []).await?;
    tx.commit().await
}

/// A step: tells the owners of a home who have come in.
pub(in crate::estates) async fn tell_owners(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
    kind: NoticeKind,
) -> Result<()> {
    for owner in store::owners_in(tx, cx.tenant.id, household).await? {
        store::tell(tx, cx, household, owner, kind).await?;
    }
    Ok(())
}
