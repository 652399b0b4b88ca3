//! The SQL of roster imports: a fixed number of statements, whatever the number of rows.

use std::collections::HashMap;

use domain::{
    BuildingId, EntranceId, EstateId, HouseholdId, ResidentId, TenantId, UnitId,
    estates::{Area, ColumnChoice, Occupancy, RosterColumn, UnitUse},
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    super::{
        order,
        roster::plan::{Facts, FreshOwner, Known, KnownOwner, KnownUnit, Plan},
        search::spellings,
    },
    broken,
    people::SealedPhone,
};
use crate::kernel::error::Result;

/// For the rest of the transaction, joins that stay linear. Right after a large import nothing
/// has counted the rows yet, and the planner would loop over what it takes for a handful:
/// importing 20,000 rows again took 84 seconds instead of 2.
pub(in crate::estates) async fn expect_many(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT set_config('enable_nestloop', 'off', true)")
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// What stands on an estate, in four statements.
pub(in crate::estates) async fn known(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
) -> Result<Known> {
    let buildings = sqlx::query!(
        r#"SELECT id AS "id: BuildingId", name FROM building WHERE tenant_id = $1 AND estate_id = $2"#,
        tenant.0,
        estate.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let entrances = sqlx::query!(
        r#"SELECT n.id AS "id: EntranceId", n.building_id AS "building: BuildingId", n.name
           FROM entrance n JOIN building b ON b.tenant_id = n.tenant_id AND b.id = n.building_id
           WHERE n.tenant_id = $1 AND b.estate_id = $2"#,
        tenant.0,
        estate.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let units = sqlx::query!(
        r#"SELECT u.id AS "id: UnitId", u.building_id AS "building: BuildingId", u.entrance_id AS "entrance: EntranceId",
                  u.code, u.floor_label, u.gross_area, u.inner_area, u.use AS use_, u.occupancy,
                  h.id AS "household?: HouseholdId"
           FROM unit u
           LEFT JOIN household h ON h.tenant_id = u.tenant_id AND h.unit_id = u.id AND h.ended_on IS NULL
           WHERE u.tenant_id = $1 AND u.estate_id = $2 AND u.archived_at IS NULL"#,
        tenant.0,
        estate.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let owners = sqlx::query!(
        r#"SELECT r.id AS "id: ResidentId", r.household_id AS "household: HouseholdId", r.name, r.phone_index
           FROM household h
           JOIN resident r ON r.tenant_id = h.tenant_id AND r.household_id = h.id
           WHERE h.tenant_id = $1 AND h.estate_id = $2 AND h.ended_on IS NULL
             AND r.ended_at IS NULL AND r.relation = 'owner'
           ORDER BY r.id"#,
        tenant.0,
        estate.0
    )
    .fetch_all(conn)
    .await?;

    let mut known = Known::default();
    known
        .buildings
        .extend(buildings.into_iter().map(|row| (row.name, row.id)));
    known.entrances.extend(
        entrances
            .into_iter()
            .map(|row| ((row.building, row.name), row.id)),
    );
    known.units.reserve(units.len());
    for row in units {
        let occupancy = row
            .occupancy
            .map(|word| Occupancy::parse(&word).ok_or_else(|| broken("occupancy")));
        let facts = Facts {
            floor: row.floor_label,
            area: row.gross_area.map(Area),
            inner_area: row.inner_area.map(Area),
            use_: UnitUse::parse(&row.use_).ok_or_else(|| broken("use"))?,
            occupancy: occupancy.transpose()?,
        };
        known.units.insert(
            (row.building, row.entrance, row.code),
            KnownUnit {
                id: row.id,
                facts,
                household: row.household,
            },
        );
    }
    let mut by_household: HashMap<HouseholdId, Vec<KnownOwner>> = HashMap::new();
    for row in owners {
        let owner = KnownOwner {
            id: row.id,
            name: row.name,
            phone_index: row.phone_index,
        };
        by_household.entry(row.household).or_default().push(owner);
    }
    known.owners = by_household;
    Ok(known)
}

/// The new buildings, entrances and units, in up to three statements.
pub(in crate::estates) async fn insert_places(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    plan: &Plan,
    now: Timestamp,
) -> Result<()> {
    if !plan.buildings.is_empty() {
        let ids: Vec<Uuid> = plan.buildings.iter().map(|(id, _)| id.0).collect();
        let names: Vec<String> = plan
            .buildings
            .iter()
            .map(|(_, name)| name.clone())
            .collect();
        let keys: Vec<String> = names.iter().map(|name| order::name_key(name)).collect();
        sqlx::query!(
            "INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
             SELECT $1, x.id, $2, x.name, x.sort_key, $3
             FROM UNNEST($4::uuid[], $5::text[], $6::text[]) AS x (id, name, sort_key)",
            tenant.0,
            estate.0,
            now.to_sqlx(),
            &ids,
            &names,
            &keys
        )
        .execute(&mut *conn)
        .await?;
    }
    if !plan.entrances.is_empty() {
        let ids: Vec<Uuid> = plan.entrances.iter().map(|(id, ..)| id.0).collect();
        let buildings: Vec<Uuid> = plan
            .entrances
            .iter()
            .map(|(_, building, _)| building.0)
            .collect();
        let names: Vec<String> = plan
            .entrances
            .iter()
            .map(|(.., name)| name.clone())
            .collect();
        sqlx::query!(
            "INSERT INTO entrance (tenant_id, id, estate_id, building_id, name)
             SELECT $1, x.id, $5, x.building_id, x.name
             FROM UNNEST($2::uuid[], $3::uuid[], $4::text[]) AS x (id, building_id, name)",
            tenant.0,
            &ids,
            &buildings,
            &names,
            estate.0
        )
        .execute(&mut *conn)
        .await?;
    }
    if !plan.units.is_empty() {
        let ids: Vec<Uuid> = plan.units.iter().map(|unit| unit.id.0).collect();
        let buildings: Vec<Uuid> = plan.units.iter().map(|unit| unit.building.0).collect();
        let entrances: Vec<Option<Uuid>> = plan
            .units
            .iter()
            .map(|unit| unit.entrance.map(|id| id.0))
            .collect();
        let codes: Vec<String> = plan.units.iter().map(|unit| unit.code.clone()).collect();
        let keys: Vec<String> = plan
            .units
            .iter()
            .map(|unit| unit.sort_key.clone())
            .collect();
        let facts = FactColumns::of(plan.units.iter().map(|unit| &unit.facts));
        sqlx::query!(
            "INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, sort_key, created_at,
                               floor_label, gross_area, inner_area, use, occupancy)
             SELECT $1, x.id, $2, x.building_id, x.entrance_id, x.code, x.sort_key, $3,
                    x.floor_label, x.gross_area, x.inner_area, x.use, x.occupancy
             FROM UNNEST($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
                         $9::text[], $10::int[], $11::int[], $12::text[], $13::text[])
                  AS x (id, building_id, entrance_id, code, sort_key,
                        floor_label, gross_area, inner_area, use, occupancy)",
            tenant.0,
            estate.0,
            now.to_sqlx(),
            &ids,
            &buildings,
            &entrances as &[Option<Uuid>],
            &codes,
            &keys,
            &facts.floors as &[Option<String>],
            &facts.areas as &[Option<i32>],
            &facts.inner_areas as &[Option<i32>],
            &facts.uses,
            &facts.occupancies as &[Option<String>]
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// The facts of units, a column each.
#[derive(Default)]
struct FactColumns {
    floors: Vec<Option<String>>,
    areas: Vec<Option<i32>>,
    inner_areas: Vec<Option<i32>>,
    uses: Vec<String>,
    occupancies: Vec<Option<String>>,
}

impl FactColumns {
    fn of<'a>(units: impl Iterator<Item = &'a Facts>) -> Self {
        let mut columns = Self::default();
        for facts in units {
            columns.floors.push(facts.floor.clone());
            columns.areas.push(facts.area.map(|area| area.0));
            columns
                .inner_areas
                .push(facts.inner_area.map(|area| area.0));
            columns.uses.push(facts.use_.as_str().to_owned());
            columns
                .occupancies
                .push(facts.occupancy.map(|word| word.as_str().to_owned()));
        }
        columns
    }
}

pub(in crate::estates) async fn update_units(
    conn: &mut PgConnection,
    tenant: TenantId,
    changed: &[(UnitId, Facts)],
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.iter().map(|(id, _)| id.0).collect();
    let facts = FactColumns::of(changed.iter().map(|(_, facts)| facts));
    sqlx::query!(
        "UPDATE unit u
         SET floor_label = x.floor_label, gross_area = x.gross_area, inner_area = x.inner_area,
             use = x.use, occupancy = x.occupancy
         FROM UNNEST($2::uuid[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[])
              AS x (id, floor_label, gross_area, inner_area, use, occupancy)
         WHERE u.tenant_id = $1 AND u.id = x.id",
        tenant.0,
        &ids,
        &facts.floors as &[Option<String>],
        &facts.areas as &[Option<i32>],
        &facts.inner_areas as &[Option<i32>],
        &facts.uses,
        &facts.occupancies as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::estates) async fn insert_households(
    conn: &mut PgConnection,
    tenant: TenantId,
    estate: EstateId,
    households: &[(HouseholdId, UnitId)],
    today: Date,
) -> Result<()> {
    if households.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = households.iter().map(|(id, _)| id.0).collect();
    let units: Vec<Uuid> = households.iter().map(|(_, unit)| unit.0).collect();
    sqlx::query!(
        "INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on)
         SELECT $1, x.id, $2, x.unit_id, $3
         FROM UNNEST($4::uuid[], $5::uuid[]) AS x (id, unit_id)",
        tenant.0,
        estate.0,
        today.to_sqlx(),
        &ids,
        &units
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::estates) async fn insert_owners(
    conn: &mut PgConnection,
    tenant: TenantId,
    owners: &[(&FreshOwner, Option<SealedPhone>)],
    now: Timestamp,
) -> Result<()> {
    if owners.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = owners.iter().map(|(owner, _)| owner.id.0).collect();
    let households: Vec<Uuid> = owners.iter().map(|(owner, _)| owner.household.0).collect();
    let names: Vec<String> = owners.iter().map(|(owner, _)| owner.name.clone()).collect();
    let spelt: Vec<String> = names.iter().map(|name| spellings(name).join(" ")).collect();
    let phone = |part: fn(&SealedPhone) -> &Vec<u8>| -> Vec<Option<Vec<u8>>> {
        owners
            .iter()
            .map(|(_, phone)| phone.as_ref().map(|phone| part(phone).clone()))
            .collect()
    };
    sqlx::query!(
        "INSERT INTO resident (tenant_id, id, household_id, name, phone_cipher, phone_index, phone_tail, relation,
                               created_at, estate_id, unit_id, spelt)
         SELECT $1, x.id, x.household_id, x.name, x.phone_cipher, x.phone_index, x.phone_tail, 'owner', $2, h.estate_id,
                h.unit_id, string_to_array(x.spelt, ' ')
         FROM UNNEST($3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[], $9::text[])
              AS x (id, household_id, name, phone_cipher, phone_index, phone_tail, spelt)
         JOIN household h ON h.tenant_id = $1 AND h.id = x.household_id",
        tenant.0,
        now.to_sqlx(),
        &ids,
        &households,
        &names,
        &phone(|phone| &phone.cipher) as &[Option<Vec<u8>>],
        &phone(|phone| &phone.index) as &[Option<Vec<u8>>],
        &phone(|phone| &phone.tail) as &[Option<Vec<u8>>],
        &spelt
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::estates) async fn update_phones(
    conn: &mut PgConnection,
    tenant: TenantId,
    phones: Vec<(ResidentId, SealedPhone)>,
) -> Result<()> {
    if phones.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<Uuid> = Vec::with_capacity(phones.len());
    let mut ciphers: Vec<Vec<u8>> = Vec::with_capacity(phones.len());
    let mut indexes: Vec<Vec<u8>> = Vec::with_capacity(phones.len());
    let mut tails: Vec<Vec<u8>> = Vec::with_capacity(phones.len());
    for (id, phone) in phones {
        ids.push(id.0);
        ciphers.push(phone.cipher);
        indexes.push(phone.index);
        tails.push(phone.tail);
    }
    sqlx::query!(
        "UPDATE resident r SET phone_cipher = x.phone_cipher, phone_index = x.phone_index, phone_tail = x.phone_tail
         FROM UNNEST($2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[]) AS x (id, phone_cipher, phone_index, phone_tail)
         WHERE r.tenant_id = $1 AND r.id = x.id",
        tenant.0,
        &ids,
        &ciphers,
        &indexes,
        &tails
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a company has said of columns lately, by their headers.
pub(in crate::estates) async fn columns(
    conn: &mut PgConnection,
    tenant: TenantId,
) -> Result<ColumnChoice> {
    let rows = sqlx::query!(
        "SELECT header, field FROM roster_column WHERE tenant_id = $1 ORDER BY said_at DESC LIMIT 5000",
        tenant.0
    )
    .fetch_all(conn)
    .await?;
    let field = |word: String| RosterColumn::parse(&word).ok_or_else(|| broken("field"));
    rows.into_iter()
        .map(|row| Ok((row.header, row.field.map(field).transpose()?)))
        .collect()
}

pub(in crate::estates) async fn remember_columns(
    conn: &mut PgConnection,
    tenant: TenantId,
    told: &[(&str, Option<RosterColumn>)],
    now: Timestamp,
) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let headers: Vec<String> = told
        .iter()
        .map(|(header, _)| (*header).to_owned())
        .collect();
    let fields: Vec<Option<String>> = told
        .iter()
        .map(|(_, field)| field.map(|field| field.as_str().to_owned()))
        .collect();
    sqlx::query!(
        "INSERT INTO roster_column (tenant_id, header, field, said_at)
         SELECT $1, x.header, x.field, $2 FROM UNNEST($3::text[], $4::text[]) AS x (header, field)
         ON CONFLICT (tenant_id, header) DO UPDATE SET field = excluded.field, said_at = excluded.said_at",
        tenant.0,
        now.to_sqlx(),
        &headers,
        &fields as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}
