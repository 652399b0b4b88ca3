//! The SQL of staff, grants, roles and staff invitations.

use domain::{
    BuildingId, EstateId, GrantId, JoinId, PersonId, RoleId, TenantId, UnitId,
    identity::{Action, Actions, GivenRole, Member, NewRole, Place, PlaceId, Role, RoleKey},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::link::InviteLink;
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What a grant is stored with.
pub(super) struct Stored {
    pub(super) role: RoleKey,
    /// Empty for everywhere.
    pub(super) places: Vec<PlaceId>,
    pub(super) until: Option<Timestamp>,
}

/// Places by kind, as the columns of a grant have them.
fn split(places: &[PlaceId]) -> (Vec<EstateId>, Vec<BuildingId>, Vec<UnitId>) {
    let mut by_kind = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        match place {
            PlaceId::Estate(id) => by_kind.0.push(*id),
            PlaceId::Building(id) => by_kind.1.push(*id),
            PlaceId::Unit(id) => by_kind.2.push(*id),
        }
    }
    by_kind
}

/// A role as its two columns have it.
fn columns(role: RoleKey) -> (&'static str, Option<Uuid>) {
    match role {
        RoleKey::BuiltIn(role) => (role.as_str(), None),
        RoleKey::Own(id) => ("custom", Some(id.0)),
    }
}

fn role_key(role: &str, custom: Option<RoleId>) -> Result<RoleKey> {
    match custom {
        Some(id) => Ok(RoleKey::Own(id)),
        None => Role::parse(role)
            .map(RoleKey::BuiltIn)
            .ok_or_else(|| Error::internal("unknown word in role_grant.role")),
    }
}

fn actions(words: &[String]) -> Actions {
    words
        .iter()
        .filter_map(|word| Action::parse(word))
        .collect()
}

/// Writes somebody down as staff; who comes back is the same member as before.
pub(super) async fn hire(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO staff AS s (tenant_id, person_id, name, joined_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, person_id) DO UPDATE
         SET name = CASE WHEN s.left_at IS NULL THEN s.name ELSE excluded.name END,
             joined_at = CASE WHEN s.left_at IS NULL THEN s.joined_at ELSE excluded.joined_at END,
             left_at = NULL",
        tenant.0,
        person.0,
        name,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn leave(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE staff SET left_at = $3 WHERE tenant_id = $1 AND person_id = $2",
        tenant.0,
        person.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether somebody works here. Locked to the end of the transaction: a role that is given while
/// its holder is let go must not be there when they come back.
pub(super) async fn works_here(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
) -> Result<bool> {
    let row = sqlx::query_scalar!(
        "SELECT person_id FROM staff WHERE tenant_id = $1 AND person_id = $2 AND left_at IS NULL FOR UPDATE",
        tenant.0,
        person.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.is_some())
}

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
}

impl GivenRow {
    fn given(self, zone: &TimeZone) -> Result<GivenRole> {
        // It ends at the midnight after its last day.
        let last = |end: Timestamp| (end - SignedDuration::from_secs(1)).to_zoned(zone.clone());
        Ok(GivenRole {
            id: GrantId(self.id),
            role: role_key(&self.role, self.custom_role.map(RoleId))?,
            role_name: self.role_name,
            everywhere: self.everywhere,
            places: self.places.unwrap_or_default(),
            until: self.until.map(|end| last(end).date()),
            by: self.by,
        })
    }
}

/// Staff by id, with the grants that lie in the transaction's places. Whose every grant lies
/// elsewhere is left out; whoever has none at all is the whole company's.
pub(super) async fn members(
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
                          'until', g.until_at, 'by', b.name) AS given,
                      g.granted_at, g.id
               FROM role_grant g
               LEFT JOIN custom_role c ON c.tenant_id = $1 AND c.id = g.custom_role_id
               LEFT JOIN staff b ON b.tenant_id = $1 AND b.person_id = g.granted_by
               CROSS JOIN LATERAL (
                   SELECT jsonb_agg(x.name ORDER BY x.name) AS names
                   FROM (SELECT e.name FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY (g.estates)
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

/// Where places lie. One that is not to be seen is left out.
pub(super) async fn places(
    tx: &mut TenantTx,
    tenant: TenantId,
    wanted: &[PlaceId],
) -> Result<Vec<(Uuid, Place)>> {
    // By kind: an estate's id that calls itself a building's would be stored as one, and open the
    // estate without ever being named.
    let (estates, buildings, units) = split(wanted);
    let rows = sqlx::query!(
        r#"SELECT e.id AS "id!", e.id AS "estate!: EstateId", NULL::uuid AS "building: BuildingId", NULL::uuid AS "unit: UnitId"
           FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY ($2)
           UNION ALL
           SELECT b.id, b.estate_id, b.id, NULL FROM building b WHERE b.tenant_id = $1 AND b.id = ANY ($3)
           UNION ALL
           SELECT u.id, u.estate_id, u.building_id, u.id FROM unit u WHERE u.tenant_id = $1 AND u.id = ANY ($4)"#,
        tenant.0,
        estates as _,
        buildings as _,
        units as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                estate: row.estate,
                building: row.building,
                unit: row.unit,
            };
            (row.id, place)
        })
        .collect())
}

pub(super) async fn insert_grant(
    tx: &mut TenantTx,
    cx: &Cx,
    id: GrantId,
    person: PersonId,
    grant: &Stored,
    by: Option<PersonId>,
) -> Result<()> {
    let (role, custom) = columns(grant.role);
    let (estates, buildings, units) = split(&grant.places);
    sqlx::query!(
        "INSERT INTO role_grant (tenant_id, id, person_id, role, custom_role_id, everywhere, estates, buildings, units,
                                 until_at, granted_by, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        cx.tenant.id.0,
        id.0,
        person.0,
        role,
        custom,
        grant.places.is_empty(),
        estates as _,
        buildings as _,
        units as _,
        grant.until.map(ToSqlx::to_sqlx) as _,
        by.map(|id| id.0),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The grant that a staff invitation brings.
pub(super) async fn grant_of_invitation(
    tx: &mut TenantTx,
    cx: &Cx,
    id: GrantId,
    person: PersonId,
    invitation: JoinId,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO role_grant (tenant_id, id, person_id, role, custom_role_id, everywhere, estates, buildings, units,
                                 until_at, granted_by, granted_at)
         SELECT tenant_id, $3, $4, role, custom_role_id, everywhere, estates, buildings, units, until_at, invited_by, $5
         FROM staff_invitation WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        invitation.0,
        id.0,
        person.0,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

struct GrantRow {
    id: GrantId,
    person: PersonId,
    role: String,
    custom_role: Option<RoleId>,
    estates: Vec<Uuid>,
    buildings: Vec<Uuid>,
    units: Vec<Uuid>,
}

impl GrantRow {
    fn stored(self) -> Result<(GrantId, PersonId, Stored)> {
        let estates = self
            .estates
            .into_iter()
            .map(|id| PlaceId::Estate(id.into()));
        let buildings = self
            .buildings
            .into_iter()
            .map(|id| PlaceId::Building(id.into()));
        let units = self.units.into_iter().map(|id| PlaceId::Unit(id.into()));
        let stored = Stored {
            role: role_key(&self.role, self.custom_role)?,
            places: estates.chain(buildings).chain(units).collect(),
            until: None,
        };
        Ok((self.id, self.person, stored))
    }
}

/// A running grant and its holder, locked.
pub(super) async fn grant(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: GrantId,
) -> Result<Option<(PersonId, Stored)>> {
    let row = sqlx::query_as!(
        GrantRow,
        r#"SELECT id AS "id: GrantId", person_id AS "person: PersonId", role, custom_role_id AS "custom_role: RoleId",
                  estates, buildings, units
           FROM role_grant WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR UPDATE"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    let found = row.map(GrantRow::stored).transpose()?;
    Ok(found.map(|(_, person, stored)| (person, stored)))
}

/// All running grants of somebody, locked.
pub(super) async fn grants_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
) -> Result<Vec<(GrantId, Stored)>> {
    let rows = sqlx::query_as!(
        GrantRow,
        r#"SELECT id AS "id: GrantId", person_id AS "person: PersonId", role, custom_role_id AS "custom_role: RoleId",
                  estates, buildings, units
           FROM role_grant WHERE tenant_id = $1 AND person_id = $2 AND ended_at IS NULL ORDER BY id FOR UPDATE"#,
        tenant.0,
        person.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| row.stored().map(|(id, _, stored)| (id, stored)))
        .collect()
}

/// Holds grants as they are to the end of the transaction; how many of them still run.
pub(super) async fn lock_running(
    tx: &mut TenantTx,
    tenant: TenantId,
    ids: &[GrantId],
    now: Timestamp,
) -> Result<usize> {
    let rows = sqlx::query_scalar!(
        r#"SELECT id FROM role_grant
           WHERE tenant_id = $1 AND id = ANY ($2) AND ended_at IS NULL AND (until_at IS NULL OR until_at > $3)
           ORDER BY id FOR SHARE"#,
        tenant.0,
        ids as _,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.len())
}

/// Locks the running grants of admins who work here; how many there are.
pub(super) async fn lock_admins(
    tx: &mut TenantTx,
    tenant: TenantId,
    now: Timestamp,
) -> Result<usize> {
    let rows = sqlx::query_scalar!(
        r#"SELECT g.id FROM role_grant g JOIN staff s ON s.tenant_id = g.tenant_id AND s.person_id = g.person_id
           WHERE g.tenant_id = $1 AND g.role = 'tenant_admin' AND g.ended_at IS NULL AND s.left_at IS NULL
             AND (g.until_at IS NULL OR g.until_at > $2)
           ORDER BY g.id FOR UPDATE OF g"#,
        tenant.0,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.len())
}

pub(super) async fn end_grants(
    tx: &mut TenantTx,
    tenant: TenantId,
    ids: &[GrantId],
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE role_grant SET ended_at = $3 WHERE tenant_id = $1 AND id = ANY ($2)",
        tenant.0,
        ids as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn revoke_invitations(
    tx: &mut TenantTx,
    tenant: TenantId,
    by: PersonId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE staff_invitation SET revoked_at = $3
         WHERE tenant_id = $1 AND invited_by = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        by.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_invitation(
    tx: &mut TenantTx,
    cx: &Cx,
    id: JoinId,
    name: &str,
    grant: &Stored,
    link: &InviteLink,
) -> Result<()> {
    let (role, custom) = columns(grant.role);
    let (estates, buildings, units) = split(&grant.places);
    sqlx::query!(
        "INSERT INTO staff_invitation (tenant_id, id, name, token_hash, role, custom_role_id, everywhere, estates,
                                       buildings, units, until_at, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        cx.tenant.id.0,
        id.0,
        name,
        link.digest(),
        role,
        custom,
        grant.places.is_empty(),
        estates as _,
        buildings as _,
        units as _,
        grant.until.map(ToSqlx::to_sqlx) as _,
        cx.actor.person().map(|id| id.0),
        cx.now().to_sqlx() as _,
        link.expires_at.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct InvitationRow {
    pub(super) tenant: TenantId,
    pub(super) id: JoinId,
    pub(super) name: String,
    pub(super) company: String,
    pub(super) slug: String,
    pub(super) time_zone: String,
    pub(super) tenant_state: String,
}

/// A staff invitation that still opens. Crosses tenants: the token is all that is known.
pub(super) async fn by_token(
    tx: &mut TenantTx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<InvitationRow>> {
    Ok(sqlx::query_as!(
        InvitationRow,
        r#"SELECT tenant_id AS "tenant!: TenantId", id AS "id!: JoinId", name AS "name!", company AS "company!",
                  slug AS "slug!", time_zone AS "time_zone!", tenant_state AS "tenant_state!"
           FROM linli.staff_invitation_of($1, $2)"#,
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where somebody else was faster.
pub(super) async fn use_up(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: JoinId,
    now: Timestamp,
) -> Result<bool> {
    let used = sqlx::query!(
        "UPDATE staff_invitation SET used_at = $3
         WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(used.rows_affected() == 1)
}

/// How many members hold each role.
pub(super) async fn holders(
    tx: &mut TenantTx,
    tenant: TenantId,
    now: Timestamp,
) -> Result<Vec<(RoleKey, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT role, custom_role_id AS "custom_role: RoleId", count(DISTINCT person_id) AS "holders!"
           FROM role_grant
           WHERE tenant_id = $1 AND ended_at IS NULL AND (until_at IS NULL OR until_at > $2)
           GROUP BY role, custom_role_id"#,
        tenant.0,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok((role_key(&row.role, row.custom_role)?, row.holders)))
        .collect()
}

pub(super) async fn own_roles(
    tx: &mut TenantTx,
    tenant: TenantId,
) -> Result<Vec<(RoleId, String, Actions)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: RoleId", name, actions FROM custom_role
           WHERE tenant_id = $1 AND ended_at IS NULL ORDER BY id"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.name, actions(&row.actions)))
        .collect())
}

/// What a role of the company's own allows, held as it is to the end of the transaction.
pub(super) async fn role_actions(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
) -> Result<Option<Actions>> {
    let row = sqlx::query_scalar!(
        "SELECT actions FROM custom_role WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR SHARE",
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|words| actions(&words)))
}

/// The same, for whoever is about to change it.
pub(super) async fn lock_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
) -> Result<Option<Actions>> {
    let row = sqlx::query_scalar!(
        "SELECT actions FROM custom_role WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR UPDATE",
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|words| actions(&words)))
}

fn words(role: &NewRole) -> Vec<String> {
    let word = |action: Action| action.as_str().to_owned();
    role.actions.iter().map(word).collect()
}

fn or_taken(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(db) if db.is_unique_violation() => Error::taken("name"),
        _ => error.into(),
    }
}

pub(super) async fn insert_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    role: &NewRole,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO custom_role (tenant_id, id, name, actions, created_at) VALUES ($1, $2, $3, $4, $5)",
        tenant.0,
        id.0,
        role.name,
        &words(role),
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await
    .map_err(or_taken)?;
    Ok(())
}

pub(super) async fn update_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    role: &NewRole,
) -> Result<()> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE custom_role SET name = $3, actions = $4 WHERE tenant_id = $1 AND id = $2 RETURNING tenant_id
         )
         SELECT linli.tell_changed('tenant', tenant_id) FROM changed",
        tenant.0,
        id.0,
        role.name,
        &words(role)
    )
    .execute(tx.conn())
    .await
    .map_err(or_taken)?;
    Ok(())
}

/// Revokes the links that holders of a role have sent out: they might give what the role no longer
/// allows.
pub(super) async fn revoke_invitations_of_holders(
    tx: &mut TenantTx,
    tenant: TenantId,
    role: RoleId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE staff_invitation i SET revoked_at = $3
         WHERE i.tenant_id = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL
           AND EXISTS (SELECT FROM role_grant g
                       WHERE g.tenant_id = $1 AND g.person_id = i.invited_by AND g.custom_role_id = $2
                         AND g.ended_at IS NULL)",
        tenant.0,
        role.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends a role, its running grants and the links that would bring it.
pub(super) async fn end_role(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: RoleId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH granted AS (
             UPDATE role_grant SET ended_at = $3 WHERE tenant_id = $1 AND custom_role_id = $2 AND ended_at IS NULL
         ), invited AS (
             UPDATE staff_invitation SET revoked_at = $3
             WHERE tenant_id = $1 AND custom_role_id = $2 AND used_at IS NULL AND revoked_at IS NULL
         )
         UPDATE custom_role SET ended_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        id.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
