//! The registry of an estate, page by page, for whoever takes all of a company along.

use domain::{
    DeviceId, EstateId, PointId, UnitId,
    identity::Action,
    page::{Page, PageAsk},
};

use super::store::takeout as store;
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// A device as it was registered. What it knows to connect by is not among it.
pub(crate) struct Kept {
    pub(crate) id: DeviceId,
    pub(crate) unit: Option<UnitId>,
    pub(crate) gateway: Option<DeviceId>,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) place: Option<String>,
    /// `mqtt`, `http` or `modbus`.
    pub(crate) transport: String,
    /// The company's own that it follows.
    pub(crate) model: Option<String>,
    pub(crate) retired: bool,
}

/// A point of one.
pub(crate) struct KeptPoint {
    pub(crate) id: PointId,
    pub(crate) device: DeviceId,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) value_type: String,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// The devices of an estate, in use or not, with the points of those on the page.
///
/// # Errors
/// `forbidden`; `invalid` for a bad cursor.
pub(crate) async fn kept(
    cx: &Cx,
    estate: EstateId,
    ask: &PageAsk,
) -> Result<(Page<Kept>, Vec<KeptPoint>)> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::devices(&mut tx, cx.tenant.id, estate, after, ask.rows()).await?;
    let page = Page::cut(rows, ask.limit(), |row| row.id.to_string());
    let ids: Vec<DeviceId> = page.items.iter().map(|device| device.id).collect();
    let points = store::points(&mut tx, cx.tenant.id, &ids).await?;
    tx.commit().await?;
    Ok((page, points))
}
