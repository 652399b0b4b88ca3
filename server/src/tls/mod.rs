//! TLS by certificate files. Whoever renews a certificate writes the two files, and that is all:
//! they are looked at once a minute, and a pair that is whole replaces the old one.

mod certificate;
mod listener;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use backend::kernel::clock::Clock;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use self::certificate::Contents;
pub use self::{certificate::Validity, listener::TlsListener};
use crate::{config::TlsFiles, failure::Failure};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_mins(1);

/// What the listener shows to whoever connects; clones are the same one.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    clock: Clock,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
    /// The last contents that were looked at, good or not: a broken pair is told once.
    seen: Contents,
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// A file that is missing, unreadable, no PEM or expired, or a key that is another
    /// certificate's: one line that names the setting; status 2.
    pub fn load(files: &TlsFiles, clock: &Clock) -> Result<Self, Failure> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = Contents::read(files)?;
        let (pair, _) = seen.open(files, &provider, clock.now())?;
        let shown = Arc::new(Shown {
            pair: RwLock::new(Arc::new(pair)),
            provider: Arc::clone(&provider),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| Failure::work(format!("TLS cannot be set up: {e}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            files: files.clone(),
            clock: clock.clone(),
            shown,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            seen,
        })
    }

    /// Lets only TLS in by `tcp`.
    #[must_use]
    pub fn listener(&self, tcp: TcpListener) -> TlsListener {
        TlsListener::new(tcp, self.acceptor.clone())
    }

    /// The same for devices, which offer MQTT where they offer anything.
    #[must_use]
    pub fn mqtt_listener(&self, tcp: TcpListener) -> TlsListener {
        let mut config = ServerConfig::clone(self.acceptor.config());
        config.alpn_protocols = vec![b"mqtt".to_vec()];
        TlsListener::new(tcp, TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks at the files for as long as it is polled.
    pub async fn keep_fresh(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.refresh() {
                Ok(Some(validity)) => {
                    tracing::info!(until = %validity.until, "a new certificate is in use");
                }
                Ok(None) => {}
                Err(e) => tracing::error!(error = %e, "the old certificate stays in use"),
            }
        }
    }

    /// Takes over a pair of files that has changed; connections that are open keep the old one.
    ///
    /// # Errors
    /// The new pair is no good, and the old one stays. It is said once for a pair.
    pub fn refresh(&mut self) -> Result<Option<Validity>, Failure> {
        let contents = Contents::read(&self.files)?;
        if contents == self.seen {
            return Ok(None);
        }
        self.seen = contents;
        let provider = &self.shown.provider;
        let (pair, validity) = self.seen.open(&self.files, provider, self.clock.now())?;
        let mut shown = self
            .shown
            .pair
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shown = Arc::new(pair);
        Ok(Some(validity))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// Until when the certificate in `files` is good, if the two can be served at all.
///
/// # Errors
/// As [`Tls::load`].
pub fn validity(files: &TlsFiles, clock: &Clock) -> Result<Validity, Failure> {
    let provider = aws_lc_rs::default_provider();
    let contents = Contents::read(files)?;
    let (_, validity) = contents.open(files, &provider, clock.now())?;
    Ok(validity)
}

/// The pair in use.
struct Shown {
    pair: RwLock<Arc<CertifiedKey>>,
    provider: Arc<CryptoProvider>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let pair = self.pair.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&pair))
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}
