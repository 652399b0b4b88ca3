//! Tells the broker of the secrets that were put aside for it.

use std::time::Duration;

use backend::devices::{self, AccountDue};
use backend::identity::Changed;
use bridge::outside::accounts::{self, Account, Error};
use tokio::{sync::broadcast::Receiver, time::timeout};

use super::Outside;
use crate::registry::told;

/// Between two looks where nobody tells anything.
const LOOK: Duration = Duration::from_secs(30);
/// Where something could not be told: at first, and at most.
const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_mins(1);
/// What is told in one go, of one company.
const MOST: i64 = 200;

/// Tells what is due, for as long as there are news.
pub(super) async fn keep(outside: &Outside, mut changes: Receiver<Changed>) {
    let client_id = format!("{}-accounts", outside.0.site.keys.broker_client(None));
    let mut pause = SOON;
    loop {
        match tell(outside, &client_id).await {
            // There may be more than fit into one go.
            Ok(Told { told: 1.., .. }) => {
                pause = SOON;
                continue;
            }
            Ok(Told { waiting: 0, .. }) => pause = LOOK,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the broker could not be told of devices: their accounts there are behind");
            }
        }
        // News are told at once, whatever waits.
        if let Ok(false) = timeout(pause, told(&mut changes)).await {
            return;
        }
        pause = if pause == LOOK {
            SOON
        } else {
            LATE.min(2 * pause)
        };
    }
}

#[derive(Debug, Default)]
struct Told {
    told: usize,
    /// For their company's line, or for the broker to take them after all.
    waiting: usize,
}

async fn tell(outside: &Outside, client_id: &str) -> Result<Told, Error> {
    let away = |error: backend::Error| {
        error.log();
        Error::Away(error.to_string())
    };
    let mut sum = Told::default();
    let all = devices::accounts_due(&outside.0.site, MOST).await;
    for (cx, due) in all.map_err(away)? {
        // Whoever is let in before the broker keeps what they say would speak to nobody.
        let line = outside.line_of(cx.tenant.id);
        let heard = line.is_some_and(|line| line.is_known());
        let (now, later): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|due| heard || due.secret.is_none());
        sum.waiting += later.len();
        if now.is_empty() {
            continue;
        }
        let wanted: Vec<Account> = now.iter().map(account).collect();
        match accounts::apply(&outside.0.server, client_id, &wanted).await {
            Ok(()) => {}
            // One company's trouble is no other's.
            Err(Error::Refused(why)) => {
                tracing::error!(company = cx.tenant.slug, why, "the broker refuses accounts");
                sum.waiting += now.len();
                continue;
            }
            Err(error) => return Err(error),
        }
        devices::accounts_told(&cx, &now).await.map_err(away)?;
        tracing::info!(
            company = cx.tenant.slug,
            devices = now.len(),
            "the broker was told of devices"
        );
        sum.told += now.len();
    }
    Ok(sum)
}

fn account(due: &AccountDue) -> Account {
    let username = due.username.clone();
    match &due.secret {
        Some(password) => Account::Open {
            username,
            password: password.clone(),
        },
        None => Account::Shut { username },
    }
}
