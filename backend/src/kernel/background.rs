//! What goes on after the request that began it was answered.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};

/// How many that need much go on at a time. Each holds a file in memory, and for as long as it waits
/// for another's lock one of the connections that all requests share.
const SEATS: usize = 4;

/// The work of a process that no request waits for, so that a stop in good order does.
#[derive(Debug)]
pub struct Background {
    tasks: Mutex<JoinSet<()>>,
    seats: Arc<Semaphore>,
}

impl Default for Background {
    fn default() -> Self {
        Self {
            tasks: Mutex::default(),
            seats: Arc::new(Semaphore::new(SEATS)),
        }
    }
}

impl Background {
    /// Begins something that tells by itself what becomes of it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        // Whoever is through leaves its place only when asked.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Waits for one of the few places of work that needs much.
    pub(crate) async fn seat(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        Arc::clone(&self.seats).acquire_owned().await.ok()
    }

    /// Waits for what is under way, and cuts off what does not end in time: false where there was some.
    pub async fn finish(&self, within: Duration) -> bool {
        let mut tasks = std::mem::take(&mut *self.tasks());
        let all = timeout(within, async { while tasks.join_next().await.is_some() {} });
        let ended = all.await.is_ok();
        tasks.shutdown().await;
        ended
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_ends_in_time_is_waited_for_and_the_rest_cut_off() {
        let background = Background::default();
        let (tell, told) = oneshot::channel();
        background.spawn(async move {
            tokio::task::yield_now().await;
            tell.send(()).unwrap();
        });
        assert!(background.finish(Duration::from_secs(5)).await);
        assert_eq!(told.await, Ok(()));

        let (tell, told) = oneshot::channel::<()>();
        background.spawn(async move {
            std::future::pending::<()>().await;
            drop(tell);
        });
        assert!(!background.finish(Duration::from_millis(1)).await);
        assert!(told.await.is_err());
    }
}
