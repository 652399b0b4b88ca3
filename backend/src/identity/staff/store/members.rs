//! Who works here, as lists show them.

use domain::{
    GrantId, PersonId, RoleId,
    identity::{GivenRole, Member},
};
use jiff::{Timestamp, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::role_key;
use crate::kernel::{clock, cx::Cx, error::Result, tx::TenantTx};

/// A running grant as a list shows it, out of `members`.
#[derive(Debug, Deserialize)]
struct GivenRow {
    id: Uuid,
    role: String,
    custom_role: Option<Uuid>,
    role_name: Option<String>,
    everywhere: bool,
    places: Option<Vec<String>>,
    until: Option<Timestamp>,
    by: Option<String>,
    stands_in_for: Option<String>,
}

impl GivenRow {
    fn given(self, zone: &TimeZone) -> Result<GivenRole> {
        Ok(GivenRole {
            id: GrantId(self.id),
            role: role_key(&self.role, self.custom_role.map(RoleId))?,
            role_name: self.role_name,
            everywhere: self.everywhere,
            places: self.places.unwrap_or_default(),
            until: self.until.map(|end| clock::last_day(end, zone)),
            by: self.by,
            stands_in_for: self.stands_in_for,
        })
    }
}

/// Staff by id, with the grants that lie in the transaction's places. Whose every grant lies
/// elsewhere is left out; whoever has none at all is the whole company's.
pub(in super::super) async fn members(
    tx: &mut TenantTx,
    cx: &Cx,
    only: Option<PersonId>,
    after: Option<PersonId>,
    most: i64,
) -> Result<Vec<Member>> {
    let rows = sqlx::query!(
        r#"WITH running AS (
               SELECT g.person_id,
                      -- Who sees the whole company sees every grant, whatever it says.
                      g.everywhere OR p.names IS NOT NULL OR current_setting('app.places') = '*' AS seen,
                      jsonb_build_object('id', g.id, 'role', g.role, 'custom_role', g.custom_role_id,
                          'role_name', c.name, 'everywhere', g.everywhere, 'places', p.names,
                          'until', g.until_at, 'by', b.name, 'stands_in_for', a.name) AS given,
                      g.granted_at, g.id
               FROM role_grant g
               LEFT JOIN custom_role c ON c.tenant_id = $1 AND c.id = g.custom_role_id
               LEFT JOIN staff b ON b.tenant_id = $1 AND b.person_id = g.granted_by
               LEFT JOIN role_grant o ON o.tenant_id = $1 AND o.id = g.stands_in_for
               LEFT JOIN staff a ON a.tenant_id = $1 AND a.person_id = o.person_id
               CROSS JOIN LATERAL (
                   SELECT jsonb_agg(x.name ORDER BY x.name) AS names
                   FROM (SELECT r.name FROM region r WHERE r.tenant_id = $1 AND r.id = ANY (g.regions)
                         UNION ALL
                         SELECT e.name FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY (g.estates)
                         UNION ALL
                         SELECT concat_ws(' ', e.name, p.name)
                         FROM phase p JOIN estate e ON e.tenant_id = $1 AND e.id = p.estate_id
                         WHERE p.tenant_id = $1 AND p.id = ANY (g.phases)
                         UNION ALL
                         SELECT concat_ws(' ', e.name, d.name)
                         FROM building d JOIN estate e ON e.tenant_id = $1 AND e.id = d.estate_id
                         WHERE d.tenant_id = $1 AND d.id = ANY (g.buildings)
                         UNION ALL
                         SELECT concat_ws(' ', e.name, d.name, n.name, u.code)
                         FROM unit u
                         JOIN estate e ON e.tenant_id = $1 AND e.id = u.estate_id
                         JOIN building d ON d.tenant_id = $1 AND d.id = u.building_id
                         LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
                         WHERE u.tenant_id = $1 AND u.id = ANY (g.units)) x) p
               WHERE g.tenant_id = $1 AND ($2::uuid IS NULL OR g.person_id = $2)
                 AND g.ended_at IS NULL AND (g.until_at IS NULL OR g.until_at > $3)
           ), held AS (
               SELECT r.person_id, bool_or(r.seen) AS seen,
                      jsonb_agg(r.given ORDER BY r.granted_at, r.id) FILTER (WHERE r.seen) AS given
               FROM running r GROUP BY r.person_id
           )
           SELECT s.person_id AS "person: PersonId", s.name, s.joined_at AS "joined_at: jiff_sqlx::Timestamp",
                  coalesce(h.given, '[]') AS "given!: Json<Vec<GivenRow>>"
           FROM staff s LEFT JOIN held h ON h.person_id = s.person_id
           WHERE s.tenant_id = $1 AND s.left_at IS NULL AND ($2::uuid IS NULL OR s.person_id = $2)
             AND ($4::uuid IS NULL OR s.person_id > $4) AND (h.person_id IS NULL OR h.seen)
           ORDER BY s.person_id LIMIT $5"#,
        cx.tenant.id.0,
        only.map(|id| id.0),
        cx.now().to_sqlx() as _,
        after.map(|id| id.0),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    let zone = &cx.tenant.zone;
    rows.into_iter()
        .map(|row| {
            let roles: Result<Vec<GivenRole>> = row
                .given
                .0
                .into_iter()
                .map(|given| given.given(zone))
                .collect();
            Ok(Member {
                person: row.person,
                name: row.name,
                since: row.joined_at.to_jiff().to_zoned(zone.clone()).date(),
                roles: roles?,
            })
        })
        .collect()
}
