//! Readings: what comes in, what is kept beside it, and what is read back.
//!
//! One statement stores a batch with everything that follows from it: the readings, the newest of
//! each point, the half hours, who was heard and what was refused. So a redelivered reading
//! changes nothing anywhere, and what is acknowledged after the commit is whole.

mod arrivals;
mod course;
mod dashboard;
mod doors;
mod energy;
mod equipment;
mod export;
mod history;
mod home;
mod ingest;
mod registry;
mod stands;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod turned;
mod wall;

use domain::telemetry::MAX_AGE;
use jiff::SignedDuration;

pub use arrivals::{News, hear, newest_of};
pub use course::{course, export_course};
pub use dashboard::dashboard;
pub use doors::doors;
pub use energy::energy;
pub use equipment::equipment;
pub use export::{FileKind, Headers};
pub use history::{readings, snapshot_device, snapshot_estate};
pub use home::{home_meters, home_months, snapshot_home};
pub use ingest::{Arrived, Batch, Incoming, ingest};
pub use registry::{Registry, Tally};
pub use steps::steps;
pub use wall::wall;

use crate::kernel::{cx::Site, error::Result};

/// Makes the months' partitions from the oldest reading that is taken to two months ahead, and
/// answers how many are new. To be called at start and once a day: a reading without a partition
/// fails its whole batch.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn open_partitions(site: &Site) -> Result<u32> {
    let day = SignedDuration::from_hours(24);
    let mut tx = site.db.open().await?;
    let made = store::ingest::make_partitions(
        &mut tx,
        site.now() - MAX_AGE - day * 31,
        site.now() + day * 62,
    )
    .await?;
    tx.commit().await?;
    Ok(u32::try_from(made).unwrap_or_default())
}

/// The fewest months of readings that can be kept.
pub const FEWEST_MONTHS: u16 = 24;

/// Drops the months of readings that are older than what is kept, and answers how many. What was
/// counted from them stays. To be called once a day.
///
/// # Errors
/// `unavailable` when the database is away; `internal` for fewer months than [`FEWEST_MONTHS`].
pub async fn drop_partitions(site: &Site, kept_months: u16) -> Result<u32> {
    let mut tx = site.db.open().await?;
    let dropped = store::ingest::drop_partitions(&mut tx, kept_months, site.now()).await?;
    tx.commit().await?;
    Ok(u32::try_from(dropped).unwrap_or_default())
}
