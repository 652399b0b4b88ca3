//! The limit of ingest: readings put into their table and nothing else, over as many connections as
//! companies have workers, under row security and with a commit a batch.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use tokio::{task::JoinSet, time::Instant};
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{
    Failed,
    figures::{Process, between, cpu},
};

const INSERT: &str = "INSERT INTO reading (tenant_id, point_id, ts, num, txt, quality) \
    SELECT $1, s.point_id, s.ts, s.num, s.txt, s.quality \
    FROM UNNEST($2::uuid[], $3::timestamptz[], $4::float8[], $5::text[], $6::smallint[]) AS s(point_id, ts, num, txt, quality) \
    ON CONFLICT DO NOTHING";

#[derive(Debug, Deserialize)]
pub struct Job {
    /// As libpq takes it, of the login that serves.
    database: String,
    companies: Vec<Company>,
    /// Rows a statement.
    batch: usize,
    /// The time of the first rows, in ms since 1970 UTC: of a month in which nobody else speaks.
    from_ms: u64,
    seconds: f64,
    #[serde(default)]
    processes: Vec<Process>,
}

#[derive(Debug, Clone, Deserialize)]
struct Company {
    tenant: Uuid,
    points: Vec<Uuid>,
}

#[derive(Debug, Serialize)]
pub struct Outcome {
    seconds: f64,
    rows: u64,
    cpu: BTreeMap<String, f64>,
}

pub async fn measure(job: Job) -> Result<Outcome, Failed> {
    let before = cpu(&job.processes);
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(job.seconds);
    let from = UNIX_EPOCH + Duration::from_millis(job.from_ms);
    let mut loops = JoinSet::new();
    for company in job.companies {
        loops.spawn(insert(
            job.database.clone(),
            company,
            job.batch.max(1),
            from,
            until,
        ));
    }
    let mut rows = 0;
    while let Some(done) = loops.join_next().await {
        rows += done??;
    }
    Ok(Outcome {
        seconds: began.elapsed().as_secs_f64(),
        rows,
        cpu: between(&before, &cpu(&job.processes)),
    })
}

async fn insert(
    database: String,
    company: Company,
    batch: usize,
    from: SystemTime,
    until: Instant,
) -> Result<u64, Failed> {
    let (client, connection) = tokio_postgres::connect(&database, NoTls).await?;
    let driving = tokio::spawn(connection);
    let begin = begin(company.tenant);
    let statement = client.prepare(INSERT).await?;
    let mut turn = 0_u64;
    let mut rows = 0;
    while Instant::now() < until {
        let (points, times) = next(&company.points, batch, from, &mut turn);
        let numbers: Vec<Option<f64>> = (0..batch).map(|n| Some(n as f64)).collect();
        let (texts, qualities) = (vec![None::<&str>; batch], vec![0_i16; batch]);
        client.batch_execute(&begin).await?;
        rows += client
            .execute(
                &statement,
                &[
                    &company.tenant,
                    &points,
                    &times,
                    &numbers,
                    &texts,
                    &qualities,
                ],
            )
            .await?;
        client.batch_execute("COMMIT").await?;
    }
    drop(client);
    driving.await??;
    Ok(rows)
}

/// As the product begins a transaction: everything in one round trip.
pub fn begin(tenant: Uuid) -> String {
    format!(
        "BEGIN; SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.actor = 'system'; SET LOCAL app.households = '{{}}'; \
         SET LOCAL app.metered = '{{}}'; SET LOCAL app.places = '*'; SET LOCAL app.around = '{{}}'"
    )
}

/// The next rows in the order of their key, as ingest has them.
fn next(
    points: &[Uuid],
    batch: usize,
    from: SystemTime,
    turn: &mut u64,
) -> (Vec<Uuid>, Vec<SystemTime>) {
    let mut rows: Vec<(Uuid, SystemTime)> = (0..batch)
        .map(|_| {
            let (nth, at) = (*turn as usize % points.len(), *turn / points.len() as u64);
            *turn += 1;
            (points[nth], from + Duration::from_millis(at))
        })
        .collect();
    rows.sort_unstable();
    rows.into_iter().unzip()
}
