//! The SQL of requests to be forgotten, and of the homes that are held about somebody.

use domain::{
    BuildingId, ErasureId, EstateId, HouseholdId, PersonId, ResidentId, TenantId, UnitId,
    estates::{Plate, Relation, address},
    identity::Place,
    privacy::{ErasureRow, ErasureState, HeldHome, KeepReason},
};
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx};

use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// A word in a column that its CHECK should have kept out.
fn broken(column: &'static str) -> Error {
    Error::internal(format!("unknown word in {column}"))
}

/// Where a person lives or lived, whichever company it is with. Crosses tenants: a person's own.
pub(super) async fn homes(tx: &mut TenantTx, cx: &Cx, person: PersonId) -> Result<Vec<HeldHome>> {
    let rows = sqlx::query!(
        r#"SELECT tenant_id AS "tenant!: TenantId", company AS "company!", estate AS "estate!",
                  building AS "building!", entrance, unit AS "unit!", relation AS "relation!", name AS "name!",
                  phone_cipher, id_number_cipher, cars AS "cars!", since AS "since!: SqlTimestamp", until AS "until: SqlTimestamp",
                  running AS "running!", asked, reason
           FROM linli.homes_held($1)"#,
        person.0
    )
    .fetch_all(tx.conn())
    .await?;
    let keys = &cx.site.keys;
    rows.into_iter()
        .map(|row| {
            let door = address(&row.building, row.entrance.as_deref(), &row.unit);
            let phone = row.phone_cipher;
            let phone = phone.map(|sealed| keys.open_phone(row.tenant, &sealed));
            let id_number = row.id_number_cipher;
            let id_number = id_number.map(|sealed| keys.open_id_number(row.tenant, &sealed));
            let asked = row.asked.map(|word| state(&word)).transpose()?;
            let reason = row.reason.map(|word| {
                let reason = KeepReason::parse(&word);
                reason.ok_or_else(|| broken("reason"))
            });
            Ok(HeldHome {
                company: row.company,
                home: format!("{} {door}", row.estate),
                relation: relation(&row.relation)?,
                name: row.name,
                phone: phone.transpose()?,
                id_number: id_number.transpose()?,
                cars: row.cars.into_iter().map(shown).collect(),
                since: row.since.to_jiff(),
                until: row.until.map(SqlTimestamp::to_jiff),
                running: row.running,
                asked,
                refused_for: reason.transpose()?,
            })
        })
        .collect()
}

fn shown(plate: String) -> String {
    Plate::stored(plate).to_string()
}

fn relation(word: &str) -> Result<Relation> {
    Relation::parse(word).ok_or_else(|| broken("relation"))
}

fn state(word: &str) -> Result<ErasureState> {
    ErasureState::parse(word).ok_or_else(|| broken("state"))
}

/// Where somebody is written down with the company.
pub(super) struct Home {
    pub(super) resident: ResidentId,
    pub(super) estate: EstateId,
    building: BuildingId,
    unit: UnitId,
    household: HouseholdId,
    /// Who has come in as that resident.
    pub(super) person: Option<PersonId>,
}

impl Home {
    pub(super) const fn place(&self) -> Place {
        Place {
            estate: self.estate,
            building: Some(self.building),
            unit: Some(self.unit),
        }
    }
}

/// What is told of a home is the same whichever it is.
macro_rules! select_home {
    ($which:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            Home,
            r#"SELECT r.id AS "resident: ResidentId", r.estate_id AS "estate: EstateId",
                      u.building_id AS "building: BuildingId", r.unit_id AS "unit: UnitId",
                      r.household_id AS "household: HouseholdId", r.person_id AS "person: PersonId"
               FROM resident r JOIN unit u ON u.tenant_id = r.tenant_id AND u.id = r.unit_id
               WHERE r.tenant_id = $1 AND "#
            + $which,
            $($arg),+
        )
    };
}

pub(super) async fn homes_here(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
) -> Result<Vec<Home>> {
    Ok(
        select_home!("r.person_id = $2 ORDER BY r.id", tenant.0, person.0)
            .fetch_all(tx.conn())
            .await?,
    )
}

/// Where a resident lives or lived, unless they were forgotten there.
pub(super) async fn home(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
) -> Result<Option<Home>> {
    Ok(select_home!(
        "r.id = $2 AND r.erased_at IS NULL FOR SHARE OF r",
        tenant.0,
        resident.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// False where a request for that home waits already.
pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: ErasureId,
    home: &Home,
    filed_by: Option<PersonId>,
) -> Result<bool> {
    let made = sqlx::query!(
        "INSERT INTO erasure_request (tenant_id, id, estate_id, unit_id, household_id, resident_id, person_id, state,
                                      filed_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)
         ON CONFLICT (tenant_id, resident_id) WHERE state = 'waiting' DO NOTHING",
        cx.tenant.id.0,
        id.0,
        home.estate.0,
        home.unit.0,
        home.household.0,
        home.resident.0,
        home.person.map(|person| person.0),
        filed_by.map(|person| person.0),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}

/// A request that waits, with what is asked about it once more before it is shown.
pub(super) struct Waiting {
    pub(super) row: ErasureRow,
    pub(super) place: Place,
    pub(super) filed_by: Option<PersonId>,
}

pub(super) async fn waiting(tx: &mut TenantTx, tenant: TenantId) -> Result<Vec<Waiting>> {
    let rows = sqlx::query!(
        r#"SELECT q.id AS "id: ErasureId", q.unit_id AS "unit: UnitId", e.name AS estate, b.name AS building,
                  n.name AS "entrance?", u.code, r.name, r.relation, q.created_at AS "created_at: SqlTimestamp",
                  (r.ended_at IS NULL AND h.ended_on IS NULL) AS "running!",
                  q.estate_id AS "estate_id: EstateId", u.building_id AS "building_id: BuildingId",
                  q.filed_by AS "filed_by: PersonId", f.name AS "filer?"
           FROM erasure_request q
           JOIN resident r ON r.tenant_id = q.tenant_id AND r.id = q.resident_id
           JOIN household h ON h.tenant_id = q.tenant_id AND h.id = q.household_id
           JOIN unit u ON u.tenant_id = q.tenant_id AND u.id = q.unit_id
           JOIN building b ON b.tenant_id = q.tenant_id AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = q.tenant_id AND e.id = q.estate_id
           LEFT JOIN entrance n ON n.tenant_id = q.tenant_id AND n.id = u.entrance_id
           LEFT JOIN staff f ON f.tenant_id = q.tenant_id AND f.person_id = q.filed_by
           WHERE q.tenant_id = $1 AND q.state = 'waiting'
           ORDER BY q.id
           LIMIT 200"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let door = address(&row.building, row.entrance.as_deref(), &row.code);
            let relation = relation(&row.relation)?;
            let contract = row.running && relation == Relation::Owner;
            let place = Place {
                estate: row.estate_id,
                building: Some(row.building_id),
                unit: Some(row.unit),
            };
            let shown = ErasureRow {
                id: row.id,
                unit: row.unit,
                home: format!("{} {door}", row.estate),
                name: row.name,
                relation,
                reasons: contract
                    .then_some(KeepReason::Contract)
                    .into_iter()
                    .collect(),
                filed_by: row.filer,
                waits_for_another: false,
                created_at: row.created_at.to_jiff(),
            };
            Ok(Waiting {
                row: shown,
                place,
                filed_by: row.filed_by,
            })
        })
        .collect()
}

pub(super) struct Request {
    pub(super) estate: EstateId,
    building: BuildingId,
    unit: UnitId,
    pub(super) resident: ResidentId,
    /// Who has come in as that resident by now.
    pub(super) person: Option<PersonId>,
    pub(super) filed_by: Option<PersonId>,
    pub(super) state: String,
}

impl Request {
    pub(super) const fn place(&self) -> Place {
        Place {
            estate: self.estate,
            building: Some(self.building),
            unit: Some(self.unit),
        }
    }
}

pub(super) async fn lock(
    tx: &mut TenantTx,
    tenant: TenantId,
    request: ErasureId,
) -> Result<Option<Request>> {
    Ok(sqlx::query_as!(
        Request,
        r#"SELECT q.estate_id AS "estate: EstateId", u.building_id AS "building: BuildingId",
                  q.unit_id AS "unit: UnitId", q.resident_id AS "resident: ResidentId",
                  coalesce(q.person_id, r.person_id) AS "person: PersonId", q.filed_by AS "filed_by: PersonId", q.state
           FROM erasure_request q
           JOIN unit u ON u.tenant_id = q.tenant_id AND u.id = q.unit_id
           JOIN resident r ON r.tenant_id = q.tenant_id AND r.id = q.resident_id
           WHERE q.tenant_id = $1 AND q.id = $2
           FOR UPDATE OF q"#,
        tenant.0,
        request.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Writes down whose request it is: who had not come in when it was filed may have done so since.
pub(super) async fn name(
    tx: &mut TenantTx,
    tenant: TenantId,
    request: ErasureId,
    person: PersonId,
) -> Result<()> {
    sqlx::query!(
        "UPDATE erasure_request SET person_id = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        request.0,
        person.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Once it is done, nobody has asked any more.
pub(super) async fn decide(
    tx: &mut TenantTx,
    cx: &Cx,
    request: ErasureId,
    state: ErasureState,
    reason: Option<KeepReason>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE erasure_request
         SET state = $3, reason = $4, decided_at = $5, decided_by = $6,
             person_id = CASE $3 WHEN 'done' THEN NULL ELSE person_id END
         WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        request.0,
        state.as_str(),
        reason.map(KeepReason::as_str),
        cx.now().to_sqlx() as _,
        cx.actor.person().map(|person| person.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
