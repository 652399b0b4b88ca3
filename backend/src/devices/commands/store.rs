//! The SQL of commands.

use domain::{
    CommandId, DeviceId, EstateId, PersonId, TenantId, UnitId,
    devices::{
        DeviceState, Transport,
        commands::{Answer, Command, CommandState, NewCommand},
    },
    identity::Place,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Map, Value};
use sqlx::types::Json;

use super::{super::stored::state_of, Claimed, Newest};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What [`insert`] tells on. Nothing is said but that there is something: whoever hears it looks under
/// their own scope.
pub(super) const CHANNEL: &str = "linli_command";

fn read(state: &str) -> Result<CommandState> {
    CommandState::parse(state).ok_or_else(|| Error::internal("unknown state of a command"))
}

/// A device that is to be told something.
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) state: DeviceState,
    pub(super) transport: Transport,
    /// A gateway speaks for it.
    pub(super) behind: bool,
}

pub(super) async fn target(tx: &mut TenantTx, cx: &Cx, id: DeviceId) -> Result<Option<Target>> {
    let row = sqlx::query!(
        r#"SELECT d.estate_id AS "estate: EstateId", d.unit_id AS "unit: UnitId",
                  -- Whatever was heard of it: one that is retired is told nothing.
                  linli.device_state(o.last_seen, coalesce(o.said_offline, false) OR d.retired_at IS NOT NULL,
                                     linli.device_rhythm(d.transport, o.rhythm_s), $3) AS "state!",
                  linli.transport_with(d.transport, m.map) AS "transport!: Json<Transport>",
                  d.gateway_id IS NOT NULL AS "behind!"
           FROM device d
           LEFT JOIN device_model m ON m.tenant_id = d.tenant_id AND m.slug = d.model
           LEFT JOIN device_presence o ON o.tenant_id = d.tenant_id AND o.device_id = d.id
           WHERE d.tenant_id = $1 AND d.id = $2"#,
        cx.tenant.id.0,
        id.0,
        cx.now().to_sqlx() as _
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Target {
        place: Place::hanging(row.estate, row.unit),
        state: state_of(&row.state),
        transport: row.transport.0,
        behind: row.behind,
    }))
}

/// Takes the device's next number, and tells with the commit that there is something to send.
pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: CommandId,
    device: DeviceId,
    new: &NewCommand,
    expires_at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        r#"WITH counted AS (
               UPDATE device SET commands = commands + 1 WHERE tenant_id = $1 AND id = $2
               RETURNING commands, estate_id, unit_id
           ), made AS (
               INSERT INTO command (tenant_id, id, device_id, estate_id, unit_id, number, method, params, state,
                                    asked_by, asked_at, expires_at)
               SELECT $1, $3, $2, c.estate_id, c.unit_id, c.commands, $4, $5, 'waiting', $6, $7, $8
               FROM counted c
           )
           SELECT pg_notify($9, '') IS NULL AS "told""#,
        cx.tenant.id.0,
        device.0,
        id.0,
        new.method,
        Json(&new.params) as _,
        cx.actor.person().map(|id| id.0),
        cx.now().to_sqlx() as _,
        expires_at.to_sqlx() as _,
        CHANNEL
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

struct CommandRow {
    id: CommandId,
    device: DeviceId,
    number: i64,
    method: String,
    state: String,
    asked_at: jiff_sqlx::Timestamp,
    expires_at: jiff_sqlx::Timestamp,
    answered_at: Option<jiff_sqlx::Timestamp>,
    answer: Option<Json<Value>>,
    late: bool,
}

impl TryFrom<CommandRow> for Command {
    type Error = Error;

    fn try_from(row: CommandRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            device: row.device,
            number: row.number,
            method: row.method,
            state: read(&row.state)?,
            asked_at: row.asked_at.to_jiff(),
            expires_at: row.expires_at.to_jiff(),
            answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
            answer: row.answer.map(|answer| answer.0),
            late: row.late,
        })
    }
}

pub(super) async fn command(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: CommandId,
) -> Result<Option<Command>> {
    let row = sqlx::query_as!(
        CommandRow,
        r#"SELECT id AS "id: CommandId", device_id AS "device: DeviceId", number, method, state,
                  asked_at AS "asked_at: jiff_sqlx::Timestamp", expires_at AS "expires_at: jiff_sqlx::Timestamp",
                  answered_at AS "answered_at: jiff_sqlx::Timestamp", answer AS "answer: Json<Value>", late
           FROM command WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Command::try_from).transpose()
}

/// Up to `most` commands with numbers below `before`, the highest first.
pub(super) async fn list(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Command>> {
    let rows = sqlx::query_as!(
        CommandRow,
        r#"SELECT id AS "id: CommandId", device_id AS "device: DeviceId", number, method, state,
                  asked_at AS "asked_at: jiff_sqlx::Timestamp", expires_at AS "expires_at: jiff_sqlx::Timestamp",
                  answered_at AS "answered_at: jiff_sqlx::Timestamp", answer AS "answer: Json<Value>", late
           FROM command
           WHERE tenant_id = $1 AND device_id = $2 AND number < $3
           ORDER BY number DESC LIMIT $4"#,
        tenant.0,
        device.0,
        before.unwrap_or(i64::MAX),
        most
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Command::try_from).collect()
}

/// The one with the highest number of each of some devices.
pub(super) async fn newest(
    tx: &mut TenantTx,
    tenant: TenantId,
    devices: &[DeviceId],
) -> Result<Vec<Newest>> {
    let rows = sqlx::query!(
        r#"SELECT c.id AS "id: CommandId", c.device_id AS "device: DeviceId", c.number, c.method, c.state,
                  c.asked_at AS "asked_at: jiff_sqlx::Timestamp", c.expires_at AS "expires_at: jiff_sqlx::Timestamp",
                  c.answered_at AS "answered_at: jiff_sqlx::Timestamp", c.answer AS "answer: Json<Value>", c.late,
                  c.asked_by AS "asked_by: PersonId", s.name AS "by?"
           FROM UNNEST($2::uuid[]) AS x(device)
           CROSS JOIN LATERAL (
               SELECT * FROM command n WHERE n.tenant_id = $1 AND n.device_id = x.device
               ORDER BY n.number DESC LIMIT 1) c
           LEFT JOIN staff s ON s.tenant_id = $1 AND s.person_id = c.asked_by"#,
        tenant.0,
        devices as _
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let command = CommandRow {
                id: row.id,
                device: row.device,
                number: row.number,
                method: row.method,
                state: row.state,
                asked_at: row.asked_at,
                expires_at: row.expires_at,
                answered_at: row.answered_at,
                answer: row.answer,
                late: row.late,
            };
            Ok(Newest {
                command: command.try_into()?,
                asked_by: row.asked_by,
                by: row.by,
            })
        })
        .collect()
}

/// A company that has something to be done.
pub(super) struct Due {
    pub(super) tenant: TenantId,
    pub(super) slug: String,
    pub(super) suspended: bool,
}

pub(super) async fn due(tx: &mut TenantTx, now: Timestamp) -> Result<Vec<Due>> {
    Ok(sqlx::query_as!(
        Due,
        r#"SELECT tenant AS "tenant!: TenantId", slug AS "slug!", suspended AS "suspended!"
           FROM linli.commands_due($1)"#,
        now.to_sqlx() as _
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Counts waiting commands as sent. Who comes at the same moment takes others.
pub(super) async fn claim(tx: &mut TenantTx, cx: &Cx, most: i64) -> Result<Vec<Claimed>> {
    let rows = sqlx::query!(
        r#"WITH next AS (
               SELECT id FROM command
               WHERE tenant_id = $1 AND state = 'waiting' AND expires_at > $2
               ORDER BY asked_at, number LIMIT $3
               FOR UPDATE SKIP LOCKED
           ), claimed AS (
               UPDATE command c SET state = 'sent', sent_at = $2
               FROM next WHERE c.tenant_id = $1 AND c.id = next.id
               RETURNING c.id, c.device_id, c.number, c.method, c.params, c.expires_at
           )
           SELECT c.id AS "id!: CommandId", c.device_id AS "device!: DeviceId", c.number AS "number!",
                  c.method AS "method!", c.params AS "params!: Json<Map<String, Value>>",
                  c.expires_at AS "expires_at!: jiff_sqlx::Timestamp",
                  d.key AS "key!", d.transport AS "transport!: Json<Transport>"
           FROM claimed c JOIN device d ON d.tenant_id = $1 AND d.id = c.device_id
           ORDER BY c.device_id, c.number"#,
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        most
    )
    .fetch_all(tx.conn())
    .await?;
    let claimed = rows.into_iter().map(|row| Claimed {
        id: row.id,
        tenant: cx.tenant.id,
        slug: cx.tenant.slug.clone(),
        device: row.device,
        key: row.key,
        transport: row.transport.0,
        number: row.number,
        method: row.method,
        params: row.params.0,
        expires_at: row.expires_at.to_jiff(),
    });
    Ok(claimed.collect())
}

/// The state of a command, which nobody else changes until the transaction ends.
pub(super) async fn state(
    tx: &mut TenantTx,
    tenant: TenantId,
    id: CommandId,
) -> Result<Option<CommandState>> {
    let state = sqlx::query_scalar!(
        "SELECT state FROM command WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    state.as_deref().map(read).transpose()
}

/// A command as an answer finds it.
pub(super) struct Open {
    pub(super) id: CommandId,
    pub(super) state: CommandState,
    pub(super) expires_at: Timestamp,
    pub(super) answered: bool,
    /// The company: nothing may be kept.
    pub(super) suspended: bool,
}

/// One that was sent; nobody else changes it until the transaction ends. One that still waits is not
/// touched: held for a moment, it would be skipped by whoever claims.
pub(super) async fn open(
    tx: &mut TenantTx,
    tenant: TenantId,
    device: DeviceId,
    number: i64,
) -> Result<Option<Open>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: CommandId", state, expires_at AS "expires_at: jiff_sqlx::Timestamp",
                  answer IS NOT NULL AS "answered!",
                  EXISTS (SELECT FROM linli.suspended(ARRAY[$1::uuid])) AS "suspended!"
           FROM command
           WHERE tenant_id = $1 AND device_id = $2 AND number = $3 AND state <> 'waiting' FOR UPDATE"#,
        tenant.0,
        device.0,
        number
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Open {
        id: row.id,
        state: read(&row.state)?,
        expires_at: row.expires_at.to_jiff(),
        answered: row.answered,
        suspended: row.suspended,
    }))
}

pub(super) async fn answer(
    tx: &mut TenantTx,
    cx: &Cx,
    id: CommandId,
    state: CommandState,
    answer: Answer,
    late: bool,
) -> Result<()> {
    sqlx::query!(
        "UPDATE command SET state = $3, answered_at = $4, answer = $5, late = $6 WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        id.0,
        state.as_str(),
        cx.now().to_sqlx() as _,
        answer.whole(),
        late
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// As [`answer`], for what was not sent after all.
pub(super) async fn give_up(
    tx: &mut TenantTx,
    cx: &Cx,
    id: CommandId,
    state: CommandState,
    answer: Answer,
) -> Result<()> {
    sqlx::query!(
        "UPDATE command SET state = $3, sent_at = NULL, answered_at = $4, answer = $5 WHERE tenant_id = $1 AND id = $2",
        cx.tenant.id.0,
        id.0,
        state.as_str(),
        cx.now().to_sqlx() as _,
        answer.whole()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn expire(tx: &mut TenantTx, cx: &Cx) -> Result<u64> {
    let expired = sqlx::query!(
        "UPDATE command SET state = 'expired'
         WHERE tenant_id = $1 AND state IN ('waiting', 'sent') AND expires_at <= $2",
        cx.tenant.id.0,
        cx.now().to_sqlx() as _
    )
    .execute(tx.conn())
    .await?;
    Ok(expired.rows_affected())
}
