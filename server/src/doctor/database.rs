//! PostgreSQL: whether it is there, which one, who may in, and what is in it.

use std::sync::Arc;

use backend::kernel::tx::{ConnectError, Db};
use domain::TenantId;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    Finding,
    patient::{Patient, Way},
};
use crate::{
    demo,
    keys::MasterKey,
    migrate::{self, Standing},
};

/// 15.20 closed holes in row security.
const OLDEST: (u32, u32) = (15, 20);
const UPGRADE: &str = "upgrade PostgreSQL: 15.20 closed holes in row security";
const MIGRATE: &str = "run linli migrate";
/// More than this apart, in seconds, and readings of now look late or early.
const APART: f64 = 5.0;

fn failed(e: sqlx::Error) -> Finding {
    Finding::wrong(format!("PostgreSQL refused: {e}"), "see what its log says")
}

fn name((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

/// The server that runs, or the programs that would.
pub(super) async fn server(patient: Arc<Patient>) -> Finding {
    if let Some(sight) = &patient.sight {
        let programs = match &sight.programs {
            Ok(version) if *version < OLDEST => {
                return Finding::wrong(format!("{} is installed", name(*version)), UPGRADE);
            }
            Ok(version) => *version,
            Err(failure) => return Finding::failed(failure),
        };
        if sight.running.is_none() {
            return match (&patient.serving, &sight.folder) {
                (Way::Shut(why), _) => {
                    Finding::wrong(why, "see log/postgres.log in the data directory")
                }
                (_, Some(_)) => Finding::note(format!(
                    "embedded, does not run; linli serve starts {}",
                    name(programs)
                )),
                (_, None) => Finding::note(format!(
                    "embedded, not made yet; linli serve makes it with {}",
                    name(programs)
                )),
            };
        }
    }
    let place = match patient.sight.as_ref().and_then(|sight| sight.running) {
        Some((pid, port)) => format!("embedded (process {pid}, port {port})"),
        None => "outside".to_owned(),
    };
    let way = match &patient.serving {
        Way::Open(_) => &patient.serving,
        _ => &patient.owner,
    };
    let mut conn = match (way, way.conn().await) {
        (_, Ok(conn)) => conn,
        (Way::Shut(why), Err(_)) => {
            return Finding::wrong(
                format!("{place}, no login gets in: {why}"),
                "see whether it runs and LINLI_DATABASE_URL is right",
            );
        }
        (_, Err(finding)) => return finding,
    };
    let number = sqlx::query_scalar::<_, i32>("SELECT current_setting('server_version_num')::int");
    let number = match number.fetch_one(&mut conn).await {
        Ok(number) => u32::try_from(number).unwrap_or_default(),
        Err(e) => return failed(e),
    };
    let version = (number / 10_000, number % 10_000);
    let said = format!("{} {place}", name(version));
    if version < OLDEST {
        // Debian replaces the programs and leaves what runs alone.
        return Finding::wrong(said, format!("{UPGRADE}, then restart it"));
    }
    Finding::ok(said)
}

/// Whether it gets in, and row security binds it.
pub(super) async fn serving(patient: Arc<Patient>) -> Finding {
    let options = match &patient.serving {
        Way::Open(options) => options,
        Way::None(why) => return Finding::note(format!("not looked at: {why}")),
        Way::Shut(why) => {
            return Finding::wrong(
                format!("LINLI_DATABASE_URL: {why}"),
                "see whether the database runs and the login's name and password are right",
            );
        }
    };
    match Db::connect(options.as_ref().clone().application_name("linli doctor"), 1).await {
        Ok(db) => {
            db.close().await;
            Finding::ok(format!(
                "{} gets in, and row security binds it",
                options.get_username()
            ))
        }
        Err(e @ ConnectError::Unsafe(..)) => {
            Finding::wrong(e.to_string(), "set LINLI_DATABASE_URL to such a login")
        }
        Err(ConnectError::Away(e)) => failed(e),
    }
}

pub(super) fn migrating(patient: &Patient) -> Finding {
    match &patient.owner {
        Way::Open(options) => Finding::ok(format!("{} gets in", options.get_username())),
        Way::None(why) => Finding::note(why),
        Way::Shut(why) => Finding::wrong(
            format!("LINLI_OWNER_DATABASE_URL: {why}"),
            "see whether the database runs and the login's name and password are right",
        ),
    }
}

pub(super) async fn migrations(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    match migrate::standing(&mut conn).await {
        Ok(Standing::Current(count)) => Finding::ok(format!("all {count} are applied")),
        Ok(Standing::Behind(1)) => Finding::wrong("one is missing", MIGRATE),
        Ok(Standing::Behind(missing)) => Finding::wrong(format!("{missing} are missing"), MIGRATE),
        Ok(Standing::Unknown(found)) => Finding::wrong(
            format!("the database holds {found}, which this program does not know"),
            "run the program that migrated it, or a newer one",
        ),
        Err(e) => failed(e),
    }
}

/// The database's clock beside ours, half the way there and back taken off.
pub(super) async fn clock(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    let micros = || {
        let micros = patient.clock.now().as_microsecond();
        #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
        let micros = micros as f64;
        micros / 1e6
    };
    let before = micros();
    let theirs =
        sqlx::query_scalar::<_, f64>("SELECT extract(epoch FROM clock_timestamp())::float8");
    let theirs = match theirs.fetch_one(&mut conn).await {
        Ok(theirs) => theirs,
        Err(e) => return failed(e),
    };
    let ahead = theirs - f64::midpoint(before, micros());
    if ahead.abs() > APART {
        return Finding::wrong(
            format!("the database's is {ahead:.1} s ahead of this machine's"),
            "let both keep time by NTP",
        );
    }
    Finding::ok(format!("{:.1} s from the database's", ahead.abs()))
}

/// Whether the key file is the one that the rows were encrypted under: opens one.
pub(super) async fn secrets(patient: Arc<Patient>) -> Finding {
    let Ok(master) = MasterKey::load(&patient.config.key_file) else {
        return Finding::note("not looked at: the key file is no good");
    };
    if matches!(&patient.owner, Way::None(_)) && patient.sight.is_none() {
        return Finding::note("not looked at: needs LINLI_OWNER_DATABASE_URL");
    }
    let mut conn = match patient.owner.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    let right = "bring the right one back from its backup; LINLI_KEY_FILE names it";
    match (one_secret(&mut conn).await, master) {
        (Ok(None), _) => Finding::ok("nothing is encrypted yet"),
        (Ok(Some(_)), None) => Finding::wrong(
            "there are encrypted rows and no key file, and the next start would make another one",
            right,
        ),
        (Ok(Some((tenant, sealed))), Some(master)) => {
            let keys = master.keys();
            match keys.open_phone(TenantId(tenant), &sealed) {
                Ok(_) => Finding::ok("the key file opens them"),
                Err(_) => Finding::wrong(
                    "the key file is another one than the rows were encrypted under",
                    right,
                ),
            }
        }
        (Err(e), _) => failed(e),
    }
}

/// Any one encrypted phone number. The migrating login is bound by row security and may act as
/// the role that looks across tenants; the transaction can only read, and is not kept.
async fn one_secret(conn: &mut PgConnection) -> Result<Option<(Uuid, Vec<u8>)>, sqlx::Error> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("SET TRANSACTION READ ONLY; SET LOCAL ROLE linli_lookup")
        .execute(&mut *tx)
        .await?;
    let found = sqlx::query_as(
        "SELECT tenant_id, phone_cipher FROM public.resident WHERE phone_cipher IS NOT NULL LIMIT 1",
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.rollback().await?;
    Ok(found)
}

/// Their passwords are published, so they may work on this machine only.
pub(super) async fn demo(patient: Arc<Patient>) -> Finding {
    let mut conn = match patient.serving.conn().await {
        Ok(conn) => conn,
        Err(finding) => return finding,
    };
    let mut there = Vec::new();
    for company in demo::COMPANIES {
        let taken = sqlx::query_scalar::<_, bool>("SELECT linli.slug_taken($1)")
            .bind(company.slug)
            .fetch_one(&mut conn)
            .await;
        match taken {
            Ok(true) => there.push(company.slug),
            Ok(false) => {}
            Err(e) => return failed(e),
        }
    }
    if there.is_empty() {
        return Finding::ok("there are none");
    }
    let there = there.join(", ");
    if patient.config.stays_on_this_machine() {
        Finding::ok(format!("those of {there} work, and on this machine only"))
    } else {
        Finding::note(format!(
            "{there} are in this database; their published passwords are refused, since the site is reached from elsewhere"
        ))
    }
}
