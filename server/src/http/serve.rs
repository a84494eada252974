//! The accept loop: keeps connections, within bounds of number and time, and ends them in order.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use artipul_common::problem::{Problem, ProblemCode};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{Sleep, sleep, timeout},
};
use warp::reply::Response;

use super::router::Router;

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
const OUT_OF_FILES: Duration = Duration::from_millis(50);

/// Serves until told to stop, and then until the requests under way are answered or their time is
/// up.
pub async fn serve(
    listener: TcpListener,
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
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
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
            Ok(place) => {
                let connection = Connection { peer, place, router: Arc::clone(&router) };
                connections.spawn(connection.run(stream, settings, stopping.clone()));
            }
            Err(_) => {
                tokio::spawn(refuse(stream, full.clone()));
            }
        }
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    if timeout(settings.shutdown_grace, all_done).await.is_err() {
        tracing::warn!(left = connections.len(), "connections were cut off");
        connections.shutdown().await;
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _ = stopping.wait_for(|stop| *stop).await.map(drop);
}

async fn refuse(mut stream: TcpStream, full: Bytes) {
    let _ = timeout(Duration::from_secs(1), stream.write_all(&full)).await;
}

struct Connection {
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    router: Arc<Router>,
}

impl Connection {
    async fn run(self, stream: TcpStream, settings: Settings, mut stopping: watch::Receiver<bool>) {
        // A price must not wait for a full packet.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
        metrics::gauge!("artipul_connections").increment(1.0);
        let Self { peer, place, router } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let router = Arc::clone(&router);
            let request = request.map(|body| Timely::new(body, settings.header_timeout));
            async move { Ok::<Response, Infallible>(router.answer(request, peer).await) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // No `pipeline_flush`: with it, neither an event nor the answer to a malformed head leaves
        // while bytes of a later request wait.
        builder.http1().timer(TokioTimer::new()).header_read_timeout(settings.header_timeout);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(200);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = told_to_stop(&mut stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
        metrics::gauge!("artipul_connections").decrement(1.0);
        drop(place);
    }
}

/// A request's body, which has to come in time.
struct Timely {
    body: Incoming,
    time: Duration,
    /// Begins when it is waited for.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Timely {
    fn new(body: Incoming, time: Duration) -> Self {
        Self { body, time, deadline: None }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let time = self.time;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(time)));
        deadline.as_mut().poll(context).map(|()| Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
