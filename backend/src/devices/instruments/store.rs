//! The SQL of instruments.

use domain::{
    DeviceId, EstateId, InstrumentId, PointId, TenantId, UnitId,
    devices::{
        DeviceKind,
        instruments::{Counting, Instrument, RegisterEnd, Replacement},
    },
    identity::Place,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use super::{Read, ReadAround};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// A device where a meter may hang.
pub(super) struct MeterRow {
    pub(super) place: Place,
    /// None for a device that counts nothing up.
    pub(super) register: Option<PointId>,
}

/// Locks the device until the transaction ends.
pub(super) async fn meter(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: DeviceId,
) -> Result<Option<MeterRow>> {
    let row = sqlx::query!(
        r#"SELECT estate_id AS "estate: EstateId", unit_id AS "unit: UnitId", kind
           FROM device WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind = DeviceKind::parse(&row.kind);
    let kind = kind.ok_or_else(|| Error::internal("unknown kind of device"))?;
    let register = sqlx::query_scalar!(
        r#"SELECT id AS "id: PointId" FROM point WHERE tenant_id = $1 AND device_id = $2 AND name = $3"#,
        tenant.0,
        id.0,
        kind.register()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(Some(MeterRow {
        place: Place::hanging(row.estate, row.unit),
        register,
    }))
}

/// What hung there last, as far as it is on record.
pub(super) struct Before {
    pub(super) since: Timestamp,
    pub(super) counting: Counting,
}

pub(super) async fn newest(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
) -> Result<Option<Before>> {
    let row = sqlx::query!(
        r#"SELECT since AS "since: jiff_sqlx::Timestamp", carried, ratio
           FROM instrument WHERE tenant_id = $1 AND point_id = $2
           ORDER BY since DESC LIMIT 1"#,
        tenant.0,
        point.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Before {
        since: row.since.to_jiff(),
        counting: Counting {
            carried: row.carried,
            ratio: row.ratio,
        },
    }))
}

/// What was read around a replacement after the one at `since`: good numbers only, as everywhere
/// where consumption is added up.
pub(super) async fn read_around(
    tx: &mut TenantTx,
    tenant: TenantId,
    point: PointId,
    new: &Replacement,
    since: Option<Timestamp>,
) -> Result<ReadAround> {
    let rows = sqlx::query!(
        r#"WITH good AS NOT MATERIALIZED (
               SELECT ts, num FROM reading
               WHERE tenant_id = $1 AND point_id = $2 AND quality = 0 AND num IS NOT NULL
                 AND ts >= coalesce($4::timestamptz, '-infinity')
           ), before AS MATERIALIZED (
               SELECT ts, num FROM good WHERE ts < $3::timestamptz ORDER BY ts DESC LIMIT 1
           ), fell_before AS (
               SELECT g.ts, g.num FROM good g, before b
               WHERE g.ts < $3 AND g.ts >= $3 - interval '31 days' AND g.num > b.num AND g.num <= $5::float8
               ORDER BY g.ts DESC LIMIT 1
           ), after AS MATERIALIZED (
               SELECT ts, num FROM good WHERE ts >= $3 ORDER BY ts LIMIT 1
           ), fell_after AS (
               SELECT g.ts, g.num FROM good g, after a
               WHERE g.ts > a.ts AND g.ts < $3 + interval '31 days' AND g.num < a.num
               ORDER BY g.ts LIMIT 1
           )
           SELECT 'before' AS "which!", ts AS "ts!: jiff_sqlx::Timestamp", num AS "num!" FROM before
           UNION ALL SELECT 'fell_before', ts, num FROM fell_before
           UNION ALL SELECT 'after', ts, num FROM after
           UNION ALL SELECT 'fell_after', ts, num FROM fell_after"#,
        tenant.0,
        point.0,
        new.at.to_sqlx() as _,
        since.map(jiff_sqlx::Timestamp::from) as _,
        new.last_register
    )
    .fetch_all(tx.conn())
    .await?;
    let mut around = ReadAround::default();
    for row in rows {
        let read = Some(Read {
            register: row.num,
            ts: row.ts.to_jiff(),
        });
        match row.which.as_str() {
            "before" => around.before = read,
            "fell_before" => around.fell_before = read,
            "after" => around.after = read,
            _ => around.fell_after = read,
        }
    }
    Ok(around)
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: InstrumentId,
    (device, point): (DeviceId, PointId),
    new: &Replacement,
    counting: Counting,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO instrument (tenant_id, id, device_id, point_id, estate_id, unit_id, serial, verified_on,
                                 valid_until, ratio, since, last_register, first_register, carried,
                                 recorded_by, recorded_at)
         SELECT $1, $2, d.id, $4, d.estate_id, d.unit_id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         FROM device d WHERE d.tenant_id = $1 AND d.id = $3",
        cx.tenant.id.0,
        id.0,
        device.0,
        point.0,
        new.serial,
        new.verified_on.map(ToSqlx::to_sqlx) as _,
        new.valid_until.map(ToSqlx::to_sqlx) as _,
        counting.ratio,
        new.at.to_sqlx() as _,
        new.last_register,
        new.first_register,
        counting.carried,
        cx.actor.person().map(|person| person.0),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The instrument that hangs there counts on from the end of its register; not where another hangs
/// there since.
pub(super) async fn carry_on(
    tx: &mut TenantTx,
    cx: &Cx,
    point: PointId,
    at: Timestamp,
    end: RegisterEnd,
    id: InstrumentId,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO instrument (tenant_id, id, device_id, point_id, estate_id, unit_id, serial, verified_on,
                                 valid_until, ratio, since, last_register, first_register, carried,
                                 recorded_at, turned)
         SELECT $1, $2, p.device_id, p.id, p.estate_id, p.unit_id, coalesce(i.serial, ''), i.verified_on,
                i.valid_until, coalesce(i.ratio, 1), $4, $5, 0, coalesce(i.carried, 0) + coalesce(i.ratio, 1) * $5,
                $6, true
         FROM point p
         LEFT JOIN LATERAL (SELECT * FROM instrument t WHERE t.tenant_id = $1 AND t.point_id = p.id
                            ORDER BY t.since DESC LIMIT 1) i ON true
         WHERE p.tenant_id = $1 AND p.id = $3 AND (i.since IS NULL OR i.since < $4)
         ON CONFLICT DO NOTHING",
        cx.tenant.id.0,
        id.0,
        point.0,
        at.to_sqlx() as _,
        end.at(),
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn device_of(
    tx: &mut TenantTx,
    tenant: TenantId,
    instrument: InstrumentId,
) -> Result<Option<DeviceId>> {
    let device = sqlx::query_scalar!(
        r#"SELECT device_id AS "id: DeviceId" FROM instrument WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        instrument.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(device)
}

/// False where another came after it.
pub(super) async fn withdraw(
    tx: &mut TenantTx,
    tenant: TenantId,
    instrument: InstrumentId,
) -> Result<bool> {
    let gone = sqlx::query!(
        "DELETE FROM instrument i
         WHERE i.tenant_id = $1 AND i.id = $2
           AND NOT EXISTS (SELECT FROM instrument n
                           WHERE n.tenant_id = $1 AND n.point_id = i.point_id AND n.since > i.since)",
        tenant.0,
        instrument.0
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected() == 1)
}

pub(super) async fn list(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
    before: Option<Timestamp>,
    rows: i64,
) -> Result<Vec<Instrument>> {
    let rows = sqlx::query!(
        r#"SELECT i.id AS "id: InstrumentId", i.serial, i.verified_on AS "verified_on: jiff_sqlx::Date",
                  i.valid_until AS "valid_until: jiff_sqlx::Date", i.ratio,
                  i.since AS "since: jiff_sqlx::Timestamp", i.last_register, i.first_register,
                  s.name AS "by?", i.turned
           FROM instrument i
           LEFT JOIN staff s ON s.tenant_id = i.tenant_id AND s.person_id = i.recorded_by
           WHERE i.tenant_id = $1 AND i.device_id = $2 AND ($3::timestamptz IS NULL OR i.since < $3)
           ORDER BY i.since DESC LIMIT $4"#,
        tenant.0,
        device.0,
        before.map(jiff_sqlx::Timestamp::from) as _,
        rows
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| Instrument {
            id: row.id,
            serial: row.serial,
            verified_on: row.verified_on.map(jiff_sqlx::Date::to_jiff),
            valid_until: row.valid_until.map(jiff_sqlx::Date::to_jiff),
            ratio: row.ratio,
            since: row.since.to_jiff(),
            last_register: row.last_register,
            first_register: row.first_register,
            by: row.by,
            turned: row.turned,
        })
        .collect())
}
