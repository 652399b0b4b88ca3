//! The SQL of who may do something.

use domain::identity::{Action, Place, PlaceId};
use jiff_sqlx::ToSqlx;

use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

pub(in super::super) async fn another(
    tx: &mut TenantTx,
    cx: &Cx,
    action: Action,
    roles: &[&str],
    place: &Place,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM role_grant g
               JOIN staff s ON s.tenant_id = g.tenant_id AND s.person_id = g.person_id AND s.left_at IS NULL
               LEFT JOIN custom_role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
               WHERE g.tenant_id = $1 AND g.person_id IS DISTINCT FROM $2
                 AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $3)
                 AND (g.role = ANY ($4) OR $5 = ANY (c.actions))
                 AND (g.everywhere OR $6 = ANY (g.estates) OR $7 = ANY (g.buildings) OR $8 = ANY (g.units)
                      OR EXISTS (SELECT FROM estate e
                                 WHERE e.tenant_id = $1 AND e.id = $6 AND e.region_id = ANY (g.regions))
                      OR EXISTS (SELECT FROM building b
                                 WHERE b.tenant_id = $1 AND b.id = $7 AND b.phase_id = ANY (g.phases)))
           ) AS "there!""#,
        cx.tenant.id.0,
        cx.actor.person().map(|person| person.0),
        cx.now().to_sqlx() as _,
        roles as _,
        action.as_str(),
        place.estate.0,
        place.building.map(|id| id.0),
        place.unit.map(|id| id.0)
    )
    .fetch_one(tx.conn())
    .await?)
}

pub(in super::super) async fn anybody(tx: &mut TenantTx, cx: &Cx, place: PlaceId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM role_grant g
               WHERE g.tenant_id = $1 AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $2)
                 AND $3 = ANY (g.regions || g.estates || g.phases || g.buildings || g.units)
           ) OR EXISTS (
               SELECT FROM staff_invitation i
               WHERE i.tenant_id = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
                 AND $3 = ANY (i.regions || i.estates || i.phases || i.buildings || i.units)
           ) AS "there!""#,
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        place.uuid()
    )
    .fetch_one(tx.conn())
    .await?)
}
