//! What the database tells on a channel, followed for as long as the process runs.

use std::time::Duration;

use super::{cx::Site, error::Result};

/// Between two tries at the database: at first, and at most.
const SOON: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(10);

/// Passes on each notice of `channel`. Each time that it begins to listen it says `None`, since
/// nobody knows what was told before.
pub async fn follow(site: &Site, channel: &str, mut tell: impl FnMut(Option<&str>) + Send) {
    let mut pause = SOON;
    loop {
        if let Err(error) = hear(site, channel, &mut tell, &mut pause).await {
            tracing::warn!(%error, channel, "news do not come through for the moment");
        }
        tokio::time::sleep(pause).await;
        pause = LATE.min(2 * pause);
    }
}

/// Until the connection is lost.
async fn hear(
    site: &Site,
    channel: &str,
    tell: &mut (impl FnMut(Option<&str>) + Send),
    pause: &mut Duration,
) -> Result<()> {
    let mut notices = site.db.listen(channel).await?;
    *pause = SOON;
    tell(None);
    while let Some(notice) = notices.next().await? {
        tell(Some(&notice));
    }
    Ok(())
}
