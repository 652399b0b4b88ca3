//! A certificate and its key, read from their files and held against each other.

use std::{fs, path::Path};

use jiff::Timestamp;
use tokio_rustls::rustls::{
    Error,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use x509_cert::{Certificate, der::Decode, time::Time};

use crate::{config::TlsFiles, failure::Failure};

const CERT: &str = "LINLI_TLS_CERT";
const KEY: &str = "LINLI_TLS_KEY";

/// What the two files hold, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contents {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    /// # Errors
    /// A file that is missing or cannot be read, with the setting that names it; status 2.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, Failure> {
        let read = |setting, path: &Path| {
            fs::read(path).map_err(|e| refuse(setting, path, &format!("cannot be read: {e}")))
        };
        Ok(Self {
            cert: read(CERT, &files.cert)?,
            key: read(KEY, &files.key)?,
        })
    }

    /// Ready to be served, and good at `now`.
    ///
    /// # Errors
    /// What is no PEM, does not belong together, or is out of its time; status 2.
    pub(super) fn open(
        &self,
        files: &TlsFiles,
        provider: &CryptoProvider,
        now: Timestamp,
    ) -> Result<(CertifiedKey, Validity), Failure> {
        let cert = |wrong: &str| refuse(CERT, &files.cert, wrong);
        let key = |wrong: &str| refuse(KEY, &files.key, wrong);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.cert)
            .collect::<Result<_, _>>()
            .map_err(|e| cert(&format!("is not a certificate in PEM: {e}")))?;
        let first = chain
            .first()
            .ok_or_else(|| cert("holds no certificate in PEM"))?;
        let validity = Validity::of(first)
            .ok_or_else(|| cert("does not begin with a certificate that can be read"))?;
        let secret = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| key("holds no private key in PEM"))?;
        let pair = CertifiedKey::from_der(chain, secret, provider).map_err(|e| match e {
            Error::InconsistentKeys(_) => key(&format!(
                "is not the key of the certificate in {}",
                files.cert.display()
            )),
            Error::InvalidCertificate(_) => cert(&format!("cannot be used: {e}")),
            e => key(&format!("cannot be used: {e}")),
        })?;
        if now > validity.until {
            return Err(cert(&format!("expired at {:.0}", validity.until)));
        }
        if now < validity.from {
            return Err(cert(&format!("is not good before {:.0}", validity.from)));
        }
        Ok((pair, validity))
    }
}

fn refuse(setting: &str, path: &Path, wrong: &str) -> Failure {
    Failure::setting(format!("{setting}: {} {wrong}", path.display()))
}

/// From when to when a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Validity {
    fn of(der: &CertificateDer) -> Option<Self> {
        let parsed = Certificate::from_der(der).ok()?;
        let validity = parsed.tbs_certificate().validity();
        let moment = |time: &Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            Timestamp::from_second(seconds).ok()
        };
        Some(Self {
            from: moment(&validity.not_before)?,
            until: moment(&validity.not_after)?,
        })
    }
}
