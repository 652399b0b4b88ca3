//! The SQL of staff and their grants.

use domain::{
    BuildingId, EstateId, GrantId, PersonId, PhaseId, RegionId, RoleId, TenantId, UnitId,
    identity::{PlaceId, Role, RoleKey, Whereabouts},
};
use jiff::Timestamp;
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx};
use uuid::Uuid;

use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

pub(super) mod holders;
pub(super) mod invitations;
pub(super) mod members;
pub(super) mod roles;

/// What a grant is stored with.
pub(in crate::identity) struct Stored {
    pub(in crate::identity) role: RoleKey,
    /// Empty for everywhere.
    pub(in crate::identity) places: Vec<PlaceId>,
    pub(in crate::identity) until: Option<Timestamp>,
    /// The colleague's grant that it stands in for.
    pub(in crate::identity) stands_in_for: Option<GrantId>,
}

/// Places by kind, as the columns of a grant have them.
#[derive(Default)]
pub(in crate::identity) struct ByKind {
    pub(in crate::identity) regions: Vec<RegionId>,
    pub(in crate::identity) estates: Vec<EstateId>,
    pub(in crate::identity) phases: Vec<PhaseId>,
    pub(in crate::identity) buildings: Vec<BuildingId>,
    pub(in crate::identity) units: Vec<UnitId>,
}

pub(in crate::identity) fn split(places: &[PlaceId]) -> ByKind {
    let mut by_kind = ByKind::default();
    for place in places {
        match place {
            PlaceId::Region(id) => by_kind.regions.push(*id),
            PlaceId::Estate(id) => by_kind.estates.push(*id),
            PlaceId::Phase(id) => by_kind.phases.push(*id),
            PlaceId::Building(id) => by_kind.buildings.push(*id),
            PlaceId::Unit(id) => by_kind.units.push(*id),
        }
    }
    by_kind
}

/// A role as its two columns have it.
pub(in crate::identity) fn columns(role: RoleKey) -> (&'static str, Option<Uuid>) {
    match role {
        RoleKey::BuiltIn(role) => (role.as_str(), None),
        RoleKey::Own(id) => ("custom", Some(id.0)),
    }
}

pub(in crate::identity) fn role_key(role: &str, custom: Option<RoleId>) -> Result<RoleKey> {
    match custom {
        Some(id) => Ok(RoleKey::Own(id)),
        None => Role::parse(role)
            .map(RoleKey::BuiltIn)
            .ok_or_else(|| Error::internal("unknown word in role_grant.role")),
    }
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

/// Ends the sessions that somebody has as staff of the transaction's tenant.
pub(super) async fn end_sessions(
    tx: &mut TenantTx,
    person: PersonId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "SELECT linli.end_sessions_here($1, $2)",
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

/// Where places lie. One that is not to be seen is left out.
pub(super) async fn places(
    tx: &mut TenantTx,
    tenant: TenantId,
    wanted: &[PlaceId],
) -> Result<Vec<Whereabouts>> {
    // By kind: an estate's id that calls itself a building's would be stored as one, and open the
    // estate without ever being named.
    let of = split(wanted);
    let rows = sqlx::query_scalar!(
        r#"SELECT ARRAY[r.id] AS "ids!" FROM region r WHERE r.tenant_id = $1 AND r.id = ANY ($2)
           UNION ALL
           SELECT array_remove(ARRAY[e.id, e.region_id], NULL) FROM estate e WHERE e.tenant_id = $1 AND e.id = ANY ($3)
           UNION ALL
           SELECT array_remove(ARRAY[p.id, p.estate_id, e.region_id], NULL)
           FROM phase p JOIN estate e ON e.tenant_id = $1 AND e.id = p.estate_id
           WHERE p.tenant_id = $1 AND p.id = ANY ($4)
           UNION ALL
           SELECT array_remove(ARRAY[b.id, b.phase_id, b.estate_id, e.region_id], NULL)
           FROM building b JOIN estate e ON e.tenant_id = $1 AND e.id = b.estate_id
           WHERE b.tenant_id = $1 AND b.id = ANY ($5)
           UNION ALL
           SELECT array_remove(ARRAY[u.id, u.building_id, b.phase_id, u.estate_id, e.region_id], NULL)
           FROM unit u
           JOIN building b ON b.tenant_id = $1 AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = $1 AND e.id = u.estate_id
           WHERE u.tenant_id = $1 AND u.id = ANY ($6)"#,
        tenant.0,
        of.regions as _,
        of.estates as _,
        of.phases as _,
        of.buildings as _,
        of.units as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Whereabouts).collect())
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
    let of = split(&grant.places);
    sqlx::query!(
        "INSERT INTO role_grant (tenant_id, id, person_id, role, custom_role_id, everywhere, regions, estates, phases,
                                 buildings, units, until_at, granted_by, granted_at, stands_in_for)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        cx.tenant.id.0,
        id.0,
        person.0,
        role,
        custom,
        grant.places.is_empty(),
        of.regions as _,
        of.estates as _,
        of.phases as _,
        of.buildings as _,
        of.units as _,
        grant.until.map(ToSqlx::to_sqlx) as _,
        by.map(|id| id.0),
        cx.now().to_sqlx() as _,
        grant.stands_in_for.map(|id| id.0)
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
    regions: Vec<RegionId>,
    estates: Vec<EstateId>,
    phases: Vec<PhaseId>,
    buildings: Vec<BuildingId>,
    units: Vec<UnitId>,
    until: Option<SqlTimestamp>,
}

impl GrantRow {
    fn stored(self) -> Result<(GrantId, PersonId, Stored)> {
        let regions = self.regions.into_iter().map(PlaceId::Region);
        let estates = self.estates.into_iter().map(PlaceId::Estate);
        let phases = self.phases.into_iter().map(PlaceId::Phase);
        let buildings = self.buildings.into_iter().map(PlaceId::Building);
        let units = self.units.into_iter().map(PlaceId::Unit);
        let whole = regions.chain(estates).chain(phases);
        let stored = Stored {
            role: role_key(&self.role, self.custom_role)?,
            places: whole.chain(buildings).chain(units).collect(),
            until: self.until.map(SqlTimestamp::to_jiff),
            stands_in_for: None,
        };
        Ok((self.id, self.person, stored))
    }
}

/// A grant that has not ended and its holder, locked.
pub(super) async fn grant(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: GrantId,
) -> Result<Option<(PersonId, Stored)>> {
    let row = sqlx::query_as!(
        GrantRow,
        r#"SELECT id AS "id: GrantId", person_id AS "person: PersonId", role, custom_role_id AS "custom_role: RoleId",
                  regions AS "regions: Vec<RegionId>", estates AS "estates: Vec<EstateId>", phases AS "phases: Vec<PhaseId>",
                  buildings AS "buildings: Vec<BuildingId>", units AS "units: Vec<UnitId>", until_at AS "until: SqlTimestamp"
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
                  regions AS "regions: Vec<RegionId>", estates AS "estates: Vec<EstateId>", phases AS "phases: Vec<PhaseId>",
                  buildings AS "buildings: Vec<BuildingId>", units AS "units: Vec<UnitId>", until_at AS "until: SqlTimestamp"
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

/// Locks the grants of admins who work here for good; how many there are. One with a last day does
/// not count: the day would come and leave nobody.
pub(super) async fn lock_admins(tx: &mut TenantTx, tenant: TenantId) -> Result<usize> {
    let rows = sqlx::query_scalar!(
        r#"SELECT g.id FROM role_grant g JOIN staff s ON s.tenant_id = g.tenant_id AND s.person_id = g.person_id
           WHERE g.tenant_id = $1 AND g.role = 'tenant_admin' AND g.ended_at IS NULL AND s.left_at IS NULL
             AND g.until_at IS NULL
           ORDER BY g.id FOR UPDATE OF g"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.len())
}

/// Ends grants, and those that stand in for them.
pub(super) async fn end_grants(
    tx: &mut TenantTx,
    tenant: TenantId,
    ids: &[GrantId],
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE role_grant SET ended_at = $3
         WHERE tenant_id = $1 AND (id = ANY ($2) OR stands_in_for = ANY ($2)) AND ended_at IS NULL",
        tenant.0,
        ids as _,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
