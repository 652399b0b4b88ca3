//! The SQL of a resident's numbers.

use domain::{BuildingId, EstateId, ResidentId, TenantId, UnitId, identity::Place};

use crate::kernel::{error::Result, tx::TenantTx};

pub(super) struct Sealed {
    pub(super) estate: EstateId,
    building: BuildingId,
    unit: UnitId,
    pub(super) phone: Option<Vec<u8>>,
    pub(super) id_number: Option<Vec<u8>>,
}

impl Sealed {
    pub(super) const fn place(&self) -> Place {
        Place {
            estate: self.estate,
            building: Some(self.building),
            unit: Some(self.unit),
        }
    }
}

/// Of a running household's resident: whoever has moved away is rung up no more.
pub(super) async fn sealed(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
) -> Result<Option<Sealed>> {
    Ok(sqlx::query_as!(
        Sealed,
        r#"SELECT u.estate_id AS "estate: EstateId", u.building_id AS "building: BuildingId", u.id AS "unit: UnitId",
                  r.phone_cipher AS phone, r.id_number_cipher AS id_number
           FROM resident r
           JOIN household h ON h.tenant_id = r.tenant_id AND h.id = r.household_id AND h.ended_on IS NULL
           JOIN unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
           WHERE r.tenant_id = $1 AND r.id = $2 AND r.ended_at IS NULL"#,
        tenant.0,
        resident.0
    )
    .fetch_optional(tx.conn())
    .await?)
}
