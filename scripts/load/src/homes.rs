//! The limit of an import: the units, households and owners of a roster put into their tables and
//! nothing else, in one transaction under row security, whole columns at a time as the product does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{
    Failed,
    figures::{Process, between, cpu},
    rows::begin,
};

const UNITS: &str = "INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, sort_key, created_at, \
                                       gross_area, use, occupancy) \
    SELECT $1, x.id, $2, x.building_id, x.entrance_id, x.code, x.sort_key, now(), x.gross_area, 'home', 'lived_in' \
    FROM UNNEST($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::int[]) \
         AS x (id, building_id, entrance_id, code, sort_key, gross_area)";
const HOUSEHOLDS: &str = "INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on) \
    SELECT $1, x.id, $2, x.unit_id, current_date FROM UNNEST($3::uuid[], $4::uuid[]) AS x (id, unit_id)";
const OWNERS: &str = "INSERT INTO resident (tenant_id, id, household_id, name, phone_cipher, phone_index, phone_tail, relation, \
                                            created_at, estate_id, unit_id, spelt) \
    SELECT $1, x.id, x.household_id, x.name, x.phone_cipher, x.phone_index, x.phone_tail, 'owner', now(), $2, x.unit_id, \
           string_to_array(x.spelt, ' ') \
    FROM UNNEST($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::bytea[], $10::text[]) \
         AS x (id, household_id, unit_id, name, phone_cipher, phone_index, phone_tail, spelt)";

#[derive(Debug, Deserialize)]
pub struct Job {
    /// As libpq takes it, of the login that serves.
    database: String,
    tenant: Uuid,
    estate: Uuid,
    homes: Vec<Home>,
    #[serde(default)]
    processes: Vec<Process>,
}

/// A row of a roster with what the product makes of it.
#[derive(Debug, Deserialize)]
struct Home {
    unit: Uuid,
    building: Uuid,
    entrance: Uuid,
    code: String,
    sort_key: String,
    /// In 0.01 m².
    area: i32,
    household: Uuid,
    owner: Uuid,
    name: String,
    /// Its spellings, a blank between them.
    spelt: String,
    /// In hexadecimal, like the two below.
    cipher: String,
    index: String,
    tail: String,
}

#[derive(Debug, Serialize)]
pub struct Outcome {
    seconds: f64,
    rows: usize,
    cpu: BTreeMap<String, f64>,
}

pub async fn measure(job: Job) -> Result<Outcome, Failed> {
    let (client, connection) = tokio_postgres::connect(&job.database, NoTls).await?;
    let driving = tokio::spawn(connection);
    let (tenant, estate, homes) = (job.tenant, job.estate, &job.homes);
    let ids = |id: fn(&Home) -> Uuid| homes.iter().map(id).collect::<Vec<_>>();
    let texts = |text: fn(&Home) -> &str| homes.iter().map(text).collect::<Vec<_>>();
    let bytes = |text: fn(&Home) -> &str| {
        homes
            .iter()
            .map(|home| unhex(text(home)))
            .collect::<Result<Vec<_>, _>>()
    };
    let (units, households) = (ids(|home| home.unit), ids(|home| home.household));
    let (buildings, entrances) = (ids(|home| home.building), ids(|home| home.entrance));
    let (codes, keys) = (texts(|home| &home.code), texts(|home| &home.sort_key));
    let areas: Vec<i32> = homes.iter().map(|home| home.area).collect();
    let owners = ids(|home| home.owner);
    let (names, spelt) = (texts(|home| &home.name), texts(|home| &home.spelt));
    let (ciphers, indexes) = (bytes(|home| &home.cipher)?, bytes(|home| &home.index)?);
    let tails = bytes(|home| &home.tail)?;

    let before = cpu(&job.processes);
    let began = Instant::now();
    client.batch_execute(&begin(tenant)).await?;
    client
        .execute(
            UNITS,
            &[
                &tenant, &estate, &units, &buildings, &entrances, &codes, &keys, &areas,
            ],
        )
        .await?;
    client
        .execute(HOUSEHOLDS, &[&tenant, &estate, &households, &units])
        .await?;
    client
        .execute(
            OWNERS,
            &[
                &tenant,
                &estate,
                &owners,
                &households,
                &units,
                &names,
                &ciphers,
                &indexes,
                &tails,
                &spelt,
            ],
        )
        .await?;
    client.batch_execute("COMMIT").await?;
    let outcome = Outcome {
        seconds: began.elapsed().as_secs_f64(),
        rows: homes.len(),
        cpu: between(&before, &cpu(&job.processes)),
    };
    drop(client);
    driving.await??;
    Ok(outcome)
}

fn unhex(text: &str) -> Result<Vec<u8>, Failed> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
        .collect()
}
