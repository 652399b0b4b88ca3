//! Imports as they are kept.

use domain::{
    EstateId, ImportId,
    estates::{ImportStanding, RosterImport},
    identity::Action,
    page::{Page, PageAsk},
};

use super::{
    super::store::{self, imports},
    running::heard,
};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// An import by its id.
///
/// # Errors
/// `forbidden`.
pub async fn roster_import(cx: &Cx, import: ImportId) -> Result<Option<RosterImport>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = imports::import(tx.conn(), cx.tenant.id, import, heard(cx.now())).await?;
    tx.commit().await?;
    Ok(found)
}

/// Where an import stands, for whoever asks again and again until it is through.
///
/// # Errors
/// `forbidden`.
pub async fn import_standing(cx: &Cx, import: ImportId) -> Result<Option<ImportStanding>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = imports::standing(tx.conn(), cx.tenant.id, import, heard(cx.now())).await?;
    tx.commit().await?;
    Ok(found)
}

/// The imports of an estate, newest first.
///
/// # Errors
/// `forbidden`; `not_found` for an estate that is not to be seen; `invalid` for a bad cursor.
pub async fn list_imports(cx: &Cx, estate: EstateId, ask: &PageAsk) -> Result<Page<RosterImport>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let page = (ask.after::<ImportId>()?, ask.rows());
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let heard = heard(cx.now());
    let rows = imports::imports(tx.conn(), cx.tenant.id, estate, page, heard).await?;
    if rows.is_empty() && !store::estate_exists(tx.conn(), cx.tenant.id, estate).await? {
        return Err(Error::not_found());
    }
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}
