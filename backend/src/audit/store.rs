//! The room's SQL.

use domain::{
    AuditId, EstateId, KeyId, PersonId, TenantId, UnitId,
    audit::{Acting, Channel, Deed, Doer, Entry, EntryFilter, Origin, Subject},
    estates::address,
};
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// A word in a column that its CHECK, or the code that wrote it, should have kept out.
fn broken(column: &'static str) -> Error {
    Error::internal(format!("unknown word in {column}"))
}

pub(super) async fn insert(
    tx: &mut TenantTx,
    cx: &Cx,
    id: AuditId,
    deed: Deed,
    subject: Subject,
    estate: Option<EstateId>,
    fields: &[&'static str],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO audit_entry (tenant_id, id, at, actor, person_id, session_id, deed, subject_kind, subject_id,
                                  estate_id, fields, channel, address, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        cx.tenant.id.0,
        id.0,
        cx.now().to_sqlx() as _,
        cx.actor.acting().as_str(),
        cx.actor.person().map(|id| id.0),
        cx.actor.session().map(|id| id.0),
        deed.as_str(),
        subject.kind(),
        subject.uuid(),
        estate.map(|id| id.0),
        fields as _,
        cx.origin.channel.as_str(),
        cx.origin.address,
        cx.actor.key().map(|id| id.0)
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_many(
    tx: &mut TenantTx,
    cx: &Cx,
    deed: Deed,
    subjects: &[Subject],
    estate: Option<EstateId>,
    field: &'static str,
) -> Result<()> {
    let ids: Vec<Uuid> = subjects.iter().map(|_| cx.new_id::<AuditId>().0).collect();
    let kinds: Vec<String> = subjects.iter().map(|one| one.kind().to_owned()).collect();
    let about: Vec<Uuid> = subjects.iter().map(|one| one.uuid()).collect();
    sqlx::query!(
        "INSERT INTO audit_entry (tenant_id, id, at, actor, person_id, session_id, deed, subject_kind, subject_id,
                                  estate_id, fields, channel, address, key_id)
         SELECT $1, x.id, $2, $3, $4, $5, $6, x.kind, x.about, $7, ARRAY[$8], $9, $10, $11
         FROM UNNEST($12::uuid[], $13::text[], $14::uuid[]) AS x (id, kind, about)",
        cx.tenant.id.0,
        cx.now().to_sqlx() as _,
        cx.actor.acting().as_str(),
        cx.actor.person().map(|id| id.0),
        cx.actor.session().map(|id| id.0),
        deed.as_str(),
        estate.map(|id| id.0),
        field,
        cx.origin.channel.as_str(),
        cx.origin.address,
        cx.actor.key().map(|id| id.0),
        &ids,
        &kinds,
        &about
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Has others who ask for this person's lock wait until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, person: PersonId) -> Result<()> {
    let high = i64::from_be_bytes(
        person
            .0
            .into_bytes()
            .first_chunk()
            .copied()
            .unwrap_or_default(),
    );
    let low = i64::from_be_bytes(
        person
            .0
            .into_bytes()
            .last_chunk()
            .copied()
            .unwrap_or_default(),
    );
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", high ^ low)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn times(
    tx: &mut TenantTx,
    tenant: TenantId,
    person: PersonId,
    deed: Deed,
    from: Uuid,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "times!" FROM audit_entry
           WHERE tenant_id = $1 AND person_id = $2 AND id >= $3 AND deed = $4"#,
        tenant.0,
        person.0,
        from,
        deed.as_str()
    )
    .fetch_one(tx.conn())
    .await?)
}

struct EntryRow {
    id: AuditId,
    at: jiff_sqlx::Timestamp,
    actor: String,
    person: Option<PersonId>,
    key: Option<KeyId>,
    name: Option<String>,
    deed: String,
    subject_kind: String,
    subject_id: Uuid,
    estate: Option<EstateId>,
    estate_name: Option<String>,
    building_name: Option<String>,
    /// Of a region or a phase.
    part_name: Option<String>,
    /// Of a device or a model.
    device_name: Option<String>,
    /// Of a member of staff, a role of the company's own, somebody who was invited, or a key.
    staff_name: Option<String>,
    unit: Option<UnitId>,
    unit_building: Option<String>,
    unit_entrance: Option<String>,
    unit_code: Option<String>,
    fields: Vec<String>,
    channel: String,
    address: Option<String>,
}

impl EntryRow {
    fn entry(self, company: &str) -> Result<Entry> {
        let subject = Subject::stored(&self.subject_kind, self.subject_id)
            .ok_or_else(|| broken("subject_kind"))?;
        let subject_name = match subject {
            Subject::Company(_) => Some(company.to_owned()),
            Subject::Session(_) => None,
            Subject::Estate(_) | Subject::Import(_) => self.estate_name,
            Subject::Region(_) | Subject::Phase(_) => self.part_name,
            Subject::Building(_) => self.building_name,
            Subject::Unit(_) | Subject::Resident(_) => self
                .unit_building
                .zip(self.unit_code)
                .map(|(building, code)| address(&building, self.unit_entrance.as_deref(), &code)),
            Subject::Device(_) | Subject::Model(_) => self.device_name,
            Subject::Person(_) | Subject::Role(_) | Subject::Joining(_) | Subject::Key(_) => {
                self.staff_name
            }
        };
        Ok(Entry {
            id: self.id,
            at: self.at.to_jiff(),
            doer: Doer {
                acting: Acting::parse(&self.actor).ok_or_else(|| broken("actor"))?,
                person: self.person,
                key: self.key,
                name: self.name,
            },
            deed: Deed::parse(&self.deed).ok_or_else(|| broken("deed"))?,
            subject,
            subject_name,
            estate: self.estate,
            unit: self.unit,
            fields: self.fields,
            origin: Origin {
                channel: Channel::parse(&self.channel).ok_or_else(|| broken("channel"))?,
                address: self.address,
            },
        })
    }
}

/// Which entries are on the page comes first, alone, so that an index serves it; what they are
/// called is looked up for those only. Names are in other rooms' tables and are joined here,
/// because an entry must not hold them and a call upwards is not this room's to make.
macro_rules! select_entries {
    ($which:tt, $($arg:expr),+ $(,)?) => {
        sqlx::query_as!(
            EntryRow,
            r#"SELECT a.id AS "id: AuditId", a.at AS "at: jiff_sqlx::Timestamp", a.actor,
                      a.person_id AS "person: PersonId", a.key_id AS "key: KeyId",
                      CASE a.actor WHEN 'staff' THEN s.name WHEN 'key' THEN ak.name ELSE r.name END AS name,
                      a.deed, a.subject_kind, a.subject_id, a.estate_id AS "estate: EstateId",
                      e.name AS "estate_name?", b.name AS "building_name?",
                      coalesce(rg.name, ph.name) AS "part_name?", coalesce(d.name, dm.name) AS "device_name?",
                      coalesce(q.name, c.name, j.name, k.name) AS "staff_name?",
                      u.id AS "unit?: UnitId", ub.name AS "unit_building?", n.name AS "unit_entrance?",
                      u.code AS "unit_code?", a.fields, a.channel, a.address
               FROM (SELECT * FROM audit_entry a
                     WHERE a.tenant_id = $1 AND a.id >= $2 AND a.id < $3
                       AND ($4::text[] IS NULL OR a.deed = ANY ($4)) "#
            + $which
            + r#" ORDER BY a.id DESC LIMIT $5) a
               LEFT JOIN staff s ON s.tenant_id = $1 AND s.person_id = a.person_id
               LEFT JOIN LATERAL (SELECT r.name FROM resident r
                                  WHERE r.tenant_id = $1 AND r.person_id = a.person_id
                                  ORDER BY r.id LIMIT 1) r ON a.actor = 'resident'
               LEFT JOIN api_key ak ON ak.tenant_id = $1 AND ak.id = a.key_id
               LEFT JOIN estate e ON e.tenant_id = $1 AND e.id = a.estate_id
               LEFT JOIN building b ON b.tenant_id = $1 AND b.id = a.subject_id AND a.subject_kind = 'building'
               LEFT JOIN region rg ON rg.tenant_id = $1 AND rg.id = a.subject_id AND a.subject_kind = 'region'
               LEFT JOIN phase ph ON ph.tenant_id = $1 AND ph.id = a.subject_id AND a.subject_kind = 'phase'
               LEFT JOIN device d ON d.tenant_id = $1 AND d.id = a.subject_id AND a.subject_kind = 'device'
               LEFT JOIN device_model dm ON dm.tenant_id = $1 AND dm.id = a.subject_id AND a.subject_kind = 'model'
               LEFT JOIN resident p ON p.tenant_id = $1 AND p.id = a.subject_id AND a.subject_kind = 'resident'
               LEFT JOIN staff q ON q.tenant_id = $1 AND q.person_id = a.subject_id AND a.subject_kind = 'person'
               LEFT JOIN custom_role c ON c.tenant_id = $1 AND c.id = a.subject_id AND a.subject_kind = 'role'
               LEFT JOIN staff_invitation j ON j.tenant_id = $1 AND j.id = a.subject_id AND a.subject_kind = 'joining'
               LEFT JOIN api_key k ON k.tenant_id = $1 AND k.id = a.subject_id AND a.subject_kind = 'key'
               LEFT JOIN household h ON h.tenant_id = $1 AND h.id = p.household_id
               LEFT JOIN unit u ON u.tenant_id = $1
                    AND u.id = CASE a.subject_kind WHEN 'unit' THEN a.subject_id ELSE h.unit_id END
               LEFT JOIN building ub ON ub.tenant_id = $1 AND ub.id = u.building_id
               LEFT JOIN entrance n ON n.tenant_id = $1 AND n.id = u.entrance_id
               ORDER BY a.id DESC"#,
            $($arg),+
        )
    };
}

/// Up to `limit + 1` entries with ids from `from` on and before `to`, the highest first.
pub(super) async fn entries(
    tx: &mut TenantTx,
    cx: &Cx,
    filter: &EntryFilter,
    (from, to): (Uuid, Uuid),
    limit: u32,
) -> Result<Vec<Entry>> {
    let tenant: TenantId = cx.tenant.id;
    let deeds = filter.deeds.map(domain::audit::Deeds::words);
    let most = i64::from(limit) + 1;
    let person = filter.person.map(|id| id.0);
    let rows = match (filter.subject, person) {
        (Some(subject), person) => {
            select_entries!(
                "AND a.subject_id = $6 AND a.subject_kind = $7 AND ($8::uuid IS NULL OR a.person_id = $8)",
                tenant.0,
                from,
                to,
                deeds as _,
                most,
                subject.uuid(),
                subject.kind(),
                person
            )
            .fetch_all(tx.conn())
            .await?
        }
        (None, Some(person)) => {
            select_entries!(
                "AND a.person_id = $6",
                tenant.0,
                from,
                to,
                deeds as _,
                most,
                person
            )
            .fetch_all(tx.conn())
            .await?
        }
        (None, None) => {
            select_entries!("", tenant.0, from, to, deeds as _, most)
                .fetch_all(tx.conn())
                .await?
        }
    };
    let company = &cx.tenant.name;
    rows.into_iter().map(|row| row.entry(company)).collect()
}
