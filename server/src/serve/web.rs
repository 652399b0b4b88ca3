//! HTTP, and how it stops.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::{
    Router,
    serve::{Listener, ListenerExt},
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{failure::Failure, holder, tls::Tls};

/// How long requests that are under way may take to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// The HTTP server.
#[derive(Debug)]
pub(super) struct Web {
    stopping: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Web {
    pub(super) fn start(
        listener: TcpListener,
        tls: Option<Tls>,
        router: Router,
    ) -> Result<Self, Failure> {
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|e| Failure::work(format!("cannot serve HTTP: {e}")))?;
        let (stopping, stop) = watch::channel(false);
        let task = match tls {
            Some(tls) => tokio::spawn(answer(tls.listener(listener), router, stop)),
            None => tokio::spawn(answer(listener, router, stop)),
        };
        Ok(Self { stopping, task })
    }

    pub(super) async fn stop(mut self) {
        self.stopping.send_replace(true);
        match timeout(DRAIN, &mut self.task).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(e))) => tracing::error!(error = %e, "HTTP ended badly"),
            Ok(Err(e)) => tracing::error!(error = %e, "HTTP ended badly"),
            Err(_) => {
                tracing::warn!("requests did not finish in time: they are cut off");
                self.task.abort();
            }
        }
    }
}

/// Answers what comes in by `listener` until `stop` says so, then lets requests finish.
async fn answer<L>(
    listener: L,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()>
where
    L: Listener<Addr = SocketAddr> + std::fmt::Debug,
{
    // axum knows the peer's address of its own listeners only, and a tapped one counts as such.
    let listener = listener.tap_io(|_| {});
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            // An error means that the site was dropped, which is a stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await
}

/// Binds `addr`; a taken one is named with its holder.
///
/// # Errors
/// Names the setting; status 2.
pub fn listen(setting: &str, addr: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(addr)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|e| Failure::setting(holder::explain(setting, addr, &e)))
}
