//! News of commands, as the database tells them with the commit that made them.

use std::time::Duration;

use crate::kernel::{cx::Site, error::Result};

/// What [`super::store::insert`] tells on. Nothing is said but that there is something: whoever
/// hears it looks under their own scope.
pub(super) const CHANNEL: &str = "linli_command";
/// Between two tries at the database: at first, and at most.
const SOON: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(10);

/// Calls `tell` whenever a command is to be sent, for as long as the process runs, and each time
/// that it begins to listen, since nobody knows what was told before.
pub async fn watch(site: Site, mut tell: impl FnMut() + Send) {
    let mut pause = SOON;
    loop {
        if let Err(error) = hear(&site, &mut tell, &mut pause).await {
            tracing::warn!(%error, "news of commands do not come through for the moment");
        }
        tokio::time::sleep(pause).await;
        pause = LATE.min(2 * pause);
    }
}

/// Until the connection is lost.
async fn hear(site: &Site, tell: &mut (impl FnMut() + Send), pause: &mut Duration) -> Result<()> {
    let mut notices = site.db.listen(CHANNEL).await?;
    *pause = SOON;
    tell();
    while notices.next().await?.is_some() {
        tell();
    }
    Ok(())
}
