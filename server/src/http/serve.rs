//! The accept loop: keeps connections, within bounds of number and time, and ends them in order.

use std::{sync::Arc, time::Duration};

use artipul_common::problem::{Problem, ProblemCode};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    connection::{Connection, Following},
    router::Router,
};

/// Bounds of the connections.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Connections at the same time.
    pub max_connections: usize,
    /// How long a client may take for a request's head, and as long again for its body.
    pub header_timeout: Duration,
    /// How long requests under way may take at the end.
    pub shutdown_grace: Duration,
}

/// What a client is told that is one too many.
fn full() -> Bytes {
    let mut problem = Problem::new(ProblemCode::Busy, "there are too many connections");
    problem.retry_after = Some(1);
    let json = serde_json::to_string(&problem).expect("a problem has string keys only");
    let length = json.len();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
         content-type: application/problem+json\r\ncontent-length: {length}\r\n\r\n"
    );
    Bytes::from(head + &json)
}

/// The pause when the system has no more files for connections.
pub(super) const OUT_OF_FILES: Duration = Duration::from_millis(50);

type Connections = JoinSet<Option<Following>>;

/// A place among the connections that there may be.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Place {
    fn take(permit: OwnedSemaphorePermit) -> Self {
        metrics::gauge!("artipul_connections").increment(1.0);
        Self { _permit: permit }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("artipul_connections").decrement(1.0);
    }
}

/// Serves, over TLS if there is any, until told to stop, and then until the requests under way are answered or their time is
/// up.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Arc<Router>,
    settings: Settings,
    mut stopping: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let mut connections = JoinSet::new();
    let full = full();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_stop(&mut stopping) => break,
            Some(done) = connections.join_next(), if !connections.is_empty() => {
                go_on(done, &mut connections);
                continue;
            }
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // The client went away, or there are no files left: neither ends the loop.
                tracing::warn!(%error, "a connection was not accepted");
                sleep(OUT_OF_FILES).await;
                continue;
            }
        };
        match Arc::clone(&places).try_acquire_owned() {
            Ok(permit) => {
                let place = Place::take(permit);
                let (router, tls) = (Arc::clone(&router), tls.clone());
                let connection = Connection { peer, place, router, tls };
                connections.spawn(connection.run(stream, settings, stopping.clone()));
            }
            // What is said before the handshake, a client of TLS does not understand.
            Err(_) if tls.is_some() => drop(stream),
            Err(_) => {
                tokio::spawn(refuse(stream, full.clone()));
            }
        }
    }
    drop(listener);
    let all_done = async {
        while let Some(done) = connections.join_next().await {
            go_on(done, &mut connections);
        }
    };
    if timeout(settings.shutdown_grace, all_done).await.is_err() {
        tracing::warn!(left = connections.len(), "connections were cut off");
        connections.shutdown().await;
    }
}

/// What became a stream goes on as a task of its own, which is small.
fn go_on(done: Result<Option<Following>, JoinError>, connections: &mut Connections) {
    if let Ok(Some(following)) = done {
        connections.spawn(following.map(|()| None));
    }
}

pub(super) async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _ = stopping.wait_for(|stop| *stop).await.map(drop);
}

async fn refuse(mut stream: TcpStream, full: Bytes) {
    let _ = timeout(Duration::from_secs(1), stream.write_all(&full)).await;
}
