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
        let server = &outside.0.server;
        let mut taken = Vec::new();
        let brought = bring(now, &mut taken, |some: &[AccountDue]| {
            let wanted: Vec<Account> = some.iter().map(account).collect();
            async move { accounts::apply(server, client_id, &wanted).await }
        });
        let brought = brought.await;
        if !taken.is_empty() {
            devices::accounts_told(&cx, &taken).await.map_err(away)?;
            tracing::info!(
                company = cx.tenant.slug,
                devices = taken.len(),
                "the broker was told of devices"
            );
            sum.told += taken.len();
        }
        for (due, why) in brought? {
            tracing::error!(
                username = due.username,
                why,
                "the broker refuses an account"
            );
            sum.waiting += 1;
        }
    }
    Ok(sum)
}

/// Brings all of them, and each by itself where the broker refuses some: one that it does not want holds
/// up no other. Answers those that it refuses, and why; what it took is in `taken`, whatever went wrong
/// after that.
async fn bring<T, F: Future<Output = Result<(), Error>>>(
    all: Vec<T>,
    taken: &mut Vec<T>,
    apply: impl Fn(&[T]) -> F,
) -> Result<Vec<(T, String)>, Error> {
    let mut refused = Vec::new();
    let mut waiting = vec![all];
    while let Some(some) = waiting.pop() {
        match apply(&some).await {
            Ok(()) => taken.extend(some),
            Err(Error::Refused(_)) if some.len() > 1 => {
                waiting.extend(some.into_iter().rev().map(|one| vec![one]));
            }
            Err(Error::Refused(why)) => {
                refused.extend(some.into_iter().map(|one| (one, why.clone())));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
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

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    fn refused() -> Result<(), Error> {
        Err(Error::Refused("no".to_owned()))
    }

    #[tokio::test]
    async fn one_that_the_broker_refuses_holds_up_no_other() {
        let apply = |some: &[u8]| ready(if some.contains(&7) { refused() } else { Ok(()) });
        let mut taken = Vec::new();
        let left = bring((0..10).collect(), &mut taken, apply).await.unwrap();
        assert_eq!(left, [(7, "no".to_owned())]);
        assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 8, 9]);
    }

    #[tokio::test]
    async fn what_the_broker_took_before_it_fell_silent_is_told() {
        let apply = |some: &[u8]| {
            ready(match some {
                [one] if *one < 2 => Ok(()),
                [_] => Err(Error::Silent),
                _ => refused(),
            })
        };
        let mut taken = Vec::new();
        let left = bring((0..4).collect(), &mut taken, apply).await;
        assert!(matches!(left, Err(Error::Silent)), "{left:?}");
        assert_eq!(taken, [0, 1]);
    }
}
