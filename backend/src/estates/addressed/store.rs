//! The SQL of homes by their addresses.

use domain::{TenantId, UnitId};

use super::key;
use crate::kernel::{error::Result, tx::TenantTx};

pub(super) struct Door {
    id: UnitId,
    estate: String,
    building: String,
    entrance: Option<String>,
    code: String,
}

impl Door {
    /// The keys of its names, from outside in.
    pub(super) fn keyed(self) -> (UnitId, [String; 4]) {
        let entrance = self.entrance.as_deref().map(key).unwrap_or_default();
        let keys = [
            key(&self.estate),
            key(&self.building),
            entrance,
            key(&self.code),
        ];
        (self.id, keys)
    }
}

/// Every door with one of these codes (in capitals), in whatever estate and building. A code stands
/// in a list of them, or with the word for a room behind it.
pub(super) async fn doors(
    tx: &mut TenantTx,
    tenant: TenantId,
    codes: &[String],
) -> Result<Vec<Door>> {
    let rows = sqlx::query_as!(
        Door,
        r#"SELECT u.id AS "id: UnitId", e.name AS estate, b.name AS building, n.name AS "entrance?", u.code
           FROM unit u
           JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = $1 AND e.id = u.estate_id
           LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND upper(rtrim(u.code, '室号')) = ANY ($2)"#,
        tenant.0,
        codes
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
