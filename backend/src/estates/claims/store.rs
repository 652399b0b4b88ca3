//! The SQL of codes, requests and notices.

use domain::{
    BuildingId, ClaimId, CodeId, EstateId, HouseholdId, NoticeId, PersonId, ResidentId, TenantId,
    UnitId,
    estates::{
        ClaimReason, ClaimRow, ClaimState, ClaimStatus, CodeHome, HomeNotice, NoticeKind, Said,
        address,
    },
    identity::Place,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::super::store::broken;
use crate::{
    identity::InviteLink,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

pub(super) struct Known {
    pub(super) tenant: TenantId,
    pub(super) id: CodeId,
    pub(super) company: String,
    pub(super) slug: String,
    pub(super) time_zone: String,
    pub(super) tenant_state: String,
}

/// A code that still opens. Crosses tenants: the code is all that is known.
pub(super) async fn by_code(
    tx: &mut TenantTx,
    hash: &[u8],
    now: Timestamp,
) -> Result<Option<Known>> {
    Ok(sqlx::query_as!(
        Known,
        r#"SELECT tenant_id AS "tenant!: TenantId", id AS "id!: CodeId", company AS "company!", slug AS "slug!",
                  time_zone AS "time_zone!", tenant_state AS "tenant_state!"
           FROM linli.home_code_of($1, $2)"#,
        hash,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) struct Home {
    pub(super) estate: EstateId,
    unit: UnitId,
    pub(super) household: HouseholdId,
}

/// The home of a code that still opens, with the code locked.
pub(super) async fn lock_code(
    tx: &mut TenantTx,
    tenant: TenantId,
    code: CodeId,
    now: Timestamp,
) -> Result<Option<Home>> {
    Ok(sqlx::query_as!(
        Home,
        r#"SELECT c.estate_id AS "estate: EstateId", c.unit_id AS "unit: UnitId",
                  c.household_id AS "household: HouseholdId"
           FROM home_code c
           WHERE c.tenant_id = $1 AND c.id = $2 AND c.used_at IS NULL AND c.ended_at IS NULL
             AND c.expires_at > $3 AND c.tries < 5
           FOR UPDATE"#,
        tenant.0,
        code.0,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?)
}

pub(super) async fn count_try(tx: &mut TenantTx, tenant: TenantId, code: CodeId) -> Result<()> {
    sqlx::query!(
        "UPDATE home_code SET tries = tries + 1 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        code.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn use_up(
    tx: &mut TenantTx,
    tenant: TenantId,
    code: CodeId,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE home_code SET used_at = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        code.0,
        now.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An owner of a home.
pub(super) struct Owner {
    pub(super) id: ResidentId,
    pub(super) name: String,
    pub(super) agent: Option<String>,
    pub(super) phone: Option<Said>,
    /// Who has come in as this owner.
    pub(super) person: Option<PersonId>,
}

/// The owners of a household, in the order that they were written down in.
pub(super) async fn owners(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
) -> Result<Vec<Owner>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: ResidentId", name, agent, phone_cipher, person_id AS "person: PersonId"
           FROM resident
           WHERE tenant_id = $1 AND household_id = $2 AND relation = 'owner' AND ended_at IS NULL
           ORDER BY id"#,
        cx.tenant.id.0,
        household.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let open = |sealed: Vec<u8>| cx.site.keys.open_phone(cx.tenant.id, &sealed);
            Ok(Owner {
                id: row.id,
                name: row.name,
                agent: row.agent,
                phone: row.phone_cipher.map(open).transpose()?.map(Said),
                person: row.person,
            })
        })
        .collect()
}

pub(super) async fn claim(
    tx: &mut TenantTx,
    tenant: TenantId,
    resident: ResidentId,
    person: PersonId,
) -> Result<()> {
    sqlx::query!(
        "UPDATE resident SET person_id = $3 WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        resident.0,
        person.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the columns of a request")]
pub(super) async fn insert_request(
    tx: &mut TenantTx,
    cx: &Cx,
    id: ClaimId,
    home: &Home,
    owner: &Owner,
    person: PersonId,
    reason: ClaimReason,
    link: &InviteLink,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO claim_request (tenant_id, id, estate_id, unit_id, household_id, resident_id, person_id,
                                    instead_of, token_hash, reason, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11)",
        cx.tenant.id.0,
        id.0,
        home.estate.0,
        home.unit.0,
        home.household.0,
        owner.id.0,
        person.0,
        owner.person.map(|person| person.0),
        link.digest(),
        reason.as_str(),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn tell(
    tx: &mut TenantTx,
    cx: &Cx,
    household: HouseholdId,
    owner: ResidentId,
    kind: NoticeKind,
) -> Result<()> {
    let id: NoticeId = cx.new_id();
    sqlx::query!(
        "INSERT INTO home_notice (tenant_id, id, household_id, resident_id, kind, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        cx.tenant.id.0,
        id.0,
        household.0,
        owner.0,
        kind.as_str(),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn unseen(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
    person: PersonId,
) -> Result<Vec<HomeNotice>> {
    let rows = sqlx::query!(
        r#"SELECT n.id AS "id: NoticeId", n.kind, n.created_at AS "created_at: jiff_sqlx::Timestamp"
           FROM home_notice n
           JOIN resident r ON r.tenant_id = n.tenant_id AND r.id = n.resident_id AND r.person_id = $3
           WHERE n.tenant_id = $1 AND n.household_id = $2 AND n.seen_at IS NULL
           ORDER BY n.id"#,
        tenant.0,
        household.0,
        person.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(HomeNotice {
                id: row.id,
                kind: NoticeKind::parse(&row.kind).ok_or_else(|| broken("kind"))?,
                created_at: row.created_at.to_jiff(),
            })
        })
        .collect()
}

/// Whom a notice was told, where it is the one who asks.
pub(super) async fn see(
    tx: &mut TenantTx,
    tenant: TenantId,
    notice: NoticeId,
    person: PersonId,
    now: Timestamp,
) -> Result<Option<(ResidentId, EstateId)>> {
    let seen = sqlx::query!(
        r#"UPDATE home_notice n SET seen_at = coalesce(n.seen_at, $4) FROM resident r
         WHERE n.tenant_id = $1 AND n.id = $2 AND r.tenant_id = n.tenant_id AND r.id = n.resident_id AND r.person_id = $3
         RETURNING r.id AS "resident: ResidentId", r.estate_id AS "estate: EstateId""#,
        tenant.0,
        notice.0,
        person.0,
        now.to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(seen.map(|row| (row.resident, row.estate)))
}

/// How a request stands. Crosses tenants: the token is all that is known.
pub(super) async fn by_token(tx: &mut TenantTx, hash: &[u8]) -> Result<Option<ClaimStatus>> {
    let row = sqlx::query!(
        r#"SELECT company AS "company!", state AS "state!" FROM linli.claim_of($1)"#,
        hash
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(ClaimStatus {
            company: row.company,
            state: ClaimState::parse(&row.state).ok_or_else(|| broken("state"))?,
        })
    })
    .transpose()
}

/// The homes of a building with an owner on record, in the order that people count in.
pub(super) async fn code_homes(
    tx: &mut TenantTx,
    tenant: TenantId,
    building: BuildingId,
    now: Timestamp,
) -> Result<Vec<CodeHome>> {
    let rows = sqlx::query!(
        r#"SELECT u.id AS "unit: UnitId", b.name AS building, n.name AS "entrance?", u.code,
                  EXISTS (SELECT FROM resident r
                          WHERE r.tenant_id = $1 AND r.household_id = h.id AND r.relation = 'owner'
                            AND r.ended_at IS NULL AND r.person_id IS NOT NULL) AS "open!",
                  (SELECT max(c.expires_at) FROM home_code c
                   WHERE c.tenant_id = $1 AND c.household_id = h.id AND c.used_at IS NULL AND c.ended_at IS NULL
                     AND c.expires_at > $3 AND c.tries < 5) AS "until: jiff_sqlx::Timestamp"
           FROM unit u
           JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
           JOIN household h ON h.tenant_id = u.tenant_id AND h.unit_id = u.id AND h.ended_on IS NULL
           LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND u.building_id = $2
             AND EXISTS (SELECT FROM resident r
                         WHERE r.tenant_id = $1 AND r.household_id = h.id AND r.relation = 'owner'
                           AND r.ended_at IS NULL)
           ORDER BY u.sort_key, u.id"#,
        tenant.0,
        building.0,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CodeHome {
            unit: row.unit,
            address: address(&row.building, row.entrance.as_deref(), &row.code),
            open: row.open,
            until: row.until.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Locks the estates of some units, in one order for everybody.
pub(super) async fn lock_estates(
    tx: &mut TenantTx,
    tenant: TenantId,
    units: &[UnitId],
) -> Result<()> {
    sqlx::query!(
        "SELECT e.id FROM estate e
         WHERE e.tenant_id = $1
           AND e.id IN (SELECT u.estate_id FROM unit u WHERE u.tenant_id = $1 AND u.id = ANY ($2))
         ORDER BY e.id
         FOR NO KEY UPDATE",
        tenant.0,
        units as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

pub(super) struct ToPrint {
    pub(super) estate: EstateId,
    pub(super) estate_name: String,
    pub(super) unit: UnitId,
    building: BuildingId,
    pub(super) address: String,
    /// The running one, where it has an owner.
    pub(super) household: Option<HouseholdId>,
}

impl ToPrint {
    pub(super) const fn place(&self) -> Place {
        Place {
            estate: self.estate,
            building: Some(self.building),
            unit: Some(self.unit),
        }
    }
}

/// Those of some units that are to be seen, in the order that people count in.
pub(super) async fn to_print(
    tx: &mut TenantTx,
    tenant: TenantId,
    units: &[UnitId],
) -> Result<Vec<ToPrint>> {
    let rows = sqlx::query!(
        r#"SELECT u.id AS "unit: UnitId", u.estate_id AS "estate: EstateId", u.building_id AS "building: BuildingId",
                  e.name AS estate_name, b.name AS building_name, n.name AS "entrance?", u.code,
                  (SELECT h.id FROM household h
                   WHERE h.tenant_id = $1 AND h.unit_id = u.id AND h.ended_on IS NULL
                     AND EXISTS (SELECT FROM resident r
                                 WHERE r.tenant_id = $1 AND r.household_id = h.id AND r.relation = 'owner'
                                   AND r.ended_at IS NULL)) AS "household: HouseholdId"
           FROM unit u
           JOIN estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id
           JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
           LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE u.tenant_id = $1 AND u.id = ANY ($2)
           ORDER BY u.estate_id, u.sort_key, u.id"#,
        tenant.0,
        units as _
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ToPrint {
            estate: row.estate,
            estate_name: row.estate_name,
            unit: row.unit,
            building: row.building,
            address: address(&row.building_name, row.entrance.as_deref(), &row.code),
            household: row.household,
        })
        .collect())
}

/// A code to be kept: its hash, and which home it is for.
pub(super) struct Code {
    pub(super) id: CodeId,
    pub(super) estate: EstateId,
    pub(super) unit: UnitId,
    pub(super) household: HouseholdId,
    pub(super) hash: Vec<u8>,
}

/// Writes codes in the place of the homes' open ones.
pub(super) async fn replace_codes(
    tx: &mut TenantTx,
    cx: &Cx,
    codes: &[Code],
    until: Timestamp,
) -> Result<()> {
    let households: Vec<HouseholdId> = codes.iter().map(|code| code.household).collect();
    sqlx::query!(
        "WITH earlier AS (
             UPDATE home_code SET ended_at = $8
             WHERE tenant_id = $1 AND household_id = ANY ($5) AND used_at IS NULL AND ended_at IS NULL
         )
         INSERT INTO home_code (tenant_id, id, estate_id, unit_id, household_id, code_hash, printed_by, created_at,
                                expires_at)
         SELECT $1, c.id, c.estate, c.unit, c.household, c.hash, $7, $8, $9
         FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bytea[])
              AS c(id, estate, unit, household, hash)",
        cx.tenant.id.0,
        codes.iter().map(|code| code.id).collect::<Vec<_>>() as _,
        codes.iter().map(|code| code.estate).collect::<Vec<_>>() as _,
        codes.iter().map(|code| code.unit).collect::<Vec<_>>() as _,
        households as _,
        codes.iter().map(|code| code.hash.as_slice()).collect::<Vec<_>>() as _,
        cx.actor.person().map(|person| person.0),
        cx.now().to_sqlx() as _,
        until.to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends the open codes of a home.
pub(super) async fn end_codes(tx: &mut TenantTx, cx: &Cx, household: HouseholdId) -> Result<()> {
    sqlx::query!(
        "UPDATE home_code SET ended_at = $3
         WHERE tenant_id = $1 AND household_id = $2 AND used_at IS NULL AND ended_at IS NULL",
        cx.tenant.id.0,
        household.0,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The owners of a household who have come in.
pub(super) async fn owners_in(
    tx: &mut TenantTx,
    tenant: TenantId,
    household: HouseholdId,
) -> Result<Vec<ResidentId>> {
    Ok(sqlx::query_scalar!(
        r#"SELECT id AS "id: ResidentId" FROM resident
           WHERE tenant_id = $1 AND household_id = $2 AND relation = 'owner' AND ended_at IS NULL
             AND person_id IS NOT NULL
           ORDER BY id"#,
        tenant.0,
        household.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The requests that wait, oldest first.
pub(super) async fn waiting(tx: &mut TenantTx, tenant: TenantId) -> Result<Vec<ClaimRow>> {
    let rows = sqlx::query!(
        r#"SELECT c.id AS "id: ClaimId", c.unit_id AS "unit: UnitId", e.name AS estate, b.name AS building,
                  n.name AS "entrance?", u.code, r.name AS owner, c.reason,
                  c.created_at AS "created_at: jiff_sqlx::Timestamp",
                  EXISTS (SELECT FROM resident o
                          WHERE o.tenant_id = $1 AND o.household_id = c.household_id AND o.relation = 'owner'
                            AND o.ended_at IS NULL AND o.person_id IS NOT NULL) AS "open!"
           FROM claim_request c
           JOIN resident r ON r.tenant_id = c.tenant_id AND r.id = c.resident_id
           JOIN unit u ON u.tenant_id = c.tenant_id AND u.id = c.unit_id
           JOIN building b ON b.tenant_id = u.tenant_id AND b.id = u.building_id
           JOIN estate e ON e.tenant_id = u.tenant_id AND e.id = u.estate_id
           LEFT JOIN entrance n ON n.tenant_id = u.tenant_id AND n.id = u.entrance_id
           WHERE c.tenant_id = $1 AND c.state = 'waiting'
           ORDER BY c.id
           LIMIT 200"#,
        tenant.0
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let door = address(&row.building, row.entrance.as_deref(), &row.code);
            Ok(ClaimRow {
                id: row.id,
                unit: row.unit,
                home: format!("{} {door}", row.estate),
                owner: row.owner,
                reason: ClaimReason::parse(&row.reason).ok_or_else(|| broken("reason"))?,
                open_already: row.open,
                created_at: row.created_at.to_jiff(),
            })
        })
        .collect()
}

pub(super) struct Request {
    pub(super) estate: EstateId,
    unit: UnitId,
    pub(super) resident: ResidentId,
    person: PersonId,
    instead_of: Option<PersonId>,
    pub(super) state: String,
}

impl Request {
    pub(super) const fn place(&self) -> Place {
        Place::hanging(self.estate, Some(self.unit))
    }
}

pub(super) async fn lock_request(
    tx: &mut TenantTx,
    tenant: TenantId,
    claim: ClaimId,
) -> Result<Option<Request>> {
    Ok(sqlx::query_as!(
        Request,
        r#"SELECT estate_id AS "estate: EstateId", unit_id AS "unit: UnitId", resident_id AS "resident: ResidentId",
                  person_id AS "person: PersonId", instead_of AS "instead_of: PersonId", state
           FROM claim_request WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tenant.0,
        claim.0
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Makes the resident theirs; false where it is somebody else's by now, or not of a running
/// household any more.
pub(super) async fn let_in(tx: &mut TenantTx, tenant: TenantId, request: &Request) -> Result<bool> {
    let made = sqlx::query!(
        "UPDATE resident r SET person_id = $3
         WHERE r.tenant_id = $1 AND r.id = $2 AND r.ended_at IS NULL AND r.person_id IS NOT DISTINCT FROM $4
           AND EXISTS (SELECT FROM household h
                       WHERE h.tenant_id = $1 AND h.id = r.household_id AND h.ended_on IS NULL)",
        tenant.0,
        request.resident.0,
        request.person.0,
        request.instead_of.map(|person| person.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(made.rows_affected() == 1)
}

pub(super) async fn decide(
    tx: &mut TenantTx,
    cx: &Cx,
    claim: ClaimId,
    state: ClaimState,
) -> Result<()> {
    sqlx::query!(
        "UPDATE claim_request SET state = $3, decided_at = $4, decided_by = $5 WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        claim.0,
        state.as_str(),
        cx.now().to_sqlx() as _,
        cx.actor.person().map(|person| person.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
