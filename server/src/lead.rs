//! One process at a time, where several could do the same: a broker throws out the first of two
//! lines with one client id.
//!
//! A place that is lost is noticed within seconds; until then there may be two. Readings are the same
//! by their `ts` then, and a command is claimed by one of them.

use std::{future::Future, time::Duration};

use backend::kernel::tx::{Db, Lease};
use tokio::time::sleep;

/// Between two looks, at whether the place is free and at whether it is still ours.
const LOOK: Duration = Duration::from_secs(2);

/// Does `work` for as long as this process has the place, and waits for it while another has. Work
/// is dropped where the place is lost, and begun anew when it comes back.
pub async fn lead<F: Future<Output = ()>>(db: Db, work: impl Fn() -> F) {
    let mut waiting = false;
    loop {
        match db.lease(Lease::BRIDGE).await {
            Ok(Some(mut lease)) => {
                tracing::info!("this process bridges devices");
                waiting = false;
                tokio::select! {
                    () = work() => return,
                    () = lost(&mut lease) => {
                        tracing::warn!("this process bridges devices no longer: its place was lost");
                    }
                }
            }
            Ok(None) if waiting => {}
            Ok(None) => {
                tracing::info!("another process bridges devices: waiting for its place");
                waiting = true;
            }
            Err(error) => error.log(),
        }
        sleep(LOOK).await;
    }
}

async fn lost(lease: &mut Lease) {
    loop {
        sleep(LOOK).await;
        if !lease.holds().await {
            return;
        }
    }
}
