//! TLS: the server's certificate, read again whenever its files change.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

use crate::config::TlsFiles;

/// How often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_secs(2);
/// What is spoken over TLS; the first that the client knows as well.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate and its key are of no use.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{file}: {error}")]
    File {
        /// Which.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file has no certificate or no key in it.
    #[error("{file}: {error}")]
    Pem {
        /// Which.
        file: String,
        /// Why.
        error: rustls::pki_types::pem::Error,
    },
    /// They do not go together, or nobody could use them.
    #[error("the certificate and its key: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate that is shown.
pub struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    shown: RwLock<Shown>,
}

struct Shown {
    key: Arc<CertifiedKey>,
    /// What was in the files when they were last looked at.
    read: Files,
}

/// What is in the files.
#[derive(Clone, PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Certificate {
    /// The certificate in these files.
    ///
    /// # Errors
    /// They cannot be read, or are of no use.
    pub fn open(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let read = Files::read(&files)?;
        let key = Arc::new(read.certified(&files, &provider)?);
        warn_of_readers(&files.key);
        Ok(Arc::new(Self { files, provider, shown: RwLock::new(Shown { key, read }) }))
    }

    /// What takes connections with it, of TLS 1.2 and 1.3.
    ///
    /// # Errors
    /// The cryptography that was built in has neither.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks again and again whether the files have changed. New ones that are of no use change
    /// nothing; the log says so once.
    pub async fn watch(self: Arc<Self>) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let certificate = Arc::clone(&self);
            let look = tokio::task::spawn_blocking(move || certificate.look());
            if let Err(error) = look.await {
                tracing::error!(%error, "the certificate could not be looked at");
            }
        }
    }

    fn look(&self) {
        let shown = |this: &Self| {
            let shown = this.shown.read().unwrap_or_else(PoisonError::into_inner);
            shown.read.clone()
        };
        // While one of them is replaced, it may not be there.
        let Ok(read) = Files::read(&self.files) else { return };
        if read == shown(self) {
            return;
        }
        let certified = read.certified(&self.files, &self.provider);
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        shown.read = read;
        match certified {
            Ok(key) => {
                shown.key = Arc::new(key);
                tracing::info!("there is a new certificate");
                warn_of_readers(&self.files.key);
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate is of no use; the old one stays");
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown.key))
    }
}

impl Files {
    fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self { certificate: bytes(&files.certificate)?, key: bytes(&files.key)? })
    }

    fn certified(
        &self,
        files: &TlsFiles,
        provider: &CryptoProvider,
    ) -> Result<CertifiedKey, TlsError> {
        let in_file = |file: &Path| {
            let file = file.display().to_string();
            move |error| TlsError::Pem { file, error }
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(in_file(&files.certificate))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(in_file(&files.key))?;
        Ok(CertifiedKey::from_der(chain, key, provider)?)
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|error| TlsError::File { file: file.display().to_string(), error })
}

/// Whoever can read the key can pretend to be the server.
fn warn_of_readers(key: &Path) {
    let mode = fs::metadata(key).map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o007 != 0) {
        tracing::warn!(key = %key.display(), "everybody on this machine can use the key for TLS");
    }
}
