//! MQTT over TLS: ended here, in front of our own broker, so that a renewed certificate counts for
//! devices when it counts for browsers.

use std::{net::SocketAddr, sync::Arc};

use axum::serve::Listener;
use tokio::{io::copy_bidirectional, net::TcpStream, sync::Semaphore};

use crate::tls::TlsListener;

/// Connections at a time; as many as the broker takes.
const MOST: usize = 10_000;

/// Brings what comes in by `listener` to the broker at `broker`, for as long as it is polled.
pub(super) async fn relay(mut listener: TlsListener, broker: SocketAddr) {
    let seats = Arc::new(Semaphore::new(MOST));
    loop {
        let (mut device, peer) = listener.accept().await;
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
            tracing::warn!(%peer, "too many devices are connected over TLS: one more is turned away");
            continue;
        };
        tokio::spawn(async move {
            let _seat = seat;
            match TcpStream::connect(broker).await {
                // How it ends, the broker and the device know.
                Ok(mut broker) => drop(copy_bidirectional(&mut device, &mut broker).await),
                Err(error) => tracing::warn!(%peer, %error, "the broker does not answer"),
            }
        });
    }
}
