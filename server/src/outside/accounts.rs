//! Tells the broker of the secrets that were put aside for it.

use std::time::Duration;

use backend::{
    Site,
    devices::{self, AccountDue},
    identity::Changed,
};
use bridge::outside::{
    Server,
    accounts::{self, Account, Error},
};
use tokio::{
    sync::broadcast::Receiver,
    time::{sleep, timeout},
};

/// Between two looks where nobody tells anything.
const LOOK: Duration = Duration::from_secs(30);
/// After a failure: at first, and at most.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_mins(1);
/// What is told in one go, of one company.
const MOST: i64 = 200;

/// Tells what is due, for as long as there are news.
pub(super) async fn keep(site: Site, server: Server, mut changes: Receiver<Changed>) {
    let client_id = format!("{}-accounts", site.keys.broker_client(None));
    let mut pause = SOON;
    loop {
        match tell(&site, &server, &client_id).await {
            Ok(0) => pause = SOON,
            Ok(told) => {
                tracing::info!(told, "the broker was told of devices");
                pause = SOON;
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "the broker could not be told of devices: their accounts there are behind");
                sleep(pause).await;
                pause = LATE.min(2 * pause);
                continue;
            }
        }
        if let Ok(false) = timeout(LOOK, super::told(&mut changes)).await {
            return;
        }
    }
}

/// Answers how much was told.
async fn tell(site: &Site, server: &Server, client_id: &str) -> Result<usize, Error> {
    let away = |error: backend::Error| {
        error.log();
        Error::Away(error.to_string())
    };
    let mut told = 0;
    for (cx, due) in devices::accounts_due(site, MOST).await.map_err(away)? {
        let wanted: Vec<Account> = due.iter().map(account).collect();
        accounts::apply(server, client_id, &wanted).await?;
        devices::accounts_told(&cx, &due).await.map_err(away)?;
        told += due.len();
    }
    Ok(told)
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
