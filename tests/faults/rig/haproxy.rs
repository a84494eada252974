//! HAProxy as operators run it: with the configuration of `deploy/`, but on free ports, and with a
//! certificate of an authority of the test's own.

use std::{env, fs, path::Path};

use artipul_tests::{Authority, CertificateFiles, eventually};
use tempfile::TempDir;
use tokio::{net::TcpStream, process::Command};

use super::{
    pace::say_loudly,
    site::{Instance, Site},
    stores::{Daemon, free_port, installed},
};

/// A proxy in front of the two servers of a site.
pub(crate) struct Haproxy {
    pub(crate) authority: Authority,
    port: u16,
    plain_port: u16,
    _daemon: Daemon,
    _folder: TempDir,
}

impl Haproxy {
    /// Starts it; none where it is not installed, unless `ARTIPUL_TEST_PROXY` says that it is.
    pub(crate) async fn before(site: &Site) -> Option<Self> {
        let program = installed("haproxy");
        let version = Command::new(&program).arg("-v").output().await;
        if version.is_err() && env::var_os("ARTIPUL_TEST_PROXY").is_none() {
            say_loudly("HAProxy is not installed: what deploy/ says of it is NOT TESTED");
            return None;
        }
        let (authority, folder) = (Authority::default(), TempDir::new().unwrap());
        let certificate = folder.path().join("both.pem");
        let CertificateFiles { certificate: public, key } = authority.sign_into(folder.path());
        let both = [public, key].map(|file| fs::read_to_string(file).unwrap()).concat();
        fs::write(&certificate, both).unwrap();
        let (port, plain_port) = (free_port(), free_port());
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, configuration(port, plain_port, &certificate, &site.servers)).unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new(program);
        let daemon = Daemon::start(command.arg("-db").arg("-f").arg(&file), &log);
        let proxy = Self { authority, port, plain_port, _daemon: daemon, _folder: folder };
        proxy.reaches_both(&log).await;
        Some(proxy)
    }

    /// Where it speaks TLS.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Where it does not.
    pub(crate) fn plain_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.plain_port)
    }

    async fn reaches_both(&self, log: &Path) {
        eventually("the proxy listens", async || {
            let said = fs::read_to_string(log).unwrap();
            assert!(!said.contains("[ALERT]"), "{said}");
            TcpStream::connect(("127.0.0.1", self.port)).await.ok()
        })
        .await;
    }
}

/// The configuration of `deploy/`, with these places instead of the usual ones.
fn configuration(port: u16, plain_port: u16, certificate: &Path, servers: &[Instance]) -> String {
    let places = [
        ("bind :443", format!("bind 127.0.0.1:{port}")),
        ("bind :80", format!("bind 127.0.0.1:{plain_port}")),
        ("/etc/haproxy/artipul.pem", certificate.display().to_string()),
        ("127.0.0.1:7411", servers[0].address()),
        ("127.0.0.1:7412", servers[1].address()),
        // A test may not open as many files as an operator.
        ("maxconn 40000", "maxconn 400".to_owned()),
    ];
    let usual = include_str!("../../../deploy/haproxy.cfg").to_owned();
    places.into_iter().fold(usual, |text, (usual, place)| {
        assert_eq!(text.matches(usual).count(), 1, "{usual} stands once");
        text.replace(usual, &place)
    })
}
